"""The JSON events of a streamed answer: server-sent events or one JSON a line."""

from __future__ import annotations

import json
from typing import Any

from misstep.model import Json


class JsonEvents:
    """Reads a whole body; partial last events are left out."""

    @staticmethod
    def of(content_type: str, text: str) -> list[Json] | None:
        """The events, or None when the body is not a stream."""
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            return server_sent(text)
        if kind in ("application/x-ndjson", "application/jsonl", "application/x-jsonlines"):
            return lines(text)
        return None


def server_sent(text: str) -> list[Json]:
    """The data of each event that is JSON; ``[DONE]`` and comments are passed over."""
    events: list[Json] = []
    data: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            _append(events, "\n".join(data))
            data = []
    return events


def lines(text: str) -> list[Json]:
    """One JSON a line."""
    events: list[Json] = []
    for line in text.splitlines():
        if line.strip():
            _append(events, line)
    return events


def _append(events: list[Any], text: str) -> None:
    try:
        events.append(json.loads(text))
    except (ValueError, RecursionError):
        return
