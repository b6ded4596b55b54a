"""Requests of a provider's SDK that ask no model anything are steps, told of once."""

from __future__ import annotations

import pytest
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span

OI, SDK, FIRE = (
    "openinference.instrumentation.anthropic",
    "com.anthropic.sdk.python",
    "logfire.openai",
)


def counted(name: str = "messages.count_tokens") -> list[Span]:
    """As OpenInference and the SDK itself tell of it."""
    model = {"llm__model_name": "claude-haiku-4-5", "openinference__span__kind": "LLM"}
    asked = {"llm__input_messages__0__message__role": "user"}
    asked["llm__input_messages__0__message__content"] = "How long is this?"
    outer = span(OI, name, output__value='{"input_tokens": 2095}', **model, **asked)
    request = {"gen_ai__request__model": "claude-haiku-4-5", "http__request__method": "POST"}
    inner = span(SDK, f"anthropic.{name}", parent=outer, at=1_010, took=20, **request)
    return [outer, inner]


def test_counting_tokens_is_no_call_of_a_model_and_told_of_once() -> None:
    for told in (counted(), counted("beta.messages.count_tokens"), counted()[:1]):
        assert same_both_ways(told) == []
        (hop,) = normalise(told, []).hops
        assert (hop.kind, hop.request_model) == ("chain", "claude-haiku-4-5")
        assert [m.text for m in hop.messages_in] == ["How long is this?"]
    alone = counted()[1]
    alone.parent_span_id = ""
    assert [h.kind for h in normalise([alone], []).hops] == ["chain"]
    same_both_ways([alone, *counted("messages.create")])
    assert [h.kind for h in normalise(counted("messages.create"), []).hops] == ["llm"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/messages/count_tokens", "chain"),
        ("/v1/messages/count_tokens?beta=true", "chain"),
        ("/v1/messages/batches", "chain"),
        ("/v1/messages/batches/msgbatch_1", "chain"),
        ("/models", "chain"),
        ("/responses/resp_1/cancel", "chain"),
        ("/v1/messages?beta=true", "llm"),
        ("/moderations", "llm"),
        ("/models/some-model:generate", "llm"),
        (["/models"], "llm"),
    ],
)
def test_paths_of_requests_that_ask_no_model(path: object, kind: str) -> None:
    about = {"logfire__span_type": "span", "gen_ai__request__model": "m", "request_data": "{}"}
    told = span(FIRE, "OpenAI API call to {url!r}", url=path, **about)
    assert [h.kind for h in normalise([told], []).hops] == [kind]
    same_both_ways([told])
