"""OpenTelemetry GenAI, and those who write little beside it."""

from __future__ import annotations

import re
from collections.abc import Callable

from misstep import semconv as sc
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import responses
from misstep_store.conventions.raw import bedrock, counting
from misstep_store.conventions.readers import (
    agent_framework,
    anthropic_sdk,
    autogen,
    crewai,
    generic,
    google_adk,
    misstep_own,
    mistral_sdk,
    otel_genai,
    pydantic_ai,
    semantic_kernel,
    strands,
)
from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.types import CALL_KINDS
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.times import is_piece, waited_as_told
from misstep_store.headers.columns import values
from misstep_store.headers.columns.spans import KIND_OF, ROLE_OF
from misstep_store.headers.plans import unclaimed
from misstep_store.headers.plans.plan import Plan, Seen, genai_kind
from misstep_store.headers.steps import during, rows

_COMPLETION = re.compile(r"(?:gen_ai\.completion|llm\.completions)\.(\d{1,18})\.finish_reason")
_TOTALS = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens")


def fill(plan: Plan, *, skip: tuple[str, ...] = ()) -> None:
    """What :func:`otel_genai.fill` finds; ``skip``: facts that are not taken from it."""
    models(plan)
    usage(plan)
    if plan.kind_name == "tool":
        plan.texts("tool_call_id", "gen_ai.tool.call.id")
    else:
        finish_in_messages(plan)
    if plan.seen.has_logs and events.EXCEPTION in plan.seen.happened:
        plan.add(raised)
    about(plan, skip=skip)


def raised(found: rows.Rows) -> None:
    """Failures as log records tell them."""
    for n, place in enumerate(found.places):
        error = events.failure(found.spans.logs.named(place, events.EXCEPTION))
        if error is not None:
            found.errors[n] = error


def models(plan: Plan) -> None:
    """What :func:`otel_genai.models` finds."""
    plan.provider(*otel_genai.PROVIDERS)
    plan.texts("request_model", "gen_ai.request.model")
    plan.texts("response_model", "gen_ai.response.model")
    plan.texts("response_id", "gen_ai.response.id", "gen_ai.response_id")
    reasons = plan.there(
        (
            "gen_ai.response.finish_reasons",
            "gen_ai.response.finish_reason",
            "gen_ai.response.stop_reason",
        )
    )
    if reasons and responses.API in plan.a:
        plan.add(_ends_of_items(reasons))
    elif reasons:
        plan.add(rows.reasons(*reasons))
    plan.first_token(*otel_genai.FIRST_CHUNKS, unit_ms=1000)
    if otel_genai.STARTED in plan.a:
        plan.add(_first_token)
    else:
        plan.first_token(*otel_genai.WAITED_MS)
    if any(map(is_piece, plan.seen.happened)):
        plan.add(during.began_to_come)


def _ends_of_items(keys: tuple[str, ...]) -> rows.Step:
    """:func:`responses.ended_of`: the items of one answer say each why they ended."""

    def step(found: rows.Rows) -> None:
        told = [rows.reason(a, keys) for a in found.many]
        ends = values.firsts(told)
        for n, reasons in enumerate(told):
            if type(reasons) is list and len(reasons) > 1:
                ends[n] = responses.ended_of(found.many[n], reasons)
        found.fill("finish_reason", ends)

    return step


def _first_token(found: rows.Rows) -> None:
    told = [rd.number(a, otel_genai.STARTED) for a in found.many]
    known = found.first_token_ms or [None] * len(told)
    pairs = zip(known, told, strict=True)
    found.first_token_ms = [waited_as_told(t) if k is None else k for k, t in pairs]


def usage(plan: Plan) -> None:
    """What :func:`otel_genai.usage` finds."""
    if events.USAGE in plan.seen.happened:
        plan.late.append(rows.doubt_all)
    plan.tokens(
        input_tokens=otel_genai.ASKED,
        output_tokens=otel_genai.SAID,
        cached_tokens=otel_genai.CACHED,
        cache_write_tokens=otel_genai.WRITTEN,
        reasoning_tokens=otel_genai.REASONING,
    )
    totals = plan.there(_TOTALS)
    if totals and plan.kind_name == "embedding":
        plan.add(rows.total(*totals))
    plan.usage_in(*otel_genai.COUNTED)
    plan.cost(*otel_genai.COSTS)


