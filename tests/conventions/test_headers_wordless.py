"""Headers of calls that gave nothing, vectors in an envelope and streams that ended early: read
together, the same both ways."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.headers import SpanColumns
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import Span, SpanEvent

RAISED = SpanEvent("exception", 1, {"exception.type": "KeyError", "exception.message": "Rome"})


@pytest.mark.parametrize("name", ["openinference-agno-2025-07", "openinference-beeai"])
def test_calls_without_words_are_read_together(name: str) -> None:
    assert read(SpanColumns.of(*load(name))).drafts == {}


# --- calls that gave nothing -------------------------------------------------------------------


def asked(
    scope: str = "openinference.instrumentation.agno", events: Any = (RAISED,), **more: Any
) -> Span:
    told = {"openinference__span__kind": "LLM", "llm__model_name": "m-1", "input__value": "hi"}
    told |= {"llm__input_messages__0__message__role": "user"}
    made = span(scope, "OpenAIChat.invoke", events=list(events), **told | more)
    made.attributes["llm.input_messages.0.message.content"] = "please fail"
    return made


def silent() -> dict[str, list[Span]]:
    answered = {"llm__output_messages__0__message__content": "Sunny."}
    other = SpanEvent("exception", 2, {"exception.message": ""})
    retried = SpanEvent("retry", 1, {})
    return {
        "with a good status": [asked(status=status) for status in (0, 1, 2)],
        "that answered": [asked(status=1, **answered)],
        "that counted": [asked(status=1, llm__token_count__completion=3)],
        "that counted nothing": [asked(status=1, llm__token_count__completion=0)],
        "with an empty answer": [asked(status=1, output__value="")],
        "with an answer's id": [asked(status=1, gen_ai__response__id="r-1")],
        "whose exceptions say nothing": [asked(status=1, events=[other])],
        "with several exceptions": [asked(status=s, events=[RAISED, other]) for s in (1, 2)],
        "with other events": [asked(status=1, events=[retried, RAISED])],
        "without an exception": [asked(status=1, events=[])],
        "of a library that is mended": [
            asked(f"openinference.instrumentation.{library}", status=1)
            for library in ("langchain", "haystack", "litellm", "llama_index")
        ],
        "of any library": [asked("mine", status=1), asked("mine", status=2)],
        "that are tools": [asked(status=1, openinference__span__kind="TOOL")],
    }


@pytest.mark.parametrize("name", list(silent()))
def test_calls_that_gave_nothing_have_the_same_headers_both_ways(name: str) -> None:
    same_both_ways(silent()[name])


def test_a_call_with_an_exception_that_gave_nothing_failed_whatever_its_status_says() -> None:
    spans = [asked(status=status) for status in (0, 1, 2)]
    assert [e.type for e in read(SpanColumns.of(spans)).errors.values()] == ["KeyError"] * 3


# --- vectors in an envelope --------------------------------------------------------------------

ENVELOPES: dict[str, Any] = {
    "the provider's answer inside": {"response": {"object": "list", "data": []}},
    "an answer inside": {"response": {"choices": [{"finish_reason": "length", "text": "x"}]}},
    "an empty answer inside": {"response": {"choices": [{"finish_reason": "length"}]}},
    "a message beside": {"message": {"role": "assistant", "content": "finish"}, "response": {}},
    "words inside": {"response": "why it did finish"},
    "an item": {"type": "message", "response": {}, "status": "incomplete"},
    "nothing": {"finish": None},
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_vectors_in_an_envelope_have_the_same_headers_both_ways(name: str) -> None:
    body = {"embeddings": [[0.25] * 300], **ENVELOPES[name]}
    told = {"openinference__span__kind": "EMBEDDING", "output__value": json.dumps(body)}
    same_both_ways([span("beeai", "CreateEmbeddings", status=s, **told) for s in (1, 2)])


# --- streams that ended before their time ------------------------------------------------------


def streamed(*chunks: Any, spaced: bool = True, **more: Any) -> Span:
    apart = None if spaced else (",", ":")
    texts = [c if isinstance(c, str) else json.dumps(c, separators=apart) for c in chunks]
    told = {"mlflow__spanType": '"CHAT_MODEL"', "mlflow__spanOutputs": '{"object": "response"}'}
    events = [
        SpanEvent(f"mlflow.chunk.item.{n}", n, {"mlflow.chunk.value": text})
        for n, text in enumerate(texts)
    ]
    return span("mlflow", "Responses", events=events, **told | more)


def ended(status: str, **more: Any) -> dict[str, Any]:
    used = {"input_tokens": 20, "output_tokens": 4}
    body = {"id": "resp_1", "object": "response", "model": "m-1", "usage": used, "status": status}
    return {"type": f"response.{status}", "response": body | more}


def chosen(end: str | None) -> dict[str, Any]:
    return {"id": "c-1", "choices": [{"finish_reason": end, "delta": {"content": "a"}}]}


CUT_OFF = ended("incomplete", incomplete_details={"reason": "max_output_tokens"})
STREAMS: dict[str, list[Any]] = {
    "completed": [{"type": "response.created"}, ended("completed")],
    "cut off": [{"delta": "a"}, CUT_OFF],
    "cut off, of no model": [ended("incomplete", model=None, usage=None, id=None)],
    "failed": [ended("failed", error={"code": "server_error", "message": "It stumbled."})],
    "failed without a word": [ended("failed")],
    "a chat": [chosen(None), chosen("length"), {"choices": [], "usage": {}}],
    "a chat without an end": [chosen(None), chosen("")],
    "in JSON's escapes": ['{"\\u0063hoices": [{"finish_reason": "l\\u0065ngth"}]}'],
    "told twice": [json.dumps(json.dumps(CUT_OFF))],
    "with room before": [" " + json.dumps(chosen("length"))],
    "of no JSON": ['{"choices": [{"finish_reason": "length"', "finish_reason", ""],
}


@pytest.mark.parametrize("name", STREAMS)
def test_streams_have_the_same_headers_both_ways(name: str) -> None:
    usage = {"mlflow__chat__tokenUsage": '{"input_tokens": 20, "output_tokens": 9}'}
    for spaced in (True, False):
        for more in ({}, usage, {"mlflow__llm__model": '"m-0"'}):
            for status in (1, 2):
                chunks = STREAMS[name]
                same_both_ways([streamed(*chunks, spaced=spaced, status=status, **more)])


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("cut off", "max_output_tokens"),
        ("a chat", "length"),
        ("in JSON's escapes", "length"),
        ("told twice", "max_output_tokens"),
        ("with room before", "length"),
    ],
)
def test_a_stream_says_why_it_ended_however_its_chunks_are_written(name: str, end: str) -> None:
    for spaced in (True, False):
        made = normalise([streamed(*STREAMS[name], spaced=spaced)])
        assert made.hops[0].finish_reason == end


# --- streamed responses of Langfuse's ----------------------------------------------------------


def observed(**more: Any) -> Span:
    o = "langfuse.observation."
    told = {"type": "generation", "output": "Oslo lies", "metadata.object": "response"}
    told |= {"metadata.id": "resp_1", "model.name": "m-1"}
    made = span("langfuse-sdk", "OpenAI-generation")
    made.attributes = {o + k: v for k, v in (told | more).items()}
    return made


OBSERVED: dict[str, dict[str, Any]] = {
    "completed": {"metadata.status": "completed"},
    "cut off": {
        "metadata.status": "incomplete",
        "metadata.incomplete_details": '{"reason": "max_output_tokens"}',
    },
    "cut off, for no reason": {"metadata.status": "incomplete", "metadata.finish_reason": "stop"},
    "failed": {"metadata.status": "failed", "metadata.error": '{"message": "It stumbled."}'},
    "failed twice": {
        "metadata.status": "failed",
        "metadata.error": '{"message": "It stumbled."}',
        "level": "ERROR",
        "status_message": "late",
    },
    "failed without a word": {"metadata.status": "failed", "metadata.error": "null"},
    "a failure": {"metadata.status": "incomplete", "level": "ERROR", "status_message": "late"},
    "a prompt": {"metadata.prompt": '{"id": "pmpt_1", "version": 3}'},
    "a prompt of its own": {"metadata.prompt": '{"id": "pmpt_1"}', "prompt.name": "mine"},
    "a version of its own": {"metadata.prompt": '{"id": "pmpt_1"}', "prompt.version": "7"},
    "another prompt": {"metadata.prompt": '{"id": "x-pmpt_"}', "metadata.status": "completed"},
    "no prompt": {"metadata.prompt": "pmpt_"},
}


@pytest.mark.parametrize("name", OBSERVED)
def test_streamed_responses_of_langfuse_have_the_same_headers_both_ways(name: str) -> None:
    given = OBSERVED[name]
    item = {"type": "message", "content": [{"type": "output_text", "text": "Oslo"}]}
    for output in ("Oslo lies", json.dumps(item), '{"object": "response", "status": "failed"}'):
        same_both_ways([observed(**given, output=output), observed(**given, version="3")])


# --- prompts kept at OpenAI --------------------------------------------------------------------

KEPT = {
    "a prompt": '{"model": "m-1", "prompt": {"id": "pmpt_1", "version": "3"}}',
    "a prompt and messages": '{"input": "hi", "prompt": {"id": "pmpt_1", "version": 3}}',
    "words about one": '{"model": "m-1", "input": "what is pmpt_1?"}',
    "another kind of prompt": '{"prompt": {"id": "x-pmpt_1"}}',
    "a text that has one": '"pmpt_1"',
    "a list that has one": '[{"role": "user", "content": "pmpt_1"}]',
    "a request that was cut": '{"prompt": {"id": "pmpt_1", "version": "3"}, "input": "Os',
    "a request in a text": json.dumps('{"prompt": {"id": "pmpt_1"}}'),
}


@pytest.mark.parametrize("name", KEPT)
def test_requests_with_a_kept_prompt_have_the_same_headers_both_ways(name: str) -> None:
    for more in ({}, {"gen_ai__prompt__name": "mine", "gen_ai__prompt__version": "7"}):
        same_both_ways([streamed(ended("completed"), mlflow__spanInputs=KEPT[name], **more)])
        same_both_ways([streamed(ended("completed"), mlflow__spanInputs='{"model": "m"}', **more)])
