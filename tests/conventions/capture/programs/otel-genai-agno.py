# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-genai-agno==1.3b0",
#   "agno==3.1.10",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Agno under OpenTelemetry's own instrumentation: an agent with a tool, a stream, a team, a failing call."""

import os

os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"


from agno_scenes import run_all
from common import telemetry
from opentelemetry.instrumentation.genai.agno import AgnoInstrumentor

AgnoInstrumentor().instrument(tracer_provider=telemetry())
run_all()
