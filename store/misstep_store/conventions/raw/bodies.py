"""Raw request and response bodies of the providers, as several conventions carry them.

Each function fills what the draft lacks and leaves alone what it has. A body is text, or what
:mod:`reading` made of an attribute.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from misstep.model import ErrorInfo, Json, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import responses
from misstep_store.conventions.content.parts import part, reasoning_part, text_part
from misstep_store.conventions.content.responses import clean_finish as clean_finish
from misstep_store.conventions.raw import bedrock, envelopes, streams
from misstep_store.conventions.raw.said import answers_in, beside, said_in
from misstep_store.conventions.raw.said import joined as joined
from misstep_store.conventions.raw.said import pictures as pictures
from misstep_store.conventions.types import NO_USAGE, Draft, Usage
from misstep_store.conventions.values import cut, shapes
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import is_total, lacks_thoughts, merged, usage_of

PARAMETERS = frozenset(
    {"temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "max_output_tokens"}
    | {
        "frequency_penalty",
        "presence_penalty",
        "seed",
        "stop",
        "stop_sequences",
        "n",
        "tool_choice",
    }
    | {"response_format", "reasoning_effort", "reasoning", "text", "thinking", "user", "dimensions"}
    | {"parallel_tool_calls", "service_tier", "previous_response_id"}
    | {"text_format", "output_format"}  # a class, as the SDKs parse into it
)
_LEFT_OUT = re.compile(r"<[\w.]+ object at 0x|NOT_GIVEN$")
"""How SDKs print a parameter that was not given, and instrumentations a stream."""


def left_out(value: Any) -> bool:
    """Whether a value only says that nothing was given."""
    return value == docs.UNSET or (isinstance(value, str) and _LEFT_OUT.match(value) is not None)


def _is_unset(value: Any) -> bool:
    """Whether a parameter was not given; a response repeats them all, with all of their fields."""
    if isinstance(value, dict):
        return bool(value) and all(v is None for v in value.values())
    return value is None or value == "" or left_out(value)


def model_named(body: Any) -> str | None:
    """The model that a request names."""
    body = _mended(body, _REQUESTS)
    if not isinstance(body, dict):
        return None
    body = _unwrapped(body)
    model = body.get("model") or body.get("model_name") or body.get("model_id")
    return model if isinstance(model, str) else None


def request(draft: Draft, body: Any) -> None:
    """A request: ``{model, messages | input | contents, system | instructions, tools, …}``."""
    body = _mended(rd.opened(body), _REQUESTS)
    if isinstance(body, list):
        if not draft.messages_in:
            draft.messages_in = _listed(body)
        return
    if not isinstance(body, dict):
        return
    body = _unwrapped(body)
    if draft.request_model is None:
        draft.request_model = model_named(body)
    if not draft.messages_in:
        draft.messages_in = _asked(body)
    offered = body.get("tools") or body.get("functions")  # what they were called before
    if not draft.tools and offered:
        draft.tools = docs.tools(offered)
    told = {k: v for k, v in body.items() if k in PARAMETERS and not _is_unset(v)}
    for config in bedrock.CONFIGS:
        if isinstance(body.get(config), dict):
            told |= body[config]
    if told:
        draft.parameters = {**told, **draft.parameters}
    if "prompt" in body and draft.prompt_name is None:
        responses.prompt(draft, body["prompt"])
    if draft.kind == "embedding" and draft.input is None:
        draft.input = body.get("input", body.get("texts", body.get("inputText")))


def messages_asked(body: Any) -> list[Message]:
    """The messages of a request, as :func:`request` finds them."""
    body = _mended(rd.opened(body), _REQUESTS)
    if isinstance(body, list):
        return _listed(body)
    return _asked(_unwrapped(body)) if isinstance(body, dict) else []


def _unwrapped(body: dict[str, Any]) -> dict[str, Any]:
    """A request out of what Bedrock or LangSmith, of calls that failed early, puts around it."""
    if body.keys() == _CALLED_WITH and isinstance(body["kwargs"], dict):
        return body["kwargs"]
    return bedrock.request(body)


_CALLED_WITH = {"args", "kwargs"}


def _asked(body: dict[str, Any]) -> list[Message]:
    system = body.get("system") or body.get("instructions") or body.get("system_instruction")
    config = body.get("config")
    if system is None and isinstance(config, dict):
        system = config.get("system_instruction") or config.get("systemInstruction")
    found: list[Message] = []
    told = msg.system_text(system) if system and not left_out(system) else None
    if told:
        found.append(shapes.message("system", [text_part(told)]))
    for key in ("messages", "input", "contents", "prompt", "prompts"):
        given = None if responses.is_kept(body.get(key)) else body.get(key)
        if given:
            asked = _contents(given) if key == "contents" else given
            return found + (_listed(asked) if isinstance(asked, list) else msg.messages(asked))
    for key in ("inputText", "message"):  # Titan's and Cohere's
        given = body.get(key)
        if isinstance(given, str) and given:
            return [*found, shapes.message("user", [text_part(given)])]
    return found


def _contents(given: Any) -> Any:
    """Gemini's contents; parts without a role around them are what the user says."""
    if not isinstance(given, list) or not any(map(_is_loose, given)):
        return given
    made: list[Any] = []
    loose: list[Any] | None = None
    for one in given:
        if not isinstance(one, str) and not _is_loose(one):
            made.append(one)
            loose = None
            continue
        if loose is None:
            loose = []
            made.append({"role": "user", "parts": loose})
        loose.append({"text": one} if isinstance(one, str) else one)
    return made


