"""Habits of a pipeline's hops, learned run by run: named relations that every good run kept.

What is kept is sums, sets that shrink, and a few answers, no runs: a good run is read once, when it
is added, and a diagnosis reads none. A relation stays only while every instance keeps it, so three
good runs are enough to learn a few, and more make them fewer and surer. Nothing is fitted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import Field

from misstep.model import Hop, Json, Run, Shape
from misstep_diagnosis.comparing.align import place
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.habits import (
    Instance,
    column_holds,
    conditions,
    ends_well,
    holds,
    is_taken,
    output_text,
    shape,
    source_holds,
    units_of,
)
from misstep_diagnosis.reading.values import atoms
from misstep_diagnosis.reckoning.derive import Formula, column_formulas, formulas
from misstep_diagnosis.steady import steady

MIN_INSTANCES = 3
MAX_KEPT = 40
"""So many instances' answers, choices and input values are kept; relations are kept of all."""

_MAX_TARGETS = 16
_MAX_PATHS = 400
_LIMIT_FORMULAS = 400
_ANSWER_CHARS = 20_000
_EMPTY: tuple[Json, ...] = (None, "", [], {})


class Relation(Shape):
    """Formulas (or places of a copied text) that held in every instance; ``varied`` once the value
    was not always the same. ``longest`` is the longest column that was looked at."""

    formulas: list[Formula] = Field(default_factory=list)
    places: list[str] = Field(default_factory=list)
    seen: int = 0
    first: Json = None
    varied: bool = False
    longest: int = 0


class Taken(Shape):
    """A class of input values: how often it was there, in how many instances, whether it was once
    not taken over."""

    count: int = 0
    instances: int = 0
    missed: bool = False


class Answer(Shape):
    """What a hop answered to one input in a good run."""

    output: Json = None
    run_id: str = ""


class FieldHabit(Shape):
    """One output path: how often it stood, how often empty, its types, and how many of its values
    the input held."""

    instances: int = 0
    empty: int = 0
    types: list[str] = Field(default_factory=list)
    values: int = 0
    grounded: int = 0


