"""Numbers with what limits or qualifies them: at least 6 hours, arriving at 14:00, 1,200 net."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from misstep_diagnosis.reading.clauses import clauses, stem, telling
from misstep_diagnosis.reading.dates import month_names
from misstep_diagnosis.reading.polarity import negations
from misstep_diagnosis.reading.values import Leaf, last_key, number_key, readings

_NUMBER = re.compile(
    r"(?<![\w.,:/-])\d[\d.,:]*(?<=\d)(?![\w/-])|"
    r"(?<![\w.,:/-])\d+(?=(?:km|kg|mm|cm|mg|ml|h|m|g|l|st|nd|rd|th)\b)"
)
_NEXT = re.compile(r"[\s-]*(?:st|nd|rd|th|\.|%|°)?\s*(?:us |imp )?([^\W\d_]+)")
_WINDOW = 40

GE, GT, LE, LT = "at least", "more than", "at most", "less than"
_BEFORE: tuple[tuple[str, str], ...] = (
    (
        GE,
        "no less than|not less than|no fewer than|not fewer than|no earlier than|not before|"
        "not sooner than|"
        "no sooner than|at least|at the least|minimum of|a minimum of|minimum|min|from age|"
        "mindestens|wenigstens|"
        "nicht weniger als|au moins|minimum de|al menos|como mínimo|por lo menos|almeno|"
        "non meno di|ten minste|"
        "minstens|pelo menos|no mínimo|minst|starting from|>=|≥",
    ),
    (
        LE,
        "no more than|not more than|no later than|not later than|no longer than|"
        "not longer than|not exceed|not exceeding|"
        "never exceed|at most|at the most|maximum of|a maximum of|maximum|max|up to|not above|"
        "not over|höchstens|maximal|"
        "bis zu|nicht mehr als|spätestens|au plus|maximum de|jusqu'à|pas plus de|como máximo|"
        "a lo sumo|hasta|no más de|al massimo|"
        "non più di|fino a|hoogstens|maximaal|no máximo|até|högst|within|innerhalb von|<=|≤",
    ),
    (
        GT,
        "more than|greater than|higher than|longer than|older than|later than|over|above|"
        "exceeds|exceed|exceeding|mehr als|über|länger als|"
        "plus de|más de|mayor de|più di|oltre|meer dan|mais de|mer än|>",
    ),
    (
        LT,
        "less than|fewer than|lower than|shorter than|younger than|earlier than|sooner than|"
        "under|below|weniger als|unter|kürzer als|moins de|"
        "menos de|meno di|minder dan|mindre än|<",
    ),
)
_AFTER: tuple[tuple[str, str], ...] = (
    (
        GE,
        "or more|or over|or older|or later|or above|or longer|and over|and above|and more|"
        "and older|upwards|onwards|oder mehr|und mehr|"
        "oder älter|ou plus|o más|o mayor(?:es)?|o più|of meer|ou mais",
    ),
    (
        LE,
        "or less|or fewer|or under|or younger|or earlier|or below|or sooner|at most|"
        "at the most|oder weniger|ou moins|o menos|o meno|of minder",
    ),
)
_FROM_DAY = re.compile(r"(?:from the|ab dem|vom)\s*$")
_ONWARD = re.compile(r"(?:st|nd|rd|th|\.)?\s*(?:[^\W\d_]+\s+)?(?:on|onwards?|an|upwards)(?!\w)")


def _pattern(told: str) -> str:
    return "|".join(
        p if not p[0].isalpha() else rf"(?<!\w){p}(?!\w)".replace(" ", r"\s+")
        for p in told.split("|")
    )


_HEAD = re.compile("|".join(f"(?P<c{i}>{_pattern(told)})" for i, (_, told) in enumerate(_BEFORE)))
_GAP = re.compile(
    r"\s*(?:the|a|an|age|of|is|was|be|[a-z_]+\(?|[€$£¥]|eur|usd|gbp|chf|von|de|di)?\s*[€$£¥]?\s*$"
)
_TAIL = re.compile(
    r"\s*[^\W\d_]{0,12}\.?\s*(?:"
    + "|".join(f"(?P<c{i}>{_pattern(told)})" for i, (_, told) in enumerate(_AFTER))
    + ")"
)
BOUND_WORDS = frozenset(
    w
    for _, told in (*_BEFORE, *_AFTER)
    for p in told.split("|")
    for w in re.findall(r"[^\W\d_]+", p)
    if len(w) > 2 and w not in ("the", "not", "and", "age", "von", "zu", "menos")
) | {"on", "onwards", "onward", "up"}
_FLIPPED = {GE: LT, LT: GE, GT: LE, LE: GT}
_KEY_GE = re.compile(r"(?:^|_)(?:min|minimum|at_least|least|lower)(?:_|$)")
_KEY_LE = re.compile(r"(?:^|_)(?:max|maximum|at_most|most|upper|up_to)(?:_|$)")


@dataclass(frozen=True, slots=True)
class Mention:
    """A number at its place: ``bound`` is how it limits, None where it limits nothing; ``unit`` the
    stem of the word that follows; ``near`` the folded words around it; ``clause`` its sentence."""

    key: str
    quote: str
    bound: str | None
    unit: str
    near: str
    clause: str
    stems: frozenset[str]
    code: bool


def mentions(told: list[Leaf]) -> list[Mention]:
    """Every number of texts and of fields, at most 500."""
    found: list[Mention] = []
    beside: dict[str, list[str]] = defaultdict(list)
    for path, leaf in told:
        if isinstance(leaf, str) and len(leaf) <= _SHORT:
            beside[path.rpartition(".")[0]].append(leaf.casefold())
    for path, leaf in told:
        if isinstance(leaf, str) and len(leaf) <= 20_000:
            short = len(leaf) <= 12 and "." in path
            found += (_in_field(path, m) for m in _of_text(leaf)) if short else _of_text(leaf)
        elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
            found += _of_field(path, leaf, beside.get(path.rpartition(".")[0], ()))
        if len(found) > 500:
            break
    return found[:500]


_SHORT = 24
_YEAR = re.compile(r"\b\d{4}\b")


def _of_field(path: str, value: float, beside: Sequence[str]) -> Iterator[Mention]:
    key = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", last_key(path)).casefold()
    words = frozenset(stem(w) for w in key.split("_") if telling(w))
    bound = GE if _KEY_GE.search(key) else LE if _KEY_LE.search(key) else None
    spoken = " ".join((key.replace("_", " "), *beside[:6]))
    yield Mention(
        number_key(float(value)), f"{key}: {value:g}", bound, "", spoken, spoken, words, False
    )


def _in_field(path: str, one: Mention) -> Mention:
    key = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", last_key(path)).casefold().replace("_", " ")
    words = frozenset(stem(w) for w in key.split() if telling(w))
    return Mention(
        one.key, f"{key}: {one.quote}", one.bound, one.unit, f"{key} {one.near}", key, words, False
    )


@lru_cache(maxsize=1_024)
def _of_text(text: str) -> tuple[Mention, ...]:
    made: list[Mention] = []
    for one in clauses(text):
        folded = one.folded
        code = bool(_CODE.search(folded))
        for match in _NUMBER.finditer(folded):
            key = _key(match.group())
            if key is None:
                continue
            before, after = (
                folded[max(0, match.start() - _WINDOW) : match.start()],
                folded[match.end() :],
            )
            follows = _NEXT.match(after)
            if follows and follows[1] in month_names():
                key = f"{key} {follows[1][:3]}{_YEAR.findall(after[:30])[:1]}"
            bound = _bound(before, after)
            if bound and not code and _denied(folded, before):
                bound = _FLIPPED[bound]
            unit = stem(follows[1]) if follows else ""
            near = f"{_BREAK.split(before)[-1]}{match.group()}{_BREAK.split(after[:30])[0]}"
            made.append(Mention(key, near.strip(), bound, unit, near, folded, one.bag, code))
            if len(made) >= 300:
                return tuple(made)
    return tuple(made)


_BREAK = re.compile(
    r"[,;{}](?:\s|$)|\((?=[^)]*(?:\d|$))|\s[–—-]\s|(?<![\w.,:])\d[\d.,:]*|\s(?:and|und|et|y|e|"
    r"en|och)\s"
)
_CODE = re.compile(
    r"\bselect\b.*\bfrom\b|\bwhere\b.*[<>=]|\bif\b.*[<>]=?.*[:{)]|\breturn\b.*[<>]|"
    r"[\w)\]]\s*[<>]=?\s*\d|=>|&&"
)


def _key(quote: str) -> str | None:
    if ":" in quote:
        return f"h{quote}" if re.fullmatch(r"\d{1,2}:\d\d", quote) else None
    values = readings(quote)
    return number_key(values[0]) if values else None


def _bound(before: str, after: str) -> str | None:
    last = None
    for match in _HEAD.finditer(before):
        last = match
    if last is not None and _GAP.fullmatch(before[last.end() :]):
        return _BEFORE[int((last.lastgroup or "c0")[1:])][0]
    tail = _TAIL.match(after)
    if tail:
        return _AFTER[int((tail.lastgroup or "c0")[1:])][0]
    if _FROM_DAY.search(before) and _ONWARD.match(after):
        return GE
    return None


def _denied(folded: str, before: str) -> bool:
    """Whether the sentence denies, its bounds aside (no more than denies nothing)."""
    return negations(_HEAD.sub(" ", folded)) % 2 == 1
