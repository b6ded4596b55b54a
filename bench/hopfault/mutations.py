"""The kinds of fault: how a right answer becomes a wrong one, computed from the answer alone."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from bench.hopfault.domains import DOMAINS

_NUMBER = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])")
_CHOICES = {
    "approve": "escalate",
    "escalate": "approve",
    "simple": "complex",
    "complex": "simple",
    "first": "second",
    "second": "first",
}
_UNTOUCHED = ("reference",)

Mutation = Callable[[Any, Random], Any]
"""Given a parsed answer (dict or text), the changed one; None where the kind cannot apply."""


def _numbers(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of every number in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if isinstance(inner, dict | list):
            yield from _numbers(inner)
        elif type(inner) in (int, float) and key not in _UNTOUCHED:
            yield value, key


def _lists(value: dict[str, Any]) -> list[list[Any]]:
    return [inner for inner in value.values() if isinstance(inner, list) and len(inner) > 1]


def _change_number(answer: Any, random: Random, change: Callable[[float], float]) -> Any:
    if isinstance(answer, str):
        found = list(_NUMBER.finditer(answer))
        if not found:
            return None
        at = random.choice(found)
        return f"{answer[: at.start()]}{round(change(float(at[0])), 2):g}{answer[at.end() :]}"
    places = list(_numbers(answer))
    if not places:
        return None
    totals = [place for place in places if place[1] == "total"]
    container, key = random.choice(totals if totals and random.random() < 0.5 else places)
    container[key] = round(change(container[key]), 2)
    return answer


def _wrong_value(answer: Any, random: Random) -> Any:
    factor = random.choice((0.7, 1.37, 1.9))
    return _change_number(answer, random, lambda x: x * factor + 1)


def _unit_slip(answer: Any, random: Random) -> Any:
    factor = random.choice((1000, 0.001, 100))
    return _change_number(answer, random, lambda x: x * factor)


def _dropped_item(answer: Any, random: Random) -> Any:
    lists = _lists(answer) if isinstance(answer, dict) else []
    if not lists:
        return None
    chosen = random.choice(lists)
    chosen.pop(random.randrange(len(chosen)))
    return answer


def _dropped_constraint(answer: Any, _: Random) -> Any:
    limits = {domain.limit_key for domain in DOMAINS.values()}
    for key in limits & set(answer if isinstance(answer, dict) else ()):
        answer[key] = None
        return answer
    return None


def _swapped_entity(answer: Any, random: Random) -> Any:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    for domain in DOMAINS.values():
        for entity in domain.entities:
            if entity in text:
                other = random.choice([e for e in domain.entities if e != entity])
                changed = text.replace(entity, other)
                return changed if isinstance(answer, str) else json.loads(changed)
    return None


def _hallucinated_item(answer: Any, random: Random) -> Any:
    lists = (
        [x for x in _lists(answer) if isinstance(x[0], dict)] if isinstance(answer, dict) else []
    )
    if not lists:
        return None
    chosen = random.choice(lists)
    made = copy.deepcopy(chosen[-1])
    for key, value in made.items():
        made[key] = "spare part" if isinstance(value, str) else round(value * 1.7 + 2, 2)
    chosen.append(made)
    return answer


def _truncation(answer: Any, random: Random) -> Any:
    if isinstance(answer, str):
        return answer[: len(answer) // 2]
    lists = _lists(answer)
    if not lists:
        return None
    chosen = random.choice(lists)
    del chosen[(len(chosen) + 1) // 2 :]
    return answer


def _wrong_route(answer: Any, _: Random) -> Any:
    for key, value in answer.items() if isinstance(answer, dict) else ():
        if isinstance(value, str) and value in _CHOICES:
            answer[key] = _CHOICES[value]
            return answer
    return None


def _schema_drift(answer: Any, random: Random) -> Any:
    if not isinstance(answer, dict):
        return None
    keys = [k for k in answer if k not in _UNTOUCHED]
    if not keys:
        return None
    old = random.choice(keys)
    return {(f"{k}_value" if k == old else k): v for k, v in answer.items()}


def _repaired_format(answer: Any, _: Random) -> Any:
    """Broken JSON: the program's lenient reader saves what stands before the break."""
    if not isinstance(answer, dict) or len(answer) < 2:
        return None
    return json.dumps(answer)[: json.dumps(answer).rindex(f'"{list(answer)[-1]}"') + 2]


def _silent_empty(answer: Any, _: Random) -> Any:
    if isinstance(answer, str):
        return ""
    for key, value in answer.items():
        if isinstance(value, list) and value:
            answer[key] = []
            return answer
    return None


MUTATIONS: dict[str, Mutation] = {
    "wrong_value": _wrong_value,
    "unit_slip": _unit_slip,
    "dropped_item": _dropped_item,
    "dropped_constraint": _dropped_constraint,
    "swapped_entity": _swapped_entity,
    "hallucinated_item": _hallucinated_item,
    "truncation": _truncation,
    "wrong_route": _wrong_route,
    "schema_drift": _schema_drift,
    "repaired_format": _repaired_format,
    "silent_empty": _silent_empty,
}
"""Faults a model's answer can have."""

LOCAL = ("stale_state", "wrong_document", "swallowed_tool_error", "timeout_fabrication")
"""Faults of a look-up."""

SETTINGS = ("prompt_regression", "weaker_model")
"""Faults of how a model is asked: another instruction, another model after a failover."""

_LISTED = ("extract", "items", "converse", "price")
_PARSED = (*_LISTED, "price_one", "decide", "route", "judge", "estimate", "answer")
_WRITTEN = ("write", "repair")
PLACES: dict[str, tuple[str, ...]] = {
    "wrong_value": (*_PARSED, *_WRITTEN),
    "unit_slip": (*_PARSED, *_WRITTEN),
    "dropped_item": _LISTED,
    "dropped_constraint": ("extract", "converse"),
    "swapped_entity": ("extract", "converse", *_WRITTEN),
    "hallucinated_item": _LISTED,
    "truncation": (*_LISTED, *_WRITTEN),
    "wrong_route": ("decide", "route", "judge"),
    "schema_drift": _PARSED,
    "repaired_format": _PARSED,
    "silent_empty": ("extract", "items", "converse", *_WRITTEN),
}
"""The steps at which a fault of the kind can show."""

KINDS = (*MUTATIONS, *LOCAL, *SETTINGS)


def _parsed(answer: str) -> Any:
    """The JSON object the answer is, or the text itself, also where the JSON is broken."""
    try:
        value = json.loads(answer)
    except ValueError:
        return answer
    return value if isinstance(value, dict) else answer


def mutate(kind: str, answer: str, seed: int) -> str | None:
    """The answer with that fault in it; None where the kind cannot apply or changes nothing."""
    parsed = _parsed(answer)
    changed = MUTATIONS[kind](copy.deepcopy(parsed), Random(f"{kind} {seed}"))
    if changed is None or changed == parsed:
        return None
    return changed if isinstance(changed, str) else json.dumps(changed)
