"""Many spans as parallel lists, and what was read from them as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress, repeat
from operator import is_, itemgetter, not_
from typing import Any, NamedTuple, get_args

import numpy as np
import pyarrow as pa

from misstep.model import ErrorInfo, HopKind, Score
from misstep_store.conventions.types import Draft
from misstep_store.headers.columns.logs import Logs
from misstep_store.headers.columns.tables import text_array
from misstep_store.headers.columns.texts import Texts
from misstep_store.otlp.spans import LogRecord, Resource, Scope, Span, SpanEvent, SpanLink

NONE = -1
"""No place: what has no parent, no root, no call."""
ROLES = ("span", "run", "hop", "call", "mark")
SPAN, RUN, HOP, CALL, MARK = range(5)
ROLE_OF = {name: number for number, name in enumerate(ROLES)}
KINDS = ("chain", *(kind for kind in get_args(HopKind) if kind != "chain"))
"""All there are; 0 is that of a span nobody knows more of."""
KIND_OF = {name: number for number, name in enumerate(KINDS)}
CHAIN, AGENT, TOOL = KIND_OF["chain"], KIND_OF["agent"], KIND_OF["tool"]
MODEL_KIND = np.array([k in ("llm", "embedding", "reranker") for k in KINDS])
ECHOES = ("", "inside", "stream", "http", "part")
ECHO_OF = {name: number for number, name in enumerate(ECHOES)}
INSIDE, STREAM, HTTP, PART = 1, 2, 3, 4
TEXTS = (
    "name",
    "provider",
    "request_model",
    "response_model",
    "finish_reason",
    "response_id",
    "tool_call_id",
    "prompt_name",
    "prompt_version",
    "session_id",
    "user_id",
    "pipeline",
    "version",
    "path",
    "convention",
    "code_hash",
    "teller",
)
TOKENS = (
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)
_NO_PROCESS = Resource()
MIXES = 0x2545F4914F6CDD1D
"""Hashes are multiplied by this before others are added, so that their sum tells as much."""


def at(column: Sequence[Any], places: Sequence[int]) -> list[Any]:
    """What stands at some places."""
    if len(places) < 2:
        return [column[p] for p in places]
    return list(itemgetter(*places)(column))


def named(numbers: Any, names: Sequence[str]) -> list[str]:
    """The name of each by its number."""
    if len(names) == 1:
        return list(names) * len(numbers)
    found: list[str] = np.array(names, object)[numbers].tolist()
    return found


@dataclass(slots=True)
class SpanColumns:
    """Spans of whole traces, in any order.

    Args:
        plain: whether a span has neither events nor links.
        resources: those that are not the same, and ``resource_of``: the number of each span's.
        span: the whole span at a place, for those that are read one by one.
        events: those of the span at a place, as ``links``; ``message``: that of its status.
        linked: places of spans that have links.
        logs: their log records.
        arrow: columns of text that are known as Arrow arrays, by name; ``arrays``: those of numbers;
            ``scope``: a number for each scope, which may have several.
        failing: see :meth:`failed`, once it was asked.
    """

    trace_id: Sequence[str]
    span_id: Sequence[str]
    parent_span_id: Sequence[str]
    name: Sequence[str]
    kind: Sequence[int]
    start_unix_nano: Sequence[int]
    end_unix_nano: Sequence[int]
    status_code: Sequence[int]
    attributes: Sequence[dict[str, Any]]
    plain: list[bool]
    scope: Sequence[str]
    resources: Sequence[Resource]
    resource_of: Any
    span: Callable[[int], Span]
    events: Callable[[int], Sequence[SpanEvent]]
    message: Callable[[int], str]
    links: Callable[[int], Sequence[SpanLink]]
    linked: set[int] = field(default_factory=set)
    logs: Logs = field(default_factory=Logs)
    arrow: dict[str, pa.Array] = field(default_factory=dict)
    arrays: dict[str, Any] = field(default_factory=dict)
    failing: frozenset[int] | None = None

    def resource(self, place: int) -> Resource:
        """The process that made the span at a place."""
        number: int = self.resource_of[place]
        return self.resources[number]

    def numbers(self, name: str) -> Any:
        """A column of numbers as an array, which is not to be changed."""
        found = self.arrays.get(name)
        if found is None:
            column = getattr(self, name)
            found = self.arrays[name] = np.fromiter(column, np.int64, len(column))
        return found

    def failed(self) -> frozenset[int]:
        """Places of the spans whose status says that they failed."""
        if self.failing is None:
            self.failing = frozenset(np.flatnonzero(self.numbers("status_code") == 2).tolist())
        return self.failing

    def layouts(self) -> Any:
        """A number for each span: those with the same keys in the same order have the same."""
        found = self.arrays.get("layout")
        if found is None:
            hashes = np.fromiter(map(hash, map(tuple, self.attributes)), np.int64, len(self))
            codes = pa.array(hashes).dictionary_encode().indices
            found = self.arrays["layout"] = codes.to_numpy().astype(np.int64)
        return found

    def firsts(self) -> list[int]:
        """The place of the first span of each layout."""
        layout = self.layouts()
        found = np.full(int(layout.max(initial=NONE)) + 1, NONE)
        found[layout[::-1]] = np.arange(len(layout))[::-1]
        firsts: list[int] = found[found != NONE].tolist()
        return firsts

    def have(self, key: str) -> list[int]:
        """Those of :meth:`firsts` that have a key."""
        return [place for place in self.firsts() if key in self.attributes[place]]

    def text(self, name: str) -> pa.Array:
        """A column of text as Arrow."""
        found = self.arrow.get(name)
        if found is None:
            found = self.arrow[name] = text_array(getattr(self, name))
        return found

    def __len__(self) -> int:
        return len(self.trace_id)

    def happened(self, place: int) -> Sequence[SpanEvent]:
        """The events of the span at a place."""
        return () if self.plain[place] else self.events(place)

    def seen(self, place: int) -> Span:
        """The span at a place as far as it is known here, not opened anew: its links, its process and
        what its scope is beside its name are left out."""
        return Span(
            self.trace_id[place],
            self.span_id[place],
            self.name[place],
            self.parent_span_id[place],
            kind=self.kind[place],
            start_unix_nano=self.start_unix_nano[place],
            end_unix_nano=self.end_unix_nano[place],
            attributes=self.attributes[place],
            events=list(self.happened(place)),
            status_code=self.status_code[place],
            status_message=self.message(place),
            resource=_NO_PROCESS,
            scope=Scope(self.scope[place]),
        )

    @classmethod
    def of(cls, spans: Sequence[Span], logs: Sequence[LogRecord] = ()) -> SpanColumns:
        """Decoded spans in columns, and their log records."""
        by = [s.resource for s in spans]
        resources, resource_of = by[:1], np.zeros(len(by), np.int64)
        if not all(map(is_, by, repeat(by[0] if by else None))):
            distinct = dict(zip(map(id, by), by, strict=True))
            numbers = dict(zip(distinct, range(len(distinct)), strict=True))
            resources, resource_of[:] = list(distinct.values()), [numbers[id(r)] for r in by]
        plain = [not (s.events or s.links) for s in spans]
        made = cls(
            trace_id=[s.trace_id for s in spans],
            span_id=[s.span_id for s in spans],
            parent_span_id=[s.parent_span_id for s in spans],
            name=[s.name for s in spans],
            kind=[s.kind for s in spans],
            start_unix_nano=[s.start_unix_nano for s in spans],
            end_unix_nano=[s.end_unix_nano for s in spans],
            status_code=[s.status_code for s in spans],
            attributes=[s.attributes for s in spans],
            plain=plain,
            scope=[s.scope.name for s in spans],
            resources=resources,
            resource_of=resource_of,
            span=spans.__getitem__,
            events=lambda place: spans[place].events,
            message=lambda place: spans[place].status_message,
            links=lambda place: spans[place].links,
            linked={n for n in compress(range(len(spans)), map(not_, plain)) if spans[n].links},
        )
        made.logs = Logs.joined(made.trace_id, made.span_id, made.attributes, logs)
        return made


class Scores(NamedTuple):
    """What an evaluator gave, as a draft has it: of its hop, and of its run."""

    scores: list[Score]
    run_scores: list[Score]


@dataclass(slots=True)
class Facts:
    """What was read from each span: an array a fact, NaN where it says nothing; see
    :class:`Texts` for those that are text."""

    text: Texts
    by_convention: Any
    tokens: dict[str, Any]
    role: Any
    kind: Any
    echo: Any
    cost_usd: Any
    first_token_ms: Any
    drafts: dict[int, Draft] = field(default_factory=dict)
    """Spans that were read one by one."""
    scores: dict[int, Scores] = field(default_factory=dict)
    """Of those that were read together with others."""
    errors: dict[int, ErrorInfo] = field(default_factory=dict)
    tags: dict[int, Sequence[str]] = field(default_factory=dict)
    heard: dict[int, tuple[str | None, str | None, str | None]] = field(default_factory=dict)
    """See :attr:`Draft.heard`."""
    links: dict[int, list[str]] = field(default_factory=dict)
    attempt: dict[int, int] = field(default_factory=dict)
    """Which try a span is, where it says that it is not the first."""
    serviced: set[int] = field(default_factory=set)
    """Spans that may name a service of their own."""
    bare: set[int] = field(default_factory=set)
    """Tools and agents that say neither what they were given nor what they gave."""
    mute: set[int] = field(default_factory=set)
    """Spans of any kind that surely say neither."""
    lends: set[int] = field(default_factory=set)
    """Steps that may say what the call inside was asked, where it does not: see :attr:`Draft.lends`."""
    counting: set[int] = field(default_factory=set)
    """Steps that may say whom the call inside asked and what it counted: see
    :attr:`Draft.lends_counts`."""
    alone: set[int] = field(default_factory=set)
    """Steps that are a call where no span inside is: see :attr:`Draft.alone`."""
    one_of: set[int] = field(default_factory=set)
    """Calls of those that the span around them tells of as of one: see :attr:`Draft.is_one_of`."""
    wraps: set[int] = field(default_factory=set)
    """Steps on which a library wrote what a call inside said: see :attr:`Draft.wraps`."""
    telling: set[int] = field(default_factory=set)
    """Those whose failure is that of a call: see :attr:`Draft.tells_failures`."""
    left: set[int] = field(default_factory=set)
    """Spans whose trace has to be left to the conventions."""
    conventions: dict[str, int] = field(default_factory=dict)
    """Numbers of those that read them, as :attr:`by_convention` has them."""

    @classmethod
    def empty(cls, count: int) -> Facts:
        """Room for so many spans."""
        return cls(
            text=Texts(count),
            by_convention=np.zeros(count, np.int16),
            tokens={name: np.zeros(count, np.int64) for name in TOKENS},
            role=np.zeros(count, np.int8),
            kind=np.zeros(count, np.int8),
            echo=np.zeros(count, np.int8),
            cost_usd=np.full(count, np.nan),
            first_token_ms=np.full(count, np.nan),
        )

    def number_of(self, convention: str) -> int:
        """The number of a convention."""
        return self.conventions.setdefault(convention, len(self.conventions))

    def are_of(self, places: Any, convention: str) -> Any:
        """Whether this convention read the spans at some places."""
        return self.by_convention[places] == self.conventions.get(convention, NONE)

    def forget(self, place: int) -> None:
        """Empties a place, so that the span is read anew."""
        for name in TEXTS:
            self.text.forget(name, place)
        for counts in self.tokens.values():
            counts[place] = 0
        self.role[place] = self.kind[place] = self.echo[place] = 0
        self.cost_usd[place] = self.first_token_ms[place] = np.nan
        for found in (self.errors, self.tags, self.links, self.heard, self.attempt, self.scores):
            found.pop(place, None)
        steps = (self.lends, self.counting, self.alone, self.telling, self.one_of, self.wraps)
        for places in (self.left, self.bare, self.mute, *steps):
            places.discard(place)

    def same(self, other: Facts) -> bool:
        """Whether two readings of the same spans found the same."""
        arrays = [
            *((self.text[n], other.text[n]) for n in TEXTS),
            *((self.tokens[n], other.tokens[n]) for n in TOKENS),
            (self.role, other.role),
            (self.kind, other.kind),
            (self.echo, other.echo),
        ]
        numbers = [(self.cost_usd, other.cost_usd), (self.first_token_ms, other.first_token_ms)]
        return (
            all(np.array_equal(a, b) for a, b in arrays)
            and all(np.array_equal(a, b, equal_nan=True) for a, b in numbers)
            and {k: list(v) for k, v in self.tags.items() if v}
            == {k: list(v) for k, v in other.tags.items() if v}
            and (self.errors, self.heard) == (other.errors, other.heard)
            and (self.attempt, self.left) == (other.attempt, other.left)
            and self.judged() == other.judged()
        )

    def judged(self) -> dict[int, Scores]:
        """Scores by place, whichever way the spans were read."""
        one_by_one = {
            place: Scores(list(d.scores), list(d.run_scores))
            for place, d in self.drafts.items()
            if d.scores or d.run_scores
        }
        return self.scores | one_by_one
