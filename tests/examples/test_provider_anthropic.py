"""The real Anthropic SDK against the local provider."""

from __future__ import annotations

from collections.abc import Iterator

import anthropic
import pytest

from misstep_examples.provider import LocalProvider

MODEL = "claude-3-5-haiku-20241022"
HELLO = [{"role": "user", "content": "Hello there. How are you?"}]
WEATHER = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest.fixture
def client(provider: LocalProvider) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=provider.url, api_key="local", max_retries=0) as made:
        yield made


def _text(message: anthropic.types.Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_a_message_parses_with_its_usage(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(model=MODEL, max_tokens=100, messages=HELLO)
    assert answer.stop_reason == "end_turn"
    assert "Hello there" in _text(answer)
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0
    assert answer._request_id is not None


def test_cached_tokens_are_told_apart_from_the_input(client: anthropic.Anthropic) -> None:
    usages = [
        client.messages.create(
            model=MODEL,
            max_tokens=100,
            messages=[{"role": "user", "content": f"{number} " + "word " * 300}],
        ).usage
        for number in range(12)
    ]
    cached = [u.cache_read_input_tokens or 0 for u in usages]
    assert any(cached) and not all(cached)
    assert all(c % 64 == 0 for c in cached)


def test_a_stream_joins_to_the_same_text_and_ends_with_its_usage(
    client: anthropic.Anthropic,
) -> None:
    whole = client.messages.create(model=MODEL, max_tokens=100, messages=HELLO)
    with client.messages.stream(model=MODEL, max_tokens=100, messages=HELLO) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
    assert "".join(pieces) == _text(whole)
    assert len(pieces) >= 3
    assert final.usage.output_tokens == whole.usage.output_tokens
    assert final.stop_reason == "end_turn"


async def test_the_async_client_gets_the_same_answer(
    provider: LocalProvider, client: anthropic.Anthropic
) -> None:
    async with anthropic.AsyncAnthropic(base_url=provider.url, api_key="local") as asynchronous:
        one = await asynchronous.messages.create(model=MODEL, max_tokens=99, messages=HELLO)
        async with asynchronous.messages.stream(
            model=MODEL, max_tokens=99, messages=HELLO
        ) as stream:
            text = "".join([piece async for piece in stream.text_stream])
    two = client.messages.create(model=MODEL, max_tokens=99, messages=HELLO)
    assert _text(one) == _text(two) == text


@pytest.mark.parametrize("stream", [False, True])
def test_offered_tools_are_called(client: anthropic.Anthropic, stream: bool) -> None:
    asked = {
        "model": MODEL,
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Get the weather, city: Lyon"}],
        "tools": [WEATHER],
    }
    if stream:
        with client.messages.stream(**asked) as events:
            answer = events.get_final_message()
    else:
        answer = client.messages.create(**asked)
    (block,) = answer.content
    assert answer.stop_reason == "tool_use"
    assert block.type == "tool_use"
    assert (block.name, block.input) == ("get_weather", {"city": "Lyon"})


def test_a_tool_result_is_answered_in_words(client: anthropic.Anthropic) -> None:
    messages = [
        *HELLO,
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t1", "name": "get_weather", "input": {}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "Rain. Cold."}],
        },
    ]
    answer = client.messages.create(model=MODEL, max_tokens=100, messages=messages, tools=[WEATHER])
    assert "Rain" in _text(answer)


def test_a_token_limit_cuts_the_answer_and_says_so(client: anthropic.Anthropic) -> None:
    asked = [{"role": "user", "content": "word " * 100}]
    answer = client.messages.create(model=MODEL, max_tokens=5, messages=asked)
    assert answer.stop_reason == "max_tokens"
