"""LangSmith's OTel export: runs of LangChain, LangGraph, wrapped SDKs and ``@traceable``.

``gen_ai.operation.name`` is no guide here (a retriever says ``embeddings``, a prompt ``chat``):
``langsmith.span.kind`` is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import HopKind, Json, Message
from misstep_store.conventions.asking import question
from misstep_store.conventions.content import ai_sdk, langchain
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import NO_WORDS
from misstep_store.conventions.finishing import company, finish, provider
from misstep_store.conventions.raw import anthropic_streams, bodies
from misstep_store.conventions.readers import otel_genai, vercel
from misstep_store.conventions.readers.openllmetry_steps import tool_answer
from misstep_store.conventions.types import Alone, Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import failed
from misstep_store.conventions.values.times import first_of, waited_ms
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "langsmith"
NAMED = "langsmith.trace.name"
STREAMED = "new_token"
_KINDS: dict[str, HopKind] = {
    "llm": "llm",
    "tool": "tool",
    "retriever": "retriever",
    "embedding": "embedding",
    "agent": "agent",
}
_METADATA = "langsmith.metadata."
_PARAMETERS = {
    "ls_temperature": "temperature",
    "ls_max_tokens": "max_tokens",
    "ls_stop": "stop_sequences",
    "temperature": "temperature",
    "max_tokens": "max_tokens",
    "top_p": "top_p",
    "seed": "seed",
}


MODELS = ("gen_ai.request.model", _METADATA + "ls_model_name", _METADATA + "model_name")
TYPE = _METADATA + "_type"
"""What LangChain calls a model's class: of batches of completions nothing else names the provider."""
_TYPES = {"openai": "openai", "openai-chat": "openai", "anthropic-chat": "anthropic"}


_CLIENTS = {
    "OpenAI": "openai",
    "AzureOpenAI": "azure.ai.openai",
    "Anthropic": "anthropic",
    "AnthropicBedrock": "aws.bedrock",
    "AnthropicVertex": "gcp.vertex_ai",
    "GoogleGenAI": "gcp.gemini",
    "Groq": "groq",
    "Mistral": "mistral_ai",
    "Together": "together_ai",
}
"""Whose clients ``wrapSDK`` may wrap, by their class, after which it names what they do."""
_LOOKS_AFTER = frozenset({"countTokens", "retrieve", "list", "update", "cancel", "delete", "del"})
"""What clients do that asks no model."""


def provider_of(a: Mapping[str, Any]) -> str | None:
    """The provider of a model by its class, or by that of the client that was wrapped."""
    client, dot, _ = str(a.get(NAMED, "")).partition(".")
    return _TYPES.get(rd.text(a, TYPE) or "") or (_CLIENTS.get(client) if dot else None)


def looks_after(a: Mapping[str, Any]) -> bool:
    """Whether a wrapped client did what asks no model: that is told of as if it did."""
    name = str(a.get(NAMED, ""))
    return name.rpartition(".")[2] in _LOOKS_AFTER and name.partition(".")[0] in _CLIENTS


def claims(span: Span) -> bool:
    """Anything with a LangSmith span kind."""
    return "langsmith.span.kind" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(a)
    if kind == "chain" and is_judge(a, span.parent_span_id):
        kind = "evaluator"
    draft = Draft(span, NAME, kind, rd.text(a, NAMED) or span.name)
    draft.role = "call" if kind in ("llm", "embedding") else "hop"
    about(draft, a)
    if draft.role == "call":
        _models(draft, a)
        asked, said = rd.from_repr(a.get("gen_ai.prompt")), rd.from_repr(a.get("gen_ai.completion"))
        call(draft, asked, said)
        otel_genai.models(draft, a)
        otel_genai.usage(draft, a)
        otel_genai.parameters(draft, a)
        _details(draft, a)
        draft.tools = draft.tools or docs.tools(a.get("gen_ai.tool.definitions"))
        draft.response_id = draft.response_id or identity(a)
    else:
        inputs, outputs = rd.decoded(a.get("gen_ai.prompt")), rd.decoded(a.get("gen_ai.completion"))
        if AI_SDK in a:
            _ai_sdk_step(draft, inputs, outputs)
            if is_alone(kind, a):
                model = rd.text(a, *MODELS)
                draft.alone = Alone(vercel.ALONE[a[AI_SDK]], ai_sdk_provider(a), model)
        else:
            step(draft, inputs, outputs)
            if kind == "chain" and inputs == outputs == {}:  # as of steps of OpenAI's agents
                draft.input, draft.output, draft.has_output = None, None, False
    draft.time_to_first_token_ms = waited_ms(span, first_of(span.events, STREAMED))
    if span.status_code != 2 and any(e.name == "exception" for e in span.events):
        _fell_silent(draft)
    return finish(draft)


