# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-genai-bedrock==1.3b0",
#   "boto3",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Bedrock under OpenTelemetry's GenAI instrumentation: chat, tools, InvokeModel, a failing call."""

import json
import os

os.environ |= {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}
os.environ |= {
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
}

from bedrock import TOOLS, serve
from common import attempt, telemetry
from opentelemetry.instrumentation.genai.bedrock import BedrockInstrumentor

BedrockInstrumentor().instrument(tracer_provider=telemetry())

import boto3
from botocore.config import Config

client = boto3.client(
    "bedrock-runtime", endpoint_url=serve(), config=Config(retries={"max_attempts": 0})
)
MODEL = "anthropic.claude-3-haiku-20240307-v1:0"


def user(text):
    return {"role": "user", "content": [{"text": text}]}


def chat():
    client.converse(
        modelId=MODEL,
        system=[{"text": "Answer shortly."}],
        messages=[user("What is the weather?")],
        inferenceConfig={"temperature": 0.1, "maxTokens": 50},
    )


def tools():
    messages = [user("What is the weather in Paris?")]
    first = client.converse(modelId=MODEL, messages=messages, toolConfig=TOOLS)["output"]["message"]
    given = {"toolResult": {"toolUseId": "tooluse_1", "content": [{"text": "sunny, 21 degrees"}]}}
    client.converse(
        modelId=MODEL,
        messages=[*messages, first, {"role": "user", "content": [given]}],
        toolConfig=TOOLS,
    )


def invoke():
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 50,
        "system": "Answer shortly.",
        "messages": [{"role": "user", "content": "What is the weather?"}],
    }
    client.invoke_model(modelId=MODEL, body=json.dumps(body))["body"].read()


def failing():
    client.converse(modelId=MODEL, messages=[user("please fail")])


for scene in (chat, tools, invoke, failing):
    attempt(scene)
