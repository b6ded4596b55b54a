"""Half-filled, contradictory, truncated and hostile attributes: a best-effort hop, never an error."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conventions.hostile import DEEP, KEYS, SCOPES, SHAPES, spans, value
from tests.conventions.rendering import exports, load, normalised, own_exports
from tests.conventions.spans import TRACE, began, genai, only
from tests.conventions.spans import span as spanned
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import CONVENTIONS, normalise
from misstep_store.conventions.raw.said import answers_in
from misstep_store.conventions.readers import generic
from misstep_store.headers.columns.tables import to_json
from misstep_store.otlp.spans import LogRecord, Scope, Span
from misstep_store.reader import RunQuery
from misstep_store.store import Store


@pytest.fixture(autouse=True)
def nothing_is_swallowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a convention cannot read is read generically; here it counts as an error of ours."""
    seen: list[str] = []
    read = generic.read

    def watched(span: Span, logs: Any) -> Any:
        import sys

        error = sys.exc_info()[1]
        if error is not None:
            seen.append(f"{span.scope.name}: {error!r}")
        return read(span, logs)

    monkeypatch.setattr(generic, "read", watched)
    yield seen
    assert seen == []


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(spans(), st.lists(value, max_size=2))
def test_any_attributes_make_a_run_that_can_be_stored(given_spans, bodies) -> None:
    before = copy.deepcopy(given_spans)
    logs = [
        LogRecord(TRACE, given_spans[0].span_id, n, event_name="gen_ai.choice", body=body)
        for n, body in enumerate(bodies)
    ]
    made = normalise(given_spans, logs)
    told = [i for h in made.hops for i in (h.hop_id, *h.merged)]
    assert len(told) == len(set(told))
    for hop in made.hops:
        assert json.loads(to_json(hop.model_dump(mode="python")))
        assert hop.input_tokens >= 0 and hop.output_tokens >= 0
    assert json.loads(to_json(made.run.model_dump(mode="python")))
    assert repr(before) == repr(given_spans)


@pytest.mark.parametrize("key", ["gen_ai.input.messages", "mlflow.spanInputs", "request_data"])
@pytest.mark.parametrize(
    "text",
    [DEEP, '{"a":' * 20_000, "x" * 10_000_000, '["' + "y" * 10_000_000 + '"]', "{" * 10_000_000],
    ids=["deep", "unclosed", "long-text", "long-json", "braces"],
)
def test_values_of_ten_megabytes_and_twenty_thousand_levels_are_read_or_kept_as_text(
    key, text
) -> None:
    for scope in ("", "mlflow.tracing.provider", "logfire.openai"):
        call = genai(
            scope=scope,
            openinference__span__kind="LLM",
            ai__operationId="ai.generateText.doGenerate",
        )
        call.attributes[key] = text
        assert normalise([call]).hops
        assert call.attributes[key] is text


