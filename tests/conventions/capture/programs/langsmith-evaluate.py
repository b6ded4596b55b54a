# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "langsmith[otel]==0.15.0",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""LangSmith's evaluators as traced runs: a number, a word with a reason, several, one that fails."""

import os
import uuid

from small_server import serve

PROJECT = {
    "id": "00000000-0000-0000-0000-000000000001",
    "tenant_id": "00000000-0000-0000-0000-000000000002",
    "name": "demo",
    "start_time": "2026-01-01T00:00:00Z",
    "reference_dataset_id": "00000000-0000-0000-0000-000000000003",
}

os.environ |= {
    "LANGSMITH_TRACING": "true",
    "LANGSMITH_OTEL_ENABLED": "true",
    "LANGSMITH_OTEL_ONLY": "true",
    "LANGSMITH_API_KEY": "local",
    "LANGSMITH_PROJECT": "demo",
    "LANGSMITH_ENDPOINT": serve(
        {"/sessions": PROJECT, "/info": {}, "/feedback": {}, PROJECT["id"]: PROJECT}
    ),
}

from datetime import UTC, datetime

import openai
from common import attempt, telemetry
from langsmith import evaluate
from langsmith.schemas import Example
from langsmith.wrappers import wrap_openai

telemetry()
client = wrap_openai(openai.OpenAI(max_retries=0))


def answer(inputs):
    made = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": inputs["question"]}]
    )
    return {"answer": made.choices[0].message.content}


def exact(outputs, reference_outputs):
    return outputs["answer"] == reference_outputs["answer"]


def tone(outputs):
    return {"key": "tone", "value": "dry", "comment": "no word of greeting"}


def several(outputs):
    return [{"key": "length", "score": 0.4}, {"key": "polite", "score": 0.0}]


def broken(outputs):
    raise ValueError("no yardstick")


def evaluated():
    examples = [
        Example(
            id=uuid.uuid4(),
            dataset_id=uuid.uuid4(),
            inputs={"question": "What is the capital of Italy?"},
            outputs={"answer": "Rome"},
            created_at=datetime.now(UTC),
        )
    ]
    evaluators = [exact, tone, several, broken]
    made = evaluate(answer, data=examples, evaluators=evaluators, max_concurrency=0)
    for row in made:
        print(row["evaluation_results"])


attempt(evaluated)
