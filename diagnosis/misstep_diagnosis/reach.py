"""Where a value went: the hops that received it, what they made of it, and where it ended."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from misstep.model import BlameStep, Edge, Hop, HopRef, Json, MatchKind, Reach, ReachEnd, Run
from misstep_diagnosis.blame import blame_of, step
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.lineage import lineage_of
from misstep_diagnosis.reading.values import MAX_TEXT_CHARS, Atom, at_path, atoms, fold
from misstep_diagnosis.reckoning.derive import derivation, words
from misstep_diagnosis.reworded import places

MAX_STEPS = 200
_MOST_DERIVED = 24
_QUOTED = 200

_Place = tuple[str, str, MatchKind, str]
"""(path, quote, match, detail)."""


def reach(run: Run, hops: Sequence[Hop], text: str, hop_id: str | None = None) -> Reach:
    """Follows ``text`` forwards from where it first appeared, or from the output of one hop.

    Args:
        run: the run with its input and output.
        hops: its hops.
        text: a value or a piece of text, in any notation.
        hop_id: begin at this hop's output; without it, where the text first appeared.

    Returns:
        The chain runs from the first place to the last; a value computed from the text by a typed
        derivation goes on like a copy of it. ``ends`` names where nothing went on from: hops that
        received it and used none of it (``absorbed``), hops whose output nobody received
        (``unused``), and the final output (``output``). ``start`` is None when the text stands
        nowhere.
    """
    return _Walk(RunFacts(run, hops), text[:MAX_TEXT_CHARS], hop_id).reach()


class _Walk:
    """One value on its way through a run."""

    def __init__(self, known: RunFacts, text: str, hop_id: str | None) -> None:
        from misstep_diagnosis.meant import meant  # as in blame: it loads rules

        self._known, self._text = known, text
        self._wanted, _ = meant(known, text)
        self._hop_id = hop_id if hop_id in known.by_id else None
        self._into: dict[str | None, list[Edge]] = defaultdict(list)
        for edge in lineage_of(known):
            self._into[edge.to_id].append(edge)
        self._held: dict[str | None, set[str]] = {}
        """Paths of outputs (None: of the pipeline's input) that hold it or what follows from it."""
        self._parts: set[tuple[str | None, str]] = set()
        """Places where it is only a part of a text, beside other values."""
        self._keys = {k for a in self._wanted.atoms if a.kind != "text" for k in a.keys}
        """Of the values in it and of what follows from it."""
        self._steps: list[BlameStep] = []
        self._passed_on: set[str | None] = set()
        self._absorbed: list[HopFacts] = []

    def reach(self) -> Reach:
        start, begun_ms = self._start()
        if start is None:
            told = f"{self._text!r} stands nowhere in this run."
            return Reach(text=self._text, explanation=told)
        for fact in self._known.leaves:
            if fact.hop.hop_id != start.hop_id and fact.start_ms >= begun_ms - 0.001:
                self._through(fact)
        reaches = self._output()
        ends = self._ends(reaches=reaches)
        return Reach(
            text=self._text,
            start=start,
            chain=self._steps[:MAX_STEPS],
            ends=ends,
            reaches_output=reaches,
            explanation=self._told(start, ends),
        )

    def _start(self) -> tuple[HopRef | None, float]:
        """Where it begins, and when it was there."""
        hop_id = self._hop_id
        if hop_id is None:
            origin = blame_of(self._known, self._text, wanted=self._wanted).origin
            if origin is None:
                return None, 0.0
            hop_id = origin.hop_id
        if hop_id is None:
            found = list(self._wanted.everywhere(self._known.input_atoms, self._known.run.input))
            self._note(None, "in", found)
            return HopRef(hop_id=None, name="input"), -math.inf
        fact = self._known.fact[hop_id]
        made = list(self._wanted.everywhere(fact.produced, fact.hop.output))
        self._note(hop_id, "out", made)
        if not made:
            return None, 0.0
        return HopRef(hop_id=hop_id, name=self._known.called[hop_id]), fact.end_ms

    def _note(self, hop_id: str | None, side: str, found: Sequence[_Place]) -> None:
        """Keeps places of an output, or of the pipeline's input, and tells the first few."""
        if found:
            self._held.setdefault(hop_id, set()).update(p[0] for p in found)
            hop = self._known.by_id.get(hop_id) if hop_id else None
            value = hop.output if hop is not None else self._known.run.input
            self._part(hop_id, value, found)
        self._steps += [step(hop_id, side, p) for p in found[:4]]

    def _part(self, hop_id: str | None, value: Json, found: Sequence[_Place]) -> None:
        """Notes which places are texts that hold more than it."""
        for path, quote, _, _ in found:
            leaf = at_path(value, re.sub(r"^(?:input|output)", "", path))
            said = fold(quote)
            self._keys |= {
                k
                for a in atoms(quote[:_QUOTED], "q")
                if a.kind != "text" and fold(a.quote) == said
                for k in a.keys
            }
            if isinstance(leaf, str) and fold(leaf) != self._wanted.folded:
                self._parts.add((hop_id, path))

    def _goes_over(self, edge: Edge) -> str | None:
        """What of it an edge brings, None where an edge out of a text brings what stands beside it.

        Of all that goes from one text into one place an edge quotes the first value only."""
        if (edge.from_id, edge.from_path) not in self._parts:
            return edge.quote
        reader = self._known.fact.get(edge.to_id) if edge.to_id is not None else None
        there = reader.received if reader is not None else self._known.output_atoms
        for atom in there:
            if atom.path == edge.to_path and self._is_of_it(atom):
                return atom.quote[:_QUOTED]
        return None

    def _is_of_it(self, atom: Atom) -> bool:
        if atom.kind != "text":
            return not self._keys.isdisjoint(atom.keys)
        said = atom.keys[0][1:]
        return said in self._wanted.folded or self._wanted.within(said)

    def _through(self, fact: HopFacts) -> None:
        received = self._received(fact)
        if not received:
            return
        self._steps += [step(fact.hop.hop_id, "in", p) for p in received[:4]]
        made = list(self._wanted.everywhere(fact.produced, fact.hop.output))
        made += self._carried(fact, received, {p[0] for p in made})
        made += self._derived(fact, {p[0] for p in received}, {p[0] for p in made})
        self._note(fact.hop.hop_id, "out", made)
        if not made:
            self._absorbed.append(fact)

    def _received(self, fact: HopFacts) -> list[_Place]:
        found = self._over_edges(fact.hop.hop_id)
        self._by_itself(fact.received, fact.given, fact.start_ms, found)
        return list(found.values())

    def _over_edges(self, to_id: str | None) -> dict[str, _Place]:
        """Places of one input (None: the final output) to which the value came, by path."""
        found: dict[str, _Place] = {}
        for edge in self._into.get(to_id, ()):
            if edge.from_path not in self._held.get(edge.from_id, ()):
                continue
            quote = self._goes_over(edge)
            if quote is not None:
                found.setdefault(edge.to_path, (edge.to_path, quote, edge.match, edge.detail))
                self._passed_on.add(edge.from_id)
        return found

    def _by_itself(
        self, there: Sequence[Atom], value: Json, before_ms: float, found: dict[str, _Place]
    ) -> None:
        """Values too slight for an edge, such as a single digit: from whoever held them last."""
        for place in self._wanted.everywhere(there, value):
            if place[0] not in found:
                found[place[0]] = place
                ended = {h: self._known.fact[h].end_ms for h in self._held if h is not None}
                holders = [h for h, end_ms in ended.items() if end_ms <= before_ms + 0.001]
                if holders:
                    self._passed_on.add(max(holders, key=ended.__getitem__))

    def _carried(
        self, fact: HopFacts, received: Sequence[_Place], made: set[str]
    ) -> Iterator[_Place]:
        """Values of its output that are what it received of it, whatever that had become."""
        quotes = {(path, quote) for path, quote, _, _ in received}
        keys = {k for a in fact.received if (a.path, a.quote[:200]) in quotes for k in a.keys}
        for atom in fact.produced:
            if atom.path not in made and atom.weight > 0 and keys & set(atom.keys):
                made.add(atom.path)
                exact = any(atom.quote == quote for _, quote in quotes)
                detail = "" if exact else "what it received in another notation"
                yield atom.path, atom.quote, "exact" if exact else "normalised", detail

    def _derived(self, fact: HopFacts, given: set[str], made: set[str]) -> Iterator[_Place]:
        """Numbers of its output that follow by a typed derivation from what it received of it."""
        terms = fact.given_terms
        for path, number in list(fact.made_terms.scalars.items())[:_MOST_DERIVED]:
            where = path.partition("~")[0].lstrip("#")
            if where in made or path.startswith("#"):
                continue
            formula = derivation(number, terms)
            if formula is not None and formula[0] != "copy" and given & set(places(formula, terms)):
                yield where, f"{number:.10g}", "derived", words(formula)

    def _output(self) -> bool:
        """Whether the final output holds it, or what follows from it; tells where."""
        found = self._over_edges(None)
        self._by_itself(self._known.output_atoms, self._known.run.output, math.inf, found)
        self._steps += [step(None, "out", p) for p in list(found.values())[:4]]
        return bool(found)

    def _ends(self, *, reaches: bool) -> list[ReachEnd]:
        unused = [self._known.by_id[h] for h in self._held if h and h not in self._passed_on]
        names = self._known.called
        ends = [
            ReachEnd(hop_id=f.hop.hop_id, name=names[f.hop.hop_id], how="absorbed")
            for f in self._absorbed
        ]
        ends += [ReachEnd(hop_id=h.hop_id, name=names[h.hop_id], how="unused") for h in unused]
        order = {h.hop_id: h.index for h in self._known.hops}
        ends.sort(key=lambda e: order[e.hop_id or ""])
        return [*ends, ReachEnd(hop_id=None, name="output", how="output")] if reaches else ends

    def _told(self, start: HopRef, ends: Sequence[ReachEnd]) -> str:
        used = len({s.hop_id for s in self._steps if s.hop_id not in (None, start.hop_id)})
        at = "the pipeline's input" if start.hop_id is None else start.name
        told = f"{self._text!r} went from {at} through {used} later hop{'s' if used != 1 else ''}"
        where = [
            "the final output" if e.how == "output" else f"{e.name} ({e.how})" for e in ends[:4]
        ]
        more = f" and {len(ends) - 4} more" if len(ends) > 4 else ""
        return f"{told}; it ended in {', '.join(where)}{more}." if where else f"{told}."
