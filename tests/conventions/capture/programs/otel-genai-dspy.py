# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-genai-dspy==1.3b0",
#   "dspy==3.4.1",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""DSPy under OpenTelemetry's own instrumentation: predict, chain of thought, retrieval, ReAct, a failing call."""

import os

os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"


import dspy
from common import DOCUMENTS, WEATHER, attempt, telemetry
from opentelemetry.instrumentation.genai.dspy import DSPyInstrumentor

DSPyInstrumentor().instrument(tracer_provider=telemetry())
dspy.configure(
    lm=dspy.LM(
        "openai/gpt-4o-mini",
        api_base=os.environ["OPENAI_BASE_URL"],
        api_key="local",
        cache=False,
        num_retries=0,
    )
)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


class Search(dspy.Retrieve):
    def forward(self, query, k=2):
        return dspy.Prediction(passages=DOCUMENTS[:k])


class Rag(dspy.Module):
    def __init__(self):
        super().__init__()
        self.search, self.answer = Search(k=2), dspy.Predict("context, question -> answer")

    def forward(self, question):
        return self.answer(context=self.search(question).passages, question=question)


def predict():
    dspy.Predict("question -> answer")(question="What is the capital of France?")


def thought():
    dspy.ChainOfThought("question -> answer")(question="What is the capital of Norway?")


def rag():
    Rag()(question="How long does a refund take?")


def react():
    dspy.ReAct("question -> answer", tools=[get_weather], max_iters=2)(
        question="What is the weather? city: Paris"
    )


def failing():
    dspy.Predict("question -> answer")(question="please fail")


for scene in (predict, thought, rag, react, failing):
    attempt(scene)
