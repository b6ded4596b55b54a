"""Headers of many traces: hops and runs as tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from misstep_store.conventions.between.across import MAX_SPANS, streamed_from
from misstep_store.conventions.types import Price, Usage
from misstep_store.conventions.values.times import MOST_NANO
from misstep_store.headers.between.begun import without_begun
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.between.growing import grow
from misstep_store.headers.between.raised import with_raised
from misstep_store.headers.between.runs import Totals, runs_of
from misstep_store.headers.columns.spans import (
    CALL,
    CHAIN,
    INSIDE,
    KINDS,
    NONE,
    STREAM,
    TOKENS,
    Facts,
    SpanColumns,
)
from misstep_store.headers.columns.tables import (
    HOP_COLUMNS,
    LONE_CALL,
    MADE_RUN,
    more,
    text_array,
    to_json,
    words,
)
from misstep_store.headers.reading import read


@dataclass(slots=True)
class Made:
    """What was made.

    ``hops`` are in the layout of :data:`tables.HOP_COLUMNS`, but for long texts that many share,
    which are a dictionary; ``runs`` in that of :data:`tables.MADE_RUN`. ``left``: traces that are left
    to the conventions. ``lone``: traces whose only root is a model call, in the layout of
    :data:`tables.LONE_CALL`."""

    hops: pa.Table
    runs: pa.Table
    lone: pa.Table
    left: list[str] = field(default_factory=list)


LONG_SPANS = 256
"""From so many spans on a trace is too long to be mapped whole when its run is shown."""


def headers(
    spans: SpanColumns, *, price: Price | None = None, long_spans: int = LONG_SPANS
) -> Made:
    """The headers of whole traces.

    Args:
        price: looks up what calls cost; without it nothing is priced.
        long_spans: see :data:`LONG_SPANS`; bodies of shorter runs are left empty.
    """
    if not len(spans):
        layouts = (pa.schema(list(HOP_COLUMNS.items())), MADE_RUN, LONE_CALL)
        return Made(*(layout.empty_table() for layout in layouts))
    spans, begun = without_begun(with_raised(spans))
    facts = read(spans)
    forest = grow(spans, facts, begun)
    hops = _Hops(spans, facts, forest, price)
    table = hops.table()
    runs = runs_of(spans, facts, forest, hops.totals(table), long_spans)
    left = forest.trace_ids.filter(pa.array(forest.left)).to_pylist()
    return Made(table, runs, _lone(spans, facts, forest), left)


def _lone(spans: SpanColumns, facts: Facts, forest: Forest) -> pa.Table:
    """As :func:`across.lone` finds them: small traces whose only root is a call."""
    count = forest.sizes()
    own = (count[forest.trace] == 1) & (facts.echo == INSIDE)
    own[forest.tops] = True
    tops = np.flatnonzero(own)
    roots = np.bincount(forest.trace[tops], minlength=len(count))
    alone = (count <= MAX_SPANS) & (roots == 1) & ~forest.left
    tops = tops[alone[forest.trace[tops]] & (facts.role[tops] == CALL)]
    if forest.standing:
        tops = tops[~np.isin(tops, list(forest.standing))]
    echo = facts.echo[tops]
    start, end = forest.start[tops], forest.ended[tops]
    at = start.copy()
    for n in np.flatnonzero(echo == STREAM).tolist():
        at[n] = streamed_from(int(start[n]), spans.attributes[tops[n]])
    names = spans.text("trace_id").take(pa.array(tops))
    columns = [names, pa.array(echo != 0), pa.array(at), pa.array(np.where(end != 0, end, start))]
    return pa.Table.from_arrays(columns, schema=LONE_CALL)


class _Hops:
    """Columns of the hops, in their order."""

    def __init__(
        self, spans: SpanColumns, facts: Facts, forest: Forest, price: Price | None
    ) -> None:
        self._spans, self._facts, self._forest = spans, facts, forest
        self._places = forest.hops
        call = forest.call[self._places]
        self._merged = call != NONE
        self._calls = np.where(self._merged, call, self._places)
        counted = forest.counted[self._places]
        self._tokens = {
            name: np.where(counted, facts.tokens[name][self._calls], 0) for name in TOKENS
        }
        cache = self._tokens["cached_tokens"] + self._tokens["cache_write_tokens"]
        asked = self._tokens["input_tokens"]  # see usage.whole
        self._tokens["input_tokens"] = np.where(cache > asked, asked + cache, asked)
        said, thought = self._tokens["output_tokens"], self._tokens["reasoning_tokens"]
        self._tokens["output_tokens"] = np.where(thought > said, said + thought, said)
        steps = self._places
        # What a step says of its own call goes before what the call says, or fills its gap.
        self._served = facts.text.arrow("response_model", steps, self._calls)
        self._ended = facts.text.arrow("finish_reason", self._calls, steps)
        self._ids = facts.text.arrow("response_id", self._calls, steps)
        self._cost = self._costs(counted, price)
        used = self._tokens["input_tokens"] + self._tokens["output_tokens"]
        heard = ~self._merged & (facts.kind[steps] == CHAIN) & (used == 0)
        heard &= self._ended.is_valid().to_numpy(zero_copy_only=False)
        if heard.any():  # steps that tell how a call in them ended
            gone = pa.array(heard)
            self._served, self._ended, self._ids = (
                pc.if_else(gone, None, told) for told in (self._served, self._ended, self._ids)
            )
        self._failed = np.zeros(len(steps), np.bool_)
        if facts.errors:
            failing = np.zeros(len(spans), np.bool_)
            failing[list(facts.errors)] = True
            self._failed = failing[steps]
            self._unanswered()

    def _unanswered(self) -> None:
        """As :func:`tries.answering` of those that failed."""
        failed = np.flatnonzero(self._failed)
        at = pa.array(failed)
        asked = self._texts("request_model", self._calls[failed])
        same = pc.fill_null(pc.equal(self._served.take(at), asked), fill_value=False)
        told = pc.or_(self._ids.take(at).is_valid(), self._ended.take(at).is_valid())
        copied = np.zeros(len(self._failed), np.bool_)
        copied[failed] = pc.and_not(same, told).to_numpy(zero_copy_only=False)
        if copied.any():
            self._served = pc.if_else(pa.array(copied), None, self._served)

    def _costs(self, counted: Any, price: Price | None) -> Any:
        """What each hop cost; NaN where nobody knows."""
        facts, calls = self._facts, self._calls
        used = self._tokens["input_tokens"] + self._tokens["output_tokens"]
        found = np.where(counted, facts.cost_usd[calls], np.nan)
        if price is None:
            return found
        asked = np.flatnonzero(np.isnan(found) & (used > 0))
        places = calls[asked]
        columns = [facts.text.at(n, places).tolist() for n in _PRICED_BY]
        numbers = [self._tokens[n][asked].tolist() for n in TOKENS]
        starts = self._forest.start[places].tolist()
        rows = zip(asked.tolist(), *columns, starts, zip(*numbers, strict=True), strict=True)
        for n, provider, answered, wanted, start, usage in rows:
            told_usage = Usage(*usage)
            cost = price(provider, answered, told_usage, start)
            if cost is None and wanted != answered:
                cost = price(provider, wanted, told_usage, start)
            if cost is not None:
                found[n] = cost
        return found

    def totals(self, table: pa.Table) -> Totals:
        """Columns that the totals of a run are made of."""
        return Totals(
            table["model"].chunk(0),
            table["request_model"].chunk(0),
            self._tokens["input_tokens"],
            self._tokens["output_tokens"],
            self._unpriced(),
            self._cost,
        )

    def _unpriced(self) -> Any:
        used = self._tokens["input_tokens"] + self._tokens["output_tokens"]
        return np.where(np.isnan(self._cost), used, 0)

    def table(self) -> pa.Table:
        """The rows."""
        spans, facts, forest, places = self._spans, self._facts, self._forest, self._places
        calls = self._calls
        listed = places.tolist()
        kind = facts.kind[places]
        kind = np.where(self._merged & (kind == CHAIN), facts.kind[calls], kind)
        answered = self._served
        wanted = self._texts("request_model", calls)
        above = forest.above[places]
        first = facts.first_token_ms[calls]
        used = self._tokens["input_tokens"] + self._tokens["output_tokens"]
        took = forest.took_ms(places)
        made: dict[str, Any] = {
            "run_id": spans.text("trace_id").take(pa.array(places)),
            "hop_id": spans.text("span_id").take(pa.array(places)),
            "idx": forest.index,
            "parent_id": spans.text("span_id").take(pa.array(above, mask=above == NONE)),
            "name": self._texts("name", self._named_by()),
            "kind": words(KINDS).take(pa.array(kind)),
            "provider": self._texts("provider", calls),
            "model": pc.coalesce(answered, wanted),
            "request_model": wanted,
            "response_model": answered,
            "finish_reason": self._ended,
            "response_id": self._ids,
            "tool_call_id": self._texts("tool_call_id", places),
            "path": self._texts("path", places),
            "convention": pa.array(list(facts.conventions), pa.string()).take(
                pa.array(facts.by_convention[places])
            ),
            "code_hash": self._texts("code_hash", places),
            "start_unix_nano": _told(forest.start[places]),
            "offset_ms": forest.offset_ms(places),
            "duration_ms": took,
            "time_to_first_token_ms": pa.array(first, pa.float64(), mask=np.isnan(first)),
            **self._tokens,
            "unpriced_tokens": self._unpriced(),
            "cost_usd": pa.array(self._cost, mask=np.isnan(self._cost)),
            "is_error": self._failed,
            "counted": used > 0,
            "complete": forest.end[places] != 0,
            "orphan": forest.orphan[places],
            "attempts": self._attempts(listed),
            "more": self._more(listed),
            "run_start_unix_nano": forest.run_start[forest.trace[places]],
        }
        arrays = [_array(made[name], kind) for name, kind in HOP_COLUMNS.items()]
        return pa.Table.from_arrays(arrays, names=list(HOP_COLUMNS))

    def _named_by(self) -> Any:
        """The spans whose names hops have."""
        rounds = self._forest.rounds
        if not rounds:
            return self._places
        return np.where(np.isin(self._places, list(rounds)), self._calls, self._places)

    def _texts(self, fact: str, places: Any) -> pa.Array:
        return self._facts.text.arrow(fact, places)

    def _attempts(self, listed: Sequence[int]) -> Any:
        told = self._forest.attempts
        found = np.zeros(len(listed), np.int32)
        for n in self._at(told.keys()):
            found[n] = len(told.get(listed[n], ()))
        return found

    def _more(self, listed: Sequence[int]) -> pa.Array:
        facts, forest = self._facts, self._forest
        is_prompted = facts.text.are_told("prompt_name", "prompt_version")
        rare = facts.drafts.keys() | facts.links.keys() | facts.attempt.keys()
        rare |= forest.tries.keys() | forest.attempts.keys() | facts.scores.keys()
        common = facts.errors or forest.twice.merged or forest.begun or self._merged.any()
        if not (common or rare or is_prompted):
            return pa.repeat(pa.scalar("", pa.string()), len(listed))
        call = forest.call[self._places]
        pool, told, joined = self._common(listed, call)
        found = {n: self._all(listed[n], int(call[n])) for n in self._at(rare)}
        told[list(found)] = np.arange(len(pool) + len(joined), len(pool) + len(joined) + len(found))
        texts = pa.concat_arrays([text_array(pool), joined, text_array(list(found.values()))])
        return pa.DictionaryArray.from_arrays(pa.array(told, pa.int32()), texts)  # some are long

    def _common(self, listed: Sequence[int], call: Any) -> tuple[list[str], Any, pa.Array]:
        """What hops have that failed, have a prompt or are made of several spans, and have nothing
        else that is rare, as JSON: texts that many share, the number of each hop's among those and
        the texts after them, of one hop each."""
        places, forest, spans = self._places, self._forest, self._spans
        inner, listing = call, np.zeros(len(places), np.bool_)
        if forest.twice.merged:
            only, several = self._folded()
            inner, within = only[places], np.where(self._merged, only[call], NONE)
            count = self._merged.astype(np.int8) + (inner != NONE) + (within != NONE)
            listing = several[places] | (self._merged & several[call]) | (count > 1)
            inner = np.where(self._merged, call, inner)
        has_one = inner != NONE
        if forest.begun:
            count, last = forest.begun.by_place(len(spans))
            some = count[places] + np.where(has_one, count[inner], 0)
            listing |= some + has_one > 1
            begun = np.flatnonzero((some == 1) & ~listing)
        one = np.flatnonzero(has_one & ~listing)
        ids = spans.text("span_id").take(pa.array(inner[one]))
        if forest.begun:
            ids = pa.concat_arrays([ids, forest.begun.ids.take(pa.array(last[places[begun]]))])
            one = np.concatenate([one, begun])
        told, before, after = self._shared(call)
        pool = [_braced(b, a) for b, a in zip(before, after, strict=True)]
        made: list[pa.Array] = []
        if len(one):
            code = pa.array(told[one])
            first = pa.array([b and b + "," for b in before], pa.string()).take(code)
            ended = pa.array([a and "," + a for a in after], pa.string()).take(code)
            made.append(pc.binary_join_element_wise("{", first, _MERGED, ids, '"]', ended, "}", ""))
        rest = np.flatnonzero(listing).tolist()
        if rest:
            texts = []
            for n in rest:
                merged = _MERGED + '","'.join(self._folded_into(listed[n], int(call[n]))) + '"]'
                texts.append(_braced(before[told[n]], merged, after[told[n]]))
            made.append(text_array(texts))
        at = np.concatenate([one, np.array(rest, np.int64)])
        told[at] = np.arange(len(pool), len(pool) + len(at))
        return pool, told, pa.concat_arrays(made) if made else pa.array([], pa.string())

    def _folded_into(self, place: int, call: int) -> list[str]:
        """The ids of the spans that a hop is made of beside its own."""
        merged, begun = self._forest.merged(place, call), self._forest.begun
        found = [self._spans.span_id[p] for p in merged]
        return found + begun.told_of([place, *merged]) if begun else found

    def _shared(self, call: Any) -> tuple[Any, list[str], list[str]]:
        """What hops share, as JSON without braces: by hop the number of its texts, then the texts
        that go before all else and those that go after; 0 is the number of nothing."""
        errors, failed = self._failures()
        prompts, asked = self._prompts(call)
        if len(prompts) == 1:
            return failed, errors, [""] * len(errors)
        if len(errors) == 1:
            return asked, [""] * len(prompts), prompts
        both, code = np.unique(failed * len(prompts) + asked, return_inverse=True)
        pairs = [divmod(pair, len(prompts)) for pair in both.tolist()]
        return code + 1, ["", *(errors[e] for e, _ in pairs)], ["", *(prompts[p] for _, p in pairs)]

    def _folded(self) -> tuple[Any, Any]:
        """By place: the one span that a span stands for, and whether it stands for several."""
        only = np.full(len(self._spans), NONE)
        several = np.zeros(len(self._spans), np.bool_)
        if merged := self._forest.twice.merged:
            outer = np.fromiter(merged, np.int64, len(merged))
            only[outer] = [gone[0] if len(gone) == 1 else NONE for gone in merged.values()]
            several[outer] = [len(gone) > 1 for gone in merged.values()]
        return only, several

    def _failures(self) -> tuple[list[str], Any]:
        """Errors as JSON, once each, and by hop the number of its error, 0 of none."""
        pool = [""]
        code = np.zeros(len(self._spans), np.int64)
        errors = self._facts.errors
        if errors:
            ids = list(map(id, errors.values()))  # those that are alike are the same
            alike = dict(zip(ids, errors.values(), strict=True))
            pool += [to_json({"error": error.__dict__})[1:-1] for error in alike.values()]
            numbers = dict(zip(alike, range(1, len(pool)), strict=True))
            code[list(errors)] = list(map(numbers.__getitem__, ids))
        return pool, code[self._places]

    def _prompts(self, call: Any) -> tuple[list[str], Any]:
        """As :meth:`_failures`, of the prompts of hops."""
        pool, text = [""], self._facts.text
        if not text.are_told(*_PROMPT):
            return pool, np.zeros(len(call), np.int64)
        told = [text.at(n, self._places, self._calls).tolist() for n in _PROMPT]
        numbers: dict[tuple[str | None, ...], int] = {(None, None): 0}
        for pair in dict.fromkeys(zip(*told, strict=True)):
            if pair not in numbers:
                numbers[pair] = len(pool)
                named = zip(_PROMPT, pair, strict=True)
                pool.append(to_json({name: value for name, value in named if value})[1:-1])
        code = map(numbers.__getitem__, zip(*told, strict=True))
        return pool, np.fromiter(code, np.int64, len(call))

    def _at(self, places: Collection[int]) -> list[int]:
        """Numbers of the hops that are made of one of these spans."""
        if not places:
            return []
        among = np.zeros(len(self._spans), np.bool_)
        among[list(places)] = True
        call = self._forest.call[self._places]
        found: list[int] = np.flatnonzero(
            among[self._places] | (self._merged & among[call])
        ).tolist()
        return found

    def _all(self, place: int, call: int) -> str:
        facts, forest = self._facts, self._forest
        found: dict[str, Any] = {}
        if (error := facts.errors.get(place)) is not None:
            found["error"] = error.__dict__
        if merged := self._folded_into(place, call):
            found["merged"] = merged
        tries = forest.attempts.get(place, ())
        found["attempt"] = max(len(tries), facts.attempt.get(place if call == NONE else call, 1))
        if tries:
            found["attempts"] = [t.__dict__ for t in tries]
        if links := facts.links.get(place):
            found["links"] = links
        for name in _PROMPT:
            told = facts.text.one(name, place)
            found[name] = told or (facts.text.one(name, call) if call != NONE else None)
        step = facts.drafts.get(place)
        inner = facts.drafts.get(call) if call != NONE else None
        both = [d for d in (step, inner) if d is not None]
        judged = (d or facts.scores.get(p) for d, p in ((step, place), (inner, call)))
        found["scores"] = [s.__dict__ for j in judged if j is not None for s in j.scores]
        if both:
            found["findings"] = [f.model_dump() for d in both for f in d.findings]
        return more(found)


def _told(start: Any) -> Any:
    """Starts as :func:`times.unix_nano` reads what :func:`between.hops.iso` tells of them."""
    told = start // 1000 * 1000
    return np.where((told > 0) & (told < MOST_NANO), told, 0)


def _braced(*parts: str) -> str:
    """Parts of an object as JSON; nothing where there are none."""
    told = ",".join(filter(None, parts))
    return told and "{" + told + "}"


_PROMPT = ("prompt_name", "prompt_version")
_MERGED = '"merged":["'
_PRICED_BY = ("provider", "response_model", "request_model")


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    return text_array(values) if kind == pa.string() else pa.array(values, type=kind)
