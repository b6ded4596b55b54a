"""What Agno of 2025 prints under OpenInference: what runs are given, and answers of models, as
``ModelResponse(role='assistant', content='…', tool_calls=[…], …, response_usage=Metrics(…), …)`` or a
list of such texts, the pieces of a stream.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from misstep_store.conventions.content import objects
from misstep_store.conventions.raw import bodies, streams
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

_PRINTED = "ModelResponse("
_PIECES = f'["{_PRINTED}'
_WORDS = re.compile(rf"ModelResponse\(role=(?:None|'\w*'), content=(?:None|{objects.LITERAL}), ")
_SAYS_MORE = re.compile(r"tool_calls=\[[^\]]|response_usage=[^N]|\breasoning_content=[^N]")
_MOST_PIECES = 20_000
_USER = re.compile(rf"Message\(role='user', content={objects.LITERAL}")
_LOOKED_AT = 50_000
OF_A_RUN = '"content_type"'


def call(draft: Draft, a: Mapping[str, Any]) -> None:
    """The words, tool calls and tokens of a printed answer."""
    answer = None if draft.messages_out else printed(a.get("output.value"))
    if answer is not None:
        draft.output, draft.has_output = None, False
        bodies.response(draft, answer)


def is_printed(value: Any) -> bool:
    """Whether it may be an answer that was printed."""
    return isinstance(value, str) and value.startswith((_PRINTED, _PIECES))


def printed(value: Any) -> dict[str, Any] | None:
    """A chat completion with what a printed answer says; None where it is something else."""
    if not is_printed(value):
        return None
    pieces = [value] if value.startswith(_PRINTED) else rd.parsed(value)
    if not isinstance(pieces, list):
        return None
    told = [_chunk(p) for p in islice(pieces, _MOST_PIECES) if isinstance(p, str)]
    return streams.joined([c for c in told if c is not None])


def _chunk(text: str) -> dict[str, Any] | None:
    """One piece, or the whole answer, as a chunk of a chat completion."""
    words = _WORDS.match(text)
    if words is not None and not _SAYS_MORE.search(text, words.end()):
        text = f"_(content={words[1]})"  # most pieces are no more than that
    found = objects.fields_of(text)
    if not isinstance(found, dict):
        return None
    delta = {k: found[k] for k in ("content", "reasoning_content") if isinstance(found.get(k), str)}
    calls = found.get("tool_calls")
    if isinstance(calls, list) and calls:
        delta["tool_calls"] = [{"index": n} | c for n, c in enumerate(calls) if isinstance(c, dict)]
    chunk: dict[str, Any] = {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {"role": "assistant"} | delta}],
    }
    used = found.get("response_usage")
    if isinstance(used, dict):
        chunk["usage"] = {
            "prompt_tokens": used.get("input_tokens"),
            "completion_tokens": used.get("output_tokens"),
            "prompt_tokens_details": {"cached_tokens": used.get("cache_read_tokens")},
            "completion_tokens_details": {"reasoning_tokens": used.get("reasoning_tokens")},
        }
    return chunk


def answer_of_run(value: Any) -> dict[str, Any] | None:
    """What is known of a run that ended; None where it is something else."""
    told = rd.parsed(value) if isinstance(value, str) and OF_A_RUN in value else None
    return told if isinstance(told, dict) and told.get("content_type") is not None else None


def step(draft: Draft, a: Mapping[str, Any]) -> None:
    """What a run was asked and answered, whose it is: among what is known of it."""
    given, made = draft.input, draft.output
    for told in (given, answer_of_run(a.get("output.value"))):
        if isinstance(told, dict):
            draft.session_id = draft.session_id or rd.text(told, "session_id")
            draft.user_id = draft.user_id or rd.text(told, "user_id")
    asked = given.get("run_messages") if isinstance(given, dict) else None
    if isinstance(asked, str):
        found = _USER.findall(asked[:_LOOKED_AT])
        opened = rd.from_repr(f"[{found[-1]}]") if found else None
        if isinstance(opened, list):
            draft.input = opened[0]
    if isinstance(made, dict) and {"content", "content_type"} <= set(made):
        draft.output = rd.parsed(made["content"])
        draft.has_output = draft.output is not None
