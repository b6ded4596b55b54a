"""The JSON API: INTERFACES "HTTP", over any reader."""

from __future__ import annotations

import asyncio
import functools
import importlib.metadata
import json
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from misstep.errors import MisstepError, NotFound, StoreError, UsageError
from misstep_store.reader import Reader, RunQuery
from misstep_store.serve.openapi import document

logger = logging.getLogger("misstep.serve")

Endpoint = Callable[[Request], Awaitable[Response]]
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_LISTING = [
    "cursor",
    "since",
    "until",
    "sort",
    "verdict",
    "status",
    "model",
    "name",
    "service",
    "pipeline",
    "version",
    "session",
    "user",
    "tag",
    "text",
]
_TEXT_LIMIT = 10_000
_LIVE_POLL_S = 1.0


class VerdictBody(BaseModel):
    """Body of ``POST …/verdict``."""

    model_config = ConfigDict(extra="forbid")
    state: str
    text: str | None = None
    hop_id: str | None = None
    note: str | None = None
    by: str = "user"


class ScoreBody(BaseModel):
    """Body of ``POST …/scores``."""

    model_config = ConfigDict(extra="forbid")
    name: str
    value: float
    hop_id: str | None = None
    by: str | None = None


def routes(reader: Reader, *, store_path: str) -> list[Route]:
    """All routes of the API and the two probes."""
    api = Api(reader, store_path)
    table: list[tuple[str, dict[str, Endpoint]]] = [
        ("/healthz", {"GET": api.healthz}),
        ("/readyz", {"GET": api.readyz}),
        ("/api/openapi.json", {"GET": api.openapi}),
        ("/api/stats", {"GET": api.stats}),
        ("/api/runs", {"GET": api.runs}),
        ("/api/runs/{run_id}", {"GET": api.run, "DELETE": api.delete}),
        ("/api/runs/{run_id}/diagnosis", {"GET": api.diagnosis}),
        ("/api/runs/{run_id}/lineage", {"GET": api.lineage}),
        ("/api/runs/{run_id}/blame", {"GET": api.blame}),
        ("/api/runs/{run_id}/diff", {"GET": api.diff}),
        ("/api/runs/{run_id}/diff/{other}", {"GET": api.diff}),
        ("/api/runs/{run_id}/verdict", {"POST": api.verdict}),
        ("/api/runs/{run_id}/scores", {"POST": api.scores}),
        ("/api/runs/{run_id}/events", {"GET": api.events}),
    ]
    return [
        *(Route(path, _by_method(methods), methods=_METHODS) for path, methods in table),
        Route("/api/{rest:path}", _guarded(_unknown), methods=_METHODS),
    ]


def _by_method(methods: dict[str, Endpoint]) -> Endpoint:
    guarded = {name: _guarded(endpoint) for name, endpoint in methods.items()}
    if "GET" in guarded:
        guarded["HEAD"] = guarded["GET"]

    async def choose(request: Request) -> Response:
        endpoint = guarded.get(request.method)
        if endpoint is None:
            allowed = ", ".join(sorted(guarded))
            message = f"{request.method} is not possible here; use {allowed}"
            return JSONResponse({"error": message}, 405, {"allow": allowed})
        return await endpoint(request)

    return choose


def _guarded(endpoint: Endpoint) -> Endpoint:
    @functools.wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotFound as error:
            return problem(404, error)
        except (UsageError, ValidationError) as error:
            return problem(400, error)
        except StoreError as error:
            return problem(503, error)
        except MisstepError as error:
            return problem(400, error)
        except Exception:
            logger.exception("%s %s failed", request.method, request.url.path)
            return JSONResponse({"error": "misstep failed on this request; see its log"}, 503)

    return answer


def problem(status: int, error: Exception) -> JSONResponse:
    """An error of one sentence."""
    text = str(error)
    if isinstance(error, ValidationError):
        text = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors()
        )
    return JSONResponse({"error": text}, status)


async def _unknown(request: Request) -> Response:
    return JSONResponse({"error": f"there is no {request.url.path}; see /api/openapi.json"}, 404)


def shape(value: BaseModel) -> Response:
    """A shape as the API answers it."""
    return Response(value.model_dump_json(by_alias=True), media_type="application/json")


