"""The JSON events of a streamed answer: server-sent events or one JSON a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from misstep.model import Json

Placed = tuple[Json, int]
"""An event and the number of bytes of the body up to its end."""
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_SERVER_SENT = "text/event-stream"


def stream_events(content_type: str, body: bytes) -> list[Placed] | None:
    """The events that came whole, or None when the body is not a stream.

    ``[DONE]``, comments and events that are no JSON are passed over."""
    kind = _kind(content_type)
    if kind == _SERVER_SENT:
        return _server_sent(body)
    if kind in _LINES or kind == "application/x-jsonlines":
        return _lines(body)
    return None


def stream_text(content_type: str, events: Sequence[Json], *, done: bool) -> str:
    """The body of a stream with these events; ``done`` ends server-sent ones with ``[DONE]``."""
    if _kind(content_type) != _SERVER_SENT:
        return "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events)
    blocks = []
    for event in events:
        kind = event.get("type") if isinstance(event, dict) else None
        named = f"event: {kind}\n" if isinstance(kind, str) else ""
        blocks.append(f"{named}data: {json.dumps(event, ensure_ascii=False)}\n\n")
    return "".join(blocks) + ("data: [DONE]\n\n" if done else "")


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _server_sent(body: bytes) -> list[Placed]:
    events: list[Placed] = []
    data: list[bytes] = []
    at = 0
    # bytes.splitlines knows \n, \r and \r\n only, as the format does; str's knows more.
    for line in [*body.splitlines(keepends=True), b"\n"]:
        at += len(line)
        bare = line.rstrip(b"\r\n")
        if bare.startswith(b"data:"):
            data.append(bare[5:].removeprefix(b" "))
        elif not bare and data:
            _append(events, b"\n".join(data), min(at, len(body)))
            data = []
    return events


def _lines(body: bytes) -> list[Placed]:
    events: list[Placed] = []
    at = 0
    for line in body.splitlines(keepends=True):
        at += len(line)
        if line.strip():
            _append(events, line, at)
    return events


def _append(events: list[Any], text: bytes, at: int) -> None:
    try:
        events.append((json.loads(text), at))
    except (ValueError, RecursionError):
        return
