"""What calls were asked, told without reading them whole: which of two calls repeats or retells the
other is told by that, and most calls need not be read whole for it.

Of some conventions plain attributes tell it, of others the half of a call that holds its request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from misstep.model import Message
from misstep_store.conventions.asking import digest, words_of
from misstep_store.conventions.content import flattened
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import (
    agentops,
    langfuse,
    langsmith,
    mlflow,
    openinference,
    openinference_raw,
    openllmetry,
    otel_genai,
    vercel,
)
from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.readers import mlflow_llama_index as llama_index
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.shapes import Part
from misstep_store.headers.columns.spans import CALL, KIND_OF, Facts, SpanColumns
from misstep_store.headers.columns.values import hides
from misstep_store.headers.raw.plainly import (
    MOST_CHARS,
    PROMPT,
    READ,
    Question,
    dumped,
    in_order,
    in_parts,
    offered,
    plainly,
)
from misstep_store.headers.steps.rows import NO_SPAN

_LLM = KIND_OF["llm"]
_ASKED, _SAID = "llm.input_messages.", "llm.output_messages."
_ROLES = frozenset({"user", "assistant", "system"})
_PARAMETERS = "llm.invocation_parameters"
_SYSTEM = ('"system', "'system", "instructions", "\\")
"""What parameters hold that may name a system prompt."""


def asked(place: int, inside: Sequence[int], spans: SpanColumns, facts: Facts) -> str | None:
    """As :func:`asking.question` of the draft of a span; None where what its attributes say is not
    plain.

    Args:
        inside: the calls inside that are the same one, the outermost first; the span stands for no
            other that adds to what it was asked.
    """
    found = _asked(place, spans, facts)
    if found is None:
        return None
    system = found.system
    for inner in inside if not system else ():
        told = _asked(inner, spans, facts)
        if told is None:
            return None
        if system := told.system:
            break
    return digest([system, *found.words])


def _asked(place: int, spans: SpanColumns, facts: Facts) -> Question | None:
    convention = facts.text.one("convention", place)
    if not _is_plain(place, spans, facts):
        return None
    a = spans.attributes[place]
    if convention == openinference.NAME:
        return _asked_of_openinference(a)
    if convention == vercel.NAME:
        return _asked_of_vercel(a) if "ai.prompt.messages" in a else _told_of_vercel(place, spans)
    read = _HALVES.get(convention or "")
    if read is None:
        return None
    try:
        return read(place, spans)
    except Exception:  # attributes of any shape may come: their convention knows
        return None


def _question(given: Collection[Message]) -> Question | None:
    if not given:
        return None
    return Question(msg.system_of(given) or "", [words_of(m) for m in given if m.role != "system"])


# --- OpenInference ------------------------------------------------------------------------------


def _asked_of_openinference(a: dict[str, Any]) -> Question | None:
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
        if type(content) is not str or not content or content.startswith(READ):
            return None
        if role == "system":
            system.append(content)
        else:
            words.append(f"{role}:{content}")
    return Question("\n".join(system), words)


def _may_hold_more(body: Any) -> bool:
    """Whether a raw request may have more than the messages, such as pictures."""
    return type(body) is not str or any(mark in body for mark in openinference_raw.LEFT_OUT)


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
    if facts.text.one("convention", place) != openinference.NAME:
        return False
    a = spans.attributes[place]
    given = a.get(f"{_ASKED}0.message.content")
    return (
        type(given) is str
        and not given.startswith(READ)
        and bool(given)
        and any(type(told := a.get(key)) is str and told for key in _ANSWERS)
    )


# --- Vercel's AI SDK ----------------------------------------------------------------------------


def _asked_of_vercel(a: dict[str, Any]) -> Question | None:
    """Messages that are words alone."""
    given = a.get("ai.prompt.messages")
    if type(given) is not str or "\\" in given or len(given) > MOST_CHARS or _INSTRUCTIONS in a:
        return None
    try:
        listed = PROMPT(given)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    return in_order((said.role, said.content) for said in listed)


def _told_of_vercel(place: int, spans: SpanColumns) -> Question | None:
    """Messages that only GenAI's words tell, as Traceloop's processor writes them, and those alone."""
    a = spans.attributes[place]
    if "ai.prompt" in a or _INSTRUCTIONS in a:
        return None
    if any(e.name in events.ASKED for e in spans.happened(place)):
        return None
    return in_parts(a.get("gen_ai.input.messages"))


# --- the half of a call that holds its request --------------------------------------------------


def _of_langsmith(place: int, spans: SpanColumns) -> Question | None:
    a = spans.attributes[place]
    if _may_instruct(a.get("gen_ai.completion")):
        return None
    given = a.get("gen_ai.prompt")
    return plainly(given) or _question(bodies.messages_asked(rd.from_repr(given)))


def _of_langfuse(place: int, spans: SpanColumns) -> Question | None:
    a = spans.attributes[place]
    if any(k.startswith("gen_ai.") for k in a) or langfuse.is_response(a):
        return None
    if _may_instruct(a.get("langfuse.observation.output")):
        return None
    given = a.get("langfuse.observation.input")
    if (plain := plainly(given) or offered(given)) is not None:
        return plain
    return _asked_in_langfuse(given)


@lru_cache(maxsize=64)
def _asked_in_langfuse(given: str) -> Question | None:
    """Calls that were tried again carry the same."""
    scratch = Draft(NO_SPAN, langfuse.NAME, "llm")
    langfuse.asked(scratch, rd.from_repr(given))
    return _question(scratch.messages_in)


def _of_mlflow(place: int, spans: SpanColumns) -> Question | None:
    a = spans.attributes[place]
    if _INSTRUCTIONS in a or "object" in a or _may_instruct(a.get("mlflow.spanOutputs")):
        return None
    if rd.word(a, "mlflow.message.format") == llama_index.FORMAT:
        return None
    given = a.get("mlflow.spanInputs")
    plain = plainly(given) or dumped(given)
    return plain or _question(bodies.messages_asked(mlflow.json_in(given)))


def _flattened(a: dict[str, Any]) -> Question | None:
    """What messages ask that are one text each, which begins as a sentence does."""
    told: list[tuple[str, str]] = []
    for role_key, content_key in _prompt_keys(tuple(a)):
        role, content = a[role_key], a[content_key]
        if type(role) is not str or role not in _ROLES or not _is_sentence(content):
            return None
        told.append((role, content))
    return in_order(told) if told else None


def _is_sentence(text: Any) -> bool:
    """Whether it is text, and no object that was printed, whose class or first field stands first."""
    return type(text) is str and text[:1].isalpha() and not set("(=") & set(text[:64])


@lru_cache(maxsize=1024)
def _prompt_keys(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Keys of role and content of each message, in their order; none where there are others."""
    told = {name for name in names if name.startswith("gen_ai.prompt")}
    at = [f"gen_ai.prompt.{n}." for n in range(len(told) // 2)]
    pairs = tuple((f"{start}role", f"{start}content") for start in at)
    return pairs if told == {key for pair in pairs for key in pair} else ()


def _of_genai(
    place: int, spans: SpanColumns, opened: Callable[[list[Part]], list[Part]] | None = None
) -> Question | None:
    a = spans.attributes[place]
    if _INSTRUCTIONS in a or "gen_ai.input.messages" in a or events.LISTED in a:
        return None
    if any(e.name in events.ASKED for e in spans.happened(place)):
        return None
    if opened is None and (plain := _flattened(a)) is not None:
        return plain
    given = flattened.messages(a, "gen_ai.prompt", "user")
    if opened is not None:
        for message in given:
            message.parts = opened(message.parts)
    return _question(given)


def _of_otel_genai(place: int, spans: SpanColumns) -> Question | None:
    a = spans.attributes[place]
    if "gen_ai.input.messages" not in a:
        return _of_genai(place, spans)
    if _INSTRUCTIONS in a or events.LISTED in a:
        return None
    if any(e.name in events.ASKED for e in spans.happened(place)):
        return None
    return in_parts(a["gen_ai.input.messages"])


def _of_openllmetry(place: int, spans: SpanColumns) -> Question | None:
    scope = spans.scope[place]
    if openllmetry.is_plain(scope):
        return _of_genai(place, spans)
    opened = openllmetry.OPENED.get(scope)
    if opened is None or "traceloop.entity.input" in spans.attributes[place]:
        return None
    return _of_genai(place, spans, opened)


_INSTRUCTIONS = "gen_ai.system_instructions"
_HALVES: dict[str, Callable[[int, SpanColumns], Question | None]] = {
    langsmith.NAME: _of_langsmith,
    langfuse.NAME: _of_langfuse,
    mlflow.NAME: _of_mlflow,
    otel_genai.NAME: _of_otel_genai,
    agentops.NAME: _of_genai,
    openllmetry.NAME: _of_openllmetry,
}
"""What finds the messages of a request as the convention does; None where there may be others."""


def _may_instruct(answer: Any) -> bool:
    """Whether an answer may tell the system prompt, as a Responses object does."""
    if answer is None:
        return False
    return type(answer) is not str or "instructions" in answer or hides(answer)


def _is_plain(place: int, spans: SpanColumns, facts: Facts) -> bool:
    """Whether a span is a call of a model's with all of it in its attributes."""
    return (
        facts.kind[place] == _LLM
        and facts.role[place] == CALL
        and place not in facts.drafts
        and place not in spans.logs
    )


_ANSWERS = (
    f"{_SAID}0.message.content",
    f"{_SAID}0.message.tool_calls.0.tool_call.function.name",
)
