"""Bedrock beside the other APIs: Converse, InvokeModel of several families of models, their streams.

Source: Amazon Bedrock's API reference; "Event stream encoding" of AWS's SDKs.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from tests.conventions.capture import odd_streams
from tests.conventions.capture.odd_answers import answer
from tests.conventions.capture.odd_made import CITIES, THOUGHT, Block, Made

_PATH = re.compile(r"/model/([^/]+)/(converse|converse-stream|invoke|invoke-with-response-stream)")
USAGE = {"inputTokens": 121, "outputTokens": 19, "totalTokens": 140}
_TEXT = "Oslo lies in Norway."
_HALVES = ("Oslo lies ", "in Norway.")
_ENDS = {"end_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length"}


class Asked(NamedTuple):
    """A request: which model is asked, by Converse or not, for a stream or not."""

    model: str
    converses: bool
    streams: bool


def asked(path: str) -> Asked | None:
    """What a path asks; None where it is another API's."""
    found = _PATH.fullmatch(unquote(path))
    if found is None:
        return None
    model, how = found.groups()
    return Asked(model, how.startswith("converse"), how.endswith("stream"))


class Reply(NamedTuple):
    """What is sent, and what the oracle is to know of it."""

    record: dict[str, Any]
    data: bytes
    kind: str


def reply(path: str, name: str, body: Block) -> Reply | None:
    """The answer to a request; None where it is another API's."""
    about = asked(path)
    if about is None:
        return None
    found = made(about, name, body)
    record = told(about, found, body) | {"status": 200, "asked": body, "answered": found.body}
    if "embed" in about.model:
        counted = {"prompt_tokens": found.body["inputTextTokenCount"]}
        record["answered"] = {"usage": counted}
        del record["text"]  # no model says anything
    elif name == "midfail":
        record["failed"] = True
    record["path"] = f"/model/{about.model}/{'converse' if about.converses else 'invoke'}"
    if about.streams:
        kind = "application/vnd.amazon.eventstream"
        return Reply(record, b"".join(frames(about, name, found)), kind)
    return Reply(record, json.dumps(found.body).encode(), "application/json")


def made(about: Asked, name: str, body: Block) -> Made:
    """The answer of this name."""
    if about.converses:
        return _conversed(about.model, name)
    if "anthropic" in about.model:
        return answer("messages", name, about.model, body)
    if "deepseek" in about.model:
        return answer("chat", name, about.model, body)
    family = next(f for f in _FAMILIES if f in about.model)
    usage = {"prompt": 15, "output": 8, "cached": 0, "reasoning": 0, "written": 0}
    return Made(_FAMILIES[family], about.model, _TEXT, usage=usage)


