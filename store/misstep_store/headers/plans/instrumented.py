"""What single OpenInference instrumentations leave to be read from the raw values beside it, as
:mod:`conventions.readers.openinference_libraries` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

import msgspec
from msgspec import Raw

from misstep_store.conventions.finishing import provider, routed
from misstep_store.conventions.raw import bedrock
from misstep_store.conventions.readers import agno, autogen, google_adk
from misstep_store.conventions.readers import openinference_libraries as libraries
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import formats, layouts, values
from misstep_store.headers.columns.spans import KIND_OF, ROLE_OF
from misstep_store.headers.plans import google_genai as google
from misstep_store.headers.plans import langchain as steps
from misstep_store.headers.plans.plan import Plan
from misstep_store.headers.raw import answers, generations, printed
from misstep_store.headers.steps import rows

_ARGUMENTS = ("args", "kwargs")
"""What a call was given stands in these, where nothing else stands beside them."""


def mend(made: Plan, name: str) -> bool:
    """Adds what a library's own reader finds; False where that takes the reader itself."""
    is_call = made.kind_name == "llm"
    if not libraries.mends(name, is_call=is_call):
        return True
    add = (_CALLS if is_call else _STEPS).get(name)
    return add(made) if add is not None else False


def _langchain_call(made: Plan) -> bool:
    if "metadata" in made.a:
        made.add(_langchain_provider)
    if "output.value" in made.a:
        made.add(_langchain_details)
    return True


def _langchain_provider(found: rows.Rows) -> None:
    column, lacking = found.column("provider"), found.lacking("provider")
    told = formats.texts_in([found.many[n]["metadata"] for n in lacking], "ls_provider")
    known = {name: provider(name) for name in set(told)}
    for n, name in zip(lacking, told, strict=True):
        column[n] = known[name]


def langchain_answers(found: rows.Rows) -> None:
    """What LangChain's answers say; what the messages inside say is kept for a later step."""
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
    if any(name.startswith(_CHANNELS) for name in set(found.names)):
        found.kinds.update(
            (n, "chain") for n, name in enumerate(found.names) if name.startswith(_CHANNELS)
        )


_CHANNELS = ("ChannelWrite<", "Branch<")


def _llama_index_call(made: Plan) -> bool:
    if made.seen.name.endswith(libraries.NO_CALLS):
        # Gets a request ready, or holds it: the call itself is a span after it, or inside.
        made.kind, made.role, made.late = KIND_OF["chain"], ROLE_OF["hop"], []
    return True


def _llama_index_step(made: Plan) -> bool:
    if "input.value" in made.a:
        made.add(_llama_index_name)
    return True


def _llama_index_name(found: rows.Rows) -> None:
    """Steps of a workflow, given its context and an event, are told by what they are alone."""
    own = {name for name in set(found.names) if name.startswith(_OF_WORKFLOW)}
    if not own:
        return
    steps = [n for n, name in enumerate(found.names) if name in own]
    given = [found.many[n]["input.value"] for n in steps]
    read, odd = formats.by_format(given, (_read_event,))
    are_events = [n for _, numbers, _ in read for n in numbers]
    for n in chain(are_events, (n for n in odd if _is_event(given[n]))):
        found.names[steps[n]] = found.names[steps[n]].removeprefix(_OF_WORKFLOW)


_OF_WORKFLOW = "BaseWorkflowAgent."


def _is_event(value: Any) -> bool:
    """Whether it is a workflow's context and an event."""
    given = _given(value)
    return isinstance(given, dict) and set(given) == {"ctx", "ev"}


_read_event = layouts.decoder(
    msgspec.defstruct("Event", [("ctx", Raw), ("ev", Raw)], gc=False, forbid_unknown_fields=True)
)


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
        if unnamed and (type(given) is not str or '"agent"' in given or values.hides(given)):
            made = rd.decoded(a.get("output.value"))
            if isinstance(made, dict) and isinstance(made.get("description"), str):
                continue
            agent = layouts.field_in(given, "agent", refused=_ARGUMENTS, opened=_given)
            if isinstance(agent, str):
                found.names[n] = libraries.printed(agent, "role") or found.names[n]


def _given(value: Any) -> Any:
    """What a call was given."""
    return rd.arguments(rd.decoded(value))


def _agno_step(made: Plan) -> bool:
    for key, opened in (("input.value", _given), ("output.value", agno.answer_of_run)):
        if key in made.a:
            made.add(partial(_agno_about, key=key, opened=opened))
    return True


def _agno_about(found: rows.Rows, *, key: str, opened: Callable[[Any], Any]) -> None:
    sessions, users = found.column("session_id"), found.column("user_id")
    needed = agno.OF_A_RUN if key == "output.value" else "_id"
    for n, a in enumerate(found.many):
        text = a[key]
        if (sessions[n] and users[n]) or (type(text) is str and needed not in text):
            continue
        told = layouts.object_in(text, _READ[key])
        if told is None:
            given: Any = opened(text)
        elif key == "output.value" and told.content_type is None:
            continue
        else:
            given = {"session_id": told.session_id, "user_id": told.user_id}
        if isinstance(given, dict):
            sessions[n] = sessions[n] or rd.text(given, "session_id")
            users[n] = users[n] or rd.text(given, "user_id")