def _is_loose(one: Any) -> bool:
    return isinstance(one, dict) and "parts" not in one and not _PARTS.isdisjoint(one)


_PARTS = frozenset(
    {"inline_data", "inlineData", "file_data", "fileData", "function_call", "functionCall"}
    | {"function_response", "functionResponse"}
)


def _listed(given: list[Any]) -> list[Message]:
    return msg.messages(given[1:] if given and _says_nothing(given[0]) else given)


def _says_nothing(message: Any) -> bool:
    """Whether it is a system prompt that was not given: LangSmith of 2025 wrote it as a message."""
    return (
        isinstance(message, dict)
        and message.get("role") == "system"
        and left_out(message.get("content"))
    )


def response(draft: Draft, body: Any) -> None:
    """A response: chat completion, Responses object, Anthropic message, Gemini, generations, …"""
    body = _opened(body)
    if not isinstance(body, dict):
        return
    body = _within(body)
    if not draft.messages_out:
        draft.messages_out = said_in(body)
    else:
        draft.messages_out = _think(draft.messages_out, body)
    fill(draft, about(body))
    if body.get("object") == "response" and draft.system is None:
        draft.system = msg.system_text(body.get("instructions"))
    if draft.error is None:
        draft.error = responses.failure_of(body)


def failure(body: Any) -> ErrorInfo | None:
    """Why a response is no answer, where it says so."""
    body = _opened(body)
    return responses.failure_of(_within(body)) if isinstance(body, dict) else None


def _within(body: dict[str, Any]) -> dict[str, Any]:
    """The answer itself, where nothing is said around it."""
    if body.keys() == _OF_A_STREAM and isinstance(body["message"], dict):
        return body["message"]
    inner = body.get("response")
    return inner if isinstance(inner, dict) and not said_in(body) else body


_OF_A_STREAM = {"message", "output"}
"""What LangSmith keeps of Anthropic's streams: the answer, and its words piece by piece."""


def is_wordless(body: Any) -> bool:
    """Whether it is an answer that says nothing, and no text or value that is the answer itself."""
    body = _opened(body)
    if not isinstance(body, dict):
        return left_out(body)
    empty = "role" in body and "content" in body and not body["content"]
    if left_out(body.get("messages")):  # a stream that was printed, not recorded
        return True
    if empty or body.get("object") == "response" or not BLOCKED.isdisjoint(body):
        return True
    return any(isinstance(body.get(k), list) for k in ("choices", "candidates", "generations"))


def fill(draft: Draft, told: About) -> None:
    """What an answer says beside its messages, where the draft does not know it yet."""
    if draft.response_model is None:
        draft.response_model = told.model
    if draft.response_id is None:
        draft.response_id = told.identity
    if draft.finish_reason is None:
        draft.finish_reason = told.finish
    known, used = draft.usage, told.usage
    fresh = told.fresh and told.fresh == known.input_tokens != used.input_tokens
    # fresh: told without what came from the cache
    if fresh or lacks_thoughts(known, used) or is_total(known, used):
        draft.usage = merged(used, known)
    else:
        draft.usage = merged(draft.usage, told.usage)


_REQUESTS = frozenset({"messages", "input", "contents", "model", "prompt"})
_ANSWERS = frozenset({"choices", "candidates", "generations", "output", "usage", "stop_reason"})


def asked_in(value: Any) -> Json:
    """The request that stands in an attribute, as far as it goes where it was cut."""
    return _mended(rd.parsed(value), _REQUESTS)


