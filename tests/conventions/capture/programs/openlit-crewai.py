# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openlit==1.45.0",
#   "crewai==1.15.30",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""CrewAI under OpenLIT: a crew of two agents, one with a tool; a flow."""

import openlit
from common import attempt
from crew_scenes import SCENES

openlit.init(disable_metrics=True, disable_batch=True)


for scene in SCENES:
    attempt(scene)
