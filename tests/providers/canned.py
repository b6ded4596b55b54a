"""Answers out of nothing, and a body that notes how much of it was asked for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import httpx2

ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello there. You?"}]}
ANSWER = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-2024-08-06",
    "choices": [{"message": {"role": "assistant", "content": "Fine."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
}
CHAT = "http://model.test/v1/chat/completions"
LIBRARIES = [httpx, httpx2]


def chunk(text: str | None, finish: str | None = None) -> bytes:
    delta = {} if text is None else {"content": text}
    body = {"id": "c1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(body)}\n\n".encode()


class Chunks(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that notes how much of it was asked for."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks
        self.given = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for one in self.chunks:
            self.given += 1
            yield one

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for one in self.chunks:
            self.given += 1
            yield one

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def streamed(body: Chunks) -> httpx.MockTransport:
    kind = {"content-type": "text/event-stream"}
    return httpx.MockTransport(lambda _: httpx.Response(200, headers=kind, stream=body))


def answering(module: Any, seen: list[Any] | None = None, **headers: str) -> Any:
    def handle(request: Any) -> Any:
        if seen is not None:
            seen.append(request)
        return module.Response(200, json=ANSWER, headers=headers)

    return module.MockTransport(handle)
