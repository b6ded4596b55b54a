"""AgentScope, Gemini CLI, Codex and NeMo Guardrails: what they tell beside GenAI's, or in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from misstep_store.conventions.readers import (
    agentscope,
    codex,
    gemini_cli,
    genai_tools,
    nemo_guardrails,
    otel_genai,
)
from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import layouts, values
from misstep_store.headers.plans import genai
from misstep_store.headers.plans.plan import Plan, Seen, genai_kind
from misstep_store.headers.steps import rows

_SAID = ("gen_ai.input.messages", "gen_ai.output.messages")
_SAID_OTHERWISE = ("gen_ai.completion", "gen_ai.workflow.", "gen_ai.task.", "code.args.")
_OF_TOOLS = (*genai_tools.INPUTS, *genai_tools.OUTPUTS)


def _bare_unless(plan: Plan, keys: Sequence[str], says: Callable[[str], bool]) -> None:
    """Tools and agents that have none of the keys are bare; doubtful where none surely says so."""
    if not (said := plan.there(keys)):
        plan.bare = True
        return

    def step(found: rows.Rows) -> None:
        for n, a in enumerate(found.many):
            if not any(type(told := a[k]) is str and says(told) for k in said):
                found.doubtful.add(n)

    plan.add(step)


# --- AgentScope --------------------------------------------------------------------------------


def of_agentscope(seen: Seen) -> Plan | None:
    kind = genai_kind(seen)
    told = (*_SAID_OTHERWISE, "gen_ai.prompt")
    if seen.has_logs or seen.has_details or (kind in ("agent", "tool") and seen.any(*told)):
        return None
    plan = Plan(seen, agentscope.NAME, kind)
    plan.named_as_genai()
    if agentscope.SESSION in seen.a:
        plan.add(_sessions)
    genai.fill(plan)
    if kind == "agent":
        _bare_unless(plan, _SAID, lambda told: '"role"' in told)
    elif kind == "tool":
        _bare_unless(plan, _OF_TOOLS, bool)
        if outputs := plan.there(genai_tools.OUTPUTS):
            plan.add(_failed_tools(outputs[0], plan.there(genai_tools.INPUTS)))
    return plan


def _sessions(found: rows.Rows) -> None:
    told = values.texts(found.many, (agentscope.SESSION,))
    known = {t: agentscope.session_in(t) for t in set(told)}
    found.fill("session_id", [known[t] for t in told])


def _failed_tools(key: str, given: Sequence[str]) -> rows.Step:
    """Tools whose answer says that they failed, which then gave nothing."""

    def step(found: rows.Rows) -> None:
        for n, a in enumerate(found.many):
            gave = a[key]
            if type(gave) is not str or _may_tell_failure(gave):
                _, error = agentscope.answered(rd.decoded(gave))
                if error is not None:
                    found.errors[n] = error
                    if not any(type(a[k]) is str and a[k] for k in given):
                        found.doubtful.add(n)  # it may be bare

    return step


def _may_tell_failure(gave: str) -> bool:
    printed = "ToolResponse(" in gave and "\\" in gave
    return printed or ("error" in gave and "state" in gave) or values.hides(gave)


# --- Gemini CLI --------------------------------------------------------------------------------


def of_gemini(seen: Seen) -> Plan | None:
    happened = seen.happened - {events.DETAILS}
    if any(n.startswith("gen_ai.") for n in happened) or seen.any(*_SAID_OTHERWISE):
        return None
    kind = gemini_cli.kind_of(seen.a)
    plan = Plan(seen, gemini_cli.NAME, kind)
    given, gave = gemini_cli.GIVEN, gemini_cli.GAVE
    plan.a = {k: v for k, v in seen.a.items() if k not in (given, gave, gemini_cli.PROMPT)}
    if kind in ("tool", "agent") and (plan.there(_OF_TOOLS) or _prompted(plan.a)):
        return None
    plan.named_as_genai()
    if kind == "llm":
        plan.add(rows.fixed("provider", gemini_cli.PROVIDER))
    elif kind == "tool":
        plan.texts("tool_call_id", gemini_cli.CALL_ID)
    genai.fill(plan)
    plan.a = seen.a
    if kind == "llm":
        plan.doubt_finish(gave)
    elif kind == "agent":
        _bare_unless(plan, (given, gave), bool)
    elif kind == "tool":
        if given not in seen.a:
            return None
        plan.add(_tools_of_gemini)
    return plan


def _prompted(a: Mapping[str, Any]) -> bool:
    return any(k.startswith("gen_ai.prompt") and k != "gen_ai.prompt.version" for k in a)


def _tools_of_gemini(found: rows.Rows) -> None:
    """Why some failed; those of which it is not sure that they were given something are doubtful."""
    for n, a in enumerate(found.many):
        given = layouts.object_in(a[gemini_cli.GIVEN], _read_given)
        if given is None or bytes(given.args) == b"null":
            found.doubtful.add(n)
        gave = a.get(gemini_cli.GAVE)
        if type(gave) is not str or any(e in gave for e in _FAILED) or values.hides(gave):
            error = gemini_cli.tool_failure(rd.parsed(gave))
            if error is not None:
                found.errors[n] = error


_FAILED = tuple(f'"{end}"' for end in gemini_cli.FAILED)
_read_given = layouts.decoder(
    msgspec.defstruct("Given", [("args", msgspec.Raw, msgspec.Raw())], gc=False)
)


# --- Codex -------------------------------------------------------------------------------------


def of_codex(seen: Seen) -> Plan | None:
    if seen.has_details or "exception" in seen.happened:
        return None
    kind = codex.kind_of(seen.name, seen.a, {})
    is_part = seen.name.startswith(codex.PARTS)
    plan = Plan(seen, codex.NAME, kind, "hop" if is_part else "")
    plan.texts("session_id", "conversation.id")
    if kind == "llm":
        plan.texts("response_model", "model")
        if codex.is_end(seen.a):
            plan.echoes("stream")
            slots = (otel_genai.ASKED, otel_genai.SAID, otel_genai.CACHED, otel_genai.WRITTEN)
            plan.add(_used([plan.there(keys) for keys in (*slots, (codex.THOUGHT,))]))
    if is_part:
        plan.echoes("part")
    if seen.happened:
        plan.add(_told(is_part=is_part, may_be_tool=kind == "chain"))
    else:
        plan.mute = True
    return plan


def part_of_codex(name: str) -> str:
    """What matters of the name of a span of Codex's: what it begins with."""
    return next((known for known in (codex.REQUEST, *codex.PARTS) if name.startswith(known)), "")


