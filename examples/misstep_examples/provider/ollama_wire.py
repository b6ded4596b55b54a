"""The Ollama wire formats: chat and generate with one JSON a line, embeddings, errors.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from misstep_examples.provider.exchange import Answer, Ask, Usage, token_count
from misstep_examples.provider.openai_wire import pieces
from misstep_examples.provider.vectors import embed

_REASONS = {"stop": "stop", "length": "length", "tool_calls": "stop"}
_CREATED = "2025-01-01T00:00:00.000000Z"
_DIMENSIONS = 256


def ask_of_chat(body: dict[str, Any]) -> Ask:
    """What a chat request asks; it streams unless told otherwise.

    Raises:
        KeyError, TypeError: when the body lacks ``model`` or ``messages``.
    """
    turns = [(m["role"], m.get("content") or "") for m in body["messages"]]
    functions = [t["function"] for t in body.get("tools") or []]
    return Ask(
        system="\n".join(text for role, text in turns if role == "system"),
        turns=tuple((r, t) for r, t in turns if r != "system"),
        tools={f["name"]: f.get("parameters") or {} for f in functions},
        **_common(body),
    )


def ask_of_generate(body: dict[str, Any]) -> Ask:
    """What a generate request asks.

    Raises:
        KeyError, TypeError: when the body lacks ``model`` or ``prompt``.
    """
    turns = (("user", body["prompt"]),)
    return Ask(system=body.get("system") or "", turns=turns, **_common(body))


def _common(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "model": body["model"],
        "json_wanted": bool(body.get("format")),
        "stream": body.get("stream", True) is not False,
        "max_tokens": (body.get("options") or {}).get("num_predict"),
    }


def chat(ask: Ask, answer: Answer, usage: Usage) -> dict[str, Any]:
    """The JSON body of a chat answer."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.tool_calls:
        message["tool_calls"] = [
            {"function": {"name": c.name, "arguments": c.arguments}} for c in answer.tool_calls
        ]
    return _head(ask) | {"message": message} | _end(answer, usage)


def chat_lines(ask: Ask, answer: Answer, usage: Usage) -> Iterator[str]:
    """The lines of a streamed chat answer."""
    for piece in pieces(answer.text):
        yield _line(ask, {"message": {"role": "assistant", "content": piece}, "done": False})
    if answer.tool_calls:
        said = chat(ask, Answer(tool_calls=answer.tool_calls), usage)["message"]
        yield _line(ask, {"message": said, "done": False})
    last = {"message": {"role": "assistant", "content": ""}}
    yield _line(ask, last | _end(answer, usage))


def generated(ask: Ask, answer: Answer, usage: Usage) -> dict[str, Any]:
    """The JSON body of a generate answer."""
    return _head(ask) | {"response": answer.text} | _end(answer, usage)


def generate_lines(ask: Ask, answer: Answer, usage: Usage) -> Iterator[str]:
    """The lines of a streamed generate answer."""
    for piece in pieces(answer.text):
        yield _line(ask, {"response": piece, "done": False})
    yield _line(ask, {"response": ""} | _end(answer, usage))


def _line(ask: Ask, body: dict[str, Any]) -> str:
    return json.dumps(_head(ask) | body, ensure_ascii=False) + "\n"


def _head(ask: Ask) -> dict[str, Any]:
    return {"model": ask.model, "created_at": _CREATED}


def _end(answer: Answer, usage: Usage) -> dict[str, Any]:
    return {
        "done": True,
        "done_reason": _REASONS[answer.finish],
        "total_duration": 1_000_000,
        "load_duration": 100_000,
        "prompt_eval_count": usage.prompt,
        "prompt_eval_duration": 400_000,
        "eval_count": usage.output,
        "eval_duration": 500_000,
    }


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """The JSON body of an embed answer.

    Raises:
        KeyError, TypeError: when the body lacks ``model`` or ``input``.
    """
    texts = [body["input"]] if isinstance(body["input"], str) else list(body["input"])
    size = int(body.get("dimensions") or _DIMENSIONS)
    return {
        "model": body["model"],
        "embeddings": [embed(text, size) for text in texts],
        "prompt_eval_count": sum(token_count(text) for text in texts),
    }


def error(status: int, message: str) -> dict[str, Any]:
    """The JSON body of an error answer."""
    return {"error": message}