def _mended(body: Json, keys: frozenset[str]) -> Json:
    """A body that was cut, as far as it goes; any other text is the text it is."""
    if not isinstance(body, str):
        return body
    found = cut.mended(body)
    if isinstance(found, dict) and not keys.isdisjoint(found):
        return found
    first = found[0] if isinstance(found, list) and found else None
    return found if isinstance(first, dict) and ("role" in first or "message" in first) else body


def _opened(body: Any) -> Json:
    body = _mended(rd.opened(body), _ANSWERS)
    if isinstance(body, dict) and "body" in body:
        return bedrock.answer(body)
    if isinstance(body, dict) and not envelopes.KEYS.isdisjoint(body):
        body = envelopes.inside(body)
    if isinstance(body, list) and body and isinstance(body[0], dict | str):
        body = streams.joined(body) or body
    body = responses.opened(body)
    if isinstance(body, list) and body and isinstance(body[0], dict):
        # A list of messages, or of choices without their envelope.
        body = {"choices": body} if "message" in body[0] else {"messages": body}
    return body


class About(NamedTuple):
    """What an answer says beside its messages; ``fresh``: input tokens that came from no cache."""

    model: str | None
    identity: str | None
    finish: str | None
    usage: Usage
    fresh: int = 0


NOTHING = About(None, None, None, NO_USAGE)


def filled(told: About, other: About) -> About:
    """What one telling of an answer says, its gaps filled from another."""
    return told._replace(
        model=other.model if told.model is None else told.model,
        identity=other.identity if told.identity is None else told.identity,
        usage=merged(told.usage, other.usage),
    )


def about_answer(body: Any) -> About:
    """As :func:`response`, without the messages."""
    body = _opened(body)
    if not isinstance(body, dict):
        return NOTHING
    return about(_within(body))


def about(body: dict[str, Any]) -> About:
    """What the object of an answer says beside its messages."""
    get = body.get
    model = get("model") or get("model_version") or get("modelVersion")
    identity = responses.identity_of(body)
    usage, fresh, served = _usage(body)
    return About(
        model if isinstance(model, str) else served,
        identity if isinstance(identity, str) else None,
        _finish(body),
        usage,
        fresh,
    )


def ended(body: Any) -> str | None:
    """Why an answer ended, by its messages; empty when they do not say, None without messages."""
    body = _opened(body)
    if not isinstance(body, dict):
        return None
    found = said_in(body)
    if not any(m.parts for m in found):
        return None
    return next((m.finish_reason for m in found if m.finish_reason), "")


def _think(known: Sequence[Message], body: dict[str, Any]) -> Sequence[Message]:
    """Thoughts that only the raw answer has, before the words of the first message; and what tools
    of the provider's own did."""
    listed = isinstance(body.get("generations"), list)
    told = said_in(body)[:1] if listed or responses.has_own_tools(body) else []
    found = {p.get("type") for m in known for p in m.parts}
    own = [p for m in told for p in m.parts if p.get("type") in responses.OWN]
    if own and found.isdisjoint(responses.OWN):
        ids = [p["id"] for p in own if p.get("id") is not None]  # whatever they are
        for message in known:
            message.parts = [p for p in message.parts if p.get("id") not in ids]
        known = joined([m for m in known if m.parts]) or known[:1]
        known[0].parts = [*own, *known[0].parts]
    if "reasoning" in found:
        return known
    if listed:
        thoughts = [p for m in told for p in m.parts if p.get("type") == "reasoning"]
    else:
        thoughts = [reasoning_part(t) for t in _thoughts(body)]
    words = [p["content"] for p in thoughts]
    texts = [p for m in known for p in m.parts if p.get("type") == "text"]
    printed = [p for p in texts if p.get("content") in words]
    msg.unglue(texts, thoughts)
    if printed and len(printed) < len(texts):  # OpenInference wrote summaries as texts until 2026
        for one in printed:
            one["type"] = "reasoning"
    elif thoughts:
        known[0].parts = [*thoughts, *known[0].parts]
    return known


def _thoughts(body: dict[str, Any]) -> list[str]:
    choices, content, output = body.get("choices"), body.get("content"), body.get("output")
    if isinstance(body.get("candidates"), list):
        own = [p for m in said_in(body)[:1] for p in m.parts if p.get("type") == "reasoning"]
        return [str(p["content"]) for p in own]
    alone = body.get("messages")
    if isinstance(alone, list) and len(alone) == 1:  # an answer without its envelope
        choices = [{"message": alone[0]}]
    elif choices is None and isinstance(body.get("message"), dict):  # Cohere's
        choices = [body]
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        said = choices[0].get("message")
        said = said if isinstance(said, dict) else {}
        found = said.get("reasoning_content") or said.get("reasoning") or said.get("tool_plan")
        return [found] if isinstance(found, str) else []
    blocks = content if isinstance(content, list) else output if isinstance(output, list) else ()
    told = [
        part(b).get("content")
        for b in blocks
        if isinstance(b, dict) and b.get("type") in ("thinking", "reasoning")
    ]
    return [t for t in told if isinstance(t, str) and t]


