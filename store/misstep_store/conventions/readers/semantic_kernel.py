"""Semantic Kernel: flat messages on agents, one JSON log a message on calls; messages of its runtime.

What agents send each other in an orchestration are traces of their own, as AutoGen's are.
"""

from __future__ import annotations

import re

from misstep_store.conventions.content import objects
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.otlp.spans import Span

NAME = "semantic-kernel"
ROUND = "AutoFunctionInvocationLoop"
"""What it calls a step in which a model is asked, and the tools that it wants are run."""
MESSAGE = "messaging.operation"
_PRINTED = ("[ChatMessageContent(", "[StreamingChatMessageContent(")
_IDS = re.compile(r"[_ ]?[0-9a-f]{32}\.\((?:default\)|(\w+)\))-[AT]\b")


def claims(span: Span) -> bool:
    """Its function-calling loop; its other spans are GenAI's."""
    return "sk.available_functions" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    if MESSAGE in a:
        draft = Draft(span, NAME, "chain", name_of(span.name))
    else:
        kind = otel_genai.kind_of(a)
        draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    otel_genai.fill(draft, a, logs)
    if draft.kind == "tool" and isinstance(draft.output, str):
        draft.output = _said(draft.output)
    return finish(draft)


def _said(result: str) -> str:
    """What a function gave that asked a model: Semantic Kernel prints its messages."""
    if not result.startswith(_PRINTED):
        return result
    items = [
        i for m in objects.listed_in(result) if isinstance(m, dict) for i in m.get("items", ())
    ]
    texts = [i["text"] for i in items if isinstance(i, dict) and isinstance(i.get("text"), str)]
    return "".join(texts) or result


def name_of(name: str) -> str:
    """What a message's span is called, without the ids of agents and of topics."""
    told = _IDS.sub(lambda m: f" {m[1]}" if m[1] else "", name)
    return told.removeprefix("agent_runtime ").strip()


CONVENTION = Convention(
    NAME,
    read,
    scopes=("semantic_kernel.*", "Microsoft.SemanticKernel*", "agent_runtime *"),
    marks=claims,
)
