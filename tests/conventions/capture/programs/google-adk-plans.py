# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "google-adk==2.13.0", "litellm",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Google ADK: transfers, sequences with a failing step, tools of all sorts, shapes, callbacks, streams."""

import asyncio
import os

if os.environ.get("CONTENT", "1") == "1":
    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = os.environ.get(
        "CAPTURE", "SPAN_AND_EVENT"
    )
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"

from common import attempt, telemetry
from google.adk.agents import LlmAgent, LoopAgent, ParallelAgent, SequentialAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.runners import InMemoryRunner
from google.adk.tools.agent_tool import AgentTool
from google.genai import types
from pydantic import BaseModel

provider = telemetry()
os.environ["GOOGLE_GEMINI_BASE_URL"] = os.environ["ODD"]
os.environ.pop("GEMINI_API_KEY", None)
os.environ["OPENAI_API_BASE"] = os.environ["ODD"] + "/v1"
os.environ["OPENAI_BASE_URL"] = os.environ["ODD"] + "/v1"
if os.environ.get("OPENINFERENCE"):
    from openinference.instrumentation.google_adk import GoogleADKInstrumentor

    GoogleADKInstrumentor().instrument(tracer_provider=provider)


def weather(city: str) -> dict:
    """The weather in a city."""
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    if city == "Rome":
        return {"status": "error", "error_message": "Rome is not served"}
    return {"city": city, "weather": "sunny", "degrees": [21, 9]}


class City(BaseModel):
    """A city."""

    city: str


def agent(name, plan, **more):
    told = f"You are {name}. plan:[[{plan}]]"
    return LlmAgent(**{"name": name, "model": "gemini-2.5-flash", "instruction": told, **more})


async def talk(made, *texts, **config):
    runner = InMemoryRunner(agent=made, app_name="demo")
    session = await runner.session_service.create_session(
        app_name="demo", user_id="user-2", session_id="session-2"
    )
    for text in texts:
        message = types.Content(role="user", parts=[types.Part(text=text)])
        async for _ in runner.run_async(
            user_id="user-2",
            session_id=session.id,
            new_message=message,
            run_config=RunConfig(**config),
        ):
            pass


SCENES = []


def scene(*texts, **config):
    def found(make):
        def go():
            asyncio.run(talk(make(), *texts, **config))

        go.__name__ = make.__name__
        SCENES.append(go)
        return make

    return found


@scene("Where is Oslo?", "And Bergen?")
def desk():
    geographer = agent(
        "geographer", "say Oslo lies in Norway. ;; say Bergen too.", description="Knows cities."
    )
    return agent("desk", "transfer_to_agent(agent_name=geographer)", sub_agents=[geographer])


@scene("Plan a day.")
def sequence():
    return SequentialAgent(
        name="sequence",
        sub_agents=[
            agent(
                "scout",
                "weather(city=Oslo) ;; say It is sunny.",
                tools=[weather],
                output_key="found",
            ),
            agent(
                "writer", "say Take a hat. ", instruction="Use {found}. plan:[[say Take a hat.]]"
            ),
        ],
    )


@scene("Plan a bad day.")
def broken_sequence():
    return SequentialAgent(
        name="broken_sequence", sub_agents=[agent("good", "say All fine."), agent("bad", "fail")]
    )


@scene("Weather?")
def tools():
    return agent(
        "tools", "weather(city=Oslo) & weather(city=Rome) ;; say Only Oslo.", tools=[weather]
    )


@scene("Weather in Mordor?")
def failing_tool():
    return agent("failing_tool", "weather(city=Mordor) ;; say no", tools=[weather])


@scene("Weather in Mordor, please?")
def rescued_tool():
    def rescue(tool, args, tool_context, error):
        return {"rescued": str(error)}

    return agent(
        "rescued_tool",
        "weather(city=Mordor) ;; say It is dark.",
        tools=[weather],
        on_tool_error_callback=rescue,
    )


@scene("Weather at the moment?")
def unknown():
    return agent("unknown", "teleport(city=Oslo) ;; say no", tools=[weather])


@scene("Which?")
def shaped():
    return agent("shaped", 'say ["city"]', output_schema=City, instruction="plan:[[say OK]]")


@scene("Which city?")
def skipped():
    def before(callback_context, llm_request):
        from google.adk.models import LlmResponse

        return LlmResponse(
            content=types.Content(role="model", parts=[types.Part(text="From the cache.")])
        )

    return agent("skipped", "say never", before_model_callback=before)


@scene("Which city, in a stream?", streaming_mode=StreamingMode.SSE)
def streaming():
    return agent(
        "streaming", "think Hm. | weather(city=Oslo) ;; say It is sunny in Oslo.", tools=[weather]
    )


@scene("Ask the helper.")
def helped():
    helper = agent(
        "helper", "weather(city=Bern) ;; say Bern is sunny.", tools=[weather], description="Helps."
    )
    return agent(
        "helped", "helper(request=How is Bern?) ;; say All is bright.", tools=[AgentTool(helper)]
    )


@scene("Both of you.")
def crowd():
    return ParallelAgent(
        name="crowd",
        sub_agents=[
            agent("one", "weather(city=Oslo) ;; say One.", tools=[weather]),
            agent("two", "say Two."),
        ],
    )


@scene("Again and again.")
def loop():
    from google.adk.tools import exit_loop

    return LoopAgent(
        name="loop",
        max_iterations=3,
        sub_agents=[agent("again", "say Not yet. ;; exit_loop()", tools=[exit_loop])],
    )


@scene("Through LiteLLM?")
def litellm():
    from google.adk.models.lite_llm import LiteLlm

    return agent(
        "litellm",
        "weather(city=Oslo) ;; say Sunny it is.",
        model=LiteLlm("openai/gpt-4o-mini"),
        tools=[weather],
    )


@scene("Long running?")
def waiting():
    from google.adk.tools import LongRunningFunctionTool

    def approve(amount: int) -> dict:
        """Asks a person."""
        return {"status": "pending", "ticket": 7}

    return agent(
        "waiting", "approve(amount=5) ;; say It waits.", tools=[LongRunningFunctionTool(approve)]
    )


for one in SCENES:
    attempt(one)
