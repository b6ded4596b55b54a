"""OpenLLMetry (Traceloop), old and new: decorators, instrumentations, LangChain callbacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from misstep.model import HopKind, Json
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import flattened, langchain, objects, responses
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import Part, part
from misstep_store.conventions.finishing import finish, payloads, provider
from misstep_store.conventions.raw import bedrock
from misstep_store.conventions.readers import openllmetry_steps as steps
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import CALL_KINDS, Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "openllmetry"

_KINDS: dict[str, HopKind] = {
    "workflow": "chain",
    "task": "chain",
    "agent": "agent",
    "tool": "tool",
}
_REQUESTS: dict[str, HopKind] = {
    "chat": "llm",
    "completion": "llm",
    "rerank": "reranker",
    "embedding": "embedding",
}
_PROPERTIES = "traceloop.association.properties."
FUNCTIONS = "llm.request.functions"
"""Tools, flattened; Respan's are a list in JSON."""
_OLD_PARAMETERS = {
    "llm.frequency_penalty": "frequency_penalty",
    "llm.presence_penalty": "presence_penalty",
    "llm.chat.stop_sequences": "stop_sequences",
    "llm.top_k": "top_k",
    "llm.temperature": "temperature",
    "gen_ai.request.structured_output_schema": "response_format",
}


def claims(span: Span) -> bool:
    """Anything with Traceloop's own keys."""
    a = span.attributes
    return (
        "traceloop.span.kind" in a
        or "llm.request.type" in a
        or "traceloop.workflow.name" in a
        or "traceloop.entity.name" in a
        or "traceloop.entity.input" in a
        or ("db.vendor" in a and any(e.name.startswith("db.") for e in span.events))
    )


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span, a)
    draft = Draft(span, NAME, kind, _name(span, a, kind))
    draft.echo = echo_of(kind, span.scope.name)
    real = rd.text(a, _PROPERTIES + "ls_provider")
    draft.provider = provider(real)
    _association(draft, a)
    otel_genai.fill(draft, a, logs)
    if kind == "llm" and "traceloop.entity.input" in a:
        _name_results(draft, a["traceloop.entity.input"])
    if draft.provider is None:
        named = langchain.company(span.name) if kind in CALL_KINDS else None
        draft.provider = provider(rd.text(a, LIBRARY)) or named
    if draft.request_model is None:
        draft.request_model = rd.text(a, EMBEDDED_WITH)
    if draft.request_model == UNNAMED:
        draft.request_model = rd.text(a, NAMED)
        draft.response_model = None if draft.response_model == UNNAMED else draft.response_model
    opened = OPENED.get(span.scope.name)
    if opened is not None:
        for message in (*draft.messages_in, *draft.messages_out):
            message.parts = opened(message.parts)
    if span.scope.name.startswith(_OF_NODE):
        _open(draft)
    _old(draft, a)
    if kind in ("retriever", "chain"):
        _query_results(draft)
        _filter(draft, a)
    elif kind == "reranker":
        _reranked(draft)
    if kind not in ("llm", "embedding") or not draft.messages_in:
        payloads(draft, a, ("traceloop.entity.input",), ())
    failed = "error.type" in a and kind == "llm"  # Respan tells the failure as what was said too
    if kind not in ("llm", "embedding") or not (draft.messages_out or failed):
        payloads(draft, a, (), ("traceloop.entity.output",))
    draft.instructs = span.name == SESSION
    if kind == "tool":
        steps.unwrap_tool(draft)
    elif kind not in ("llm", "embedding"):
        steps.unwrap_step(draft)
    return finish(draft)


def _name_results(draft: Draft, given: Any) -> None:
    """Messages as they were given, where results of tools else do not say of which call they are:
    the flattened of Respan's do not."""
    results = (p for m in draft.messages_in if m.role == "tool" for p in m.parts)
    if any(p.get("type") == "tool_call_response" and p.get("id") is None for p in results):
        whole = msg.messages(given)
        if len(whole) == len(draft.messages_in):
            draft.messages_in = whole


