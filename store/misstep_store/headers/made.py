"""Headers of many traces: rows of hops as a table, runs as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from misstep_store.conventions.across import MAX_SPANS, Lone, streamed_from
from misstep_store.conventions.hops import LATEST
from misstep_store.conventions.types import Price, Usage
from misstep_store.headers.forest import Forest, grow, offset_ms
from misstep_store.headers.reading import read
from misstep_store.headers.runs import runs_of
from misstep_store.headers.spans import CALL, CHAIN, KINDS, NONE, STREAM, TOKENS, Facts, SpanColumns
from misstep_store.headers.tables import HOP_COLUMNS, Row, clean, more, to_json

_KIND_NAMES = np.array(KINDS, object)


@dataclass(slots=True)
class Made:
    """What was made.

    ``hops`` are in the layout of :data:`tables.HOP_COLUMNS`, ``runs`` in that of
    :data:`tables.FACTS`, with their ``bodies`` beside them. ``left``: traces that are left to the
    conventions. ``lone``: traces whose only root is a model call."""

    hops: pa.Table
    runs: list[Row]
    bodies: list[str]
    left: list[str] = field(default_factory=list)
    lone: list[Lone] = field(default_factory=list)


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
        return Made(pa.schema(list(HOP_COLUMNS.items())).empty_table(), [], [])
    facts = read(spans)
    forest = grow(spans, facts)
    hops = _Hops(spans, facts, forest, price)
    table = hops.table()
    left = [i for i, is_left in zip(forest.trace_ids, forest.left.tolist(), strict=True) if is_left]
    runs, bodies = runs_of(spans, facts, forest, hops.totals(), long_spans)
    return Made(table, runs, bodies, left, _lone(spans, facts, forest))


def _lone(spans: SpanColumns, facts: Facts, forest: Forest) -> list[Lone]:
    """As :func:`across.lone` finds them: small traces whose only root is a call."""
    count = np.bincount(forest.trace, minlength=len(forest.trace_ids))
    tops = np.flatnonzero(np.array([not p for p in spans.parent_span_id], np.bool_))
    roots = np.bincount(forest.trace[tops], minlength=len(count))
    alone = (count <= MAX_SPANS) & (roots == 1) & ~forest.left
    tops = tops[alone[forest.trace[tops]] & (facts.role[tops] == CALL)]
    found = []
    for place, echo in zip(tops.tolist(), facts.echo[tops].tolist(), strict=True):
        start, end = spans.start_unix_nano[place], spans.end_unix_nano[place]
        at = start if echo != STREAM else streamed_from(start, spans.attributes[place])
        found.append(Lone(spans.trace_id[place], echo != 0, at, end or start))
    return found


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
        text = facts.text
        steps = self._places
        # What a step says of its own call goes before what the call says, or fills its gap.
        served = text["response_model"]
        self._served = np.where(served[steps] == None, served[self._calls], served[steps])  # noqa: E711
        ended = text["finish_reason"]
        self._ended = np.where(ended[self._calls] == None, ended[steps], ended[self._calls])  # noqa: E711
        self._cost = self._costs(counted, price)

    def _costs(self, counted: Any, price: Price | None) -> list[float | None]:
        facts, calls = self._facts, self._calls
        used = self._tokens["input_tokens"] + self._tokens["output_tokens"]
        told = np.where(counted, facts.cost_usd[calls], np.nan)
        found: list[float | None] = [None if c != c else c for c in told.tolist()]
        if price is None:
            return found
        asked = np.flatnonzero(np.isnan(told) & (used > 0))
        places = calls[asked]
        columns = [facts.text[n][places].tolist() for n in _PRICED_BY]
        numbers = [self._tokens[n][asked].tolist() for n in TOKENS]
        starts = self._forest.start[places].tolist()
        rows = zip(asked.tolist(), *columns, starts, zip(*numbers, strict=True), strict=True)
        for n, provider, answered, wanted, start, usage in rows:
            told_usage = Usage(*usage)
            cost = price(provider, answered, told_usage, start)
            if cost is None and wanted != answered:
                cost = price(provider, wanted, told_usage, start)
            found[n] = cost
        return found

    def totals(self) -> dict[str, Any]:
        """Columns that the totals of a run are made of."""
        text = self._facts.text
        return {
            "request_model": text["request_model"][self._calls].tolist(),
            "response_model": self._served.tolist(),
            "cost_usd": self._cost,
            "unpriced_tokens": self._unpriced(),
            **{n: self._tokens[n] for n in ("input_tokens", "output_tokens")},
        }

    def _unpriced(self) -> Any:
        used = self._tokens["input_tokens"] + self._tokens["output_tokens"]
        priced = np.array([c is not None for c in self._cost], np.bool_)
        return np.where(priced, 0, used)

    def table(self) -> pa.Table:
        """The rows."""
        spans, facts, forest, places = self._spans, self._facts, self._forest, self._places
        text, calls = facts.text, self._calls
        listed = places.tolist()
        kind = facts.kind[places]
        kind = np.where(self._merged & (kind == CHAIN), facts.kind[calls], kind)
        answered, wanted = self._served, text["request_model"][calls]
        above = forest.above[places].tolist()
        first = facts.first_token_ms[calls]
        used = self._tokens["input_tokens"] + self._tokens["output_tokens"]
        took = np.maximum(0, forest.end[places] - forest.start[places]) / 1e6
        failed = np.zeros(len(places), np.bool_)
        if facts.errors:
            failed[:] = [p in facts.errors for p in listed]
        made: dict[str, Any] = {
            "run_id": [spans.trace_id[p] for p in listed],
            "hop_id": [spans.span_id[p] for p in listed],
            "idx": forest.index,
            "parent_id": [None if p == NONE else spans.span_id[p] for p in above],
            "name": text["name"][places],
            "kind": _KIND_NAMES[kind],
            "provider": text["provider"][calls],
            "model": np.where(answered == None, wanted, answered),  # noqa: E711 - of an array
            "request_model": wanted,
            "response_model": answered,
            "finish_reason": self._ended,
            "response_id": text["response_id"][calls],
            "tool_call_id": text["tool_call_id"][places],
            "path": text["path"][places],
            "convention": text["convention"][places],
            "code_hash": text["code_hash"][places],
            "start_unix_nano": _told(forest.start[places]),
            "offset_ms": offset_ms(forest, places),
            "duration_ms": took,
            "time_to_first_token_ms": pa.array(first, pa.float64(), mask=np.isnan(first)),
            **self._tokens,
            "unpriced_tokens": self._unpriced(),
            "cost_usd": self._cost,
            "is_error": failed,
            "counted": used > 0,
            "complete": forest.end[places] != 0,
            "orphan": forest.orphan[places],
            "attempts": self._attempts(listed),
            "more": self._more(listed),
            "run_start_unix_nano": forest.run_start[forest.trace[places]],
        }
        arrays = [_array(made[name], kind) for name, kind in HOP_COLUMNS.items()]
        return pa.Table.from_arrays(arrays, names=list(HOP_COLUMNS))

    def _attempts(self, listed: Sequence[int]) -> Any:
        told = self._forest.attempts
        if not told:
            return np.zeros(len(listed), np.int32)
        return [len(told.get(place, ())) for place in listed]

    def _more(self, listed: Sequence[int]) -> list[str]:
        spans, facts = self._spans, self._facts
        called = self._forest.call[self._places].tolist()
        prompts = [facts.text[n] for n in ("prompt_name", "prompt_version")]
        prompted = (prompts[0] != None) | (prompts[1] != None)  # noqa: E711 - of arrays
        told = prompted.tolist()
        rare = facts.drafts.keys() | facts.errors.keys() | facts.links.keys()
        forest = self._forest
        rare |= forest.twice.merged.keys() | forest.tries.keys() | forest.attempts.keys()
        rare |= facts.attempt.keys()
        found = []
        for place, call in zip(listed, called, strict=True):
            if place in rare or call in rare:
                found.append(self._all(place, call))
            elif told[place] or (call != NONE and told[call]):
                found.append(self._prompted(place, call))
            elif call != NONE:
                found.append(f'{{"merged":["{spans.span_id[call]}"]}}')
            else:
                found.append("")
        return found

    def _prompted(self, place: int, call: int) -> str:
        """As :meth:`_all`, of hops that have a prompt and nothing else that is rare."""
        text = self._facts.text
        found: dict[str, Any] = {}
        for name in ("prompt_name", "prompt_version"):
            told = text[name][place] or (text[name][call] if call != NONE else None)
            if told:
                found[name] = told
        if call != NONE:
            found["merged"] = [self._spans.span_id[call]]
        return to_json(found)

    def _all(self, place: int, call: int) -> str:
        facts, forest = self._facts, self._forest
        found: dict[str, Any] = {}
        if (error := facts.errors.get(place)) is not None:
            found["error"] = error.__dict__
        if merged := forest.merged(place, call):
            found["merged"] = [self._spans.span_id[p] for p in merged]
        tries = forest.attempts.get(place, ())
        found["attempt"] = max(len(tries), facts.attempt.get(place if call == NONE else call, 1))
        if tries:
            found["attempts"] = [t.model_dump() for t in tries]
        if links := facts.links.get(place):
            found["links"] = links
        for name in ("prompt_name", "prompt_version"):
            texts = facts.text[name]
            found[name] = texts[place] or (texts[call] if call != NONE else None)
        step = facts.drafts.get(place)
        inner = facts.drafts.get(call) if call != NONE else None
        both = [d for d in (step, inner) if d is not None]
        if both:
            found["scores"] = [s.model_dump() for d in both for s in d.scores]
            found["findings"] = [f.model_dump() for d in both for f in d.findings]
        if step is not None:
            found |= {n: getattr(step, n) for n in ("input_cut", "output_cut", "redacted")}
        return more(found)


def _told(start: Any) -> Any:
    """Starts as precisely as :func:`conventions.hops.iso` tells them."""
    return np.where((start > 0) & (start < LATEST), start // 1000 * 1000, 0)


_PRICED_BY = ("provider", "response_model", "request_model")


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    try:
        made = pa.array(values, type=kind, from_pandas=False)
    except (pa.ArrowInvalid, UnicodeEncodeError):  # a lone surrogate
        return pa.array([clean(v) for v in values], type=kind)
    if kind == pa.string() and pc.any(pc.match_substring(made, "\x00")).as_py():
        return pa.array([clean(v) for v in values], type=kind)
    return made
