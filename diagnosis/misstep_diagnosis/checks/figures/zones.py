"""Times against their zones, and days against the order of day and month that was told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from misstep_diagnosis.checks.found import Found, Good, Rule, each, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.values import Atom, fold, last_key
from misstep_diagnosis.reckoning.operands import moment

_MAKES = ("tool", "chain", "llm", "agent")
_MOST = 60
_STAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d)(?!\d)"
)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "cet": 60, "cest": 120, "wet": 0, "west": 60, "eet": 120, "eest": 180,
    "bst": 60, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420, "ist": 330, "jst": 540, "kst": 540, "sgt": 480, "aest": 600, "aedt": 660,
    "msk": 180, "mez": 60, "mesz": 120,
}  # fmt: skip
_CLOCK = re.compile(
    r"(?<![\d:T-])([01]?\d|2[0-3])[:.h]([0-5]\d)\s?([ap]\.?m\.?)?\s?\(?("
    + "|".join(_ZONES)
    + r")\b",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"(?i)(utc|gmt|zone|(?:^|_|\b)tz|local|convert|in \w+ time|\btime in\b|umrechn)"
)
_HOURS = timedelta(hours=15)
_DIGIT = re.compile(r"\d[:.h]\d")


def offset_wrong(known: RunFacts, good: Good) -> list[Found]:
    """A moment whose clock kept its time and lost its zone, or went to another hour than the zone's."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        if not any(_DIGIT.search(v) for _, v in fact.made_texts):
            continue
        hit = _stamp_wrong(fact) or _zone_wrong(fact) or _clock_wrong(fact)
        if hit is not None:
            path, before, after, right, strict = hit
            out.append(
                found(
                    "time.offset",
                    fact.hop.hop_id,
                    f"{before} → {after}",
                    f"it says {after}; its input says {before}"
                    + (f", which is {right}" if right else ""),
                    strict=strict,
                    path=path,
                    expected=right or None,
                    local=True,
                    bad=_keys(fact, path),
                    weight=3.0 if strict else 2.0,
                )
            )
    return out


Hit = tuple[str, str, str, str, bool]
"""(path, received, said, right, beyond doubt)."""


def _keys(fact: HopFacts, path: str) -> tuple[str, ...]:
    return tuple(k for a in fact.produced if a.path == path and a.kind != "flag" for k in a.keys)[
        :6
    ]


def _stamps(texts: Sequence[tuple[str, str]]) -> list[tuple[str, str, datetime]]:
    made: list[tuple[str, str, datetime]] = []
    for path, text in texts:
        if ":" not in text:
            continue
        for match in _STAMP.finditer(text[:20_000]):
            when = moment(match.group().replace(" +", "+"))
            if when is not None and when.tzinfo is not None:
                made.append((path, match.group(), when))
            if len(made) >= _MOST:
                return made
    return made


def _stamp_wrong(fact: HopFacts) -> Hit | None:
    made = _stamps(fact.made_texts)
    given = _stamps(fact.given_texts) if made else []
    instants = {g for _, _, g in given}
    clocks = {g.replace(tzinfo=None): (q, g) for _, q, g in given}
    for path, quote, when in made:
        # Midnight is how a day without a time is written.
        if when in instants or when.hour == when.minute == 0:
            continue
        source = clocks.get(when.replace(tzinfo=None))
        if source is not None and source[1].utcoffset() != when.utcoffset():
            right = source[1].astimezone(when.tzinfo).isoformat()
            return path, source[0], quote, right, True
    if len(given) != 1 or len(made) != 1 or made[0][2] == given[0][2]:
        return None
    keys = " ".join(last_key(p) for p, _ in fact.made_leaves[:20])
    if _TURNS.search(f"{fact.hop.name} {keys} {fact.instructions[:400]}"):
        apart = abs(made[0][2] - given[0][2])
        whole = apart.total_seconds() % 900 == 0
        shifts = any(a.kind == "number" and a.weight > 0 for a in fact.received)
        if apart < _HOURS and whole and not shifts:
            right = given[0][2].astimezone(made[0][2].tzinfo).isoformat()
            return made[0][0], given[0][1], made[0][1], right, False
    return None


# --- zones by name -----------------------------------------------------------------------------

_IANA = re.compile(r"[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?|UTC|Etc/UTC")


