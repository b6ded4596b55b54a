# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-agno==1.0.15",
#   "openinference-instrumentation==0.1.72",
#   "agno==3.1.10",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Agno under OpenInference: an agent with a tool, a stream, a team, a failing call."""

from agno_scenes import run_all
from common import telemetry
from openinference.instrumentation.agno import AgnoInstrumentor

AgnoInstrumentor().instrument(tracer_provider=telemetry())
run_all()
