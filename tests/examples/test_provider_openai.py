"""The real OpenAI SDK against the local provider."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator

import httpx
import openai
import pytest

from misstep_examples.provider import LocalProvider

HELLO = [{"role": "user", "content": "Hello there. How are you?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        },
    },
}


@pytest.fixture
def client(provider: LocalProvider) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local", max_retries=0) as made:
        yield made


def test_a_completion_parses_with_its_usage_and_snapshot_name(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    assert answer.choices[0].finish_reason == "stop"
    assert "Hello there" in (answer.choices[0].message.content or "")
    assert answer.model == "gpt-4o-mini-2024-07-18"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id is not None


def test_a_longer_prompt_costs_more_tokens(client: openai.OpenAI) -> None:
    def tokens(text: str) -> int:
        asked = [{"role": "user", "content": text}]
        answer = client.chat.completions.create(model="gpt-4o-mini", messages=asked)
        assert answer.usage is not None
        return answer.usage.prompt_tokens

    assert tokens("word " * 400) > tokens("word " * 40) > tokens("word")


def test_o1_spends_reasoning_tokens_and_counts_them_as_output(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="o1", messages=HELLO)
    assert answer.usage is not None
    details = answer.usage.completion_tokens_details
    assert details is not None and details.reasoning_tokens
    assert details.reasoning_tokens < answer.usage.completion_tokens


def test_a_stream_joins_to_the_same_text_as_the_whole_answer(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    pieces = [c.choices[0].delta.content or "" for c in stream]
    assert "".join(pieces) == whole.choices[0].message.content
    assert len(pieces) >= 3


def test_usage_ends_a_stream_only_when_it_was_asked_for(client: openai.OpenAI) -> None:
    plain = list(client.chat.completions.create(model="o1", messages=HELLO, stream=True))
    asked = list(
        client.chat.completions.create(
            model="o1", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    assert all(chunk.usage is None for chunk in plain)
    assert asked[-1].choices == [] and asked[-1].usage is not None
    assert asked[-2].choices[0].finish_reason == "stop"


async def test_the_async_client_gets_the_same_answer(
    provider: LocalProvider, client: openai.OpenAI
) -> None:
    base_url = f"{provider.url}/v1"
    async with openai.AsyncOpenAI(base_url=base_url, api_key="local") as asynchronous:
        one = await asynchronous.chat.completions.create(model="gpt-4o", messages=HELLO)
        stream = await asynchronous.chat.completions.create(
            model="gpt-4o", messages=HELLO, stream=True
        )
        text = "".join([c.choices[0].delta.content or "" async for c in stream])
    two = client.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert one.choices[0].message.content == two.choices[0].message.content == text


@pytest.mark.parametrize("stream", [False, True])
def test_offered_tools_are_called_with_arguments_read_from_the_text(
    client: openai.OpenAI, stream: bool
) -> None:
    asked = [{"role": "user", "content": "Get the weather with city: Lyon and days: 3"}]
    if stream:
        with client.chat.completions.stream(
            model="gpt-4o-mini", messages=asked, tools=[WEATHER]
        ) as events:
            answer = events.get_final_completion()
    else:
        answer = client.chat.completions.create(
            model="gpt-4o-mini", messages=asked, tools=[WEATHER]
        )
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls or []
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Lyon", "days": 3}


def test_a_tool_result_is_answered_in_words(client: openai.OpenAI) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "Rain all day. Cold."},
    ]
    answer = client.chat.completions.create(model="gpt-4o", messages=messages, tools=[WEATHER])
    assert "Rain all day" in (answer.choices[0].message.content or "")


def test_json_mode_gives_json(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="gpt-4o", messages=HELLO, response_format={"type": "json_object"}
    )
    assert isinstance(json.loads(answer.choices[0].message.content or ""), dict)


def test_embeddings_are_unit_vectors_and_near_for_texts_that_share_words(
    client: openai.OpenAI,
) -> None:
    texts = ["return the kettle", "returning a kettle", "quarterly tax report"]
    answer = client.embeddings.create(model="text-embedding-3-small", input=texts, dimensions=128)
    first, second, third = (item.embedding for item in answer.data)
    assert [item.index for item in answer.data] == [0, 1, 2]
    assert len(first) == 128
    assert sum(x * x for x in first) == pytest.approx(1, abs=1e-4)
    assert _dot(first, second) > 0.9 > 0.3 > _dot(first, third)


def _dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_base64_embeddings_are_the_same_numbers(client: openai.OpenAI) -> None:
    asked = {"model": "text-embedding-3-small", "input": "a kettle", "dimensions": 16}
    plain = client.embeddings.create(**asked, encoding_format="float").data[0].embedding
    packed = client.embeddings.create(**asked, encoding_format="base64").data[0].embedding
    assert isinstance(packed, str)
    assert struct.unpack("<16f", base64.b64decode(packed)) == pytest.approx(plain, abs=1e-6)


def test_embeddings_are_made_of_tokens_too(client: openai.OpenAI) -> None:
    asked = {"model": "text-embedding-3-small", "dimensions": 16}
    several = client.embeddings.create(**asked, input=[[11, 22, 33], [44]])
    alone = client.embeddings.create(**asked, input=[11, 22, 33])
    assert several.data[0].embedding == alone.data[0].embedding != several.data[1].embedding
    assert (several.usage.prompt_tokens, alone.usage.prompt_tokens) == (4, 3)


def test_a_token_limit_cuts_the_answer_and_says_so(client: openai.OpenAI) -> None:
    asked = [{"role": "user", "content": "word " * 100}]
    answer = client.chat.completions.create(model="gpt-4o", messages=asked, max_completion_tokens=5)
    assert answer.choices[0].finish_reason == "length"
    assert len(answer.choices[0].message.content or "") <= 20


@pytest.mark.parametrize("body", ["{", "[]", '{"model": "gpt-4o"}', '{"messages": [3]}'])
def test_a_malformed_request_is_refused_in_the_providers_own_words(
    provider: LocalProvider, body: str
) -> None:
    headers = {"content-type": "application/json"}
    for path in ("/v1/chat/completions", "/v1/messages", "/v1/embeddings"):
        answer = httpx.post(f"{provider.url}{path}", content=body, headers=headers, timeout=60)
        assert answer.status_code == 400
        assert "malformed request" in answer.json()["error"]["message"]
