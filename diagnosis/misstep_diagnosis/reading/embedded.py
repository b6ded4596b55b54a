"""JSON that stands inside texts: a record or list that a prompt quotes, between its own words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from misstep.model import Json
from misstep_diagnosis.reading.kinds import CONTAINERS
from misstep_diagnosis.reading.values import Leaf

_LONGEST = 20_000
_MOST = 20
_SENTENCE = 40
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a hop received: ``values`` are its JSON, whole or quoted in texts; ``words`` what is left
    of each text without them."""

    values: tuple[Any, ...]
    words: tuple[str, ...]


def quoted_in(given: Json, system: str | None, told: Sequence[Leaf]) -> Quoted:
    """The JSON that a hop received and the words around it, from its input and that input's leaves.

    Source: every text of its input up to 20,000 characters; at most 20 values of a text."""
    values: list[Any] = [given] if isinstance(given, CONTAINERS) else []
    words: list[str] = []
    # Instructions stand beside an input of fields, not in it.
    for leaf in dict.fromkeys([*([system] if system else []), *_texts(told)]):
        if len(leaf) > _LONGEST:
            continue
        made, rest = _split(leaf)
        values += made
        words.append(rest)
    return Quoted(tuple(values), tuple(words))


def _texts(told: Sequence[Leaf]) -> list[str]:
    """Texts received, without the short fields of a list's members: these are records, no words."""
    return [
        v
        for p, v in told[:200]
        if isinstance(v, str) and (len(v) >= _SENTENCE or "[" not in p.replace("messages[", "", 1))
    ]


def _split(text: str) -> tuple[list[Any], str]:
    made: list[Any] = []
    rest: list[str] = []
    at = 0
    while len(made) < _MOST:
        start = min((i for i in (text.find("{", at), text.find("[", at)) if i >= 0), default=-1)
        if start < 0:
            break
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            rest.append(text[at : start + 1])
            at = start + 1
            continue
        made.append(value)
        rest.append(text[at:start] + " ")
        at = end
    rest.append(text[at:])
    return made, "".join(rest)


@dataclass(frozen=True, slots=True)
class Records:
    """Objects that stand alone, and lists of two objects or more."""

    single: list[dict[str, Any]]
    lists: list[list[dict[str, Any]]]


def records_in(values: tuple[Any, ...]) -> Records:
    """The records of all the values; lists inside the first members of a list count as well."""
    single: list[dict[str, Any]] = []
    lists: list[list[dict[str, Any]]] = []
    stack, seen = list(values), 0
    while stack and seen < 300:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            single.append(here)
            stack.extend(v for v in here.values() if isinstance(v, CONTAINERS))
        elif isinstance(here, list):
            if 1 < len(here) <= 200 and all(isinstance(r, dict) and r for r in here):
                lists.append(here)
                stack.extend(v for r in here[:20] for v in r.values() if isinstance(v, CONTAINERS))
            else:
                stack.extend(v for v in here[:20] if isinstance(v, CONTAINERS))
    return Records(single, lists)
