"""One request in every wire format, and where it is sent, without any SDK."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SYSTEM = "You are terse."
TOLD = "Get the weather with city: Lyon and days: 3"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
_FUNCTION = {"name": "get_weather", "description": "The weather.", "parameters": SCHEMA}
_TOOL = {"type": "function", "function": _FUNCTION}
_MESSAGES = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": TOLD}]
_GEMINI_SCHEMA = {
    "type": "OBJECT",
    "properties": {"city": {"type": "STRING"}, "days": {"type": "INTEGER"}},
    "required": ["city", "days"],
}


@dataclass(frozen=True)
class Spoken:
    """A request whose answer is a call of ``get_weather``."""

    name: str
    path: str
    body: dict[str, Any]
    model: str
    stream_path: str | None = None
    streaming: dict[str, Any] = field(default_factory=lambda: {"stream": True})

    def at(self, *, stream: bool) -> tuple[str, dict[str, Any]]:
        """Path and body."""
        if not stream:
            return self.path, self.body
        return self.stream_path or self.path, self.body | self.streaming


SPOKEN = {
    s.name: s
    for s in (
        Spoken(
            "openai.chat",
            "/v1/chat/completions",
            {"model": "gpt-4o", "messages": _MESSAGES, "tools": [_TOOL], "temperature": 0.5},
            "gpt-4o",
            streaming={"stream": True, "stream_options": {"include_usage": True}},
        ),
        Spoken(
            "openai.responses",
            "/v1/responses",
            {
                "model": "gpt-4o",
                "instructions": SYSTEM,
                "input": TOLD,
                "tools": [{"type": "function", **_FUNCTION}],
                "temperature": 0.5,
            },
            "gpt-4o",
        ),
        Spoken(
            "anthropic.messages",
            "/v1/messages",
            {
                "model": "claude-3-5-haiku",
                "max_tokens": 200,
                "system": SYSTEM,
                "messages": _MESSAGES[1:],
                "tools": [{"name": "get_weather", "input_schema": SCHEMA}],
                "temperature": 0.5,
            },
            "claude-3-5-haiku",
        ),
        Spoken(
            "gemini.generate",
            "/v1beta/models/gemini-2.5-flash:generateContent",
            {
                "systemInstruction": {"parts": [{"text": SYSTEM}]},
                "contents": [{"role": "user", "parts": [{"text": TOLD}]}],
                "tools": [
                    {
                        "functionDeclarations": [
                            {"name": "get_weather", "parameters": _GEMINI_SCHEMA}
                        ]
                    }
                ],
                "generationConfig": {"temperature": 0.5},
            },
            "gemini-2.5-flash",
            stream_path="/v1beta/models/gemini-2.5-flash:streamGenerateContent",
            streaming={},
        ),
        Spoken(
            "cohere.chat",
            "/v2/chat",
            {
                "model": "command-a-03-2025",
                "messages": _MESSAGES,
                "tools": [_TOOL],
                "temperature": 0.5,
            },
            "command-a-03-2025",
        ),
        Spoken(
            "ollama.chat",
            "/api/chat",
            {
                "model": "llama3.2",
                "messages": _MESSAGES,
                "tools": [_TOOL],
                "stream": False,
                "options": {"temperature": 0.5},
            },
            "llama3.2",
        ),
    )
}
