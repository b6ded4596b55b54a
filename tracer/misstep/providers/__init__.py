"""Wire formats of model providers, one file each, recognised by path and body.

A format turns a request into :class:`Asked` and a response (JSON, or the events of a stream) into
:class:`Answered`. Nothing here knows an SDK.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from misstep.model import Json
from misstep.providers.shapes import Answered, Asked, Format

_MODULES = ("anthropic_messages", "openai_embeddings", "openai_chat")
_loaded: list[Format] = []


def formats() -> Sequence[Format]:
    """All known wire formats, the more specific first."""
    if not _loaded:
        import importlib

        modules: list[ModuleType] = [importlib.import_module(f"{__name__}.{m}") for m in _MODULES]
        _loaded.extend(m.FORMAT for m in modules)
    return _loaded


def recognise(method: str, host: str, path: str, body: Json) -> Format | None:
    """The wire format of a request, or None when it is not a model call."""
    if method.upper() != "POST" or not isinstance(body, dict):
        return None
    return next((f for f in formats() if f.matches(host, path, body)), None)


__all__ = ["Answered", "Asked", "Format", "formats", "recognise"]
