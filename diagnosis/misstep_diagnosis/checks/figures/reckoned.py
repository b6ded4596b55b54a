"""What a prompt asks to be reckoned from the few numbers that it tells: sums, means, shares, days."""

from __future__ import annotations

import itertools
import math
import re
from datetime import datetime, timedelta

from misstep_diagnosis.checks.found import Found, Good, found
from misstep_diagnosis.checks.wording.translated import translates
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.values import Atom, last_key
from misstep_diagnosis.reckoning.days import periods, reached, worked
from misstep_diagnosis.reckoning.operands import OFF, ON, Operand, Operands, of_prose
from misstep_diagnosis.reckoning.workings import Working

_ADDS = re.compile(
    r"(?i)\b(add(?: up)?|sum(?: up)?|total(?:s|led)?|altogether|in all|combined|overall|"
    r"together|zusammen|"
    r"summe|gesamt\w*|addier\w*|insgesamt|additionne\w*|somme|au total|suma\w*|en total)\b"
)
_MEANS = re.compile(r"(?i)\b(average|mean|durchschnitt\w*|mittelwert|moyenne|promedio|media)\b")
_SHARES = re.compile(r"(?i)(%|\bper ?cent\b|\bprozent\b)")
_LATER = re.compile(
    r"(?i)\b(when|until|deadline|due|end|ends|expire\w*|arriv\w*|by what date|which date|term|period|"
    r"renew\w*|wann|bis|frist|quand|cuándo|valid|within|after|from)\b"
)
_SIGNS = (
    "add", "sum", "total", "together", "in all", "combined", "overall", "zusammen", "gesamt", "somme",
    "average", "mean", "durchschnitt", "mittelwert", "moyenne", "promedio", "media", "%", "cent",
    "prozent", "when", "until", "deadline", "due", "end", "expire", "arriv", "date", "term", "period",
    "renew", "wann", "bis", "frist", "quand", "cuándo", "valid", "within", "after", "from",
    "split", "divid", "share", "each", "per person", "a head", "pro kopf", "aufteil", "geteilt",
    "chacun", "cada uno",
)  # fmt: skip
"""Of these each of the patterns has one."""
_SPLITS = re.compile(
    r"(?i)\b(split|divid\w*|shared?|each|per person|a head|"
    r"pro kopf|aufteil\w*|geteilt|chacun|cada uno)\b"
)
_UNEVEN = re.compile(
    r"(?i)\b(half|free|except|additional|extra|first|discount\w*|reduced|from the|ermäßigt)\b"
)
_CODE = re.compile(r"```|\bdef \w|\breturn\b|\bassert\b|==|\w\(\)|=>|\bimport \w")
_CHANCE = 0.4
_LONGEST = 1_200


def in_prose(known: RunFacts, good: Good) -> list[Found]:
    """A number or a day of an answer that is none of what the numbers of its prompt give."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        new = [
            a
            for a in fact.produced
            if a.kind in ("number", "date")
            and fact.received_keys.isdisjoint(a.keys)
            and a.weight > 0
        ]
        if not 0 < len(new) <= 4 or not _short(fact):
            continue
        text = "\n".join(v for _, v in fact.given_texts)
        folded = text.casefold()
        told = any(sign in folded for sign in _SIGNS) and not _CODE.search(text)
        if not told or not any(p.search(text) for p in (_ADDS, _MEANS, _SHARES, _LATER, _SPLITS)):
            continue
        if translates(fact):
            # It tells the numbers that it was told, in words of another language.
            continue
        given = of_prose(text)
        hit = _wrong(new, text, given) if given is not None else None
        if hit is not None:
            atom, right = hit
            shown = f"{right.results[0]:.10g}" if right.results else right.told
            out.append(
                found(
                    "result.wrong",
                    fact.hop.hop_id,
                    atom.quote,
                    f"it says {atom.quote}; by what it was told ({right.told}) it is {shown}",
                    path=atom.path,
                    expected=shown,
                    local=True,
                    bad=atom.keys,
                    weight=2.0,
                )
            )
    return out


def in_rows(known: RunFacts, good: Good) -> list[Found]:
    """Numbers that a prompt's percentage should give of each record, none of which it does."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        lists = [r for r in fact.records.lists if 1 < len(r) <= _MOST_ROWS]
        text = fact.instructions
        percents = (
            {m[1] for m in _PERCENT.finditer(text)}
            if len(lists) == 1 and len(text) <= _LONGEST
            else set()
        )
        if len(percents) != 1:
            continue
        part = float(percents.pop().replace(",", ".")) / 100
        numbers = [float(v) for r in lists[0] for v in r.values() if is_number(v)]
        new = [a for a in fact.produced if a.kind == "number" and fact.received_keys.isdisjoint(a.keys)
               and a.weight >= 1]  # fmt: skip
        values = list(dict.fromkeys(a.number or 0.0 for a in new))
        if len(values) != len(lists[0]) or not 0 < part < 1:
            continue
        natural = [n * f for n in numbers for f in (part, 1 - part, 1 + part)]
        right = [any(abs(v - n) <= 0.006 + 1e-9 for n in natural) for v in values]
        near = [min(natural, key=lambda n: abs(n - v)) for v in values]
        close = all(abs(n - v) <= _ROWS_APART * abs(n) for n, v in zip(near, values, strict=True))
        if any(right) or not close:
            continue
        out.append(
            found(
                "result.wrong",
                fact.hop.hop_id,
                ", ".join(a.quote for a in new[:4]),
                f"it says {new[0].quote}; {100 * part:g} % on or off what it received gives "
                f"{near[0]:.2f}",
                path=new[0].path,
                expected=f"{near[0]:.2f}",
                local=True,
                bad=tuple(k for a in new for k in a.keys)[:20],
                weight=2.0,
            )
        )
    return out


