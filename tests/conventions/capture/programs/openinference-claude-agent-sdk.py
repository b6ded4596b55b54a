# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-claude-agent-sdk==0.1.22",
#   "openinference-instrumentation==0.1.72",
#   "claude-agent-sdk==0.2.184",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""The Claude Agent SDK under OpenInference: an answer, a tool called, a failure."""

import asyncio

from claude_agents import scenes
from common import telemetry
from openinference.instrumentation.claude_agent_sdk import ClaudeAgentSDKInstrumentor

provider = telemetry()
ClaudeAgentSDKInstrumentor().instrument(tracer_provider=provider)
asyncio.run(scenes())
provider.force_flush()
