"""Signals by which the hops of one run are compared where no rule accuses any of them.

Each is a number of its own meaning with the words that tell it; ``suspicion`` weighs them. A *source*
is a look-up that brings in more than it takes over: to bring in what nobody knew is its work, so what
it adds is no signal, only whether it was the first to say what somebody marked.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from misstep_diagnosis.checks.found import Good
from misstep_diagnosis.checks.runs.habitual import Looked, looked
from misstep_diagnosis.facts import HopFacts, RunFacts, known_bad
from misstep_diagnosis.habits import shape
from misstep_diagnosis.lineage import lineage_of
from misstep_diagnosis.reading.statements import Told, fields_of, flipped, plain, stated_by
from misstep_diagnosis.reading.values import Atom, last_key
from misstep_diagnosis.verdict.marked import SPECIFIC, Marked, marked_in

SIGNALS = {
    "reads": "how much it was given to read, 1 from 600 characters on",
    "longest": "no other model call of the run was given as much to read",
    "condenses": "logarithm of how much longer what it read is than what it said, at most 3",
    "adds": "content words it says and did not receive, 1 from eight on",
    "made_up": "logarithm of its values that neither its input nor a typed derivation explains",
    "alone": "the outcome is known to be bad and it is the only hop with such a value",
    "flipped": "words it states and its input denies, or the other way round; 1 from two on",
    "copies": "all it says it was given, and there was nothing else of the kind to take",
    "used": "share of the later hops that what it said leads to",
    "unused": "no later hop has anything from it",
    "mark": "share of what was marked that it says, was not given and did not work out rightly",
    "mark_source": "the same, of a source",
}
_LOOK_UPS = frozenset(("tool", "retriever", "reranker", "embedding"))
_CALLS = ("llm", "agent")
_LONG = 600
_MANY_WORDS = 8
_SHOWN = 3
_SMALL = 0.3
_LABEL = 30


@dataclass(slots=True)
class Signals:
    """What is to be said of one hop: values by name, and the words for those worth telling."""

    hop_id: str
    values: dict[str, float] = field(default_factory=dict)
    told: dict[str, Callable[[], str]] = field(default_factory=dict)
    """Words are made for the few hops that are shown."""

    def put(self, name: str, value: float, told: Callable[[], str] | None = None) -> None:
        """Sets one signal; what is 0 is left out."""
        if value:
            self.values[name] = value
            if told:
                self.told[name] = told


@dataclass(frozen=True, slots=True)
class View:
    """One hop: how many characters it was given, what it received and made as stems, and its values:
    new ones, ones it was given, new ones that no derivation accounts for, ones nothing explains."""

    fact: HopFacts
    reads: int
    given: frozenset[str]
    made: frozenset[str]
    new: list[Atom]
    kept: list[Atom]
    underived: list[Atom]
    silent: list[Atom]

    @property
    def source(self) -> bool:
        """Whether it is a look-up that brings in more values than it takes over."""
        kind = self.fact.hop.kind
        if kind == "chain":
            # A step that reads a file or a database is no tool by its kind.
            return not self.kept and len(self.new) > 1
        return kind in _LOOK_UPS and len(self.new) >= len(self.kept)


class Compared:
    """The hops of one run that hold no other, seen side by side."""

    def __init__(self, known: RunFacts, good: Good) -> None:
        self._seen: Told = {}
        by_id = {x.fact.hop.hop_id: x for x in looked(known, good)}
        order = sorted(known.leaves, key=lambda f: (f.start_ms, f.hop.index))
        self.views = [self._view(f, by_id.get(f.hop.hop_id)) for f in order]
        self._users = _users(known)
        self._bad = known_bad(known.run)
        self._mark: Marked | None = marked_in(known)

    def _view(self, fact: HopFacts, look: Looked | None) -> View:
        given = stated_by(fact.given_leaves, self._seen)
        if fact.hop.system:
            given |= stated_by([("system", fact.hop.system)], self._seen)
        made = stated_by(fact.made_leaves, self._seen)
        specific = [a for a in fact.produced if a.kind in SPECIFIC and a.weight > 0]
        sure = _sure_keys(fact)
        new = [a for a in specific if sure.isdisjoint(a.keys)]
        kept = [a for a in specific if not sure.isdisjoint(a.keys)]
        formulas = look.derived if look else {}
        underived = [a for a in new if a.weight <= _SMALL or _at(a).isdisjoint(formulas)]
        silent = [a for a in look.silent if a.kind in SPECIFIC] if look else []
        reads = sum(len(str(v)) for _, v in fact.given_leaves)
        return View(fact, reads, given, made, new, kept, underived, silent)

    @cached_property
    def _doubted(self) -> list[str]:
        """Hops with values that nothing explains; what a look-up offers to choose from is none."""
        doubts = ((v, _claimed(v.silent, v.fact) if v.source else v.silent) for v in self.views)
        return [v.fact.hop.hop_id for v, values in doubts if values]

    @cached_property
    def _longest(self) -> View | None:
        calls = (v for v in self.views if v.fact.hop.kind in _CALLS)
        return max(calls, key=lambda v: v.reads, default=None)

    def signals(self) -> list[Signals]:
        """Signals of every hop, in order of start."""
        return [self._of(v, n) for n, v in enumerate(self.views)]

    def _of(self, view: View, place: int) -> Signals:
        made = Signals(view.fact.hop.hop_id)
        later, using = len(self.views) - place - 1, self._users.get(made.hop_id, 0)
        if later:
            told = f"{using} of {later} later hops use what it said"
            made.put("used", using / later, told.format)
        made.put("unused", float(not using))
        if self._bad and self._doubted == [made.hop_id]:
            made.put("alone", 1.0, "every other hop says only what its input explains".format)
        if self._mark is not None:
            claimed = _claimed(view.underived, view.fact)
            share, shown = self._mark.introduced(claimed, view.fact.received, view.given, view.made)
            name = "mark_source" if view.source else "mark"
            made.put(name, share, lambda: f"of what was marked it was the first to say {shown}")
        if not view.source:
            self._values(made, view)
            self._sizes(made, view)
            _words(made, view)
        return made

    def _values(self, made: Signals, view: View) -> None:
        if view.silent:
            doubt = math.log1p(math.fsum(a.weight for a in view.silent))
            made.put(
                "made_up", doubt, lambda: f"nothing it received explains {_quotes(view.silent)}"
            )
        fresh = plain(view.made - view.given) - plain(view.given)
        fresh -= fields_of(view.fact.made_leaves, self._seen) if fresh else frozenset()
        made.put("adds", min(1.0, len(fresh) / _MANY_WORDS))
        if not view.new and not fresh and view.kept:
            made.put("copies", float(not _one_of_several(view.fact)[1]))

    def _sizes(self, made: Signals, view: View) -> None:
        given, said = view.reads, sum(len(str(v)) for _, v in view.fact.made_leaves)
        ratio = max(0.0, math.log((given + 20) / (said + 20)))

        def condensed() -> str:
            took, left = _one_of_several(view.fact)
            chose = f", taking {took} and leaving {left}" if left else ""
            return f"it says {said} characters of {given}{chose}"

        made.put("reads", min(1.0, given / _LONG))
        made.put("condenses", min(3.0, ratio), condensed)
        if view is self._longest:
            made.put("longest", 1.0, "no other model call was given as much to read".format)


def _words(made: Signals, view: View) -> None:
    turned = flipped(view.given, view.made)
    if not turned:
        return

    def told() -> str:
        shown = ", ".join(sorted(plain(turned[:_SHOWN])))
        return f"it states what its input denies, or denies what that states: {shown}…"

    made.put("flipped", min(1.0, len(turned) / 2), told)


def _claimed(new: list[Atom], fact: HopFacts) -> list[Atom]:
    """Without members of a list that offers others beside them: who chooses one of them claims it."""
    beside: dict[str, set[str]] = defaultdict(set)
    for atom in fact.produced:
        if atom.whole and "[" in atom.path:
            beside[shape(atom.path)].add(atom.keys[0])
    return [a for a in new if not a.whole or len(beside.get(shape(a.path), ())) < 2]


def _sure_keys(fact: HopFacts) -> frozenset[str]:
    """Keys of what the hop received. Of a date that can be read in two ways neither is vouched for: who
    settles it decides."""
    unsure = [a for a in fact.received if a.kind == "date" and len(_full(a)) > 1]
    if not unsure:
        return fact.received_keys
    others = {k for a in fact.received if a.kind == "date" and len(_full(a)) < 2 for k in a.keys}
    return fact.received_keys - {k for a in unsure for k in a.keys if k not in others}


def _full(atom: Atom) -> set[str]:
    return {k for k in atom.keys if not k.startswith("d-")}


def _at(atom: Atom) -> set[str]:
    """Where derivations of a number are kept: by its path, by that without positions, in a text."""
    return {atom.path, shape(atom.path), f"{atom.path}~{atom.quote}"}


def _quotes(atoms: Sequence[Atom]) -> str:
    return ", ".join(dict.fromkeys(a.quote[:40] for a in atoms[:_SHOWN]))


def _one_of_several(fact: HopFacts) -> tuple[str, str]:
    """Values that the hop took and values of the same kind that it left, of the kind of which it left
    most; empty where it left none."""
    best: tuple[int, str, str] = (0, "", "")
    for kind in SPECIFIC:
        took = [a for a in fact.produced if a.kind == kind and a.weight > 0]
        there = (a for a in fact.received if a.kind == kind and a.weight > 0) if took else ()
        left = {a.keys[0]: a for a in there if a.keys[0] not in fact.produced_keys}
        best = max(best, (len(left), _quotes(took), _quotes(list(left.values()))))
    return best[1:]


def _users(known: RunFacts) -> dict[str, int]:
    """How many hops have something from a hop, however far behind; from the last hop to the first, so
    that each edge is looked at once. A set of hops is the bits of one number."""
    takers: dict[str | None, set[str]] = defaultdict(set)
    edges = ((e.from_id, e.to_id) for e in lineage_of(known))
    for giver, taker in (*edges, *_by_field(known)):
        if taker is not None and giver != taker:
            takers[giver].add(taker)
    bit = {f.hop.hop_id: 1 << n for n, f in enumerate(known.facts)}
    counted = sum(bit[f.hop.hop_id] for f in known.leaves)
    found: dict[str, int] = {}
    for fact in sorted(known.facts, key=lambda f: -f.start_ms):
        bits = 0
        for taker in takers.get(fact.hop.hop_id, ()):
            bits |= bit.get(taker, 0) | found.get(taker, 0)
        found[fact.hop.hop_id] = bits
    return {hop_id: (bits & counted).bit_count() for hop_id, bits in found.items()}


def _by_field(known: RunFacts) -> Iterator[tuple[str, str]]:
    """(giver, taker) where a short value goes on that makes no edge, for it is too common or an earlier
    hop said it too: in a field of the same name, or as all that the giver said."""
    giver: dict[tuple[str, str], str] = {}
    for fact in sorted(known.leaves, key=lambda f: f.start_ms):
        for path, leaf in fact.given_leaves:
            for at in _named(path, leaf):
                if at in giver:
                    yield giver[at], fact.hop.hop_id
        for path, leaf in fact.made_leaves:
            for at in _named(path, leaf)[: 2 if path == "output" else 1]:
                giver[at] = fact.hop.hop_id


def _named(path: str, leaf: object) -> list[tuple[str, str]]:
    """A short value with its field's name, and without; none for what is empty or long."""
    if leaf in (None, "", [], {}):
        return []
    text = str(leaf)
    return [(last_key(path), text), ("", text)] if len(text) <= _LABEL else []
