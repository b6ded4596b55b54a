"""The same answers as the events of their APIs' streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.conventions.capture.odd_made import Block, Made


def events(wire: str, made: Made, asked: dict[str, Any]) -> Iterator[str]:
    """Server-sent events, as their texts."""
    if wire == "chat":
        for chunk in _chat(made.body, asked):
            yield _event(chunk)
        yield "data: [DONE]\n\n"
        return
    found = {"responses": _response, "messages": message_events, "gemini": _gemini}[wire](made.body)
    for event in found:
        yield _event(event, None if wire == "gemini" else str(event["type"]))


def _event(data: Block, kind: str | None = None) -> str:
    head = f"event: {kind}\n" if kind else ""
    return f"{head}data: {json.dumps(data)}\n\n"


def pieces(text: str, size: int = 9) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _chat(body: Block, asked: dict[str, Any]) -> Iterator[Block]:
    head = {k: body[k] for k in ("id", "created", "model", "system_fingerprint")}
    head["object"] = "chat.completion.chunk"
    if body["object"] == "text_completion":
        head["object"] = "text_completion"
        for choice in body["choices"]:
            for piece in pieces(choice["text"]):
                yield head | {"choices": [{**choice, "text": piece, "finish_reason": None}]}
            yield head | {"choices": [{**choice, "text": ""}]}
    else:
        for choice in body["choices"]:
            for delta in _deltas(choice["message"]):
                told = {"index": choice["index"], "delta": delta, "finish_reason": None}
                yield head | {"choices": [told]}
        for choice in body["choices"]:
            end = {"index": choice["index"], "delta": {}, "finish_reason": choice["finish_reason"]}
            yield head | {"choices": [end]}
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield head | {"choices": [], "usage": body["usage"]}


def _deltas(message: Block) -> Iterator[Block]:
    yield {"role": "assistant", "content": ""}
    for key in ("reasoning_content", "content", "refusal"):
        for piece in pieces(message.get(key) or ""):
            yield {key: piece}
    for number, call in enumerate(message.get("tool_calls") or ()):
        function = call["function"]
        begun = {**call, "index": number, "function": {"name": function["name"], "arguments": ""}}
        yield {"tool_calls": [begun]}
        for piece in pieces(function["arguments"]):
            yield {"tool_calls": [{"index": number, "function": {"arguments": piece}}]}


def _response(body: Block) -> Iterator[Block]:
    bare = {**body, "status": "in_progress", "output": [], "usage": None, "error": None}
    begun: list[Block] = [
        {"type": "response.created", "response": bare},
        {"type": "response.in_progress", "response": bare},
    ]
    for index, item in enumerate(body["output"]):
        begun += _item(index, item)
    begun.append({"type": f"response.{body['status']}", "response": body})
    for number, event in enumerate(begun):
        yield {**event, "sequence_number": number}


def _item(index: int, item: Block) -> Iterator[Block]:
    at = {"output_index": index, "item_id": item["id"]}
    empty = {"message": {"content": []}, "function_call": {"arguments": ""}}.get(item["type"], {})
    if item["type"] == "reasoning":
        empty = {"summary": []}
    added = {**item, "status": "in_progress", **empty}
    yield {"type": "response.output_item.added", "output_index": index, "item": added}
    if item["type"] == "message":
        yield from _content(at, item)
    elif item["type"] == "function_call":
        for piece in pieces(item["arguments"]):
            yield {"type": "response.function_call_arguments.delta", **at, "delta": piece}
        done = {"arguments": item["arguments"], "name": item["name"]}
        yield {"type": "response.function_call_arguments.done", **at, **done}
    elif item["type"] == "reasoning":
        for number, part in enumerate(item["summary"]):
            place = {**at, "summary_index": number}
            empty_part = {"type": "summary_text", "text": ""}
            yield {"type": "response.reasoning_summary_part.added", **place, "part": empty_part}
            for piece in pieces(part["text"]):
                yield {"type": "response.reasoning_summary_text.delta", **place, "delta": piece}
            text = {"text": part["text"]}
            yield {"type": "response.reasoning_summary_text.done", **place, **text}
            yield {"type": "response.reasoning_summary_part.done", **place, "part": part}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _content(at: Block, item: Block) -> Iterator[Block]:
    for number, part in enumerate(item["content"]):
        place = {**at, "content_index": number}
        key = "refusal" if part["type"] == "refusal" else "text"
        word = "refusal" if key == "refusal" else "output_text"
        yield {"type": "response.content_part.added", **place, "part": {**part, key: ""}}
        more = {"logprobs": []} if key == "text" else {}
        for piece in pieces(part[key]):
            yield {"type": f"response.{word}.delta", **place, "delta": piece, **more}
        yield {"type": f"response.{word}.done", **place, key: part[key], **more}
        yield {"type": "response.content_part.done", **place, "part": part}


def message_events(body: Block) -> Iterator[Block]:
    """Anthropic's, which Bedrock sends too."""
    usage = {**body["usage"], "output_tokens": 1}
    bare = {**body, "content": [], "stop_reason": None, "usage": usage}
    yield {"type": "message_start", "message": bare}
    for index, block in enumerate(body["content"]):
        empty, deltas = _block(block)
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    if body["id"].endswith("overloaded"):
        error = {"type": "overloaded_error", "message": "Overloaded"}
        yield {"type": "error", "error": error}
        return
    end = {"stop_reason": body["stop_reason"], "stop_sequence": body["stop_sequence"]}
    told = {"output_tokens": body["usage"]["output_tokens"]}
    yield {"type": "message_delta", "delta": end, "usage": told}
    yield {"type": "message_stop"}


def _block(block: Block) -> tuple[Block, list[Block]]:
    if block["type"] == "text":
        texts = [{"type": "text_delta", "text": p} for p in pieces(block["text"])]
        return {"type": "text", "text": ""}, texts
    if block["type"] == "thinking":
        told = [{"type": "thinking_delta", "thinking": p} for p in pieces(block["thinking"])]
        signed = {"type": "signature_delta", "signature": block["signature"]}
        return {"type": "thinking", "thinking": "", "signature": ""}, [*told, signed]
    if block["type"] in ("tool_use", "server_tool_use"):
        given = json.dumps(block["input"]) if block["input"] else ""
        parts = [{"type": "input_json_delta", "partial_json": p} for p in ["", *pieces(given)]]
        return {**block, "input": {}}, parts
    return block, []


def _gemini(body: Block) -> Iterator[Block]:
    head = {k: v for k, v in body.items() if k not in ("candidates", "usageMetadata")}
    found = body.get("candidates") or []
    for candidate in found[:1]:
        for part in candidate["content"]["parts"]:
            texts = pieces(part["text"]) if "text" in part else [None]
            for text in texts:
                said = part if text is None else {**part, "text": text}
                content = {"role": "model", "parts": [said]}
                yield head | {"candidates": [{"index": 0, "content": content}]}
        end = {k: v for k, v in candidate.items() if k != "content"}
        last = {**end, "content": {"role": "model", "parts": [{"text": ""}]}}
        yield head | {"candidates": [last], "usageMetadata": body["usageMetadata"]}
    if not found:
        yield body
