"""OpenInference: its own attributes, GenAI's beside them, and what single libraries leave out."""

from __future__ import annotations

import re
from typing import Any

from misstep_store.conventions import bodies
from misstep_store.conventions import documents as docs
from misstep_store.conventions import reading as rd
from misstep_store.conventions.finishing import provider
from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.readers import guardrails, openinference
from misstep_store.conventions.readers import openinference_libraries as libraries
from misstep_store.conventions.times import is_piece
from misstep_store.conventions.types import CALL_KINDS
from misstep_store.conventions.usage import usage_of
from misstep_store.headers import answers, generations, rows, values
from misstep_store.headers.plans import genai, wordless
from misstep_store.headers.plans import langchain as steps
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.spans import KIND_OF, ROLE_OF

_LISTS = ("evaluations.", "annotations.", "trace.evaluations.", "session.evaluations.")


def plan(seen: Seen) -> Plan | None:
    a = seen.a
    if seen.any(*_LISTS) or seen.has_details:
        return None
    if libraries.is_event(a):
        return _event(seen)
    return plan_as(seen, openinference.NAME, openinference.kind_of(a))


def plan_as(seen: Seen, convention: str, kind: str) -> Plan | None:
    """The plan for spans of a known kind that are written in OpenInference's words."""
    a = seen.a
    made = Plan(seen, convention, kind, "call" if kind in CALL_KINDS else "hop")
    library = libraries.library_of(seen.scope, seen.name, seen.span.attributes)
    if kind == "tool":
        made.named("tool.name")
    elif kind == "agent":
        made.named("agent.name", "gen_ai.agent.name")
    made.provider(*openinference.PROVIDERS)
    made.texts("request_model", *openinference.ASKED)
    if "llm.invocation_parameters" in a:
        made.add(_invocation, rows.doubt_prompt("llm.invocation_parameters"))
    made.texts("request_model", *openinference.MODEL_NAMES)
    made.texts("response_model", *openinference.SERVED)
    if not openinference.keeps_silent(seen.scope):
        made.texts("finish_reason", "llm.finish_reason")
    _usage(made)
    if kind in ("llm", "embedding"):
        _raw_answer(made, library)
    made.texts("finish_reason", "llm.finish_reason")
    made.texts("session_id", "session.id")
    made.texts("user_id", "user.id")
    made.texts("prompt_name", "prompt.id", "llm.prompt_template.name", "prompt.name")
    made.words("prompt_version", "llm.prompt_template.version", "prompt.version")
    made.tags("tag.tags")
    made.texts("tool_call_id", "tool_call.id", "tool.id")
    if kind == "llm" and (seen.happened or seen.any("gen_ai.output.", *_SAID)):
        by_key = any(k.endswith("finish_reason") and k.startswith(_SAID) for k in a)
        made.add(_doubt_failing if by_key else _doubt_failed)
    told = _finish_in_messages(made)
    if seen.any("gen_ai.") or seen.has_logs:
        genai.fill(made)  # speaks where OpenInference's own do not
        if seen.any("llm.output_messages.") and made.late:  # those go before GenAI's
            alone = seen.happened or seen.any("gen_ai.completion")
            made.late = [rows.doubt_all if alone else rows.doubt_finish("gen_ai.output.messages")]
    if not _library(made, library):
        return None
    made.late[:0] = told
    if wordless.gives_nothing(made, library):
        made.fails, made.failure = True, wordless.failure
    return made


def guards(seen: Seen) -> Plan | None:
    """Guardrails' own spans."""
    if seen.any(*_LISTS) or seen.has_details:
        return None
    kind = guardrails.kind_of(seen.a)
    made = plan_as(seen, guardrails.NAME, kind)
    if made is None:
        return None
    if kind == "guardrail":
        made.named("validator.name")
    elif guardrails.is_guard(seen.a):
        made.named("guard.name")
    if "user.id" in seen.a:
        made.add(_nobody)
    return made


def _nobody(found: rows.Rows) -> None:
    users = found.column("user_id")
    users[:] = [None if user == guardrails.NOBODY else user for user in users]


def _event(seen: Seen) -> Plan:
    made = Plan(seen, openinference.NAME, "chain")
    made.echoes("part")
    if "input.value" in seen.a:
        made.add(lambda found: found.fill("finish_reason", list(map(libraries.end_of, found.many))))
    return made


def _named_in_request(found: rows.Rows) -> None:
    """A call that failed early names its model in the raw request alone."""
    column = found.column("request_model")
    for n in found.lacking("request_model"):
        asked = rd.parsed(found.many[n]["input.value"])
        column[n] = rd.text(asked, "model") if isinstance(asked, dict) else None


