"""LlamaIndex, VoltAgent, TanStack AI, Axiom, Claude Code and the Model Context Protocol, as
they tell of themselves."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from misstep_store.conventions.finishing import company
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import (
    axiom,
    claude_code,
    llama_index,
    mcp,
    tanstack,
    voltagent,
)
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import values
from misstep_store.headers.columns.logs import Logs
from misstep_store.headers.plans import genai
from misstep_store.headers.plans.plan import Plan, Seen, genai_kind
from misstep_store.headers.steps import rows

# --- Model Context Protocol --------------------------------------------------------------------

_TOLD_OF_TOOLS = (
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.tool.arguments",
    "gen_ai.tool.result",
    "gen_ai.retrieval.",
    "tool_arguments",
    "tool_response",
    "mcp.resource.uri",
)
"""Keys that give a tool an input or an output."""


def protocol(seen: Seen) -> Plan | None:
    method = rd.text(seen.a, mcp.METHOD)
    plan = Plan(seen, mcp.NAME, "tool" if method == mcp.CALL else "chain")
    plan.bare = not seen.any(*_TOLD_OF_TOOLS)
    plan.add(lambda found: _targets(found, method))
    genai.fill(plan)
    return plan


def _targets(found: rows.Rows, method: str | None) -> None:
    told = zip(found.names, found.many, strict=True)
    found.names = [mcp.name_of(name, a, method) for name, a in told]


# --- Claude Code -------------------------------------------------------------------------------


def turns(seen: Seen) -> Plan | None:
    a, told = seen.a, claude_code.type_of(seen.span)
    kind = claude_code.kind_of(told)
    unnamed = kind == "llm" and seen.has_logs and not any(k in a for k in claude_code.MODELS)
    fails = "error" in a
    if seen.has_details or unnamed or (fails and "exception" in seen.happened):
        return None  # what names no model, or raised, is told in more places than one
    plan = Plan(seen, claude_code.NAME, kind)
    if fails:
        plan.fails, plan.failure = True, claude_code.failure_of
        plan.fails_by = claude_code.FAILURES
    if kind == "llm":
        plan.provider(*claude_code.PROVIDERS)
        plan.add(rows.fixed("provider", "anthropic"))
        plan.texts("request_model", *claude_code.MODELS)
        plan.texts("response_id", *claude_code.RESPONSES)
        if "input_tokens" in a or "output_tokens" in a:
            plan.add_by_keys(_all_that_was_asked)
        plan.first_token("ttft_ms")
        if "gen_ai.response.finish_reasons" in a:
            plan.add(rows.reasons("gen_ai.response.finish_reasons"))
        plan.texts("finish_reason", "stop_reason")
        if "attempt" in a:
            plan.add(_attempts)
        if seen.has_logs:
            plan.add(_costs)
            if _ANSWERED in seen.happened:
                plan.add(_answers)
    elif kind == "tool":
        plan.named(*claude_code.TOOLS)
        plan.texts("tool_call_id", *claude_code.CALL_IDS)
        told_of = plan.there(("tool_input", "new_context", *claude_code.GIVEN))
        plan.bare = not told_of and not {"tool.output", "tool_result"} & seen.happened
    elif claude_code.is_part(told):
        plan.echoes("part")
    elif told == "hook":
        plan.named(*claude_code.HOOKS)
    genai.about(plan)
    return plan


def _all_that_was_asked(found: rows.Rows) -> None:
    """Input is told without what came from the cache and what went there."""
    keys = ("input_tokens", "output_tokens", claude_code.CACHED, claude_code.WRITTEN)
    told = found.many[0]  # all of them have the same keys
    asked, said, cached, written = (
        values.integers(found.many, (k,)) if k in told else np.zeros(len(found.many), np.int64)
        for k in keys
    )
    found.add_tokens(
        np.array([asked + cached + written, said, cached, written, np.zeros_like(asked)])
    )


_ANSWERED = "api_response_body"


def _costs(found: rows.Rows) -> None:
    """What requests cost, as records tell."""
    logs = found.spans.logs
    found.cost = [claude_code.cost_in(logs.of(place)) for place in found.places]


def _answers(found: rows.Rows) -> None:
    """What records tell of answers."""
    logs = found.spans.logs
    said = [_body(logs, place) for place in found.places]
    rows.answers(found, said)
    column = found.column("finish_reason")
    for n in found.lacking("finish_reason"):
        if said[n] is not None:
            column[n] = bodies.ended(said[n]) or None


def _body(logs: Logs, place: int) -> str | None:
    """As :func:`claude_code.said_in` finds it."""
    first = logs.first(place, _ANSWERED)
    if first is None:
        return None
    if (told := rd.text(first.attributes, "body")) is not None:
        return told
    records = logs.named(place, _ANSWERED)
    return next((t for r in records if (t := rd.text(r.attributes, "body"))), None)


def _attempts(found: rows.Rows) -> None:
    told = values.integers(found.many, ("attempt",))
    found.attempt.update((n, int(told[n])) for n in np.flatnonzero(told > 1).tolist())


# --- LlamaIndex --------------------------------------------------------------------------------


def workflows(seen: Seen) -> Plan | None:
    """What happened stands in events; only calls and tools say more than their names."""
    if seen.has_logs or seen.has_details:
        return None
    told: llama_index.Told = {e.name: e.attributes for e in seen.span.events}
    kind = llama_index.kind_of(seen.span, told)
    plan = Plan(seen, llama_index.NAME, kind)
    if llama_index.is_part(seen.span, kind):
        plan.echoes("part")
    plan.add(lambda found: _named_by_class(found, kind))
    if kind in ("llm", "embedding", "reranker"):
        plan.add(_called)
    elif kind == "tool":
        plan.add(_tools)
    return plan


def _named_by_class(found: rows.Rows, kind: Any) -> None:
    found.names = [llama_index.name_of(name, kind) for name in found.names]


_CHOICE = re.compile(r'\[\{"finish_reason": ?"(\w+)", ?"index": ?0, ?"logprobs": ?null, ')
_FACTS = ("request_model", "provider", "response_model", "response_id", "finish_reason")


def _called(found: rows.Rows) -> None:
    columns = [found.column(fact) for fact in _FACTS]
    used = []
    for n, place in enumerate(found.places):
        told: llama_index.Told = {e.name: e.attributes for e in found.spans.events(place)}
        every = {k: v for a in told.values() for k, v in a.items() if v != "null"}
        scratch = Draft(rows.NO_SPAN, "", "llm", "-")
        choices = every.get(llama_index.RAW + "choices")
        end = _CHOICE.match(choices) if type(choices) is str else None
        if end is not None:  # a thousand characters for one word
            every[llama_index.RAW + "choices"] = [{"finish_reason": end[1]}]
        llama_index.details(scratch, every)
        for column, fact in zip(columns, _FACTS, strict=True):
            column[n] = getattr(scratch, fact)
        used.append(scratch.usage)
        text = every.get("response.text")
        if not scratch.finish_reason and isinstance(text, str) and rows.may_finish(text):
            found.doubtful.add(n)
    found.add_usage(used)


_STRINGS = r"[^'\\<(\[{\r\n\0\f]*"
_TOOL_CALL = re.compile(
    rf"ToolCall\(tool_name='(\w+)', tool_kwargs=\{{(?:'\w+': '{_STRINGS}'(?:, |(?=\}})))*\}}, "
    r"tool_id='(\w*)'\)"
)
"""A call as it is printed where all it was given is plain text."""


def _tools(found: rows.Rows) -> None:
    column = found.column("tool_call_id")
    for n, a in enumerate(found.many):
        told = a.get(llama_index.SUMMARY)
        is_short = isinstance(told, str) and len(told) < _PLAIN_CHARS
        plain = _TOOL_CALL.fullmatch(str(told)) if is_short else None
        if plain is not None:
            found.names[n], column[n] = plain[1], plain[2] or None
            continue
        scratch = Draft(rows.NO_SPAN, "", "tool", found.names[n])
        llama_index.tool(scratch, a)
        found.names[n], column[n] = scratch.name, scratch.tool_call_id


_PLAIN_CHARS = 10_000
# --- VoltAgent ---------------------------------------------------------------------------------


def volts(seen: Seen) -> Plan | None:
    if seen.has_details:
        return None
    kind = voltagent.kind_of(seen.a)
    plan = Plan(seen, voltagent.NAME, kind)
    plan.named(*voltagent.named_by(kind))
    plan.texts("session_id", *voltagent.SESSIONS)
    plan.texts("user_id", *voltagent.USERS)
    if kind in ("llm", "embedding", "agent"):
        plan.provider(*voltagent.PROVIDERS, of=company)
        plan.texts("request_model", *voltagent.MODELS)
        plan.texts("finish_reason", *voltagent.ENDS)
        plan.tokens(**voltagent.COUNTS)
    if kind == "tool":
        plan.texts("tool_call_id", *voltagent.IDS)
    if kind == "agent":
        plan.lends, plan.alone = True, voltagent.COUNTED in seen.a
    plan.bare = not plan.there(("input", "output", "agent.messages"))
    return plan


# --- TanStack AI -------------------------------------------------------------------------------


def loops(seen: Seen) -> Plan | None:
    kind = tanstack.kind_of(seen.a)
    plan = Plan(seen, tanstack.NAME, kind)
    plan.named_as_genai()
    genai.fill(plan)
    plan.add(_without_adapter)
    if kind == "chain" and "gen_ai.request.model" in seen.a:
        plan.alone = True
    return plan


def _without_adapter(found: rows.Rows) -> None:
    column = found.text.get("provider")
    if column is not None:
        found.text["provider"] = [tanstack.company(p) for p in column]


# --- Axiom -------------------------------------------------------------------------------------


def capabilities(seen: Seen) -> Plan | None:
    is_stream = axiom.model_of(seen.span) is not None
    kind = "llm" if is_stream else genai_kind(seen)
    plan = Plan(seen, axiom.NAME, kind)
    plan.named_as_genai()
    plan.is_one_of = is_stream
    if not axiom.asks(seen.span.attributes):
        plan.add(lambda found: _streamed(found, are_streams=is_stream))
    genai.fill(plan)
    return plan


def _streamed(found: rows.Rows, *, are_streams: bool) -> None:
    """The names of streams tell what they are, and the model."""
    models = [axiom.named_in(name) for name in found.names]
    found.doubtful.update(n for n, m in enumerate(models) if (m is not None) is not are_streams)
    if are_streams:
        found.fill("request_model", models)


MAKERS = {
    axiom.NAME: capabilities,
    claude_code.NAME: turns,
    llama_index.NAME: workflows,
    mcp.NAME: protocol,
    tanstack.NAME: loops,
    voltagent.NAME: volts,
}
