"""OpenLIT: GenAI attributes; its time to the first token is in seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import langchain, objects, responses
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import (
    call_part,
    parts,
    reasoning_part,
    simple,
    tool_call,
)
from misstep_store.conventions.finishing import finish, payloads, provider
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import CALL_KINDS, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.otlp.spans import Span

NAME = "openlit"
_UNFINISHED = re.compile(r"<(coroutine|async_generator|generator) object [^<>]* at 0x[0-9a-f]+>")
_OBJECT = re.compile(r"\[object \w+\]")
"""What JavaScript prints of an object: nothing of what is in it."""
_NAMED = re.compile(
    r"(?:[\w.]+\.)?(chat|embeddings?|messages|responses|(?:chat\.)?completions)(?: (.+))?$"
)
_SDK = re.compile(r"(\w+)\.(?:chat|embeddings|messages|completions)\b")
_LOOKS_AFTER = re.compile(r"[\w.]+\.(retrieve|list|update|cancel|delete|token_count)(?: |$)")
"""Names of requests about answers that were given before, or are still to be asked for; the model
that they name is OpenLIT's guess."""
_SPEAKER = re.compile(r"(?:^|\n)(system|developer|user|assistant|tool): ")
_PICTURE = re.compile(r"(?:, |^)image_url: (?=https?://|data:|\{'url': )")
_A_MESSAGE = 3
PROMPT = "gen_ai.content.prompt"
"""Where OpenLIT for Node wrote what was asked until 1.8 or so."""
_CALLED = "Function called with tools"
"""What OpenLIT wrote for any answer where tools were offered, for Python too: no model said it."""
_KINDS: dict[str, HopKind] = {
    "vectordb": "retriever",
    "framework": "chain",
    "agent": "agent",
    "task": "chain",
    "workflow": "chain",
    "image": "llm",
    "audio": "llm",
}


def sdk_in(name: str) -> str | None:
    """The provider that a name begins with: failures tell nothing else."""
    found = _SDK.match(name)
    return provider(found[1]) if found is not None else None


def sdk_of(scope: str) -> str | None:
    """The provider whose SDK a scope is of, where that SDK asks no other's models."""
    sdk = scope.rpartition(".")[2]
    return provider(sdk) if sdk in _SDKS else None


_SDKS = frozenset({"anthropic", "bedrock", "cohere", "groq", "mistral", "ollama", "together"})


def claims(span: Span) -> bool:
    """What an OpenLIT SDK made: it signs spans and resources."""
    a = span.attributes
    return (
        "openlit"
        in (a.get("telemetry.sdk.name"), span.resource.attributes.get("telemetry.sdk.name"))
    ) and otel_genai.claims(span)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span, a)
    named_as: HopKind = "agent" if is_method(kind, a) else kind
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, named_as))
    otel_genai.fill(draft, a, logs)
    if draft.system and is_object(draft.system):
        draft.system = None
    if looks_after(span.name) or is_object(draft.request_model):
        draft.request_model = None
    if kind in CALL_KINDS:
        draft.provider = draft.provider or sdk_in(span.name) or sdk_of(span.scope.name)
        draft.request_model = draft.request_model or model_in(span.name)
        if is_company(draft.request_model, draft.response_model, draft.provider):
            draft.request_model = None
        if PROMPT in a and kind == "embedding":
            draft.input = rd.plain(a[PROMPT]) if draft.input is None else draft.input
        elif PROMPT in a and not draft.messages_in:
            draft.messages_in = msg.messages(rd.text(a, PROMPT))
        _spoken(draft)
        if any(m.text == _CALLED for m in draft.messages_out):
            draft.messages_out = ()
        _printed(draft)
        _results(draft)
        _called(draft, a)
        _thought(draft, a)
        _moderated(draft, a)
        if rd.truth(a.get("gen_ai.request.stream", a.get("gen_ai.request.is_stream"))):
            seconds = rd.number(a, "gen_ai.server.time_to_first_token", "gen_ai.server.ttft")
            if seconds is not None:
                draft.time_to_first_token_ms = seconds * 1000
        total = rd.integer(a, "gen_ai.client.token.usage", "gen_ai.usage.total_tokens")
        if total and not draft.usage.input_tokens and not draft.usage.output_tokens:
            draft.usage = Usage(total)
    elif kind == "tool":
        _tool(draft)
    elif a.get("gen_ai.operation.name") == "vectordb":
        payloads(draft, a, ("db.query.text", "db.query.summary"), ())
    else:
        if any(m.text and _UNFINISHED.fullmatch(m.text) for m in draft.messages_out):
            draft.messages_out = ()  # what an async step returned before it ran
        draft.output = langchain.readable(draft.output)
    return finish(draft)


