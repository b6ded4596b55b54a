# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "autogen-agentchat==0.7.5",
#   "autogen-ext[openai]==0.7.5", "openai<2",
#   "openinference-instrumentation-autogen-agentchat", "openinference-instrumentation==0.1.72",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""AutoGen: tools that fail, handoffs in a swarm, a selector, an agent as a tool, streams, reflection."""

import asyncio
import os

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import (
    MaxMessageTermination,
    TextMentionTermination,
)
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat, Swarm
from autogen_agentchat.tools import AgentTool
from autogen_core import SingleThreadedAgentRuntime
from autogen_ext.models.openai import OpenAIChatCompletionClient
from common import attempt, telemetry
from pydantic import BaseModel

provider = telemetry()


class City(BaseModel):
    city: str


def model(**more):
    return OpenAIChatCompletionClient(
        model="gpt-4o-mini",
        base_url=os.environ["ODD"] + "/v1",
        api_key="local",
        max_retries=0,
        **more,
    )


async def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: sunny"


def agent(name, plan, **more):
    return AssistantAgent(
        name,
        model_client=model(),
        system_message=f"You are {name}. plan:[[{plan}]]",
        description=name,
        **more,
    )


async def in_runtime(make, task):
    runtime = SingleThreadedAgentRuntime(tracer_provider=provider)
    runtime.start()
    await make(runtime).run(task=task)
    await runtime.stop()


async def tools():
    await agent(
        "tools",
        "weather(city=Oslo) & weather(city=Mordor) ;; say Only Oslo.",
        tools=[weather],
        reflect_on_tool_use=True,
    ).run(task="Weather?")


async def iterating():
    await agent(
        "iterating",
        "weather(city=Oslo) ;; teleport(to=Rome) ;; say Done.",
        tools=[weather],
        max_tool_iterations=5,
    ).run(task="Weather now?")


async def streaming():
    made = agent(
        "streaming",
        "weather(city=Oslo) ;; say It is sunny.",
        tools=[weather],
        reflect_on_tool_use=True,
        model_client_stream=True,
    )
    async for _ in made.run_stream(task="Weather there?"):
        pass


async def shaped():
    await agent("shaped", "say OK", output_content_type=City).run(
        task='Which? plan:[[say {"city": "Oslo"}]]'
    )


async def helped():
    helper = agent("helper", "say Blue.")
    await agent(
        "asking",
        "helper(task=colour?) ;; say Blue it is.",
        tools=[AgentTool(helper)],
        reflect_on_tool_use=True,
    ).run(task="Colour?")


async def swarm():
    desk = agent("desk", "transfer_to_clerk()", handoffs=["clerk"])
    clerk = agent(
        "clerk",
        "weather(city=Oslo) ;; say Oslo is sunny. TERMINATE",
        tools=[weather],
        reflect_on_tool_use=True,
    )
    await in_runtime(
        lambda r: Swarm(
            [desk, clerk],
            termination_condition=TextMentionTermination("TERMINATE") | MaxMessageTermination(9),
            runtime=r,
        ),
        "How is Oslo?",
    )


async def selected():
    members = [agent("writer", "say A slogan."), agent("critic", "say Fine. TERMINATE")]
    await in_runtime(
        lambda r: SelectorGroupChat(
            members,
            model_client=model(),
            selector_prompt="Select. {roles} {history} {participants} plan:[[say writer ;; say critic]]",
            termination_condition=TextMentionTermination("TERMINATE") | MaxMessageTermination(5),
            runtime=r,
        ),
        "A slogan?",
    )


async def broken():
    members = [agent("good", "say Fine."), agent("bad", "fail")]
    await in_runtime(
        lambda r: RoundRobinGroupChat(
            members, termination_condition=MaxMessageTermination(3), runtime=r
        ),
        "Both?",
    )


for scene in (tools, iterating, streaming, shaped, helped, swarm, selected, broken):
    attempt(lambda scene=scene: asyncio.run(scene()))
provider.force_flush()
