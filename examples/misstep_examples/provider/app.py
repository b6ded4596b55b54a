"""The provider's HTTP surface: every wire format over one set of skills, with latency and faults."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from misstep_examples.provider.exchange import Answer, Ask, cut_to, usage_of
from misstep_examples.provider.faults import FaultBoard, UnknownFaultError
from misstep_examples.provider.latency import first_token_s, writing_s
from misstep_examples.provider.skills import Skills
from misstep_examples.provider.wires import (
    ANTHROPIC,
    COHERE,
    EMBEDDINGS,
    GEMINI,
    GEMINI_EMBEDDINGS,
    OLLAMA_CHAT,
    OLLAMA_GENERATE,
    OPENAI,
    RESPONSES,
    Embedding,
    Wire,
)

TRANSPORT_FAULTS = ("rate_limit", "server_error", "overloaded", "timeout", "bad_json", "truncated")
"""Faults of the service rather than of a model's judgement; any request can be struck."""

_RETRY_AFTER_MS = 40
_HOLD_S = 30.0
_ERRORS = {
    "rate_limit": (429, "Rate limit reached for requests; try again after the time given."),
    "server_error": (500, "The server had an error while processing your request."),
    "overloaded": (529, "Overloaded"),
}
_WIRES = {
    "/v1/chat/completions": OPENAI,
    "/openai/v1/chat/completions": OPENAI,
    "/v1/responses": RESPONSES,
    "/v1/messages": ANTHROPIC,
    "/v2/chat": COHERE,
    "/api/chat": OLLAMA_CHAT,
    "/api/generate": OLLAMA_GENERATE,
}
Handler = Callable[[Request], Awaitable[Response]]


class Provider:
    """Answers requests; ``latency`` scales the simulated waiting, 0 turns it off."""

    def __init__(self, skills: Skills, *, latency: float = 1.0) -> None:
        self.skills = skills
        self.faults = FaultBoard([*TRANSPORT_FAULTS, *skills.faults])
        self.requests_served = 0
        self._latency = latency
        self._numbers = itertools.count(1)

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/healthz", self._health),
            Route("/faults", self._change_faults, methods=["POST", "DELETE"]),
            Route("/{version}/models/{call:path}", self._gemini, methods=["POST"]),
        ]
        routes += [Route(p, self._talk(w), methods=["POST"]) for p, w in _WIRES.items()]
        routes += [Route(p, self._embed(e), methods=["POST"]) for p, e in EMBEDDINGS.items()]
        return Starlette(routes=routes)

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "faults": sorted(self.faults.known)})

    async def _change_faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
            return JSONResponse({"status": "ok"})
        try:
            asked = await request.json()
            times, match = asked.get("times"), asked.get("match", "")
            self.faults.set(asked["name"], times=times, match=match)
        except UnknownFaultError as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        except (ValueError, KeyError, AttributeError) as error:
            return JSONResponse({"error": f"expected {{name, times}}: {error!r}"}, status_code=400)
        return JSONResponse({"status": "ok"})

    def _talk(self, wire: Wire) -> Handler:
        async def talk(request: Request) -> Response:
            return await self._exchange(request, wire, {})

        return talk

    async def _gemini(self, request: Request) -> Response:
        """Gemini's paths name the model and the method: ``models/NAME:streamGenerateContent``."""
        model, _, method = request.path_params["call"].partition(":")
        if method == "batchEmbedContents":
            return await self._embedded(request, GEMINI_EMBEDDINGS, {"model": model})
        if method not in ("generateContent", "streamGenerateContent"):
            return self._refusal(GEMINI, 404, f"no method is called {method!r}")
        given = {"model": model, "stream": method.startswith("stream")}
        return await self._exchange(request, GEMINI, given)

    def _embed(self, embedding: Embedding) -> Handler:
        async def embed(request: Request) -> Response:
            return await self._embedded(request, embedding, {})

        return embed

    async def _embedded(
        self, request: Request, embedding: Embedding, given: dict[str, Any]
    ) -> Response:
        wire = embedding.wire
        try:
            body = await request.json() | given
            answer = embedding.answer(body)
            ask = Ask(model=body["model"], system="", turns=(("user", embedding.text_of(body)),))
        except (ValueError, KeyError, TypeError) as error:
            return self._refusal(wire, 400, f"malformed request: {error!r}")
        refused = await self._struck(request, wire, ask)
        if refused is not None:
            return refused
        await asyncio.sleep(first_token_s(ask, self._latency))
        return JSONResponse(answer, headers=self._headers(wire))

    async def _exchange(self, request: Request, wire: Wire, given: dict[str, Any]) -> Response:
        try:
            ask = wire.ask_of(await request.json() | given)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return self._refusal(wire, 400, f"malformed request: {error!r}")
        refused = await self._struck(request, wire, ask)
        if refused is not None:
            return refused
        try:
            answer = self._answer(ask)
        except Exception as error:  # a real provider's bug, too, reaches its callers as a 500
            return self._refusal(wire, 500, f"the simulated model cannot answer this: {error!r}")
        usage = usage_of(ask, answer)
        await asyncio.sleep(first_token_s(ask, self._latency))
        headers = self._headers(wire)
        if ask.stream:
            events = self._paced(wire.events(ask, answer, usage))
            return StreamingResponse(events, media_type=wire.media_type, headers=headers)
        await asyncio.sleep(writing_s(usage.output, self._latency))
        return JSONResponse(wire.whole(ask, answer, usage), headers=headers)

    def _answer(self, ask: Ask) -> Answer:
        self.requests_served += 1
        answer = cut_to(self.skills.answer(ask, self.faults), ask.max_tokens)
        if self.faults.strikes("bad_json", ask.everything):
            answer = Answer(text=answer.text.replace("}", "", 1))
        if self.faults.strikes("truncated", ask.everything):
            answer = Answer(text=answer.text[: len(answer.text) // 2], finish="length")
        return answer

    async def _struck(self, request: Request, wire: Wire, ask: Ask) -> Response | None:
        """The refusal when a fault of the service hits this request, else None."""
        if self.faults.strikes("timeout", ask.everything):
            await _hold(request)
            return self._refusal(wire, 500, "timed out")
        for name, (status, message) in _ERRORS.items():
            if self.faults.strikes(name, ask.everything):
                return self._refusal(wire, status, message)
        return None

    async def _paced(self, events: Iterable[str]) -> AsyncIterator[str]:
        for event in events:
            yield event
            await asyncio.sleep(writing_s(1, self._latency))

    def _refusal(self, wire: Wire, status: int, message: str) -> Response:
        headers = self._headers(wire)
        if status in (429, 529):
            headers |= {"retry-after": "1", "retry-after-ms": str(_RETRY_AFTER_MS)}
        return JSONResponse(wire.error(status, message), status_code=status, headers=headers)

    def _headers(self, wire: Wire) -> dict[str, str]:
        return {wire.id_header: f"req_{next(self._numbers):08d}"}


async def _hold(request: Request) -> None:
    """Waits until the caller gives up, as a hung backend does; ends by itself after a while."""
    for _ in range(int(_HOLD_S / 0.02)):
        if await request.is_disconnected():
            return
        await asyncio.sleep(0.02)
