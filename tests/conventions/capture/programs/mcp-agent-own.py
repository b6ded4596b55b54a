# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = [
#   "mcp-agent==0.2.6",
#   "openai<2", "anthropic<1", "mcp<2",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""mcp-agent's own spans: agents with tools, of which one fails, a shape, agents beside each other."""

import asyncio
import os

from common import attempt, telemetry

telemetry()
os.environ.pop("PROVIDER")

from mcp_agent.agents.agent import Agent
from mcp_agent.app import MCPApp
from mcp_agent.config import LoggerSettings, OpenAISettings, OpenTelemetrySettings, Settings
from mcp_agent.workflows.llm.augmented_llm import RequestParams
from mcp_agent.workflows.llm.augmented_llm_openai import OpenAIAugmentedLLM
from mcp_agent.workflows.parallel.parallel_llm import ParallelLLM
from opentelemetry import trace
from pydantic import BaseModel

MODEL = "gpt-4o-mini"
SINK = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces"
SETTINGS = Settings(
    execution_engine="asyncio",
    logger=LoggerSettings(type="none"),
    openai=OpenAISettings(api_key="local", base_url=os.environ["ODD"] + "/v1", default_model=MODEL),
    otel=OpenTelemetrySettings(
        enabled=True, exporters=[{"otlp": {"endpoint": SINK}}], service_name="mcp"
    ),
)


class City(BaseModel):
    city: str


def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: sunny"


def named(name, plan, **more):
    return Agent(name=name, instruction=f"You are {name}. plan:[[{plan}]]", server_names=[], **more)


async def asked(plan, text):
    async with named("finder", plan, functions=[weather]) as made:
        llm = await made.attach_llm(OpenAIAugmentedLLM)
        await llm.generate_str(text, RequestParams(model=MODEL, maxTokens=200))


async def shaped():
    async with named("shaper", 'say {"city": "Oslo"}') as made:
        llm = await made.attach_llm(OpenAIAugmentedLLM)
        params = RequestParams(model=MODEL)
        await llm.generate_structured("Which?", response_model=City, request_params=params)


async def beside():
    made = ParallelLLM(
        fan_in_agent=named("judge", "say All agree."),
        fan_out_agents=[named(n, f"say {n} agrees.") for n in ("ann", "bob")],
        llm_factory=lambda agent: OpenAIAugmentedLLM(agent=agent),
    )
    await made.generate_str("Do you agree?", RequestParams(model=MODEL))


SCENES = (
    lambda: asked("weather(city=Oslo) & weather(city=Mordor) ;; say Only Oslo.", "Weather?"),
    lambda: asked("filtered", "Fail?"),
    lambda: asked("cut Oslo lies", "Cut?"),
    shaped,
    beside,
)


async def main():
    async with MCPApp(name="weather", settings=SETTINGS).run():
        for scene in SCENES:
            task = asyncio.ensure_future(scene())
            await asyncio.gather(task, return_exceptions=True)
            attempt(task.result)
    trace.get_tracer_provider().force_flush()


asyncio.run(main())
