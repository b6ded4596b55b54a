"""Gemini embeddings: one text a request, or a batch of requests."""

from __future__ import annotations

from misstep.providers.gemini_generate import either, model_in
from misstep.providers.shapes import (
    Answered,
    Asked,
    Body,
    Format,
    by_host,
    integer,
    member,
    objects,
    text_of,
    text_part,
)


class GeminiEmbed(Format):
    """``POST …/models/MODEL:embedContent`` and ``:batchEmbedContents``."""

    name = "gemini.embed"
    endings = (":embedContent", ":batchEmbedContents")

    def fits(self, path: str, body: Body) -> bool:
        return isinstance(body.get("content"), dict) or isinstance(body.get("requests"), list)

    def asked(self, host: str, path: str, body: Body) -> Asked:
        requests = objects(body.get("requests")) or [body]
        contents = [r.get("content") for r in requests]
        texts = [text_of(p.get("text")) for c in contents for p in objects(member(c, "parts"))]
        dimensions = either(requests[0], "outputDimensionality")
        return Asked(
            operation="embeddings",
            provider=by_host(host, "gcp.gemini"),
            model=model_in(path),
            messages=[{"role": "user", "parts": [text_part(t) for t in texts if t]}],
            parameters={} if dimensions is None else {"dimensions": dimensions},
        )

    def answered(self, body: Body) -> Answered:
        one = body.get("embedding") or member(body, "embeddings", 0)
        values = member(one, "values")
        return Answered(
            dimensions=len(values) if isinstance(values, list) else None,
            input_tokens=integer(either(either(body, "usageMetadata"), "promptTokenCount")),
            output_tokens=0,
        )


FORMAT = GeminiEmbed()