_FAMILIES: dict[str, Block] = {
    "titan-embed": {"embedding": [0.1, 0.2, 0.3], "inputTextTokenCount": 6},
    "titan": {
        "inputTextTokenCount": 15,
        "results": [{"tokenCount": 8, "outputText": _TEXT, "completionReason": "FINISH"}],
    },
    "llama": {
        "generation": _TEXT,
        "prompt_token_count": 15,
        "generation_token_count": 8,
        "stop_reason": "stop",
    },
    "nova": {
        "output": {"message": {"role": "assistant", "content": [{"text": _TEXT}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 15, "outputTokens": 8, "totalTokens": 23},
    },
    "mistral": {"outputs": [{"text": _TEXT, "stop_reason": "stop"}]},
    "cohere": {"generation_id": "g", "text": _TEXT, "finish_reason": "COMPLETE"},
}


def _conversed(model: str, name: str) -> Made:
    content: list[Block] = [{"text": _TEXT}]
    stop, calls, thought = "end_turn", [], ""
    if name.startswith("tools"):
        calls, stop = CITIES, "tool_use"
        uses = [
            {"toolUse": {"toolUseId": f"tooluse_{n}", "name": called, "input": given}}
            for n, (called, given) in enumerate(calls)
        ]
        content = [{"text": "I look it up."}, *uses]
    elif name == "thought":
        thought = THOUGHT
        told = {"reasoningText": {"text": thought, "signature": "c2ln"}}
        content.insert(0, {"reasoningContent": told})
    elif name == "length":
        content, stop = [{"text": "Oslo lies"}], "max_tokens"
    body = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": USAGE,
        "metrics": {"latencyMs": 12},
    }
    text = "".join(str(c.get("text", "")) for c in content)
    usage = {"prompt": 121, "output": 19, "cached": 0, "reasoning": 0, "written": 0}
    return Made(body, model, text, thought, list(calls), _ENDS[stop], usage)


def told(about: Asked, found: Made, body: Block) -> dict[str, Any]:
    """What a call asked and was answered, as the oracle reads it."""
    listed = body.get("messages") or [{"role": "user", "content": _prompt(body)}]
    offered = (body.get("toolConfig") or {}).get("tools") or body.get("tools") or []
    return {
        "model": about.model,
        "served": found.served,
        "system": _words(body.get("system") or ""),
        "turns": [[m["role"], _words(m["content"])] for m in listed],
        "tools": sorted(t.get("toolSpec", t)["name"] for t in offered),
        "stream": about.streams,
        "text": found.text,
        "thought": found.thought,
        "calls": [list(call) for call in found.calls],
        "finish": found.finish,
        "usage": found.usage,
    }


def _prompt(body: Block) -> str:
    return str(body.get("inputText") or body.get("prompt") or body.get("message") or "")


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(c["text"] for c in content if "text" in c)


# --- streams -----------------------------------------------------------------------------------


def frames(about: Asked, name: str, found: Made) -> Iterator[bytes]:
    """The events of a stream, as AWS encodes them."""
    if about.converses:
        for kind, payload in _conversation(found.body):
            if kind == "messageStop" and name == "midfail":
                yield _frame("modelStreamErrorException", {"message": "Stumbled."}, "exception")
                return
            yield _frame(kind, payload)
        return
    for piece in _pieces(about.model, found.body):
        yield _frame("chunk", {"bytes": base64.b64encode(json.dumps(piece).encode()).decode()})


def _conversation(body: Block) -> Iterator[tuple[str, Block]]:
    yield "messageStart", {"role": "assistant"}
    for index, block in enumerate(body["output"]["message"]["content"]):
        at = {"contentBlockIndex": index}
        if "toolUse" in block:
            use = block["toolUse"]
            begun = {k: use[k] for k in ("toolUseId", "name")}
            yield "contentBlockStart", {**at, "start": {"toolUse": begun}}
            deltas = [
                {"toolUse": {"input": p}} for p in odd_streams.pieces(json.dumps(use["input"]))
            ]
        elif "reasoningContent" in block:
            deltas = [{"reasoningContent": {"text": p}} for p in odd_streams.pieces(THOUGHT)]
        else:
            deltas = [{"text": p} for p in odd_streams.pieces(block["text"])]
        for delta in deltas:
            yield "contentBlockDelta", {**at, "delta": delta}
        yield "contentBlockStop", at
    yield "messageStop", {"stopReason": body["stopReason"]}
    yield "metadata", {"usage": body["usage"], "metrics": body["metrics"]}


def _pieces(model: str, body: Block) -> list[Block]:
    if body.get("type") == "message":
        return list(odd_streams.message_events(body))
    if "titan" in model:
        told = [{"outputText": t, "index": 0, "inputTextTokenCount": 15} for t in _HALVES]
        last = {"outputText": "", "totalOutputTextTokenCount": 8, "completionReason": "FINISH"}
        return [*told, last]
    if "llama" in model:
        begun = [{"generation": t, "generation_token_count": n} for n, t in enumerate(_HALVES, 1)]
        begun[0]["prompt_token_count"] = 15
        return [*begun, {"generation": "", "generation_token_count": 8, "stop_reason": "stop"}]
    if "nova" in model:
        events = list(_conversation({**body, "metrics": {}}))
        return [{kind: payload} for kind, payload in events]
    return [body]


def _frame(kind: str, payload: Block, message: str = "event") -> bytes:
    heads = {
        ":message-type": message,
        f":{message}-type": kind,
        ":content-type": "application/json",
    }
    head = b"".join(
        bytes([len(n)]) + n.encode() + b"\x07" + struct.pack(">H", len(v)) + v.encode()
        for n, v in heads.items()
    )
    data = json.dumps(payload).encode()
    begun = struct.pack(">II", 16 + len(head) + len(data), len(head))
    begun += struct.pack(">I", binascii.crc32(begun))
    whole = begun + head + data
    return whole + struct.pack(">I", binascii.crc32(whole))
