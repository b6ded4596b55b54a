# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "pydantic-ai-slim[openai,anthropic,mcp]==2.68.0", "logfire==5.4.0",
# ]
# ///
"""Pydantic AI with Logfire: answers asked for again, tools that fail, wait or are skipped, shapes, streams."""

import asyncio
import os

os.environ["OPENAI_BASE_URL"] = os.environ["ODD"] + "/v1"
os.environ["ANTHROPIC_BASE_URL"] = os.environ["ODD"]

import logfire
from common import attempt
from pydantic import BaseModel
from pydantic_ai import (
    Agent,
    ModelRetry,
    NativeOutput,
    PromptedOutput,
    RunContext,
    TextOutput,
    ToolOutput,
)

logfire.configure(send_to_logfire=False, console=False)
more = {"version": int(os.environ["FORMAT"])} if os.environ.get("FORMAT") else {}
logfire.instrument_pydantic_ai(**more)


class City(BaseModel):
    """A city."""

    city: str
    people: int = 0


def weather(city: str) -> str:
    """The weather in a city."""
    if city == "Atlantis":
        raise ModelRetry("Atlantis has sunk, ask of another city")
    if city == "Mordor":
        raise LookupError("no station in Mordor")
    return f"{city}: sunny"


def run(agent, text, **kw):
    return agent.run_sync(text, **kw)


def validated():
    made = Agent("openai-chat:gpt-4o-mini", name="validated", output_type=City, retries=2)

    @made.output_validator
    def big(ctx: RunContext, value: City) -> City:
        if value.people < 100:
            raise ModelRetry("too few people, count again")
        return value

    run(
        made,
        "Which city? plan:[[final_result(city=Oslo, people=3) ;; final_result(city=Oslo, people=700000)]]",
    )


def misshapen():
    made = Agent("openai-chat:gpt-4o-mini", name="misshapen", output_type=City, retries=1)
    run(made, "Which town? plan:[[final_result(town=Oslo) ;; final_result(town=Bergen)]]")


def native():
    made = Agent("openai-responses:gpt-4o-mini", name="native", output_type=NativeOutput(City))
    run(made, 'Which? plan:[[say {"city": "Oslo", "people": 5}]]')


def prompted():
    made = Agent(
        "anthropic:claude-sonnet-4-5",
        name="prompted",
        output_type=PromptedOutput([City, list[str]]),
    )
    run(
        made,
        'Which? plan:[[say {"result": {"kind": "City", "data": {"city": "Oslo", "people": 5}}}]]',
    )


def tool_output():
    made = Agent(
        "anthropic:claude-sonnet-4-5",
        name="shaping",
        tools=[weather],
        output_type=ToolOutput(City, name="report_city", description="Reports."),
    )
    run(
        made,
        "Which? plan:[[think Weather first. | say I look it up. | weather(city=Oslo) ;; report_city(city=Oslo, people=5)]]",
    )


def upper(text: str) -> str:
    return text.upper()


def shouting():
    made = Agent("openai-chat:gpt-4o-mini", name="shouting", output_type=TextOutput(upper))
    run(made, "Which? plan:[[say oslo it is]]")


def asked_again():
    made = Agent("openai-chat:gpt-4o-mini", name="again", tools=[weather])
    run(
        made, "Weather? plan:[[weather(city=Atlantis) ;; weather(city=Oslo) ;; say Oslo is sunny.]]"
    )


def gives_up():
    made = Agent("openai-chat:gpt-4o-mini", name="stubborn", tools=[weather])
    run(
        made,
        "Weather? plan:[[weather(city=Atlantis) ;; weather(city=Atlantis) ;; weather(city=Atlantis)]]",
    )


def tool_fails():
    made = Agent("openai-responses:gpt-4o-mini", name="mordor", tools=[weather])
    run(made, "Weather? plan:[[weather(city=Oslo) & weather(city=Mordor) ;; say never]]")


def unknown_tool():
    made = Agent("openai-chat:gpt-4o-mini", name="inventive", tools=[weather])
    run(made, "Weather? plan:[[teleport(city=Oslo) ;; say I cannot.]]")


def deferred():
    from pydantic_ai import DeferredToolRequests, DeferredToolResults, ToolDenied

    made = Agent("openai-chat:gpt-4o-mini", name="careful", output_type=[str, DeferredToolRequests])

    @made.tool_plain(requires_approval=True)
    def delete(name: str) -> str:
        """Deletes a file."""
        return f"deleted {name}"

    first = run(
        made, "Delete. plan:[[delete(name=a.txt) & delete(name=b.txt) ;; say One is gone.]]"
    )
    ids = [c.tool_call_id for c in first.output.approvals]
    told = DeferredToolResults(approvals={ids[0]: True, ids[1]: ToolDenied("not b")})
    made.run_sync(message_history=first.all_messages(), deferred_tool_results=told)


