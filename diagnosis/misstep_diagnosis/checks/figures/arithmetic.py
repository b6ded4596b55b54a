"""Arithmetic that a hop states or implies and that does not hold: sums, rows, statements in text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.values import fold, number_key, readings
from misstep_diagnosis.reckoning.derive import (
    Formula,
    Terms,
    column_formulas,
    evaluate_column,
    formulas,
    same,
    terms_of,
    tolerance,
    words,
)

_TOTAL = re.compile(
    r"(?i)(^|_|\b)(grand_?total|total|sum|subtotal|gesamt\w*|summe|totale?)(_|\b|$)"
)
_MORE = re.compile(r"(?i)(tax|vat|mwst|fee|shipping|discount|rebate|tip|deposit|other|adjust)")
_AMOUNT = ("amount", "total", "line_total", "subtotal", "sum", "betrag", "net", "price_total")
_KEY_WORDS = re.compile(r"[a-zà-ÿ]+")


def wrong_total(known: RunFacts, good: Good) -> list[Found]:
    """A total that is not the sum of the amounts listed beside it."""
    out: list[Found] = []
    for fact in known.leaves:
        output = fact.hop.output
        for key, total in output.items() if isinstance(output, dict) else ():
            if not _TOTAL.search(key) or not is_number(total):
                continue
            hit = _off(output, key, float(total), fact.given)
            if hit is None:
                continue
            listed, column, sure = hit
            left_out = _left_out(float(total), column)
            without = f"; without {left_out:g} it does" if left_out is not None else ""
            out.append(
                found(
                    "arithmetic.total",
                    fact.hop.hop_id,
                    f"{key} {total:g}, listed {listed:g}",
                    f"{key} is {total:g}, but what is listed beside it adds up to {listed:.10g}"
                    + without,
                    path=f"output.{key}",
                    expected=f"{listed:.10g}",
                    local=True,
                    strict=sure,
                    bad=(number_key(float(total)),),
                    weight=3.0 if sure else 1.2,
                )
            )
    return out


def _off(
    output: dict[str, Json], key: str, total: float, given: Json
) -> tuple[float, list[float], bool] | None:
    """(sum, column, beyond doubt) when no listed column, alone or with extras, gives the total."""
    if not any(isinstance(v, list | dict) for k, v in output.items() if k != key):
        return None
    own = terms_of({k: v for k, v in output.items() if k != key}, "output")
    columns = {n: c for n, c in own.columns.items() if "[]." in n and n.count("[") == 1}
    named = {n: c for n, c in columns.items() if _belongs(n.rpartition(".")[2], key, len(columns))}
    if not named:
        return None
    if any(same(math.fsum(c), total, _slack(total, len(c))) for c in columns.values()):
        return None
    terms = terms_of(given, "input", Terms(dict(own.scalars), dict(own.columns)))
    if any(f[0] != "copy" for f in formulas(total, terms)):
        return None
    name, column = max(named.items(), key=lambda n: len(n[1]))
    extras = any(_MORE.search(k) for k in output) or "discount" in fold(str(given)[:5_000])
    whole = any(c == column for n, c in terms.columns.items() if n.startswith("input"))
    return math.fsum(column), column, whole and not extras and len(column) > 2 and _close(name, key)


def _slack(total: float, members: int) -> float:
    return tolerance(total) * max(2, members)


def _belongs(column: str, key: str, columns: int) -> bool:
    return fold(column) in _AMOUNT or columns == 1 or _close(column, key)


def _close(column: str, key: str) -> bool:
    """Whether the total's name says what it sums: ``total_revenue_m`` and ``revenue_m``."""
    wanted = set(_KEY_WORDS.findall(column.rpartition(".")[2].lower()))
    return bool({w for w in wanted if len(w) > 2} & set(_KEY_WORDS.findall(key.lower())))


def _left_out(total: float, column: list[float]) -> float | None:
    """The one member without which the sum would be the total."""
    rest = math.fsum(column) - total
    return next((v for v in column if same(v, rest, _slack(total, 2))), None)


def odd_row(known: RunFacts, good: Good) -> list[Found]:
    """One member of a list that does not follow as all the others do."""
    out: list[Found] = []
    for fact in known.leaves:
        terms = fact.given_terms
        own = fact.made_terms
        both = Terms({**terms.scalars}, {**terms.columns, **own.columns})
        for name, column in own.columns.items():
            if len(column) >= 3 and "[]" in name and "~" not in name:
                hit = _odd(column, both, name)
                if hit is not None:
                    out.append(_odd_found(fact, name, column, *hit))
    return out


def _odd(column: list[float], terms: Terms, name: str) -> tuple[int, float, Formula] | None:
    """(row, expected, formula): every other row follows the formula, this one does not."""
    if column_formulas(column, terms, name):
        return None
    for skipped in range(min(len(column), 12)):
        short = Terms(
            terms.scalars, {n: _less(c, skipped, column) for n, c in terms.columns.items()}
        )
        rest = _less(column, skipped, column)
        if len({*rest}) < 2:
            continue
        for formula in column_formulas(rest, short, name):
            if formula[0] in ("member", "member_share"):
                continue
            if formula[0] in ("member_over", "member_percent") and not _PARTS.search(name):
                # Of two rows some quotient gives both by chance; a field called a part means one.
                continue
            given = evaluate_column(formula, terms)
            if given is not None and len(given) == len(column):
                return skipped, given[skipped], formula
    return None


