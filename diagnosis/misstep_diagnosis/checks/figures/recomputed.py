"""What a step's own operands give, by their names and its own, against what it says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.figures.reckoned import in_prose, in_rows
from misstep_diagnosis.checks.found import Found, Good, Rule, each, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.units import unit_of_word
from misstep_diagnosis.reading.values import number_key
from misstep_diagnosis.reckoning.days import day_working
from misstep_diagnosis.reckoning.operands import (
    COUNTS,
    PRICES,
    Operands,
    moment,
    of_fields,
    words_in,
)
from misstep_diagnosis.reckoning.workings import TOTALS, Working, working

_MAKES = ("chain", "tool", "llm", "agent")
_MOST_FIELDS = 8


def of_named(known: RunFacts, good: Good) -> list[Found]:
    """A field that is none of what the operands received by name give."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        made = list(_results(fact.hop.output, fact.hop.name))
        if not 0 < len(made) <= _MOST_FIELDS:
            continue
        given = _given(fact)
        if given is None:
            continue
        for key, value in made:
            hit = _wrong(key, value, fact, given, made)
            if hit is not None:
                out.append(_evidence(fact, key, value, hit))
                break
    return out


def of_lines(known: RunFacts, good: Good) -> list[Found]:
    """A total that is not the sum of quantity times price over the one list received."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        if not isinstance(fact.hop.output, dict):
            continue
        totals = [
            (k, float(v))
            for k, v in fact.hop.output.items()
            if is_number(v) and TOTALS & set(words_in(k))
        ]
        lists = _own_lists(fact) if totals else []
        if len(totals) != 1 or len(lists) != 1:
            continue
        right = _lines(lists[0], fact)
        key, value = totals[0]
        if (
            right is not None
            and not right.gives(value)
            and abs(value - right.results[0]) <= 0.5 * abs(right.results[0])
        ):
            out.append(_evidence(fact, key, value, right))
    return out


def _own_lists(fact: HopFacts) -> list[list[dict[str, Any]]]:
    """The lists of records of its own fields, or those that a prompt quotes."""
    if not isinstance(fact.hop.input, dict):
        return fact.records.lists
    lists = [v for v in fact.hop.input.values() if isinstance(v, list) and len(v) > 1]
    return [v for v in lists if all(isinstance(r, dict) and r for r in v)]


def _lines(records: list[dict[str, Any]], fact: HopFacts) -> Working | None:
    """The sum of the one column of prices times the one of counts, where nothing else is received."""
    columns = [k for k in records[0] if all(is_number(r.get(k)) for r in records)]
    prices = [
        k for k in columns if set(words_in(k)) & PRICES and not set(words_in(k)) & bag("id no")
    ]
    counts = [k for k in columns if set(words_in(k)) & COUNTS and k not in prices]
    beside = sum(is_number(v) for p, v in fact.given_leaves if "[" not in p)
    if len(prices) != 1 or len(counts) != 1 or len(columns) != _TWO or beside:
        return None
    rows = [float(r[prices[0]]) * float(r[counts[0]]) for r in records]
    total = math.fsum(rows)
    alone = math.fsum(float(r[prices[0]]) for r in records)
    number = math.fsum(float(r[counts[0]]) for r in records)
    return Working((total, alone, number, max(rows)), f"the sum of {counts[0]} × {prices[0]}")


_TWO, _NEAR = 2, 0.5


def _given(fact: HopFacts) -> Operands | None:
    """The operands of its own fields, or of the one record that a prompt quotes."""
    if isinstance(fact.hop.input, dict) and not fact.hop.messages_in:
        return of_fields(fact.hop.input)
    if fact.hop.kind in ("llm", "agent"):
        single = [v for v in fact.quoted.values if isinstance(v, dict) and v is not fact.given]
        beside = any(c.isdigit() for w in fact.quoted.words for c in w)
        return of_fields(single[0]) if len(single) == 1 and not beside else None
    return None


def _results(output: Json, name: str) -> Iterator[tuple[str, Any]]:
    """Numbers and days of an output, by the names of their fields; a bare one by its step's."""
    fields: dict[str, Any] = output if isinstance(output, dict) else {name: output}
    for key, value in fields.items():
        if is_number(value) or (isinstance(value, str) and moment(value) is not None):
            yield key, value


def _wrong(
    key: str, value: Any, fact: HopFacts, given: Operands, made: list[tuple[str, Any]]
) -> Working | None:
    if isinstance(value, str):
        return day_working(key, value, fact.hop.name, given)
    right = working(key, fact.hop.name, given) or day_working(
        key, float(value), fact.hop.name, given
    )
    if right is None or right.gives(float(value)) or _one_of_two_units(key, made):
        return None
    if _given_already(key, float(value), fact):
        return None
    return None if _with_another(float(value), right, key, made, given) else right


def _one_of_two_units(key: str, made: list[tuple[str, Any]]) -> bool:
    """Whether the field is a part of a duration told in two: 12 hours and 35 minutes."""
    parts = [k for k, _ in made if (unit := unit_of_word(k.casefold())) and unit[1] == "time"]
    return key in parts and len(parts) > 1


def _given_already(key: str, value: float, fact: HopFacts) -> bool:
    """A field that was received under its own name is passed on."""
    source = fact.hop.input
    return isinstance(source, dict) and source.get(key) == value


def _with_another(
    value: float, right: Working, key: str, made: list[tuple[str, Any]], given: Operands
) -> bool:
    """Whether another new number of the output makes up the rest: a fee."""
    held = {o.value for o in given.used}
    others = [float(v) for k, v in made if k != key and is_number(v) and float(v) not in held]
    rest = [value - r for r in right.results]
    return any(abs(abs(gap) - abs(o)) <= 0.02 for gap in rest for o in others)


def _evidence(fact: HopFacts, key: str, value: Any, right: Working) -> Found:
    said = f"{value}" if isinstance(value, str) else f"{value:.10g}"
    first = right.results[0] if right.results else 0.0
    wanted = right.told if isinstance(value, str) else f"{first:.10g}"
    keys = (f"d{value[:10]}",) if isinstance(value, str) else (number_key(float(value)),)
    told = f"{key} is {said}; by what it received ({right.told}) it is {wanted}"
    if isinstance(value, str):
        told = f"{key} is {said}; {right.told}"
    return found(
        "result.wrong",
        fact.hop.hop_id,
        f"{key}: {said}",
        told,
        strict=right.sure,
        path=f"output.{key}" if isinstance(fact.hop.output, dict) else "output",
        expected=None if isinstance(value, str) else f"{first:.10g}",
        local=True,
        bad=keys,
        weight=3.0 if right.sure else 2.0,
    )


RULES = (
    Rule(
        "result.wrong",
        "A result is not what its operands give.",
        False,
        each(of_named, of_lines, in_prose, in_rows),
    ),
)
