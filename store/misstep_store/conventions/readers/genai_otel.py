"""genai-otel-instrument: GenAI; messages are numbered events, calls of tools OpenInference's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import flattened
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "genai-otel"
_EVENT = re.compile(r"gen_ai\.(prompt|completion|embedding)\.\d{1,9}")
_FIRST = "gen_ai.request.first_message"
_SAID, _TOOLS = "gen_ai.response", "llm.tools"
_CALLS = "llm.output_messages.0.message.tool_calls"
_CALL = "tool_call."
FIRST_TOKENS = ("gen_ai.server.ttft", "gen_ai.server.time_to_first_token")
COST = "gen_ai.usage.cost.total"


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = otel_genai.kind_of(a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    _happened(draft)
    if not draft.messages_out and isinstance(a.get(_SAID), str):
        draft.messages_out = msg.messages([{"role": "assistant", "content": a[_SAID]}])
    calls = [_call(c) for c in rd.indexed(a, _CALLS)]
    if calls:
        told = msg.message({"role": "assistant", "tool_calls": calls})
        draft.messages_out = msg.with_calls(draft.messages_out, [told] if told else [])
    if _TOOLS in a:
        draft.tools = docs.tools(a[_TOOLS])
    if not draft.messages_in and _FIRST in a:
        draft.messages_in = msg.messages(a[_FIRST])
    seconds = rd.number(a, *FIRST_TOKENS)
    draft.time_to_first_token_ms = None if seconds is None else seconds * 1000
    draft.cost_usd = rd.number(a, COST) or None
    otel_genai.fill(draft, a, logs)
    draft.parameters = {k: v for k, v in draft.parameters.items() if k not in _ABOUT}
    return finish(draft)


_ABOUT = ("first_message", "message_count", "type", "input_count")


def _call(told: Mapping[str, Any]) -> dict[str, Any]:
    item = flattened.fields(told, _CALL, opened=False) or {}
    return {"id": item.get("id"), **flattened.function_of(item)}


def _happened(draft: Draft) -> None:
    """What the numbered events say."""
    asked: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    texts: list[Any] = []
    for event in draft.span.events:
        side = _EVENT.fullmatch(event.name)
        if side is None:
            continue
        begins, b = f"gen_ai.{side[1]}.", event.attributes
        if side[1] == "embedding":
            texts.append(rd.plain(b.get(begins + "content")))
            continue
        made = {"role": b.get(begins + "role"), "content": b.get(begins + "content")}
        (asked if side[1] == "prompt" else said).append(made)
    draft.messages_in, draft.messages_out = msg.messages(asked), msg.messages(said, "assistant")
    if texts:
        draft.input = texts


CONVENTION = Convention(NAME, read, scopes=("genai_otel*",))
