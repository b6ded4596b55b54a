"""GenAI content and judgements that travel as span events or log records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from misstep.model import ErrorInfo, Message, Score
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.types import Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.conventions.values.errors import error
from misstep_store.otlp.spans import LogRecord, Span, SpanEvent

ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.system.instructions": "system",
    "gen_ai.developer.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
CHOICE = "gen_ai.choice"
DETAILS = "gen_ai.client.inference.operation.details"
EVALUATION = "gen_ai.evaluation.result"
EXCEPTION = "gen_ai.client.operation.exception"
_PROMPTS = ("gen_ai.content.prompt", "gen_ai.prompt", "gen_ai.input.messages")
ASKED = frozenset({*ROLES, *_PROMPTS, DETAILS})
"""Events that may tell what was asked."""
USAGE = "gen_ai.usage"
"""Tokens, as Ax tells of them."""
COMPLETIONS = ("gen_ai.content.completion", "gen_ai.completion", "gen_ai.output.messages")
_CHOICES = "gen_ai.content.completion."


def is_completion(name: str) -> bool:
    """Whether events of this name hold an answer; OpenLIT of 2024 numbered those of one call."""
    return name in COMPLETIONS or (name.startswith(_CHOICES) and name[len(_CHOICES) :].isdecimal())


def event_name(record: LogRecord) -> str:
    """The name of an event, also where the sender left it to an attribute."""
    return record.event_name or str(record.attributes.get("event.name") or "")


def with_details(span: Span, logs: Logs) -> Mapping[str, Any]:
    """The span's attributes, what the details event adds included; the span's own win."""
    return detailed(span.attributes, span.events, [r for r in logs if event_name(r) == DETAILS])


def detailed(
    a: Mapping[str, Any], happened: Iterable[SpanEvent], details: Iterable[LogRecord]
) -> Mapping[str, Any]:
    """As :func:`with_details`, of a span's attributes and events; ``details``: its records of them."""
    for layer in layers(happened, details):
        a = {**layer, **a}
    return a


def layers(
    happened: Iterable[SpanEvent], details: Iterable[LogRecord]
) -> Sequence[Mapping[str, Any]]:
    """What a span's details tell, those first that have more say."""
    found: list[Mapping[str, Any]] = [e.attributes for e in happened if e.name == DETAILS]
    for record in details:
        found.append(record.attributes)
        if type(record.body) is dict:
            found.append(record.body)
    return whole(found)


_SAID = "gen_ai.output.messages"


