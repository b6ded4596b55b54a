"""What a step's own field names say it computed, and its input does not give."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.lists.members import asks_to_drop
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.embedded import Quoted
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.units import unit_of_key
from misstep_diagnosis.reading.values import last_key, number_key
from misstep_diagnosis.reckoning.derive import Terms, formulas, same, tolerance

_SUMS = re.compile(r"(?i)(^|_)(total|sum|gesamt\w*|summe|totale?s?|suma|somme|合計)(_|$)")
_MEANS = re.compile(
    r"(?i)(^|_)(avg|average|mean|durchschnitt\w*|mittel\w*|moyenne|media|promedio|平均)(_|$)"
)
_EXTRAS = re.compile(
    r"(?i)(tax|vat|mwst|iva|tva|fee|shipping|discount|rebate|tip|deposit|adjust|rabatt|offset|opening|"
    r"previous|carry|brought|start|rate|factor|weight|iva|remise)"
)


@lru_cache(8_192)
def _says(pattern: re.Pattern[str], name: str) -> bool:
    """Whether a field's name holds such a word: the same names come with every hop."""
    return pattern.search(name[:200]) is not None


_LEAST = 3
_MOST_FIELDS = 40


def aggregate_wrong(known: RunFacts, good: Good) -> list[Found]:
    """A field called as a column of the input, or as a total or mean of its one list, that is none of
    what the column gives."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.error is not None or not isinstance(fact.hop.output, dict):
            continue
        numbers = {k: float(v) for k, v in fact.hop.output.items() if is_number(v)}
        called = any(_says(_SUMS, k) or _says(_MEANS, k) for k in numbers)
        # One field alone is told by its name; two may be columns of the input.
        columns = _columns(fact.given_terms) if called or len(numbers) > 1 else {}
        if not numbers or not columns:
            continue
        numeric = [p for p, v in fact.given_leaves if is_number(v)]
        if len({u[0] for p in numeric if (u := unit_of_key(last_key(p)))}) > 1:
            # Euros and francs are not added up as they stand.
            continue
        if len(numbers) > _MOST_FIELDS:
            continue
        sums = {k for k, v in numbers.items() if _is_sum_of_like(k, v, columns)}
        for key, value in numbers.items():
            hit = _off(key, value, columns, numeric, sums - {key})
            if hit is None or formulas(value, fact.given_terms):
                continue
            family, expected, sure = hit
            out.append(
                found(
                    "aggregate.wrong",
                    fact.hop.hop_id,
                    f"{key}: {value:.10g}",
                    f"{key} is {value:.10g}; the {family} of what it received is {expected:.10g}",
                    strict=sure,
                    path=f"output.{key}",
                    expected=f"{expected:.10g}",
                    local=True,
                    bad=(number_key(value),),
                    weight=3.0 if sure else 2.0,
                )
            )
            break
    return out


def _columns(terms: Terms) -> dict[str, list[float]]:
    """Whole columns of what was received, of lists and of objects that hold nothing but numbers."""
    return {
        n: c
        for n, c in terms.columns.items()
        if len(c) >= _LEAST and "~" not in n and (n.endswith((".*", "[]")) or "[]." in n)
    }


def _is_sum_of_like(key: str, value: float, columns: dict[str, list[float]]) -> bool:
    return any(
        last_key(n) == key and same(value, math.fsum(c), tolerance(value)) and len(set(c)) > 1
        for n, c in columns.items()
    )


def _off(
    key: str, value: float, columns: dict[str, list[float]], numeric: list[str], sums: set[str]
) -> tuple[str, float, bool] | None:
    """(family, expected, beyond doubt) where the field is what its name says of no column."""
    like = [c for n, c in columns.items() if "[]." in n and last_key(n) == key]
    if like and sums:
        # Its neighbour is the sum of the column of its name, and this one is not.
        return "sum", math.fsum(like[0]), True
    alone = [c for n, c in columns.items() if len(c) == len(numeric) and not n.endswith(".*")]
    named = [c for n, c in columns.items() if len(c) == len(numeric) and n.endswith(".*")]
    # The fields of one record are seldom added up, members of one kind are.
    alone += [c for c in named if _SUMS.search(key) and _near(value, c)]
    extras = any(_says(_EXTRAS, p) for p in numeric) or _unlike(numeric)
    if len(alone) == 1 and not extras:
        column = alone[0]
        if _MEANS.search(key):
            return "mean", math.fsum(column) / len(column), True
        if _SUMS.search(key) and not like and _near(value, column):
            return "sum", math.fsum(column), True
    return None


def _unlike(paths: list[str]) -> bool:
    """Whether the fields' names tell of other units, or of one per another: nobody adds those up."""
    names = {last_key(p) for p in paths}
    units = {unit[0] for n in names if (unit := unit_of_key(n)) is not None}
    return len(units) > 1 or any(_PER.search(n) for n in names)


_PER = re.compile(r"(?i)(^|_)(per|pro|a|je)_")


def _near(value: float, column: list[float]) -> bool:
    """Whether the total without a member of the column, or a number near the total, it is: then it
    was meant to be the total."""
    total = math.fsum(column)
    without = any(same(value, total - c, tolerance(value)) for c in column)
    return without or abs(value - total) <= _SIZE * abs(total)


_SIZE = 0.15


