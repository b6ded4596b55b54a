# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "livekit-agents==1.8.9",
#   "livekit-plugins-openai==1.8.9",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""LiveKit's own tracing: an agent's session in text, tools, a handover, a refusal."""

import asyncio
import os

from common import telemetry

provider = telemetry()
ODD = os.environ["ODD"]

from livekit.agents import Agent, AgentSession, RunContext, function_tool
from livekit.agents.telemetry import set_tracer_provider
from livekit.plugins import openai

set_tracer_provider(provider, metadata={"langfuse.session.id": "session-5"})


@function_tool
async def weather(context: RunContext, city: str) -> str:
    """The weather in a city.

    Args:
        city: which.
    """
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: sunny"


@function_tool
async def to_bob(context: RunContext):
    """Hands over to Bob."""
    return Agent(instructions="You are Bob. plan:[[say I am Bob.]]"), "Bob takes over."


async def talk(plan, *texts, **kw):
    llm = openai.LLM(model="gpt-4o-mini", api_key="local", base_url=ODD + "/v1", temperature=0.2)
    async with AgentSession(llm=llm) as session:
        await session.start(
            Agent(
                instructions=f"You know the weather. plan:[[{plan}]]", tools=[weather, to_bob], **kw
            )
        )
        for text in texts:
            try:
                await asyncio.wait_for(session.run(user_input=text), 20)
            except Exception as error:
                print(f"{text}: {type(error).__name__}: {str(error)[:300]}")


async def main():
    for told in (
        (
            "weather(city=Oslo) ;; say Oslo is sunny. ;; say You are welcome.",
            "Weather of Oslo?",
            "Thanks.",
        ),
        ("weather(city=Oslo) & weather(city=Rome) ;; say Both are sunny.", "Oslo and Rome?"),
        ("weather(city=Mordor) ;; say No station.", "Mordor?"),
        ("to_bob() ;; say never", "Bob?", "Who are you?"),
        ("fail", "Fails?"),
        ("cut It is", "Cut?"),
        ("filtered", "Bad?"),
    ):
        try:
            await asyncio.wait_for(talk(*told), 50)
        except Exception as error:
            print(f"{told[1]}: {type(error).__name__}: {str(error)[:300]}")


asyncio.run(main())
provider.force_flush()
