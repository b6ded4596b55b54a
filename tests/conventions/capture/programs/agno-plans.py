# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-agno==1.0.15",
#   "openinference-instrumentation==0.1.72",
#   "agno==3.1.10", "sqlalchemy",
#   "openai", "anthropic",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Agno under OpenInference: tools that fail and ask again, teams, workflows, shapes, Claude, streams, guards."""

import asyncio
import os

os.environ["ANTHROPIC_BASE_URL"] = os.environ["ODD"]
from agno.agent import Agent
from agno.exceptions import RetryAgentRun
from agno.models.anthropic import Claude
from agno.models.openai import OpenAIChat, OpenAIResponses
from agno.team import Team
from agno.workflow import Step, Workflow
from common import attempt, telemetry
from pydantic import BaseModel

os.environ.setdefault("INSTRUMENTORS", "openinference.instrumentation.agno:AgnoInstrumentor")
telemetry()


def chat(kind=OpenAIChat, **more):
    return kind(
        id="gpt-4o-mini", base_url=os.environ["ODD"] + "/v1", api_key="local", max_retries=0, **more
    )


def responses():
    return chat(OpenAIResponses)


def claude():
    return Claude(id="claude-sonnet-4-5", api_key="local")


class City(BaseModel):
    city: str


def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    if city == "Atlantis":
        raise RetryAgentRun("Atlantis has sunk, ask of another city")
    return f"{city}: sunny"


def agent(name, plan, model=chat, **more):
    return Agent(
        name=name,
        model=model(),
        instructions=f"You are {name}. plan:[[{plan}]]",
        telemetry=False,
        **more,
    )


def tools():
    agent(
        "tools",
        "weather(city=Oslo) & weather(city=Mordor) ;; weather(city=Atlantis) ;; say Only Oslo.",
        tools=[weather],
    ).run("Weather?", session_id="session-8", user_id="user-8")


def claudes():
    agent(
        "claudes",
        "think Hm. | say I look. | weather(city=Oslo) ;; say It is sunny.",
        claude,
        tools=[weather],
    ).run("Weather?")


def claude_streams():
    list(
        agent(
            "claude_streams",
            "think Hm. | weather(city=Rome) ;; say Rome is sunny.",
            claude,
            tools=[weather],
        ).run("Weather!", stream=True, stream_events=True)
    )


def responding():
    agent(
        "responding",
        "think Hm. | weather(city=Oslo) ;; say It is sunny.",
        responses,
        tools=[weather],
    ).run("Weather there?")


def shaped():
    agent("shaped", "say OK", output_schema=City).run('Which? plan:[[say {"city": "Oslo"}]]')


def team():
    one = agent(
        "geographer",
        "weather(city=Bern) ;; say Bern is sunny.",
        tools=[weather],
        role="Knows cities.",
    )
    made = Team(
        members=[one],
        name="editors",
        model=chat(),
        instructions="plan:[[delegate_task_to_member(member_id=geographer, task=How is Bern?) ;; say All is bright.]]",
        telemetry=False,
    )
    made.run("How is Bern?", session_id="session-9")


def workflow():
    first = Step(
        name="look", agent=agent("looker", "weather(city=Oslo) ;; say Sunny.", tools=[weather])
    )
    second = Step(name="write", agent=agent("writer", "say Take a hat."))
    Workflow(name="day", steps=[first, second]).run("Plan my day.")


def asynchronous():
    asyncio.run(
        agent("asynchronous", "weather(city=Oslo) ;; say It is sunny then.", tools=[weather]).arun(
            "Weather then?"
        )
    )


def refused():
    agent("refused", "weather(city=Oslo) ;; fail", tools=[weather]).run("Weather, or fail?")


def cut():
    agent("cut", "cut Oslo lies", claude).run("Tell.")


for scene in (
    tools,
    claudes,
    claude_streams,
    responding,
    shaped,
    team,
    workflow,
    asynchronous,
    refused,
    cut,
):
    attempt(scene)
