"""NeMo Guardrails: rails and their actions, calls as GenAI whose words stand in events of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "nemo-guardrails"
REQUEST = "guardrails.request"
ASKED = ("gen_ai.content.prompt", "guardrails.user_message")
SAID = ("gen_ai.content.completion", "guardrails.utterance.bot.started")
_NAMES = ("rail.name", "action.name")
_MADE = ("generation", "dialog")
"""Rails that make the answer; the others check it."""
LEGACY = ("rail: ", "action: ", "LLM: ")
_COUNTS = "llm_call_"
_SPEAKER = re.compile(r"\n?\[cyan\](\w{1,20})\[/\]\n")
"""Before what each said, where a prompt of several messages was printed."""


def claims(span: Span) -> bool:
    """A rail, an action or the request around them."""
    a = span.attributes
    return any(key in a for key in _MARKS) or a.get("service.name") == _SERVICE


_MARKS = ("rail.decisions", "action.has_llm_calls")
_SERVICE = "nemo-guardrails"


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span.name, a)
    draft = Draft(span, NAME, kind, name_of(span.name, a))
    if kind == "guardrail":
        draft.output = {k[5:]: rd.plain(a[k]) for k in ("rail.stop", "rail.decisions") if k in a}
        draft.has_output = bool(draft.output)
    if kind == "llm" and span.name.startswith(LEGACY):
        draft.request_model = draft.name
        draft.usage = counted(a, draft.name)
    _said(draft)
    otel_genai.fill(draft, a, logs)
    return finish(draft)


def kind_of(name: str, a: Mapping[str, Any]) -> HopKind:
    """Calls by their model, in the format of 2024 by their names; rails that check are guardrails."""
    if "gen_ai.request.model" in a or name.startswith("LLM: "):
        return "embedding" if a.get("gen_ai.operation.name") == "embeddings" else "llm"
    checks = "rail.type" in a and a["rail.type"] not in _MADE
    return "guardrail" if checks else "chain"


def name_of(name: str, a: Mapping[str, Any]) -> str:
    """A rail's and an action's own name."""
    for known in LEGACY:
        if name.startswith(known):
            return name[len(known) :]
    return rd.text(a, *_NAMES) or name


def is_sure(scope: str, a: Mapping[str, Any]) -> bool:
    """Whether scope and keys say whose span it is, and no value has to."""
    return scope.startswith("nemo") or any(key in a for key in _MARKS)


def counted(a: Mapping[str, Any], model: str) -> Usage:
    """What a call used, in the format of 2024."""
    key = f"{_COUNTS}{model}_"
    return Usage(
        rd.integer(a, key + "prompt_tokens_total"), rd.integer(a, key + "completion_tokens_total")
    )


def _said(draft: Draft) -> None:
    """What a call or a request was asked and answered; the last that is told of each counts."""
    told = {e.name: e.attributes.get("content") for e in draft.span.events}
    for name in ASKED:
        if isinstance(given := told.get(name), str):
            draft.messages_in = msg.messages(apart(given), "user")
    for name in SAID:
        if isinstance(given := told.get(name), str):
            draft.messages_out = msg.messages(given, "assistant")


def apart(prompt: str) -> str | list[dict[str, str]]:
    """A prompt, as its messages where several were printed."""
    told = _SPEAKER.split(prompt)
    if len(told) < 3 or told[0].strip():
        return prompt
    pairs = zip(told[1::2], told[2::2], strict=True)
    return [{"role": role.lower(), "content": content} for role, content in pairs]


CONVENTION = Convention(
    NAME, read, scopes=("nemo_guardrails", "nemo_guardrails*", "nemoguardrails*"), marks=claims
)
