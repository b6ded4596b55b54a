# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "haystack-ai<3",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Haystack's own tracing: a RAG pipeline, an agent with a tool, a failing pipeline."""

import os

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "false"
os.environ["HAYSTACK_CONTENT_TRACING_ENABLED"] = "true"

from common import DOCUMENTS, WEATHER, attempt, telemetry
from haystack import Document, Pipeline, tracing
from haystack.components.agents import Agent
from haystack.components.builders import ChatPromptBuilder
from haystack.components.embedders import OpenAITextEmbedder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
from haystack.dataclasses import ChatMessage
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.tools import create_tool_from_function

try:
    from haystack.tracing import OpenTelemetryTracer
except ImportError:
    from haystack.tracing.opentelemetry import OpenTelemetryTracer

tracing.enable_tracing(OpenTelemetryTracer(telemetry().get_tracer("haystack")))


def generator():
    return OpenAIChatGenerator(
        model="gpt-4o-mini", api_base_url=os.environ["OPENAI_BASE_URL"], max_retries=0
    )


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def rag():
    store = InMemoryDocumentStore()
    store.write_documents(
        [Document(content=d, meta={"source": f"doc-{n}"}) for n, d in enumerate(DOCUMENTS)]
    )
    template = [
        ChatMessage.from_user(
            "Given {% for d in documents %}{{ d.content }} {% endfor %} answer: {{ question }}"
        )
    ]
    made = Pipeline()
    made.add_component("retriever", InMemoryBM25Retriever(store, top_k=2))
    made.add_component("prompt", ChatPromptBuilder(template=template, required_variables="*"))
    made.add_component("llm", generator())
    made.connect("retriever", "prompt.documents")
    made.connect("prompt.prompt", "llm.messages")
    question = "What is the capital of Norway?"
    made.run({"retriever": {"query": question}, "prompt": {"question": question}})


def agent():
    made = Agent(
        chat_generator=generator(),
        tools=[create_tool_from_function(get_weather)],
        system_prompt="You know the weather.",
    )
    made.run(messages=[ChatMessage.from_user("What is the weather? city: Paris")])


def embedding():
    made = Pipeline()
    made.add_component("embedder", OpenAITextEmbedder(api_base_url=os.environ["OPENAI_BASE_URL"]))
    made.run({"embedder": {"text": "Paris"}})


def failing():
    made = Pipeline()
    made.add_component("llm", generator())
    made.run({"llm": {"messages": [ChatMessage.from_user("please fail")]}})


for scene in (rag, agent, embedding, failing):
    attempt(scene)
