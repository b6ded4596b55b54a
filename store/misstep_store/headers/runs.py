"""The small facts of runs: what they are listed, filtered and added up by."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from misstep import semconv as sc
from misstep.model import ErrorInfo, Verdict
from misstep_store.conventions import reading as rd
from misstep_store.conventions.runs import verdict
from misstep_store.conventions.types import Draft
from misstep_store.headers.bodies import Bodies
from misstep_store.headers.forest import NONE, Forest
from misstep_store.headers.spans import Facts, SpanColumns
from misstep_store.headers.tables import Row, clean

_UNKNOWN = "unknown"


def runs_of(
    spans: SpanColumns,
    facts: Facts,
    forest: Forest,
    totals: dict[str, list[Any]],
    long_spans: int,
) -> tuple[list[Row], list[str]]:
    """A row of :data:`tables.FACTS` for each trace that is not left, and beside it the body of the
    run: empty where the trace has fewer than ``long_spans`` spans."""
    made = _Runs(spans, facts, forest, totals)
    leads = made.leads()
    rows, bodies = [], []
    for trace, (lead, left) in enumerate(zip(leads, forest.left.tolist(), strict=True)):
        if not left:
            rows.append(made.row(trace, lead))
            is_long = made.spans[trace] >= long_spans
            bodies.append(made.body(trace, lead, rows[-1]) if is_long else "")
    return rows, bodies


class _Runs:
    def __init__(
        self, spans: SpanColumns, facts: Facts, forest: Forest, totals: dict[str, list[Any]]
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
        self._took = np.maximum(0, _took(forest, last_end)) / 1e6
        order = forest.trace[forest.hops]
        self._first_hop: list[int] = np.searchsorted(order, np.arange(traces + 1)).tolist()
        self._odd: dict[int, list[Draft]] = {}
        for place in sorted(facts.drafts, key=lambda p: (int(forest.start[p]), spans.span_id[p])):
            drafts = self._odd.setdefault(int(forest.trace[place]), [])
            drafts.append(facts.drafts[place])
        self._tags: dict[int, dict[str, None]] = {}
        for place in sorted(facts.tags, key=lambda p: (int(forest.start[p]), spans.span_id[p])):
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
            tops = np.flatnonzero((forest.parent == NONE) & lacking[forest.trace])
            best: dict[int, tuple[bool, int, str, int]] = {}
            for place in tops.tolist():
                key = (bool(forest.orphan[place]), int(forest.start[place]), ids[place], place)
                trace = int(forest.trace[place])
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
        places = np.flatnonzero(lacking[trace] & (column != None))  # noqa: E711 - of an array
        best: dict[int, tuple[int, str, str]] = {}
        for place in places.tolist():
            key = (int(start[place]), ids[place], column[place])
            at = int(trace[place])
            if at not in best or key < best[at]:
                best[at] = key
        for at, first in best.items():
            found[at] = first[2]
        return found

    def row(self, trace: int, lead: int) -> Row:
        """The facts of one run."""
        low, high = self._first_hop[trace], self._first_hop[trace + 1]
        facts, spans, totals = self._facts, self._spans, self._totals
        is_root = self._root[trace] == lead
        draft = facts.drafts.get(lead)
        error = self._error(trace, lead)
        complete = self._complete[trace]
        name, pipeline = facts.text["name"][lead], facts.text["pipeline"][lead]
        service, version = _service(spans, lead)
        answered, wanted = totals["response_model"][low:high], totals["request_model"][low:high]
        models = dict.fromkeys(m for n, w in zip(answered, wanted, strict=True) if (m := n or w))
        models |= dict.fromkeys(w for w in wanted if w)
        costs = [c for c in totals["cost_usd"][low:high] if c is not None]
        odd = self._odd.get(trace, ())
        status = "error" if error else ("ok" if complete else "unset")
        return (
            self._forest.trace_ids[trace],
            clean(pipeline or name or spans.name[lead]),
            service,
            clean(pipeline or (name if is_root else None)),
            version or (clean(draft.version) if draft is not None else None),
            self._start[trace],
            float(self._took[trace]),
            status,
            complete,
            clean(self._session[trace]),
            clean(self._user[trace]),
            [clean(t) for t in self._tags.get(trace, ())],
            [clean(m) for m in models],
            high - low,
            sum(totals["input_tokens"][low:high]),
            sum(totals["output_tokens"][low:high]),
            sum(costs) if costs else None,
            self._verdict(trace, draft if is_root else None, status, odd),
        )

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
            unpriced=sum(totals["unpriced_tokens"][low:high]),
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

    def _verdict(self, trace: int, root: Draft | None, status: str, odd: Any) -> str:
        if not odd:
            return _UNKNOWN if status != "error" else "bad"
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


def _service(spans: SpanColumns, lead: int) -> tuple[str | None, str | None]:
    told, about = spans.attributes[lead], spans.resource[lead].attributes
    found = []
    for key in (sc.SERVICE_NAME, sc.SERVICE_VERSION):
        found.append(clean(rd.text(told if key in told else about, key)))
    return found[0], found[1]
