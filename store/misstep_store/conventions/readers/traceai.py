"""Future AGI's traceAI: OpenInference's shapes under GenAI's names, by ``gen_ai.span.kind``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from misstep_store.conventions.content import responses
from misstep_store.conventions.finishing import routed
from misstep_store.conventions.readers import openinference
from misstep_store.conventions.readers import openinference_google as google
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "traceai"
KINDS = ("gen_ai.span.kind", "fi.span.kind")
_LISTS = (
    ("gen_ai.input.messages.", "llm.input_messages."),
    ("gen_ai.output.messages.", "llm.output_messages."),
    ("gen_ai.tool.definitions.", "llm.tools."),
)
_HEARD = (".audio.transcript", ".text")
"""Words that were spoken stand beside the sound."""
PARAMETERS = "gen_ai.request.parameters"
_NAMES = {
    PARAMETERS: "llm.invocation_parameters",
    "gen_ai.request.model": "llm.model_name",
    "gen_ai.usage.input_tokens": "llm.token_count.prompt",
    "gen_ai.usage.output_tokens": "llm.token_count.completion",
    "gen_ai.usage.input_tokens.cache_read": "llm.token_count.prompt_details.cache_read",
    "gen_ai.usage.input_tokens.cache_write": "llm.token_count.prompt_details.cache_write",
    "gen_ai.usage.output_tokens.reasoning": "llm.token_count.completion_details.reasoning",
    "gen_ai.cost.total": "llm.cost.total",
    "gen_ai.tool.name": "tool.name",
    "gen_ai.agent.name": "agent.name",
    "gen_ai.provider.name": "llm.provider",
    "raw.input": "input.value",
    "raw.output": "output.value",
}
"""What it calls otherwise than OpenInference; the model asked for stands in the parameters, and under
its own name the one that answered."""


def claims(span: Span) -> bool:
    """Anything with one of its span kinds."""
    a = span.attributes
    return KINDS[0] in a or KINDS[1] in a


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    told = renamed(span.attributes)
    draft = openinference.read_as(Draft(span, NAME, openinference.kind_of(told)), told, logs)
    if draft.kind == "llm" and span.scope.name.endswith(GOOGLE):
        google.call(draft, told)
    elif draft.kind == "llm" and span.scope.name.endswith(_ANTHROPIC):
        _whole_answer(draft, told.get("output.value"))
    if draft.kind == "llm" and draft.response_id is None:
        draft.response_id = answered_in(span.attributes.get(PARAMETERS))
    elif draft.kind in ("chain", "agent"):
        _step(draft)
    return draft


def answered_in(parameters: Any) -> str | None:
    """Which answer it was: of OpenAI's agents the parameters are those of the response."""
    given = rd.parsed(parameters)
    return responses.own_id(given.get("id")) if isinstance(given, dict) else None


def _step(draft: Draft) -> None:
    """A step without input has an empty one; DSPy's adapter has the model that it asks whole."""
    if draft.input == {}:
        draft.input = None
    if not draft.span.scope.name.endswith(DSPY):
        return
    if isinstance(draft.output, dict) and isinstance(made := draft.output.get("_store"), dict):
        draft.output = made
    given = draft.input
    if not isinstance(given, dict):
        return
    asked = given.get("lm")
    if isinstance(asked, dict):
        model = rd.text(asked, "model")
        told = routed(model, None)
        draft.provider, draft.request_model, _ = told or (None, model, None)
        draft.lends = draft.lends_counts = True
        draft.input = given.get("inputs", {k: v for k, v in given.items() if k != "lm"})


def _whole_answer(draft: Draft, made: Any) -> None:
    """The words of all blocks: of a stream of Anthropic's the messages have those of the last."""
    parts = draft.messages_out[0].parts if len(draft.messages_out) == 1 else []
    texts = [p for p in parts if p.get("type") == "text"]
    if not isinstance(made, str) or len(texts) != 1:
        return
    known = texts[0].get("content")
    if isinstance(known, str) and known and made.endswith(known) and made != known:
        texts[0]["content"] = made
        draft.output = made if draft.output == known else draft.output


GOOGLE, DSPY, _ANTHROPIC = "_google_genai", "_dspy", "_anthropic"
_WHOLE = {"input.value": "raw.input", "output.value": "raw.output"}
"""What stands in place of a value that is only its words: until 2026 both are told."""


def renamed(a: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes by OpenInference's names."""
    return {new: a[old] for old, new in names_of(a)}


def names_of(keys: Collection[str]) -> list[tuple[str, str]]:
    """(key, what OpenInference calls it), without those of which others tell more."""
    return [(key, name_of(key)) for key in keys if _WHOLE.get(key) not in keys]


def name_of(key: str) -> str:
    """What OpenInference calls it."""
    if key in KINDS:
        return openinference.KIND
    if key.startswith("gen_ai."):
        for old, new in _LISTS:
            if key.startswith(old):
                return new + key[len(old) :].replace(*_HEARD)
    return _NAMES.get(key, key)


CONVENTION = Convention(NAME, read, scopes=("traceai*", "fi_instrumentation*"), marks=claims)
