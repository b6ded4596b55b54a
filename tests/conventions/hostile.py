"""Odd values under the keys that mean something to some convention, and spans made of them."""

from __future__ import annotations

import json

from hypothesis import strategies as st
from tests.conventions.spans import TRACE

from misstep_store.conventions import CONVENTIONS
from misstep_store.otlp.spans import Scope, Span, SpanEvent

# Libraries that their convention reads in ways of their own.
LIBRARIES = ["langchain", "haystack", "llama_index", "crewai", "smolagents", "mistralai"]
SCOPES = sorted(
    {s.rstrip("*") + "x" if s.endswith("*") else s for c in CONVENTIONS for s in c.scopes}
    | {f"openinference.instrumentation.{name}" for name in LIBRARIES}
    | {"logfire.openai_agents"}
)
DEEP = "[" * 20_000 + "]" * 20_000
CYCLIC = '{"a": 1}'
"""JSON in JSON in JSON."""
for _ in range(12):
    CYCLIC = json.dumps(CYCLIC)
# What has meaning to some convention, so that odd values land where they hurt.
KEYS = [
    "gen_ai.operation.name",
    "gen_ai.request.model",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.response.finish_reasons",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.raw",
    "gen_ai.request.id",
    "gen_ai.thread.run.id",
    "gen_ai.tool.result.value",
    "enduser.pseudo.id",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.prompt.0.content",
    "gen_ai.completion.0.tool_calls.0.arguments",
    "gen_ai.retrieval.documents",
    "openinference.span.kind",
    "input.value",
    "output.value",
    "llm.input_messages.0.message.contents.0.message_content.image.image.url",
    "llm.input_messages.0.message.role",
    "llm.invocation_parameters",
    "llm.tools.0.tool.json_schema",
    "retrieval.documents.1.document.metadata",
    "evaluations.0.evaluation.score",
    "traceloop.span.kind",
    "traceloop.entity.input",
    "llm.request.type",
    "request_data",
    "response_data",
    "events",
    "logfire.msg",
    "logfire.span_type",
    "logfire.tags",
    "duration",
    "pydantic_ai.all_messages",
    "model_request_parameters",
    "ai.operationId",
    "ai.prompt",
    "ai.prompt.messages",
    "ai.prompt.tools",
    "ai.response.toolCalls",
    "ai.documents",
    "ai.values",
    "agentops.span.kind",
    "agentops.tags",
    "agentops.task.input",
    "agentops.entity.output",
    "gen_ai.response.tool_calls",
    "gen_ai.content.reasoning",
    "mastra.span.type",
    "mastra.model_step.input",
    "mastra.model_step.output",
    "mastra.agent_run.output",
    "mastra.completion_start_time",
    "haystack.component.type",
    "haystack.component.input",
    "haystack.component.output",
    "haystack.agent.tools",
    "llamaindex.step.input_summary",
    "mcp.method.name",
    "langwatch.span.type",
    "langwatch.input",
    "langwatch.output",
    "langwatch.metrics",
    "langwatch.rag_contexts",
    "ai.observability.span_type",
    "ai.observability.cost.model",
    "ai.observability.cost.num_prompt_tokens",
    "ai.observability.eval.metric_name",
    "ai.observability.eval.score",
    "judgment.span_kind",
    "judgment.input",
    "judgment.usage.metadata",
    "judgment.llm.model",
    "entity.1.type",
    "entity.1.name",
    "gen_ai.span.kind",
    "gen_ai.request.parameters",
    "embedding.embeddings",
    "litellm.call_type",
    "litellm.cost.total",
    "spring.ai.kind",
    "spring.ai.tool.call.arguments",
    "db.vector.query.response.documents",
    "acme.input",
    "acme.output",
    "span.type",
    "user_prompt",
    "new_context",
    "tool_input",
    "ttft_ms",
    "attempt",
    "braintrust.span_attributes",
    "braintrust.input_json",
    "braintrust.output_json",
    "braintrust.metadata",
    "braintrust.metrics",
    "braintrust.scores",
    "type",
    "validator.name",
    "langsmith.span.kind",
    "langsmith.metadata.usage_metadata",
    "langsmith.span.tags",
    "langfuse.observation.type",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.observation.usage_details",
    "langfuse.observation.completion_start_time",
    "mlflow.spanType",
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "gcp.vertex.agent.llm_request",
    "gcp.vertex.agent.llm_response",
    "hidden_params",
    "metadata.usage_object",
    "llm.openai.choices",
    "crew_key",
    "llm.prompts",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
    "response",
    "raw_input",
    "error",
    "message",
    "messaging.operation",
    "genkit:metadata:subtype",
    "genkit:input",
    "genkit:output",
    "llm.prompts.0.content",
    "gen_ai.tool.args",
    "lmnr.span.type",
    "lmnr.span.input",
    "mistral_ai.operation.id",
    "gen_ai.request.tools",
    "invocation_params",
    "langfuse.observation.metadata.langfuse_tags",
    "misstep.role",
    "misstep.input",
    "misstep.tags",
    "session.id",
]
WORDS = [
    "chat",
    "llm",
    "LLM",
    "tool",
    "RETRIEVER",
    "embedding",
    "task",
    "call",
    "hop",
    "run",
    "log",
    '"CHAT_MODEL"',
    "ai.toolCall",
    "ai.generateText.doGenerate",
]
SHAPES = [
    '[{"role":"user","parts":[{"type":"text"}]}]',
    '[{"role":["x"],"content":[{"type":{}},null,3]}]',
    '{"messages":[[{"lc":1,"kwargs":{"content":[{"type":"image_url"}]}}]]}',
    '{"choices":[{"message":{"tool_calls":[{"function":"x"},1]}}],"usage":{"prompt_tokens":"NaN"}}',
    '{"output":[{"type":"message"},{"type":"function_call"}],"object":"response","incomplete_details":1}',
    '{"candidates":[{"content":{"parts":[{"functionCall":1},{"inlineData":{}}]}}]}',
    '{"generations":[[{"message":{"kwargs":[]}}],{"text":1}]}',
    '[{"toolResult":{"content":[{"json":{}}]}},{"toolUse":3}]',
    '[{"role":"user","content":',
    '{"type":"ai","data":{"content":[{"type":[]}],"tool_calls":[1,{}],"response_metadata":3}}',
    '[{"graph":null,"update":{"messages":[{"type":{},"content":1}]},"resume":null,"goto":[]}]',
    '{"lc":1,"id":["x",{}],"kwargs":{"content":{},"messages":[{"lc":1,"id":[],"kwargs":{}}]}}',
    '{"replies":["ChatMessage(_role=1, _content=[ToolCall(tool_name=[])])",3],"tools":["Tool("]}',
    '{"messages":["Chat(role=<R.A: \'tool\'>, content=[Result(result=1, origin={})])","a=1 b="]}',
    "StopEvent(result=AgentOutput(response=ChatMessage(blocks=[TextBlock(text='" + "x" * 50,
    "content='a' name=" + "-" * 20_000 + "1",
    "Chat(" * 2_000 + ")" * 2_000,
    "{'a': float('nan')}",
    "[1e309, -1e309]",
    '{"a": NaN}',
    '"\\ud800"',
    DEEP,
    "{" * 5_000,
    "(" * 300 + ")" * 300,
    '{"input_tokens": -5, "output_tokens": 99999999999999999999}',
]
scalar = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=40),
    st.binary(max_size=20),
    st.sampled_from(WORDS + SHAPES),
)
value = st.recursive(
    scalar,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=8,
)
attributes = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=30), value, max_size=12)
events = st.lists(
    st.builds(
        SpanEvent,
        st.sampled_from(
            [
                "exception",
                "gen_ai.choice",
                "gen_ai.user.message",
                "gen_ai.tool.message",
                "misstep.mark",
                "misstep.state",
                "gen_ai.evaluation.result",
                "mlflow.chunk.item.0",
                "db.query.result",
                "new_token",
            ]
        ),
        st.integers(0, 2**63),
        st.dictionaries(
            st.sampled_from(
                [
                    "content",
                    "message",
                    "exception.type",
                    "exception.message",
                    "finish_reason",
                    "mlflow.chunk.value",
                    "tool.result",
                    "misstep.mark.state",
                ]
            ),
            value,
            max_size=3,
        ),
    ),
    max_size=3,
)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    made = []
    for number in range(draw(st.integers(1, 5))):
        made.append(
            Span(
                TRACE,
                f"{number:016x}",
                draw(
                    st.sampled_from(
                        ["chat", "raw_gen_ai_request", "running tools", "call_llm", "POST", ""]
                    )
                ),
                parent_span_id=draw(st.sampled_from(["", *(f"{n:016x}" for n in range(6))])),
                kind=draw(st.integers(0, 5)),
                start_unix_nano=draw(st.integers(0, 2**63)),
                end_unix_nano=draw(st.integers(0, 2**63)),
                attributes=draw(attributes),
                events=draw(events),
                status_code=draw(st.integers(0, 2)),
                status_message=draw(st.text(max_size=20)),
                scope=Scope(draw(st.sampled_from(SCOPES) | st.just("other"))),
            )
        )
    return made
