"""Hops that only judge a run: evaluators whose verdict no other hop took up."""

from __future__ import annotations

from collections.abc import Iterable

from misstep_diagnosis.checks.found import Found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.lineage import lineage_of

_OF_ITS_OWN = ("error.", "mark.", "score.")
"""Evidence that an evaluator itself went wrong."""


def onlookers(known: RunFacts) -> frozenset[str]:
    """Evaluators, and what stands within them, that gave nothing to any other hop nor the run its
    answer: what they found is no origin of what they judged. None where a run is nothing but
    evaluators."""
    judges = [h.hop_id for h in known.hops if h.kind == "evaluator"]
    if not judges:
        return frozenset()
    every = _within(known, judges)
    if all(f.hop.hop_id in every for f in known.leaves):
        return frozenset()
    to_others = [e for e in lineage_of(known) if e.to_id is not None and e.to_id not in every]
    heard = [e.from_id for e in to_others if e.from_id is not None]
    above = _around(known, [*heard, *_answering(known, every)])
    return every - _within(known, [j for j in judges if j in above])


def _answering(known: RunFacts, every: frozenset[str]) -> list[str]:
    """Those whose verdict is what the run was made for: it is the answer, and nobody else gave it."""
    said = known.run.output
    if said is None or any(f.hop.output == said for f in known.leaves if f.hop.hop_id not in every):
        return []
    return [h.hop_id for h in known.hops if h.hop_id in every and h.output == said]


def _within(known: RunFacts, hop_ids: Iterable[str]) -> frozenset[str]:
    """These hops and all inside them."""
    waiting = list(hop_ids)
    found = set(waiting)
    while waiting:
        inner = [c for c in known.children.get(waiting.pop(), ()) if c not in found]
        found.update(inner)
        waiting += inner
    return frozenset(found)


def _around(known: RunFacts, hop_ids: Iterable[str]) -> set[str]:
    """These hops and all that they are inside of."""
    parents = {h.hop_id: h.parent_id for h in known.hops}
    found: set[str] = set()
    for hop_id in hop_ids:
        here: str | None = hop_id
        while here and here not in found:
            found.add(here)
            here = parents.get(here)
    return found


def against_the_run(found: Iterable[Found], aside: frozenset[str]) -> list[Found]:
    """Evidence without what speaks of an onlooker's verdict."""
    return [f for f in found if f.hop_id not in aside or f.evidence.rule.startswith(_OF_ITS_OWN)]
