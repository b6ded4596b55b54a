"""OpenLIT: GenAI attributes; its time to the first token is in seconds."""

from __future__ import annotations

import re

from misstep.model import HopKind
from misstep_store.conventions import objects, otel_genai
from misstep_store.conventions import reading as rd
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.types import CALL_KINDS, Convention, Draft, Logs, Usage
from misstep_store.spans import Span

NAME = "openlit"
_UNFINISHED = re.compile(r"<(coroutine|async_generator|generator) object [^<>]* at 0x[0-9a-f]+>")
_KINDS: dict[str, HopKind] = {
    "vectordb": "retriever",
    "framework": "chain",
    "agent": "agent",
    "task": "chain",
    "workflow": "chain",
    "image": "llm",
    "audio": "llm",
}


def claims(span: Span) -> bool:
    """What an OpenLIT SDK made: it signs spans and resources."""
    a = span.attributes
    return (
        "openlit"
        in (a.get("telemetry.sdk.name"), span.resource.attributes.get("telemetry.sdk.name"))
    ) and otel_genai.claims(span)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = otel_genai.kind_of(a)
    operation = a.get("gen_ai.operation.name")
    if isinstance(operation, str) and operation not in otel_genai.KINDS:
        kind = _KINDS.get(operation, kind)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    otel_genai.fill(draft, a, logs)
    if kind in CALL_KINDS:
        if rd.truth(a.get("gen_ai.request.stream", a.get("gen_ai.request.is_stream"))):
            seconds = rd.number(a, "gen_ai.server.time_to_first_token", "gen_ai.server.ttft")
            if seconds is not None:
                draft.time_to_first_token_ms = seconds * 1000
        total = rd.integer(a, "gen_ai.client.token.usage", "gen_ai.usage.total_tokens")
        if total and not draft.usage.input_tokens and not draft.usage.output_tokens:
            draft.usage = Usage(total)
    elif kind == "tool":
        _tool(draft)
    elif any(m.text and _UNFINISHED.fullmatch(m.text) for m in draft.messages_out):
        draft.messages_out = ()  # what an async step returned before it ran
    return finish(draft)


def _tool(draft: Draft) -> None:
    """LangChain's tools: arguments as a Python literal, the answer as a printed message."""
    draft.input = rd.from_repr(draft.input)
    if isinstance(draft.output, str) and "content=" in draft.output:
        answer = objects.fields_of(draft.output)
        if isinstance(answer, dict) and "content" in answer:
            draft.output = rd.decoded(answer["content"])


CONVENTION = Convention(NAME, read, scopes=("openlit.*", "openlit"), marks=claims)