def finish_in_messages(plan: Plan) -> None:
    """The finish reason that messages tell where attributes do not."""
    happened = plan.seen.happened
    has_attribute = "gen_ai.output.messages" in plan.a
    older = sorted((int(m[1]), k) for k in plan.a if (m := _COMPLETION.fullmatch(k)))
    told = {n for n in happened if n == events.CHOICE or events.is_completion(n)}
    if has_attribute:
        mixed = older or told
        plan.late.append(rows.doubt_all if mixed else rows.said("gen_ai.output.messages"))
    elif told == {events.CHOICE}:
        plan.add(during.chosen)
    elif told and events.CHOICE not in told and not plan.seen.has_logs:
        plan.late.append(during.completed)
    elif told:
        plan.late.append(rows.doubt_all)
    elif older:
        plan.late.append(rows.indexed_finish(*(key for _, key in older)))
    plan.doubt_finish("gen_ai.completion")
    if plan.convention == otel_genai.NAME:
        plan.doubt_finish(events.LISTED, otel_genai.ANSWER)


def about(plan: Plan, *, skip: tuple[str, ...] = ()) -> None:
    """What :func:`otel_genai.about` finds."""
    if "session_id" not in skip:
        plan.texts("session_id", *otel_genai.sessions(plan.a))
    if "user_id" not in skip:
        plan.texts("user_id", *otel_genai.users(plan.a))
    plan.texts("prompt_name", "gen_ai.prompt.name")
    plan.words("prompt_version", "gen_ai.prompt.version")
    if plan.kind_name in ("chain", "agent") and "pipeline" not in skip:
        plan.texts("pipeline", "gen_ai.workflow.name")


# --- misstep's own -----------------------------------------------------------------------------

_OWN_UNUSUAL = frozenset(
    {sc.ATTEMPT_GROUP, sc.ATTEMPT_GROUP_NAME, sc.TAGS, sc.INPUT_CUT, sc.OUTPUT_CUT, sc.REDACTED}
)


def own(seen: Seen) -> Plan | None:
    a = seen.a
    role, kind = a.get(sc.ROLE), a.get(sc.HOP_KIND)
    if role == sc.ROLE_MARK or seen.has_details or any(k in a for k in _OWN_UNUSUAL):
        return None
    kind = kind if isinstance(kind, str) and kind in KIND_OF else "chain"
    known = role if isinstance(role, str) and role in ROLE_OF and role != "span" else sc.ROLE_HOP
    plan = Plan(seen, misstep_own.NAME, kind, known)
    plan.named(sc.HOP_NAME, sc.PIPELINE)
    if role == sc.ROLE_CALL or kind != "chain" or seen.happened:
        fill(plan, skip=("pipeline",))
        if role == sc.ROLE_CALL and sc.REPLAY_SERVED in a:
            plan.add(_served_for_nothing)
    else:
        about(plan, skip=("pipeline",))
    plan.texts("pipeline", sc.PIPELINE)
    plan.texts("path", sc.HOP_PATH)
    plan.texts("code_hash", sc.CODE_HASH)
    plan.failure = misstep_own.failure
    plan.judge()  # what an evaluator gives is for the next step
    if sc.ATTEMPT_NUMBER in a:
        plan.add(rows.leave_unless(sc.ATTEMPT_NUMBER, 0, 1))
    return plan


def _served_for_nothing(found: rows.Rows) -> None:
    """What a replay answers was paid when it was recorded."""
    known = found.cost or [None] * len(found.many)
    served = [a.get(sc.REPLAY_SERVED) is True for a in found.many]
    found.cost = [0.0 if free else cost for cost, free in zip(known, served, strict=True)]


# --- GenAI -------------------------------------------------------------------------------------


def plain(seen: Seen, convention: str = otel_genai.NAME) -> Plan | None:
    kind = otel_genai.kind_of(seen.a)
    if convention == otel_genai.NAME:
        kind = bedrock.kind_by_name(seen.span, kind)
    plan = Plan(seen, convention, kind)
    plan.named_as_genai()
    fill(plan)
    return plan


def anthropic(seen: Seen) -> Plan | None:
    kind = genai_kind(seen)
    plan = Plan(seen, anthropic_sdk.NAME, kind)
    plan.named_as_genai()
    if kind in CALL_KINDS:
        plan.echoes("inside")
    plan.texts("finish_reason", "anthropic.message.stop_reason")
    fill(plan)
    if "http.request.resend_count" in seen.a:
        plan.add(rows.resent("http.request.resend_count"))
    if counting.counts(seen.name):
        plan.is_no_call()
    return plan


