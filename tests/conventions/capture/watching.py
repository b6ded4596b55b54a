"""The local provider, watched: each request as it came and how it was answered, refusals too."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from misstep_examples.provider import Ask, Skills
from misstep_examples.provider.app import Provider
from misstep_examples.provider.wires import Wire

Told = dict[str, Any]
current: ContextVar[Told] = ContextVar("current")
_MOST = 20_000


class Watched(Provider):
    """A provider without latency that keeps each request in ``told``, in the order they came.

    ``about`` gives what is kept of a request that is refused before a model answers."""

    def __init__(self, skills: Skills, told: list[Told], about: Callable[[Ask], Told]) -> None:
        super().__init__(skills, latency=0)
        self._told = told
        self._about = about

    def app(self) -> Starlette:
        made = super().app()
        made.add_middleware(Watcher, told=self._told)
        return made

    async def _struck(self, request: Request, wire: Wire, ask: Ask) -> Response | None:
        current.get().update(self._about(ask))
        return await super()._struck(request, wire, ask)


class Watcher:
    """Keeps path, body, status, answer, and whether the caller left before its end."""

    def __init__(self, app: ASGIApp, told: list[Told]) -> None:
        self._app = app
        self._told = told
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        record: Told = {"path": scope["path"], "status": 0, "left": True}
        with self._lock:
            self._told.append(record)
        current.set(record)
        asked, answered = bytearray(), bytearray()

        async def received() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                record["status"] = message["status"]
            else:
                answered.extend(message.get("body", b""))
                record["left"] = bool(message.get("more_body", False))
            await send(message)

        try:
            await self._app(scope, received, sent)
        finally:
            record["asked"] = _opened(bytes(asked))
            record["answered"] = _without_vectors(_opened(bytes(answered)))


def _opened(body: bytes) -> Any:
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text[:_MOST]


def _without_vectors(body: Any) -> Any:
    vectors = ("data", "embeddings")
    return {k: v for k, v in body.items() if k not in vectors} if type(body) is dict else body
