"""The OpenAI wire formats: chat completions, their event stream, embeddings, errors.

Source: https://platform.openai.com/docs/api-reference/chat and /embeddings.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Iterator
from typing import Any

from misstep_examples.provider.exchange import Answer, Ask, Usage, token_count
from misstep_examples.provider.vectors import MAX_DIMENSIONS, embed

_SNAPSHOTS = {
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4o": "gpt-4o-2024-08-06",
    "o1": "o1-2024-12-17",
}
CREATED_UNIX_S = 1_735_689_600  # fixed, so that the same request gets the same bytes


def ask_of(body: dict[str, Any]) -> Ask:
    """What a chat completion request asks.

    Raises:
        KeyError, TypeError: when the body lacks ``model`` or ``messages``.
    """
    messages = [(m["role"], _content_text(m)) for m in body["messages"]]
    system = "\n".join(text for role, text in messages if role in ("system", "developer"))
    return Ask(
        model=body["model"],
        system=system,
        turns=tuple((r, t) for r, t in messages if r not in ("system", "developer")),
        tools=_tools(body),
        json_wanted=(body.get("response_format") or {}).get("type") in _JSON_FORMATS,
        stream=bool(body.get("stream")),
        usage_in_stream=bool((body.get("stream_options") or {}).get("include_usage")),
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
    )


_JSON_FORMATS = ("json_object", "json_schema")


def _tools(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    if body.get("tool_choice") == "none":
        return {}
    functions = [tool["function"] for tool in body.get("tools") or []]
    return {f["name"]: f.get("parameters") or {} for f in functions}


def _content_text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content or []
    return "\n".join(str(part.get("text", "")) for part in parts)


def completion(ask: Ask, answer: Answer, usage: Usage) -> dict[str, Any]:
    """The JSON body of a chat completion."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": answer.text or None,
        "refusal": None,
        "annotations": [],
    }
    if answer.thought:
        message["reasoning_content"] = answer.thought
    if answer.tool_calls:
        message["tool_calls"] = _calls(ask, answer)
    return {
        **_head(ask, "chat.completion"),
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish}
        ],
        "usage": _usage(usage),
    }


def chunks(ask: Ask, answer: Answer, usage: Usage) -> Iterator[str]:
    """The events of a streamed chat completion, ready to be sent."""
    yield _chunk(ask, {"role": "assistant", "content": "", "refusal": None})
    for piece in pieces(answer.thought):
        yield _chunk(ask, {"reasoning_content": piece})
    for piece in pieces(answer.text):
        yield _chunk(ask, {"content": piece})
    for index, call in enumerate(_calls(ask, answer)):
        whole = call["function"]["arguments"]
        opening = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
        yield _chunk(ask, {"tool_calls": [opening]})
        for piece in pieces(whole):
            delta = {"index": index, "function": {"arguments": piece}}
            yield _chunk(ask, {"tool_calls": [delta]})
    yield _chunk(ask, {}, finish=answer.finish, usage=usage)
    if ask.usage_in_stream:
        last = {**_head(ask, "chat.completion.chunk"), "choices": [], "usage": _usage(usage)}
        yield _event(last)
    yield "data: [DONE]\n\n"


def pieces(text: str) -> list[str]:
    """The text in word-sized pieces that join to it."""
    return re.findall(r"\s*\S+\s*$|\s*\S+|\s+", text)


def _chunk(
    ask: Ask, delta: dict[str, Any], finish: str | None = None, usage: Usage | None = None
) -> str:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    body = {**_head(ask, "chat.completion.chunk"), "choices": [choice]}
    if usage is not None and ask.model.startswith(_USAGE_ANYWAY):
        body["usage"] = _usage(usage)
    elif ask.usage_in_stream:
        body["usage"] = None
    return _event(body)


_USAGE_ANYWAY = ("mistral-", "llama-", "meta-llama/")
"""Models of hosts (Mistral, Groq, Together) that end every stream with its usage."""


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def _head(ask: Ask, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{ask.seed('id'):016x}",
        "object": kind,
        "created": CREATED_UNIX_S,
        "model": snapshot(ask.model),
        "service_tier": "default",
        "system_fingerprint": f"fp_{ask.seed('fingerprint') % 2**40:010x}",
    }


def snapshot(model: str) -> str:
    """The dated name of a model, which answers carry."""
    return _SNAPSHOTS.get(model, model)


def _calls(ask: Ask, answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{ask.seed(f'call {index}'):016x}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
        }
        for index, call in enumerate(answer.tool_calls)
    ]


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """The JSON body of an embeddings answer; base64 where the SDK asks for it.

    Raises:
        KeyError, TypeError: when the body lacks ``model`` or ``input``.
    """
    given = list(_inputs(body["input"]))
    texts = [one if isinstance(one, str) else " ".join(f"token{n}" for n in one) for one in given]
    dimensions = min(int(body.get("dimensions") or MAX_DIMENSIONS), MAX_DIMENSIONS)
    vectors = [embed(text, dimensions) for text in texts]
    packed = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": i, "embedding": _packed(v) if packed else v}
        for i, v in enumerate(vectors)
    ]
    tokens = sum(token_count(one) if isinstance(one, str) else len(one) for one in given)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}


def _inputs(given: Any) -> Iterator[str | list[int]]:
    """Each text, or the tokens it was cut into: alone or several."""
    alone = isinstance(given, str) or (bool(given) and isinstance(given[0], int))
    for one in [given] if alone else given:
        if not isinstance(one, str) and not all(isinstance(n, int) for n in one):
            raise TypeError(f"neither a text nor its tokens: {one!r}")
        yield one


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def error(status: int, message: str) -> dict[str, Any]:
    """The JSON body of an error answer."""
    kind = {429: "rate_limit_exceeded", 400: "invalid_request_error"}.get(status, "server_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": kind}}
