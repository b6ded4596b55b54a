"""A figure of an agreement taken as it was before the amendment that its input holds as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kept import Kept, by_text
from misstep_diagnosis.reading.language import COMMON
from misstep_diagnosis.reading.values import atoms, fold

_REPLACES = re.compile(
    r"(?i)\b(?:(?:is|are|was|were|be|been|hereby)\s+(?:\w+ly\s+)?(?:replaced|superseded|amended)|"
    r"replaces|supersedes|amends|now reads|shall (?:now )?read|wird ersetzt|werden ersetzt|ersetzt|"
    r"erhält folgende fassung|est remplacée?|remplace|se sustituye|sustituye|queda modificad[oa]|"
    r"è sostituit[oa])\b"
)
_PAST = re.compile(
    r"(?i)\b(original(?:ly)?|previous(?:ly)?|former(?:ly)?|before (?:the )?(?:amendment|change)|"
    r"at the time|histor\w+|compare|difference|what changed|used to|ursprünglich\w*|vorher\w*|"
    r"bisher\w*|as of|avant|antes)\b"
)
_PART = re.compile(r"\n+|(?=\[[\w .#-]{2,40}\]\s)")
_LONGEST = 20_000
_WORD = re.compile(r"[^\W\d_]{3,}")
_LEAST = 2
_WINDOW = 60


@dataclass(frozen=True, slots=True)
class _Figure:
    quote: str
    keys: frozenset[str]
    stems: frozenset[str]
    replaces: bool
    part: int


def before_amendment(known: RunFacts, good: Good) -> list[Found]:
    """A figure taken from a passage, though another says of the same words that it is replaced by a
    new one."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        parts = _parts(fact)
        told = " \n".join(parts)
        amended = [i for i, p in enumerate(parts) if _replaces(p)]
        if not amended or len(parts) < _LEAST or _PAST.search(told):
            continue
        figures = [f for i, p in enumerate(parts) for f in _figures(p, i)]
        hit = next((h for f in figures if f.replaces and (h := _older(f, figures, fact))), None)
        if hit is not None:
            old, new = hit
            out.append(
                found(
                    "document.superseded",
                    fact.hop.hop_id,
                    f"{old.quote}, replaced by {new.quote}",
                    f"it says {old.quote}; its input says that this was replaced by {new.quote}",
                    expected=new.quote,
                    local=True,
                    bad=tuple(old.keys)[:4],
                    weight=2.0,
                )
            )
    return out


def _parts(fact: HopFacts) -> list[str]:
    """Passages of what it received: lines, and documents that begin with a name in brackets."""
    texts = [v for _, v in fact.given_texts if len(v) <= _LONGEST]
    return [p for t in texts[:60] for p in _parts_of(t)]


@by_text
def _parts_of(text: str) -> Iterator[str]:
    return (p for p in _PART.split(text) if len(p) > 20)


@Kept
def _replaces(part: str) -> bool:
    return _REPLACES.search(part) is not None


def _figures(part: str, number: int) -> Iterator[_Figure]:
    at = _REPLACES.search(part)
    for atom in atoms(part, "p"):
        if atom.kind != "number" or atom.number is None or abs(atom.number) < 2:
            continue
        start = part.find(atom.quote)
        before = re.split(r"[.;\n]\s", part[max(0, start - _WINDOW) : start])[-1]
        words = (w for w in _WORD.findall(fold(before)) if w not in COMMON)
        stems = frozenset(w[:6] for w in words)
        replaces = at is not None and start > at.start()
        yield _Figure(atom.quote, frozenset(atom.keys), stems, replaces, number)


def _older(new: _Figure, figures: list[_Figure], fact: HopFacts) -> tuple[_Figure, _Figure] | None:
    """The figure of the same words in another passage, where the output holds it and not the new."""
    if not fact.produced_keys.isdisjoint(new.keys) or len(new.stems) < _LEAST:
        return None
    same = [
        f
        for f in figures
        if f.part != new.part
        and not f.replaces
        and f.keys.isdisjoint(new.keys)
        and len(f.stems & new.stems) >= max(_LEAST, (min(len(f.stems), len(new.stems)) + 1) // 2)
        and not fact.produced_keys.isdisjoint(f.keys)
    ]
    return (same[0], new) if len({f.quote for f in same}) == 1 else None


RULES = (
    Rule(
        "document.superseded",
        "It used a figure that its input says was replaced.",
        False,
        before_amendment,
    ),
)
