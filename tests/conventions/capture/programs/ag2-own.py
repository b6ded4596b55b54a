# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "ag2[openai]<1",
#   "openinference-instrumentation-ag2",
#   "openinference-instrumentation-openai",
#   "openinference-instrumentation==0.1.72",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""AG2's own tracing: two agents that talk, a tool, a group, a failing call."""

import os
import sys

sys.path.append(sys.path.pop(0))  # a neighbour here is called autogen too

from autogen import ConversableAgent, LLMConfig
from autogen.opentelemetry import instrument_agent, instrument_llm_wrapper
from common import WEATHER, attempt, telemetry

provider = telemetry()
instrument_llm_wrapper(tracer_provider=provider, capture_messages=True)
config = LLMConfig(
    {
        "model": "gpt-4o-mini",
        "base_url": os.environ["OPENAI_BASE_URL"],
        "api_key": "local",
        "max_retries": 0,
    }
)


def agent(name, **more):
    given = {"system_message": "You know the weather.", "llm_config": config}
    made = ConversableAgent(name=name, human_input_mode="NEVER", **(given | more))
    instrument_agent(made, tracer_provider=provider)
    return made


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def tool():
    weatherman = agent("weatherman")
    user = agent("user", llm_config=False, max_consecutive_auto_reply=1)
    weatherman.register_for_llm(name="get_weather", description="The weather in a city.")(
        get_weather
    )
    user.register_for_execution(name="get_weather")(get_weather)
    user.initiate_chat(weatherman, message="What is the weather? city: Paris", max_turns=2)


def talk():
    writer, editor = agent("writer"), agent("editor", system_message="Shorten.")
    writer.initiate_chat(editor, message="What is the capital of France?", max_turns=2)


def failing():
    user = agent("user", llm_config=False)
    user.initiate_chat(agent("unlucky"), message="please fail", max_turns=1)


for scene in (tool, talk, failing):
    attempt(scene)
