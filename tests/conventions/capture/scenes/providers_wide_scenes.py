"""Groq, Mistral and Instructor by plan: three tools at once, streams, shapes asked for again."""

import asyncio
import os

from common import attempt
from pydantic import BaseModel, field_validator

ODD = os.environ["ODD"]
WANTED = "weather(city=Łódź) & population(city=東京, year=2024) & now()"


def tool(name, *given):
    kinds = {"type": "object", "properties": {g: {"type": "string"} for g in given}}
    about = {"name": name, "description": f"Tells the {name}.", "parameters": kinds}
    return {"type": "function", "function": about}


TOOLS = [tool("weather", "city"), tool("population", "city", "year"), tool("now")]


class City(BaseModel):
    """A city by its name."""

    city: str
    people: int

    @field_validator("people")
    @classmethod
    def some(cls, value):
        if value < 1:
            raise ValueError("nobody lives there")
        return value


def results(message, said):
    said.append(message.model_dump(exclude_none=True))
    for call in message.tool_calls or ():
        found = {"role": "tool", "tool_call_id": call.id, "content": f"{call.function.name}: ☀"}
        said.append({**found, "name": call.function.name})


def groq_loop(_):
    from groq import AsyncGroq, Groq

    made = Groq(base_url=ODD, api_key="local", max_retries=0)
    said = [
        {"role": "system", "content": "Krótko."},
        {"role": "user", "content": f"Compare. plan:[[say I look. | {WANTED} ;; say Łódź.]]"},
    ]
    for _ in range(2):
        told = made.chat.completions.create(
            model="openai/gpt-oss-20b", messages=said, tools=TOOLS, temperature=0.2, seed=3
        )
        results(told.choices[0].message, said)
    streamed = [{"role": "user", "content": f"Stream. plan:[[{WANTED}]]"}]
    list(
        made.chat.completions.create(
            model="openai/gpt-oss-20b", messages=streamed, tools=TOOLS, stream=True
        )
    )
    attempt(
        made.chat.completions.create,
        model="openai/gpt-oss-20b",
        messages=[{"role": "user", "content": "Refused? plan:[[busy]]"}],
    )

    async def go():
        many = AsyncGroq(base_url=ODD, api_key="local", max_retries=0)
        asked = (
            {
                "model": "llama-3.3-70b",
                "messages": [{"role": "user", "content": f"{n}? plan:[[say {n}!]]"}],
            }
            for n in ("One", "Two")
        )
        await asyncio.gather(*(many.chat.completions.create(**a) for a in asked))

    asyncio.run(go())


def mistral_loop(_):
    try:
        from mistralai import Mistral
    except ImportError:
        from mistralai.client import Mistral

    made = Mistral(server_url=ODD, api_key="local")
    said = [
        {"role": "system", "content": "Krótko."},
        {"role": "user", "content": f"Compare. plan:[[{WANTED} ;; say Łódź.]]"},
    ]
    for _ in range(2):
        told = made.chat.complete(
            model="mistral-medium-latest", messages=said, tools=TOOLS, temperature=0.2
        )
        results(told.choices[0].message, said)
    said = [{"role": "user", "content": "Stream. plan:[[say One two three.]]"}]
    with made.chat.stream(model="mistral-medium-latest", messages=said) as stream:
        for _ in stream:
            pass
    refused = [{"role": "user", "content": "Refused? plan:[[filtered]]"}]
    attempt(made.chat.complete, model="mistral-medium-latest", messages=refused)

    async def go():
        async with Mistral(server_url=ODD, api_key="local") as many:
            asked = [{"role": "user", "content": "Async? plan:[[say Yes.]]"}]
            await many.chat.complete_async(model="mistral-medium-latest", messages=asked)
            stream = await many.chat.stream_async(model="mistral-medium-latest", messages=asked)
            async for _ in stream:
                pass

    asyncio.run(go())


def asked_again(_):
    """Instructor asks again until the answer fits, and gives up."""
    import instructor
    import openai

    made = instructor.from_openai(openai.OpenAI(base_url=ODD + "/v1", max_retries=0))
    plan = "City(city=Oslo, people=0) ;; City(city=Oslo) ;; City(city=Oslo, people=7)"
    made.chat.completions.create(
        model="gpt-4.1-nano",
        response_model=City,
        messages=[{"role": "user", "content": f"Which? plan:[[{plan}]]"}],
        max_retries=3,
    )
    attempt(
        made.chat.completions.create,
        model="gpt-4.1-nano",
        response_model=City,
        messages=[{"role": "user", "content": "And which? plan:[[City(city=Oslo, people=0)]]"}],
        max_retries=2,
    )
    json_mode = instructor.from_openai(
        openai.AsyncOpenAI(base_url=ODD + "/v1", max_retries=0), mode=instructor.Mode.JSON
    )

    async def go():
        return await json_mode.chat.completions.create(
            model="gpt-4.1-nano",
            response_model=City,
            messages=[
                {"role": "user", "content": 'JSON? plan:[[say {"city": "Oslo", "people": 7}]]'}
            ],
        )

    asyncio.run(go())


SCENES = (groq_loop, mistral_loop, asked_again)
