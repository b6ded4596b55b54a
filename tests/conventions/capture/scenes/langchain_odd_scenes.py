"""LangChain's rarer ways: other models, graphs in graphs, interrupts, fan-out, events, threads."""

import asyncio
import operator
import os
from typing import Annotated, TypedDict

from common import attempt
from langchain_anthropic import ChatAnthropic
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableBranch, RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import MemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt

os.environ["OPENAI_API_BASE"] = os.environ["OPENAI_BASE_URL"] = os.environ["ODD"] + "/v1"
os.environ["ANTHROPIC_BASE_URL"] = os.environ["ODD"]


class Texts(TypedDict, total=False):
    text: Annotated[str, lambda before, after: after]
    texts: Annotated[list, operator.add]


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


@tool
def now() -> str:
    """The time."""
    raise RuntimeError("the clock stands")


def model(**more):
    return ChatOpenAI(**{"model": "gpt-4o-mini", "max_retries": 0, **more})


def claude(**more):
    return ChatAnthropic(
        **{"model": "claude-sonnet-4-5", "max_tokens": 2000, "max_retries": 0, **more}
    )


def config(speaker, **more):
    return {"callbacks": list(speaker.callbacks), **more}


def asked(made, name):
    def scene(speaker):
        said = [SystemMessage("Answer shortly."), HumanMessage(f"Where is Oslo? odd:{name}")]
        attempt(made().invoke, said, config(speaker))
        attempt(lambda: list(made().stream(said, config(speaker))))

    scene.__name__ = name
    return scene


def answers_of_tools(speaker):
    """A hand-written loop: two tools, one fails, and what they said."""
    made = claude().bind_tools([get_weather, now])
    said = [HumanMessage("What is the weather? odd:tools_thought")]
    first = made.invoke(said, config(speaker))
    said.append(first)
    for call in first.tool_calls:
        told = get_weather.invoke(call["args"], config(speaker))
        said.append(ToolMessage(told, tool_call_id=call["id"]))
    attempt(now.invoke, {}, config(speaker))
    said.append(HumanMessage("Go on. odd:plain"))
    made.invoke(said, config(speaker))


def prompt_chain(speaker):
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Answer {how}."), ("placeholder", "{before}"), ("user", "{question} odd:plain")]
    )
    before = [HumanMessage("I am called Ada."), AIMessage("Hello Ada.")]
    chain = prompt | model() | StrOutputParser()
    given = {"how": "shortly", "before": before, "question": "Where is Oslo?"}
    chain.invoke(given, config(speaker, run_name="prompted", metadata={"prompt_version": "7"}))


def parallel(speaker):
    """Branches at once, a branch by condition, and a parser that fails."""
    ask = PromptTemplate.from_template("And {city}? odd:plain") | model() | StrOutputParser()
    chosen = RunnableBranch((lambda x: x["city"] == "Oslo", ask), RunnableLambda(lambda x: "?"))
    made = RunnableParallel(first=ask, second=chosen).with_config(run_name="both")
    made.invoke({"city": "Oslo"}, config(speaker))
    attempt((model() | JsonOutputParser()).invoke, "As JSON: odd:emoji", config(speaker))


def found(speaker):
    """A retriever, asked twice at once, in threads of their own."""

    class Shelf(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager=None):
            return [Document(f"{query} is a city.", id=f"doc-{query}", metadata={"n": 1})]

    async def both():
        await asyncio.gather(*(Shelf().ainvoke(c, config(speaker)) for c in ("Oslo", "Rome")))

    asyncio.run(both())


def graph(speaker):
    """A graph in a graph, nodes at once, a node that goes where its command says."""

    def ask(state):
        return {"texts": [model().invoke(f"Where is {state['text']}? odd:plain").content]}

    inner = StateGraph(Texts).add_node("ask", ask).add_edge(START, "ask").add_edge("ask", END)
    made = StateGraph(Texts)
    made.add_node("plan", lambda state: Command(goto=[Send("city", {"text": c}) for c in "AB"]))
    made.add_node("city", inner.compile())
    made.add_node("join", lambda state: {"text": " ".join(state["texts"])})
    made.add_edge(START, "plan").add_edge("city", "join").add_edge("join", END)
    made.compile(name="atlas").invoke({"text": "?"}, config(speaker))


def interrupted(speaker):
    """A person is asked, and answers: no error."""

    def ask(state):
        answer = interrupt("Which city?")
        return {"text": model().invoke(f"Where lies {answer}? odd:plain").content}

    made = StateGraph(Texts).add_node("ask", ask).add_edge(START, "ask")
    made = made.compile(checkpointer=MemorySaver(), name="asking")
    thread = config(speaker, configurable={"thread_id": "thread-9"})
    made.invoke({"text": "?"}, thread)
    made.invoke(Command(resume="Oslo"), thread)


def event_stream(speaker):
    async def read():
        chain = (model() | StrOutputParser()).with_config(run_name="told")
        async for _ in chain.astream_events("Tell where Oslo is. odd:plain", config(speaker)):
            pass

    asyncio.run(read())


def abandoned(speaker):
    for _ in (model() | StrOutputParser()).stream("Where is Oslo? odd:emoji", config(speaker)):
        break


def in_batches(speaker):
    chain = PromptTemplate.from_template("Where is {c}? odd:{c}") | model()
    given = [{"c": c} for c in ("plain", "filtered", "emoji")]
    chain.batch(given, config(speaker, max_concurrency=2), return_exceptions=True)


def agent(speaker):
    from langchain.agents import create_agent

    made = create_agent(model(), [get_weather], system_prompt="You know the weather.", name="agent")
    made.invoke({"messages": [("user", "What is the weather? odd:tools_once")]}, config(speaker))


SCENES = (
    asked(model, "plain"),
    asked(model, "refusal"),
    asked(model, "empty"),
    asked(model, "length"),
    asked(lambda: model(use_responses_api=True, model="o4-mini"), "reasoned"),
    asked(lambda: model(use_responses_api=True), "builtin"),
    asked(lambda: claude(thinking={"type": "enabled", "budget_tokens": 1024}), "thought"),
    asked(claude, "search"),
    asked(claude, "refusal"),
    asked(lambda: claude().bind_tools([get_weather, now]), "tools"),
    answers_of_tools,
    prompt_chain,
    parallel,
    found,
    graph,
    interrupted,
    event_stream,
    abandoned,
    in_batches,
    agent,
)
