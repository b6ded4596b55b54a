# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "litellm==1.110.2",
#   "mcp",
#   "pydantic-settings",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""LiteLLM's second OpenTelemetry callback: chat, stream, tools, embeddings, a rerank, a failing call.

``CALLBACK`` names another that is made of it, as ``arize_phoenix``."""

import os

CALLBACK = os.environ.get("CALLBACK", "otel")
SINK = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
os.environ |= {
    "LITELLM_OTEL_V2": "true",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_AND_EVENT",
    "LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS": "true",
}
if CALLBACK == "otel":
    os.environ["OTEL_EXPORTER"] = "otlp_http"
else:  # which has an exporter of its own
    del os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"], os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"]
    os.environ |= {
        "PHOENIX_API_KEY": "local",
        "PHOENIX_COLLECTOR_HTTP_ENDPOINT": f"{SINK}/v1/traces",
    }

import asyncio

import litellm
from common import DOCUMENTS, TOOLS
from rerankers import ADDRESS

litellm.callbacks = [CALLBACK]


def ask(text, **more):
    messages = [
        {"role": "system", "content": "Answer shortly."},
        {"role": "user", "content": text},
    ]
    return litellm.acompletion(model="gpt-4o-mini", messages=messages, **more)


async def chat():
    about = {"session_id": "session-1", "user_id": "user-1", "tags": ["weather"]}
    await ask("What is the capital of France?", temperature=0, metadata=about)


async def stream():
    more = {"stream": True, "stream_options": {"include_usage": True}}
    async for _ in await ask("Count to three.", **more):
        pass


async def tools():
    await ask("What is the weather? city: Paris", tools=TOOLS)


async def embeddings():
    await litellm.aembedding(model="text-embedding-3-small", input=["Paris", "Oslo"])


async def rerank():
    await litellm.arerank(
        model="jina_ai/jina-reranker-v2",
        api_base=f"{ADDRESS}/v1/rerank",
        api_key="local",
        query="capital of Norway",
        documents=DOCUMENTS,
        top_n=2,
    )


async def claude():
    asked = [{"role": "user", "content": "Say hello."}]
    await litellm.acompletion(model="anthropic/claude-3-5-haiku-20241022", messages=asked)


async def failing():
    await ask("please fail", num_retries=0)


async def main():
    for scene in (chat, stream, tools, embeddings, rerank, claude, failing):
        try:
            await scene()
        except Exception as error:
            print(f"{scene.__name__}: {type(error).__name__}: {str(error)[:300]}")
        await asyncio.sleep(0.3)  # its callbacks run after the answer and offer nothing to wait for
    await asyncio.sleep(1)


asyncio.run(main())
from opentelemetry import trace

for logger in [*litellm.callbacks, *litellm._async_success_callback, *litellm.success_callback]:
    for name in ("_tracer_provider", "tracer_provider", "provider"):
        made = getattr(logger, name, None)
        if made is not None and hasattr(made, "force_flush"):
            made.force_flush()
getattr(trace.get_tracer_provider(), "force_flush", lambda: None)()
