"""Bedrock by boto3: Converse and InvokeModel of several families of models, whole and as streams."""

import json
import os

import boto3
from botocore.config import Config
from common import attempt

CLAUDE = "anthropic.claude-3-5-sonnet-20241022-v2:0"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
OFFERED = {"tools": [{"toolSpec": {"name": "get_weather", "inputSchema": {"json": CITY}}}]}
made = {}


def client():
    """The only one, made after the instrumentation."""
    if not made:
        made["client"] = boto3.client(
            "bedrock-runtime",
            region_name="us-east-1",
            endpoint_url=os.environ["ODD"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )
    return made["client"]


def said(text):
    return [{"role": "user", "content": [{"text": text}]}]


def streamed(model, messages, **more):
    return list(client().converse_stream(modelId=model, messages=messages, **more)["stream"])


def conversed(name, **more):
    def scene(_):
        asked = said(f"Where is Oslo? odd:{name}")
        attempt(client().converse, modelId=CLAUDE, messages=asked, **more)
        attempt(streamed, CLAUDE, said(f"Streamed: where is Oslo? odd:{name}"), **more)

    scene.__name__ = name
    return scene


def tool_loop(_):
    """Two tools, one that fails, then an answer."""
    asked = said("What is the weather? odd:tools")
    first = client().converse(modelId=CLAUDE, messages=asked, toolConfig=OFFERED)
    asked.append(first["output"]["message"])
    used = [b["toolUse"]["toolUseId"] for b in asked[-1]["content"] if "toolUse" in b]
    told = [{"text": "sunny odd:plain"}], [{"json": {"reason": "no station odd:plain"}}]
    results = [
        {"toolResult": {"toolUseId": i, "content": c, "status": s}}
        for i, c, s in zip(used, told, ("success", "error"), strict=True)
    ]
    asked.append({"role": "user", "content": results})
    client().converse(modelId=CLAUDE, messages=asked, toolConfig=OFFERED)


def invoked(model, body):
    def scene(_):
        about = {"modelId": model, "body": json.dumps(body)}
        attempt(lambda: client().invoke_model(**about)["body"].read())
        if "embed" not in model:
            attempt(lambda: list(client().invoke_model_with_response_stream(**about)["body"]))

    scene.__name__ = model
    return scene


def messages(name, **more):
    asked = [{"role": "user", "content": f"Invoked: where is Oslo? odd:{name}"}]
    version = "bedrock-2023-05-31"
    return {"anthropic_version": version, "max_tokens": 99, "messages": asked, **more}


def refused(_):
    attempt(client().converse, modelId=CLAUDE, messages=said("Busy? odd:busy_converse"))
    attempt(streamed, CLAUDE, said("Allowed? odd:filtered"))
    body = json.dumps(messages("filtered"))
    attempt(client().invoke_model, modelId=CLAUDE, body=body)


def stumbled(_):
    """A stream that tells of an error before its end."""
    streamed(CLAUDE, said("Is it far? odd:midfail"))


SCENES = (
    conversed("plain", system=[{"text": "Answer shortly."}]),
    conversed("tools", toolConfig=OFFERED),
    conversed("thought", additionalModelRequestFields={"thinking": {"type": "enabled"}}),
    conversed("length", inferenceConfig={"maxTokens": 3, "temperature": 0.1}),
    tool_loop,
    invoked(CLAUDE, messages("plain", system="Answer shortly.")),
    invoked(
        CLAUDE, messages("tools_thought", tools=[{"name": "get_weather", "input_schema": CITY}])
    ),
    invoked(
        "amazon.titan-text-express-v1",
        {"inputText": "Titan?", "textGenerationConfig": {"maxTokenCount": 50, "temperature": 0.2}},
    ),
    invoked("meta.llama3-8b-instruct-v1:0", {"prompt": "Llama?", "max_gen_len": 50}),
    invoked("amazon.nova-lite-v1:0", {"messages": said("Nova?")}),
    invoked("us.deepseek.r1-v1:0", {"messages": [{"role": "user", "content": "odd:reasoned"}]}),
    invoked("mistral.mistral-7b-instruct-v0:2", {"prompt": "<s>[INST] Mistral? [/INST]"}),
    invoked("cohere.command-r-v1:0", {"message": "Cohere?", "max_tokens": 50}),
    invoked("amazon.titan-embed-text-v2:0", {"inputText": "Oslo"}),
    refused,
    stumbled,
)
