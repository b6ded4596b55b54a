# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "agent-framework-core==1.23.0",
#   "agent-framework-openai==1.17.0",
#   "agent-framework-orchestrations",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Microsoft Agent Framework: handoffs, groups, sequences, a failing step, middleware, shapes, approvals."""

import asyncio
import os

os.environ |= {"ENABLE_INSTRUMENTATION": "true", "ENABLE_SENSITIVE_DATA": "true"}

from agent_framework import Agent, tool
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient
from common import attempt, telemetry
from pydantic import BaseModel

telemetry()


def chat(kind=OpenAIChatCompletionClient, model="gpt-4o-mini"):
    return kind(model=model, base_url=os.environ["ODD"] + "/v1", api_key="local")


def responses():
    return chat(OpenAIChatClient)


class City(BaseModel):
    city: str


def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: sunny"


def agent(name, plan, client=chat, **more):
    return Agent(client(), f"You are {name}. plan:[[{plan}]]", name=name, **more)


async def tools():
    await agent(
        "tools", "weather(city=Oslo) & weather(city=Mordor) ;; say Only Oslo.", tools=[weather]
    ).run("Weather?")


async def badly():
    await agent(
        "badly",
        "weather(town=Oslo) ;; teleport(to=Oslo) ;; say I erred.",
        responses,
        tools=[weather],
    ).run("Weather?")


async def shaped():
    await agent("shaped", "say OK", responses).run(
        'Which? plan:[[say {"city": "Oslo"}]]',
        options={"response_format": City, "temperature": 0.1},
    )


async def streaming():
    async for _ in agent(
        "streaming",
        "think Hm. | weather(city=Oslo) ;; say It is sunny.",
        responses,
        tools=[weather],
    ).run("Weather now?", stream=True):
        pass


async def approval():
    @tool(approval_mode="always_require")
    def delete(name: str) -> str:
        """Deletes a file."""
        return f"deleted {name}"

    made = agent("approval", "delete(name=a.txt) ;; say It is gone.", tools=[delete])
    session = made.create_session()
    got = await made.run("Delete it.", session=session)
    for asked in got.user_input_requests:
        from agent_framework import Message

        await made.run(
            Message("user", [asked.to_function_approval_response(True)]), session=session
        )


async def middleware():
    from agent_framework import agent_middleware

    @agent_middleware
    async def watch(context, call_next):
        await call_next()

    await agent("watched", "say I was watched.", middleware=[watch]).run("Are you?")


async def sequence():
    from agent_framework.orchestrations import SequentialBuilder

    made = SequentialBuilder(
        participants=[
            agent("first", "weather(city=Oslo) ;; say Sunny.", tools=[weather]),
            agent("second", "say In short: a fine day."),
        ]
    ).build()
    await made.run("How is Oslo?")


async def broken():
    from agent_framework.orchestrations import SequentialBuilder

    made = SequentialBuilder(
        participants=[agent("good", "say Fine."), agent("bad", "fail")]
    ).build()
    await made.run("How is it?")


async def at_once():
    from agent_framework.orchestrations import ConcurrentBuilder

    made = ConcurrentBuilder(
        participants=[agent("left", "say Left."), agent("right", "say Right.")]
    ).build()
    await made.run("Both?")


async def handoff():
    from agent_framework.orchestrations import HandoffBuilder

    desk = agent(
        "desk", "handoff_to_clerk() ;; say over", require_per_service_call_history_persistence=True
    )
    clerk = agent(
        "clerk",
        "weather(city=Oslo) ;; say Oslo is sunny.",
        tools=[weather],
        require_per_service_call_history_persistence=True,
    )
    made = HandoffBuilder(name="support", participants=[desk, clerk]).with_start_agent(desk).build()
    async for _ in made.run("Where is my order?", stream=True):
        pass


async def group():
    from agent_framework.orchestrations import GroupChatBuilder

    turns = iter(["one", "two"])
    made = GroupChatBuilder(
        participants=[agent("one", "say One."), agent("two", "say Two.")],
        max_rounds=2,
        selection_func=lambda state: next(turns),
    ).build()
    await made.run("Talk.")


async def session():
    made = agent("talking", "say Hello Ada. ;; say You are Ada.")
    kept = made.create_session(session_id="session-5")
    await made.run("I am called Ada.", session=kept)
    await made.run("What am I called?", session=kept)


async def as_tool():
    helper = agent("helper", "fail").as_tool(name="helper", arg_name="task")
    await agent("asking", "helper(task=paint) ;; say It failed.", tools=[helper]).run("Paint.")


async def scenes():
    for scene in (
        tools,
        badly,
        shaped,
        streaming,
        approval,
        middleware,
        sequence,
        broken,
        at_once,
        handoff,
        group,
        session,
        as_tool,
    ):
        try:
            await scene()
        except Exception as error:
            print(f"{scene.__name__}: {type(error).__name__}: {str(error)[:300]}")


attempt(asyncio.run, scenes())
