"""Anthropic's SDK and what it is rarely asked and answered: thoughts, caches, its own tools, …"""

import asyncio
import os

import anthropic
from common import attempt

os.environ["ANTHROPIC_BASE_URL"] = os.environ["ODD"]
MODEL = "claude-sonnet-4-5"
SEARCH = [{"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]
TOOLS = [
    {
        "name": "get_weather",
        "description": "The weather.",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
    {"name": "now", "input_schema": {"type": "object", "properties": {}}},
]
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}
CACHED = [{"type": "text", "text": "Be kind. " * 20, "cache_control": {"type": "ephemeral"}}]


def client(speaker, kind="Anthropic", **more):
    return speaker.wrap(getattr(anthropic, kind)(**{"max_retries": 0, "timeout": 20.0, **more}))


def asking(name, said=None, **more):
    said = said or [{"role": "user", "content": f"Where is Oslo? odd:{name}"}]
    return {"model": MODEL, "max_tokens": 300, "messages": said, **more}


def ask(speaker, name, said=None, retries=0, **more):
    made = client(speaker, max_retries=retries).messages.create(**asking(name, said, **more))
    return list(made) if more.get("stream") else made


def every_way(name, **more):
    """Whole, as events, and by the SDK's helper."""

    def helped(speaker):
        with client(speaker).messages.stream(**asking(name, **more)) as stream:
            for _ in stream:
                pass
            stream.get_final_message()

    def scene(speaker):
        attempt(ask, speaker, name, **more)
        attempt(ask, speaker, name, **more, stream=True)
        attempt(helped, speaker)

    scene.__name__ = name
    return scene


def filtered(speaker):
    ask(speaker, "filtered")


def busy(speaker):
    """529, and an answer to the SDK's second try, of a stream."""
    ask(speaker, "busy_stream", retries=2, stream=True)


def broken(speaker):
    ask(speaker, "broken")


def overloaded(speaker):
    """A stream that tells of an error before its end."""
    ask(speaker, "overloaded", stream=True)


def tool_loop(speaker):
    """Thoughts and two tools, one that fails and one that shows a picture, then an answer."""
    said = [{"role": "user", "content": "What is the weather? odd:tools_thought"}]
    about = {"tools": TOOLS, **THINKING}
    first = ask(speaker, "tools_thought", said, **about)
    said.append({"role": "assistant", "content": [b.model_dump() for b in first.content]})
    used = [b.id for b in first.content if b.type == "tool_use"]
    picture = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
    results = [
        {
            "type": "tool_result",
            "tool_use_id": used[0],
            "content": [{"type": "text", "text": "sunny"}, {"type": "image", "source": picture}],
        },
        {"type": "tool_result", "tool_use_id": used[1], "is_error": True, "content": "no station"},
        {"type": "text", "text": "Go on. odd:plain"},
    ]
    said.append({"role": "user", "content": results})
    ask(speaker, "plain", said, **about)


def papers(speaker):
    """A document, one by its address, a plain text with a title."""
    data = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}
    content = [
        {"type": "document", "source": data, "title": "A", "citations": {"enabled": True}},
        {"type": "document", "source": {"type": "url", "url": "https://example.org/b.pdf"}},
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "Oslo is small."},
        },
        {"type": "text", "text": "What do these say? odd:plain"},
    ]
    ask(speaker, "plain", [{"role": "user", "content": content}])


def beta(speaker):
    made = client(speaker).beta.messages
    about = asking("tools", tools=TOOLS, betas=["fine-grained-tool-streaming-2025-05-14"])
    attempt(made.create, **about)
    attempt(lambda: list(made.create(stream=True, **about)))


def at_once(speaker):
    async def all_of_them():
        made = client(speaker, "AsyncAnthropic")
        names = ("plain", "length", "refusal")
        await asyncio.gather(*(made.messages.create(**asking(n)) for n in names))

    asyncio.run(all_of_them())


def cancelled(speaker):
    async def read():
        made = client(speaker, "AsyncAnthropic")
        async with made.messages.stream(**asking("search")) as stream:
            async for _ in stream:
                await asyncio.sleep(5)

    async def scene():
        task = asyncio.create_task(read())
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scene())


def prefilled(speaker):
    said = [
        {"role": "user", "content": "Where is Oslo? odd:sequence"},
        {"role": "assistant", "content": "Oslo"},
    ]
    ask(speaker, "sequence", said, stop_sequences=["END"], metadata={"user_id": "user-9"})


SCENES = (
    every_way("thought", **THINKING),
    every_way("tools_thought", tools=TOOLS, **THINKING),
    every_way("tools", tools=TOOLS, tool_choice={"type": "any"}),
    every_way("tools_none", tools=TOOLS),
    every_way("search", tools=SEARCH),
    every_way("pause", tools=SEARCH),
    every_way("cache", system=CACHED),
    every_way("refusal"),
    every_way("length"),
    every_way("empty"),
    filtered,
    busy,
    broken,
    overloaded,
    tool_loop,
    papers,
    beta,
    at_once,
    cancelled,
    prefilled,
)
