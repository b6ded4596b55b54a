"""VoltAgent: agents, their calls, tools, memory and workflows in attributes of its own.

One span tells of all calls that one question took; what was answered stands at the agent alone, and so
does the call of an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import company, finish, payloads, provider
from misstep_store.conventions.types import Alone, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "voltagent"
_KIND = "span.type"
_KINDS: dict[str, HopKind] = {
    "llm": "llm",
    "tool": "tool",
    "agent": "agent",
    "retriever": "retriever",
    "embedding": "embedding",
    "guardrail": "guardrail",
}
_AGENTS = ("agent.state", "agent.instructions")
SESSIONS = ("conversation.id", "voltagent.conversation_id", "conversationId", "session.id")
USERS = ("user.id", "userId")
MODELS = ("llm.model", "ai.model.name")
PROVIDERS = ("llm.provider", "ai.model.provider")
ENDS = ("llm.finish_reason", "ai.response.finish_reason")
IDS = ("tool.call.id",)
COUNTS = {
    name: tuple(before + key for before in ("llm.usage.", "usage."))
    for name, key in {
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "cached_tokens": "cached_tokens",
        "reasoning_tokens": "reasoning_tokens",
    }.items()
}
COUNTED = "usage.prompt_tokens"
_SETTINGS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
}


def claims(span: Span) -> bool:
    """What its agents and workflows alone write."""
    a = span.attributes
    return "voltagent.operation_id" in a or ("entity.type" in a and "operation.id" in a)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(a)
    draft = Draft(span, NAME, kind, rd.text(a, *named_by(kind)) or span.name)
    draft.session_id, draft.user_id = rd.text(a, *SESSIONS), rd.text(a, *USERS)
    if kind in ("llm", "embedding", "agent"):
        _call(draft, a)
    if kind == "tool":
        draft.tool_call_id = rd.text(a, *IDS)
    payloads(draft, a, ("input",), ("output",))
    if kind == "agent":
        _agent(draft, a)
    if kind == "retriever":
        draft.documents = docs.documents(draft.output)
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span; agents have no type."""
    told = a.get(_KIND)
    if isinstance(told, str):
        return _KINDS.get(told, "chain")
    return "agent" if any(key in a for key in _AGENTS) else "chain"


def named_by(kind: str) -> tuple[str, ...]:
    """What names a span of a kind."""
    return {"tool": ("tool.name",), "agent": ("subagent.name",)}.get(kind, ())


def _call(draft: Draft, a: Mapping[str, Any]) -> None:
    named = rd.text(a, *PROVIDERS)
    draft.provider = provider(company(named)) if named else None
    draft.request_model = rd.text(a, *MODELS)
    draft.finish_reason = rd.text(a, *ENDS)
    draft.usage = Usage(**{name: rd.integer(a, *keys) for name, keys in COUNTS.items()})
    draft.messages_in = msg.messages(a.get("llm.messages", a.get("agent.messages")))
    named = rd.text(a, "llm.tools")
    draft.tools = [{"name": name} for name in named.split(",")] if named else ()
    draft.parameters = {
        new: rd.plain(a[key])
        for old, new in _SETTINGS.items()
        if (key := f"llm.{old}") in a or (key := f"ai.model.{old}") in a
    }


def _agent(draft: Draft, a: Mapping[str, Any]) -> None:
    """What an agent answered is what its one call said; where none is told of, it is the call."""
    draft.system = rd.text(a, "agent.instructions")
    if isinstance(draft.input, list) and draft.input and all(map(_is_message, draft.input)):
        draft.input = msg.readable_input(msg.messages(draft.input))
    if isinstance(a.get("output"), str):
        draft.messages_out = msg.messages([{"role": "assistant", "content": a["output"]}])
    draft.lends = True
    if draft.request_model and COUNTED in a:
        told = (draft.provider, draft.request_model, draft.finish_reason)
        draft.alone = Alone("llm", *told, is_sure=True)


def _is_message(value: Any) -> bool:
    """Whether it is a message as pages hold it, which a boss hands on."""
    return isinstance(value, dict) and "role" in value and isinstance(value.get("parts"), list)


CONVENTION = Convention(NAME, read, scopes=("@voltagent/*",), marks=claims)
