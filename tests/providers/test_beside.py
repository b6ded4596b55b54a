"""Other instrumentations in the same process: a call stays one hop, whoever else tells of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import anthropic
import openai
import pytest
from opentelemetry.sdk.trace import TracerProvider

import misstep
from misstep.model import Hop
from misstep_examples.provider import LocalProvider

from .conftest import Recorder

pytestmark = pytest.mark.filterwarnings(
    "ignore:Support for class-based `config`"  # OpenLLMetry's models, when they are imported
)
ASKED: dict[str, Any] = {"model": "o1", "messages": [{"role": "user", "content": "Hello. You?"}]}


@pytest.fixture(scope="module")
def tracers() -> TracerProvider:
    return TracerProvider()


@pytest.fixture
def traced(tracers: TracerProvider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """misstep attached to a provider that other instrumentations write to."""
    monkeypatch.setenv("MISSTEP_DEBUG", "1")
    recorder = Recorder()
    misstep.init(exporter=recorder.exporter, provider=tracers)
    yield recorder
    misstep.shutdown()


@pytest.fixture(scope="module", params=["openinference", "openllmetry"])
def instrumented(request: pytest.FixtureRequest, tracers: TracerProvider) -> Iterator[None]:
    """An OpenAI instrumentor of another family. Not all take themselves out again: we do it."""
    instrumentor: Any
    before = openai_methods()
    if request.param == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor

        instrumentor = OpenAIInstrumentor()
    else:
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenLLMetry

        instrumentor = OpenLLMetry()
    instrumentor.instrument(tracer_provider=tracers)
    yield
    instrumentor.uninstrument()
    for (owner, name), method in before.items():
        if vars(owner)[name] is not method:
            setattr(owner, name, method)


def openai_methods() -> dict[tuple[type, str], Any]:
    modules = [m for n, m in list(sys.modules.items()) if n.split(".")[0] == "openai"]
    classes = {c for m in modules for c in list(vars(m).values()) if isinstance(c, type)}
    return {
        (owner, name): value
        for owner in classes
        if owner.__module__.startswith("openai.")
        for name, value in vars(owner).items()
        if isinstance(value, FunctionType)
    }


@pytest.fixture
def beside(instrumented: None, traced: Recorder) -> Recorder:
    return traced


def told_by_two(recorder: Recorder) -> list[Hop]:
    scopes = {s.instrumentation_scope.name for s in recorder.spans() if s.instrumentation_scope}
    assert "misstep" in scopes and len(scopes) >= 2, "both tell of the call"
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
    client = openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local")
    with misstep.run("r"), client:
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


@pytest.mark.parametrize("content", ["metadata", "content"])
def test_the_anthropic_sdks_own_span_is_no_second_hop(
    content: str, traced: Recorder, tracers: TracerProvider, provider: LocalProvider
) -> None:
    provider.set_fault("rate_limit", times=1)
    told: Any = {"tracer_provider": tracers, "traces": {"content_mode": content}}
    with (
        misstep.run("r"),
        anthropic.Anthropic(base_url=provider.url, api_key="local", open_telemetry=told) as client,
    ):
        client.messages.create(
            model="claude-3-5-haiku",
            max_tokens=99,
            messages=[{"role": "user", "content": "Hello. You?"}],
        )
    (hop,) = told_by_two(traced)
    assert hop.provider == "anthropic" and hop.finish_reason == "end_turn"
    assert [a.reason for a in hop.attempts] == ["429", None]
    assert hop.recording is not None and hop.recording.content_key
