"""Where a wrong value went: hops that passed it on, made it worse, or were unaffected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from misstep.model import Edge, HopState
from misstep_diagnosis.facts import HopFacts, RunFacts, input_of
from misstep_diagnosis.values import last_key, leaves

_ALL = "*"


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
            if only_empty and not _has_empty(fact.hop.output, empties) and fact.hop.error is None:
                # What a hop makes of a missing value cannot be told from what it makes of the rest.
                state, paths = "absorbed", set()
            made.states[hop.hop_id] = state
            if paths:
                tainted[hop.hop_id] = paths
        made.reaches_output = self._reaches(tainted, bad_keys, empties)
        made.path = [h for h, s in made.states.items() if s in ("carried", "amplified")]
        return made

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
        for edge in self._into.get(fact.hop.hop_id, ()):
            paths = tainted.get(edge.from_id)
            if paths and (_ALL in paths or edge.from_path in paths):
                return True
        return bool(empties) and _has_empty(input_of(fact.hop), empties)

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
        clean = fact.received_keys - dirty
        carried = {
            a.path for a in fact.produced if a.weight > 0 and set(a.keys) & (dirty | bad_keys)
        }
        fresh = {
            a.path
            for a in fact.produced
            if (a.weight > 0 or a.kind == "flag")
            and not set(a.keys) & (dirty | bad_keys)
            and not set(a.keys) & clean
        }
        if empties and _has_empty(fact.hop.output, empties):
            carried |= {
                p for p, v in leaves(fact.hop.output, "output") if last_key(p) in empties and not v
            }
        if not carried and not fresh:
            return "absorbed", set()
        bad_keys |= {k for a in fact.produced if a.path in fresh and a.weight > 0.2 for k in a.keys}
        worse = any(a.path in fresh and a.kind in ("number", "flag", "date") for a in fact.produced)
        choice = any(
            a.path in fresh and a.kind == "text" and a.whole and " " not in a.quote
            for a in fact.produced
        )
        return ("amplified" if worse or choice or not carried else "carried"), carried | fresh

    def _dirty_keys(self, fact: HopFacts, tainted: dict[str | None, set[str]]) -> set[str]:
        """Keys of what the hop received over tainted edges."""
        paths = {
            e.to_path
            for e in self._into.get(fact.hop.hop_id, ())
            if (p := tainted.get(e.from_id)) and (_ALL in p or e.from_path in p)
        }
        quotes = {
            e.quote
            for e in self._into.get(fact.hop.hop_id, ())
            if (p := tainted.get(e.from_id)) and (_ALL in p or e.from_path in p)
        }
        return {
            k for a in fact.received if a.path in paths and a.quote[:200] in quotes for k in a.keys
        }

    def _reaches(
        self, tainted: dict[str | None, set[str]], bad_keys: set[str], empties: set[str]
    ) -> bool:
        for edge in self._into.get(None, ()):
            paths = tainted.get(edge.from_id)
            if paths and (_ALL in paths or edge.from_path in paths):
                return True
        if any(set(a.keys) & bad_keys and a.weight > 0.2 for a in self._known.output_atoms):
            return True
        return bool(empties) and _has_empty(self._known.run.output, empties)


def _has_empty(value: object, keys: set[str]) -> bool:
    found = leaves(value, "v")
    return any(last_key(p) in keys and v in (None, "", [], {}) for p, v in found)