def kind_of(span: Span, a: Mapping[str, Any]) -> HopKind:
    """The hop kind: GenAI's, OpenLIT's own operations, of what failed that of its name."""
    kind = otel_genai.kind_of(a)
    operation = a.get("gen_ai.operation.name")
    named = _NAMED.match(span.name)
    if operation is None and kind == "chain" and named:  # a call that failed says nothing else
        kind = "embedding" if named.group(1).startswith("embed") else "llm"
    elif operation is None and kind == "chain" and span.name.startswith("execute_tool "):
        kind = "tool"  # one that raised
    if isinstance(operation, str) and operation not in otel_genai.KINDS:
        kind = _KINDS.get(operation, kind)
    if kind == "retriever" and str(a.get("db.operation.name")).lower() in _WRITES:
        kind = "chain"
    if kind in CALL_KINDS and looks_after(span.name):
        kind = "chain"
    if kind == "agent" and span.scope.name.endswith(".crewai") and _WHO.isdisjoint(a):
        kind = "chain"  # a method of the flow that an agent of CrewAI runs in
    return kind


def looks_after(name: str) -> bool:
    """Whether a span is of a request that asks no model."""
    return _LOOKS_AFTER.match(name) is not None


def is_object(told: str | None) -> bool:
    """Whether a text is what JavaScript prints of an object."""
    return told is not None and _OBJECT.fullmatch(told) is not None


def is_method(kind: HopKind, a: Mapping[str, Any]) -> bool:
    """Whether a step says of itself to be an agent that it is not."""
    return kind == "chain" and a.get("gen_ai.operation.name") == "invoke_agent"


_WRITES = frozenset({"insert", "add", "upsert", "update", "delete", "create_collection"})
_WHO = frozenset({"gen_ai.agent.name", "gen_ai.agent.id", "gen_ai.input.messages"})


def model_in(name: str) -> str | None:
    """The model that the name of a call's span ends with."""
    named = _NAMED.match(name)
    return named.group(2) if named else None


def is_company(asked: str | None, served: str | None, provider: str | None) -> bool:
    """Whether the provider stands where the model asked for should, as where LangChain asks Claude,
    though another one answered."""
    return asked is not None and asked == provider and served not in (None, provider)


def _spoken(draft: Draft) -> None:
    """Prompts as one text, a line ``user: …`` for each message."""
    if len(draft.messages_in) != 1 or len(draft.messages_in[0].parts) != 1:
        return
    text = draft.messages_in[0].parts[0].get("content")
    pieces = _SPEAKER.split(text) if isinstance(text, str) else []
    if len(pieces) < _A_MESSAGE or pieces[0]:
        return
    told = [pair for pair in zip(pieces[1::2], pieces[2::2], strict=True) if pair != _UNSAID]
    if draft.kind == "embedding":
        draft.input = rd.from_repr(told[0][1])
        draft.messages_in = ()
        return
    said = [(role, _with_pictures(words)) for role, words in told]
    whole = next((words for _, words in said if _is_conversation(words)), None)
    if whole is not None:
        draft.messages_in = msg.messages(whole)
        return
    read = [msg.message({"role": role, "content": words}, role) for role, words in said]
    draft.messages_in = [m for m in read if m is not None and m.parts]


_UNSAID = ("assistant", "null")
"""How Node prints an answer that called tools."""


def _is_conversation(words: Any) -> bool:
    """Whether all that was asked stands where the words of a message that has none should."""
    return isinstance(words, list) and any(isinstance(m, dict) and "role" in m for m in words)


