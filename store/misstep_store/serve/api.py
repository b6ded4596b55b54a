"""The JSON API: INTERFACES "HTTP", over a store this process owns."""

from __future__ import annotations

import functools
import importlib.metadata
import os
from collections.abc import Callable, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from misstep.errors import UsageError
from misstep.model import Json
from misstep_diagnosis.doctor import doctor
from misstep_store.otlp import encode, encode_json
from misstep_store.serve.answers import (
    METHODS,
    ApiRoute,
    Endpoint,
    flag,
    guarded,
    json_body,
    route,
    run_id_of,
    run_query,
    shape,
    unknown,
)
from misstep_store.serve.asked import RemapBody, RetainBody, ScoreBody, VerdictBody
from misstep_store.serve.events import Events
from misstep_store.serve.openapi import document
from misstep_store.shapes.checkups import Checkup
from misstep_store.shapes.retention import Policy
from misstep_store.store import Store

_TEXT_LIMIT = 10_000


def routes(
    store: Store,
    *,
    more: Sequence[ApiRoute] = (),
    forward: Callable[[], Sequence[dict[str, Json]]] = lambda: (),
) -> list[Route]:
    """All routes of the API and the two probes.

    Args:
        store: the open store.
        more: routes of other files, described and served beside these.
        forward: tells how each destination of ``--forward`` fares, for ``/api/stats``.
    """
    api = Api(store, forward, more)
    events = Events(store.changes)
    run = "/api/runs/{run_id}"
    table: list[tuple[str, dict[str, Endpoint]]] = [
        ("/healthz", {"GET": api.healthz}),
        ("/readyz", {"GET": api.readyz}),
        ("/api/openapi.json", {"GET": api.openapi}),
        ("/api/stats", {"GET": api.stats}),
        ("/api/retain", {"POST": api.retain}),
        ("/api/remap", {"POST": api.remap}),
        ("/api/events", {"GET": events.stream}),
        ("/api/resolve", {"GET": api.resolve}),
        ("/api/doctor", {"GET": api.checkup}),
        ("/api/runs", {"GET": api.runs}),
        (run, {"GET": api.run, "DELETE": api.delete}),
        (f"{run}/diagnosis", {"GET": api.diagnosis}),
        (f"{run}/lineage", {"GET": api.lineage}),
        (f"{run}/blame", {"GET": api.blame}),
        (f"{run}/reach", {"GET": api.reach}),
        (f"{run}/diff", {"GET": api.diff}),
        (f"{run}/diff/{{other}}", {"GET": api.diff}),
        (f"{run}/doctor", {"GET": api.doctor}),
        (f"{run}/otlp", {"GET": api.otlp}),
        (f"{run}/verdict", {"POST": api.verdict}),
        (f"{run}/scores", {"POST": api.scores}),
    ]
    return [
        *more,
        *(route(path, methods) for path, methods in table),
        Route("/api/{rest:path}", guarded(unknown), methods=METHODS),
    ]