def mistral(seen: Seen) -> Plan | None:
    kind = genai_kind(seen)
    if "embed" in seen.name and kind == "llm":
        kind = "embedding"
    plan = Plan(seen, mistral_sdk.NAME, kind)
    plan.named_as_genai()
    plan.add(rows.fixed("provider", "mistral_ai"))
    if kind in ("llm", "embedding"):
        plan.echoes("inside")
    fill(plan)
    return plan


def agents_of_microsoft(seen: Seen) -> Plan | None:
    kind = genai_kind(seen)
    plan = Plan(seen, agent_framework.NAME, kind)
    plan.named_as_genai()
    if kind == "chain":
        plan.named("executor.id")
        plan.texts("pipeline", "workflow.name")
    fill(plan, skip=("pipeline",) if kind == "chain" else ())
    if "gen_ai.conversation.id" in seen.a:
        plan.add(_no_answers)
    return plan


def _no_answers(found: rows.Rows) -> None:
    """Ids of answers are no sessions."""
    sessions = found.column("session_id")
    sessions[:] = [None if agent_framework.is_answer(s) else s for s in sessions]


def kernel(seen: Seen) -> Plan | None:
    """Semantic Kernel."""
    if semantic_kernel.MESSAGE not in seen.a:
        return plain(seen, convention=semantic_kernel.NAME)
    plan = Plan(seen, semantic_kernel.NAME, "chain")
    plan.add(_messages_of_kernel)
    fill(plan)
    return plan


def _messages_of_kernel(found: rows.Rows) -> None:
    found.names = [semantic_kernel.name_of(n) or n for n in found.names]


def team(seen: Seen) -> Plan | None:
    """AutoGen."""
    is_message = "messaging.operation" in seen.a
    plan = Plan(seen, autogen.NAME, "chain" if is_message else genai_kind(seen))
    if is_message:
        plan.add(_without_ids)
    else:
        plan.named_as_genai()
    plan.bare = not seen.happened and set(seen.a) <= _OF_AGENTS | _OF_TOOLS
    fill(plan)
    plan.add(_without_autogen)
    return plan


def _without_ids(found: rows.Rows) -> None:
    found.names = [autogen.name_of(n) or n for n in found.names]


def _without_autogen(found: rows.Rows) -> None:
    column = found.text.get("provider")
    if column is not None and "autogen" in column:
        found.text["provider"] = [None if p == "autogen" else p for p in column]


def adk(seen: Seen) -> Plan | None:
    kind = google_adk.kind_of(seen.span, seen.a)
    plan = Plan(seen, google_adk.NAME, kind)
    a = "gcp.vertex.agent."
    plan.texts("session_id", a + "session_id")
    if kind == "agent" and seen.name.startswith(google_adk.AGENT_RUN):
        plan.add(_agent_run)
    else:
        plan.named_as_genai()
    if kind == "tool":
        plan.late.append(_without_id)
    plan.bare = kind == "agent" and not seen.happened and set(seen.a) <= _OF_AGENTS
    if seen.name == google_adk.MERGED:
        plan.echoes("part")
    fill(plan)
    if kind == "llm":
        if a + "llm_request" in seen.a:
            plan.add(rows.asked(a + "llm_request"))
        plan.answer(a + "llm_response")
        if a + "llm_response" in seen.a:
            plan.add(_blocked)
        plan.routed(google_adk.own)
    return plan


def _blocked(found: rows.Rows) -> None:
    """Why Gemini did not answer."""
    column = found.column("finish_reason")
    for n in found.lacking("finish_reason"):
        column[n] = google_adk.blocked_in(found.many[n]["gcp.vertex.agent.llm_response"])


_OF_AGENTS = {
    "gen_ai.operation.name",
    "gen_ai.agent.name",
    "gen_ai.agent.description",
    "gen_ai.agent.id",
    "gen_ai.conversation.id",
    "gen_ai.system",
    "gen_ai.provider.name",
    "user.id",
}
"""What says who an agent is, and nothing of what it was given or gave."""
_OF_TOOLS = {
    "gen_ai.tool.name",
    "gen_ai.tool.description",
    "gen_ai.tool.type",
    "gen_ai.tool.call.id",
}
"""The same of a tool."""


