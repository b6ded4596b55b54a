"""Calls of which single producers say a part in another place, or by another name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import genai, hops, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop
from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span, SpanEvent


def told(made: Span) -> Hop:
    """The one hop of a span, which is the same both ways."""
    assert not same_both_ways([made])
    (hop,) = hops(made)
    return hop


def by_litellm(call_type: str, said: dict[str, Any], raw: dict[str, Any] | None = None) -> Span:
    """A call of LiteLLM's under MLflow."""
    values = {
        "mlflow.spanType": "LLM",
        "mlflow.spanInputs": {"messages": [{"role": "user", "content": "Where?"}]},
        "call_type": call_type,
        "model": "o4-mini",
        "mlflow.chat.tokenUsage": {"input_tokens": 212, "output_tokens": 238},
        "raw_llm_response": raw or said,
        "mlflow.spanOutputs": said,
    }
    made = span("mlflow.tracing.provider", f"litellm-{call_type}")
    made.attributes = {k: json.dumps(v) for k, v in values.items()}
    return made


def test_a_refusal_that_litellm_keeps_as_its_providers_own_is_what_was_said() -> None:
    message = {"content": None, "role": "assistant", "provider_specific_fields": {"refusal": "No."}}
    body = {"object": "chat.completion", "choices": [{"finish_reason": "stop", "message": message}]}
    hop = told(by_litellm("completion", body))
    assert (hop.output, hop.messages_out[0].text) == ("No.", "No.")


@pytest.mark.parametrize(
    ("call_type", "counted"), [("responses", (64, 192)), ("completion", (0, 0))]
)
def test_a_response_of_which_mlflow_keeps_the_sum_is_counted_by_its_raw_answer(
    call_type: str, counted: tuple[int, int]
) -> None:
    body = {"object": "response", "status": "completed", "output": []}
    used = {
        "prompt_tokens": 212,
        "completion_tokens": 238,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 192},
    }
    whole = {**body, "usage": used}
    hop = told(by_litellm(call_type, {**body, "usage": {"total_tokens": 450}}, whole))
    assert (hop.input_tokens, hop.output_tokens) == (212, 238)
    assert (hop.cached_tokens, hop.reasoning_tokens) == counted


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("amazon.titan-embed-text-v2:0", "embedding"),
        ("eu.cohere.embed-english-v3", "embedding"),
        ("amazon.titan-text-express-v1", "llm"),
    ],
)
def test_bedrocks_models_that_make_vectors_are_told_by_their_names(model: str, kind: str) -> None:
    made = span(
        "openinference.instrumentation.bedrock",
        "bedrock.invoke_model",
        openinference__span__kind="LLM",
        llm__model_name=model,
        llm__invocation_parameters='{"inputText": "Oslo"}',
    )
    hop = told(made)
    assert hop.kind == kind
    assert hop.input in ("Oslo", ["Oslo"])


def test_a_call_of_adks_that_failed_before_it_said_what_it_is_is_a_call() -> None:
    raised = SpanEvent(
        "exception", 1, {"exception.type": "ServerError", "exception.message": "500 INTERNAL."}
    )
    made = span(
        "openinference.instrumentation.google_adk",
        "call_llm",
        status=2,
        session__id="s-1",
        events=[raised],
    )
    hop = told(made)
    assert (hop.kind, hop.error and hop.error.type) == ("llm", "ServerError")


def test_nothing_came_of_a_tool_that_failed_though_logfire_writes_null() -> None:
    made = span(
        "logfire.openai_agents",
        "Function: {name}",
        status=2,
        logfire__span_type="span",
        input='{"order": "A-17"}',
        output="null",
        gen_ai__system="openai",
        error='{"message": "Error running tool", "data": {"error": "no order"}}',
    )
    hop = told(made)
    assert hop.kind == "tool"
    assert (hop.output, hop.error and hop.error.message) == (None, "Error running tool: no order")


@pytest.mark.parametrize(("told_id", "session"), [("resp_1", None), ("conv_1", "conv_1")])
def test_the_answer_that_microsofts_agents_go_on_from_is_no_session(
    told_id: str, session: str | None
) -> None:
    made = genai(scope="agent_framework", gen_ai__conversation__id=told_id)
    same_both_ways([made])
    assert normalise([made], []).run.session_id == session


def test_steps_of_langchain_for_node_under_openllmetry_are_read_without_envelopes() -> None:
    def dumped(kind: str, **kwargs: Any) -> dict[str, Any]:
        return {"lc": 1, "type": "constructor", "id": ["x", "messages", kind], "kwargs": kwargs}

    scope = "@traceloop/instrumentation-langchain"
    state = {"messages": [dumped("HumanMessage", content="Dry?", response_metadata={})]}
    told = {"traceloop__span__kind": "workflow", "traceloop__entity__name": "g"}
    made = json.dumps(state)
    step = span(scope, "workflow g", traceloop__entity__output=made, **told)
    (hop,) = hops(step)
    assert hop.output == {"messages": [{"role": "user", "content": "Dry?"}]}
    answer = dumped("ToolMessage", content="sunny", tool_call_id="c1", name="look", status="ok")
    about = {"gen_ai__operation__name": "execute_tool", "gen_ai__tool__name": "DynamicTool"}
    tool = span(scope, "t", gen_ai__tool__call__result=json.dumps(answer), **about)
    (used,) = hops(tool)
    assert (used.name, used.tool_call_id, used.output) == ("look", "c1", "sunny")
    assert same_both_ways([step]) == same_both_ways([tool]) == []


@pytest.mark.parametrize("key", ["errorCode", "error_code"])
def test_why_gemini_did_not_answer_an_agent_of_googles_may_stand_for_an_error(key: str) -> None:
    def call(code: object) -> Span:
        made = json.dumps({key: code, "usageMetadata": {"promptTokenCount": 12}})
        told = {"gcp__vertex__agent__llm_response": made, "gen_ai__request__model": "m"}
        return span("gcp.vertex.agent", "call_llm", **told)

    for code, end in (("PROHIBITED_CONTENT", "prohibited_content"), ("500", None), ([], None)):
        one = call(code)
        (hop,) = hops(one)
        assert (hop.finish_reason, hop.input_tokens) == (end, 12)
        assert same_both_ways([one]) == []
