"""Days counted on, days between, ages: what a step's dates and periods give."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta

from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.units import UNITS, unit_of_key, unit_of_word
from misstep_diagnosis.reckoning.operands import Operand, Operands, moment, words_in
from misstep_diagnosis.reckoning.workings import Working

_BACK = bag("before prior notice remind reminder latest cancel lead ahead early back ago vor since")
_WORKING = bag("working business work werktage arbeitstage workdays ouvrés hábiles")
_FAR = timedelta(days=4)
_MONTH, _YEAR, _DAY = UNITS["month"][1], UNITS["year"][1], UNITS["day"][1]


def day_working(key: str, value: str | float, name: str, given: Operands) -> Working | None:
    """What contradicts a day, or a number of days, by the dates and periods received; None where
    nothing does or the names leave it open."""
    if isinstance(value, str):
        return _counted_on(key, value, name, given)
    return _between(key, value, given)


def periods(one: Operand) -> str:
    """The unit of time that an operand counts: day, week, month, year, hour, minute, else empty."""
    if one.unit is not None and one.unit[1] == "time":
        size = one.unit[2]
        return next((n for n in _NAMES if UNITS[n][1] == size), "")
    return next((n for n in _NAMES for w in one.words if w in (n, f"{n}s", "night", "nights")), "")


_NAMES = ("day", "week", "month", "year", "hour", "minute", "second")


def _counted_on(key: str, value: str, name: str, given: Operands) -> Working | None:
    days, rest = given.of("date", "moment"), given.of("count", "number", "price", "factor")
    end = moment(value)
    if end is None or len(days) != 1 or len(rest) != 1 or len(given.used) != 2 or not rest[0].value:
        return None
    begin, unit = days[0].when, periods(rest[0])
    if begin is None or not unit or (begin.tzinfo is None) != (end.tzinfo is None):
        return None
    called = frozenset(words_in(key)) | frozenset(words_in(name)) | rest[0].words
    # Notice is counted back, and a step's name need not say so.
    right = [d for s in (1, -1) for d in reached(begin, s * rest[0].value, unit)]
    slack = _slack(unit, day=len(value) == 10)
    if not right or any(abs(end - d) <= slack for d in right) or end == begin:
        return None
    if called & _WORKING or unit == "day":
        right_too = [d for s in (1, -1) for d in worked(begin, s * rest[0].value)]
        if any(abs(end - d) <= timedelta(days=1) for d in right_too):
            return None
    if _rolled(end, right[0]):
        return None
    shown = right[0].date().isoformat() if len(value) == 10 else right[0].isoformat()
    told = f"{rest[0].value:g} {unit}s from {begin.date().isoformat()} are until {shown}"
    sure = min(abs(end - d) for d in right) > _FAR and not called & (_WORKING | _BACK)
    return Working((), told, sure=sure)


def _slack(unit: str, *, day: bool) -> timedelta:
    if day or unit in ("day", "week", "month", "year"):
        return timedelta(days=1)
    return timedelta(minutes=1)


def _rolled(end: datetime, right: datetime) -> bool:
    """A day that is no working day goes to the next that is one, or to the last before."""
    return right.weekday() >= 4 and timedelta(0) <= end - right <= timedelta(days=4)


def reached(begin: datetime, count: float, unit: str) -> Iterator[datetime]:
    """The moment as many units later."""
    try:
        if unit in ("month", "year"):
            months = begin.year * 12 + begin.month - 1 + count * (12 if unit == "year" else 1)
            if months == int(months):
                year, month = divmod(int(months), 12)
                last = monthrange(year, month + 1)[1]
                yield begin.replace(year=year, month=month + 1, day=min(begin.day, last))
                if unit == "month":
                    yield begin + timedelta(days=30 * count)
                else:
                    yield begin + timedelta(days=365 * count)
            return
        yield begin + timedelta(seconds=count * UNITS[unit][1])
    except (ValueError, OverflowError):
        return


def worked(begin: datetime, count: float) -> Iterator[datetime]:
    """The day as many working days later."""
    left, day = int(abs(count)), begin
    if left > 400:
        return
    while left:
        day += timedelta(days=1 if count > 0 else -1)
        left -= day.weekday() < 5
    yield day


# --- between -------------------------------------------------------------------------------

_AGES = bag("age alter edad età âge")
_SPANS = bag(
    "duration elapsed lasted length took days nights weeks months years minutes hours seconds "
    "overdue late tenure since"
)


def _between(key: str, value: float, given: Operands) -> Working | None:
    days = given.of("date", "moment")
    if len(days) != 2 or len(given.used) != 2 or value != value or days[0].when is None:
        return None
    first, second = (d.when for d in days)
    if first is None or second is None or (first.tzinfo is None) != (second.tzinfo is None):
        return None
    words = frozenset(words_in(key))
    seconds = abs((second - first).total_seconds())
    if words & _AGES:
        years = _full_years(min(first, second), max(first, second))
        right, slack, told = [float(years)], 0.01, "full years between the two dates"
        results = (*right, round(seconds / _YEAR, 1), round(seconds / _YEAR, 2))
        return (
            None
            if any(abs(value - r) <= slack for r in results)
            else Working(results, told, sure=True)
        )
    unit = unit_of_key(key) or unit_of_word(key.casefold()) or _last_unit(key)
    if not words & _SPANS or words & _WORKING:
        return None
    if "night" in key.casefold():
        unit = ("night", "time", _DAY)
    if unit is None or unit[1] != "time":
        return None
    size = unit[2]
    exact = seconds / size
    results = (exact, math.floor(exact), math.ceil(exact))
    slack = (
        1.0
        if size >= _DAY and unit[0] != "night"
        else (0.5 if unit[0] == "night" else max(1.0, 0.01 * exact))
    )
    if size < _DAY and exact < 24:
        slack = 0.06 if value != int(value) else 0.6
    if any(abs(abs(value) - r) <= slack for r in results):
        return None
    moments = all(d.kind == "moment" for d in days)
    if not moments and size < _DAY:
        return None
    return Working(results, "what lies between the two dates", sure=True)


def _last_unit(key: str) -> tuple[str, str, float] | None:
    for word in reversed(words_in(key)):
        unit = unit_of_word(word)
        if unit is not None and unit[1] == "time":
            return unit
    return None


def _full_years(first: datetime, last: datetime) -> int:
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))