SESSION = "openai.session"
"""A realtime session, which says it is a chat, around the answers in it."""
NAMED = _PROPERTIES + "ls_model_name"  # as LangChain says it, where the instrumentation knows none
NETRA_KIND, NETRA_NAME = "netra.span.kind", "netra.entity.name"
LIBRARY = "netra.instrumentation.name"  # Netra's, which else names no provider
_SDK_OF_NETRA = "netra.instrumentation."


def echo_of(kind: str, scope: str) -> str:
    """Calls that may be told of beside them too: of what LangChain asks, Netra's own telling of the
    SDK's request has no answer."""
    return "inside" if kind in CALL_KINDS and scope.startswith(_SDK_OF_NETRA) else ""


EMBEDDED_WITH = "embedding.model_name"  # LlamaIndex's, in mid-2025
_OF_NODE = "@traceloop/"


def is_plain(scope: str) -> bool:
    """Whether messages stand as they are in what this instrumentation writes."""
    return scope not in OPENED and not scope.startswith(_OF_NODE)


def _open(draft: Draft) -> None:
    """Blocks and whole lists of messages that the instrumentations for Node print into texts."""
    given = draft.messages_in
    alone = given[0].parts if len(given) == 1 else ()
    listed = _listed(alone[0]) if len(alone) == 1 else None
    if any("role" in m or m.get("type") in responses.ITEMS for m in listed or ()):
        draft.messages_in = msg.messages(listed)
    for message in draft.messages_in:
        made: list[Part] = []
        for one in message.parts:
            blocks = _listed(one)
            made += [one] if blocks is None else [part(b) for b in blocks]
        message.parts = made
    if draft.system is not None and draft.system[:2] == "[{":
        draft.system = None  # as the messages say it


def _listed(one: Part) -> list[dict[str, Any]] | None:
    """The blocks, items or messages in a text; None where there are none."""
    text = one.get("content") if one.get("type") == "text" else None
    if not isinstance(text, str) or text[:2] != "[{":
        return None
    found = rd.parsed(text)
    is_list = isinstance(found, list) and all(
        isinstance(b, dict) and ("role" in b or "type" in b) for b in found
    )
    return found if is_list else None


_PRINTED = ("tool_use", "thinking", "redacted_thinking", "reasoning", "server_tool_use")


def _unprinted(found: list[Part]) -> list[Part]:
    """Parts, those opened that are blocks of Anthropic's or OpenAI's printed into texts."""
    if not any(_is_printed(p) for p in found):
        return found
    called = [p["id"] for p in found if p.get("type") == "tool_call" and p.get("id") is not None]
    made: list[Part] = []
    for one in found:
        block = rd.parsed(one["content"]) if _is_printed(one) else None
        if not isinstance(block, dict):
            made.append(one)
        elif block.get("id") not in called:
            made.append(part(block))
    return made


def _is_printed(one: Part) -> bool:
    text = one.get("content") if one.get("type") == "text" else None
    if not isinstance(text, str) or text[:2] != '{"':
        return False
    return any(f'"type": "{kind}"' in text for kind in _PRINTED) or '_tool_result"' in text


def _unquoted(found: list[Part]) -> list[Part]:
    """Texts that stand in texts as JSON."""
    for one in found:
        text = one.get("content") if one.get("type") == "text" else None
        if isinstance(text, str) and text[:1] == '"' and isinstance(said := rd.parsed(text), str):
            one["content"] = said
    return found


def _thought_aloud(found: list[Part]) -> list[Part]:
    """Bedrock's thoughts, which stand in texts as JSON; until 2026 all words of a prompt do."""
    return [_block(p, '{"reasoningContent"', rd.parsed) for p in _unquoted(found)]


def _of_gemini(found: list[Part]) -> list[Part]:
    """Gemini's parts, of which all but texts are printed as objects, and the last of a stream."""
    opened = [
        _block(p, _PRINTED_PART, objects.fields_of) if _is_printed_part(p) else p for p in found
    ]
    for one in opened:
        if one.get("type") == "text":  # pieces of a stream without words
            one["content"] = _NO_WORDS.sub("", str(one["content"]))
    return [p for p in opened if p != _NOTHING]


