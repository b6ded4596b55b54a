"""The overview questions over the API of the process that owns a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from misstep.model import Hop, Run
from misstep_store.reader import RunQuery
from misstep_store.shapes.overview import (
    Contrast,
    Facets,
    Faults,
    GroupKey,
    Groups,
    History,
    Latencies,
    Latency,
    Marks,
    Outline,
    Spend,
    SpendKey,
)

S = TypeVar("S", bound=BaseModel)


class HttpOverview:
    """Answers by ``ask(method, path, **httpx options)``; see
    ``misstep_store.shapes.overview.Overview``."""

    def __init__(self, ask: Callable[..., httpx.Response]) -> None:
        self._ask = ask

    def _get(self, kind: type[S], path: str, **parameters: Any) -> S:
        return kind.model_validate_json(self._ask("GET", path, params=parameters).content)

    def facets(self, *, replays: bool | None = None) -> Facets:
        """See Overview."""
        return self._get(Facets, "/api/facets", **_filters(RunQuery(replays=replays)))

    def groups(self, query: RunQuery, by: GroupKey) -> Groups:
        """See Overview."""
        return self._get(Groups, "/api/groups", by=by, **_filters(query))

    def faults(self, query: RunQuery) -> Faults:
        """See Overview."""
        return self._get(Faults, "/api/faults", **_filters(query))

    def contrast(self, run_ids: Sequence[str]) -> Contrast:
        """See Overview."""
        return self._get(Contrast, "/api/contrast", runs=",".join(run_ids))

    def history(self, query: RunQuery, buckets: int) -> History:
        """See Overview."""
        return self._get(History, "/api/history", buckets=buckets, **_filters(query))

    def spend(self, query: RunQuery, by: SpendKey) -> Spend:
        """See Overview."""
        return self._get(Spend, "/api/spend", by=by, **_filters(query))

    def outline(self, run_id: str) -> Outline:
        """See Overview."""
        return self._get(Outline, f"/api/runs/{run_id}/outline")

    def hop(self, run_id: str, hop_id: str) -> Hop:
        """See Overview."""
        return self._get(Hop, f"/api/runs/{run_id}/hops/{hop_id}")

    def latency(self, run_id: str) -> Latency:
        """See Overview."""
        return self._get(Latency, f"/api/runs/{run_id}/latency")

    def latencies(self, run_ids: Sequence[str]) -> Latencies:
        """See Overview."""
        return self._get(Latencies, "/api/latency", runs=",".join(run_ids))

    def marks(self, run_id: str) -> Marks:
        """See Overview."""
        return self._get(Marks, f"/api/runs/{run_id}/marks")

    def tag(
        self, run_id: str, *, add: Sequence[str], remove: Sequence[str], by: str | None = None
    ) -> Run:
        """See Overview."""
        body = {"add": list(add), "remove": list(remove), "by": by}
        answer = self._ask("POST", f"/api/runs/{run_id}/tags", json=body)
        return Run.model_validate_json(answer.content)


def _filters(query: RunQuery) -> dict[str, Any]:
    given = {k: v for k, v in asdict(query).items() if v is not None}
    for name in ("failed", "calls", "replays"):
        if name in given:
            given[name] = "true" if given[name] else "false"
    return given
