"""Who was asked, where no attribute of the call says it plainly, one test a way, in both readings."""

from __future__ import annotations

import pytest
from tests.conventions.spans import genai, hops, only, span
from tests.conventions.test_headers import same_both_ways
from tests.conventions.test_names import read


def test_instructions_are_no_provider() -> None:
    """Mirascope's spans hold the system of a call, which is its prompt."""
    told = {"gen_ai__request__model": "gpt-4o", "gen_ai__operation__name": "chat"}
    spans = [
        span("otel", "capital", gen_ai__system=told_as, **told)
        for told_as in (
            "What is the capital of {country}?",
            "You answer in one word only.",
            "OpenAI",
        )
    ]
    assert [read(s).provider for s in spans] == [None, None, "openai"]
    assert same_both_ways(spans) == []


def test_langfuse_names_the_sdk_it_wrapped_in_the_name_it_gives_to_calls() -> None:
    told = {"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-5"}
    for name, company in (
        ("OpenAI-generation", "openai"),
        ("OpenAI.chat", "openai"),
        ("OpenAI", None),
        ("mine", None),
    ):
        assert read(span("langfuse-sdk", name, **told)).provider == company
    told["langfuse.observation.metadata.ls_provider"] = "groq"
    assert read(span("langfuse-sdk", "OpenAI-generation", **told)).provider == "groq"


@pytest.mark.parametrize(
    ("scope", "name", "company"),
    [
        ("opentelemetry.instrumentation.langchain", "ChatOpenAI.chat", "openai"),
        ("opentelemetry.instrumentation.langchain", "ChatAnthropic.chat", "anthropic"),
        ("opentelemetry.instrumentation.langchain", "OwnModel.chat", None),
        ("openlit.otel.tracing", "openai.chat.completions", "openai"),
        ("openlit.otel.tracing", "azure_openai.completions", "azure.ai.openai"),
        ("openlit.otel.tracing", "langchain.chat.completions", None),
        ("openlit.otel.tracing", "chat gpt-5", None),
    ],
)
def test_where_nothing_else_names_a_provider_the_name_of_the_call_does(
    scope: str, name: str, company: str | None
) -> None:
    told = {"gen_ai.system": "Langchain", "gen_ai.request.model": "m", "llm.request.type": "chat"}
    if scope.startswith("openlit"):
        told["gen_ai.operation.name"] = "chat"
    assert read(span(scope, name, **told)).provider == company


def test_the_provider_before_a_model_is_told_by_the_model_alone_beside_it() -> None:
    about = {"gen_ai__system": "", "litellm__provider__model": "gpt-4o-mini"}
    call = genai(scope="litellm", gen_ai__request__model="openai/gpt-4o-mini", **about)
    assert same_both_ways([call]) == []
    made = only(call)
    assert (made.provider, made.request_model) == ("openai", "gpt-4o-mini")
    other = genai(scope="litellm", gen_ai__request__model="meta/llama", **about)
    assert only(other).request_model == "meta/llama"


def test_streams_and_failures_of_logfire_s_integrations_are_of_the_company_they_tell_of() -> None:
    about = {"logfire__span_type": "span", "gen_ai__request__model": "m", "gen_ai__system": "x"}
    for scope, company in (("logfire.openai", "openai"), ("logfire.anthropic", "anthropic")):
        told, silent = span(scope, **about), span(scope, **{**about, "gen_ai__system": None})
        silent.attributes.pop("gen_ai.system")
        assert same_both_ways([told, silent]) == []
        assert [h.provider for h in hops(told, silent)] == ["x", company]


@pytest.mark.parametrize(
    ("asked", "said", "provider", "model"),
    [
        ("gemini-2.5-flash", "gcp.vertex.agent", "gcp.gemini", "gemini-2.5-flash"),
        ("gemini-2.5-flash", "gcp.vertex_ai", "gcp.vertex_ai", "gemini-2.5-flash"),
        ("openai/gpt-4.1", "gcp.vertex.agent", "openai", "gpt-4.1"),
        ("openai/gpt-4.1", "gcp.gemini", "openai", "gpt-4.1"),
        ("claude-sonnet-4-5", "gcp.vertex.agent", None, "claude-sonnet-4-5"),
        ("my/model", "gcp.vertex.agent", None, "my/model"),
        (None, "gcp.vertex.agent", None, None),
        (7, "gcp.vertex.agent", None, None),
    ],
)
def test_adks_models_are_geminis_or_whose_route_says_so(
    asked: object, said: str, provider: str | None, model: str | None
) -> None:
    given = {"gen_ai.system": said, "gcp.vertex.agent.llm_request": "{}"}
    one, other = span("gcp.vertex.agent", "call_llm"), span("gcp.vertex.agent", "call_llm")
    other.attributes = {**given, "gen_ai.request.model": "gemini-3"}
    one.attributes = given if asked is None else {**given, "gen_ai.request.model": asked}
    hop = hops(one)[0]
    assert (hop.provider, hop.request_model) == (provider, model)
    assert same_both_ways([one]) == same_both_ways([other, one]) == []


@pytest.mark.parametrize(
    ("name", "kind", "provider"),
    [
        ("Embeddings", "EMBEDDING", "openai"),
        ("AsyncEmbeddings_1", "EMBEDDING", "openai"),
        ("Images", "TOOL", "openai"),
        ("embed", "EMBEDDING", None),
        ("Embeddings of mine", "EMBEDDING", None),
    ],
)
def test_openais_classes_under_mlflow_tell_whose_request_it_was(
    name: str, kind: str, provider: str | None
) -> None:
    one = span("mlflow.tracing.provider", name)
    one.attributes = {"mlflow.spanType": f'"{kind}"', "model": '"m"', "mlflow.llm.model": '"m"'}
    assert only(one).provider == provider
    assert same_both_ways([one]) == []


def test_vectors_that_litellm_asks_for_under_openinference_have_their_route() -> None:
    one = span("openinference.instrumentation.litellm", "CreateEmbeddings")
    one.attributes = {
        "openinference.span.kind": "EMBEDDING",
        "embedding.model_name": "text-embedding-3-small",
        "embedding.invocation_parameters": '{"model": "openai/text-embedding-3-small"}',
        "llm.token_count.prompt": 2,
    }
    hop = only(one)
    asked = (hop.provider, hop.request_model, hop.response_model)
    assert asked == ("openai", "text-embedding-3-small", "text-embedding-3-small")
    assert same_both_ways([one]) == []


@pytest.mark.parametrize(
    ("library", "told", "company"),
    [
        ("openai", {}, "openai"),
        ("openai", {"llm.provider": "azure"}, "azure.ai.openai"),
        ("cohere", {}, "cohere"),
        ("openai", {"llm.system": 7}, None),
        ("litellm", {}, None),
    ],
)
def test_vectors_of_a_companys_sdk_are_that_companys(
    library: str, told: dict[str, object], company: str | None
) -> None:
    made = span(f"openinference.instrumentation.{library}", "CreateEmbeddings")
    made.attributes = {"openinference.span.kind": "EMBEDDING", "embedding.model_name": "m", **told}
    assert read(made).provider == company
    assert same_both_ways([made]) == []
    made.attributes["openinference.span.kind"] = "CHAIN"
    made.attributes.pop("llm.provider", None)
    assert read(made).provider is None
    assert same_both_ways([made]) == []
