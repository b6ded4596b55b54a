"""Where a wrong value went: hops that passed it on, made it worse, or were unaffected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from misstep.model import Edge, HopState
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.values import Leaf, last_key, leaves
from misstep_diagnosis.said_again import said_again

_ALL = "*"
_FOLLOWED = 0.3
"""Values that weigh less make no edges."""


@dataclass(slots=True)
class Spread:
    """The reach of one wrong output."""

    origin: str | None
    received: set[str] = field(default_factory=set)
    states: dict[str, HopState] = field(default_factory=dict)
    reaches_output: bool = False
    path: list[str] = field(default_factory=list)

    def touches(self, hop_id: str | None) -> bool:
        """Whether a hop received what went wrong."""
        return hop_id in self.received


class Taint:
    """Follows wrong values over the value edges of a run."""

    def __init__(self, known: RunFacts, edges: Iterable[Edge]) -> None:
        self._known = known
        self._into: dict[str | None, list[Edge]] = defaultdict(list)
        for edge in edges:
            self._into[edge.to_id].append(edge)

    @cached_property
    def _said(self) -> dict[str | None, list[Edge]]:
        """Whole sentences that went on; read where some wrong output is followed, not before."""
        return said_again(self._known)

    @cached_property
    def feeding(self) -> frozenset[str | None]:
        """Hops (None: the input) from which some value leads to the final output, or to the failure."""
        failed = [h.hop_id for h in self._known.hops if h.error is not None]
        waiting: list[str | None] = [None, *failed]
        found: set[str | None] = set(failed)
        seen: set[str | None] = set(waiting)
        while waiting:
            for edge in self._into.get(waiting.pop(), ()):
                found.add(edge.from_id)
                if edge.from_id is not None and edge.from_id not in seen:
                    seen.add(edge.from_id)
                    waiting.append(edge.from_id)
        return frozenset(found)

    def spread(self, origin: str | None, bad: frozenset[str]) -> Spread:
        """From one hop (None: the pipeline input), by its wrong values' keys; empty: by all."""
        made = Spread(origin)
        only_empty = bool(bad) and all(k.startswith("e") for k in bad)
        tainted: dict[str | None, set[str]] = {origin: self._first(origin, bad)}
        bad_keys = set(bad) or self._keys(origin, tainted[origin])
        empties = {k[1:] for k in bad if k.startswith("e")}
        start = self._known.by_id[origin].index if origin else -1
        for fact in self._known.facts:
            hop = fact.hop
            if hop.index <= start or hop.hop_id == origin:
                continue
            if not self._receives(fact, tainted, empties):
                continue
            made.received.add(hop.hop_id)
            state, paths = self._through(fact, tainted, bad_keys, empties)
            if only_empty and not _has_empty(fact.made_leaves, empties) and hop.error is None:
                # What a hop makes of a missing value cannot be told from what it makes of the rest.
                state, paths = "absorbed", set()
            made.states[hop.hop_id] = state
            if paths:
                tainted[hop.hop_id] = paths
        made.reaches_output = self._reaches(tainted, bad_keys, empties)
        if origin is not None and not made.reaches_output and not made.received:
            self._as_decision(made, origin)
        made.path = [h for h, s in made.states.items() if s in ("carried", "amplified")]
        return made

    def _as_decision(self, made: Spread, origin: str) -> None:
        """A bare decision (a truth value, a short label) leaves no value to follow: it is taken to have
        had its effect, at those that hold it in a field of its name and in what came of them."""
        fact = self._known.fact[origin]
        if not fact.produced or any(a.weight >= _FOLLOWED for a in fact.produced):
            return
        held = {(last_key(a.path), a.keys[0]) for a in fact.produced if a.whole}
        for other in self._known.facts:
            if other.hop.index > fact.hop.index and any(
                a.whole and (last_key(a.path), a.keys[0]) in held for a in other.received
            ):
                made.received.add(other.hop.hop_id)
                made.states[other.hop.hop_id] = "carried"
        made.reaches_output = True

    def _first(self, origin: str | None, bad: frozenset[str]) -> set[str]:
        """Paths of the origin's output that hold the wrong values."""
        if not bad:
            return {_ALL}
        atoms = self._known.input_atoms if origin is None else self._known.fact[origin].produced
        paths = {a.path for a in atoms if set(a.keys) & bad}
        return paths or {_ALL}

    def _keys(self, origin: str | None, paths: set[str]) -> set[str]:
        atoms = self._known.input_atoms if origin is None else self._known.fact[origin].produced
        received = frozenset() if origin is None else self._known.fact[origin].received_keys
        return {
            k
            for a in atoms
            if _ALL in paths or a.path in paths
            for k in a.keys
            if k not in received and a.weight > 0
        }

    def _receives(
        self, fact: HopFacts, tainted: dict[str | None, set[str]], empties: set[str]
    ) -> bool:
        for edge in (*self._into.get(fact.hop.hop_id, ()), *self._said.get(fact.hop.hop_id, ())):
            paths = tainted.get(edge.from_id)
            if paths and (_ALL in paths or edge.from_path in paths):
                return True
        return bool(empties) and _has_empty(fact.given_leaves, empties)

    def _through(
        self,
        fact: HopFacts,
        tainted: dict[str | None, set[str]],
        bad_keys: set[str],
        empties: set[str],
    ) -> tuple[HopState, set[str]]:
        """What the hop did with it, and the paths of its output that are wrong now."""
        if fact.hop.error is not None:
            return "carried", set()
        dirty = self._dirty_keys(fact, tainted)
        carried: set[str] = set()
        fresh: set[str] = set()
        for atom in fact.produced:
            keys = atom.keys
            weighs = atom.weight > 0
            if not (dirty.isdisjoint(keys) and bad_keys.isdisjoint(keys)):
                if weighs:
                    carried.add(atom.path)
            # What the hop took over unharmed is neither.
            elif (weighs or atom.kind == "flag") and fact.received_keys.isdisjoint(keys):
                fresh.add(atom.path)
        if empties and _has_empty(fact.made_leaves, empties):
            carried |= {p for p, v in fact.made_leaves if last_key(p) in empties and not v}
        if not carried and not fresh:
            return "absorbed", set()
        new = [a for a in fact.produced if a.path in fresh] if fresh else []
        bad_keys.update(k for a in new if a.weight > 0.2 for k in a.keys)
        worse = any(a.kind in ("number", "flag", "date") for a in new)
        choice = any(a.kind == "text" and a.whole and " " not in a.quote for a in new)
        return ("amplified" if worse or choice or not carried else "carried"), carried | fresh

    def _dirty_keys(self, fact: HopFacts, tainted: dict[str | None, set[str]]) -> set[str]:
        """Keys of what the hop received over tainted edges."""
        over = [
            e
            for e in self._into.get(fact.hop.hop_id, ())
            if (p := tainted.get(e.from_id)) and (_ALL in p or e.from_path in p)
        ]
        if not over:
            return set()
        paths, quotes = {e.to_path for e in over}, {e.quote for e in over}
        return {
            k for a in fact.received if a.path in paths and a.quote[:200] in quotes for k in a.keys
        }

    def _reaches(
        self, tainted: dict[str | None, set[str]], bad_keys: set[str], empties: set[str]
    ) -> bool:
        if self._known.run.output is None and self._known.facts:
            # Nothing was recorded of the run's own output: its last hop's is what came out.
            last = max(self._known.facts, key=lambda f: f.end_ms)
            if tainted.get(last.hop.hop_id):
                return True
        for edge in (*self._into.get(None, ()), *self._said.get(None, ())):
            paths = tainted.get(edge.from_id)
            if paths and (_ALL in paths or edge.from_path in paths):
                return True
        if any(set(a.keys) & bad_keys and a.weight > 0.2 for a in self._known.output_atoms):
            return True
        return bool(empties) and _has_empty(leaves(self._known.run.output, "v"), empties)


def _has_empty(told: Iterable[Leaf], keys: set[str]) -> bool:
    return any(v in (None, "", [], {}) and last_key(p) in keys for p, v in told)
