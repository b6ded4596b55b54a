"""Langfuse's SDKs since v3: ``langfuse.observation.*``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from misstep.model import ErrorInfo, HopKind, Json
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import langchain, responses
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import CALL_KINDS, Convention, Draft, Logs
from misstep_store.conventions.values import judged
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import SIGNALS, error, failure
from misstep_store.conventions.values.times import unix_nano, waited_ms
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "langfuse"
LISTED = "langfuse.trace.listed"
"""Stands on the span that an import makes of a trace which a list names without its observations."""
_O = "langfuse.observation."
_KINDS: dict[str, HopKind] = {
    "generation": "llm",
    "embedding": "embedding",
    "agent": "agent",
    "tool": "tool",
    "retriever": "retriever",
    "evaluator": "evaluator",
    "guardrail": "guardrail",
}


def claims(span: Span) -> bool:
    """Anything with an observation type."""
    return _O + "type" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = told_kind(span.name, a) or kind_of(a)
    draft = Draft(span, NAME, kind)
    observation(
        draft,
        model=rd.text(a, _O + "model.name"),
        given=a.get(_O + "input"),
        made=a.get(_O + "output"),
        parameters=a.get(_O + "model.parameters"),
        usage=a.get(_O + "usage_details"),
        cost=a.get(_O + "cost_details"),
        first_token=a.get(_O + "completion_start_time"),
    )
    _about(draft, a)
    if draft.kind == "llm" and _O + "metadata.response_format" in a:
        shape = rd.parsed(a[_O + "metadata.response_format"])
        if _is_given(shape):
            draft.parameters = {"response_format": shape, **draft.parameters}
    if any(k.startswith("gen_ai.") for k in a) or logs:
        otel_genai.fill(draft, a, logs)
    if draft.finish_reason is None:
        draft.finish_reason = rd.word(a, _O + "metadata.finish_reason")
    if is_response(a):
        _response(draft, a)
    draft.error = _failure(span, a) or draft.error
    if draft.has_output and is_failure(draft.output, a):
        draft.output, draft.has_output = None, False  # experiments say so what failed
    if draft.kind == "evaluator" and ITEM in a:
        draft.run_scores = judged.gave(draft.output, draft.name, None)
    return finish(draft)


def is_failure(gave: Json, a: Mapping[str, Any]) -> bool:
    """Whether what a step gave says only that it failed; the SDK for Node with its class."""
    why = a.get(_O + "status_message")
    if isinstance(gave, dict) and len(gave) == 1:
        told = gave.get("error")
        return isinstance(told, str) and _class_in(told, why) is not None
    return bool(gave == f"Error: {why}")


def _class_in(told: str, why: Any) -> str | None:
    """``TypeError`` of ``TypeError: why``, as JavaScript prints what was thrown."""
    name, colon, said = told.partition(": ")
    return name if colon and said == why and _CLASS.fullmatch(name) else None


_CLASS = re.compile(r"[A-Za-z_$][\w$]{0,99}")


def judgement(a: Mapping[str, Any]) -> Json:
    """What an evaluator put out."""
    made = langchain.readable(rd.from_repr(a.get(_O + "output")))
    return None if is_failure(made, a) else made


ITEM = "langfuse.experiment.item.id"
"""Stands on all spans of a run of one item; an evaluator there judges what the whole run gave."""
EMBEDDINGS = "OpenAI.embeddings"
"""What the SDK for Node names a generation that is an embedding."""
DOCUMENTS = ('[{"pageContent":', '[{"page_content":')
"""How the output of a retriever begins, which the SDK for Node says nothing else of."""
ANSWERED = '{"lc":1,"type":"constructor","id":["langchain_core","messages","ToolMessage"],'
"""As much of a tool's, which it calls a span until 5.1 or so."""


def told_kind(name: str, a: Mapping[str, Any]) -> HopKind | None:
    """The kind that the SDK for Node does not say; None where nothing tells it."""
    if name == EMBEDDINGS and a.get(_O + "type") == "generation":
        return "embedding"
    made = a.get(_O + "output")
    if made == "" and a.get(_O + "type") == "generation" and _embeds(a):
        return "embedding"
    if (
        type(made) is not str
        or a.get(_O + "type") != "span"
        or type(a.get(_O + "input")) is not str
    ):
        return None
    if made.startswith(ANSWERED) and langchain.tool_named(rd.parsed(made)) == name:
        return "tool"
    return "retriever" if made.startswith(DOCUMENTS) else None


def _embeds(a: Mapping[str, Any]) -> bool:
    """Whether a generation with a name of its own, without words or tokens, was an embedding."""
    model = a.get(_O + "model.name")
    return type(model) is str and "embed" in model.lower() and _O + "usage_details" not in a


