"""Frameworks that announce their steps by callbacks: LangChain, LangGraph, OpenAI Agents."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

import agents
import openai
import pytest
from agents.tracing import get_trace_provider
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph

import misstep
from misstep.bridges import langchain, openai_agents
from misstep.model import Hop
from misstep_examples.provider import LocalProvider

from .conftest import Recorder


@pytest.fixture
def chained(recorder: Recorder) -> Iterator[Recorder]:
    langchain.install()
    langchain.install()  # twice changes nothing
    yield recorder
    langchain.uninstall()


@pytest.fixture
def agented(recorder: Recorder) -> Iterator[Recorder]:
    provider: Any = get_trace_provider()
    before = list(provider._multi_processor._processors)
    agents.set_trace_processors([])  # the SDK's own would send traces to OpenAI
    openai_agents.install()
    yield recorder
    openai_agents.uninstall()
    assert not provider._multi_processor._processors
    agents.set_trace_processors(before)


def by_name(hops: list[Hop]) -> dict[str, Hop]:
    assert len({h.name for h in hops}) == len(hops), [h.name for h in hops]
    return {h.name: h for h in hops}


def ask(url: str, text: str) -> str:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="local") as client:
        got = client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": text}]
        )
    return got.choices[0].message.content or ""


# --- LangChain and LangGraph ------------------------------------------------------------


class State(TypedDict):
    question: str
    notes: Annotated[list[str], operator.add]


def graph(url: str) -> Any:
    def plan(state: State) -> dict[str, Any]:
        return {"notes": [ask(url, f"Plan: {state['question']}")]}

    def left(state: State) -> dict[str, Any]:
        return {"notes": ["left " + ask(url, "Left?")]}

    def right(state: State) -> dict[str, Any]:
        return {"notes": ["right"]}

    made = StateGraph(State)
    for node in (plan, left, right):
        made.add_node(node)
    made.add_edge(START, "plan")
    for name in ("left", "right"):
        made.add_edge("plan", name)
        made.add_edge(name, END)
    return made.compile(name="research")


@pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream"])
def test_the_nodes_of_a_graph_are_hops_with_their_model_calls_inside(
    how: str, chained: Recorder, provider: LocalProvider
) -> None:
    run, asked = graph(provider.url), {"question": "Why?", "notes": []}
    if how == "ainvoke":
        asyncio.run(run.ainvoke(asked))
    elif how == "stream":
        list(run.stream(asked))
    else:
        run.invoke(asked)
    hops = by_name(chained.hops())
    assert set(hops) == {"plan", "left", "right"}
    assert hops["plan"].kind == "llm" and hops["plan"].request_model == "gpt-4o"
    assert hops["plan"].input == {"question": "Why?", "notes": []}
    assert "Plan" in str(hops["plan"].output) and hops["plan"].input_tokens > 0
    assert hops["left"].kind == "llm" and hops["right"].kind == "chain"
    assert all(h.parent_id is None for h in hops.values())
    (root,) = [s for s in chained.spans() if s.parent is None]
    assert root.name == "research"


def test_a_graph_inside_a_pipeline_is_a_hop_of_it(
    chained: Recorder, provider: LocalProvider
) -> None:
    @misstep.pipeline
    def answer(question: str) -> Any:
        return graph(provider.url).invoke({"question": question, "notes": []})

    answer("Why?")
    hops = by_name(chained.hops())
    research = hops.pop("research")
    assert {h.parent_id for h in hops.values()} == {research.hop_id}


def test_a_node_that_raises_is_a_failed_hop_and_the_exception_is_the_programs(
    chained: Recorder,
) -> None:
    class WrongError(ValueError):
        pass

    def broken(state: State) -> dict[str, Any]:
        raise WrongError("no such thing")

    made = StateGraph(State)
    made.add_node(broken)
    made.add_edge(START, "broken")
    with pytest.raises(WrongError):
        made.compile().invoke({"question": "?", "notes": []})
    error = by_name(chained.hops())["broken"].error
    assert error is not None and error.message == "no such thing"


def test_tools_retrievers_prompts_and_models_without_http_are_hops(chained: Recorder) -> None:
    class Shelf(BaseRetriever):
        def _get_relevant_documents(self, query: str, **_: Any) -> list[Document]:
            return [Document(page_content=f"About {query}.", metadata={"page": 3})]

    @tool
    def double(number: int) -> int:
        """Twice the number."""
        return 2 * number

    model = FakeListChatModel(responses=["It is so."])
    prompt = ChatPromptTemplate.from_messages([("user", "Tell me about {topic}")])
    chain = prompt | model
    with misstep.run("r"):
        assert chain.invoke({"topic": "tea"}).content == "It is so."
        assert double.invoke({"number": 4}) == 8
        Shelf().invoke("tea")
    hops = by_name(chained.hops())
    assert hops["double"].kind == "tool"
    assert (hops["double"].input, hops["double"].output) == ({"number": 4}, 8)
    assert hops["Shelf"].kind == "retriever" and hops["Shelf"].input == "tea"
    assert hops["Shelf"].output == [{"page_content": "About tea.", "metadata": {"page": 3}}]
    said = hops["FakeListChatModel"]
    assert said.kind == "llm" and said.output == "It is so."
    assert said.input == [{"role": "human", "content": "Tell me about tea"}]
    assert said.parent_id == hops["RunnableSequence"].hop_id


def test_parallel_branches_keep_to_their_own_steps(
    chained: Recorder, provider: LocalProvider
) -> None:
    names = [f"branch{n}" for n in range(4)]
    branches: Any = {
        name: RunnableLambda(
            lambda _, name=name: ask(provider.url, f"I am {name}. Yes?"), name=name
        )
        for name in names
    }
    RunnableParallel(branches).invoke({})
    hops = by_name(chained.hops())
    for name in names:
        assert hops[name].messages_in[0].text.startswith(f"I am {name}.")
        assert hops[name].kind == "llm"


def test_a_handler_of_ones_own_records_that_run_alone(
    recorder: Recorder, provider: LocalProvider
) -> None:
    run, asked = graph(provider.url), {"question": "Why?", "notes": []}
    run.invoke(asked, config={"callbacks": [langchain.Handler()]})
    assert {"plan", "left", "right"} <= set(by_name(recorder.hops()))
    recorder.exporter.clear()
    run.invoke(asked)
    assert {h.name for h in recorder.hops()} == {"chat gpt-4o"}


def test_without_misstep_the_bridge_does_nothing(provider: LocalProvider) -> None:
    misstep.shutdown()
    langchain.install()
    try:
        got = graph(provider.url).invoke({"question": "Why?", "notes": []})
    finally:
        langchain.uninstall()
    assert len(got["notes"]) == 3


# --- OpenAI Agents ----------------------------------------------------------------------


@agents.function_tool
def get_weather(city: str, days: int) -> str:
    """The weather."""
    return f"{days} days of rain in {city}."


FORECAST = "Get the weather with city: Lyon and days: 3"


def forecast(url: str, api: str, tools: list[Any]) -> Any:
    """What an agent of that API says."""
    kind: Any = (
        agents.OpenAIResponsesModel if api == "responses" else agents.OpenAIChatCompletionsModel
    )

    async def work() -> Any:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="local") as client:
            agent = agents.Agent(
                name="forecaster",
                instructions="You are terse.",
                model=kind(model="gpt-4o", openai_client=client),
                tools=tools,
            )
            return (await agents.Runner.run(agent, FORECAST)).final_output

    return asyncio.run(work())


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_agents_and_their_tools_are_hops_with_the_calls_inside(
    api: str, agented: Recorder, provider: LocalProvider
) -> None:
    said = forecast(provider.url, api, [get_weather])
    hops = agented.hops()
    (agent,) = [h for h in hops if h.kind == "agent"]
    (used,) = [h for h in hops if h.kind == "tool"]
    calls = [h for h in hops if h.kind == "llm"]
    assert agent.name == "forecaster" and agent.output == said
    assert used.name == "get_weather" and used.output == "3 days of rain in Lyon."
    assert used.input == {"city": "Lyon", "days": 3}
    assert [c.name for c in calls] == ["chat gpt-4o"] * 2
    assert {h.parent_id for h in (used, *calls)} == {agent.hop_id}
    assert calls[0].finish_reason == "tool_calls" and calls[1].output == said
    (root,) = [s for s in agented.spans() if s.parent is None]
    assert root.name == "Agent workflow"


def test_a_tool_of_an_agent_that_fails_says_so(agented: Recorder, provider: LocalProvider) -> None:
    @agents.function_tool(name_override="get_weather")
    def broken(city: str, days: int) -> str:
        """The weather."""
        raise RuntimeError("no sky today")  # the SDK keeps the words to itself

    forecast(provider.url, "chat", [broken])
    (used,) = [h for h in agented.hops() if h.kind == "tool"]
    assert used.error is not None and "Tool execution failed" in used.error.message


def test_importing_misstep_imports_no_framework() -> None:
    import subprocess
    import sys

    code = (
        "import sys, misstep; misstep.init(exporter=None, jsonl='/dev/null');"
        "print([m for m in ('langchain_core', 'langgraph', 'agents', 'openai', 'aiohttp')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


# --- LlamaIndex -------------------------------------------------------------------------


@pytest.fixture
def indexed(recorder: Recorder) -> Iterator[Recorder]:
    from misstep.bridges import llama_index

    llama_index.install()
    llama_index.install()
    yield recorder
    llama_index.uninstall()
    handlers = [type(h).__name__ for h in llama_index.get_dispatcher().span_handlers]
    assert "Handler" not in handlers


class Node:
    """As ``NodeWithScore``: the framework's core is two hundred megabytes, its dispatcher is not."""

    def __init__(self, node_id: str, text: str, score: float) -> None:
        self.node_id, self.score, self._text = node_id, score, text

    def get_content(self) -> str:
        return self._text


