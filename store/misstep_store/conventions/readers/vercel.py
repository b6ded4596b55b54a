"""Vercel AI SDK up to 6 (``ai.*``) and 7 with @ai-sdk/otel (GenAI era C under scope ``gen_ai``)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import HopKind, Json, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import part, reasoning_part, text_part, tool_call
from misstep_store.conventions.finishing import company, finish, payloads, provider
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.readers.openllmetry import FUNCTIONS
from misstep_store.conventions.types import Alone, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.conventions.values.usage import usage_of
from misstep_store.otlp.spans import Span, SpanEvent

NAME = "vercel-ai"
_METADATA = (
    "ai.telemetry.metadata.",
    "langsmith.metadata.",  # as LangSmith's exporter calls it
    "traceloop.association.properties.",  # and Traceloop's
    "lmnr.association.properties.",  # of all spans that Laminar's tracer makes
    "ai.settings.context.",  # in 7, where users say who asks
)
_SESSIONS = ("sessionId", "session_id", "threadId", "chatId", "conversationId", "convoId")
_USERS = ("userId", "user_id", "user")


def told(*names: str) -> tuple[str, ...]:
    """Where metadata of these names stand."""
    return tuple(before + name for before in _METADATA for name in names)


SESSIONS, USERS, TAGS = told(*_SESSIONS), told(*_USERS), told("tags")


def sessions_of(a: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a session may stand, also in metadata of metadata: ``….metadata.acme.sessionId``."""
    return (*SESSIONS, *(k for k in a if k.startswith(_METADATA) and k.endswith(_IN_SESSIONS)))


def users_of(a: Mapping[str, Any]) -> tuple[str, ...]:
    """As :func:`sessions_of`, of who asked."""
    return (*USERS, *(k for k in a if k.startswith(_METADATA) and k.endswith(_IN_USERS)))


_IN_SESSIONS, _IN_USERS = (tuple(f".{n}" for n in names) for names in (_SESSIONS, _USERS))
PROMPT_NAMES, PROMPT_VERSIONS = told("promptName"), told("promptVersion")
_SETTINGS = {
    "maxOutputTokens": "max_tokens",
    "maxTokens": "max_tokens",
    "topP": "top_p",
    "topK": "top_k",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "stopSequences": "stop_sequences",
}
_CALLS = (".doGenerate", ".doStream", ".doEmbed", ".doRerank", ".doDecide")
_ALONE = ("ai.generateSpeech", "ai.transcribe", "ai.streamTranscribe", "ai.generateImage")
"""Calls without a step around them."""
_OF_7: dict[str, HopKind] = dict.fromkeys((*_ALONE, "decide"), "llm")
PROVIDERS = ("ai.model.provider", "gen_ai.system", "gen_ai.provider.name")
ASKED = ("inputTokens", "promptTokens", "tokens", "input_tokens")
SAID = ("outputTokens", "completionTokens", "output_tokens")
CACHED = ("inputTokenDetails.cacheReadTokens", "cachedInputTokens")
WRITTEN = ("inputTokenDetails.cacheWriteTokens",)
_USED = "ai.usage."
ALONE: dict[str, HopKind] = {
    "ai.generateText": "llm",
    "ai.streamText": "llm",
    "ai.generateObject": "llm",
    "ai.streamObject": "llm",
    "ai.embed": "embedding",
    "ai.embedMany": "embedding",
    "ai.rerank": "reranker",
}
"""Steps that are a call, where none is told of inside, as that of a stream which was stopped."""
REASONING = ("outputTokenDetails.reasoningTokens", "reasoningTokens")


def claims(span: Span) -> bool:
    """Anything with an AI SDK operation."""
    return "ai.operationId" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    operation = a.get("ai.operationId")
    if not isinstance(operation, str):
        return _failed(_version_7(span, a, logs))
    kind = kind_of(operation)
    draft = Draft(span, NAME, kind, name_of(operation, a, kind))
    draft.role = "call" if is_call(operation) else "hop"
    _models(draft, a)
    _usage(draft, a)
    _asked(draft, a)
    _said(draft, a)
    _about(draft, a)
    _other_kinds(draft, a)
    otel_genai.fill(draft, a, logs)
    for message in (*draft.messages_in, *draft.messages_out):
        message.parts = _opened(message.parts)
    if _WORDS in a and len(draft.messages_out) == 1 and not draft.messages_out[0].text:
        words = text_part(rd.text(a, _WORDS) or "")  # beside the tools that were asked for
        draft.messages_out[0].parts = [words, *draft.messages_out[0].parts]
    finish(draft)
    if draft.role == "hop":
        if operation in ALONE:
            told = (draft.provider, draft.request_model, draft.finish_reason)
            draft.alone = Alone(ALONE[operation], *told)
        for fact in OF_CALLS:
            setattr(draft, fact, None)
    return _failed(draft)