def _without_id(found: rows.Rows) -> None:
    column = found.text.get("tool_call_id")
    if column is not None and google_adk.NO_ID in column:
        found.text["tool_call_id"] = [None if i == google_adk.NO_ID else i for i in column]


def _agent_run(found: rows.Rows) -> None:
    found.names = [google_adk.without_run(name) for name in found.names]


def agents_of_strands(seen: Seen) -> Plan | None:
    is_own = seen.scope.startswith("strands")
    if not is_own and not any(key in seen.a for key in strands.MARKS):
        return None  # its provider alone says so: other spans of these keys may be another's
    kind = strands.kind_of(seen.span, seen.a)
    plan = Plan(seen, strands.NAME, kind)
    plan.named_as_genai()
    fill(plan)
    if not is_own:
        plan.add(_named_for_strands)
    plan.first_token("gen_ai.server.time_to_first_token", over=True)
    if kind == "tool" and "gen_ai.tool.status" in seen.a:
        plan.add(_tools_that_failed)
    return plan


def _named_for_strands(found: rows.Rows) -> None:
    column, scope = found.column("provider"), found.spans.scope
    for n, (place, a) in enumerate(zip(found.places, found.many, strict=True)):
        if strands.names_itself(a, scope[place]):
            column[n] = None


def _tools_that_failed(found: rows.Rows) -> None:
    for n, a in enumerate(found.many):
        if strands.failed_silently(a):
            error = strands.failure(found.spans.seen(found.places[n]))
            if error is not None:
                found.errors[n] = error


def pydantic(seen: Seen) -> Plan | None:
    if pydantic_ai.ATTEMPT in seen.a:
        return None
    kind = pydantic_ai.kind_of(seen.span, seen.a)
    plan = Plan(seen, pydantic_ai.NAME, kind)
    if kind == "agent":
        plan.named("gen_ai.agent.name", "agent_name")
    else:
        plan.named_as_genai()
    fill(plan)
    plan.doubt_finish("events")
    if kind == "agent":
        plan.texts("request_model", "model_name")
        plan.add(_lend_where_failed)
    return plan


def _lend_where_failed(found: rows.Rows) -> None:
    """Agents that failed tell what their calls were asked."""
    status = found.spans.status_code
    for n in [n for n, place in enumerate(found.places) if status[place] == 2]:
        a = found.many[n]
        if any(msg.messages(a[key]) for key in _ASKED if key in a):
            found.lends.add(n)
        elif not found.spans.plain[found.places[n]] or found.places[n] in found.spans.logs:
            found.doubtful.add(n)


_ASKED = ("gen_ai.input.messages", *pydantic_ai.ALL)


def crew(seen: Seen) -> Plan | None:
    """CrewAI; calls that are not of its own tracing are OpenLLMetry's."""
    kind = crewai.kind_of(seen.span, seen.a)
    if kind in ("llm", "embedding"):
        if not crewai.is_own(seen.a):
            return None
        plan = Plan(seen, crewai.NAME, kind)
        fill(plan)
        return plan
    plan = Plan(seen, crewai.NAME, kind)
    if crewai.is_own(seen.a) and kind in ("tool", "agent"):
        fill(plan)
    names = {
        "tool": ("tool_name", "gen_ai.tool.name", "traceloop.entity.name"),
        "agent": ("crewai.agent.role", "agent_role", "gen_ai.agent.name"),
    }
    plan.named(*names.get(kind, crewai.NAMES))
    if kind == "agent":
        plan.texts("request_model", "gen_ai.request.model", "crewai.agent.llm", "llm")
        plan.add(_without_objects)
    plan.texts("session_id", "traceloop.association.properties.session_id")
    about(plan)
    return plan


def _without_objects(found: rows.Rows) -> None:
    """A model that was printed without a name is none."""
    column = found.text.get("request_model", [])
    for n, model in enumerate(column):
        if model and model.startswith("<"):
            column[n] = None


MAKERS: dict[str, Callable[[Seen], Plan | None]] = {
    misstep_own.NAME: own,
    otel_genai.NAME: plain,
    semantic_kernel.NAME: kernel,
    anthropic_sdk.NAME: anthropic,
    mistral_sdk.NAME: mistral,
    agent_framework.NAME: agents_of_microsoft,
    autogen.NAME: team,
    google_adk.NAME: adk,
    strands.NAME: agents_of_strands,
    pydantic_ai.NAME: pydantic,
    crewai.NAME: crew,
    generic.NAME: unclaimed.unclaimed,
}
