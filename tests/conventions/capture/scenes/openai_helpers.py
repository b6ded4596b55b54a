"""OpenAI's SDK by its other doors: async and at once, helpers that parse and stream, raw answers."""

import asyncio

import openai
from openai_scenes import MODEL, TOOLS, client
from pydantic import BaseModel


class City(BaseModel):
    """A city by its name."""

    answer: str


def asking(text):
    return {"model": MODEL, "messages": [{"role": "user", "content": text}]}


def of(speaker):
    return speaker.wrap(openai.AsyncOpenAI(max_retries=0, timeout=20.0))


def at_once(speaker):
    """Three calls at the same time, of one step."""

    async def all_of_them():
        made = of(speaker)
        cities = ("Norway", "Sweden", "Denmark")
        asked = (asking(f"What is the capital of {c}?") for c in cities)
        return await asyncio.gather(*(made.chat.completions.create(**a) for a in asked))

    asyncio.run(all_of_them())


def streams_at_once(speaker):
    async def read(made, city):
        asked = asking(f"Tell me of {city}.")
        options = {"stream": True, "stream_options": {"include_usage": True}}
        async for _ in await made.chat.completions.create(**asked, **options):
            await asyncio.sleep(0)

    async def all_of_them():
        made = of(speaker)
        await asyncio.gather(*(read(made, c) for c in ("Rome", "Bern")))

    asyncio.run(all_of_them())


def async_refused(speaker):
    async def ask():
        await of(speaker).chat.completions.create(**asking("too many: where is Madrid?"))

    asyncio.run(ask())


def async_tools_streamed(speaker):
    async def ask():
        asked = asking("What is the weather in Paris and Oslo?")
        made = await of(speaker).chat.completions.create(**asked, tools=TOOLS, stream=True)
        async for _ in made:
            pass

    asyncio.run(ask())


def async_responses(speaker):
    async def ask():
        made = of(speaker)
        await asyncio.gather(
            made.responses.create(model=MODEL, input="What is the capital of Peru?"),
            made.responses.create(model=MODEL, input="What is the capital of Chile?"),
        )

    asyncio.run(ask())


def parsed(speaker):
    made = client(speaker)
    completions = getattr(made.chat.completions, "parse", None) or made.beta.chat.completions.parse
    completions(**asking("Say it as JSON: where is Bergen?"), response_format=City)


def parsed_response(speaker):
    client(speaker).responses.parse(
        model=MODEL, input="Say it as JSON: where is Malmo?", text_format=City
    )


def helper_stream(speaker):
    made = client(speaker)
    completions = made.chat.completions
    begin = getattr(completions, "stream", None) or made.beta.chat.completions.stream
    with begin(**asking("Count to four."), stream_options={"include_usage": True}) as stream:
        for _ in stream:
            pass


def helper_stream_of_a_response(speaker):
    with client(speaker).responses.stream(model=MODEL, input="Count to five.") as stream:
        stream.get_final_response()


def raw(speaker):
    completions = client(speaker).chat.completions
    completions.with_raw_response.create(**asking("What is the capital of Finland?")).parse()


def malformed(speaker):
    """400: the provider understands no message without a role."""
    client(speaker).chat.completions.create(model=MODEL, messages=[{"content": "Who says this?"}])


def async_vectors(speaker):
    async def ask():
        await of(speaker).embeddings.create(model="text-embedding-3-small", input="Bergen")

    asyncio.run(ask())


SCENES = (
    at_once,
    streams_at_once,
    async_refused,
    async_tools_streamed,
    async_responses,
    parsed,
    parsed_response,
    helper_stream,
    helper_stream_of_a_response,
    raw,
    malformed,
    async_vectors,
)
