"""LiteLLM, SDK and proxy: one call as ``litellm_request`` and again as ``raw_gen_ai_request``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from misstep.model import HopKind, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import flattened
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "litellm"
_REQUESTS: dict[str, HopKind] = {
    "completion": "llm",
    "acompletion": "llm",
    "text_completion": "llm",
    "atext_completion": "llm",
    "responses": "llm",
    "aresponses": "llm",
    "anthropic_messages": "llm",
    "embedding": "embedding",
    "aembedding": "embedding",
    "rerank": "reranker",
    "arerank": "reranker",
}
CALL_TYPE, COST = "litellm.call_type", "litellm.cost.total"
"""What its second callback says of a call beside GenAI's attributes."""
SESSIONS = (
    "metadata.session_id",
    "metadata.trace_session_id",
    "metadata.conversation_id",
    "gen_ai.conversation.id",
    "litellm.metadata.session_id",
)
USERS = (
    "llm.user",
    "metadata.user_api_key_end_user_id",
    "metadata.user_api_key_user_id",
    "metadata.user_id",
    "litellm.end_user.id",
    "litellm.metadata.user_api_key_end_user_id",
    "litellm.metadata.user_api_key_user_id",
)


def claims(span: Span) -> bool:
    """Its call id, its hidden parameters, or its raw request."""
    a = span.attributes
    return "litellm.call_id" in a or "hidden_params" in a or span.name == RAW


RAW = "raw_gen_ai_request"


def is_raw(name: str, a: Mapping[str, Any]) -> bool:
    """Whether it is a request as it went over the wire: by its name, which a program may choose for
    both of its spans, or with the fields of the request and the answer alone."""
    return name == RAW or (_ASKED.isdisjoint(a) and any(map(_WIRE.match, a)))


_ASKED = {"llm.request.type", "gen_ai.operation.name", CALL_TYPE, "openinference.span.kind"}


_WIRE = re.compile(r"llm\.(?!request\.|response\.|is_streaming)[\w-]+\.\w")


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    if is_raw(span.name, a):
        return _raw(span, a)
    kind = kind_of(a)
    draft = Draft(span, NAME, kind, (rd.text(a, GUARDRAIL) or "") if kind == "guardrail" else "")
    if kind in ("llm", "embedding", "reranker"):
        _call(draft, a)
        draft.wraps = is_of_program(span.scope.name)
    elif kind == "guardrail":
        told = (rd.text(a, f"litellm.guardrail.{n}") for n in ("status", "action"))
        status = {k: v for k, v in zip(("status", "action"), told, strict=True) if v}
        answer = rd.decoded(a.get("litellm.guardrail.response"))
        draft.output, draft.has_output = (answer if answer is not None else status), True
    otel_genai.fill(draft, a, logs)
    _completion(draft, a)
    if kind == "reranker" and CALL_TYPE in a:
        _reranked(draft)
    return finish(draft)


GUARDRAIL = "litellm.guardrail.name"


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a request; its telemetry of 2026 (``LITELLM_OTEL_V2``) has steps around it."""
    if GUARDRAIL in a and "gen_ai.operation.name" not in a:
        return "guardrail"
    asked = a.get("llm.request.type", a.get(CALL_TYPE))
    if isinstance(asked, str) and asked in _REQUESTS:
        return _REQUESTS[asked]
    return otel_genai.kind_of(a)


def names_of(a: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Provider and model of a request; a model may have its provider before it."""
    named = rd.text(a, "litellm.provider.model") or ""
    routed, slash, _ = named.partition("/")
    found = provider(
        rd.text(a, "gen_ai.provider.name", "gen_ai.system") or (routed if slash else None)
    )
    model = rd.text(a, "gen_ai.request.model")
    if found is None and named and not slash and model and model.endswith(f"/{named}"):
        found = provider(model.removesuffix(f"/{named}"))  # of an answer of its cache
    if model and "/" in model and provider(model.partition("/")[0]) == found:
        model = model.partition("/")[2]
    return found, model


