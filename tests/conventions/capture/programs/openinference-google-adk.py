# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-google-adk",
#   "openinference-instrumentation==0.1.72",
#   "google-adk==2.13.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Google ADK under OpenInference: an agent with a tool, a sequence of agents, a failing call."""

import asyncio
import os

from common import PROVIDER, WEATHER, attempt, telemetry
from google.adk.agents import LlmAgent, SequentialAgent
from google.adk.runners import InMemoryRunner
from google.genai import types
from openinference.instrumentation.google_adk import GoogleADKInstrumentor

GoogleADKInstrumentor().instrument(tracer_provider=telemetry())
os.environ["GOOGLE_GEMINI_BASE_URL"] = PROVIDER
os.environ.pop("GEMINI_API_KEY", None)
model = "gemini-2.5-flash"


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


async def talk(agent, text):
    runner = InMemoryRunner(agent=agent, app_name="demo")
    session = await runner.session_service.create_session(app_name="demo", user_id="user-1")
    message = types.Content(role="user", parts=[types.Part(text=text)])
    async for _ in runner.run_async(user_id="user-1", session_id=session.id, new_message=message):
        pass


def agent():
    asyncio.run(
        talk(
            LlmAgent(
                name="weatherman",
                model=model,
                instruction="You know the weather.",
                tools=[get_weather],
            ),
            "What is the weather? city: Paris",
        )
    )


def sequence():
    steps = [
        LlmAgent(name="writer", model=model, instruction="Answer."),
        LlmAgent(name="editor", model=model, instruction="Shorten."),
    ]
    asyncio.run(
        talk(SequentialAgent(name="desk", sub_agents=steps), "What is the capital of France?")
    )


def failing():
    asyncio.run(talk(LlmAgent(name="unlucky", model=model, instruction="Answer."), "please fail"))


for scene in (agent, sequence, failing):
    attempt(scene)
