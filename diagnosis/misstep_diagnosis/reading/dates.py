"""Dates in texts, in the notations and month names of many languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from misstep_diagnosis.reading.spoken import Words

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january января يناير januar janvier enero gennaio janeiro januari styczeń ocak",
            "feb february февраля فبراير شباط "
            "februar février febrero febbraio fevereiro februari luty şubat",
            "mar march марта مارس آذار märz mars marzo março maart marzec mart",
            "apr april апреля أبريل نيسان avril abril aprile kwiecień nisan",
            "may mai мая مايو أيار mayo maggio maio mei maj mayıs",
            "jun june июня يونيو حزيران juni juin junio giugno junho czerwiec haziran",
            "jul july июля يوليو تموز juli juillet julio luglio julho lipiec temmuz",
            "aug august августа أغسطس آب août agosto augustus augusti sierpień ağustos",
            "sep sept сентября سبتمبر أيلول "
            "september septembre septiembre settembre setembro wrzesień eylül",
            "oct october октября أكتوبر okt oktober octobre octubre ottobre outubro październik ekim",
            "nov november ноября نوفمبر novembre noviembre novembro listopad kasım",
            "dec december декабря ديسمبر "
            "dez dezember décembre diciembre dicembre dezembro desember grudzień aralık",
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
_TO = (
    r"(?:st|nd|rd|th|\.|er|º)?\s?(?:[-–—/~]|to|and|bis|und|au|et|al|y|a|e|tot|en|до|по|إلى|حتى)\s?"
)
_RANGE = re.compile(
    rf"\b(\d{{1,2}}){_TO}\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?\s+(?:de\s+)?([^\W\d_]{{3,12}})\b\.?,?"
    r"(?:\s+(?:de\s+)?(\d{4})\b)?"
)
_US_RANGE = re.compile(
    rf"\b([A-Z][a-z]{{2,8}})\.?\s+\d{{1,2}}{_TO}(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}})\b)?"
)
_LAST_DIGITS = re.compile(r"\d{1,2}")
_CJK_DAY = re.compile(r"(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_Dated = tuple[int, int, tuple[str, ...]]
_PUNCTUATED = re.compile(r"\d[-/.]\d{1,2}[-/.]\d")
_CJK_MONTH = re.compile(r"[月월]")


def has_date(text: str, words: Words) -> bool:
    """Whether a text of ASCII letters with these words may hold a date."""
    return bool(_PUNCTUATED.search(text)) or not _MONTHS.keys().isdisjoint(words.found)


def dates(text: str, words: Words) -> Iterator[_Dated]:
    """(start, end, keys) of every date of a text with these words; an ambiguous one keeps both its
    readings. What is part of a full date comes again without its year, and is taken already."""
    if _PUNCTUATED.search(text):
        yield from _numeric(text)
    ideographic = not text.isascii() and _CJK_MONTH.search(text)
    if ideographic:
        for m in _CJK_DATE.finditer(text):
            yield m.start(), m.end(), _date_keys((int(m[1]), int(m[2]), int(m[3])))
    if not _MONTHS.keys().isdisjoint(words.found):
        yield from _with_month(text)
    if ideographic:
        for m in _CJK_DAY.finditer(text):
            yield m.start(), m.end(), _date_keys((0, int(m[1]), int(m[2])))


def _numeric(text: str) -> Iterator[_Dated]:
    """Dates in digits alone."""
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


def _with_month(text: str) -> Iterator[_Dated]:
    """Dates that name their month, those of a year first."""
    for m in _WORD_DATE.finditer(text):
        found = _MONTHS.get(m[2].lower())
        if found:
            yield m.start(), m.end(), _date_keys((int(m[3]), found, int(m[1])))
    for m in _US_DATE.finditer(text):
        found = _MONTHS.get(m[1].lower())
        if found:
            yield m.start(), m.end(), _date_keys((int(m[3]), found, int(m[2])))
    for m in _RANGE.finditer(text):
        # The first day of 12–15 July 2026; the last is a date as it stands.
        month = _MONTHS.get(m[2].lower())
        if month:
            yield m.start(1), m.end(1), _date_keys((int(m[3] or 0), month, int(m[1])))
    for m in _US_RANGE.finditer(text):
        month = _MONTHS.get(m[1].lower())
        if month:
            year, first = int(m[3] or 0), _LAST_DIGITS.search(text, m.start(), m.start(2))
            yield m.start(2), m.end(), _date_keys((year, month, int(m[2])))
            if first:
                yield m.start(), first.end(), _date_keys((year, month, int(first.group())))
    for m in _DAY_MONTH.finditer(text):
        month = _MONTHS.get(m[2].lower())
        # "may" after a number is a verb as often as a month.
        if month and m[2] != "may":
            yield m.start(), m.end(), _date_keys((0, month, int(m[1])))
    for m in _MONTH_DAY.finditer(text):
        month = _MONTHS.get(m[1].lower())
        if month:
            yield m.start(), m.end(), _date_keys((0, month, int(m[2])))


def month_names() -> frozenset[str]:
    """Names of months in the languages that are read, folded."""
    return frozenset(_MONTHS)


def supplied(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that a value vouches for: a full date also for the same day without its year."""
    return (*keys, *(f"d0000{k[5:]}" for k in keys if k[0] == "d" and k[1:5] != "0000"))


def _date_keys(*dates: tuple[int, int, int]) -> tuple[str, ...]:
    valid = [d for d in dates if 1 <= d[1] <= 12 and 1 <= d[2] <= 31]
    return tuple(dict.fromkeys(f"d{y:04d}-{m:02d}-{d:02d}" for y, m, d in valid))
