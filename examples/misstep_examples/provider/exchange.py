"""What a model is asked and what it answers, whichever wire format carried it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model wants made; ``arguments`` as an object."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a model.

    ``system`` is the instruction, ``turns`` the (role, text) pairs after it, ``text`` the last
    turn that is not the model's own. ``tools`` maps a tool's name to its JSON schema.
    """

    model: str
    system: str
    turns: tuple[tuple[str, str], ...]
    tools: dict[str, dict[str, Any]] = field(default_factory=dict)
    json_wanted: bool = False
    stream: bool = False
    usage_in_stream: bool = False
    max_tokens: int | None = None
    cache_marked: bool = False

    @property
    def text(self) -> str:
        """What was last said to the model."""
        return next((text for role, text in reversed(self.turns) if role != "assistant"), "")

    @property
    def everything(self) -> str:
        """Model, instruction and all turns as one text: what a fault can be keyed to."""
        return "\n".join([self.model, self.system, *(text for _, text in self.turns)])

    def data(self) -> Any:
        """The JSON object the last turn carries.

        Raises:
            ValueError: when the last turn holds no JSON object.
        """
        start, end = self.text.find("{"), self.text.rfind("}")
        if start < 0 or end < start:
            raise ValueError(f"no JSON object in the request: {self.text[:80]!r}")
        return json.loads(self.text[start : end + 1])

    def seed(self, purpose: str) -> int:
        """A number that depends on what was asked, and on nothing else."""
        digest = hashlib.sha256(f"{purpose}\n{self.everything}".encode()).digest()
        return int.from_bytes(digest[:8], "big")

    def pick(self, purpose: str, options: Sequence[T]) -> T:
        """One of the options, the same one whenever the same is asked."""
        return options[self.seed(purpose) % len(options)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says; ``finish`` is ``stop``, ``length`` or ``tool_calls``. ``thought`` is what
    models that think aloud send beside the text."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one exchange; ``prompt`` includes ``cached`` and ``written`` (to the cache),
    ``output`` includes ``reasoning``."""

    prompt: int
    output: int
    cached: int = 0
    reasoning: int = 0
    written: int = 0


def token_count(text: str) -> int:
    """About how many tokens a text has: four bytes each, at least one a word."""
    return max(len(text.split()), math.ceil(len(text.encode()) / 4))


def usage_of(ask: Ask, answer: Answer) -> Usage:
    """Usage computed from the texts; long prompts are sometimes served from the prompt cache."""
    prompt = token_count(ask.everything) + 4 * (len(ask.turns) + 1)
    prompt += sum(token_count(json.dumps(schema)) for schema in ask.tools.values())
    calls = "".join(c.name + json.dumps(c.arguments) for c in answer.tool_calls)
    output = token_count(answer.text + calls)
    thinks = ask.model.startswith(_THINKING)
    reasoning = 64 * (1 + ask.seed("reasoning") % 8) if thinks else 0
    cached = prompt // 64 * 64 if ask.seed("cache") % 3 == 0 else 0
    written = (prompt - cached) // 16 * 16 if ask.cache_marked else 0
    return Usage(prompt, output + reasoning, cached, reasoning, written)


_THINKING = ("o1", "gemini-2.5-pro")


def cut_to(answer: Answer, max_tokens: int | None) -> Answer:
    """The answer as a model gives it that runs out of its token limit."""
    if max_tokens is None or token_count(answer.text) <= max_tokens:
        return answer
    return Answer(text=answer.text[: max_tokens * 4], finish="length")
