"""Values in JSON and text: numbers in any notation, dates, identifiers, names, with their paths.

Everything is bounded, so that a megabyte of text costs time in proportion and no more.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import Literal, NamedTuple

from misstep.model import Json
from misstep_diagnosis.reading import dumped
from misstep_diagnosis.reading.dates import dates, has_date
from misstep_diagnosis.reading.kinds import NUMBERS
from misstep_diagnosis.reading.myriads import myriads
from misstep_diagnosis.reading.paths import fields_below, members_below
from misstep_diagnosis.reading.spoken import Words, spoken_numbers

AtomKind = Literal["number", "date", "time", "ident", "name", "text", "flag"]

MAX_LEAVES = 20_000
MAX_TEXT_CHARS = 400_000
MAX_ATOMS = 40_000


class Atom(NamedTuple):
    """One value at one place. ``keys`` are its normalised readings, the likeliest first; two atoms
    hold the same value when they share a key. ``whole``: the entire leaf, not part of a text.
    ``weight``: how much sharing this value tells, 0 for what stands everywhere."""

    path: str
    quote: str
    kind: AtomKind
    keys: tuple[str, ...]
    whole: bool
    number: float | None = None
    weight: float = 1.0


_atom: Callable[[tuple[object, ...]], Atom] = partial(tuple.__new__, Atom)
"""An atom of all its seven fields; a call of the class takes three times as long."""


def _number(path: str, quote: str, keys: tuple[str, ...], whole: bool, number: float) -> Atom:
    return _atom((path, quote, "number", keys, whole, number, _number_weight(quote, number)))


def _text_weight(key: str) -> float:
    return min(1.0, len(key) / 12) if len(key) > 2 else 0.0


def _number_weight(quote: str, number: float) -> float:
    value = abs(number)
    digits = len(quote) if quote.isdigit() else sum(map(str.isdigit, quote))
    digits = digits or len(f"{value:.0f}")
    if value in (0.0, 1.0, 100.0):
        return 0.0
    if value < 10_000 and (digits == 1 or (digits == 2 and value == int(value))):
        return 0.3
    return 1.0


# --- leaves ------------------------------------------------------------------------------


Leaf = tuple[str, Json]
"""(path, scalar)."""


_SCALARS = frozenset((str, float, int))


def leaves(value: Json, root: str) -> Iterator[Leaf]:
    """(path, scalar) of every leaf in document order; empty containers are leaves too. What LangChain
    keeps about a message beside what it says is none."""
    stack: list[Leaf] = [(root, value)]
    given = 0
    while stack and given < MAX_LEAVES:
        path, here = stack.pop()
        if type(here) in _SCALARS:
            given += 1
            yield path, here
        elif here and isinstance(here, dict):
            if "lc" in here:
                here = dumped.said(here)
            below = fields_below(path)
            stack += [(below[key], here[key]) for key in reversed(here)]
        elif here and isinstance(here, list):
            members = here[:MAX_LEAVES]
            at = members_below(path, len(members))
            stack += [(at[i], members[i]) for i in range(len(members) - 1, -1, -1)]
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


@lru_cache(maxsize=8_192)
def last_key(path: str) -> str:
    """``output.lines[0].qty`` → ``qty``."""
    name = path.rpartition(".")[2]
    return _POSITION.sub("", name) if "[" in name else name


_POSITION = re.compile(r"\[\d+\]")


# --- numbers -----------------------------------------------------------------------------

SPACELESS = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Letters of scripts that set no space before a number: Thai, kana, Han, Hangul."""
_NUMBER = re.compile(
    rf"(?:(?<![\w.,])|(?<=[{SPACELESS}]))"
    r"[-+\u2212]?(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+|\d+)(?:[.,]\d+)*"
    r"(?:[eE][-+]?\d{1,3})?"
    r"(?:\s?(?:%|percent\b|k\b|thousand\b|mn?\b|million\b|mio\b|bn\b|b\b|billion\b|tn\b|trillion\b|"
    r"Mio\b|Mrd\b|mrd\b|mld\b|Millionen\b|Milliarden?\b|millions\b|milliards?\b|millón\b|millones\b|"
    r"milhão\b|milhões\b|milioni\b|miliard[io]\b|miljoen\b|miljoner\b|miljard\b|lakhs?\b|crores?\b))?",
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
    **dict.fromkeys(("mrd", "mld", "milliarde", "milliarden", "milliard", "milliards"), 1e9),
    **dict.fromkeys(("miliardo", "miliardi", "miljard"), 1e9),
    **dict.fromkeys(("millionen", "millions", "millón", "millones", "milhão", "milhões"), 1e6),
    **dict.fromkeys(("milioni", "miljoen", "miljoner"), 1e6),
    **dict.fromkeys(("lakh", "lakhs"), 1e5),
    **dict.fromkeys(("crore", "crores"), 1e7),
}
_BODY = re.compile(
    r"([-+\u2212]?[\d.,'’ \u00a0\u202f]*\d(?:[eE][-+]?\d{1,3})?)\s?([a-zãõó%]*)", re.IGNORECASE
)


