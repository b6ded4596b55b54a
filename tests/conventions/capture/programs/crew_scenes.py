"""What every program of CrewAI runs, whoever tells of it: a crew of two agents, one with a tool; a flow; a crew that fails."""

import os

os.environ["CREWAI_DISABLE_TELEMETRY"] = "true"
os.environ["CREWAI_TRACING_ENABLED"] = "false"

from functools import cache

from common import WEATHER
from crewai import LLM, Agent, Crew, Task
from crewai.flow.flow import Flow, listen, start
from crewai.tools import tool


@cache
def model():
    """Made when the first scene runs: whoever tells of it is there by then."""
    return LLM(model="openai/gpt-4o-mini", base_url=os.environ["OPENAI_BASE_URL"], api_key="local")


@tool("get_weather")
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def crew():
    reporter = Agent(
        role="Reporter",
        goal="Tell the weather.",
        backstory="You read the sky.",
        llm=model(),
        tools=[get_weather],
    )
    editor = Agent(role="Editor", goal="Shorten it.", backstory="You cut words.", llm=model())
    tasks = [
        Task(
            description="What is the weather? city: Paris",
            expected_output="One sentence.",
            agent=reporter,
            name="report",
        ),
        Task(
            description="Shorten the report.",
            expected_output="Three words.",
            agent=editor,
            name="edit",
        ),
    ]
    Crew(agents=[reporter, editor], tasks=tasks, name="weather-crew").kickoff(
        inputs={"city": "Paris"}
    )


class Weather(Flow):
    @start()
    def look(self):
        return WEATHER["Oslo"]

    @listen(look)
    def tell(self, found):
        return f"Oslo: {found}"


def flow():
    Weather().kickoff()


def failing():
    agent = Agent(role="Unlucky", goal="please fail", backstory="-", llm=model(), max_retry_limit=0)
    Crew(
        agents=[agent], tasks=[Task(description="please fail", expected_output="-", agent=agent)]
    ).kickoff()


SCENES = (crew, flow, failing)
