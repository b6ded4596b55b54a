"""Members that all but one or two were carried over, whatever the form: records by identifier, numbered
references, names in a list of words, groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.lists.divided import why_missing
from misstep_diagnosis.checks.lists.members import speaks_of_dropping
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import fold
from misstep_diagnosis.reckoning.operands import words_in

_MAKES = ("llm", "agent", "chain")
_LEAST, _MOST = 3, 40
_LONG_ENOUGH = 8
_LONGEST = 8_000
_SELECTS = re.compile(
    r"(?i)\b(top|best|which|pick\w*|choos\w*|select\w*|filter\w*|shortlist\w*|cheapest|highest|lowest|most|first|"
    r"last|latest|relevant|important|main|key|summar\w*|sum up|shorten\w*|short|brief\w*|"
    r"one sentence|in a sentence|"
    r"headline|highlight\w*|example\w*|find|any|some|recommend\w*|answer|question|search\w*|duplicat\w*|"
    r"urgent|valid|invalid|failed|overdue|open|critical|available|eligible|worst|who|what|how|next|when)\b"
)
_ALL = re.compile(
    r"(?i)\b(all|each|every\w*|whole|complete\w*|full\w*|group\w*|sort\w*|translate\w*|rewrite\w*|convert\w*|reformat\w*|"
    r"one (?:line|row|bullet|paragraph) (?:a|per|for each)|categori[sz]e\w*|classif\w*|alle|"
    r"jede\w*|tous|toutes|todos|todas)\b"
)
_IDENTITY = re.compile(
    r"(?i)(^|_)(id|ids|no|nr|number|num|pr|ref|reference|ticket|issue|sku|code|key|name|title|file|path|item|"
    r"product|drug|medicine|order|invoice|case|task|step|city|country|supplier|customer|patient|guest)$"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """Names that tell the members of a list apart, and how a member is shown."""

    names: tuple[str, ...]
    shown: tuple[str, ...]
    sure: bool
    records: tuple[dict[str, Any], ...] = ()


def left_out(known: RunFacts, good: Good) -> list[Found]:
    """A member of a list that the output goes on without, though it has all the others."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        lists = [one for one in _lists(fact) if _LEAST <= len(one.names) <= _MOST]
        text = _made(fact) if lists else ""
        lists = [one for one in lists if sum(n in text for n in one.names) >= _LEAST - 1]
        if not lists or _SELECTS.search(" ".join(words_in(fact.hop.name))):
            continue
        for one in lists:
            lost = [i for i, n in enumerate(one.names) if not _holds(n, text)]
            few = 1 if len(one.names) < 8 else 2
            if not 0 < len(lost) <= few or (one.records and why_missing(one.records, lost, fact)):
                continue
            # The whole text is read once more for each list: for those alone that miss a member.
            told = _told(fact, one)
            everything = bool(_ALL.search(told))
            if (_SELECTS.search(told) and not everything) or speaks_of_dropping(told):
                continue
            if len(one.names) - len(lost) >= 2 and _counts(fact, one):
                shown = ", ".join(one.shown[i] for i in lost)
                out.append(
                    found(
                        "item.omitted",
                        fact.hop.hop_id,
                        shown,
                        f"its input lists {shown} among {len(one.names)}; its output has the "
                        f"others and "
                        f"goes on without",
                        expected=shown,
                        local=True,
                        weight=2.0 if everything or one.sure else 1.3,
                    )
                )
                break
    return out


def _counts(fact: HopFacts, one: Listed) -> bool:
    """A record that was made of others (a total, a mean) need not name them."""
    return len(fact.made_leaves) >= 2 or isinstance(fact.hop.output, str)


def _made(fact: HopFacts) -> str:
    """The whole output as one folded text, its keys included."""
    output = fact.hop.output
    if not isinstance(output, str | dict | list):
        return ""
    return fold(str(output)[:40_000])


def _told(fact: HopFacts, one: Listed) -> str:
    """Its instructions: what it was told around its JSON, without the pieces that hold a member."""
    words = [w.casefold() for w in fact.quoted.words if len(w) <= _LONGEST]
    pieces = [p for w in words for p in _PIECE.split(w)]
    return " . ".join(p[:300] for p in pieces if not any(n in p for n in one.names))


_PIECE = re.compile(r"(?<!\d)\.(?!\d)|[;\n]|:\s|\s[-*•]\s")


def _holds(name: str, text: str) -> bool:
    if name in text and len(name) > _LONG_ENOUGH:
        return True
    if len(name) > 24 and " " in name:
        words = [w for w in re.findall(r"\w+", name) if len(w) > 3]
        return sum(w[:6] in text for w in words) >= 0.5 * len(words)
    tail = r"(?:e?s)?" if name[-1:].isalpha() else ""
    return re.search(rf"(?<![\w]){re.escape(name)}{tail}(?![\w])", text) is not None


# --- what is listed -----------------------------------------------------------------------------


