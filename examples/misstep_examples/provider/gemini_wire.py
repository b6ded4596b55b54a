"""The Gemini wire format: generateContent, its event stream, embeddings, errors.

Source: https://ai.google.dev/api/generate-content and /api/embeddings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from misstep_examples.provider.exchange import Answer, Ask, Usage
from misstep_examples.provider.openai_wire import pieces
from misstep_examples.provider.vectors import MAX_DIMENSIONS, embed

_REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}


def ask_of(body: dict[str, Any]) -> Ask:
    """What a generateContent request asks; ``model`` and ``stream`` come from the path.

    Raises:
        KeyError, TypeError: when the body lacks ``contents``.
    """
    settings = body.get("generationConfig") or {}
    mode = ((body.get("toolConfig") or {}).get("functionCallingConfig") or {}).get("mode")
    declared = [
        d for tool in body.get("tools") or [] for d in tool.get("functionDeclarations") or []
    ]
    return Ask(
        model=body["model"],
        system=_text((body.get("systemInstruction") or {}).get("parts") or []),
        turns=tuple(_turn(content) for content in body["contents"]),
        tools={} if mode == "NONE" else {d["name"]: _schema(d) for d in declared},
        json_wanted=settings.get("responseMimeType") == "application/json",
        stream=bool(body.get("stream")),
        max_tokens=settings.get("maxOutputTokens"),
    )


def _schema(declared: dict[str, Any]) -> dict[str, Any]:
    """The parameters in JSON Schema's own spelling: Gemini writes types in capitals."""
    given = declared.get("parametersJsonSchema") or declared.get("parameters") or {}
    properties = {
        name: form | {"type": str(form.get("type", "")).lower()}
        for name, form in (given.get("properties") or {}).items()
    }
    return {**given, "properties": properties}


def _turn(content: dict[str, Any]) -> tuple[str, str]:
    parts = content["parts"]
    answers = [p["functionResponse"] for p in parts if "functionResponse" in p]
    if answers:
        return "tool", "\n".join(_answer(a["response"]) for a in answers)
    role = "assistant" if content.get("role") == "model" else "user"
    return role, _text(parts)


def _answer(response: dict[str, Any]) -> str:
    said = response.get("result", response.get("output"))
    return said if isinstance(said, str) else json.dumps(response)


def _text(parts: list[dict[str, Any]]) -> str:
    return "\n".join(str(part["text"]) for part in parts if "text" in part)


def generated(ask: Ask, answer: Answer, usage: Usage) -> dict[str, Any]:
    """The JSON body of an answer."""
    said = [{"text": answer.text}] if answer.text else []
    return _chunk(ask, [*said, *_calls(ask, answer)], usage, _REASONS[answer.finish])


def events(ask: Ask, answer: Answer, usage: Usage) -> Iterator[str]:
    """The events of a streamed answer, ready to be sent."""
    parts: list[dict[str, Any]] = [{"text": piece} for piece in pieces(answer.text)]
    parts += _calls(ask, answer)
    for index, part in enumerate(parts or [{"text": ""}]):
        last = index == max(len(parts), 1) - 1
        chunk = _chunk(ask, [part], usage, _REASONS[answer.finish] if last else None)
        yield f"data: {json.dumps(chunk, ensure_ascii=False)}\r\n\r\n"


def _calls(ask: Ask, answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "functionCall": {
                "id": f"{ask.seed(f'call {i}'):016x}",
                "name": c.name,
                "args": c.arguments,
            }
        }
        for i, c in enumerate(answer.tool_calls)
    ]


def _chunk(
    ask: Ask, parts: list[dict[str, Any]], usage: Usage, reason: str | None
) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    said = usage.output - usage.reasoning
    counts = {
        "promptTokenCount": usage.prompt,
        "candidatesTokenCount": said,
        "totalTokenCount": usage.prompt + usage.output,
    }
    if usage.cached:
        counts["cachedContentTokenCount"] = usage.cached
    if usage.reasoning:
        counts["thoughtsTokenCount"] = usage.reasoning
    return {
        "candidates": [candidate],
        "usageMetadata": counts,
        "modelVersion": ask.model,
        "responseId": f"{ask.seed('id'):016x}",
    }


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """The JSON body of a batchEmbedContents answer.

    Raises:
        KeyError, TypeError: when the body lacks ``requests``.
    """
    made = []
    for request in body["requests"]:
        size = min(int(request.get("outputDimensionality") or MAX_DIMENSIONS), MAX_DIMENSIONS)
        made.append({"values": embed(_text(request["content"]["parts"]), size)})
    return {"embeddings": made}


def error(status: int, message: str) -> dict[str, Any]:
    """The JSON body of an error answer."""
    kinds = {429: "RESOURCE_EXHAUSTED", 400: "INVALID_ARGUMENT", 529: "UNAVAILABLE"}
    return {"error": {"code": status, "message": message, "status": kinds.get(status, "INTERNAL")}}
