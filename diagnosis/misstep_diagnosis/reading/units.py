"""Quantities: numbers with a unit or a currency, in texts and in fields such as ``dose_mg``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from misstep.model import Json
from misstep_diagnosis.reading.kept import by_text
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.spoken import Words, spoken_numbers
from misstep_diagnosis.reading.values import SPACELESS, Leaf, last_key, leaves, readings

UNITS: dict[str, tuple[str, float]] = {}
"""Unit word → (dimension, size in the dimension's base unit)."""


def _add(dimension: str, size: float, words: str) -> None:
    for word in words.split():
        UNITS[word] = (dimension, size)


_add("mass", 1e-9, "ng")
_add("mass", 1e-6, "µg μg mcg ug microgram micrograms mikrogramm")
_add("mass", 1e-3, "mg milligram milligrams milligramm")
_add("mass", 1.0, "g gram grams gramm")
_add("mass", 1e3, "kg kilogram kilograms kilo kilos")
_add("mass", 1e6, "tonne tonnes")
_add("mass", 453.59237, "lb lbs pound_mass")
_add("mass", 28.349523, "oz ounce ounces")
_add("length", 1e-3, "mm millimetre millimetres millimeter millimeters")
_add("length", 1e-2, "cm centimetre centimetres centimeter centimeters")
_add("length", 1.0, "metre metres meter meters")
_add("length", 1e3, "km kilometre kilometres kilometer kilometers")
_add("length", 1609.344, "mile miles mi")
_add("length", 0.3048, "ft foot feet")
_add("length", 0.0254, "inch inches")
_add("volume", 1e-3, "ml millilitre millilitres milliliter milliliters")
_add("volume", 1e-1, "dl")
_add("volume", 1e-2, "cl")
_add("volume", 1.0, "litre litres liter liters")
_add("time", 1e-3, "ms millisecond milliseconds")
_add("time", 1.0, "s sec secs second seconds")
_add("time", 60.0, "min mins minute minutes minuten")
_add("time", 3600.0, "h hr hrs hour hours stunde stunden")
_add("time", 86400.0, "day days tag tage tagen")
_add("time", 604800.0, "week weeks woche wochen")
_add("time", 2629800.0, "month months monat monate monaten")
_add("time", 31557600.0, "year years jahr jahre jahren")
_add("time", 60.0, "minuto minutos minuti minuut minuten")
_add("time", 3600.0, "heure heures hora horas uur uren timme timmar")
_add("time", 86400.0, "jour jours día días dia dias giorno giorni dag dagen dagar")
_add("time", 604800.0, "semaine semaines semana semanas settimana settimane weken vecka veckor")
_add("time", 2629800.0, "mois meses mese mesi mês maand maanden månad månader")
_add("time", 31557600.0, "ans année années año años anno anni ano anos jaar jaren år")
_add("data", 1.0, "byte bytes")
_add("data", 1e3, "kb kib")
_add("data", 1e6, "mb mib")
_add("data", 1e9, "gb gib")
_add("data", 1e12, "tb tib")
_add("energy", 1.0, "kwh")
_add("energy", 1e3, "mwh")
_add("energy", 1e6, "gwh")
_add("energy", 1e9, "twh")
_add("power", 1.0, "kw")
_add("power", 1e3, "mw")
_add("power", 1e6, "gw")
_add("pressure", 1.0, "bar")
_add("pressure", 1e-3, "mbar")
_add("pressure", 1e-5, "pa")
_add("pressure", 1e-2, "kpa")

_CURRENCIES = [
    "eur",
    "usd",
    "gbp",
    "chf",
    "sek",
    "nok",
    "dkk",
    "jpy",
    "cny",
    "inr",
    "pln",
    "czk",
    "huf",
    "cad",
    "aud",
    "brl",
    "mxn",
    "try",
    "krw",
    "zar",
    "isk",
]
_SIGNS = {"€": "eur", "$": "usd", "£": "gbp", "¥": "jpy", "₹": "inr", "₺": "try"}
_NAMES = {"euro": "eur", "euros": "eur", "dollar": "usd", "dollars": "usd"}
_QUANTITY = re.compile(
    rf"(?P<sign>[€$£¥₹₺]\s?)?(?:(?<![\w.,-])|(?<=[{SPACELESS}]))"
    r"(?P<number>\d[\d.,' \u00a0\u202f]{0,24}\d|\d)\)?"
    r"(?:[\s\u00a0-]?(?P<unit>[^\W\d_]+|[€$£¥₹₺])(?![\w]))?"
)
_CODE_FIRST = re.compile(
    r"\b(?P<code>"
    + "|".join(c.upper() for c in _CURRENCIES)
    + r")\s?(?P<number>\d[\d.,]{0,24}\d|\d)"
)
_PER = re.compile(r"\s*(?:/|per\b|pro\b|an?\s+(?:hour|day|kg)\b)\s*[A-Za-z]")
_DIGIT = re.compile(r"\d")
MAX_QUANTITIES = 400


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: ``dimension`` is ``money`` for currencies, whose ``size`` is 1."""

    path: str
    quote: str
    number: float
    unit: str
    dimension: str
    size: float

    @property
    def base(self) -> float:
        """The quantity in its dimension's base unit."""
        return self.number * self.size


_Told = tuple[str, float, str, str, float]
"""A quantity but for its path."""


def quantities(value: Json, root: str) -> list[Quantity]:
    """Every quantity of a JSON value, at most :data:`MAX_QUANTITIES`."""
    return quantities_of(leaves(value, root))


def quantities_of(told: Iterable[Leaf]) -> list[Quantity]:
    """As :func:`quantities`, of leaves that were listed before."""
    found: list[Quantity] = []
    told = list(told)
    beside = _units_beside(told)
    for path, leaf in told:
        if isinstance(leaf, str):
            found += [Quantity(path, *told) for told in _in_text(leaf[:50_000])]
        elif is_number(leaf):
            unit = unit_of_key(last_key(path)) or beside.get(path)
            if unit is not None:
                found.append(Quantity(path, f"{leaf} {unit[0]}", float(leaf), *unit))
        if len(found) >= MAX_QUANTITIES:
            return found[:MAX_QUANTITIES]
    return found


_NAMES_UNIT = re.compile(
    r"(?i)^(?:(\w+)_)?(units?|uom|einheit|unité|unidad|unità|currency|währung|waehrung|devise|moneda|"
    r"valuta)$"
)
_COUNTS = re.compile(
    r"(?i)(^|_)(id|no|nr|n|number|index|line|pos|position|row|rank|qty|quantity|quantité|cantidad|"
    r"menge|count|pieces|units|seats|nights|days|hours|year|percent|rate|ratio|share)(_|$)"
)


@lru_cache(maxsize=4096)
def _names_unit(key: str) -> str | None:
    """What a field such as ``unit`` (empty) or ``weight_unit`` (weight) names the unit of."""
    match = _NAMES_UNIT.match(key[:200])
    return (match[1] or "").lower() if match else None


def _units_beside(told: Sequence[Leaf]) -> dict[str, tuple[str, str, float]]:
    """Units of numbers that a field beside them names: ``{"weight": 1540, "unit": "lb"}``; where a
    record has several numbers, of those the field is called after (``weight_unit``) or of one."""
    named: dict[str, tuple[str, tuple[str, str, float]]] = {}
    for path, leaf in told:
        called = (
            _names_unit(last_key(path)) if isinstance(leaf, str) and 0 < len(leaf) <= 12 else None
        )
        unit = unit_of_word(leaf.strip()) if isinstance(leaf, str) and called is not None else None
        if called is not None and unit is not None:
            named[path.rpartition(".")[0]] = (called, unit)
    if not named:
        return {}
    numbers: dict[str, list[str]] = {}
    for path, leaf in told:
        if is_number(leaf):
            key = last_key(path)
            if not _COUNTS.search(key) and unit_of_key(key) is None:
                numbers.setdefault(path.rpartition(".")[0], []).append(path)
    made: dict[str, tuple[str, str, float]] = {}
    for record, (called, unit) in named.items():
        of_it = [p for p in numbers.get(record, ()) if not called or called in last_key(p).lower()]
        if called or len(of_it) == 1:
            made.update(dict.fromkeys(of_it, unit))
    return made


@lru_cache(maxsize=4096)
def unit_of_key(key: str) -> tuple[str, str, float] | None:
    """(unit, dimension, size) that a field's name ends with: ``dose_mg``, ``amountUsd``."""
    words = re.findall(r"[a-zµ]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower())
    if len(words) < 2 or "per" in words or words[-1] in ("min", "in", "bar", "second", "g", "m"):
        # temp_min is a least value, not minutes.
        return None
    return unit_of_word(words[-1])


def unit_of_word(word: str) -> tuple[str, str, float] | None:
    """(unit, dimension, size) of a word or sign of money; None where it is none."""
    folded = word.lower()
    if word in _SIGNS:
        return _SIGNS[word], "money", 1.0
    folded = _NAMES.get(folded, folded)
    if folded in _CURRENCIES:
        return folded, "money", 1.0
    if folded in UNITS and (len(word) > 1 or word.islower()):
        dimension, size = UNITS[folded]
        return _plain(folded), dimension, size
    return None


def _plain(word: str) -> str:
    return "mcg" if word in ("µg", "μg", "ug", "microgram", "micrograms", "mikrogramm") else word


_UNIT_AFTER = re.compile(r"(?:\s|-)(?:of an? )?([^\W\d_]+)(?![\w])")
_TWO_WORDS = re.compile(r"[^\W\d_][\s-][^\W\d_]")
HALF_A = re.compile(r"(?i)(?<![^\W\d_])half an? ([^\W\d_]+)")


_UNIT_WORDS = frozenset((*UNITS, *_CURRENCIES, *_NAMES))


def _in_words(text: str, words: Words) -> Iterator[_Told]:
    """Quantities whose number is written in words: two and a half kilometres, half an hour."""
    if not _TWO_WORDS.search(text):
        return
    for start, end, number in spoken_numbers(text, words):
        after = _UNIT_AFTER.match(text, end)
        unit = unit_of_word(after[1]) if after else None
        if after and unit is not None and not _PER.match(text, after.end()):
            yield text[start : after.end()], float(number), *unit
    for match in HALF_A.finditer(text) if "half" in words.found else ():
        unit = unit_of_word(match[1])
        if unit is not None:
            yield match.group(), 0.5, *unit


@by_text
def _in_text(text: str) -> Iterator[_Told]:
    words = Words(text)
    # Of most texts no word is a unit; beyond ASCII, signs and folding make more of them.
    if text.isascii() and "$" not in text and _UNIT_WORDS.isdisjoint(words.found):
        return
    yield from _in_words(text, words)
    if not _DIGIT.search(text):
        return
    for match in _QUANTITY.finditer(text):
        word = match["unit"] or (match["sign"] or "").strip()
        unit = unit_of_word(word) if word and not _PER.match(text, match.end()) else None
        values = readings(match["number"].strip())
        if unit is not None and len(values) == 1:
            yield match.group().strip(), values[0], *unit
    for match in _CODE_FIRST.finditer(text):
        values = readings(match["number"])
        if len(values) == 1:
            yield match.group(), values[0], match["code"].lower(), "money", 1.0
