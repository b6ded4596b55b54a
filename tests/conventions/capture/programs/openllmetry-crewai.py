# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-crewai==0.62.4",
#   "opentelemetry-instrumentation-openai==0.62.4",
#   "crewai==1.15.30",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""CrewAI under OpenLLMetry: a crew of two agents, one with a tool; a flow."""

from common import attempt, telemetry
from crew_scenes import SCENES
from opentelemetry.instrumentation.crewai import CrewAIInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor

provider = telemetry()
CrewAIInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)
OpenAIInstrumentor().instrument(tracer_provider=provider)


for scene in SCENES:
    attempt(scene)
