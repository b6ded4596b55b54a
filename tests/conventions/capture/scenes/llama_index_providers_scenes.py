"""LlamaIndex with models of other providers: Claude, Gemini, Mistral, Groq, Ollama, Bedrock."""

import asyncio
import os

from common import attempt
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool

ODD = os.environ["ODD"]


def weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: sunny"


def population(city: str) -> dict:
    """The people of a city."""
    return {"city": city, "people": 14_000_000}


TOOLS = [FunctionTool.from_defaults(weather), FunctionTool.from_defaults(population)]


def claude():
    from llama_index.llms.anthropic import Anthropic

    return Anthropic(model="claude-haiku-4-5", base_url=ODD, max_retries=0, api_key="local")


def gemini():
    from llama_index.llms.google_genai import GoogleGenAI

    return GoogleGenAI(
        model="gemini-2.5-flash",
        api_key="local",
        context_window=100_000,
        max_tokens=99,
        http_options={"base_url": ODD},
    )


def mistral():
    from llama_index.llms.mistralai import MistralAI

    return MistralAI(model="mistral-small-latest", endpoint=ODD, api_key="local", max_retries=0)


def groq():
    from llama_index.llms.groq import Groq

    return Groq(
        model="llama-3.3-70b-versatile", api_base=ODD + "/v1", api_key="local", max_retries=0
    )


def talking(make):
    """Asked, streamed, an agent with two tools at once, refused."""

    def scene(_):
        made = make()
        said = [
            ChatMessage(role="system", content="Kurz."),
            ChatMessage(role="user", content="Here? plan:[[think Hm. | say Yes, here.]]"),
        ]
        attempt(made.chat, said)
        streamed = [ChatMessage(role="user", content="Stream? plan:[[say One two three.]]")]
        attempt(lambda: list(made.stream_chat(streamed)))

        async def run():
            agent = FunctionAgent(name="comparer", tools=TOOLS, llm=made)
            plan = "weather(city=Łódź) & population(city=東京) ;; say Łódź is smaller."
            return await agent.run(f"Compare for {make.__name__}. plan:[[{plan}]]")

        attempt(lambda: asyncio.run(run()))
        attempt(made.chat, [ChatMessage(role="user", content="Refused? plan:[[filtered]]")])

    scene.__name__ = make.__name__
    return scene


SCENES = (talking(claude), talking(gemini), talking(mistral), talking(groq))
