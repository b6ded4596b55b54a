"""The real SDKs against the local provider: one complete hop a call, whatever made it."""

from __future__ import annotations

import pytest

import misstep
from misstep_examples.provider import LocalProvider

from .conftest import Recorder
from .sdks import QUESTION, SDKS, SYSTEM, USES, Said

pytestmark = pytest.mark.filterwarnings(
    "ignore:Inheritance class AiohttpClientSession:DeprecationWarning"  # google-genai's own
)


def use(name: str, mode: str, url: str) -> Said:
    with misstep.run("question"):
        said: Said = getattr(SDKS[name], mode)(url)
    assert QUESTION.split(".")[0] in said.text
    return said


@pytest.mark.parametrize(("name", "mode"), USES)
def test_a_call_is_one_hop_with_model_messages_tokens_and_finish_reason(
    name: str, mode: str, provider: LocalProvider, recorder: Recorder
) -> None:
    sdk = SDKS[name]
    said = use(name, mode, provider.url)
    hop = recorder.hop()
    assert hop.kind == "llm"
    assert hop.name == f"{sdk.operation} {sdk.model}"
    assert hop.provider == sdk.provider
    assert hop.request_model == sdk.model
    assert (hop.response_model or sdk.model).startswith(sdk.model)
    assert hop.system == SYSTEM
    assert hop.messages_in[-1].text == QUESTION
    assert hop.messages_out[0].role == "assistant"
    assert hop.messages_out[0].text == hop.output == said.text
    assert hop.finish_reason == sdk.finish
    assert hop.error is None
    assert hop.input_tokens > 0 and hop.output_tokens > 0
    assert said.input_tokens in (None, hop.input_tokens)
    assert said.output_tokens in (None, hop.output_tokens)
    if sdk.model in ("o1", "gemini-2.5-pro"):
        assert 0 < hop.reasoning_tokens < hop.output_tokens
    if "stream" in mode:
        assert hop.time_to_first_token_ms is not None
        assert 0 < hop.time_to_first_token_ms <= hop.duration_ms
    else:
        assert hop.time_to_first_token_ms is None
    assert hop.recording is not None and hop.recording.content_key


def test_the_same_question_through_whole_and_stream_costs_the_same(
    provider: LocalProvider, recorder: Recorder
) -> None:
    use("google-genai", "whole", provider.url)
    use("google-genai", "stream", provider.url)
    whole, streamed = recorder.hops()
    assert (whole.input_tokens, whole.output_tokens) == (
        streamed.input_tokens,
        streamed.output_tokens,
    )
