"""A value of the row, column or record beside the one that was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.tables import LABEL
from misstep_diagnosis.reading.values import Atom, fold, last_key
from misstep_diagnosis.reckoning.operands import words_in

_MAKES = ("llm", "agent", "chain", "tool")
_MOST_MADE = 24
_MOST_ROWS = 60
_SMALL = 12
_TELLS = 100
_SHORT = 40
_BOTH = re.compile(
    r"\b(compar\w*|versus|vs|differen\w*|both|each|every|all|against|than|change\w*|previous|between|rank\w*|"
    r"sort\w*|list|per|except|other|not|sum|total|average|mean|add)\b"
)
Record = dict[str, Any]


def beside(known: RunFacts, good: Good) -> list[Found]:
    """A value that another record of its input holds in the same field than the one it speaks of."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        if not 0 < len(fact.made_leaves) <= _MOST_MADE:
            continue
        values: set[Any] = {a.number for a in fact.produced if a.number is not None}
        values |= {v for _, v in fact.made_texts if len(v) <= _SHORT}
        for records in fact.rows if values else ():
            # Where no number of the output stands in the records none can be another's.
            some = 1 < len(records) <= _MOST_ROWS and _held(records, values)
            hit = _beside(records, fact) if some else None
            if hit is not None:
                mine, path, value, field, owner, right = hit
                out.append(
                    found(
                        "record.other",
                        fact.hop.hop_id,
                        f"{mine}: {field} {value}",
                        f"it gives {value} as {field} of {mine}; its input gives {right} there, and "
                        f"{value} for {owner}",
                        path=path,
                        expected=f"{right}",
                        local=True,
                        weight=1.2 if is_number(value) and abs(value) <= _SMALL else 2.0,
                    )
                )
                break
    return out


def _held(records: list[Record], values: set[Any]) -> bool:
    return any(v in values for r in records for v in r.values() if isinstance(v, int | float | str))


Hit = tuple[str, str, Any, str, str, Any]
"""(what it speaks of, path, value, field, whose value it is, the right value)."""


def _beside(records: list[Record], fact: HopFacts) -> Hit | None:
    mine = _spoken_of(records, fact)
    if mine is None:
        return None
    held = {v for v in mine.values() if is_number(v)}
    hit = _code_beside(records, fact, mine)
    if hit is not None:
        return hit
    for path, key, value in _values(fact):
        if value in held:
            continue
        fields = {f for r in records for f, v in r.items() if v == value and is_number(v)}
        if len(fields) != 1:
            continue
        field = next(iter(fields))
        right = mine.get(field)
        owners = [r for r in records if r.get(field) == value]
        if not is_number(right) or right == value or _said(right, fact) or len(owners) != 1:
            continue
        # A field called after another column means that one.
        named = [f for f in mine if key and _alike(f, key)]
        telling = abs(value) >= _TELLS and not key
        if (named and field not in named) or not (telling or _fits(field, key, fact, mine)):
            continue
        return _name(mine), path, value, field, _name(owners[0]), right
    return None


def _code_beside(records: list[Record], fact: HopFacts, mine: Record) -> Hit | None:
    """A text with digits, such as a phone number, of another record in the field of the same name."""
    for path, value in fact.made_texts:
        key = last_key(path)
        right = mine.get(key)
        if not isinstance(right, str) or right == value or not any(c.isdigit() for c in value):
            continue
        owners = [r for r in records if r.get(key) == value]
        if len(owners) == 1 and not any(v == right for _, v in fact.made_texts):
            return _name(mine), path, value, key, _name(owners[0]), right
    return None


def _fits(field: str, key: str, fact: HopFacts, mine: Record) -> bool:
    """Whether the answer, its key or the question speaks of the field at all."""
    if key and _alike(field, key):
        return True
    told = f"{fact.instructions} {' '.join(v for _, v in fact.made_texts)}".casefold()
    if _spoken(field, told):
        return True
    # "What does it cost?" names no column: then none is named.
    return not any(_spoken(f, told) for f, v in mine.items() if is_number(v))


def _spoken(field: str, told: str) -> bool:
    return any(w[:4] in told for w in words_in(field) if len(w) > 2)


def _alike(field: str, key: str) -> bool:
    stems = {w[:5] for w in words_in(key) if len(w) > 2}
    return bool(stems & {w[:5] for w in words_in(field) if len(w) > 2})


def _said(value: Any, fact: HopFacts) -> bool:
    return any(a.number == value for a in fact.produced)


def _values(fact: HopFacts) -> Iterator[tuple[str, str, float]]:
    """(path, name of the field, number) of each number of the output."""
    told = {a.keys[0] for a in _told_numbers(fact)}
    for atom in fact.produced:
        if atom.kind == "number" and atom.number is not None and atom.keys[0] not in told:
            yield atom.path, last_key(atom.path) if atom.whole else "", atom.number


def _told_numbers(fact: HopFacts) -> list[Atom]:
    """Numbers of the instructions themselves, by the fields of its own input beside the records."""
    return [a for a in fact.received if a.whole and "[" not in a.path and a.kind == "number"]


# --- which record is meant ---------------------------------------------------------------------


def _spoken_of(records: list[Record], fact: HopFacts) -> Record | None:
    """The one record that the answer speaks of, else the one that the question names."""
    naming = [k for k in records[0] if _names(k, records)]
    if not naming:
        return None
    said = fold(" \n ".join(v for _, v in fact.made_texts))
    said += "".join(f" {v} " for p, v in fact.made_leaves if is_number(v) and _years(records))
    answered = _named(records, naming, said)
    if len(answered) == 1:
        return answered[0]
    asked = f"{fact.instructions} {_fields(fact)}"
    if answered or _BOTH.search(asked):
        return None
    named = _named(records, naming, asked)
    return named[0] if len(named) == 1 else None


def _fields(fact: HopFacts) -> str:
    return fold(
        " ".join(str(v) for p, v in fact.input_leaves if "[" not in p and len(str(v)) <= 60)
    )


def _years(records: list[Record]) -> bool:
    return LABEL in records[0] and all(re.fullmatch(r"(19|20)\d\d", str(r[LABEL])) for r in records)


def _names(key: str, records: list[Record]) -> bool:
    """Whether a field's short texts tell some of the records apart."""
    values = [r.get(key) for r in records]
    if not all(isinstance(v, str) and 0 < len(v) <= 40 for v in values):
        return False
    return len(set(values)) > 1


def _named(records: list[Record], naming: list[str], text: str) -> list[Record]:
    """The records of which most names stand in a text."""
    if not text:
        return []
    scores = [sum(_stands(str(r[k]), text) for k in naming) for r in records]
    best = max(scores)
    return [r for r, s in zip(records, scores, strict=True) if s == best] if best else []


def _stands(name: str, text: str) -> bool:
    folded = fold(name)
    if not any(c.isalnum() for c in folded):
        return False
    # A header such as Feb names February.
    tail = r"\w*" if len(folded) >= 3 and folded.isalpha() and len(folded) <= 4 else ""
    return re.search(rf"(?<!\w){re.escape(folded)}{tail}(?!\w)", text) is not None


def _name(record: Record) -> str:
    texts = [str(v) for v in record.values() if isinstance(v, str) and 0 < len(v) <= 40]
    return " ".join(texts[:2]) or "a record"


RULES = (
    Rule("record.other", "It took a value of another record than it speaks of.", False, beside),
)
