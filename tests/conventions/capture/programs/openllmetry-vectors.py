# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-milvus",
#   "opentelemetry-instrumentation-lancedb",
#   "opentelemetry-instrumentation-pinecone",
#   "pymilvus[milvus_lite]<3",
#   "lancedb",
#   "pinecone<8",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Milvus, LanceDB and Pinecone under OpenLLMetry: documents added, searched for, a search that fails."""

import tempfile

from common import DOCUMENTS, attempt, telemetry
from opentelemetry.instrumentation.lancedb import LanceInstrumentor
from opentelemetry.instrumentation.milvus import MilvusInstrumentor
from opentelemetry.instrumentation.pinecone import PineconeInstrumentor
from small_server import serve

provider = telemetry()
for each in (LanceInstrumentor, MilvusInstrumentor, PineconeInstrumentor):
    attempt(each().instrument, tracer_provider=provider)

FOLDER = tempfile.mkdtemp()
ROWS = [{"id": n, "vector": [1.0, float(n)], "text": text} for n, text in enumerate(DOCUMENTS)]


def milvus():
    from pymilvus import MilvusClient

    client = MilvusClient(f"{FOLDER}/milvus.db")
    client.create_collection("docs", dimension=2)
    client.insert("docs", ROWS)
    client.search("docs", data=[[1.0, 1.0]], limit=2, output_fields=["text"])
    client.query("docs", filter="id == 1", output_fields=["text"])
    client.search("nothing", data=[[1.0, 1.0]], limit=2)


def lance():
    import lancedb

    table = lancedb.connect(f"{FOLDER}/lance").create_table("docs", ROWS)
    table.search([1.0, 1.0]).limit(2).to_list()
    table.add(ROWS[:1])
    table.delete("id = 0")


def pinecone():
    from pinecone import Pinecone

    matches = [
        {"id": str(n), "score": 0.9 - n / 10, "metadata": {"text": text}}
        for n, text in enumerate(DOCUMENTS[:2])
    ]
    host = serve(
        {
            "/query": {"matches": matches, "namespace": "facts", "usage": {"readUnits": 1}},
            "/vectors/upsert": {"upsertedCount": 3},
        }
    )
    index = Pinecone(api_key="local").Index(host=host)
    index.upsert(vectors=[{"id": str(r["id"]), "values": r["vector"]} for r in ROWS])
    index.query(vector=[1.0, 1.0], top_k=2, include_metadata=True, namespace="facts")


for scene in (milvus, lance, pinecone):
    attempt(scene)
