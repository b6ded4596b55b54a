"""A level, grade or rate against the bounds told for each in prose, and the figures told beside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.picks.limits import limits_in
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.units import unit_of_word
from misstep_diagnosis.reading.values import fold, readings
from misstep_diagnosis.reckoning.operands import of_fields, of_prose

_MAKES = ("llm", "agent", "chain", "tool")
_LONGEST = 6_000
_FAR = float("inf")
_SPLIT = re.compile(r"[;\n]|\.\s|\.$|,\s|:\s(?=\d)")
_NUMBER = r"(\d[\d.,]*\d|\d)"
_RANGE = re.compile(
    rf"(?<![\w.,-]){_NUMBER}\s?(?:%\s?)?(?:-|–|to|bis|à)\s?{_NUMBER}\s?(%|[^\W\d_]{{1,10}})?(?![\w])"
)
_FROM = re.compile(
    rf"\b(?:from|ab|starting at|à partir de|desde)\s+{_NUMBER}\s?(%|€|[^\W\d_]{{1,10}})?(?![\w-])"
)
_TAIL = re.compile(r"(%|€|[^\W\d_]{1,10})$")
_WORD = re.compile(r"[^\W\d_]{3,}")
_RELATION = (
    r"\b(?:above|below|over|under|more|less|from|at least|up to|at most|between|or|to|ab|über|unter)"
    r"\b"
)
_DIGIT = re.compile(r"\d")
_BOUNDED = re.compile(rf"{_RELATION}|\d\s?[-–]\s?\d")


@dataclass(frozen=True, slots=True)
class Bound:
    """(least, most, whether these are inside) of something in a unit, told in ``said``."""

    least: float
    most: float
    inside: bool
    unit: str
    said: str


@dataclass(frozen=True, slots=True)
class Level:
    """What stands beside the bounds of one piece of text, and those."""

    text: str
    rest: str
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number told, its unit, and the words that it is called by."""

    value: float
    unit: str
    words: frozenset[str]


