"""Quantities that kept their number and lost their unit, dates whose day and month were swapped,
conversions against the stated rate, and durations that two times contradict."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.units import UNITS, Quantity, unit_of_key
from misstep_diagnosis.reading.values import last_key, leaves, number_key
from misstep_diagnosis.reckoning.derive import Terms, same, tolerance

_SMALL = 12


def unit_changed(known: RunFacts, good: Good) -> list[Found]:
    """The number of a quantity kept with another unit: 75 micrograms → 75 mg."""
    out: list[Found] = []
    for fact in known.leaves:
        made = fact.made_quantities
        given = fact.given_quantities if made else []
        if not given:
            continue
        hit = next((pair for q in made if (pair := _slipped(q, given, fact))), None)
        if hit is not None:
            before, after = hit
            out.append(
                found(
                    "unit.changed",
                    fact.hop.hop_id,
                    f"{before.quote} → {after.quote}",
                    f"it says {after.quote}, but its input says {before.quote}",
                    # Small whole numbers meet by chance: 7 months here, 7 years there.
                    strict=not _small(after),
                    weight=1.2 if _small(after) else 3.0,
                    path=after.path,
                    expected=before.quote,
                    local=True,
                    bad=_keys(fact, after),
                )
            )
    return out


def _small(quantity: Quantity) -> bool:
    return quantity.number <= _SMALL and quantity.number == int(quantity.number)


def _keys(fact: HopFacts, quantity: Quantity) -> tuple[str, ...]:
    key = number_key(quantity.number)
    there = [k for a in fact.produced if a.path == quantity.path for k in a.keys]
    return (key, *(k for k in there if k.startswith("t")))[:4]


_SHARED_SIGNS = ({"usd", "aud", "cad", "mxn"}, {"jpy", "cny"}, {"sek", "nok", "dkk", "isk"})


def _slipped(
    made: Quantity, given: list[Quantity], fact: HopFacts
) -> tuple[Quantity, Quantity] | None:
    kin = [g for g in given if g.dimension == made.dimension]
    same_number = [g for g in kin if same(g.number, made.number, 1e-9)]
    if not same_number or any(g.unit == made.unit for g in same_number):
        return None
    if made.dimension == "money":
        before = {g.unit for g in same_number}
        rates = fact.given_terms.scalars
        stated = any("rate" in n or "factor" in n for n in rates)
        alike = any(made.unit in signs and before & signs for signs in _SHARED_SIGNS)
        return None if stated or alike else (same_number[0], made)
    if any(same(g.base, made.base, 0.02 * abs(made.base)) for g in kin):
        return None
    return same_number[0], made


# --- dates ------------------------------------------------------------------------------------


def date_swapped(known: RunFacts, good: Good) -> list[Found]:
    """An output date that is an input date with its day and month exchanged."""
    out: list[Found] = []
    for fact in known.leaves:
        given = {a.keys[0]: a for a in fact.received if a.kind == "date" and len(a.keys) == 1}
        given = {k: a for k, a in given.items() if k[1:5] != _NO_YEAR}
        any_reading = {k for a in fact.received if a.kind == "date" for k in a.keys}
        for atom in fact.produced:
            if atom.kind != "date" or len(atom.keys) != 1 or atom.keys[0] in any_reading:
                continue
            year, month, day = atom.keys[0][1:].split("-")
            source = given.get(f"d{year}-{day}-{month}")
            if source is not None:
                out.append(
                    found(
                        "date.swapped",
                        fact.hop.hop_id,
                        f"{source.quote} → {atom.quote}",
                        f"it says {atom.quote}, but its input says {source.quote}: day and month "
                        f"are exchanged",
                        strict=True,
                        path=atom.path,
                        expected=source.quote,
                        local=True,
                        bad=atom.keys,
                    )
                )
                break
    return out


_NO_YEAR = "0000"
_STARTS = re.compile(r"(?i)(^|_)(start|started|begin|began|from|opened|departs?|since)(_|$|ed|at)")
_ENDS = re.compile(
    r"(?i)(^|_)(end|ended|finish|finished|until|closed|arrives?|resolved)(_|$|ed|at)"
)
_LASTS = re.compile(r"(?i)(duration|elapsed|lasted|length|took)")


@lru_cache(4_096)
def _lasts(key: str) -> bool:
    """The same keys come with every hop."""
    return _LASTS.search(key) is not None


def duration_wrong(known: RunFacts, good: Good) -> list[Found]:
    """A stated duration that the two times beside it contradict."""
    out: list[Found] = []
    for fact in known.leaves:
        for path, record in _records(fact.hop.output, "output"):
            told = _duration(record)
            if told is None:
                continue
            key, stated, actual, unit = told
            detail = f"{key} is {stated:g}, but the times beside it are {actual:g} {unit} apart"
            out.append(
                found(
                    "duration.wrong",
                    fact.hop.hop_id,
                    f"{key}: {stated:g}",
                    detail,
                    strict=True,
                    path=f"{path}.{key}",
                    expected=f"{actual:g}",
                    local=True,
                    bad=(number_key(stated),),
                )
            )
    return out[:4]


def _records(value: Json, path: str) -> list[tuple[str, dict[str, Json]]]:
    found_records: list[tuple[str, dict[str, Json]]] = []
    stack: list[tuple[str, Json]] = [(path, value)]
    while stack and len(found_records) < 200:
        here_path, here = stack.pop()
        if isinstance(here, dict):
            found_records.append((here_path, here))
            stack += [(f"{here_path}.{k}", v) for k, v in here.items()]
        elif isinstance(here, list):
            stack += [(f"{here_path}[{i}]", v) for i, v in enumerate(here[:200])]
    return found_records


def _duration(record: dict[str, Json]) -> tuple[str, float, float, str] | None:
    if not any(_lasts(k) for k in record):
        return None
    starts = [t for k, v in record.items() if _STARTS.search(k) and (t := _moment(v))]
    ends = [t for k, v in record.items() if _ENDS.search(k) and (t := _moment(v))]
    if len(starts) != 1 or len(ends) != 1 or (starts[0].tzinfo is None) != (ends[0].tzinfo is None):
        return None
    seconds = (ends[0] - starts[0]).total_seconds()
    for key, value in record.items():
        unit = unit_of_key(key)
        if not _lasts(key) or not is_number(value) or unit is None or unit[1] != "time":
            continue
        size = UNITS[unit[0]][1]
        if seconds > 0 and abs(float(value) * size - seconds) > max(size, 0.02 * seconds):
            return key, float(value), round(seconds / size, 2), unit[0]
    return None


def _moment(value: Json) -> datetime | None:
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", value):
        return None
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None


# --- conversions --------------------------------------------------------------------------------

_PAIR = re.compile(r"^([A-Za-z]{3})[/_-]?([A-Za-z]{3})$")


def inverted(known: RunFacts, good: Good) -> list[Found]:
    """An amount divided by the stated rate that it should be multiplied with, or the reverse."""
    directions = _directions(known)
    out: list[Found] = []
    for fact in known.leaves if directions else ():
        given = fact.given_terms
        hit = _against(fact, given, directions)
        if hit is not None:
            path, value, amount, rate, right = hit
            out.append(
                found(
                    "conversion.inverted",
                    fact.hop.hop_id,
                    f"{amount:g} → {value:g}",
                    f"it turned {amount:g} into {value:g}; at the stated rate {rate:g} "
                    f"it is {right:.10g}",
                    strict=True,
                    path=path,
                    expected=f"{right:.10g}",
                    local=True,
                    bad=(number_key(value),),
                )
            )
    return out


_Directions = dict[float, tuple[int, str, str]]
"""Stated rates with their number, and the currencies they lead from and to."""


def _directions(known: RunFacts) -> _Directions:
    rates: _Directions = {}
    for fact in known.facts:
        if not any("rate" in path.lower() for path, _ in fact.made_leaves):
            continue
        told = (*leaves(fact.hop.input, "i"), *fact.made_leaves)
        words = {last_key(p).lower(): v for p, v in told if isinstance(v, str)}
        pair = next((m for v in words.values() if (m := _PAIR.match(v)) and "/" in v), None)
        source, target = (pair[1], pair[2]) if pair else _from_to(words)
        if not source or not target or len(source) != 3 or len(target) != 3:
            continue
        for path, value in fact.made_leaves:
            if "rate" in last_key(path).lower() and is_number(value) and float(value) not in (0, 1):
                number = rates[float(value)][0] if float(value) in rates else len(rates)
                rates[float(value)] = (number, source.lower(), target.lower())
    return rates


def _from_to(words: dict[str, str]) -> tuple[str | None, str | None]:
    """The currencies that fields such as ``from`` and ``to``, or ``base`` and ``quote``, name."""
    source = (words.get(k) for k in ("from", "from_currency", "base", "base_currency", "source"))
    target = (words.get(k) for k in ("to", "to_currency", "quote", "quote_currency", "target"))
    return next((w for w in source if w), None), next((w for w in target if w), None)


def _against(
    fact: HopFacts, given: Terms, directions: _Directions
) -> tuple[str, float, float, float, float] | None:
    # Of very many rates that a run states, one hop receives a few.
    received = {v for v in given.scalars.values() if v in directions}
    if not received:
        return None
    words = {last_key(p).lower(): v for p, v in fact.given_texts}
    wanted = _from_to(words)[1]
    told = {wanted.lower()} if wanted else {v.lower() for v in words.values()}
    for rate in sorted(received, key=lambda r: directions[r][0]):
        _, source, target = directions[rate]
        for path, value in fact.made_terms.scalars.items():
            unit = unit_of_key(last_key(path))
            goes_to = unit[0] if unit else next((t for t in (target, source) if t in told), None)
            for name, amount in given.scalars.items():
                if amount in (rate, 0.0) or goes_to not in (source, target):
                    continue
                right, wrong = amount * rate, amount / rate
                if goes_to == source:
                    right, wrong = wrong, right
                from_unit = unit_of_key(last_key(name))
                if from_unit is not None and from_unit[0] == goes_to:
                    continue
                slack = tolerance(value)
                if same(value, wrong, slack) and not same(value, right, slack):
                    return path, value, amount, rate, right
    return None


RULES = (
    Rule("unit.changed", "A quantity kept its number and lost its unit.", True, unit_changed),
    Rule("date.swapped", "A date whose day and month were exchanged.", True, date_swapped),
    Rule("duration.wrong", "A duration that the times beside it contradict.", True, duration_wrong),
    Rule("conversion.inverted", "A conversion against the stated rate.", True, inverted),
)
