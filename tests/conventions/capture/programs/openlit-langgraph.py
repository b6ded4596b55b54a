# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openlit==1.45.0",
#   "langchain==1.5.0", "langchain-openai", "langgraph", "numpy",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""LangChain and LangGraph under OpenLIT."""

import openlit
from common import DOCUMENTS, WEATHER, attempt
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

openlit.init(disable_metrics=True, disable_batch=True)
CONFIG = {
    "configurable": {"thread_id": "thread-1"},
    "metadata": {"user_id": "user-1"},
    "tags": ["demo"],
}
model = ChatOpenAI(model="gpt-4o-mini", temperature=0, max_retries=0)
prompt = ChatPromptTemplate.from_messages([("system", "Answer shortly."), ("user", "{question}")])


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def chain():
    (prompt | model | StrOutputParser()).invoke({"question": "What is the capital of France?"})


def stream():
    list(model.stream("Count to three."))


def agent():
    made = create_agent(
        model, tools=[get_weather], system_prompt="You know the weather.", name="weatherman"
    )
    made.invoke({"messages": [("user", "What is the weather? city: Paris")]}, config=CONFIG)


def retrieval():
    store = InMemoryVectorStore(
        OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False)
    )
    store.add_documents(
        [Document(d, metadata={"source": f"doc-{n}"}) for n, d in enumerate(DOCUMENTS)]
    )
    question = "What is the capital of Norway?"
    found = store.as_retriever(search_kwargs={"k": 2}).invoke(question)
    (prompt | model).invoke({"question": f"{question} {[d.page_content for d in found]}"})


def failing():
    model.invoke("please fail")


for scene in (chain, stream, agent, retrieval, failing):
    attempt(scene)
