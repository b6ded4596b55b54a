"""Scores as evaluators give them: what their spans put out, and what lists of named results say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import Json, Score
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes

_NAMES = ("name", "key", "metric_name")
_VALUES = ("score", "value", "score_value")
_LABELS = ("label", "score_label")
_REASONS = ("explanation", "reason", "reasoning", "rationale", "comment")
_SOURCES = ("annotator_kind", "kind")
_WORDS: dict[str, bool] = {"true": True, "false": False}
_SHORT = 32
_MOST = 100
"""Scores of one evaluator that are taken."""


def gave(made: Json, name: str, hop_id: str | None) -> list[Score]:
    """The scores in what an evaluator put out: one, several with names, or none that is sure.

    Args:
        name: what a score without a name is called; ``hop_id``: the hop that is judged.
    """
    if isinstance(made, dict) and len(made) == 1 and "output" in made:
        made = made["output"]
    if isinstance(made, str) and len(made) < _SHORT:
        made = _WORDS.get(made.lower(), made)
    if isinstance(made, bool | int | float) or (isinstance(made, str) and _is_number(made)):
        made = {"score": made}
    if isinstance(made, dict):
        if any(k in made for k in _VALUES):
            return [s] if (s := result(made, name, hop_id)) is not None else []
        if made and all(isinstance(v, bool | int | float) for v in made.values()):
            made = [{"name": k, "score": v} for k, v in made.items()]
    listed = made[:_MOST] if isinstance(made, list) else []
    named = (e for e in listed if isinstance(e, dict) and any(k in e for k in _NAMES))
    return [s for e in named if (s := result(e, name, hop_id)) is not None]


def _is_number(text: str) -> bool:
    return len(text) < _SHORT and rd.number({"text": text}, "text") is not None


def result(
    e: Mapping[str, Any], name: str, hop_id: str | None, by: str | None = None
) -> Score | None:
    """One result with a value or a label; None where it has neither."""
    value = rd.number(e, *_VALUES)
    if value is None:
        value = next((float(v) for k in _VALUES if isinstance(v := e.get(k), bool)), None)
    label = rd.text(e, *_LABELS)
    if label is None and value is None:
        label = rd.text(e, "value")
    if value is None and label is None:
        return None
    told = rd.text(e, *_NAMES) or name
    why, source = rd.text(e, *_REASONS), by or rd.text(e, *_SOURCES)
    return shapes.score(told, value=value, label=label, explanation=why, hop_id=hop_id, by=source)
