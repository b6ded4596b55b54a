"""Logfire, the Vercel AI SDK and OpenLLMetry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec import UNSET

from misstep.model import Score
from misstep_store.conventions.content import langchain, objects
from misstep_store.conventions.finishing import company
from misstep_store.conventions.raw import counting
from misstep_store.conventions.readers import litellm, logfire, openllmetry, otel_genai, vercel
from misstep_store.conventions.readers import openllmetry_steps as entities
from misstep_store.conventions.types import Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import usage_of
from misstep_store.headers.columns import layouts, values
from misstep_store.headers.columns.spans import TOKENS
from misstep_store.headers.plans import genai, litellm_wire
from misstep_store.headers.plans import langchain as steps
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.raw import answers, counted, wires
from misstep_store.headers.steps import judging, rows

# --- Logfire -----------------------------------------------------------------------------------


def fire(seen: Seen) -> Plan | None:
    a = seen.a
    kind = logfire.kind_of(seen.span, a)
    if seen.scope == logfire.EVALS:
        return _fire_judged(seen, kind)
    plan = Plan(seen, logfire.NAME, kind)
    if kind == "llm" and "url" in a:
        plan.add(_fire_aside)
    if logfire.is_stream_half(seen.span):
        plan.echoes("stream")
        plan.add(_stream_names)
    else:
        plan.named("logfire.msg")
    genai.fill(plan)
    if logfire.unanswered(a):
        plan.add(_fire_unserved)
    if kind in ("llm", "embedding"):
        _fire_call(plan)
    elif seen.scope == "logfire.openai_agents":
        if kind != "chain" or a.keys() >= logfire.OWN_SPAN:
            plan.named("name")
        elif logfire.GROUP in a or logfire.ABOUT in a:
            plan.add(_fire_talk)
    elif kind == "chain":
        plan.texts("user_id", "user_id")
    if "error" in a and (kind in ("llm", "embedding") or seen.scope == "logfire.openai_agents"):
        plan.add(_fire_failed)
    plan.tags("logfire.tags", without="LLM".__eq__)
    return plan


def _fire_call(plan: Plan) -> None:
    """What models were asked and answered."""
    a, scope = plan.a, plan.seen.scope
    if "request_data" in a:
        plan.add(rows.asked("request_data"))
    if "response_data" in a:
        plan.add(_fire_answer)
        plan.doubt_finish("response_data")
    plan.provided_by(logfire.COMPANIES.get(scope))
    plan.doubt_finish("events")
    if "response" in a:  # says again what was wished for
        plan.add(lambda found: found.doubtful.update(found.lacking("request_model")))
    plan.answer("response", answers.about_object)
    if logfire.is_chat_of_agents(scope, a):
        plan.answer("output")
        plan.usage_in("usage")


def _fire_judged(seen: Seen, kind: str) -> Plan | None:
    """Experiments of Pydantic's evals, their cases and evaluators."""
    told = {k for k in seen.a if k.startswith("gen_ai.")}
    judges = "evaluator_name" in seen.a
    if seen.has_logs or kind != "chain" or told - (set() if judges else {"gen_ai.operation.name"}):
        return None
    plan = Plan(seen, logfire.NAME, "evaluator" if judges else kind)
    plan.named("logfire.msg")
    if judges:
        plan.named("evaluator_name")
        plan.judge()
    elif "case_name" in seen.a:
        plan.judge(_fire_results)
    plan.tags("logfire.tags", without="LLM".__eq__)
    return plan


def _fire_results(found: rows.Rows) -> None:
    ids = found.spans.span_id
    known: dict[object, Sequence[Score]] = {}  # many cases come out alike
    for n, (place, a) in enumerate(zip(found.places, found.many, strict=True)):
        told = [a.get(key) for key in logfire.RESULTS]
        key = tuple(t if type(t) is str or t is None else n for t in told)
        if (scores := known.get(key)) is None:
            scores = known[key] = list(logfire.results(a, ""))
        if scores:
            found.scores[n] = judging.same(scores, ids[place])


def _fire_talk(found: rows.Rows) -> None:
    """The conversation of an agents' trace, and who asked."""
    for fact, told_in in (("session_id", logfire.talk_of), ("user_id", logfire.asker)):
        found.fill(fact, list(map(told_in, found.many)))


def _fire_aside(found: rows.Rows) -> None:
    """Requests whose path tells that no model is asked."""
    found.kinds.update((n, counting.KIND) for n, a in enumerate(found.many) if logfire.is_aside(a))