_PERCENT = re.compile(r"(?<![\w.,])(\d{1,2}(?:[.,]\d)?)\s?%")
_MOST_ROWS, _ROWS_APART = 40, 0.06


def _short(fact: HopFacts) -> bool:
    if sum(len(v) for _, v in fact.given_texts) > _LONGEST:
        return False
    return not any(v is not fact.given for v in fact.quoted.values)


def _wrong(new: list[Atom], text: str, given: Operands) -> tuple[Atom, Working] | None:
    days = [a for a in new if a.kind == "date"]
    numbers = [a for a in new if a.kind == "number" and a.number]
    if len(days) == 1 and _LATER.search(text):
        late = _day(days[0], given)
        if late is not None:
            return days[0], late
    asked = _of_totals(numbers)
    right = _reckoned(text, given) if asked is not None else None
    if asked is None or right is None or right.gives(asked.number or 0.0):
        return None
    near = any(abs((asked.number or 0.0) - r) <= _CHANCE * abs(r) for r in right.results)
    return (asked, right) if near else None


def _of_totals(numbers: list[Atom]) -> Atom | None:
    """The one new number, or the one of a field called total."""
    if len({a.keys[0] for a in numbers}) == 1:
        return numbers[0]
    named = [a for a in numbers if a.whole and re.search(r"(?i)total|sum", last_key(a.path))]
    return named[0] if len(named) == 1 else None


def _reckoned(text: str, given: Operands) -> Working | None:
    percents, counts = given.of("percent"), given.of("count")
    numbers = given.of("number", "price")
    if percents:
        return _share(percents, numbers, counts, given) if _SHARES.search(text) else None
    if _MEANS.search(text) and len(numbers) >= 2 and not counts:
        values = [o.value for o in numbers]
        mean = math.fsum(values) / len(values)
        return Working((mean, sorted(values)[len(values) // 2]), "the mean", 0.004)
    if _SPLITS.search(text) and len(numbers) == 1 == len(counts) and counts[0].value:
        return Working((numbers[0].value / counts[0].value,), "an equal part", 0.006)
    if not _ADDS.search(text) or _UNEVEN.search(text):
        return None
    prices = given.of("price")
    if counts and len(numbers) == 1:
        return _product(numbers[0], counts)
    if prices and counts:
        return None
    values = [o.value for o in (numbers if len(numbers) >= 2 else counts)]
    if len(values) < 2 or (counts and len(numbers) >= 2):
        return None
    return Working(tuple(_sums(values)), "the sum", 0.0)


def _sums(values: list[float]) -> list[float]:
    """The sum, and what is left when some are taken away, or one is left out as no part of it."""
    if len(values) > 8:
        return [math.fsum(values)]
    signed = [math.fsum(s * v for s, v in zip(signs, values, strict=True))
              for signs in itertools.product((1, -1), repeat=len(values))]  # fmt: skip
    return [math.fsum(values), *signed]


def _product(one: Operand, counts: list[Operand]) -> Working:
    results = []
    for size in range(len(counts), 0, -1):
        for some in itertools.combinations(counts, size):
            results.append(one.value * math.prod(o.value for o in some))
    told = " × ".join(f"{o.value:g}" for o in (one, *counts))
    return Working((*results, one.value), told, 0.0)


def _share(
    percents: list[Operand], numbers: list[Operand], counts: list[Operand], given: Operands
) -> Working | None:
    if len(percents) != 1 or len(numbers) != 1 or len(given.used) != 2:
        return None
    p, b = percents[0].value, numbers[0].value
    about = percents[0].words | numbers[0].words
    if about & OFF:
        results: tuple[float, ...] = (b * (1 - p), b * p)
    elif about & ON:
        results = (b * p, b * (1 + p), b / (1 + p), b - b / (1 + p))
    else:
        results = (b * p, b * (1 - p), b * (1 + p), b / (1 + p), b / p if p else b)
    return Working(results, f"{100 * p:g} % of {b:g}", 0.006)


def _day(atom: Atom, given: Operands) -> Working | None:
    days, spans = given.of("date"), [o for o in given.of("count", "number") if periods(o)]
    end = next((k for k in atom.keys if not k.startswith("d0000")), None)
    if len(days) != 1 or len(spans) != 1 or end is None or days[0].when is None:
        return None
    try:
        told = datetime.fromisoformat(end[1:])
    except ValueError:
        return None
    begin, unit = days[0].when, periods(spans[0])
    if unit not in ("day", "week", "month", "year"):
        return None
    count = spans[0].value
    right = [*reached(begin, count, unit), *reached(begin, -count, unit)]
    if unit == "day":
        working = [*worked(begin, count), *worked(begin, -count)]
        slack = timedelta(days=3) if "working" not in spans[0].words else timedelta(0)
        if any(abs(told - d) <= slack for d in working):
            return None
        right = working if "working" in spans[0].words else right
    if not right or any(abs(told - d) <= timedelta(days=1) for d in right):
        return None
    if right[0].weekday() >= 4 and timedelta(0) <= told - right[0] <= timedelta(days=4):
        return None
    return Working((), f"{count:g} {unit}s from {begin.date().isoformat()} are until "
                   f"{right[0].date().isoformat()}")  # fmt: skip
