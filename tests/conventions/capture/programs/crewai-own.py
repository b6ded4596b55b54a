# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "crewai==1.15.30",
#   "litellm",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""CrewAI's own tracing: a crew of two agents, one with a tool; a flow; a crew that fails."""

from common import attempt
from crew_scenes import SCENES
from crewai.telemetry.tracing import telemetry_session
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter


def traced(scene):
    about = {"gen_ai.conversation.id": "session-7"}
    exporters = [OTLPSpanExporter()]
    with telemetry_session(f"kickoff-{scene.__name__}", "weather", exporters, attributes=about):
        scene()


for scene in SCENES:
    attempt(traced, scene)