def _fire_failed(found: rows.Rows) -> None:
    """What failed stands in an attribute."""
    for n, a in enumerate(found.many):
        if n not in found.errors and (error := logfire.failure_in(a)) is not None:
            found.errors[n] = error


def _fire_unserved(found: rows.Rows) -> None:
    asked, served = found.column("request_model"), found.column("response_model")
    for n, model in enumerate(asked):
        if served[n] == model:
            served[n] = None


def _stream_names(found: rows.Rows) -> None:
    told = zip(found.many, found.names, strict=True)
    found.names = [logfire.stream_name(a) or name for a, name in told]


def _fire_answer(found: rows.Rows) -> None:
    """Why a call ended and its token counts, where older versions keep them."""
    column, named = found.column("finish_reason"), found.column("provider")
    given = [a["response_data"] for a in found.many]
    is_anthropic = found.spans.scope[found.places[0]] == logfire.ANTHROPIC  # all are of one scope
    used = np.zeros((len(TOKENS), len(given)), np.int64)
    groups, odd = wires.by_format(given, _READ_ANSWERS)
    for number, at, bodies_ in groups:
        told = counted.table(_COUNTED[number]([b.usage for b in bodies_]))
        for n, body in zip(at, bodies_, strict=True):
            if is_anthropic:
                named[n] = named[n] or "anthropic"
            end = body.finish_reason
            if column[n] is None and end and type(end) is str:
                column[n] = end
        mine = np.array([named[n] == "anthropic" for n in at])
        if mine.any() and number != _MESSAGES:
            odd += [n for n, is_mine in zip(at, mine.tolist(), strict=True) if is_mine]
        told[0] += np.where(mine, told[2] + told[3], 0)  # see usage.usage_of
        used[:, at] = told
    for n in odd:
        used[:, n] = _fire_whole(found, n, is_anthropic=is_anthropic)
    found.add_counts(used)


def _fire_whole(found: rows.Rows, n: int, *, is_anthropic: bool) -> Usage:
    """As :func:`_fire_answer`, of one call; what it used."""
    column, named = found.column("finish_reason"), found.column("provider")
    said = rd.parsed(found.many[n]["response_data"])
    told: dict[str, Any] = said if isinstance(said, dict) else {}
    if told is said and is_anthropic:
        named[n] = named[n] or "anthropic"
    if column[n] is None:
        column[n] = rd.text(told, "finish_reason")
    return usage_of(told.get("usage"), anthropic_body=named[n] == "anthropic")


_COUNTED = (counted.of_chats, counted.of_messages, counted.of_responses)
_MESSAGES = 1
_READ_ANSWERS = tuple(
    layouts.decoder(layouts.layout("AnswerOfLogfire", {"usage": kind | None, "finish_reason": Any}))
    for kind in (counted.OfChat, counted.OfMessage, counted.OfResponse)
)


# --- Vercel AI SDK -----------------------------------------------------------------------------


def ai(seen: Seen) -> Plan | None:
    named = seen.a.get("ai.operationId")
    if not isinstance(named, str):
        return _ai_7(seen)
    kind = vercel.kind_of(named)
    is_call = vercel.is_call(named)
    plan = Plan(seen, vercel.NAME, kind, "call" if is_call else "hop")
    plan.alone = named in vercel.ALONE
    plan.add(lambda found: _ai_names(found, named, kind))
    if is_call:
        _ai_asked(plan)
        plan.texts("response_model", "gen_ai.response.model", "ai.response.model")
    plan.texts("response_id", "gen_ai.response.id", "ai.response.id")
    plan.texts("finish_reason", *_AI_ENDS)
    plan.first_token("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")
    _ai_about(plan)
    if kind == "tool":
        plan.texts("tool_call_id", "ai.toolCall.id")
    genai.fill(plan)
    if not is_call:
        plan.late = []
        plan.add(_without_calls)
    elif plan.late and plan.there(vercel.WORDS):
        plan.late = [rows.doubt_all]  # these go before GenAI's words
    return plan


_AI_ENDS = ("ai.response.finishReason", "ai.finishReason")


def _ai_asked(plan: Plan) -> None:
    plan.provider(*vercel.PROVIDERS, of=company)
    plan.texts("request_model", "gen_ai.request.model", "ai.model.id")


def ai_alone(seen: Seen) -> Plan:
    """What :attr:`Draft.alone` tells of steps of up to 6."""
    plan = Plan(seen, vercel.NAME, vercel.kind_of(seen.a["ai.operationId"]), "hop")
    _ai_asked(plan)
    plan.texts("finish_reason", *_AI_ENDS)
    genai.fill(plan)
    if plan.late and plan.there(vercel.WORDS):
        plan.late = [rows.doubt_all]
    return plan.finished()


