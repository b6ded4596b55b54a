"""OpenTelemetry GenAI, eras A to D: span attributes, span events and log events.

Most other conventions carry some of these attributes too, so every step here fills only what the
draft lacks, and the other conventions end with :func:`fill`.

Source: the GenAI semantic conventions up to the 2026 repository; docs/conventions.md has the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content import flattened, responses
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish, payloads, provider
from misstep_store.conventions.raw import bedrock, streams
from misstep_store.conventions.raw.said import one_of
from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.readers import genai_steps as steps
from misstep_store.conventions.readers import genai_tools as tools
from misstep_store.conventions.readers import generic, sentry
from misstep_store.conventions.types import NO_USAGE, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.times import first_piece, waited_as_told, waited_ms
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "otel-genai"

KINDS: dict[str, HopKind] = {
    "chat": "llm",
    "generate_content": "llm",
    "text_completion": "llm",
    "completion": "llm",
    "acompletion": "llm",
    "responses": "llm",
    "message": "llm",
    "embeddings": "embedding",
    "embedding": "embedding",
    "aembedding": "embedding",
    "retrieval": "retriever",
    "retrieve": "retriever",
    "vector_db_retrieve": "retriever",
    "execute_tool": "tool",
    "invoke_agent": "agent",
    "create_agent": "agent",
    "invoke_workflow": "chain",
    "submit_tool_outputs": "chain",  # to an agent that Azure runs
    **dict.fromkeys(("connect", "send", "close"), "chain"),  # of a live session
    "conversation": "chain",
    "initiate_chats": "chain",
    "speaker_selection": "chain",
    "await_human_input": "chain",
    "code_execution": "tool",
    "execute_task": "chain",
    "agent_step": "chain",
    "execute_event_loop_cycle": "chain",
    "chain": "chain",
    "rerank": "reranker",
    "realtime_inference": "llm",
    "decision": "llm",
    "user_speech": "chain",
    "plan": "chain",
    "fetch_response": "chain",  # of an answer that was given before
    "search_memory": "retriever",
    **dict.fromkeys(("create_memory", "update_memory", "upsert_memory", "delete_memory"), "chain"),
    "run_guardrail": "guardrail",
    "guardrail": "guardrail",
    "evaluate": "evaluator",
    "evaluation": "evaluator",
}
_REQUEST = "gen_ai.request."
_OF_OPENAI = (
    ("gen_ai.openai.request.response_format", "response_format"),
    ("gen_ai.openai.request.seed", "seed"),
    *((head + "openai.request.service_tier", "service_tier") for head in ("", "gen_ai.")),
    ("gen_ai.retrieval.top_k", "top_k"),
)
_VECTORS_OF = "gen_ai.request.embedding_inputs"
_NOT_PARAMETERS = frozenset(
    {
        *("gen_ai.request.model", "gen_ai.request.stream", "gen_ai.request.tools", _VECTORS_OF),
        *("gen_ai.request.id", "gen_ai.request.messages"),
        *sentry.WORDS,
    }
)
_UNSET: tuple[Any, ...] = ("", -1, None, [], (), "Not set")
_TEXTS = (
    ("gen_ai.request.model", "request_model"),
    ("gen_ai.response.model", "response_model"),
    ("gen_ai.response.id", "response_id"),
    ("gen_ai.response_id", "response_id"),
)
ASKED = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
SAID = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
CACHED = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    *("gen_ai.usage.cached_tokens", "gen_ai.usage.cached_input_tokens"),
    *("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cached_tokens"),
    "gen_ai.usage.prompt_tokens_details.cached_tokens",
    "gen_ai.usage.prompt_tokens_details.cache_read",
)
WRITTEN = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.details.cache_write_tokens",
    "gen_ai.usage.prompt_tokens_details.cache_creation_tokens",
    "gen_ai.usage.prompt_tokens_details.cache_write",
)
REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "llm.usage.reasoning_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.reasoning.tokens",
    "gen_ai.usage.details.reasoning_tokens",
    "gen_ai.usage.completion_tokens_details.reasoning_tokens",
    "gen_ai.usage.completion_tokens_details.reasoning",
    "gen_ai.usage.reasoning_output_tokens",
    "gen_ai.usage.thinking_tokens",
    "gen_ai.usage.experimental.reasoning_tokens",
    *("gen_ai.usage.thoughts_tokens", "thoughts_token_count"),
)
COSTS = ("gen_ai.cost.total_cost", "gen_ai.usage.cost", "operation.cost", "litellm.cost.total")
FIRST_CHUNKS = (
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.streaming.time_to_first_token",
    "gen_ai.latency.time_to_first_token",  # vLLM's
)
STARTED = "gen_ai.response.time_to_first_token"
WAITED_MS = ("ttft_ms", "copilot_chat.time_to_first_token")


def claims(span: Span) -> bool:
    """A span of the GenAI conventions."""
    a = span.attributes
    return (
        "gen_ai.operation.name" in a
        or "gen_ai.request.model" in a
        or "gen_ai.provider.name" in a
        or "gen_ai.system" in a
        or "gen_ai.tool.name" in a
        or "gen_ai.input.messages" in a  # a step of Agent 365's
        or "gen_ai.output.messages" in a
        or "gen_ai.response.model" in a
        or SERVED in a
    )


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = attributes(span, logs)
    kind = bedrock.kind_by_name(span, kind_of(a))
    draft = Draft(span, NAME, kind, name_of(span, a, kind))
    fill(draft, a, logs)
    finish(draft)
    payloads(draft, a, ("input.value",), (ANSWER,))
    if kind == "chain":
        generic.by_words(draft, a)
    return draft


ANSWER = "output.value"
"""OpenInference's, which some write beside GenAI's words."""


def attributes(span: Span, logs: Logs) -> Mapping[str, Any]:
    """The attributes, with those of the details event where there is one."""
    return events.with_details(span, logs) if logs or span.events else span.attributes


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a GenAI operation; a span that names a model and no operation is a call."""
    operation = a.get("gen_ai.operation.name")
    if isinstance(operation, str):
        known = KINDS.get(operation)
        if known == "llm" and "gen_ai.tool.name" in a and "gen_ai.request.model" not in a:
            return "tool"  # Logfire calls whatever fails beside a model a chat
        if known is not None:
            return known
        return KINDS.get(operation.lower()) or _unknown(operation.lower(), a)
    if "gen_ai.tool.name" in a and "gen_ai.request.model" not in a:
        return "tool"
    if "gen_ai.guardrail.name" in a:
        return "guardrail"
    if a.get("db.operation") == "search" and "gen_ai.request.model" not in a:
        return "retriever"
    if "gen_ai.request.model" in a:
        return "chain" if _is_a_proxys_step(a) else "llm"
    return "llm" if SERVED in a or ("gen_ai.response.model" in a and _is_counted(a)) else "chain"