def _call(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.provider, draft.request_model = names_of(a)
    draft.session_id = rd.word(a, *SESSIONS)
    draft.user_id = rd.word(a, *USERS)
    hidden = rd.from_repr(a.get("hidden_params"))
    if isinstance(hidden, dict) and "gen_ai.cost.total_cost" not in a:
        draft.cost_usd = rd.number(hidden, "response_cost") or None
    draft.cost_usd = draft.cost_usd or rd.number(a, COST) or None
    otel_genai.usage(draft, a)
    draft.usage = merged(draft.usage, usage_of(a.get("metadata.usage_object")))
    if "request_tags" in a or "metadata.tags" in a:
        draft.tags = rd.tags(a.get("metadata.tags", a.get("request_tags")))
    draft.prompt_name, draft.prompt_version = prompt_of(a)
    defined = rd.indexed(a, "llm.request.functions") or rd.indexed(a, "gen_ai.tool")
    if defined:
        draft.tools = [docs.tool(d) for d in defined]


def is_of_program(scope: str) -> bool:
    """Whether it is a span that was open, on which LiteLLM wrote what it would have on its own."""
    return scope.partition(".")[0] != NAME


PROMPT = "metadata.prompt_management_metadata"


def prompt_of(a: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Name and version of a prompt that a store of prompts keeps."""
    kept = rd.from_repr(a[PROMPT]) if a.get(PROMPT) else None
    if not isinstance(kept, dict):
        return None, None
    return rd.text(kept, "prompt_id"), rd.word(kept, "prompt_version")


def _reranked(draft: Draft) -> None:
    """The query and the documents found, which its second callback writes as a conversation."""
    found = [d for m in draft.messages_out for d in docs.ranked(m.text or "")]
    if found:
        draft.documents = draft.output = found
        draft.has_output = True
        draft.input = next((m.text for m in draft.messages_in if m.text), draft.input)
        draft.messages_in = draft.messages_out = ()


def _completion(draft: Draft, a: Mapping[str, Any]) -> None:
    """Tool calls stand in ``gen_ai.completion.N`` alone; a version wrote its constants' names."""
    if not draft.messages_in:
        draft.messages_in = flattened.messages(a, "SpanAttributes.LLM_PROMPTS", "user")
    if not draft.messages_out:
        draft.messages_out = flattened.messages(a, "SpanAttributes.LLM_COMPLETIONS", "assistant")
    said = draft.messages_out
    if said and FIRST_CALL in a and not any(map(_calls, said)):  # beside words
        told = flattened.messages(a, "gen_ai.completion", "assistant")
        draft.messages_out = msg.with_calls(said, told)
    elif said and not any(map(msg.speaks, said)):
        found = flattened.messages(a, "gen_ai.completion", "assistant")
        if any(m.parts for m in found):
            for message in found:
                message.finish_reason = message.finish_reason or draft.finish_reason
            draft.messages_out = found


FIRST_CALL = "gen_ai.completion.0.function_call.name"


def _calls(said: Message) -> bool:
    return any(p.get("type") == "tool_call" for p in said.parts)


def embeds(fields: Collection[str]) -> bool:
    """Whether a request with these fields is one for vectors."""
    return "input" in fields and _ANSWERS.isdisjoint(fields)


_ANSWERS = frozenset({"messages", "choices", "stream", "output", "instructions"})


def _raw(span: Span, a: Mapping[str, Any]) -> Draft:
    """What went over the wire: ``llm.<provider>.<field>`` with Python reprs."""
    draft = Draft(span, NAME, "llm", role="call")
    draft.echo = "inside"
    fields: dict[str, Any] = {}
    for key, value in a.items():
        head, _, rest = key.partition(".")
        named, dot, field = rest.partition(".")
        if head == "llm" and dot:
            fields[field] = rd.from_repr(value)
            draft.provider = draft.provider or provider(named)
    if embeds(fields):
        draft.kind = "embedding"
    bodies.request(draft, {k: v for k, v in fields.items() if k != "model"})
    bodies.response(draft, {k: v for k, v in fields.items() if k not in ("messages", "input")})
    if draft.finish_reason is None:
        draft.finish_reason = first_end(fields.get("choices"))
    if draft.kind == "llm" and not draft.messages_in and "input" in fields:
        draft.messages_in = msg.messages(fields["input"])
    return finish(draft)


def first_end(choices: Any) -> str | None:
    """Why the first of printed choices ended, where that stands first: known of cut ones too."""
    told = _CHOICE.match(choices) if type(choices) is str else None
    return told[1] if told is not None else None


_CHOICE = re.compile(r"\[\{'finish_reason': '(\w+)', 'index': 0, ")

CONVENTION = Convention(NAME, read, scopes=("litellm", "litellm.*"), marks=claims)
