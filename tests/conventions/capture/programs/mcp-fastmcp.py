# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "fastmcp",
#   "openai-agents",
#   "logfire",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""FastMCP's own spans of a client and a server in one process: tools, resources, a failing tool."""

import asyncio

from common import WEATHER, telemetry
from fastmcp import Client, FastMCP

telemetry()
server = FastMCP("weather")


@server.tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER[city]


@server.resource("shelf://{name}")
def shelf(name: str) -> str:
    return f"{name} is the capital of Norway."


@server.prompt
def ask(city: str) -> str:
    return f"What is the weather in {city}?"


async def scenes():
    async with Client(server) as client:
        await client.list_tools()
        await client.call_tool("get_weather", {"city": "Paris"})
        await client.read_resource("shelf://Oslo")
        await client.get_prompt("ask", {"city": "Oslo"})
        try:
            await client.call_tool("get_weather", {"city": "Rome"})
        except Exception as error:
            print(type(error).__name__, error)


asyncio.run(scenes())
