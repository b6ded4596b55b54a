# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-vertexai==0.62.4",
#   "google-cloud-aiplatform<1.120",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Vertex AI under OpenLLMetry: chat, a stream, a tool, a conversation, a failure."""

from common import telemetry
from opentelemetry.instrumentation.vertexai import VertexAIInstrumentor
from vertex import scenes

VertexAIInstrumentor().instrument(tracer_provider=telemetry())
scenes()