def against_levels(known: RunFacts, good: Good) -> list[Found]:
    """A level chosen whose bounds do not hold the figure told, while those of another do."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        chosen = _chosen(fact) if _may_bound(fact) else []
        text = _text(fact) if chosen else ""
        if not _DIGIT.search(text) or not _BOUNDED.search(text[:_LONGEST]):
            continue
        levels, rest = _levels(text)
        figures = _figures(rest, fact) if len(levels) > 1 else []
        hit = (
            next((h for path, value in chosen if (h := _wrong(path, value, levels, figures))), None)
            if figures
            else None
        )
        if hit is not None:
            path, value, mine, right = hit
            out.append(
                found(
                    "criteria.contradicted",
                    fact.hop.hop_id,
                    value,
                    f"it says {value} (“{mine.text[:80]}”); by the figures it received "
                    f"“{right.text[:80]}” holds",
                    path=path,
                    expected=right.rest[:60],
                    local=True,
                    weight=2.0,
                )
            )
    return out


_RELATING = bag(
    "above below over under more less from least up most between to or than ab über unter bis exceeds "
    "plus moins más menos desde older younger higher lower"
)
_SPAN = re.compile(r"\d\s?%?\s?[-–]\s?\d")


def _may_bound(fact: HopFacts) -> bool:
    """Whether what it received can hold bounds at all."""
    if len(fact.given_words & _RELATING) > 0 and any(
        _SPACED.search(v) for _, v in fact.given_texts
    ):
        return True
    return any(_SPAN.search(v[:_LONGEST]) for _, v in fact.given_texts)


_SPACED = re.compile(r"\d")


def _chosen(fact: HopFacts) -> list[tuple[str, str]]:
    """Short values of the output: a word or two, or a number."""
    if not 0 < len(fact.made_leaves) <= 12:
        return []
    made = [
        (p, f"{v:g}" if is_number(v) else str(v))
        for p, v in fact.made_leaves
        if not isinstance(v, bool)
    ]
    return [(p, v) for p, v in made if 0 < len(v) <= 24 and v != "None"]


def _text(fact: HopFacts) -> str:
    told = " \n ".join(fact.quoted.words)
    return told.casefold() if len(told) <= _LONGEST else ""


def _levels(text: str) -> tuple[list[Level], str]:
    """The pieces that tell bounds, and the rest of the text."""
    made: list[Level] = []
    rest: list[str] = []
    for piece in _SPLIT.split(text):
        spans = list(_bounds(piece))
        if not spans:
            rest.append(piece)
            continue
        left = piece
        for start, end, _ in sorted(spans, key=lambda s: -s[0]):
            left = f"{left[:start]} {left[end:]}"
        made.append(Level(piece.strip(), " ".join(left.split()), tuple(b for *_, b in spans)))
    return made, "\n".join(rest)


def _bounds(piece: str) -> Iterator[tuple[int, int, Bound]]:
    taken: list[tuple[int, int]] = []
    for match in _RANGE.finditer(piece):
        low, high = _one(match[1]), _one(match[2])
        if low is not None and high is not None and low < high:
            taken.append(match.span())
            unit = _unit(match[3] or "")
            end = match.end() if unit or not match[3] else match.start(3)
            yield match.start(), end, Bound(low, high, True, unit, match.group())
    for start, end, (least, most, inside) in limits_in(piece):
        if all(end <= a or start >= b for a, b in taken):
            taken.append((start, end))
            tail = _TAIL.search(piece[start:end].strip())
            unit = _unit(tail[1]) if tail else ""
            if (
                tail
                and not unit
                and re.search(rf"\d\s?{re.escape(tail[1])}$", piece[start:end].strip())
            ):
                end -= len(tail[1])  # "below 18.5 thin" has no unit
            yield start, end, Bound(least, most, inside, unit, piece[start:end])
    for match in _FROM.finditer(piece):
        least_one = _one(match[1])
        if least_one is not None and all(match.end() <= a or match.start() >= b for a, b in taken):
            yield (
                match.start(),
                match.end(),
                Bound(least_one, _FAR, True, _unit(match[2] or ""), match.group()),
            )


def _one(text: str) -> float | None:
    told = readings(text)
    return told[0] if told and (len(told) == 1 or "," in text) else None


def _unit(word: str) -> str:
    if word == "%":
        return "%"
    unit = unit_of_word(word) if word else None
    return unit[1] + f"{unit[2]:g}" if unit and unit[1] != "money" else (unit[0] if unit else "")


def _figures(rest: str, fact: HopFacts) -> list[Figure]:
    """The figures of the pieces without bounds, and of the one record received."""
    made: list[Figure] = []
    for piece in rest.split("\n"):
        given = of_prose(piece) if any(c.isdigit() for c in piece) else None
        for one in given.used if given else ():
            if one.when is None:
                percent = one.kind == "percent"
                unit = "%" if percent else (_unit(one.unit[0]) if one.unit else "")
                made.append(Figure(100 * one.value if percent else one.value, unit, one.words))
    single = [r for r in fact.records.single if len(r) <= 20]
    for record in single[:3]:
        given = of_fields({k: v for k, v in record.items() if not isinstance(v, list | dict)})
        for one in given.used if given else ():
            if one.when is None:
                percent = one.kind == "percent"
                unit = "%" if percent else (_unit(one.unit[0]) if one.unit else "")
                made.append(Figure(100 * one.value if percent else one.value, unit, one.words))
    return made


Hit = tuple[str, str, Level, Level]


def _wrong(path: str, value: str, levels: list[Level], figures: list[Figure]) -> Hit | None:
    said = fold(value)
    word = re.compile(rf"(?<![\w.]){re.escape(said)}(?![\w]|\.\d)")
    mine = [one for one in levels if word.search(one.rest)]
    if len(mine) != 1 or not _labelled(mine[0], said):
        return None
    others = [one for one in levels if one is not mine[0] and _kin(one, mine[0])]
    held = _held(mine[0], figures)
    met = [one for one in others if _held(one, figures) is True]
    highest = [a for a in met if not any(_tighter(b, a) for b in met)]
    if held is False and len(highest) == 1:
        return path, value, mine[0], highest[0]
    if held is True and met:
        tighter = [one for one in met if _tighter(one, mine[0])]
        if tighter:
            return path, value, mine[0], max(tighter, key=lambda one: one.bounds[0].least)
    return None


def _labelled(level: Level, said: str) -> bool:
    """A level is called so; a long sentence with the word in it is something else."""
    return len(level.rest.split()) <= 16


def _kin(a: Level, b: Level) -> bool:
    """Whether two pieces tell bounds of the same thing: in one unit, or one of them in none."""
    first, second = {x.unit for x in a.bounds}, {x.unit for x in b.bounds}
    return bool(first & second) or "" in first or "" in second


def _held(level: Level, figures: list[Figure]) -> bool | None:
    """Whether the figures lie within all the bounds of a level; None where one has no figure."""
    states: list[bool | None] = []
    for bound in level.bounds:
        one = _figure(bound, level, figures)
        if one is None:
            states.append(None)
            continue
        v = one.value
        states.append(
            bound.least <= v <= bound.most if bound.inside else bound.least < v < bound.most
        )
    if any(s is False for s in states):
        return False
    return True if all(states) else None


def _figure(bound: Bound, level: Level, figures: list[Figure]) -> Figure | None:
    """The one figure that a bound is about: by unit, else by words, else the only one."""
    if bound.unit:
        alike = [f for f in figures if f.unit == bound.unit]
        if len({f.value for f in alike}) == 1:
            return alike[0]
        if alike:
            return None
    plain = [f for f in figures if not f.unit or not bound.unit]
    words = {w[:5] for w in _WORD.findall(f"{level.rest} {bound.said}")}
    named = [f for f in plain if {w[:5] for w in f.words if len(w) > 2} & words]
    if len({f.value for f in named}) == 1:
        return named[0]
    return (
        figures[0]
        if len({f.value for f in figures}) == 1 and (not bound.unit or not figures[0].unit)
        else None
    )


def _tighter(a: Level, b: Level) -> bool:
    """Whether a level begins above another, both open upwards: from 90 beside from 80."""
    if len(a.bounds) != 1 or len(b.bounds) != 1:
        return False
    x, y = a.bounds[0], b.bounds[0]
    return x.most == y.most == _FAR and x.least > y.least and x.unit == y.unit


RULES = (
    Rule(
        "criteria.contradicted",
        "Its level contradicts the bounds told for it.",
        False,
        against_levels,
    ),
)
