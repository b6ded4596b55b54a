"""A record's state against all that the input says of its subject: stopped, and told as going on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.values import fold

_MAKES = ("llm", "agent", "chain")
_LONGEST = 20_000
_MOST = 40

# --- states ------------------------------------------------------------------------------------

_STATES = tuple(
    tuple(frozenset(side.split()) for side in axis.split("/"))
    for axis in (
        "continue continued continues continuing unchanged ongoing keep kept active/"
        "stop stopped stops discontinued paused withheld ended halted suspended terminated",
        "raised increased increase higher up doubled/lowered reduced decreased decrease reduce halved",
        "approved accepted granted confirmed/rejected declined refused denied revoked withdrawn "
        "cancelled",
        "open unresolved outstanding/closed resolved settled completed done fixed",
        "paid/unpaid overdue",
        "passed succeeded successful green/failed failing broken red",
        "delivered received arrived/undelivered lost returned missing",
        "available vacant free/unavailable booked occupied taken sold",
        "valid active current/expired invalid lapsed obsolete",
        "present attended/absent missing excused",
    )
)
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"(?<=[^\W\d_)])[.;!?]\s|\n{2,}|\n\s*[-*•]|\n(?=\d)")
_NOT = re.compile(r"\b(?:not|never|nicht|pas|no)\s+(?:to be\s+|be\s+|yet\s+)?$")
_AGAIN = re.compile(r"\b(?:again|resumed|restarted|taken up|reinstated|reopened|back on|wieder)\b")


def state_ended(known: RunFacts, good: Good) -> list[Found]:
    """A record whose state is the opposite of all that the input says of its subject."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        records = list(_named_records(fact.hop.output))[:_MOST]
        text = _prose(fact) if records else ""
        if not text:
            continue
        sentences = [" ".join(s.split()) for s in _SENTENCE.split(text)]
        hit = next((h for r in records if (h := _opposed(r, sentences)) is not None), None)
        if hit is not None:
            path, name, state, said = hit
            out.append(
                found(
                    "status.turned",
                    fact.hop.hop_id,
                    f"{name}: {state}",
                    f"it gives {name} as {state}; its input says “{said[:140]}”",
                    path=path,
                    expected=said[:140],
                    local=True,
                    weight=2.0,
                )
            )
    return out


def _prose(fact: HopFacts) -> str:
    words = fact.quoted.words[1:] if fact.hop.system else fact.quoted.words
    text = "\n\n".join(w for w in words if len(w) <= _LONGEST)
    return text.casefold() if len(text) <= 2 * _LONGEST else ""


Named = tuple[str, str, list[tuple[str, str]]]
"""(path, name, its other short texts by field)."""


def _named_records(value: Json) -> Iterator[Named]:
    stack: list[tuple[str, Json]] = [("output", value)]
    seen = 0
    while stack and seen < 200:
        seen += 1
        path, here = stack.pop()
        if isinstance(here, list):
            stack += [(f"{path}[{i}]", v) for i, v in enumerate(here[:_MOST])]
        elif isinstance(here, dict):
            stack += [(f"{path}.{k}", v) for k, v in here.items() if isinstance(v, dict | list)]
            texts = [(k, v) for k, v in here.items() if isinstance(v, str) and 0 < len(v) <= 60]
            if len(texts) > 1:
                yield path, texts[0][1], texts[1:]


def _sides(words: set[str]) -> list[tuple[int, int]]:
    return [
        (n, side)
        for n, axis in enumerate(_STATES)
        for side in (0, 1)
        if words & axis[side] and not words & axis[1 - side]
    ]


def _opposed(record: Named, sentences: list[str]) -> tuple[str, str, str, str] | None:
    path, name, fields = record
    folded = fold(name)
    near = [s for s in sentences if folded in s] if len(name) > 2 else []
    if not near:
        return None
    called = re.compile(rf"(?<!\w){re.escape(folded)}(?!\w)")
    about = [s for s in near if called.search(s)]
    if not about:
        return None
    for field, state in fields:
        words = set(_WORD.findall(fold(state)))
        for axis, side in _sides(words) if len(words) <= 4 else ():
            other = _STATES[axis][1 - side]
            against = [s for s in about if _says(s, called, other)]
            # What was ended and taken up again goes on.
            back = any(_AGAIN.search(s) and not _NOT.search(s.partition("again")[0]) for s in about)
            agrees = any(_says(s, called, _STATES[axis][side]) for s in about)
            if against and not agrees and not (back and not _forbids(against)):
                return f"{path}.{field}", name, state, against[0]
    return None


def _forbids(sentences: list[str]) -> bool:
    return any(re.search(r"\bnot (?:to )?be\b", s) for s in sentences)


def _says(sentence: str, called: re.Pattern[str], state: frozenset[str]) -> bool:
    """Whether a state is told after the name, without a negation, and before another clause."""
    match = called.search(sentence)
    told = sentence[match.end() : match.end() + 90] if match else ""
    place = next((m for m in _WORD.finditer(told) if m.group() in state), None)
    return place is not None and not _NOT.search(told[: place.start()])


RULES = (
    Rule(
        "status.turned",
        "Its state is the opposite of what was told of its subject.",
        False,
        state_ended,
    ),
)
