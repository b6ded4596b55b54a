"""OpenInference attributes beside GenAI, on request, so that hops read well in other tools.

Source: OpenInference semantic conventions 0.1 (span kinds, input and output values, llm.*)."""

from __future__ import annotations

import json
from typing import Any

from misstep import semconv as sc

_KINDS = {
    "llm": "LLM",
    "embedding": "EMBEDDING",
    "tool": "TOOL",
    "retriever": "RETRIEVER",
    "reranker": "RERANKER",
    "agent": "AGENT",
    "guardrail": "GUARDRAIL",
    "evaluator": "EVALUATOR",
}
_SAME = {
    sc.REQUEST_MODEL: "llm.model_name",
    sc.PROVIDER: "llm.provider",
    sc.INPUT_TOKENS: "llm.token_count.prompt",
    sc.OUTPUT_TOKENS: "llm.token_count.completion",
    sc.CACHE_READ_TOKENS: "llm.token_count.prompt_details.cache_read",
    sc.CACHE_WRITE_TOKENS: "llm.token_count.prompt_details.cache_write",
    sc.REASONING_TOKENS: "llm.token_count.completion_details.reasoning",
    sc.TOOL_NAME: "tool.name",
}


def add(out: dict[str, Any]) -> None:
    """Adds to a misstep span's attributes what OpenInference calls the same things."""
    kind = "CHAIN" if out.get(sc.ROLE) == sc.ROLE_RUN else _KINDS.get(str(out.get(sc.HOP_KIND)))
    out["openinference.span.kind"] = kind or "CHAIN"
    for ours, theirs in _SAME.items():
        if ours in out:
            out[theirs] = out[ours]
    if sc.RESPONSE_MODEL in out:
        out["llm.model_name"] = out[sc.RESPONSE_MODEL]
    tokens = [out[k] for k in (sc.INPUT_TOKENS, sc.OUTPUT_TOKENS) if isinstance(out.get(k), int)]
    if len(tokens) == 2:
        out["llm.token_count.total"] = sum(tokens)
    _values(out)
    for key, prefix in (
        (sc.INPUT_MESSAGES, "llm.input_messages"),
        (sc.OUTPUT_MESSAGES, "llm.output_messages"),
    ):
        _messages(out, out.get(key), prefix)


def _values(out: dict[str, Any]) -> None:
    for side, keys in (
        ("input", (sc.INPUT, sc.REQUEST_BODY)),
        ("output", (sc.OUTPUT, sc.RESPONSE_BODY)),
    ):
        text = next((out[k] for k in keys if isinstance(out.get(k), str)), None)
        if text is None:
            continue
        value = _parsed(text)
        plain = isinstance(value, str)
        out[f"{side}.value"] = value if plain else text
        out[f"{side}.mime_type"] = "text/plain" if plain or value is None else "application/json"


def _messages(out: dict[str, Any], text: Any, prefix: str) -> None:
    messages = _parsed(text) if isinstance(text, str) else None
    for index, message in enumerate(messages if isinstance(messages, list) else ()):
        if not isinstance(message, dict):
            continue
        at = f"{prefix}.{index}.message"
        out[f"{at}.role"] = str(message.get("role", ""))
        parts = [p for p in message.get("parts") or () if isinstance(p, dict)]
        contents = [str(p["content"]) for p in parts if p.get("type") == "text" and "content" in p]
        if contents:
            out[f"{at}.content"] = "".join(contents)
        calls = [p for p in parts if p.get("type") == "tool_call"]
        for number, call in enumerate(calls):
            place = f"{at}.tool_calls.{number}.tool_call"
            out[f"{place}.function.name"] = str(call.get("name", ""))
            arguments = call.get("arguments")
            out[f"{place}.function.arguments"] = (
                arguments if isinstance(arguments, str) else json.dumps(arguments)
            )


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
