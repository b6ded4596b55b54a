"""OpenAI embeddings, and hosts that speak like it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep.model import Json
from misstep.providers.shapes import Answered, Asked, by_host, integer, member, pick, text_part


class OpenAIEmbeddings:
    """``POST …/embeddings``."""

    name = "openai.embeddings"

    def matches(self, host: str, path: str, body: dict[str, Any]) -> bool:
        return path.rstrip("/").endswith("/embeddings") and "input" in body

    def asked(self, host: str, path: str, body: dict[str, Any]) -> Asked:
        given = body["input"] if isinstance(body["input"], list) else [body["input"]]
        texts = [g for g in given if isinstance(g, str)]
        return Asked(
            operation="embeddings",
            provider=by_host(host, "openai"),
            model=body.get("model"),
            messages=[{"role": "user", "parts": [text_part(t) for t in texts]}],
            parameters=pick(
                body, {"dimensions": "dimensions", "encoding_format": "encoding_format"}
            ),
        )

    def answered(self, body: dict[str, Any]) -> Answered:
        vector = member(body, "data", 0, "embedding")
        return Answered(
            model=body.get("model"),
            input_tokens=integer(member(body, "usage", "prompt_tokens")),
            output_tokens=0,
            dimensions=len(vector) if isinstance(vector, list) else None,
        )

    def assembled(self, events: Sequence[Json]) -> Answered:
        return Answered(complete=False)

    def said(self, body: Json, text: str) -> Json:
        return body


FORMAT = OpenAIEmbeddings()
