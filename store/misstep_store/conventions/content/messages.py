"""Messages of every shape as GenAI messages, and what a person reads of them.

Known: GenAI parts, OpenAI chat and Responses items, Anthropic and Bedrock blocks, Gemini contents,
LangChain (serialised, dumped, tuples), Vercel AI SDK, event lists, batches, plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from misstep.model import Json, Message
from misstep_store.conventions.content import blocks, printed, pydantic_messages, responses
from misstep_store.conventions.content.parts import (
    BY_KEY,
    NO_WORDS,
    Part,
    is_result,
    part,
    parts,
    response_part,
    text_part,
    tool_call,
)
from misstep_store.conventions.content.spoken import in_parts, with_words
from misstep_store.conventions.values import cut, shapes
from misstep_store.conventions.values.reading import decoded, from_repr, parsed

ROLES = {
    "human": "user",
    "ai": "assistant",
    "AIMessageChunk": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "developer": "system",
    "unknown": "",
    "function": "tool",
    "tool-response": "tool",
    "tool_response": "tool",
    "tool-call": "assistant",
    "tool_call": "assistant",
    "SystemMessage": "system",
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "ToolMessage": "tool",
    "FunctionMessage": "tool",
    "UserMessage": "user",
    "AssistantMessage": "assistant",
    "FunctionExecutionResultMessage": "tool",
}
_EVENT_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "assistant",
}
_CHAT_KEYS = ("content", "message", "tool_calls", "event.name", "function_call", "refusal")
_MAX_MESSAGES = 20_000


def messages(value: Any, role: str = "user") -> list[Message]:
    """Messages of any shape; [] where there are none. ``role`` is that of bare text."""
    if value is None:
        return []
    if isinstance(value, str):
        found = from_repr(value)
        if isinstance(found, str) and _are_messages(mended := cut.mended(found)):
            found = mended
        if isinstance(found, str) or not _holds_messages(found) or shapes.is_own(found, role):
            found = value if not isinstance(found, str) else found
            return [shapes.message(role, [text_part(found)])] if found else []
        value = found
    if isinstance(value, dict):
        inner = value.get("messages")
        if isinstance(inner, list | str) and inner and "role" not in value:
            return messages(inner, role)
        value = [value]
    if not isinstance(value, list):
        return []
    while len(value) == 1 and isinstance(value[0], list) and not _is_pair(value[0]):
        value = value[0]
    if _is_pair(value):
        value = [value]
    value = pydantic_messages.apart(value[:_MAX_MESSAGES])
    return [m for v in value if (m := message(v, role)) is not None]


_MESSAGE_KEYS = frozenset(
    {"role", "parts", "kwargs", "data", "type", "messages", *_CHAT_KEYS, *dict(BY_KEY)}
)


def may_hold_messages(value: Any) -> bool:
    """Whether arguments may be messages: those of a function with fields of its own are none."""
    return not isinstance(value, dict) or not value or not _MESSAGE_KEYS.isdisjoint(value)


def _holds_messages(value: Any) -> bool:
    """Whether JSON in a text is messages, not an answer that is JSON."""
    if isinstance(value, list):
        return not value or any(
            isinstance(v, list | str) or (isinstance(v, dict) and _holds_messages(v)) for v in value
        )
    return isinstance(value, dict) and (not value or not _MESSAGE_KEYS.isdisjoint(value))


def _are_messages(value: Any) -> bool:
    """Whether these are messages for certain: each has a role, or they stand where messages do."""
    if isinstance(value, dict):
        return "role" in value or isinstance(value.get("messages"), list)
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, dict) and "role" in first


def _is_pair(value: list[Any]) -> bool:
    """``["user", "text"]``, as LangChain takes messages."""
    return (
        len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], str | list)
        and value[0] in ("user", "human", "ai", "assistant", "system", "tool", "developer")
    )


def message(raw: Any, role: str = "user") -> Message | None:
    """One message; None for what is none."""
    if not isinstance(raw, dict):
        if isinstance(raw, str):
            told = from_repr(raw) if raw.startswith("{") else None
            if isinstance(told, dict) and "role" in told and told.keys() & {"content", "parts"}:
                return message(told, role)  # where attributes hold lists of texts, as Node's
            return shapes.message(role, [text_part(raw)]) if raw else None
        if isinstance(raw, list) and _is_pair(raw):
            return shapes.message(clean_role(raw[0]), parts(raw[1]))
        return None
    listed = raw.get("parts")
    if listed is not None:
        return _genai(raw, listed, role)
    if "blocks" in raw and raw.get("content") is None:
        raw = blocks.as_chat(raw)
    if "kwargs" in raw and "lc" in raw:
        return _langchain(raw["kwargs"], raw.get("id"), role)
    data = raw.get("data")
    if isinstance(data, dict) and "content" in data and "role" not in raw:
        return _langchain({"type": raw.get("type"), **data}, None, role)
    if "role" not in raw or _is_call(raw):
        if isinstance(raw.get("type"), str):
            return _item(raw, role)
        if not any(key in raw for key in _CHAT_KEYS):
            end = raw.get("finish_reason")  # of an old completion
            end = end if isinstance(end, str) and end and "text" in raw else None
            return shapes.message(role, [part(raw)], None, end) if raw else None
    return _chat(raw, role)


def _is_call(raw: dict[str, Any]) -> bool:
    """Whether it is an item of Responses that calls a tool, to which Laminar adds whose it is."""
    kind = raw.get("type")
    return isinstance(kind, str) and kind in responses.CALLS and raw.get("content") is None


def clean_role(given: Any, default: str = "user") -> str:
    """``MessageRole.USER``, ``<MessageRole.USER: 'user'>`` and ``human`` as ``user``.

    ``default`` is what a role stands for that says it is not known."""
    role = str(given or "")
    known = ROLES.get(role)
    if known is not None:
        return known or default
    if "'" in role:
        role = role.split("'")[1]
    role = role.rpartition(".")[2].strip()
    return ROLES.get(role) or ROLES.get(role.lower()) or role.lower() or "user"


_CALLED = "ToolCall"
"""What Splunk's instrumentation writes of a call of a tool: no more than its class."""


