"""Which part of an output went into which part of a later input, found from the values.

Edges are found through an index of values, so the work grows with the number of values, not with
the number of pairs of hops.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from misstep.model import Edge, Hop, MatchKind, Run
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.values import Atom, last_key, number_key

MAX_EDGES_PER_HOP = 400
_MIN_WEIGHT = 0.3
_QUOTE_CHARS = 200


@dataclass(frozen=True, slots=True)
class _Source:
    hop_id: str | None
    atom: Atom
    end_ms: float


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
    index: dict[str, list[_Source]] = defaultdict(list)
    for atom in known.input_atoms:
        _add(index, _Source(None, atom, -1.0))
    for fact in sorted(known.facts, key=lambda f: f.end_ms):
        for atom in fact.produced:
            _add(index, _Source(fact.hop.hop_id, atom, fact.end_ms))
    edges: list[Edge] = []
    for fact in known.facts:
        edges += _into(fact.received, fact.hop.hop_id, index, known, fact)
    edges += _into(known.output_atoms, None, index, known, None)
    return edges


def _add(index: dict[str, list[_Source]], source: _Source) -> None:
    if source.atom.weight < _MIN_WEIGHT:
        return
    for key in source.atom.keys:
        index[key].append(source)


def _into(
    received: Iterable[Atom],
    to_id: str | None,
    index: dict[str, list[_Source]],
    known: RunFacts,
    reader: HopFacts | None,
) -> list[Edge]:
    edges: list[Edge] = []
    seen: set[tuple[str | None, str, str]] = set()
    for atom in received:
        if atom.weight < _MIN_WEIGHT or len(edges) >= MAX_EDGES_PER_HOP:
            continue
        source = _latest(atom, index, known, reader) or _rounded(atom, index, known, reader)
        if source is None:
            continue
        key = (source.hop_id, source.atom.path, atom.path)
        if key not in seen:
            seen.add(key)
            edges.append(_edge(source, atom, to_id))
    return edges


def _latest(
    atom: Atom, index: dict[str, list[_Source]], known: RunFacts, reader: HopFacts | None
) -> _Source | None:
    best: _Source | None = None
    rank = (-1, -2.0)
    for key in atom.keys:
        looked = 0
        for source in reversed(index.get(key, ())):
            if looked >= _MAX_LOOKED:
                break
            looked += 1
            if not _may_feed(source, known, reader):
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


def _may_feed(source: _Source, known: RunFacts, reader: HopFacts | None) -> bool:
    if reader is None or source.hop_id is None:
        return True
    if source.hop_id == reader.hop.hop_id:
        return False
    # Ended before the reader began; clocks are compared in microseconds, so equal counts.
    return source.end_ms <= reader.start_ms + 0.001


def _rounded(
    atom: Atom, index: dict[str, list[_Source]], known: RunFacts, reader: HopFacts | None
) -> _Source | None:
    """A number that is an earlier one rounded to the digits it is written with."""
    if atom.number is None or (atom.number == int(atom.number) and abs(atom.number) < 100):
        return None
    digits = len(atom.quote.rpartition(".")[2]) if "." in atom.quote else 0
    for finer in range(digits + 1, min(digits + 4, 8)):
        for nudge in (-4, -3, -2, -1, 1, 2, 3, 4, 5):
            candidate = atom.number + nudge * 10.0**-finer
            for source in reversed(index.get(number_key(round(candidate, finer)), ())):
                if _may_feed(source, known, reader):
                    return source
    return None


def _edge(source: _Source, atom: Atom, to_id: str | None) -> Edge:
    match, detail = compare(source.atom, atom)
    return Edge.model_validate(
        {
            "from": source.hop_id,
            "to": to_id,
            "from_path": source.atom.path,
            "to_path": atom.path,
            "quote": atom.quote[:_QUOTE_CHARS],
            "match": match,
            "detail": detail,
        }
    )


def compare(before: Atom, after: Atom) -> tuple[MatchKind, str]:
    """How one atom became the other."""
    if before.quote == after.quote:
        return "exact", ""
    if set(before.keys) & set(after.keys):
        return "normalised", f"{before.quote[:60]} written as {after.quote[:60]}"
    return "derived", f"rounded from {before.quote[:60]}"
