"""How good runs are taken in: each is read once, and what is kept of it is sums."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from misstep.model import Hop, Json, Run
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.habits import (
    Instance,
    column_holds,
    conditions,
    ends_well,
    grounding_of,
    holds,
    is_taken,
    kind_of,
    numbers_by_place,
    output_text,
    shape,
    source_holds,
    units_of,
)
from misstep_diagnosis.healthy import FieldProfile, HopProfile, Profile, type_of
from misstep_diagnosis.learned import (
    MAX_KEPT,
    Answer,
    FieldHabit,
    HopHabits,
    Learned,
    Relation,
    Taken,
)
from misstep_diagnosis.lineage import sources_of
from misstep_diagnosis.naming import place
from misstep_diagnosis.reading.values import leaves
from misstep_diagnosis.reckoning.derive import column_formulas, formulas
from misstep_diagnosis.steady import steady

MAX_PATHS = 200
MAX_WORDS = 40
MAX_WORD_CHARS = 60
_MAX_TARGETS = 16
_MAX_HABITS = 400
_LIMIT_FORMULAS = 400
_ANSWER_CHARS = 20_000
_EMPTY: tuple[Json, ...] = (None, "", [], {})


def learn(profile: Profile, run: Run, hops: Sequence[Hop]) -> None:
    """Takes one good run in, in place. Hops that failed or were not recorded are left out."""
    known = RunFacts(run, hops)
    sources = sources_of(known)
    profile.runs += 1
    learn_run(profile.learned, known)
    for fact in known.leaves:
        hop = fact.hop
        if hop.error is not None or not hop.complete:
            continue
        at = profile.hops.setdefault(place(hop), HopProfile())
        at.instances += 1
        at.log_ms.add(math.log1p(max(0.0, hop.duration_ms)))
        for source in sources.get(hop.hop_id, ()):
            at.sources[source] = at.sources.get(source, 0) + 1
        _learn_output(at, hop.output)


def _learn_output(at: HopProfile, output: Json) -> None:
    seen: set[str] = set()
    for path, value in leaves(output, "output"):
        name = shape(path)
        if name not in at.fields and len(at.fields) >= MAX_PATHS:
            continue
        entry = at.fields.setdefault(name, FieldProfile())
        entry.instances += name not in seen
        seen.add(name)
        kind = type_of(value)
        entry.types[kind] = entry.types.get(kind, 0) + 1
        if kind == "number":
            entry.numbers.add(_float(value))
        elif isinstance(value, str):
            entry.lengths.add(float(len(value)))
            _learn_word(entry, value)


def _learn_word(entry: FieldProfile, value: str) -> None:
    if entry.open:
        return
    entry.words[value] = entry.words.get(value, 0) + 1
    if len(value) > MAX_WORD_CHARS or len(entry.words) > MAX_WORDS:
        entry.open, entry.words = True, {}


def _float(value: Json) -> float:
    try:
        return float(value)
    except (OverflowError, ValueError, TypeError):
        return math.inf


def merged(pipeline: str, runs: Iterable[tuple[Run, Sequence[Hop]]]) -> Profile:
    """A profile of these good runs."""
    profile = Profile(pipeline=pipeline)
    for run, hops in runs:
        learn(profile, run, hops)
    return profile


# --- habits -----------------------------------------------------------------------------------


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
        if name not in habits.classes and len(habits.classes) >= _MAX_HABITS:
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
    habits.keys = sorted(keys if first else keys & set(habits.keys))[:_MAX_HABITS]
    habits.all_keys = sorted(keys | set(habits.all_keys))[:_MAX_HABITS]
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
    if path not in habits.fields and len(habits.fields) >= _MAX_HABITS:
        return None
    return habits.fields.setdefault(path, FieldHabit())