# Of every convention: a span it claims and the keys that carry its content.
CONTENT: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "misstep": ("misstep", {"misstep.role": "hop"}, ["misstep.input", "misstep.output"]),
    "openinference": (
        "openinference.instrumentation.langchain",
        {"openinference.span.kind": "LLM"},
        ["input.value", "output.value", "llm.invocation_parameters", "metadata"],
    ),
    "langsmith": (
        "langsmith",
        {"langsmith.span.kind": "llm"},
        ["gen_ai.prompt", "gen_ai.completion", "langsmith.metadata.usage_metadata"],
    ),
    "langfuse": (
        "langfuse-sdk",
        {"langfuse.observation.type": "generation"},
        ["langfuse.observation.input", "langfuse.observation.output"],
    ),
    "mlflow": (
        "mlflow.tracing.provider",
        {"mlflow.spanType": '"CHAT_MODEL"'},
        ["mlflow.spanInputs", "mlflow.spanOutputs", "invocation_params"],
    ),
    "vercel-ai": (
        "ai",
        {"ai.operationId": "ai.generateText.doGenerate"},
        ["ai.prompt.messages", "ai.response.toolCalls", "ai.response.object"],
    ),
    "pydantic-ai": (
        "pydantic-ai",
        {"gen_ai.operation.name": "invoke_agent"},
        ["pydantic_ai.all_messages", "final_result", "model_request_parameters", "events"],
    ),
    "mastra": (
        "@mastra/otel-exporter",
        {"mastra.span.type": "model_step"},
        ["mastra.model_step.input", "mastra.model_step.output"],
    ),
    "haystack": (
        "haystack",
        {"haystack.component.type": "OpenAIChatGenerator"},
        ["haystack.component.input", "haystack.component.output"],
    ),
    "llama-index": (
        "llamaindex.opentelemetry.tracer",
        {"llamaindex.run_id": "r"},
        ["llamaindex.step.input_summary"],
    ),
    "mcp-agent": ("mcp", {}, ["message.content", "response"]),
    "coralogix": ("llm_tracekit.openai", {"type": "function"}, ["input", "output"]),
    "neatlogs": (
        "neatlogs.wrapper",
        {"neatlogs.span.kind": "llm"},
        ["neatlogs.llm.input_messages.0.content", "neatlogs.llm.tools.0.definition"],
    ),
    "honeyhive": ("honeyhive.1", {}, ["honeyhive_inputs.q", "honeyhive_outputs.result"]),
    "agenta": ("agenta.tracer", {}, ["ag.data.inputs.q", "ag.data.outputs.__default__"]),
    "confident": ("confident_trace", {}, ["confident.span.input", "confident.trace.output"]),
    "genai-otel": (
        "genai_otel.instrumentors.base",
        {"gen_ai.operation.name": "chat"},
        ["gen_ai.response", "llm.tools"],
    ),
    "mcp": ("fastmcp", {"mcp.method.name": "tools/call"}, ["gen_ai.tool.call.arguments"]),
    "litellm": (
        "litellm",
        {"llm.request.type": "completion"},
        ["hidden_params", "metadata.usage_object", "gen_ai.input.messages"],
    ),
    "google-adk": (
        "gcp.vertex.agent",
        {},
        ["gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response"],
    ),
    "strands": (
        "strands.telemetry.tracer",
        {"gen_ai.operation.name": "chat"},
        ["gen_ai.input.messages", "gen_ai.agent.tools"],
    ),
    "semantic-kernel": (
        "semantic_kernel.agents",
        {"gen_ai.operation.name": "invoke_agent"},
        ["gen_ai.input.messages", "gen_ai.output.messages"],
    ),
    "ms-agent-framework": (
        "agent_framework",
        {"executor.id": "x"},
        ["executor.input", "message.content", "executor.output"],
    ),
    "crewai": ("crewai.telemetry", {}, ["crewai.crew.result", "crew_inputs", "tool_input"]),
    "autogen": ("autogen", {"messaging.operation": "process"}, ["message"]),
    "claude-code": (
        "com.anthropic.claude_code.tracing",
        {"span.type": "llm_request"},
        ["new_context", "response.model_output", "tools"],
    ),
    "braintrust": (
        "braintrust",
        {"braintrust.span_attributes": '{"type": "llm"}'},
        ["braintrust.input_json", "braintrust.output_json", "braintrust.metadata"],
    ),
    "guardrails": (
        "guardrails-ai",
        {"type": "guardrails/guard/step/call"},
        ["input.value", "output.value", "llm.invocation_parameters"],
    ),
    "langwatch": (
        "langwatch",
        {"langwatch.span.type": "llm"},
        ["langwatch.input", "langwatch.output", "langwatch.metrics", "metadata"],
    ),
    "judgment": (
        "judgeval",
        {"judgment.span_kind": "llm"},
        ["gen_ai.prompt", "gen_ai.completion", "judgment.usage.metadata"],
    ),
    "trulens": (
        "trulens",
        {"ai.observability.span_type": "generation", "ai.observability.cost.model": "m"},
        ["ai.observability.call.return", "ai.observability.call.kwargs.x"],
    ),
    "monocle": (
        "monocle_apptrace",
        {"span.type": "inference"},
        ["entity.1.type", "entity.1.name", "workflow.name"],
    ),
    "traceai": (
        "traceai_openai",
        {"gen_ai.span.kind": "LLM"},
        ["input.value", "output.value", "gen_ai.request.parameters"],
    ),
    "spring-ai": (
        "org.springframework.boot",
        {"spring.ai.kind": "tool_call"},
        ["spring.ai.tool.call.arguments", "spring.ai.tool.call.result"],
    ),
    "agentops": (
        "agentops",
        {"agentops.span.kind": "task"},
        ["agentops.task.input", "agentops.task.output"],
    ),
    "genkit": (
        "genkit-tracer",
        {"genkit:metadata:subtype": "model"},
        ["genkit:input", "genkit:output"],
    ),
    "laminar": (
        "lmnr.tracer",
        {"lmnr.span.type": "LLM"},
        ["lmnr.span.input", "lmnr.span.output", "gen_ai.output.messages"],
    ),
    "anthropic-sdk": (
        "com.anthropic.sdk.python",
        {"gen_ai.operation.name": "chat"},
        ["gen_ai.input.messages", "gen_ai.output.messages"],
    ),
    "livekit": (
        "livekit-agents",
        {"lk.speech_id": "s"},
        ["lk.pii.user_input", "lk.chat_ctx", "lk.llm_metrics", "lk.pii.response.text"],
    ),
    "pipecat": (
        "pipecat",
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"},
        ["input", "output", "tools", "function_calls"],
    ),
    "nemo-guardrails": (
        "nemo_guardrails",
        {"rail.type": "input"},
        ["rail.decisions", "rail.name", "rail.stop"],
    ),
    "gemini-cli": (
        "gemini-cli",
        {"gen_ai.operation.name": "llm_call", "gen_ai.request.model": "m"},
        ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.definitions"],
    ),
    "codex": (
        "codex_exec",
        {"codex.tool.phase": "dispatch"},
        ["tool_name", "conversation.id", "call_id", "codex.op"],
    ),
    "agentscope": (
        "agentscope",
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"},
        ["agentscope.function.input", "agentscope.function.output", "gen_ai.conversation.id"],
    ),
    "voltagent": (
        "@voltagent/core",
        {"span.type": "llm"},
        ["llm.messages", "llm.tools", "llm.model", "input", "output", "conversation.id"],
    ),
    "tanstack": (
        "app",
        {"tanstack.ai.iteration": 0, "gen_ai.tool.name": "look"},
        ["gen_ai.input.messages", "gen_ai.output.messages", "langfuse.trace.input"],
    ),
    "axiom": (
        "axiom",
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"},
        ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.usage.input_tokens"],
    ),
    "promptflow": (
        "promptflow",
        {"framework": "promptflow", "span_type": "LLM"},
        ["inputs", "output", "llm.generated_message", "llm.response.model", "function"],
    ),
    "mistral-sdk": ("mistralai_sdk_tracer", {}, ["gen_ai.input.messages"]),
    "openlit": (
        "openlit.instrumentation.langchain",
        {"gen_ai.operation.name": "execute_tool"},
        ["gen_ai.tool.call.arguments", "gen_ai.tool.call.result"],
    ),
    "openllmetry": (
        "opentelemetry.instrumentation.langchain",
        {"traceloop.span.kind": "task"},
        ["traceloop.entity.input", "traceloop.entity.output", "gen_ai.prompt.0.content"],
    ),
    "logfire": (
        "logfire.openai",
        {"gen_ai.request.model": "m"},
        ["request_data", "response_data", "events", "logfire.json_schema"],
    ),
    "otel-genai": (
        "opentelemetry.instrumentation.genai.openai",
        {"gen_ai.operation.name": "chat"},
        ["gen_ai.input.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions"],
    ),
    "generic": ("", {}, ["input", "output"]),
}


