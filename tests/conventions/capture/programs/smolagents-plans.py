# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-smolagents==0.1.43",
#   "openinference-instrumentation==0.1.72",
#   "smolagents[openai]==1.26.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""smolagents under OpenInference: code that fails, managed agents, planning, streams, tools that fail."""

import os

from common import attempt, telemetry
from smolagents import CodeAgent, OpenAIServerModel, ToolCallingAgent, tool

os.environ.setdefault(
    "INSTRUMENTORS", "openinference.instrumentation.smolagents:SmolagentsInstrumentor"
)
telemetry()
model = OpenAIServerModel(
    "gpt-4o-mini",
    api_base=os.environ["ODD"] + "/v1",
    api_key="local",
    client_kwargs={"max_retries": 0},
)


@tool
def weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: its name.
    """
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: sunny"


def code(text):
    return f"say Thought: I code.\n<code>\n{text}\n</code>"


def calling():
    made = ToolCallingAgent(tools=[weather], model=model, name="calling", max_steps=4)
    made.run(
        "Weather? plan:[[weather(city=Mordor) ;; weather(city=Oslo) ;; final_answer(answer=sunny)]]"
    )


def coding():
    made = CodeAgent(tools=[weather], model=model, name="coding", max_steps=4)
    made.run(
        "Weather? plan:[["
        + code("print(1/0)")
        + " ;; "
        + code("w = weather('Oslo')\nfinal_answer(w)")
        + "]]"
    )


def managing():
    helper = ToolCallingAgent(
        tools=[weather],
        model=model,
        name="helper",
        description="Helps.",
        max_steps=3,
        instructions="plan:[[weather(city=Bern) ;; final_answer(answer=Bern is sunny)]]",
    )
    made = CodeAgent(
        tools=[],
        model=model,
        name="managing",
        managed_agents=[helper],
        max_steps=3,
        instructions="plan:[[" + code("final_answer(helper('How is Bern?'))") + "]]",
    )
    made.run("How is Bern?")


def planning():
    made = ToolCallingAgent(
        tools=[weather], model=model, name="planning", planning_interval=2, max_steps=3
    )
    made.run(
        "Weather? plan:[[say First look, then answer. ;; weather(city=Oslo) ;; final_answer(answer=sunny)]]"
    )


def streaming():
    made = ToolCallingAgent(
        tools=[weather], model=model, name="streaming", stream_outputs=True, max_steps=3
    )
    list(
        made.run(
            "Weather! plan:[[weather(city=Oslo) ;; final_answer(answer=sunny it is)]]", stream=True
        )
    )


def exhausted():
    ToolCallingAgent(tools=[weather], model=model, name="exhausted", max_steps=1).run(
        "All? plan:[[weather(city=Oslo) ;; say I ran out.]]"
    )


def refused():
    ToolCallingAgent(tools=[weather], model=model, name="refused", max_steps=2).run(
        "All? plan:[[weather(city=Oslo) ;; fail]]"
    )


for scene in (calling, coding, managing, planning, streaming, exhausted, refused):
    attempt(scene)
