"""OpenAI embeddings, and hosts that speak like it."""

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


class OpenAIEmbeddings(Format):
    """``POST …/embeddings``."""

    name = "openai.embeddings"
    endings = ("/embeddings",)

    def fits(self, path: str, body: Body) -> bool:
        return "input" in body

    def asked(self, host: str, path: str, body: Body) -> Asked:
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

    def answered(self, body: Body) -> Answered:
        return Answered(
            model=body.get("model"),
            input_tokens=integer(member(body, "usage", "prompt_tokens")),
            output_tokens=0,
            dimensions=_dimensions(member(body, "data", 0, "embedding")),
        )


def _dimensions(vector: object) -> int | None:
    if isinstance(vector, list):
        return len(vector)
    # The OpenAI SDK asks for base64 of 4-byte floats.
    return len(vector.rstrip("=")) * 3 // 16 if isinstance(vector, str) and vector else None


FORMAT = OpenAIEmbeddings()
