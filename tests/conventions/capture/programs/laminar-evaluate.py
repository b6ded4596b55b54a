# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "lmnr==0.8.2",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Laminar's evaluations: an executor, a number, several numbers."""

import os

from common import attempt
from small_server import serve

EVAL = {
    "id": "00000000-0000-0000-0000-000000000001",
    "projectId": "00000000-0000-0000-0000-000000000002",
    "name": "capitals",
    "groupId": "g",
    "createdAt": "2026-01-01T00:00:00Z",
}
api = serve({"/v1/evals": EVAL, "/datapoints": []})

from lmnr import Laminar, evaluate
from lmnr.sdk.evaluations import evaluation

sink = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
Laminar.initialize(
    project_api_key="local",
    base_url=sink.rpartition(":")[0],
    http_port=int(sink.rpartition(":")[2]),
    force_http=True,
)
evaluation.L.get_base_http_url = staticmethod(lambda: api)  # the service is played here

from openai import OpenAI

client = OpenAI(max_retries=0)


def answer(data):
    made = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": data["question"]}]
    )
    return made.choices[0].message.content


def exact(output, target):
    return 1 if output == target else 0


def several(output, target):
    return {"length": len(output) / 100, "polite": 0.5}


def evaluated():
    evaluate(
        data=[
            {"data": {"question": "What is the capital of Italy?"}, "target": "Rome"},
            {"data": {"question": "What is the capital of Peru?"}, "target": "Lima"},
        ],
        executor=answer,
        evaluators={"exact": exact, "several": several},
        group_name="capitals",
        project_api_key="local",
    )


attempt(evaluated)
Laminar.flush()