def _used(slots: Sequence[tuple[str, ...]]) -> rows.Step:
    def step(found: rows.Rows) -> None:
        none = np.zeros(len(found.many), np.int64)
        found.tokens = np.array(
            [values.integers(found.many, keys) if keys else none for keys in slots]
        )

    return step


def _told(*, is_part: bool, may_be_tool: bool) -> rows.Step:
    """What events and log records say, under names of their own."""

    def step(found: rows.Rows) -> None:
        spans, sessions = found.spans, found.column("session_id")
        for n, place in enumerate(found.places):
            told = codex.told_by(spans.happened(place), spans.logs.of(place))
            if may_be_tool and codex.RESULT in told:
                _take_tool(found, n, told[codex.RESULT])
            if codex.ASKED in told and sessions[n] is None:
                sessions[n] = rd.text(told[codex.ASKED], "conversation.id")
            if codex.SENT in told:
                error = codex.failure(told[codex.SENT])
                found.errors.pop(n, None)
                if error is not None:
                    found.errors[n] = error
            if is_part and n in found.errors:
                found.doubtful.add(n)

    return step


def _take_tool(found: rows.Rows, n: int, told: Mapping[str, Any]) -> None:
    a = found.many[n]
    found.kinds[n] = "tool"
    found.names[n] = rd.text(told, "tool_name") or rd.text(a, "tool_name") or found.names[n]
    found.column("tool_call_id")[n] = rd.text(told, "call_id") or rd.text(a, "call_id")
    sessions = found.column("session_id")
    sessions[n] = sessions[n] or rd.text(told, "conversation.id")
    error = codex.tool_failure(told)
    if error is not None:
        found.errors[n] = error
    if not rd.text(told, "arguments"):
        found.doubtful.add(n)  # it may be bare


# --- NeMo Guardrails ---------------------------------------------------------------------------


def of_guardrails(seen: Seen) -> Plan | None:
    if seen.has_logs or seen.has_details or not nemo_guardrails.is_sure(seen.scope, seen.a):
        return None
    kind = nemo_guardrails.kind_of(seen.name, seen.a)
    plan = Plan(seen, nemo_guardrails.NAME, kind)
    plan.add(_names)
    if kind == "llm" and seen.name.startswith(nemo_guardrails.LEGACY):
        plan.add(_counted)
    genai.fill(plan)
    if seen.happened.intersection(nemo_guardrails.SAID):
        plan.late.append(_may_have_ended)
    return plan


def part_of_guardrails(name: str) -> str:
    """What matters of the name of a span of NeMo's: what it begins with."""
    return next((known for known in nemo_guardrails.LEGACY if name.startswith(known)), "")


def _names(found: rows.Rows) -> None:
    named = nemo_guardrails.name_of
    found.names = [named(name, a) for name, a in zip(found.names, found.many, strict=True)]


def _counted(found: rows.Rows) -> None:
    """The format of 2024, with the model in the name of the span and in those of its counts."""
    found.fill("request_model", [*found.names])
    many = zip(found.many, found.names, strict=True)
    found.add_usage([nemo_guardrails.counted(a, model) for a, model in many])


def _may_have_ended(found: rows.Rows) -> None:
    """Rows are doubtful whose answer may tell why it ended."""
    for n in found.lacking("finish_reason"):
        for event in found.spans.happened(found.places[n]):
            if event.name in nemo_guardrails.SAID and rows.may_tell(
                event.attributes.get("content")
            ):
                found.doubtful.add(n)


MAKERS = {
    agentscope.NAME: of_agentscope,
    gemini_cli.NAME: of_gemini,
    codex.NAME: of_codex,
    nemo_guardrails.NAME: of_guardrails,
}
