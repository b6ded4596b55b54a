# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "claude-agent-sdk==0.2.184",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""The telemetry of the command line itself that the Claude Agent SDK starts, spans and events.

With ``DETAILED`` it tells of contexts and bodies too."""

import asyncio
import os

from claude_agents import scenes

SINK = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
DETAILED = {
    "OTEL_LOG_RAW_API_BODIES": "1",
    "ENABLE_BETA_TRACING_DETAILED": "1",
    "BETA_TRACING_ENDPOINT": SINK,
}
asyncio.run(
    scenes(
        **(DETAILED if os.environ.get("DETAILED") else {}),
        CLAUDE_CODE_ENABLE_TELEMETRY="1",
        CLAUDE_CODE_ENHANCED_TELEMETRY_BETA="1",
        OTEL_LOG_USER_PROMPTS="1",
        OTEL_LOG_TOOL_DETAILS="1",
        OTEL_LOG_TOOL_CONTENT="1",
        OTEL_LOGS_EXPORTER="otlp",
        OTEL_TRACES_EXPORTER="otlp",
        OTEL_METRICS_EXPORTER="none",
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_ENDPOINT=SINK,
        OTEL_BSP_SCHEDULE_DELAY="500",
        OTEL_LOGS_EXPORT_INTERVAL="500",
        OTEL_TRACES_EXPORT_INTERVAL="500",
    )
)
