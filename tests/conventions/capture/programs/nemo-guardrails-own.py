# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "nemoguardrails==0.24.1",
#   "langchain-openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""NeMo Guardrails' own tracing: a dialogue, checks of input and output, a refusal, a failing call."""

import os

from common import attempt, telemetry

provider = telemetry()
ODD = os.environ["ODD"]
from nemoguardrails import LLMRails, RailsConfig

YAML = f"""
models:
  - type: main
    engine: openai
    model: gpt-4o-mini
    parameters:
      base_url: {ODD}/v1
      api_key: local
      max_retries: 0
rails:
  input:
    flows: [self check input]
  output:
    flows: [self check output]
prompts:
  - task: self_check_input
    content: "Is it bad? plan:[[CHECKIN]] {{{{ user_input }}}} Answer yes or no."
  - task: self_check_output
    content: "Is it bad? plan:[[CHECKOUT]] {{{{ bot_response }}}} Answer yes or no."
tracing:
  enabled: true
  span_format: FORMAT
  enable_content_capture: true
  adapters:
    - name: OpenTelemetry
"""


def ask(text, check_in="say no", check_out="say no", form="opentelemetry"):
    yaml = YAML.replace("CHECKIN", check_in).replace("CHECKOUT", check_out).replace("FORMAT", form)
    rails = LLMRails(RailsConfig.from_content(yaml_content=yaml))
    rails.generate(messages=[{"role": "user", "content": text}])


attempt(ask, "Where is Oslo? odd:plain")
attempt(ask, "How do I cheat?", "say yes")
attempt(ask, "Where is Rome? odd:plain", "say  no", "say yes")
attempt(ask, "Fails? plan:[[fail]]", "say   no")
attempt(ask, "Where is Oslo? odd:plain", "say    no", form="legacy")
provider.force_flush()
