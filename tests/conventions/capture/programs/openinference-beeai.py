# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-beeai==0.1.30",
#   "openinference-instrumentation==0.1.72",
#   "beeai-framework==0.1.85",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""BeeAI under OpenInference: a chat, a stream, agents with a tool, embeddings, a failure."""

import asyncio
import os

from common import WEATHER, telemetry
from openinference.instrumentation.beeai import BeeAIInstrumentor

os.environ["BEEAI_LOG_LEVEL"] = "ERROR"
provider = telemetry()
BeeAIInstrumentor().instrument(tracer_provider=provider)

from beeai_framework.adapters.openai import OpenAIChatModel, OpenAIEmbeddingModel
from beeai_framework.agents.requirement import RequirementAgent
from beeai_framework.agents.tool_calling import ToolCallingAgent
from beeai_framework.backend import SystemMessage, UserMessage
from beeai_framework.memory import UnconstrainedMemory
from beeai_framework.tools import tool


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER[city]


def model():
    made = OpenAIChatModel("gpt-4o-mini", stream=False)
    made.tool_call_fallback_via_response_format = False
    return made


async def chat():
    await model().run(
        [SystemMessage("Answer shortly."), UserMessage("What is the capital of France?")]
    )


async def stream():
    await model().run([UserMessage("Count to three.")], stream=True)


async def tools():
    agent = ToolCallingAgent(llm=model(), tools=[get_weather], memory=UnconstrainedMemory())
    await agent.run("What is the weather? city: Paris")


async def requirement():
    agent = RequirementAgent(llm=model(), tools=[get_weather], role="forecaster")
    await agent.run("What is the weather? city: Oslo")


async def embeddings():
    await OpenAIEmbeddingModel("text-embedding-3-small").create(["Paris", "Oslo"])


async def failing():
    await model().run([UserMessage("please fail")])


async def main():
    for scene in (chat, stream, tools, requirement, embeddings, failing):
        try:
            await asyncio.wait_for(scene(), 40)
        except Exception as error:
            print(f"{scene.__name__}: {type(error).__name__}: {str(error)[:300]}")


asyncio.run(main())
