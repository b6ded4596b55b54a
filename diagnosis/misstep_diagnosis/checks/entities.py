"""What a record says of its subject against what the input says of it: a state that was ended, a
field of the same name, a change that was called none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.polarity import negations
from misstep_diagnosis.values import fold, last_key

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
                    "word.opposed",
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
    called = re.compile(rf"(?<!\w){re.escape(fold(name))}(?!\w)")
    about = [s for s in sentences if called.search(s)] if len(name) > 2 else []
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


# --- fields of one name -------------------------------------------------------------------------

_CHANGING = re.compile(
    r"(?i)(status|state|price|total|amount|text|summary|title|subject|message|note|reason|answer|name|label|"
    r"description|content|body|query|type|kind|action|decision|result|score|level|category|comment|sort|order|"
    r"format|language|lang|role|tone|step|intent|from|to|^id$|date|time|version|unit|currency|model|source|url)"
)


def field_other(known: RunFacts, good: Good) -> list[Found]:
    """A short field with another word than the only record received has in the field of that name."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        made = [
            (p, v) for p, v in fact.made_texts
            if 1 < len(v) <= 30 and "[" not in last_key(p) and not _CHANGING.search(last_key(p))
        ]  # fmt: skip
        if not made or len(fact.made_leaves) > _MOST:
            continue
        given = _fields(fact)
        for path, value in made:
            told = given.get(last_key(path).casefold(), set())
            if len(told) != 1:
                continue
            (before,) = told
            said = fold(value)
            held = re.search(rf"(?<!\w){re.escape(said)}(?!\w)", fact.given_text) is not None
            if said == before or said in before or before in said or held or negations(said):
                continue
            if (
                not (said.isascii() and re.fullmatch(r"[a-z][a-z_ -]+", said))
                or not before.isascii()
            ):
                continue
            out.append(
                found(
                    "value.replaced",
                    fact.hop.hop_id,
                    f"{last_key(path)}: {before} → {value}",
                    f"{last_key(path)} is {value}; the record it received has {before} there",
                    path=path,
                    expected=before,
                    local=True,
                    bad=tuple(k for a in fact.produced if a.path == path for k in a.keys),
                    weight=1.5,
                )
            )
            break
    return out


def _fields(fact: HopFacts) -> dict[str, set[str]]:
    """Short texts of the objects received, by the folded name of their field."""
    made: dict[str, set[str]] = {}
    records = [*fact.records.single, *(r for rows in fact.records.lists for r in rows[:_MOST])]
    for record in records[:_MOST]:
        for key, value in record.items():
            if isinstance(value, str) and 0 < len(value) <= 30:
                made.setdefault(key.casefold(), set()).add(fold(value))
    return made


# --- changes called none --------------------------------------------------------------------------

_NONE = re.compile(
    r"(?i)^\W*(?:none|no(?: change\w*| difference\w*)?|unchanged|identical|same|equal|not changed|"
    r"wording only|keine?|nur wortlaut|aucun\w*|ningun\w*|sin cambios)\W*$"
)
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


def change_unseen(known: RunFacts, good: Good) -> list[Found]:
    """A pair of texts called unchanged whose numbers or negations differ."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        said = [r for r in _named_records(fact.hop.output) if any(_NONE.match(v) for _, v in r[2])]
        pairs = _pairs(fact) if said else {}
        for path, name, fields in said:
            pair = pairs.get(fold(name))
            if pair is None or _telling(pair[0]) == _telling(pair[1]):
                continue
            field, word = next((f, v) for f, v in fields if _NONE.match(v))
            out.append(
                found(
                    "output.denies",
                    fact.hop.hop_id,
                    f"{name}: {word}",
                    f"it calls {name} {word}; its input has “{pair[0][:90]}” and “{pair[1][:90]}”",
                    path=f"{path}.{field}",
                    local=True,
                    weight=2.0,
                )
            )
            break
    return out


def _telling(text: str) -> tuple[list[str], int]:
    return sorted(_DIGITS.findall(text)), negations(fold(text))


def _pairs(fact: HopFacts) -> dict[str, tuple[str, str]]:
    """The two longer texts of each record received, by its name."""
    made: dict[str, tuple[str, str]] = {}
    for rows in fact.records.lists:
        for record in rows[:200]:
            texts = [v for v in record.values() if isinstance(v, str)]
            long = [v for v in texts if len(v) > 12]
            names: list[Any] = [v for v in texts if 0 < len(v) <= 40 and v not in long[:2]]
            if len(long) == 2 and names:
                made[fold(names[0])] = (long[0], long[1])
    return made


RULES = (
    Rule("word.opposed", "Its state is the opposite of what was told.", False, state_ended),
    Rule("value.replaced", "A field differs from the record's own.", False, field_other),
    Rule("output.denies", "It calls a pair unchanged that differs.", False, change_unseen),
)
