"""Typed derivations: how a number follows from others, by name, never "some pair gives it".

A *term* is a named number (``input.total``), a column of a complete list
(``input.lines[].price``), or the length of a list (``#input.lines``). A *formula* is a family with
the names it needs, so it can be found in one hop and evaluated in another.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from misstep.model import Json
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.paths import fields_below
from misstep_diagnosis.reading.values import readings

MAX_SCALARS = 28
MAX_COLUMNS = 16
MAX_MEMBERS = 2_000
_MAX_TEXT = 6_000
_MIXED = 8
_MAX_TEXT_NUMBERS = 30
CHANCE = 0.02

Formula = tuple[str, ...]
"""(family, name of the first term, …)."""

_NUMBER_AT = re.compile(r"(?<![\w.,-])-?\d[\d.,]{0,30}\d|(?<![\w.,-])-?\d(?![\w])")
_TOKEN = re.compile(r"[^\W\d_]+|\d")


@dataclass(slots=True)
class Terms:
    """Named numbers of one hop, its input's and its output's."""

    scalars: dict[str, float] = field(default_factory=dict)
    columns: dict[str, list[float]] = field(default_factory=dict)

    _sorted: tuple[int, list[float], dict[float, list[str]]] | None = field(
        default=None, repr=False, compare=False
    )

    def by_value(self) -> tuple[list[float], dict[float, list[str]]]:
        """The scalars' different values in their order, and the names of each; scalars only come."""
        known = self._sorted
        if known is None or known[0] != len(self.scalars):
            called: dict[float, list[str]] = {}
            for name, number in self.scalars.items():
                called.setdefault(number, []).append(name)
            known = self._sorted = (len(self.scalars), sorted(called), called)
        return known[1], known[2]

    def without(self, name: str) -> Terms:
        """The same without one scalar and what it is part of."""
        kept = {k: v for k, v in self.scalars.items() if k != name}
        return Terms(kept, {k: v for k, v in self.columns.items() if not _covers(k, name)})


def merged_terms(into: Terms, more: Terms) -> Terms:
    """``into`` with the terms of ``more`` that have room, as if both values had been walked."""
    for name, number in more.scalars.items():
        _scalar(into, name, number)
    for name, column in more.columns.items():
        _column(into, name, column)
    return into


def _covers(column: str, name: str) -> bool:
    return column.endswith(".*") and name.startswith(column[:-1])


def terms_of(value: Json, root: str, into: Terms | None = None) -> Terms:
    """The terms of a JSON value below ``root``."""
    made = into if into is not None else Terms()
    _walk(value, root, made, 0)
    return made


def _walk(value: Json, path: str, made: Terms, depth: int) -> None:
    if depth > 12:
        return
    if isinstance(value, dict):
        own = {k: v for k, v in value.items() if is_number(v)}
        if len(own) > 1 and len(own) == len(value):
            _column(made, f"{path}.*", [float(v) for v in own.values()])
        below = fields_below(path)
        for key, inner in value.items():
            _walk(inner, below[key], made, depth + 1)
    elif isinstance(value, list):
        _list(value, path, made, depth)
    elif isinstance(value, str):
        _text(value, path, made)
    elif is_number(value):
        _scalar(made, path, float(value))


def _list(value: list[Json], path: str, made: Terms, depth: int) -> None:
    _scalar(made, f"#{path}", float(len(value)))
    members = value[:MAX_MEMBERS]
    if len(value) > MAX_MEMBERS or not members:
        return
    if all(is_number(v) for v in members):
        _column(made, f"{path}[]", [float(v) for v in members])
    elif all(isinstance(v, dict) for v in members):
        for key in members[0]:
            column = [_as_number(m.get(key)) for m in members]
            if all(v is not None for v in column):
                _column(made, f"{path}[].{key}", [v for v in column if v is not None])
    if len(members) == 1 or not all(isinstance(v, dict) for v in members):
        for i, member in enumerate(members[:_MIXED]):
            if isinstance(member, dict | str):
                _walk(member, f"{path}[{i}]", made, depth + 1)


