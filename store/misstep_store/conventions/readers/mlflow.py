"""MLflow tracing: every value JSON-encoded, the raw request and response of the provider."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Json, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import langchain, pydantic_messages, responses
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.raw import bedrock, bodies
from misstep_store.conventions.readers import autogen, otel_genai
from misstep_store.conventions.readers import mlflow_llama_index as llama_index
from misstep_store.conventions.readers import mlflow_streams as pieces
from misstep_store.conventions.types import CALL_KINDS, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.times import waited_ms
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "mlflow"
_KINDS: dict[str, HopKind] = {
    "LLM": "llm",
    "CHAT_MODEL": "llm",
    "EMBEDDING": "embedding",
    "TOOL": "tool",
    "AGENT": "agent",
    "RETRIEVER": "retriever",
    "RERANKER": "reranker",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluator",
}
FORMATS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "gcp.gemini",
    "groq": "groq",
    "mistral": "mistral_ai",
}
_OBJECT_REPR = re.compile(
    r"<[\w.]+ object( [\w.<>]+)? at 0x[0-9a-f]+>|<\w*APIResponse \[[^\]]*\].*>", re.DOTALL
)


def claims(span: Span) -> bool:
    """Anything with an MLflow span type or request id."""
    a = span.attributes
    return "mlflow.spanType" in a or "mlflow.spanInputs" in a or "mlflow.traceRequestId" in a


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(a)
    draft = Draft(span, NAME, kind)
    asked, said = json_in(a.get("mlflow.spanInputs")), json_in(a.get("mlflow.spanOutputs"))
    if kind == "llm" and span.name.endswith(llama_index.PREPARES):
        kind = draft.kind = "chain"
        draft.role = "hop"
    if isinstance(said, str) and _OBJECT_REPR.fullmatch(said):
        said = None  # a stream or an answer that was never read
    if span.name.startswith(BEDROCK):
        said = _streamed_by_bedrock(span) or said
    _models(draft, a)
    _parameters(draft, a)
    if kind in ("llm", "embedding"):
        draft.teller = teller(a)
        _call(draft, a, asked, said)
        if rd.word(a, "object") == "response":
            _spread(draft, a)
        draft.usage = tokens(usage_of(a.get("mlflow.chat.tokenUsage")), draft.usage)
        if (more := counted_raw(a)) is not None:
            draft.usage = merged(draft.usage, usage_of(more))
        if not draft.tools:
            draft.tools = docs.tools(a.get("mlflow.chat.tools"))
        pieces.chunks(draft)
        pieces.think(draft)
        pieces.streamed(draft)
        if draft.time_to_first_token_ms is None and span.name.startswith(BEDROCK):
            began = next((e.time_unix_nano for e in span.events if e.name in PIECES), 0)
            draft.time_to_first_token_ms = waited_ms(span, began)
    else:
        if kind == "tool":
            draft.tool_call_id = langchain.tool_call_id(said)
        elif kind == "chain":
            langchain.step(draft, asked, said)
        asked, said = map(autogen.dumped, _of_pydantic(asked, said))
        draft.input = langchain.readable(rd.arguments(_alone(asked, _SMOLAGENTS)))
        draft.output = langchain.readable(_alone(said, _VALUE))
        draft.has_output = "mlflow.spanOutputs" in a and said is not None
        if kind == "tool":
            llama_index.tool(draft, a)
        else:
            llama_index.step(draft)
            _crew(draft)
    _about(draft, a)
    otel_genai.fill(draft, a, logs)
    return finish(draft)


_VALUE, _SMOLAGENTS = ("_value",), ("kwargs", "sanitize_inputs_outputs")
"""What MLflow puts around a value that is no object, and how a tool of smolagents is called."""


def _alone(value: Json, around: tuple[str, ...]) -> Json:
    """What such an envelope holds."""
    return value[around[0]] if isinstance(value, dict) and set(value) == set(around) else value


def _of_pydantic(asked: Any, said: Any) -> tuple[Any, Any]:
    """What an agent of Pydantic AI's was asked and gave, without its state."""
    if isinstance(asked, dict) and "user_prompt" in asked:
        asked = asked["user_prompt"]
    if isinstance(said, dict) and said.keys() >= {"output", "_state"}:
        said = said["output"]
    return asked, said


