# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "langfuse==5.0.4",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Langfuse's experiments: items with evaluators, scores set by hand, an evaluator observation."""

import os

os.environ |= {
    "LANGFUSE_PUBLIC_KEY": "pk-lf-local",
    "LANGFUSE_SECRET_KEY": "sk-lf-local",
    "LANGFUSE_HOST": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    "LANGFUSE_BASE_URL": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
}

from common import attempt
from langfuse import Evaluation, get_client, observe
from langfuse.openai import openai

client = openai.OpenAI(max_retries=0)
langfuse = get_client()


def asked(question):
    made = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": question}]
    )
    return made.choices[0].message.content


def task(*, item, **more):
    return asked(item["input"])


def exact(*, input, output, expected_output, **more):
    return Evaluation(name="exact", value=float(output == expected_output), comment="word for word")


def toned(*, input, output, **more):
    return [
        Evaluation(name="tone", value="dry", data_type="CATEGORICAL"),
        Evaluation(name="short", value=True, data_type="BOOLEAN"),
    ]


def mean(*, item_results, **more):
    return Evaluation(name="mean", value=0.5, comment="over all")


def experiment():
    data = [
        {"input": "What is the capital of Italy?", "expected_output": "Rome"},
        {"input": "please fail", "expected_output": "Oslo"},
    ]
    print(
        langfuse.run_experiment(
            name="capitals",
            data=data,
            task=task,
            evaluators=[exact, toned],
            run_evaluators=[mean],
            max_concurrency=1,
        ).format()
    )


@observe(as_type="evaluator")
def judge(question, answer):
    return {"score": 0.25, "label": "poor", "explanation": asked(f"Rate: {answer}")}


@observe(as_type="agent")
def judged():
    made = asked("What is the capital of Peru?")
    judge("What is the capital of Peru?", made)
    langfuse.score_current_span(name="helpful", value=0.5, comment="so so")
    langfuse.score_current_trace(name="thumbs", value=1, data_type="BOOLEAN")
    return made


for scene in (experiment, judged):
    attempt(scene)
langfuse.flush()
