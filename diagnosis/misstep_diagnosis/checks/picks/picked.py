"""What was picked from records against the conditions that the instructions put in words: with wifi,
under 90, the earliest after ten."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.picks.limits import limits_in
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import fold
from misstep_diagnosis.reckoning.operands import words_in

_MAKES = ("llm", "agent", "chain", "tool")
_LONGEST = 6_000
Record = dict[str, Any]

_PICKS = re.compile(
    r"\b(pick\w*|choos\w+|chosen|select\w*|book|reserve|recommend\w*|find|take|best|cheapest|earliest|latest|"
    r"fastest|quickest|shortest|nearest|closest|lowest|highest|largest|smallest|which|suggest\w*|assign\w*|"
    r"shortlist\w*|filter\w*|soonest|next|newest|wähl\w*|buche\w*|günstigst\w*|choisi\w*|elige|oldest|least|most|"
    r"keep|list|return|give|only|order)\b"
)
_WISHES = re.compile(
    r"\b(if possible|ideally|prefer\w*|nice to have|optional\w*|would be nice|either|or not|"
    r"whether|wenn möglich|"
    r"balance|trade-?off|consider\w*|compare|both|mind)\b"
)
_OTHERWISE = re.compile(
    r"\b(with|without|that|which|near|must|only|except|but|not|unless|direct|same|available|suitable|for|where|"
    r"excluding|mit|ohne|nur|avec|sans|con|sin)\b"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """``holds``: whether a record meets it, None where its record does not say; ``said``: its words."""

    said: str
    field: str
    holds: Callable[[Record], bool | None]


@dataclass(frozen=True, slots=True)
class Best:
    """The least or most of a column was asked for."""

    said: str
    field: str
    size: Callable[[Record], Any]
    least: bool


def unmet(known: RunFacts, good: Good) -> list[Found]:
    """A record picked though it breaks a condition told in words, or is not the one asked for."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        lists = fact.rows if len(fact.made_leaves) <= 60 else []
        told = _told(fact) if lists else ""
        if not lists or len(told) > _LONGEST or not _PICKS.search(told):
            continue
        for records in lists:
            hit = _against(records[:200], fact, told)
            if hit is not None:
                rule, quote, detail, expected, weight = hit
                out.append(
                    found(
                        rule,
                        fact.hop.hop_id,
                        quote,
                        detail,
                        expected=expected,
                        local=True,
                        weight=weight,
                    )
                )
                break
    return out


def _told(fact: HopFacts) -> str:
    """Its instructions and its own name, folded."""
    return f"{' '.join(words_in(fact.hop.name))} . {fact.instructions}"


Hit = tuple[str, str, str, str | None, float]
"""(rule, quote, detail, expected, weight)."""


def _against(records: list[Record], fact: HopFacts, told: str) -> Hit | None:
    named = _picked(records, fact)
    if named is None:
        return None
    key, picked = named
    conditions = [*_flags(records, told), *_bounds(records, told), *_times(records, told)]
    fits = [r for r in records if all(c.holds(r) is True for c in conditions)]
    for one in conditions:
        broken = [r for r in picked if one.holds(r) is False]
        if broken and fits:
            name, has = broken[0][key], broken[0].get(one.field)
            return (
                "choice.unfit",
                f"{name}: {one.field} {has}",
                f"it picked {name}, whose {one.field} is {has}, though “{one.said}” was asked for and "
                f"{fits[0][key]} has it",
                str(fits[0][key]),
                2.0,
            )
    best = _best(records, told) if len(picked) == 1 and fits else None
    if best is None or any(c.holds(picked[0]) is None for c in conditions):
        return None
    right = (min if best.least else max)(fits, key=best.size)
    its, theirs = best.size(picked[0]), best.size(right)
    if its == theirs:
        return None
    further = len(_OTHERWISE.findall(told)) > 2 * len(conditions)
    return (
        "choice.extreme",
        f"{picked[0][key]}: {best.field} {its}",
        f"it picked {picked[0][key]} with {best.field} {its}, though “{best.said}” was asked for and "
        f"{right[key]} has {theirs}",
        str(right[key]),
        1.2 if further else 2.0,
    )


