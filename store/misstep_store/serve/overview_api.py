"""The API's routes for :class:`misstep_store.shapes.overview.Overview`."""

from __future__ import annotations

import functools
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from misstep.errors import UsageError
from misstep_store.answering.local_overview import LocalOverview
from misstep_store.changes import Changes
from misstep_store.reader import RunQuery
from misstep_store.serve.answers import ApiRoute, json_body, route, run_id_of, run_query, shape
from misstep_store.store import Store

_MAX_RUNS = 200


class TagBody(BaseModel):
    """Body of ``POST …/tags``."""

    model_config = ConfigDict(extra="forbid")
    add: list[str] = Field(default_factory=list)
    remove: list[str] = Field(default_factory=list)
    by: str | None = None


def routes(store: Store, *, receiver: Callable[[], dict[str, str]]) -> list[ApiRoute]:
    """The routes; they go before the API's catch-all.

    Args:
        store: the open store.
        receiver: the addresses where this server takes spans.
    """
    pages = Pages(store.reader.overview, store.changes, receiver)
    return [
        route("/api/receiver", {"GET": pages.receiver}),
        route("/api/facets", {"GET": pages.facets}),
        route("/api/groups", {"GET": pages.groups}),
        route("/api/faults", {"GET": pages.faults}),
        route("/api/contrast", {"GET": pages.contrast}),
        route("/api/history", {"GET": pages.history}),
        route("/api/spend", {"GET": pages.spend}),
        route("/api/latency", {"GET": pages.latencies}),
        route("/api/runs/{run_id}/outline", {"GET": pages.outline}),
        route("/api/runs/{run_id}/hops/{hop_id}", {"GET": pages.hop}),
        route("/api/runs/{run_id}/latency", {"GET": pages.latency}),
        route("/api/runs/{run_id}/marks", {"GET": pages.marks}),
        route("/api/runs/{run_id}/tags", {"POST": pages.tags}),
    ]


class Pages:
    """The endpoints; the store is asked on threads."""

    def __init__(
        self, overview: LocalOverview, changes: Changes, receiver: Callable[[], dict[str, str]]
    ) -> None:
        self._overview = overview
        self._changes = changes
        self._receiver = receiver

    async def receiver(self, request: Request) -> Response:
        """Where this server takes spans: ``otlp`` (HTTP) and ``grpc``."""
        return JSONResponse(self._receiver())

    async def facets(self, request: Request) -> Response:
        """Values to filter by: ``?replays=false`` counts runs that are no replays."""
        ask = functools.partial(self._overview.facets, replays=run_query(request).replays)
        return shape(await run_in_threadpool(ask))

    async def groups(self, request: Request) -> Response:
        """Runs by session or user: ``?by=session`` and the listing's filters."""
        by, query = _chosen(request, "by")
        return shape(await run_in_threadpool(self._overview.groups, query, by or "session"))  # type: ignore[arg-type]

    async def faults(self, request: Request) -> Response:
        """Failing runs by first bad hop and rule, with the listing's filters."""
        return shape(await run_in_threadpool(self._overview.faults, run_query(request)))

    async def contrast(self, request: Request) -> Response:
        """What some runs share, against good ones: ``?runs=ID,ID``."""
        return shape(await run_in_threadpool(self._overview.contrast, _named_runs(request)))

    async def history(self, request: Request) -> Response:
        """Runs and failures over time: ``?buckets=60`` and the listing's filters."""
        text, query = _chosen(request, "buckets")
        try:
            buckets = int(text or "60")
        except ValueError as error:
            raise UsageError(f"buckets must be a number, got {text!r}") from error
        return shape(await run_in_threadpool(self._overview.history, query, buckets))

    async def spend(self, request: Request) -> Response:
        """Cost and latency: ``?by=hop|model|provider|pipeline`` and the listing's filters."""
        by, query = _chosen(request, "by")
        return shape(await run_in_threadpool(self._overview.spend, query, by or "hop"))  # type: ignore[arg-type]

    async def latencies(self, request: Request) -> Response:
        """Critical-path times of several runs: ``?runs=ID,ID``."""
        return shape(await run_in_threadpool(self._overview.latencies, _named_runs(request)))

    async def outline(self, request: Request) -> Response:
        """A run's hops as columns."""
        made = await run_in_threadpool(self._overview.outline_json, run_id_of(request))
        return Response(made, media_type="application/json")

    async def hop(self, request: Request) -> Response:
        """One hop with its payloads."""
        hop_id = str(request.path_params["hop_id"])
        return shape(await run_in_threadpool(self._overview.hop, run_id_of(request), hop_id))

    async def latency(self, request: Request) -> Response:
        """One run's critical path."""
        return shape(await run_in_threadpool(self._overview.latency, run_id_of(request)))

    async def marks(self, request: Request) -> Response:
        """What was said of a run."""
        return shape(await run_in_threadpool(self._overview.marks, run_id_of(request)))

    async def tags(self, request: Request) -> Response:
        """Gives and takes tags."""
        body = TagBody.model_validate(await json_body(request))
        ask = functools.partial(
            self._overview.tag, run_id_of(request), add=body.add, remove=body.remove, by=body.by
        )
        run = await run_in_threadpool(ask)
        self._changes.publish([run.run_id])
        return shape(run)


def _chosen(request: Request, own: str) -> tuple[str | None, RunQuery]:
    return request.query_params.get(own), run_query(request, beside=(own,))


def _named_runs(request: Request) -> list[str]:
    run_ids = [r.lower() for r in request.query_params.get("runs", "").split(",") if r]
    if len(run_ids) > _MAX_RUNS:
        raise UsageError(f"runs may name {_MAX_RUNS}, got {len(run_ids)}")
    return run_ids
