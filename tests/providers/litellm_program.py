"""Run by the second environment: litellm and openai 2, recorded into the file named first.

Prints one JSON a call: what the library itself says of the answer."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import litellm
import openai

import misstep

MESSAGES: list[Any] = [
    {"role": "system", "content": "You are terse."},
    {"role": "user", "content": "Hello there. How are you?"},
]


def told(name: str, text: str, usage: Any = None) -> None:
    tokens = [usage.prompt_tokens, usage.completion_tokens] if usage is not None else None
    print(json.dumps({"name": name, "text": text, "tokens": tokens}), flush=True)


def models(url: str) -> dict[str, dict[str, Any]]:
    return {
        "openai": {"model": "openai/gpt-4o-mini", "api_base": f"{url}/v1"},
        "anthropic": {"model": "anthropic/claude-3-5-haiku-latest", "api_base": url},
        "mistral": {"model": "mistral/mistral-small-latest", "api_base": f"{url}/v1"},
    }


def through_litellm(name: str, given: dict[str, Any]) -> None:
    asked: Any = {"messages": MESSAGES, "api_key": "local", "num_retries": 0, **given}
    with misstep.run(f"{name} whole"):
        got: Any = litellm.completion(**asked)
        told(f"{name} whole", got.choices[0].message.content, got.usage)
    with misstep.run(f"{name} stream"):
        pieces: Any = litellm.completion(
            **asked, stream=True, stream_options={"include_usage": True}
        )
        told(
            f"{name} stream", "".join(p.choices[0].delta.content or "" for p in pieces if p.choices)
        )


async def through_litellm_async(name: str, given: dict[str, Any]) -> None:
    asked: Any = {"messages": MESSAGES, "api_key": "local", "num_retries": 0, **given}
    with misstep.run(f"{name} whole async"):
        got: Any = await litellm.acompletion(**asked)
        told(f"{name} whole async", got.choices[0].message.content, got.usage)
    with misstep.run(f"{name} stream async"):
        text = ""
        stream: Any = await litellm.acompletion(
            **asked, stream=True, stream_options={"include_usage": True}
        )
        async for piece in stream:
            text += (piece.choices[0].delta.content or "") if piece.choices else ""
        told(f"{name} stream async", text)


async def through_openai_2(url: str) -> None:
    with misstep.run("openai2 whole"), openai.OpenAI(base_url=f"{url}/v1", api_key="x") as client:
        got = client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
        told("openai2 whole", got.choices[0].message.content or "", got.usage)
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="x") as asynchronous:
        with misstep.run("openai2 whole async"):
            got = await asynchronous.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
            told("openai2 whole async", got.choices[0].message.content or "", got.usage)


async def main(path: str, url: str) -> None:
    misstep.init(jsonl=path, service="second")
    litellm.suppress_debug_info = True
    assert openai.__version__.startswith("2."), openai.__version__
    for name, given in models(url).items():
        await asyncio.to_thread(through_litellm, name, given)
        await through_litellm_async(name, given)
    await through_openai_2(url)
    misstep.shutdown()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
