"""OpenAI's agents by plan: handoffs, guards that trip, tools that fail, streams, chat models."""

import asyncio
import os

import openai
from agents import (
    Agent,
    GuardrailFunctionOutput,
    ModelSettings,
    OpenAIChatCompletionsModel,
    RunConfig,
    Runner,
    function_tool,
    handoff,
    input_guardrail,
    output_guardrail,
    set_default_openai_client,
)
from pydantic import BaseModel

MODEL = "gpt-4o-mini"


class City(BaseModel):
    city: str


@function_tool
def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: sunny"


@function_tool
def facts(city: str) -> dict:
    """Facts of a city, a structure."""
    return {"city": city, "people": [1, 2], "river": None}


@output_guardrail
async def no_rain(context, agent, given):
    return GuardrailFunctionOutput(
        output_info={"found": "rain"}, tripwire_triggered="rain" in str(given)
    )


@input_guardrail
async def judged(context, agent, given):
    told = await Runner.run(made("judge", "say rude"), given)
    return GuardrailFunctionOutput(
        output_info=told.final_output, tripwire_triggered=told.final_output == "rude"
    )


def chat():
    return OpenAIChatCompletionsModel(MODEL, client())


def client():
    return openai.AsyncOpenAI(base_url=os.environ["ODD"] + "/v1", max_retries=0)


def made(name, plan, **more):
    return Agent(
        name=name, **{"instructions": f"You are {name}. plan:[[{plan}]]", "model": MODEL, **more}
    )


SCENES = []


def scene(make):
    def go(_):
        set_default_openai_client(client(), use_for_tracing=False)
        asyncio.run(make())

    go.__name__ = make.__name__
    SCENES.append(go)
    return make


@scene
async def tools():
    await Runner.run(
        made(
            "tools",
            "weather(city=Oslo) & weather(city=Mordor) ;; facts(city=Rome) ;; say Only Oslo.",
            tools=[weather, facts],
        ),
        "Weather?",
    )


@scene
async def chatting():
    settings = ModelSettings(temperature=0.2, max_tokens=60)
    await Runner.run(
        made(
            "chatting",
            "say I look. | weather(city=Oslo) ;; think Hm. | say It is sunny.",
            tools=[weather],
            model=chat(),
            model_settings=settings,
        ),
        "Weather here?",
    )


@scene
async def chat_streamed():
    run = Runner.run_streamed(
        made(
            "chat_streamed", "weather(city=Oslo) ;; say It is sunny.", tools=[weather], model=chat()
        ),
        "Weather there?",
    )
    async for _ in run.stream_events():
        pass


@scene
async def chain_of_hands():
    clerk = made("clerk", "weather(city=Oslo) ;; say Oslo is sunny.", tools=[weather])
    desk = made("desk", "transfer_to_clerk()", handoffs=[clerk])
    door = made(
        "door",
        "enter_desk(reason=lost)",
        handoffs=[
            handoff(
                desk,
                tool_name_override="enter_desk",
                on_handoff=lambda c, i: None,
                input_type=Reason,
            )
        ],
    )
    await Runner.run(
        door,
        "I am lost.",
        run_config=RunConfig(
            workflow_name="reception", group_id="session-7", trace_metadata={"user": "user-7"}
        ),
    )


class Reason(BaseModel):
    reason: str


@scene
async def tripped_by_output():
    await Runner.run(
        made("tripped", "say It will rain.", output_guardrails=[no_rain]), "Weather tomorrow?"
    )


@scene
async def tripped_by_input():
    await Runner.run(made("guarded", "say never", input_guardrails=[judged]), "You fool?")


@scene
async def shaped():
    await Runner.run(
        made("shaped", "say OK", output_type=City), 'Which? plan:[[say {"city": "Oslo"}]]'
    )


@scene
async def misshapen():
    await Runner.run(made("misshapen", "say no json", output_type=City), "Which one?")


@scene
async def unknown():
    await Runner.run(made("unknown", "teleport(city=Oslo) ;; say no", tools=[weather]), "Go.")


@scene
async def streamed_and_failed():
    run = Runner.run_streamed(
        made("streamed_and_failed", "weather(city=Oslo) ;; fail", tools=[weather]),
        "Weather, or fail?",
    )
    async for _ in run.stream_events():
        pass


@scene
async def nested():
    helper = made("helper", "weather(city=Bern) ;; say Bern is sunny.", tools=[weather]).as_tool(
        "helper", "Helps."
    )
    await Runner.run(
        made("manager", "helper(input=Bern?) ;; say All is bright.", tools=[helper]), "How is Bern?"
    )


@scene
async def stops_on_tool():
    await Runner.run(
        made(
            "stops", "weather(city=Rome)", tools=[weather], tool_use_behavior="stop_on_first_tool"
        ),
        "Rome?",
    )


@scene
async def turns():
    await Runner.run(
        made(
            "turning",
            "weather(city=Rome) ;; weather(city=Oslo) ;; weather(city=Bern)",
            tools=[weather],
        ),
        "All?",
        max_turns=2,
    )
