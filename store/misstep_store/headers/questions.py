"""What calls were asked, told by their attributes alone where these are plain messages: which of two
calls repeats or retells the other is told by that, and most calls need not be read whole for it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import msgspec

from misstep_store.conventions.between.tries import digest
from misstep_store.conventions.readers import openinference, vercel
from misstep_store.headers.spans import CALL, KIND_OF, Facts, SpanColumns

_LLM = KIND_OF["llm"]
_ASKED, _SAID = "llm.input_messages.", "llm.output_messages."
_ROLES = frozenset({"user", "assistant", "system"})
_READ = ("[{", '["', "ChatMessage(", "SelectorPromptTemplate(")
"""What messages begin with that are read for what stands in them."""
_PARAMETERS = "llm.invocation_parameters"
_SYSTEM = ('"system', "'system", "instructions", "\\")
"""What parameters hold that may name a system prompt."""


def asked(place: int, spans: SpanColumns, facts: Facts) -> str | None:
    """As :func:`tries.question` of the draft of a span that stands for itself alone; None where its
    attributes are not plainly told."""
    a = spans.attributes[place]
    if not _is_plain(place, spans, facts):
        return _asked_of_vercel(a) if _is_plain(place, spans, facts, vercel.NAME) else None
    keys = _message_keys(tuple(a))
    given = a.get(_PARAMETERS, "")
    if not keys or type(given) is not str or any(mark in given for mark in _SYSTEM):
        return None
    if _may_hold_more(a.get("input.value", "")):
        return None
    system: list[str] = []
    words: list[str] = []
    for role_key, content_key in keys:
        role, content = a[role_key], a[content_key]
        if type(role) is not str or role not in _ROLES:
            return None
        if type(content) is not str or not content or content.startswith(_READ):
            return None
        if role == "system":
            system.append(content)
        else:
            words.append(f"{role}:{content}")
    return digest(["\n".join(system), *words])


def _may_hold_more(body: Any) -> bool:
    """Whether a raw request may have more than the messages, such as pictures."""
    return type(body) is not str or any(mark in body for mark in openinference.LEFT_OUT)


@lru_cache(maxsize=1024)
def _message_keys(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Keys of role and content of each message, in their order; none where there are others."""
    if any(name.startswith(("gen_ai.", "llm.prompts", "prompts.")) for name in names):
        return ()
    told = {name for name in names if name.startswith(_ASKED)}
    found = []
    for n in range(len(told) // 2):
        found.append((f"{_ASKED}{n}.message.role", f"{_ASKED}{n}.message.content"))
    return tuple(found) if told == {key for pair in found for key in pair} else ()


def tells_both(place: int, spans: SpanColumns, facts: Facts) -> bool:
    """Whether the draft of a call that was answered surely has messages it was asked and messages
    that answer it."""
    if not _is_plain(place, spans, facts) or spans.status_code[place] == 2:
        return False
    a = spans.attributes[place]
    given = a.get(f"{_ASKED}0.message.content")
    return (
        type(given) is str
        and not given.startswith(_READ)
        and bool(given)
        and any(type(told := a.get(key)) is str and told for key in _ANSWERS)
    )


def _asked_of_vercel(a: dict[str, Any]) -> str | None:
    """As :func:`asked`, of messages of Vercel's AI SDK that are words alone."""
    given = a.get("ai.prompt.messages")
    if type(given) is not str or "\\" in given or len(given) > _MOST_CHARS:
        return None
    try:
        listed = _PROMPT(given)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    system: list[str] = []
    words: list[str] = []
    for said in listed:
        told = said.content
        parts = [told] if isinstance(told, str) else [p.text for p in told]
        if not parts or any(not text or text.startswith(_READ) for text in parts):
            return None
        if said.role == "system":
            system.append("\n".join(parts))
        else:
            words.append(f"{said.role}:" + "\n".join(parts))
    return digest(["\n".join(system), *words])


class _Words(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    type: Literal["text"]
    text: str


class _Said(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Literal["user", "assistant", "system"]
    content: str | list[_Words]


_PROMPT = msgspec.json.Decoder(list[_Said]).decode
_MOST_CHARS = 100_000


def _is_plain(
    place: int, spans: SpanColumns, facts: Facts, convention: str = openinference.NAME
) -> bool:
    """Whether a span is a call of a model's in OpenInference's words, with all of it in them."""
    return (
        facts.kind[place] == _LLM
        and facts.role[place] == CALL
        and facts.text.one("convention", place) == convention
        and place not in facts.drafts
        and place not in spans.logs
    )


_ANSWERS = (
    f"{_SAID}0.message.content",
    f"{_SAID}0.message.tool_calls.0.tool_call.function.name",
)