def _with_pictures(words: str) -> Any:
    """``text: …, image_url: …`` is what a message of several parts is printed as."""
    pieces = _PICTURE.split(words)
    if len(pieces) == 1:
        return rd.from_repr(words)
    text = pieces[0].removeprefix("text: ")
    told: list[Any] = [{"type": "text", "text": text}] if text else []
    for piece in pieces[1:]:
        picture, _, text = piece.partition(", text: ")
        told.append({"type": "image_url", "image_url": rd.from_repr(picture)})
        told += [{"type": "text", "text": text}] if text else []
    return told


def _printed(draft: Draft) -> None:
    """LangChain's blocks, which are printed as a text beside the calls that they hold."""
    for message in draft.messages_out:
        for n, one in enumerate(message.parts):
            found = _blocks(one.get("content")) if one.get("type") == "text" else None
            if not found:
                continue
            told = [p for p in parts(found) if p != _NO_THOUGHT]
            if any(p.get("type") == "tool_call" for p in message.parts):
                told = [p for p in told if p.get("type") != "tool_call"]
            message.parts = [*message.parts[:n], *told, *message.parts[n + 1 :]]
            break


def _results(draft: Draft) -> None:
    """What tools gave, which is printed where it is a list of texts."""
    for message in draft.messages_in:
        for one in message.parts:
            told = one.get("response") if one.get("type") == "tool_call_response" else None
            if isinstance(told, str) and told.startswith("[{'type': 'text'"):
                one["response"] = simple(rd.from_repr(told))


def _blocks(text: Any) -> list[Any] | None:
    """The blocks that a text is, as a list or, of a stream, one after the other."""
    if not isinstance(text, str):
        return None
    if text.startswith("[{"):
        found = rd.from_repr(text)
        return found if isinstance(found, list) and all(map(_is_block, found)) else None
    return _streamed(text) if text.startswith("{'") else None


def _streamed(text: str) -> list[Any] | None:
    """The pieces of blocks that a stream's text begins with, and the words after them: what was
    thought is one block."""
    thought, end = [], 0
    while (piece := _PIECE.match(text, end)) is not None:
        block = rd.from_repr(piece.group())
        if not isinstance(block, dict) or block.keys().isdisjoint(_OF_THOUGHTS):
            break
        thought += [_reasoning(block)]
        end = piece.end()
    if not end:
        return None
    told = [{"type": "thinking", "thinking": "".join(thought)}]
    return [*told, {"type": "text", "text": text[end:]}] if text[end:] else told


def _reasoning(block: dict[str, Any]) -> str:
    """What a piece of a stream thinks, Anthropic's or of a Responses object."""
    found = block.get("thinking")
    if isinstance(found, str):
        return found
    listed = block.get("summary")
    items = listed if isinstance(listed, list) else []
    return "".join(str(one.get("text", "")) for one in items if isinstance(one, dict))


def _is_block(value: Any) -> bool:
    return isinstance(value, dict) and (
        value.get("type") in ("text", "thinking", "tool_use") or responses.is_item(value)
    )


_OF_THOUGHTS = {"thinking", "summary", "signature"}
_FLAT = r"""\{(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|[^{}'"])*+\}"""
_PIECE = re.compile(_FLAT.replace("[^{}'\"]", "[^{}'\"]|" + _FLAT), re.DOTALL)
"""One object as Python prints it, with such objects in it as hold no further ones."""
_NO_THOUGHT = {"type": "reasoning", "content": ""}


def _moderated(draft: Draft, a: Mapping[str, Any]) -> None:
    """What a moderation found stands in attributes of its own."""
    told = {k[len(_MODERATION) :]: rd.parsed(v) for k, v in a.items() if k.startswith(_MODERATION)}
    if told and not draft.messages_out:
        draft.output, draft.has_output = told, True


_MODERATION = "gen_ai.moderation."


def _is_offered(told: Any) -> bool:
    """Whether it is a tool and no call of one."""
    return isinstance(told, dict) and "parameters" in told and "arguments" not in told


_NO_TEXT = {"type": "text", "content": "None"}


