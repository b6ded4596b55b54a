# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "agentscope==2.0.11",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""AgentScope's own tracing: agents with tools, a stream, a team, a thought, tools that fail, a refusal."""

import asyncio
import os

from agentscope.agent import Agent
from agentscope.credential import AnthropicCredential, OpenAICredential
from agentscope.message import UserMsg
from agentscope.middleware import TracingMiddleware
from agentscope.model import AnthropicChatModel, OpenAIChatModel
from agentscope.permission import PermissionContext, PermissionMode
from agentscope.state import AgentState
from agentscope.tool import FunctionTool, Toolkit
from common import telemetry

provider = telemetry()
ODD = os.environ["ODD"]


async def attempt(made):
    try:
        await asyncio.wait_for(made, 30)
    except Exception as error:
        print(f"{type(error).__name__}: {str(error)[:300]}")


def weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: which.
    """
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: sunny"


def chat(stream=False):
    return OpenAIChatModel(
        credential=OpenAICredential(api_key="local", base_url=ODD + "/v1"),
        model="gpt-4o-mini",
        stream=stream,
        max_retries=0,
    )


def claude(stream=False):
    return AnthropicChatModel(
        credential=AnthropicCredential(api_key="local", base_url=ODD),
        model="claude-sonnet-4-5",
        stream=stream,
        max_retries=0,
    )


def agent(name, plan, model=chat, **kw):

    state = AgentState(permission_context=PermissionContext(mode=PermissionMode.BYPASS))
    return Agent(
        name=name,
        system_prompt=f"You are {name}. plan:[[{plan}]]",
        model=model(**kw),
        toolkit=Toolkit(tools=[FunctionTool(weather)]),
        middlewares=[TracingMiddleware()],
        state=state,
    )


async def ask(made, text):
    said = await made.reply(UserMsg("user", text))
    print(str(said)[:300])
    return said


async def main():
    await attempt(
        ask(agent("forecaster", "weather(city=Oslo) ;; say Oslo is sunny."), "Weather of Oslo?")
    )
    await attempt(
        ask(
            agent(
                "both",
                "weather(city=Oslo) & weather(city=Rome) ;; say Both are sunny.",
                stream=True,
            ),
            "Oslo and Rome?",
        )
    )
    await attempt(ask(agent("careless", "weather(city=Mordor) ;; say No station."), "Mordor?"))
    await attempt(
        ask(
            agent("thinker", "think Hm. | weather(city=Lima) ;; say Lima is sunny.", claude),
            "Lima?",
        )
    )
    await attempt(
        ask(agent("streamer", "think Hm. | say Lima it is.", claude, stream=True), "Lima again?")
    )
    await attempt(ask(agent("refused", "filtered"), "Bad?"))
    await attempt(ask(agent("ill", "weather(city=Oslo) ;; fail"), "Fails later?"))
    await attempt(ask(agent("short", "cut It is"), "Cut?"))


asyncio.run(main())
provider.force_flush()
