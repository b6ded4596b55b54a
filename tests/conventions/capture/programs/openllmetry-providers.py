# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-google-generativeai==0.62.4",
#   "opentelemetry-instrumentation-mistralai==0.62.4",
#   "opentelemetry-instrumentation-groq==0.62.4",
#   "opentelemetry-instrumentation-ollama==0.62.4",
#   "opentelemetry-instrumentation-cohere==0.62.4",
#   "opentelemetry-instrumentation-qdrant==0.62.4",
#   "google-genai",
#   "mistralai<2",
#   "groq",
#   "ollama",
#   "cohere",
#   "qdrant-client",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Gemini, Mistral, Groq, Ollama, Cohere and Qdrant under OpenLLMetry: chat, stream, tools, a search."""

from common import DOCUMENTS, PROVIDER, TOOLS, attempt, telemetry
from opentelemetry.instrumentation.cohere import CohereInstrumentor
from opentelemetry.instrumentation.google_generativeai import GoogleGenerativeAiInstrumentor
from opentelemetry.instrumentation.groq import GroqInstrumentor
from opentelemetry.instrumentation.mistralai import MistralAiInstrumentor
from opentelemetry.instrumentation.ollama import OllamaInstrumentor
from opentelemetry.instrumentation.qdrant import QdrantInstrumentor

provider = telemetry()
for each in (
    CohereInstrumentor,
    GoogleGenerativeAiInstrumentor,
    GroqInstrumentor,
    MistralAiInstrumentor,
    OllamaInstrumentor,
    QdrantInstrumentor,
):
    each().instrument(tracer_provider=provider)

ASKED = [
    {"role": "system", "content": "Answer shortly."},
    {"role": "user", "content": "What is the capital of France?"},
]
WEATHER = [{"role": "user", "content": "What is the weather? city: Paris"}]


def gemini():
    from google import genai
    from google.genai import types

    client = genai.Client(api_key="local", http_options=types.HttpOptions(base_url=PROVIDER))
    client.models.generate_content(
        model="gemini-2.5-flash",
        contents="What is the capital of France?",
        config=types.GenerateContentConfig(system_instruction="Answer shortly.", temperature=0),
    )
    list(
        client.models.generate_content_stream(model="gemini-2.5-flash", contents="Count to three.")
    )


def mistral():
    from mistralai import Mistral

    client = Mistral(api_key="local", server_url=PROVIDER)
    client.chat.complete(model="mistral-small-latest", messages=ASKED)
    list(client.chat.stream(model="mistral-small-latest", messages=ASKED))


def groq():
    from groq import Groq

    client = Groq(api_key="local", base_url=PROVIDER, max_retries=0)
    client.chat.completions.create(model="llama-3.3-70b-versatile", messages=ASKED, temperature=0)
    client.chat.completions.create(model="llama-3.3-70b-versatile", messages=WEATHER, tools=TOOLS)


def ollama():
    from ollama import Client

    client = Client(host=PROVIDER)
    client.chat(model="llama3.2", messages=ASKED)
    client.chat(model="llama3.2", messages=WEATHER, tools=TOOLS)
    list(client.generate(model="llama3.2", prompt="Count to three.", stream=True))


def cohere():
    import cohere

    client = cohere.ClientV2(api_key="local", base_url=PROVIDER)
    client.chat(model="command-r", messages=ASKED)


def qdrant():
    from qdrant_client import QdrantClient, models

    client = QdrantClient(":memory:")
    client.create_collection(
        "docs", vectors_config=models.VectorParams(size=2, distance=models.Distance.COSINE)
    )
    client.upsert(
        "docs",
        [
            models.PointStruct(id=n, vector=[1.0, n], payload={"text": d})
            for n, d in enumerate(DOCUMENTS)
        ],
    )
    client.query_points("docs", query=[1.0, 1.0], limit=2)


def failing():
    from groq import Groq

    Groq(api_key="local", base_url=PROVIDER, max_retries=0).chat.completions.create(
        model="llama-3.3-70b-versatile", messages=[{"role": "user", "content": "please fail"}]
    )


for scene in (gemini, mistral, groq, ollama, cohere, qdrant, failing):
    attempt(scene)