def _picked(records: list[Record], fact: HopFacts) -> tuple[str, list[Record]] | None:
    """The field that tells the records apart, and those that the output names: some, not all."""
    made = fact.hop.output
    text = fold(made) if isinstance(made, str) else ""
    said = {fold(str(v)) for _, v in fact.made_leaves if isinstance(v, str | int)}
    for key in records[0]:
        names = [r.get(key) for r in records]
        if not all(isinstance(n, str | int) and not isinstance(n, bool) for n in names):
            continue
        if len(set(map(str, names))) != len(names) or (
            all(isinstance(n, int) for n in names) and text
        ):
            continue
        picked = [r for r in records if _named(fold(str(r[key])), said, text)]
        if 0 < len(picked) < len(records):
            return key, picked
    return None


def _named(name: str, said: set[str], text: str) -> bool:
    if name in said:
        return True
    return len(name) > 2 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


# --- conditions ------------------------------------------------------------------------------

_AUX = bag("has is with includes include included available allowed offers needs")


def _flags(records: list[Record], told: str) -> Iterator[Condition]:
    for key in records[0]:
        if not all(isinstance(r.get(key), bool) for r in records):
            continue
        words = [w for w in words_in(key) if w not in _AUX]
        if not words:
            continue
        phrase = re.compile(
            r"(?<![\w])(?P<no>(?:no|non|not|without|ohne|sans|sin)[\s-]+)?"
            + r"[\s_-]".join(re.escape(w) for w in words)
            + r"s?(?![\w])(?P<false>[\s:=]+(?:false|no)\b)?"
        )
        match = phrase.search(told)
        sentence = _sentence(told, match.start()) if match else ""
        if match is None or _WISHES.search(sentence) or sentence.rstrip().endswith("?"):
            continue
        want = not (match["no"] or match["false"])
        yield Condition(match.group().strip(), key, lambda r, k=key, w=want: r.get(k) is w)  # type: ignore[misc]


def _sentence(text: str, at: int) -> str:
    start = max(text.rfind(s, 0, at) for s in (". ", "; ", "\n", "? ")) + 1
    ends = [e for s in (". ", ";", "\n", "? ") if (e := text.find(s, at)) >= 0]
    return text[start : min(ends, default=len(text)) + 1]


_MONEY = re.compile(
    r"€|\$|£|\b(eur|usd|gbp|chf|euros?|dollars?|pounds?|a night|per night|budget)\b"
)
_PRICED = re.compile(r"(?i)(price|cost|fare|amount|preis|prix|precio|fee|total)")


_WITHIN = re.compile(r"\bwithin (\d{1,6}(?:\.\d+)?)\b")


def _bounds(records: list[Record], told: str) -> Iterator[Condition]:
    columns = [k for k in records[0] if all(is_number(r.get(k)) for r in records)]
    if not columns:
        return
    within = [
        (m.start(), m.end(), (float("-inf"), float(m[1]), True)) for m in _WITHIN.finditer(told)
    ]
    for start, end, (least, most, inside) in [*limits_in(told), *within]:
        sentence = _sentence(told, start)
        if _WISHES.search(sentence) or re.search(r"\bif\b|\bwhen\b|\belse\b", sentence):
            continue
        around = told[max(0, start - 30) : end + 18]
        column = _column(columns, records, around, (least, most))
        if column is None:
            continue

        def holds(
            r: Record, k: str = column, a: float = least, b: float = most, i: bool = inside
        ) -> bool:
            return a <= float(r[k]) <= b if i else a < float(r[k]) < b

        yield Condition(told[start:end].strip(), column, holds)


def _column(
    columns: list[str], records: list[Record], around: str, ends: tuple[float, float]
) -> str | None:
    """The column that the words around a bound name, else the one whose numbers it parts."""
    stems = {w[:5] for w in re.findall(r"[^\W\d_]{3,}", around)}
    named = [c for c in columns if {w[:5] for w in words_in(c) if len(w) > 2} & stems]
    if not named and _MONEY.search(around):
        named = [c for c in columns if _PRICED.search(c)]
    if len(named) == 1:
        return named[0]
    bound = ends[0] if ends[1] == float("inf") else ends[1]
    parted = [c for c in (named or columns) if _parts([float(r[c]) for r in records], bound)]
    return parted[0] if len(parted) == 1 else None


def _parts(values: list[float], bound: float) -> bool:
    return min(values) <= bound <= max(values) and min(values) < max(values)


_CLOCK = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
_TIMED = re.compile(
    r"\b(after|from|not before|no earlier than|before|by|until|no later than|nach|ab|vor|"
    r"bis)\s+((?:[01]?\d|2[0-3]):[0-5]\d)"
)