def streamed_tools():
    async def read():
        made = Agent("openai-responses:gpt-4o-mini", name="streaming", tools=[weather])
        async with made.run_stream(
            "Weather? plan:[[think Hm. | weather(city=Oslo) ;; say Oslo is sunny today.]]"
        ) as got:
            async for _ in got.stream_text():
                pass

    asyncio.run(read())


def streamed_shape():
    async def read():
        made = Agent("anthropic:claude-sonnet-4-5", name="shaping_stream", output_type=City)
        async with made.run_stream("Which? plan:[[final_result(city=Oslo, people=5)]]") as got:
            async for _ in got.stream_output():
                pass

    asyncio.run(read())


def events():
    async def read():
        made = Agent("openai-chat:gpt-4o-mini", name="eventful", tools=[weather])
        async with made.run_stream_events(
            "Weather? plan:[[weather(city=Rome) ;; say Rome is sunny.]]"
        ) as got:
            async for _ in got:
                pass

    asyncio.run(read())


def stepping():
    async def read():
        made = Agent("openai-chat:gpt-4o-mini", name="stepping", tools=[weather])
        async with made.iter("Weather? plan:[[weather(city=Bern) ;; say Bern is sunny.]]") as got:
            async for _ in got:
                pass

    asyncio.run(read())


def embedding():
    from pydantic_ai import Embedder

    async def read():
        local = os.environ["PROVIDER"] + "/v1"
        from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
        from pydantic_ai.providers.openai import OpenAIProvider

        made = Embedder(
            OpenAIEmbeddingModel(
                "text-embedding-3-small", provider=OpenAIProvider(base_url=local, api_key="local")
            ),
            instrument=True,
        )
        await made.embed_query("Where is Oslo?")
        await made.embed_documents(["Oslo lies in Norway.", "Paris lies in France."])

    asyncio.run(read())


def delegating():
    clerk = Agent(
        "anthropic:claude-sonnet-4-5",
        name="clerk",
        instructions="You look up. plan:[[say Order 7 is lost.]]",
    )
    desk = Agent(
        "openai-chat:gpt-4o-mini",
        name="desk",
        instructions="You ask the clerk. plan:[[ask_clerk(order=7) ;; say Sorry, it is lost.]]",
    )

    @desk.tool
    async def ask_clerk(ctx: RunContext, order: int) -> str:
        """Asks the clerk."""
        return (await clerk.run(f"Where is order {order}?", usage=ctx.usage)).output

    with logfire.span("support", session_id="session-3", user_id="user-3"):
        run(desk, "Where is my order?")


def helper_fails():
    clerk = Agent("openai-chat:gpt-4o-mini", name="failing_clerk", instructions="plan:[[fail]]")
    desk = Agent(
        "openai-chat:gpt-4o-mini",
        name="unlucky_desk",
        instructions="plan:[[ask_clerk(order=8) ;; say no]]",
    )

    @desk.tool_plain
    async def ask_clerk(order: int) -> str:
        """Asks the clerk."""
        return (await clerk.run(f"Where is order {order}?")).output

    run(desk, "Where is my order 8?")


def output_function():
    def hand_over(ctx: RunContext, reason: str) -> str:
        """Hands over to a person."""
        return f"handed over: {reason}"

    made = Agent("openai-chat:gpt-4o-mini", name="routing", output_type=[hand_over, City])
    run(made, "I am angry. plan:[[final_result_hand_over(reason=anger)]]")


def cut():
    made = Agent(
        "anthropic:claude-sonnet-4-5",
        name="cut",
        model_settings={"max_tokens": 5, "temperature": 0.1},
    )
    run(made, "Tell. plan:[[cut Oslo lies]]")


def served():
    from mcp.server.mcpserver import MCPServer as FastMCP
    from pydantic_ai.mcp import MCPToolset

    server = FastMCP("maps")

    @server.tool()
    def locate(city: str) -> str:
        """Where a city lies."""
        if city == "Mordor":
            raise ValueError("not on the map")
        return "59.9 N"

    made = Agent("openai-chat:gpt-4o-mini", name="mapping", toolsets=[MCPToolset(server)])
    run(made, "Where? plan:[[locate(city=Oslo) ;; locate(city=Mordor) ;; say It is north.]]")


for scene in [
    validated,
    misshapen,
    native,
    prompted,
    tool_output,
    shouting,
    asked_again,
    gives_up,
    tool_fails,
    unknown_tool,
    deferred,
    streamed_tools,
    streamed_shape,
    events,
    stepping,
    embedding,
    delegating,
    helper_fails,
    output_function,
    cut,
    served,
]:
    attempt(scene)
logfire.shutdown()
