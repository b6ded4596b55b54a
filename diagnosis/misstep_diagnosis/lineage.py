"""Which part of an output went into which part of a later input, found from the values.

Edges are found through an index of values, so the work grows with the number of values, not with
the number of pairs of hops.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from misstep.model import Edge, Hop, MatchKind, Run
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.naming import place
from misstep_diagnosis.reading.values import Atom, last_key, sayable
from misstep_diagnosis.reworded import Derivations, Rewordings
from misstep_diagnosis.steady import steady

MAX_EDGES_PER_HOP = 400
_MIN_WEIGHT = 0.3
_QUOTE_CHARS = 200


class _Source(NamedTuple):
    hop_id: str | None
    atom: Atom
    end_ms: float


@steady
def lineage(run: Run, hops: Sequence[Hop]) -> list[Edge]:
    """All value edges of a run: pipeline input → hops → final output.

    A value that several earlier hops put out comes from the one with a field of the same name, or
    else from the one that put it out last before the reader began. Trivial values make no edges.
    """
    return lineage_of(RunFacts(run, hops))


def lineage_of(known: RunFacts) -> list[Edge]:
    """As :func:`lineage`, over facts that were prepared before; made once a run."""
    if "edges" not in known.memo:
        known.memo["edges"] = _edges(known)
    made: list[Edge] = known.memo["edges"]
    return made


def _edges(known: RunFacts) -> list[Edge]:
    index = _Index()
    for atom in known.input_atoms:
        _add(index, _Source(None, atom, -1.0))
    for fact in sorted(known.facts, key=lambda f: f.end_ms):
        for atom in fact.produced:
            _add(index, _Source(fact.hop.hop_id, atom, fact.end_ms))
    derived, reworded = Derivations(known), Rewordings(known)
    edges: list[Edge] = []
    for fact in known.facts:
        reader = _Reader(fact.hop.hop_id, fact.start_ms)
        own = _into(fact.received, reader, index)
        own += derived.into(fact.hop.hop_id, fact.given, fact.start_ms, own)
        own += reworded.into(fact.hop.hop_id, fact.received, fact.start_ms, own)
        edges += own
    own = _into(known.output_atoms, _Reader(None, math.inf), index)
    own += derived.into(None, known.run.output, math.inf, own)
    own += reworded.into(None, known.output_atoms, math.inf, own)
    return edges + own


class _Index:
    """Values that were put out: by key, and those with decimals by number too."""

    def __init__(self) -> None:
        self.by_key: dict[str, list[_Source]] = defaultdict(list)
        self.by_number: dict[float, list[_Source]] = defaultdict(list)
        self.decimals: set[int] = set()
        """How many decimals there are among them; -1 where a number is written with an exponent."""

    @cached_property
    def numbers(self) -> list[float]:
        """Numbers with decimals in their order; asked for when all are there."""
        return sorted(self.by_number)

    def beside(self, number: float, reach: float) -> list[float]:
        """Those that are no farther from a number."""
        first = bisect_left(self.numbers, number - reach)
        return self.numbers[first : bisect_right(self.numbers, number + reach, first)]


def _add(index: _Index, source: _Source) -> None:
    atom = source.atom
    if atom.weight < _MIN_WEIGHT:
        return
    for key in atom.keys:
        index.by_key[key].append(source)
        if atom.number is not None and "." in key:
            index.by_number[float(key[1:])].append(source)
            index.decimals.add(-1 if "e" in key else len(key) - key.index(".") - 1)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who receives; ``hop_id`` None is the pipeline's end, which everything may feed."""

    hop_id: str | None
    start_ms: float

    def may_take(self, source: _Source) -> bool:
        """Ended before the reader began; clocks are compared in microseconds, so equal counts."""
        if source.hop_id is None or self.hop_id is None:
            return True
        return source.hop_id != self.hop_id and source.end_ms <= self.start_ms + 0.001


def _into(received: Iterable[Atom], reader: _Reader, index: _Index) -> list[Edge]:
    edges: list[Edge] = []
    seen: set[tuple[str | None, str, str]] = set()
    for atom in received:
        if len(edges) >= MAX_EDGES_PER_HOP:
            break
        if atom.weight < _MIN_WEIGHT:
            continue
        source = _latest(atom, index, reader)
        if source is None and atom.number is not None:
            source = _rounded(atom, index, reader)
        if source is None:
            continue
        key = (source.hop_id, source.atom.path, atom.path)
        if key not in seen:
            seen.add(key)
            edges.append(_edge(source, atom, reader.hop_id))
    return edges