def _crew(draft: Draft) -> None:
    """What a crew or a task of CrewAI's was to do, and what it said."""
    made = draft.output
    if not isinstance(made, dict) or not {"raw", "pydantic", "json_dict"} <= set(made):
        return
    if isinstance(made.get("description"), str):
        draft.input = made["description"]
    shaped = made["json_dict"] or made["pydantic"]
    draft.output = shaped if isinstance(shaped, dict) else rd.parsed(made["raw"])


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span."""
    told = (rd.word(a, "mlflow.spanType") or "").upper()
    # A call that failed early, and OpenAI's images, whose parameters are attributes of their own.
    if "mlflow.llm.model" in a and (told == "UNKNOWN" or (told == "TOOL" and "model" in a)):
        return "llm"
    if told == "LLM" and rd.word(a, "call_type") in _EMBEDS:
        return "embedding"
    return _KINDS.get(told, "chain")


_EMBEDS = ("embedding", "aembedding")
"""What LiteLLM, whose calls are all one type, says of those for vectors."""


def teller(a: Mapping[str, Any]) -> str | None:
    """The library whose call a span is: LangChain's parameters are its own, others name a format."""
    told = rd.word(a, "mlflow.message.format")
    return "langchain" if "invocation_params" in a and told != llama_index.FORMAT else told


def json_in(value: Any) -> Any:
    """A JSON-encoded value, ``null`` and numbers too."""
    found = rd.json_value(value)
    return rd.decoded(found) if isinstance(found, str) else found


