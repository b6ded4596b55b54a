"""Numbers told as people tell them: about as much, 7 hours 40 for 460 minutes, 26 per cent of what
is named beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import combinations

from misstep_diagnosis.facts import HopFacts
from misstep_diagnosis.reading.values import Atom, readings

_ABOUT = re.compile(
    r"(?:(?<![^\W\d_])(?:about|around|some|roughly|nearly|almost|approximately|approx\.?|circa|ca\.?|"
    r"over|under|more than|less than|fewer than|up to|close to|a good|at least|as good as|etwa|rund|"
    r"ungefähr|knapp|gut|fast|über|unter|zirka|mehr als|weniger als|environ|près de|presque|"
    r"quelques?|plus de|moins de|autour de|unos|unas|alrededor de|cerca de|casi|más de|menos de|"
    r"aproximadamente|quasi|oltre|più di|intorno a|all'incirca|ongeveer|zo['’]n|bijna|ruim|rond|"
    r"meer dan|minder dan|krap|quase|mais de|omkring|cirka|nästan|næsten|около|почти)|[~≈約约])"
    r"\s*(?:[A-Z]{3}\s?|[€$£¥]\s?|an?\s|the\s)?$",
    re.IGNORECASE,
)
_OR_SO = re.compile(r"\W{0,2}[^\W\d_]*\s?(?:or so|oder so|ou presque|más o menos|前後|ほど|くらい)")
_FAR = 0.085
_MOST_GIVEN = 200


def nearly(atom: Atom, fact: HopFacts) -> bool:
    """Whether the number is one of those received as a text tells it: with a word such as "about",
    as hours and minutes, or as the percentage of what its own sentence names."""
    value = atom.number
    if not value or atom.kind != "number":
        return False
    # Of a text full of numbers the first ones are looked at.
    looked = fact.noted["nearly"] = fact.noted.get("nearly", 0) + 1
    if atom.whole or looked > _MOST_LOOKED:
        return False
    for text, start, end in _places(atom, fact):
        if near_one(value, _numbers(fact)) and about(text, start, end):
            return True
        if lasts_as_told(text, start, fact) or _named_share(value, text, start, end, fact):
            return True
    return False


_MOST_LOOKED = 80
_MOST_PLACES = 4
_MOST_CHARS = 20_000


def _places(atom: Atom, fact: HopFacts) -> Iterator[tuple[str, int, int]]:
    text = next((v for p, v in fact.made_texts if p == atom.path), "")
    return places(text, atom.quote)


def places(text: str, quote: str) -> Iterator[tuple[str, int, int]]:
    """(text, start, end) of the first few places of a quote."""
    at, seen = text.find(quote, 0, _MOST_CHARS), 0
    while at >= 0 and seen < _MOST_PLACES:
        yield text, at, at + len(quote)
        at, seen = text.find(quote, at + len(quote), _MOST_CHARS), seen + 1


def _numbers(fact: HopFacts) -> Iterable[float]:
    return (abs(a.number) for a in fact.received[:_MOST_GIVEN] if a.number)


def about(text: str, start: int, end: int) -> bool:
    """Whether the number at that place is told as "about" so much, in any of a dozen languages."""
    return bool(_ABOUT.search(text[max(0, start - 32) : start]) or _OR_SO.match(text, end))


def near_one(value: float, given: Iterable[float]) -> bool:
    """Whether a round number (two digits that tell something, or a zero at its end) lies near one."""
    told = f"{abs(value):.10g}".replace(".", "").lstrip("0")
    if len(told.rstrip("0")) > 2 and not told.endswith("0"):
        return False
    return any(abs(abs(value) - g) <= _FAR * g for g in given)


def rounds(value: float, given: Iterable[float]) -> bool:
    """Whether it is one of the numbers, rounded to the digits it is written with: 9.6 is 10."""
    told = f"{abs(value):.10g}"
    half = 0.5000001 * 10.0 ** -len(told.partition(".")[2])
    return any(abs(abs(value) - g) <= min(half, _CLOSE * g) for g in given)


_CLOSE = 0.05


# --- durations ----------------------------------------------------------------------------------

_DAYS = r"(?:d|days?|tage?n?|jours?|días?|giorn[io]|dag(?:en)?|日)"
_HOURS = r"(?:h|hrs?\.?|hours?|stunden?|std\.?|heures?|horas?|or[ae]|uu?re?n?|時間)"
_MINUTES = r"(?:m|min\.?|mins|minutes?|minuten|minutos?|minut[io]|minuut|分)"
_SECONDS = r"(?:s|secs?|seconds?|sekunden|secondes?|segundos?|second[io]|秒)"
_AND = r"\s?(?:,|and|und|et|y|e|en)?\s?"
_LASTS = tuple(
    (re.compile(rf"(?i)(?<![\w.,])(\d{{1,4}})\s?-?{a}(?![^\W\d_]){_AND}(\d{{1,2}}){b}"), size, part)
    for a, b, size, part in (
        (_DAYS, rf"\s?-?{_HOURS}(?!\w)", 86_400, 3_600),
        (_HOURS, rf"(?:\s?-?{_MINUTES}(?!\w)|(?![\w.,:%]|\s?[^\W\d_]))", 3_600, 60),
        (_MINUTES, rf"\s?-?{_SECONDS}(?!\w)", 60, 1),
    )
)
_CLOCK = re.compile(r"(?<![\d:+-])([01]?\d|2[0-3]):([0-5]\d)(?!\d)")
_MOST_TIMES = 40
_FEW_TIMES = 4


def durations(text: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, seconds) of durations told in two units: 7 hours 40 minutes, 2 h 51."""
    for pattern, size, part in _LASTS:
        for m in pattern.finditer(text[:_MOST_CHARS]):
            yield m.start(), m.end(), int(m[1]) * size + int(m[2]) * part