def _ai_7(seen: Seen) -> Plan:
    kind = vercel.kind_of_7(seen.a)
    plan = Plan(seen, vercel.NAME, kind)
    plan.alone = seen.a.get("gen_ai.operation.name") == "agent_step"
    plan.named_as_genai()
    plan.provider("gen_ai.provider.name", "gen_ai.system", of=company)
    _ai_about(plan)
    if kind == "tool":
        plan.texts("tool_call_id", "ai.toolCall.id")
    genai.fill(plan)
    thoughts = plan.there(_AI_USED["reasoning_tokens"])
    if thoughts:
        plan.add(_thoughts(thoughts))
    return plan


_AI_USED = {
    name: tuple(f"ai.usage.{key}" for key in keys)
    for name, keys in {
        "input_tokens": vercel.ASKED,
        "output_tokens": vercel.SAID,
        "cached_tokens": vercel.CACHED,
        "cache_write_tokens": vercel.WRITTEN,
        "reasoning_tokens": vercel.REASONING,
    }.items()
}


def _ai_about(plan: Plan) -> None:
    """Counts, and who asked."""
    plan.spares = vercel.is_anothers if "openinference.span.kind" in plan.a else None
    plan.tokens(**_AI_USED)
    if vercel.METADATA in plan.a:
        plan.add(_counted_beside)
    plan.texts("session_id", *vercel.sessions_of(plan.a))
    plan.texts("user_id", *vercel.users_of(plan.a))
    plan.tags(*vercel.TAGS)
    plan.texts("prompt_name", *vercel.PROMPT_NAMES)
    plan.words("prompt_version", *vercel.PROMPT_VERSIONS)


def _thoughts(keys: rows.Keys) -> rows.Step:
    """Tokens of thoughts, where nothing else counts them."""

    def step(found: rows.Rows) -> None:
        if found.tokens is not None:
            used = found.tokens.copy()
            told = np.where((used[0] | used[1]) != 0, values.integers(found.many, keys), 0)
            used[-1] = np.where(used[-1] == 0, told, used[-1])
            found.tokens = used

    return step


def _counted_beside(found: rows.Rows) -> None:
    """What the provider itself counted."""
    if found.tokens is None:
        return
    told = [a[vercel.METADATA] for a in found.many]
    more = [n for n, t in enumerate(told) if type(t) is str and vercel.may_count(t)]
    if not more:
        return
    found.tokens = found.tokens.copy()
    for n in more:
        known = Usage(*found.tokens[:, n].tolist())
        if known.input_tokens or known.output_tokens:
            found.tokens[:, n] = vercel.counted(known, told[n])


def _without_calls(found: rows.Rows) -> None:
    """What a step tells of its calls, they tell."""
    for fact in vercel.OF_CALLS:
        found.text.pop(fact, None)


def _ai_names(found: rows.Rows, operation: str, kind: str) -> None:
    found.names = [vercel.name_of(operation, a, kind) for a in found.many]


# --- OpenLLMetry -------------------------------------------------------------------------------


def traceloop(seen: Seen) -> Plan | None:
    a, p = seen.a, "traceloop.association.properties."
    kind = openllmetry.kind_of(seen.span, a)
    plan = Plan(seen, openllmetry.NAME, kind)
    plan.alone = kind == "chain" and entities.predicts(seen.scope, seen.name)
    plan.echoes(openllmetry.echo_of(kind, seen.scope))
    plan.named_as_genai()
    if seen.name == openllmetry.UNNAMED:
        plan.add(_steps)
    if openllmetry.ENTITY in a and (told := openllmetry.told_by_class(seen.scope)):
        plan.add(_of_another_class(told, told(a[openllmetry.ENTITY])))
    if "traceloop.span.kind" in a:
        plan.named("traceloop.entity.name")
    plan.provider(p + "ls_provider")
    if openllmetry.NETRA_KIND in a:
        plan.named(openllmetry.NETRA_NAME)
    plan.texts("session_id", *openllmetry.SESSIONS)
    plan.texts("user_id", *openllmetry.USERS)
    plan.texts("prompt_name", "traceloop.prompt.key")
    plan.words("prompt_version", "traceloop.prompt.version_name", "traceloop.prompt.version")
    if kind in ("chain", "agent"):
        plan.texts("pipeline", "traceloop.workflow.name")
    plan.texts("path", "traceloop.entity.path")
    genai.fill(plan)
    plan.provider(openllmetry.LIBRARY)
    plan.provided_by_name(langchain.company)
    plan.texts("request_model", openllmetry.EMBEDDED_WITH)
    plan.add(_named_by_langchain)
    if kind == "embedding" and "llm.usage.total_tokens" in a:
        plan.add(rows.total("llm.usage.total_tokens"))
    if plan.there(openllmetry.FIRST):
        _first(plan)
    ended = ("llm.response.stop_reason", openllmetry.ENDED)
    plan.texts("finish_reason", "gen_ai.completion.0.finish_reason", *ended)
    plan.texts("finish_reason", "llm.response.finish_reason", *ended)
    if kind == "chain":
        if any(n.startswith("db.") for n in seen.happened):
            return plan
        if made := plan.there((*otel_genai.STEP_OUTPUTS, "traceloop.entity.output")):
            plan.add(steps.gave(made[0], _step_made, steps.may_have_ended_inside))
        if given := plan.there((*otel_genai.STEP_INPUTS, "traceloop.entity.input")):
            plan.add(steps.heard(given[0], _step_given))
    results = plan.there(_RESULTS)
    if kind == "tool" and results:
        plan.add(_traceloop_tool(results[0]))
    return plan