def whole(told: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Layers of which several hold an answer: the pieces of one, as they streamed in, put together
    in the first."""
    said = [n for n, layer in enumerate(told) if _SAID in layer]
    if len(said) < _A_PIECE:
        return told
    pieces = [_piece(told[n][_SAID]) for n in said]
    known = [p for n, p in enumerate(pieces) if p and (not n or p != pieces[n - 1])]
    if len(known) < _A_PIECE or not all(pieces):
        return told
    parts = [part for piece in known for part in piece["parts"]]
    answer = {**told[said[0]], _SAID: [{**known[-1], "parts": parts}]}
    return [*told[: said[0]], answer, *told[said[0] + 1 :]]


def _piece(told: Any) -> dict[str, Any] | None:
    """The one message of an answer."""
    listed = rd.parsed(told) if isinstance(told, str) else told
    only = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    return only if isinstance(only, dict) and isinstance(only.get("parts"), list) else None


def read_messages(draft: Draft, span: Span, logs: Logs) -> None:
    """Era B (one event a message) and older content events, for the sides the draft lacks."""
    wants_in, wants_out = not draft.messages_in, not draft.messages_out
    if not (wants_in or wants_out) or not (span.events or logs):
        return
    asked: list[Message] = []
    said: list[Message] = []
    grown: list[Message] = []
    chosen: list[Any] = []
    turns: list[tuple[str, list[Message]]] = []
    for name, attributes, body in _carried(span, logs):
        role = ROLES.get(name)
        if role is not None:
            told = _one(role, attributes, body)
            asked += told
            turns.append((role, told))
        elif name == CHOICE:
            told = _choice(draft, attributes, body)
            turns.append((CHOICE, told))
            said += told
            chosen += [_fields(attributes, body).get("index")] * len(told)
        elif name in _PROMPTS:
            given = attributes.get("gen_ai.prompt", attributes.get(CONTENT))
            asked += msg.messages(body if given is None else given, "user")
        elif is_completion(name):
            given = completion_of(attributes)
            told = msg.messages(body if given is None else given, "assistant")
            said += told
            grown += told
    if (
        wants_out
        and turns
        and turns[-1][0] == "assistant"
        and not logs
        and span.status_code != _FAILED
    ):
        asked, said, chosen = *_answered_last(turns), []
    if wants_in and asked:
        asked = _in_turn(asked)
        draft.messages_in = [m for i, m in enumerate(asked) if not i or not _again(m, asked[i - 1])]
    if said and len(said) == len(chosen) and (said[-1].finish_reason or _are_of_one(chosen)):
        said = _whole(said)
    if wants_out and said:
        draft.messages_out = grown[-1:] if len(grown) == len(said) and _grew(grown) else said


def _answered_last(
    turns: Sequence[tuple[str, list[Message]]],
) -> tuple[list[Message], list[Message]]:
    """What was asked and said where an assistant's message comes last, as Koog and Azure's agents tell
    of answers: choices before it were made in earlier turns."""
    end = len(turns)
    while end and turns[end - 1][0] == "assistant":
        end -= 1
    before, after = turns[:end], turns[end:]
    return [m for _, told in before for m in told], [m for _, told in after for m in told]


_FAILED = 2


def _in_turn(asked: list[Message]) -> list[Message]:
    """Results of tools after what asked for them: records of one moment come in any order."""
    called: dict[Any, int] = {}
    for n, message in enumerate(asked):
        for part in message.parts:
            if part.get("type") == "tool_call" and isinstance(part.get("id"), str):
                called.setdefault(part["id"], n)
    if not called:
        return asked

    def turn(n: int) -> tuple[int, bool]:
        told = [p.get("id") for p in asked[n].parts if p.get("type") == "tool_call_response"]
        after = max((called.get(i, n) for i in told if isinstance(i, str)), default=n)
        return max(n, after), after > n

    return [asked[n] for n in sorted(range(len(asked)), key=turn)]


def _are_of_one(indexes: Sequence[Any]) -> bool:
    """Whether choices are all the first, or all the second."""
    return indexes[0] is not None and indexes.count(indexes[0]) == len(indexes)


def _grew(said: Sequence[Message]) -> bool:
    """Whether each tells all that was said until then, as Langtrace tells of the pieces of a stream."""
    texts = [_only_text(m) for m in said]
    return bool(
        len(said) >= _A_PIECE
        and texts[0] != texts[-1]
        and all(a is not None and b is not None and b.startswith(a) for a, b in pairwise(texts))
    )


def _only_text(message: Message) -> str | None:
    """Its words, where it has no other parts."""
    parts = message.parts
    if any(p.get("type") != "text" for p in parts):
        return None
    return "".join(str(p.get("content") or "") for p in parts)


LISTED = "events"
"""Where Logfire lists the events of Google's SDK."""


def read_listed(draft: Draft, told: Any) -> None:
    """Logfire's list of events, which other instrumentations write into it."""
    listed = [e for e in told if isinstance(e, dict)] if isinstance(told, list) else []
    if not draft.messages_in:
        found = [msg.message(e) for e in listed if "message" not in e and "index" not in e]
        draft.messages_in = [m for m in found if m is not None and m.parts]
    if not draft.messages_out:
        said = [m for e in listed if "message" in e for m in _choice(draft, e, None)]
        draft.messages_out = [m for m in _whole(said) if m.parts]


def _whole(said: list[Message]) -> list[Message]:
    """Choices, those put together that are pieces of a stream: only the last says why it ended."""
    if len(said) < _A_PIECE or any(m.finish_reason for m in said[:-1]):
        return said
    whole: list[dict[str, Any]] = []
    for part in (p for m in said for p in m.parts):
        before = whole[-1] if whole else {}
        same = part.get("type") == before.get("type") and part.get("type") in ("text", "reasoning")
        if same and isinstance(part.get("content"), str) and isinstance(before.get("content"), str):
            whole[-1] = {**before, "content": before["content"] + part["content"]}
        else:
            whole.append(part)
    said[-1].parts = whole
    return said[-1:]


_A_PIECE = 2


def _again(message: Message, before: Message) -> bool:
    """Bedrock's instrumentation tells of a tool's result as its message and as the user's."""
    return message.role == "tool" and message.parts == before.parts


def _carried(span: Span, logs: Logs) -> Iterable[tuple[str, Mapping[str, Any], Any]]:
    for event in span.events:
        if event.name.startswith("gen_ai."):
            yield event.name, event.attributes, None
    for record in sorted(logs, key=_moment) if len(logs) > 1 else logs:
        name = event_name(record)
        if name.startswith("gen_ai."):
            yield name, record.attributes, record.body
        elif not name and record.scope.name.startswith(_OF_SPRING):
            yield from _written(record)


_OF_SPRING = "org.springframework.ai."
_HEADINGS = {"Chat Model Prompt Content:": _PROMPTS[0], "Chat Model Completion:": COMPLETIONS[0]}


def _written(record: LogRecord) -> Iterable[tuple[str, Mapping[str, Any], Any]]:
    """What Spring AI writes into its log below a heading: the texts of all messages, as a list."""
    if not isinstance(record.body, str):
        return
    heading, _, told = record.body.partition("\n")
    if (name := _HEADINGS.get(heading)) and told:
        yield name, {}, told


def _moment(record: LogRecord) -> tuple[int, bool]:
    """When a record was made; of those of one moment instructions stand first."""
    moment = record.time_unix_nano or record.observed_time_unix_nano
    return moment, ROLES.get(event_name(record)) != "system"


def completion_of(a: Mapping[str, Any]) -> Any:
    """The answer that an event with a whole one holds."""
    return a.get("gen_ai.completion", a.get(CONTENT))


CONTENT = "gen_ai.event.content"
"""Where Azure's libraries keep a whole event."""
BODY = "body"
"""Where Koog does."""


def _fields(attributes: Mapping[str, Any], body: Any) -> dict[str, Any]:
    if body is None and CONTENT in attributes:
        body = attributes[CONTENT]
    elif body is None and BODY in attributes and "content" not in attributes:
        body = attributes[BODY]
    found = rd.from_repr(body) if body is not None else dict(attributes)
    if not isinstance(found, dict):
        found = {"content": found}
    return found if found.get("content") != _LEFT_OUT else {**found, "content": None}


_LEFT_OUT = "<elided>"
"""What Google's ADK writes in place of words that are not to be told."""


def _one(role: str, attributes: Mapping[str, Any], body: Any) -> list[Message]:
    fields = _fields(attributes, body)
    if set(fields) == {"content"} and fields["content"] is None:
        return []
    fields = {**fields, "content": rd.parsed(fields.get("content")), "role": role}
    if "function_calls" in fields:  # Ax's
        fields["tool_calls"] = rd.parsed(fields["function_calls"])
    if isinstance(fields["content"], dict) and isinstance(fields["content"].get("parts"), list):
        fields["content"] = fields["content"]["parts"]  # Gemini's
    if isinstance(fields["content"], dict):
        fields["content"] = [fields["content"]] if role != "tool" else fields["content"]
    found = msg.message(fields, role)
    return [found] if found is not None else []


def _choice(draft: Draft, attributes: Mapping[str, Any], body: Any) -> list[Message]:
    fields = _fields(attributes, body)
    inner = rd.parsed(fields.get("message", fields.get("content")))
    if isinstance(inner, dict) and not _SAYING.isdisjoint(inner):
        raw = {"role": "assistant", **inner}
        content = rd.parsed(inner.get("content"))
        if isinstance(content, list):
            raw["content"] = content
    else:
        raw = {"role": "assistant", "content": inner}
        if isinstance(inner, dict):
            raw["content"] = [inner]
    for key in ("tool_calls",):
        if key not in raw and key in fields:
            raw[key] = rd.parsed(fields[key])
    found = msg.message(raw, "assistant")
    if found is None:
        return []
    finish = fields.get("finish_reason")
    if isinstance(finish, str) and finish:
        found.finish_reason = finish
        if draft.finish_reason is None:
            draft.finish_reason = finish
    return [found]


_SAYING = frozenset({"role", "content", "tool_calls", "toolCalls"})
"""What a message has one of; Azure's client for Node writes calls as it names them."""


def tool(draft: Draft, span: Span) -> None:
    """What a tool was given and what it gave, as Ax tells of it."""
    told = next((e.attributes for e in span.events if e.name == "gen_ai.tool.message"), None)
    if told is None:
        return
    if draft.input is None and "args" in told:
        draft.input = rd.decoded(told["args"])
    if not draft.has_output and "result" in told:
        draft.output, draft.has_output = rd.decoded(told["result"]), True


def failure(logs: Logs) -> ErrorInfo | None:
    """Why a call failed, as a log record tells it."""
    for record in logs:
        if event_name(record) == EXCEPTION:
            a = record.attributes
            told = rd.text(a, "exception.message") or (
                record.body if isinstance(record.body, str) else ""
            )
            kind = rd.text(a, "exception.type", "error.type")
            return error(kind, told, rd.text(a, "exception.stacktrace"))
    return None


def scores(span: Span, logs: Logs) -> list[Score]:
    """What evaluation events say of the span."""
    made = [evaluation(e.attributes, span.span_id) for e in span.events if e.name == EVALUATION]
    for record in logs:
        if event_name(record) == EVALUATION:
            made.append(evaluation(record.attributes, span.span_id))
    return made


def evaluation(e: Mapping[str, Any], hop_id: str | None) -> Score:
    """One evaluation event."""
    return shapes.score(
        rd.text(e, "gen_ai.evaluation.name"),
        value=rd.number(e, "gen_ai.evaluation.score.value", "gen_ai.evaluation.score"),
        label=rd.text(e, "gen_ai.evaluation.score.label", "gen_ai.evaluation.label"),
        explanation=rd.text(e, "gen_ai.evaluation.explanation", "error.type"),
        hop_id=hop_id,
        by="evaluation",
    )
