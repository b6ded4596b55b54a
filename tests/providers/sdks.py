"""One small use of each SDK: whole and streamed, sync and async where it has both.

Every function asks the same question and returns what the SDK itself says: text, input tokens,
output tokens (None where the SDK does not tell)."""

from __future__ import annotations

from typing import Any

from .sdks_openai import (
    _TOGETHER,
    groq_stream,
    groq_stream_async,
    groq_whole,
    groq_whole_async,
    mistral_stream,
    mistral_stream_async,
    mistral_whole,
    mistral_whole_async,
    openai_aiohttp,
    openai_aiohttp_stream,
    openai_stream,
    openai_stream_async,
    openai_whole,
    openai_whole_async,
    responses_stream,
    responses_stream_async,
    responses_whole,
    responses_whole_async,
    together_stream,
    together_stream_async,
    together_whole,
    together_whole_async,
)
from .using import MESSAGES, QUESTION, SYSTEM, USER, Said, Sdk, run

# --- Anthropic -------------------------------------------------------------------------

_CLAUDE = "claude-3-5-haiku-latest"


def anthropic_whole(url: str) -> Said:
    import anthropic

    with anthropic.Anthropic(base_url=url, api_key="local") as client:
        got = client.messages.create(model=_CLAUDE, max_tokens=99, system=SYSTEM, messages=USER)
    usage: Any = got.usage
    spent = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
    return Said(got.content[0].text, spent, usage.output_tokens)  # type: ignore[union-attr]


def anthropic_stream(url: str) -> Said:
    import anthropic

    with (
        anthropic.Anthropic(base_url=url, api_key="local") as client,
        client.messages.stream(
            model=_CLAUDE, max_tokens=99, system=SYSTEM, messages=USER
        ) as stream,
    ):
        text = "".join(stream.text_stream)
        usage = stream.get_final_message().usage
    return Said(text, None, usage.output_tokens)


async def anthropic_whole_async(url: str) -> Said:
    import anthropic

    async with anthropic.AsyncAnthropic(base_url=url, api_key="local") as client:
        got: Any = await client.messages.create(
            model=_CLAUDE, max_tokens=99, system=SYSTEM, messages=USER
        )
    return Said(got.content[0].text, None, got.usage.output_tokens)


async def anthropic_stream_async(url: str) -> Said:
    import anthropic

    text = ""
    async with (
        anthropic.AsyncAnthropic(base_url=url, api_key="local") as client,
        client.messages.stream(
            model=_CLAUDE, max_tokens=99, system=SYSTEM, messages=USER
        ) as stream,
    ):
        async for piece in stream.text_stream:
            text += piece
    return Said(text, None, None)


# --- Google ----------------------------------------------------------------------------

_GEMINI = "gemini-2.5-pro"


def _gemini(url: str, **options: Any) -> Any:
    from google import genai

    return genai.Client(api_key="local", http_options={"base_url": url, **options})


def _gemini_said(got: Any) -> Said:
    usage = got.usage_metadata
    spent = usage.candidates_token_count + (usage.thoughts_token_count or 0)
    return Said(got.text, usage.prompt_token_count, spent)


def gemini_whole(url: str) -> Said:
    with _gemini(url) as client:
        return _gemini_said(
            client.models.generate_content(
                model=_GEMINI, contents=QUESTION, config={"system_instruction": SYSTEM}
            )
        )


def gemini_stream(url: str) -> Said:
    with _gemini(url) as client:
        chunks = list(
            client.models.generate_content_stream(
                model=_GEMINI, contents=QUESTION, config={"system_instruction": SYSTEM}
            )
        )
    return Said("".join(c.text or "" for c in chunks), *_gemini_said(chunks[-1])[1:])


async def gemini_whole_async(url: str, **options: Any) -> Said:
    async with _gemini(url, **options).aio as client:
        return _gemini_said(
            await client.models.generate_content(
                model=_GEMINI, contents=QUESTION, config={"system_instruction": SYSTEM}
            )
        )


async def gemini_stream_async(url: str, **options: Any) -> Said:
    text = ""
    async with _gemini(url, **options).aio as client:
        stream = await client.models.generate_content_stream(
            model=_GEMINI, contents=QUESTION, config={"system_instruction": SYSTEM}
        )
        async for chunk in stream:
            text += chunk.text or ""
    return Said(text, None, None)


async def gemini_httpx(url: str) -> Said:
    import httpx2

    async with httpx2.AsyncClient() as http:
        return await gemini_whole_async(url, httpx_async_client=http)


async def gemini_httpx_stream(url: str) -> Said:
    import httpx2

    async with httpx2.AsyncClient() as http:
        return await gemini_stream_async(url, httpx_async_client=http)


# --- Cohere and Ollama -----------------------------------------------------------------


def cohere_whole(url: str) -> Said:
    import cohere

    with cohere.ClientV2(base_url=url, api_key="local") as client:
        got: Any = client.chat(model="command-a-03-2025", messages=MESSAGES)
    tokens = got.usage.tokens
    return Said(got.message.content[0].text, int(tokens.input_tokens), int(tokens.output_tokens))


def cohere_stream(url: str) -> Said:
    import cohere

    text = ""
    with cohere.ClientV2(base_url=url, api_key="local") as client:
        for event in client.chat_stream(model="command-a-03-2025", messages=MESSAGES):
            if event.type == "content-delta":
                text += event.delta.message.content.text  # type: ignore[union-attr,operator]
    return Said(text, None, None)


