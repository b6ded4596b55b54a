"""Haystack by plan: what is found is ranked and answered, agents with three tools, streams, vectors,
loops of a pipeline, several agents, a component that fails."""

import asyncio
import os

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "false"
os.environ["HAYSTACK_CONTENT_TRACING_ENABLED"] = "true"

from common import DOCUMENTS
from haystack import Document, Pipeline, component
from haystack.components.agents import Agent
from haystack.components.builders import ChatPromptBuilder
from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.dataclasses import ChatMessage
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.tools import ComponentTool, create_tool_from_function

ODD = os.environ["ODD"] + "/v1"
WANTED = "weather(city=Łódź) & population(city=東京) & weather(city=Mordor)"


def generator(**more):
    return OpenAIChatGenerator(model="gpt-4.1-mini", api_base_url=ODD, max_retries=0, **more)


def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: słońce ☀"


def population(city: str) -> dict:
    """The people of a city."""
    return {"city": city, "people": 14_000_000}


TOOLS = [create_tool_from_function(weather), create_tool_from_function(population)]


@component
class Shortest:
    """Ranks by length."""

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document], query: str):
        ranked = sorted(documents, key=lambda d: len(d.content))
        return {
            "documents": [Document(content=d.content, meta=d.meta, score=0.9) for d in ranked[:2]]
        }


@component
class Broken:
    """Fails."""

    @component.output_types(text=str)
    def run(self, replies: list[ChatMessage]):
        raise RuntimeError("no printer")


def ranked(speaker):
    store = InMemoryDocumentStore()
    about = {"model": "text-embedding-3-small", "api_base_url": os.environ["PROVIDER"] + "/v1"}
    documents = [Document(content=d, meta={"source": f"{n}.md"}) for n, d in enumerate(DOCUMENTS)]
    store.write_documents(
        OpenAIDocumentEmbedder(**about, progress_bar=False).run(documents)["documents"]
    )
    said = "Use: {% for d in documents %}{{ d.content }} {% endfor %}"
    template = [
        ChatMessage.from_system(said),
        ChatMessage.from_user("{{ question }} plan:[[say Oslo.]]"),
    ]
    made = Pipeline()
    made.add_component("embedder", OpenAITextEmbedder(**about))
    made.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=3))
    made.add_component("ranker", Shortest())
    made.add_component("prompt", ChatPromptBuilder(template=template, required_variables="*"))
    made.add_component("llm", generator(streaming_callback=lambda _: None))
    made.connect("embedder.embedding", "retriever.query_embedding")
    made.connect("retriever.documents", "ranker.documents")
    made.connect("ranker.documents", "prompt.documents")
    made.connect("prompt.prompt", "llm.messages")
    question = "What is the capital of Norway?"
    with speaker.session(session_id="session-5", user_id="user-5"):
        made.run(
            {
                "embedder": {"text": question},
                "ranker": {"query": question},
                "prompt": {"question": question},
            }
        )


def three_tools(_):
    plan = f"plan:[[say I look. | {WANTED} ;; weather(city=Rome) ;; say Łódź is smaller.]]"
    made = Agent(
        chat_generator=generator(),
        tools=TOOLS,
        system_prompt="Kurz.",
        raise_on_tool_invocation_failure=False,
    )
    made.run(messages=[ChatMessage.from_user(f"Compare. {plan}")])


def asynchronous(_):
    made = Agent(chat_generator=generator(), tools=TOOLS)
    asked = ChatMessage.from_user("Go. plan:[[weather(city=Bern) ;; say Bern is sunny.]]")
    asyncio.run(made.run_async(messages=[asked]))


def nested(_):
    inner = Agent(
        chat_generator=generator(),
        tools=TOOLS,
        system_prompt="You are the geographer. plan:[[weather(city=Bern) ;; say Bern is sunny.]]",
    )
    helper = ComponentTool(
        component=inner,
        name="geographer",
        description="Knows cities.",
        parameters={
            "type": "object",
            "properties": {"messages": {"type": "array", "items": {"type": "object"}}},
        },
    )
    made = Agent(chat_generator=generator(), tools=[helper])
    asked = 'geographer(messages=[{"role": "user", "content": [{"text": "How is Bern?"}]}])'
    made.run(messages=[ChatMessage.from_user(f"How is it? plan:[[{asked} ;; say All is bright.]]")])


def broken(_):
    made = Pipeline()
    made.add_component("llm", generator())
    made.add_component("printer", Broken())
    made.connect("llm.replies", "printer.replies")
    made.run({"llm": {"messages": [ChatMessage.from_user("Print. plan:[[say Here.]]")]}})


def refused(_):
    made = Pipeline()
    made.add_component("llm", generator())
    made.run({"llm": {"messages": [ChatMessage.from_user("Refused? plan:[[busy]]")]}})


def alone(_):
    generator(generation_kwargs={"temperature": 0.3, "max_tokens": 9}).run(
        [ChatMessage.from_user("Alone? plan:[[cut It beg]]")]
    )


SCENES = (ranked, three_tools, asynchronous, nested, broken, refused, alone)