_NEAR = 60


def lasts_as_told(text: str, at: int, fact: HopFacts) -> bool:
    """Whether the place lies in a duration in two units that is as long as one received, or as two
    times of day received are apart."""
    around = text[max(0, at - _NEAR) : at + _NEAR]
    place = min(at, _NEAR)
    told = [s for start, end, s in durations(around) if start <= place < end]
    return any(_lasts(seconds, fact) for seconds in told)


def _lasts(seconds: float, fact: HopFacts) -> bool:
    spans = (q.base for q in fact.given_quantities if q.dimension == "time")
    if any(abs(seconds - s) < 60 and math.isclose(seconds, s, rel_tol=0.02) for s in spans):
        return True
    return seconds / 60 in set(_numbers(fact)) or apart(seconds, fact, known_to_both=False)


def apart(seconds: float, fact: HopFacts, *, known_to_both: bool = True) -> bool:
    """Whether two times of day received are that far apart; of many times those that the output
    tells as well count."""
    given = _clock(v for _, v in fact.given_texts)
    if known_to_both and len(given) > _FEW_TIMES:
        given &= _clock(v for _, v in fact.made_texts)
    if len(given) > _MOST_TIMES:
        return False
    minutes = seconds / 60
    return any(
        abs(d - minutes) <= 1
        for a, b in combinations(sorted(given), 2)
        for d in (b - a, 1_440 - (b - a))
    )


def _clock(texts: Iterable[str]) -> set[int]:
    return {int(m[1]) * 60 + int(m[2]) for v in texts for m in _CLOCK.finditer(v[:_MOST_CHARS])}


# --- shares -------------------------------------------------------------------------------------

_PERCENT_AFTER = re.compile(
    r"\s?(?:%|per\s?cent\b|prozent\b|pour cent\b|por ciento\b|per cento\b|por cento\b|procent\b)",
    re.IGNORECASE,
)
_STOPS = re.compile(r"[.!?](?=\s|$)|\n")
_MOST_NAMED = 40
_SENTENCE = 300


def _named_share(value: float, text: str, start: int, end: int, fact: HopFacts) -> bool:
    """Whether a percentage is the share of an amount received that its own sentence names in another
    of the same unit, or how much the one is above or below the other."""
    quote = text[start:end]
    if "%" not in quote and not _PERCENT_AFTER.match(text, end):
        return False
    around = text[max(0, start - _SENTENCE) : start]
    before = [m.end() for m in _STOPS.finditer(around)]
    after = _STOPS.search(text, end, end + _SENTENCE)
    sentence = (
        around[before[-1] if before else 0 :]
        + text[start : after.start() if after else end + _SENTENCE]
    )
    percent = readings(quote.rstrip("% ").strip())
    given = [q for _, v in fact.given_texts[:20] for q in _amounts(v)][:_MOST_NAMED]
    said = _amounts(sentence)
    named = [q for q in given if q in said]
    return bool(percent) and any(
        _share(percent[0], a[1], b[1])
        for a in named
        for b in given
        if b[0] == a[0] and b[1] != a[1]
    )


_AMOUNT = re.compile(
    r"(?P<before>[€$£¥₹]|\b[A-Z]{3}\b)?\s?(?<![\w.,])(?P<number>\d[\d.,'’\u00a0]*\d|\d)"
    r"(?:\s?(?P<after>[€$£¥₹]|[^\W\d_]{2,}))?"
)


def _amounts(text: str) -> list[tuple[str, float]]:
    """Numbers of a text with the currency or the word they stand with."""
    made = []
    for m in _AMOUNT.finditer(text[:_MOST_CHARS]):
        values, unit = readings(m["number"]), m["before"] or m["after"] or ""
        if unit and values and values[0] and not _PERCENT_AFTER.match(text, m.end("number")):
            made.append((unit.casefold(), values[0]))
    return made


def _share(percent: float, part: float, whole: float) -> bool:
    slack = 0.5000001 * 10.0 ** -len(f"{percent:.10g}".partition(".")[2])
    ratio = 100 * part / whole
    return any(abs(percent - r) <= slack for r in (ratio, abs(ratio - 100)))
