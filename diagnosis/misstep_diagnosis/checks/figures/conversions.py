"""Numbers that a hop received in another unit, or as a part in words of one that it received."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from misstep_diagnosis.facts import HopFacts
from misstep_diagnosis.reading.spoken import spoken_numbers
from misstep_diagnosis.reading.values import Atom, readings
from misstep_diagnosis.reckoning.derive import same, tolerance

_AS_MUCH = 0.005
_METRES = re.compile(r"(\d[\d.,]*)\s?m")
_MOST_GIVEN = 40  # of very many numbers, some has any number for its half
_FACTORS = {
    "half": (0.5,), "halved": (0.5,), "halves": (0.5,), "hälfte": (0.5,), "moitié": (0.5,),
    "mitad": (0.5,), "metà": (0.5,), "metade": (0.5,), "helft": (0.5,), "quarter": (0.25,),
    "quarters": (0.25, 0.75), "viertel": (0.25, 0.75), "third": (1 / 3,), "thirds": (1 / 3, 2 / 3),
    "drittel": (1 / 3, 2 / 3), "double": (2.0,), "doubled": (2.0,), "twice": (2.0,),
    "doppelte": (2.0,), "doppelt": (2.0,), "triple": (3.0,), "tripled": (3.0,), "thrice": (3.0,),
    "dozen": (12.0,), "dutzend": (12.0,), "douzaine": (12.0,),
}  # fmt: skip
_PERCENT = re.compile(r"(?:[\s-])(?:per\s?cent|prozent|pour cent|por ciento|per cento|procent)\b")

_CENTS = ("cent", "prozent", "ciento")
"""No text says per cent that holds none of them."""


def converted(atom: Atom, fact: HopFacts) -> bool:
    """Whether the number, with its unit, is as much as the input says in another unit.

    Source: factors of :data:`misstep_diagnosis.reading.units.UNITS`; money has none.
    """
    mine = [
        q
        for q in fact.made_quantities
        if q.path == atom.path and q.number == atom.number and q.dimension != "money"
    ]
    sizes = [(q.dimension, q.base) for q in mine]
    metres = _METRES.fullmatch(atom.quote)
    if metres:
        # A bare m is millions elsewhere; beside a length it is metres.
        sizes += [("length", value) for value in readings(metres[1])]
    return any(
        dimension == g.dimension and math.isclose(base, g.base, rel_tol=_AS_MUCH)
        for dimension, base in sizes
        for g in fact.given_quantities
    )


_MOST_ROUNDED = 400
_BODY = re.compile(r"[-+\u2212]?\d[\d.,'’ \u00a0\u202f]*")


def rounded(atom: Atom, fact: HopFacts) -> bool:
    """Whether the number is one of those received, rounded as it is written, told as a percentage or
    without its sign: 0.0671 less is 6.7 %, 43,036 is about 43,000."""
    body = _BODY.match(atom.quote)
    bare = readings(body.group().strip()) if body and atom.number else ()
    if not bare or not bare[0]:
        return False
    given = {abs(a.number) for a in fact.received[:_MOST_ROUNDED] if a.number}
    scale = abs((atom.number or 0.0) / bare[0])
    return any(_rounds_to(abs(b), scale, "%" in atom.quote, given) for b in bare)


def _rounds_to(bare: float, scale: float, percent: bool, given: set[float]) -> bool:
    value, told = bare * scale, f"{bare:.10g}"
    decimals = len(told.partition(".")[2])
    zeros = len(told) - len(told.rstrip("0")) if not decimals else 0
    unit = scale * 10.0 ** (zeros if zeros > 1 else -decimals)
    if not value or unit > _COARSE * value:
        return False
    factors = (1.0, 100.0, 0.01) if percent or decimals else (1.0,)
    slack = 0.5000001 * unit
    for factor in factors:
        least, most = (value - slack) / factor, (value + slack) / factor
        for number in given:
            if least <= number <= most:
                return True
    return False


_COARSE = 0.06


def of_a_part(atom: Atom, fact: HopFacts) -> bool:
    """Whether the number is a part that the input names in words (half, a quarter, twenty per cent)
    of a number that the input holds."""
    value = atom.number
    if not value:
        return False
    factors = _factors(fact.given_text)
    given = {a.number for a in fact.received if a.number} if factors else set()
    if len(given) > _MOST_GIVEN:
        return False
    slack = tolerance(value)
    return any(same(value, factor * number, slack) for factor in factors for number in given)


@lru_cache(16)
def _factors(text: str) -> frozenset[float]:
    """Asked for each number of an output, one after the other."""
    found: set[float] = set()
    if any(w in text for w in _FACTORS):
        words = _FACTORS.keys() & re.findall(r"[^\W\d_]+", text)
        found |= {f for w in words for f in _FACTORS[w]}
    if any(w in text for w in _CENTS) and _PERCENT.search(text):
        for _, end, number in spoken_numbers(text):
            if _PERCENT.match(text, end):
                part = number / 100
                found |= {part, 1 + part, 1 - part}
    return frozenset(found)
