# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "langfuse==5.0.4",
#   "langchain==1.5.0", "langchain-openai", "langgraph", "numpy",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""LangChain and LangGraph under Langfuse's callback."""

import os

from common import DOCUMENTS, WEATHER, attempt
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langfuse import Langfuse
from langfuse.langchain import CallbackHandler

Langfuse(
    public_key="pk-lf-local",
    secret_key="sk-lf-local",
    base_url=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
)
CONFIG = {
    "callbacks": [CallbackHandler()],
    "metadata": {
        "langfuse_session_id": "session-1",
        "langfuse_user_id": "user-1",
        "langfuse_tags": ["demo"],
    },
}
model = ChatOpenAI(model="gpt-4o-mini", temperature=0, max_retries=0)
prompt = ChatPromptTemplate.from_messages([("system", "Answer shortly."), ("user", "{question}")])


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def chain():
    (prompt | model | StrOutputParser()).invoke(
        {"question": "What is the capital of France?"}, config=CONFIG
    )


def stream():
    list(model.stream("Count to three.", config=CONFIG))


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
    found = store.as_retriever(search_kwargs={"k": 2}).invoke(question, config=CONFIG)
    (prompt | model).invoke(
        {"question": f"{question} {[d.page_content for d in found]}"}, config=CONFIG
    )


def failing():
    model.invoke("please fail", config=CONFIG)


for scene in (chain, stream, agent, retrieval, failing):
    attempt(scene)
