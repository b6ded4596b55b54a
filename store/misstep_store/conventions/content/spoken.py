"""What is spoken: its words, and its sound by reference."""

from __future__ import annotations

from typing import Any

from misstep_store.conventions.content.parts import Part, media, text_part

_WORDS = "transcript"


def in_parts(audio: dict[str, Any]) -> list[Part]:
    """A spoken answer of OpenAI's."""
    words = audio.get(_WORDS)
    found = [text_part(words)] if isinstance(words, str) and words else []
    return [*found, media("audio", audio)] if audio.get("data") else found


def with_words(listed: Any) -> Any:
    """The parts of a message as GenAI writes them, the words before each that is spoken."""
    if not isinstance(listed, list) or not any(map(_words_of, listed)):
        return listed
    made: list[Any] = []
    for one in listed:
        if words := _words_of(one):
            made.append({"type": "text", "content": words})
        made.append(one)
    return made


def _words_of(one: Any) -> str | None:
    words = one.get(_WORDS) if isinstance(one, dict) and one.get("type") in _SOUNDS else None
    return words if isinstance(words, str) else None


_SOUNDS = ("blob", "file", "uri")
