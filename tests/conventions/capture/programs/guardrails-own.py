# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "guardrails-ai",
#   "openai",
#   "litellm",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Guardrails' own spans: an answer that passes, one that is refused, a stream, a failure."""

import os
import tempfile
from pathlib import Path

os.environ["HOME"] = tempfile.mkdtemp()
Path(os.environ["HOME"], ".guardrailsrc").write_text("enable_metrics=false\n")
from common import attempt, telemetry

provider = telemetry()

from guardrails import Guard
from guardrails.validators import FailResult, PassResult, Validator, register_validator


@register_validator(name="short-enough", data_type="string")
class ShortEnough(Validator):
    def __init__(self, most, on_fail=None):
        super().__init__(on_fail=on_fail, most=most)
        self._most = most

    def validate(self, value, metadata):
        if len(value) <= self._most:
            return PassResult()
        return FailResult(error_message=f"{len(value)} characters are too many.")


def ask(most, text, **more):
    guard = Guard(name="weather").use(ShortEnough(most=most, on_fail="exception"))
    messages = [
        {"role": "system", "content": "Answer shortly."},
        {"role": "user", "content": text},
    ]
    return guard(model="gpt-4o-mini", messages=messages, num_reasks=0, **more)


def passes():
    ask(500, "What is the capital of France?")


def refused():
    ask(3, "What is the capital of Norway?")


def stream():
    list(ask(500, "Count to three.", stream=True))


def failing():
    ask(500, "please fail")


for scene in (passes, refused, stream, failing):
    attempt(scene)
