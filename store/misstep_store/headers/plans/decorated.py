"""What platforms' decorators and frameworks write around the calls of other instrumentations:
mcp-agent, Confident AI, HoneyHive, Agenta, Neatlogs, Coralogix and genai-otel-instrument."""

from __future__ import annotations

import numpy as np

from misstep_store.conventions.readers import (
    agenta,
    confident,
    coralogix,
    genai_otel,
    honeyhive,
    mcp,
    mcp_agent,
    neatlogs,
)
from misstep_store.headers.columns import values
from misstep_store.headers.columns.spans import TOKENS
from misstep_store.headers.plans import frameworks, genai
from misstep_store.headers.plans.plan import Plan, Seen, genai_kind
from misstep_store.headers.steps import rows

_TOLD = ("gen_ai.", "tool_arguments", "tool_response", "code.", "input", "output", "mcp.")
"""What tells of anything that was given or made, in GenAI's words and others'."""


def _is_bare(seen: Seen, *prefixes: str) -> bool:
    """Whether spans surely say neither what they were given nor what they gave."""
    return not (seen.happened or seen.has_logs or seen.any(*prefixes))


# --- mcp-agent ---------------------------------------------------------------------------------


def agents_of_mcp(seen: Seen) -> Plan | None:
    if mcp.METHOD in seen.a:
        return frameworks.protocol(seen)
    if seen.has_details:
        return None
    kind = mcp_agent.kind_of(seen.name)
    plan = Plan(seen, mcp_agent.NAME, kind)
    if kind in mcp_agent.NAMES:
        plan.named(mcp_agent.NAMES[kind])
    if kind == "llm":
        genai.fill(plan)
    elif kind == "tool":
        plan.texts("tool_call_id", "gen_ai.tool.call.id")
    plan.bare = plan.mute = not seen.any(*_OF_MCP_AGENT)
    return plan


_OF_MCP_AGENT = ("message", "tool_args", "request.params.", "arguments.", "result.", "response")


# --- Confident AI ------------------------------------------------------------------------------


def traced(seen: Seen) -> Plan:
    kind = confident.kind_of(seen.a)
    plan = Plan(seen, confident.NAME, kind)
    plan.named_as_genai()
    if kind in ("agent", "tool"):
        plan.named(f"confident.{kind}.name")
    plan.texts("session_id", *confident.SESSIONS)
    plan.texts("user_id", *confident.USERS)
    plan.texts("prompt_name", confident.PROMPT)
    plan.words("prompt_version", *confident.VERSIONS)
    if kind == "llm":
        plan.texts("request_model", confident.MODEL)
    genai.fill(plan)
    plan.bare = _is_bare(seen, *confident.INPUTS, *confident.OUTPUTS, *_TOLD)
    return plan


# --- HoneyHive and Agenta ----------------------------------------------------------------------


def events_of_honeyhive(seen: Seen) -> Plan:
    plan = Plan(seen, honeyhive.NAME, honeyhive.kind_of(seen.a))
    plan.texts("session_id", *honeyhive.SESSIONS)
    plan.texts("user_id", *honeyhive.USERS)
    genai.fill(plan)
    plan.bare = _is_bare(seen, "honeyhive_inputs.", "honeyhive_outputs.", *_TOLD)
    return plan


def nodes_of_agenta(seen: Seen) -> Plan:
    plan = Plan(seen, agenta.NAME, agenta.kind_of(seen.a))
    plan.texts("session_id", agenta.SESSION)
    plan.texts("user_id", agenta.USER)
    genai.fill(plan)
    plan.bare = _is_bare(seen, "ag.data.", *_TOLD)
    return plan


# --- Neatlogs ----------------------------------------------------------------------------------


def neat(seen: Seen) -> Plan | None:
    a = seen.a
    said = [k for k in a if k.startswith(neatlogs.SAID) and k.endswith(".finish_reason")]
    if seen.has_details or seen.name == neatlogs.END or said:
        return None
    kind = neatlogs.kind_of(a)
    plan = Plan(seen, neatlogs.NAME, kind)
    plan.add(_doubt_end)
    plan.texts("session_id", *neatlogs.SESSIONS)
    plan.texts("user_id", *neatlogs.USERS)
    if kind in ("llm", "embedding"):
        plan.provider(*neatlogs.PROVIDERS)
        plan.texts("request_model", *neatlogs.MODELS)
        plan.texts("response_id", neatlogs.RESPONSE)
        plan.texts("finish_reason", neatlogs.ENDED)
        plan.first_token(neatlogs.WAITED)
        if told := {n: k for n, k in neatlogs.COUNTED.items() if k in a}:
            plan.add(lambda found: _count(found, told))
    plan.bare = not any(k.endswith(("put", ".parameters", ".value")) for k in a)
    return plan


def _count(found: rows.Rows, told: dict[str, str]) -> None:
    used = np.zeros((len(TOKENS), len(found.many)), np.int64)
    rows_of = [TOKENS.index(name) for name in told]
    used[rows_of] = values.counts(found.many, [(key,) for key in told.values()])
    found.add_counts(used)


def _doubt_end(found: rows.Rows) -> None:
    found.doubtful.update(n for n, name in enumerate(found.names) if name == neatlogs.END)


# --- Coralogix ---------------------------------------------------------------------------------


def tracked(seen: Seen) -> Plan:
    is_call = seen.name == coralogix.GENERATION
    kind = coralogix.kind_of(seen.name, seen.a)
    plan = Plan(seen, coralogix.NAME, kind)
    plan.add(lambda found: _doubt_calls(found, is_call=is_call))
    plan.named_as_genai()
    if kind in coralogix.NAMES:
        plan.named(coralogix.NAMES[kind])
    genai.fill(plan)
    if coralogix.always_ends(seen.scope) and coralogix.is_calling(seen.a):
        plan.late.append(_calls_tools)
    plan.bare = _is_bare(seen, *_TOLD)
    return plan


def _doubt_calls(found: rows.Rows, *, is_call: bool) -> None:
    """The names of some tell that they are calls."""
    told = enumerate(found.names)
    found.doubtful.update(n for n, name in told if (name == coralogix.GENERATION) != is_call)


def _calls_tools(found: rows.Rows) -> None:
    column = found.column("finish_reason")
    for n, end in enumerate(column):
        if end is not None and values.finish(end) == coralogix.ENDED:
            column[n] = coralogix.CALLING


# --- genai-otel-instrument ---------------------------------------------------------------------


def numbered(seen: Seen) -> Plan:
    plan = Plan(seen, genai_otel.NAME, genai_kind(seen))
    plan.named_as_genai()
    plan.first_token(*genai_otel.FIRST_TOKENS, unit_ms=1000)
    plan.cost(genai_otel.COST)
    genai.fill(plan)
    plan.bare = _is_bare(seen, *_TOLD, "llm.")
    return plan


MAKERS = {
    agenta.NAME: nodes_of_agenta,
    confident.NAME: traced,
    coralogix.NAME: tracked,
    genai_otel.NAME: numbered,
    honeyhive.NAME: events_of_honeyhive,
    mcp_agent.NAME: agents_of_mcp,
    neatlogs.NAME: neat,
}