def _given(a: Mapping[str, Any]) -> list[Any]:
    """The arguments of the tools that were called, one after the other."""
    told = a.get("gen_ai.tool.args", a.get("gen_ai.tool.call.arguments", ""))
    if isinstance(told, list):
        return [rd.decoded(one) for one in told]
    given = rd.from_repr(f"[{told}]")
    return given if isinstance(given, list) else []


_ARGUMENTS = frozenset({"gen_ai.tool.args", "gen_ai.tool.call.arguments"})


def _called(draft: Draft, a: Mapping[str, Any]) -> None:
    """Tool calls of an answer stand on its span, several with commas between them."""
    told = rd.from_repr(a.get("gen_ai.response.tool_calls"))  # those of early 2025
    if isinstance(told, list) and told and all(map(_is_offered, told)):
        draft.tools = draft.tools or docs.tools(told)  # all tools, of answers of the Responses API
        told = None
    if isinstance(told, list) and told and all(m.text in ("", "None") for m in draft.messages_out):
        calls = [tool_call(c) for c in told if isinstance(c, dict)]
        draft.messages_out = [shapes.message("assistant", calls)] if calls else draft.messages_out
    for message in draft.messages_out:  # no words at all, as Python prints them
        message.parts = [p for p in message.parts if p != _NO_TEXT] or message.parts[:1]
    names = rd.text(a, "gen_ai.tool.name")
    if not names or sum(bool(m.text) for m in draft.messages_out) > 1:
        return
    ids = _listed(a.get("gen_ai.tool.call.id"))
    if not ids and _ARGUMENTS.isdisjoint(a):  # what was offered, of the Responses API for Node
        offered = [{"type": "function", "name": name} for name in _listed(names)]
        draft.tools = draft.tools or docs.tools(offered)
        return
    known = [p for m in draft.messages_out for p in m.parts if p.get("type") == "tool_call"]
    if known:
        items = [str(p.get("id")).startswith("fc_") for p in known]
        if len(known) == len(ids) and all(items):  # the Responses API: items have ids of their own
            for part, call_id in zip(known, ids, strict=True):
                part["id"] = call_id
        told = _given(a)
        if ids == [part.get("id") for part in known] and len(told) == len(ids):
            for part, given in zip(known, told, strict=True):
                part["arguments"] = part.get("arguments") or given
        if not any(p.get("name") for p in known):  # early in 2026 they had ids alone
            _name(known, _calls(names, ids, a))
        return
    made = _calls(names, ids, a)
    said = [m for m in draft.messages_out if m.text][:1]
    if said:  # words stand beside them
        said[0].parts = [*said[0].parts, *made]
    else:
        draft.messages_out = [shapes.message("assistant", made)]


def _calls(names: str, ids: Sequence[str], a: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = _given(a)
    return [
        call_part(ids[n] if n < len(ids) else None, name, given[n] if n < len(given) else None)
        for n, name in enumerate(_listed(names))
    ]


def _name(known: Sequence[dict[str, Any]], made: Sequence[dict[str, Any]]) -> None:
    if len(known) == len(made):
        for part, told in zip(known, made, strict=True):
            part |= {**told, "id": part.get("id") or told.get("id")}


def _thought(draft: Draft, a: Mapping[str, Any]) -> None:
    """What was thought stands beside the answer."""
    told = rd.text(a, "gen_ai.content.reasoning")
    parts = [p for m in draft.messages_out for p in m.parts]
    if told and parts and not any(p.get("type") == "reasoning" for p in parts):
        draft.messages_out[0].parts = [reasoning_part(told), *draft.messages_out[0].parts]


def _listed(value: Any) -> list[str]:
    return [v.strip() for v in value.split(",")] if isinstance(value, str) and value else []


def _tool(draft: Draft) -> None:
    """LangChain's tools: arguments as a Python literal, the answer as a printed message."""
    draft.input = rd.from_repr(draft.input)
    if isinstance(draft.output, str) and is_object(draft.output):
        draft.output, draft.has_output = None, False
    elif isinstance(draft.output, str) and "content=" in draft.output:
        answer = objects.fields_of(draft.output)
        if isinstance(answer, dict) and "content" in answer:
            draft.output = rd.decoded(answer["content"])


CONVENTION = Convention(NAME, read, scopes=("openlit.*", "openlit", "@openlit/*"), marks=claims)
