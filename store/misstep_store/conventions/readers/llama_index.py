"""LlamaIndex's own OpenTelemetry integration: what was given and made stands in events of the spans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Message
from misstep_store.conventions.content import blocks as blks
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import objects
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import clean_message
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "llama-index"
RAW = "response.raw."
SUMMARY = "llamaindex.step.input_summary"
_KINDS: tuple[tuple[str, HopKind], ...] = (
    ("LLMChatStartEvent", "llm"),
    ("LLMCompletionStartEvent", "llm"),
    ("EmbeddingStartEvent", "embedding"),
    ("SparseEmbeddingStartEvent", "embedding"),
    ("RetrievalStartEvent", "retriever"),
    ("ReRankStartEvent", "reranker"),
)
_ASKED = (
    "query",
    "query.query_str",
    "str_or_query_bundle",
    "str_or_query_bundle.query_str",
    "query_str",
    "user_msg",
)
_MADE = ("response.response", "response", "output", "result")
Told = dict[str, Mapping[str, Any]]


def claims(span: Span) -> bool:
    """Anything in a run of a workflow of LlamaIndex's, or with events of its calls."""
    return "llamaindex.run_id" in span.attributes or any(
        e.name.endswith("StartEvent") and "class_name" in e.attributes for e in span.events
    )


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    told: Told = {e.name: e.attributes for e in span.events}
    kind = kind_of(span, told)
    draft = Draft(span, NAME, kind, name_of(span.name, kind))
    if is_part(span, kind):
        draft.echo = "part"  # how the step around it does its work
    every = {k: v for a in told.values() for k, v in a.items() if v != "null"}
    if kind in ("llm", "embedding", "reranker"):
        _call(draft, every, told)
    elif kind == "tool":
        tool(draft, span.attributes)
    if draft.input is None and not draft.messages_in:
        draft.input = rd.text(every, *_ASKED) or _summary(span.attributes)
    if not draft.has_output and not draft.messages_out and kind != "embedding":
        _made(draft, every)
    return finish(draft)


def kind_of(span: Span, told: Mapping[str, Any]) -> HopKind:
    """The hop kind by what happened, else by what ran."""
    found = next((kind for name, kind in _KINDS if name in told), None)
    if found is not None:
        return found
    ran, _, method = span.name.rpartition(".")
    if ran.endswith("Tool") and method in ("call", "acall", "__call__"):
        return "tool"
    return "agent" if ran.endswith("Agent") and method == "run" else "chain"


def is_part(span: Span, kind: HopKind) -> bool:
    """Whether it is a private method of which nothing is told."""
    is_private = span.name.rpartition(".")[2].startswith("_")
    return is_private and kind == "chain" and not span.events


def name_of(name: str, kind: HopKind) -> str:
    """An agent by its class, a step of a workflow by its method; all else by both."""
    ran, _, method = name.rpartition(".")
    if kind == "agent":
        return ran
    return method if kind == "chain" and ran.endswith(("Agent", "Workflow")) else name


def _call(draft: Draft, a: Mapping[str, Any], told: Told) -> None:
    details(draft, a)
    start = next((told[n] for n, _ in _KINDS if n in told), {})
    draft.messages_in = _messages(start.get("messages")) or msg.messages(start.get("prompt"))
    if draft.kind == "embedding":
        draft.input = rd.from_repr(a["chunks"]) if "chunks" in a else None
        draft.output = rd.decoded(a["embeddings"]) if "embeddings" in a else None
        draft.has_output = draft.output is not None
    draft.tools = docs.tools(a["additional_kwargs.tools"]) if "additional_kwargs.tools" in a else ()
    blocks = a.get("response.message.blocks")
    if blocks is not None:
        raw = {"role": a.get("response.message.role"), "blocks": rd.decoded(blocks)}
        draft.messages_out = _messages([raw], "assistant")
        if not any(m.parts for m in draft.messages_out):  # a refusal stands in the raw answer alone
            draft.messages_out = ()
            bodies.response(draft, {"choices": rd.decoded(a.get(RAW + "choices"))})
    elif isinstance(a.get("response.text"), str):
        draft.messages_out = msg.messages(a["response.text"], "assistant")


def details(draft: Draft, a: Mapping[str, Any]) -> None:
    """What a call tells beside its messages."""
    draft.request_model = rd.text(a, "model_dict.model_name", "model_dict.model", "model_name")
    of_class = str(a.get("model_dict.class_name") or "").lower()
    draft.provider = provider(of_class.removesuffix("_llm").removesuffix("embedding") or None)
    draft.response_model = rd.text(a, RAW + "model")
    draft.response_id = rd.text(a, RAW + "id")
    choices = rd.decoded(a.get(RAW + "choices"))
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        draft.finish_reason = rd.text(choices[0], "finish_reason")
    draft.finish_reason = draft.finish_reason or rd.text(a, RAW + "stop_reason")
    draft.usage = merged(usage_of(_nested(a, RAW + "usage.")), draft.usage)


def _nested(a: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """``usage.prompt_tokens_details.cached_tokens`` one level deep."""
    found: dict[str, Any] = {}
    for key, value in a.items():
        if key.startswith(prefix):
            name, dot, rest = key[len(prefix) :].partition(".")
            if not dot:
                found[name] = value
            elif isinstance(inner := found.setdefault(name, {}), dict):
                inner[rest] = value
    return found


def _messages(listed: Any, role: str = "user") -> list[Message]:
    listed = rd.decoded(listed)
    if not isinstance(listed, list):
        return []
    return msg.messages([blks.as_chat(m) if isinstance(m, dict) else m for m in listed], role)


def tool(draft: Draft, a: Mapping[str, Any]) -> None:
    """The call that the step around it was given, as it was printed."""
    fields = objects.fields_of(str(a.get(SUMMARY) or ""))
    if isinstance(fields, dict):
        draft.name = str(fields.get("tool_name") or draft.name)
        draft.input = fields.get("tool_kwargs")
        draft.tool_call_id = rd.text(fields, "tool_id")


def _summary(a: Mapping[str, Any]) -> Any:
    told = a.get(SUMMARY)
    return objects.readable(told) if isinstance(told, str) else None


def _made(draft: Draft, a: Mapping[str, Any]) -> None:
    if draft.kind in ("retriever", "reranker") and "nodes" in a:
        draft.documents = docs.documents(a["nodes"])
        draft.output, draft.has_output = list(draft.documents), True
        return
    for key in _MADE:
        if key in a:
            given = a[key]
            draft.output = objects.readable(given) if isinstance(given, str) else rd.plain(given)
            draft.has_output = True
            return
    if isinstance(a.get("err_str"), str) and draft.span.status_code != 2:
        draft.output, draft.has_output = clean_message(a["err_str"]), True


CONVENTION = Convention(NAME, read, scopes=("llamaindex.opentelemetry*",), marks=claims)
