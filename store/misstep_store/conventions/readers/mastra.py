"""Mastra: GenAI on calls, agents and tools; input and output of its other steps under ``mastra.``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import HopKind, Json
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import Part, call_part, text_part, tool_call
from misstep_store.conventions.finishing import company, finish, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import mastra_arize, mastra_laminar, otel_genai
from misstep_store.conventions.types import NO_USAGE, Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.conventions.values.times import unix_nano, waited_ms
from misstep_store.otlp.spans import Span

NAME = "mastra"
TYPE = "mastra.span.type"
METADATA = "mastra.metadata."
RESUMED = METADATA + "resumedFromSpanId"
BEGAN = "mastra.completion_start_time"
TAGS = ("mastra.tags", "langfuse.trace.tags")
_LANGFUSE = "langfuse.observation."
"""Where Mastra's exporter to Langfuse puts what spans were given and made, and when answers began."""
PROMPT = (_LANGFUSE + "prompt.name", _LANGFUSE + "prompt.version")
_KINDS: dict[str, HopKind] = {
    "agent_run": "agent",
    "tool_call": "tool",
    "mcp_tool_call": "tool",
    "client_tool_call": "tool",
    "provider_tool_call": "tool",
    "rag_embedding": "embedding",
    "rag_vector_operation": "retriever",
    "scorer_run": "evaluator",
}
_ARGUMENTS = METADATA + "args"
"""Where those of a tool stand that is the program's own to run."""
_OPERATIONS = ("invoke_workflow ", "workflow_step ", "client_tool_call ")


def claims(span: Span) -> bool:
    """Anything with Mastra's span type."""
    return TYPE in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    told, name = str(a.get(TYPE) or ""), ""
    elsewhere = is_elsewhere(span.scope.name, a)
    if span.scope.name == mastra_laminar.SCOPE:
        told, name, a = mastra_laminar.as_told(span.name, a)
    elif elsewhere:
        a = mastra_arize.as_told(told, a)
    kind: HopKind = "llm" if elsewhere and told == "model_inference" else kind_of(told, a)
    name = name or without_operation(otel_genai.name_of(span, a, kind))
    draft = Draft(span, NAME, kind, name)
    draft.session_id = rd.word(a, *(METADATA + k for k in ("sessionId", "threadId")))
    draft.user_id = rd.word(a, *(METADATA + k for k in ("userId", "resourceId")))
    draft.prompt_name, draft.prompt_version = rd.text(a, PROMPT[0]), rd.word(a, PROMPT[1])
    if (tags := next((a[k] for k in TAGS if k in a), None)) is not None:
        draft.tags = rd.tags(tags)
    if told == "model_step":
        _step(draft, a)
        if RESUMED in a and not draft.messages_in:
            draft.resumes = rd.text(a, RESUMED)
        if elsewhere:
            _counted(draft, a)
        draft.is_one_of = not elsewhere
    elif told == "model_chunk":
        draft.echo = "part"
        _asked_for(draft, a)
    elif told == "model_inference" and kind == "chain":
        draft.echo = "part"  # it names no model: its step is the call, or a step of one
    elif told == "model_generation" and elsewhere:
        draft.lends_counts = True
    otel_genai.fill(draft, a, logs)
    if draft.provider:
        draft.provider = provider(company(draft.provider))
    if draft.lends_counts and told == "model_generation":  # its steps name the model
        draft.provider = draft.request_model = None
    if kind == "llm" and (started := unix_nano(a.get(began(a)))):
        draft.time_to_first_token_ms = waited_ms(span, started)
    _payloads(draft, a, told)
    if kind == "tool" and draft.input is None and _ARGUMENTS in a:
        draft.input = rd.decoded(a[_ARGUMENTS])
    draft.tells_failures = kind == "agent" and span.status_code == 2
    return finish(draft)


def is_elsewhere(scope: str, a: Mapping[str, Any]) -> bool:
    """Whether an exporter wrote it in the words of another platform: then its steps tell of what
    stands for a call."""
    return scope == mastra_laminar.SCOPE or mastra_arize.KIND in a