def _invocation(found: rows.Rows) -> None:
    key = "llm.invocation_parameters"
    lacking = found.lacking("request_model")
    told = values.models_in([found.many[n][key] for n in lacking])
    if len(told) == len(found.many):
        found.text["request_model"] = told
        return
    column = found.column("request_model")
    for n, model in zip(lacking, told, strict=True):
        column[n] = model


def _usage(made: Plan) -> None:
    seen = made.seen
    made.tokens(
        input_tokens=("llm.token_count.prompt", "embedding.token_count.prompt"),
        output_tokens=("llm.token_count.completion",),
        cached_tokens=("llm.token_count.prompt_details.cache_read",),
        cache_write_tokens=("llm.token_count.prompt_details.cache_write",),
        reasoning_tokens=("llm.token_count.completion_details.reasoning",),
    )
    if made.kind_name == "embedding" and "llm.token_count.total" in made.a:
        made.add(rows.total("llm.token_count.total"))
    made.cost("llm.cost.total")
    if seen.scope.startswith("strands"):
        made.first_token("gen_ai.server.time_to_first_token")
    if any(map(is_piece, seen.happened)):
        made.add(rows.began_with_a_piece)


def _raw_answer(made: Plan, library: str) -> None:
    """What raw bodies say beside the flattened messages."""
    a = made.a
    answered = [k for k in a if k.startswith("llm.output_messages.")]
    if library == "langchain" and made.kind_name == "llm" and "output.value" in a:
        made.add(_langchain_answers)
        if not answered:
            made.late.append(rows.ended("output.value"))
    elif made.kind_name == "embedding":
        if not answered and "output.value" in a:
            made.late.append(wordless.vectors_alone)
        made.answer("output.value", opened=docs.without_vectors, messages=not answered)
    else:
        made.answer("output.value", messages=not answered)
    made.texts("response_model", *openinference.MODEL_NAMES)
    asked = any(k.startswith("llm.input_messages.") for k in a)
    if made.kind_name == "llm" and not asked and "input.value" in a:
        made.add(rows.asked("input.value"))
    if made.kind_name == "llm" and openinference.is_nameless(a):
        made.add(_named_in_request)


def _finish_in_messages(made: Plan) -> list[rows.Step]:
    """Flattened messages that say why they ended; of several, joined to one, none does."""
    before = "llm.output_messages."
    told = [k for k in made.a if k.startswith(before) and "finish" in k]
    if len(told) == 1 and told[0] == before + "0.message.finish_reason":
        others = [k for k in made.a if k.startswith(before) and not k.startswith(before + "0.")]
        return [rows.doubt_all if others else rows.texts("finish_reason", told[0])]
    return [rows.doubt_all] if told else []


def _doubt_failed(found: rows.Rows) -> None:
    """Empty messages of failed calls are left out, and with them why they say that they ended."""
    found.doubtful.update(n for n in _failed(found) if _tells_end(found, n))


def _doubt_failing(found: rows.Rows) -> None:
    """As :func:`_doubt_failed`, of spans with a key for why they ended."""
    found.doubtful.update(_failed(found))


def _failed(found: rows.Rows) -> list[int]:
    """Rows of failed calls that do not say why they ended."""
    failed = found.spans.failed()
    if failed.isdisjoint(found.places):
        return []
    return [n for n in found.lacking("finish_reason") if found.places[n] in failed]


def _tells_end(found: rows.Rows, n: int) -> bool:
    place, a = found.places[n], found.many[n]
    told = "finish" in str(a.get("gen_ai.output.messages", ""))
    return (
        told
        or any(name == events.CHOICE for name in found.spans.logs.names(place))
        or any(event.name == events.CHOICE for event in found.spans.happened(place))
    )


_SAID = ("gen_ai.completion.", "llm.output_messages.")


# --- single libraries --------------------------------------------------------------------------


def _library(made: Plan, name: str) -> bool:
    """Adds what a library's own reader finds; False where that takes the reader itself."""
    is_call = made.kind_name == "llm"
    if not libraries.mends(name, is_call=is_call):
        return True
    add = (_CALLS if is_call else _STEPS).get(name)
    return add(made) if add is not None else False


def by_library(scope: str, a: rows.Attributes) -> bool:
    """Whether what spans of this scope hold shows which library was instrumented."""
    return openinference.KIND in a and libraries.told_by_scope(scope, a) is None


