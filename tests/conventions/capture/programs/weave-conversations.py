# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "weave",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Weave's conversations: a turn of an agent with a call, a tool and another agent; a failure."""

import json

from common import WEATHER, attempt, telemetry

provider = telemetry()
import openai
from weave.conversation import conversation as c
from weave.conversation.types import Message, Usage

CALLER = openai.OpenAI(max_retries=0)


def asked(llm, text):
    messages = [{"role": "user", "content": text}]
    answer = CALLER.chat.completions.create(model="gpt-4o-mini", messages=messages)
    said = answer.choices[0]
    llm.record(
        input_messages=[Message(role="user", content=text)],
        output_messages=[Message(role="assistant", content=said.message.content or "")],
        usage=Usage(
            input_tokens=answer.usage.prompt_tokens, output_tokens=answer.usage.completion_tokens
        ),
        finish_reasons=[said.finish_reason],
        response_id=answer.id,
        response_model=answer.model,
    )


def call(inside, text, thought=""):
    with inside.start_llm(model="gpt-4o-mini", provider_name="openai") as llm:
        if thought:
            llm.think(thought)
        asked(llm, text)


def turn():
    made = c.start_conversation(agent_name="forecaster", conversation_id="session-1")
    with made, c.start_turn(user_message="What is it like in Paris?", model="gpt-4o-mini") as whole:
        call(whole, "What is the capital of France?", "Paris is in France.")
        given = json.dumps({"city": "Paris"})
        with whole.start_tool(name="get_weather", arguments=given, tool_call_id="call_1") as tool:
            tool.result = WEATHER["Paris"]
        with whole.start_subagent(name="writer", model="gpt-4o-mini") as agent:
            call(agent, "Say hello.")


def failing():
    made = c.start_conversation(agent_name="forecaster", conversation_id="session-2")
    with made, c.start_turn(user_message="please fail", model="gpt-4o-mini") as whole:
        call(whole, "please fail")


for scene in (turn, failing):
    attempt(scene)
provider.force_flush()