def engine(url: str, *, over_http: bool) -> Any:
    """A query engine that reports to the real dispatcher, as all of LlamaIndex does."""
    from llama_index_instrumentation import get_dispatcher

    dispatcher = get_dispatcher("llama_index.core.tests")

    class Model:
        def complete(self, prompt: str) -> str:
            return self.predict(prompt)

        @dispatcher.span
        def predict(self, prompt: str) -> str:
            return self.chat(prompt)

        @dispatcher.span
        def chat(self, prompt: str) -> str:
            return ask(url, prompt) if over_http else f"Heard: {prompt}"

    class ShelfRetriever:
        @dispatcher.span
        def retrieve(self, query: str) -> list[Node]:
            if not query:
                raise LookupError("nothing was asked")
            return [Node("n1", f"About {query}", 0.9)]

    class QueryEngine:
        @dispatcher.span
        def query(self, query: str) -> str:
            return self._query(query)

        @dispatcher.span
        def _query(self, query: str) -> str:
            (node,) = ShelfRetriever().retrieve(query)
            return Model().predict(f"{node.get_content()}: {query}")

        @dispatcher.span
        async def aquery(self, query: str) -> str:
            return self._query(query)

    return QueryEngine()


@pytest.mark.parametrize("over_http", [True, False], ids=["http", "in-process"])
@pytest.mark.parametrize("how", ["query", "aquery"])
def test_the_parts_of_a_query_engine_are_hops_and_its_model_one(
    how: str, over_http: bool, indexed: Recorder, provider: LocalProvider
) -> None:
    made = engine(provider.url, over_http=over_http)
    with misstep.run("r"):
        said = asyncio.run(made.aquery("tea")) if how == "aquery" else made.query("tea")
    hops = by_name(indexed.hops())
    model = "chat gpt-4o" if over_http else "Model"
    assert set(hops) == {f"QueryEngine.{how}", "ShelfRetriever.retrieve", model}
    found = hops["ShelfRetriever.retrieve"]
    assert found.kind == "retriever" and found.input == {"query": "tea"}
    assert found.output == [{"id": "n1", "content": "About tea", "score": 0.9}]
    assert hops[model].kind == "llm" and hops[model].output == said
    outer = hops[f"QueryEngine.{how}"]
    assert outer.output == said
    assert {found.parent_id, hops[model].parent_id} == {outer.hop_id}


def test_a_part_that_raises_is_a_failed_hop(indexed: Recorder, provider: LocalProvider) -> None:
    with misstep.run("r"), pytest.raises(LookupError):
        engine(provider.url, over_http=False).query("")
    hops = by_name(indexed.hops())
    error = hops["ShelfRetriever.retrieve"].error
    assert error is not None and error.message == "nothing was asked"