def _times(records: list[Record], told: str) -> Iterator[Condition]:
    matches = list(_TIMED.finditer(told))
    columns = [
        k for k in records[0]
        if matches and all(isinstance(v := r.get(k), str) and _CLOCK.search(v) for r in records)
    ]  # fmt: skip
    if len(columns) != 1 or len(matches) != 1:
        return
    match = matches[0]
    late = match[1] in ("after", "from", "not before", "no earlier than", "nach", "ab")
    bound = _minutes(match[2])

    def holds(r: Record) -> bool:
        value = _minutes(str(r[columns[0]]))
        return value >= bound if late else value <= bound

    yield Condition(match.group(), columns[0], holds)


def _minutes(text: str) -> int:
    match = _CLOCK.search(text)
    hours, _, minutes = match.group().partition(":") if match else ("0", "", "0")
    return 60 * int(hours) + int(minutes)


# --- the least and the most ------------------------------------------------------------------

_PRICES = "price|cost|fare|total|amount|preis|prix|precio|rate|fee"
_SIZES_OF = "size|area|sqm|m2|capacity|count|volume|amount|population|total"
_DATED = "time|date|updated|published|year|created|at$|on$"
_ASKED: tuple[tuple[str, bool, str], ...] = (
    (
        "cheapest|lowest price\\w*|least expensive|lowest[- ]priced|lowest fare|lowest cost|"
        "günstigst\\w*|billigst\\w*|moins cher\\w*|más barat\\w*",
        True,
        _PRICES,
    ),
    ("most expensive|dearest|highest price\\w*|teuerst\\w*", False, _PRICES),
    (
        "(?:best|highest|top)[- ]rated|best rating|highest rating|best reviewed",
        False,
        "rating|score|stars|review|note",
    ),
    ("(?:highest|best|top) score|highest scoring|highest[- ]ranked", False, "score|rating|points"),
    (
        "earliest|soonest|first available|next available|frühest\\w*",
        True,
        "time|date|depart|slot|start|arriv|begin|at$|day|from",
    ),
    ("latest|most recent|newest|neueste\\w*", False, _DATED),
    ("oldest", True, _DATED),
    (
        "fastest|quickest|shortest|schnellst\\w*|kürzest\\w*",
        True,
        "duration|minutes|hours|days|time|eta|length|km|miles",
    ),
    ("nearest|closest|nächstgelegen\\w*", True, "distance|km|miles|metres|meters|walk"),
    ("largest|biggest|größt\\w*", False, _SIZES_OF),
    ("smallest|kleinst\\w*", True, _SIZES_OF),
)
_SUPERLATIVES = tuple(
    (re.compile(rf"\b(?:{words})\b"), least, re.compile(rf"(?i)(?:^|_|\b)(?:{columns})"))
    for words, least, columns in _ASKED
)
_OF = re.compile(
    r"\b(highest|most|maximum|largest|lowest|fewest|least|minimum|smallest)\s+([^\W\d_]{3,20})\b"
)


def _best(records: list[Record], told: str) -> Best | None:
    """The one superlative of the instructions that one column answers."""
    found_ones: list[Best] = []
    for words, least, columns in _SUPERLATIVES:
        match = words.search(told)
        if match is None or re.search(
            r"\b(?:not|never|second|nicht)\s+(?:\w+\s+)?$", told[: match.start()]
        ):
            continue
        fields = [k for k in records[0] if columns.search(k) and _sizes(records, k)]
        if len(fields) == 1:
            found_ones.append(Best(match.group(), fields[0], _size_of(fields[0]), least))
    for match in _OF.finditer(told) if not found_ones else ():
        fields = [
            k for k in records[0]
            if any(w[:4] == match[2][:4] for w in words_in(k)) and _sizes(records, k)
        ]  # fmt: skip
        if len(fields) == 1:
            least = match[1] in ("lowest", "fewest", "least", "minimum", "smallest")
            found_ones.append(Best(match.group(), fields[0], _size_of(fields[0]), least))
    return found_ones[0] if len({(b.field, b.least) for b in found_ones}) == 1 else None


def _sizes(records: list[Record], key: str) -> bool:
    """Whether the records can be ordered by a field: numbers, or times and days in one notation."""
    values = [r.get(key) for r in records]
    if all(is_number(v) for v in values):
        return True
    return all(isinstance(v, str) and re.match(r"\d{4}-\d\d(-\d\d)?|\d\d:\d\d", v) for v in values)


def _size_of(key: str) -> Callable[[Record], Any]:
    return lambda r: r[key] if isinstance(r[key], str) else float(r[key])


RULES = (Rule("choice.unfit", "It picked against a condition told in words.", False, unmet),)
