"""AgentOps around OpenAI's agents, chats with tools, Responses, Claude, streams and failures."""

import asyncio
import os

import agentops
import anthropic
import openai
from agentops.sdk.decorators import agent, guardrail, operation, task, tool, workflow
from common import attempt

SINK = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
ODD = os.environ["ODD"]
agentops.init(
    api_key="00000000-0000-4000-8000-000000000000",
    endpoint=SINK,
    app_url=SINK,
    exporter_endpoint=f"{SINK}/v1/traces",
    auto_start_session=True,
    log_session_replay_url=False,
    default_tags=["demo"],
)
from agents import Agent, Runner, function_tool, set_default_openai_client

client = openai.OpenAI(base_url=f"{ODD}/v1", max_retries=0)
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@tool(name="weather", cost=0.01)
def weather(city):
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return {"city": city, "sky": "sunny"}


@workflow(name="day")
def day():
    asked = [
        {"role": "user", "content": "Weather? plan:[[weather(city=Oslo) ;; say It is sunny.]]"}
    ]
    got = client.chat.completions.create(
        model="gpt-4o-mini", messages=asked, tools=[TOOL], temperature=0.3
    )
    message = got.choices[0].message
    asked.append(message.model_dump(exclude_none=True))
    for call in message.tool_calls:
        asked.append({"role": "tool", "tool_call_id": call.id, "content": str(weather("Oslo"))})
    client.chat.completions.create(model="gpt-4o-mini", messages=asked, tools=[TOOL])


@task(name="broken")
def broken():
    return weather("Mordor")


@guardrail(spec="input")
def checked(text):
    return {"tripwire_triggered": False, "text": text}


@agent(name="claude")
class Claude:
    @operation(name="think")
    def think(self, text):
        made = anthropic.Anthropic(base_url=ODD, max_retries=0)
        return made.messages.create(
            model="claude-sonnet-4-5",
            max_tokens=300,
            system="Be short.",
            messages=[{"role": "user", "content": text}],
        )

    @operation(name="stream")
    def stream(self, text):
        made = anthropic.Anthropic(base_url=ODD, max_retries=0)
        with made.messages.stream(
            model="claude-sonnet-4-5", max_tokens=300, messages=[{"role": "user", "content": text}]
        ) as got:
            return "".join(got.text_stream)


def responding():
    client.responses.create(
        model="gpt-4o-mini",
        instructions="Be short.",
        input="Where is Oslo? plan:[[think Hm. | say In Norway.]]",
    )


def streaming():
    for _ in client.responses.create(
        model="gpt-4o-mini", input="Where is Rome? plan:[[say In Italy.]]", stream=True
    ):
        pass


def refused():
    client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "No? plan:[[fail]]"}]
    )


def chat_streamed():
    for _ in client.chat.completions.create(
        model="gpt-4o-mini",
        stream=True,
        stream_options={"include_usage": True},
        tools=[TOOL],
        messages=[{"role": "user", "content": "Weather there? plan:[[weather(city=Oslo)]]"}],
    ):
        pass


@function_tool
def lookup(order: int) -> str:
    """Looks an order up."""
    return f"order {order} is lost"


def agents():
    async def run():
        set_default_openai_client(
            openai.AsyncOpenAI(base_url=f"{ODD}/v1", max_retries=0), use_for_tracing=False
        )
        clerk = Agent(
            name="clerk",
            model="gpt-4o-mini",
            instructions="plan:[[lookup(order=7) ;; say It is lost.]]",
            tools=[lookup],
        )
        desk = Agent(
            name="desk",
            model="gpt-4o-mini",
            instructions="plan:[[transfer_to_clerk()]]",
            handoffs=[clerk],
        )
        await Runner.run(desk, "Where is my order?")

    asyncio.run(run())


attempt(day)
attempt(broken)
attempt(checked, "hello")
attempt(lambda: Claude().think("Tell. plan:[[think Hm. | say Oslo lies in Norway.]]"))
attempt(lambda: Claude().stream("Tell more. plan:[[say Rome lies in Italy.]]"))
attempt(responding)
attempt(streaming)
attempt(refused)
attempt(chat_streamed)
attempt(agents)
agentops.end_session("Success")