def _of_another_class(told: Callable[[Any], Any], known: object) -> rows.Step:
    """Parts whose class says what they are, and says another thing than that of the first."""

    def doubt(found: rows.Rows) -> None:
        entities_of = enumerate(a[openllmetry.ENTITY] for a in found.many)
        found.doubtful.update(n for n, entity in entities_of if told(entity) != known)

    return doubt


def _named_by_langchain(found: rows.Rows) -> None:
    """Models that LangChain's metadata alone name, or nothing does."""
    if openllmetry.UNNAMED not in found.text.get("request_model", ()):
        return
    asked, served = found.column("request_model"), found.column("response_model")
    for n, model in enumerate(asked):
        if model == openllmetry.UNNAMED:
            asked[n] = rd.text(found.many[n], openllmetry.NAMED)
            served[n] = None if served[n] == openllmetry.UNNAMED else served[n]


def _steps(found: rows.Rows) -> None:
    """Those that have no name."""
    told = zip(found.places, found.names, strict=True)
    unnamed = openllmetry.UNNAMED
    found.names = [openllmetry.STEP if found.spans.name[p] == unnamed else n for p, n in told]


def _first(plan: Plan) -> None:
    """The first versions, before there were GenAI conventions: everything under ``llm.``."""
    plan.provider("llm.vendor")
    plan.texts("request_model", "llm.request.model")
    plan.texts("response_model", "llm.response.model")
    plan.tokens(
        input_tokens=("llm.usage.prompt_tokens",), output_tokens=("llm.usage.completion_tokens",)
    )


def _step_made(value: Any) -> langchain.End | None:
    """What a LangChain step made, in the envelope of its callback."""
    if (told := steps.constructed(value)) is not UNSET:
        return told
    made = entities.outputs(rd.decoded(value))
    return langchain.ended(made[0]) if made else None


def _step_given(value: Any) -> langchain.End | None:
    given = entities.inputs(rd.arguments(rd.decoded(value)))
    return langchain.heard(given[0]) if given else None


_RESULTS = (
    "gen_ai.tool.call.result",
    "gen_ai.tool.result",
    "tool_response",
    "traceloop.entity.output",
)


_TOLD_IN_RESULTS = ("tool_call_id", "raw_output", "kwargs")


def _traceloop_tool(key: str) -> rows.Step:
    """Names and call ids that stand in what a tool gave."""
    return lambda found: _tool_gave(found, key)


def _tool_gave(found: rows.Rows, key: str) -> None:
    column = found.column("tool_call_id")
    for n, a in enumerate(found.many):
        given = a[key]
        if type(given) is str and given.startswith(objects.RAN_BADLY):
            found.doubtful.add(n)
        told = type(given) is not str or any(m in given for m in _TOLD_IN_RESULTS)
        if not told and not values.hides(given):
            continue
        made = rd.decoded(given)
        if not isinstance(made, dict):
            continue
        found.names[n] = entities.tool_named(found.names[n], made) or found.names[n]
        if {"raw_output", "tool_name"} <= set(made):
            found.names[n] = str(made["tool_name"] or found.names[n])
        elif column[n] is None:
            column[n] = langchain.tool_call_id(made.get("output", made))


MAKERS = {
    litellm.NAME: litellm_wire.plan,
    logfire.NAME: fire,
    vercel.NAME: ai,
    openllmetry.NAME: traceloop,
}
