"""One record of several taken, though what was asked for fits another of them."""

from __future__ import annotations

import re
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.embedded import Quoted
from misstep_diagnosis.reading.values import fold

_MAKES = ("llm", "agent", "chain")
_OTHER = re.compile(
    r"(?i)\b(except|other than|another|instead|unlike|similar|besides|not|compare|versus|vs|rather|"
    r"außer|nicht|anders|sauf|excepto)\b"
)
_ID = re.compile(r"(?=[\w/-]*\d)[A-Za-z][\w/-]{2,30}|\d{4,12}")
_LIKE = 2

Records = list[dict[str, Any]]


def other_record(known: RunFacts, good: Good) -> list[Found]:
    """The values of another record than the one that was asked for by its identifier."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        hits = (_other(records, fact.quoted, fact) for records in fact.records.lists)
        hit = next((h for h in hits if h is not None), None)
        if hit is not None:
            asked, taken, shown = hit
            out.append(
                found(
                    "record.other",
                    fact.hop.hop_id,
                    shown,
                    f"it was asked for {asked} and answered {shown}, which its input says of {taken}",
                    expected=asked,
                    local=True,
                    weight=2.0,
                )
            )
    return out


def _other(records: Records, told: Quoted, fact: HopFacts) -> tuple[str, str, str] | None:
    words = " \n ".join(told.words)
    named = any(str(r.get(k)) in words for k in records[0] for r in records)
    if not named or _OTHER.search(words):
        return None
    outside = set(_ID.findall(words))
    for key in records[0]:
        names = [str(r.get(key)) for r in records]
        asked = [i for i, n in enumerate(names) if n in outside and _ID.fullmatch(n)]
        if len(asked) != 1 or len(set(names)) != len(names):
            continue
        said = [_plain(v) for _, v in fact.made_leaves]
        held = [[v for v in _own(r, records, key) if _plain(v) in said] for r in records]
        # A text may speak of any record; an answer in fields is one of them.
        others = [i for i, h in enumerate(held) if h and i != asked[0]]
        if not held[asked[0]] and len(others) == 1 and len(held[others[0]]) >= _LIKE:
            shown = ", ".join(str(v) for v in held[others[0]][:3])
            return names[asked[0]], names[others[0]], shown
    return None


def _own(record: dict[str, Any], records: Records, key: str) -> list[Json]:
    """Values that no other record holds, its identifier aside."""
    return [
        v
        for k, v in record.items()
        if k != key
        and isinstance(v, str | int | float)
        and not isinstance(v, bool)
        and len(str(v)) > 1
        and all(r is record or r.get(k) != v for r in records)
    ]


def _plain(value: Json) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{float(value):g}"
    return fold(str(value))


# --- what was required ------------------------------------------------------------------------


def unfit(known: RunFacts, good: Good) -> list[Found]:
    """A record chosen from a list in which a field differs from the one required by the same name,
    though another record of the list has it."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        told = fact.records
        wanted: dict[str, bool] = {k: v for r in told.single for k, v in r.items() if v is True}
        for records in told.lists if wanted else ():
            hit = _unfit(records, wanted, fact)
            if hit is not None:
                name, key, value = hit
                out.append(
                    found(
                        "choice.unfit",
                        fact.hop.hop_id,
                        f"{name}: {key} {value}",
                        f"it chose {name}, whose {key} is {value}, though {_shown(wanted, key)} was "
                        f"required and another has it",
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _shown(wanted: dict[str, bool], key: str) -> str:
    name = next((k for k in wanted if _same_field(k, key)), key)
    return f"{name}: {str(wanted[name]).lower()}"


def _unfit(
    records: Records, wanted: dict[str, bool], fact: HopFacts
) -> tuple[str, str, Json] | None:
    said = {fold(v) for _, v in fact.made_leaves if isinstance(v, str)}
    names = [k for k in records[0] if all(isinstance(r.get(k), str) for r in records)]
    for name in names:
        if len({r[name] for r in records}) != len(records):
            continue
        chosen = [r for r in records if fold(r[name]) in said]
        if len(chosen) != 1:
            continue
        for field, want in wanted.items():
            for key in (k for k in records[0] if _same_field(field, k)):
                fits = [_fits(r.get(key), want, negated=_negated(field, key)) for r in records]
                mine = fits[records.index(chosen[0])]
                if None not in fits and mine is False and any(fits):
                    return str(chosen[0][name]), key, chosen[0][key]
    return None


_NON = re.compile(r"^(?:non|no|without|ohne|sans|sin)[_-]?(?=[^\W_]{3})", re.IGNORECASE)


def _negated(field: str, key: str) -> bool:
    return bool(_NON.match(field)) and not _NON.match(key)


def _same_field(field: str, key: str) -> bool:
    """The same name, or the name of what must not be there: non_stop, stops."""
    if field.casefold() == key.casefold():
        return True
    bare = _NON.sub("", field).casefold()
    return _negated(field, key) and key.casefold() in (bare, f"{bare}s")


def _fits(value: Json, want: bool, *, negated: bool) -> bool | None:
    if isinstance(value, bool):
        return (value != want) if negated else value == want
    if negated and isinstance(value, int | float):
        return (value == 0) == want
    return None


RULES = (
    Rule("record.other", "It took another record than was asked for.", False, other_record),
    Rule("choice.unfit", "It chose against what was required.", False, unfit),
)
