"""OpenInference: flattened messages, ``input.value`` / ``output.value``, its own span kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import HopKind, Json, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import langchain, responses
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import media, part
from misstep_store.conventions.finishing import finish, provider, says_nothing
from misstep_store.conventions.raw import bedrock, bodies, counting
from misstep_store.conventions.raw.said import leaves_out_calls
from misstep_store.conventions.readers import generic, otel_genai, strands
from misstep_store.conventions.readers import openinference_beeai as beeai
from misstep_store.conventions.readers import openinference_documents as documents
from misstep_store.conventions.readers import openinference_libraries as libraries
from misstep_store.conventions.readers import openinference_litellm as litellm
from misstep_store.conventions.readers import openinference_raw as raw
from misstep_store.conventions.readers import openinference_scores as scores
from misstep_store.conventions.types import CALL_KINDS, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.conventions.values.times import first_piece, unix_nano, waited_ms
from misstep_store.conventions.values.usage import cost_of, merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "openinference"
KIND = "openinference.span.kind"
METADATA = "metadata"

KINDS: dict[str, HopKind] = {
    "LLM": "llm",
    "DECISION": "llm",
    "EMBEDDING": "embedding",
    "TOOL": "tool",
    "AGENT": "agent",
    "RETRIEVER": "retriever",
    "RERANKER": "reranker",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluator",
}
_SHOWN: dict[str, HopKind] = {
    "llm.input_messages.0.message.role": "llm",
    "llm.input_messages.0.message.content": "llm",
    "llm.output_messages.0.message.role": "llm",
    "llm.model_name": "llm",
    "embedding.model_name": "embedding",
    "reranker.model_name": "reranker",
    "retrieval.documents.0.document.content": "retriever",
}
"""Keys of its own that say what a span without a named kind is."""
_MESSAGES = {"input_messages": "user", "output_messages": "assistant"}
Items = list[tuple[str, Any]]


def claims(span: Span) -> bool:
    """Anything that names an OpenInference span kind, or has its messages without one."""
    a = span.attributes
    return KIND in a or any(key in a for key in _SHOWN)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    if beeai.is_event(a, span.scope.name):
        return finish(beeai.event(Draft(span, NAME), a))
    draft = bedrock.vectors(read_as(Draft(span, NAME, kind_of(a, span.name)), a, logs))
    return counting.no_call(draft, counting.counts(span.name))


def read_as(draft: Draft, a: Mapping[str, Any], logs: Logs) -> Draft:
    """A draft of a known kind with all that OpenInference's attributes say."""
    span, kind = draft.span, draft.kind
    if kind == "tool":
        draft.name = rd.text(a, "tool.name") or otel_genai.named(span.name, kind)
    elif kind == "agent":
        told = rd.text(a, "agent.name", "gen_ai.agent.name")
        draft.name = told or otel_genai.named(span.name, kind)
    lists = _flattened(a)
    _messages(draft, lists, a)
    _models(draft, a)
    _usage(draft, a)
    _payloads(draft, a, lists)
    draft.finish_reason = draft.finish_reason or rd.text(a, "llm.finish_reason")
    _rest(draft, a, lists)
    if any(k.startswith("gen_ai.") for k in a) or logs:
        otel_genai.fill(draft, a, logs)
    (libraries.call if kind == "llm" else libraries.step)(draft, a)
    finish(draft)
    if draft.input is None or not draft.has_output:
        _raw(draft, a)
    return draft


def kind_of(a: Mapping[str, Any], name: str = "") -> HopKind:
    """The hop kind of a span; where none is named, its keys show a call, or its name."""
    named = a.get(KIND)
    if named is None:
        shown = next((kind for key, kind in _SHOWN.items() if key in a), None)
        return shown or ("llm" if name == "call_llm" else "chain")  # ADK's, which failed early
    if named == "TOOL" and "llm.request.type" in a and "llm.model_name" in a:
        return "llm"  # as LiteLLM calls requests that offer tools
    return KINDS.get(str(named).upper(), "chain")


