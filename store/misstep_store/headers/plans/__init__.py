"""How spans of each convention are read together: one function a convention makes their plan.

A plan is made once for each set of keys and the values that decide (:data:`DECIDING`): its steps look
where the convention's own reader looks, in its order. A function that returns None leaves such spans
to be read one by one; so does a plan that finds something else than its convention in the first span.
A convention without a function here is read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from misstep import semconv as sc
from misstep_store.conventions import convention_of, of_scope
from misstep_store.conventions.between import begun
from misstep_store.conventions.finishing import MAY_FALL_SILENT
from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.readers import litellm, mastra_laminar, mcp_agent, otel_genai
from misstep_store.conventions.readers import openinference_libraries as libraries_of_openinference
from misstep_store.headers.plans import (
    braintrust,
    decorated,
    frameworks,
    genai,
    genkit,
    haystack,
    langfuse,
    langsmith,
    libraries,
    llama_index,
    mastra,
    openinference,
    openlit,
    platforms,
    vendors,
    voices,
    workers,
)
from misstep_store.headers.plans.plan import Plan, Seen, doubt_success
from misstep_store.otlp.spans import LogRecord, Span

DECIDING = (
    sc.ROLE,
    sc.HOP_KIND,
    "gen_ai.operation.name",
    "openinference.span.kind",
    "langsmith.span.kind",
    "langfuse.observation.type",
    "langfuse.observation.level",
    "mlflow.spanType",
    "ai.operationId",
    "traceloop.span.kind",
    "netra.span.kind",
    "llm.request.type",
    "lmnr.span.type",
    "logfire.span_type",
    "genkit:metadata:subtype",
    "mastra.span.type",
    "haystack.component.type",
    "agentops.span.kind",
    "mcp.method.name",
    "span.type",
    "type",
    "braintrust.span_attributes",
    "litellm.call_type",
    "call_type",
    "langwatch.span.type",
    "judgment.span_kind",
    "gen_ai.span.kind",
    "fi.span.kind",
    "spring.ai.kind",
    "db.operation.name",
    "ai.observability.span_type",
    "span_type",
    "framework",
    "rail.type",
    "neatlogs.span.kind",
    "honeyhive_event_type",
    "ag.type.node",
    "confident.span.type",
)
"""Attributes whose values decide kind and role; spans that are read together agree in them."""
_BY_NAME = (
    "pydantic",
    "gcp.vertex.agent",
    "strands",
    "logfire",
    "lmnr",
    "mistralai",
    "crewai",
    "litellm",
    "openlit",
    "@openlit/",
    "haystack",
    "llamaindex",
    "livekit",
    "pipecat",
    "com.anthropic.claude_code",
    "com.anthropic.sdk.",
    "opentelemetry.instrumentation.",
    "@traceloop/instrumentation-llamaindex",
    "@traceloop/instrumentation-bedrock",
    "openinference.instrumentation.",
)
"""Scopes whose spans are told apart by their names too."""
_BY_PART = {
    "codex_": workers.part_of_codex,
    "nemo": workers.part_of_guardrails,
    "mcp": mcp_agent.kind_of,
    mastra_laminar.SCOPE: mastra_laminar.type_of,
}
_CALLS = frozenset({"logfire.msg_template", "gen_ai.provider.name", "gen_ai.system"})
_VARIES = re.compile(r"[0-9a-f]{8,}|\d+")
_MAKERS: dict[str, Callable[[Seen], Plan | None]] = {
    **genai.MAKERS,
    **openinference.MAKERS,
    **platforms.MAKERS,
    **braintrust.MAKERS,
    **langfuse.MAKERS,
    **langsmith.MAKERS,
    **libraries.MAKERS,
    **genkit.MAKERS,
    **haystack.MAKERS,
    **frameworks.MAKERS,
    **vendors.MAKERS,
    **voices.MAKERS,
    **workers.MAKERS,
    **decorated.MAKERS,
    **mastra.MAKERS,
    **openlit.MAKERS,
}


def deciding(a: dict[str, Any]) -> tuple[str, ...]:
    """Those of :data:`DECIDING` that spans with these keys have."""
    return tuple(k for k in DECIDING if k in a)


def naming(scope: str, a: dict[str, Any]) -> Callable[[str], str] | None:
    """What matters of the names of spans, where they decide too."""
    if not scope:  # it was lost on the way: nothing else may tell what a call does
        if "openinference.span.kind" in a:
            return openinference.of_name
        if "gen_ai.operation.name" not in a and not _CALLS.isdisjoint(a):
            return name_class
    for begins, part in _BY_PART.items():
        if scope.startswith(begins):
            return part
    by_name = scope.startswith(_BY_NAME) and not scope.startswith(_NOT_BY_NAME)
    return name_class if by_name else None


def by_kind(a: dict[str, Any]) -> bool:
    """Whether span kinds decide too: of two spans about a request, the client's is the request."""
    return "http.request.method" in a or "http.method" in a


by_library = openinference.by_library
by_ending, prepares = llama_index.by_ending, llama_index.prepares
libraries_of = libraries_of_openinference.libraries_of
_NOT_BY_NAME = ("opentelemetry.instrumentation.genai",)


@lru_cache(maxsize=10_000)
def name_class(name: str) -> str:
    """A name without the numbers and ids in it."""
    return _VARIES.sub("#", name)


def _raises(made: Plan) -> bool:
    """Whether a plan finds failures that log records tell of, which nothing else goes before."""
    return made.convention in _PLAIN and genai.raised in made.steps and not made.fails


_PLAIN = (otel_genai.NAME, litellm.NAME)


def plan_of(span: Span, a: dict[str, Any], logs: Sequence[LogRecord]) -> Plan | None:
    """The plan for spans like this one; ``a``: its attributes, those of a details event included."""
    make = _MAKERS.get(convention_of(span).name)
    if make is None or begun.PARENT in a:
        return None
    happened = frozenset([*(e.name for e in span.events), *map(events.event_name, logs)])
    if events.EVALUATION in happened or any(n.startswith("misstep.") for n in happened):
        return None
    seen = Seen(span, a, happened, has_logs=bool(logs))
    told_by_scope = of_scope(seen.scope) is not None
    if not told_by_scope and "telemetry.sdk.name" in a:
        return None
    made = make(seen)
    if made is None or (made.kind_name == "evaluator" and not made.judges):
        return None  # what it gave may be scores
    if events.EXCEPTION in happened and not _raises(made):
        return None
    made.foreign = not told_by_scope
    if "exception" in happened and made.kind_name in MAY_FALL_SILENT and not made.fails:
        made.add(doubt_success)
    return made.finished()


__all__ = [
    "DECIDING",
    "Plan",
    "by_ending",
    "by_kind",
    "by_library",
    "deciding",
    "libraries_of",
    "name_class",
    "naming",
    "plan_of",
    "prepares",
]
