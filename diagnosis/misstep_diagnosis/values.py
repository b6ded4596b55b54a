"""Values in JSON and text: numbers in any notation, dates, identifiers, names, with their paths.

Everything is bounded, so that a megabyte of text costs time in proportion and no more.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from misstep.model import Json
from misstep_diagnosis.spoken import spoken_numbers

AtomKind = Literal["number", "date", "ident", "name", "text", "flag"]

MAX_LEAVES = 20_000
MAX_TEXT_CHARS = 400_000
MAX_ATOMS = 40_000


@dataclass(frozen=True, slots=True)
class Atom:
    """One value at one place. ``keys`` are its normalised readings, the likeliest first; two atoms
    hold the same value when they share a key. ``whole``: the entire leaf, not part of a text."""

    path: str
    quote: str
    kind: AtomKind
    keys: tuple[str, ...]
    whole: bool
    number: float | None = None

    @property
    def weight(self) -> float:
        """How much sharing this value tells: 0 for what stands everywhere."""
        if self.kind == "number":
            return _number_weight(self.quote, self.number or 0.0)
        if self.kind == "flag":
            return 0.0
        if self.kind == "text":
            return min(1.0, len(self.keys[0]) / 12) if len(self.keys[0]) > 2 else 0.0
        return 1.0


@lru_cache(maxsize=65_536)
def _number_weight(quote: str, number: float) -> float:
    value = abs(number)
    digits = len(quote) if quote.isdigit() else sum(map(str.isdigit, quote))
    digits = digits or len(f"{value:.0f}")
    if value in (0.0, 1.0, 100.0):
        return 0.0
    if digits == 1 or (digits == 2 and value == int(value)):
        return 0.3
    return 1.0


# --- leaves ------------------------------------------------------------------------------


def leaves(value: Json, root: str) -> Iterator[tuple[str, Json]]:
    """(path, scalar) of every leaf in document order; empty containers are leaves too."""
    stack: list[tuple[str, Json]] = [(root, value)]
    given = 0
    while stack and given < MAX_LEAVES:
        path, here = stack.pop()
        if isinstance(here, dict) and here:
            stack.extend((f"{path}.{key}", v) for key, v in reversed(list(here.items())))
        elif isinstance(here, list) and here:
            stack.extend(
                (f"{path}[{i}]", v) for i, v in reversed(list(enumerate(here[:MAX_LEAVES])))
            )
        else:
            given += 1
            yield path, here


def at_path(value: Json, path: str) -> Json:
    """The value at ``output.lines[0].qty`` below ``output``; None where there is none."""
    here = value
    for name, index in re.findall(r"\.([^.\[]+)|\[(\d+)\]", path):
        try:
            here = here[int(index)] if index else here[name]
        except (KeyError, IndexError, TypeError):
            return None
    return here


def last_key(path: str) -> str:
    """``output.lines[0].qty`` → ``qty``."""
    return re.sub(r"\[\d+\]", "", path).rpartition(".")[2]


# --- numbers -----------------------------------------------------------------------------

_NUMBER = re.compile(
    r"(?<![\w.,])[-+\u2212]?(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+|\d+)(?:[.,]\d+)*"
    r"(?:[eE][-+]?\d{1,3})?"
    r"(?:\s?(?:%|percent\b|k\b|thousand\b|mn?\b|million\b|mio\b|bn\b|b\b|billion\b|tn\b|trillion\b))?",
)
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "b": 1e9,
    "billion": 1e9,
    "tn": 1e12,
    "trillion": 1e12,
}
_BODY = re.compile(
    r"([-+\u2212]?[\d.,'’ \u00a0\u202f]*\d(?:[eE][-+]?\d{1,3})?)\s?([a-z%]*)", re.IGNORECASE
)


def number_key(value: float) -> str:
    """One spelling a value: 1299.0, 1299 and 1.299e3 share it."""
    if value == int(value) and abs(value) < 1e15:
        return f"n{int(value)}"
    return f"n{value:.10g}"


@lru_cache(maxsize=65_536)
def readings(text: str) -> tuple[float, ...]:
    """What a written number can mean, the likeliest first; empty when it is none.

    ``1.299,00`` is 1299 only; ``1.299`` is 1.299 or 1299; ``12,50`` is 12.5."""
    match = _BODY.fullmatch(text.strip())
    if not match:
        return ()
    digits = match.group(1).replace("\u2212", "-")
    digits = re.sub(r"(?<=\d)[ \u00a0\u202f'’](?=\d{3})", "", digits)
    suffix = match.group(2).lower()
    scale = _SCALES.get(suffix, 1.0)
    found = tuple(v * scale for v in _plain_readings(digits) if math.isfinite(v * scale))
    if scale != 1.0 or suffix in ("%", "percent"):
        # "12 m" may be metres, "15 %" may be stored as 0.15: the bare number stays a reading.
        bare = tuple(v for v in _plain_readings(digits) if math.isfinite(v))
        extra = tuple(v / 100 for v in bare) if suffix in ("%", "percent") else ()
        found = tuple(dict.fromkeys((*found, *bare, *extra)))
    return found


def _plain_readings(digits: str) -> tuple[float, ...]:
    dots, commas = digits.count("."), digits.count(",")
    try:
        if not dots and not commas:
            return (float(digits),)
        if dots and commas:
            decimal = "." if digits.rfind(".") > digits.rfind(",") else ","
            group = "," if decimal == "." else "."
            return (float(digits.replace(group, "").replace(decimal, ".")),)
        sign = "." if dots else ","
        if dots + commas > 1:
            grouped = _GROUPED.fullmatch(digits)
            return (float(digits.replace(sign, "")),) if grouped else ()
        return _one_separator(digits, sign)
    except ValueError:
        return ()


_GROUPED = re.compile(
    r"[-+]?\d{1,3}(?:\.\d{3})+|[-+]?\d{1,3}(?:,\d{3})+|[-+]?\d{1,2}(?:,\d{2})*,\d{3}"
)
"""1.234.567, 1,234,567 and 12,34,567; 4.0.11 is a version, no number."""


def _one_separator(digits: str, sign: str) -> tuple[float, ...]:
    before, after = digits.split(sign)
    as_decimal = float(f"{before}.{after}")
    could_group = (
        len(after) == 3 and before.lstrip("+-") not in ("", "0") and len(before.lstrip("+-")) <= 3
    )
    if not could_group:
        return (as_decimal,)
    as_group = float(before + after)
    return (as_decimal, as_group) if sign == "." else (as_group, as_decimal)


# --- dates, identifiers, names -------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio janeiro januari styczeń ocak",
            "feb february februar février febrero febbraio fevereiro februari luty şubat",
            "mar march märz mars marzo março maart marzec mart",
            "apr april avril abril aprile kwiecień nisan",
            "may mai mayo maggio maio mei maj mayıs",
            "jun june juni juin junio giugno junho czerwiec haziran",
            "jul july juli juillet julio luglio julho lipiec temmuz",
            "aug august août agosto augustus augusti sierpień ağustos",
            "sep sept september septembre septiembre settembre setembro wrzesień eylül",
            "oct october okt oktober octobre octubre ottobre outubro październik ekim",
            "nov november novembre noviembre novembro listopad kasım",
            "dec december dez dezember décembre diciembre dicembre dezembro desember grudzień aralık",
        ),
        1,
    )
    for name in names.split()
}
_YMD = re.compile(r"(?<![\w.])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_DMY = re.compile(r"(?<![\w.])(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")
_DMY_SHORT = re.compile(r"(?<![\w./])(\d{1,2})/(\d{1,2})/(\d{2})(?![\d/])")
_CJK_DATE = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_WORD_DATE = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|\.|er|º)?\s+(?:de\s+)?([^\W\d_]{3,12})\.?,?\s+(?:de\s+)?(\d{4})\b"
)
_US_DATE = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b(?![-/.]\d)")
_DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|\.|er|º)?\s+(?:de\s+|of\s+)?([^\W\d_]{3,12})\b(?!\.?,?\s+(?:de\s+)?\d{4})"
)
_MONTH_DAY = re.compile(
    r"\b([A-Z][a-z]{2,8})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b(?![.,]?\d|,?\s+\d{4}(?![-/.]\d))"
)
_CJK_DAY = re.compile(r"(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_IDENT = re.compile(
    r"\b(?=[A-Za-z0-9_\-/]{0,60}\d)(?=[A-Za-z0-9_\-/]{0,60}[A-Za-z])[A-Za-z0-9][A-Za-z0-9_\-/]{2,60}\b"
)
_NAME = re.compile(
    r"\b[A-ZÄÖÜÀ-Þ][\w&’'\-]+(?:\s+(?:[A-ZÄÖÜÀ-Þ](?:[\w&’'\-]*|\w{0,2}\.)|of|de|von|van|der|&))*"
    r"\s+[A-ZÄÖÜÀ-Þ][\w&’'\-]+"
)


def _dates(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """(start, end, keys) of every date; an ambiguous one keeps both its readings."""
    if not any(c.isdigit() for c in text):
        return
    for m in _YMD.finditer(text):
        yield m.start(), m.end(), _date_keys((int(m[1]), int(m[3]), int(m[4])))
    for m in _DMY.finditer(text):
        day, month, year = int(m[1]), int(m[3]), int(m[4])
        # 03/04 is a day and a month in either order; 03.04. is day first.
        other = [(year, day, month)] if m[2] != "." else []
        yield m.start(), m.end(), _date_keys((year, month, day), *other)
    for m in _DMY_SHORT.finditer(text):
        day, month, year = int(m[1]), int(m[2]), 2000 + int(m[3])
        yield m.start(), m.end(), _date_keys((year, month, day), (year, day, month))
    for m in _CJK_DATE.finditer(text):
        yield m.start(), m.end(), _date_keys((int(m[1]), int(m[2]), int(m[3])))
    for m in _WORD_DATE.finditer(text):
        found = _MONTHS.get(m[2].lower())
        if found:
            yield m.start(), m.end(), _date_keys((int(m[3]), found, int(m[1])))
    for m in _US_DATE.finditer(text):
        found = _MONTHS.get(m[1].lower())
        if found:
            yield m.start(), m.end(), _date_keys((int(m[3]), found, int(m[2])))
    yield from _yearless(text)


def _yearless(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Dates that name no year; what is part of a full date comes here too and is taken already."""
    for m in _DAY_MONTH.finditer(text):
        month = _MONTHS.get(m[2].lower())
        # "may" after a number is a verb as often as a month.
        if month and m[2] != "may":
            yield m.start(), m.end(), _date_keys((0, month, int(m[1])))
    for m in _MONTH_DAY.finditer(text):
        month = _MONTHS.get(m[1].lower())
        if month:
            yield m.start(), m.end(), _date_keys((0, month, int(m[2])))
    for m in _CJK_DAY.finditer(text):
        yield m.start(), m.end(), _date_keys((0, int(m[1]), int(m[2])))


