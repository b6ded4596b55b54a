"""LangChain further: shapes, agents that hand over, fallbacks, retries, pictures, what is cut off."""

import asyncio
import contextlib
import operator
import os
from typing import Annotated, TypedDict

from common import DOCUMENTS, attempt
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.tools import StructuredTool, ToolException, tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings
from langgraph.checkpoint.memory import MemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, RetryPolicy, interrupt
from pydantic import BaseModel, Field

LOOP = asyncio.new_event_loop()  # clients are kept, and belong to theirs
ODD = os.environ["ODD"] + "/v1"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)


class City(BaseModel):
    """A city."""

    name: str = Field(description="its name")
    people: int = 0


class State(TypedDict, total=False):
    text: Annotated[str, lambda before, after: after]
    texts: Annotated[list, operator.add]


def model(**more):
    return ChatOpenAI(**{"model": "gpt-4o-mini", "max_retries": 0, **more})


def odd(**more):
    return model(base_url=ODD, **more)


def config(speaker, **more):
    return {"callbacks": list(speaker.callbacks), **more}


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


@tool("get_weather")
def broken_weather(city: str) -> str:
    """The weather in a city."""
    raise KeyError(city)


@tool("get_weather", response_format="content_and_artifact")
def weather_and_map(city: str) -> tuple[str, dict]:
    """The weather in a city."""
    return f"sunny in {city}", {"map": [1, 2, 3]}


def refuse(city: str) -> str:
    """The weather in a city."""
    raise ToolException(f"no weather for {city}")


def shaped(speaker):
    """Answers in a shape: as a schema and as a tool; one of them is none."""
    asked = "Which city? odd:plain"
    attempt(
        odd().with_structured_output(City, method="function_calling").invoke, asked, config(speaker)
    )
    attempt(odd().with_structured_output(City, method="json_schema").invoke, asked, config(speaker))
    attempt(
        model().with_structured_output(City, method="json_mode", include_raw=True).invoke,
        "Name a city as JSON.",
        config(speaker),
    )


def pictures(speaker):
    said = [
        {"type": "text", "text": "What is on the picture?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        {
            "type": "image_url",
            "image_url": {"url": "https://example.org/oslo.png", "detail": "low"},
        },
    ]
    model().invoke([HumanMessage(said)], config(speaker))
    told = [
        {"type": "text", "text": "What is in the file?"},
        {"type": "image", "source_type": "base64", "mime_type": "image/png", "data": PIXEL},
        {
            "type": "file",
            "source_type": "base64",
            "mime_type": "application/pdf",
            "data": "JVBERg==",
            "filename": "a.pdf",
        },
    ]
    attempt(model().invoke, [SystemMessage("Look well."), HumanMessage(told)], config(speaker))


def fallback(speaker):
    made = model(model="gpt-4o").with_fallbacks([model()])
    chain = (ChatPromptTemplate.from_template("{q}") | made | StrOutputParser()).with_config(
        run_name="either"
    )
    chain.invoke({"q": "gpt-4o is ill. Say hello."}, config(speaker))


def retried(speaker):
    made = odd().with_retry(stop_after_attempt=3, wait_exponential_jitter=False)
    made.invoke("Where is Oslo? odd:busy_far", config(speaker))


def many(speaker):
    made = model()

    async def run():
        said = ["Say one.", "please fail", "Say three."]
        return await made.abatch(said, config(speaker, tags=["batch"]), return_exceptions=True)

    LOOP.run_until_complete(run())


def completions(speaker):
    made = OpenAI(model="gpt-3.5-turbo-instruct", base_url=ODD, max_retries=0)
    made.invoke("Oslo lies in odd:plain", config(speaker))
    made.generate(["Oslo odd:plain", "Rome odd:plain"], callbacks=list(speaker.callbacks))


def rag(speaker):
    store = InMemoryVectorStore.from_texts(
        DOCUMENTS,
        OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False),
    )
    shelf = store.as_retriever(search_kwargs={"k": 2})
    ask = ChatPromptTemplate.from_messages([("system", "Use: {context}"), ("human", "{question}")])
    chain = (
        {
            "context": shelf | (lambda found: "\n".join(d.page_content for d in found)),
            "question": RunnablePassthrough(),
        }
        | ask
        | model()
        | StrOutputParser()
    )
    chain.with_config(run_name="rag").invoke(
        "What is the capital of Norway?",
        config(speaker, metadata={"session_id": "session-3", "user_id": "user-3"}),
    )


def tools(speaker):
    """Tools by themselves: an artifact, arguments that do not fit, an error that is an answer."""
    call = {"name": "get_weather", "args": {"city": "Oslo"}, "id": "call_1", "type": "tool_call"}
    weather_and_map.invoke(call, config(speaker))
    attempt(get_weather.invoke, {"town": "Oslo"}, config(speaker))
    kind = StructuredTool.from_function(refuse, name="get_weather", handle_tool_error=True)
    kind.invoke(call, config(speaker))
    attempt(broken_weather.invoke, call, config(speaker))


def agent_whose_tool_fails(speaker):
    from langchain.agents import create_agent

    made = create_agent(model(), [broken_weather], name="unlucky")
    attempt(
        made.invoke, {"messages": [("user", "What is the weather? city: Paris")]}, config(speaker)
    )