def identity(a: Mapping[str, Any]) -> str | None:
    """The id of an answer of OpenAI's that stands beside the run, whole but for its words."""
    return rd.text(a, IDENTITY) if a.get(_METADATA + "object") == "response" else None


def is_told(draft: Draft) -> bool:
    """Whether it is a model's call as LangSmith tells of it."""
    return draft.convention == NAME and draft.role == "call" and draft.kind == "llm"


def is_written_over(draft: Draft) -> bool:
    """Whether a call was written on the span of the step around it, which has that one's name."""
    return is_told(draft) and draft.name != draft.span.name


def _fell_silent(draft: Draft) -> None:
    """Some failures end with the status of a success: with no answer, an empty one, or LangChain's.

    A run that was told of at its start keeps the status it had then."""
    if says_nothing(draft):
        draft.messages_out, draft.output, draft.has_output = (), None, False
        draft.error = failed(draft.span)


def says_nothing(draft: Draft) -> bool:
    """Whether a run gave no answer, or one without words."""
    said = any(p != NO_WORDS for m in draft.messages_out for p in m.parts)
    return not said and (not draft.has_output or draft.output == {})


IDENTITY = _METADATA + "id"
AI_SDK = "langsmith.metadata.ai_sdk_method"
"""What Vercel's SDK was asked for, wrapped by LangSmith's."""
PROVIDERS = (_METADATA + "ls_provider", "gen_ai.system", "gen_ai.provider.name")


def ai_sdk_provider(a: Mapping[str, Any]) -> str | None:
    """The provider of a call of Vercel's SDK, after which it is named; a wrapped model's after that."""
    named = rd.text(a, _METADATA + "ls_provider", NAMED)
    if named is not None and named in (a.get(key) for key in MODELS):
        named = rd.text(a, "gen_ai.system")
    return provider(company(named)) if named else None


def _ai_sdk_step(draft: Draft, inputs: Any, outputs: Any) -> None:
    """A tool, given its arguments and the call it answers; or steps around calls, which were asked
    what the SDK was and gave an answer's message."""
    if draft.kind == "tool":
        given = tool_given(inputs)
        if given is not None:
            inputs, draft.tool_call_id = given
        step(draft, inputs, outputs)
        return
    step(draft, inputs, outputs)
    if isinstance(inputs, dict):
        asked = inputs.get("messages") or inputs.get("prompt")
        draft.messages_in = msg.messages(asked) if isinstance(asked, str | list) else ()
        if any(m.parts for m in draft.messages_in):
            draft.input = None
            draft.system = draft.system or msg.system_text(inputs.get("system"))
    if isinstance(outputs, dict) and outputs.get("role") == "assistant":
        draft.messages_out = msg.messages(outputs, "assistant")
        if any(m.parts for m in draft.messages_out):
            draft.output, draft.has_output = None, False


def is_alone(kind: HopKind, a: Mapping[str, Any]) -> bool:
    """Whether a step is a call where none is told of inside, as that of a stream which was stopped."""
    method = a.get(AI_SDK)
    return kind == "chain" and isinstance(method, str) and method in vercel.ALONE


def tool_given(inputs: Any) -> tuple[Json, str] | None:
    """Arguments of a tool of Vercel's SDK, and the id of the call it answers."""
    told = inputs.get("args") if isinstance(inputs, dict) and len(inputs) == 1 else None
    if not isinstance(told, list) or len(told) != 2 or not isinstance(told[1], dict):
        return None
    call_id = rd.text(told[1], "toolCallId")
    return (told[0], call_id) if call_id else None


