"""Sentences of texts with the stems of their telling words, read once however often they are asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from misstep_diagnosis.reading.language import COMMON
from misstep_diagnosis.reading.polarity import is_negation, negations
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import fold

_END = re.compile(r"(?<=[.!?;])\s+|\n+|(?<=[。！？；])")
_WORD = re.compile(r"[^\W_]+(?:[.'’-]?[^\W_]+)*")
_LONGEST = 20_000
_MOST = 300
_FILLERS = bag(
    "was were been being be have has had will would can could may might must shall should does did "
    "than then that this these those there their his her its any all each every both also only just "
    "very about into over from after before until since under above below within between during per "
    "still now yet again already however while when where who whom whose what how why because"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence: as written, folded, the stems of its telling words in order, its negations."""

    text: str
    folded: str
    stems: tuple[str, ...]
    denials: int

    @property
    def bag(self) -> frozenset[str]:
        """Its stems, each once."""
        return frozenset(self.stems)


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """What a folded word keeps through its commonest endings: bears, bearing and bear are one."""
    bare = word.replace("’", "'").removesuffix("'s")
    if any(c.isdigit() for c in bare):
        return bare
    for ending in ("ing", "ies", "ed", "es", "s", "e", "y"):
        if bare.endswith(ending) and len(bare) - len(ending) >= 3:
            bare = bare[: -len(ending)]
            break
    return bare[:6]


def telling(word: str) -> bool:
    """Whether a folded word is more than a link between others."""
    long = len(word) > 2 or any(c.isdigit() for c in word)
    return long and word not in COMMON and word not in _FILLERS and not is_negation(word)


@lru_cache(maxsize=4_096)
def clause(text: str) -> Clause:
    """One sentence, read."""
    folded = fold(text)
    stems = tuple(stem(w) for w in _WORD.findall(folded) if telling(w))
    return Clause(text, folded, stems, negations(folded))


@lru_cache(maxsize=1_024)
def _parts(text: str) -> tuple[str, ...]:
    return tuple(p for p in (s.strip() for s in _END.split(text[:_LONGEST])) if p)[:_MOST]


def clauses(text: str) -> Iterator[Clause]:
    """The sentences of a text, lines and parts after a semicolon among them; bounded."""
    return (clause(p) for p in _parts(text))


def clauses_of(texts: Sequence[tuple[str, str]]) -> list[Clause]:
    """The sentences of several texts in their order, at most 600."""
    found: list[Clause] = []
    for _, text in texts:
        found += clauses(text)
        if len(found) >= 2 * _MOST:
            break
    return found[: 2 * _MOST]
