"""Headers of AgentScope, Gemini CLI, Codex and NeMo Guardrails: read together, the same both ways."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import hops, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.headers import SpanColumns
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import LogRecord, Span, SpanEvent

ASKED = '[{"role": "user", "parts": [{"type": "text", "content": "Oslo?"}]}]'
SAID = '[{"role": "assistant", "parts": [{"type": "text", "content": "Sunny."}]}]'


def agentscope(operation: str, *, run: Span, **more: Any) -> Span:
    told = {"gen_ai__operation__name": operation, "gen_ai__conversation__id": '"s-1"'}
    return span("agentscope", operation, parent=run, **(told | more))


def of_agentscope(run: Span) -> list[Span]:
    chat = {"gen_ai__request__model": "m", "gen_ai__response__finish_reasons": ["stop"]}
    tool = {"gen_ai__tool__name": "weather", "gen_ai__tool__call__id": "call_1"}
    given = {"gen_ai__tool__call__arguments": "{}"}
    answers = (
        '{"content": [{"type": "text", "text": "no city"}], "state": "error"}',
        '{"content": [{"type": "text", "text": "an error of state"}], "state": "success"}',
        "ToolResponse(content=[{'type': 'text', 'text': 'no'}], state='error')",
        "\\u0065rror",
        "",
    )
    agent = {"gen_ai__agent__name": "one", "agentscope__agent__reply_id": "r-1"}
    return [
        agentscope("chat", run=run, gen_ai__input__messages=ASKED, **chat),
        agentscope("chat", run=run, gen_ai__conversation__id='{"a": 1}', **chat),
        agentscope(
            "format", run=run, gen_ai__conversation__id="s-2", agentscope__function__name="f"
        ),
        *(
            agentscope("execute_tool", run=run, gen_ai__tool__call__result=gave, **tool, **more)
            for gave in answers
            for more in (given, {})
        ),
        agentscope("execute_tool", run=run, **tool),
        *(
            agentscope("invoke_agent", run=run, gen_ai__output__messages=said, **agent)
            for said in (SAID, "[]", "")
        ),
        agentscope("invoke_agent", run=run, **agent),
    ]


def gemini(operation: str, *, run: Span, **more: Any) -> Span:
    told = {"gen_ai__operation__name": operation, "gen_ai__agent__name": "gemini-cli"}
    told["gen_ai__prompt__name"] = "p-1"
    return span("gemini-cli", operation, parent=run, **(told | more))


def of_gemini(run: Span) -> list[Span]:
    given, gave = "gen_ai__input__messages", "gen_ai__output__messages"
    pieces = '[{"role":"model","parts":[{"text":"Sun"}]},{"role":"model","parts":[{"text":"ny."}]}]'
    ended = '[{"role":"model","parts":[],"finish_reason":"length"}]'
    call = {"gen_ai__request__model": "m", "gen_ai__usage__input_tokens": 3, given: ASKED}
    tool = {"gen_ai__tool__name": "read", "gen_ai__tool__call_id": "call_1"}
    part = {"functionResponse": {"response": {"error": "no file"}}}
    response = {"responseParts": [part], "errorType": "not_found"}
    answers = [{"status": s, "response": response} for s in ("success", "error", "cancelled")]
    return [
        *(gemini("llm_call", run=run, **call, **{gave: said}) for said in (pieces, ended, "")),
        gemini("llm_call", run=run, **call),
        *(
            gemini("tool_call", run=run, **tool, **{given: told, gave: said})
            for told in ('{"args": {"a": 1}}', '{"name": "b"}', '{"args": null}', "[]")
            for said in [*map(json.dumps, answers), "{", '{"status": "err\\u006fr"}']
        ),
        gemini("tool_call", run=run, **tool),
        gemini("schedule_tool_calls", run=run, **{given: "[]", gave: "[]"}),
        gemini("agent_call", run=run, **{given: '"Look."', gave: ""}),
        gemini("agent_call", run=run),
    ]


def codex(name: str, *, run: Span, **more: Any) -> Span:
    return span("codex_exec", name, parent=run, **({"target": "core", "busy_ns": 1} | more))


def event(name: str, **told: Any) -> SpanEvent:
    return SpanEvent("event otel/src/events/telemetry.rs:1", 1, {"event.name": name, **told})


def of_codex(run: Span) -> list[Span]:
    told = {"tool_name": "shell", "call_id": "call_1", "conversation.id": "s-1"}
    tools = (
        told | {"arguments": "{}", "output": "done", "success": "true"},
        told | {"arguments": "{}", "output": "none", "success": "false"},
        told,
    )
    used = {
        "gen_ai__usage__input_tokens": 0,
        "gen_ai__usage__output_tokens": 9,
        "gen_ai__usage__cache_read__input_tokens": 5,
        "codex__usage__reasoning_output_tokens": 4,
        "codex__usage__total_tokens": 30,
    }
    spans: list[Span] = []
    for at in (1_010, 1_020):
        asks = codex("model_client.stream_responses_api", run=run, model="m", at=at, took=3)
        piece = codex("responses.stream_request", run=asks, at=at, took=2)
        ends = codex("handle_responses", run=run, at=at + 4, took=4, **used)
        spans += [asks, piece, ends, codex("receiving", run=ends, at=at + 5, took=2)]
    sent = event("codex.api_request", **{"http.response.status_code": 429})
    fine = event("codex.api_request", **{"http.response.status_code": 200})
    begun = event("codex.user_prompt", prompt="Oslo?", **{"conversation.id": "s-1"})
    return [
        *spans,
        codex("turn", run=run, events=[begun], at=1_001),
        *(codex("dispatch", run=run, events=[event("codex.tool_result", **t)]) for t in tools),
        codex("endpoint_session.stream", run=run, events=[fine]),
        codex("endpoint_session.stream", run=run, events=[sent]),
        codex("model_client.stream_responses_api", run=run, model="m", events=[sent]),
    ]


def nemo(name: str, *, run: Span, **more: Any) -> Span:
    return span("nemo_guardrails", name, parent=run, **more)


def of_nemo(run: Span) -> list[Span]:
    def said(name: str, words: Any) -> SpanEvent:
        return SpanEvent(name, 1, {"content": words})

    call = {"gen_ai__request__model": "m", "gen_ai__operation__name": "general"}
    words = ("Sunny.", '[{"role": "assistant", "content": "x", "finish_reason": "stop"}]', 5)
    rails = ("input", "generation", "dialog", "output")
    counts = {
        "llm_call_m_prompt_tokens_total": 3,
        "llm_call_m_completion_tokens_total": 2,
        "llm_call_o_prompt_tokens_total": 1,
    }
    return [
        *(
            nemo("general m", run=run, events=[said("gen_ai.content.completion", w)], **call)
            for w in words
        ),
        *(
            nemo("guardrails.rail", run=run, rail__type=r, rail__name=r, rail__stop=False)
            for r in rails
        ),
        *(nemo(f"LLM: {m}", run=run, **counts) for m in ("m", "o", "none")),
        nemo("action: check", run=run, action__name="check it"),
        nemo(
            "guardrails.request", run=run, events=[said("guardrails.utterance.bot.started", "Hi.")]
        ),
    ]


MAKERS = {
    "agentscope": of_agentscope,
    "gemini": of_gemini,
    "codex": of_codex,
    "nemo": of_nemo,
}


@pytest.mark.parametrize("name", MAKERS)
def test_what_they_tell_has_the_same_headers_both_ways(name: str) -> None:
    run = span("app", "run", took=900)
    spans = [run, *MAKERS[name](run)]
    assert not same_both_ways(spans)
    for one in spans[1:]:
        same_both_ways([run, one])


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("seed", range(8))
def test_what_is_lost_of_it_is_missed_both_ways(name: str, seed: int) -> None:
    rng = random.Random(seed)
    run = span("app", "run", took=900)
    spans = [run]
    for one in MAKERS[name](run):
        if rng.random() < 0.8:
            one.attributes = {k: v for k, v in one.attributes.items() if rng.random() < 0.8}
            one.status_code = rng.choice([0, 0, 1, 2])
            spans.append(one)
    same_both_ways(spans)


@pytest.mark.parametrize("name", ["agentscope-own", "nemo-guardrails-own"])
def test_their_spans_are_read_together(name: str) -> None:
    assert read(SpanColumns.of(*load(name))).drafts == {}


def read_one_by_one(spans: Sequence[Span]) -> set[str]:
    return {spans[place].name for place in read(SpanColumns.of(spans)).drafts}


def test_spans_of_codex_and_gemini_are_read_together() -> None:
    run = span("app", "run", took=900)
    assert read_one_by_one(of_codex(run)[:9]) == set()
    made = of_gemini(run)
    calls = [s for s in made if s.name == "llm_call"]
    assert read_one_by_one([calls[0], calls[3], *made[-3:-1]]) == set()
    told = [s for s in made if s.name == "tool_call"][:3]
    assert read_one_by_one(told) == set()


def test_log_records_say_what_the_tools_of_codex_did() -> None:
    run = span("app", "run", took=900)
    tool = codex("dispatch", run=run)
    told = {"event.name": "codex.tool_result", "tool_name": "shell", "arguments": "{}"}
    log = LogRecord(tool.trace_id, tool.span_id, attributes=told)
    gone = dataclasses.replace(log, attributes=told | {"success": "false", "output": "no"})
    for record in (log, gone):
        assert not same_both_ways([run, tool], [record])


@pytest.mark.parametrize("first", [1_003, 1_012])
def test_what_streams_in_is_the_call_before_it_that_asked_the_same(first: int) -> None:
    run = span("app", "run", took=900)
    spans = of_codex(run)[:8]
    early = codex("model_client.stream_responses_api", run=run, model="m", at=first, took=1)
    assert not same_both_ways([run, *spans, early])
    request = span("http", "POST", parent=spans[0], kind=3, http__request__method="POST")
    same_both_ways([run, *spans, request])


def test_a_call_inside_of_what_streams_in_is_not_the_one_that_asked_for_it() -> None:
    run = span("app", "run", took=900)
    spans = [run, *of_codex(run)[:8]]
    inside = codex("model_client.stream_responses_api", run=spans[3], model="m", at=1_011, took=1)
    calls = [h for h in hops(*spans, inside) if h.kind == "llm"]
    assert inside.span_id in [i for h in calls for i in h.merged]
