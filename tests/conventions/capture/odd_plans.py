"""Plans: what a scene wants answered, turn by turn, written into what it asks.

``plan:[[get_weather(city=Paris) & now() ;; think Hm. | say Done. ;; fail]]``: the first time this plan
is asked tools are called, the second time a thought and a text, the third time a refusal, from then on
the last again. Values of arguments are JSON or text. An agent's plan stands in its instructions or in
the user's words; the last plan of a request counts.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_PLAN = re.compile(r"plan:\[\[(.*?)\]\]", re.DOTALL)
_CALL = re.compile(r"([\w-]+)\((.*)\)$", re.DOTALL)
_CALLING = re.compile(r"[\w-]+\(.*\)", re.DOTALL)


@dataclass
class Step:
    """One answer of a plan."""

    text: str = ""
    thought: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    finish: str = ""
    refused: str = ""
    wait: float = 0.0
    number: int = 0  # of its first call, which has an id of its own


STEPS: dict[str, Step] = {}
"""Steps by the name under which their answers are made."""


class Plans:
    """Names of answers for requests that hold a plan, one after the other."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    def name(self, body: Any) -> str | None:
        found = [plan for text in _texts(body) for plan in _PLAN.findall(text)]
        if not found:
            return None
        steps = found[-1].split(";;")
        asked = self._asked[found[-1]]
        self._asked[found[-1]] += 1
        name = f"plan{zlib.crc32(found[-1].encode()):x}_{asked}"
        STEPS[name] = step(steps[min(asked, len(steps) - 1)].strip())
        STEPS[name].number = zlib.crc32(name.encode()) % 100_000 * 10
        return name


def step(told: str) -> Step:
    """``think A | say B``, ``tool(a=1) & tool(b=2)``, ``cut C``, ``wait SECONDS | say D``, ``fail``,
    ``busy``, ``filtered``."""
    made = Step()
    for part in (p.strip() for p in told.split(" | ")):
        verb, _, rest = part.partition(" ")
        if verb == "think":
            made.thought = rest
        elif verb == "cut":
            made.text, made.finish = rest, "length"
        elif verb == "wait":
            made.wait = float(rest)
        elif verb in ("fail", "busy", "filtered"):
            made.refused = verb
        elif _CALLING.fullmatch(part):
            made.calls = [_call(c.strip()) for c in part.split(" & ")]
        else:
            made.text = rest if verb == "say" else part
    return made


def _call(told: str) -> tuple[str, dict[str, Any]]:
    found = _CALL.match(told)
    if found is None:
        raise ValueError(f"no call: {told!r}")
    name, given = found.groups()
    pairs = [p.partition("=") for p in given.split(", ") if p]
    return name, {key.strip(): _value(value) for key, _, value in pairs}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        system = {
            k: v for k, v in value.items() if k in ("system", "systemInstruction", "instructions")
        }
        for inner in [*system.values(), *(v for k, v in value.items() if k not in system)]:
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