JUDGED = "langsmith.metadata.target_run_id"
"""Which run an evaluator judges; what it calls says so too."""


def is_judge(a: Mapping[str, Any], parent: str) -> bool:
    """Whether a chain is an evaluator: what stands within one names the run it judges too."""
    return JUDGED in a and not parent


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a run."""
    if looks_after(a):
        return "chain"
    return _KINDS.get(str(a.get("langsmith.span.kind", "")).lower(), "chain")


INVOKED_WITH = _METADATA + "ls_invocation_params"


def asker(a: Mapping[str, Any]) -> str | None:
    """Who asks, as a request of OpenAI's says."""
    told = a.get(INVOKED_WITH)
    if not isinstance(told, str) or '"user"' not in told:
        return None
    given = rd.parsed(told)
    named = rd.text(given, "user") if isinstance(given, dict) else None
    return None if bodies.left_out(named) else named


def about(draft: Draft, a: Mapping[str, Any]) -> None:
    """Session, user, tags, prompt; ``langsmith.trace.session_name`` is the project, not a session."""
    m = _METADATA
    draft.session_id = rd.word(a, m + "session_id", m + "thread_id", m + "conversation_id")
    draft.user_id = rd.word(a, m + "user_id", m + "user") or asker(a)
    draft.prompt_name = rd.text(a, m + "lc_hub_repo", m + "prompt_name")
    draft.prompt_version = rd.word(a, m + "lc_hub_commit_hash", m + "prompt_version")
    if "langsmith.span.tags" in a:
        draft.tags = [t for t in rd.tags(a["langsmith.span.tags"]) if not langchain.is_own_tag(t)]
    draft.tool_call_id = rd.text(a, "gen_ai.tool.call.id")


def _models(draft: Draft, a: Mapping[str, Any]) -> None:
    if AI_SDK in a:
        draft.provider = ai_sdk_provider(a)
    else:
        draft.provider = provider(rd.text(a, *PROVIDERS))
    draft.provider = draft.provider or provider_of(a)
    draft.request_model = rd.text(a, *MODELS)
    found = {
        new: _parameter(a, _METADATA + old)
        for old, new in _PARAMETERS.items()
        if _METADATA + old in a and not bodies.left_out(a[_METADATA + old])
    }
    given = rd.parsed(a.get(INVOKED_WITH))
    draft.parameters = {**(given if isinstance(given, dict) else {}), **found}


def _parameter(a: Mapping[str, Any], key: str) -> Json:
    """A parameter; the SDK for Node writes numbers as texts."""
    value = rd.plain(a[key])
    if not isinstance(value, str) or key.endswith("ls_stop"):
        return value
    told = rd.number(a, key)
    if told is None:
        return value
    return int(told) if told.is_integer() and "." not in value else told


def call(draft: Draft, asked: Any, said: Any) -> None:
    """A model run: ``inputs`` and ``outputs`` of LangChain or of a wrapped SDK."""
    draft.parameters, known = {}, draft.parameters
    asked = _first_of(asked)
    bodies.request(draft, asked)
    draft.parameters = {**draft.parameters, **known}
    if draft.kind == "embedding" and draft.input is None and asked is not None:
        draft.input = asked.get("texts", asked) if isinstance(asked, dict) else asked
    if not draft.messages_in and isinstance(asked, dict) and draft.kind == "llm":
        inner = asked.get("input") if len(asked) == 1 else None
        draft.messages_in = msg.messages(inner if inner is not None else asked)
        if not any(m.parts for m in draft.messages_in):
            draft.messages_in, draft.input = (), asked
    said = _joined(said)
    bodies.response(draft, said)
    bodies.langchain_details(draft, said)
    if isinstance(said, dict) and isinstance(sent := said.get("request"), dict):
        told = Draft(draft.span, NAME, draft.kind)  # what Vercel's SDK sent
        bodies.request(told, sent.get("body"))
        draft.parameters = {**told.parameters, **draft.parameters}
    if not draft.messages_out and isinstance(said, dict) and not _is_empty(said):
        inner = said.get("output", said if draft.kind == "llm" else None)
        if draft.kind == "llm" and isinstance(inner, str | list | dict) and inner:
            draft.messages_out = msg.messages(inner, "assistant")
        if not draft.messages_out and inner not in (None, {}, ""):
            draft.output, draft.has_output = inner, True
    asked_so_far = until_answered(draft.messages_in, draft.messages_out)
    if len(asked_so_far) < len(draft.messages_in):
        question(draft)  # tries of it may have their lists whole
        draft.messages_in = asked_so_far
    if draft.error is None and draft.span.status_code == 2:
        # A failed run still carries an empty generation with the provider's error body.
        draft.messages_out = [m for m in draft.messages_out if m.text or len(m.parts) > 1]