def quoted_total(known: RunFacts, good: Good) -> list[Found]:
    """A total of the one list that a prompt quotes as JSON, near its sum and not its sum."""
    out: list[Found] = []
    for fact in known.leaves:
        made = fact.hop.output
        if fact.hop.kind not in ("llm", "agent") or not isinstance(made, dict):
            continue
        totals = [(k, float(v)) for k, v in made.items() if _SUMS.search(k) and is_number(v)]
        listed = any("{" in v and "[" in v for _, v in fact.given_texts)
        lists = fact.records.lists if listed and len(totals) == 1 else []
        if len(lists) != 1 or _beside(fact.quoted, lists[0]) or asks_to_drop(fact):
            continue
        key, value = totals[0]
        column = _summed(lists[0], value)
        if column is None or number_key(value) in fact.received_keys:
            continue
        expected = math.fsum(column)
        out.append(
            found(
                "aggregate.wrong",
                fact.hop.hop_id,
                f"{key}: {value:.10g}",
                f"{key} is {value:.10g}; the sum of the list it received is {expected:.10g}",
                path=f"output.{key}",
                expected=f"{expected:.10g}",
                local=True,
                bad=(number_key(value),),
                weight=2.0,
            )
        )
    return out


def _beside(told: Quoted, records: list[dict[str, Any]]) -> bool:
    """Whether the words or the fields speak of taxes, fees or rates that a total may hold as well."""
    spoken = " ".join((*told.words, *(k for r in records for k in r)))
    return any(_EXTRAS.match(w) for w in re.findall(r"[^\W\d_]+", spoken))


_COUNTS = re.compile(
    r"(?i)(^|_)(id|no|nr|num|number|n|index|qty|quantity|count|pos|line|rank|year|day|month)(_|$)"
)


def _summed(records: list[dict[str, Any]], value: float) -> list[float] | None:
    """The one numeric column of three records or more, none of whose parts adds up to the value."""
    columns = [
        [float(r[k]) for r in records]
        for k in records[0]
        if not _COUNTS.search(k) and all(is_number(r.get(k)) for r in records)
    ]
    if len(columns) != 1 or len(records) < _LEAST:
        return None
    column, total = columns[0], math.fsum(columns[0])
    slack = tolerance(value) * len(column)
    if same(value, total, slack) or not _near(value, column):
        return None
    # Some of the records may have been meant, where their sum is what it says.
    some = any(same(value, total - c, slack) for c in column)
    return None if some else column


# --- the least and the most ---------------------------------------------------------------------

_LEAST_OF = re.compile(
    r"(?i)(^|_)(cheapest|lowest|smallest|shortest|fewest|minimum|günstigst\w*|billigst\w*|"
    r"moins_cher|más_barato|niedrigst\w*)(_|$)"
)
_MOST_OF = re.compile(
    r"(?i)(^|_)(dearest|highest|largest|longest|biggest|maximum|most_expensive|teuerst\w*|"
    r"höchst\w*|größt\w*|plus_cher|más_caro)(_|$)"
)
_PRICE = re.compile(r"(?i)(price|cost|fare|amount|preis|prix|precio|prezzo|total|fee|rate)")


def extreme_wrong(known: RunFacts, good: Good) -> list[Found]:
    """The cheapest, largest, … of a list that is not."""
    out: list[Found] = []
    for fact in known.leaves:
        output = fact.hop.output
        if not isinstance(output, dict) or fact.hop.error is not None:
            continue
        for key, chosen in output.items():
            least = bool(_LEAST_OF.search(key))
            if not (least or _MOST_OF.search(key)) or not isinstance(chosen, str | int):
                continue
            hit = _not_extreme(str(chosen), fact.records.lists, key, least=least)
            if hit is not None:
                better, column, its, theirs = hit
                out.append(
                    found(
                        "choice.extreme",
                        fact.hop.hop_id,
                        f"{key}: {chosen}",
                        f"{key} is {chosen} with {column} {its:g}, but {better} has {theirs:g}",
                        path=f"output.{key}",
                        expected=better,
                        local=True,
                        weight=2.0,
                    )
                )
    return out


def _not_extreme(
    chosen: str, lists: list[list[dict[str, Any]]], key: str, *, least: bool
) -> tuple[str, str, float, float] | None:
    for records in lists:
        named = {next((str(v) for v in r.values() if str(v) == chosen), ""): r for r in records}
        mine = named.get(chosen) if chosen in named else None
        if mine is None:
            continue
        names = [k for k, v in mine.items() if str(v) == chosen]
        columns = [
            k for k in records[0] if all(is_number(r.get(k)) for r in records) and k not in names
        ]
        if key.lower().startswith(("cheap", "günst", "billig", "teuer", "most_exp", "dear")):
            columns = [c for c in columns if _PRICE.search(c)]
        if len(columns) != 1:
            continue
        column = columns[0]
        best = (min if least else max)(records, key=lambda r: float(r[column]))
        its, theirs = float(mine[column]), float(best[column])
        if its != theirs:
            return str(best.get(names[0])), column, its, theirs
    return None


RULES = (
    Rule("aggregate.wrong", "A total or mean is none of what it received.", False, aggregate_wrong),
    Rule("aggregate.wrong", "A total is not the sum of the list it quotes.", False, quoted_total),
    Rule("choice.extreme", "The least or most of a list is not.", False, extreme_wrong),
)
