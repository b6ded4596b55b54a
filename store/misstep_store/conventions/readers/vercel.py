"""Vercel AI SDK up to 6 (``ai.*``) and 7 with @ai-sdk/otel (GenAI era C under scope ``gen_ai``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Message
from misstep_store.conventions import documents as docs
from misstep_store.conventions import messages as msg
from misstep_store.conventions import reading as rd
from misstep_store.conventions import shapes
from misstep_store.conventions.finishing import finish, payloads, provider
from misstep_store.conventions.parts import reasoning_part, text_part, tool_call
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs, Usage
from misstep_store.otlp.spans import Span

NAME = "vercel-ai"
_METADATA = "ai.telemetry.metadata."
SESSIONS = ("sessionId", "session_id", "threadId", "chatId", "conversationId")
_SETTINGS = {
    "maxOutputTokens": "max_tokens",
    "maxTokens": "max_tokens",
    "topP": "top_p",
    "topK": "top_k",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "stopSequences": "stop_sequences",
}
_CALLS = (".doGenerate", ".doStream", ".doEmbed", ".doRerank")


def claims(span: Span) -> bool:
    """Anything with an AI SDK operation."""
    return "ai.operationId" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    operation = a.get("ai.operationId")
    if not isinstance(operation, str):
        return _version_7(span, a, logs)
    kind = kind_of(operation)
    draft = Draft(span, NAME, kind, name_of(operation, a, kind))
    draft.role = "call" if is_call(operation) else "hop"
    _models(draft, a)
    _usage(draft, a)
    _asked(draft, a)
    _said(draft, a)
    _about(draft, a)
    if draft.role == "call":
        otel_genai.fill(draft, a, logs)
    _other_kinds(draft, a)
    return finish(draft)


def _version_7(span: Span, a: Mapping[str, Any], logs: Logs) -> Draft:
    kind = otel_genai.kind_of(a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    otel_genai.fill(draft, a, logs)
    return finish(draft)


def is_call(operation: str) -> bool:
    """Whether an operation is a call of a model, not a step around one."""
    return operation.endswith(_CALLS)


def kind_of(operation: str) -> HopKind:
    """The hop kind of an operation."""
    if operation == "ai.toolCall":
        return "tool"
    if operation.startswith("ai.embed"):
        return "embedding" if operation.endswith(".doEmbed") else "chain"
    if operation.startswith("ai.rerank"):
        return "reranker" if operation.endswith(".doRerank") else "chain"
    return "llm" if operation.endswith(_CALLS) else "chain"


def name_of(operation: str, a: Mapping[str, Any], kind: str) -> str:
    """A tool's own name; else the operation, and the function that was named with it."""
    if kind == "tool":
        return rd.text(a, "ai.toolCall.name") or operation
    function = rd.text(a, "ai.telemetry.functionId", "resource.name")
    return f"{operation} {function}" if function else operation


def _models(draft: Draft, a: Mapping[str, Any]) -> None:
    if draft.role == "call":
        named = rd.text(a, "gen_ai.system", "ai.model.provider") or ""
        draft.provider = provider(named.partition(".")[0])
        draft.request_model = rd.text(a, "gen_ai.request.model", "ai.model.id")
        draft.response_model = rd.text(a, "gen_ai.response.model", "ai.response.model")
    draft.response_id = rd.text(a, "gen_ai.response.id", "ai.response.id")
    draft.finish_reason = rd.text(a, "ai.response.finishReason", "ai.finishReason")
    draft.time_to_first_token_ms = rd.number(
        a, "ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"
    )
    if draft.parameters:
        return
    draft.parameters = {
        _SETTINGS.get(k[12:], k[12:]): rd.plain(v)
        for k, v in a.items()
        if k.startswith("ai.settings.") and k != "ai.settings.maxRetries"
    }


def _usage(draft: Draft, a: Mapping[str, Any]) -> None:
    u = "ai.usage."
    asked = rd.integer(a, u + "inputTokens", u + "promptTokens", u + "tokens")
    said = rd.integer(a, u + "outputTokens", u + "completionTokens")
    if asked or said:
        draft.usage = Usage(
            asked,
            said,
            rd.integer(a, u + "inputTokenDetails.cacheReadTokens", u + "cachedInputTokens"),
            rd.integer(a, u + "inputTokenDetails.cacheWriteTokens"),
            rd.integer(a, u + "outputTokenDetails.reasoningTokens", u + "reasoningTokens"),
        )


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
    choice = rd.parsed(a.get("ai.prompt.toolChoice"))
    if choice is not None:
        draft.parameters = {**draft.parameters, "tool_choice": choice}


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
    if parts:
        answer: Message = shapes.message("assistant", parts, None, draft.finish_reason)
        draft.messages_out = [answer]


def _about(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.session_id = rd.text(a, *(_METADATA + k for k in SESSIONS))
    draft.user_id = rd.text(a, _METADATA + "userId", _METADATA + "user_id", _METADATA + "user")
    if _METADATA + "tags" in a:
        draft.tags = rd.tags(a[_METADATA + "tags"])
    draft.prompt_name = rd.text(a, _METADATA + "promptName")
    draft.prompt_version = rd.word(a, _METADATA + "promptVersion")


def _other_kinds(draft: Draft, a: Mapping[str, Any]) -> None:
    if draft.kind == "tool":
        draft.tool_call_id = rd.text(a, "ai.toolCall.id")
        payloads(
            draft,
            a,
            ("ai.toolCall.args", "ai.toolCall.input"),
            ("ai.toolCall.result", "ai.toolCall.output"),
        )
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
        draft.input = {"query": rd.decoded(a.get("ai.query")), "documents": given}
        draft.documents = [
            docs.document(d) if isinstance(d, dict) else {"content": d} for d in given or ()
        ]
        if "ai.ranking" in a:
            ranked = a["ai.ranking"]
            draft.output = (
                [rd.decoded(r) for r in ranked] if isinstance(ranked, list) else rd.decoded(ranked)
            )
            draft.has_output = True


CONVENTION = Convention(NAME, read, scopes=("ai", "gen_ai", "@ai-sdk/*"), marks=claims)
