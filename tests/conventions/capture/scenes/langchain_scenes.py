"""LangChain and LangGraph: a RAG chain, an agent with two tools at once, retries, sessions."""

from common import DOCUMENTS, WEATHER
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import MemorySaver
from langgraph.prebuilt import create_react_agent
from pydantic import BaseModel


class Shelf(BaseRetriever):
    """Finds the documents that share a word with the question."""

    def _get_relevant_documents(self, query, *, run_manager=None):
        words = set(query.lower().strip("?").split())
        return [
            Document(text, metadata={"source": f"doc-{n}", "score": 0.9})
            for n, text in enumerate(DOCUMENTS)
            if words & set(text.lower().strip(".").split()) - {"is", "the", "of", "a"}
        ]


class City(BaseModel):
    """A city and its country."""

    answer: str


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER[city]


@tool
def lookup(order: str) -> str:
    """Looks an order up."""
    raise LookupError(f"no order is called {order}")


def model(**more):
    return ChatOpenAI(**{"model": "gpt-4o-mini", "temperature": 0, "max_retries": 0, **more})


def config(speaker, **more):
    return {"callbacks": list(speaker.callbacks), **more}


def rag(speaker):
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Answer from this alone: {found}"), ("user", "{question}")]
    )
    chain = (
        {
            "found": Shelf() | (lambda found: "\n".join(d.page_content for d in found)),
            "question": RunnablePassthrough(),
        }
        | prompt
        | model()
        | StrOutputParser()
    ).with_config(run_name="rag")
    told = {"session_id": "session-1", "user_id": "user-1"}
    with speaker.session(session_id="session-1", user_id="user-1"):
        chain.invoke("What is the capital of Norway?", config(speaker, metadata=told, tags=["rag"]))


def agent(speaker):
    """Two turns of one thread; two tools at once in the first."""
    made = create_react_agent(model(), [get_weather], checkpointer=MemorySaver(), name="weatherman")
    thread = {"configurable": {"thread_id": "thread-1"}}
    with speaker.session(session_id="session-2", user_id="user-2"):
        for text in ("What is the weather in Paris and Oslo?", "Thank you."):
            made.invoke({"messages": [("user", text)]}, config(speaker, **thread))


def failing_tool(speaker):
    made = create_react_agent(model(), [lookup])
    made.invoke({"messages": [("user", "Please lookup order: A-17")]}, config(speaker))


def retried(speaker):
    """The chain itself tries again after a 500."""
    chain = (model() | StrOutputParser()).with_retry(
        stop_after_attempt=2, wait_exponential_jitter=False
    )
    chain.invoke("Stumbles once: what is the capital of France?", config(speaker))


def failed_over(speaker):
    chain = model(model="gpt-4o").with_fallbacks([model()])
    chain.invoke("gpt-4o is ill: what is the capital of Sweden?", config(speaker))


def shaped(speaker):
    model().with_structured_output(City, method="json_schema").invoke(
        "Say it as JSON: where is Oslo?", config(speaker)
    )


def batch(speaker):
    chain = RunnableLambda(lambda city: f"What is the capital of {city}?") | model()
    chain.with_config(run_name="capitals").batch(["Peru", "Chile"], config(speaker))


def streamed(speaker):
    for _ in (model(stream_usage=True) | StrOutputParser()).stream(
        "Count to three.", config(speaker)
    ):
        pass


def refused(speaker):
    (model() | StrOutputParser()).invoke("too many: where is Rome?", config(speaker))


SCENES = (rag, agent, failing_tool, retried, failed_over, shaped, batch, streamed, refused)