_WHOSE = {"session_id": Any, "user_id": Any}
_READ = {
    "input.value": layouts.decoder(layouts.layout("Run", _WHOSE, _ARGUMENTS)),
    "output.value": layouts.decoder(layouts.layout("Answered", _WHOSE | {"content_type": Any})),
}


def _without_numbers(found: rows.Rows) -> None:
    found.names = [libraries.without_number(name) for name in found.names]


def _adk_step(made: Plan) -> bool:
    if made.seen.name.startswith("invocation ["):
        made.add(_of_app)
    if made.seen.name == google_adk.MERGED:
        made.echoes("part")
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
    column, lacking = found.column("finish_reason"), found.lacking("finish_reason")
    told_of = formats.fields_in([found.many[n]["output.value"] for n in lacking], "replies")
    for n, replies in zip(lacking, told_of, strict=True):
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
    r"ToolCall\(tool_name='[^'\\]*', arguments=\{[\w': ,.]*\}, id='[^'\\]*'(?:, extra=None)?\))\], "
    r"_name=None, "
    r"_meta=\{'model': '[^'\\]*', 'index': \d+, 'finish_reason': '(\w+)', "
    r"'usage': \{[\w': ,()=]*(?:\{[\w': ,()=]*\}[\w': ,()=]*)*\}\}\)"
)
"""A reply with one text or one tool call, and what it says of itself."""


def _smolagents_call(made: Plan) -> bool:
    if "output.value" in made.a:
        made.add(_smolagents_answer)
    return True


def _smolagents_answer(found: rows.Rows) -> None:
    """The provider's answer, printed inside the message."""
    told: list[answers.Told] = []
    for n, raw in enumerate(formats.fields_in([a["output.value"] for a in found.many], "raw")):
        about = printed.completion(raw) if isinstance(raw, str) else None
        if about is None:
            if raw:
                found.doubtful.add(n)
            told.append(answers.NOTHING)
            continue
        identity, finish, model, usage = about
        used = printed.counts(usage)
        if used is None:
            found.doubtful.add(n)
            used = answers.UNUSED
        told.append((model, identity, finish, used, 0))
    columns = answers.columned(told)
    rows.take_columns(found, columns._replace(ends=answers.cleaned(columns.ends)))


def _litellm_call(made: Plan) -> bool:
    made.add(_routed)
    return True


def _routed(found: rows.Rows) -> None:
    """Models that are called by their route: ``anthropic/claude-…``."""
    providers, asked = found.column("provider"), found.column("request_model")
    served = found.column("response_model")
    for n, model in enumerate(asked):
        told = routed(model, served[n]) if model and "/" in model else None
        if told is not None and providers[n] in (None, told[0]):
            providers[n], asked[n], served[n] = told


def _bedrock_call(made: Plan) -> bool:
    made.provided_by("aws.bedrock")
    made.add(_vectors)
    return True


def _vectors(found: rows.Rows) -> None:
    """Models that make vectors."""
    asked = found.column("request_model")
    found.kinds.update((n, "embedding") for n, m in enumerate(asked) if bedrock.embeds(m))


def _agno_call(made: Plan) -> bool:
    told = any(key.startswith("llm.output_messages.") for key in made.a)
    if "output.value" in made.a and not told:
        made.add(_agno_counts)
    return True


def _agno_counts(found: rows.Rows) -> None:
    """Tokens are all that printed answers tell beside words."""
    used = [answers.UNUSED] * len(found.many)
    for n, a in enumerate(found.many):
        if agno.is_printed(a["output.value"]):
            counts = printed.agno_counts(a["output.value"])
            used[n] = counts or answers.UNUSED
            if counts is None:
                found.doubtful.add(n)
    found.add_usage(used)


def _bedrock_js_call(made: Plan) -> bool:
    if "input.value" in made.a:
        made.add(_bedrock_js_models)
    return True


def _bedrock_js_models(found: rows.Rows) -> None:
    asked = found.column("request_model")
    given = [a["input.value"] for a in found.many]
    for n, model in enumerate(formats.texts_in(given, libraries.MODEL_ID)):
        asked[n] = model or asked[n]


def _autogen_call(made: Plan) -> bool:
    made.provided_by_name(autogen.asked_by)
    return True


_CALLS = {
    "agno": _agno_call,
    "autogen_agentchat": _autogen_call,
    "bedrock": _bedrock_call,
    "bedrock_js": _bedrock_js_call,
    "google_genai": google.call,
    "langchain": _langchain_call,
    "litellm": _litellm_call,
    "llama_index": _llama_index_call,
    "haystack": _haystack_call,
    "smolagents": _smolagents_call,
}
_STEPS = {
    "bedrock": lambda _: True,
    "langchain": _langchain_step,
    "llama_index": _llama_index_step,
    "crewai": _crewai_step,
    "dspy": lambda _: True,
    "agno": _agno_step,
    "smolagents": lambda _: True,
    "beeai": lambda _: True,
    "google_adk": _adk_step,
    "litellm": _litellm_call,
}