def _models(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.provider = provider_of(a)
    if draft.span.name.startswith(BEDROCK):  # MLflow takes the vendor, or the region before it
        draft.provider = "aws.bedrock"
    if draft.provider is None and draft.kind in ("llm", "embedding") and "model" in a:
        draft.provider = of_sdk(draft.span.name)
    draft.request_model, draft.response_model = models_of(a)
    cost = rd.decoded(a.get("mlflow.llm.cost"))
    if isinstance(cost, dict):
        draft.cost_usd = rd.number(cost, "total_cost") or None


def of_sdk(name: str) -> str | None:
    """The provider of requests whose format MLflow does not name, by OpenAI's class that made them."""
    return "openai" if _OF_OPENAI.fullmatch(name) else None


_OF_OPENAI = re.compile(r"(?:Async)?(?:Embeddings|Images)(?:_\d+)?")


def asks_alone(a: Mapping[str, Any]) -> bool:
    """Whether the one model named is the one asked for: Gemini's answers say which one served."""
    return "model" not in a and rd.word(a, "mlflow.message.format") == "gemini"


BEDROCK = "BedrockRuntime."
PIECES = ("content_block_delta", "contentBlockDelta", "chunk")


def _streamed_by_bedrock(span: Span) -> dict[str, Any] | None:
    """The answer that the events of a stream make: MLflow keeps less of it."""
    found = [e.attributes["json"] for e in span.events if "json" in e.attributes]
    return bedrock.streamed(found) if found else None


def models_of(a: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The model asked for and the one that answered; some versions write the former as the latter:
    the answer itself is asked first."""
    asked, served = (_unrouted(_named(rd.word(a, k)), a) for k in ("model", "mlflow.llm.model"))
    if any(name in str(a.get("mlflow.message.format")) for name in _ASK):
        return asked or served, None
    return asked, served if served != asked and not asks_alone(a) else None


_ASK = (llama_index.FORMAT, "pydantic_ai")
"""Formats beside which the model that is asked for is named."""


def _named(model: str | None) -> str | None:
    """A model that an agent keeps as an object of its own, by its name."""
    if not model or model[0] not in "{<":
        return model
    found = rd.parsed(model)
    return rd.text(found, "_model_name", "model_name") if isinstance(found, dict) else None


def _unrouted(model: str | None, a: Mapping[str, Any]) -> str | None:
    """A model without its provider before it: ``openai/gpt-…``."""
    routed, slash, named = (model or "").partition("/")
    return named if slash and named and provider(routed) == provider_of(a) else model


def provider_of(a: Mapping[str, Any]) -> str | None:
    """The provider, which LlamaIndex's embeddings name by their class: ``openaiembedding``."""
    named = rd.word(a, "mlflow.llm.provider")
    named = named.removesuffix("embedding") if named else None
    return provider(named or FORMATS.get(rd.word(a, "mlflow.message.format") or ""))


def _are_words(asked: Any) -> bool:
    return isinstance(asked, dict) and all(type(v) is str for v in asked.values())


def _call(draft: Draft, a: Mapping[str, Any], asked: Any, said: Any) -> None:
    values = None
    if rd.word(a, "mlflow.message.format") == llama_index.FORMAT:
        llama_index.parameters(draft, a)
        asked, values = llama_index.asked(asked), llama_index.values_of(asked)
    if isinstance(asked, dict) and pydantic_messages.OFFERED in asked:
        asked = pydantic_messages.request(asked)
    if values is None:
        bodies.request(draft, asked)
        if draft.kind == "embedding" and draft.input is None and _are_words(asked):
            draft.input = asked  # of a function that embeds, what it was given
    if not draft.messages_in and draft.kind == "llm" and values is not None:
        draft.input = values
    elif not draft.messages_in and draft.kind == "llm" and not msg.may_hold_messages(asked):
        draft.input = asked
    elif not draft.messages_in and draft.kind == "llm":
        draft.messages_in = msg.messages(asked)
        if not any(m.parts for m in draft.messages_in):
            draft.messages_in, draft.input = (), asked
    bodies.response(draft, said)
    bodies.langchain_details(draft, said)
    draft.response_model = draft.response_model or rd.word(a, "mlflow.llm.model")
    if not draft.messages_out and said is not None:
        if draft.kind == "llm" and isinstance(said, str):
            draft.messages_out = msg.messages(said, "assistant")
        elif draft.kind == "llm" and (told := _texts(said)):
            draft.messages_out = told
        elif draft.kind != "llm" or not bodies.is_wordless(said):
            draft.output = bedrock.answer(said) if isinstance(said, dict) else said
            draft.has_output = True
    draft.request_model = draft.request_model or draft.response_model


def _texts(said: Any) -> list[Message]:
    """DSPy's answers: texts, or what stands beside each of them too."""
    if not isinstance(said, list) or not all(isinstance(s, str | dict | None) for s in said):
        return []
    listed = [s if isinstance(s, dict) else {"text": s or ""} for s in said]
    if not all("text" in s for s in listed):
        return []
    made = [msg.message({**s, "role": "assistant", "content": s["text"]}) for s in listed]
    return [m for m in made if m is not None]


def _spread(draft: Draft, a: Mapping[str, Any]) -> None:
    """A response whose fields are attributes of their own, as those of OpenAI's agents."""
    draft.response_id = draft.response_id or rd.word(a, "id")
    draft.usage = merged(draft.usage, usage_of(a.get("usage")))
    if draft.system is None:
        draft.system = rd.word(a, "instructions")
    if not draft.tools:
        draft.tools = docs.tools(a.get("tools"))
    if rd.word(a, "status") in pieces.UNFINISHED:
        body = {k: json_in(a.get(k)) for k in ("status", "error", "incomplete_details")}
        draft.finish_reason = responses.ended(body)
        draft.error = draft.error or responses.failure_in(body)


def tokens(told: Usage, body: Usage) -> Usage:
    """MLflow's counts, but the body's where those leave out what came from the cache."""
    if told.input_tokens and told.input_tokens == body.input_tokens - body.cached_tokens - (
        body.cache_write_tokens
    ):
        return body
    return merged(told, body)


def counted_raw(a: Mapping[str, Any]) -> Any:
    """What the raw answer of a response through LiteLLM counts, of which MLflow keeps the sum alone."""
    if rd.word(a, "call_type") not in _RESPONDS:
        return None
    body = json_in(a.get("raw_llm_response"))
    return body.get("usage") if isinstance(body, dict) else None


_RESPONDS = ("responses", "aresponses")


def _parameters(draft: Draft, a: Mapping[str, Any]) -> None:
    """LangChain's stand in an attribute of their own."""
    given = rd.decoded(a.get("invocation_params"))
    if draft.kind not in ("llm", "embedding") or not isinstance(given, dict):
        return
    if not draft.parameters:
        draft.parameters = {
            k: v
            for k, v in given.items()
            if v is not None and k not in ("model", "model_name", "_type", "messages", "tools")
        }
    if draft.request_model is None:
        draft.request_model = rd.text(given, "model", "model_name")


ASKER = "user"
"""What a request of OpenAI's calls who asks."""


def asker(a: Mapping[str, Any]) -> str | None:
    """Who asks, as a request says; an argument that was not given is told as null, or printed."""
    told = rd.word(a, ASKER) if a.get(ASKER) != "null" else None
    return None if bodies.left_out(told) else told


def _about(draft: Draft, a: Mapping[str, Any]) -> None:
    m = rd.decoded(a.get("metadata"))  # LangChain's
    m = m if isinstance(m, dict) else {}
    draft.session_id = rd.word(a, "session.id", "mlflow.trace.session") or rd.word(
        m, "session_id", "thread_id", "conversation_id"
    )
    draft.user_id = rd.word(a, "user.id", "mlflow.trace.user") or rd.word(m, "user_id")
    if draft.user_id is None and draft.kind in CALL_KINDS:
        draft.user_id = asker(a)
    if draft.provider is None and draft.kind in ("llm", "embedding"):
        draft.provider = provider(rd.word(m, "ls_provider"))
    prompts = rd.decoded(a.get("mlflow.linkedPrompts"))
    if isinstance(prompts, list) and prompts and isinstance(prompts[0], dict):
        draft.prompt_name = rd.text(prompts[0], "name")
        draft.prompt_version = rd.word(prompts[0], "version")


CONVENTION = Convention(NAME, read, scopes=("mlflow.*", "mlflow"), marks=claims)
