# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "agentops",
#   "openai==1.99.9",
#   "opentelemetry-sdk==1.36.0", "opentelemetry-exporter-otlp-proto-http==1.36.0",
# ]
# ///
"""AgentOps: a session with an agent, an operation, a tool and calls of OpenAI's SDK."""

import os

import agentops
import openai
from agentops.sdk.decorators import agent, operation, tool
from common import WEATHER, attempt

SINK = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
agentops.init(
    api_key="00000000-0000-4000-8000-000000000000",
    endpoint=SINK,
    app_url=SINK,
    exporter_endpoint=f"{SINK}/v1/traces",
    auto_start_session=True,
    log_session_replay_url=False,
)


def ask(text, **more):
    asked = [{"role": "system", "content": "Answer shortly."}, {"role": "user", "content": text}]
    client = openai.OpenAI(max_retries=0)
    return client.chat.completions.create(model="gpt-4o-mini", messages=asked, **more)


@tool(name="get_weather")
def get_weather(city):
    return WEATHER[city]


@agent(name="weatherman")
class Weatherman:
    @operation(name="answer")
    def answer(self, city):
        told = get_weather(city)
        return ask(f"It is {told} in {city}. What should I wear?").choices[0].message.content

    @operation(name="fail")
    def fail(self):
        return ask("please fail")


def stream():
    list(ask("Count to three.", stream=True, stream_options={"include_usage": True}))


attempt(lambda: Weatherman().answer("Paris"))
attempt(stream)
attempt(lambda: Weatherman().fail())
agentops.end_session("Success")
