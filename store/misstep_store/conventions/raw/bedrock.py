"""Bedrock's InvokeModel and its streams: an envelope around what each family of models takes and
gives.

Source: Amazon Bedrock's API reference, "Inference request parameters and response fields".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.types import Draft, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

STREAM = "EventStream"
"""What stands for a stream's body."""
_ENVELOPE = ("ResponseMetadata", "contentType")
CONFIGS = ("inferenceConfig", "textGenerationConfig")
"""Where Converse, Nova and Titan keep a request's parameters."""
_MAX_EVENTS = 20_000


def request(body: dict[str, Any]) -> dict[str, Any]:
    """A request of InvokeModel as its model's own; any other as it is."""
    inner = rd.parsed(body["body"]) if "modelId" in body and "body" in body else None
    return {**inner, "model": body["modelId"]} if isinstance(inner, dict) else body


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """An answer of InvokeModel out of its envelope; any other as it is."""
    if "body" not in body or not any(key in body for key in _ENVELOPE):
        return body
    inner = rd.parsed(body["body"])
    return of_family(inner) if isinstance(inner, dict) else body


def of_family(body: dict[str, Any]) -> dict[str, Any]:
    """An answer of Titan, Llama, Mistral or Cohere as text completions; of the others as it is."""
    get = body.get
    if results := _those(get("results"), "outputText"):  # Titan's
        said = sum(rd.integer(r, "tokenCount") for r in results)
        told = [choice(r["outputText"], r.get("completionReason")) for r in results]
        return completion(told, rd.integer(body, "inputTextTokenCount"), said)
    if isinstance(get("generation"), str):  # Llama's
        told = [choice(body["generation"], get("stop_reason"))]
        asked = rd.integer(body, "prompt_token_count")
        return completion(told, asked, rd.integer(body, "generation_token_count"))
    if outputs := _those(get("outputs"), "text"):  # Mistral's
        return completion([choice(o["text"], o.get("stop_reason")) for o in outputs])
    if isinstance(get("text"), str) and "generation_id" in body:  # Cohere's
        return completion([choice(body["text"], get("finish_reason"))])
    if made := _those(get("generations"), "text"):
        return completion([choice(g["text"], g.get("finish_reason")) for g in made])
    if isinstance(get("completion"), str):  # Claude's of old
        return completion([choice(body["completion"], get("stop_reason"))])
    if "embedding" in body or "embeddings" in body:
        asked = rd.integer(body, "inputTextTokenCount")
        return {**body, "usage": {"prompt_tokens": asked}} if asked else body
    return body


def _those(listed: Any, key: str) -> list[dict[str, Any]]:
    """The objects of a list with this text; empty where it holds anything else."""
    found = listed if isinstance(listed, list) else []
    known = [one for one in found if isinstance(one, dict) and isinstance(one.get(key), str)]
    return known if len(known) == len(found) else []


def choice(text: str, finish: Any) -> dict[str, Any]:
    """A choice of a text completion."""
    return {"text": text, "finish_reason": finish if isinstance(finish, str) else None}


def completion(choices: list[dict[str, Any]], asked: int = 0, said: int = 0) -> dict[str, Any]:
    """A text completion; without counts where there are none."""
    usage = {"prompt_tokens": asked, "completion_tokens": said} if asked or said else None
    return {"choices": choices, "usage": usage}


def kind_by_name(span: Span, kind: HopKind) -> HopKind:
    """The kind of a span, where its name shows a model that makes vectors: such calls are told of as
    text completions."""
    vectors = kind == "llm" and span.name.startswith(_COMPLETES) and "embed" in span.name
    return "embedding" if vectors and span.scope.name.startswith(_INSTRUMENTATION) else kind


def embeds(model: str | None) -> bool:
    """Whether a model makes vectors, by its name."""
    return bool(model) and _EMBEDS.search(str(model)) is not None


def vectors(draft: Draft) -> Draft:
    """A call of Bedrock's told of as any other, of a model that makes vectors: what it counts stands
    in what it gave."""
    if draft.kind != "llm" or INVOKED not in draft.span.name or not embeds(draft.request_model):
        return draft
    draft.kind = "embedding"
    made = draft.output if isinstance(draft.output, dict) else {}
    counted = rd.integer(made, "inputTextTokenCount")
    if counted and not draft.usage.input_tokens:
        draft.usage = Usage(counted)
    return draft


INVOKED = "bedrock.invoke_model"
_EMBEDS = re.compile(r"\b(titan-embed|embed-(english|multilingual|v\d))")
_COMPLETES = "text_completion "
_INSTRUMENTATION = ("opentelemetry.instrumentation.", "@traceloop/instrumentation-bedrock")


