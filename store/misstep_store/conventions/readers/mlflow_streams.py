"""Streams as MLflow keeps them: each chunk is an event of the span."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from misstep.model import Json
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import responses
from misstep_store.conventions.content.parts import NO_WORDS, call_part, reasoning_part, text_part
from misstep_store.conventions.raw import bodies, streams
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.conventions.values.usage import merged
from misstep_store.otlp.spans import SpanEvent

UNFINISHED = ("incomplete", responses.FAILED)
"""How a response that is no whole answer ended."""
MAX_CHUNK = 100_000
_LAST_CHUNKS = 4


def stream_end(draft: Draft) -> None:
    """Why a stream ended: its chunks say it, while what MLflow makes of them says ``stop``."""
    last = last_told(draft.span.events)
    if last is None:
        return
    chunk, end = last
    if not end:
        unfinished(draft, chunk)
        return
    draft.finish_reason = end
    draft.response_id = draft.response_id or rd.text(chunk, "id")
    for message in draft.messages_out:
        message.finish_reason = end


def last_told(
    happened: Sequence[SpanEvent],
    told_in: Callable[[Any], tuple[dict[str, Any], str] | None] | None = None,
) -> tuple[dict[str, Any], str] | None:
    """The last chunk that says why a stream ended, and what it says; or a response that ended before
    its time, and nothing. ``told_in`` reads a chunk as :func:`told_by` does."""
    told_in = told_in or told_by
    for event in happened[: -_LAST_CHUNKS - 1 : -1]:
        if (told := told_in(event.attributes.get(_CHUNK))) is not None:
            return told
    return None


def told_by(value: Any) -> tuple[dict[str, Any], str] | None:
    """What one chunk says of the end of its stream."""
    chunk = rd.decoded(value) if _may_end(value) else None
    if not isinstance(chunk, dict):
        return None
    told = chunk.get("response")
    if isinstance(told, dict) and told.get("status") in UNFINISHED:
        return told, ""
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        found = choice.get("finish_reason") if isinstance(choice, dict) else None
        if isinstance(found, str) and found:
            return chunk, found
    return None


def _may_end(value: Any) -> bool:
    """Whether a chunk may say why a stream ended; most are told by the words that they lack."""
    if type(value) is not str or value[:1] != "{" or "\\u" in value:
        return True
    if '"response"' in value and any(end in value for end in _CUT_SHORT):
        return True
    at = value.find(_END)
    while at >= 0:
        if _TOLD_END.match(value, at):
            return '"choices"' in value
        at = value.find(_END, at + 1)
    return False


_CUT_SHORT = tuple(f'"{end}"' for end in UNFINISHED)
_END = '"finish_reason"'
_TOLD_END = re.compile(_END + r'\s*:\s*"')


def unfinished(draft: Draft, response: dict[str, Any]) -> None:
    """A response that ended before its time, of which MLflow keeps the last chunk alone."""
    told = bodies.about(response)
    draft.response_model = told.model or draft.response_model
    draft.response_id = told.identity or draft.response_id
    draft.finish_reason = told.finish
    draft.usage = merged(draft.usage, told.usage)
    draft.error = responses.failure_in(response)


def chunks(draft: Draft) -> None:
    """A streamed tool call stands in the chunk events alone."""
    if draft.span.events:
        stream_end(draft)
    said = [p for m in draft.messages_out for p in m.parts if p != NO_WORDS]
    if said and (draft.finish_reason != "tool_calls" or any(p["type"] != "text" for p in said)):
        return
    calls: dict[int, dict[str, str]] = {}
    text: list[str] = []
    for event in draft.span.events:
        if not event.name.startswith("mlflow.chunk.item"):
            continue
        for _, delta in _deltas(event.attributes.get(_CHUNK)):
            streams.add_delta(delta, calls, text)
    made = [
        call_part(c.get("id"), c.get("name"), c.get("arguments", ""))
        for _, c in sorted(calls.items())
    ]
    if said:
        made = [*said, *made]
    elif "".join(text):
        made.insert(0, text_part("".join(text)))
    if made:
        finish_reason = next((m.finish_reason for m in draft.messages_out), None)
        draft.messages_out = [shapes.message("assistant", made, None, finish_reason)]


def _deltas(value: Any) -> Iterator[tuple[Any, dict[str, Json]]]:
    """Of which choice a chunk brings a piece, and the piece."""
    chunk = rd.decoded(value)
    choices = chunk.get("choices") if isinstance(chunk, dict) else None
    for choice in choices if isinstance(choices, list) else ():
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if isinstance(delta, dict):
            yield choice.get("index"), delta


_CHUNK = "mlflow.chunk.value"
_THOUGHT = re.compile(r'"reasoning(?:_content)?": ?"')


def think(draft: Draft) -> None:
    """What was thought stands in the chunk events alone, where the answer was put together."""
    if not draft.messages_out or any(p["type"] == "reasoning" for p in draft.messages_out[0].parts):
        return
    thoughts: list[str] = []
    for event in draft.span.events:
        value = event.attributes.get(_CHUNK)
        if not isinstance(value, str) or not _THOUGHT.search(value):
            continue
        for index, delta in _deltas(value):
            if index in (0, None):
                thoughts.append(rd.text(delta, "reasoning_content", "reasoning") or "")
    if any(thoughts):
        said = draft.messages_out[0]
        said.parts = [reasoning_part("".join(thoughts)), *said.parts]


def streamed(draft: Draft) -> None:
    """When a LangChain stream began, and what its last token says of its end."""
    pieces = pieces_of(draft.span.events)
    if not pieces:
        return
    if draft.time_to_first_token_ms is None:
        waited = first_to_come(pieces) - draft.span.start_unix_nano
        draft.time_to_first_token_ms = max(0, waited) / 1e6
    end, model = end_of(pieces)
    draft.finish_reason = draft.finish_reason or end
    draft.response_model = model or draft.response_model


NEW_TOKEN = "new_token"  # noqa: S105 - the name of an event


def pieces_of(happened: Sequence[SpanEvent]) -> list[SpanEvent]:
    """The tokens of a LangChain stream."""
    return [e for e in happened if e.name == NEW_TOKEN]


def first_to_come(pieces: Sequence[SpanEvent]) -> int:
    """When the first token came that says something."""
    # Calls of tools are no text: of those the first piece is the first.
    return next((e for e in pieces if _brings(e.attributes)), pieces[0]).time_unix_nano


End = tuple[str | None, str | None]
"""Why a stream ended, and which model it was."""


def end_of(pieces: Sequence[SpanEvent], told_in: Callable[[Any], End | None] | None = None) -> End:
    """Why a stream ended, and which model it was, as its tokens say; ``told_in`` reads a chunk as
    :func:`end_in` does."""
    told_in = told_in or end_in
    finish = model = None
    for event in pieces:
        given = event.attributes.get("chunk", "")
        if type(given) is str and _OF_ENDS not in given:
            continue  # most are told by the letters that they lack
        if (told := told_in(given)) is not None:
            finish, model = finish or told[0], told[1] or model
    return finish, model


def end_in(given: Any) -> End | None:
    """What one chunk of a LangChain stream says of its end."""
    if not may_end(str(given)[:MAX_CHUNK]):
        return None
    chunk = rd.decoded(given)
    kept = chunk.get("kwargs", chunk) if isinstance(chunk, dict) else {}
    info = kept.get("generation_info") if isinstance(kept, dict) else None
    if not isinstance(info, dict) and isinstance(kept, dict):
        info = bodies.about_message(kept.get("message"))
    if not isinstance(info, dict):
        return None
    return rd.text(info, *msg.ENDS), rd.text(info, "model_name")


def may_end(piece: str) -> bool:
    """Whether it has a key that tells why an answer ended."""
    return _OF_ENDS in piece and any(end in piece for end in msg.ENDS)


_OF_ENDS = "eason"
"""Letters of all such keys."""


def _brings(a: Mapping[str, Any]) -> bool:
    """Whether a piece of a stream says something; blocks are no text, and stand in it alone."""
    return bool(a["token"]) if "token" in a else "chunk" in a