def asked_by(name: str) -> str | None:
    """Whose SDK Langfuse wrapped, which only the name says that it gives to calls of it."""
    return "openai" if name.startswith(("OpenAI-", "OpenAI.")) else None


def is_response(a: Mapping[str, Any]) -> bool:
    """Whether the metadata are those of a response of OpenAI's, which Node's SDK leaves no name."""
    m = _O + "metadata."
    return rd.word(a, m + "object") == "response" or (
        m + "status" in a and m + "reasoning" in a and m + "tools" in a
    )


def _response(draft: Draft, a: Mapping[str, Any]) -> None:
    """What the metadata of a response say, above all of an end before its time."""
    m = _O + "metadata."
    if draft.system is None:
        draft.system = rd.word(a, m + "instructions")
    if not draft.tools and (offered := rd.parsed(a.get(m + "tools"))):
        draft.tools = docs.tools(offered)
    if draft.finish_reason is None and not any(x.finish_reason for x in draft.messages_out):
        draft.finish_reason = "stop" if rd.word(a, m + "status") == "completed" else None
    why = rd.parsed(a.get(m + "incomplete_details"))
    told = rd.text(why, "reason") if isinstance(why, dict) else None
    draft.response_id = draft.response_id or rd.word(a, m + "id")
    if rd.word(a, m + "status") in UNFINISHED:
        draft.finish_reason = told or rd.word(a, m + "status")
        draft.error = responses.failure_in({"error": a.get(m + "error")})


UNFINISHED = ("incomplete", responses.FAILED)
"""How a response that is no whole answer ended."""


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of an observation."""
    return _KINDS.get(str(a.get(_O + "type", "")).lower(), "chain")


def _is_given(value: Json) -> bool:
    return value not in ("Infinity", None) and not bodies.left_out(value)


def observation(
    draft: Draft,
    *,
    model: str | None,
    given: Any,
    made: Any,
    parameters: Any,
    usage: Any,
    cost: Any,
    first_token: Any,
) -> None:
    """What an observation says, from a span or from an exported JSON object."""
    given, made = rd.from_repr(given), rd.from_repr(made)
    draft.request_model = draft.response_model = model
    found = rd.from_repr(parameters)
    if isinstance(found, dict):
        draft.parameters = {k: v for k, v in found.items() if _is_given(v)}
    draft.usage = merged(draft.usage, usage_of(usage))
    costs(draft, cost)
    if draft.kind == "llm":
        _generation(draft, given, made)
    elif draft.kind == "embedding" and not made and isinstance(given, str | list):
        draft.input = given  # its vectors are not told
    else:
        draft.input = langchain.readable(_alone(rd.arguments(given)))
        if draft.kind == "tool":
            draft.tool_call_id = langchain.tool_call_id(made)
        elif draft.kind == "chain":
            langchain.step(draft, given, made)
        if made is not None:
            draft.output, draft.has_output = langchain.readable(made), True
    draft.time_to_first_token_ms = waited_ms(draft.span, unix_nano(rd.parsed(first_token)))


def _alone(given: Any) -> Any:
    """What a step was given; LangChain for Node wraps all that is no object, and of streams nothing
    that is known yet."""
    if isinstance(given, dict) and set(given) == {"input"}:
        return None if given["input"] == "" else given["input"]
    return given


def costs(draft: Draft, given: Any) -> None:
    """What the observation cost: the total, else the sum of what was told."""
    told = rd.from_repr(given)
    if isinstance(told, dict):
        parts = (rd.number(told, "input") or 0.0) + (rd.number(told, "output") or 0.0)
        draft.cost_usd = rd.number(told, "total", "totalCost") or parts or None


def asked(draft: Draft, given: Any) -> None:
    """What a generation was given: messages, with or without the request around them."""
    known = draft.parameters
    if isinstance(given, list):
        given = _without_tools(draft, named_tools(given))
    elif isinstance(given, dict) and isinstance(given.get("messages"), list):
        given = {**given, "messages": named_tools(given["messages"])}
    if isinstance(given, dict) and not ({"messages", "input", "contents", "prompt"} & set(given)):
        draft.input = rd.arguments(given)
    else:
        bodies.request(draft, given)
        draft.parameters = {**draft.parameters, **known}
        if isinstance(given, str) and given:
            draft.messages_in = msg.messages(given)


def _generation(draft: Draft, given: Any, made: Any) -> None:
    asked(draft, given)
    bodies.response(draft, made)
    if not draft.messages_out and isinstance(made, str | list | dict) and made:
        keys = set(made) if isinstance(made, dict) else set()
        looks = isinstance(made, str) or bool(keys & {"role", "type", "tool_calls"})
        if looks or (isinstance(made, list) and all(isinstance(m, dict) for m in made)):
            draft.messages_out = bodies.joined(msg.messages(made, "assistant"))
    said = any(m.parts for m in draft.messages_out)
    if made is not None and not said and not bodies.is_wordless(made):
        draft.messages_out = ()
        draft.output, draft.has_output = made, True


def named_tools(given: list[Any]) -> list[Any]:
    """Messages in which those of tools have their own role: Node's callback for LangChain writes the
    tool's name there, which the answer before them called."""
    calls: list[tuple[Any, Any]] = []
    made = []
    for item in given:
        if isinstance(item, dict):
            calls += _called(item)
            role = item.get("role")
            found = next((c for c in calls if c[0] == role), None) if role else None
            if found is not None:
                calls.remove(found)
                item = {**item, "role": "tool", "name": role, "tool_call_id": found[1]}
        made.append(item)
    return made


