"""Scores as OpenInference tells them: evaluations, annotations, what an evaluator gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import Score
from misstep_store.conventions import reading as rd
from misstep_store.conventions import shapes
from misstep_store.conventions.types import Draft


def given(draft: Draft) -> list[Score]:
    """The scores that an evaluator of Phoenix's gave: a list of them is its output."""
    listed = draft.output if isinstance(draft.output, list) else ()
    told = [s for s in listed if isinstance(s, dict) and {"name", "kind", "direction"} <= s.keys()]
    by = draft.span.span_id
    fields = ({**{str(k): v for k, v in s.items()}, "annotator_kind": s["kind"]} for s in told)
    return [score(f, "evaluation.", by) for f in fields]


def score(item: Mapping[str, Any], prefix: str, hop_id: str | None) -> Score:
    """One of a list of evaluations, whose keys begin with ``prefix``."""
    e = {k.removeprefix(prefix): v for k, v in item.items()}
    return shapes.score(
        rd.text(e, "name"),
        value=rd.number(e, "score"),
        label=rd.text(e, "label"),
        explanation=rd.text(e, "explanation"),
        hop_id=hop_id,
        by=rd.text(e, "annotator_kind"),
    )
