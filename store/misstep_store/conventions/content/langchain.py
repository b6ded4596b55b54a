"""LangChain's and LangGraph's values for a person: messages without their envelopes.

Whatever instrumentation tells of a graph, the state it passes on is messages dumped in one of three
ways, each with the provider's usage, ids and metadata around some words. Model calls are read apart
from it (:mod:`messages`); this is for the steps between them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from misstep.model import Json
from misstep_store.conventions.content import ai_sdk, objects
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

ROLES = {
    "human": "user",
    "ai": "assistant",
    "AIMessageChunk": "assistant",
    "system": "system",
    "tool": "tool",
    "function": "tool",
    "chat": "user",
    "HumanMessage": "user",
    "HumanMessageChunk": "user",
    "AIMessage": "assistant",
    "SystemMessage": "system",
    "ToolMessage": "tool",
    "FunctionMessage": "tool",
    "ChatMessage": "user",
}
_COMMAND = frozenset({"graph", "update", "resume", "goto"})
_MAX_DEPTH = 12
MAX_UPDATE = 20
_MAX_NODES = 50_000


def readable(value: Any) -> Json:
    """A step's value with every dumped message as ``{role, content, tool_calls?}``.

    A message alone is its text, or its tool calls; a graph's command alone is its update; a prompt
    or document is what it holds. Everything else stays as it is."""
    if isinstance(value, str):
        opened = printed(value)
        return _alone(opened) if isinstance(opened, dict) and "content" in opened else opened
    if not isinstance(value, dict | list):
        return value
    if isinstance(value, dict) and value.get("__type") == _WITH_STATE and "tool_call" in value:
        value = value["tool_call"]
    found = _Reader().walk(value, 0)
    inner = _in_envelope(value)
    if inner is not None:
        return readable(inner)
    while isinstance(found, list) and len(found) == 1 and _is_command(found[0]):
        found = found[0]
    if isinstance(found, dict):
        if _is_command(found):
            return found["update"]
        if isinstance(value, dict) and dumped(value) is not None:
            return _alone(found)
    return found


_WITH_STATE = "tool_call_with_context"
"""What LangGraph's node for one tool is given: the call, and all that the graph knows."""


def _in_envelope(value: Any) -> Any:
    """What stands alone under ``output``: a text, an object printed, dumped messages, or what one
    of LangGraph's nodes for Node updates."""
    inner = value["output"] if isinstance(value, dict) and set(value) == {"output"} else None
    listed = inner if isinstance(inner, list) else [inner]
    dumps = bool(listed) and all(isinstance(v, dict) and dumped(v) is not None for v in listed)
    return inner if isinstance(inner, str) or dumps or _are_commands(listed) else None


PRINTED = ("content=", "page_content=", "messages=[", "text=", "Send(")
"""Messages, documents, prompts; what LangGraph's edges answer: a node, and what it is given."""


def printed(text: str) -> Json:
    """What older versions print: ``content='…' additional_kwargs={…}``, documents, prompts."""
    if not text.startswith(PRINTED):
        return text
    fields = objects.fields_of(text)
    if isinstance(fields, dict) and fields.get("class") == "Send":
        return _Reader().walk({k: v for k, v in fields.items() if k != "class"}, 0)
    if not isinstance(fields, dict):
        return text
    if set(fields) == {"text"}:
        return fields["text"]
    return _Reader().walk(_with_role(fields), 0)