OF_CALLS = ("provider", "request_model", "response_model", "finish_reason")
"""What a step tells of its calls, and they tell themselves."""


def _version_7(span: Span, a: Mapping[str, Any], logs: Logs) -> Draft:
    kind = kind_of_7(a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    named = rd.text(a, "gen_ai.provider.name", "gen_ai.system")
    draft.provider = provider(company(named)) if named else None
    _usage(draft, a)
    _about(draft, a)
    _asked(draft, a)
    _said(draft, a)
    _other_kinds(draft, a)
    otel_genai.fill(draft, a, logs)
    used = draft.usage
    if (used.input_tokens or used.output_tokens) and not used.reasoning_tokens:
        thoughts = rd.integer(a, *(_USED + name for name in REASONING))
        draft.usage = used._replace(reasoning_tokens=thoughts)
    draft.instructs = kind == "agent"
    if a.get("gen_ai.operation.name") == "agent_step":
        draft.alone = Alone("llm")
    return finish(draft)


def _failed(draft: Draft) -> Draft:
    span = draft.span
    if draft.error is not None and is_anothers(span.attributes, span.events, span.status_message):
        draft.error = None
    return draft


def is_anothers(a: Mapping[str, Any], events: Sequence[SpanEvent], message: str) -> bool:
    """Whether a span failed only as OpenInference's processor says, which gives all spans of a trace
    the first failure of one of them: the SDK writes an exception where it fails itself."""
    if "openinference.span.kind" not in a or not message:
        return False
    ended = rd.text(a, "ai.response.finishReason") or rd.first(a.get(_REASONS))
    return ended != "error" and all(e.name != "exception" for e in events)


_REASONS = "gen_ai.response.finish_reasons"


def is_call(operation: str) -> bool:
    """Whether an operation is a call of a model, not a step around one."""
    return operation.endswith(_CALLS) or operation in _ALONE


def kind_of(operation: str) -> HopKind:
    """The hop kind of an operation."""
    if operation == "ai.toolCall":
        return "tool"
    if operation.startswith("ai.embed"):
        return "embedding" if operation.endswith(".doEmbed") else "chain"
    if operation.startswith("ai.rerank"):
        return "reranker" if operation.endswith(".doRerank") else "chain"
    return "llm" if is_call(operation) else "chain"


def kind_of_7(a: Mapping[str, Any]) -> HopKind:
    """As :func:`kind_of`, of a span of 7."""
    operation = a.get("gen_ai.operation.name")
    known = _OF_7.get(operation) if isinstance(operation, str) else None
    return known or otel_genai.kind_of(a)


def name_of(operation: str, a: Mapping[str, Any], kind: str) -> str:
    """A tool's own name; else the operation, and the function that was named with it."""
    if kind == "tool":
        return rd.text(a, "ai.toolCall.name", "gen_ai.tool.name") or operation
    function = rd.text(a, "ai.telemetry.functionId", "resource.name")
    return f"{operation} {function}" if function else operation


def _models(draft: Draft, a: Mapping[str, Any]) -> None:
    named = rd.text(a, *PROVIDERS)
    draft.provider = provider(company(named)) if named else None
    draft.request_model = rd.text(a, "gen_ai.request.model", "ai.model.id")
    draft.response_model = rd.text(a, "gen_ai.response.model", "ai.response.model")
    draft.response_id = rd.text(a, "gen_ai.response.id", "ai.response.id")
    draft.finish_reason = rd.text(a, "ai.response.finishReason", "ai.finishReason")
    draft.time_to_first_token_ms = rd.number(
        a, "ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"
    )
    draft.parameters = {
        _SETTINGS.get(k[12:], k[12:]): rd.plain(v)
        for k, v in a.items()
        if k.startswith("ai.settings.") and not k.startswith(_NOT_SETTINGS)
    }


_NOT_SETTINGS = ("ai.settings.maxRetries", "ai.settings.context.")


def _usage(draft: Draft, a: Mapping[str, Any]) -> None:
    asked = rd.integer(a, *(_USED + name for name in ASKED))
    said = rd.integer(a, *(_USED + name for name in SAID))
    if asked or said:
        counts = (
            rd.integer(a, *(_USED + name for name in names))
            for names in (CACHED, WRITTEN, REASONING)
        )
        draft.usage = Usage(asked, said, *counts)
        given = a.get(METADATA)
        if type(given) is str and may_count(given):
            draft.usage = counted(draft.usage, given)


METADATA = "ai.response.providerMetadata"
_COUNTS = re.compile(
    r'(?:[cC]ache\w{0,20}[iI]nput_?[tT]okens|cachedPromptTokens|reasoningTokens)": ?[1-9]'
)


def may_count(given: str) -> bool:
    """Whether what the provider told beside its answer counts what came from its cache."""
    return _COUNTS.search(given) is not None


def counted(used: Usage, given: str) -> Usage:
    """Tokens with what the provider itself counted, where the SDK does not say: up to 5 it counts
    Anthropic's without what came from the cache, and what was written to it never."""
    found = rd.parsed(given)
    for name, told in found.items() if isinstance(found, dict) else ():
        if not isinstance(told, dict):
            continue
        cached = rd.integer(told, "cacheReadInputTokens", "cachedPromptTokens")
        written = rd.integer(told, "cacheCreationInputTokens", "cacheWriteInputTokens")
        own = usage_of(told.get("usage"), anthropic_body=name == "anthropic")
        cached, written = cached or own.cached_tokens, written or own.cache_write_tokens
        thoughts = rd.integer(told, "reasoningTokens")
        used = used._replace(
            cached_tokens=used.cached_tokens or cached,
            cache_write_tokens=used.cache_write_tokens or written,
            reasoning_tokens=used.reasoning_tokens or thoughts,
        )
        if name == "anthropic" and used.input_tokens + cached + written == own.input_tokens:
            used = used._replace(input_tokens=own.input_tokens)
    return used


def _asked(draft: Draft, a: Mapping[str, Any]) -> None:
    if "ai.prompt.messages" in a:
        draft.messages_in = msg.messages(a["ai.prompt.messages"])
    elif "ai.prompt" in a:
        prompt = rd.parsed(a["ai.prompt"])
        if isinstance(prompt, dict):
            given = prompt.get("messages") or prompt.get("prompt")
            draft.messages_in = msg.messages(given)
            draft.system = msg.system_text(prompt.get("system"))
        elif isinstance(prompt, str):
            draft.messages_in = msg.messages(prompt)
    if "ai.prompt.tools" in a:
        draft.tools = docs.tools(rd.strings(a["ai.prompt.tools"]) or a["ai.prompt.tools"])
    elif FUNCTIONS + ".0.name" in a:  # Traceloop's processor makes them OpenLLMetry's
        draft.tools = [docs.tool(f) for f in rd.indexed(a, FUNCTIONS)]
    choice = rd.parsed(a.get("ai.prompt.toolChoice"))
    if choice is not None:
        draft.parameters = {**draft.parameters, "tool_choice": choice}


WORDS = (
    *("ai.response.text", "ai.response.toolCalls", "ai.response.object", "ai.response.reasoning"),
    *("ai.result.text", "ai.result.toolCalls", "ai.result.object", "ai.response.files"),
)
"""Where answers stand in its own words."""


def _said(draft: Draft, a: Mapping[str, Any]) -> None:
    parts = []
    thought = rd.text(a, "ai.response.reasoning")
    if thought:
        parts.append(reasoning_part(thought))
    text = rd.text(a, "ai.response.text", "ai.result.text")
    if text:
        parts.append(text_part(text))
    calls = rd.parsed(a.get("ai.response.toolCalls", a.get("ai.result.toolCalls")))
    if isinstance(calls, list):
        parts += [tool_call(c) for c in calls if isinstance(c, dict)]
    made = a.get("ai.response.object", a.get("ai.result.object"))
    if made is not None:
        draft.output, draft.has_output = rd.decoded(made), True
        if not parts and isinstance(made, str):
            parts.append(text_part(made))
    files = rd.parsed(a.get("ai.response.files"))
    if isinstance(files, list):
        parts += [part(f) for f in files if isinstance(f, dict)]
    if parts and not (text or calls or made):  # Traceloop's processor writes these in GenAI's words
        said = msg.messages(a.get("gen_ai.output.messages"), "assistant")
        words = [p for m in said for p in m.parts if p.get("type") in ("text", "tool_call")]
        parts = [*parts[:1], *words, *parts[1:]] if thought else [*words, *parts]
    if parts:
        answer: Message = shapes.message("assistant", parts, None, draft.finish_reason)
        draft.messages_out = [answer]


def _opened(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts of a message that Traceloop's processor printed as its one text, or result."""
    one = told[0] if len(told) == 1 else {}
    found = one.get("content") if one.get("type") == "text" else None
    if isinstance(found, str) and found.startswith("[{"):
        found = rd.parsed(found)
    elif one.get("type") == "tool_call_response" and not one.get("id"):
        found = one.get("response")
    if not (isinstance(found, list) and found) or not all(isinstance(p, dict) for p in found):
        return told
    return [part(p) for p in found] if all(p.get("type") in _PARTS for p in found) else told


_WORDS = "gen_ai.completion.0.content"
_PARTS = ("text", "reasoning", "file", "image", "tool-call", "tool-result")


def _about(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.session_id = rd.text(a, *sessions_of(a))
    draft.user_id = rd.text(a, *users_of(a))
    draft.tags = next((rd.tags(a[k]) for k in TAGS if k in a), ())
    draft.prompt_name = rd.text(a, *PROMPT_NAMES)
    draft.prompt_version = rd.word(a, *PROMPT_VERSIONS)


def _other_kinds(draft: Draft, a: Mapping[str, Any]) -> None:
    if draft.kind == "tool":
        draft.tool_call_id = rd.text(a, "ai.toolCall.id")
        payloads(
            draft,
            a,
            ("ai.toolCall.args", "ai.toolCall.input", "traceloop.entity.input"),
            ("ai.toolCall.result", "ai.toolCall.output", "traceloop.entity.output"),
        )
        return
    _sounds(draft, a)
    if "ai.decision.questions" in a:
        draft.input = {
            "state": rd.decoded(a.get("ai.decision.state")),
            "questions": rd.decoded(a["ai.decision.questions"]),
        }
        payloads(draft, a, (), ("ai.decision.answers",))
    if "ai.values" in a or "ai.value" in a:
        given = a.get("ai.values", a.get("ai.value"))
        texts = [rd.parsed(v) for v in given] if isinstance(given, list) else rd.parsed(given)
        draft.input = texts
    for key in ("ai.embeddings", "ai.embedding"):
        if key in a and not draft.has_output:
            given = a[key]
            made = [rd.parsed(v) for v in given] if isinstance(given, list) else rd.parsed(given)
            draft.output, draft.has_output = made, True
    if "ai.documents" in a:
        listed = a["ai.documents"]
        given = [rd.decoded(d) for d in listed] if isinstance(listed, list) else rd.decoded(listed)
        draft.input = {"documents": given}  # what was looked for is never told
        if "ai.ranking" in a:
            ranked = a["ai.ranking"]
            draft.output = (
                [rd.decoded(r) for r in ranked] if isinstance(ranked, list) else rd.decoded(ranked)
            )
            draft.has_output = True
            draft.documents = docs.in_order(given, draft.output)


def _sounds(draft: Draft, a: Mapping[str, Any]) -> None:
    """Speech and what was heard: of a sound its kind and size are told."""
    heard, made = _sound(a, "ai.request.audio."), _sound(a, "ai.response.audio.")
    if draft.input is None:
        draft.input = rd.text(a, "ai.request.text") or heard
    if made is not None and not draft.has_output:
        draft.output, draft.has_output = made, True


def _sound(a: Mapping[str, Any], before: str) -> dict[str, Json] | None:
    if before + "size" not in a:
        return None
    mime = rd.text(a, before + "media_type", before + "mediaType", before + "format")
    size = rd.integer(a, before + "size")
    return {"type": "blob", "modality": "audio", "mime_type": mime, "size_bytes": size}


CONVENTION = Convention(NAME, read, scopes=("ai", "gen_ai", "@ai-sdk/*"), marks=claims)