def _genai(raw: dict[str, Any], listed: Any, default: str) -> Message:
    if isinstance(listed, str):
        listed = parsed(listed)
    if isinstance(listed, list) and _CALLED in listed:
        listed = [one for one in listed if one != _CALLED]
    found = parts(with_words(listed))
    if len(found) == 1 and found[0].get("type") == "text":
        opened = printed.blocks(found[0].get("content"))
        found = found if opened is None else parts(opened)
    role = raw.get("role")
    if raw.get("tool_calls"):  # LiteLLM leaves them beside the parts
        found = [p for p in found if p.get("content") != ""] + _calls(raw, found)
    role = (
        role
        if role in ("user", "assistant", "system", "tool")
        else clean_role(role, default)
        if role
        else default
    )
    if role == "tool" and found and all(p.get("type") == "text" for p in found):
        call_id = raw.get("tool_call_id") or raw.get("id")
        found = [response_part(call_id, "\n".join(str(p["content"]) for p in found))]
    return _made(role, found, raw)


def _made(role: str, found: list[Part], raw: dict[str, Any]) -> Message:
    if role == "user" and found and all(p.get("type") == "tool_call_response" for p in found):
        role = "tool"
    name, finish = raw.get("name"), raw.get("finish_reason")
    return shapes.message(
        role,
        found,
        name if isinstance(name, str) and name else None,
        finish if isinstance(finish, str) and finish else None,
    )


def _chat(raw: dict[str, Any], default: str) -> Message | None:
    """OpenAI's chat shape and its relatives: role, content, tool_calls."""
    event = raw.get("event.name")
    inner = raw.get("message")
    if isinstance(inner, dict | str) and ("role" not in raw or event == "gen_ai.choice"):
        found = message(decoded(inner), "assistant")
        finish = raw.get("finish_reason")
        if found is not None and isinstance(finish, str) and finish:
            found.finish_reason = finish
        return found
    role = raw.get("role") or _EVENT_ROLES.get(str(event))
    role = clean_role(role, default) if role else default
    data = raw.get("data")
    if event == "gen_ai.unknown" and isinstance(data, dict):
        return message(data, role)
    content = raw.get("content")
    if isinstance(content, dict) and isinstance(
        content.get("parts"), list
    ):  # a candidate of Gemini's
        finish = raw.get("finish_reason") or raw.get("finishReason")
        return _genai({**content, "finish_reason": finish}, content["parts"], default)
    if isinstance(content, str) and content[:2] in ("[{", '["'):
        found = parsed(content)
        content = found if _are_blocks(found) else printed.blocks(content) or content
    if role == "tool" and not _has_responses(content):
        call_id = raw.get("tool_call_id") or raw.get("call_id") or raw.get("id")
        return _made("tool", [response_part(call_id, content)], raw)
    found_parts = _thoughts(raw) + parts(content)
    found_parts += _calls(raw, found_parts)
    if not found_parts:
        refused = raw.get("refusal") or _beside(raw).get("refusal") or _own(raw).get("refusal")
        found_parts += [text_part(refused)] if isinstance(refused, str) else []
    if isinstance(raw.get("audio"), dict):
        found_parts += in_parts(raw["audio"])
    if not found_parts and content == "" and default == role == "assistant":
        found_parts.append(text_part(""))  # an answer without words is one all the same
    return _made(role, found_parts, raw)