def _with_role(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A printed message does not say whose it is, but has fields that only some have."""
    if "content" not in fields or not {"additional_kwargs", "tool_call_id"} & set(fields):
        return dict(fields)
    kind = "human"
    if "tool_call_id" in fields:
        kind = "tool"
    elif "usage_metadata" in fields or "tool_calls" in fields or fields.get("response_metadata"):
        kind = "ai"
    return {"additional_kwargs": {}, **fields, "type": kind}


def is_own_tag(tag: str) -> bool:
    """Whether LangChain set a tag, to say which part of a chain a run is: ``seq:step:1``."""
    return bool(_OWN_TAG.match(tag))


_OWN_TAG = re.compile(r"(seq|graph):step:|map:key:|retry:attempt:|condition:\d|langsmith:")


End = tuple[str | None, str | None, str | None]
"""Why a model's answer ended, the model that gave it, and the provider's id of the answer."""


def ended(value: Any) -> End | None:
    """How the answer ended, where a step's output is one answer of a model.

    Some instrumentations leave it out of the call's own span."""
    found = _answer_in(value)
    return _end_of(found) if found is not None else None


def _answer_in(value: Any) -> dict[str, Any] | None:
    """The one answer of a model that a step made."""
    found = [m for m in _messages_in(value) if m["role"] == "assistant"]
    return found[0] if len(found) == 1 else None


def heard(value: Any) -> End | None:
    """As :func:`ended`, of what a step was given: a parser's input is the whole answer."""
    found = _whole_answer(value)
    return _end_of(found) if found is not None else None


def _whole_answer(value: Any) -> dict[str, Any] | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    found = dumped(value) if isinstance(value, dict) else None
    return found if found is not None and found["role"] == "assistant" else None


def _end_of(message: Mapping[str, Any]) -> End | None:
    about = message.get("response_metadata")
    if not isinstance(about, dict):
        return None
    ended = rd.text(about, "finish_reason", "stop_reason")
    return ended, rd.text(about, "model_name", "model"), rd.text(about, "id")


_VALUES = {
    "input": ("langfuse.observation.input", "mlflow.spanInputs", "traceloop.entity.input"),
    "output": ("langfuse.observation.output", "mlflow.spanOutputs", "traceloop.entity.output"),
}
_STATE = re.compile(
    r"""(\{"(in|out)puts": ?)?(\[?\{"graph": ?null, ?"update": ?)?\{"messages":"""
    r"""|\{"output": ?\[\{"lg_name": ?"Command", ?"update": ?\{"messages":"""
)


def is_state(a: Mapping[str, Any], side: str) -> bool:
    """Whether a step was given or gave a graph's state: an answer in it is one of its calls'."""
    for key in _VALUES[side]:
        if (given := a.get(key)) is not None:
            return isinstance(given, str) and _STATE.match(given) is not None
    return False


def id_of(message: Mapping[str, Any]) -> str | None:
    """The provider's id of an answer."""
    end = _end_of(message)
    return end[2] if end is not None else None


def step(draft: Draft, given: Any, made: Any) -> None:
    """What a step says of the call inside it, or beside it, by what it was given and made."""
    gave, heard_of = _answer_in(made), _whole_answer(given)
    end = _end_of(gave) if gave is not None else None
    if end is not None:
        draft.finish_reason, draft.response_model, draft.response_id = end
    draft.heard = _end_of(heard_of) if heard_of is not None else None
    if end is not None or draft.heard is not None:
        draft.answers = [a for a in (gave, heard_of) if a is not None]


RAW = {"raw"}
"""Where an answer stands that is asked for beside what is parsed of it."""


def _messages_in(value: Any) -> list[dict[str, Any]]:
    """Dumped messages: one, a state's, or those of a graph's command."""
    if isinstance(value, dict) and set(value) == {"output"} and _are_commands(value["output"]):
        value = value["output"]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        return []
    alone = dumped(value["raw"] if set(value) == RAW and isinstance(value["raw"], dict) else value)
    if alone is not None:
        return [alone]
    update = value.get("update")
    listed = (update if isinstance(update, dict) else value).get("messages")
    if not isinstance(listed, list) or len(listed) > MAX_UPDATE:
        return []
    return [m for v in listed if isinstance(v, dict) and (m := dumped(v)) is not None]


def tool_call_id(value: Any) -> str | None:
    """The id of the call that a dumped tool message answers."""
    return _of_tool(value, "tool_call_id")


def tool_named(value: Any) -> str | None:
    """The tool that a dumped message is of."""
    return _of_tool(value, "name")


def _of_tool(value: Any, key: str) -> str | None:
    value = _in_envelope(value) or value
    raw = dumped(value) if isinstance(value, dict) else None
    found = raw.get(key) if raw else None
    return found if isinstance(found, str) and found else None


def _alone(message: dict[str, Json]) -> Json:
    content, calls = message.get("content"), message.get("tool_calls")
    if content not in (None, "", []) and not are_calls(content, calls):
        return rd.decoded(content)
    return calls or content


def are_calls(content: Any, calls: Any) -> bool:
    """Whether Anthropic's blocks are the calls of tools that stand beside them, and nothing else."""
    if not isinstance(content, list) or not isinstance(calls, list) or len(content) != len(calls):
        return False
    return all(isinstance(b, dict) and b.get("type") == "tool_use" for b in content)


def _is_command(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and (set(value) == _COMMAND or (value.get(_NODES) == "Command" and "update" in value))
        and not any(value.get(k) for k in _COMMAND if k != "update")
    )


_NODES = "lg_name"
"""What LangGraph for Node says that an object is."""


def _are_commands(listed: Any) -> bool:
    return isinstance(listed, list) and len(listed) == 1 and _is_command(listed[0])


class _Reader:
    """Walks a value; gives up on what is too deep or too large, which then stays as it is."""

    def __init__(self) -> None:
        self._left = _MAX_NODES

    def walk(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if depth > _MAX_DEPTH or self._left < 0:
            return value
        if isinstance(value, list):
            return [self.walk(v, depth + 1) for v in value]
        if isinstance(value, str):
            return printed(value) if depth and value.startswith(PRINTED) else value
        if not isinstance(value, dict):
            return value
        raw = dumped(value)
        if raw is not None:
            return self._said(raw, depth)
        inner = value.get("kwargs")
        if "lc" in value and isinstance(inner, dict):  # a prompt value, a document, …
            return self.walk(inner, depth + 1)
        result = ai_sdk.answer(value)
        if result is not None:
            return result
        return {k: self.walk(v, depth + 1) for k, v in value.items()}

    def _said(self, raw: Mapping[str, Any], depth: int) -> dict[str, Any]:
        content = raw.get("content")
        if isinstance(content, list):
            content = _words(content)
        made: dict[str, Any] = {"role": raw["role"], "content": content}
        calls = raw.get("tool_calls")
        if isinstance(calls, list) and calls:
            made["tool_calls"] = [
                {"name": c.get("name"), "arguments": self.walk(c.get("args"), depth + 1)}
                for c in calls
                if isinstance(c, dict)
            ]
        if raw["role"] == "tool" and raw.get("name"):
            made["name"] = raw["name"]
        return made


def _words(blocks: list[Any]) -> Any:
    """Blocks that are text alone as that text."""
    texts = [b.get("text") if isinstance(b, dict) else b for b in blocks]
    told = [t for t in texts if isinstance(t, str)]
    bare = all(b.get("type") == "text" for b in blocks if isinstance(b, dict))
    return "\n".join(told) if bare and len(told) == len(blocks) else blocks


def dumped(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of a dumped message and its ``role``; None for what is none."""
    kind, inner = value.get("type"), value.get("data")
    known = ROLES.get(kind) if isinstance(kind, str) else None
    if known is not None and isinstance(inner, dict) and "content" in inner:
        return {**inner, "role": known}
    if known is not None and "content" in value and "additional_kwargs" in value:
        return {**value, "role": known}
    named = value.get("class")
    if isinstance(named, str) and named in ROLES and "content" in value:
        return {**value, "role": ROLES[named]}
    path, inner = value.get("id"), value.get("kwargs")
    if "lc" in value and isinstance(inner, dict) and isinstance(path, list) and path:
        role = ROLES.get(path[-1]) if isinstance(path[-1], str) else None
        if role is not None and "content" in inner:
            return {**inner, "role": role}
    return None


_COMPANIES = {
    "bedrock": "aws.bedrock",  # its SDK
    "OpenAI": "openai",
    "ChatOpenAI": "openai",
    "ChatAnthropic": "anthropic",
    "AzureChatOpenAI": "azure.ai.openai",
    "ChatBedrock": "aws.bedrock",
    "ChatBedrockConverse": "aws.bedrock",
    "ChatGoogleGenerativeAI": "gcp.gemini",
    "ChatVertexAI": "gcp.vertex_ai",
    "ChatMistralAI": "mistral_ai",
    "ChatCohere": "cohere",
    "ChatDeepSeek": "deepseek",
    "ChatGroq": "groq",
    "ChatOllama": "ollama",
}


def company(name: str) -> str | None:
    """Whose model it is, by the class that a call is named for: ``ChatOpenAI.chat``."""
    named, _, asked = name.partition(".")
    return _COMPANIES.get(named) if asked in ("chat", "completion", "converse") else None


USER = "user_id"


def user_in(metadata: Any) -> str | None:
    """Who asked, as the metadata of a run says: instrumentations take out the session alone."""
    if type(metadata) is not str or USER not in metadata:
        return None
    told = rd.parsed(metadata)
    return rd.text(told, USER) if isinstance(told, dict) else None