SERVED = "gen_ai.request.id"
"""What a server that runs models, vLLM or SGLang, calls the request that it tells of."""


def _is_counted(a: Mapping[str, Any]) -> bool:
    """Whether it is told how many tokens a model said."""
    return any(key in a for key in SAID)


def _is_a_proxys_step(a: Mapping[str, Any]) -> bool:
    """Whether the model is all that is told: LiteLLM's proxy of 2026 writes it on each step of a
    request, its web framework's too."""
    return any(k.startswith("litellm.") for k in a) and not any(
        k.startswith("gen_ai.") and k not in _OF_STEPS for k in a
    )


_OF_STEPS = ("gen_ai.request.model", "gen_ai.conversation.id")


_WORDS: tuple[tuple[str, HopKind], ...] = (
    ("embed", "embedding"),
    ("rerank", "reranker"),
    ("retriev", "retriever"),
    ("guard", "guardrail"),
    ("tool", "tool"),
    ("agent", "agent"),
)
_STEPS = ("workflow", "task", "step", "cycle", "team", "session")


_TOLD_OFTEN = ("gen_ai.thread.run.id", "gen_ai.voice.event_type")
"""A run of an agent in Azure, and each event of a live session there: an answer is told of when it
starts, while it comes and, with its tokens, when it is whole."""


