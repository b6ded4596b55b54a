"""Operands: the numbers and dates that a step received, by what they are called, in fields or prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

from misstep.model import Json
from misstep_diagnosis.reading.dates import dates
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.spoken import Words, bag, spoken_numbers
from misstep_diagnosis.reading.units import unit_of_key, unit_of_word
from misstep_diagnosis.reading.values import Taken, plain_digits, readings

Kind = Literal["number", "percent", "price", "count", "factor", "date", "moment"]
Unit = tuple[str, str, float]
"""(unit, dimension, size in the base unit)."""
MOST = 8


@dataclass(frozen=True, slots=True)
class Operand:
    """A number (``value``) or a day or moment (``when``) and the words that it is called by."""

    key: str
    words: frozenset[str]
    kind: Kind
    value: float = 0.0
    when: datetime | None = None
    unit: Unit | None = None
    per: str = ""
    """What a price is for one of: night, hour, kg."""


PERCENTS = bag("percent pct percentage prozent pourcent porcentaje percentuale procent")
OFF = bag(
    "discount discounted rebate reduction reduced off markdown rabatt remise descuento sconto skonto"
)
ON = bag(
    "vat tax gst mwst ust iva tva surcharge tip gratuity markup uplift raise increase premium "
    "interest fee commission service zuschlag steuer trinkgeld provision"
)
PRICES = bag(
    "price rate fare cost fee wage tariff preis prix precio prezzo charge each rent ticket premium"
)
COUNTS = bag(
    "quantity qty count number nights night days day people persons person guests adults "
    "children units "
    "unit seats hours hour rooms pieces tickets months month weeks week items copies licences licenses "
    "users passengers travellers boxes pallets participants sessions shifts members menge anzahl "
    "nächte tage personen cantidad noches quantité nuits years year bags packs bottles"
)
_IDLE = bag(
    "id no nr ref version page seed index decimals precision digits port code zip limit max "
    "maximum min "
    "minimum threshold floor ceiling cap order invoice ticket account customer sku line row rank "
    "position phone article matter case"
)
_CAPS = bag("limit max maximum min minimum threshold floor ceiling cap")
_ADVERBS = {
    "nightly": "night", "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month",
    "yearly": "year", "annual": "year",
}  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")


@lru_cache(8_192)
def words_in(key: str) -> tuple[str, ...]:
    """The folded words of a field's name, its camel humps apart."""
    return tuple(re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).casefold()))


def moment(text: str) -> datetime | None:
    """An ISO day or moment; without an offset it stays without one."""
    if not _ISO.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def is_day(text: str) -> bool:
    """Whether an ISO text names a day only."""
    return len(text) == 10


@dataclass(frozen=True, slots=True)
class Operands:
    """What a step can have computed with; ``caps`` are limits, which it may have kept to."""

    used: tuple[Operand, ...]
    caps: tuple[float, ...]

    def of(self, *kinds: Kind) -> list[Operand]:
        """Those of some kinds."""
        return [o for o in self.used if o.kind in kinds]


def of_fields(record: dict[str, Any]) -> Operands | None:
    """Operands of a record; None where it holds lists, or more than a few numbers."""
    if any(isinstance(v, list) and v for v in record.values()):
        return None
    inner = [set(v) for v in record.values() if isinstance(v, dict) and v]
    if any(a & b for n, a in enumerate(inner) for b in inner[n + 1 :]):
        # Packs by article beside prices by article are no operands by their own names.
        return None
    used: list[Operand] = []
    caps: list[float] = []
    stack: list[tuple[str, Json]] = list(record.items())
    for key, value in stack:
        if isinstance(value, dict):
            if len(stack) > 40:
                return None
            stack += value.items()
        elif isinstance(value, list):
            if value:
                return None
        elif isinstance(value, str) or is_number(value):
            one = _field(key, value)
            if one is None:
                continue
            if _IDLE & one.words and one.kind in ("number", "count", "price"):
                caps += [one.value] if _CAPS & one.words else []
                continue
            used.append(one)
    return Operands(tuple(used), tuple(caps)) if 0 < len(used) <= MOST else None


def _field(key: str, value: Json) -> Operand | None:
    words = words_in(key)
    if isinstance(value, str):
        when = moment(value.strip())
        if when is not None:
            return Operand(
                key, frozenset(words), "date" if is_day(value.strip()) else "moment", when=when
            )
        if len(value) > 24 or not value[:1].isdigit():
            return None
        bare = value.removesuffix("%").strip()
        told = readings(bare)
        if len(told) != 1:
            return None
        if value.endswith("%"):
            return Operand(key, frozenset(words), "percent", told[0] / 100)
        return _number(key, words, told[0])
    return _number(key, words, float(value))


def _number(key: str, words: tuple[str, ...], value: float) -> Operand:
    named = frozenset(words)
    unit = unit_of_key(key) or (unit_of_word(words[0]) if len(words) == 1 else None)
    if "per" in words:
        return Operand(key, named, "price", value, unit=unit, per=words[words.index("per") + 1 :][0]
                       if words[-1] != "per" else "")  # fmt: skip
    if PERCENTS & named:
        return Operand(key, named, "percent", value / 100)
    if named & (OFF | ON) and "rate" in named:
        return Operand(key, named, "percent", value / 100 if value >= 1 else value)
    if words[-1:] and words[-1] in ("rate", "factor", "multiplier") and not _adverb(words):
        return Operand(key, named, "factor", value, unit=unit)
    adverb = _adverb(words)
    if named & PRICES:
        return Operand(key, named, "price", value, unit=unit, per=adverb)
    if named & COUNTS and (unit is None or unit[1] == "time"):
        return Operand(key, named, "count", value, unit=unit)
    return Operand(key, named, "number", value, unit=unit)


