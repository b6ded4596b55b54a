"""What odd answers are made of, whatever their wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]


@dataclass
class Made:
    """An answer: its body, and what a reader of the export has to find in it."""

    body: dict[str, Any]
    served: str
    text: str = ""
    thought: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    finish: str = "stop"
    usage: dict[str, int] = field(default_factory=dict)


def usage_of(name: str, cached: int = 0, reasoning: int = 0, written: int = 0) -> dict[str, int]:
    """Token counts, other ones for each name."""
    seed = sum(map(ord, name))
    prompt = 100 + seed % 89 + cached + written
    return {
        "prompt": prompt,
        "output": 11 + seed % 37 + reasoning,
        "cached": cached,
        "reasoning": reasoning,
        "written": written,
    }


CITIES = [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Łódź 🌧"})]
THOUGHT = "The user wants a city; Łódź has four letters."
