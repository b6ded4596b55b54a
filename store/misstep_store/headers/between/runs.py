"""The small facts of runs: what they are listed, filtered and added up by."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from misstep import semconv as sc
from misstep.model import ErrorInfo
from misstep_store.conventions.between.runs import NAMELESS, verdict
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.between.bodies import Bodies
from misstep_store.headers.between.ending import endings
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.columns.spans import AGENT, NONE, Facts, Scores, SpanColumns
from misstep_store.headers.columns.tables import MADE_RUN, clean, text_array, words

_STATES = ("ok", "unset", "error")
_VERDICTS = ("unknown", "unknown", "bad")
_OK, _UNSET, _ERROR = range(3)


class Totals(NamedTuple):
    """Columns of hops, by trace and then by index: what runs are summed from. Text as Arrow,
    numbers as arrays; NaN where a cost is not known."""

    model: pa.Array
    request_model: pa.Array
    input_tokens: Any
    output_tokens: Any
    unpriced_tokens: Any
    cost_usd: Any


def runs_of(
    spans: SpanColumns, facts: Facts, forest: Forest, totals: Totals, long_spans: int
) -> pa.Table:
    """A row of :data:`tables.MADE_RUN` for each trace that is not left; the body of the run is empty
    where the trace has fewer than ``long_spans`` spans."""
    made = _Runs(spans, facts, forest, totals)
    table = made.table()
    bodies: Any = pa.repeat(pa.scalar(""), len(table))
    long = np.flatnonzero(made.spans[made.kept] >= long_spans).tolist()
    if long:
        bodies = [""] * len(table)
        for n, told in zip(long, table.take(long).to_pylist(), strict=True):
            bodies[n] = made.body(n, told)
    return table.append_column(MADE_RUN.field("body"), pa.array(bodies, pa.string()))


class _Runs:
    """``kept``: numbers of the traces that become runs here; ``leads``: the spans that speak for
    them. Arrays of runs have their order."""

    def __init__(self, spans: SpanColumns, facts: Facts, forest: Forest, totals: Totals) -> None:
        self._spans, self._facts, self._forest, self._totals = spans, facts, forest, totals
        self.kept = np.flatnonzero(~forest.left)
        self.leads = self._leads()[self.kept]
        self._is_root = forest.root[self.kept] == self.leads
        order = forest.trace[forest.hops]
        self._low = np.searchsorted(order, self.kept)
        self._high = np.searchsorted(order, self.kept, side="right")
        self.spans = forest.sizes()
        true = (forest.parent == NONE) & ~forest.orphan
        self._true_roots = np.bincount(forest.trace[true], minlength=len(forest.left))
        self._ended = endings(spans, facts, forest, self.leads, self._is_root)
        self._odd: dict[int, list[Draft]] = {}
        for place in self._in_order(facts.drafts):
            self._odd.setdefault(int(forest.trace[place]), []).append(facts.drafts[place])

    @cached_property
    def _bodies(self) -> Bodies:
        """Of few runs, mostly of none."""
        judged: dict[int, list[Scores]] = {}
        scores = self._facts.judged()
        for place in self._in_order(scores):
            judged.setdefault(int(self._forest.trace[place]), []).append(scores[place])
        return Bodies(self._spans, self._facts, self._forest, self._odd, judged)

    def _in_order(self, places: Iterable[int]) -> list[int]:
        """By start, without those that another span stands for."""
        start, ids, gone = self._forest.start, self._spans.span_id, self._forest.twice.gone
        return sorted((p for p in places if not gone[p]), key=lambda p: (int(start[p]), ids[p]))

    def _leads(self) -> Any:
        """The span that speaks for each trace: its root, else the earliest without a parent."""
        forest, ids = self._forest, self._spans.span_id
        leads = forest.root.copy()
        lacking = (forest.root == NONE) & ~forest.left
        tops = np.flatnonzero((forest.parent == NONE) & lacking[forest.trace])
        trace = forest.trace[tops]
        several = np.bincount(trace, minlength=len(leads))[trace] > 1
        leads[trace[~several]] = tops[~several]
        best: dict[int, tuple[bool, int, str, int]] = {}
        for at, place in zip(trace[several].tolist(), tops[several].tolist(), strict=True):
            key = (bool(forest.orphan[place]), int(forest.start[place]), ids[place], place)
            if at not in best or key < best[at]:
                best[at] = key
        for at, found in best.items():
            leads[at] = found[3]
        return leads

    def table(self) -> pa.Table:
        """The facts of the runs, without their bodies."""
        forest, kept, totals = self._forest, self.kept, self._totals
        named, own = self._names()
        service, version = self._services()
        complete = self._complete()
        status = self._status(complete)
        columns = [
            forest.trace_ids.take(pa.array(kept)),
            named,
            service,
            own,
            version,
            pa.array(forest.run_start[kept]),
            pa.array(self._took()),
            words(_STATES).take(pa.array(status)),
            pa.array(complete),
            self._first_of("session_id"),
            self._first_of("user_id"),
            self._tags(),
            self._models(),
            pa.array((self._high - self._low).astype(np.int32)),
            *(pa.array(self._sum(n)) for n in (totals.input_tokens, totals.output_tokens)),
            self._costs(),
            self._verdicts(status),
            self._replays(),
        ]
        return pa.Table.from_arrays(columns, schema=MADE_RUN.remove(len(columns)))

    def _names(self) -> tuple[pa.Array, pa.Array]:
        """What each run is called, and its pipeline."""
        text = self._facts.text
        named = text.arrow("name", self.leads)
        if pc.index(named, NAMELESS).as_py() != NONE:
            named = text_array(self._called_by_agents())
        if not text.are_told("pipeline"):
            has_name = np.asarray(pc.fill_null(pc.binary_length(named), 0)) > 0
            own = pc.if_else(pa.array(self._is_root & has_name), named, None)
            if has_name.all():
                return named, own
        names: Any = np.array(named.to_pylist(), object)
        pipelines = text.at("pipeline", self.leads)
        found = _either(pipelines, names)
        for n in np.flatnonzero(~found.astype(np.bool_)).tolist():
            found[n] = self._spans.name[self.leads[n]]
        own = _either(pipelines, np.where(self._is_root, names, None))
        return text_array(found), text_array(np.where(own.astype(np.bool_), own, None))

    def _called_by_agents(self) -> Any:
        """As :func:`between.runs.called` names runs."""
        hops, kind, text = self._forest.hops, self._facts.kind, self._facts.text
        names = text.at("name", self.leads)
        for n in np.flatnonzero(names == NAMELESS).tolist():
            own = hops[self._low[n] : self._high[n]]
            agents = own[kind[own] == AGENT]
            if len(agents):
                names[n] = text.one("name", agents[0])
        return names

    def _complete(self) -> Any:
        """Whether all spans have ended and the root is among them."""
        forest, traces = self._forest, len(self._forest.left)
        is_open = np.bincount(forest.trace[forest.end == 0], minlength=traces) > 0
        is_open[forest.trace[forest.begun.of[forest.begun.end == 0]]] = True
        topped = np.bincount(forest.trace[forest.tops], minlength=traces) > 0
        return (~is_open & (topped | (forest.root != NONE)))[self.kept]

    def _took(self) -> Any:
        """Milliseconds: the root's, else from the first start to the last end."""
        forest = self._forest
        last = np.zeros(len(forest.left), np.int64)
        np.maximum.at(last, forest.trace, forest.end)
        np.maximum.at(last, forest.trace[forest.begun.of], forest.begun.end)
        lead = self.leads
        whole = last[self.kept] - forest.run_start[self.kept]
        took = np.where(self._is_root, forest.end[lead] - forest.start[lead], whole)
        return np.maximum(0, took) / 1e6

    def _first_of(self, fact: str) -> pa.Array:
        """What the lead says, else the first span of the trace that has the fact."""
        if not self._facts.text.are_told(fact):
            return pa.nulls(len(self.leads), pa.string())
        text, forest = self._facts.text, self._forest
        told = text.told(fact)
        lacking = np.zeros(len(forest.left), np.bool_)
        lacking[self.kept] = ~told[self.leads]
        places = np.flatnonzero(lacking[forest.trace] & told & ~forest.twice.gone)
        if not len(places):
            return text.arrow(fact, self.leads)
        found, column = text.at(fact, self.leads), text[fact]
        start, ids = forest.start, self._spans.span_id
        best: dict[int, tuple[int, str, str]] = {}
        for place in places.tolist():
            key = (int(start[place]), ids[place], column[place])
            at = int(forest.trace[place])
            if at not in best or key < best[at]:
                best[at] = key
        numbers = np.searchsorted(self.kept, list(best)).tolist()
        for n, first in zip(numbers, best.values(), strict=True):
            found[n] = first[2]
        return text_array(found)

    def _services(self) -> tuple[pa.Array, pa.Array]:
        """Service and version of each lead: its own attribute, else its resource's."""
        spans, facts = self._spans, self._facts
        pairs = [_service({}, about.attributes) for about in spans.resources]
        of = spans.resource_of[self.leads]
        if not facts.serviced and not facts.text.are_told("version"):
            by = pa.array(of)
            columns = ([pair[n] for pair in pairs] for n in range(2))
            service, version = (pa.array(c, pa.string()).take(by) for c in columns)
            return service, version
        told = facts.text.at("version", self.leads)
        found = [pairs[number] for number in of.tolist()]
        for n in np.flatnonzero(np.isin(self.leads, list(facts.serviced))).tolist():
            lead = int(self.leads[n])
            found[n] = _service(spans.attributes[lead], spans.resource(lead).attributes)
        versions = [v or clean(t or None) for (_, v), t in zip(found, told, strict=True)]
        return pa.array([s for s, _ in found], pa.string()), pa.array(versions, pa.string())

    def _status(self, complete: Any) -> Any:
        """Numbers of :data:`_STATES`: a run fails with its root, or with a hop at its top."""
        status = np.where(complete, _OK, _UNSET)
        errors, forest = self._facts.errors, self._forest
        if errors:
            failed = np.zeros(len(forest.trace), np.bool_)
            failed[list(errors)] = True
            tops = forest.hops[failed[forest.hops] & (forest.above[forest.hops] == NONE)]
            below = np.bincount(forest.trace[tops], minlength=len(forest.left)) > 0
            status[np.where(self._is_root, failed[self.leads], below[self.kept])] = _ERROR
            status[list(self._ended)] = _ERROR
        return status

    def _verdicts(self, status: Any) -> pa.Array:
        """The recorded verdict of each run: marks and broken contracts stand on odd spans alone."""
        if not self._odd:
            return words(_VERDICTS).take(pa.array(status))
        states, said = list(_VERDICTS), status.copy()
        for n in np.flatnonzero(np.isin(self.kept, list(self._odd))).tolist():
            trace = int(self.kept[n])
            root = self._facts.drafts.get(int(self.leads[n])) if self._is_root[n] else None
            told = verdict(
                self._odd[trace],
                self._forest.trace_ids[trace].as_py(),
                status=_STATES[int(status[n])],
                findings=root.findings if root is not None else (),
            ).state
            if told not in states:
                states.append(told)
            said[n] = states.index(told)
        return pa.array(states).take(pa.array(said))

    def _replays(self) -> pa.Array:
        """Of runs that were executed again, which."""
        spans, leads = self._spans, self.leads.tolist()
        of_processes = any(sc.REPLAY_OF in about.attributes for about in spans.resources)
        if not of_processes and not spans.have(sc.REPLAY_OF):
            return pa.nulls(len(leads), pa.string())
        every = [spans.attributes[p] for p in leads]
        if of_processes:
            every = [spans.resource(p).attributes | a for p, a in zip(leads, every, strict=True)]
        return text_array([rd.text(a, sc.REPLAY_OF) for a in every])

    def _tags(self) -> pa.Array:
        """Tags of all spans of each run, by start."""
        tags = self._facts.tags
        if not tags:
            none = pa.array([], pa.string())
            return pa.ListArray.from_arrays(np.zeros(len(self.kept) + 1, np.int32), none)
        forest = self._forest
        places = np.fromiter(tags, np.int64, len(tags))
        places = places[~forest.twice.gone[places]]
        numbers: dict[int, int] = {}  # those that are alike are mostly the same
        known: dict[tuple[str, ...], int] = {}
        for place in places.tolist():
            found = tags[place]
            if id(found) not in numbers:
                numbers[id(found)] = known.setdefault(tuple(dict.fromkeys(found)), len(known) + 1)
        pool: list[tuple[str, ...]] = [(), *known]
        code = np.fromiter((numbers[id(tags[p])] for p in places.tolist()), np.int64, len(places))
        trace = forest.trace[places]
        least = np.full(len(forest.left), len(pool))
        most = np.zeros(len(forest.left), np.int64)
        np.minimum.at(least, trace, code)
        np.maximum.at(most, trace, code)
        differ = (least != most)[trace]
        several: dict[int, dict[str, None]] = {}
        for place in self._in_order(places[differ].tolist()):
            several.setdefault(int(forest.trace[place]), {}).update(dict.fromkeys(tags[place]))
        for at, told in several.items():
            most[at] = len(pool)
            pool.append(tuple(told))
        ends = np.cumsum(np.fromiter(map(len, pool), np.int64, len(pool)))
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        made = pa.ListArray.from_arrays(offsets, text_array(list(chain.from_iterable(pool))))
        return made.take(pa.array(most[self.kept]))

    def _models(self) -> pa.Array:
        """Models of each run: those that answered first, then those that were asked."""
        totals, hops = self._totals, len(self._totals.model)
        found = pa.concat_arrays([totals.model, totals.request_model]).dictionary_encode()
        code = pc.fill_null(found.indices, NONE).to_numpy()
        code = np.where(code == pc.index(found.dictionary, "").as_py(), NONE, code)
        run = np.tile(np.repeat(np.arange(len(self.kept)), self._high - self._low), 2)
        # Most hops are answered by the model they asked, and most runs ask one.
        told = code != NONE
        told[hops:] &= code[hops:] != code[:hops]
        told[1:hops] &= (code[1:hops] != code[: hops - 1]) | (run[1:hops] != run[: hops - 1])
        code, run = code[told], run[told]
        order = np.argsort(run, kind="stable")
        code, run = code[order], run[order]
        keys = run * len(code) + code
        more = keys[np.bincount(run, minlength=len(self.kept))[run] > 2]
        if (np.diff(keys) == 0).any() or (np.diff(np.sort(more)) == 0).any():
            _, first = np.unique(keys, return_index=True)
            first.sort()
            code, run = code[first], run[first]
        ends = np.cumsum(np.bincount(run, minlength=len(self.kept)))
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        return pa.ListArray.from_arrays(offsets, found.dictionary.take(pa.array(code)))

    def _sum(self, numbers: Any) -> Any:
        running = np.concatenate([[0], np.cumsum(numbers)])
        return running[self._high] - running[self._low]

    def _costs(self) -> pa.Array:
        """What each run cost; null where nothing is known."""
        cost = self._totals.cost_usd
        known = ~np.isnan(cost)
        if not known.any():
            return pa.nulls(len(self.kept), pa.float64())
        run = np.repeat(np.arange(len(self.kept)), self._high - self._low)[known]
        count = np.bincount(run, minlength=len(self.kept))
        found = np.bincount(run, cost[known], len(self.kept))
        for n in np.flatnonzero(count > 2).tolist():  # to the last digit as Python adds
            some = cost[self._low[n] : self._high[n]]
            found[n] = sum(some[~np.isnan(some)].tolist())
        return pa.array(found, mask=count == 0)

    def body(self, n: int, told: dict[str, Any]) -> str:
        """A run as JSON; ``told``: its facts."""
        low, high, trace = int(self._low[n]), int(self._high[n]), int(self.kept[n])
        lead, totals = int(self.leads[n]), self._totals
        models = [m for m in totals.model[low:high].to_pylist() if m]
        return self._bodies.body(
            told,
            lead,
            self._forest.hops[low:high].tolist(),
            error=self._error(n),
            alone=bool(self._true_roots[trace] == 1 and not self._forest.orphan[lead]),
            models=list(dict.fromkeys(models)),
            unpriced=int(totals.unpriced_tokens[low:high].sum()),
            spans=int(self.spans[trace]),
        )

    def _error(self, n: int) -> ErrorInfo | None:
        errors, low, high = self._facts.errors, int(self._low[n]), int(self._high[n])
        own = errors.get(int(self.leads[n])) or self._ended.get(n)
        found = own if self._is_root[n] else self._last_failure(low, high)
        if found is not None and not found.message:  # the last hop whose failure says something
            hops = reversed(self._forest.hops[low:high].tolist())
            told = (e for p in hops if (e := errors.get(p)) is not None and e.message)
            found = next(told, found)
        return found

    def _last_failure(self, low: int, high: int) -> ErrorInfo | None:
        """The error of the last failing hop at the top."""
        errors, above = self._facts.errors, self._forest.above
        if not errors:
            return None
        for place in reversed(self._forest.hops[low:high].tolist()):
            if place in errors and above[place] == NONE:
                return errors[place]
        return None


def _either(first: Any, second: Any) -> Any:
    """The first of two texts that is there, of arrays."""
    return np.where(first.astype(np.bool_), first, second)


def _service(told: Any, about: Any) -> tuple[str | None, str | None]:
    service, version = (
        clean(rd.text(told if key in told else about, key))
        for key in (sc.SERVICE_NAME, sc.SERVICE_VERSION)
    )
    return service, version