_NO_WORDS = re.compile(r"^(?:None){2,}")


def _is_printed_part(one: Part) -> bool:
    text = one.get("content") if one.get("type") == "text" else None
    return isinstance(text, str) and text.startswith(_PRINTED_PART) and text.count("=") > 1


_NOTHING: Part = {"type": "text", "content": ""}
_PRINTED_PART = ("media_resolution=", "video_metadata=", "thought=", "code=", "outcome=")
"""How Google's SDK begins to print a part, code that ran, and what came of it."""


def _block(one: Part, begins: str | tuple[str, ...], read: Callable[[str], Json]) -> Part:
    text = one.get("content") if one.get("type") == "text" else None
    if not isinstance(text, str) or not text.startswith(begins):
        return one
    block = read(text)
    if not isinstance(block, dict):
        return one
    known = {k: v for k, v in block.items() if v is not None}
    if known.keys() & {"code", "outcome"} and "class" not in known:
        known = {"executable_code" if "code" in known else "code_execution_result": known}
    return part(known)


OPENED: dict[str, Callable[[list[Part]], list[Part]]] = {
    "opentelemetry.instrumentation.langchain": _unprinted,
    "opentelemetry.instrumentation.bedrock": _thought_aloud,
    "opentelemetry.instrumentation.google_generativeai": _of_gemini,
    "respan_instrumentation_anthropic._instrumentation": _unquoted,
}
"""Opens the parts of messages that an instrumentation does not write as they are."""


