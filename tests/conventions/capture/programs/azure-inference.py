# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "azure-ai-inference==1.0.0b9",
#   "azure-core-tracing-opentelemetry",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Azure AI Inference's own tracing: tools, streams, pictures, refusals; events hold what was said."""

import os

from common import attempt, telemetry

provider = telemetry()

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference import models as m
from azure.ai.inference.tracing import AIInferenceInstrumentor
from azure.core.credentials import AzureKeyCredential
from azure.core.settings import settings

settings.tracing_implementation = "opentelemetry"
AIInferenceInstrumentor().instrument(enable_content_recording=True)

endpoint = f"{os.environ['ODD']}/v1"
CALLER = ChatCompletionsClient(endpoint, AzureKeyCredential("local"), retry_total=0)
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = m.FunctionDefinition(name="get_weather", description="The weather.", parameters=CITY)
TOOLS = [m.ChatCompletionsToolDefinition(function=WEATHER)]


def ask(name, said=None, **more):
    said = said or [m.SystemMessage("Short."), m.UserMessage(f"Where is Oslo? odd:{name}")]
    made = CALLER.complete(model="gpt-4o-mini", messages=said, **more)
    return list(made) if more.get("stream") else made


def tool_loop():
    said = [m.UserMessage("What is the weather? odd:tools_said")]
    called = ask("", said, tools=TOOLS).choices[0].message.tool_calls
    said.append(m.AssistantMessage(tool_calls=called))
    said += [m.ToolMessage("sunny odd:plain", tool_call_id=c.id) for c in called]
    ask("", said, tools=TOOLS)


def picture():
    shown = m.ImageContentItem(image_url=m.ImageUrl(url="https://example.org/cat.png"))
    ask("", [m.UserMessage([m.TextContentItem(text="What is it? odd:plain"), shown])])


attempt(ask, "plain", temperature=0.2, max_tokens=50)
attempt(ask, "emoji", stream=True)
attempt(ask, "tools", tools=TOOLS, stream=True)
for name in ("length", "filter", "refusal", "filtered", "broken"):
    attempt(ask, name)
attempt(tool_loop)
attempt(picture)
provider.force_flush()
