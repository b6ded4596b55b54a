"""LlamaIndex further: engines, agents that hand over, shapes, rerankers, evaluators, what fails."""

import asyncio
import os

from common import DOCUMENTS, WEATHER, attempt
from llama_index.core import Document, Settings, SummaryIndex, VectorStoreIndex
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.evaluation import FaithfulnessEvaluator
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.postprocessor import LLMRerank
from llama_index.core.prompts import PromptTemplate
from llama_index.core.query_engine import RouterQueryEngine
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import FunctionTool, QueryEngineTool
from llama_index.core.workflow import Event, StartEvent, StopEvent, Workflow, step
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from pydantic import BaseModel

BASE = os.environ["OPENAI_BASE_URL"]
ODD = os.environ["ODD"] + "/v1"
PIXEL = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


class City(BaseModel):
    """A city."""

    name: str
    people: int = 0


def model(base=BASE, **more):
    return OpenAI(**{"model": "gpt-4o-mini", "api_base": base, "max_retries": 0, **more})


Settings.llm = model()
Settings.embed_model = OpenAIEmbedding(model="text-embedding-3-small", api_base=BASE)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def broken(city: str) -> str:
    """The weather in a city."""
    raise KeyError(city)


def told(name):
    def scene(speaker):
        said = [
            ChatMessage(role="system", content="Answer shortly."),
            ChatMessage(role="user", content=f"Where is Oslo? odd:{name}"),
        ]
        attempt(model(ODD).chat, said)
        attempt(lambda: list(model(ODD).stream_chat(said)))

    scene.__name__ = name
    return scene


def wait_for(made):
    async def run():
        return await made()

    return asyncio.run(run())


def shaped(speaker):
    named = PromptTemplate("Name a {kind}.")
    attempt(lambda: model().structured_predict(City, named, kind="city"))
    attempt(model().as_structured_llm(City).complete, "Name a city.")
    attempt(
        model().predict_and_call,
        [FunctionTool.from_defaults(get_weather)],
        "What is the weather? city: Paris",
    )


def picture(speaker):
    said = ChatMessage(
        role="user",
        blocks=[
            TextBlock(text="What is on it?"),
            ImageBlock(image=PIXEL, image_mimetype="image/png"),
            ImageBlock(url="https://example.org/oslo.png"),
        ],
    )
    attempt(model().chat, [said])


def waiting(speaker):
    async def run():
        made = model()
        one, two = await asyncio.gather(
            made.acomplete("Say one."), made.achat([ChatMessage(role="user", content="Say two.")])
        )
        told = await made.astream_chat([ChatMessage(role="user", content="Say three.")])
        async for _ in told:
            pass
        return one, two

    asyncio.run(run())


def left(speaker):
    for _ in model().stream_complete("Count to three."):
        break


def engines(speaker):
    """A router over two engines; answers of many pieces; a chat that remembers."""
    documents = [Document(text=d, metadata={"source": f"{n}.md"}) for n, d in enumerate(DOCUMENTS)]
    index = VectorStoreIndex.from_documents(documents)
    listed = SummaryIndex.from_documents(documents)
    found = QueryEngineTool.from_defaults(
        index.as_query_engine(similarity_top_k=1), name="facts", description="Facts."
    )
    whole = QueryEngineTool.from_defaults(
        listed.as_query_engine(response_mode="tree_summarize"), name="all", description="All."
    )
    router = RouterQueryEngine(
        selector=LLMSingleSelector.from_defaults(), query_engine_tools=[found, whole]
    )
    attempt(router.query, "What is the capital of Norway?")
    attempt(
        listed.as_query_engine(response_mode="tree_summarize", use_async=False).query,
        "What is told?",
    )
    attempt(listed.as_query_engine(response_mode="refine").query, "What of refunds?")
    chat = index.as_chat_engine(chat_mode="condense_plus_context", similarity_top_k=2)
    chat.chat("What is the capital of France?")
    chat.chat("And of Norway?")
    for _ in chat.stream_chat("And the refund?").response_gen:
        pass
    index.as_retriever(similarity_top_k=2).retrieve("Norway")
    attempt(
        index.as_query_engine(node_postprocessors=[LLMRerank(top_n=1)]).query,
        "What is the capital of Norway?",
    )


def judged(speaker):
    attempt(
        FaithfulnessEvaluator().evaluate,
        query="Where is Oslo?",
        response="In Norway.",
        contexts=[DOCUMENTS[1]],
    )


def ingested(speaker):
    made = IngestionPipeline(
        transformations=[SentenceSplitter(chunk_size=64, chunk_overlap=0), Settings.embed_model]
    )
    made.run(documents=[Document(text=" ".join(DOCUMENTS))])


def agent_whose_tool_fails(speaker):
    made = FunctionAgent(
        name="unlucky", tools=[FunctionTool.from_defaults(broken, name="get_weather")], llm=model()
    )
    attempt(wait_for, lambda: made.run("What is the weather? city: Paris"))


def react(speaker):
    made = ReActAgent(name="thinker", tools=[FunctionTool.from_defaults(get_weather)], llm=model())
    attempt(wait_for, lambda: made.run("What is the weather? city: Paris"))


def team(speaker):
    one = FunctionAgent(
        name="asker",
        description="Asks.",
        tools=[get_weather],
        llm=model(),
        can_handoff_to=["writer"],
    )
    two = FunctionAgent(
        name="writer", description="Writes.", tools=[], llm=model(), system_prompt="You write."
    )
    made = AgentWorkflow(agents=[one, two], root_agent="asker")
    attempt(wait_for, lambda: made.run(user_msg="What is the weather? city: Oslo"))
    attempt(wait_for, lambda: made.run(user_msg="please fail"))


class Found(Event):
    text: str


class Steps(Workflow):
    """Two steps; what the second is given decides whether it fails."""

    @step
    async def look(self, event: StartEvent) -> Found:
        told = await model().acomplete(event.question)
        return Found(text=str(told))

    @step
    async def tell(self, event: Found) -> StopEvent:
        if "fail" in event.text.lower() or "bad" in event.text:
            raise ValueError(f"cannot tell {event.text}")
        return StopEvent(result=event.text)


def workflow(speaker):
    attempt(wait_for, lambda: Steps(timeout=10).run(question="Say hello."))
    attempt(wait_for, lambda: Steps(timeout=10).run(question="Say bad."))
    attempt(wait_for, lambda: Steps(timeout=10).run(question="too many"))


def cancelled(speaker):
    async def run():
        task = asyncio.create_task(model().acomplete("never answers"))
        await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


def session(speaker):
    with speaker.session(session_id="session-2", user_id="user-2"):
        model().complete("Say hello.")


SCENES = (
    told("plain"),
    told("refusal"),
    told("filter"),
    told("tools"),
    told("length"),
    told("empty"),
    told("emoji"),
    told("filtered"),
    shaped,
    picture,
    waiting,
    left,
    engines,
    judged,
    ingested,
    agent_whose_tool_fails,
    react,
    team,
    workflow,
    cancelled,
    session,
)
