"""OpenTelemetry GenAI, eras A to D: span attributes, span events and log events.

Source: the GenAI semantic conventions up to the 2026 repository; docs/conventions.md has the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import ErrorInfo, HopKind, Message, Score
from misstep_store.conventions import messages as msg
from misstep_store.conventions import reading as rd
from misstep_store.conventions.types import Convention, Draft, Logs, Usage
from misstep_store.spans import Span

NAME = "otel-genai"

KINDS: dict[str, HopKind] = {
    "chat": "llm",
    "generate_content": "llm",
    "text_completion": "llm",
    "embeddings": "embedding",
    "retrieval": "retriever",
    "execute_tool": "tool",
    "invoke_agent": "agent",
    "create_agent": "agent",
    "invoke_workflow": "chain",
    "rerank": "reranker",
}
PROVIDERS = {
    "az.ai.openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "vertex_ai": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "xai": "x_ai",
}
_ROLE_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_DETAILS = "gen_ai.client.inference.operation.details"
_NOT_PARAMETERS = ("model", "stream")


def claims(span: Span) -> bool:
    """A span of the GenAI conventions."""
    return "gen_ai.operation.name" in span.attributes or "gen_ai.request.model" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a: dict[str, Any] = dict(span.attributes)
    for record in logs:
        if _event_name(record.event_name, record.attributes) == _DETAILS:
            a = {**record.attributes, **a}
    for event in span.events:
        if event.name == _DETAILS:
            a = {**event.attributes, **a}
    operation = rd.text(a, "gen_ai.operation.name") or ""
    kind: HopKind = KINDS.get(operation, "llm" if "gen_ai.request.model" in a else "chain")
    draft = Draft(span=span, convention=NAME, kind=kind, name=_name(span, a, kind))
    draft.role = "call" if kind in ("llm", "embedding", "reranker") else "hop"
    models_and_usage(draft, a)
    _messages(draft, a, span, logs)
    _tool(draft, a)
    _retrieval(draft, a)
    _rest(draft, a, logs)
    return draft


def _name(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    if kind == "tool":
        return rd.text(a, "gen_ai.tool.name") or span.name
    if kind == "agent":
        return rd.text(a, "gen_ai.agent.name") or span.name
    return span.name


def models_and_usage(draft: Draft, a: Mapping[str, Any]) -> None:
    """Provider, models, tokens, finish reason and parameters: shared by GenAI's descendants."""
    provider = rd.text(a, "gen_ai.provider.name", "gen_ai.system")
    provider = provider.lower() if provider else None
    draft.provider = PROVIDERS.get(provider or "", provider)
    draft.request_model = rd.text(a, "gen_ai.request.model")
    draft.response_model = rd.text(a, "gen_ai.response.model")
    draft.response_id = rd.text(a, "gen_ai.response.id")
    draft.finish_reason = rd.first(a.get("gen_ai.response.finish_reasons"))
    u = "gen_ai.usage."
    draft.usage = Usage(
        rd.integer(a, u + "input_tokens", u + "prompt_tokens"),
        rd.integer(a, u + "output_tokens", u + "completion_tokens"),
        rd.integer(a, u + "cache_read.input_tokens", u + "cache_read_input_tokens"),
        rd.integer(
            a,
            u + "cache_write.input_tokens",
            u + "cache_creation.input_tokens",
            u + "cache_creation_input_tokens",
        ),
    )
    draft.reasoning_tokens = rd.integer(a, u + "reasoning.output_tokens", u + "reasoning_tokens")
    seconds = rd.number(
        a, "gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk"
    )
    draft.time_to_first_token_ms = seconds * 1000 if seconds is not None else None
    prefix = "gen_ai.request."
    draft.parameters = {
        k[len(prefix) :]: rd.plain(v)
        for k, v in a.items()
        if k.startswith(prefix) and k[len(prefix) :] not in _NOT_PARAMETERS
    }
    if rd.text(a, "gen_ai.output.type"):
        draft.parameters["output.type"] = a["gen_ai.output.type"]
    draft.cost_usd = rd.number(a, "gen_ai.cost.total_cost", "gen_ai.usage.cost", "operation.cost")


def _messages(draft: Draft, a: Mapping[str, Any], span: Span, logs: Logs) -> None:
    draft.messages_in = msg.messages(a.get("gen_ai.input.messages"))
    draft.messages_out = msg.messages(a.get("gen_ai.output.messages"))
    if not draft.messages_in and not draft.messages_out:
        _from_events(draft, span, logs)
    if not draft.messages_in:
        draft.messages_in = _indexed(a, "gen_ai.prompt")
    if not draft.messages_out:
        draft.messages_out = _indexed(a, "gen_ai.completion")
    draft.system = msg.system_text(a.get("gen_ai.system_instructions"))
    tools = rd.parsed(a.get("gen_ai.tool.definitions"))
    draft.tools = [t for t in tools if isinstance(t, dict)] if isinstance(tools, list) else []
    finish_messages(draft)


