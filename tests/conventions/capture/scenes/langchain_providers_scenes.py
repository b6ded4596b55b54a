"""LangChain with models of other providers: Gemini, Groq, Mistral, Ollama, Bedrock, Claude."""

import os

from common import attempt
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

ODD = os.environ["ODD"]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: sunny"


@tool
def population(city: str) -> dict:
    """The people of a city."""
    return {"city": city, "people": 14_000_000}


def gemini():
    from langchain_google_genai import ChatGoogleGenerativeAI

    return ChatGoogleGenerativeAI(
        model="gemini-2.5-flash", google_api_key="local", base_url=ODD, max_retries=1
    )


def groq():
    from langchain_groq import ChatGroq

    return ChatGroq(model="llama-3.3-70b", base_url=ODD, api_key="local", max_retries=0)


def mistral():
    from langchain_mistralai import ChatMistralAI

    return ChatMistralAI(
        model="mistral-small", endpoint=ODD + "/v1", api_key="local", max_retries=1
    )


def ollama():
    from langchain_ollama import ChatOllama

    return ChatOllama(model="llama3.2", base_url=os.environ["PROVIDER"])


def bedrock():
    from langchain_aws import ChatBedrockConverse

    return ChatBedrockConverse(
        model="anthropic.claude-haiku-4-5-20251001-v1:0", endpoint_url=ODD, region_name="us-east-1"
    )


def claude():
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(model="claude-haiku-4-5", base_url=ODD, max_retries=0, max_tokens=99)


def talking(make, *, asked, failing):
    """Asked for tools, told what they found, streamed, and refused."""

    def scene(speaker):
        about = {"callbacks": list(speaker.callbacks)}
        made = make()
        bound = made.bind_tools([weather, population])
        said = [SystemMessage("Kurz."), HumanMessage(asked)]
        told = attempt(bound.invoke, said, about)
        if told is not None and told.tool_calls:
            said.append(told)
            for call in told.tool_calls:
                said.append(ToolMessage(f"{call['name']}: 7", tool_call_id=call["id"]))
            attempt(bound.invoke, said, about)
        attempt(lambda: list(made.stream("Stream? plan:[[say One two three.]] odd:plain", about)))
        attempt(lambda: list(bound.stream("Stream it? " + asked, about)))
        attempt(made.invoke, failing, about)

    scene.__name__ = make.__name__
    return scene


PLAN = "Compare. plan:[[weather(city=Łódź) & population(city=東京) ;; say Łódź is smaller.]]"
SCENES = (
    talking(gemini, asked=PLAN, failing="Refused? plan:[[filtered]]"),
    talking(groq, asked=PLAN, failing="Refused? plan:[[busy]]"),
    talking(mistral, asked=PLAN, failing="Refused? plan:[[filtered]]"),
    talking(ollama, asked="What is the weather? city: Paris", failing="please fail"),
    talking(bedrock, asked="Compare. odd:tools", failing="Refused? odd:filtered"),
    talking(claude, asked=PLAN, failing="Refused? plan:[[cut It beg]]"),
)