def _langchain_call(made: Plan) -> bool:
    if "metadata" in made.a:
        made.add(_langchain_provider)
    if "output.value" in made.a:
        made.add(_langchain_details)
    return True


def _langchain_provider(found: rows.Rows) -> None:
    column = found.column("provider")
    for n in found.lacking("provider"):
        given = found.many[n]["metadata"]
        told = answers.object_in(given, _read_metadata)
        if told is not None:
            named = told.ls_provider if type(told.ls_provider) is str else None
        else:
            opened = rd.parsed(given)
            named = rd.text(opened, "ls_provider") if isinstance(opened, dict) else None
        column[n] = provider(named or None)


_read_metadata = answers.decoder(answers.layout("Metadata", {"ls_provider": Any}))


def _langchain_answers(found: rows.Rows) -> None:
    outside, found.aside = generations.abouts([a["output.value"] for a in found.many])
    rows.take_columns(found, outside)


def _langchain_details(found: rows.Rows) -> None:
    """What the messages inside say goes before what was known of the model, and after the rest."""
    aside = found.aside
    if aside is None:
        return
    models, ids = found.column("response_model"), found.column("response_id")
    found.text["response_model"] = [t or m for t, m in zip(aside.models, models, strict=True)]
    found.text["response_id"] = [t if i is None else i for t, i in zip(aside.ids, ids, strict=True)]
    found.add_counts(aside.used)


def _langchain_step(made: Plan) -> bool:
    made.add(_channels)
    if made.kind_name == "tool" and "output.value" in made.a:
        made.add(steps.answered_call("output.value"))
    return True


def _channels(found: rows.Rows) -> None:
    for n, name in enumerate(found.names):
        if name.startswith(("ChannelWrite<", "Branch<")):
            found.kinds[n] = "chain"


def _llama_index_call(made: Plan) -> bool:
    if made.seen.name.endswith(libraries.PREPARES):
        # Gets a request ready: the call itself is the span after it.
        made.kind, made.role, made.late = KIND_OF["chain"], ROLE_OF["hop"], []
    return True


def _llama_index_step(made: Plan) -> bool:
    if "input.value" in made.a:
        made.add(_llama_index_name)
    return True


def _llama_index_name(found: rows.Rows) -> None:
    """Steps of a workflow, given its context and an event, are told by what they are alone."""
    for n, a in enumerate(found.many):
        if found.names[n].startswith("BaseWorkflowAgent."):
            given = rd.arguments(rd.decoded(a["input.value"]))
            if isinstance(given, dict) and set(given) == {"ctx", "ev"}:
                found.names[n] = found.names[n].removeprefix("BaseWorkflowAgent.")


def _crewai_step(made: Plan) -> bool:
    made.add(_without_numbers)
    if made.kind_name == "agent":
        made.named("graph.node.id")
        if "input.value" in made.a:
            made.add(_printed_agents)
    return True


def _printed_agents(found: rows.Rows) -> None:
    """Older versions print the agent, whose role is its name."""
    for n, a in enumerate(found.many):
        given = a["input.value"]
        unnamed = found.names[n] == found.spans.name[found.places[n]]
        if unnamed and (type(given) is not str or '"agent"' in given or "\\u" in given):
            made = rd.decoded(a.get("output.value"))
            if isinstance(made, dict) and isinstance(made.get("description"), str):
                continue
            body = rd.arguments(rd.decoded(given))
            agent = body.get("agent") if isinstance(body, dict) else None
            if isinstance(agent, str):
                found.names[n] = libraries.printed(agent, "role") or found.names[n]


def _agno_step(made: Plan) -> bool:
    if "input.value" in made.a:
        made.add(_agno_about)
    return True


def _agno_about(found: rows.Rows) -> None:
    sessions, users = found.column("session_id"), found.column("user_id")
    for n, a in enumerate(found.many):
        text = a["input.value"]
        if (sessions[n] and users[n]) or (type(text) is str and "_id" not in text):
            continue
        given = rd.arguments(rd.decoded(text))
        if isinstance(given, dict):
            sessions[n] = sessions[n] or rd.text(given, "session_id")
            users[n] = users[n] or rd.text(given, "user_id")


def _without_numbers(found: rows.Rows) -> None:
    found.names = [libraries.without_number(name) for name in found.names]


def _adk_step(made: Plan) -> bool:
    if made.seen.name.startswith("invocation ["):
        made.add(_of_app)
    if made.kind_name == "tool" and "output.value" in made.a:
        made.add(_adk_tool)
    return True


def _of_app(found: rows.Rows) -> None:
    found.names = [libraries.of_app(name) for name in found.names]


