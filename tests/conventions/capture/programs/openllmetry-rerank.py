# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-cohere==0.62.4",
#   "opentelemetry-instrumentation-voyageai==0.62.4",
#   "opentelemetry-instrumentation-replicate==0.62.4",
#   "opentelemetry-instrumentation-writer==0.62.4",
#   "cohere<6",
#   "voyageai",
#   "replicate",
#   "writer-sdk<3",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Cohere and Voyage under OpenLLMetry: documents reranked, texts embedded; Writer and Replicate chat."""

import os

from common import DOCUMENTS, PROVIDER, attempt, telemetry
from opentelemetry.instrumentation.cohere import CohereInstrumentor
from opentelemetry.instrumentation.replicate import ReplicateInstrumentor
from opentelemetry.instrumentation.voyageai import VoyageAIInstrumentor
from opentelemetry.instrumentation.writer import WriterInstrumentor
from rerankers import ADDRESS
from small_server import serve

provider = telemetry()
for each in (
    CohereInstrumentor,
    VoyageAIInstrumentor,
    ReplicateInstrumentor,
    WriterInstrumentor,
):
    attempt(each().instrument, tracer_provider=provider)


def cohere():
    import cohere as c

    for client in (c.ClientV2, c.Client):
        made = client(api_key="local", base_url=ADDRESS)
        made.rerank(model="rerank-v3.5", query="capital of Norway", documents=DOCUMENTS, top_n=2)
    c.ClientV2(api_key="local", base_url=ADDRESS).embed(
        model="embed-v4.0",
        texts=DOCUMENTS[:2],
        input_type="search_document",
        embedding_types=["float"],
    )


def cohere_failing():
    import cohere as c

    c.ClientV2(api_key="local", base_url=ADDRESS).rerank(
        model="rerank-v3.5", query="please fail", documents=DOCUMENTS
    )


def voyage():
    import voyageai

    made = voyageai.Client(api_key="local", base_url=f"{ADDRESS}/v1", max_retries=0)
    made.embed(DOCUMENTS[:2], model="voyage-3.5", input_type="document")
    made.rerank("capital of Norway", DOCUMENTS, model="rerank-2.5", top_k=2)


def writer():
    from writerai import Writer

    made = Writer(api_key="local", base_url=PROVIDER, max_retries=0)
    asked = [{"role": "user", "content": "What is the capital of France?"}]
    made.chat.chat(model="palmyra-x5", messages=asked, temperature=0)
    list(made.chat.chat(model="palmyra-x5", messages=asked, stream=True))


def replicate():
    import replicate as r

    made = {
        "id": "p1",
        "model": "meta/meta-llama-3-8b-instruct",
        "version": "v1",
        "status": "succeeded",
        "input": {"prompt": "What is the capital of France?"},
        "output": ["To sum up: ", "Paris."],
        "logs": "",
        "error": None,
        "metrics": {"predict_time": 0.1},
        "created_at": "2026-01-01T00:00:00Z",
        "urls": {"get": "", "cancel": ""},
    }
    os.environ["REPLICATE_API_TOKEN"] = "local"
    client = r.Client(api_token="local", base_url=serve({"/predictions": made}))
    client.run("meta/meta-llama-3-8b-instruct", input={"prompt": "What is the capital of France?"})


for scene in (cohere, cohere_failing, voyage, writer, replicate):
    attempt(scene)
