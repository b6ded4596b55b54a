"""The wire formats the provider speaks, as data: how each is read, answered, streamed, refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from misstep_examples.provider import (
    anthropic_wire,
    cohere_wire,
    gemini_wire,
    ollama_wire,
    openai_wire,
    responses_wire,
)
from misstep_examples.provider.exchange import Answer, Ask, Usage

_LINES = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Wire:
    """How one provider's format is read and written."""

    ask_of: Callable[[dict[str, Any]], Ask]
    whole: Callable[[Ask, Answer, Usage], dict[str, Any]]
    events: Callable[[Ask, Answer, Usage], Iterator[str]]
    error: Callable[[int, str], dict[str, Any]]
    id_header: str = "x-request-id"
    media_type: str = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Embedding:
    """An embeddings path: its answer, refused in the words of ``wire``."""

    wire: Wire
    answer: Callable[[dict[str, Any]], dict[str, Any]]
    input_key: str

    def text_of(self, body: dict[str, Any]) -> str:
        """The input as one text, to which faults can be keyed."""
        return json.dumps(body[self.input_key])


OPENAI = Wire(openai_wire.ask_of, openai_wire.completion, openai_wire.chunks, openai_wire.error)
RESPONSES = Wire(
    responses_wire.ask_of, responses_wire.response, responses_wire.events, openai_wire.error
)
ANTHROPIC = Wire(
    anthropic_wire.ask_of,
    anthropic_wire.message,
    anthropic_wire.events,
    anthropic_wire.error,
    id_header="request-id",
)
GEMINI = Wire(gemini_wire.ask_of, gemini_wire.generated, gemini_wire.events, gemini_wire.error)
COHERE = Wire(cohere_wire.ask_of, cohere_wire.chat, cohere_wire.events, cohere_wire.error)
OLLAMA_CHAT = Wire(
    ollama_wire.ask_of_chat,
    ollama_wire.chat,
    ollama_wire.chat_lines,
    ollama_wire.error,
    media_type=_LINES,
)
OLLAMA_GENERATE = Wire(
    ollama_wire.ask_of_generate,
    ollama_wire.generated,
    ollama_wire.generate_lines,
    ollama_wire.error,
    media_type=_LINES,
)
EMBEDDINGS = {
    "/v1/embeddings": Embedding(OPENAI, openai_wire.embeddings, "input"),
    "/openai/v1/embeddings": Embedding(OPENAI, openai_wire.embeddings, "input"),
    "/v2/embed": Embedding(COHERE, cohere_wire.embeddings, "texts"),
    "/api/embed": Embedding(OLLAMA_CHAT, ollama_wire.embeddings, "input"),
}
GEMINI_EMBEDDINGS = Embedding(GEMINI, gemini_wire.embeddings, "requests")