def _blocked(body: dict[str, Any]) -> str | None:
    """Why Gemini did not answer at all."""
    for why in map(body.get, BLOCKED):
        told = (
            (why.get("block_reason") or why.get("blockReason")) if isinstance(why, dict) else None
        )
        if isinstance(told, str) and told:
            return clean_finish(told)
    return None


def _finish(body: dict[str, Any]) -> str | None:
    get = body.get
    if not BLOCKED.isdisjoint(body) and (blocked := _blocked(body)):
        return blocked
    if not ENDS.keys().isdisjoint(body):
        for key in ENDS:
            told = get(key)
            if isinstance(told, dict):  # Vercel's SDK from 6 on
                told = told.get("unified")
            if told and isinstance(told, str):
                return clean_finish(told)
    if body.get("object") == "response":
        return responses.ended(body)
    listed = body.get("generations")
    while isinstance(listed, list) and listed and isinstance(listed[0], list):
        listed = listed[0]
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        told = _finish(beside(listed[0]))
        return told or next((_ended_in(m) for m, _ in answers_in({"generations": listed})), None)
    for key in ("choices", "candidates"):
        listed = body.get(key)
        first = listed[0] if isinstance(listed, list) and listed else None
        if isinstance(first, dict):
            for name in ("finish_reason", "finishReason"):
                end = first.get(name)
                if end and isinstance(end, str):
                    return clean_finish(end)
            return None
    return None


def _ended_in(message: dict[str, Json]) -> str | None:
    """Why an answer ended, by what LangChain's message says of itself."""
    if found := responses.ended_in(message):
        return found
    for about in (message.get("response_metadata"), message.get("additional_kwargs")):
        if isinstance(about, dict) and (told := rd.text(about, *msg.ENDS)):
            return clean_finish(told)
    return None


BLOCKED = frozenset({"prompt_feedback", "promptFeedback"})
"""Where Gemini says why it did not answer at all."""
ENDS = dict.fromkeys(("stop_reason", "stopReason", "finish_reason", "finishReason", "done_reason"))


def _usage(body: dict[str, Any]) -> tuple[Usage, int, str | None]:
    """Tokens, those of the input that did not come from a cache where that is known, and the model
    that LangChain's ``llm_output`` names beside them."""
    for key in ("usage", "usage_metadata", "usageMetadata", "token_usage"):
        found = body.get(key)
        if isinstance(found, dict):
            # LangSmith's own counts, beside Anthropic's answer too, include the cache.
            anthropic = key != "usage_metadata" and (
                "stop_reason" in body or body.get("type") == "message"
            )
            fresh = rd.integer(found, "input_tokens") if anthropic else 0
            return usage_of(found, anthropic_body=anthropic), fresh, None
    meta = body.get("meta")  # Haystack's
    if isinstance(meta, dict) and isinstance(meta.get("usage"), dict):
        return usage_of(meta["usage"]), 0, None
    llm_output = body.get("llm_output")
    if not isinstance(llm_output, dict):
        return responses.counted_beside(body), 0, None
    usage, fresh, served = _usage(llm_output)
    named = llm_output.get("model_name")
    return usage, fresh, served or (named if isinstance(named, str) else None)


def langchain_details(draft: Draft, body: Any) -> None:
    """Model, id and tokens that LangChain leaves inside the message it answers with."""
    fill(draft, about_langchain(body))


def about_langchain(body: Any) -> About:
    """As :func:`langchain_details`, of the body of an answer."""
    for kwargs, info in answers_in(body):
        about = kwargs.get("response_metadata")
        about = about if isinstance(about, dict) else {}
        model = about.get("model_name") or about.get("model") or info.get("model_name")
        identity, used = about.get("id") or responses.own_id(kwargs.get("id")), NO_USAGE
        for found in (kwargs.get("usage_metadata"), about.get("token_usage"), about.get("usage")):
            if isinstance(found, dict):
                used = merged(used, usage_of(found))
        return About(
            model if isinstance(model, str) else None,
            identity if isinstance(identity, str) else None,
            None,
            used,
        )
    return NOTHING


def about_message(said: Any) -> Any:
    """What LangChain's message says of itself."""
    inner = said.get("kwargs", said) if isinstance(said, dict) else None
    return inner.get("response_metadata") if isinstance(inner, dict) else None
