"""The small facts of runs: what they are listed, filtered and added up by."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from misstep import semconv as sc
from misstep.model import ErrorInfo, Verdict
from misstep_store.conventions import reading as rd
from misstep_store.conventions.runs import verdict
from misstep_store.conventions.types import Draft
from misstep_store.headers.bodies import Bodies
from misstep_store.headers.forest import Forest
from misstep_store.headers.spans import NONE, Facts, SpanColumns
from misstep_store.headers.tables import Row, clean

_UNKNOWN = "unknown"


def runs_of(
    spans: SpanColumns,
    facts: Facts,
    forest: Forest,
    totals: dict[str, Any],
    long_spans: int,
) -> tuple[list[Row], list[str]]:
    """A row of :data:`tables.FACTS` for each trace that is not left, and beside it the body of the
    run: empty where the trace has fewer than ``long_spans`` spans."""
    made = _Runs(spans, facts, forest, totals)
    kept = np.flatnonzero(~forest.left).tolist()
    leads = made.leads()
    rows = made.rows(kept, [leads[t] for t in kept])
    bodies = [""] * len(rows)
    for n, trace in enumerate(kept):
        if made.spans[trace] >= long_spans:
            bodies[n] = made.body(trace, leads[trace], rows[n])
    return rows, bodies


class _Runs:
    def __init__(
        self, spans: SpanColumns, facts: Facts, forest: Forest, totals: dict[str, Any]
    ) -> None:
        self._spans, self._facts, self._forest, self._totals = spans, facts, forest, totals
        traces = len(forest.trace_ids)
        last_end = np.zeros(traces, np.int64)
        np.maximum.at(last_end, forest.trace, forest.end)
        is_open = np.bincount(forest.trace[forest.end == 0], minlength=traces) > 0
        tops = np.array([not p for p in spans.parent_span_id], np.bool_)
        topped = np.bincount(forest.trace[tops], minlength=traces) > 0
        self._root: list[int] = forest.root.tolist()
        self._complete = (~is_open & (topped | (forest.root != NONE))).tolist()
        self._start: list[int] = forest.run_start.tolist()
        self._took: list[float] = (np.maximum(0, _took(forest, last_end)) / 1e6).tolist()
        order = forest.trace[forest.hops]
        self._first_hop: list[int] = np.searchsorted(order, np.arange(traces + 1)).tolist()
        self._odd: dict[int, list[Draft]] = {}
        gone = forest.twice.gone
        for place in sorted(facts.drafts, key=lambda p: (int(forest.start[p]), spans.span_id[p])):
            if not gone[place]:
                drafts = self._odd.setdefault(int(forest.trace[place]), [])
                drafts.append(facts.drafts[place])
        self._tags: dict[int, dict[str, None]] = {}
        for place in sorted(facts.tags, key=lambda p: (int(forest.start[p]), spans.span_id[p])):
            if not gone[place]:
                tags = self._tags.setdefault(int(forest.trace[place]), {})
                tags.update(dict.fromkeys(facts.tags[place]))
        self.spans: list[int] = np.bincount(forest.trace, minlength=traces).tolist()
        true = (forest.parent == NONE) & ~forest.orphan
        self._true_roots = np.bincount(forest.trace[true], minlength=traces)
        self._bodies = Bodies(spans, facts, forest, self._odd)

    def leads(self) -> list[int]:
        """The span that speaks for each trace: its root, else the earliest without a parent."""
        forest, ids = self._forest, self._spans.span_id
        leads: list[int] = forest.root.tolist()
        lacking = (forest.root == NONE) & ~forest.left
        if lacking.any():
            trace_of = forest.trace.tolist()
            tops = np.flatnonzero((forest.parent == NONE) & lacking[forest.trace])
            several = np.bincount(forest.trace[tops], minlength=len(leads))[forest.trace[tops]] > 1
            for place in tops[~several].tolist():
                leads[trace_of[place]] = place
            best: dict[int, tuple[bool, int, str, int]] = {}
            for place in tops[several].tolist():
                key = (bool(forest.orphan[place]), int(forest.start[place]), ids[place], place)
                trace = trace_of[place]
                if trace not in best or key < best[trace]:
                    best[trace] = key
            for trace, found in best.items():
                leads[trace] = found[3]
        self._session = self._first_of("session_id", leads)
        self._user = self._first_of("user_id", leads)
        return leads

    def _first_of(self, fact: str, leads: list[int]) -> list[str | None]:
        """What the lead says, else the first span of the trace that has the fact."""
        column, left = self._facts.text[fact], self._forest.left.tolist()
        found = [None if gone else column[p] for p, gone in zip(leads, left, strict=True)]
        lacking = np.array([f is None for f in found], np.bool_)
        if not lacking.any():
            return found
        trace, start, ids = self._forest.trace, self._forest.start, self._spans.span_id
        told = (column != None) & ~self._forest.twice.gone  # noqa: E711 - of an array
        places = np.flatnonzero(lacking[trace] & told)
        best: dict[int, tuple[int, str, str]] = {}
        for place in places.tolist():
            key = (int(start[place]), ids[place], column[place])
            at = int(trace[place])
            if at not in best or key < best[at]:
                best[at] = key
        for at, first in best.items():
            found[at] = first[2]
        return found

    def rows(self, kept: list[int], leads: list[int]) -> list[Row]:
        """The facts of some runs; ``leads`` are the spans that speak for them."""
        text = self._facts.text
        names, pipelines = text["name"][leads].tolist(), text["pipeline"][leads].tolist()
        is_root = [self._root[t] == lead for t, lead in zip(kept, leads, strict=True)]
        services, versions = self._services(leads)
        status, verdicts = self._outcomes(kept, leads, is_root)
        lows = [self._first_hop[t] for t in kept]
        highs = [self._first_hop[t + 1] for t in kept]
        columns: list[Sequence[Any]] = [
            [self._forest.trace_ids[t] for t in kept],
            _clean(
                [
                    p or n or self._spans.name[lead]
                    for p, n, lead in zip(pipelines, names, leads, strict=True)
                ]
            ),
            services,
            _clean(
                [p or (n if r else None) for p, n, r in zip(pipelines, names, is_root, strict=True)]
            ),
            versions,
            [self._start[t] for t in kept],
            [self._took[t] for t in kept],
            status,
            [self._complete[t] for t in kept],
            _clean([self._session[t] for t in kept]),
            _clean([self._user[t] for t in kept]),
            [[clean(x) for x in self._tags[t]] if t in self._tags else [] for t in kept],
            self._models(lows, highs),
            [high - low for low, high in zip(lows, highs, strict=True)],
            *self._sums(lows, highs),
            verdicts,
        ]
        return list(zip(*columns, strict=True))

    def _services(self, leads: list[int]) -> tuple[list[str | None], list[str | None]]:
        """Service and version of each lead: its own attribute, else its resource's."""
        spans = self._spans
        known: dict[int, tuple[str | None, str | None]] = {}
        services, versions = [], []
        told = self._facts.text["version"][leads].tolist()
        for lead, also in zip(leads, told, strict=True):
            a, about = spans.attributes[lead], spans.resource[lead]
            if sc.SERVICE_NAME in a or sc.SERVICE_VERSION in a:
                found = _service(a, about.attributes)
            elif id(about) in known:
                found = known[id(about)]
            else:
                found = known[id(about)] = _service(a, about.attributes)
            services.append(found[0])
            versions.append(found[1] or (clean(also) if also else None))
        return services, versions

    def _outcomes(
        self, kept: list[int], leads: list[int], is_root: list[bool]
    ) -> tuple[list[str], list[str]]:
        """Status and recorded verdict of each run."""
        errors, odd = self._facts.errors, self._odd
        failing = set(self._forest.trace[list(errors)].tolist()) if errors else set()
        status, verdicts = [], []
        for trace, lead, root in zip(kept, leads, is_root, strict=True):
            failed = trace in failing and self._error(trace, lead) is not None
            state = "error" if failed else ("ok" if self._complete[trace] else "unset")
            status.append(state)
            if trace in odd:
                draft = self._facts.drafts.get(lead) if root else None
                verdicts.append(self._verdict(trace, draft, state, odd[trace]))
            else:
                verdicts.append("bad" if failed else _UNKNOWN)
        return status, verdicts

    def _models(self, lows: list[int], highs: list[int]) -> list[list[str | None]]:
        """Models of each run: those that answered first, then those that were asked."""
        answered = _clean(self._totals["response_model"])
        wanted = _clean(self._totals["request_model"])
        told = [a or w for a, w in zip(answered, wanted, strict=True)]
        found: list[list[str | None]] = []
        for low, high in zip(lows, highs, strict=True):
            if high - low == 1:
                one, other = told[low], wanted[low]
                found.append([one, other] if other and other != one else [one] if one else [])
                continue
            some: dict[str, None] = {}
            for each in (told, wanted):
                for n in range(low, high):
                    if model := each[n]:
                        some[model] = None
            found.append(list(some))
        return found

    def _sums(self, lows: list[int], highs: list[int]) -> list[list[Any]]:
        """Tokens asked, tokens answered and cost of each run."""
        made: list[list[Any]] = []
        for name in ("input_tokens", "output_tokens"):
            running = np.concatenate([[0], np.cumsum(self._totals[name])])
            made.append((running[highs] - running[lows]).tolist())
        cost = self._totals["cost_usd"]
        costs: list[float | None] = []
        if not any(c is not None for c in cost):
            return [*made, [None] * len(lows)]
        for low, high in zip(lows, highs, strict=True):
            known = [c for c in cost[low:high] if c is not None]
            costs.append(sum(known) if known else None)
        return [*made, costs]

    def body(self, trace: int, lead: int, row: Row) -> str:
        """The run as JSON."""
        low, high = self._first_hop[trace], self._first_hop[trace + 1]
        totals = self._totals
        answered, wanted = totals["response_model"][low:high], totals["request_model"][low:high]
        models = [m for n, w in zip(answered, wanted, strict=True) if (m := n or w)]
        return self._bodies.body(
            row,
            lead,
            self._forest.hops[low:high].tolist(),
            error=self._error(trace, lead),
            alone=self._true_roots[trace] == 1 and not self._forest.orphan[lead],
            models=list(dict.fromkeys(models)),
            unpriced=int(totals["unpriced_tokens"][low:high].sum()),
            spans=self.spans[trace],
        )

    def _error(self, trace: int, lead: int) -> ErrorInfo | None:
        if self._root[trace] == lead:
            return self._facts.errors.get(lead)
        return self._last_failure(self._first_hop[trace], self._first_hop[trace + 1])

    def _last_failure(self, low: int, high: int) -> ErrorInfo | None:
        """The error of the last failing hop at the top."""
        errors, above = self._facts.errors, self._forest.above
        if not errors:
            return None
        for place in reversed(self._forest.hops[low:high].tolist()):
            if place in errors and above[place] == NONE:
                return errors[place]
        return None

    def _verdict(self, trace: int, root: Draft | None, status: str, odd: list[Draft]) -> str:
        """What spans that were read one by one add: marks and broken contracts."""
        tree = SimpleNamespace(drafts={d.id: d for d in odd}, marks=[])
        run = SimpleNamespace(
            run_id=self._forest.trace_ids[trace],
            findings=list(root.findings) if root is not None else [],
            status=status,
        )
        found: Verdict = verdict(cast(Any, tree), cast(Any, run))
        return found.state


def _took(forest: Forest, last_end: Any) -> Any:
    """Nanoseconds of each run: its root's, else from its first start to its last end."""
    has = forest.root != NONE
    root = np.where(has, forest.root, 0)
    return np.where(has, forest.end[root] - forest.start[root], last_end - forest.run_start)


def _service(told: Any, about: Any) -> tuple[str | None, str | None]:
    service, version = (
        clean(rd.text(told if key in told else about, key))
        for key in (sc.SERVICE_NAME, sc.SERVICE_VERSION)
    )
    return service, version


def _clean(column: list[str | None]) -> list[str | None]:
    """:func:`tables.clean` of each, which is asked only where one needs it."""
    try:
        joined = "".join([c for c in column if c])
        joined.encode()
    except UnicodeEncodeError:
        return [clean(c) for c in column]
    return [clean(c) for c in column] if "\x00" in joined else column