# --- streams -----------------------------------------------------------------------------------


def streamed(events: Iterable[Any]) -> dict[str, Any] | None:
    """What a stream's events make: those of Anthropic's messages, of Converse and Nova, or of models
    that send their text in pieces; None for what is none."""
    found = [e for _, e in zip(range(_MAX_EVENTS), map(rd.parsed, events), strict=False)]
    told = [e for e in found if isinstance(e, dict)]
    if any(e.get("type") == "message_start" for e in told):
        return _message(told)
    if any("contentBlockDelta" in e or "messageStop" in e for e in told):
        told = [inner for e in told for inner in e.values() if isinstance(inner, dict)]  # Nova's
    if any("contentBlockIndex" in e or "stopReason" in e for e in told):
        return _conversed(told)
    if any("choices" in e for e in told):
        return next((e for e in reversed(told) if "choices" in e), None)
    return _pieces(told)


def _message(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Anthropic's: blocks by index, and what the first and the last event say of the whole."""
    made: dict[str, Any] = {"type": "message", "role": "assistant"}
    blocks: dict[Any, dict[str, Any]] = {}
    for event in events:
        kind = event.get("type")
        if kind == "message_start":
            made |= _object(event, "message")
        elif kind == "content_block_start":
            blocks[_index(event)] = {**_object(event, "content_block")}
        elif kind == "content_block_delta":
            _extend(blocks.setdefault(_index(event), {}), _object(event, "delta"))
        elif kind == "message_delta":
            made |= _object(event, "delta")
            made["usage"] = {**_object(made, "usage"), **_object(event, "usage")}
    made["content"] = [_closed(block) for block in blocks.values()]
    return made


def _index(event: Mapping[str, Any]) -> int | None:
    index = event.get("index")
    return index if isinstance(index, int) else None


def _extend(block: dict[str, Any], delta: Mapping[str, Any]) -> None:
    for key in ("text", "thinking", "partial_json"):
        if isinstance(delta.get(key), str):
            block[key] = str(block.get(key) or "") + delta[key]


def _closed(block: dict[str, Any]) -> dict[str, Any]:
    given = block.pop("partial_json", None)
    return {**block, "input": rd.decoded(given)} if given else block


def _conversed(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Converse's: blocks by index, the reason of the end, and tokens."""
    blocks: dict[Any, dict[str, Any]] = {}
    made: dict[str, Any] = {}
    for event in events:
        block = blocks.setdefault(event["contentBlockIndex"], {}) if _is_block(event) else {}
        if begun := _object(_object(event, "start"), "toolUse"):
            block["toolUse"] = {**begun, "input": ""}
        delta = _object(event, "delta")
        _add_words(block, delta)
        made |= {k: event[k] for k in ("stopReason", "usage") if k in event}
    content = [_conversed_block(block) for block in blocks.values() if block]
    return {**made, "output": {"message": {"role": "assistant", "content": content}}}


def _is_block(event: Mapping[str, Any]) -> bool:
    return isinstance(event.get("contentBlockIndex"), int)


def _add_words(block: dict[str, Any], delta: Mapping[str, Any]) -> None:
    if isinstance(delta.get("text"), str):
        block["text"] = str(block.get("text") or "") + delta["text"]
    thought = _object(delta, "reasoningContent").get("text")
    if isinstance(thought, str):
        block["thought"] = str(block.get("thought") or "") + thought
    given = _object(delta, "toolUse").get("input")
    if isinstance(given, str):
        call = block.setdefault("toolUse", {"input": ""})
        call["input"] += given


def _conversed_block(block: dict[str, Any]) -> dict[str, Any]:
    if "thought" in block:
        return {"reasoningContent": {"reasoningText": {"text": block["thought"]}}}
    if "toolUse" in block:
        call = block["toolUse"]
        return {"toolUse": {**call, "input": rd.decoded(call["input"] or "{}")}}
    return block


def _pieces(events: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Text in pieces, as Titan and Llama send it."""
    for text, asked, said, finish in PIECES:
        told = [e for e in events if isinstance(e.get(text), str)]
        if told:
            words = "".join(e[text] for e in told)
            end = next((e[finish] for e in reversed(told) if e.get(finish)), None)
            most = [max((rd.integer(e, key) for e in told), default=0) for key in (asked, said)]
            return completion([choice(words, end)], *most)
    whole = [e for e in events if of_family(e) is not e]
    return of_family(whole[-1]) if whole else None


PIECES = (
    ("outputText", "inputTextTokenCount", "totalOutputTextTokenCount", "completionReason"),
    ("generation", "prompt_token_count", "generation_token_count", "stop_reason"),
    ("completion", "", "", "stop_reason"),
)


def _object(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}