def _are_blocks(value: Json) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(v, dict)
            and (
                isinstance(v.get("type"), str) or len(v) == 1 or "toolUse" in v or "toolResult" in v
            )
            for v in value
        )
    )


def _has_responses(content: Any) -> bool:
    return isinstance(content, list) and any(
        isinstance(c, dict)
        and (
            "toolResult" in c
            or is_result(c)
            or c.get("type") in ("tool_result", "tool-result", "tool_call_response")
        )
        for c in content
    )


def _thoughts(raw: dict[str, Any]) -> list[Part]:
    found = raw.get("reasoning_content") or raw.get("reasoning") or _beside(raw).get("reasoning")
    found = found or raw.get("thought") or raw.get("tool_plan")  # AutoGen's, Cohere's
    if isinstance(found, dict) and isinstance(found.get("summary"), list):  # the Responses API's
        return [made for made in [part({"type": "reasoning", **found})] if made.get("content")]
    return (
        [part({"type": "reasoning", "content": found})] if isinstance(found, str) and found else []
    )


def _beside(raw: dict[str, Any]) -> dict[str, Any]:
    """What LangChain's messages keep beside their content, as Langfuse writes them."""
    more = raw.get("additional_kwargs")
    return more if isinstance(more, dict) else {}


def _own(raw: dict[str, Any]) -> dict[str, Any]:
    """What LiteLLM keeps of a message that is its provider's alone."""
    more = raw.get("provider_specific_fields")
    return more if isinstance(more, dict) else {}


def _calls(raw: dict[str, Any], known: list[Part]) -> list[Part]:
    """Tool calls beside the content, those already among the parts left out."""
    listed = raw.get("tool_calls") or raw.get("toolCalls")
    listed = listed or _beside(raw).get("tool_calls") or ()
    listed = parsed(listed) if isinstance(listed, str) else listed
    made = [tool_call(c) for c in listed if isinstance(c, dict)] if type(listed) is list else []
    function = raw.get("function_call")
    if not made and isinstance(function, dict) and function.get("name"):
        made = [tool_call(function)]
    have = [p.get("id") for p in known if p.get("type") in ("tool_call", "server_tool_call")]
    return [c for c in made if c["id"] is None or c["id"] not in have]


def _langchain(kwargs: Any, path: Any, default: str) -> Message | None:
    if not isinstance(kwargs, dict):
        return None
    role = kwargs.get("role") or kwargs.get("type")
    if not role and isinstance(path, list) and path:
        role = path[-1]
    extra = kwargs.get("additional_kwargs")
    extra = extra if isinstance(extra, dict) else {}
    about = kwargs.get("response_metadata")
    about = about if isinstance(about, dict) else {}
    flat = {
        "role": clean_role(role) if role else default,
        "content": kwargs.get("content"),
        "tool_calls": kwargs.get("tool_calls") or extra.get("tool_calls"),
        "tool_call_id": kwargs.get("tool_call_id"),
        "reasoning_content": extra.get("reasoning_content") or extra.get("reasoning"),
        "thought": kwargs.get("thought"),
        "name": kwargs.get("name"),
        "finish_reason": next(filter(None, map(about.get, ENDS)), None),
        "refusal": extra.get("refusal"),
    }
    told = flat["finish_reason"] or responses.ended_in(kwargs)
    flat["finish_reason"] = told or next(filter(None, map(extra.get, ENDS)), None)
    return _chat(flat, default)


ENDS = ("finish_reason", "stop_reason", "stopReason")
"""Keys under which LangChain's messages say why they ended."""
_ANSWERED = frozenset(
    {"function_call_output", "custom_tool_call_output", "tool_result", "tool-result"}
    | {"tool_call_response"}
)


def _item(raw: dict[str, Any], default: str) -> Message | None:
    """An item with a type and no role: Responses items, LangChain dicts, loose blocks."""
    kind = raw["type"]
    if kind in ROLES or kind in ("user", "assistant", "system", "tool"):
        return _langchain(raw, None, default)
    if kind == "message":
        return _chat({**raw, "role": "assistant"}, default)
    if kind in _ANSWERED:
        return shapes.message("tool", [part(raw)])
    made = part(raw)
    assistant = made["type"] in ("reasoning", "tool_call", "server_tool_call")
    return shapes.message("assistant" if assistant else default, [made])


