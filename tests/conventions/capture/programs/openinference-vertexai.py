# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-vertexai==0.1.29",
#   "openinference-instrumentation==0.1.72",
#   "google-cloud-aiplatform<1.120",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Vertex AI under OpenInference: chat, a stream, a tool, a conversation, a failure."""

from common import telemetry
from openinference.instrumentation.vertexai import VertexAIInstrumentor
from vertex import scenes

VertexAIInstrumentor().instrument(tracer_provider=telemetry())
scenes()