def finish_messages(draft: Draft) -> None:
    """Fills what follows from the messages: system prompt, input, output, finish reason."""
    if draft.system is None:
        system = [m.text for m in draft.messages_in if m.role == "system"]
        draft.system = "\n".join(system) or None
    if draft.input is None and draft.messages_in:
        draft.input = msg.readable_input(draft.messages_in)
    if not draft.has_output and draft.messages_out:
        draft.output = msg.readable_output(draft.messages_out)
        draft.has_output = draft.output is not None
    if draft.finish_reason is None:
        said = (m.finish_reason for m in draft.messages_out)
        draft.finish_reason = next((f for f in said if f), None)


def _indexed(a: Mapping[str, Any], prefix: str) -> list[Message]:
    """``gen_ai.prompt.0.role`` and so on, as old OpenLLMetry writes them."""
    made = []
    for item in rd.indexed(a, prefix):
        calls = [
            {"id": c.get("id"), "name": c.get("name"), "arguments": c.get("arguments")}
            for c in rd.indexed(item, "tool_calls")
        ]
        content = rd.parsed(item.get("content"))
        made.append(
            msg.message(
                {
                    "role": item.get("role")
                    or ("assistant" if prefix.endswith("completion") else "user"),
                    "content": content if isinstance(content, list) else item.get("content"),
                    "tool_calls": calls,
                    "tool_call_id": item.get("tool_call_id"),
                    "finish_reason": item.get("finish_reason"),
                }
            )
        )
    return made


def _from_events(draft: Draft, span: Span, logs: Logs) -> None:
    """Era B: one span event or log record a message."""
    carried = [(e.name, e.attributes, None) for e in span.events]
    carried += [(_event_name(r.event_name, r.attributes), r.attributes, r.body) for r in logs]
    for name, attributes, body in carried:
        content = rd.parsed(body) if body is not None else dict(attributes)
        if not isinstance(content, dict):
            content = {"content": content}
        if name in _ROLE_EVENTS:
            draft.messages_in.append(msg.message({"role": _ROLE_EVENTS[name]} | _bedrock(content)))
        elif name == "gen_ai.choice":
            inner = rd.parsed(content.get("message"))
            inner = inner if isinstance(inner, dict) else {"content": inner}
            said = {"role": "assistant"} | _bedrock(inner)
            draft.messages_out.append(
                msg.message(said | {"finish_reason": content.get("finish_reason")})
            )


def _bedrock(content: dict[str, Any]) -> dict[str, Any]:
    """Strands puts Bedrock's content blocks in JSON text."""
    blocks = rd.parsed(content.get("content"))
    return {**content, "content": blocks} if isinstance(blocks, list) else content


def _event_name(name: str, attributes: Mapping[str, Any]) -> str:
    return name or str(attributes.get("event.name") or "")


def _tool(draft: Draft, a: Mapping[str, Any]) -> None:
    if draft.kind != "tool":
        return
    draft.tool_call_id = rd.text(a, "gen_ai.tool.call.id")
    if "gen_ai.tool.call.arguments" in a:
        draft.input = rd.parsed(a["gen_ai.tool.call.arguments"])
    if "gen_ai.tool.call.result" in a:
        draft.output, draft.has_output = rd.parsed(a["gen_ai.tool.call.result"]), True


def _retrieval(draft: Draft, a: Mapping[str, Any]) -> None:
    documents = rd.parsed(a.get("gen_ai.retrieval.documents"))
    if isinstance(documents, list):
        draft.documents = [d for d in documents if isinstance(d, dict)]
        if not draft.has_output:
            draft.output, draft.has_output = draft.documents, True
    query = rd.text(a, "gen_ai.retrieval.query.text")
    if query and draft.input is None:
        draft.input = query


def _rest(draft: Draft, a: Mapping[str, Any], logs: Logs) -> None:
    draft.session_id = rd.text(a, "gen_ai.conversation.id", "session.id")
    draft.user_id = rd.text(a, "user.id", "enduser.id", "gen_ai.user")
    draft.prompt_name = rd.text(a, "gen_ai.prompt.name")
    draft.prompt_version = rd.text(a, "gen_ai.prompt.version")
    failure = rd.error_of(draft.span)
    if failure:
        draft.error = ErrorInfo(type=failure[0], message=failure[1], stacktrace=failure[2])
    for record in logs:
        if _event_name(record.event_name, record.attributes) == "gen_ai.evaluation.result":
            e = record.attributes
            draft.scores.append(
                Score(
                    name=rd.text(e, "gen_ai.evaluation.name") or "evaluation",
                    value=rd.number(e, "gen_ai.evaluation.score.value"),
                    label=rd.text(e, "gen_ai.evaluation.score.label"),
                    explanation=rd.text(e, "gen_ai.evaluation.explanation"),
                    hop_id=draft.span.span_id,
                    by="evaluation",
                )
            )


CONVENTION = Convention(NAME, claims, read)
