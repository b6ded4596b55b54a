# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-instructor",
#   "openinference-instrumentation-groq",
#   "openinference-instrumentation-openai",
#   "openinference-instrumentation==0.1.72",
#   "instructor",
#   "groq",
#   "openai",
#   "cohere",
#   "openinference-instrumentation-cohere",
#   "openinference-instrumentation-ollama",
#   "ollama",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Instructor, Groq, Cohere and Ollama under OpenInference: shapes, tools, streams, a rerank, failures."""

from common import DOCUMENTS, PROVIDER, TOOLS, attempt, telemetry
from openinference.instrumentation import using_attributes
from openinference.instrumentation.cohere import CohereInstrumentor
from openinference.instrumentation.groq import GroqInstrumentor
from openinference.instrumentation.instructor import InstructorInstrumentor
from openinference.instrumentation.ollama import OllamaInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor
from pydantic import BaseModel

provider = telemetry()
for each in (
    InstructorInstrumentor,
    GroqInstrumentor,
    CohereInstrumentor,
    OllamaInstrumentor,
    OpenAIInstrumentor,
):
    attempt(each().instrument, tracer_provider=provider)
ASKED = [
    {"role": "system", "content": "Answer shortly."},
    {"role": "user", "content": "What is the capital of France?"},
]
WEATHER = [{"role": "user", "content": "What is the weather? city: Paris"}]


class City(BaseModel):
    """A city."""

    city: str


def shaped():
    import instructor
    import openai

    made = instructor.from_openai(openai.OpenAI(max_retries=0))
    with using_attributes(session_id="session-1", user_id="user-1"):
        made.chat.completions.create(
            model="gpt-4o-mini", response_model=City, messages=WEATHER, max_retries=1
        )


def groq():
    from groq import Groq

    made = Groq(base_url=PROVIDER, api_key="local", max_retries=0)
    made.chat.completions.create(model="llama-3.1-8b-instant", messages=ASKED, temperature=0)
    made.chat.completions.create(model="llama-3.1-8b-instant", messages=WEATHER, tools=TOOLS)
    list(made.chat.completions.create(model="llama-3.1-8b-instant", messages=ASKED, stream=True))


def cohere():
    import cohere as c

    made = c.ClientV2(api_key="local", base_url=PROVIDER)
    made.chat(model="command-r", messages=ASKED)
    made.chat(model="command-r", messages=WEATHER, tools=TOOLS)
    list(made.chat_stream(model="command-r", messages=ASKED))


def cohere_rerank():
    import cohere as c

    c.ClientV2(api_key="local", base_url=PROVIDER).rerank(
        model="rerank-v3.5", query="capital of Norway", documents=DOCUMENTS, top_n=2
    )


def ollama():
    import ollama as o

    made = o.Client(host=PROVIDER)
    made.chat(model="llama3.2", messages=ASKED)
    made.chat(model="llama3.2", messages=WEATHER, tools=TOOLS)
    list(made.chat(model="llama3.2", messages=ASKED, stream=True))
    made.embed(model="nomic-embed-text", input=["Paris"])


def failing():
    from groq import Groq

    Groq(base_url=PROVIDER, api_key="local", max_retries=0).chat.completions.create(
        model="llama-3.1-8b-instant", messages=[{"role": "user", "content": "please fail"}]
    )


for scene in (shaped, groq, cohere, cohere_rerank, ollama, failing):
    attempt(scene)
