# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-portkey",
#   "openinference-instrumentation==0.1.72",
#   "portkey-ai",
#   "opentelemetry-instrumentation-together==0.62.4",
#   "together<2",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Portkey under OpenInference, Together under OpenLLMetry: calls, a tool, a stream, a failure."""

from common import PROVIDER, TOOLS, attempt, telemetry
from openinference.instrumentation.portkey import PortkeyInstrumentor
from opentelemetry.instrumentation.together import TogetherAiInstrumentor

provider = telemetry()
PortkeyInstrumentor().instrument(tracer_provider=provider)
TogetherAiInstrumentor().instrument(tracer_provider=provider)
ASKED = [
    {"role": "system", "content": "Answer shortly."},
    {"role": "user", "content": "What is the capital of France?"},
]
WEATHER = [{"role": "user", "content": "What is the weather? city: Paris"}]


def portkey():
    from portkey_ai import Portkey

    client = Portkey(api_key="local", base_url=f"{PROVIDER}/v1", provider="openai")
    client.chat.completions.create(model="gpt-4o-mini", messages=ASKED, temperature=0)
    client.chat.completions.create(model="gpt-4o-mini", messages=WEATHER, tools=TOOLS)


def portkey_failing():
    from portkey_ai import Portkey

    client = Portkey(api_key="local", base_url=f"{PROVIDER}/v1", provider="openai")
    asked = [{"role": "user", "content": "please fail"}]
    client.chat.completions.create(model="gpt-4o-mini", messages=asked)


def together():
    from together import Together

    client = Together(api_key="local", base_url=f"{PROVIDER}/v1", max_retries=0)
    model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
    client.chat.completions.create(model=model, messages=ASKED)
    client.chat.completions.create(model=model, messages=WEATHER, tools=TOOLS)
    list(client.chat.completions.create(model=model, messages=ASKED, stream=True))


for scene in (portkey, portkey_failing, together):
    attempt(scene)