def _called(item: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Names and ids of the calls in a message."""
    listed = item.get("tool_calls")
    found = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
    functions = [(c, f if isinstance(f := c.get("function"), dict) else c) for c in found]
    return [(f.get("name"), c.get("id")) for c, f in functions if f.get("name")]


def _without_tools(draft: Draft, given: list[Any]) -> list[Any]:
    """The LangChain callback puts each tool's definition among the messages."""
    kept = []
    for item in given:
        content = item.get("content") if isinstance(item, dict) else None
        content = content if isinstance(content, dict) else {}
        defines = any(isinstance(content.get(k), dict) for k in ("function", "input_schema"))
        if defines and item.get("role") == "tool" and not item.get("tool_call_id"):
            draft.tools = [*draft.tools, docs.tool(content)]
        else:
            kept.append(item)
    return kept


SESSIONS = ("langfuse_session_id", "langfuseSessionId", "thread_id", "session_id")
USERS = ("langfuse_user_id", "langfuseUserId", "user_id")
"""Metadata of a call that say who asked."""


def _about(draft: Draft, a: Mapping[str, Any]) -> None:
    m = _O + "metadata."
    draft.provider = provider(rd.word(a, m + "ls_provider"))
    if draft.provider is None and draft.kind in CALL_KINDS:
        draft.provider = asked_by(draft.span.name)
    if draft.kind == "llm":
        draft.request_model = rd.word(a, m + "ls_model_name") or draft.request_model
    draft.session_id = rd.text(
        a, "session.id", "langfuse.session.id", "langfuse.trace.session_id"
    ) or rd.word(a, *(m + name for name in SESSIONS))
    draft.user_id = rd.text(a, "user.id", "langfuse.user.id", "langfuse.trace.user_id") or rd.word(
        a, *(m + name for name in USERS)
    )
    draft.prompt_name = rd.text(a, _O + "prompt.name")
    draft.prompt_version = rd.word(a, _O + "prompt.version")
    if draft.prompt_name is None and m + "prompt" in a:
        responses.prompt(draft, rd.parsed(a[m + "prompt"]))
    draft.version = rd.text(a, "langfuse.version", "langfuse.release")
    tags = a.get("langfuse.trace.tags", a.get(m + "langfuse_tags"))
    if tags is not None:
        draft.tags = rd.tags(tags)
    if a.get("langfuse.internal.is_app_root") or not draft.span.parent_span_id:
        draft.pipeline = rd.text(a, "langfuse.trace.name")
        if draft.input is None and "langfuse.trace.input" in a:
            draft.input = rd.arguments(rd.decoded(a["langfuse.trace.input"]))
        if not draft.has_output and "langfuse.trace.output" in a:
            draft.output, draft.has_output = rd.decoded(a["langfuse.trace.output"]), True


def failure_of(span: Span) -> ErrorInfo | None:
    """Why the observation failed, if it did."""
    return _failure(span, span.attributes) or failure(span)


FAILURES = (_O + "level", _O + "status_message", _O + "output")
"""Attributes that tell of failures, beside :data:`errors.TOLD`."""


def _failure(span: Span, a: Mapping[str, Any]) -> ErrorInfo | None:
    if a.get(_O + "level") != "ERROR" or any(e.name == "exception" for e in span.events):
        return None
    told = rd.text(a, _O + "status_message") or span.status_message
    kind = rd.text(a, "error.type") or _thrown(a, told)
    found = error(kind, told)
    return None if found.type in SIGNALS else found


def _thrown(a: Mapping[str, Any], why: str) -> str | None:
    """The class of what a step threw, which the SDK for Node leaves in what the step gave."""
    gave = a.get(_O + "output")
    if not isinstance(gave, str) or not gave.startswith('{"error":'):
        return None
    opened = rd.parsed(gave)
    told = opened.get("error") if isinstance(opened, dict) and len(opened) == 1 else None
    return _class_in(told, why) if isinstance(told, str) else None


CONVENTION = Convention(NAME, read, scopes=("langfuse-sdk", "langfuse*"), marks=claims)
