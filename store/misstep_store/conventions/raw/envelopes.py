"""Answers of providers in the envelopes that frameworks put around them."""

from __future__ import annotations

from typing import Any

from misstep_store.conventions.content import blocks, pydantic_messages

KEYS = frozenset({"message", "raw", "generations", "data", "response", pydantic_messages.IDENTITY})
"""One of them every envelope has."""


def inside(body: dict[str, Any]) -> dict[str, Any]:
    """The answer itself; a body without a known envelope stays as it is."""
    if pydantic_messages.IDENTITY in body and pydantic_messages.is_message(body):
        return pydantic_messages.answer(body)
    said, raw = body.get("message"), body.get("raw")
    if len(body) == 1 and isinstance(said, dict):
        # LangSmith of 2025 around an answer of Anthropic's.
        return said if "stop_reason" in said or "usage_metadata" in said else body
    event = body.get("data")
    if len(body) == 1 and isinstance(event, dict) and "choices" in event:
        return event  # what OpenInference joins of Mistral's streams
    if isinstance(served := body.get("response"), dict) and "finishReason" in body:
        return _of_ai_sdk(body, served)
    if isinstance(raw, dict) and ("message" in body or "text" in body):
        return _of_llama_index(said, body.get("text"), raw)
    return _unparsed(body.get("generations")) or body


def _of_ai_sdk(body: dict[str, Any], served: dict[str, Any]) -> dict[str, Any]:
    """What Vercel's SDK made of an answer, with the model and the id that stand beside it."""
    known = {"model": served.get("modelId"), "id": served.get("id")}
    told = {k: v for k, v in known.items() if isinstance(v, str) and v and not body.get(k)}
    return {k: v for k, v in body.items() if k != "response"} | told


def _unparsed(listed: Any) -> dict[str, Any] | None:
    """The answer that LangChain could not read in the shape asked for, beside empty words."""
    while isinstance(listed, list) and listed:
        listed = listed[0]
    said = listed.get("message") if isinstance(listed, dict) else None
    fields = said.get("kwargs", said.get("data", said)) if isinstance(said, dict) else None
    if not isinstance(fields, dict) or fields.get("content"):
        return None
    about = fields.get("response_metadata")
    found = about.get("body") if isinstance(about, dict) else None
    return found if isinstance(found, dict) else None


def _of_llama_index(said: Any, text: Any, raw: dict[str, Any]) -> dict[str, Any]:
    """The message as LlamaIndex has it, whole where it was streamed; all else of the provider's own
    answer, of a stream its last piece."""
    if not isinstance(said, dict):
        said = {"role": "assistant", "content": text}
    if raw.get("object") == "response" or not blocks.says(said):
        return raw
    told = {k: v for k, v in raw.items() if k not in _WORDS}
    for key in ("choices", "candidates"):
        listed = raw.get(key)
        first = listed[0] if isinstance(listed, list) and listed else None
        ends = {k: first[k] for k in _ENDS if k in first} if isinstance(first, dict) else {}
        told |= {k: end for k, end in ends.items() if told.get(k) is None}
    return {**told, "message": blocks.as_chat(said)}


_WORDS = frozenset({"choices", "candidates", "content", "output", "message", "messages"})
_ENDS = ("finish_reason", "finishReason")
