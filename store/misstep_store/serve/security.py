"""Who may ask: only names of this machine, only our own pages; and what a page may load."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from misstep_store.serve.statuses import PERMISSION_DENIED, UNAUTHENTICATED, body_for

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self' ws: wss:; font-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'self'"
)
TOKEN_WANTED = "this server wants its token: send the header authorization: Bearer TOKEN"  # noqa: S105
_COOKIE = "misstep_token"
_OPEN = ("/healthz", "/readyz")
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


@dataclass(frozen=True, slots=True)
class Tokens:
    """What callers must carry: at the receiver with its API, and at the UI with its API; None asks
    for nothing."""

    receiver: str | None = None
    ui: str | None = None


def read_tokens() -> Tokens:
    """``MISSTEP_TOKEN`` and ``MISSTEP_UI_TOKEN``."""
    return Tokens(
        receiver=os.environ.get("MISSTEP_TOKEN", "").strip() or None,
        ui=os.environ.get("MISSTEP_UI_TOKEN", "").strip() or None,
    )


def carries(authorization: str, token: str) -> bool:
    """Whether an ``authorization`` header holds the token; in constant time."""
    kind, _, given = authorization.partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


class Gate:
    """Middleware: a foreign Host or Origin gets 403; every answer carries the policy headers.

    With a ``token``, all but the probes answer 401 to who does not carry it: in the header
    ``authorization: Bearer``, or, for a browser, once as ``?token=`` and from then on in a cookie.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], token: str | None = None) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._token = token

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
        if self._token is not None and scope["path"] not in _OPEN:
            if self._token_in_query(scope):
                await self._welcome(scope, send)
                return
            if not self._admitted(headers):
                await _refuse(scope, send, TOKEN_WANTED, status=401)
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

    def _admitted(self, headers: dict[str, str]) -> bool:
        token = self._token or ""
        if carries(headers.get("authorization", ""), token):
            return True
        cookies = SimpleCookie()
        with contextlib.suppress(CookieError):
            cookies.load(headers.get("cookie", ""))
        given = cookies[_COOKIE].value if _COOKIE in cookies else ""
        return hmac.compare_digest(given.encode(), _cookie_value(token).encode())

    def _token_in_query(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return hmac.compare_digest(given.encode(), (self._token or "").encode())

    async def _welcome(self, scope: Scope, send: Send) -> None:
        """Keeps the token in a cookie and takes it out of the address."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        rest = urlencode([(k, v) for k, v in query if k != "token"])
        where = quote("/" + scope["path"].lstrip("/")) + (f"?{rest}" if rest else "")
        cookie = f"{_COOKIE}={_cookie_value(self._token or '')}; Path=/; HttpOnly; SameSite=Strict"
        headers = [
            (b"location", where.encode()),
            (b"set-cookie", cookie.encode()),
        ]
        await send({"type": "http.response.start", "status": 303, "headers": [*headers, *_HEADERS]})
        await send({"type": "http.response.body", "body": b""})


def _cookie_value(token: str) -> str:
    """Not the token itself: a cookie is seen by every port of a host."""
    return hashlib.sha256(b"misstep cookie " + token.encode()).hexdigest()


def _name(host: str) -> str:
    host = host.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.rpartition(":")[0] if ":" in host and host.rpartition(":")[2].isdigit() else host


async def _refuse(scope: Scope, send: Send, reason: str, *, status: int = 403) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason[:120]})
        return
    code = UNAUTHENTICATED if status == 401 else PERMISSION_DENIED
    kind, body = body_for(scope["headers"], code, reason)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", kind), *_HEADERS],
        }
    )
    await send({"type": "http.response.body", "body": body})
