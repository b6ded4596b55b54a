"""A local stand-in for paid model providers, speaking their real wire formats over HTTP.

It answers OpenAI chat completions (JSON and event stream), OpenAI embeddings and Anthropic messages
(JSON and event stream). Answers are computed from the request by small rules, so that a corrected
request gets a corrected answer; faults are switched on by name. See :class:`LocalProvider`.
"""

from __future__ import annotations

from misstep_examples.provider.exchange import Answer, Ask, ToolCall
from misstep_examples.provider.faults import FaultBoard, UnknownFaultError
from misstep_examples.provider.local import LocalProvider, RemoteProvider
from misstep_examples.provider.skills import STANDARD, Skill, Skills

__all__ = [
    "STANDARD",
    "Answer",
    "Ask",
    "FaultBoard",
    "LocalProvider",
    "RemoteProvider",
    "Skill",
    "Skills",
    "ToolCall",
    "UnknownFaultError",
]
