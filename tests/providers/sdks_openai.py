"""OpenAI's SDK, whole and streamed, sync and async, and SDKs that speak like it."""

from __future__ import annotations

from typing import Any

from .using import MESSAGES, QUESTION, SYSTEM, Said


def openai_whole(url: str) -> Said:
    import openai

    with openai.OpenAI(base_url=f"{url}/v1", api_key="local") as client:
        got = client.chat.completions.create(model="o1", messages=MESSAGES)
    assert got.usage is not None
    text = got.choices[0].message.content or ""
    return Said(text, got.usage.prompt_tokens, got.usage.completion_tokens)


def openai_stream(url: str) -> Said:
    import openai

    text, usage = "", None
    with openai.OpenAI(base_url=f"{url}/v1", api_key="local") as client:
        for chunk in client.chat.completions.create(
            model="o1", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
        ):
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
            usage = chunk.usage or usage
    assert usage is not None
    return Said(text, usage.prompt_tokens, usage.completion_tokens)


async def openai_whole_async(url: str, http: Any = None) -> Said:
    import openai

    async with openai.AsyncOpenAI(
        base_url=f"{url}/v1", api_key="local", http_client=http
    ) as client:
        got = await client.chat.completions.create(model="o1", messages=MESSAGES)
    assert got.usage is not None
    text = got.choices[0].message.content or ""
    return Said(text, got.usage.prompt_tokens, got.usage.completion_tokens)


async def openai_stream_async(url: str, http: Any = None) -> Said:
    import openai

    text = ""
    async with openai.AsyncOpenAI(
        base_url=f"{url}/v1", api_key="local", http_client=http
    ) as client:
        stream = await client.chat.completions.create(
            model="o1", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
        )
        async for chunk in stream:
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    return Said(text, None, None)


async def openai_aiohttp(url: str) -> Said:
    import openai

    return await openai_whole_async(url, openai.DefaultAioHttpClient())


async def openai_aiohttp_stream(url: str) -> Said:
    import openai

    return await openai_stream_async(url, openai.DefaultAioHttpClient())


def responses_whole(url: str) -> Said:
    import openai

    with openai.OpenAI(base_url=f"{url}/v1", api_key="local") as client:
        got = client.responses.create(model="o1", input=QUESTION, instructions=SYSTEM)
    assert got.usage is not None
    return Said(got.output_text, got.usage.input_tokens, got.usage.output_tokens)


def responses_stream(url: str) -> Said:
    import openai

    with (
        openai.OpenAI(base_url=f"{url}/v1", api_key="local") as client,
        client.responses.stream(model="o1", input=QUESTION, instructions=SYSTEM) as stream,
    ):
        got = stream.get_final_response()
    assert got.usage is not None
    return Said(got.output_text, got.usage.input_tokens, got.usage.output_tokens)


async def responses_whole_async(url: str) -> Said:
    import openai

    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="local") as client:
        got = await client.responses.create(model="o1", input=QUESTION, instructions=SYSTEM)
    assert got.usage is not None
    return Said(got.output_text, got.usage.input_tokens, got.usage.output_tokens)


async def responses_stream_async(url: str) -> Said:
    import openai

    text = ""
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="local") as client:
        stream = await client.responses.create(
            model="o1", input=QUESTION, instructions=SYSTEM, stream=True
        )
        async for event in stream:
            if event.type == "response.output_text.delta":
                text += event.delta
    return Said(text, None, None)


def groq_whole(url: str) -> Said:
    import groq

    with groq.Groq(base_url=url, api_key="local") as client:
        got = client.chat.completions.create(model="llama-3.3-70b-versatile", messages=MESSAGES)
    assert got.usage is not None
    text = got.choices[0].message.content or ""
    return Said(text, got.usage.prompt_tokens, got.usage.completion_tokens)


def groq_stream(url: str) -> Said:
    import groq

    text = ""
    with groq.Groq(base_url=url, api_key="local") as client:
        for chunk in client.chat.completions.create(
            model="llama-3.3-70b-versatile", messages=MESSAGES, stream=True
        ):
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    return Said(text, None, None)


async def groq_whole_async(url: str) -> Said:
    import groq

    async with groq.AsyncGroq(base_url=url, api_key="local") as client:
        got = await client.chat.completions.create(
            model="llama-3.3-70b-versatile", messages=MESSAGES
        )
    return Said(got.choices[0].message.content or "", None, None)


async def groq_stream_async(url: str) -> Said:
    import groq

    text = ""
    async with groq.AsyncGroq(base_url=url, api_key="local") as client:
        stream = await client.chat.completions.create(
            model="llama-3.3-70b-versatile", messages=MESSAGES, stream=True
        )
        async for chunk in stream:
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    return Said(text, None, None)


_TOGETHER = "meta-llama/Llama-3.3-70B-Instruct-Turbo"


def together_whole(url: str) -> Said:
    import together

    with together.Together(base_url=url, api_key="local") as client:
        got: Any = client.chat.completions.create(model=_TOGETHER, messages=MESSAGES)
    usage = got.usage
    return Said(got.choices[0].message.content, usage.prompt_tokens, usage.completion_tokens)


def together_stream(url: str) -> Said:
    import together

    with together.Together(base_url=url, api_key="local") as client:
        stream: Any = client.chat.completions.create(
            model=_TOGETHER, messages=MESSAGES, stream=True
        )
        text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
    return Said(text, None, None)


async def together_whole_async(url: str) -> Said:
    import together

    async with together.AsyncTogether(base_url=url, api_key="local") as client:
        got: Any = await client.chat.completions.create(model=_TOGETHER, messages=MESSAGES)
    return Said(got.choices[0].message.content, None, None)


async def together_stream_async(url: str) -> Said:
    import together

    text = ""
    async with together.AsyncTogether(base_url=url, api_key="local") as client:
        stream: Any = await client.chat.completions.create(
            model=_TOGETHER, messages=MESSAGES, stream=True
        )
        async for chunk in stream:
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    return Said(text, None, None)


def mistral_whole(url: str) -> Said:
    from mistralai.client import Mistral

    with Mistral(server_url=url, api_key="local") as client:
        got: Any = client.chat.complete(model="mistral-small-latest", messages=MESSAGES)
    usage = got.usage
    return Said(got.choices[0].message.content, usage.prompt_tokens, usage.completion_tokens)


def mistral_stream(url: str) -> Said:
    from mistralai.client import Mistral

    text = ""
    with Mistral(server_url=url, api_key="local") as client:
        for event in client.chat.stream(model="mistral-small-latest", messages=MESSAGES):
            chunk: Any = event.data
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    return Said(text, None, None)


async def mistral_whole_async(url: str) -> Said:
    from mistralai.client import Mistral

    async with Mistral(server_url=url, api_key="local") as client:
        got: Any = await client.chat.complete_async(model="mistral-small-latest", messages=MESSAGES)
    return Said(got.choices[0].message.content, None, None)


async def mistral_stream_async(url: str) -> Said:
    from mistralai.client import Mistral

    text = ""
    async with Mistral(server_url=url, api_key="local") as client:
        stream = await client.chat.stream_async(model="mistral-small-latest", messages=MESSAGES)
        async for event in stream:
            chunk: Any = event.data
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    return Said(text, None, None)