def _adk_tool(found: rows.Rows) -> None:
    column = found.column("tool_call_id")
    for n in found.lacking("tool_call_id"):
        given = rd.decoded(found.many[n]["output.value"])
        if isinstance(given, dict) and {"name", "response"} <= set(given):
            call_id: Any = given.get("id")
            column[n] = call_id if isinstance(call_id, str) else None


def _haystack_call(made: Plan) -> bool:
    if "output.value" in made.a:
        made.add(_haystack_finish)
    return True


def _haystack_finish(found: rows.Rows) -> None:
    """A reply's own words about itself stand last in its text."""
    column = found.column("finish_reason")
    for n in found.lacking("finish_reason"):
        body = rd.parsed(found.many[n]["output.value"])
        replies = body.get("replies") if isinstance(body, dict) else None
        if not isinstance(replies, list) or not replies:
            continue
        text = replies[0] if isinstance(replies[0], str) else ""
        told = _REPLY.fullmatch(text) if len(replies) == 1 and len(text) < _LONG_REPLY else None
        if told is not None:
            column[n] = told.group(1)
            continue
        if text and "_meta=" not in text and len(replies) == 1:
            continue  # older replies say nothing of themselves
        before, _, meta = text.rpartition("_meta=")
        told = rd.from_repr(meta.removesuffix(")")) if "_meta=" not in before else None
        if isinstance(told, dict) and len(replies) == 1:
            column[n] = rd.text(told, "finish_reason")
        else:
            found.doubtful.add(n)


_LONG_REPLY = 50_000
_REPLY = re.compile(
    r"ChatMessage\(_role=<ChatRole\.\w+: '\w+'>, _content=\[(?:TextContent\(text='[^'\\]*'\)|"
    r"ToolCall\(tool_name='[^'\\]*', arguments=\{[\w': ,.]*\}, id='[^'\\]*'\))\], _name=None, "
    r"_meta=\{'model': '[^'\\]*', 'index': \d+, 'finish_reason': '(\w+)', "
    r"'usage': \{[\w': ,()=]*\}\}\)"
)
"""A reply with one text or one tool call, and what it says of itself."""


def _smolagents_call(made: Plan) -> bool:
    if "output.value" in made.a:
        made.add(_smolagents_answer)
    return True


_COMPLETION = re.compile(
    r"ChatCompletion\(id='([^'\\]*)', choices=\[Choice\(finish_reason='(\w+)', .*\)\], "
    r"created=\d+, model='([^'\\]*)', object='chat\.completion', .*"
    r"usage=CompletionUsage\((completion_tokens=.*)\)\)",
    re.DOTALL,
)
_COUNTED = re.compile(r"(prompt|completion|cached|reasoning|cache_write)_tokens=(\d+)")


def _smolagents_answer(found: rows.Rows) -> None:
    """The provider's answer, printed inside the message."""
    told = []
    for n, a in enumerate(found.many):
        body = rd.parsed(a["output.value"])
        raw = body.get("raw") if isinstance(body, dict) else None
        about = _COMPLETION.fullmatch(raw) if isinstance(raw, str) else None
        if about is None:
            if raw:
                found.doubtful.add(n)
            told.append(bodies.NOTHING)
            continue
        identity, finish, model, usage = about.groups()
        counts = _COUNTED.findall(usage)
        if len({name for name, _ in counts}) != len(counts):
            found.doubtful.add(n)
        counted = usage_of({f"{name}_tokens": int(number) for name, number in counts})
        told.append(bodies.About(model, identity, bodies.clean_finish(finish), counted))
    rows.take(found, told)


def _litellm_call(made: Plan) -> bool:
    made.add(_routed)
    return True


def _routed(found: rows.Rows) -> None:
    """Models that are called by their route: ``anthropic/claude-…``."""
    providers, asked = found.column("provider"), found.column("request_model")
    served = found.column("response_model")
    for n in found.lacking("provider"):
        told = libraries.routed(asked[n], served[n])
        if told is not None:
            providers[n], asked[n], served[n] = told


_CALLS = {
    "langchain": _langchain_call,
    "litellm": _litellm_call,
    "llama_index": _llama_index_call,
    "haystack": _haystack_call,
    "smolagents": _smolagents_call,
}
_STEPS = {
    "langchain": _langchain_step,
    "llama_index": _llama_index_step,
    "crewai": _crewai_step,
    "agno": _agno_step,
    "smolagents": lambda _: True,
    "beeai": lambda _: True,
    "google_adk": _adk_step,
}
MAKERS = {openinference.NAME: plan, guardrails.NAME: guards}
