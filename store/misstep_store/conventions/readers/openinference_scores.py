"""Scores as OpenInference tells them: evaluations and annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import Score
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes


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