def _unknown(operation: str, a: Mapping[str, Any]) -> HopKind:
    """An operation of no convention, by its words; what a model answered to is a call."""
    for word, kind in _WORDS:
        if word in operation:
            return kind
    if any(key in a for key in _TOLD_OFTEN):
        return "llm" if _is_counted(a) else "chain"
    if any(word in operation for word in _STEPS) or "gen_ai.request.model" not in a:
        return "chain"
    answered = "gen_ai.response.model" in a or "gen_ai.response.id" in a
    return "llm" if answered or "gen_ai.usage.input_tokens" in a else "chain"


def name_of(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    """A tool's and an agent's own name, else the span's without its operation."""
    if kind == "tool":
        return rd.text(a, "gen_ai.tool.name") or named(span.name, kind)
    if kind == "agent":
        return rd.text(a, "gen_ai.agent.name") or named(span.name, kind)
    if kind == "chain" and a.get("gen_ai.operation.name") == "invoke_workflow":
        return named(span.name, kind)
    if kind == "guardrail":
        return rd.text(a, *CHECKERS) or span.name
    return span.name


CHECKERS = ("gen_ai.guardrail.component.name", "gen_ai.guardrail.name")
"""Who checks."""

_OPERATIONS = {"tool": "execute_tool ", "agent": "invoke_agent ", "chain": "invoke_workflow "}


def named(name: str, kind: str) -> str:
    """The name of a tool's, agent's or workflow's span without the operation before it."""
    return name.removeprefix(_OPERATIONS.get(kind, "")) or name


def fill(draft: Draft, a: Mapping[str, Any], logs: Logs = ()) -> None:
    """Everything GenAI attributes, events and logs say that the draft lacks."""
    models(draft, a)
    usage(draft, a)
    parameters(draft, a)
    if draft.kind == "tool":
        tools.fill(draft, a)
    else:
        _messages(draft, a, logs)
    if not sentry.WORDS.isdisjoint(a):
        sentry.fill(draft, a)
    if draft.kind == "retriever" or "gen_ai.retrieval.documents" in a:
        steps.retrieval(draft, a)
    if draft.kind == "embedding" and draft.input is None and _VECTORS_OF in a:
        found = rd.parsed(a[_VECTORS_OF])
        is_wrapped = isinstance(found, list) and len(found) == 1 and isinstance(found[0], list)
        draft.input = found[0] if is_wrapped else found
    if draft.kind == "guardrail":
        steps.guardrail(draft, a)
    elif steps.ANSWERS in a:
        payloads(draft, a, ("gen_ai.decision.questions",), (steps.ANSWERS,))
    elif draft.kind in ("chain", "agent"):
        payloads(draft, a, STEP_INPUTS, STEP_OUTPUTS)
        if steps.KEPT in a:
            payloads(draft, a, (steps.KEPT,), ())
    elif draft.kind == "embedding":
        payloads(draft, a, _EMBEDDED, ())
    if logs and draft.error is None:
        draft.error = events.failure(logs)
    about(draft, a)


STEP_INPUTS = ("gen_ai.workflow.input", "gen_ai.task.input")
_EMBEDDED = ("gen_ai.embeddings.input.texts",)
STEP_OUTPUTS = ("gen_ai.workflow.output", "gen_ai.task.output")


def models(draft: Draft, a: Mapping[str, Any]) -> None:
    """Provider, models, response id, finish reason and time to the first token."""
    get = a.get
    if draft.provider is None:
        draft.provider = provider(rd.text(a, *PROVIDERS))
    for key, name in _TEXTS:
        value = get(key)
        if value and type(value) is str and getattr(draft, name) is None:
            setattr(draft, name, value)
    if draft.finish_reason is None:
        reasons = get("gen_ai.response.finish_reasons")
        if reasons is None:
            reasons = get("gen_ai.response.finish_reason", get("gen_ai.response.stop_reason"))
        if reasons is not None:
            draft.finish_reason = responses.ended_of(a, reasons)
    if draft.time_to_first_token_ms is None:
        seconds = rd.number(a, *FIRST_CHUNKS)
        if seconds is not None:
            draft.time_to_first_token_ms = seconds * 1000
        elif STARTED in a:
            draft.time_to_first_token_ms = waited_as_told(rd.number(a, STARTED))
        elif (waited := rd.number(a, *WAITED_MS)) is not None:
            draft.time_to_first_token_ms = waited
        elif draft.span.events:
            draft.time_to_first_token_ms = waited_ms(draft.span, first_piece(draft.span.events))


PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "langtrace.service.name")
_OF_LANGTRACE = PROVIDERS[-1]
_SESSIONS = (
    *("gen_ai.conversation.id", "session.id"),
    *("gen_ai.realtime_session.id", "gen_ai.live_session.id"),
    "gen_ai.thread.id",  # Azure's
)
_USERS = (
    "user.id",
    "enduser.id",
    "gen_ai.user",
    "gen_ai.request.user",
    "gen_ai.user.id",
    generic.PSEUDONYM,
)
COUNTED = ("gen_ai.usage.raw", "mirascope.response.usage")
"""Objects of counts beside them."""


