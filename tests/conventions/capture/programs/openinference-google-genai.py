# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-google-genai==1.4.14",
#   "openinference-instrumentation==0.1.72",
#   "google-genai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Gemini under OpenInference: chat, stream, tools, embeddings, a failing call."""

from common import PROVIDER, WEATHER, attempt, telemetry
from google import genai
from google.genai import types
from openinference.instrumentation.google_genai import GoogleGenAIInstrumentor

GoogleGenAIInstrumentor().instrument(tracer_provider=telemetry())
client = genai.Client(api_key="local", http_options=types.HttpOptions(base_url=PROVIDER))
MODEL = "gemini-2.5-pro"


def chat():
    client.models.generate_content(
        model=MODEL,
        contents="What is the capital of France?",
        config=types.GenerateContentConfig(system_instruction="Answer shortly.", temperature=0),
    )


def stream():
    list(client.models.generate_content_stream(model=MODEL, contents="Count to three."))


def tools():
    declared = types.Tool(
        function_declarations=[
            types.FunctionDeclaration(
                name="get_weather",
                description="The weather in a city.",
                parameters=types.Schema(
                    type="OBJECT", properties={"city": types.Schema(type="STRING")}
                ),
            )
        ]
    )
    config = types.GenerateContentConfig(tools=[declared])
    asked = types.Content(role="user", parts=[types.Part(text="What is the weather? city: Paris")])
    first = client.models.generate_content(model=MODEL, contents=[asked], config=config)
    given = types.Part.from_function_response(
        name="get_weather", response={"result": WEATHER["Paris"]}
    )
    client.models.generate_content(
        model=MODEL,
        contents=[asked, first.candidates[0].content, types.Content(role="user", parts=[given])],
        config=config,
    )


def embeddings():
    client.models.embed_content(model="gemini-embedding-001", contents=["Paris", "Oslo"])


def failing():
    client.models.generate_content(model=MODEL, contents="please fail")


for scene in (chat, stream, tools, embeddings, failing):
    attempt(scene)
