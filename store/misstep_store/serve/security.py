"""Who may ask: only names of this machine, only our own pages; and what a page may load."""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self' ws: wss:; font-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'self'"
)
_LOCAL = ("127.0.0.1", "localhost", "[::1]", "::1")
_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


def allowed_hosts(bound: str) -> frozenset[str]:
    """Host names that requests may carry: loopback, the bound address, ``MISSTEP_ALLOWED_HOSTS``."""
    named = os.environ.get("MISSTEP_ALLOWED_HOSTS", "").split(",")
    more = [bound] if bound not in ("0.0.0.0", "::") else []  # noqa: S104
    return frozenset(h.strip().lower() for h in (*_LOCAL, *more, *named) if h.strip())


class Gate:
    """Middleware: a foreign Host or Origin gets 403; every answer carries the policy headers."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is allowed."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        reason = self._refused(headers)
        if reason is not None:
            await _refuse(scope, send, reason)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(h for h in _HEADERS if h[0] not in present),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refused(self, headers: dict[str, str]) -> str | None:
        host = _name(headers.get("host", ""))
        if host not in self._hosts:
            return f"host {host!r} is not served here; allow it with MISSTEP_ALLOWED_HOSTS={host}"
        origin = headers.get("origin")
        if origin and origin != "null" and _name(urlsplit(origin).netloc) not in self._hosts:
            return f"origin {origin!r} may not ask this server"
        if origin == "null":
            return "a page without an origin may not ask this server"
        return None


def _name(host: str) -> str:
    host = host.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.rpartition(":")[0] if ":" in host and host.rpartition(":")[2].isdigit() else host


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason[:120]})
        return
    import json

    body = json.dumps({"error": reason}).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 403,
            "headers": [(b"content-type", b"application/json"), *_HEADERS],
        }
    )
    await send({"type": "http.response.body", "body": body})
