# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "langwatch==1.4.0",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""LangWatch's own spans: a trace, its steps, a call, a tool, a retrieval, an evaluation, a failure."""

import os

from common import DOCUMENTS, WEATHER, attempt, telemetry

provider = telemetry()
import langwatch
import openai

langwatch.setup(
    api_key="local",
    endpoint_url=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    tracer_provider=provider,
    skip_open_telemetry_setup=True,
)
CALLER = openai.OpenAI(max_retries=0)


@langwatch.span(type="llm")
def call(text):
    asked = [
        {"role": "system", "content": "Answer shortly."},
        {"role": "user", "content": text},
    ]
    span = langwatch.get_current_span()
    span.update(model="openai/gpt-4o-mini", input=asked, params={"temperature": 0})
    answer = CALLER.chat.completions.create(model="gpt-4o-mini", messages=asked, temperature=0)
    used = {
        "prompt_tokens": answer.usage.prompt_tokens,
        "completion_tokens": answer.usage.completion_tokens,
    }
    said = answer.choices[0].message
    span.update(output=[said.model_dump(exclude_none=True)], metrics=used)
    return said.content


@langwatch.span(type="tool")
def get_weather(city):
    return WEATHER[city]


@langwatch.span(type="rag")
def find(query):
    found = [{"document_id": str(n), "content": text} for n, text in enumerate(DOCUMENTS[:2])]
    langwatch.get_current_span().update(contexts=found)
    return DOCUMENTS[:2]


@langwatch.trace(name="forecast", metadata={"user_id": "user-1", "thread_id": "session-1"})
def forecast():
    find("capital of France")
    call("What is the capital of France?")
    get_weather("Paris")
    langwatch.get_current_span().add_evaluation(name="accuracy", passed=True, score=0.9)
    return "sunny"


@langwatch.trace(name="failing")
def failing():
    call("please fail")


@langwatch.trace(name="instrumented")
def instrumented():
    langwatch.get_current_trace().autotrack_openai_calls(CALLER)
    CALLER.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "What is the capital of Norway?"}],
    )


for scene in (forecast, failing, instrumented):
    attempt(scene)
provider.force_flush()