def _flattened(a: Mapping[str, Any]) -> dict[str, Items]:
    """The indexed attributes by list name, in one pass: ``{"input_messages": [("0.…", v), …]}``."""
    found: dict[str, Items] = {}
    for key, value in a.items():
        if key.startswith("llm."):
            name, dot, rest = key[4:].partition(".")
            if dot and rest[:1].isdecimal():
                found.setdefault(name, []).append((rest, value))
        elif "." in key and key[0] in _LIST_INITIALS:
            for prefix in _LISTS:
                if key.startswith(prefix) and key[len(prefix) :].startswith("."):
                    found.setdefault(prefix, []).append((key[len(prefix) + 1 :], value))
    return found


_LISTS = (
    "retrieval.documents",
    "reranker.output_documents",
    "reranker.input_documents",
    "embedding.embeddings",
    "evaluations",
    "annotations",
    "trace.evaluations",
    "session.evaluations",
    "trace.annotations",
    "session.annotations",
)
_LIST_INITIALS = frozenset(p[0] for p in _LISTS)


def _are_choices(found: Sequence[Message], a: Mapping[str, Any]) -> bool:
    """Whether several answers are one each, not the items of one."""
    said = str(a.get("output.value", "")) if len(found) > 1 else ""
    return '"choices"' in said or '"candidates"' in said


def _messages(draft: Draft, lists: Mapping[str, Items], a: Mapping[str, Any]) -> None:
    for name, role in _MESSAGES.items():
        pairs = lists.get(name)
        if pairs:
            found = [m for item in rd.items(pairs) if (m := _message(item, role)) is not None]
            if name == "input_messages":
                draft.messages_in = found
            else:
                draft.messages_out = found if _are_choices(found, a) else bodies.joined(found)
    if draft.kind == "llm" and draft.span.scope.name.startswith("strands"):
        strands.move_history(draft)
    for name in ("tools", "functions"):
        if name in lists and not draft.tools:
            draft.tools = [t for item in rd.items(lists[name]) for t in docs.tools_of(item)]


def _message(item: Mapping[str, Any], default: str) -> Message | None:
    role: Any = default
    content: Json = None
    more: dict[str, Any] = {}
    contents: Items = []
    calls: Items = []
    answers: Items = []
    for key, value in item.items():
        field = key[8:] if key.startswith("message.") else key
        if field == "role":
            role = value
        elif field == "content":
            content = value
        elif field.endswith(".message.tool_call_id"):  # BeeAI's, beside a tool's words
            more.setdefault("tool_call_id", value)
        elif field.startswith("contents."):
            contents.append((field[9:], value))
        elif field.startswith("content."):  # traceAI's pictures
            contents.append((field[8:], value))
        elif field.startswith("tool_calls."):
            calls.append((field[11:], value))
        elif field.startswith("function.") and field[9:].isdecimal():
            answers.append((field[9:], value))
        elif field.startswith("function_call_"):
            more.setdefault("function_call", {})[_FUNCTION.get(field, field)] = value
        else:
            more[field] = value
    if answers:
        return shapes.message("tool", [_answer(rd.parsed(value)) for _, value in answers])
    parts = [p for c in rd.items(contents) if (p := _content(c)) is not None]
    known = not content or any(p.get("content") == content for p in parts)
    if parts and isinstance(content, str) and not known:  # words beside the pictures
        parts.insert(0, {"type": "text", "content": content})
    if role == "user" and "tool_call_id" in more and not calls:  # of Anthropic's results
        role = "tool"
    raw = {
        **more,
        "role": role or default,
        "content": parts if parts else content,
        "tool_calls": [c for i in rd.items(calls) if (c := _call(i))["name"] or c["id"]],
    }
    return msg.message(raw, default)


def _answer(told: Json) -> dict[str, Json]:
    """What a function gave, as AutoGen's instrumentation writes it: all in one message."""
    if not isinstance(told, dict):
        return part({"type": "tool_call_response", "response": told})
    return part(
        {"type": "tool_call_response", "id": told.get("call_id"), "response": told.get("content")}
    )


_FUNCTION = {"function_call_name": "name", "function_call_arguments_json": "arguments"}


def _call(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": item.get("tool_call.id"),
        "name": item.get("tool_call.function.name"),
        # Left out where there are none.
        "arguments": item.get("tool_call.function.arguments", "{}"),
    }


_REDACTED = '"__REDACTED__"'
_THOUGHTS = ("reasoning", "summary_text", "reasoning_text")
_NOWHERE = "data:None;url,None"  # a link, which an older version took for bytes