def kind_of(span: Span, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span."""
    named = a.get("traceloop.span.kind", a.get(NETRA_KIND))
    if span.name == SESSION:
        return "chain"
    if a.get("gen_ai.operation.name") == "vector_db_retrieve":
        return "retriever"  # a LangChain retriever, which calls itself a task too
    if a.get("gen_ai.operation.name") == "execute_tool" and named == "task":
        return "tool"  # LangChain's under Node
    if named == "task" and span.scope.name == steps.OF_NODE and steps.is_nameless(a.get(ENTITY)):
        return "tool"  # as it was until 2026
    if is_llama_index(span.scope.name):
        found = _llama_index_kind(rd.text(a, ENTITY) or span.name)
        if found is not None:
            return found
    if "gen_ai.guardrail.status" in a or "gen_ai.guardrail.name" in a:
        return "guardrail"
    if isinstance(named, str) and named.lower() in _KINDS:
        return _KINDS[named.lower()]
    asked = a.get("llm.request.type")
    if isinstance(asked, str) and asked.lower() in _REQUESTS:
        return _REQUESTS[asked.lower()]
    if "db.vendor" in a or "db.system" in a:
        if any(e.name in ("db.query.result", "db.search.result") for e in span.events):
            return "retriever"
        return "retriever" if span.name.endswith(_SEARCHES) else "chain"
    found = bedrock.kind_by_name(span, otel_genai.kind_of(a))
    # A long conversation drops a call's first attributes, which say what it is.
    asks = _ANSWER in a or langchain.company(span.name) is not None  # the latter if it failed early
    return "llm" if found == "chain" and not named and asks else found


def is_llama_index(scope: str) -> bool:
    """Whether a span is of a part of LlamaIndex."""
    return scope.endswith(".llamaindex") or scope == steps.LLAMA_INDEX_OF_NODE


def told_by_class(scope: str) -> Callable[[Any], Any] | None:
    """What matters of the name of an entity, where that is its class, which says what it is."""
    if is_llama_index(scope):
        return lambda entity: entity
    return steps.is_nameless if scope == steps.OF_NODE else None


ENTITY = "traceloop.entity.name"
"""A step by its name; LlamaIndex's by its class."""
_ANSWER = "gen_ai.completion.0.role"


_SEARCHES = (".query", ".search", ".query_points", ".hybrid_search", ".recommend", ".retrieve")
_PARTS_OF_NODE = ("_retriever", "_embedding", "_reranker")
_CLASSES: dict[str, HopKind] = {
    "Retriever": "retriever",
    "Embedding": "embedding",
    "Rerank": "reranker",
    "Reranker": "reranker",
    "Tool": "tool",
    "Agent": "agent",
}


def _llama_index_kind(entity: str) -> HopKind | None:
    """LlamaIndex: every part is a workflow or a task; its class says what it is."""
    part = entity.partition(".")[0]
    if part == "BaseEmbedding":
        return "embedding"
    if part.endswith(_PARTS_OF_NODE):  # "vector_index_retriever.retrieve"
        part = part.rpartition("_")[2].capitalize()
    if part.startswith("Base") or part.endswith("WorkflowAgent"):
        return None  # steps of an agent, not the agent
    return next((kind for end, kind in _CLASSES.items() if part.endswith(end)), None)


def _name(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    entity = rd.text(a, "traceloop.entity.name") if "traceloop.span.kind" in a else None
    entity = entity or (rd.text(a, NETRA_NAME) if NETRA_KIND in a else None)
    # OpenTelemetry's package for OpenAI's agents has no name for tasks and turns.
    return entity or (STEP if span.name == UNNAMED else otel_genai.name_of(span, a, kind))


UNNAMED, STEP = "unknown", "step"


_OF_NETRA = "netra.association.properties."  # which calls everything of Traceloop's so
SESSIONS = (
    *(_PROPERTIES + k for k in ("session_id", "conversation_id", "chat_id", "thread_id")),
    *(_OF_NETRA + "session_id", "netra.session_id"),
)
USERS = (_PROPERTIES + "user_id", "llm.user", _OF_NETRA + "user_id", "netra.user_id")


def _association(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.session_id = rd.text(a, *SESSIONS)
    draft.user_id = rd.text(a, *USERS)
    draft.prompt_name = rd.text(a, "traceloop.prompt.key")
    draft.prompt_version = rd.word(a, "traceloop.prompt.version_name", "traceloop.prompt.version")
    if draft.kind in ("chain", "agent"):
        draft.pipeline = rd.text(a, "traceloop.workflow.name")
    draft.path = rd.text(a, "traceloop.entity.path")


def _old(draft: Draft, a: Mapping[str, Any]) -> None:
    """What versions before 0.5x called otherwise."""
    if any(key in a for key in FIRST):
        _first(draft, a)
    if not draft.tools:
        found = rd.indexed(a, FUNCTIONS)
        draft.tools = [docs.tool(f) for f in found] or docs.tools(a.get(FUNCTIONS))
    more = {new: rd.parsed(a[old]) for old, new in _OLD_PARAMETERS.items() if old in a}
    if more:
        draft.parameters = {**more, **draft.parameters}
    if not draft.usage.input_tokens and "llm.usage.total_tokens" in a and draft.kind == "embedding":
        draft.usage = merged(draft.usage, usage_of({"total_tokens": a["llm.usage.total_tokens"]}))
    for index in ("gen_ai.completion.0.finish_reason", "llm.response.finish_reason"):
        if draft.finish_reason is None:
            draft.finish_reason = rd.text(a, index, "llm.response.stop_reason", ENDED)


ENDED = "llm.finish_reason"  # as OpenInference's processor adds it
FIRST = ("llm.request.model", "llm.vendor", "llm.prompts.0.content", "llm.prompts.0.user")


def _first(draft: Draft, a: Mapping[str, Any]) -> None:
    """The first versions, before there were GenAI conventions: everything under ``llm.``."""
    draft.provider = draft.provider or provider(rd.text(a, "llm.vendor"))
    draft.request_model = draft.request_model or rd.text(a, "llm.request.model")
    draft.response_model = draft.response_model or rd.text(a, "llm.response.model")
    asked = rd.integer(a, "llm.usage.prompt_tokens")
    said = rd.integer(a, "llm.usage.completion_tokens")
    draft.usage = merged(draft.usage, usage_of({"input_tokens": asked, "output_tokens": said}))
    if not draft.messages_in:
        draft.messages_in = flattened.messages(a, "llm.prompts", "user")
    if not draft.messages_out:
        draft.messages_out = flattened.messages(a, "llm.completions", "assistant")
    known = {k: f"llm.{k}" for k in _FIRST_PARAMETERS if f"llm.{k}" in a}
    if "llm.request.max_tokens" in a:
        known["max_tokens"] = "llm.request.max_tokens"
    draft.parameters = {**{k: rd.plain(a[key]) for k, key in known.items()}, **draft.parameters}


_FIRST_PARAMETERS = ("temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty")


_FILTERS = ("db.milvus.query.filter", "db.milvus.search.filter", "db.chroma.query.where")


def _filter(draft: Draft, a: Mapping[str, Any]) -> None:
    """What a store was asked for, where it is not a vector."""
    if draft.kind == "retriever":
        payloads(draft, a, _FILTERS, ())


def _reranked(draft: Draft) -> None:
    """Documents stand as system messages before the query, and as answers with their scores."""
    given = [m.text for m in draft.messages_in if m.role == "system" and m.text]
    asked = next((m.text for m in draft.messages_in if m.role == "user" and m.text), None)
    found = [d for m in draft.messages_out for d in docs.ranked(m.text or "")]
    if found or given:
        draft.messages_in = draft.messages_out = ()
        draft.input = {"query": asked, "documents": given} if given else asked
    if found:
        draft.documents = draft.output = found
        draft.has_output = True


def _query_results(draft: Draft) -> None:
    """Vector stores: one event a result."""
    found = []
    for event in draft.span.events:
        for prefix in ("db.query.result", "db.search.result"):
            if event.name == prefix:
                item = {
                    k.removeprefix(prefix + ".").removeprefix("db.query.result."): rd.parsed(v)
                    for k, v in event.attributes.items()
                    if k not in _NO_FACTS and v != "None"
                }
                found.append(docs.document(_stored(item)))
    if found:
        draft.documents = found
        if not draft.has_output:
            draft.output, draft.has_output = found, True


_NO_FACTS = frozenset({"db.search.query.id"})


def _stored(item: dict[str, Any]) -> dict[str, Any]:
    """What a store keeps of a document, printed as ``entity`` or ``metadata``, among its own."""
    for key in ("entity", "metadata"):
        kept = rd.from_repr(item.get(key))
        if isinstance(kept, dict):
            item = {**{k: v for k, v in item.items() if k != key}, **kept}
    return item


CONVENTION = Convention(
    NAME,
    read,
    scopes=(
        "traceloop.tracer",
        "@traceloop/instrumentation-*",
        "@traceloop/node-server-sdk",
        "traceloop.*",
        "opentelemetry.instrumentation.openai.v1",
        "opentelemetry.instrumentation.openai.v0",
        "opentelemetry.instrumentation.openai_agents",
        "opentelemetry.instrumentation.anthropic",
        "opentelemetry.instrumentation.langchain",
        "opentelemetry.instrumentation.llamaindex",
        "opentelemetry.instrumentation.bedrock",
        "opentelemetry.instrumentation.cohere",
        "opentelemetry.instrumentation.voyageai",
        "opentelemetry.instrumentation.google_generativeai",
        "opentelemetry.instrumentation.vertexai",
        "opentelemetry.instrumentation.groq",
        "opentelemetry.instrumentation.mistralai",
        "opentelemetry.instrumentation.ollama",
        "opentelemetry.instrumentation.together",
        "opentelemetry.instrumentation.replicate",
        "opentelemetry.instrumentation.watsonx",
        "opentelemetry.instrumentation.sagemaker",
        "opentelemetry.instrumentation.alephalpha",
        "opentelemetry.instrumentation.transformers",
        "opentelemetry.instrumentation.haystack",
        "opentelemetry.instrumentation.mcp",
        "opentelemetry.instrumentation.agno",
        "opentelemetry.instrumentation.writer",
        "opentelemetry.instrumentation.chromadb",
        "opentelemetry.instrumentation.pinecone",
        "opentelemetry.instrumentation.qdrant",
        "opentelemetry.instrumentation.weaviate",
        "opentelemetry.instrumentation.milvus",
        "opentelemetry.instrumentation.lancedb",
        "opentelemetry.instrumentation.marqo",
    ),
    marks=claims,
)
