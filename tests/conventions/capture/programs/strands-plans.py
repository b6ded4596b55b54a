# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "strands-agents[openai,anthropic]==1.62.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Strands: swarms, graphs with a failing node, shapes, tools that fail, streams, retries, cut answers."""

import asyncio
import os

from common import attempt, telemetry
from pydantic import BaseModel
from strands import Agent, tool
from strands.models.anthropic import AnthropicModel
from strands.models.openai import OpenAIModel
from strands.multiagent import GraphBuilder, Swarm

telemetry()


def chat(model="gpt-4o-mini"):
    client = {"base_url": os.environ["ODD"] + "/v1", "api_key": "local", "max_retries": 0}
    return OpenAIModel(
        client_args=client, model_id=model, params={"temperature": 0.2, "max_tokens": 300}
    )


def claude():
    client = {"base_url": os.environ["ODD"], "api_key": "local", "max_retries": 0}
    return AnthropicModel(client_args=client, model_id="claude-sonnet-4-5", max_tokens=900)


class City(BaseModel):
    """A city."""

    city: str
    people: int


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: sunny"


@tool
def picky(city: str) -> dict:
    """The weather in a city, of a tool that says itself that it failed."""
    return {"status": "error", "content": [{"text": f"{city} is not served"}]}


def agent(name, plan, model=chat, **more):
    return Agent(
        model=model(),
        name=name,
        system_prompt=f"You are {name}. plan:[[{plan}]]",
        callback_handler=None,
        **more,
    )


def swarm():
    made = Swarm(
        [
            agent(
                "desk",
                "handoff_to_agent(agent_name=clerk, message=please look it up) ;; say I handed over.",
            ),
            agent("clerk", "weather(city=Oslo) ;; say Oslo is sunny.", tools=[weather]),
        ],
        max_handoffs=4,
    )
    made("How is Oslo?")


def graph():
    made = GraphBuilder()
    made.add_node(
        agent("research", "weather(city=Paris) ;; say Paris is sunny.", tools=[weather]), "research"
    )
    made.add_node(agent("write", "say A fine day in Paris.", claude), "write")
    made.add_edge("research", "write")
    made.set_entry_point("research")
    made.build()("How is Paris?")


def broken_graph():
    made = GraphBuilder()
    made.add_node(agent("first", "say All is well."), "first")
    made.add_node(agent("second", "filtered"), "second")
    made.add_edge("first", "second")
    made.build()("Say it is well.")


def tools():
    agent(
        "tester",
        "weather(city=Oslo) & weather(city=Mordor) ;; picky(city=Rome) ;; say Only Oslo.",
        tools=[weather, picky],
    )("Weather?")


def unknown():
    agent("inventive", "teleport(city=Oslo) ;; say I cannot.", tools=[weather])("Go.")


def badly():
    agent("sloppy", "weather(town=Oslo) ;; say I erred.", claude, tools=[weather])("Weather?")


def shaped():
    agent(
        "shaped",
        "City(city=Oslo) ;; City(city=Oslo, people=700000)",
        claude,
        structured_output_model=City,
    )("Which?")


def streamed():
    async def read():
        made = agent(
            "streaming",
            "think Let me see. | say I look. | weather(city=Oslo) ;; say It is sunny.",
            claude,
            tools=[weather],
            trace_attributes={"session.id": "session-4", "user.id": "user-4"},
        )
        async for _ in made.stream_async("Weather?"):
            pass

    asyncio.run(read())


def cut():
    agent("cut", "cut Oslo lies", claude)("Tell.")


def busy():
    agent("hurried", "busy ;; say Now I can.")("Are you free?")


def helped():
    helper = agent("helper", "say It is blue.", claude)
    made = agent(
        "asking",
        "helper(input=which colour?) ;; say Blue it is.",
        tools=[helper.as_tool(name="helper", description="Helps.")],
    )
    made("Which colour?")


def interrupted():
    from strands.hooks import BeforeToolCallEvent

    made = agent("careful", "weather(city=Rome) ;; say I was not allowed.", tools=[weather])

    def stop(event):
        event.cancel_tool = "a person said no"

    made.hooks.add_callback(BeforeToolCallEvent, stop)
    made("Weather in Rome?")


for scene in [
    swarm,
    graph,
    broken_graph,
    tools,
    unknown,
    badly,
    shaped,
    streamed,
    cut,
    busy,
    helped,
    interrupted,
]:
    attempt(scene)