def supplied(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that a value vouches for: a full date also for the same day without its year."""
    return (*keys, *(f"d0000{k[5:]}" for k in keys if k[0] == "d" and k[1:5] != "0000"))


def _date_keys(*dates: tuple[int, int, int]) -> tuple[str, ...]:
    valid = [d for d in dates if 1 <= d[1] <= 12 and 1 <= d[2] <= 31]
    return tuple(dict.fromkeys(f"d{y:04d}-{m:02d}-{d:02d}" for y, m, d in valid))


def sayable(text: str) -> str:
    """The text with halves of characters (lone surrogates) replaced, so that it can be stored."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def fold(text: str) -> str:
    """Case and white space folded."""
    return " ".join(text.casefold().split())


# --- atoms -------------------------------------------------------------------------------


Seen = dict[tuple[str, str], list[Atom]]
"""Atoms by path and text: a text goes on to the next hop, conversations repeat their beginning. What
stands at no path is a text wherever it stands."""

_LONG = 200


def atoms(value: Json, root: str, seen: Seen | None = None) -> list[Atom]:
    """All values of a JSON value, in document order."""
    found: list[Atom] = []
    for path, leaf in leaves(value, root):
        if len(found) >= MAX_ATOMS:
            break
        if seen is not None and isinstance(leaf, str):
            found += _known_atoms(path, leaf, seen)
        else:
            found.extend(_leaf_atoms(path, leaf))
    return found


def _known_atoms(path: str, text: str, seen: Seen) -> list[Atom]:
    """Atoms of a text, read once however often and wherever it stands."""
    known = seen.get((path, text)) if len(text) > _LONG else None
    if known is not None:
        return known
    anywhere = seen.get(("", text))
    if anywhere is None:
        anywhere = seen["", text] = list(_leaf_atoms("", text))
    made = [Atom(path, a.quote, a.kind, a.keys, a.whole, a.number) for a in anywhere]
    if len(text) > _LONG:
        seen[path, text] = made
    return made


def _leaf_atoms(path: str, leaf: Json) -> Iterator[Atom]:
    if isinstance(leaf, bool):
        yield Atom(path, str(leaf).lower(), "flag", (f"f{leaf}",), True)
    elif isinstance(leaf, int | float):
        yield from _number_leaf(path, leaf)
    elif isinstance(leaf, str) and leaf.strip():
        yield from _text_atoms(path, leaf)


def _number_leaf(path: str, leaf: int | float) -> Iterator[Atom]:
    try:
        value = float(leaf)
    except OverflowError:
        return
    if math.isfinite(value):
        yield Atom(path, f"{leaf}", "number", (number_key(value),), True, value)


def plain_digits(text: str) -> str:
    """The text with digits and separators of other scripts as 0-9, point and comma; same length."""
    if text.isascii():
        return text
    others = {c for c in set(text) if not c.isascii() and (c.isdecimal() or c in _SEPARATORS)}
    if not others:
        return text
    return text.translate(
        {ord(c): _SEPARATORS.get(c) or str(unicodedata.decimal(c)) for c in others}
    )


_SEPARATORS = {"\u066b": ".", "\u066c": ",", "\uff0e": ".", "\uff0c": ","}


def _text_atoms(path: str, text: str) -> Iterator[Atom]:
    text = text[:MAX_TEXT_CHARS]
    written, text = text, plain_digits(text)
    stripped = text.strip()
    whole = len(stripped) <= 300
    taken = Taken()
    for start, end, keys in _dates(text):
        if keys and taken.add(start, end):
            yield Atom(path, written[start:end], "date", keys, end - start == len(stripped))
    for match in _IDENT.finditer(text):
        if not taken.holds(match.start()) and not readings(match.group()):
            taken.add(*match.span())
            key = "i" + fold(match.group())
            yield Atom(path, match.group(), "ident", (key,), len(match.group()) == len(stripped))
    for match in _NUMBER.finditer(text):
        if not taken.holds(match.start()):
            values = readings(match.group())
            quote = written[match.start() : match.end()]
            alone = len(quote) == len(stripped)
            if values:
                keys = tuple(number_key(v) for v in values)
                yield Atom(path, quote, "number", keys, alone, values[0])
            elif match.group().count(".") > 1:
                yield Atom(path, quote, "ident", ("i" + quote,), alone)
    for start, end, spoken in spoken_numbers(text):
        if not taken.holds(start):
            number, quote = float(spoken), written[start:end]
            alone = end - start == len(stripped)
            yield Atom(path, quote, "number", (number_key(number),), alone, number)
    yield from _names(path, text, stripped)
    if whole:
        yield Atom(path, stripped, "text", ("t" + fold(stripped),), True)


def _names(path: str, text: str, stripped: str) -> Iterator[Atom]:
    for match in _NAME.finditer(text):
        yield Atom(
            path,
            match.group(),
            "name",
            name_keys(match.group()),
            len(match.group()) == len(stripped),
        )
    turned = _NAME_TURNED.fullmatch(stripped)
    if turned:
        keys = name_keys(f"{turned[2]} {turned[1]}")
        yield Atom(path, stripped, "name", keys, True)


_NAME_TURNED = re.compile(r"([^\W\d_][\w'’\-]+),\s+([^\W\d_][\w'’\- ]+)")


def name_keys(name: str) -> tuple[str, ...]:
    """A name as written, and without accents, titles and middle initials, its words in order."""
    folded = fold(name)
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    words = [w for w in re.findall(r"\w+", bare) if len(w) > 1 and w not in _TITLES]
    keys = ("p" + folded, "q" + " ".join(sorted(words)))
    return keys if len(words) > 1 else keys[:1]


_TITLES = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "herr", "frau", "mme", "monsieur", "madame", "sir")
)


class Taken:
    """Spans of a text that are spoken for, in the order of their starts."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def holds(self, position: int) -> bool:
        """Whether the position lies in a span."""
        at = bisect_right(self._starts, position) - 1
        return at >= 0 and position < self._ends[at]

    def add(self, start: int, end: int) -> bool:
        """Takes a span, unless its start is taken already."""
        at = bisect_right(self._starts, start)
        if at and start < self._ends[at - 1]:
            return False
        self._starts.insert(at, start)
        self._ends.insert(at, end)
        return True


def significant_digits(number: float) -> str:
    """The digits of a number without sign, point and outer zeros: 1299.0 and 1.299 share them."""
    text = f"{abs(number):.12g}"
    if "e" in text:
        text = f"{abs(number):f}"
    return text.replace(".", "").strip("0")


def grounded(atom: Atom, keys: frozenset[str] | set[str]) -> bool:
    """Whether any reading of the atom is among the keys."""
    return any(k in keys for k in atom.keys)