def test_every_convention_is_among_those_given_huge_values() -> None:
    assert set(CONTENT) == {c.name for c in CONVENTIONS}


@pytest.mark.parametrize("name", CONTENT)
def test_a_convention_keeps_huge_and_deep_content_and_makes_its_hop(name) -> None:
    scope, told, keys = CONTENT[name]
    for text in (DEEP, '{"a":' * 20_000, "x" * 10_000_000, '["' + "y" * 10_000_000 + '"]'):
        call = spanned(scope)
        call.attributes |= {**told, **dict.fromkeys(keys, text)}
        (hop,) = normalise([call]).hops
        assert hop.convention == name
        assert all(call.attributes[key] is text for key in keys)


def test_a_cyclic_looking_json_string_is_read_once_not_for_ever() -> None:
    text = '"x"'
    for _ in range(12):
        text = json.dumps(text)
    assert isinstance(
        only(
            genai(
                scope="x",
                gen_ai__tool__name="t",
                gen_ai__operation__name="execute_tool",
                gen_ai__tool__call__arguments=text,
            )
        ).input,
        str,
    )


def test_parents_in_a_circle_and_spans_that_are_their_own_parent_are_hops() -> None:
    a, b, c = genai(), genai(), genai()
    a.parent_span_id, b.parent_span_id, c.parent_span_id = b.span_id, a.span_id, c.span_id
    made = normalise([a, b, c])
    told = sorted(i for h in made.hops for i in (h.hop_id, *h.merged))
    assert told == sorted(x.span_id for x in (a, b, c))


