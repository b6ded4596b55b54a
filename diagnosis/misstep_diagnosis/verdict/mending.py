"""A hop's output as the rules that speak against it say it should have been; pure.

A strict rule often knows the right value: "total is 1.299, but its input says 1.299,00, which is 1299".
What it knows is put in the place it points at; nothing is guessed, and a rule that only knows that
something is wrong mends nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from misstep.model import Evidence, Json

_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_NUMBER = r"\d[\d.,]*\d|\d"
_GONE = object()
_Change = Callable[[Json], Any]


def mended(output: Json, evidence: Sequence[Evidence]) -> Json:
    """The output with every value that a strict rule knows put right; None when none is known.

    Args:
        output: what the hop gave, as JSON.
        evidence: what speaks against the hop, paths beginning with ``output``.
    """
    made = output
    # Members go last and from the end, so that the places of others stay what they are.
    for one in sorted(evidence, key=lambda e: (e.rule in _DROPS, _reverse(e.path))):
        way = _WAYS.get(one.rule)
        if one.strict and way is not None and one.path is not None:
            made = way(made, one)
    return None if made == output else made


def _reverse(path: str | None) -> tuple[int, ...]:
    return tuple(-int(index) for _, index in _STEP.findall(path or "") if index)


# --- ways -----------------------------------------------------------------------------------


def _value(output: Json, one: Evidence) -> Json:
    """The right number or text in place of the wrong one."""
    wrong = one.quote.rpartition(" → ")[2].rpartition(": ")[2]
    right = one.expected or ""
    if not wrong or not right or ", " in right:  # several may be meant
        return output
    return _at(output, _steps(one.path), lambda leaf: _leaf(leaf, wrong, right))


def _leaf(leaf: Json, wrong: str, right: str) -> Json:
    if isinstance(leaf, bool):
        return leaf
    if isinstance(leaf, int | float):
        try:
            return _number(float(right), leaf)
        except ValueError:
            return leaf
    if isinstance(leaf, str):
        return re.sub(rf"(?<!\w){re.escape(wrong)}(?!\w)", lambda _: right, leaf)
    if isinstance(leaf, dict | list):
        return _everywhere(leaf, lambda inner: _leaf(inner, wrong, right))
    return leaf


def _renamed(output: Json, one: Evidence) -> Json:
    """The field under the name it was wanted by."""
    steps = _steps(one.path)
    if not steps or not isinstance(steps[-1], str) or not one.expected:
        return output
    old, new = steps[-1], one.expected

    def change(record: Json) -> Json:
        if not isinstance(record, dict) or old not in record or new in record:
            return record
        return {new if key == old else key: value for key, value in record.items()}

    return _at(output, steps[:-1], change)


def _dropped(output: Json, one: Evidence) -> Json:
    """Without the member that should not be there."""
    steps = _steps(one.path)
    if not steps or not isinstance(steps[-1], int):
        return output
    return _at(output, steps, lambda _: _GONE)


def _exchanged(output: Json, one: Evidence) -> Json:
    """Two figures exchanged that were given to each other's owners."""
    number = one.quote.rpartition(": ")[2]
    owner = (one.expected or "").rpartition(": ")[0]

    def change(text: Json) -> Json:
        if not isinstance(text, str) or not owner:
            return text
        other = re.search(rf"{re.escape(owner)}[^\d.;\n]{{0,60}}?({_NUMBER})", text)
        if other is None or other[1] == number:
            return text
        both = rf"(?<![\d.,])(?:{re.escape(number)}|{re.escape(other[1])})(?![\d]|[.,]\d)"
        return re.sub(both, lambda m: other[1] if m[0] == number else number, text)

    return _at(output, _steps(one.path), change)


_DROPS = ("document.expired", "document.filter")
_WAYS: dict[str, Callable[[Json, Evidence], Json]] = {
    **dict.fromkeys(
        (
            "number.misread",
            "number.scale",
            "unit.changed",
            "date.swapped",
            "duration.wrong",
            "conversion.inverted",
            "ident.altered",
            "arithmetic.total",
            "arithmetic.row",
            "asked.differs",
            "session.differs",
        ),
        _value,
    ),
    **dict.fromkeys(("error.key", "fields.missing"), _renamed),
    **dict.fromkeys(_DROPS, _dropped),
    "number.swapped": _exchanged,
}


# --- places ---------------------------------------------------------------------------------


def _steps(path: str | None) -> list[str | int]:
    return [int(index) if index else name for name, index in _STEP.findall(path or "")]


def _at(value: Json, steps: Sequence[str | int], change: _Change) -> Json:
    """The value with what lies at the place changed; as it was where there is no such place."""
    if not steps:
        made = change(value)
        return value if made is _GONE else made
    first, rest = steps[0], steps[1:]
    if isinstance(value, dict) and first in value:
        return value | {str(first): _at(value[str(first)], rest, change)}
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        if not rest and change(value[first]) is _GONE:
            return [*value[:first], *value[first + 1 :]]
        return [*value[:first], _at(value[first], rest, change), *value[first + 1 :]]
    return value


def _everywhere(value: Json, change: Callable[[Json], Json]) -> Json:
    if isinstance(value, dict):
        return {key: _everywhere(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_everywhere(inner, change) for inner in value]
    return change(value)


def _number(value: float, before: Json) -> Json:
    """A number of the kind that stood there."""
    return int(value) if isinstance(before, int) and value.is_integer() else value