def number_key(value: float) -> str:
    """One spelling a value: 1299.0, 1299 and 1.299e3 share it."""
    if value == int(value) and abs(value) < 1e15:
        return f"n{int(value)}"
    return f"n{value:.10g}"


_LONGEST_PLAIN = 300  # digits; beyond, a number may be infinite


@lru_cache(maxsize=65_536)
def readings(text: str) -> tuple[float, ...]:
    """What a written number can mean, the likeliest first; empty when it is none.

    ``1.299,00`` is 1299 only; ``1.299`` is 1.299 or 1299; ``12,50`` is 12.5."""
    if text.isascii() and text.isdigit() and len(text) < _LONGEST_PLAIN:
        return (float(text),)
    match = _BODY.fullmatch(text.strip()) if not text[:1].isalpha() else None
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


# --- identifiers, names ---------------------------------------------------------------------

_IDENT = re.compile(
    r"\b(?=[A-Za-z0-9_\-/]{0,60}\d)(?=[A-Za-z0-9_\-/]{0,60}[A-Za-z])[A-Za-z0-9][A-Za-z0-9_\-/]{2,60}\b"
)
_NAME = re.compile(
    # A name does not run on into the next line; "der" belongs to one after "von" alone.
    r"\b[A-ZÄÖÜÀ-Þ][\w&’'\-]+(?:[^\S\n]+(?:[A-ZÄÖÜÀ-Þ](?:[\w&’'\-]*|\w{0,2}\.)|of|de|"
    r"v[ao]n(?:[^\S\n]+de[nr]?)?|&))*[^\S\n]+[A-ZÄÖÜÀ-Þ][\w&’'\-]+"
)


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
stands at no path is a text where it was first seen."""

_LONG = 200


def atoms(value: Json, root: str, seen: Seen | None = None) -> list[Atom]:
    """All values of a JSON value, in document order."""
    return atoms_of(leaves(value, root), seen)


def atoms_of(told: Iterable[Leaf], seen: Seen | None = None) -> list[Atom]:
    """As :func:`atoms`, of leaves that were listed before."""
    found: list[Atom] = []
    for path, leaf in told:
        if len(found) >= MAX_ATOMS:
            break
        if seen is not None and isinstance(leaf, str):
            found += _known_atoms(path, leaf, seen)
        else:
            found += _leaf_atoms(path, leaf)
    return found


def _known_atoms(path: str, text: str, seen: Seen) -> list[Atom]:
    """Atoms of a text, read once however often and wherever it stands."""
    first = seen.get(("", text))
    if first is None:
        first = seen["", text] = _leaf_atoms(path, text)
    if not first or first[0].path == path:
        return first
    made = seen.get((path, text)) if len(text) > _LONG else None
    if made is None:
        made = [_atom((path, *a[1:])) for a in first]
        if len(text) > _LONG:
            seen[path, text] = made
    return made


def _leaf_atoms(path: str, leaf: Json) -> list[Atom]:
    if isinstance(leaf, str):
        return _code_atoms(path, leaf) or (list(_text_atoms(path, leaf)) if leaf.strip() else [])
    if isinstance(leaf, bool):
        return [Atom(path, str(leaf).lower(), "flag", (f"f{leaf}",), True, None, 0.0)]
    if isinstance(leaf, NUMBERS):
        return _number_leaf(path, leaf)
    return []


def _number_leaf(path: str, leaf: int | float) -> list[Atom]:
    try:
        value = float(leaf)
    except OverflowError:
        return []
    if not math.isfinite(value):
        return []
    return [_number(path, f"{leaf}", (number_key(value),), True, value)]


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


_CODE = re.compile(r"[A-Za-z](?=[A-Za-z0-9_\-/]{0,59}\d)[A-Za-z0-9_\-/]{1,59}[A-Za-z0-9_]")


def _code_atoms(path: str, text: str) -> list[Atom] | None:
    """Atoms of a text that is one identifier, in which no number and no name stands; None of others."""
    if not _CODE.fullmatch(text) or has_date(text, Words(text)):
        return None
    folded = text.casefold()
    key = "t" + folded
    return [
        _atom((path, text, "ident", ("i" + folded,), True, None, 1.0)),
        _atom((path, text, "text", (key,), True, None, _text_weight(key))),
    ]


def _text_atoms(path: str, text: str) -> Iterator[Atom]:
    text = text[:MAX_TEXT_CHARS]
    written, text = text, plain_digits(text)
    stripped = text.strip()
    taken, words = Taken(), Words(text)
    if _DIGIT.search(text):
        yield from _with_digits(path, text, written, words, taken)
    for start, end, spoken in spoken_numbers(text, words):
        if not taken.holds(start):
            number = float(spoken)
            keys: tuple[str, ...] = (number_key(number),)
            percent = _PERCENT.match(text, end)
            if percent:
                end, keys = percent.end(), (*keys, number_key(number / 100))
            yield _number(path, written[start:end], keys, end - start == len(stripped), number)
    if len(stripped.split(None, 1)) > 1:
        yield from _names(path, text, stripped)
    if len(stripped) <= 300:
        key = "t" + fold(stripped)
        yield _atom((path, stripped, "text", (key,), True, None, _text_weight(key)))


_PERCENT = re.compile(
    r"[\s-](?:per\s?cent|prozent|pour cent|por ciento|per cento|por cento|procent|процент\w*)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")


def _with_digits(path: str, text: str, written: str, words: Words, taken: Taken) -> Iterator[Atom]:
    """Dates, identifiers and numbers in digits, each place once."""
    length = len(text.strip())
    for start, end, keys in dates(text, words):
        if keys and taken.add(start, end):
            yield Atom(path, written[start:end], "date", keys, end - start == length)
    if ":" in text:
        for start, end, told in times(text):
            if taken.add(start, end):
                yield Atom(path, written[start:end], "time", (told,), end - start == length)
    for match in _IDENT.finditer(text):
        name = match.group()
        # What begins with a letter is never a number.
        if not taken.holds(match.start()) and (name[0].isalpha() or not readings(name)):
            taken.add(*match.span())
            yield Atom(path, name, "ident", ("i" + fold(name),), len(name) == length)
    for start, end, number in myriads(text):
        if taken.add(start, end):
            alone = end - start == length
            yield _number(path, written[start:end], (number_key(number),), alone, number)
    for match in _NUMBER.finditer(text):
        if not taken.holds(match.start()):
            values = readings(match.group())
            quote = written[match.start() : match.end()]
            alone = len(quote) == length
            if values:
                keys = tuple(number_key(v) for v in values)
                yield _number(path, quote, keys, alone, values[0])
            elif match.group().count(".") > 1:
                yield Atom(path, quote, "ident", ("i" + quote,), alone)


_TIME = re.compile(
    r"(?<![\d:.,])([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?:\s?([ap])\.?m\b)?(?![\d:])",
    re.IGNORECASE,
)


def times(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, key) of times of day, 2:30 pm as 14:30."""
    for m in _TIME.finditer(text):
        hour = int(m[1])
        if m[3] and hour <= 12:
            hour = hour % 12 + (12 if m[3].lower() == "p" else 0)
        yield m.start(), m.end(), f"h{hour:02d}:{m[2]}"


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
    if turned and turned[1][0].isupper() and all(w[0].isupper() for w in turned[2].split()):
        keys = name_keys(f"{turned[2]} {turned[1]}")
        yield Atom(path, stripped, "name", keys, True)


_NAME_TURNED = re.compile(r"([^\W\d_][\w'’\-]+),\s+([^\W\d_](?:[^\W\d_]|[ '’\-.])*)")


@lru_cache(maxsize=4_096)
def name_keys(name: str) -> tuple[str, ...]:
    """A name as written, and without accents, titles and middle initials, its words in order."""
    folded = fold(name)
    bare = folded
    if not folded.isascii():
        parted = unicodedata.normalize("NFKD", folded)
        bare = "".join(c for c in parted if not unicodedata.combining(c))
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
        if not self._starts:
            return False
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
