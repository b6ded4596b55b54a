# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-cohere",
#   "openinference-instrumentation-litellm",
#   "openinference-instrumentation-llama-index",
#   "openinference-instrumentation==0.1.72",
#   "cohere",
#   "litellm",
#   "mcp",
#   "llama-index-core",
#   "llama-index-postprocessor-cohere-rerank",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Documents reranked under OpenInference: by Cohere's client, LiteLLM and LlamaIndex, and a failure."""

from common import DOCUMENTS, attempt, telemetry
from openinference.instrumentation.cohere import CohereInstrumentor
from openinference.instrumentation.litellm import LiteLLMInstrumentor
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor
from rerankers import ADDRESS

provider = telemetry()
for each in (CohereInstrumentor, LiteLLMInstrumentor, LlamaIndexInstrumentor):
    attempt(each().instrument, tracer_provider=provider)
ASKED = {"query": "capital of Norway", "documents": DOCUMENTS, "top_n": 2}


def cohere():
    import cohere as c

    made = c.ClientV2(api_key="local", base_url=ADDRESS)
    made.rerank(model="rerank-v3.5", **ASKED)
    made.embed(
        model="embed-v4.0",
        texts=DOCUMENTS[:2],
        input_type="search_document",
        embedding_types=["float"],
    )


def failing():
    import cohere as c

    c.ClientV2(api_key="local", base_url=ADDRESS).rerank(
        model="rerank-v3.5", query="please fail", documents=DOCUMENTS
    )


def litellm():
    import litellm as l

    l.rerank(model="jina_ai/jina-reranker-v2", api_base=f"{ADDRESS}/v1", api_key="local", **ASKED)
    l.rerank(model="cohere/rerank-v3.5", api_base=ADDRESS, api_key="local", **ASKED)


def llama_index():
    from llama_index.core.schema import NodeWithScore, TextNode
    from llama_index.postprocessor.cohere_rerank import CohereRerank

    nodes = [NodeWithScore(node=TextNode(text=t), score=0.5) for t in DOCUMENTS]
    made = CohereRerank(api_key="local", top_n=2, model="rerank-v3.5", base_url=ADDRESS)
    made.postprocess_nodes(nodes, query_str="capital of Norway")


for scene in (cohere, failing, litellm, llama_index):
    attempt(scene)