def usage(draft: Draft, a: Mapping[str, Any]) -> None:
    """Tokens by every name they had, and what the sender says they cost."""
    asked, said = rd.integer(a, *ASKED), rd.integer(a, *SAID)
    if not (asked or said) and draft.span.events:
        a = next((e.attributes for e in draft.span.events if e.name == events.USAGE), a)
        asked, said = rd.integer(a, *ASKED), rd.integer(a, *SAID)
    if asked or said:
        found = Usage(
            asked,
            said,
            rd.integer(a, *CACHED),
            rd.integer(a, *WRITTEN),
            rd.integer(a, *REASONING),
        )
        draft.usage = found if draft.usage is NO_USAGE else merged(draft.usage, found)
    elif draft.usage is NO_USAGE:
        total = rd.integer(a, "gen_ai.usage.total_tokens", "llm.usage.total_tokens")
        if total and draft.kind == "embedding":
            draft.usage = Usage(total)
    for key in COUNTED:
        if key in a:
            draft.usage = merged(draft.usage, usage_of(a[key]))
    if draft.cost_usd is None:
        # 0 for tokens that were used says that the sender knew no price.
        draft.cost_usd = rd.number(a, *COSTS) or None


def parameters(draft: Draft, a: Mapping[str, Any]) -> None:
    """Request parameters under their GenAI names."""
    found = {
        k[15:]: v if isinstance(v, int | float) else rd.parsed(v)
        for k, v in a.items()
        if k.startswith(_REQUEST)
        and k not in _NOT_PARAMETERS
        and v not in _UNSET
        and not k.startswith(tools.FLAT)
    }
    for key, name in _OF_OPENAI:
        if a.get(key, "default") != "default" and name not in found:
            found[name] = rd.plain(a[key])
    kind = a.get("gen_ai.output.type")
    if kind:
        found["output.type"] = rd.plain(kind)
    if found:
        draft.parameters = {**found, **draft.parameters}


def _messages(draft: Draft, a: Mapping[str, Any], logs: Logs) -> None:
    get = a.get
    if not draft.messages_in:
        given = get("gen_ai.input.messages")
        if given is not None:
            draft.messages_in = msg.messages(given)
    if not draft.messages_out:
        given = get("gen_ai.output.messages")
        if given is not None:
            draft.messages_out = streams.answers(given)
            if len(draft.messages_out) > 1 and _items_of_one(draft, given):
                draft.messages_out = one_of(draft.messages_out)
    if draft.span.events or logs:
        events.read_messages(draft, draft.span, logs)
    if not draft.messages_in or not draft.messages_out:
        if draft.convention == NAME and isinstance(get(events.LISTED), str | list):
            events.read_listed(draft, rd.parsed(a[events.LISTED]))
        _older(draft, a)
        if draft.convention == NAME and draft.kind == "llm":
            _whole(draft, a)
    if draft.system is None:
        instructions = get("gen_ai.system_instructions")
        if instructions is not None:
            draft.system = msg.system_text(instructions)
    if not draft.tools:
        draft.tools = tools.offered(a)


