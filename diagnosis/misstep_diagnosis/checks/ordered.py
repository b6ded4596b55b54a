"""What must come before what: a departure after the arrival before it, an end after its beginning; and
comparisons of code whose bound was moved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.operands import moment
from misstep_diagnosis.values import fold

_MAKES = ("llm", "agent", "chain", "tool")
_BEGINS = re.compile(
    r"(?i)^(dep|departs?|departure|leaves?|start|starts|begin|begins|from_time|check_?in|dep_time)$"
)
_ENDS = re.compile(r"(?i)^(arr|arrives?|arrival|end|ends|finish|until|check_?out|arr_time)$")
_FROM = re.compile(r"(?i)^(from|origin|from_city|from_station|source)$")
_TO = re.compile(r"(?i)^(to|destination|to_city|to_station|target)$")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::\d\d)?")
_SECOND_DAY = re.compile(r"(?i)(\+1|next day|overnight|following day)")
Record = dict[str, Any]


def not_in_order(known: RunFacts, good: Good) -> list[Found]:
    """Two legs of a way of which the second leaves before the first is there."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        if _SECOND_DAY.search(str(fact.hop.output)[:4_000]):
            continue
        for legs in _ways(fact.hop.output):
            hit = next(_late(legs), None)
            if hit is not None:
                out.append(_evidence(fact, *hit))
                break
    return out


def _late(legs: list[Leg]) -> Iterator[tuple[Leg, Leg]]:
    """Pairs of legs of which the second leaves where the first ends, before that."""
    for first in legs:
        for second in legs:
            there = first is not second and fold(first[1]) == fold(second[0])
            if there and second[2] < first[3] and fold(first[0]) != fold(second[1]):
                yield first, second


def _evidence(fact: HopFacts, first: Leg, second: Leg) -> Found:
    return found(
        "time.order",
        fact.hop.hop_id,
        f"{_time(second[2])} before {_time(first[3])}",
        f"it leaves {second[0]} at {_time(second[2])}, but is there at {_time(first[3])} only",
        local=True,
        weight=2.0,
    )


Leg = tuple[str, str, int, int]
"""(from, to, minutes of departure, minutes of arrival)."""


def _ways(value: Json) -> Iterator[list[Leg]]:
    """Legs that belong together: of one list, or of one record's fields; of many, which are to be
    chosen from, none do."""
    stack, seen = [value], 0
    while stack and seen < 100:
        seen += 1
        here = stack.pop()
        inner = list(here.values()) if isinstance(here, dict) else here
        if not isinstance(inner, list):
            continue
        inner = inner[:20]
        legs = [leg for v in inner if isinstance(v, dict) and (leg := _leg(v)) is not None]
        if 2 <= len(legs) <= _MOST_LEGS:
            yield legs
        stack.extend(v for v in inner if isinstance(v, dict | list))


_MOST_LEGS = 4


def _leg(record: Record) -> Leg | None:
    texts = {k: v for k, v in record.items() if isinstance(v, str) and v}
    place = [next((v for k, v in texts.items() if p.match(k)), None) for p in (_FROM, _TO)]
    times = [
        next((_minutes(v) for k, v in texts.items() if p.match(k)), None) for p in (_BEGINS, _ENDS)
    ]
    if place[0] is None or place[1] is None or times[0] is None or times[1] is None:
        return None
    return place[0], place[1], times[0], times[1]


def _minutes(text: str) -> int | None:
    when = moment(text)
    if when is not None and len(text) > 10:
        return (
            int(when.timestamp() // 60)
            if when.tzinfo
            else when.toordinal() * 1440 + when.hour * 60 + when.minute
        )
    match = _CLOCK.fullmatch(text.strip())
    return 60 * int(match[1]) + int(match[2]) if match else None


def _time(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


# --- comparisons --------------------------------------------------------------------------------------

_COMPARED = re.compile(r"\b([A-Za-z_][\w.]{1,40})\s*(>=|<=|>|<)\s*'?(-?\d+(?:\.\d+)?)'?")
_UPPER = {">=": "at least", "<": "at least", ">": "more than", "<=": "more than"}
_CODE = re.compile(
    r"(?i)\b(select|where|def|return|function|if|case|when|else|const|var|let|class|import)\b|[{};]"
)


def comparison_moved(known: RunFacts, good: Good) -> list[Found]:
    """A bound of code carried over with another sign: ``>= 15`` as ``> 15``."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent", "chain"):
        made = _comparisons(v for _, v in fact.made_texts)
        given = _comparisons(v for _, v in fact.given_texts) if made else {}
        for key in made.keys() & given.keys():
            before, after = given[key], made[key]
            # x >= 15 and x < 15 part at the same place.
            if len({_UPPER[s] for s in before}) == 1 and not {_UPPER[s] for s in before} & {
                _UPPER[s] for s in after
            }:
                name, number = key
                shown = f"{name} {min(before)} {number} → {name} {min(after)} {number}"
                out.append(
                    found(
                        "comparison.changed",
                        fact.hop.hop_id,
                        shown,
                        f"its input has {name} {min(before)} {number}; it writes {name} "
                        f"{min(after)} {number}",
                        expected=f"{name} {min(before)} {number}",
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _comparisons(texts: Iterator[str]) -> dict[tuple[str, str], set[str]]:
    made: dict[tuple[str, str], set[str]] = {}
    for text in texts:
        if ("<" in text or ">" in text) and _CODE.search(text[:20_000]):
            for match in _COMPARED.finditer(text[:20_000]):
                name = match[1].rpartition(".")[2].casefold()
                made.setdefault((name, f"{float(match[3]):g}"), set()).add(match[2])
    return made


# --- literals ----------------------------------------------------------------------------------

_SET = re.compile(r"'([\w -]{2,30})'(?:,\s?(?:or\s|and\s)?|\s(?:or|and)\s)")
_QUOTED = re.compile(r"'([\w -]{2,30})'")
_EQUALS = re.compile(r"\b[\w.]{2,40}\s*(?:=|==|===)\s*['\"]([\w -]{2,30})['\"]")


def literal_other(known: RunFacts, good: Good) -> list[Found]:
    """Code that asks for one of the values enumerated, though the question speaks of another only."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        used = {
            m[1].casefold() for _, v in fact.made_texts if "=" in v for m in _EQUALS.finditer(v)
        }
        told = " \n ".join(v for _, v in fact.given_texts)[:20_000].casefold() if used else ""
        for line in re.split(r"[\n.?]", told) if "'" in told else ():
            several = set(_QUOTED.findall(line)) if len(_SET.findall(line)) else set()
            taken = used & several
            if len(several) < 2 or len(taken) != 1:
                continue
            rest = told.replace(line, " ")
            asked = {s for s in several if re.search(rf"(?<!\w){re.escape(s)}(?!\w)", rest)}
            if len(asked) == 1 and not asked & taken:
                (value,), (wanted,) = taken, asked
                out.append(
                    found(
                        "choice.unlike",
                        fact.hop.hop_id,
                        value,
                        f"it takes {value}, of which the question says nothing; it speaks of {wanted}",
                        expected=wanted,
                        local=True,
                        weight=1.5,
                    )
                )
                break
    return out


RULES = (
    Rule(
        "choice.unlike", "It asks for another value than the question does.", False, literal_other
    ),
    Rule("time.order", "It leaves before it is there.", False, not_in_order),
    Rule(
        "comparison.changed",
        "A bound of code was carried over with another sign.",
        False,
        comparison_moved,
    ),
)
