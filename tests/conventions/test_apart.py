"""Facts of a hop that are told elsewhere: in logs of another span, beside it, in pieces, summed up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import MS, TRACE, genai, hops, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop
from misstep_store.conventions import normalise
from misstep_store.otlp.spans import LogRecord, Span

CODE = "com.anthropic.claude_code.tracing"
SDK = "openinference.instrumentation.claude_agent_sdk"


def turn() -> Span:
    more = {"gen_ai.operation.name": "invoke_agent", "session.id": "s"}
    return span(CODE, "claude_code.interaction", **{"span.type": "interaction"}, **more, took=900)


def request(parent: Span, request_id: str, at: int, **more: Any) -> Span:
    about = {"span.type": "llm_request", "model": "claude-sonnet-4-5", "request_id": request_id}
    return span(CODE, "claude_code.llm_request", parent=parent, at=at, **about, **more)


def told(of: Span, name: str, **attributes: Any) -> LogRecord:
    return LogRecord(
        TRACE,
        of.span_id,
        time_unix_nano=1_500 * MS,
        attributes={"event.name": name, "prompt.id": "p", **attributes},
    )


def test_what_a_turns_records_say_of_a_request_is_said_of_the_requests_hop() -> None:
    whole = turn()
    first, second = request(whole, "req_1", 1_010), request(whole, "req_2", 1_300)
    body = {"model": "m", "messages": [{"role": "user", "content": "What is it?"}]}
    logs = [
        told(whole, "api_request_body", request_body_id="b", body=json.dumps(body)),
        told(whole, "api_response_body", request_body_id="b", request_id="req_2", body="{}"),
        told(whole, "assistant_response", request_id="req_2", response="It is done."),
        told(whole, "api_request", request_id="req_1", cost_usd=0.5),
    ]
    made = hops(whole, first, second, logs=logs)
    assert [h.cost_usd for h in made] == [0.5, None]
    assert (made[0].input, made[0].output) == (None, None)
    assert (made[1].input, made[1].output) == ("What is it?", "It is done.")
    assert same_both_ways([whole, first, second], logs) == []


def test_a_tool_fails_as_its_execution_does_and_waiting_for_it_is_no_hop() -> None:
    whole = turn()
    tool = span(
        CODE,
        "claude_code.tool",
        parent=whole,
        **{"span.type": "tool", "tool_name": "Bash", "tool_use_id": "t", "full_command": "ls"},
    )
    waited = span(CODE, "wait", parent=tool, **{"span.type": "tool.blocked_on_user"})
    ran = span(
        CODE,
        "run",
        parent=tool,
        status=2,
        **{"span.type": "tool.execution", "error.type": "ShellError"},
    )
    (hop,) = hops(whole, tool, waited, ran)
    assert (hop.name, hop.kind, hop.input) == ("Bash", "tool", {"full_command": "ls"})
    assert hop.error is not None and hop.error.type == "ShellError"
    assert hop.merged == [waited.span_id, ran.span_id]
    assert same_both_ways([whole, tool, waited, ran]) == []


def test_cached_and_written_tokens_are_part_of_what_claude_code_asked() -> None:
    counts = {"input_tokens": 5, "cache_read_tokens": 7, "cache_creation_tokens": 11}
    one = request(turn(), "r", 1_010, output_tokens=3, attempt=2, **counts)
    (hop,) = hops(one)
    assert (hop.input_tokens, hop.cached_tokens, hop.cache_write_tokens) == (23, 7, 11)
    assert hop.attempt == 2
    assert same_both_ways([one]) == []


def agent(**more: Any) -> Span:
    return span(SDK, "query", **{"openinference.span.kind": "AGENT", **more}, took=900)


COUNTED = {"llm.token_count.prompt": 40, "llm.token_count.completion": 2, "llm.model_name": "m"}


def both(*spans: Span) -> list[Hop]:
    same_both_ways(list(spans))
    return hops(*spans)


def test_an_agent_that_counts_tokens_of_calls_nobody_tells_of_is_their_hop() -> None:
    whole = agent(**COUNTED)
    tool = span(SDK, "look", parent=whole, **{"openinference.span.kind": "TOOL"})
    made = both(whole, tool)
    assert [(h.kind, h.input_tokens, h.parent_id) for h in made] == [
        ("agent", 40, None),
        ("tool", 0, whole.span_id),
    ]
    assert normalise([whole, tool]).run.input_tokens == 40


def test_an_agent_with_a_call_inside_counts_nothing_itself() -> None:
    whole = agent(**COUNTED)
    assert [(h.kind, h.input_tokens) for h in both(whole, genai(parent=whole))] == [("llm", 21)]


def served(parent: Span, at: int, name: str = "look") -> Span:
    about = {"mcp.method.name": "tools/call", "gen_ai.tool.name": name}
    return span("mcp-python-sdk", f"tools/call {name}", parent=parent, at=at, took=20, **about)


def test_a_servers_telling_beside_an_agents_tool_is_that_tool() -> None:
    whole = agent()
    kind = {"openinference.span.kind": "TOOL", "input.value": "{}"}
    tool = span(SDK, "mcp__weather__look", parent=whole, at=1_100, **kind)
    inside, later = served(whole, 1_120), served(whole, 1_400)
    made = both(whole, tool, inside, later)
    assert [(h.name, h.merged) for h in made] == [
        ("mcp__weather__look", [inside.span_id]),
        ("look", []),
    ]
    assert [h.name for h in both(whole, tool, served(whole, 1_120, "other"))] == [
        tool.name,
        "other",
    ]


def test_tokens_of_a_stream_told_as_spans_are_no_calls_but_say_why_it_ended() -> None:
    scope = "openinference.instrumentation.beeai"
    call = span(scope, "chat", **{"openinference.span.kind": "LLM", "llm.model_name": "m"})
    event = {"metadata.id": "1", "metadata.path": "chat.new_token", "metadata.trace.id": "2"}
    given = ['{"value": {"finish_reason": null}}', '{"value": {"finish_reason": "stop"}}']
    kind = {"openinference.span.kind": "LLM"}
    pieces = [
        span(scope, "new_token", parent=call, **event, **kind, **{"input.value": text})
        for text in given
    ]
    (hop,) = both(call, *pieces)
    assert (hop.kind, hop.finish_reason, len(hop.merged)) == ("llm", "stop", 2)


def test_messages_of_openinference_without_a_kind_are_a_call() -> None:
    said = {
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "Hi",
    }
    (hop,) = both(span("my.app", "ask", **said, **{"llm.token_count.prompt": 4}))
    assert (hop.kind, hop.input, hop.input_tokens) == ("llm", "Hi", 4)


def test_a_call_of_litellms_that_reranks_is_no_chat_whatever_words_it_is_told_in() -> None:
    about = {"litellm.call_type": "arerank", "gen_ai.operation.name": "chat"}
    said = [{"role": "assistant", "content": "[1] 0.98\nOslo.\n\n[0] 0.31\nParis."}]
    more = {
        "gen_ai.input.messages": json.dumps([{"role": "user", "content": "Where?"}]),
        "gen_ai.output.messages": json.dumps(said),
        "openinference.span.kind": "LLM",
    }
    (hop,) = both(span("litellm", "chat m", **about, **more))
    assert (hop.kind, hop.input) == ("reranker", "Where?")
    assert (
        hop.documents
        == hop.output
        == [
            {"id": "1", "content": "Oslo.", "score": 0.98},
            {"id": "0", "content": "Paris.", "score": 0.31},
        ]
    )


def test_traceais_flattened_messages_are_those_of_openinference() -> None:
    said = {"gen_ai.input.messages.0.message.role": "user"}
    said["gen_ai.input.messages.0.message.content"] = "Hi"
    about = {"gen_ai.request.model": "m-1", "gen_ai.request.parameters": '{"model": "m"}'}
    (hop,) = both(span("my.app", "ask", **{"gen_ai.span.kind": "LLM"}, **said, **about))
    assert (hop.kind, hop.input) == ("llm", "Hi")
    assert (hop.request_model, hop.response_model) == ("m", "m-1")


def test_braintrust_reads_field_by_field_too() -> None:
    about = {"braintrust.metadata.model": "m", "braintrust.metrics.prompt_tokens": 3}
    said = {"braintrust.input": "Hi", "braintrust.output": "Hello"}
    (hop,) = both(span("my.app", "ask", **about, **said))
    assert (hop.kind, hop.request_model, hop.input_tokens) == ("llm", "m", 3)
    assert (hop.input, hop.output) == ("Hi", "Hello")


def test_spring_ais_tools_and_searches_are_steps_around_its_calls() -> None:
    scope = "org.springframework.boot"
    whole = span(scope, "spring_ai chat_client", **{"spring.ai.kind": "chat_client"}, took=900)
    about = {"spring.ai.kind": "tool_call", "spring.ai.tool.definition.name": "look"}
    given = {"spring.ai.tool.call.arguments": '{"a": 1}', "spring.ai.tool.call.result": "found"}
    tool = span(scope, "tool_call look", parent=whole, at=1_200, **about, **given)
    searched = span(
        scope,
        "pg_vector query",
        parent=whole,
        at=1_300,
        **{"spring.ai.kind": "vector_store", "db.operation.name": "query"},
        **{"db.vector.query.content": "Who?"},
        **{"db.vector.query.response.documents": '["One.", "Two."]'},
    )
    made = both(whole, genai(parent=whole, scope=scope, at=1_000), tool, searched)
    assert [(h.kind, h.name) for h in made] == [
        ("llm", "chat m"),
        ("tool", "look"),
        ("retriever", "pg_vector query"),
    ]
    assert (made[1].input, made[1].output) == ({"a": 1}, "found")
    assert [d["content"] for d in made[2].documents] == ["One.", "Two."]


def test_a_span_that_nobody_claims_says_what_stands_under_keys_that_end_so() -> None:
    (hop,) = both(span("acme", "ask", **{"acme.input": '{"a": 1}', "acme.final.output": "yes"}))
    assert (hop.kind, hop.input, hop.output) == ("chain", {"a": 1}, "yes")
    given = {"acme_inputs.query": "Hi", "acme_inputs.top": "3", "acme_outputs.result": "Yo"}
    (hop,) = both(span("acme", "ask", **given))
    assert (hop.input, hop.output) == ({"query": "Hi", "top": "3"}, "Yo")


def test_a_model_is_called_by_its_name_alone_wherever_google_serves_it() -> None:
    place = "projects/p/locations/l/publishers/google/models/gemini-2.5-flash"
    (hop,) = both(genai(gen_ai__request__model=place))
    assert hop.request_model == "gemini-2.5-flash"


def fallback(status: int, **answered: Any) -> list[Span]:
    """Pydantic AI's ``FallbackModel`` of 2.68: each model that failed, inside the call."""
    asked = {"gen_ai.operation.name": "chat", "model_request_parameters": "{}", **answered}
    whole = span("pydantic-ai", "chat", took=200, status=status, **asked)
    tried = [whole]
    for number, (provider, model) in enumerate([("openai", "gpt-4o"), ("anthropic", "claude")]):
        if status == 2 or model != answered["gen_ai.request.model"]:
            about = {"gen_ai.provider.name": provider, "gen_ai.request.model": model}
            about["pydantic_ai.model_request.attempt"] = number
            tried.append(
                span("pydantic-ai", "try", parent=whole, at=1_010 + number, status=2, **about)
            )
    return tried