def _content(item: Mapping[str, Any]) -> dict[str, Any] | None:
    c = {k.removeprefix("message_content."): v for k, v in item.items()}
    kind = c.get("type")
    for modality in ("image", "audio", "file", "video"):
        for key in (f"{modality}.{modality}.url", f"{modality}.url", f"{modality}.{modality}"):
            if c.get(key) == _NOWHERE:
                return None
            if c.get(key):
                return {"type": "blob", **media(modality, c[key], c.get(f"{modality}.mime_type"))}
    if "tool_call.function.name" in c or kind == "tool_use":
        return {"type": "tool_call", **_call(c)}
    if str(kind).endswith("_tool_result"):
        told = rd.parsed(c.get("text"))
        return part(told) if isinstance(told, dict) else None
    if kind == "document" and _REDACTED not in str(c.get("text")):  # else the request may have it
        told = rd.parsed(c.get("text"))
        if isinstance(told, dict):
            return part(told)
    if kind == "reasoning" and "text" not in c and "data" in c:
        return {"type": "redacted_thinking"}
    if "text" in c:
        return {"type": "reasoning" if kind in _THOUGHTS else "text", "content": c["text"]}
    return {**c, "type": kind} if kind and len(c) > 1 else None


def _models(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.provider = provider(rd.text(a, *PROVIDERS))
    if draft.provider == GEMINI and draft.span.scope.name.endswith(ON_VERTEX):
        draft.provider = "gcp.vertex_ai"
    if draft.provider is None and draft.kind in CALL_KINDS:
        draft.provider = company_of(draft.span.scope.name, a)
    given = rd.from_repr(next((a[key] for key in ASKED_WITH if key in a), None))
    given = flat(given) if isinstance(given, dict) else {}
    named = rd.text(a, *MODEL_NAMES)
    asked = rd.text(a, *ASKED) or given.get("model") or given.get("model_name")
    draft.request_model = asked if isinstance(asked, str) else named
    draft.response_model = rd.text(a, *SERVED)
    draft.response_id = rd.text(a, IDENTITY)
    if given:
        draft.parameters = {
            k: v
            for k, v in given.items()
            if k not in _NOT_PARAMETERS and v not in (None, "") and not bodies.left_out(v)
        }
        responses.prompt(draft, given.get("prompt"))
        if draft.kind == "llm" and (given.get("system") or given.get("instructions")):
            draft.system = msg.system_text(given.get("system") or given.get("instructions"))
        if not draft.tools and isinstance(given.get("tools"), list):
            draft.tools = docs.tools(given["tools"])
    if not keeps_silent(draft.span.scope.name):
        draft.finish_reason = rd.text(a, "llm.finish_reason")


GEMINI = "gcp.gemini"
ON_VERTEX = (".anthropic", ".vertexai")
"""Instrumentations whose calls to Google go to Vertex AI."""


def company_of(scope: str, a: Mapping[str, Any]) -> str | None:
    """Whose SDK it is that a call was made by, where nothing names the provider: vectors, until 2026,
    and calls of more attributes than are kept."""
    if not scope.startswith(_SCOPE) or any(key in a for key in PROVIDERS):
        return None
    return _COMPANIES.get(scope[len(_SCOPE) :])


_SCOPE = "openinference.instrumentation."
_COMPANIES = {"openai": "openai", "cohere": "cohere", "anthropic": "anthropic"}


def keeps_silent(scope: str) -> bool:
    """Whether an instrumentation says ``stop`` of calls of tools too: the raw answer knows more."""
    return scope.endswith((".openai_agents", "-openai-agents"))


def flat(given: dict[str, Any]) -> dict[str, Any]:
    """Parameters with those that Portkey keeps as ``kwargs`` among them."""
    more = given.get("kwargs")
    if not isinstance(more, dict):
        return given
    return {**{k: v for k, v in given.items() if k != "kwargs"}, **more}


MODEL_NAMES = (
    "llm.model_name",
    "embedding.model_name",
    "reranker.model_name",
    "decision.model_name",
)
PROVIDERS = ("llm.provider", "llm.system", "decision.provider", "decision.system")
ASKED_WITH = ("llm.invocation_parameters", "embedding.invocation_parameters")
ASKED = ("llm.request.model_name", "decision.request.model_name")
SERVED = (
    *("llm.response.model_name", "decision.response.model_name", "gen_ai.response.model"),
    "llm.response.model",  # LiteLLM's
)
IDENTITY = "llm.response.id"
TAGS = ("tag.tags", "langfuse.trace.tags")
# Some instrumentations put the whole request there, others the whole response.
_NOT_PARAMETERS = frozenset(
    {"model", "model_name", "messages", "input", "output", "tools", "usage", "id", "object"}
    | {"created_at", "instructions", "metadata", "status", "error", "_type"}
    | {"http_options", "system_instruction", "system", "base_url", "api_base", "api_key"}
)


COST, COSTS = "llm.cost.total", ("llm.cost.prompt", "llm.cost.completion")
PROMPTS = ("llm.token_count.prompt", "embedding.token_count.prompt", "decision.token_count.input")
COMPLETIONS = ("llm.token_count.completion", "decision.token_count.output")


def _usage(draft: Draft, a: Mapping[str, Any]) -> None:
    asked, said = rd.integer(a, *PROMPTS), rd.integer(a, *COMPLETIONS)
    if asked or said:
        draft.usage = Usage(
            asked,
            said,
            rd.integer(a, "llm.token_count.prompt_details.cache_read"),
            rd.integer(a, "llm.token_count.prompt_details.cache_write"),
            rd.integer(a, "llm.token_count.completion_details.reasoning"),
        )
    elif draft.kind == "embedding":
        draft.usage = Usage(rd.integer(a, "llm.token_count.total"))
    if (more := litellm.counted_beside(a)) is not None:
        draft.usage = merged(draft.usage, usage_of(more))
    draft.cost_usd = cost_of(a, COST, COSTS)
    if draft.span.scope.name.startswith("strands"):
        draft.time_to_first_token_ms = rd.number(a, "gen_ai.server.time_to_first_token")
    if litellm.streamed_to_langfuse(a):
        told = rd.parsed(a[litellm.BEGAN])
        draft.time_to_first_token_ms = waited_ms(draft.span, unix_nano(told))
    if began := first_piece(draft.span.events):
        draft.time_to_first_token_ms = waited_ms(draft.span, began)


def _payloads(draft: Draft, a: Mapping[str, Any], lists: Mapping[str, Items]) -> None:
    """Input and output where no messages say it, and what the raw bodies add."""
    is_llm = draft.kind == "llm"
    if not is_llm and draft.kind != "embedding":
        if "input.value" in a:
            opened = rd.from_repr if draft.kind == "tool" else rd.decoded
            given = rd.arguments(opened(a["input.value"]))
            if not (draft.messages_in and _are_messages(given)):
                draft.input = libraries.readable(draft, given)
        if "output.value" in a and not (draft.messages_out and a["output.value"] == ""):
            draft.output = libraries.readable(draft, rd.decoded(a["output.value"]))
            draft.has_output = True
        return
    if "output.value" in a and (
        not draft.messages_out
        or draft.finish_reason is None
        or draft.response_id is None
        or not draft.usage.output_tokens
    ):
        told, made = draft.messages_out, a["output.value"]
        if (
            leaves_out_calls(told, made)
            or not any(map(msg.speaks, told))
            or raw.tells_thoughts(draft, made)
        ):
            draft.messages_out = ()
        bodies.response(draft, rd.from_repr(docs.without_vectors(made) if not is_llm else made))
        draft.messages_out = draft.messages_out or told
    if is_llm and litellm.LANGFUSE + "output" in a and not any(map(msg.speaks, draft.messages_out)):
        called = bodies.joined(msg.messages(rd.parsed(a[litellm.LANGFUSE + "output"]), "assistant"))
        draft.messages_out = called if any(map(msg.speaks, called)) else draft.messages_out
    if draft.response_model is None:
        draft.response_model = rd.text(a, *MODEL_NAMES)
    if not draft.messages_in and draft.kind == "llm":
        _completion(draft, a, lists)
        if not draft.messages_in:
            bodies.request(
                draft, rd.from_repr(a.get("input.value", a.get(litellm.LANGFUSE + "input")))
            )
    elif draft.kind == "llm":
        raw.add_asked(draft, a.get("input.value"))
    if draft.kind == "llm" and draft.request_model is None and is_nameless(a):
        asked = rd.parsed(a.get("input.value"))  # a call that failed early
        draft.request_model = rd.text(asked, "model") if isinstance(asked, dict) else None
    texts = [i.get("embedding.text") for i in rd.items(lists.get("embedding.embeddings", []))]
    if draft.kind == "embedding":
        draft.input = [t for t in texts if t] or None


def _are_messages(value: Json) -> bool:
    """``{"messages": [{"message.role": …}]}``: the flattened messages once more."""
    more = isinstance(value, dict) and not value.keys() <= {"messages", "model"}
    listed = value.get("messages") if isinstance(value, dict) and not more else None
    return isinstance(listed, list) and all(
        isinstance(m, dict) and "message.role" in m for m in listed
    )


def is_nameless(a: Mapping[str, Any]) -> bool:
    """Whether no attribute names a model, but a raw request may."""
    return "input.value" in a and not any(
        k in a for k in ("llm.request.model_name", "llm.response.model_name", *MODEL_NAMES)
    )


def _completion(draft: Draft, a: Mapping[str, Any], lists: Mapping[str, Items]) -> None:
    """Text completions: prompts as a list of texts, or one by one; choices likewise."""
    texts: list[Any] = rd.strings(a.get("llm.prompts"))
    texts += [i.get("prompt.text") for i in rd.items(lists.get("prompts", []))]
    draft.messages_in = [m for t in texts if t for m in msg.messages(t)]
    if not draft.messages_out:
        said = [i.get("completion.text") for i in rd.items(lists.get("choices", []))]
        draft.messages_out = [m for t in said if t for m in msg.messages(t, "assistant")]


def _raw(draft: Draft, a: Mapping[str, Any]) -> None:
    """The values as they stand, where nothing in them could be told apart."""
    if draft.input is None and "input.value" in a:
        draft.input = (rd.from_repr if draft.kind == "embedding" else rd.decoded)(a["input.value"])
        if draft.kind == "embedding" and isinstance(draft.input, dict):
            draft.input = draft.input.get("input", draft.input)
    if not draft.has_output and "output.value" in a and draft.error is None:
        said = rd.decoded(a["output.value"])
        is_llm = draft.kind == "llm"
        if not (says_nothing(said) or (is_llm and (bodies.is_wordless(said) or said == "None"))):
            draft.output, draft.has_output = said, True


def _rest(draft: Draft, a: Mapping[str, Any], lists: Mapping[str, Items]) -> None:
    draft.session_id = rd.text(a, "session.id", *generic.sessions_of(a))
    draft.user_id = rd.text(a, "user.id") or langchain.user_in(a.get(METADATA))
    named = rd.text(a, "prompt.id", "llm.prompt_template.name", "prompt.name")
    version = rd.word(a, "llm.prompt_template.version", "prompt.version")
    draft.prompt_name = named or draft.prompt_name
    draft.prompt_version = version or draft.prompt_version
    tags = next((a[k] for k in TAGS if k in a), None)
    if tags is not None:
        draft.tags = rd.tags(tags)
    draft.tool_call_id = rd.text(a, "tool_call.id", "tool.id")
    if draft.kind == "reranker":
        documents.given(draft, a, rd.items(lists.get("reranker.input_documents", ())))
    if not lists:
        return
    for name in ("retrieval.documents", "reranker.output_documents"):
        if name in lists:
            documents.found(draft, rd.items(lists[name]))
    for name, prefix in (("evaluations", "evaluation."), ("annotations", "annotation.")):
        if name in lists:
            made = [scores.score(i, prefix, draft.span.span_id) for i in rd.items(lists[name])]
            draft.scores = [*draft.scores, *made]
    for name, prefix in _OF_THE_RUN.items():
        if name in lists:
            made = [scores.score(i, prefix, None) for i in rd.items(lists[name])]
            draft.run_scores = [*draft.run_scores, *made]


_OF_THE_RUN = {
    "trace.evaluations": "evaluation.",
    "session.evaluations": "evaluation.",
    "trace.annotations": "annotation.",
    "session.annotations": "annotation.",
}


CONVENTION = Convention(
    NAME, read, scopes=("openinference.instrumentation.*", "openinference.*"), marks=claims
)