@lru_cache(64)
def zone(name: str) -> ZoneInfo | None:
    """The zone of that name; None where it is unknown here."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


def _zone_wrong(fact: HopFacts) -> Hit | None:
    """A moment without an offset in a zone that was asked for by name."""
    named = [
        (last_key(p).casefold(), v)
        for p, v in fact.given_texts
        if len(v) <= 40 and ("/" in v or v == "UTC") and _IANA.fullmatch(v)
    ]
    if not 1 <= len(named) <= 2:
        return None
    source = next((z for k, z in named if "from" in k or "source" in k), None)
    target = next((z for k, z in named if z != source), None)
    given = [(p, v, m) for p, v in fact.given_texts if (m := moment(v)) is not None and len(v) > 10]
    made = [(p, v, m) for p, v in fact.made_texts if (m := moment(v)) is not None and len(v) > 10]
    there = zone(target) if target else None
    if len(given) != 1 or len(made) != 1 or there is None:
        return None
    begin, end = given[0][2], made[0][2]
    if begin.tzinfo is None:
        here = zone(source) if source else None
        if here is None:
            return None
        begin = begin.replace(tzinfo=here)
    right = begin.astimezone(there)
    same = right.replace(tzinfo=None) == end if end.tzinfo is None else right == end
    if same or abs(right.replace(tzinfo=None) - end.replace(tzinfo=None)) >= _HOURS:
        return None
    return made[0][0], given[0][1], made[0][1], right.isoformat(), True


# --- times of day with a zone's letters -----------------------------------------------------------


def _clocks(texts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, int, int]]:
    """(path, quote, minutes of its own clock, minutes of UTC)."""
    for path, text in texts:
        if len(text) > 4_000:
            continue
        for match in _CLOCK.finditer(text):
            hour = int(match[1])
            if match[3] and hour <= 12:
                hour = hour % 12 + (12 if match[3][0] in "pP" else 0)
            own = 60 * hour + int(match[2])
            yield path, match.group(), own, (own - _ZONES[match[4].casefold()]) % 1440


_ZONE_WORDS = frozenset(f"{half}{name}" for half in ("", "am", "pm", "m") for name in _ZONES)


def _clock_wrong(fact: HopFacts) -> Hit | None:
    made = list(_clocks(fact.made_texts)) if fact.may_say(_ZONE_WORDS) else []
    given = list(_clocks(fact.given_texts)) if made else []
    held = {utc for *_, utc in given}
    if not held:
        return None
    for path, quote, own, utc in made:
        if utc in held:
            continue
        kept = next((q for _, q, o, _ in given if o == own), None)
        if kept is not None:
            return path, kept, quote, "", False
        if (
            len(held) == 1
            and _TURNS.search(fact.instructions)
            and (utc - next(iter(held))) % 30 == 0
        ):
            return path, given[0][1], quote, "", False
    return None


# --- the order of day and month --------------------------------------------------------------------

_DAY_FIRST = re.compile(
    r"(?i)day/month|dd[/.-]mm|\bd/m/y|day first|day before month|\b(?:en[-_](?:gb|au|nz|ie|in|"
    r"za)|(?:de|fr|es|it|nl|pt)[-_][a-z]{2})\b|"
    r"\b(?:european|british|uk|german|french|australian) (?:date )?(?:format|style|notation|"
    r"order|user|date)"
)
_MONTH_FIRST = re.compile(
    r"(?i)month/day|mm[/.-]dd|\bm/d/y|month first|month before day|\ben[-_]us\b|"
    r"\b(?:us|u\.s\.|american) (?:date )?(?:format|style|notation|order|user|date)"
)
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})[/.]\d{2,4}(?!\d)")


def order_told(known: RunFacts, good: Good) -> list[Found]:
    """A day read as a month where the order of both was told, by words, a locale or another date."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        open_dates = [a for a in fact.received if a.kind == "date" and len(a.keys) == 2]
        made = (
            [a for a in fact.produced if a.kind == "date" and len(a.keys) == 1]
            if open_dates
            else []
        )
        first = _order(known, fact) if made else None
        for atom in open_dates if first else ():
            right, wrong = _readings(atom, first or "")
            hit = next((a for a in made if a.keys[0] == wrong), None)
            if hit is None or right == wrong or any(a.keys[0] == right for a in made):
                continue
            out.append(
                found(
                    "date.swapped",
                    fact.hop.hop_id,
                    f"{atom.quote} → {hit.quote}",
                    f"it reads {atom.quote} as {hit.quote}; {first} comes first there, which is "
                    f"{right[1:]}",
                    strict=True,
                    path=hit.path,
                    expected=right[1:],
                    local=True,
                    bad=hit.keys,
                )
            )
            break
    return out


def _order(known: RunFacts, fact: HopFacts) -> str | None:
    """day or month, whichever comes first by what was told; None where nothing or both say so."""
    told = " ".join((fact.hop.system or "", *(v for _, v in fact.given_texts)))[:20_000]
    told += f" {known.run.input}"[:4_000] if not isinstance(known.run.input, type(None)) else ""
    day, month = bool(_DAY_FIRST.search(told)), bool(_MONTH_FIRST.search(told))
    for match in _SLASHED.finditer(told) if day == month else ():
        day, month = day or int(match[1]) > 12, month or int(match[2]) > 12
    if day == month:
        return None
    return "the day" if day else "the month"


def _readings(atom: Atom, first: str) -> tuple[str, str]:
    """(right, wrong) keys of a date in digits whose first number is the day, or the month."""
    match = _SLASHED.search(fold(atom.quote))
    if match is None:
        return atom.keys[0], atom.keys[0]
    month = int(match[2] if first == "the day" else match[1])
    right = next((k for k in atom.keys if int(k[6:8]) == month), atom.keys[0])
    return right, next((k for k in atom.keys if k != right), right)


RULES = (
    Rule("time.offset", "A time whose zone was lost on the way.", True, offset_wrong),
    Rule("date.swapped", "A day was read as a month.", True, each(order_told)),
)