def agent_that_shapes(speaker):
    from langchain.agents import create_agent
    from langchain.agents.structured_output import ToolStrategy

    made = create_agent(model(), [get_weather], response_format=ToolStrategy(City), name="shaper")
    attempt(
        made.invoke,
        {"messages": [("user", "What is the weather? city: Paris")]},
        config(speaker, recursion_limit=8),
    )


def agent_that_asks(speaker):
    from langchain.agents import create_agent
    from langchain.agents.middleware import HumanInTheLoopMiddleware

    asks = HumanInTheLoopMiddleware(interrupt_on={"get_weather": True})
    made = create_agent(
        model(), [get_weather], middleware=[asks], checkpointer=MemorySaver(), name="careful"
    )
    thread = config(speaker, configurable={"thread_id": "thread-4"})
    made.invoke({"messages": [("user", "What is the weather? city: Paris")]}, thread)
    made.invoke(Command(resume={"decisions": [{"type": "approve"}]}), thread)


def agent_that_falls_back(speaker):
    from langchain.agents import create_agent
    from langchain.agents.middleware import ModelFallbackMiddleware

    other = ModelFallbackMiddleware(model())
    made = create_agent(model(model="gpt-4o"), [get_weather], middleware=[other], name="either")
    made.invoke(
        {"messages": [("user", "gpt-4o is ill. What is the weather? city: Paris")]}, config(speaker)
    )


def supervisor(speaker):
    from langchain.agents import create_agent

    inner = create_agent(model(), [get_weather], name="weatherman")

    @tool("ask_weatherman")
    def ask_weatherman(query: str) -> str:
        """Asks who knows the weather. city"""
        return inner.invoke({"messages": [("user", "What is the weather? city: Oslo")]})[
            "messages"
        ][-1].content

    made = create_agent(odd(), [ask_weatherman], name="chief", system_prompt="You lead.")
    ask_weatherman.invoke({"query": "Oslo"}, config(speaker))
    attempt(made.invoke, {"messages": [("user", "Greet. odd:plain")]}, config(speaker))


def nodes(speaker):
    """Branches at once, one tried again, one that fails; too many steps."""
    tried = []

    def flaky(state):
        tried.append(1)
        if len(tried) == 1:
            raise ConnectionError("the line is down")
        return {"texts": [model().invoke("Say flaky.").content]}

    def steady(state):
        return {"texts": [model().invoke("Say steady.").content]}

    made = StateGraph(State)
    made.add_node(
        "flaky",
        flaky,
        retry_policy=RetryPolicy(max_attempts=2, initial_interval=0.01, retry_on=ConnectionError),
    )
    made.add_node("steady", steady)
    made.add_node("join", lambda state: {"text": " ".join(state["texts"])})
    for name in ("flaky", "steady"):
        made.add_edge(START, name).add_edge(name, "join")
    made.add_edge("join", END)
    made.compile(name="branches").invoke({"text": "go"}, config(speaker))

    def wrong(state):
        raise ValueError("no such city")

    bad = StateGraph(State).add_node("steady", steady).add_node("wrong", wrong)
    bad.add_edge(START, "steady").add_edge(START, "wrong")
    attempt(bad.compile(name="half").invoke, {"text": "go"}, config(speaker))
    round_and_round = StateGraph(State).add_node("turn", lambda state: {"text": "again"})
    round_and_round.add_edge(START, "turn").add_edge("turn", "turn")
    attempt(
        round_and_round.compile(name="endless").invoke,
        {"text": "go"},
        config(speaker, recursion_limit=3),
    )


def asked_within(speaker):
    """A graph in a graph is interrupted and goes on; its steps are streamed."""

    def ask(state):
        return {"text": interrupt({"question": "Which city?"})}

    def tell(state):
        return {"text": model().invoke(f"Say {state['text']}.").content}

    inner = StateGraph(State).add_node("ask", ask).add_node("tell", tell)
    inner.add_edge(START, "ask").add_edge("ask", "tell").add_edge("tell", END)
    made = StateGraph(State).add_node("inner", inner.compile(name="inner")).add_edge(START, "inner")
    made = made.compile(checkpointer=MemorySaver(), name="outer")
    thread = config(speaker, configurable={"thread_id": "thread-5"})
    list(made.stream({"text": "?"}, thread, stream_mode="updates", subgraphs=True))
    list(made.stream(Command(resume="Rome"), thread, stream_mode="messages"))


def cancelled(speaker):
    """A task that is not waited for any longer, and a stream that is left."""

    async def slow(text):
        await asyncio.sleep(5)
        return text

    async def run():
        chain = (RunnableLambda(slow) | model()).with_config(run_name="slow")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(chain.ainvoke("Say hello.", config(speaker)), 0.2)
        made = (model() | StrOutputParser()).with_config(run_name="left")
        async for _ in made.astream("Say hello.", config(speaker)):
            break
        made = model().with_config(run_name="dropped")
        task = asyncio.create_task(made.ainvoke("never answers", config(speaker)))
        await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    LOOP.run_until_complete(run())


def timed_out(speaker):
    attempt(model(timeout=0.3).invoke, "never answers", config(speaker))


SCENES = (
    shaped,
    pictures,
    fallback,
    retried,
    many,
    rag,
    tools,
    agent_whose_tool_fails,
    agent_that_shapes,
    agent_that_asks,
    agent_that_falls_back,
    supervisor,
    nodes,
    asked_within,
    cancelled,
    timed_out,
    completions,
)
