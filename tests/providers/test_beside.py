"""Other instrumentations in the same process: a call stays one hop, whoever else tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from opentelemetry.sdk.trace import TracerProvider

import misstep
from misstep.model import Hop
from misstep_examples.provider import LocalProvider

from .conftest import Recorder

ASKED: dict[str, Any] = {"model": "o1", "messages": [{"role": "user", "content": "Hello. You?"}]}


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Recorder, TracerProvider]]:
    """misstep attached to a provider that other instrumentations write to."""
    monkeypatch.setenv("MISSTEP_DEBUG", "1")
    recorder, provider = Recorder(), TracerProvider()
    misstep.init(exporter=recorder.exporter, provider=provider)
    yield recorder, provider
    misstep.shutdown()


@pytest.fixture(params=["openinference", "openllmetry"])
def beside(
    request: pytest.FixtureRequest, traced: tuple[Recorder, TracerProvider]
) -> Iterator[Recorder]:
    """With an OpenAI instrumentor of another family installed."""
    recorder, provider = traced
    instrumentor: Any
    if request.param == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor

        instrumentor = OpenAIInstrumentor()
    else:
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenLLMetry

        instrumentor = OpenLLMetry()
    instrumentor.instrument(tracer_provider=provider)
    yield recorder
    instrumentor.uninstrument()


def told_by_two(recorder: Recorder) -> list[Hop]:
    scopes = {s.instrumentation_scope.name for s in recorder.spans() if s.instrumentation_scope}
    assert "misstep" in scopes and len(scopes) == 2, "both tell of the call"
    return recorder.hops()


def complete(hop: Hop) -> None:
    assert hop.kind == "llm"
    assert hop.request_model == "o1" and hop.messages_in[-1].text == "Hello. You?"
    assert hop.messages_out and hop.finish_reason == "stop"
    assert 0 < hop.reasoning_tokens < hop.output_tokens
    assert hop.input_tokens < 60, "counted once"
    assert hop.recording is not None and hop.recording.content_key, "can be replayed"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_call_told_by_another_instrumentor_too_is_one_hop(
    stream: bool, beside: Recorder, provider: LocalProvider
) -> None:
    more: Any = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    with (
        misstep.run("r"),
        openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local") as client,
    ):
        got = client.chat.completions.create(**ASKED, **more)
        if stream:
            list(got)
    (hop,) = told_by_two(beside)
    complete(hop)


def test_a_step_around_a_call_told_twice_is_one_hop(
    beside: Recorder, provider: LocalProvider
) -> None:
    @misstep.hop
    def ask(text: str) -> str:
        with openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local") as client:
            got = client.chat.completions.create(**ASKED)
        return (got.choices[0].message.content or "").upper()

    with misstep.run("r"):
        ask("Hello")
    (hop,) = told_by_two(beside)
    complete(hop)
    assert hop.name == "ask" and str(hop.output).isupper()


def test_a_retry_inside_a_call_told_twice_is_an_attempt(
    beside: Recorder, provider: LocalProvider
) -> None:
    provider.set_fault("rate_limit", times=1)
    with (
        misstep.run("r"),
        openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local") as client,
    ):
        client.chat.completions.create(**ASKED)
    (hop,) = told_by_two(beside)
    complete(hop)
    assert [a.reason for a in hop.attempts] == ["429", None]


def test_a_failed_call_told_twice_is_one_failed_hop(
    beside: Recorder, provider: LocalProvider
) -> None:
    provider.set_fault("server_error")
    with (
        misstep.run("r"),
        openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local", max_retries=0) as client,
        pytest.raises(openai.InternalServerError),
    ):
        client.chat.completions.create(**ASKED)
    (hop,) = told_by_two(beside)
    assert hop.error is not None


def test_the_anthropic_sdks_own_span_is_no_second_hop(
    traced: tuple[Recorder, TracerProvider],
    provider: LocalProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorder, tracers = traced
    from opentelemetry import trace

    monkeypatch.setattr(trace, "get_tracer_provider", lambda: tracers)
    monkeypatch.setattr(trace, "get_tracer", lambda *a, **k: tracers.get_tracer(*a, **k))
    provider.set_fault("rate_limit", times=1)
    with (
        misstep.run("r"),
        anthropic.Anthropic(base_url=provider.url, api_key="local") as client,
    ):
        client.messages.create(
            model="claude-3-5-haiku",
            max_tokens=99,
            messages=[{"role": "user", "content": "Hello. You?"}],
        )
    (hop,) = told_by_two(recorder)
    assert hop.provider == "anthropic" and hop.finish_reason == "end_turn"
    assert [a.reason for a in hop.attempts] == ["429", None]
    assert hop.recording is not None and hop.recording.content_key