def _latest(atom: Atom, index: _Index, reader: _Reader) -> _Source | None:
    best: _Source | None = None
    rank = (-1, -2.0)
    # As _Reader.may_take: asked fifty times for each hop.
    mine, until_ms = reader.hop_id, reader.start_ms + 0.001
    for key in atom.keys:
        # Most values that nobody put out are asked for once.
        holders = index.by_key.get(key)
        if holders is None:
            continue
        for source in islice(reversed(holders), _MAX_LOOKED):
            its = source.hop_id
            ends = mine is None or its is None or (its != mine and source.end_ms <= until_ms)
            if not ends:
                continue
            here = (_likeness(source.atom, atom), source.end_ms)
            if here > rank:
                best, rank = source, here
            if here[0] == _SAME_PLACE:
                break
    return best


_SAME_PLACE = 3
_MAX_LOOKED = 12


def _likeness(before: Atom, after: Atom) -> int:
    """Which of several holders of a value a reader rather took it from: a field of the same name,
    else a whole field for a whole field, else a text for a text."""
    if before.whole and after.whole:
        return _SAME_PLACE if last_key(before.path) == last_key(after.path) else 2
    return 1 if before.whole == after.whole else 0


def _rounded(atom: Atom, index: _Index, reader: _Reader) -> _Source | None:
    """A number that is an earlier one rounded to the digits it is written with."""
    if atom.number is None or (atom.number == int(atom.number) and abs(atom.number) < 100):
        return None
    digits = len(atom.quote.rpartition(".")[2]) if "." in atom.quote else 0
    for key in _finer(atom.number, digits, index):
        for source in index.by_number.get(key, ()):
            if reader.may_take(source):
                return source
    return None


_NUDGES = (-4, -3, -2, -1, 1, 2, 3, 4, 5)
_FEW_BESIDE = 16


def _finer(number: float, digits: int, index: _Index) -> Iterator[float]:
    """Numbers with a digit more, or two or three, that are written as this one with ``digits``."""
    # A neighbour of a number with so many decimals has exactly one, two or three more.
    exact = abs(number) < 1e6 and round(number, digits) == number
    beside = index.beside(number, 0.6 * 10.0**-digits + 1e-12 * abs(number))
    for finer in range(digits + 1, min(digits + 4, 8)) if beside else ():
        if exact and finer not in index.decimals and -1 not in index.decimals:
            continue
        step = 10.0**-finer
        nudges: Sequence[int] = _NUDGES
        if exact and len(beside) <= _FEW_BESIDE:
            apart = {round((near - number) / step) for near in beside}
            nudges = [n for n in _NUDGES if n in apart]
        for nudge in nudges:
            yield round(number + nudge * step, finer)


def _edge(source: _Source, atom: Atom, to_id: str | None) -> Edge:
    match, detail = compare(source.atom, atom)
    return Edge.model_validate(
        {
            "from": source.hop_id,
            "to": to_id,
            "from_path": source.atom.path,
            "to_path": atom.path,
            "quote": sayable(atom.quote[:_QUOTE_CHARS]),
            "match": match,
            "detail": sayable(detail),
        }
    )


def compare(before: Atom, after: Atom) -> tuple[MatchKind, str]:
    """How one atom became the other."""
    if before.quote == after.quote:
        return "exact", ""
    if set(before.keys) & set(after.keys):
        return "normalised", f"{before.quote[:60]} written as {after.quote[:60]}"
    return "derived", f"rounded from {before.quote[:60]}"


def sources_of(known: RunFacts) -> dict[str, set[str]]:
    """For each hop id the places its values came from; ``input`` for the pipeline's input."""
    found: dict[str, set[str]] = {}
    for edge in lineage_of(known):
        if edge.to_id is None:
            continue
        producer = known.by_id.get(edge.from_id or "")
        found.setdefault(edge.to_id, set()).add(place(producer) if producer else "input")
    return found
