"""Documents as OpenInference tells them: what was found, and what a reranker was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd


def given(draft: Draft, a: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> None:
    """What a reranker was given: a query, documents, and how many are wanted."""
    draft.input = docs.to_rank(rd.text(a, "reranker.query") or draft.input, items)
    if wanted := rd.integer(a, "reranker.top_k"):
        draft.parameters = {"top_k": wanted, **draft.parameters}


def found(draft: Draft, items: Sequence[Mapping[str, Any]]) -> None:
    """Documents of a list, which are the output too where no other is told."""
    made = [{k.removeprefix("document."): rd.parsed(v) for k, v in i.items()} for i in items]
    draft.documents = [docs.document(d) for d in made]
    if not draft.has_output:
        draft.output, draft.has_output = made, True
