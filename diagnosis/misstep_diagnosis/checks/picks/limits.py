"""A judgement against a limit that is told in words: aged 65 or older, age 63, met."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from misstep_diagnosis.checks.found import Found, Good, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.values import fold, readings

_N = r"(\d[\d.,]*\d|\d)\s?(?:%|°C|€|[^\W\d_]{1,10}(?![^\W\d_]))?"
_LOWER = re.compile(
    rf"(?i)(?:at least|minimum(?: of)?|no less than|not less than|mindestens|au moins|al menos|≥|>=)"
    rf"\s+{_N}|{_N}\s+(?:or|and|oder|und|ou|o)\s+"
    r"(?:older|more|above|over|higher|greater|älter|mehr|darüber|plus|más)\b"
)
_UPPER = re.compile(
    rf"(?i)(?:at most|no more than|not more than|maximum(?: of)?|up to|not exceeding|höchstens|"
    rf"maximal|au plus|"
    rf"como máximo|≤|<=)\s+{_N}"
    rf"|{_N}\s+(?:or|and|oder|und|ou|o)\s+"
    r"(?:younger|less|below|under|lower|fewer|jünger|weniger|moins|menos)\b"
)
_OVER = re.compile(
    rf"(?i)(?:above|over|(?<!no )(?<!not )more than|(?<!no )(?<!not )greater than|exceed(?:s|"
    rf"ing)?|older than|über|mehr als|"
    rf"plus de|más de|>)\s+{_N}"
)
_UNDER = re.compile(
    rf"(?i)(?:below|under|(?<!no )(?<!not )less than|(?<!no )(?<!not )fewer than|younger than|"
    rf"unter|weniger als|"
    rf"moins de|menos de|<)\s+{_N}"
)
_BETWEEN = re.compile(rf"(?i)(?:between|zwischen|entre)\s+{_N}\s+(?:and|und|et|y)\s+{_N}")
UPPER_SIGNS = (
    "most", "more", "maximum", "up to", "exceeding", "höchstens", "maximal", "plus", "máximo", "≤",
    "<=", "younger", "less", "below", "under", "lower", "fewer", "jünger", "weniger", "moins", "menos",
)  # fmt: skip
LOWER_SIGNS = (
    "least", "minimum", "less", "mindestens", "moins", "menos", "≥", ">=", "older", "more", "above",
    "over", "higher", "greater", "älter", "mehr", "darüber", "plus", "más",
)  # fmt: skip
OVER_SIGNS = (
    "above", "over", "more", "greater", "exceed", "older", "über", "mehr", "plus", "más", ">",
)  # fmt: skip
UNDER_SIGNS = (
    "below", "under", "less", "fewer", "younger", "unter", "weniger", "moins", "menos", "<",
)  # fmt: skip
BETWEEN_SIGNS = ("between", "zwischen", "entre")
"""Of these each limit of its kind has one, folded: most texts have none and are read no further."""
_MET = re.compile(
    r"(?i)(^|_)(met|meets|eligible|ok|pass(ed|es)?|within|satisf\w*|fulfil\w*|qualif\w*|valid|allowed|"
    r"approved?|compli\w*|accept\w*|erfüllt|zulässig|cumple|éligible|eligible|conforme)(_|$)"
)
_NUMBER = re.compile(r"(?<![\w.,])-?(?:\d[\d.,]*\d|\d)(?![\w])")
Bounds = tuple[float, float, bool]
"""(least, most, whether the bounds themselves are inside)."""
_FAR = float("inf")
_LIMITS: tuple[
    tuple[re.Pattern[str], tuple[str, ...], Callable[[Sequence[float]], Bounds]], ...
] = (
    (_BETWEEN, BETWEEN_SIGNS, lambda n: (n[0], n[1], True)),
    (_LOWER, LOWER_SIGNS, lambda n: (n[0], _FAR, True)),
    (_UPPER, UPPER_SIGNS, lambda n: (-_FAR, n[0], True)),
    (_OVER, OVER_SIGNS, lambda n: (n[0], _FAR, False)),
    (_UNDER, UNDER_SIGNS, lambda n: (-_FAR, n[0], False)),
)
_FEW = 4


def limit_in_words(known: RunFacts, good: Good) -> list[Found]:
    """A truth value that the one limit and the one number of its input contradict."""
    out: list[Found] = []
    for fact in known.leaves:
        output = fact.hop.output
        makes = fact.hop.kind in ("llm", "agent", "chain", "guardrail", "evaluator")
        if not makes or fact.hop.error is not None or not isinstance(output, dict):
            continue
        flags = [(k, v) for k, v in output.items() if isinstance(v, bool) and _MET.search(k)]
        if len(flags) != 1:
            continue
        numbers = {a.keys[0] for a in fact.given_numbers}
        if not 2 <= len(numbers) <= _FEW:
            continue
        told = " \n ".join(f"{v}" for _, v in fact.given_leaves)[:4_000]
        judged = _judged(told)
        key, said = flags[0]
        if judged is None or judged[2] == said:
            continue
        limit, value, inside = judged
        relation = "within" if inside else "not within"
        out.append(
            found(
                "limit.contradicted",
                fact.hop.hop_id,
                f"{key}: {str(said).lower()}",
                f"{key} is {str(said).lower()}, but {value:g} is {relation} “{limit}”",
                strict=True,
                path=f"output.{key}",
                local=True,
            )
        )
    return out


def chosen_beyond(known: RunFacts, good: Good) -> list[Found]:
    """A record chosen from a list by a model that breaks the one limit told in words, though others
    of the list keep it."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in ("llm", "agent") or not isinstance(fact.hop.output, dict | str):
            continue
        for path, leaf in fact.given_texts:
            limit = _upper(leaf) if len(leaf) <= 8_000 else None
            if limit is None:
                continue
            hit = _beyond(fact, limit)
            if hit is not None:
                name, field, value, words = hit
                out.append(
                    found(
                        "limit.contradicted",
                        fact.hop.hop_id,
                        f"{name}: {field} {value:g}",
                        f"it chose {name} with {field} {value:g}, against “{words}” in {path}",
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _upper(text: str) -> tuple[float, str] | None:
    """(most, words) where a text tells exactly one upper limit in words."""
    if not _holds_any(text.casefold(), UPPER_SIGNS):
        return None
    told = [m for m in _UPPER.finditer(text) if any(g for g in m.groups())]
    values = [readings(next(g for g in m.groups() if g)) for m in told]
    if len(told) != 1 or len(values[0]) != 1:
        return None
    return values[0][0], told[0].group().strip()


def _beyond(fact: HopFacts, limit: tuple[float, str]) -> tuple[str, str, float, str] | None:
    most, words = limit
    said = fold(str(fact.hop.output))
    for records in fact.records.lists:
        columns = [k for k in records[0] if all(is_number(r.get(k)) for r in records)]
        named = [k for k in records[0] if all(isinstance(r.get(k), str) for r in records)]
        chosen = [
            r for r in records if any(len(str(r[k])) > 2 and fold(str(r[k])) in said for k in named)
        ]
        if len(chosen) != 1:
            continue
        # The limit is of the one column that has values on both sides of it.
        split = [c for c in columns if {float(r[c]) <= most for r in records} == {True, False}]
        if len(split) == 1 and float(chosen[0][split[0]]) > most:
            return str(chosen[0][named[0]]), split[0], float(chosen[0][split[0]]), words
    return None


def _judged(text: str) -> tuple[str, float, bool] | None:
    """(limit, value, inside) where a text holds one limit and one other number."""
    limits = list(limits_in(text))
    if len(limits) != 1:
        return None
    start, end, (least, most, closed) = limits[0]
    rest = f"{text[:start]} {text[end:]}"
    numbers = {r[0] for m in _NUMBER.finditer(rest) if len(r := readings(m.group())) == 1}
    if len(numbers) != 1:
        return None
    value = numbers.pop()
    inside = least <= value <= most if closed else least < value < most
    return text[start:end].strip(), value, inside


def bounds_of(text: str) -> Iterator[Bounds]:
    """(least, most, whether these are inside) of every limit that a text tells in words."""
    return (bounds for _, _, bounds in limits_in(text))


def limits_in(text: str) -> Iterator[tuple[int, int, Bounds]]:
    """(start, end, bounds) of every limit that a text tells in words."""
    folded = text.casefold()
    for pattern, signs, make in _LIMITS:
        for match in pattern.finditer(text) if _holds_any(folded, signs) else ():
            values = [readings(g) for g in match.groups() if g]
            if all(len(v) == 1 for v in values):
                yield match.start(), match.end(), make([v[0] for v in values])


def _holds_any(folded: str, signs: Sequence[str]) -> bool:
    return any(sign in folded for sign in signs)


__all__ = ["bounds_of", "chosen_beyond", "limit_in_words", "limits_in"]
