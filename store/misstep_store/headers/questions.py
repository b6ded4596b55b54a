"""What calls were asked, told by their attributes alone where these are plain messages: which of two
calls repeats or retells the other is told by that, and most calls need not be read whole for it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from misstep_store.conventions.between.tries import digest
from misstep_store.conventions.readers import openinference
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
    if not _is_plain(place, spans, facts):
        return None
    a = spans.attributes[place]
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


def _is_plain(place: int, spans: SpanColumns, facts: Facts) -> bool:
    """Whether a span is a call of a model's in OpenInference's words, with all of it in them."""
    return (
        facts.kind[place] == _LLM
        and facts.role[place] == CALL
        and facts.text.one("convention", place) == openinference.NAME
        and place not in facts.drafts
        and place not in spans.logs
    )


_ANSWERS = (
    f"{_SAID}0.message.content",
    f"{_SAID}0.message.tool_calls.0.tool_call.function.name",
)