def unglue(texts: Sequence[Part], thoughts: Sequence[Part]) -> None:
    """Takes thoughts off answers that begin with them: OpenInference wrote Gemini's in one text."""
    for text in texts:
        for thought in thoughts:
            said, words = text.get("content"), thought.get("content")
            if not isinstance(said, str) or not isinstance(words, str) or not words:
                continue
            if said != words and said.startswith(words):
                text["content"] = said[len(words) :].lstrip("\n")


def graft(known: Sequence[Message], told: Sequence[Message]) -> None:
    """Ids and arguments of tool calls from another telling of the same messages, in place."""
    theirs = [p for m in told for p in m.parts if p.get("type") == "tool_call"]
    for part_ in (p for m in known for p in m.parts if p.get("type") == "tool_call"):
        same = next((t for t in theirs if t.get("name") == part_.get("name")), None)
        if same is None:
            continue
        theirs.remove(same)
        for key in ("id", "arguments"):
            if part_.get(key) in (None, {}):
                part_[key] = same.get(key)


def fill(known: Sequence[Message], items: Any) -> None:
    """Parts of messages that have none, from the items of a request that told of the same, in
    place; instructions stand before them."""
    before = sum(m.role == "system" for m in known)
    if not isinstance(items, list) or len(items) != len(known) - before:
        return
    for one, item in zip(known[before:], items, strict=True):
        if not one.parts and isinstance(item, dict) and item.get("role") == one.role:
            told = message(item)
            one.parts = told.parts if told is not None else one.parts


# --- what a person reads ---------------------------------------------------------------------


def system_text(value: Any) -> str | None:
    """A system prompt given as text, as parts, or as messages."""
    value = from_repr(value)
    if isinstance(value, str):
        return value or None
    if isinstance(value, dict):
        inner = value.get("parts", value.get("content", value.get("text")))
        return system_text(inner) if inner is not None and inner is not value else None
    if isinstance(value, list):
        told = [from_repr(v) if isinstance(v, str) and v[:7] == '{"type"' else v for v in value]
        texts = [
            system_text(v["parts"])
            if isinstance(v, dict) and "parts" in v
            else part(v).get("content")
            for v in told
        ]
        return "\n".join(t for t in texts if isinstance(t, str) and t) or None
    return None


def system_of(given: Iterable[Message]) -> str | None:
    """The text of the system messages."""
    return "\n".join(t for m in given if m.role == "system" and (t := m.text)) or None


def speaks(item: Message) -> bool:
    """Whether a message says anything."""
    return any(p != NO_WORDS for p in item.parts)


def with_calls(said: Sequence[Message], told: Sequence[Message]) -> list[Message]:
    """An answer with the calls of tools that only ``told`` has."""
    made = [*said] or [shapes.message("assistant", [])]
    known = [p.get("id") for m in made for p in m.parts if p.get("type") == "tool_call"]
    calls = [p for m in told for p in m.parts if p.get("type") == "tool_call"]
    if calls:
        words = [p for p in made[0].parts if p.get("type") != "text" or p.get("content")]
        made[0].parts = [*words, *(c for c in calls if c.get("id") not in known)]
    return made


def readable_input(given: Sequence[Message]) -> Json:
    """What a model call was asked, for a person: the last message that is not the model's own."""
    for item in reversed(given):
        if item.role not in ("assistant", "system"):
            return readable(item)
    return readable(given[-1]) if given else None


def readable_output(said: Sequence[Message]) -> Json:
    """What a model call answered: JSON where the text is JSON, else text, else its tool calls,
    else what tools answered."""
    calls: list[Json] = []
    answers: list[Json] = []
    for item in said:
        text = item.text
        if text:
            return parsed(text)
        calls += _called(item)
        answers += _answered(item)
    if calls:
        return calls
    if not answers:
        answers = [bare for item in said for p in item.parts if (bare := objects_of(p))]
    return answers[0] if len(answers) == 1 else answers or None


def objects_of(one: Part) -> Json:
    """What stood where words should."""
    return {k: v for k, v in one.items() if k != "type"} if one.get("type") == "generic" else None


def _called(item: Message) -> list[Json]:
    return [
        {"name": p.get("name"), "arguments": p.get("arguments")}
        for p in item.parts
        if p.get("type") == "tool_call"
    ]


def readable(item: Message) -> Json:
    """One message for a person."""
    text = item.text
    if text:
        return parsed(text)
    calls = _called(item)
    if calls:
        return calls
    answers = _answered(item)
    if answers:
        return answers[0] if len(answers) == 1 else answers
    return item.parts or None


def _answered(item: Message) -> list[Json]:
    return [p.get("response") for p in item.parts if p.get("type") == "tool_call_response"]
