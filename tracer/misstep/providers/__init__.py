"""Wire formats of model providers, one file each, recognised by path and body.

A format turns a request into :class:`Asked` and a response (JSON, or the events of a stream) into
:class:`Answered`. Nothing here knows an SDK. docs/providers.md says how to add one.
"""

from __future__ import annotations

from collections.abc import Sequence

from misstep.model import Json
from misstep.providers.shapes import Answered, Asked, Format

_MODULES = (
    "anthropic_messages",
    "gemini_generate",
    "gemini_embed",
    "openai_responses",
    "openai_embeddings",
    "openai_chat",
    "openai_completions",
    "ollama_chat",
    "ollama_generate",
    "ollama_embed",
    "cohere_chat",
    "cohere_embed",
)
_loaded: list[Format] = []


def formats() -> Sequence[Format]:
    """All known wire formats, the more specific first."""
    if not _loaded:
        import importlib

        modules = [importlib.import_module(f"{__name__}.{m}") for m in _MODULES]
        _loaded.extend(m.FORMAT for m in modules)
    return _loaded


def register(wire: Format) -> None:
    """Adds a wire format of your own; it is asked before the built-in ones."""
    formats()
    _loaded.insert(0, wire)


def at(path: str) -> list[Format]:
    """The formats that may be spoken at a path; nearly always none or one."""
    return [f for f in formats() if f.at(path)]


def recognise(method: str, path: str, body: Json) -> Format | None:
    """The wire format of a request, or None when it is not a model call."""
    if method.upper() != "POST" or not isinstance(body, dict):
        return None
    return next((f for f in at(path) if f.fits(path, body)), None)


__all__ = ["Answered", "Asked", "Format", "at", "formats", "recognise", "register"]
