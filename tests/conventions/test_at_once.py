"""Calls that fail beside each other, and words that only their raw values hold."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from tests.conventions.spans import genai, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import drafts, normalise
from misstep_store.conventions.between import across
from misstep_store.conventions.content import glued
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import errors, shapes


def failing(trace: str, began: int, ended: int, scope: str, kind: str) -> Draft:
    named = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "claude-haiku-4-5"}
    made = span(scope, at=began, took=ended - began, status=2, error__type=kind, **named)
    [found] = drafts([dataclasses.replace(made, trace_id=trace)], [])
    return found


def test_of_failures_at_once_each_stands_by_the_call_whose_end_is_its_own() -> None:
    sdk, instrumentation = "com.anthropic.sdk.python", "opentelemetry.instrumentation.anthropic"
    traces = {
        "a": failing("a", 1000, 1750, instrumentation, "OverloadedError"),
        "b": failing("b", 1001, 1852, instrumentation, "APITimeoutError"),
        "c": failing("c", 1142, 1748, sdk, "overloaded_error"),
        "d": failing("d", 1143, 1850, sdk, "client_timeout_error"),
    }
    told = across.groups({t: [d] for t, d in traces.items()})
    assert told == {"a": ["c"], "b": ["d"]}


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ([{"inline_data": {"data": "AA==", "mime_type": "image/png"}}, {"text": "x"}, 7], 1),
        ([{"file_data": {"file_uri": "gs://a/b"}}, "What?"], 1),
        ([{"role": "user", "parts": [{"text": "a"}]}, {"role": "model", "parts": []}], 2),
        ([{"function_call": None}, {"role": "user", "parts": "text"}], 2),
    ],
)
def test_parts_of_gemini_without_a_role_are_one_thing_the_user_said(
    contents: Any, said: int
) -> None:
    [draft] = drafts([genai()], [])
    draft.messages_in = ()
    bodies.request(draft, {"model": "gemini", "contents": contents})
    assert sum(m.role in ("user", "assistant") for m in draft.messages_in) >= said
    assert len(draft.messages_in[0].parts) > 0


def test_words_that_grow_piece_by_piece_are_said_once() -> None:
    pieces = [{"type": "text", "content": t} for t in ("", "One t", "One two.", "One two.")]
    grown = shapes.message("assistant", list(pieces))
    apart = shapes.message("assistant", [*pieces[1:], {"type": "text", "content": "Three."}])
    glued.once([grown, apart])
    assert [p["content"] for p in grown.parts] == ["One two."]
    assert len(apart.parts) == 4


def test_a_message_that_is_its_class_alone_says_nothing() -> None:
    told = errors.error("asyncio.exceptions.CancelledError", "CancelledError: ")
    assert (told.type, told.message) == ("CancelledError", "")


@pytest.mark.parametrize("key", msg.ENDS)
def test_an_answer_of_langchain_ends_as_its_message_says(key: str) -> None:
    about = {key: "end_turn", "model_name": "claude"}
    message = {"kwargs": {"content": "Seven.", "response_metadata": about}}
    body = {"generations": [[{"text": "Seven.", "message": message}]]}
    assert bodies.about_answer(json.dumps(body)).finish == "end_turn"


@pytest.mark.parametrize(("began", "counted", "hops"), [(0, 9, 2), (0, 8, 3), (5, 9, 3)])
def test_a_stream_that_its_sdk_read_to_the_end_later_than_who_tells_of_it_is_one_call(
    began: int, counted: int, hops: int
) -> None:
    """Both read the same stream, so that they began at once and counted the same."""
    agent = span("openinference-core", "agent", openinference__span__kind="AGENT", took=900)
    told = span(
        "@arizeai/openinference-instrumentation-anthropic",
        "Anthropic Messages",
        parent=agent,
        took=88,
        openinference__span__kind="LLM",
        llm__model_name="m",
        llm__token_count__prompt=21,
        llm__token_count__completion=9,
    )
    sdk = genai(scope="com.anthropic.sdk.typescript", parent=agent, at=1_000 + began, took=98)
    sdk.attributes["gen_ai.usage.output_tokens"] = counted
    spans = [agent, told, sdk, span("openinference-core", "tool", parent=agent, at=1_200)]
    same_both_ways(spans)
    found = normalise(spans).hops
    assert len(found) == hops
    assert sum(h.output_tokens for h in found) == (9 if hops == 2 else 9 + counted)
