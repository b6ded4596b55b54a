"""What LiteLLM's callback for Langfuse writes beside OpenInference's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from misstep.model import Json
from misstep_store.conventions.values import reading as rd

LANGFUSE = "langfuse.observation."


def counted_beside(a: Mapping[str, Any]) -> Json:
    """What LiteLLM's metadata count of a call, where its streams alone say there what came from a
    cache; None where they count nothing beside."""
    about = rd.parsed(a["metadata"]) if counts_beside(a) else None
    return about.get("usage_object") if isinstance(about, dict) else None


def counts_beside(a: Mapping[str, Any]) -> bool:
    """Whether they may, by a glance."""
    return "llm.request.type" in a and counts_in(a.get("metadata"))


def counts_in(told: Any) -> bool:
    """As :func:`counts_beside`, of the metadata of a call."""
    at = told.rfind(_CACHED) if isinstance(told, str) else -1  # half the time of a search
    while at >= 0:
        if _COUNTED.match(told, at):
            return True
        at = told.rfind(_CACHED, 0, at)
    return False


_CACHED = '"cached_tokens":'
_COUNTED = re.compile(rf"{_CACHED} ?[1-9]")
BEGAN = LANGFUSE + "completion_start_time"
STREAMS, STREAMED = "llm.is_streaming", (True, "True", "true")


def streamed_to_langfuse(a: Mapping[str, Any]) -> bool:
    """Whether LiteLLM says when a stream began; of other answers it says when they ended."""
    return BEGAN in a and a.get(STREAMS) in STREAMED
