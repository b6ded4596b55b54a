"""Cohere embeddings, versions 1 and 2."""

from __future__ import annotations

from misstep.providers.shapes import (
    Answered,
    Asked,
    Body,
    Format,
    by_host,
    integer,
    member,
    objects,
    pick,
    text_of,
    text_part,
)


class CohereEmbed(Format):
    """``POST …/v2/embed`` (and ``/v1/embed``)."""

    name = "cohere.embed"
    endings = ("/v2/embed", "/v1/embed")

    def fits(self, path: str, body: Body) -> bool:
        return isinstance(body.get("texts") or body.get("inputs"), list)

    def asked(self, host: str, path: str, body: Body) -> Asked:
        given = body.get("texts")
        texts = [t for t in given if isinstance(t, str)] if isinstance(given, list) else []
        for one in objects(body.get("inputs")):
            texts += [text_of(p.get("text")) for p in objects(one.get("content"))]
        return Asked(
            operation="embeddings",
            provider=by_host(host, "cohere"),
            model=body.get("model"),
            messages=[{"role": "user", "parts": [text_part(t) for t in texts if t]}],
            parameters=pick(body, {"output_dimension": "dimensions", "input_type": "input_type"}),
        )

    def answered(self, body: Body) -> Answered:
        vectors = body.get("embeddings")
        if isinstance(vectors, dict):
            vectors = next((v for v in vectors.values() if isinstance(v, list) and v), None)
        vector = member(vectors, 0)
        told = member(body, "meta", "tokens") or member(body, "meta", "billed_units")
        return Answered(
            response_id=body.get("id"),
            input_tokens=integer(member(told, "input_tokens")),
            output_tokens=0,
            dimensions=len(vector) if isinstance(vector, list) else None,
        )


FORMAT = CohereEmbed()
