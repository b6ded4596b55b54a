"""Habits of a pipeline's hops, learned run by run: named relations that every good run kept.

What is kept is sums, sets that shrink, and a few answers, no runs: a good run is read once, when it
is added, and a diagnosis reads none. A relation stays only while every instance keeps it, so three
good runs are enough to learn a few, and more make them fewer and surer. Nothing is fitted.
"""

from __future__ import annotations

from pydantic import Field

from misstep.model import Hop, Json, Shape
from misstep_diagnosis.naming import place
from misstep_diagnosis.reckoning.derive import Formula

MIN_INSTANCES = 3
MAX_KEPT = 40
"""So many instances' answers, choices and input values are kept; relations are kept of all."""


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
