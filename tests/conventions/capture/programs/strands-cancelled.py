# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "strands-agents[openai]==1.62.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Strands: tools that a hook cancels, an agent that is cancelled in a tool, an interrupt for a person."""

import os
import threading
import time

from common import attempt, telemetry
from strands import Agent, tool
from strands.hooks import BeforeToolCallEvent, HookProvider
from strands.models.openai import OpenAIModel

telemetry()


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: sunny"


@tool
def slow(city: str) -> str:
    """The weather in a city, after a while."""
    time.sleep(1.5)
    return f"{city}: sunny"


class Cancels(HookProvider):
    def register_hooks(self, registry, **more):
        registry.add_callback(BeforeToolCallEvent, self.look)

    def look(self, event):
        if event.tool_use["input"].get("city") == "Mordor":
            event.cancel_tool = "nobody goes there"


class Asks(HookProvider):
    def register_hooks(self, registry, **more):
        registry.add_callback(BeforeToolCallEvent, self.look)

    def look(self, event):
        if event.interrupt("approval", reason={"city": "Oslo"}) != "yes":
            event.cancel_tool = True


def agent(name, plan, tools, **more):
    client = {"base_url": os.environ["ODD"] + "/v1", "api_key": "local", "max_retries": 0}
    return Agent(
        model=OpenAIModel(client_args=client, model_id="gpt-4o-mini"),
        name=name,
        system_prompt=f"You are {name}. plan:[[{plan}]]",
        callback_handler=None,
        tools=tools,
        **more,
    )


def cancelled_tool():
    plan = "weather(city=Mordor) & weather(city=Oslo) ;; say Only Oslo."
    print(agent("careful", plan, [weather], hooks=[Cancels()])("How is it?"))


def cancelled_agent():
    made = agent("hurried", "slow(city=Oslo) ;; slow(city=Rome) ;; say done", [slow])
    threading.Timer(1.0, made.cancel).start()
    print(made("How is it?").stop_reason)


def refused():
    made = agent("asking", "weather(city=Oslo) ;; say No.", [weather], hooks=[Asks()])
    first = made("How is it?")
    print(first.stop_reason)
    answers = [
        {"interruptResponse": {"interruptId": i.id, "response": "no"}} for i in first.interrupts
    ]
    print(made(answers))


for scene in (cancelled_tool, cancelled_agent, refused):
    attempt(scene)