def kind_of(told: str, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a type of span. What stands for a call differs between versions: its
    operation tells."""
    if a.get("gen_ai.operation.name") == "chat":
        return "llm"
    return _KINDS.get(told, "chain") if told else otel_genai.kind_of(a)


def began(a: Mapping[str, Any]) -> str:
    """The key that tells when an answer began."""
    return BEGAN if BEGAN in a else _LANGFUSE + "completion_start_time"


def told_in(a: Mapping[str, Any], told: str, side: str) -> str:
    """The key of what a span of this type was given, or made."""
    own = f"mastra.{told}.{side}"
    return own if own in a else _LANGFUSE + side


def without_operation(name: str) -> str:
    """The name of a workflow, of a step of one or of a tool, without what it is."""
    for operation in _OPERATIONS:
        name = name.removeprefix(operation) or name
    return name


def _step(draft: Draft, a: Mapping[str, Any]) -> None:
    """What the call inside was asked, and the tools it called, stand on the step around it."""
    given = rd.decoded(a.get(told_in(a, "model_step", "input")))
    body = given.get("body", given) if isinstance(given, dict) else given
    scratch = Draft(draft.span, NAME, "llm")
    bodies.request(scratch, body)
    draft.messages_in, draft.tools = scratch.messages_in, scratch.tools
    made = rd.decoded(a.get(told_in(a, "model_step", "output")))
    if isinstance(made, dict):
        calls = made.get("toolCalls")
        listed = calls if isinstance(calls, list) else []
        found = [tool_call(c) for c in listed if isinstance(c, dict)]
        if isinstance(made.get("text"), str) and made["text"]:
            found.insert(0, text_part(made["text"]))
        if found:
            draft.messages_out = [shapes.message("assistant", [*_thoughts(draft, a), *found])]
    told = bodies.about_answer(rd.decoded(a.get(ANSWER)))
    draft.response_model, draft.response_id = told.model, told.identity
    draft.lends = bool(draft.messages_in or draft.messages_out)


PIECE = "mastra.model_chunk.output"


def _asked_for(draft: Draft, a: Mapping[str, Any]) -> None:
    """A tool that a piece of an answer asks for: one that waits for a person's word, or is refused
    it, stands nowhere else."""
    made = rd.decoded(a.get(told_in(a, "model_chunk", "output")))
    if isinstance(made, dict) and isinstance(made.get("toolName"), str) and "toolInput" in made:
        draft.kind, draft.name = "tool", made["toolName"] or draft.name
        asked = call_part(made.get("toolCallId"), made["toolName"], made["toolInput"])
        draft.messages_out = [shapes.message("assistant", [asked])]


def _counted(draft: Draft, a: Mapping[str, Any]) -> None:
    """The model that was asked, the tokens and the end, which stand at the step alone."""
    draft.request_model, draft.provider = asked_in(a)
    told = bodies.about_answer(rd.decoded(a.get(ANSWER)))
    draft.usage, draft.finish_reason = told.usage, told.finish
    draft.lends = draft.lends_counts = True  # also where nothing says what was asked


def asked_in(a: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The model that a step asked, and its provider."""
    about = rd.parsed(a.get(METADATA + "modelMetadata"))
    if not isinstance(about, dict):
        return None, None
    named = rd.text(about, "modelProvider")
    return rd.text(about, "modelId"), provider(company(named)) if named else None


ANSWER = METADATA + "body"
"""As the provider gave it, where it did not stream."""


def take_apart(around: Draft, steps: Sequence[Draft]) -> bool:
    """Makes the steps of a generation, which tells of all its calls as of one until 1.6x, these calls,
    where each of several holds what its answer counted; whether it did. Of a generation that failed
    the last one did, if it counts nothing."""
    told = [bodies.about_answer(rd.decoded(s.span.attributes.get(ANSWER))) for s in steps]
    counts = [bool(t.usage.input_tokens or t.usage.output_tokens) for t in told]
    failed = not counts[-1] and (around.error is not None or around.finish_reason == "error")
    if len(steps) < _SEVERAL or not all(counts[:-1] if failed else counts):
        return False
    for step, answer in zip(steps, told, strict=True):
        step.role, step.kind, step.lends = "call", "llm", False
        model, whose = asked_in(step.span.attributes)
        step.request_model = model or around.request_model
        step.provider = whose or around.provider
        step.usage, step.finish_reason = answer.usage, answer.finish
        step.system, step.tools = step.system or around.system, step.tools or around.tools
        step.parameters = step.parameters or around.parameters
    if failed:
        steps[-1].error = steps[-1].error or around.error
        steps[-1].finish_reason = around.finish_reason
        if steps[-1].output == "":
            steps[-1].output, steps[-1].has_output = None, False
    around.role, around.kind, around.usage = "hop", "chain", NO_USAGE
    for fact in _OF_CALLS:
        setattr(around, fact, None)
    return True


_SEVERAL = 2
_OF_CALLS = ("provider", "request_model", "response_model", "response_id", "finish_reason")


def _thoughts(draft: Draft, a: Mapping[str, Any]) -> list[Part]:
    scratch = Draft(draft.span, NAME, "llm")
    bodies.response(scratch, rd.decoded(a.get(ANSWER)))
    return [p for m in scratch.messages_out for p in m.parts if p.get("type") == "reasoning"]


def _payloads(draft: Draft, a: Mapping[str, Any], told: str) -> None:
    given, made = (a.get(told_in(a, told, side)) for side in ("input", "output"))
    if draft.input is None and not draft.messages_in and given is not None:
        draft.input = _question(given) if told in _ANSWERING else rd.decoded(given)
    if not draft.has_output and not draft.messages_out and made is not None:
        draft.output = _answer(made) if told in _ANSWERING else rd.decoded(made)
        draft.has_output = draft.output != ""  # what failed made nothing


_ANSWERING = ("agent_run", "model_generation", "model_step", "model_inference")


def _question(given: Any) -> Json:
    """What the last message says."""
    opened = rd.decoded(given)
    listed = opened.get("messages") if isinstance(opened, dict) else opened
    asked = (
        msg.messages(listed) if isinstance(listed, list) and all(map(_is_message, listed)) else []
    )
    return msg.readable_input(asked) if asked else opened


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "role" in value


def _answer(made: Any) -> Json:
    """The object or the text of what an agent or a generation made."""
    opened = rd.decoded(made)
    if isinstance(opened, dict) and ("text" in opened or "object" in opened):
        found = opened.get("object")
        return found if found is not None else rd.decoded(opened.get("text"))
    return opened


CONVENTION = Convention(NAME, read, scopes=("@mastra/*", "mastra"), marks=claims)
