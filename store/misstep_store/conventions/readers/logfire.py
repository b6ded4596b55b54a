"""Logfire's OpenAI and Anthropic integrations, old (request_data / response_data) and new.

A streamed call makes two spans: the request, and a log-like span ``streaming response from …`` with
what was answered; :mod:`folding` and :mod:`across` put them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from misstep.model import ErrorInfo, HopKind, Message, Score
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.raw import bodies, counting
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import judged
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import error
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "logfire"
_AGENTS = "logfire.openai_agents"
ANTHROPIC = "logfire.anthropic"
COMPANIES = {"logfire.openai": "openai", ANTHROPIC: "anthropic"}
"""Whose client an integration tells of: streams and failed calls of many versions do not say."""
EVALS = "pydantic-evals"
_AGENT_SPANS: dict[str, HopKind] = {
    "Agent run": "agent",
    "Function": "tool",
    "Guardrail": "guardrail",
}
_OWN = ("logfire.", "code.", "thread.", "gen_ai.", "otel.", "async", "pydantic_ai.")


def claims(span: Span) -> bool:
    """Anything with Logfire's message and schema."""
    a = span.attributes
    return "logfire.span_type" in a or "logfire.msg" in a


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span, a)
    draft = Draft(span, NAME, kind, rd.text(a, "logfire.msg") or span.name)
    if is_stream_half(span):
        draft.echo = "stream"
        draft.name = stream_name(a) or span.name
    otel_genai.fill(draft, a, logs)
    if draft.response_model == draft.request_model and unanswered(a):
        draft.response_model = None
    if kind in ("llm", "embedding"):
        _bodies(draft, a)
    elif span.scope.name == _AGENTS:
        _agents_step(draft, a)
    elif span.scope.name == EVALS:
        _judged(draft, a)
    elif kind == "chain":
        _arguments(draft, a)
        draft.user_id = draft.user_id or rd.text(a, "user_id")  # a program's own, or its baggage
    tags = [t for t in rd.tags(a.get("logfire.tags")) if t != "LLM"]
    if tags:
        draft.tags = tags
    return counting.no_call(finish(draft), is_aside(a))


def _judged(draft: Draft, a: Mapping[str, Any]) -> None:
    """A case of Pydantic's evals, with what it was given, gave and got; an evaluator of it."""
    if "evaluator_name" in a:
        draft.kind, draft.name = "evaluator", rd.text(a, "evaluator_name") or draft.name
    elif "case_name" in a:
        draft.input = rd.parsed(a.get("inputs"))
        draft.output, draft.has_output = rd.parsed(a.get("output")), "output" in a
        draft.scores = list(results(a, draft.span.span_id))
    else:
        _arguments(draft, a)


RESULTS = ("assertions", "scores", "labels")


def results(a: Mapping[str, Any], hop_id: str) -> Iterator[Score]:
    """What the evaluators of a case found."""
    for key in RESULTS:
        told = rd.parsed(a.get(key))
        for name, e in told.items() if isinstance(told, dict) else ():
            if isinstance(e, dict):
                source = e.get("source")
                by = rd.text(source, "name") if isinstance(source, dict) else None
                found = judged.result(e, name, hop_id, by)
                if found is not None:
                    yield found


def is_aside(a: Mapping[str, Any]) -> bool:
    """Whether the path of a request shows that it asks no model anything."""
    return "url" in a and counting.aside(a["url"])


def stream_name(a: Mapping[str, Any]) -> str | None:
    """What a stream's half says of it, without how long it took."""
    return (rd.text(a, "logfire.msg") or "").partition(" took ")[0] or None


def is_stream_half(span: Span) -> bool:
    """Whether the span tells of the end of a streamed call."""
    a = span.attributes
    return (
        a.get("logfire.span_type") == "log"
        and ("gen_ai.request.model" in a or "request_data" in a)
        and (span.name.startswith("streaming response") or "duration" in a)
    )


_ANSWERED = ("gen_ai.response.id", "gen_ai.output.messages", "gen_ai.usage.input_tokens")


def unanswered(a: Mapping[str, Any]) -> bool:
    """Whether the served model is only what was asked for: a stream's request has none yet, and
    since 5.3 or so the model asked for is written there, which the stream's half must not lose to."""
    return not any(k in a for k in (*_ANSWERED, "response_data", "response"))


