# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-agno==0.62.4",
#   "opentelemetry-instrumentation-openai==0.62.4",
#   "agno==3.1.10",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Agno under OpenLLMetry, with its OpenAI instrumentation beside: agent, tool, team, failure."""

from agno_scenes import run_all
from common import telemetry
from opentelemetry.instrumentation.agno import AgnoInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor

provider = telemetry()
AgnoInstrumentor().instrument(tracer_provider=provider)
OpenAIInstrumentor().instrument(tracer_provider=provider)
run_all()
