"""Ollama embeddings."""

from __future__ import annotations

from misstep.providers.shapes import (
    Answered,
    Asked,
    Body,
    Format,
    by_host,
    integer,
    member,
    pick,
    text_part,
)


class OllamaEmbed(Format):
    """``POST …/api/embed``."""

    name = "ollama.embed"
    endings = ("/api/embed",)

    def fits(self, path: str, body: Body) -> bool:
        return "model" in body and isinstance(body.get("input"), str | list)

    def asked(self, host: str, path: str, body: Body) -> Asked:
        given = body["input"] if isinstance(body["input"], list) else [body["input"]]
        return Asked(
            operation="embeddings",
            provider=by_host(host, "ollama"),
            model=body.get("model"),
            messages=[
                {"role": "user", "parts": [text_part(g) for g in given if isinstance(g, str)]}
            ],
            parameters=pick(body, {"dimensions": "dimensions"}),
        )

    def answered(self, body: Body) -> Answered:
        vector = member(body, "embeddings", 0)
        return Answered(
            model=body.get("model"),
            input_tokens=integer(body.get("prompt_eval_count")),
            output_tokens=0,
            dimensions=len(vector) if isinstance(vector, list) else None,
        )


FORMAT = OllamaEmbed()
