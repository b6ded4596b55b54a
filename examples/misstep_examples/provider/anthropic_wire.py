"""The Anthropic messages wire format, its event stream and its errors.

Source: https://docs.anthropic.com/en/api/messages and /messages-streaming.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from misstep_examples.provider.exchange import Answer, Ask, Usage
from misstep_examples.provider.openai_wire import pieces

_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def ask_of(body: dict[str, Any]) -> Ask:
    """What a messages request asks.

    Raises:
        KeyError, TypeError: when the body lacks ``model``, ``messages`` or ``max_tokens``.
    """
    tools = {t["name"]: t.get("input_schema") or {} for t in body.get("tools") or []}
    if (body.get("tool_choice") or {}).get("type") == "none":
        tools = {}
    return Ask(
        model=body["model"],
        system=_text(body.get("system") or ""),
        turns=tuple(_turn(m) for m in body["messages"]),
        tools=tools,
        stream=bool(body.get("stream")),
        max_tokens=int(body["max_tokens"]),
        cache_marked="cache_control" in json.dumps(body),
    )


def _turn(message: dict[str, Any]) -> tuple[str, str]:
    blocks = message["content"]
    results = isinstance(blocks, list) and any(b.get("type") == "tool_result" for b in blocks)
    return ("tool" if results else message["role"], _text(blocks))


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(_text(b.get("text") or b.get("content") or "") for b in content)


def message(ask: Ask, answer: Answer, usage: Usage) -> dict[str, Any]:
    """The JSON body of a message."""
    return {
        **_head(ask),
        "content": _blocks(ask, answer),
        "stop_reason": _STOP_REASONS[answer.finish],
        "stop_sequence": None,
        "usage": _usage(usage),
    }


def _head(ask: Ask) -> dict[str, Any]:
    name = f"msg_{ask.seed('id'):016x}"
    return {"id": name, "type": "message", "role": "assistant", "model": ask.model}


def _blocks(ask: Ask, answer: Answer) -> list[dict[str, Any]]:
    said = [{"type": "text", "text": answer.text}] if answer.text else []
    if answer.thought:
        said.insert(0, {"type": "thinking", "thinking": answer.thought, "signature": "c2lnbmVk"})
    return said + [
        {
            "type": "tool_use",
            "id": f"toolu_{ask.seed(f'call {index}'):016x}",
            "name": call.name,
            "input": call.arguments,
        }
        for index, call in enumerate(answer.tool_calls)
    ]


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.prompt - usage.cached - usage.written,
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.output,
        "service_tier": "standard",
    }


def events(ask: Ask, answer: Answer, usage: Usage) -> Iterator[str]:
    """The events of a streamed message, ready to be sent."""
    opening = message(ask, Answer(), Usage(usage.prompt, 1, usage.cached, 0, usage.written))
    yield _event("message_start", {"message": opening | {"stop_reason": None}})
    yield _event("ping", {})
    for index, block in enumerate(_blocks(ask, answer)):
        yield _event(
            "content_block_start", {"index": index, "content_block": block | _EMPTY[block["type"]]}
        )
        for delta in _deltas(block):
            yield _event("content_block_delta", {"index": index, "delta": delta})
        yield _event("content_block_stop", {"index": index})
    stop = {"stop_reason": _STOP_REASONS[answer.finish], "stop_sequence": None}
    yield _event("message_delta", {"delta": stop, "usage": {"output_tokens": usage.output}})
    yield _event("message_stop", {})


_EMPTY: dict[str, dict[str, Any]] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
}


def _deltas(block: dict[str, Any]) -> list[dict[str, Any]]:
    if block["type"] == "thinking":
        thoughts = pieces(block["thinking"])
        told = [{"type": "thinking_delta", "thinking": piece} for piece in thoughts]
        return [*told, {"type": "signature_delta", "signature": block["signature"]}]
    if block["type"] == "text":
        return [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
    whole = json.dumps(block["input"])
    return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(whole)]


def _event(kind: str, body: dict[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind} | body, ensure_ascii=False)}\n\n"


def error(status: int, text: str) -> dict[str, Any]:
    """The JSON body of an error answer."""
    kinds = {429: "rate_limit_error", 529: "overloaded_error", 400: "invalid_request_error"}
    return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": text}}
