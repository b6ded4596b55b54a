"""Sentences that went on word by word: from an output into later inputs, and into the final output."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from misstep.model import Edge
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.kept import by_text
from misstep_diagnosis.reading.values import Leaf, leaves, sayable

_STOP = re.compile(r"[.!?;:。！？]\s|[。！？]|\n|\\n|\"")
_WORD = re.compile(r"\w+")
_LEAST_WORDS = 4
_MOST_SENTENCES = 400
_LONGEST = 40_000
_MOST_SOURCES = 6


def said_again(known: RunFacts) -> dict[str | None, list[Edge]]:
    """Edges by the hop that received them (None: the run's output) of sentences of four words or more.

    A sentence that several hops put out comes from each of the latest few: a step and the agent
    around it say the same. The work grows with the length of the texts."""
    spoken: dict[str, list[tuple[str | None, str, float]]] = defaultdict(list)
    for path, sentence in _sentences(leaves(known.run.input, "input")):
        spoken[sentence].append((None, path, -1.0))
    for fact in sorted(known.facts, key=lambda f: f.end_ms):
        for path, sentence in _sentences(fact.made_leaves):
            spoken[sentence].append((fact.hop.hop_id, path, fact.end_ms))
    made: dict[str | None, list[Edge]] = defaultdict(list)
    for fact in known.facts:
        told = [(path, s) for path, s in _sentences(fact.given_leaves) if s in spoken]
        made[fact.hop.hop_id] = list(_edges(told, spoken, fact.hop.hop_id, fact.start_ms))
    final = [(p, s) for p, s in _sentences(leaves(known.run.output, "output")) if s in spoken]
    made[None] = list(_edges(final, spoken, None, math.inf))
    return made


def _sentences(told: Iterable[Leaf]) -> Iterator[tuple[str, str]]:
    count = 0
    for path, leaf in told:
        if not isinstance(leaf, str) or " " not in leaf:
            continue
        for sentence in _sentences_in(leaf[:_LONGEST]):
            yield path, sentence
            count += 1
            if count >= _MOST_SENTENCES:
                return


@by_text
def _sentences_in(text: str) -> Iterator[str]:
    for piece in _STOP.split(text.casefold()):
        words = _WORD.findall(piece)
        if len(words) >= _LEAST_WORDS:
            yield " ".join(words)


def _edges(
    told: Iterable[tuple[str, str]],
    spoken: dict[str, list[tuple[str | None, str, float]]],
    hop_id: str | None,
    start_ms: float,
) -> Iterator[Edge]:
    for path, sentence in told:
        before = [s for s in spoken[sentence] if s[0] != hop_id and s[2] <= start_ms + 0.001]
        for source, from_path, _ in before[-_MOST_SOURCES:]:
            yield Edge.model_construct(
                from_id=source,
                to_id=hop_id,
                from_path=from_path,
                to_path=path,
                quote=sayable(sentence[:200]),
                match="exact",
                detail="",
            )
