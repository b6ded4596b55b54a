"""The OpenAI responses wire format and its event stream.

Source: https://platform.openai.com/docs/api-reference/responses and /responses-streaming.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from misstep_examples.provider import openai_wire
from misstep_examples.provider.exchange import Answer, Ask, Usage
from misstep_examples.provider.openai_wire import pieces

_JSON_FORMATS = ("json_object", "json_schema")


def ask_of(body: dict[str, Any]) -> Ask:
    """What a responses request asks.

    Raises:
        KeyError, TypeError: when the body lacks ``model`` or ``input``.
    """
    given = body["input"]
    turns = [("user", given)] if isinstance(given, str) else [_turn(item) for item in given]
    told = [text for role, text in turns if role in ("system", "developer")]
    tools = [] if body.get("tool_choice") == "none" else body.get("tools") or []
    return Ask(
        model=body["model"],
        system="\n".join([body.get("instructions") or "", *told]).strip(),
        turns=tuple((r, t) for r, t in turns if r not in ("system", "developer")),
        tools={t["name"]: t.get("parameters") or {} for t in tools if t["type"] == "function"},
        json_wanted=((body.get("text") or {}).get("format") or {}).get("type") in _JSON_FORMATS,
        stream=bool(body.get("stream")),
        max_tokens=body.get("max_output_tokens"),
    )


def _turn(item: dict[str, Any]) -> tuple[str, str]:
    kind = item.get("type", "message")
    if kind == "function_call_output":
        return "tool", str(item["output"])
    if kind == "function_call":
        return "assistant", str(item["arguments"])
    if kind != "message":
        return "assistant", ""
    content = item["content"]
    if isinstance(content, str):
        return item["role"], content
    return item["role"], "\n".join(str(part.get("text", "")) for part in content)


def response(ask: Ask, answer: Answer, usage: Usage) -> dict[str, Any]:
    """The JSON body of a response."""
    cut = answer.finish == "length"
    return {
        **_head(ask),
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": _items(ask, answer),
        "usage": {
            "input_tokens": usage.prompt,
            "input_tokens_details": {"cached_tokens": usage.cached},
            "output_tokens": usage.output,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning},
            "total_tokens": usage.prompt + usage.output,
        },
    }


def _head(ask: Ask) -> dict[str, Any]:
    return {
        "id": f"resp_{ask.seed('id'):016x}",
        "object": "response",
        "created_at": openai_wire.CREATED_UNIX_S,
        "model": openai_wire.snapshot(ask.model),
        "error": None,
        "instructions": ask.system or None,
        "metadata": {},
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def _items(ask: Ask, answer: Answer) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if answer.thought:
        summary = [{"type": "summary_text", "text": answer.thought}]
        items.append(
            {"type": "reasoning", "id": f"rs_{ask.seed('thought'):016x}", "summary": summary}
        )
    if answer.text:
        part = {"type": "output_text", "text": answer.text, "annotations": []}
        items.append(
            {
                "type": "message",
                "id": f"msg_{ask.seed('message'):016x}",
                "role": "assistant",
                "status": "completed",
                "content": [part],
            }
        )
    for index, call in enumerate(answer.tool_calls):
        items.append(
            {
                "type": "function_call",
                "id": f"fc_{ask.seed(f'item {index}'):016x}",
                "call_id": f"call_{ask.seed(f'call {index}'):016x}",
                "name": call.name,
                "arguments": json.dumps(call.arguments),
                "status": "completed",
            }
        )
    return items


def events(ask: Ask, answer: Answer, usage: Usage) -> Iterator[str]:
    """The events of a streamed response, ready to be sent."""
    whole = response(ask, answer, usage)
    begun = whole | {"status": "in_progress", "output": [], "usage": None}
    begun["incomplete_details"] = None
    for number, (kind, body) in enumerate(_events(whole, begun)):
        event = {"type": kind, "sequence_number": number, **body}
        yield f"event: {kind}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"


def _events(whole: dict[str, Any], begun: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for index, item in enumerate(whole["output"]):
        at = {"output_index": index, "item_id": item["id"]}
        if item["type"] == "message":
            yield from _message_events(item, at)
        elif item["type"] == "reasoning":
            yield "response.output_item.added", {"output_index": index, "item": item}
        else:
            empty = item | {"arguments": "", "status": "in_progress"}
            yield "response.output_item.added", {"output_index": index, "item": empty}
            for piece in pieces(item["arguments"]):
                yield "response.function_call_arguments.delta", at | {"delta": piece}
            done = {"arguments": item["arguments"], "name": item["name"]}
            yield "response.function_call_arguments.done", at | done
        yield "response.output_item.done", {"output_index": index, "item": item}
    end = "response.incomplete" if whole["status"] == "incomplete" else "response.completed"
    yield end, {"response": whole}


def _message_events(
    item: dict[str, Any], at: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    part = item["content"][0]
    at_part = at | {"content_index": 0}
    opened = item | {"content": [], "status": "in_progress"}
    yield "response.output_item.added", {"output_index": at["output_index"], "item": opened}
    yield "response.content_part.added", at_part | {"part": part | {"text": ""}}
    for piece in pieces(part["text"]):
        yield "response.output_text.delta", at_part | {"delta": piece, "logprobs": []}
    yield "response.output_text.done", at_part | {"text": part["text"], "logprobs": []}
    yield "response.content_part.done", at_part | {"part": part}
