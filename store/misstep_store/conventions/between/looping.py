"""Calls that went on by themselves: Google's SDK runs functions and asks again, and MLflow tells of all
of it as one call around those that were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from misstep_store.conventions.types import Draft

LOOPS = "mlflow"
"""The convention whose library does so."""


def settle(drafts: Mapping[str, Draft], children: Mapping[str, Sequence[Draft]]) -> None:
    """Makes a call around several that answered the step that it is."""
    around = [drafts[span_id] for span_id, inside in children.items() if _answered(inside) > 1]
    for outer in filter(_is_call, around):
        outer.role, outer.kind = "hop", "chain"


def _answered(inside: Sequence[Draft]) -> int:
    return sum(_is_call(d) and d.error is None for d in inside)


def _is_call(draft: Draft) -> bool:
    return draft.convention == LOOPS and draft.role == "call" and draft.kind == "llm"