def test_ten_thousand_spans_in_one_chain_are_read_without_recursion() -> None:
    chain = [genai()]
    for _ in range(9_999):
        chain.append(genai(parent=chain[-1]))
    assert normalise(chain).hops


def test_hostile_spans_are_stored_raw_and_answered(tmp_path: Path, caplog) -> None:
    hostile = [
        Span(
            f"{n:032x}",
            f"{n:016x}",
            "s",
            start_unix_nano=n * 10**10,  # too far apart to tell of one call
            end_unix_nano=n * 10**10 + 1,
            scope=Scope(scope),
        )
        for n, scope in enumerate(SCOPES, 1)
    ]
    for span in hostile:
        span.attributes = {k: SHAPES[i % len(SHAPES)] for i, k in enumerate(KEYS)}
        span.attributes["misstep.role"] = "other"
    with caplog.at_level(logging.ERROR), Store.open(tmp_path / "t.duckdb") as store:
        store.ingest(hostile)
        assert len(store.reader.runs(RunQuery(limit=1000)).runs) == len(hostile)
        spans_, _ = store.reader.spans(hostile[0].trace_id)
        assert spans_[0].attributes == hostile[0].attributes
        for span in hostile:
            assert store.reader.run(span.trace_id).hops
    assert not [r for r in caplog.records if r.name == "misstep.store"]


@pytest.mark.parametrize(
    "name", [*(pytest.param(n, marks=pytest.mark.data) for n in exports()), *own_exports()]
)
def test_real_spans_cut_short_anywhere_still_make_every_hop(name: str) -> None:
    spans_, logs = load(name)
    for span in spans_:
        for key, value_ in span.attributes.items():
            if isinstance(value_, str) and value_[:1] in "[{":
                span.attributes[key] = value_[: int(len(value_) * 0.7)]
    made = normalised(spans_, logs)
    told = {i for n in made for h in n.hops for i in (h.hop_id, *h.merged)}
    roots = {n.run.root_id for n in made if n.run.root_id}
    assert told | roots | set(began(roots, spans_)) == {s.span_id for s in spans_}


def test_a_tool_of_langchains_whose_input_is_a_list_is_still_a_tool(nothing_is_swallowed) -> None:
    hop = only(
        spanned(
            "opentelemetry.instrumentation.langchain",
            "get_weather.tool",
            traceloop__span__kind="tool",
            traceloop__entity__name="get_weather",
            traceloop__entity__input='{"input_str": "[[[]]]", "inputs": {"city": "Oslo"}}',
            traceloop__entity__output="sunny",
        )
    )
    assert (hop.kind, hop.name, hop.output) == ("tool", "get_weather", "sunny")
    assert nothing_is_swallowed == []


def nested(times: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(times):
        found = [found]
    return found


@pytest.mark.parametrize(
    "key", ["acme.span.kind", "acme.session.id", "acme.user_id", "acme.tool.name"]
)
def test_lists_in_lists_under_keys_of_anybodys_make_a_hop_both_ways(key) -> None:
    a = {"acme.tool.call_id": "c1"} if key == "acme.tool.name" else {}
    for scope in ("acme", "traceai_dspy"):
        more = {"gen_ai.span.kind": "CHAIN"} if scope == "traceai_dspy" else {}
        made = spanned(scope, "step")
        made.attributes = {**a, **more, key: nested(20_000)}
        same_both_ways([made, spanned(scope, "other")])


def test_answers_in_lists_of_any_depth_are_found_in_their_order() -> None:
    deep = [*nested(20_000), [[{"message": {"id": 1}}], {"message": {"id": 2}}], *[[]] * 200_000]
    assert [said["id"] for said, _ in answers_in({"generations": deep})] == [1, 2]