def _text(text: str, path: str, made: Terms) -> None:
    number = _as_number(text)
    if number is not None:
        _scalar(made, path, number)
        return
    if len(text) > _MAX_TEXT:
        return
    by_anchor: dict[str, list[float]] = {}
    for count, match in enumerate(_NUMBER_AT.finditer(text)):
        if count >= _MAX_TEXT_NUMBERS:
            return
        values = readings(match.group())
        for anchor in anchors(text, match.start()) if len(values) == 1 else ():
            by_anchor.setdefault(anchor, []).append(values[0])
    for anchor, numbers in by_anchor.items():
        if len(numbers) == 1:
            _scalar(made, f"{path}~{anchor}", numbers[0])
        else:
            _column(made, f"{path}~{anchor}[]", numbers)


_NEAR = 24
"""Characters that mostly hold two whole words."""


def anchors(text: str, at: int) -> tuple[str, ...]:
    """The one and two words before a position, folded; none where a number stands there."""
    tokens = _TOKEN.findall(text[max(0, at - _NEAR) : at].casefold())
    if len(tokens) < 3 and at > _NEAR:
        tokens = _TOKEN.findall(text[max(0, at - 60) : at].casefold())
    if not tokens or tokens[-1].isdigit():
        return ()
    last = tokens[-1]
    before = tokens[-2] if len(tokens) > 1 and not tokens[-2].isdigit() else None
    return (last,) if before is None else (last, f"{before} {last}")


def _as_number(value: Json) -> float | None:
    if is_number(value):
        return float(value)
    if isinstance(value, str) and len(value) <= 24 and not value[:1].isalpha():
        found = readings(value)
        return found[0] if len(found) == 1 and abs(found[0]) < 1e18 else None
    return None


def _scalar(made: Terms, name: str, value: float) -> None:
    if len(made.scalars) < MAX_SCALARS:
        made.scalars.setdefault(name, value)


def _column(made: Terms, name: str, values: list[float]) -> None:
    if len(made.columns) < MAX_COLUMNS and len(values) > 1:
        made.columns.setdefault(name, values)


# --- matching ------------------------------------------------------------------------------


@lru_cache(maxsize=8_192)
def tolerance(value: float) -> float:
    """Half a unit of the last digit the number is written with."""
    text = f"{value:.10g}"
    if "e" in text:
        return abs(value) * 1e-9
    digits = len(text.partition(".")[2])
    return 0.5000001 * 10.0**-digits + abs(value) * 1e-12


def same(a: float, b: float, slack: float) -> bool:
    """Whether two numbers are equal up to the slack."""
    return abs(a - b) <= slack


def formulas(value: float, terms: Terms) -> list[Formula]:
    """Every typed formula over the terms that gives the value, as it is written."""
    slack = tolerance(value)
    found = list(_column_formulas(value, slack, terms))
    found += _pair_formulas(value, slack, terms)
    return found


def _column_formulas(value: float, slack: float, terms: Terms) -> Iterator[Formula]:
    for name, column in terms.columns.items():
        total = math.fsum(column)
        if same(value, total, slack):
            yield ("sum", name)
        if same(value, total / len(column), slack):
            yield ("mean", name)
        if same(value, max(column), slack):
            yield ("largest", name)
        if same(value, min(column), slack):
            yield ("smallest", name)
        if same(value, float(len(column)), slack):
            yield ("count", name)
        for scalar, number in terms.scalars.items() if total else ():
            for factor, family in ((1.0, "share"), (100.0, "percent_share")):
                if number and same(value, factor * number / total, slack):
                    yield (family, scalar, name)
    for a, b in _beside(terms.columns) if len(terms.columns) > 1 else ():
        products = math.fsum(x * y for x, y in zip(terms.columns[a], terms.columns[b], strict=True))
        if same(value, products, slack * len(terms.columns[a])):
            yield ("sum_of_products", a, b)
        for scalar, number in terms.scalars.items():
            if number != 1.0 and same(value, products * number, slack * len(terms.columns[a])):
                yield ("sum_of_products_times", a, b, scalar)


def _beside(columns: dict[str, list[float]]) -> Iterator[tuple[str, str]]:
    """Pairs of columns of the same list."""
    names = [n for n in columns if "[]." in n]
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            if a.rpartition("[].")[0] == b.rpartition("[].")[0]:
                yield a, b


def _pair_formulas(value: float, slack: float, terms: Terms) -> list[Formula]:
    """Formulas of two scalars, found by looking the second up in the sorted values; a number that
    several words name is looked up once."""
    values, called = terms.by_value()
    found: list[Formula] = []
    for a in values:
        if same(value, a, slack):
            found += [("copy", name) for name in called[a]]
        for family, wanted, width in _partners(value, slack, a, (values[0], values[-1])):
            most = wanted + width
            at = bisect_left(values, wanted - width)
            while at < len(values) and values[at] <= most:
                seconds = called[values[at]]
                found += [(family, x, y) for x in called[a] for y in seconds if x != y]
                at += 1
    return found


