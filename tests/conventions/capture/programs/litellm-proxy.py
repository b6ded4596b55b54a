# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "litellm[proxy]==1.106.2",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""LiteLLM's proxy with its OpenTelemetry callback: chat, a stream, a tool, embeddings, a failing call."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import openai
from common import TOOLS, attempt

CONFIG = {
    "model_list": [
        {
            "model_name": name,
            "litellm_params": {
                "model": f"openai/{name}",
                "api_base": os.environ["OPENAI_BASE_URL"],
                "api_key": "local",
                "max_retries": 0,
            },
        }
        for name in ("gpt-4o-mini", "text-embedding-3-small")
    ],
    "litellm_settings": {"callbacks": ["otel"], "num_retries": 0},
}
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    PORT = free.getsockname()[1]


def proxy(folder):
    config = Path(folder) / "config.yaml"
    config.write_text(json.dumps(CONFIG))
    environment = os.environ | {
        "OTEL_EXPORTER": "otlp_http",
        "OTEL_ENDPOINT": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
    }
    litellm = str(Path(sys.executable).with_name("litellm"))
    given = [litellm, "--config", str(config), "--port", str(PORT), "--host", "127.0.0.1"]
    return subprocess.Popen(given, env=environment, stdout=subprocess.DEVNULL)


def ready():
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/liveliness", timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the proxy did not start")


def client():
    return openai.OpenAI(base_url=f"http://127.0.0.1:{PORT}/v1", api_key="local", max_retries=0)


def ask(text, **more):
    messages = [{"role": "user", "content": text}]
    return client().chat.completions.create(model="gpt-4o-mini", messages=messages, **more)


def chat():
    ask("What is the capital of France?", user="user-1", temperature=0)


def stream():
    list(ask("Count to three.", stream=True, stream_options={"include_usage": True}))


def tool():
    ask("What is the weather? city: Paris", tools=TOOLS)


def embeddings():
    client().embeddings.create(model="text-embedding-3-small", input=["Paris", "Oslo"])


def failing():
    ask("please fail")


with tempfile.TemporaryDirectory() as place:
    served = proxy(place)
    try:
        ready()
        for scene in (chat, stream, tool, embeddings, failing):
            attempt(scene)
        time.sleep(7)  # the proxy exports in batches and offers nothing to wait for
    finally:
        served.terminate()
        served.wait(20)
