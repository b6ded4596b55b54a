"""What a field should be, by its name and by the names of the few operands that its step received.

A working is accepted or it is none: it speaks only where the names leave one operation, and then
gives every result that people reach by it (with and without the tax, of a hundred or of one).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.units import UNITS, unit_of_key, unit_of_word
from misstep_diagnosis.reckoning.derive import tolerance
from misstep_diagnosis.reckoning.operands import (
    OFF,
    ON,
    PERCENTS,
    Operand,
    Operands,
    Unit,
    words_in,
)


@dataclass(frozen=True, slots=True)
class Working:
    """``results``: what it may be, the likeliest first; ``told``: how; ``slack``: relative; ``sure``:
    no hidden operand is thinkable."""

    results: tuple[float, ...]
    told: str
    slack: float = 0.0
    sure: bool = False

    def gives(self, value: float) -> bool:
        """Whether the value is one of the results, as it is written."""
        return any(
            abs(value - r) <= max(_as_written(value), self.slack * abs(r)) for r in self.results
        )


_WHOLE = 50.0


def _as_written(value: float) -> float:
    """Half a unit of the last digit; a large whole number may be rounded up or down to one."""
    return 1.0 if abs(value) >= _WHOLE and value == int(value) else tolerance(value)


TOTALS = bag(
    "total sum subtotal overall amount cost price pay payable due charge wages salary bill "
    "invoice value gesamt summe suma somme dose subtotals grand combined together"
)
_SUMS = bag(
    "total sum subtotal overall combined gesamt gesamtsumme summe suma somme together grand"
)
_BALANCES = bag(
    "remaining remainder balance left difference closing net profit variance gap rest "
    "outstanding delta "
    "surplus deficit stock restbetrag saldo available"
)
_RATIOS = bag(
    "ctr cvr conversion "
    "ratio share dti ltv fraction proportion utilisation utilization occupancy quote quota"
)
_GROWTH = bag("growth change increase decrease yoy mom uplift rise drop")
_MARGINS = bag("margin marge")
_COSTS = bag("cost costs expenses cogs expense spending kosten")
_OLD = bag("last previous old before base prior start baseline from earlier initial first")
_NET = bag("net netto before excl excluding ohne base")
_GROSS = bag("gross brutto incl including")
_PERIODS = {
    "annual": 1.0, "yearly": 1.0, "year": 1.0, "annum": 1.0, "monthly": 12.0, "month": 12.0,
    "weekly": 52.0, "week": 52.0, "daily": 365.0, "day": 365.0, "quarterly": 4.0, "quarter": 4.0,
}  # fmt: skip
_DISTANCE = bag("distance km miles mile kilometres kilometers strecke")
_SPEED = bag("speed kmh mph velocity pace tempo")


def working(key: str, name: str, given: Operands) -> Working | None:
    """What a field called so, of a step called so, should be; None where that is open."""
    words = frozenset(words_in(key))
    hop = frozenset(words_in(name))
    unit = unit_of_key(key) or (unit_of_word(key.casefold()) if key.isalpha() else None)
    made = (
        _body_mass(words, given)
        or _exchanged(words, unit, given)
        or _temperature(words, key, given)
        or (_converted(unit, given) if unit is not None else None)
        or _percented(words, hop, given)
        or _timed(words, unit, given)
        or _product(words, unit, given)
        or _each(words, given)
        or _of_period(words, given)
        or _ratio(words, given)
        or (_summed(words, given) if _same_unit(unit, given) else None)
    )
    if made is None or not given.caps:
        return made
    return Working((*made.results, *given.caps), made.told, made.slack)


# --- units ---------------------------------------------------------------------------------


def _converted(unit: tuple[str, str, float], given: Operands) -> Working | None:
    name, dimension, size = unit
    numbers = given.of("number", "count")
    if dimension == "money" or len(numbers) != 1 or len(given.used) != 1:
        return None
    one = numbers[0]
    if one.unit is None or one.unit[1] != dimension or one.unit[2] == size:
        return None
    right = one.value * one.unit[2] / size
    coarse = dimension == "time" and max(size, one.unit[2]) >= UNITS["month"][1]
    return Working((right,), f"{one.value:g} {one.unit[0]} in {name}", 0.04 if coarse else 0.012,
                   sure=not coarse)  # fmt: skip


def _temperature(words: frozenset[str], key: str, given: Operands) -> Working | None:
    numbers = given.of("number")
    if len(numbers) != 1 or len(given.used) != 1:
        return None
    before, after = _degree(frozenset(numbers[0].words)), _degree(words)
    if not before or not after or before == after:
        return None
    value = numbers[0].value
    right = (value - 32) / 1.8 if after == "c" else value * 1.8 + 32
    return Working((right, float(round(right))), f"{value:g} °{before.upper()} in °{after.upper()}",
                   0.004, sure=True)  # fmt: skip


_HEAT = bag("temp temperature fever celsius fahrenheit")


def _degree(words: frozenset[str]) -> str:
    if not words & _HEAT:
        return ""
    if words & {"c", "celsius"}:
        return "c"
    return "f" if words & {"f", "fahrenheit"} else ""


def _body_mass(words: frozenset[str], given: Operands) -> Working | None:
    sizes = {o.unit[1]: o for o in given.used if o.unit is not None}
    if "bmi" not in words or set(sizes) != {"mass", "length"} or len(given.used) != _PAIR:
        return None
    mass, height = sizes["mass"], sizes["length"]
    metres = height.value * (height.unit or ("", "", 1.0))[2]
    right = mass.value * (mass.unit or ("", "", 1.0))[2] / 1e3 / (metres * metres or 1.0)
    return Working((right, float(round(right))), "kilograms by square metres", 0.004, sure=True)


_PAIR = 2


def _exchanged(words: frozenset[str], unit: Unit | None, given: Operands) -> Working | None:
    """An amount of one currency at a rate whose name says from which it leads to which."""
    rates = [o for o in given.used if "rate" in o.words and o.kind in ("price", "factor", "number")]
    amounts = [o for o in given.used if o not in rates and o.unit and o.unit[1] == "money"]
    if len(rates) != 1 or len(amounts) != 1 or len(given.used) != _PAIR or not rates[0].value:
        return None
    codes = [u[0] for w in words_in(rates[0].key) if (u := unit_of_word(w)) and u[1] == "money"]
    if len(codes) != _PAIR or unit is None or unit[1] != "money" or amounts[0].unit is None:
        return None
    times = amounts[0].unit[0] == codes[0] and unit[0] == codes[1]
    amount, rate = amounts[0].value, rates[0].value
    return Working((amount * rate if times else amount / rate,), f"{amount:g} at {rate:g}", 0.004)


# --- percentages ---------------------------------------------------------------------------


def _percented(words: frozenset[str], hop: frozenset[str], given: Operands) -> Working | None:
    percents = given.of("percent")
    rest = [o for o in given.used if o.kind not in ("percent", "date", "moment")]
    if len(percents) != 1 or not 1 <= len(rest) <= 2 or PERCENTS & words:
        return None
    counts = [o for o in rest if o.kind == "count"]
    bases = [o for o in rest if o.kind in ("number", "price")]
    if len(bases) != 1 or ((unit_mismatch := bases[0].unit) and unit_mismatch[1] != "money"):
        return None
    about = percents[0].words | hop
    part, base = percents[0].value, bases[0].value
    results = _percent_results(words, about, bases[0], part)
    if not results:
        return None
    for one in counts:
        t = one.value
        if one.unit is not None and one.unit[1] == "time":
            t = t * one.unit[2] / UNITS["year"][1]
            grown = base * (1 + part) ** t
            paid = _paid_back(base, part, t)
            results = (base * part * t, base * (1 + part * t), grown, grown - base, *paid, *results)
        else:
            results = (*(r * t for r in results), *results)
    shown = f"{base:g} and {percents[0].value:.4g} of it"
    return Working(results, shown, 0.006)


def _paid_back(base: float, part: float, years: float) -> tuple[float, ...]:
    """The instalment a month of a loan, all of them together, and the interest in them, the instalment
    to the cent and not."""
    rate, count = part / 12, round(12 * years)
    if not rate or not 0 < count <= _MOST_INSTALMENTS:
        return ()
    exact = base * rate / (1 - (1 + rate) ** -count)
    return tuple(r for m in (exact, round(exact, 2)) for r in (m, m * count, m * count - base))


_MOST_INSTALMENTS = 600
_TAKES = OFF | TOTALS | ON | _NET | _GROSS | _BALANCES | bag(
    "new final reduced sale payout proceeds take home adjusted updated old payment interest with after"
)  # fmt: skip


def _percent_results(
    words: frozenset[str], about: frozenset[str], base: Operand, p: float
) -> tuple[float, ...]:
    """Natural results, narrowed by what the names say; none where the field is called after none."""
    b = base.value
    if not words & (_TAKES | base.words) or p >= 1 or p <= 0:
        return ()
    if about & OFF and not about & ON:
        return (
            (b * p, b * (1 - p)) if words & (OFF | bag("saved saving savings")) else (b * (1 - p),)
        )
    if about & ON and not about & OFF:
        if words & ON:
            return (b * p, b - b / (1 + p))
        if words & _NET or base.words & _GROSS:
            of_tax = about & bag("vat tax gst mwst ust iva tva") and base.words & _GROSS
            return (b / (1 + p), b - b / (1 + p), *(() if of_tax else (b * (1 - p),)))
        cut = about & bag("fee commission provision")
        return (b * (1 + p), b * (1 - p), b * p) if cut else (b * (1 + p),)
    return (b * p, b * (1 - p), b * (1 + p), b / (1 + p), b - b / (1 + p))


# --- products and quotients ------------------------------------------------------------------


def _timed(words: frozenset[str], unit: object, given: Operands) -> Working | None:
    if len(given.used) != 2:
        return None
    a, b = given.used
    for far, fast in ((a, b), (b, a)):
        if far.words & _DISTANCE and fast.words & _SPEED and fast.value:
            hours = far.value / fast.value
            if words & bag("hours hour h duration time"):
                return Working((hours, 60 * hours), "distance by speed", 0.012)
            if words & bag("minutes min"):
                return Working((60 * hours,), "distance by speed", 0.012)
    return None


def _product(words: frozenset[str], unit: object, given: Operands) -> Working | None:
    if any(o.kind in ("percent", "factor", "date", "moment") for o in given.used):
        return None
    prices, counts = given.of("price"), given.of("count")
    if len(prices) != 1 or "per" in words or "unit" in words or not 2 <= len(given.used) <= 4:
        return None
    one = prices[0]
    rest = [o for o in given.used if o is not one]
    if one.per and not one.words & bag("total"):
        fits = [o for o in rest if _is_of(o, one.per)]
        own = (one.words - {"per", one.per}) & words or words & TOTALS
        if len(fits) == 1 == len(rest) and own:
            return Working((one.value * rest[0].value,), _times(one, rest[0]), 0.003)
    if not words & TOTALS or len(counts) != len(rest):
        return None
    right = one.value
    for o in counts:
        right *= o.value
    return Working((right,), _times(one, *counts), 0.0)


def _is_of(one: Operand, per: str) -> bool:
    stem = per[:4]
    return any(w.startswith(stem) for w in one.words) or (
        one.unit is not None and one.unit[0] == per
    )


def _times(*operands: Operand) -> str:
    return " × ".join(f"{o.value:g}" for o in operands)


def _each(words: frozenset[str], given: Operands) -> Working | None:
    """A total by a count: per person."""
    if "per" not in words or len(given.used) != 2:
        return None
    counts, others = given.of("count"), given.of("number", "price")
    if len(counts) != 1 or len(others) != 1 or not counts[0].value or others[0].per:
        return None
    if not any(w[:4] == c[:4] for w in words for c in counts[0].words) and not words & bag(
        "person unit head"
    ):
        return None
    return Working(
        (others[0].value / counts[0].value,), f"{others[0].value:g} / {counts[0].value:g}", 0.006
    )


def _of_period(words: frozenset[str], given: Operands) -> Working | None:
    """A yearly amount a month, and the like."""
    if len(given.used) != 1 or given.used[0].kind not in ("number", "price"):
        return None
    one = given.used[0]
    before = [_PERIODS[w] for w in one.words if w in _PERIODS]
    after = [_PERIODS[w] for w in words if w in _PERIODS]
    same_thing = (one.words & words) - _PERIODS.keys() - bag("per")
    if len(before) != 1 or len(after) != 1 or before == after or not same_thing:
        return None
    results = [one.value * before[0] / after[0]]
    if 365.0 in (before[0], after[0]):
        results += [one.value * b / a for b, a in ((7, 1), (1, 7), (30, 1), (1, 30), (12, 365))]
        results += [one.value / 22, one.value / 21, one.value / 20, one.value * 22, one.value * 20]
    if {before[0], after[0]} == {12.0, 52.0}:
        results += [one.value / 4, one.value * 4]
    return Working(tuple(results), f"{one.value:g} by periods", 0.012)


def _ratio(words: frozenset[str], given: Operands) -> Working | None:
    numbers = given.of("number", "count", "price")
    if len(numbers) != 2 or len(given.used) != 2 or any(o.value == 0 for o in numbers):
        return None
    a, b = numbers[0].value, numbers[1].value
    if words & _MARGINS and sum(bool(o.words & _COSTS) for o in numbers) == 1:
        cost, sales = sorted(numbers, key=lambda o: not o.words & _COSTS)
        part = (sales.value - cost.value) / sales.value
        return Working(
            (part, 100 * part, sales.value - cost.value), "(sales − cost) / sales", 0.004
        )
    if words & _GROWTH and sum(bool(o.words & _OLD) for o in numbers) == 1:
        old, new = sorted(numbers, key=lambda o: not o.words & _OLD)
        part = (new.value - old.value) / old.value
        grown: tuple[float, ...] = (
            part,
            100 * part,
            abs(part),
            abs(100 * part),
            new.value - old.value,
            old.value - new.value,
        )
        return Working(grown, "(new − old) / old", 0.004)
    if words & (_RATIOS | PERCENTS):
        plain = (a / b, b / a, (a - b) / a, (a - b) / b, a / (a + b), b / (a + b), (b - a) / a)
        results = tuple(r * f for r in plain for f in (1.0, 100.0))
        return Working(results, "one by the other", 0.006)
    return None


def _same_unit(unit: tuple[str, str, float] | None, given: Operands) -> bool:
    """Whether the field's name tells no other unit than its operands' names do: bytes and GiB."""
    units = {o.unit[0] for o in given.used if o.unit is not None}
    return unit is None or not units or units == {unit[0]}


def _summed(words: frozenset[str], given: Operands) -> Working | None:
    """A total or a balance: the operands added or taken away, each once."""
    totals, rests = words & _SUMS, words & _BALANCES
    used = given.of("number", "count", "price")
    if not (totals or rests) or not 2 <= len(used) <= 6 or len(used) != len(given.used):
        return None
    kinds = {o.kind for o in used}
    units = {o.unit[1] if o.unit else "" for o in used}
    if (len(kinds) > 1 and "count" in kinds) or len(units) > 1 or any(o.per for o in used):
        return None
    values = [o.value for o in used]
    first, *others = values
    # What is likeliest of a total comes first; of it some may be taken away.
    results = [sum(values)] if totals and not rests else []
    # What is gross holds its tax already; without such, all that was received counts.
    holds = any(o.words & (_GROSS | _SUMS | ON) for o in used)
    results += [
        s * first + sum(k * v for k, v in zip(signs, others, strict=True))
        for s in ((1, -1, 0) if holds else (1, -1))
        for signs in itertools.product((1, -1, 0) if holds else (1, -1), repeat=len(others))
    ]
    return Working(tuple(results), "the sum or difference of what it received")
