"""Semantic Kernel: functions of the kernel, orchestrations, handoffs, groups, filters, shapes."""

import asyncio
import os

import openai
from pydantic import BaseModel
from semantic_kernel import Kernel
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import (
    OpenAIChatCompletion,
    OpenAIChatPromptExecutionSettings,
)
from semantic_kernel.functions import KernelArguments, kernel_function


class Weather:
    @kernel_function(name="weather", description="The weather in a city.")
    def weather(self, city: str) -> str:
        if city == "Mordor":
            raise LookupError("no station in Mordor")
        return f"{city}: sunny"


class City(BaseModel):
    city: str


def service(model="gpt-4o-mini"):
    client = openai.AsyncOpenAI(base_url=os.environ["ODD"] + "/v1", max_retries=0)
    return OpenAIChatCompletion(ai_model_id=model, async_client=client)


def agent(name, plan, **more):
    return ChatCompletionAgent(
        service=service(),
        name=name,
        instructions=f"You are {name}. plan:[[{plan}]]",
        description=name,
        **more,
    )


SCENES = []


def scene(make):
    def go(_):
        asyncio.run(make())

    go.__name__ = make.__name__
    SCENES.append(go)
    return make


@scene
async def prompted():
    kernel = Kernel()
    kernel.add_service(service())
    await kernel.invoke_prompt(
        "Say hello to {{$who}}. plan:[[say Hello Ada.]]",
        who="Ada",
        function_name="greet",
        plugin_name="chat",
    )


@scene
async def invoked():
    kernel = Kernel()
    kernel.add_plugin(Weather(), "Weather")
    await kernel.invoke(
        function_name="weather", plugin_name="Weather", arguments=KernelArguments(city="Rome")
    )


@scene
async def invoked_and_failed():
    kernel = Kernel()
    kernel.add_plugin(Weather(), "Weather")
    await kernel.invoke(
        function_name="weather", plugin_name="Weather", arguments=KernelArguments(city="Mordor")
    )


@scene
async def tools():
    await agent(
        "tools",
        "Weather-weather(city=Oslo) & Weather-weather(city=Mordor) ;; say Only Oslo.",
        plugins=[Weather()],
    ).get_response(messages="Weather?")


@scene
async def unknown():
    await agent(
        "unknown", "Weather-teleport(city=Oslo) ;; say I erred.", plugins=[Weather()]
    ).get_response(messages="Go.")


@scene
async def streaming():
    async for _ in agent(
        "streaming", "Weather-weather(city=Oslo) ;; say It is sunny.", plugins=[Weather()]
    ).invoke_stream(messages="Weather?"):
        pass


@scene
async def shaped():
    settings = OpenAIChatPromptExecutionSettings(
        response_format=City, temperature=0.3, max_tokens=50
    )
    made = agent("shaped", "say OK", arguments=KernelArguments(settings=settings))
    await made.get_response(messages='Which? plan:[[say {"city": "Oslo"}]]')


@scene
async def helped():
    helper = agent("helper", "say Blue.")
    await agent(
        "asking", "helper-helper(messages=which colour) ;; say Blue it is.", plugins=[helper]
    ).get_response(messages="Which colour?")


async def orchestrated(made, task):
    from semantic_kernel.agents.runtime import InProcessRuntime

    runtime = InProcessRuntime()
    runtime.start()
    result = await made.invoke(task=task, runtime=runtime)
    try:
        await result.get(timeout=20)
    finally:
        await runtime.stop_when_idle()


@scene
async def sequence():
    from semantic_kernel.agents import SequentialOrchestration

    await orchestrated(
        SequentialOrchestration(members=[agent("first", "say One."), agent("second", "say Two.")]),
        "Count.",
    )


@scene
async def at_once():
    from semantic_kernel.agents import ConcurrentOrchestration

    await orchestrated(
        ConcurrentOrchestration(members=[agent("left", "say Left."), agent("right", "say Right.")]),
        "Both.",
    )


@scene
async def group():
    from semantic_kernel.agents import GroupChatOrchestration, RoundRobinGroupChatManager

    members = [agent("writer", "say A slogan."), agent("critic", "say Fine.")]
    await orchestrated(
        GroupChatOrchestration(members=members, manager=RoundRobinGroupChatManager(max_rounds=2)),
        "A slogan?",
    )


@scene
async def handoff():
    from semantic_kernel.agents import HandoffOrchestration, OrchestrationHandoffs

    desk = agent("desk", "Handoff-transfer_to_clerk() ;; say over")
    clerk = agent(
        "clerk",
        "Weather-weather(city=Oslo) ;; Handoff-complete_task(task_summary=told) ;; say done",
        plugins=[Weather()],
    )
    handoffs = OrchestrationHandoffs().add_many(
        source_agent="desk", target_agents={"clerk": "knows"}
    )
    await orchestrated(
        HandoffOrchestration(members=[desk, clerk], handoffs=handoffs), "How is Oslo?"
    )


@scene
async def broken():
    from semantic_kernel.agents import SequentialOrchestration

    await orchestrated(
        SequentialOrchestration(members=[agent("good", "say One."), agent("bad", "fail")]), "Count."
    )


@scene
async def embedded():
    from semantic_kernel.connectors.ai.open_ai import OpenAITextEmbedding

    client = openai.AsyncOpenAI(max_retries=0)
    await OpenAITextEmbedding(
        ai_model_id="text-embedding-3-small", async_client=client
    ).generate_embeddings(["Oslo", "Paris"])
