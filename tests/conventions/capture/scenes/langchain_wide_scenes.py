"""LangChain by plan: what is found is ranked again and answered, agents that hand over, three tools at
once, streams of events, shapes that do not parse, several providers in one chain, calls too late."""

import asyncio
import os

from common import DOCUMENTS, attempt
from langchain_core.documents import BaseDocumentCompressor
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import RunnableParallel, RunnablePassthrough
from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command
from pydantic import BaseModel

LOOP = asyncio.new_event_loop()
ODD = os.environ["ODD"]
WANTED = "weather(city=Łódź) & population(city=東京) & weather(city=Mordor)"


class City(BaseModel):
    """A city."""

    city: str
    people: int


def model(name="gpt-4.1-mini", **more):
    return ChatOpenAI(**{"model": name, "max_retries": 0, "base_url": ODD + "/v1", **more})


def claude(**more):
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(
        **{"model": "claude-haiku-4-5", "base_url": ODD, "max_retries": 0, "max_tokens": 99, **more}
    )


def config(speaker, **more):
    return {"callbacks": list(speaker.callbacks), **more}


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: słońce ☀"


@tool
def population(city: str) -> dict:
    """The people of a city."""
    return {"city": city, "people": 14_000_000}


class Shortest(BaseDocumentCompressor):
    """Ranks by length."""

    top: int = 2

    def compress_documents(self, documents, query, callbacks=None):
        ranked = sorted(documents, key=lambda d: len(d.page_content))[: self.top]
        for n, found in enumerate(ranked):
            found.metadata["relevance_score"] = 1.0 - n / 10
        return ranked


def shelf():
    vectors = OpenAIEmbeddings(
        model="text-embedding-3-small",
        check_embedding_ctx_length=False,
        base_url=os.environ["PROVIDER"] + "/v1",
    )
    metadata = [{"source": f"{n}.md", "page": n} for n in range(len(DOCUMENTS))]
    return InMemoryVectorStore.from_texts(DOCUMENTS, vectors, metadatas=metadata)


def ranked(speaker):
    """A retriever of three, ranked again to two, and an answer that is streamed."""
    try:
        from langchain_classic.retrievers import ContextualCompressionRetriever
    except ImportError:
        from langchain.retrievers import ContextualCompressionRetriever
    retriever = ContextualCompressionRetriever(
        base_compressor=Shortest(), base_retriever=shelf().as_retriever(search_kwargs={"k": 3})
    )
    ask = ChatPromptTemplate.from_messages(
        [("system", "Use: {context}"), ("human", "{question} plan:[[say Oslo, of course.]]")]
    )
    chain = (
        RunnableParallel(context=retriever, question=RunnablePassthrough())
        | RunnablePassthrough.assign(answer=ask | model(stream_usage=True) | StrOutputParser())
    ).with_config(run_name="ranked_rag")
    about = config(speaker, metadata={"session_id": "session-5", "user_id": "user-5"}, tags=["rag"])
    list(chain.stream("What is the capital of Norway?", about))


def graph(made):
    built = StateGraph(MessagesState)
    built.add_node("ask", lambda s: {"messages": [made.invoke(s["messages"])]})
    built.add_node("tools", ToolNode([weather, population], handle_tool_errors=True))
    built.add_edge(START, "ask")
    built.add_conditional_edges("ask", tools_condition)
    built.add_edge("tools", "ask")
    return built.compile()


def three_tools(speaker):
    """Three tools at once, one of which fails, of two providers."""
    said = f"Compare. plan:[[say I look. | {WANTED} ;; weather(city=Rome) ;; say Łódź is smaller.]]"
    for made in (model(), claude()):
        bound = made.bind_tools([weather, population])
        asked = [SystemMessage("Kurz."), HumanMessage(said)]
        attempt(graph(bound).invoke, {"messages": asked}, config(speaker))


def events(speaker):
    """An agent's events, read as they come."""

    async def read():
        bound = model(stream_usage=True).bind_tools([weather])
        asked = {"messages": [("user", "Go. plan:[[weather(city=Bern) ;; say Bern is sunny.]]")]}
        async for _ in graph(bound).astream_events(asked, config(speaker), version="v2"):
            pass

    LOOP.run_until_complete(read())


