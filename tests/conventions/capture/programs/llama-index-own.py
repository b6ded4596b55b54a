# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "llama-index-observability-otel==0.7.0",
#   "llama-index-core",
#   "llama-index-llms-openai",
#   "llama-index-embeddings-openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""LlamaIndex's own OpenTelemetry integration: chat, an index, an agent with a tool, a failing call."""

import asyncio
import os

from common import DOCUMENTS, WEATHER, attempt, telemetry
from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from llama_index.observability.otel import LlamaIndexOpenTelemetry
from opentelemetry import trace

telemetry()
LlamaIndexOpenTelemetry(
    tracer_provider=trace.get_tracer_provider(), service_name_or_resource="llama-index-own"
).start_registering()
base = os.environ["OPENAI_BASE_URL"]
model = OpenAI(model="gpt-4o-mini", api_base=base, max_retries=0)
Settings.llm = model
Settings.embed_model = OpenAIEmbedding(model="text-embedding-3-small", api_base=base)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def chat():
    model.chat(
        [
            ChatMessage(role="system", content="Answer shortly."),
            ChatMessage(role="user", content="What is the capital of France?"),
        ]
    )


def index():
    made = VectorStoreIndex.from_documents([Document(text=d) for d in DOCUMENTS])
    made.as_query_engine(similarity_top_k=2).query("What is the capital of Norway?")


def agent():
    made = FunctionAgent(
        name="weatherman", tools=[get_weather], llm=model, system_prompt="You know the weather."
    )

    async def run():
        return await made.run("What is the weather? city: Paris")

    asyncio.run(run())


def failing():
    model.chat([ChatMessage(role="user", content="please fail")])


for scene in (chat, index, agent, failing):
    attempt(scene)