class Api:
    """The endpoints; reader calls run on threads."""

    def __init__(
        self,
        store: Store,
        forward: Callable[[], Sequence[dict[str, Json]]],
        more: Sequence[ApiRoute],
    ) -> None:
        self._store = store
        self._reader = store.reader
        self._forward = forward
        self._document = document(more)

    async def healthz(self, request: Request) -> Response:
        """Alive, and whose store this is."""
        return JSONResponse(
            {
                "status": "ok",
                "store": str(self._store.database.path),
                "pid": os.getpid(),
                "version": importlib.metadata.version("misstep"),
            }
        )

    async def readyz(self, request: Request) -> Response:
        """Whether the store can be written."""
        await run_in_threadpool(self._store.check_writable)
        return JSONResponse({"status": "ready"})

    async def openapi(self, request: Request) -> Response:
        """The API's description."""
        return JSONResponse(self._document)

    async def stats(self, request: Request) -> Response:
        """Totals."""
        found = await run_in_threadpool(self._reader.stats)
        found.forward = list(self._forward())
        return shape(found)

    async def retain(self, request: Request) -> Response:
        """Removes what the policy does not let stay."""
        body = RetainBody.model_validate(await json_body(request))
        policy = Policy(days=body.days, failing_days=body.failing_days, max_bytes=body.max_bytes)
        ask = functools.partial(self._store.retain, policy, dry_run=body.dry_run)
        return shape(await run_in_threadpool(ask))

    async def remap(self, request: Request) -> Response:
        """Reads stored spans again."""
        body = RemapBody.model_validate(await json_body(request))
        if body.all and body.run_ids:
            raise UsageError("name run_ids or say all, not both")
        ask = functools.partial(self._store.remap, None if body.all else body.run_ids)
        return shape(await run_in_threadpool(ask))

    async def resolve(self, request: Request) -> Response:
        """Run ids that begin so."""
        given = request.query_params.get("run", "")
        if not given:
            raise UsageError("say how the run id begins: ?run=…, or ?run=last")
        found = await run_in_threadpool(self._reader.resolve, given)
        return JSONResponse({"run_ids": found})

    async def runs(self, request: Request) -> Response:
        """A page of runs."""
        return shape(await run_in_threadpool(self._reader.runs, run_query(request)))

    async def run(self, request: Request) -> Response:
        """One run with its hops."""
        payloads = flag(request, "payloads", default=True)
        ask = functools.partial(self._reader.run, run_id_of(request), payloads=payloads)
        return shape(await run_in_threadpool(ask))

    async def delete(self, request: Request) -> Response:
        """Removes a run."""
        await run_in_threadpool(self._reader.delete, run_id_of(request))
        return JSONResponse({"deleted": run_id_of(request)})

    async def diagnosis(self, request: Request) -> Response:
        """The verdict as of now."""
        return shape(await run_in_threadpool(self._reader.diagnosis, run_id_of(request)))

    async def lineage(self, request: Request) -> Response:
        """Value edges."""
        return shape(await run_in_threadpool(self._reader.lineage, run_id_of(request)))

    async def blame(self, request: Request) -> Response:
        """Where a text first appeared."""
        return shape(await run_in_threadpool(_about_text(request, self._reader.blame)))

    async def reach(self, request: Request) -> Response:
        """Where a text went."""
        return shape(await run_in_threadpool(_about_text(request, self._reader.reach)))

    async def checkup(self, request: Request) -> Response:
        """What a pipeline's recordings support."""
        pipeline = request.query_params.get("pipeline", "")
        if not pipeline:
            raise UsageError("say which pipeline: ?pipeline=…")
        asked = request.query_params.get("limit", "20")
        if not (asked.isascii() and asked.isdigit()):
            raise UsageError(f"limit must be a number from 1 to 200, got {asked[:40]!r}")
        ask = functools.partial(self._reader.checkup, pipeline, limit=int(asked[:9]))
        return shape(await run_in_threadpool(ask))

    async def diff(self, request: Request) -> Response:
        """Two runs aligned."""
        other = request.path_params.get("other")
        other = other.lower() if other else None
        return shape(await run_in_threadpool(self._reader.diff, run_id_of(request), other))

    async def doctor(self, request: Request) -> Response:
        """Which claims this recording can support."""
        run = await run_in_threadpool(self._reader.run, run_id_of(request))
        return shape(Checkup.of(run, await run_in_threadpool(doctor, run, run.hops)))

    async def otlp(self, request: Request) -> Response:
        """The run's spans, or with ``?signal=logs`` its log records, as one OTLP request."""
        signal = request.query_params.get("signal") or "traces"
        if signal not in ("traces", "logs"):
            raise UsageError(f"signal must be traces or logs, got {signal[:40]!r}")
        spans, logs = await run_in_threadpool(self._reader.spans, run_id_of(request))
        if "json" in request.headers.get("accept", ""):
            made = encode_json.traces(spans) if signal == "traces" else encode_json.logs(logs)
            return Response(made, media_type="application/json")
        if signal == "traces":
            body = encode.traces_request(spans).SerializeToString()
        else:
            body = encode.logs_request(logs).SerializeToString()
        return Response(body, media_type="application/x-protobuf")

    async def verdict(self, request: Request) -> Response:
        """Records a verdict."""
        body = VerdictBody.model_validate(await json_body(request))
        ask: Callable[[], Any] = functools.partial(
            self._reader.mark,
            run_id_of(request),
            body.state,  # type: ignore[arg-type]
            text=body.text,
            hop_id=body.hop_id,
            note=body.note,
            by=body.by,
        )
        return shape(await run_in_threadpool(ask))

    async def scores(self, request: Request) -> Response:
        """Records a score."""
        body = ScoreBody.model_validate(await json_body(request))
        ask = functools.partial(
            self._reader.score,
            run_id_of(request),
            body.name,
            body.value,
            hop_id=body.hop_id,
            by=body.by,
        )
        return shape(await run_in_threadpool(ask))


def _about_text(request: Request, ask: Callable[..., Any]) -> Callable[[], Any]:
    """A question about a text of a run, ready to be asked."""
    text = request.query_params.get("text", "")
    if not text:
        raise UsageError("say what to look for: ?text=…")
    if len(text) > _TEXT_LIMIT:
        raise UsageError(f"text may have {_TEXT_LIMIT} characters, got {len(text)}")
    hop = request.query_params.get("hop") or None
    return functools.partial(ask, run_id_of(request), text, hop=hop)
