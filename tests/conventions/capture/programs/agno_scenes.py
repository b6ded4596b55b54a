"""What every program of Agno runs, whoever tells of it: an agent with a tool, a stream, a team, a failing call."""

import os

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.team import Team
from common import WEATHER, attempt

model = OpenAIChat(
    id="gpt-4o-mini", base_url=os.environ["OPENAI_BASE_URL"], api_key="local", max_retries=0
)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def agent():
    Agent(
        name="weatherman",
        model=model,
        tools=[get_weather],
        instructions="You know the weather.",
        telemetry=False,
    ).run("What is the weather? city: Paris", session_id="session-1", user_id="user-1")


def stream():
    list(Agent(name="counter", model=model, telemetry=False).run("Count to three.", stream=True))


def team():
    one = Agent(name="geographer", model=model, telemetry=False)
    Team(members=[one], name="editors", model=model, telemetry=False).run(
        "What is the capital of France?"
    )


def failing():
    Agent(name="unlucky", model=model, telemetry=False).run("please fail")


def run_all():
    for scene in (agent, stream, team, failing):
        attempt(scene)
