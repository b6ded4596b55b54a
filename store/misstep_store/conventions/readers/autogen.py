"""AutoGen: agents and tools as GenAI spans without content, what agents send each other as messages.

A team's messages are traces of their own: the runtime links them and does not nest them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from misstep.model import Json
from misstep_store.conventions.content import objects
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "autogen"
_IDS = re.compile(r"(?<![_/.(])[_/.(]*[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\)?(-[AT])?")


def claims(span: Span) -> bool:
    """What its runtime and its agents alone write."""
    a = span.attributes
    return "recipient_agent_type" in a or a.get("gen_ai.system") == "autogen"


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = otel_genai.kind_of(a)
    if "messaging.operation" in a:
        draft = Draft(span, NAME, "chain", name_of(span.name))
        draft.input = _told(a.get("message"))
    else:
        draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    otel_genai.fill(draft, a, logs)
    if draft.provider == "autogen":
        draft.provider = None
    return finish(draft)


def name_of(name: str) -> str:
    """What a message's span is called, without the ids of agents."""
    return _IDS.sub("", name).removeprefix("autogen ")


def call(draft: Draft, _: Mapping[str, Any]) -> None:
    """A call as OpenInference tells of it: its provider by the client that makes it."""
    draft.provider = draft.provider or asked_by(draft.span.name)


def asked_by(name: str) -> str | None:
    """Whose client a call is named for: ``OpenAIChatCompletionClient.create``."""
    return _CLIENTS.get(name.partition("ChatCompletionClient.")[0])


_CLIENTS = {
    "OpenAI": "openai",
    "AzureOpenAI": "azure.ai.openai",
    "Anthropic": "anthropic",
    "AnthropicBedrock": "aws.bedrock",
    "Ollama": "ollama",
}


def _told(given: Any) -> Json:
    """What a message says: its text, or who said what of several."""
    message = rd.decoded(given)
    if isinstance(message, str):
        return message if message not in ("", "No Message") else None
    if not isinstance(message, Mapping):
        return message
    listed = message.get("messages", [message.get("message"), message.get("response")])
    told = [_line(m) for m in listed if isinstance(m, dict)] if isinstance(listed, list) else []
    if len(told) == 1:
        return told[0]["content"]
    return [dict(line) for line in told] or message or None


def readable(given: Json) -> Json:
    """What an agent or a team is given, as OpenInference writes it: a task, or messages printed."""
    if not isinstance(given, dict):
        return given
    if isinstance(given.get("task"), str):
        return given["task"]
    listed = given.get("messages")
    opened = [objects.fields_of(m) for m in listed] if _are_printed(listed) else []
    told = [_line(m) for m in opened if isinstance(m, dict) and "source" in m]
    if not told or len(told) < len(opened):
        return given
    return told[0]["content"] if len(told) == 1 else [dict(line) for line in told]


def _are_printed(listed: Json) -> TypeGuard[list[str]]:
    return isinstance(listed, list) and all(isinstance(m, str) for m in listed)


def _line(message: Mapping[str, Any]) -> dict[str, Json]:
    inner = message.get("chat_message")
    said = inner if isinstance(inner, Mapping) else message
    return {"source": said.get("source"), "content": rd.plain(said.get("content"))}


def dumped(given: Json) -> Json:
    """What an agent or a team was given or gave, as MLflow dumps it: a task, a message, messages."""
    if not isinstance(given, dict):
        return given
    if isinstance(given.get("task"), str) and given.keys() <= _RUN:
        return given["task"]
    if isinstance(given.get("chat_message"), dict) and "inner_messages" in given:
        return rd.plain(given["chat_message"].get("content"))
    listed = given.get("messages")
    if not isinstance(listed, list) or not listed or not _ENDS & given.keys():
        return given
    if not all(isinstance(m, dict) and "source" in m and "content" in m for m in listed):
        return given
    if len(listed) == 1 or "stop_reason" in given:  # of a whole talk its last word
        return rd.plain(listed[-1]["content"])
    return [dict(_line(m)) for m in listed]


_RUN = {"task", "cancellation_token", "output_task_messages"}
_ENDS = {"stop_reason", "cancellation_token"}

CONVENTION = Convention(NAME, read, scopes=("autogen*",), marks=claims)
