"""Whether calls were answered and steps gave anything, where that takes reading them whole: spans that
say the same, but for what they were asked, are read once."""

from __future__ import annotations

from collections.abc import Hashable

from misstep_store.conventions.between.absorbing import made_nothing
from misstep_store.conventions.readers import mastra
from misstep_store.headers.between.twice import Twice
from misstep_store.headers.columns.spans import Facts, SpanColumns

_ASKED = (
    "mastra.metadata.runId",
    "mastra.model_step.input",
    "mastra.model_generation.input",
    "mastra.agent_run.input",
    "langfuse.observation.input",
    "langfuse.observation.metadata.",
    "langfuse.trace.",
    "input.value",
)
"""What says nothing of what a span of Mastra gave."""
_ABOUT = "metadata"
"""Nor does this, unless an answer is in it."""


class Answered:
    """Reads spans of which ``facts`` and ``twice`` are known."""

    def __init__(self, twice: Twice, facts: Facts, spans: SpanColumns) -> None:
        self._twice, self._facts, self._spans = twice, facts, spans
        self._known: dict[Hashable, bool] = {}
        self._outputs: dict[Hashable, tuple[bool, bool]] = {}

    def is_unanswered(self, call: int) -> bool:
        """Whether a call was answered nothing, as far as it tells."""
        if self._facts.tokens["output_tokens"][call]:
            return False
        key = self._key(call)
        known = self._known.get(key) if key is not None else None
        if known is None:
            known = made_nothing(self._twice.draft(call, self._spans, self._facts))
            if key is not None:
                self._known[key] = known
        return known

    def gave(self, step: int) -> bool:
        """Whether a step has an output."""
        return self._made(step)[0]

    def said(self, step: int) -> bool:
        """Whether something stands in the output of a step."""
        return self._made(step)[1]

    def _made(self, step: int) -> tuple[bool, bool]:
        key = None if self._twice.is_told_of(step) else self._alike(step)
        known = self._outputs.get(key) if key is not None else None
        if known is None:
            found = self._twice.draft(step, self._spans, self._facts)
            known = found.has_output, bool(found.output)
            if key is not None:
                self._outputs[key] = known
        return known

    def _key(self, call: int) -> Hashable | None:
        """What calls share that tell the same; None of those to which more than a step adds."""
        twice = self._twice
        if any(
            call in of for of in (twice.calls, twice.beside, twice.steps, twice.parts, twice.opened)
        ):
            return None
        lender = twice.lenders.get(call)
        own = self._alike(call)
        if lender is None or own is None:
            return own and ("call", own)
        around = self._alike(lender)
        return around and ("call", own, around)

    def _alike(self, place: int) -> Hashable | None:
        """What spans share that gave the same; None of those in which events or records tell it."""
        spans = self._spans
        if not spans.plain[place] or place in spans.logs or place in self._facts.drafts:
            return None
        a = spans.attributes[place]
        if mastra.TYPE in a:
            a = {k: v for k, v in a.items() if not k.startswith(_ASKED)}
            about = a.get(_ABOUT, "")
            if type(about) is str and "body" not in about and "\\u" not in about:
                a.pop(_ABOUT, None)
        told = [tuple(v) if type(v) is list else v for v in a.values()]
        found = (
            *(spans.scope[place], spans.name[place], int(spans.resource_of[place])),
            *(spans.kind[place], spans.status_code[place], spans.message(place)),
            *a,
            *told,
        )
        try:
            hash(found)
        except TypeError:  # lists within lists
            return None
        return found
