"""Spans of every instrumentation as one kind of hop.

One file a convention in ``readers`` (:class:`Convention`), chosen by the instrumentation scope first,
by attributes second, in the order of :data:`CONVENTIONS`; what the tree of a trace adds (which span is
the run, attempts, one-call steps, doubled spans) is in ``between``; the modules here read the shapes
that many conventions share. Everything is pure and none of it raises. How to add one:
docs/conventions.md.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Sequence

from misstep_store.conventions.between import hops, runs
from misstep_store.conventions.between.tree import Tree
from misstep_store.conventions.raising import with_raised
from misstep_store.conventions.readers import (
    agent_framework,
    agenta,
    agentops,
    agentscope,
    anthropic_sdk,
    autogen,
    axiom,
    braintrust,
    claude_code,
    codex,
    confident,
    coralogix,
    crewai,
    gemini_cli,
    genai_events,
    genai_otel,
    generic,
    genkit,
    google_adk,
    guardrails,
    haystack,
    honeyhive,
    judgment,
    laminar,
    langfuse,
    langsmith,
    langwatch,
    litellm,
    livekit,
    llama_index,
    logfire,
    mastra,
    mcp,
    mcp_agent,
    misstep_own,
    mistral_sdk,
    mlflow,
    monocle,
    neatlogs,
    nemo_guardrails,
    openinference,
    openlit,
    openllmetry,
    otel_genai,
    pipecat,
    promptflow,
    pydantic_ai,
    semantic_kernel,
    spring_ai,
    strands,
    tanstack,
    traceai,
    trulens,
    vercel,
    voltagent,
)
from misstep_store.conventions.types import (
    Convention,
    Draft,
    Logs,
    Normalised,
    Price,
    Usage,
)
from misstep_store.conventions.values import limits
from misstep_store.otlp.spans import LogRecord, Span

CONVENTIONS: Sequence[Convention] = (
    misstep_own.CONVENTION,
    openinference.CONVENTION,
    langsmith.CONVENTION,
    langfuse.CONVENTION,
    mlflow.CONVENTION,
    vercel.CONVENTION,
    pydantic_ai.CONVENTION,
    litellm.CONVENTION,
    google_adk.CONVENTION,
    strands.CONVENTION,
    semantic_kernel.CONVENTION,
    agent_framework.CONVENTION,
    crewai.CONVENTION,
    autogen.CONVENTION,
    laminar.CONVENTION,
    genkit.CONVENTION,
    mastra.CONVENTION,
    haystack.CONVENTION,
    llama_index.CONVENTION,
    mcp.CONVENTION,
    mcp_agent.CONVENTION,
    agentops.CONVENTION,
    anthropic_sdk.CONVENTION,
    claude_code.CONVENTION,
    braintrust.CONVENTION,
    guardrails.CONVENTION,
    langwatch.CONVENTION,
    judgment.CONVENTION,
    trulens.CONVENTION,
    monocle.CONVENTION,
    traceai.CONVENTION,
    coralogix.CONVENTION,
    neatlogs.CONVENTION,
    honeyhive.CONVENTION,
    agenta.CONVENTION,
    confident.CONVENTION,
    genai_otel.CONVENTION,
    spring_ai.CONVENTION,
    mistral_sdk.CONVENTION,
    livekit.CONVENTION,
    pipecat.CONVENTION,
    nemo_guardrails.CONVENTION,
    gemini_cli.CONVENTION,
    codex.CONVENTION,
    agentscope.CONVENTION,
    voltagent.CONVENTION,
    tanstack.CONVENTION,
    axiom.CONVENTION,
    promptflow.CONVENTION,
    openlit.CONVENTION,
    openllmetry.CONVENTION,
    logfire.CONVENTION,
    otel_genai.CONVENTION,
    generic.CONVENTION,
)
# OpenInference's processors rewrite the spans of others, which then lack what they had; these keep
# their own attributes whole beside OpenInference's.
_SAY_BOTH = (
    openinference.CONVENTION,
    pydantic_ai.CONVENTION,
    misstep_own.CONVENTION,
    vercel.CONVENTION,
    openlit.CONVENTION,
    openllmetry.CONVENTION,
)
_SAYS_BOTH_WITH = {mastra.NAME: mastra.TYPE, litellm.NAME: litellm.CALL_TYPE}
"""Conventions that do so where they write a key of their own."""
_EXACT = {s: c for c in CONVENTIONS for s in c.scopes if not s.endswith("*")}
_PREFIXES = sorted(
    ((s[:-1], c) for c in CONVENTIONS for s in c.scopes if s.endswith("*")),
    key=lambda item: -len(item[0]),
)
_BY_SCOPE: dict[str, Convention | None] = {}
_MAX_SCOPES = 10_000


def normalise(
    spans: Sequence[Span], logs: Sequence[LogRecord] = (), *, price: Price | None = None
) -> Normalised:
    """The run and hops of one trace.

    Args:
        spans: all spans of the trace known so far, at least one.
        logs: log records of the trace; joined to spans by span id.
        price: looks up what calls cost; without it nothing is priced.
    """
    return build(drafts(spans, logs), price=price)


def drafts(spans: Sequence[Span], logs: Sequence[LogRecord] = ()) -> list[Draft]:
    """Each span as a draft hop, its logs joined to it, what was cut on the way marked."""
    if not logs:
        return [_marked(read(span), ()) for span in spans]
    by_span: dict[str, list[LogRecord]] = defaultdict(list)
    told = ((s.trace_id, s.span_id, s.attributes) for s in spans)
    elsewhere = claude_code.addresses(told, logs)
    for log in sorted(logs, key=lambda r: r.time_unix_nano or r.observed_time_unix_nano):
        by_span[elsewhere.get(id(log), log.span_id)].append(log)
    made = []
    for span in spans:
        beside = by_span.pop(span.span_id, ())
        made.append(_marked(read(span, beside), beside))
    _judge(made, [log for rest in by_span.values() for log in rest])
    return made


def _marked(draft: Draft, logs: Logs) -> Draft:
    with contextlib.suppress(Exception):  # attributes of any shape may come
        limits.mark(draft, logs)
    return draft


def _judge(made: Sequence[Draft], loose: Sequence[LogRecord]) -> None:
    """Evaluation events that name no span of the trace, but a response or the trace itself."""
    told = [r for r in loose if genai_events.event_name(r) == genai_events.EVALUATION]
    if not told or not made:
        return
    answered = {d.response_id: d for d in reversed(made) if d.response_id}
    for log in told:
        response = log.attributes.get("gen_ai.response.id")
        judged = answered.get(response) if isinstance(response, str) else None
        score = genai_events.evaluation(log.attributes, judged.id if judged else None)
        if judged is not None:
            judged.scores = [*judged.scores, score]
        else:
            made[0].run_scores = [*made[0].run_scores, score]


def build(made: Sequence[Draft], *, price: Price | None) -> Normalised:
    """The run and its hops, of all drafts of a trace."""
    tree = Tree(made)
    nodes = tree.nodes()
    start = min((d.span.start_unix_nano for d in made if d.span.start_unix_nano), default=0)
    found = [hops.hop(node, tree, start, price) for node in nodes]
    depths = tree.depths
    # Node's clock begins spans at whole milliseconds: of two that began together the shorter was first.
    found.sort(key=lambda h: (h.offset_ms, depths.get(h.hop_id, 0), h.duration_ms, h.hop_id))
    for index, hop in enumerate(found):
        hop.__dict__["index"] = index
    return Normalised(runs.run(tree, found, start), found)


def read(span: Span, logs: Logs = ()) -> Draft:
    """One span as a draft hop, by the convention that claims it; never raises."""
    try:
        span = with_raised(span, logs) if logs else span
        draft = convention_of(span).read(span, logs)
        if logs or span.events:
            judged = genai_events.scores(span, logs)
            if judged:
                draft.scores = [*draft.scores, *judged]
        return draft
    except Exception:  # attributes of any shape may come; the raw span is kept
        try:
            return generic.read(span, logs)
        except Exception:
            return Draft(span, "unreadable")


def convention_of(span: Span) -> Convention:
    """Who reads a span: its scope decides, then its attributes, else it is generic.

    Vercel's SDK tells its spans through the tracer it is given, which is anyone's.
    """
    a = span.attributes
    if vercel.claims(span):
        return vercel.CONVENTION
    found = of_scope(span.scope.name)
    if found is not None:
        if "openinference.span.kind" not in a or found in _SAY_BOTH:
            return found
        return found if _SAYS_BOTH_WITH.get(found.name) in a else openinference.CONVENTION
    for convention in CONVENTIONS:
        if convention.marks is not None and convention.marks(span):
            return convention
    return generic.CONVENTION


def of_scope(scope: str) -> Convention | None:
    """Whose instrumentation scope this is; None for scopes that no convention names."""
    try:
        return _BY_SCOPE[scope]
    except KeyError:
        pass
    found = _EXACT.get(scope)
    if found is None:
        found = next((c for prefix, c in _PREFIXES if scope.startswith(prefix)), None)
    if len(_BY_SCOPE) < _MAX_SCOPES:
        _BY_SCOPE[scope] = found
    return found


__all__ = [
    "CONVENTIONS",
    "Convention",
    "Normalised",
    "Price",
    "Usage",
    "build",
    "convention_of",
    "drafts",
    "normalise",
    "of_scope",
    "read",
]
