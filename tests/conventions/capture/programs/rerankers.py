"""A server that reranks and embeds in the shapes of Cohere, Voyage and Jina."""

from common import DOCUMENTS
from small_server import serve


def told(n, score):
    return {"index": n, "relevance_score": score, "document": {"text": DOCUMENTS[n]}}


def rerank(asked):
    found = [told(1, 0.98), told(0, 0.31)]
    if "top_k" in asked:  # Voyage
        given = [{**f, "document": DOCUMENTS[f["index"]]} for f in found]
        return {
            "object": "list",
            "data": given,
            "model": asked["model"],
            "usage": {"total_tokens": 26},
        }
    return {
        "id": "0a1b2c3d",
        "results": found,
        "model": asked["model"],
        "usage": {"total_tokens": 26},
        "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1.0}},
    }


def embed(asked):
    vectors = [[1.0, float(n)] for n in range(len(asked.get("texts") or asked.get("input")))]
    if "texts" in asked:
        return {
            "id": "0a1b2c3e",
            "embeddings": {"float": vectors},
            "texts": asked["texts"],
            "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 12}},
            "response_type": "embeddings_by_type",
        }
    made = [{"object": "embedding", "embedding": v, "index": n} for n, v in enumerate(vectors)]
    return {
        "object": "list",
        "data": made,
        "model": asked["model"],
        "usage": {"total_tokens": 12},
    }


ADDRESS = serve({"/rerank": rerank, "/embed": embed, "/embeddings": embed})
