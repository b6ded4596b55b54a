"""A class chosen against criteria that the input states in numbers: SEV1 means more than 50 %."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.picks.limits import bounds_of
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.embedded import Records
from misstep_diagnosis.reading.kept import by_text
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import fold, readings

_MAKES = ("llm", "agent", "chain")
_HEAD = re.compile(
    r"(?:(?<=[.;\n,(])|^|(?<=\bas ))\s*[-*•]?\s*[\"'“]?([^\W\d_][\w-]{1,20}(?: [\w-]{1,12})?)[\"'”]?\s*"
    r"(?::|=|—|\bif\b|\bwhen\b|\bmeans\b|\bwenn\b|\bsi\b)\s"
)
_RANGE = re.compile(r"(?<![\w.])(\d[\d.,]*)\s*(?:-|–|to|bis|à|a)\s*(\d[\d.,]*\d|\d)(?![\w])")
_OR = re.compile(
    r"(?i),?\s+(?:or|oder|ou|o)\s+(?!(?:more|older|less|above|below|higher|lower|fewer|over|under|"
    r"younger|greater|equal|mehr|weniger|älter|jünger|darüber|plus|moins|más|menos)\b)|;"
)
_AND = re.compile(r"(?i)\s+(?:and|und|et|y)\s+")
_WORD = re.compile(r"[^\W\d_]+\d*")
_DULL = bag(
    "of the a an is are or and to in on at by for than more less below above over under least most "
    "between from with percent pct eur usd gbp chf kg mg mmhg score value number total ratio"
)
_END = re.compile(r"[.;]\s|\n|$")
_LONGEST = 8_000


@dataclass(frozen=True, slots=True)
class Criterion:
    """A label and its alternatives, each a list of (words, bounds); ``bounds`` None: not in numbers."""

    label: str
    text: str
    alternatives: tuple[tuple[Condition, ...], ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Numbers of something: the words it is called by, and (least, most, bounds inside)."""

    words: frozenset[str]
    bounds: tuple[float, float, bool] | None


def against_criteria(known: RunFacts, good: Good) -> list[Found]:
    """A class whose stated criteria the record contradicts, while those of another are met."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        chosen = [(p, v) for p, v in fact.made_texts if 1 < len(v) <= 24]
        if not chosen or len(fact.made_leaves) > 40:
            continue
        told = fact.quoted
        if not any(
            ":" in t or "=" in t or " if " in t or " w" in t or " si " in t for t in told.words
        ):
            continue
        criteria = {c.label: c for text in told.words for c in _criteria(text)}
        if len(criteria) < 2:
            continue
        numbers = _numbers(fact.records)
        for path, value in chosen:
            mine = criteria.get(fold(value))
            right = _right(mine, criteria, numbers) if mine is not None else None
            if mine is not None and right is not None:
                other, why = right
                out.append(
                    found(
                        "criteria.contradicted",
                        fact.hop.hop_id,
                        value,
                        f"it says {value}; by the criteria it received, {why} is {other.text[:120]}",
                        path=path,
                        expected=other.label,
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


@by_text
def _criteria(text: str) -> Iterator[Criterion]:
    if len(text) > _LONGEST:
        return
    heads = list(_HEAD.finditer(text))
    for n, head in enumerate(heads):
        after = heads[n + 1].start() if n + 1 < len(heads) else len(text)
        end = _END.search(text, head.end(), after)
        said = text[head.end() : end.start() if end else after]
        alternatives = tuple(
            tuple(_condition(part) for part in _AND.split(one)) if not _between(one)
            else (_condition(one),)
            for one in _OR.split(said)
        )  # fmt: skip
        yield Criterion(fold(head[1]), f"{head[1]}: {said.strip()}", alternatives)


def _between(text: str) -> bool:
    return re.search(r"(?i)\b(between|zwischen|entre)\b", text) is not None


def _condition(text: str) -> Condition:
    words = frozenset(w for w in _WORD.findall(fold(text)) if w not in _DULL)
    spans = _RANGE.search(text)
    told = list(bounds_of(text))
    if len(told) == 1 and not spans:
        return Condition(words, told[0])
    if spans and not told:
        ends = [readings(g) for g in spans.groups()]
        if all(len(e) == 1 for e in ends):
            return Condition(words, (ends[0][0], ends[1][0], True))
    return Condition(words, None)


def _numbers(told: Records) -> dict[str, set[float]]:
    """Fields of the records received, by name, with the numbers they have."""
    made: dict[str, set[float]] = {}
    for record in told.single:
        for key, value in record.items():
            if is_number(value):
                made.setdefault(key, set()).add(float(value))
    return made


def _right(
    mine: Criterion, criteria: dict[str, Criterion], numbers: dict[str, set[float]]
) -> tuple[Criterion, str] | None:
    """The criterion that is met, and by what, where the chosen one is not."""
    if any(_met(a, numbers) is not False for a in mine.alternatives) and not _rest(mine):
        return None
    for other in criteria.values():
        if other is mine or _rest(other):
            continue
        for alternative in other.alternatives:
            if _met(alternative, numbers):
                shown = [f"{f[0]} {f[1]:g}" for c in alternative if (f := _field(c, numbers))]
                return other, ", ".join(shown)
    return None


_REST = re.compile(
    r"(?i):\s*(?:everything|anything|all|any)?\s*(?:else|others?|otherwise|the rest|remaining|sonst\w*|"
    r"alles andere|übrige\w*|tout le reste|lo demás)\b"
)


def _rest(criterion: Criterion) -> bool:
    return _REST.search(criterion.text) is not None


def _met(alternative: tuple[Condition, ...], numbers: dict[str, set[float]]) -> bool | None:
    states = [_holds(c, numbers) for c in alternative]
    if any(s is False for s in states):
        return False
    return True if all(states) else None


def _holds(condition: Condition, numbers: dict[str, set[float]]) -> bool | None:
    told = _field(condition, numbers)
    if told is None or condition.bounds is None:
        return None
    least, most, inside = condition.bounds
    value = told[1]
    return least <= value <= most if inside else least < value < most


def _field(condition: Condition, numbers: dict[str, set[float]]) -> tuple[str, float] | None:
    """The one field that is called by words of the condition, where it has one value."""
    stems = {w[:5] for w in condition.words}
    fits: list[tuple[int, str]] = []
    for key in numbers:
        own = {w[:5] for w in re.findall(r"[^\W_]+", fold(key)) if w not in _DULL}
        common = own & stems
        if common and (
            own <= stems or (len(common) > 1 and len(own - stems) <= 1) or own == common
        ):
            fits.append((len(common), key))
    fits.sort(reverse=True)
    if not fits or (len(fits) > 1 and fits[0][0] == fits[1][0]) or len(numbers[fits[0][1]]) != 1:
        return None
    return fits[0][1], next(iter(numbers[fits[0][1]]))


RULES = (
    Rule(
        "criteria.contradicted",
        "Its class contradicts the criteria it received.",
        False,
        against_criteria,
    ),
)