def test_models_that_a_fallback_tried_in_vain_are_attempts_of_its_call() -> None:
    spans = fallback(2, **{"gen_ai.request.model": "fallback:gpt-4o,claude"})
    (made,) = hops(*spans)
    assert [(t.request_model, t.provider, t.ok) for t in made.attempts] == [
        ("gpt-4o", "openai", False),
        ("claude", "anthropic", False),
    ]
    assert made.error is not None
    assert same_both_ways(spans) == [TRACE]  # rare: read whole


def test_the_call_of_a_fallback_is_itself_the_attempt_that_answered() -> None:
    answered = {"gen_ai.request.model": "claude", "gen_ai.provider.name": "anthropic"}
    spans = fallback(0, **answered, **{"gen_ai.usage.output_tokens": 7})
    (made,) = hops(*spans)
    assert [(t.request_model, t.ok) for t in made.attempts] == [("gpt-4o", False), ("claude", True)]
    assert made.attempts[-1].hop_id == made.hop_id
    assert (made.error, made.output_tokens) == (None, 7)
    assert same_both_ways(spans) == [TRACE]  # rare: read whole


@pytest.mark.parametrize("adk", ["gcp.vertex.agent", "openinference.instrumentation.google_adk"])
def test_what_tools_called_at_once_gave_together_is_no_tool_more(adk: str) -> None:
    ran = {"gen_ai.operation.name": "execute_tool"}
    run = span(adk, "invocation", took=900)
    about = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weatherman"}
    agent = span(adk, "invoke_agent weatherman", parent=run, took=800, **about)
    tools = [
        span(
            adk,
            f"execute_tool {name}",
            parent=agent,
            at=1_100 + place,
            **ran,
            **{"gen_ai.tool.name": told, "gen_ai.tool.call.id": f"call_{place}"},
        )
        for place, (name, told) in enumerate(
            [("rain", "rain"), ("wind", "wind"), ("(merged)", "(merged tools)")]
        )
    ]
    for tool in tools[:2] if adk.startswith("openinference") else ():
        tool.attributes["openinference.span.kind"] = "TOOL"  # the third has none
    made = both(run, agent, genai(parent=agent, scope=adk, at=1_000), *tools)
    assert [h.name for h in made if h.kind == "tool"] == ["rain", "wind"]
