"""What the GenAI conventions of 2026 added: memories, plans, guardrails, live sessions, spoken parts,
answers that are fetched again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.otlp.spans import Span

SCOPE = "opentelemetry.instrumentation.genai.acme"


def operation(name: str, **more: Any) -> Span:
    made = span(SCOPE, name, gen_ai__operation__name=name, gen_ai__provider__name="acme")
    made.attributes |= {key.replace("__", "."): value for key, value in more.items()}
    return made


@pytest.mark.parametrize("as_text", [True, False])
def test_a_search_of_memories_is_a_retriever_of_documents(*, as_text: bool) -> None:
    records: Any = [{"id": "m1", "content": "Eats no meat.", "score": 0.9}]
    told = json.dumps(records) if as_text else records
    query = {"gen_ai__memory__query__text": "diet", "gen_ai__memory__records": told}
    hop = only(one := operation("search_memory", **query))
    assert (hop.kind, hop.input, hop.output) == ("retriever", "diet", records)
    assert [d["content"] for d in hop.documents] == ["Eats no meat."]
    assert same_both_ways([one]) == []


@pytest.mark.parametrize("name", ["create_memory", "update_memory", "upsert_memory"])
def test_memories_that_are_kept_are_the_input_of_a_step(name: str) -> None:
    records = [{"content": "Eats no meat."}]
    hop = only(one := operation(name, gen_ai__memory__records=records))
    assert (hop.kind, hop.input, hop.output) == ("chain", records, None)
    assert same_both_ways([one]) == []


@pytest.mark.parametrize("name", ["plan", "fetch_response", "delete_memory", "user_speech"])
def test_what_asks_no_model_is_a_step_that_counts_nothing(name: str) -> None:
    counted = {"gen_ai__usage__input_tokens": 21, "gen_ai__response__id": "resp_1"}
    hop = only(one := operation(name, gen_ai__request__model="m", **counted))
    assert (hop.kind, hop.input_tokens) == ("chain", 0)
    assert same_both_ways([one]) == []


def test_an_answer_that_is_fetched_again_is_counted_once() -> None:
    asked = genai(gen_ai__response__id="resp_1")
    again = operation("fetch_response", gen_ai__response__id="resp_1")
    again.attributes |= {"gen_ai.usage.input_tokens": 21, "gen_ai.usage.output_tokens": 9}
    found = hops(asked, again)
    assert [(h.kind, h.input_tokens) for h in found if h.kind == "llm"] == [("llm", 21)]
    assert sum(h.input_tokens for h in found) == 21
    same_both_ways([asked, again])


def test_a_guardrail_says_its_verdict_and_what_became_of_it() -> None:
    one = operation("run_guardrail", gen_ai__guardrail__component__name="Shield")
    one.attributes |= {
        "gen_ai.guardrail.target.type": "input",
        "gen_ai.guardrail.verdict.type": "warn",
        "gen_ai.guardrail.verdict.reason": "An address",
        "gen_ai.guardrail.action.type": "modify",
        "gen_ai.guardrail.security.risk.score": 0.8,
        "gen_ai.guardrail.security.content.input.value": "Write to a@b.c",
        "gen_ai.guardrail.security.content.output.value": "Write to [REDACTED]",
    }
    hop = only(one)
    assert (hop.kind, hop.name, hop.input) == ("guardrail", "Shield", "Write to a@b.c")
    assert hop.output == {
        "verdict": "warn",
        "action": "modify",
        "reason": "An address",
        "score": 0.8,
        "content": "Write to [REDACTED]",
    }
    assert same_both_ways([one]) == []


def test_a_turn_of_a_live_session_is_a_call_of_its_session() -> None:
    one = operation("realtime_inference", gen_ai__realtime_session__id="sess_1")
    said = [{"role": "assistant", "parts": [sound("Hello.")]}]
    one.attributes |= {
        "gen_ai.request.model": "m",
        "gen_ai.output.messages": json.dumps(said),
        "gen_ai.response.finish_reasons": ["stop"],
    }
    hop = only(one)
    assert (hop.kind, hop.output, hop.finish_reason) == ("llm", "Hello.", "stop")
    assert [p["type"] for p in hop.messages_out[0].parts] == ["text", "blob"]
    assert same_both_ways([one]) == []


def sound(words: Any) -> dict[str, Any]:
    return {"type": "blob", "modality": "audio", "content": "UklGRg==", "transcript": words}


@pytest.mark.parametrize("words", [None, "", 3, [], {"a": "b"}])
def test_a_sound_without_words_is_a_sound(words: Any) -> None:
    said = [{"role": "assistant", "parts": [sound(words)]}]
    one = genai(gen_ai__output__messages=json.dumps(said))
    assert [p["type"] for p in only(one).messages_out[0].parts] == ["blob"]
    assert same_both_ways([one]) == []


@pytest.mark.parametrize("value", [None, 3, "{", "[" * 20_000, [[[]]], {"a": {"b": 1}}, b"\x00"])
def test_memories_and_verdicts_of_any_shape_raise_nothing(value: Any) -> None:
    kept = operation(
        "search_memory", gen_ai__memory__records=value, gen_ai__memory__query__text=value
    )
    checked = operation("run_guardrail", gen_ai__guardrail__verdict__type=value)
    checked.attributes["gen_ai.guardrail.component.name"] = value
    assert {h.kind for h in hops(kept, checked)} == {"retriever", "guardrail"}
    same_both_ways([kept, checked])


def test_a_decision_is_a_call_that_answers_questions() -> None:
    told = {
        "gen_ai.decision.questions": '["urgent"]',
        "gen_ai.decision.answers": '{"urgent": true}',
    }
    one = operation("decision", gen_ai__usage__input_tokens=40, gen_ai__usage__output_tokens=2)
    one.attributes |= told
    hop = only(one)
    assert (hop.kind, hop.input, hop.output) == ("llm", ["urgent"], {"urgent": True})
    assert (hop.input_tokens, hop.output_tokens) == (40, 2)
    assert same_both_ways([one]) == []


def test_a_decision_of_openinference_counts_its_tokens() -> None:
    one = span("openinference.instrumentation.x", "decide", openinference__span__kind="DECISION")
    one.attributes |= {
        "decision.request.model_name": "jev-latest",
        "decision.response.model_name": "jev-1.13.0",
        "decision.provider": "typesafe",
        "decision.token_count.input": 40,
        "decision.token_count.output": 2,
        "input.value": '{"state": "a ticket", "questions": {"urgent": "noul"}}',
        "output.value": '{"answers": {"urgent": {"noul": 0.9}}}',
    }
    hop = only(one)
    assert (hop.kind, hop.request_model, hop.response_model) == ("llm", "jev-latest", "jev-1.13.0")
    assert (hop.input_tokens, hop.output_tokens) == (40, 2)
    assert hop.output == {"answers": {"urgent": {"noul": 0.9}}}
    assert same_both_ways([one]) == []


@pytest.mark.parametrize("told", ["moonshot", "moonshotai", "moonshot_ai"])
def test_a_provider_has_the_one_name_of_the_conventions(told: str) -> None:
    one = genai(gen_ai__provider__name=told)
    assert only(one).provider == "moonshot_ai"
    assert same_both_ways([one]) == []


@pytest.mark.parametrize(
    ("of", "ends", "ended"),
    [
        ("responses", ["stop", "tool_calls"], "tool_calls"),
        ("responses", ["tool_calls", "stop"], "tool_calls"),
        ("responses", ["length", "stop"], "length"),
        ("responses", ["in_progress", "stop"], "stop"),
        ("responses", "stop", "stop"),
        ("responses", [], None),
        ("responses", [{}, 3], None),
        ("chat_completions", ["stop", "tool_calls"], "stop"),
        ({}, ["stop", "tool_calls"], "stop"),
    ],
)
def test_an_answer_ended_for_a_call_where_its_items_say_each_why_they_ended(
    of: Any, ends: Any, ended: str | None
) -> None:
    one = genai(openai__api__type=of, gen_ai__response__finish_reasons=ends)
    assert only(one).finish_reason == ended
    assert same_both_ways([one, genai(openai__api__type="responses")]) == []
