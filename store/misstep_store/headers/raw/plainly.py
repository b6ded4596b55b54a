"""What requests ask whose messages are words alone: told without reading them whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.raw import bodies
from misstep_store.headers.columns.values import hides
from misstep_store.headers.raw.counted import Nothing
from misstep_store.headers.raw.wires import Never

READ = ("[{", '["', "ChatMessage(", "SelectorPromptTemplate(")
"""What messages begin with that are read for what stands in them."""


class Question(NamedTuple):
    """The system prompt, empty where there is none, and role and words of each other message."""

    system: str
    words: list[str]


def in_parts(given: Any) -> Question | None:
    """What GenAI's messages ask that are words alone."""
    if type(given) is not str or len(given) > MOST_CHARS:
        return None
    try:
        listed = _TOLD(given)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    return in_order((m.role, [p.content for p in m.parts]) for m in listed) if listed else None


def in_order(messages: Iterable[tuple[str, str | list[_Words] | list[str]]]) -> Question | None:
    """Messages that are words alone, by role and words; None where these may be more than that."""
    system: list[str] = []
    words: list[str] = []
    for role, told in messages:
        parts = (
            [told] if isinstance(told, str) else [p if isinstance(p, str) else p.text for p in told]
        )
        if not parts or any(not text or text.startswith(READ) for text in parts):
            return None
        if role != "system":
            words.append(f"{role}:" + "\n".join(parts))
        elif bodies.left_out(parts[0]):
            return None
        else:
            system.append("\n".join(parts))
    return Question("\n".join(system), words)


class _Words(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    type: Literal["text"]
    text: str


class _Said(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Literal["user", "assistant", "system"]
    content: str | list[_Words]
    tool_calls: None = None
    refusal: None = None
    tool_call_id: None = None


class _Part(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    type: Literal["text"]
    content: str


class _Told(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A message in GenAI's words."""

    role: Literal["user", "assistant", "system"]
    parts: list[_Part]


class _Request(msgspec.Struct, gc=False):
    """A request, in which nothing but its messages tells a system prompt."""

    messages: list[_Said]
    system: Never = UNSET
    instructions: Never = UNSET
    system_instruction: Never = UNSET
    config: Never = UNSET
    role: Never = UNSET
    kwargs: Never = UNSET
    modelId: Never = UNSET  # noqa: N815


class _Definition(msgspec.Struct, gc=False):
    """A tool that is offered, as Langfuse writes it among the messages."""

    function: Nothing | UnsetType = UNSET
    input_schema: Nothing | UnsetType = UNSET


class _SaidOrOffered(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Literal["user", "assistant", "system", "tool"]
    content: str | list[_Words] | _Definition
    tool_calls: None = None
    refusal: None = None
    tool_call_id: None = None


class _Kwargs(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    type: Literal["human", "ai", "system"]
    content: str
    id: Any = None


class _Constructed(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A message as LangChain writes its objects."""

    lc: int
    type: Literal["constructor"]
    id: list[str]
    kwargs: _Kwargs


class _Refused(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    refusal: None = None


_NO_CALLS = Annotated[list[Any], msgspec.Meta(max_length=0)]


class _Dumped(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A message as LangChain dumps it, words alone."""

    type: Literal["human", "ai", "system"]
    content: str
    additional_kwargs: _Refused = _Refused()
    response_metadata: Any = None
    usage_metadata: Any = None
    name: None = None
    id: Any = None
    example: Any = None
    tool_calls: _NO_CALLS | None = None
    invalid_tool_calls: _NO_CALLS | None = None


class _Batch(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    messages: tuple[list[_Constructed]]


_TOLD = msgspec.json.Decoder(list[_Told]).decode
PROMPT = msgspec.json.Decoder(list[_Said]).decode
_REQUEST = msgspec.json.Decoder(list[_Said] | _Request).decode
_OFFERED = msgspec.json.Decoder(list[_SaidOrOffered]).decode
_BATCH = msgspec.json.Decoder(_Batch).decode
_LISTED = msgspec.json.Decoder(tuple[list[_Dumped]]).decode
MOST_CHARS = 100_000


def plainly(given: Any) -> Question | None:
    """What a request asks whose messages are words alone."""
    if type(given) is not str or len(given) > MOST_CHARS or hides(given):
        return None
    try:
        if '"lc"' in given:
            (batch,) = _BATCH(given).messages
            told = [(msg.ROLES.get(m.kwargs.type, "system"), m.kwargs.content) for m in batch]
            return in_order(told) if told else None
        found = _REQUEST(given)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    listed = found if isinstance(found, list) else found.messages
    return in_order((said.role, said.content) for said in listed) if listed else None


def offered(given: Any) -> Question | None:
    """As :func:`plainly`, of messages with the tools that are offered among them."""
    if type(given) is not str or len(given) > MOST_CHARS or hides(given):
        return None
    try:
        listed = _OFFERED(given)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    said: list[tuple[str, str | list[_Words]]] = []
    for one in listed:
        if not isinstance(one.content, _Definition):
            if one.role == "tool":
                return None
            said.append((one.role, one.content))
        elif one.role != "tool" or one.content.function is one.content.input_schema:
            return None  # both are lacking
    return in_order(said) if said else None


def dumped(given: Any) -> Question | None:
    """What one list of LangChain's messages asks that are words alone."""
    if type(given) is not str or len(given) > MOST_CHARS or given[:2] != "[[":
        return None
    try:
        (listed,) = _LISTED(given)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    return (
        in_order((msg.ROLES.get(m.type, "system"), m.content) for m in listed) if listed else None
    )