def _partners(
    value: float, slack: float, a: float, ends: tuple[float, float]
) -> Iterator[tuple[str, float, float]]:
    """(family, number, slack): what beside ``a`` would give the value, where it lies between the ends
    of what there is."""
    least, most = ends
    apart, rest = a - value, value - a
    if apart + slack >= least and apart - slack <= most:
        yield "difference", apart, slack
    if rest + slack >= least and rest - slack <= most:
        yield "sum_of_two", rest, slack
    if a:
        times, width = value / a, slack / abs(a)
        if times + width >= least and times - width <= most:
            yield "product", times, width
        width = 100 * width
        whole, less, plus = 100 * times, 100 * (1 - times), 100 * (times - 1)
        if whole + width >= least and whole - width <= most:
            yield "percent_of", whole, width
        if less + width >= least and less - width <= most:
            yield "less_percent", less, width
        if plus + width >= least and plus - width <= most:
            yield "plus_percent", plus, width
    if value:
        low, high = sorted((a / (value - slack or value), a / (value + slack or value)))
        middle, width = (low + high) / 2, (high - low) / 2 + 1e-12
        if middle + width >= least and middle - width <= most:
            yield "ratio", middle, width
        middle, width = 50 * (low + high), 50 * (high - low) + 1e-10
        if middle + width >= least and middle - width <= most:
            yield "percent_ratio", middle, width


def evaluate(formula: Formula, terms: Terms) -> float | None:
    """What the formula gives in other terms; None where a name is missing."""
    family, *names = formula
    try:
        if family in _COLUMN:
            return _COLUMN[family](terms.columns[names[0]])
        if family in ("share", "percent_share"):
            factor = 100.0 if family == "percent_share" else 1.0
            return factor * terms.scalars[names[0]] / math.fsum(terms.columns[names[1]])
        if family.startswith("sum_of_products"):
            a, b = terms.columns[names[0]], terms.columns[names[1]]
            times = terms.scalars[names[2]] if len(names) > 2 else 1.0
            return math.fsum(x * y for x, y in zip(a, b, strict=True)) * times
        if family == "copy":
            return terms.scalars[names[0]]
        return _two(family, terms.scalars[names[0]], terms.scalars[names[1]])
    except (KeyError, ZeroDivisionError, ValueError, OverflowError):
        return None


_COLUMN: dict[str, Callable[[list[float]], float]] = {
    "sum": math.fsum,
    "mean": lambda c: math.fsum(c) / len(c),
    "largest": max,
    "smallest": min,
    "count": lambda c: float(len(c)),
}


def _two(family: str, a: float, b: float) -> float:
    results = {
        "difference": lambda: a - b,
        "sum_of_two": lambda: a + b,
        "product": lambda: a * b,
        "percent_of": lambda: a * b / 100,
        "less_percent": lambda: a * (1 - b / 100),
        "plus_percent": lambda: a * (1 + b / 100),
        "ratio": lambda: a / b,
        "percent_ratio": lambda: 100 * a / b,
    }
    return results[family]()


# --- columns of lists that lie side by side ------------------------------------------------


def column_formulas(column: list[float], terms: Terms, own: str) -> list[Formula]:
    """How a whole column follows, member by member, from others of the same length."""
    slacks = [tolerance(v) for v in column]
    others = {n: c for n, c in terms.columns.items() if len(c) == len(column) and n != own}
    found: list[Formula] = []
    for name, other in others.items():
        if _all_same(column, other, slacks):
            found.append(("member", name))
        for scalar, number in terms.scalars.items():
            if number not in (0.0, 1.0) and _all_same(column, [x * number for x in other], slacks):
                found.append(("member_times", name, scalar))
            for factor, family in ((1.0, "member_over"), (100.0, "member_percent")):
                if number not in (0.0, 1.0, factor) and _all_same(
                    column, [factor * x / number for x in other], slacks
                ):
                    found.append((family, name, scalar))
        total = math.fsum(other)
        for factor in (1.0, 100.0) if total else ():
            if _all_same(column, [factor * x / total for x in other], slacks):
                found.append(("member_share", name, f"{factor:g}"))
    for a, b in _beside(others):
        products = [x * y for x, y in zip(others[a], others[b], strict=True)]
        if _all_same(column, products, slacks):
            found.append(("member_product", a, b))
        for scalar, number in terms.scalars.items():
            if number != 0.0 and _all_same(column, [p * number for p in products], slacks):
                found.append(("member_product_times", a, b, scalar))
    return found