_OF_ANY_AGENT = "gen_ai.output"


def _older(draft: Draft, a: Mapping[str, Any]) -> None:
    """Era A: ``gen_ai.prompt`` and ``gen_ai.completion``, indexed or as one text."""
    if not draft.messages_in:
        draft.messages_in = flattened.messages(a, "gen_ai.prompt", "user")
        if not draft.messages_in and isinstance(a.get("gen_ai.prompt"), str):
            draft.messages_in = msg.messages(a["gen_ai.prompt"])
    if not draft.messages_out:
        draft.messages_out = flattened.messages(a, "gen_ai.completion", "assistant")
        if not draft.messages_out and isinstance(a.get("gen_ai.completion"), str):
            draft.messages_out = msg.messages(a["gen_ai.completion"], "assistant")
        if not draft.messages_out and isinstance(a.get(_OF_ANY_AGENT), str):
            draft.messages_out = one_of(msg.messages(a[_OF_ANY_AGENT], "assistant"))
    if not draft.messages_out and "gen_ai.request.tool_results" in a:
        asked = rd.decoded(a["gen_ai.request.tool_results"])  # as Langtrace calls what is asked for
        if isinstance(asked, dict) and asked.get("type") == "tool_use":
            draft.messages_out = msg.messages({"role": "assistant", "content": [asked]})


def _whole(draft: Draft, a: Mapping[str, Any]) -> None:
    """What was asked and said where neither is told as messages."""
    if not draft.messages_in and isinstance(a.get("input.value"), str):
        draft.messages_in = msg.messages(a["input.value"])
    if not draft.messages_out and isinstance(a.get(ANSWER), str):
        draft.messages_out = msg.messages(a[ANSWER], "assistant")


def _items_of_one(draft: Draft, given: Any) -> bool:
    """Whether an answer is told as the items of one response: Azure's are messages by then."""
    return draft.span.scope.name.startswith("azure.") or responses.are_items(rd.parsed(given))


def about(draft: Draft, a: Mapping[str, Any]) -> None:
    """Session, user, prompt name and version."""
    if draft.session_id is None:
        draft.session_id = rd.text(a, *sessions(a))
    if draft.user_id is None:
        draft.user_id = rd.text(a, *users(a))
    if draft.prompt_name is None:
        draft.prompt_name = rd.text(a, "gen_ai.prompt.name")
    if draft.prompt_version is None:
        draft.prompt_version = rd.word(a, "gen_ai.prompt.version")
    if draft.kind in ("chain", "agent") and draft.pipeline is None:
        draft.pipeline = rd.text(a, "gen_ai.workflow.name")


def sessions(a: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of sessions, anybody's that end so too; Langtrace's are bare words."""
    return (*_SESSIONS, *generic.sessions_of(a), *(("session_id",) if _OF_LANGTRACE in a else ()))


def users(a: Mapping[str, Any]) -> tuple[str, ...]:
    """As :func:`sessions`, of who asked."""
    return (*_USERS, *generic.users_of(a), *(("user_id",) if _OF_LANGTRACE in a else ()))


CONVENTION = Convention(
    NAME,
    read,
    scopes=(
        "opentelemetry.instrumentation.genai.*",
        "opentelemetry.instrumentation.openai_v2",
        "opentelemetry.instrumentation.google_genai",
        "opentelemetry.instrumentation.vertexai_v2",
        "opentelemetry.util.genai*",
        "langtrace_python_sdk*",
    ),
    marks=claims,
)
