"""Records joined with what the input keeps for another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.values import fold

_MOST = 400
Record = dict[str, Any]


def joined_wrong(known: RunFacts, good: Good) -> list[Found]:
    """A record put together with what the input keeps under another key than the record's own."""
    out: list[Found] = []
    for fact in known.answered_by("chain", "tool", "llm", "agent"):
        source = fact.hop.input if isinstance(fact.hop.input, dict) else None
        tables = list(_keyed(source)) if source else []
        made = _record_lists(fact.hop.output) if tables else []
        for table in tables:
            hit = next(
                (h for rows in made for r in rows if (h := _mismatched(r, table)) is not None), None
            )
            if hit is not None:
                name, value, owner = hit
                out.append(
                    found(
                        "value.misplaced",
                        fact.hop.hop_id,
                        f"{name}: {value[:120]}",
                        f"it gives {name} what its input keeps for {owner}: {value[:160]}",
                        expected=str(table[name])[:160],
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _record_lists(value: Json) -> list[list[Record]]:
    made: list[list[Record]] = []
    stack, seen = [value], 0
    while stack and seen < 200:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            stack.extend(v for v in here.values() if isinstance(v, dict | list))
        elif isinstance(here, list):
            if here and all(isinstance(r, dict) for r in here[:_MOST]):
                made.append(here[:_MOST])
            stack.extend(v for v in here[:20] if isinstance(v, list))
    return made


def _keyed(value: Json) -> Iterator[dict[str, Json]]:
    """Objects of the input that keep a like value under each of several short keys."""
    stack, seen = [value], 0
    while stack and seen < 60:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            values = list(here.values())
            kinds = {type(v) for v in values}
            like = len(kinds) == 1 and kinds <= {str, dict, int, float}
            if like and 2 <= len(here) <= 60 and len({str(v) for v in values}) == len(values):
                yield here
            stack.extend(v for v in values if isinstance(v, dict))


def _mismatched(record: Record, table: dict[str, Json]) -> tuple[str, str, str] | None:
    """(its key, the value it was given, whose that is)."""
    texts = {fold(v) for v in _texts(record)}
    own = [k for k in table if fold(k) in texts]
    if len(own) != 1:
        return None
    held = list(record.values())
    for key, value in table.items():
        if key == own[0] or value not in held or table[own[0]] in held:
            continue
        if isinstance(value, int | float) and abs(value) < _TELLING:
            continue
        return own[0], str(value), key
    return None


_TELLING = 10


def _texts(record: Record) -> Iterator[str]:
    for value in record.values():
        if isinstance(value, str) and len(value) <= 60:
            yield value
        elif isinstance(value, dict):
            yield from (v for v in value.values() if isinstance(v, str) and len(v) <= 60)


RULES = (
    Rule(
        "value.misplaced",
        "A record was joined with what belongs to another.",
        False,
        joined_wrong,
    ),
)