def _adverb(words: tuple[str, ...]) -> str:
    return next((_ADVERBS[w] for w in words if w in _ADVERBS), "")


# --- prose ---------------------------------------------------------------------------------

_PLACE = re.compile(
    r"(?<![\w.,:/#-])(?P<sign>[€$£]\s?)?(?P<number>\d[\d.,]*\d|\d)(?P<percent>\s?%|\s?percent\b|"
    r"\s?per cent\b)?"
)
_WORD = re.compile(r"[^\W\d_]+")
_AFTER = re.compile(
    r"[\s-]{0,2}([€$£]|[^\W\d_]+(?:/[^\W\d_]+)?)(?:\s+(?:an?|per|each|/)\s+([^\W\d_]+))?"
)
_BREAK = re.compile(r"[,;.:\n]\s|\n|\band\b|\bund\b|\bplus\b|\d")
_DULL = bag("a an the of at is are for in on to and with from by per was be")
_NOT_OPERANDS = re.compile(
    r"(?i)(?:\b(?:no|nr|number|order|invoice|ticket|version|page|clause|section|article|chapter|room|"
    r"flight|step|id|case|level|iphone|ios|q)\.?\s*|#)$"
)
_LONGEST = 1_200


@lru_cache(256)
def of_prose(text: str) -> Operands | None:
    """Operands of a short text; None where it holds more than a few numbers, or identifiers."""
    if len(text) > _LONGEST:
        return None
    text = plain_digits(text)
    taken, used = Taken(), list[Operand]()
    for start, end, keys in dates(text, Words(text)):
        if keys and taken.add(start, end):
            day = _one_day(keys)
            if day is None:
                return None
            named = frozenset(_before(text, start))
            used.append(Operand("date", named, "date", when=moment(day.isoformat())))
    spots = [*_digits(text, taken), *_spelled(text, taken)]
    used += [o for o in (_in_text(text, *spot) for spot in spots) if o is not None]
    return Operands(tuple(used), ()) if 0 < len(used) <= MOST else None


def _one_day(keys: tuple[str, ...]) -> date | None:
    full = [k for k in keys if not k.startswith("d0000")]
    try:
        return date.fromisoformat(full[0][1:]) if len(full) == 1 else None
    except ValueError:
        return None


Spot = tuple[int, int, float, bool, str]
"""(start, end, value, whether it is a percentage, the sign of money before it)."""


def _digits(text: str, taken: Taken) -> Iterator[Spot]:
    for m in _PLACE.finditer(text):
        told = readings(m["number"])
        grouped = len(told) == 2 and "," in m["number"]  # 1,250 is hardly ever 1.25
        if (
            not (len(told) == 1 or grouped)
            or taken.holds(m.start())
            or _NOT_OPERANDS.search(text[: m.start()][-20:])
        ):
            continue
        if re.match(r"[\w/:-]", text[m.end() : m.end() + 1]) and not m["percent"]:
            continue
        yield m.start(), m.end(), told[0], bool(m["percent"]), m["sign"] or ""


def _spelled(text: str, taken: Taken) -> Iterator[Spot]:
    for start, end, value in spoken_numbers(text):
        after = _AFTER.match(text, end)
        # "the three costs" are no operand; three nights are.
        if after and not taken.holds(start) and _counts(after[1].casefold()):
            yield start, end, float(value), False, ""


def _counts(word: str) -> bool:
    unit = unit_of_word(word)
    return word in COUNTS or (unit is not None and unit[1] != "money")


def _in_text(
    text: str, start: int, end: int, value: float, percent: bool, sign: str
) -> Operand | None:
    before = _before(text, start)
    after = _AFTER.match(text, end)
    unit = unit_of_word(after[1]) if after else None
    follows = after[1].casefold() if after else ""
    words = frozenset(w for w in (*before, follows) if w and w not in _DULL)
    if percent:
        rest = frozenset(_WORD.findall(text[end : end + 24].casefold())[:2])
        return Operand(text[start:end], words | rest, "percent", value / 100)
    money = sign or (unit is not None and unit[1] == "money")
    per = (after[2] or "").casefold() if after else ""
    if per and (money or "at" in before):
        return Operand(text[start:end], words, "price", value, unit=unit, per=per)
    if follows in COUNTS or (unit is not None and unit[1] == "time"):
        return Operand(text[start:end], words, "count", value, unit=unit)
    if money and ("at" in before or "each" in words):
        return Operand(text[start:end], words, "price", value, unit=unit)
    return Operand(text[start:end], words, "number", value, unit=unit)


def _before(text: str, at: int) -> list[str]:
    """The words before a position, back to a comma, a stop or a number."""
    piece = text[max(0, at - 50) : at]
    ends = [m.end() for m in _BREAK.finditer(piece)]
    return _WORD.findall(piece[ends[-1] if ends else 0 :].casefold())[-4:]