class HopHabits(Shape):
    """What all good instances of one hop have in common."""

    instances: int = 0
    numbers: dict[str, Relation] = Field(default_factory=dict)
    columns: dict[str, Relation] = Field(default_factory=dict)
    copies: dict[str, Relation] = Field(default_factory=dict)
    classes: dict[str, Taken] = Field(default_factory=dict)
    choices: dict[str, list[str]] = Field(default_factory=dict)
    conditions: list[dict[str, str]] = Field(default_factory=list)
    systems: list[str] = Field(default_factory=list)
    models: list[str] = Field(default_factory=list)
    texts: int = 0
    shortest: int = 0
    longest: int = 0
    ends: list[bool] = Field(default_factory=list)
    keys: list[str] = Field(default_factory=list)
    all_keys: list[str] = Field(default_factory=list)
    answers: dict[str, list[Answer]] = Field(default_factory=dict)
    fields: dict[str, FieldHabit] = Field(default_factory=dict)

    @property
    def always_taken(self) -> frozenset[str]:
        """Classes of input values that every instance took over, from three instances on."""
        return frozenset(
            n for n, t in self.classes.items() if not t.missed and t.instances >= MIN_INSTANCES
        )

    def chosen(self, path: str) -> list[tuple[str, dict[str, str]]] | None:
        """(choice, conditions) of each kept instance where the path holds a choice; None where it
        is none: always the same, or nearly always another."""
        values = self.choices.get(path, [])
        few = 2 <= len(set(values)) <= max(2, len(values) // 2)
        if len(values) != len(self.conditions) or not few:
            return None
        return list(zip(values, self.conditions, strict=True))


class Learned(Shape):
    """Habits of a pipeline: by hop place, and the numbers its input held by place. ``runs`` good
    runs went into it."""

    runs: int = 0
    hops: dict[str, HopHabits] = Field(default_factory=dict)
    ranges: dict[str, list[float]] = Field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.runs > 0

    def habits_of(self, hop: Hop) -> HopHabits | None:
        """The habits of a hop, where enough good instances were seen."""
        found = self.hops.get(place(hop))
        return found if found is not None and found.instances >= MIN_INSTANCES else None


@steady
def learn_all(good: Iterable[tuple[Run, Sequence[Hop]]]) -> Learned:
    """Habits of these good runs, in their order."""
    learned = Learned()
    for run, hops in good:
        learn_run(learned, RunFacts(run, hops))
    return learned


def learn_run(learned: Learned, known: RunFacts) -> None:
    """Takes one good run in, in place; hops that failed are left out."""
    learned.runs += 1
    for name, value in numbers_by_place(known):
        seen = learned.ranges.setdefault(name, [])
        if len(seen) < MAX_KEPT:
            seen.append(value)
    for fact in known.leaves:
        if fact.hop.error is None:
            habits = learned.hops.setdefault(place(fact.hop), HopHabits())
            _learn_hop(habits, Instance(fact), known.run.run_id)


def numbers_by_place(known: RunFacts) -> list[tuple[str, float]]:
    """Numbers of the pipeline's input with where each stands: a path, or the word before it."""
    hop = Hop(hop_id="0" * 16, name="input", input=known.run.input)
    one = Instance(HopFacts(hop, atoms(known.run.input, "input"), []))
    return [
        (name, atom.number)
        for name, atom in units_of(one)
        if atom.kind == "number" and atom.number is not None
    ]


def _learn_hop(habits: HopHabits, one: Instance, run_id: str) -> None:
    first = habits.instances == 0
    habits.instances += 1
    _learn_numbers(habits, one, first=first)
    _learn_columns(habits, one)
    _learn_copies(habits, one, first=first)
    _learn_taken(habits, one)
    _learn_choices(habits, one)
    _learn_form(habits, one, first=first)
    _learn_answer(habits, one, run_id)
    _learn_fields(habits, one.fact)


def _learn_numbers(habits: HopHabits, one: Instance, *, first: bool) -> None:
    if first:
        for path, value in list(one.numbers.items())[:_MAX_TARGETS]:
            kept = formulas(value, one.terms.without(path))[:_LIMIT_FORMULAS]
            if kept:
                habits.numbers[path] = Relation(formulas=kept, seen=1, first=value)
        return
    for path, relation in list(habits.numbers.items()):
        number = one.numbers.get(path)
        kept = [f for f in relation.formulas if holds(f, path, one)]
        if number is None or not kept:
            del habits.numbers[path]
            continue
        relation.formulas = kept
        relation.seen += 1
        relation.varied = relation.varied or number != relation.first


def _learn_columns(habits: HopHabits, one: Instance) -> None:
    for path, column in list(one.columns.items())[:_MAX_TARGETS]:
        relation = habits.columns.get(path)
        if relation is None:
            made = column_formulas(column, one.input_terms, path)[:_LIMIT_FORMULAS]
            habits.columns[path] = Relation(formulas=made, seen=1, longest=len(column))
            continue
        kept = [f for f in relation.formulas if column_holds(f, path, one) is not False]
        if len(column) > relation.longest and kept:
            # A longer column tells apart what a short one could not.
            telling = set(column_formulas(column, one.input_terms, path))
            kept, relation.longest = [f for f in kept if f in telling], len(column)
        relation.formulas, relation.seen = kept, relation.seen + 1


def _learn_copies(habits: HopHabits, one: Instance, *, first: bool) -> None:
    if first:
        for path, word in list(one.words.items())[:_MAX_TARGETS]:
            places = sorted(one.places_of(word))
            if places:
                habits.copies[path] = Relation(places=places, seen=1, first=word)
        return
    for path, relation in list(habits.copies.items()):
        found = one.words.get(path)
        kept = [p for p in relation.places if found and source_holds(p, found, one)]
        if found is None or not kept:
            del habits.copies[path]
            continue
        relation.places = kept
        relation.seen += 1
        relation.varied = relation.varied or found != relation.first


def _learn_taken(habits: HopHabits, one: Instance) -> None:
    output = output_text(one)
    here: set[str] = set()
    for name, atom in units_of(one):
        if name not in habits.classes and len(habits.classes) >= _MAX_PATHS:
            continue
        entry = habits.classes.setdefault(name, Taken())
        entry.count += 1
        entry.instances += name not in here
        here.add(name)
        entry.missed = entry.missed or not is_taken(atom, one, output)


def _learn_choices(habits: HopHabits, one: Instance) -> None:
    if len(habits.conditions) >= MAX_KEPT:
        return
    if not habits.conditions:
        habits.choices = {path: [value] for path, value in one.choices.items()}
    else:
        kept = {p: v for p, v in habits.choices.items() if p in one.choices}
        habits.choices = {p: [*v, one.choices[p]] for p, v in kept.items()}
    facts = conditions(one) if habits.choices else {}
    if habits.conditions:
        # Only what can be asked of every instance can tell choices apart.
        common = facts.keys() & habits.conditions[0].keys()
        habits.conditions = [{n: c[n] for n in common} for c in habits.conditions]
        facts = {n: facts[n] for n in common}
    habits.conditions.append(facts)


def _learn_form(habits: HopHabits, one: Instance, *, first: bool) -> None:
    hop = one.hop
    _add(habits.systems, hop.system or "")
    _add(habits.models, hop.response_model or hop.request_model or "")
    keys = set(hop.output) if isinstance(hop.output, dict) else set()
    habits.keys = sorted(keys if first else keys & set(habits.keys))[:_MAX_PATHS]
    habits.all_keys = sorted(keys | set(habits.all_keys))[:_MAX_PATHS]
    if isinstance(hop.output, str):
        length = len(hop.output)
        habits.shortest = min(habits.shortest, length) if habits.texts else length
        habits.longest = max(habits.longest, length)
        habits.texts += 1
        _add(habits.ends, ends_well(hop.output))


def _add(seen: list[Any], value: object) -> None:
    """Keeps at most four different ones: more than one already tells nothing."""
    if value not in seen and len(seen) < 4:
        seen.append(value)


def _learn_answer(habits: HopHabits, one: Instance, run_id: str) -> None:
    asked = one.fact.given_hash
    if asked not in habits.answers and len(habits.answers) >= MAX_KEPT:
        return
    known = habits.answers.setdefault(asked, [])
    size = len(repr(one.hop.output)[: _ANSWER_CHARS + 1])
    if len(known) < 4 and size <= _ANSWER_CHARS:
        known.append(Answer(output=one.hop.output, run_id=run_id))


def _learn_fields(habits: HopHabits, fact: HopFacts) -> None:
    for path, leaf in fact.made_leaves:
        entry = _field(habits, shape(path))
        if entry is None:
            continue
        entry.instances += 1
        entry.empty += leaf in _EMPTY and not isinstance(leaf, bool | int | float)
        kind = kind_of(leaf)
        if kind not in entry.types:
            entry.types.append(kind)
    for path, (values, grounded) in grounding_of(fact).items():
        entry = _field(habits, path)
        if entry is not None:
            entry.values += values
            entry.grounded += grounded


def _field(habits: HopHabits, path: str) -> FieldHabit | None:
    if path not in habits.fields and len(habits.fields) >= _MAX_PATHS:
        return None
    return habits.fields.setdefault(path, FieldHabit())


def kind_of(value: Json) -> str:
    """``bool``, ``NoneType``, ``number``, or the name of the type."""
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def grounding_of(fact: HopFacts) -> dict[str, tuple[int, int]]:
    """(values, of them in the input) by output path, indices collapsed."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for atom in fact.produced:
        if atom.kind in ("number", "date", "ident") and atom.weight > 0:
            entry = out[shape(atom.path)]
            inside = not fact.received_keys.isdisjoint(atom.keys)
            entry[0] += 1
            entry[1] += inside
    return {p: (a, b) for p, (a, b) in out.items()}
