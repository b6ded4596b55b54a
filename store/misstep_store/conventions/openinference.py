"""OpenInference: flattened messages, ``input.value`` / ``output.value``, its own span kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import ErrorInfo, HopKind, Json, Message, Score
from misstep_store.conventions import messages as msg
from misstep_store.conventions import reading as rd
from misstep_store.conventions.otel_genai import finish_messages
from misstep_store.conventions.types import Convention, Draft, Logs, Usage
from misstep_store.spans import Span

NAME = "openinference"

_KINDS: dict[str, HopKind] = {
    "LLM": "llm",
    "EMBEDDING": "embedding",
    "TOOL": "tool",
    "AGENT": "agent",
    "RETRIEVER": "retriever",
    "RERANKER": "reranker",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluator",
}


def claims(span: Span) -> bool:
    """Anything that names an OpenInference span kind."""
    return "openinference.span.kind" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = _KINDS.get(str(a.get("openinference.span.kind", "")).upper(), "chain")
    draft = Draft(span=span, convention=NAME, kind=kind, name=span.name)
    draft.role = "call" if kind in ("llm", "embedding", "reranker") else "hop"
    if kind == "tool":
        draft.name = rd.text(a, "tool.name") or span.name
    _models(draft, a)
    _usage(draft, a)
    _payloads(draft, a)
    _documents(draft, a)
    _rest(draft, a)
    return draft


def _models(draft: Draft, a: Mapping[str, Any]) -> None:
    provider = rd.text(a, "llm.provider", "llm.system")
    draft.provider = provider.lower() if provider else None
    parameters = rd.parsed(a.get("llm.invocation_parameters"))
    parameters = parameters if isinstance(parameters, dict) else {}
    named = rd.text(a, "llm.model_name", "embedding.model_name", "reranker.model_name")
    asked = rd.text(a, "llm.request.model_name") or parameters.get("model")
    draft.request_model = asked if isinstance(asked, str) else named
    draft.response_model = rd.text(a, "llm.response.model_name") or named
    draft.parameters = {k: v for k, v in parameters.items() if k not in ("model", "messages")}
    draft.finish_reason = rd.text(a, "llm.finish_reason")


def _usage(draft: Draft, a: Mapping[str, Any]) -> None:
    t = "llm.token_count."
    draft.usage = Usage(
        rd.integer(a, t + "prompt"),
        rd.integer(a, t + "completion"),
        rd.integer(a, t + "prompt_details.cache_read"),
        rd.integer(a, t + "prompt_details.cache_write"),
    )
    draft.reasoning_tokens = rd.integer(a, t + "completion_details.reasoning")
    draft.cost_usd = rd.number(a, "llm.cost.total")
    for event in draft.span.events:
        if event.name == "First Token Stream Event" and event.time_unix_nano:
            waited = event.time_unix_nano - draft.span.start_unix_nano
            draft.time_to_first_token_ms = max(0, waited) / 1e6


def _payloads(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.messages_in = _messages(a, "llm.input_messages", "user")
    draft.messages_out = _messages(a, "llm.output_messages", "assistant")
    draft.tools = [
        tool
        for item in rd.indexed(a, "llm.tools")
        if isinstance(tool := rd.parsed(item.get("tool.json_schema")), dict)
    ]
    raw_in, raw_out = rd.parsed(a.get("input.value")), rd.parsed(a.get("output.value"))
    if draft.kind in ("llm", "embedding") and (draft.messages_in or draft.messages_out):
        finish_messages(draft)
        if draft.finish_reason is None:
            draft.finish_reason = _finish(raw_out)
        draft.response_id = _response_id(raw_out)
    if draft.input is None:
        draft.input = raw_in
    if not draft.has_output and "output.value" in a:
        draft.output, draft.has_output = raw_out, True
    if draft.kind == "embedding" and draft.input is None:
        texts = [i.get("embedding.text") for i in rd.indexed(a, "embedding.embeddings")]
        draft.input = [t for t in texts if t] or None


def _messages(a: Mapping[str, Any], prefix: str, role: str) -> list[Message]:
    made = []
    for item in rd.indexed(a, prefix):
        fields = {k.removeprefix("message."): v for k, v in item.items()}
        content: Json = fields.get("content")
        contents = rd.indexed(fields, "contents")
        if content is None and contents:
            content = [_content(c) for c in contents]
        calls = [
            {
                "id": c.get("tool_call.id"),
                "name": c.get("tool_call.function.name"),
                "arguments": c.get("tool_call.function.arguments"),
            }
            for c in rd.indexed(fields, "tool_calls")
        ]
        made.append(
            msg.message(
                {
                    "role": fields.get("role") or role,
                    "content": content,
                    "name": fields.get("name"),
                    "tool_call_id": fields.get("tool_call_id"),
                    "tool_calls": calls,
                }
            )
        )
    return made


def _content(item: Mapping[str, Any]) -> dict[str, Any]:
    c = {k.removeprefix("message_content."): v for k, v in item.items()}
    if "text" in c:
        return {"type": "text", "text": c["text"]}
    url = c.get("image.image.url")
    if url:
        return {"type": "uri", "modality": "image", "uri": str(url)[:200]}
    return {"type": str(c.get("type") or "generic"), "content": rd.plain(c)}


def _finish(raw: Json) -> str | None:
    choices = raw.get("choices") if isinstance(raw, dict) else None
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        found = choices[0].get("finish_reason")
        return found if isinstance(found, str) else None
    found = raw.get("stop_reason") if isinstance(raw, dict) else None
    return found if isinstance(found, str) else None


def _response_id(raw: Json) -> str | None:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found if isinstance(found, str) else None


def _documents(draft: Draft, a: Mapping[str, Any]) -> None:
    for prefix in ("retrieval.documents", "reranker.output_documents"):
        for item in rd.indexed(a, prefix):
            d = {k.removeprefix("document."): v for k, v in item.items()}
            draft.documents.append({k: rd.parsed(v) for k, v in d.items()})
    if draft.documents and not draft.has_output:
        draft.output, draft.has_output = list(draft.documents), True
    query = rd.text(a, "reranker.query")
    if query and draft.input is None:
        draft.input = query


def _rest(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.session_id = rd.text(a, "session.id")
    draft.user_id = rd.text(a, "user.id")
    draft.prompt_version = rd.text(a, "llm.prompt_template.version")
    draft.tool_call_id = rd.text(a, "tool_call.id", "tool.id")
    tags = a.get("tag.tags")
    draft.tags = [str(t) for t in tags] if isinstance(tags, list) else []
    failure = rd.error_of(draft.span)
    if failure:
        draft.error = ErrorInfo(type=failure[0], message=failure[1], stacktrace=failure[2])
    for item in rd.indexed(a, "evaluations"):
        e = {k.removeprefix("evaluation."): v for k, v in item.items()}
        draft.scores.append(
            Score(
                name=str(e.get("name") or "evaluation"),
                value=rd.number(e, "score"),
                label=rd.text(e, "label"),
                explanation=rd.text(e, "explanation"),
                hop_id=draft.span.span_id,
                by=rd.text(e, "annotator_kind"),
            )
        )


CONVENTION = Convention(NAME, claims, read)
