"""What retrievers, memories and guardrails were asked and gave, under GenAI's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.finishing import payloads
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

KEPT = "gen_ai.memory.records"
_FOUND = ("gen_ai.retrieval.documents", KEPT)
ANSWERS = "gen_ai.decision.answers"
"""Of a model that decides, as Strands tells of it."""
_QUERIES = ("gen_ai.retrieval.query.text", "gen_ai.retrieval.query", "gen_ai.memory.query.text")
_CHECKED = ("gen_ai.guardrail.input", "gen_ai.guardrail.security.content.input.value")
_PASSED = "gen_ai.guardrail.security.content.output.value"
_VERDICT = {
    "gen_ai.guardrail.verdict.type": "verdict",
    "gen_ai.guardrail.action.type": "action",
    "gen_ai.guardrail.verdict.reason": "reason",
    "gen_ai.guardrail.verdict.code": "code",
    "gen_ai.guardrail.security.risk.category": "risk",
    "gen_ai.guardrail.security.risk.score": "score",
    _PASSED: "content",
}


def guardrail(draft: Draft, a: Mapping[str, Any]) -> None:
    """What was checked, and what came of it."""
    payloads(draft, a, _CHECKED, ("gen_ai.guardrail.output",))
    if draft.has_output:
        return
    told = {name: rd.decoded(a[key]) for key, name in _VERDICT.items() if key in a}
    if told:
        draft.output, draft.has_output = told, True
        return
    if "gen_ai.guardrail.triggered" in a:
        triggered = rd.truth(a["gen_ai.guardrail.triggered"])
        draft.output, draft.has_output = {"triggered": triggered}, True
    elif status := rd.text(a, "gen_ai.guardrail.status"):
        draft.output, draft.has_output = {"status": status}, True


def retrieval(draft: Draft, a: Mapping[str, Any]) -> None:
    """What was looked for and found."""
    key = next((key for key in _FOUND if key in a), "")
    found = docs.references(a.get(key))
    if not found and not draft.documents and draft.messages_out:  # Galileo's
        draft.documents = docs.documents(next(iter(draft.messages_out[-1].parts), None))
    if found and not draft.documents:
        draft.documents = found
        if not draft.has_output:
            draft.output, draft.has_output = rd.decoded(a[key]), True
    if draft.input is None:
        draft.input = rd.text(a, *_QUERIES)