def kind_of(span: Span, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span."""
    if "gen_ai.operation.name" in a:
        return otel_genai.kind_of(a)
    if span.scope.name == _AGENTS:
        # A call that failed early has no operation; the rest is told by the start of the name.
        if "gen_ai.request.model" in a or span.name.startswith(("Responses API", "Chat comp")):
            return "llm"
        return next((k for n, k in _AGENT_SPANS.items() if span.name.startswith(n)), "chain")
    if "request_data" in a or "gen_ai.request.model" in a:
        return "embedding" if span.name.startswith("Embedding") else "llm"
    return otel_genai.kind_of(a)


def _bodies(draft: Draft, a: Mapping[str, Any]) -> None:
    if is_chat_of_agents(draft.span.scope.name, a):
        _chat_of_agents(draft, a)
    asked, said = bodies.asked_in(a.get("request_data")), rd.parsed(a.get("response_data"))
    if isinstance(asked, dict):
        bodies.request(draft, asked)
        if not draft.tools and asked.get("tools"):
            draft.tools = docs.tools(asked["tools"])
    if isinstance(said, dict):
        if not draft.messages_out:
            draft.messages_out = _answer(said)
        if draft.span.scope.name == ANTHROPIC:
            _anthropic(draft)
        raw = usage_of(said.get("usage"), anthropic_body=draft.provider == "anthropic")
        draft.usage = merged(draft.usage, raw)
        if draft.finish_reason is None:
            draft.finish_reason = rd.text(said, "finish_reason")
    events = rd.parsed(a.get("events"))
    if isinstance(events, list):
        read_events(draft, events)
    if "response" in a or "raw_input" in a:  # the Agents SDK's calls
        if not draft.messages_in:
            draft.messages_in = msg.messages(a.get("raw_input"))
        answer = rd.parsed(a.get("response"))
        if isinstance(answer, dict):
            bodies.response(draft, answer)
            bodies.request(draft, answer)  # says again what was wished for
            draft.tools = draft.tools or docs.tools(answer.get("tools"))
    if not draft.messages_in and draft.input is None and isinstance(asked, dict):
        draft.input = {k: v for k, v in asked.items() if k not in _NOT_ASKED} or None
    draft.provider = draft.provider or COMPANIES.get(draft.span.scope.name)
    draft.error = draft.error or failure_in(a)


_NOT_ASKED = ("model", "stream")
"""What a request says beside what it asks, where it has no messages: files, batches, threads."""


def is_chat_of_agents(scope: str, a: Mapping[str, Any]) -> bool:
    """Whether it is a chat completion of the Agents SDK: its ``request_data`` holds the answer."""
    return scope == _AGENTS and "input" in a and "output" in a


def _chat_of_agents(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.messages_in = msg.messages(a.get("input"))
    bodies.response(draft, rd.parsed(a.get("output")))
    bodies.request(draft, rd.parsed(a.get("model_config")))
    draft.usage = merged(draft.usage, usage_of(a.get("usage")))


def _anthropic(draft: Draft) -> None:
    """The integration names no provider at first, and wraps each tool call's arguments."""
    draft.provider = draft.provider or COMPANIES[ANTHROPIC]
    for part in (p for m in draft.messages_out for p in m.parts if p.get("type") == "tool_call"):
        given = part.get("arguments")
        if isinstance(given, dict) and set(given) == {"input"}:
            part["arguments"] = given["input"]


OWN_SPAN = {"type", "name", "data"}
"""What stands on spans that a program, or the SDK around turns, made itself, all of one message."""
GROUP, ABOUT = "group_id", "metadata"
_SCRUBBED = "[Scrubbed due to "


def talk_of(a: Mapping[str, Any]) -> str | None:
    """The conversation that a trace of the Agents SDK belongs to, where Logfire let it stand."""
    told = rd.text(a, GROUP)
    return None if told in (None, "null") or told.startswith(_SCRUBBED) else told


def asker(a: Mapping[str, Any]) -> str | None:
    """Who asked, as the metadata of such a trace say."""
    told = a.get(ABOUT)
    if type(told) is not str or '"user' not in told:
        return None
    about = rd.parsed(told)
    return rd.text(about, "user_id", "user") if isinstance(about, dict) else None


def _agents_step(draft: Draft, a: Mapping[str, Any]) -> None:
    """OpenAI's Agents SDK: agents, tools, guardrails, handoffs, and turns that hold nothing."""
    if draft.kind == "chain":
        draft.session_id = draft.session_id or talk_of(a)
        draft.user_id = draft.user_id or asker(a)
    if draft.kind != "chain" or a.keys() >= OWN_SPAN:
        draft.name = rd.text(a, "name") or draft.name
    if draft.kind == "tool":
        draft.input = rd.decoded(a.get("input"))
        draft.output, draft.has_output = rd.decoded(a.get("output")), "output" in a
    elif draft.kind == "guardrail":
        draft.output, draft.has_output = {"triggered": a.get("triggered")}, "triggered" in a
    elif draft.kind == "agent":
        draft.tools = docs.tools(a.get("tools"))
    elif "to_agent" in a:
        draft.input = rd.text(a, "from_agent")
        draft.output, draft.has_output = rd.text(a, "to_agent"), True
    draft.error = failure_in(a)
    if draft.output in (None, "null") and draft.error is not None:
        draft.output, draft.has_output = None, False  # as it is written where nothing came of it


def failure_in(a: Mapping[str, Any]) -> ErrorInfo | None:
    """What failed stands in an attribute, with the provider's words beside."""
    told = rd.parsed(a.get("error"))
    if not isinstance(told, dict) or not isinstance(told.get("message"), str):
        return None
    data = told.get("data")
    inner = data.get("error") if isinstance(data, dict) else None
    return error(None, f"{told['message']}: {inner}" if isinstance(inner, str) else told["message"])


def _answer(said: Mapping[str, Any]) -> list[Message]:
    """The answer alone, pictures, or the text of a stream's chunks."""
    if "images" in said:
        return bodies.pictures(said["images"])
    if said.get("message") is not None:
        return msg.messages(said["message"], "assistant")
    text = said.get("combined_chunk_content", said.get("text"))
    return msg.messages(text, "assistant") if isinstance(text, str) else []


def read_events(draft: Draft, events: list[Any]) -> None:
    """An ``events`` list: messages up to the model's answer, then the answer.

    The answer is what stands as ``gen_ai.choice``, else what follows the last message to it."""
    listed = [e for e in events if isinstance(e, dict)]
    asked: list[Message] = []
    said: list[Message] = []
    last = max((i for i, e in enumerate(listed) if _is_question(e)), default=-1)
    for index, event in enumerate(listed):
        found = msg.message(event)
        if found is None:
            continue
        if found.role == "system" and event.get("event.name") == "gen_ai.choice":
            continue  # Pydantic AI says instructions again before the answer
        answers = event.get("event.name") == "gen_ai.choice" or (
            index > last and found.role == "assistant"
        )
        if _is_piece(event) and index and _is_piece(listed[index - 1]) and asked:
            asked[-1].parts = [*asked[-1].parts, *found.parts]
        else:
            (said if answers else asked).append(found)
    if not draft.messages_in:
        draft.messages_in = asked
    if not draft.messages_out:
        draft.messages_out = bodies.joined(said)


def _is_piece(event: Mapping[str, Any]) -> bool:
    """Whether it is one part of what was asked: text, a picture, a file."""
    data = event.get("data")
    kind = data.get("type") if isinstance(data, dict) else None
    return event.get("role") == "unknown" and str(kind).startswith("input_")


def _is_question(event: Mapping[str, Any]) -> bool:
    name = str(event.get("event.name") or "")
    role = str(event.get("role") or "")
    return name in ("gen_ai.system.message", "gen_ai.user.message", "gen_ai.tool.message") or (
        role in ("user", "system", "tool")
    )


def _arguments(draft: Draft, a: Mapping[str, Any]) -> None:
    """A span a program made itself: what it attached is the input, ``return`` the output.

    Logfire's schema names what was attached; other libraries' spans have none, or only theirs."""
    schema = rd.parsed(a.get("logfire.json_schema"))
    attached = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(attached, dict) and draft.input is None:
        given = {k: rd.parsed(a[k]) for k in attached if a.get(k, "null") != "null"}
        given.pop("return", None)
        draft.input = {k: v for k, v in given.items() if not k.startswith(_OWN)} or None
    if "return" in a and not draft.has_output:
        draft.output, draft.has_output = rd.parsed(a["return"]), True


CONVENTION = Convention(NAME, read, scopes=("logfire", "logfire.*", EVALS), marks=claims)
