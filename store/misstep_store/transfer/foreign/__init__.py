"""Traces and datasets of other tools as spans: what their JSON exports say, nothing more.

One file a format: ``claims`` looks at one object, ``read`` makes spans and log records of all of
them. The spans carry the attributes of the tool's own convention, so that they are read like its
live exports, and ``misstep remap`` improves them too. Source and shape of each: docs/conventions.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from misstep_store.otlp.decode import Decoded
from misstep_store.transfer.foreign import (
    datasets,
    langfuse,
    langsmith,
    otlp_spans,
    phoenix,
    runs,
    trail,
)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: whose it is, what an object of it looks like, and how it is read."""

    name: str
    claims: Callable[[dict[str, Any]], bool]
    read: Callable[[Sequence[dict[str, Any]]], Decoded]


FORMATS: Sequence[Format] = (
    Format("TRAIL", trail.claims, trail.read),
    Format("OTLP spans", otlp_spans.claims, otlp_spans.read),
    Format("Phoenix spans", phoenix.claims, phoenix.read),
    Format("Langfuse traces", langfuse.claims, langfuse.read),
    Format("LangSmith runs", langsmith.claims, langsmith.read),
    Format("runs", runs.claims, runs.read),
    Format("dataset examples", datasets.claims, datasets.read),
)
_ENVELOPES = (
    "data",
    "runs",
    "traces",
    "observations",
    "spans",
    "examples",
    "items",
    "rows",
    "edges",
    "node",
)
_MAX_LOOKED_AT = 20
_MAX_ENVELOPES = 8


def objects(whole: Any, depth: int = 0) -> list[dict[str, Any]]:
    """The records of an export: a list, or the list inside its envelope (``data``, ``runs``, …);
    of several pages, each in its envelope, those of all."""
    if isinstance(whole, list):
        return [found for o in whole if isinstance(o, dict) for found in objects(o, depth)]
    if not isinstance(whole, dict):
        return []
    if depth < _MAX_ENVELOPES and not any(f.claims(whole) for f in FORMATS):
        for key in _ENVELOPES:
            inner = whole.get(key)
            if isinstance(inner, list) or (isinstance(inner, dict) and _holds(inner)):
                return objects(inner, depth + 1)
    return [whole]


def _holds(inner: dict[str, Any]) -> bool:
    """Whether an object is an envelope's inside: a record, or one more envelope."""
    return any(f.claims(inner) for f in FORMATS) or any(
        isinstance(inner.get(key), list | dict) for key in _ENVELOPES
    )


def read(whole: Any) -> tuple[str, Decoded] | None:
    """The format and content of parsed JSON (an object, a list, or all objects of JSON lines);
    None when it is none of :data:`FORMATS`."""
    found = objects(whole)
    for form in FORMATS:
        if found and any(form.claims(o) for o in found[:_MAX_LOOKED_AT]):
            mine = [o for o in found if form.claims(o)]
            decoded = form.read(mine)
            if len(mine) < len(found):
                odd = len(found) - len(mine)
                decoded.rejected.append(f"{odd} objects are not {form.name}")
            return form.name, decoded
    return None


__all__ = ["FORMATS", "Format", "objects", "read"]