def _all_same(column: Iterable[float], other: Iterable[float], slacks: Iterable[float]) -> bool:
    return all(same(x, y, s) for x, y, s in zip(column, other, slacks, strict=True))


def evaluate_column(formula: Formula, terms: Terms) -> list[float] | None:
    """The column a formula gives in other terms; None where a name is missing."""
    family, *names = formula
    try:
        first = terms.columns[names[0]]
        if family == "member":
            return first
        if family == "member_times":
            return [x * terms.scalars[names[1]] for x in first]
        if family in ("member_over", "member_percent"):
            factor = 100.0 if family == "member_percent" else 1.0
            return [factor * x / terms.scalars[names[1]] for x in first]
        if family == "member_share":
            return [float(names[1]) * x / math.fsum(first) for x in first]
        times = terms.scalars[names[2]] if len(names) > 2 else 1.0
        return [x * y * times for x, y in zip(first, terms.columns[names[1]], strict=True)]
    except (KeyError, ZeroDivisionError, ValueError, OverflowError):
        return None


# --- words and chance ----------------------------------------------------------------------

_WORDS = {
    "copy": "{0}",
    "sum": "sum of {0}",
    "mean": "mean of {0}",
    "largest": "largest of {0}",
    "smallest": "smallest of {0}",
    "count": "number of {0}",
    "share": "share of {0} in {1}",
    "percent_share": "percent share of {0} in {1}",
    "sum_of_products": "sum of {0} × {1}",
    "sum_of_products_times": "sum of {0} × {1} × {2}",
    "difference": "{0} − {1}",
    "sum_of_two": "{0} + {1}",
    "product": "{0} × {1}",
    "percent_of": "{1} % of {0}",
    "less_percent": "{0} less {1} %",
    "plus_percent": "{0} plus {1} %",
    "ratio": "{0} / {1}",
    "percent_ratio": "{0} in percent of {1}",
    "member": "{0}",
    "member_times": "{0} × {1}",
    "member_over": "{0} / {1}",
    "member_percent": "{0} in percent of {1}",
    "member_share": "share in {0}",
    "member_product": "{0} × {1}",
    "member_product_times": "{0} × {1} × {2}",
}


def words(formula: Formula) -> str:
    """The derivation in words: ``sum of lines[].amount``."""
    return _WORDS[formula[0]].format(*(_short(n) for n in formula[1:]))


def _short(name: str) -> str:
    return re.sub(r"^(#?)(?:input|output)\.", r"\1", name).replace("#", "number of ")


def by_chance(value: float, terms: Terms) -> float:
    """How many formulas of two scalars would give some such number by accident."""
    return _chance(value, len(terms.scalars), tolerance(value)) if value else math.inf


def _chance(value: float, n: int, slack: float) -> float:
    return 8 * n * max(n - 1, 1) * 2 * slack / abs(value)


_ORDER = {family: number for number, family in enumerate(_WORDS)}


def derivation(value: float, terms: Terms) -> Formula | None:
    """The one typed formula that explains a number beyond accident, the plainest first."""
    slack = tolerance(value)
    for number in terms.scalars.values():
        if -slack <= value - number <= slack:
            return min(("copy", n) for n, v in terms.scalars.items() if same(value, v, slack))
    found: list[Formula] = []
    if terms.columns:
        found = [f for f in _column_formulas(value, slack, terms) if _solid(f, value, terms)]
    # Where accident alone would give some pair, none is worth looking for.
    if value and _chance(value, len(terms.scalars), slack) < CHANCE:
        found += _pair_formulas(value, slack, terms)
    return min(found, key=lambda f: (_ORDER[f[0]], f)) if found else None


def _solid(formula: Formula, value: float, terms: Terms) -> bool:
    family = formula[0]
    if family in ("largest", "smallest", "count"):
        return True
    if family in ("sum", "mean", "sum_of_products", "sum_of_products_times"):
        tries = 3 * len(terms.columns) * (1 + len(terms.scalars))
        return bool(value) and tries * 2 * tolerance(value) / abs(value) < 10 * CHANCE
    if family in ("share", "percent_share"):
        return len(terms.columns) <= 3
    return by_chance(value, terms) < CHANCE