class Api:
    """The endpoints; reader calls run on threads."""

    def __init__(self, reader: Reader, store_path: str) -> None:
        self._reader = reader
        self._store_path = store_path

    async def healthz(self, request: Request) -> Response:
        """Alive, and whose store this is."""
        return JSONResponse(
            {
                "status": "ok",
                "store": self._store_path,
                "pid": os.getpid(),
                "version": importlib.metadata.version("misstep"),
            }
        )

    async def readyz(self, request: Request) -> Response:
        """Whether the store answers."""
        await run_in_threadpool(self._reader.stats)
        return JSONResponse({"status": "ready"})

    async def openapi(self, request: Request) -> Response:
        """The API's description."""
        return JSONResponse(document())

    async def stats(self, request: Request) -> Response:
        """Totals."""
        return shape(await run_in_threadpool(self._reader.stats))

    async def runs(self, request: Request) -> Response:
        """A page of runs."""
        return shape(await run_in_threadpool(self._reader.runs, run_query(request)))

    async def run(self, request: Request) -> Response:
        """One run with its hops."""
        payloads = _flag(request, "payloads", default=True)
        ask = functools.partial(self._reader.run, _run_id(request), payloads=payloads)
        return shape(await run_in_threadpool(ask))

    async def delete(self, request: Request) -> Response:
        """Removes a run."""
        await run_in_threadpool(self._reader.delete, _run_id(request))
        return JSONResponse({"deleted": _run_id(request)})

    async def diagnosis(self, request: Request) -> Response:
        """The verdict as of now."""
        return shape(await run_in_threadpool(self._reader.diagnosis, _run_id(request)))

    async def lineage(self, request: Request) -> Response:
        """Value edges."""
        return shape(await run_in_threadpool(self._reader.lineage, _run_id(request)))

    async def blame(self, request: Request) -> Response:
        """Where a text first appeared."""
        text = request.query_params.get("text", "")
        if not text:
            raise UsageError("say what to look for: ?text=…")
        if len(text) > _TEXT_LIMIT:
            raise UsageError(f"text may have {_TEXT_LIMIT} characters, got {len(text)}")
        hop = request.query_params.get("hop")
        ask = functools.partial(self._reader.blame, _run_id(request), text, hop=hop)
        return shape(await run_in_threadpool(ask))

    async def diff(self, request: Request) -> Response:
        """Two runs aligned."""
        other = request.path_params.get("other")
        return shape(await run_in_threadpool(self._reader.diff, _run_id(request), other))

    async def verdict(self, request: Request) -> Response:
        """Records a verdict."""
        body = VerdictBody.model_validate(await _body(request))
        ask = functools.partial(
            self._reader.mark,
            _run_id(request),
            body.state,  # type: ignore[arg-type]
            text=body.text,
            hop_id=body.hop_id,
            note=body.note,
            by=body.by,
        )
        return shape(await run_in_threadpool(ask))

    async def scores(self, request: Request) -> Response:
        """Records a score."""
        body = ScoreBody.model_validate(await _body(request))
        ask = functools.partial(
            self._reader.score,
            _run_id(request),
            body.name,
            body.value,
            hop_id=body.hop_id,
            by=body.by,
        )
        return shape(await run_in_threadpool(ask))

    async def events(self, request: Request) -> Response:
        """Server-sent events: one whenever the run has changed, until it is complete."""
        run_id = _run_id(request)
        await run_in_threadpool(functools.partial(self._reader.run, run_id, payloads=False))
        return StreamingResponse(self._changes(request, run_id), media_type="text/event-stream")

    async def _changes(self, request: Request, run_id: str) -> AsyncIterator[str]:
        last = ""
        while not await request.is_disconnected():
            ask = functools.partial(self._reader.run, run_id, payloads=False)
            run = await run_in_threadpool(ask)
            told = json.dumps(
                {
                    "spans": run.span_count,
                    "complete": run.complete,
                    "verdict": run.diagnosis_verdict,
                }
            )
            if told != last:
                last = told
                yield f"event: run\ndata: {told}\n\n"
            if run.complete and run.diagnosis_verdict:
                return
            await asyncio.sleep(_LIVE_POLL_S)


async def _body(request: Request) -> Any:
    raw = await request.body()
    if len(raw) > 1_000_000:
        raise UsageError("the body may have 1 MB")
    try:
        return json.loads(raw)
    except ValueError as error:
        raise UsageError(f"the body is not JSON: {error}") from error


def _run_id(request: Request) -> str:
    return str(request.path_params["run_id"])


def _flag(request: Request, name: str, *, default: bool) -> bool:
    value = request.query_params.get(name)
    if value is None:
        return default
    if value.lower() not in ("true", "false", "1", "0"):
        raise UsageError(f"{name} must be true or false, got {value!r}")
    return value.lower() in ("true", "1")


def run_query(request: Request) -> RunQuery:
    """The listing's filters out of the query string.

    Raises:
        UsageError: for an unknown parameter or a value that makes no sense.
    """
    given = dict(request.query_params)
    unknown = sorted(set(given) - set(_LISTING) - {"limit", "failed"})
    if unknown:
        raise UsageError(f"unknown parameter {unknown[0]!r}; known: limit, {', '.join(_LISTING)}")
    try:
        limit = int(given.pop("limit", "50"))
    except ValueError as error:
        raise UsageError("limit must be a number from 1 to 1000") from error
    failed = _flag(request, "failed", default=False) if "failed" in given else None
    given.pop("failed", None)
    if given.get("sort", "newest") not in ("newest", "oldest", "slowest", "costliest"):
        raise UsageError("sort must be newest, oldest, slowest or costliest")
    if given.get("verdict", "bad") not in ("good", "bad", "unknown"):
        raise UsageError("verdict must be good, bad or unknown")
    if given.get("status", "ok") not in ("ok", "error", "unset"):
        raise UsageError("status must be ok, error or unset")
    return RunQuery(limit=limit, failed=failed, **given)  # type: ignore[arg-type]
