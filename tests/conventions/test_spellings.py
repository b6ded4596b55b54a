"""What senders may write in more than one way, or only in part, says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.rendering import load, normalised
from tests.conventions.spans import genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop
from misstep_store.otlp.spans import Scope, Span, SpanEvent

TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
NESTED = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


def read(made: Span) -> Hop:
    """The one hop of a span, the same in both readings."""
    same_both_ways([made])
    return only(made)


def test_one_tool_without_a_schema_is_one_too() -> None:
    told = {"name": "weather", "description": "The weather in a city."}
    assert read(genai(gen_ai__tool__definitions=told)).tools == [{"type": "function", **told}]


@pytest.mark.parametrize("told", [TOOL, NESTED, [TOOL], {"weather": TOOL}], ids=str)
@pytest.mark.parametrize("way", [json.dumps, lambda tools: tools], ids=["text", "structure"])
def test_one_tool_is_one_tool_also_without_a_list_around_it(told: Any, way: Any) -> None:
    assert read(genai(gen_ai__tool__definitions=way(told))).tools == [TOOL]


def test_events_that_logfire_lists_may_be_a_structure() -> None:
    spans, _ = load("logfire-google-odd")
    whole = normalised(spans, [])
    listed = 0
    for one in spans:
        if isinstance(one.attributes.get("events"), str):
            listed += 1
            one.attributes["events"] = json.loads(one.attributes["events"])
    assert listed and normalised(spans, []) == whole
    same_both_ways(spans)


def oi(kind: str, **attributes: Any) -> Span:
    made = span("openinference.instrumentation.any", "step", openinference__span__kind=kind)
    made.attributes |= {k.replace("__", "."): v for k, v in attributes.items()}
    return made


@pytest.mark.parametrize(
    ("costs", "cost"),
    [
        ({"prompt": 0.1, "completion": "0.2"}, 0.3),
        ({"prompt": 0.1, "completion": 0.2, "total": 0.5}, 0.5),
        ({"completion": 0.2}, 0.2),
        ({"prompt": 0, "completion": None}, None),
        ({"prompt": 0.1, "total": 0}, None),
    ],
)
def test_a_cost_told_in_parts_is_their_sum(costs: dict[str, Any], cost: float | None) -> None:
    call = oi("LLM", llm__model_name="m", llm__token_count__prompt=3)
    call.attributes |= {f"llm.cost.{part}": value for part, value in costs.items()}
    found = read(call).cost_usd
    assert found == (cost if cost is None else pytest.approx(cost))


def test_a_reranker_was_given_the_documents_too() -> None:
    ranks = oi("RERANKER", reranker__query="capital of Norway", reranker__model_name="r")
    for place, text in enumerate(("Paris.", "Oslo.")):
        ranks.attributes[f"reranker.input_documents.{place}.document.content"] = text
    ranks.attributes["reranker.output_documents.0.document.content"] = "Oslo."
    hop = read(ranks)
    assert hop.input == {"query": "capital of Norway", "documents": ["Paris.", "Oslo."]}
    assert hop.documents == [{"content": "Oslo."}]


def test_a_reranker_that_tells_no_documents_was_given_a_query() -> None:
    assert read(oi("RERANKER", reranker__query="capital of Norway")).input == "capital of Norway"


@pytest.mark.parametrize("key", ["openai", "gen_ai.openai"])
def test_a_service_tier_is_a_parameter_under_its_older_name_too(key: str) -> None:
    call = genai()
    call.attributes[f"{key}.request.service_tier"] = "flex"
    assert read(call).parameters == {"service_tier": "flex"}
    call.attributes[f"{key}.request.service_tier"] = "default"  # as the answer says it was served
    assert read(call).parameters == {}


def test_how_many_documents_were_asked_for_is_a_parameter() -> None:
    found = genai(gen_ai__operation__name="retrieval", gen_ai__retrieval__top_k=3)
    assert read(found).parameters == {"top_k": 3}


@pytest.mark.parametrize(
    ("told", "read_as"), [("0.7", 0.7), ("5", 5), ("-1e-1", -0.1), ("warm", "warm"), ("NaN", "NaN")]
)
def test_a_parameter_that_is_a_number_is_one_as_text_too(told: str, read_as: Any) -> None:
    call = genai(gen_ai__request__temperature=told, gen_ai__request__user="7")
    assert read(call).parameters == {"temperature": read_as, "user": "7"}


def test_a_parameter_that_was_not_given_is_none_as_its_sdk_prints_it() -> None:
    unset = "<openai.Omit object at 0x7f0000000000>"
    assert read(genai(gen_ai__request__seed=unset, gen_ai__request__n=2)).parameters == {"n": 2}


def test_a_step_that_gave_nothing_says_so_as_json() -> None:
    tool = oi("TOOL", tool__name="log", input__value="{}", output__value="null")
    tool.attributes["output.mime_type"] = "application/json"
    assert read(tool).output is None
    assert read(oi("LLM", llm__model_name="m", output__value="null")).output == "null"


def test_how_many_documents_a_reranker_was_to_give_is_a_parameter() -> None:
    ranks = oi("RERANKER", reranker__query="capital", reranker__top_k=2)
    assert (read(ranks).input, read(ranks).parameters) == ("capital", {"top_k": 2})


def test_an_evaluation_that_failed_says_so() -> None:
    call = genai()
    told = {"gen_ai.evaluation.name": "relevance", "error.type": "timeout"}
    call.events = [SpanEvent("gen_ai.evaluation.result", call.start_unix_nano, told)]
    [score] = read(call).scores
    assert (score.name, score.value, score.explanation) == ("relevance", None, "timeout")


def test_lists_of_texts_may_hold_messages_as_json() -> None:
    asked = [{"role": "user", "content": "hi"}]
    said = [{"role": "assistant", "parts": [{"type": "text", "content": "yo"}]}]
    call = genai(
        gen_ai__input__messages=[json.dumps(m) for m in asked],
        gen_ai__output__messages=[json.dumps(m | {"finish_reason": "stop"}) for m in said],
        gen_ai__system_instructions=[json.dumps({"type": "text", "content": "Be brief."})],
    )
    hop = read(call)
    assert (hop.input, hop.output, hop.system) == ("hi", "yo", "Be brief.")
    assert hop.finish_reason == "stop"


@pytest.mark.parametrize("text", ['{"role": "nurse"}', '{"role": ', "{}", '{"content": "x"}'])
def test_a_text_that_only_looks_like_a_message_is_what_was_said(text: str) -> None:
    [message] = read(genai(gen_ai__input__messages=[text])).messages_in
    assert message.parts == [{"type": "text", "content": text}]


def test_a_prompt_that_litellm_took_from_a_store_of_prompts_has_its_name() -> None:
    kept = {"prompt_id": "greeting", "prompt_version": 3, "prompt_integration": "langfuse"}
    calls = [
        span("litellm", "litellm_request", gen_ai__request__model="m", gen_ai__system="openai")
        for _ in range(4)
    ]
    for call, told in zip(calls, ("", str(kept), json.dumps(kept), "{'prompt_id': 3"), strict=True):
        call.attributes["llm.request.type"] = "acompletion"
        call.attributes["metadata.prompt_management_metadata"] = told
    same_both_ways(calls)
    named = [(h.prompt_name, h.prompt_version) for h in hops(*calls)]
    assert named == [(None, None), ("greeting", "3"), ("greeting", "3"), (None, None)]


RANKING = [{"index": 1, "relevanceScore": 0.9}, {"index": 0, "relevanceScore": 0.1}]


@pytest.mark.parametrize(
    ("ranking", "documents"),
    [
        (RANKING, [{"content": "b", "score": 0.9}, {"content": "a", "score": 0.1}]),
        (RANKING[:1], [{"content": "b", "score": 0.9}]),
        ([{"index": 7}, {"index": None}, 3], [{"content": "a"}, {"content": "b"}]),
        ([], [{"content": "a"}, {"content": "b"}]),
    ],
)
def test_documents_that_vercel_s_sdk_ranked_stand_in_their_order(ranking, documents) -> None:
    ranks = span("ai", "ai.rerank.doRerank", ai__operationId="ai.rerank.doRerank")
    ranks.attributes["ai.documents"] = ['"a"', '"b"']
    ranks.attributes["ai.ranking"] = [json.dumps(r) for r in ranking]
    hop = read(ranks)
    assert (hop.documents, hop.input) == (documents, {"documents": ["a", "b"]})


def test_parameters_that_openllmetry_writes_as_json_are_what_they_say() -> None:
    call = span("opentelemetry.instrumentation.openai.v1", gen_ai__request__model="m")
    call.attributes |= {"llm.request.type": "chat", "llm.chat.stop_sequences": '["END"]'}
    call.attributes["gen_ai.request.structured_output_schema"] = '{"type": "object"}'
    found = read(call).parameters
    assert (found["stop_sequences"], found["response_format"]) == (["END"], {"type": "object"})


def test_pictures_that_pydantic_ai_tells_by_their_kind_are_pictures() -> None:
    body = {"kind": "binary", "media_type": "image/png", "binary_content": "iVBORw0KGgo="}
    given = ["Flag?", body, {"kind": "image-url", "url": "https://example.org/f.png"}]
    pdf = {"kind": "binary", "media_type": "application/pdf", "binary_content": "JVBERi0="}
    told = [{"content": [*given, pdf], "role": "user", "event.name": "gen_ai.user.message"}]
    one = span("pydantic-ai", "chat m", gen_ai__operation__name="chat", events=None)
    one.attributes |= {"gen_ai.request.model": "m", "events": json.dumps(told)}
    (message,) = read(one).messages_in
    assert [p["type"] for p in message.parts] == ["text", "blob", "uri", "blob"]
    assert [p.get("modality") for p in message.parts[1:]] == ["image", "image", "document"]
    assert same_both_ways([one]) == []


@pytest.mark.parametrize("kind", [3, None, [], "-url", "binary", "x-url", "image-url", "thinking"])
def test_spoilt_kinds_of_parts_stay_what_they_are(kind: object) -> None:
    told = [{"content": [{"kind": kind, "media_type": 7, "url": {"a": 1}}], "role": "user"}]
    one = span("pydantic-ai", "chat m", gen_ai__operation__name="chat")
    one.attributes |= {"gen_ai.request.model": "m", "events": json.dumps(told)}
    assert only(one).kind == "llm"
    assert same_both_ways([one]) == []


def test_a_provider_that_openlit_writes_for_a_model_is_none() -> None:
    call = genai(
        "chat anthropic",
        scope="openlit.instrumentation.langchain",
        gen_ai__provider__name="anthropic",
        gen_ai__request__model="anthropic",
        gen_ai__response__model="claude-sonnet-4-5",
    )
    hop = read(call)
    assert (hop.provider, hop.request_model) == ("anthropic", None)
    assert hop.response_model == "claude-sonnet-4-5"


def test_messages_that_openlit_prints_of_a_chain_are_read() -> None:
    printed = "content='Aye.' additional_kwargs={} response_metadata={'finish_reason': 'stop'}"
    chain = span(
        "openlit.instrumentation.langchain",
        "invoke_workflow answer",
        gen_ai__operation__name="invoke_workflow",
        gen_ai__workflow__output=json.dumps({"messages": [printed]}),
    )
    assert read(chain).output == {"messages": [{"role": "assistant", "content": "Aye."}]}
    chain.attributes["gen_ai.workflow.output"] = json.dumps(printed)
    assert read(chain).output == "Aye."


@pytest.mark.parametrize(("sdk", "company"), [("anthropic", "anthropic"), ("langchain", None)])
def test_a_call_of_openlits_that_failed_has_the_provider_of_its_sdk(
    sdk: str, company: str | None
) -> None:
    call = span(f"openlit.instrumentation.{sdk}", "chat claude-haiku-4-5", status=2)
    call.attributes["telemetry.sdk.name"] = "openlit"
    hop = read(call)
    assert (hop.kind, hop.provider, hop.request_model) == ("llm", company, "claude-haiku-4-5")


def test_what_was_not_given_is_nothing_as_langfuse_writes_it_either() -> None:
    unset = {"__module__": "openai"}
    call = span("langfuse-sdk", "OpenAI-generation", langfuse__observation__type="generation")
    asked = [{"role": "system", "content": unset}, {"role": "user", "content": "Hi"}]
    call.attributes |= {
        "langfuse.observation.model.name": "gpt-4o",
        "langfuse.observation.model.parameters": json.dumps({"seed": unset, "temperature": 1}),
        "langfuse.observation.metadata.response_format": json.dumps(unset),
        "langfuse.observation.input": json.dumps({"tools": unset, "messages": asked}),
    }
    hop = read(call)
    assert (hop.tools, hop.parameters, hop.system) == ([], {"temperature": 1}, None)
    assert [m.role for m in hop.messages_in] == ["user"]
    call.attributes["langfuse.observation.input"] = json.dumps(asked)
    assert [m.role for m in read(call).messages_in] == ["user"]


def test_a_node_of_langgraph_for_one_tool_was_given_its_call() -> None:
    asked = {"name": "stock", "args": {"item": "roll"}, "id": "call_1", "type": "tool_call"}
    told = {"__type": "tool_call_with_context", "tool_call": asked, "state": {"messages": []}}
    step = span("openinference.instrumentation.langchain", "tools", input__value=json.dumps(told))
    step.attributes["openinference.span.kind"] = "CHAIN"
    assert read(step).input == asked


def test_a_tool_of_adks_that_failed_gave_nothing() -> None:
    told = json.dumps({"result": "<not specified>"})
    tool = span("gcp.vertex.agent", "execute_tool burn", status=2)
    tool.attributes |= {"gen_ai.tool.name": "burn", "gcp.vertex.agent.tool_response": told}
    assert (read(tool).name, read(tool).output) == ("burn", None)


def test_a_thought_that_openinference_flattens_as_if_it_were_said_is_one() -> None:
    parts = [{"text": "Hm.", "thought": True}, {"text": "Forty."}]
    answer = {"content": {"role": "model", "parts": parts}, "finish_reason": "STOP"}
    call = oi("LLM", llm__model_name="gemini-2.5-flash", output__value=json.dumps(answer))
    flat = "llm.output_messages.0.message"
    call.attributes[f"{flat}.role"] = "model"
    for n, part in enumerate(parts):
        call.attributes[f"{flat}.contents.{n}.message_content.text"] = part["text"]
    hop = read(call)
    assert (hop.output, hop.finish_reason) == ("Forty.", "stop")
    assert [p["type"] for p in hop.messages_out[0].parts] == ["reasoning", "text"]


def test_an_adapter_of_dspys_was_given_its_inputs() -> None:
    given = {"lm": "<dspy.LM object at 0x7f00>", "signature": "a -> b", "inputs": {"a": 1}}
    step = span("openinference.instrumentation.dspy", "ChatAdapter.__call__")
    step.attributes = {"openinference.span.kind": "CHAIN", "input.value": json.dumps(given)}
    assert read(step).input == {"a": 1}


@pytest.mark.parametrize(
    ("told", "begun"),
    [
        ({"kwargs": {"user_msg": "Hi", "memory": None}}, "Hi"),
        ({"kwargs": {"topic": "rye", "count": 2}}, {"topic": "rye", "count": 2}),
        ({"start_event": "AgentWorkflowStartEvent()"}, {}),
        ({"start_event": "StartEvent(topic='rye')"}, {"topic": "rye"}),
        ({"start_event": '{"user_msg": "Hi", "chat_history": null}'}, "Hi"),
        ({}, {}),
    ],
)
def test_a_workflow_of_llama_index_was_given_what_it_begins_with(told: Any, begun: Any) -> None:
    step = span("openinference.instrumentation.llama_index", "Workflow.run")
    given = {"ctx": None, "stepwise": False, "checkpoint_callback": None, **told}
    step.attributes = {"openinference.span.kind": "CHAIN", "input.value": json.dumps(given)}
    assert read(step).input == begun
    step = span("opentelemetry.instrumentation.llamaindex", "Workflow.workflow")
    step.attributes = {
        "traceloop.span.kind": "workflow",
        "traceloop.entity.input": json.dumps(given),
    }
    assert read(step).input == begun


@pytest.mark.parametrize("provider", ["anthropic", None])
def test_a_model_of_litellms_is_called_without_its_route(provider: str | None) -> None:
    call = oi("LLM", llm__model_name="anthropic/claude-3-5-haiku", llm__provider=provider)
    call.scope = Scope("openinference.instrumentation.litellm")
    hop = read(call)
    assert (hop.provider, hop.request_model) == ("anthropic", "claude-3-5-haiku")


@pytest.mark.parametrize(
    ("client", "company"),
    [("OpenAI", "openai"), ("AzureOpenAI", "azure.ai.openai"), ("Replay", None)],
)
def test_the_provider_of_autogens_calls_is_that_of_their_client(
    client: str, company: str | None
) -> None:
    call = oi("LLM", llm__model_name="gpt-4o")
    call.scope = Scope("openinference.instrumentation.autogen_agentchat")
    call.name = f"{client}ChatCompletionClient.create"
    assert read(call).provider == company


def test_a_call_of_bedrocks_that_failed_early_is_one() -> None:
    hop = read(span("opentelemetry.instrumentation.bedrock", "bedrock.converse", status=2))
    assert (hop.kind, hop.provider) == ("llm", "aws.bedrock")
    call = oi("LLM", llm__model_name="anthropic.claude-3-haiku")
    call.scope = Scope("openinference.instrumentation.bedrock")
    assert read(call).provider == "aws.bedrock"
