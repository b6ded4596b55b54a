# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-chromadb==0.62.4",
#   "chromadb",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Chroma under OpenLLMetry: documents added, queried and got."""

from common import DOCUMENTS, attempt, telemetry
from opentelemetry.instrumentation.chromadb import ChromaInstrumentor

ChromaInstrumentor().instrument(tracer_provider=telemetry())

import chromadb


def search():
    docs = chromadb.EphemeralClient(
        chromadb.Settings(anonymized_telemetry=False)
    ).create_collection("docs")
    docs.add(
        ids=["a", "b", "c"],
        documents=DOCUMENTS,
        embeddings=[[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]],
        metadatas=[{"source": str(n)} for n in range(3)],
    )
    docs.query(query_embeddings=[[0.0, 1.0]], n_results=2)
    docs.get(ids=["a"])


attempt(search)