def _lists(fact: HopFacts) -> Iterator[Listed]:
    for records in fact.records.lists:
        one = _of_records(records)
        if one is not None:
            yield one
    told: set[tuple[str, ...]] = set()
    for _, text in fact.given_texts:
        if 20 <= len(text) <= _LONGEST and _HINT.search(text):
            for one in _in_text(text):
                if one.names not in told:
                    told.add(one.names)
                    yield one


@lru_cache(4_096)
def _identifies(key: str) -> bool:
    """The same keys come with every hop."""
    return _IDENTITY.search(key) is not None


def _of_records(records: list[dict[str, Any]]) -> Listed | None:
    """By the first identifying field that tells them apart."""
    for key in records[0]:
        if not _identifies(key):
            continue
        values = [r.get(key) for r in records]
        plain = all(isinstance(v, str | int) and not isinstance(v, bool) for v in values)
        if not plain or len({str(v) for v in values}) != len(values):
            continue
        names = [fold(str(v)) for v in values]
        if any(isinstance(v, int) and v < 10 for v in values) or not all(
            1 < len(n) <= 60 for n in names
        ):
            continue
        return Listed(tuple(names), tuple(_show(r, key) for r in records), True, tuple(records))
    return None


def _show(record: dict[str, Any], key: str) -> str:
    title = next((str(v) for k, v in record.items() if k != key and isinstance(v, str)), "")
    return f"{record[key]} {title}".strip()[:60]


_HINT = re.compile(
    r"#\d|[A-Z]-\d|(?:^|\n|: )[^\S\n]*[-*•]\s|"
    r":[^,:\n]{2,40},[^,:\n]{2,40},|:[^;:\n]{3,120};[^;:\n]{3,120};"
)
_HASHED = re.compile(r"(?<![\w&])#(\d{1,6})\b")
_CODED = re.compile(r"\b[A-Z]{1,5}-\d{2,6}\b")
_AFTER_COLON = re.compile(
    r":\s*((?:[^,.;:\n]{2,40},\s*){2,}(?:(?:and|und|et|y|or)\s+)?[^,.;:\n]{2,40})(?=[.;\n]|$)"
)
_BULLET = re.compile(r"(?:^|\n|: )[^\S\n]*[-*•]\s+([^\n]{2,160})")
_ONE = re.compile(r"(?<![\w.,])\d[\d.,]*(?<![.,])")
_DIGITS = re.compile(r"\d")


@lru_cache(256)
def _in_text(text: str) -> tuple[Listed, ...]:
    made: list[Listed] = []
    for pattern in (_HASHED, _CODED):
        names = tuple(dict.fromkeys(m.group() for m in pattern.finditer(text)))
        if len(names) >= _LEAST:
            made.append(Listed(tuple(fold(n) for n in names), names, sure=False))
    lines = [m[1].strip() for m in _BULLET.finditer(text)]
    numbers = [_ONE.findall(line) for line in lines]
    if (
        len(lines) >= _LEAST
        and all(len(n) == 1 for n in numbers)
        and len({n[0] for n in numbers}) == len(lines)
    ):
        made.append(Listed(tuple(n[0] for n in numbers), tuple(v[:60] for v in lines), sure=False))
    for match in _AFTER_COLON.finditer(text):
        parts = [
            re.sub(r"^(?:and|und|et|y|or)\s+", "", p.strip()) for p in re.split(r",", match[1])
        ]
        heads = [_head(p) for p in parts]
        like = len({bool(_DIGITS.search(p)) for p in parts}) == 1
        if like and all(heads) and len(set(heads)) == len(heads):
            made.append(Listed(tuple(fold(h) for h in heads), tuple(parts), sure=False))
    for match in _CLAUSES.finditer(text):
        parts = [p.strip() for p in match[1].split(";")]
        firsts = [m[0] if (m := _FIRST.match(p)) else "" for p in parts]
        if len(parts) >= _LEAST and all(firsts) and len(set(firsts)) == len(firsts):
            made.append(Listed(tuple(fold(f) for f in firsts), tuple(p[:60] for p in parts), False))
    return tuple(made)


_CLAUSES = re.compile(r":\s((?:[^;:\n]{3,120};\s*){2,}[^;:\n]{3,120})")
_FIRST = re.compile(r"[A-ZÄÖÜÀ-Þ][\w'’-]{2,}")


def _head(part: str) -> str:
    """The words of a member before its numbers: metformin of metformin 500 mg."""
    words = re.findall(r"[^\W\d_][\w'’-]+", _DIGITS.split(part)[0])
    plain = not any(w.casefold() in _NO_NAMES for w in words)
    return " ".join(words) if 1 <= len(words) <= 3 and plain else ""


_NO_NAMES = bag(
    "of in on at by to for from with is are was were be total sum and or not no since until due per "
    "delivered paid about the a an this that please has have"
)


RULES = (
    Rule(
        "item.omitted", "All members of a list but one or two were carried over.", False, left_out
    ),
)
