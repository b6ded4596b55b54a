# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-crewai==1.1.21",
#   "openinference-instrumentation-openai==0.1.66",
#   "openinference-instrumentation==0.1.72",
#   "crewai==1.15.30",
#   "litellm",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""CrewAI under OpenInference: a crew of two agents, one with a tool; a flow."""

from common import attempt, telemetry
from crew_scenes import SCENES
from openinference.instrumentation.crewai import CrewAIInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor

provider = telemetry()
CrewAIInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)
OpenAIInstrumentor().instrument(tracer_provider=provider)


for scene in SCENES:
    attempt(scene)
