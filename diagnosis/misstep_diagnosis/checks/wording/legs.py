"""Two legs of a way of which the second leaves before the first is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.values import fold
from misstep_diagnosis.reckoning.operands import moment

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
        for legs in _ways(fact.hop.output):
            hit = next(_late(legs), None)
            if hit is not None and not _SECOND_DAY.search(str(fact.hop.output)[:4_000]):
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
        "order.impossible",
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


RULES = (Rule("order.impossible", "It leaves before it is there.", False, not_in_order),)