def handed_over(speaker):
    """A desk that hands over to a geographer, who answers."""

    @tool
    def transfer_to_geographer(reason: str) -> str:
        """Hands over."""
        return "handed over"

    def desk(state):
        told = (
            model()
            .bind_tools([transfer_to_geographer])
            .invoke(
                [
                    SystemMessage(
                        "You are the desk. plan:[[transfer_to_geographer(reason=a city)]]"
                    ),
                    *state["messages"],
                ]
            )
        )
        done = ToolMessage("handed over", tool_call_id=told.tool_calls[0]["id"])
        return Command(goto="geographer", update={"messages": [told, done]})

    def geographer(state):
        told = claude().invoke(
            [
                SystemMessage("You are the geographer. plan:[[say It is in Norway.]]"),
                *state["messages"],
            ]
        )
        return {"messages": [told]}

    built = StateGraph(MessagesState)
    built.add_node("desk", desk, destinations=("geographer",))
    built.add_node("geographer", geographer)
    built.add_edge(START, "desk")
    about = config(speaker, configurable={"thread_id": "thread-6"})
    built.compile(name="reception").invoke({"messages": [("user", "Where is Oslo?")]}, about)


def misshapen(speaker):
    """Answers that their parsers do not understand."""
    asked = "Which? plan:[[say A city, I think.]]"
    attempt((model() | JsonOutputParser()).invoke, asked, config(speaker))
    attempt((model() | PydanticOutputParser(pydantic_object=City)).invoke, asked, config(speaker))
    shaped = model().with_structured_output(City, include_raw=True)
    attempt(shaped.invoke, 'Which city? plan:[[say {"city": "Oslo"}]]', config(speaker))
    tooled = claude().with_structured_output(City)
    attempt(tooled.invoke, "Which one? plan:[[City(city=Oslo, people=7)]]", config(speaker))


def reasoned(speaker):
    asked = "How many? plan:[[think I count. | say Seven.]]"
    attempt(
        model("o4-mini", reasoning={"effort": "low", "summary": "auto"}).invoke,
        asked,
        config(speaker),
    )
    thinking = claude(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2000)
    attempt(thinking.invoke, asked, config(speaker))
    attempt(lambda: list(thinking.stream(asked, config(speaker))))


def late(speaker):
    """Four at the same time: an answer, a refusal, one too late, one cancelled."""

    async def go():
        made, quick = model(), model(timeout=0.5)
        await asyncio.gather(
            made.ainvoke("Here? plan:[[say Yes, here.]]", config(speaker)),
            made.ainvoke("Refused? plan:[[busy]]", config(speaker)),
            quick.ainvoke("Too late? plan:[[wait 2 | say no]]", config(speaker)),
            asyncio.wait_for(
                made.ainvoke("Cancelled? plan:[[wait 2 | say no]]", config(speaker)), 0.4
            ),
            return_exceptions=True,
        )

    LOOP.run_until_complete(go())


def talk(speaker):
    """A history in a prompt, twelve turns of it."""
    ask = ChatPromptTemplate.from_messages(
        [("system", "Count on, {name}."), MessagesPlaceholder("history"), ("human", "{text}")]
    )
    history = []
    for n in range(6):
        history += [HumanMessage(f"{n}?"), AIMessage(f"{n + 1}.")]
    given = {"name": "Ada", "history": history, "text": "6? plan:[[say 7.]]"}
    (ask | model(temperature=0.1, max_tokens=20)).invoke(given, config(speaker))


def pictures(speaker):
    said = [
        {"type": "text", "text": "Which is it? plan:[[say The second.]]"},
        {"type": "image", "base64": "iVBORw0KGgo" + "A" * 80, "mime_type": "image/png"},
        {"type": "image", "url": "https://example.org/oslo.png"},
    ]
    attempt(model().invoke, [HumanMessage(said)], config(speaker))
    attempt(claude().invoke, [HumanMessage(said)], config(speaker))


def empty(speaker):
    attempt(model().invoke, "Nothing? plan:[[say ]]", config(speaker))
    attempt(shelf().as_retriever(search_kwargs={"k": 0}).invoke, "nothing", config(speaker))


SCENES = (
    ranked,
    three_tools,
    events,
    handed_over,
    misshapen,
    reasoned,
    late,
    talk,
    pictures,
    empty,
)
