"""The Cohere chat wire format, version 2, its event stream, embeddings and errors.

Source: https://docs.cohere.com/v2/reference/chat and /chat-stream and /embed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from misstep_examples.provider.exchange import Answer, Ask, Usage, token_count
from misstep_examples.provider.openai_wire import pieces
from misstep_examples.provider.vectors import embed

_REASONS = {"stop": "COMPLETE", "length": "MAX_TOKENS", "tool_calls": "TOOL_CALL"}
_DIMENSIONS = 256


def ask_of(body: dict[str, Any]) -> Ask:
    """What a chat request asks.

    Raises:
        KeyError, TypeError: when the body lacks ``model`` or ``messages``.
    """
    turns = [(m["role"], _text(m.get("content"))) for m in body["messages"]]
    functions = [t["function"] for t in body.get("tools") or []]
    return Ask(
        model=body["model"],
        system="\n".join(text for role, text in turns if role == "system"),
        turns=tuple((r, t) for r, t in turns if r != "system"),
        tools={f["name"]: f.get("parameters") or {} for f in functions},
        json_wanted=(body.get("response_format") or {}).get("type") == "json_object",
        stream=bool(body.get("stream")),
        max_tokens=body.get("max_tokens"),
    )


def _text(content: Any) -> str:
    if isinstance(content, str) or content is None:
        return content or ""
    return "\n".join(
        str(b.get("text") or (b.get("document") or {}).get("data") or "") for b in content
    )


def chat(ask: Ask, answer: Answer, usage: Usage) -> dict[str, Any]:
    """The JSON body of a chat answer."""
    message: dict[str, Any] = {"role": "assistant"}
    if answer.text:
        message["content"] = [{"type": "text", "text": answer.text}]
    if answer.tool_calls:
        message["tool_plan"] = _plan(answer)
        message["tool_calls"] = _calls(ask, answer)
    return {
        "id": _id(ask),
        "finish_reason": _REASONS[answer.finish],
        "message": message,
        "usage": _usage(usage),
    }


def _id(ask: Ask) -> str:
    digits = f"{ask.seed('id'):016x}{ask.seed('rest'):016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _plan(answer: Answer) -> str:
    return f"I will use {answer.tool_calls[0].name}."


def _calls(ask: Ask, answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{call.name}_{ask.seed(f'call {index}'):012x}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
        }
        for index, call in enumerate(answer.tool_calls)
    ]


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "billed_units": {"input_tokens": max(usage.prompt - 4, 1), "output_tokens": usage.output},
        "tokens": {"input_tokens": usage.prompt, "output_tokens": usage.output},
        "cached_tokens": usage.cached,
    }


def events(ask: Ask, answer: Answer, usage: Usage) -> Iterator[str]:
    """The events of a streamed chat answer, ready to be sent."""
    empty = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    yield _event("message-start", {"id": _id(ask), "delta": {"message": empty}})
    if answer.text:
        block: dict[str, Any] = {"content": {"type": "text", "text": ""}}
        yield _event("content-start", {"index": 0, "delta": {"message": block}})
        for piece in pieces(answer.text):
            delta = {"message": {"content": {"text": piece}}}
            yield _event("content-delta", {"index": 0, "delta": delta})
        yield _event("content-end", {"index": 0})
    if answer.tool_calls:
        for piece in pieces(_plan(answer)):
            yield _event("tool-plan-delta", {"delta": {"message": {"tool_plan": piece}}})
    for index, call in enumerate(_calls(ask, answer)):
        yield from _call_events(index, call)
    last = {"finish_reason": _REASONS[answer.finish], "usage": _usage(usage)}
    yield _event("message-end", {"delta": last})


def _call_events(index: int, call: dict[str, Any]) -> Iterator[str]:
    opened = call | {"function": call["function"] | {"arguments": ""}}
    yield _event("tool-call-start", {"index": index, "delta": {"message": {"tool_calls": opened}}})
    for piece in pieces(call["function"]["arguments"]):
        delta = {"message": {"tool_calls": {"function": {"arguments": piece}}}}
        yield _event("tool-call-delta", {"index": index, "delta": delta})
    yield _event("tool-call-end", {"index": index})


def _event(kind: str, body: dict[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind} | body, ensure_ascii=False)}\n\n"


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """The JSON body of an embed answer.

    Raises:
        KeyError, TypeError: when the body lacks ``texts``.
    """
    texts = list(body["texts"])
    vectors = [embed(text, int(body.get("output_dimension") or _DIMENSIONS)) for text in texts]
    tokens = sum(token_count(text) for text in texts)
    return {
        "id": "emb_" + str(tokens),
        "response_type": "embeddings_by_type",
        "embeddings": {"float": vectors},
        "texts": texts,
        "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": tokens}},
    }


def error(status: int, message: str) -> dict[str, Any]:
    """The JSON body of an error answer."""
    return {"id": f"err-{status}", "message": message}