_PARTS = re.compile(r"(?i)(percent|pct|prozent|pourcent|porcent|share|anteil)[^.]*$")


def _less(column: list[float], at: int, like: list[float]) -> list[float]:
    return column[:at] + column[at + 1 :] if len(column) == len(like) else column


def _odd_found(
    fact: HopFacts, name: str, column: list[float], row: int, expected: float, formula: Formula
) -> Found:
    path = name.replace("[]", f"[{row}]", 1)
    return found(
        "arithmetic.row",
        fact.hop.hop_id,
        f"{column[row]:g}",
        f"{path.removeprefix('output.')} is {column[row]:.10g}; every other row is "
        f"{words(formula)}, which is {expected:.10g} here",
        path=path,
        expected=f"{expected:.10g}",
        local=True,
        bad=(number_key(column[row]),),
        weight=2.0,
    )


# --- statements -----------------------------------------------------------------------------------

_STATE_WORDS = frozenset(("is", "ist", "equals", "makes", "gives", "are"))
_STATES = re.compile(r"=|\b(?:is|ist|equals|makes|gives|are)\b", re.IGNORECASE)
_N = r"[€$£]?\s?(?<![\d.,])(-?\d[\d.,]{0,30}\d|\d)\s?(%?)(?:\s?[€$£]|\s?[A-Z]{3}\b)?"
_PERCENT_OF = re.compile(
    rf"(?i){_N}\s+(?:of|von|de)\s+(?:the\s+)?{_N}\s*(?:is|=|equals|makes|ist|gives|are)\s+{_N}"
)
# "9-17 is late" states nothing: signs need an equals sign, words may be said in words.
_BINARY = re.compile(
    rf"(?i){_N}\s*(?:([-+−–×x*·/÷])\s*{_N}\s*=|"
    rf"(plus|minus|times|divided by)\s*{_N}\s*(?:=|is|equals|makes))"
    rf"\s*{_N}"
)
_MAX_TEXT = 100_000


def misstated(known: RunFacts, good: Good) -> list[Found]:
    """A statement of arithmetic in an output that does not hold."""
    out: list[Found] = []
    for fact in known.leaves:
        received = fact.given_text
        worded = fact.may_say(_STATE_WORDS)
        for path, leaf in fact.made_texts:
            if not worded and "=" not in leaf:
                continue
            for quote, stated, right in _statements(leaf[:_MAX_TEXT]):
                if fold(quote) in received:
                    continue
                out.append(
                    found(
                        "arithmetic.stated",
                        fact.hop.hop_id,
                        quote,
                        f"it states “{quote}”, but that is {right:.6g}",
                        strict=True,
                        path=path,
                        expected=f"{right:.6g}",
                        local=True,
                        bad=(number_key(stated),),
                    )
                )
    return out[:6]


def _statements(text: str) -> Iterator[tuple[str, float, float]]:
    """(quote, number stated, number that is right) of each statement that does not hold."""
    if not _STATES.search(text):
        return
    for m in _PERCENT_OF.finditer(text):
        percent, base, stated = (_one(m[i]) for i in (1, 3, 5))
        if m[2] and not m[4] and percent is not None and base is not None and stated is not None:
            right = percent * base / 100
            if m[6]:
                continue
            if not same(stated, right, _stated_slack(m[5], stated, right)):
                yield m.group().strip(), stated, right
    for m in _BINARY.finditer(text):
        a, b, stated = _one(m[1]), _one(m[4] or m[7]), _one(m[9])
        if a is None or b is None or stated is None or (m[2] or m[5] or m[8] or m[10]):
            continue
        result = _binary((m[3] or m[6]).lower(), a, b)
        before = text[max(0, m.start() - 12) : m.start()].rstrip()
        # "12 + 3 - 4 = 11" must not be read as "3 - 4 = 11".
        longer = bool(before) and before[-1] in "+-*/×−÷(^=.,"
        if (
            result is not None
            and not longer
            and not same(stated, result, _stated_slack(m[9], stated, result))
        ):
            yield m.group().strip(), stated, result


def _one(text: str) -> float | None:
    values = readings(text)
    return values[0] if len(values) == 1 else None


def _stated_slack(written: str, stated: float, right: float) -> float:
    """Rounding as written, and one unit more, since people round as they go."""
    digits = len(re.sub(r"\D", "", written).rstrip("0")) or 1
    size = 10 ** (math.floor(math.log10(abs(stated))) - digits + 1) if stated else 0.01
    return max(1.5 * size, 0.005 * abs(right))


def _binary(sign: str, a: float, b: float) -> float | None:
    if sign in ("+", "plus"):
        return a + b
    if sign in ("-", "−", "–", "minus"):
        return a - b
    if sign in ("×", "x", "*", "·", "times"):
        return a * b
    return a / b if b else None


RULES = (
    Rule(
        "arithmetic.total",
        "A total is not the sum of what is listed beside it.",
        False,
        wrong_total,
    ),
    Rule("arithmetic.row", "One row does not follow as all the others do.", False, odd_row),
    Rule("arithmetic.stated", "A statement of arithmetic does not hold.", True, misstated),
)
