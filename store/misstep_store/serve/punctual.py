"""HTTP connections whose senders must come to the point: headers within ten seconds; and beyond the
most that are held at a time, an answer that says when to come again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from misstep_store.serve.statuses import RETRY_AFTER_S, UNAVAILABLE, body_for

HEADER_TIMEOUT_S = 10.0
MAX_CONNECTIONS = 256
"""Of all listeners of one server together that a request may find open; then it gets 503."""
BUSY = "this server holds as many connections as it may; send it again in a moment"


class Connections:
    """What the listeners of one server hold open, gRPC included, whose listener is asked.

    ``grpc`` is a function without arguments, the number of connections there.
    """

    def __init__(self) -> None:
        self.grpc: Callable[[], int] = lambda: 0
        self._known = (0.0, 0)

    def full(self, http: int) -> bool:
        """Whether a request is one too many; ``http`` are open where it came in."""
        at, others = self._known
        now = time.monotonic()
        if now - at >= _COUNTED_FOR_S:
            others = self.grpc()
            self._known = now, others
        return http + others >= MAX_CONNECTIONS


_COUNTED_FOR_S = 0.1


class PunctualProtocol(HttpToolsProtocol):
    """Closes a connection on which a request's headers are not complete in time, and answers 503
    where its server holds too many. A class for each server is made by :func:`protocol`."""

    open_connections = Connections()
    _header_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A new connection: the first request is due."""
        super().connection_made(transport)
        self._expect_headers()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        if self._header_timer is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        """The headers are there."""
        self._stop_waiting()
        full = self.open_connections.full(len(self.connections))
        self.app = _busy if full else self.config.loaded_app
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._header_timer = self.loop.call_later(HEADER_TIMEOUT_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None


def protocol(connections: Connections) -> type[PunctualProtocol]:
    """The protocol of a server's listeners, which count together."""
    return type("PunctualProtocol", (PunctualProtocol,), {"open_connections": connections})


async def _busy(scope: Any, receive: Any, send: Any) -> None:
    """503 in the type of the request, for whoever comes when there are too many."""
    kind, body = body_for(scope.get("headers", ()), UNAVAILABLE, BUSY)
    await send(
        {
            "type": "http.response.start",
            "status": 503,
            "headers": [
                (b"content-type", kind),
                (b"content-length", str(len(body)).encode()),
                (b"retry-after", str(RETRY_AFTER_S).encode()),
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