def _joined(said: Any) -> Any:
    """The answer that the events of a stream make, which ``wrapSDK`` writes down as they came, or the
    last of those that a client gave that runs tools itself, with the tokens of them all."""
    told = said.get("outputs") if isinstance(said, dict) and len(said) == 1 else None
    if not isinstance(told, list):
        return said
    whole = anthropic_streams.joined(told) or anthropic_streams.last(told)
    return said if whole is None else whole


def until_answered(asked: Sequence[Message], said: Sequence[Message]) -> Sequence[Message]:
    """What was asked without the answer itself and what came later: a request is written down when it
    is sent on, by when the list of messages that it is of may have grown."""
    called = {
        p["id"]
        for m in said
        for p in m.parts
        if p.get("type") == "tool_call" and len(str(p.get("id") or "")) >= _UNIQUE
    }
    for n, m in enumerate(asked if called else ()):
        if any(p.get("type") == "tool_call" and p.get("id") in called for p in m.parts):
            return asked[:n]
    last = asked[-1] if len(asked) > 1 else None
    again = last is not None and last.role == "assistant" and bool(last.text)
    if last is not None and again and any(m.parts == last.parts for m in said):
        return asked[:-1]
    return asked


_UNIQUE = 9
"""The letters of the shortest ids of calls that no other call has."""


def _first_of(asked: Any) -> Any:
    """The request of a wrapped SDK for Node that was given options beside it."""
    given = asked.get("args") if isinstance(asked, dict) and len(asked) == 1 else None
    return given[0] if isinstance(given, list) and given and isinstance(given[0], dict) else asked


def _is_empty(said: dict[str, Any]) -> bool:
    """Whether it is LangChain's answer, which of a failed call holds no words."""
    return isinstance(said.get("generations"), list) and said.get("type") == "LLMResult"


def step(draft: Draft, inputs: Any, outputs: Any) -> None:
    """A chain, tool or retriever run."""
    given = _unwrapped(inputs, ("input", "query"), keep=draft.kind not in ("retriever",))
    draft.input = langchain.readable(given)
    if draft.kind == "tool":
        draft.input = rd.from_repr(draft.input)
        outputs = tool_answer(outputs)
    for key in ("output", "outputs"):  # Python's envelope of a value, JavaScript's
        if isinstance(outputs, dict) and set(outputs) == {key}:
            outputs = outputs[key]
            break
    if (outputs in (None, {}) and draft.span.status_code == 2) or ai_sdk.is_unread(outputs):
        return
    draft.output, draft.has_output = langchain.readable(outputs), outputs is not None
    if draft.kind == "retriever":
        draft.documents = docs.documents(outputs)


def _unwrapped(value: Any, keys: tuple[str, ...], *, keep: bool) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        key = next(iter(value))
        if key == keys[0] or (not keep and key in keys):
            return value[key]
    return value


def _details(draft: Draft, a: Mapping[str, Any]) -> None:
    """Cached and reasoning tokens stand in JSON metadata, or in Python reprs."""
    for found in (
        rd.parsed(a.get(_METADATA + "usage_metadata")),
        {
            "input_token_details": rd.from_repr(a.get("gen_ai.usage.input_token_details")),
            "output_token_details": rd.from_repr(a.get("gen_ai.usage.output_token_details")),
        },
    ):
        if isinstance(found, dict):
            draft.usage = merged(draft.usage, usage_of(found))


CONVENTION = Convention(NAME, read, scopes=("langsmith", "langsmith.*"), marks=claims)
