"""OpenAI's agents: tools at once and one that fails, handoffs, guards, streams, shapes, sessions."""

import asyncio
import os

import openai
from agents import (
    Agent,
    GuardrailFunctionOutput,
    Runner,
    SQLiteSession,
    custom_span,
    function_tool,
    input_guardrail,
    output_guardrail,
    set_default_openai_client,
    trace,
)
from common import WEATHER
from pydantic import BaseModel

MODEL = "gpt-4o-mini"


class City(BaseModel):
    """A city."""

    answer: str


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


@function_tool(failure_error_function=None)
def lookup(order: str) -> str:
    """Looks an order up."""
    raise LookupError(f"no order is called {order}")


@input_guardrail
async def strict(context, agent, given):
    return GuardrailFunctionOutput(output_info="rude", tripwire_triggered=True)


@output_guardrail
async def long_enough(context, agent, given):
    return GuardrailFunctionOutput(
        output_info={"length": len(str(given))}, tripwire_triggered=False
    )


def made(name, **more):
    return Agent(name=name, **{"instructions": "Answer shortly.", "model": MODEL, **more})


def running(agent, text, **more):
    def scene(_):
        odd = openai.AsyncOpenAI(base_url=os.environ["ODD"] + "/v1", max_retries=0)
        plain = openai.AsyncOpenAI(max_retries=0)
        set_default_openai_client(odd if "odd:" in text else plain, use_for_tracing=False)
        asyncio.run(Runner.run(agent(), text, **more))

    scene.__name__ = agent.__name__
    return scene


def weatherman():
    return made("weatherman", tools=[get_weather], output_guardrails=[long_enough])


def clerk():
    return made("clerk", tools=[lookup])


def desk():
    geographer = made("geographer", handoff_description="Knows cities.")
    return made("desk", handoffs=[geographer])


def guarded():
    return made("guarded", input_guardrails=[strict])


def shaped():
    return made("shaped", output_type=City)


def thinker():
    return made("thinker", model="o4-mini")


def loner():
    return made("loner")


def manager():
    helper = made("helper").as_tool("get_weather", "Knows the weather.")
    return made("manager", tools=[helper])


def streamed(_):
    set_default_openai_client(openai.AsyncOpenAI(max_retries=0), use_for_tracing=False)

    async def read():
        run = Runner.run_streamed(weatherman(), "What is the weather in Paris and Oslo?")
        async for _ in run.stream_events():
            pass

    asyncio.run(read())


def in_a_session(_):
    """Two turns of one session, of one trace with a step of its own."""

    async def talk():
        session = SQLiteSession("session-5")
        with trace("talk", group_id="session-5", metadata={"plan": "gold"}):
            with custom_span("greet", {"who": "Ada"}):
                pass
            for text in ("I am called Ada.", "What am I called?"):
                await Runner.run(loner(), text, session=session)

    asyncio.run(talk())


def at_once(_):
    async def both():
        await asyncio.gather(*(Runner.run(loner(), f"Where is {c}?") for c in ("Rome", "Bern")))

    asyncio.run(both())


SCENES = (
    running(weatherman, "What is the weather in Paris and Oslo?"),
    running(clerk, "Please look it up. odd:lookup_once"),
    running(desk, "Where is Oslo? odd:handoff_once"),
    running(guarded, "Where is Oslo, you fool?"),
    running(shaped, "Say it as JSON: where is Oslo?"),
    running(thinker, "Where is Oslo? odd:reasoned"),
    running(loner, "Where is Oslo? odd:builtin"),
    running(loner, "Where is Oslo? odd:refusal"),
    running(loner, "Where is Oslo? odd:failed"),
    running(manager, "What is the weather? odd:tools", max_turns=1),
    running(loner, "please fail"),
    streamed,
    in_a_session,
    at_once,
)
