# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "google-adk==2.13.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Google ADK: thoughts, tools at once and one that fails, helpers, loops, blocked prompts, streams."""

import asyncio
import os

os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_AND_EVENT"
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"

from common import attempt, telemetry
from google.adk.agents import LlmAgent, LoopAgent, ParallelAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.runners import InMemoryRunner
from google.adk.tools.agent_tool import AgentTool
from google.genai import types

telemetry()
os.environ["GOOGLE_GEMINI_BASE_URL"] = os.environ["ODD"]
os.environ.pop("GEMINI_API_KEY", None)


def get_weather(city: str) -> str:
    """The weather in a city."""
    if city != "Paris":
        raise LookupError(f"no station in {city}")
    return "sunny"


def calm_weather(city: str) -> dict:
    """The weather in a city."""
    return {"city": city, "weather": "sunny"}


calm_weather.__name__ = "get_weather"


def agent(name, **more):
    return LlmAgent(name=name, model="gemini-2.5-flash", **{"instruction": "Answer.", **more})


async def talk(made, *texts, **config):
    runner = InMemoryRunner(agent=made, app_name="demo")
    session = await runner.session_service.create_session(app_name="demo", user_id="user-1")
    for text in texts:
        message = types.Content(role="user", parts=[types.Part(text=text)])
        async for _ in runner.run_async(
            user_id="user-1",
            session_id=session.id,
            new_message=message,
            run_config=RunConfig(**config),
        ):
            pass


def ran(made, *texts, **config):
    def scene():
        asyncio.run(talk(made(), *texts, **config))

    scene.__name__ = made.__name__
    return scene


def weatherman():
    return agent("weatherman", tools=[calm_weather])


def unlucky():
    return agent("unlucky", tools=[get_weather])


def plain():
    return agent("plain")


def asking():
    return agent("asking", tools=[AgentTool(agent("get_weather", description="The weather."))])


def both():
    return ParallelAgent(name="both", sub_agents=[agent("left"), agent("right")])


def looping():
    return LoopAgent(name="looping", sub_agents=[agent("again")], max_iterations=2)


SCENES = (
    ran(weatherman, "Where is Oslo? odd:tools_once"),
    ran(unlucky, "Where is Oslo? odd:tools_once"),
    ran(plain, "Where is Oslo? odd:thought"),
    ran(plain, "Where is Oslo? odd:code"),
    ran(plain, "Where is Oslo? odd:blocked"),
    ran(plain, "Where is Oslo? odd:length"),
    ran(plain, "Where is Oslo? odd:filtered"),
    ran(plain, "I am called Ada. odd:plain", "What am I called? odd:plain"),
    ran(plain, "Where is Oslo? odd:thought", streaming_mode=StreamingMode.SSE),
    ran(asking, "Where is Oslo? odd:plain"),
    ran(both, "Where is Oslo? odd:plain"),
    ran(looping, "Where is Oslo? odd:plain"),
)
for scene in SCENES:
    attempt(scene)