async def cohere_whole_async(url: str) -> Said:
    import cohere

    async with cohere.AsyncClientV2(base_url=url, api_key="local") as client:
        got: Any = await client.chat(model="command-a-03-2025", messages=MESSAGES)
    return Said(got.message.content[0].text, None, None)


async def cohere_stream_async(url: str) -> Said:
    import cohere

    text = ""
    async with cohere.AsyncClientV2(base_url=url, api_key="local") as client:
        async for event in client.chat_stream(model="command-a-03-2025", messages=MESSAGES):
            if event.type == "content-delta":
                text += event.delta.message.content.text  # type: ignore[union-attr,operator]
    return Said(text, None, None)


def ollama_whole(url: str) -> Said:
    import ollama

    with ollama.Client(host=url) as client:
        got = client.chat(model="llama3.2", messages=MESSAGES)
    return Said(got.message.content or "", got.prompt_eval_count, got.eval_count)


def ollama_stream(url: str) -> Said:
    import ollama

    with ollama.Client(host=url) as client:
        chunks = list(client.chat(model="llama3.2", messages=MESSAGES, stream=True))
    text = "".join(c.message.content or "" for c in chunks)
    return Said(text, chunks[-1].prompt_eval_count, chunks[-1].eval_count)


async def ollama_whole_async(url: str) -> Said:
    import ollama

    async with ollama.AsyncClient(host=url) as client:
        got = await client.chat(model="llama3.2", messages=MESSAGES)
    return Said(got.message.content or "", got.prompt_eval_count, got.eval_count)


async def ollama_stream_async(url: str) -> Said:
    import ollama

    text = ""
    async with ollama.AsyncClient(host=url) as client:
        async for chunk in await client.chat(model="llama3.2", messages=MESSAGES, stream=True):
            text += chunk.message.content or ""
    return Said(text, None, None)


def ollama_generate(url: str) -> Said:
    import ollama

    with ollama.Client(host=url) as client:
        got = client.generate(model="llama3.2", prompt=QUESTION, system=SYSTEM)
    return Said(got.response, got.prompt_eval_count, got.eval_count)


def ollama_generate_stream(url: str) -> Said:
    import ollama

    with ollama.Client(host=url) as client:
        chunks = list(
            client.generate(model="llama3.2", prompt=QUESTION, system=SYSTEM, stream=True)
        )
    return Said("".join(c.response for c in chunks), chunks[-1].prompt_eval_count, None)


SDKS = {
    "openai": Sdk(
        "openai",
        "o1",
        openai_whole,
        openai_stream,
        run(openai_whole_async),
        run(openai_stream_async),
    ),
    "openai-on-aiohttp": Sdk(
        "openai",
        "o1",
        openai_whole,
        openai_stream,
        run(openai_aiohttp),
        run(openai_aiohttp_stream),
    ),
    "openai-responses": Sdk(
        "openai",
        "o1",
        responses_whole,
        responses_stream,
        run(responses_whole_async),
        run(responses_stream_async),
    ),
    "groq": Sdk(
        "groq",
        "llama-3.3-70b-versatile",
        groq_whole,
        groq_stream,
        run(groq_whole_async),
        run(groq_stream_async),
    ),
    "together": Sdk(
        "together",
        _TOGETHER,
        together_whole,
        together_stream,
        run(together_whole_async),
        run(together_stream_async),
    ),
    "mistralai": Sdk(
        "mistral_ai",
        "mistral-small-latest",
        mistral_whole,
        mistral_stream,
        run(mistral_whole_async),
        run(mistral_stream_async),
    ),
    "anthropic": Sdk(
        "anthropic",
        _CLAUDE,
        anthropic_whole,
        anthropic_stream,
        run(anthropic_whole_async),
        run(anthropic_stream_async),
        finish="end_turn",
    ),
    "google-genai": Sdk(
        "gcp.gemini",
        _GEMINI,
        gemini_whole,
        gemini_stream,
        run(gemini_whole_async),
        run(gemini_stream_async),
        finish="stop",
        operation="generate_content",
    ),
    "google-genai-on-httpx": Sdk(
        "gcp.gemini",
        _GEMINI,
        gemini_whole,
        gemini_stream,
        run(gemini_httpx),
        run(gemini_httpx_stream),
        finish="stop",
        operation="generate_content",
    ),
    "cohere": Sdk(
        "cohere",
        "command-a-03-2025",
        cohere_whole,
        cohere_stream,
        run(cohere_whole_async),
        run(cohere_stream_async),
        finish="complete",
    ),
    "ollama": Sdk(
        "ollama",
        "llama3.2",
        ollama_whole,
        ollama_stream,
        run(ollama_whole_async),
        run(ollama_stream_async),
    ),
    "ollama-generate": Sdk(
        "ollama",
        "llama3.2",
        ollama_generate,
        ollama_generate_stream,
        operation="text_completion",
    ),
}
USES = [
    (name, mode)
    for name, sdk in SDKS.items()
    for mode in ("whole", "stream", "whole_async", "stream_async")
    if getattr(sdk, mode) is not None
    and not (name in ("openai-on-aiohttp", "google-genai-on-httpx") and "async" not in mode)
]
