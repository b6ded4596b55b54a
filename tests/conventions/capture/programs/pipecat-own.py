# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "pipecat-ai[openai,anthropic]==1.14.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Pipecat's own tracing: turns of a conversation, tools, thoughts, a refusal."""

import asyncio
import os

from common import telemetry

provider = telemetry()
ODD = os.environ["ODD"]

from pipecat.adapters.schemas.function_schema import FunctionSchema
from pipecat.adapters.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import EndFrame, LLMMessagesAppendFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.openai.llm import OpenAILLMService


async def weather(params):
    await params.result_callback({"weather": f"{params.arguments['city']}: sunny"})


def openai():
    kw = {"api_key": "local", "base_url": ODD + "/v1"}
    try:
        return OpenAILLMService(
            **kw, settings=OpenAILLMService.Settings(model="gpt-4o-mini", temperature=0.3)
        )
    except Exception:
        return OpenAILLMService(model="gpt-4o-mini", **kw)


def claude():
    from anthropic import AsyncAnthropic
    from pipecat.services.anthropic.llm import AnthropicLLMService

    made = AsyncAnthropic(api_key="local", base_url=ODD, max_retries=0)
    kw = {"api_key": "local", "client": made}
    try:
        return AnthropicLLMService(
            **kw, settings=AnthropicLLMService.Settings(model="claude-sonnet-4-5")
        )
    except Exception:
        return AnthropicLLMService(model="claude-sonnet-4-5", **kw)


async def talk(make, plan, texts, name):
    llm = make()
    llm.register_function("weather", weather)
    tools = ToolsSchema(
        standard_tools=[
            FunctionSchema(
                name="weather",
                description="The weather in a city.",
                properties={"city": {"type": "string"}},
                required=["city"],
            )
        ]
    )
    context = LLMContext([{"role": "system", "content": f"You are {name}. plan:[[{plan}]]"}], tools)
    pair = LLMContextAggregatorPair(context)
    task = PipelineTask(
        Pipeline([pair.user(), llm, pair.assistant()]),
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
        enable_tracing=True,
        enable_turn_tracking=True,
        conversation_id=f"conversation-{name}",
        additional_span_attributes={"session.id": f"session-{name}", "langfuse.user.id": "user-7"},
    )

    async def say():
        await asyncio.sleep(0.5)
        for text in texts:
            await task.queue_frames(
                [LLMMessagesAppendFrame([{"role": "user", "content": text}], run_llm=True)]
            )
            await asyncio.sleep(2.0)
        await task.queue_frame(EndFrame())

    await asyncio.wait_for(asyncio.gather(PipelineRunner(handle_sigint=False).run(task), say()), 40)


async def main():
    for args in (
        (
            openai,
            "weather(city=Oslo) ;; say Oslo is sunny. ;; say You are welcome.",
            ["Weather of Oslo?", "Thanks."],
            "forecaster",
        ),
        (
            claude,
            "weather(city=Lima) & weather(city=Rome) ;; say Both are sunny.",
            ["Lima and Rome?"],
            "thinker",
        ),
        (openai, "fail", ["Fails?"], "ill"),
        (openai, "cut It is", ["Cut?"], "short"),
    ):
        try:
            await talk(*args)
        except Exception as error:
            print(f"{args[-1]}: {type(error).__name__}: {str(error)[:300]}")


asyncio.run(main())
provider.force_flush()
