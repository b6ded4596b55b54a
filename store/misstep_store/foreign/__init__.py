"""Traces and datasets of other tools as spans: what their JSON exports say, nothing more.

One file a format: ``claims`` looks at one object, ``read`` makes spans and log records of all of
them. The spans carry the attributes of the tool's own convention, so that they are read like its
live exports, and ``misstep remap`` improves them too. Source and shape of each: docs/conventions.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from misstep_store.decode import Decoded
from misstep_store.foreign import datasets, langfuse, langsmith, phoenix, runs, trail


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: whose it is, what an object of it looks like, and how it is read."""

    name: str
    claims: Callable[[dict[str, Any]], bool]
    read: Callable[[Sequence[dict[str, Any]]], Decoded]


FORMATS: Sequence[Format] = (
    Format("TRAIL", trail.claims, trail.read),
    Format("Phoenix spans", phoenix.claims, phoenix.read),
    Format("Langfuse traces", langfuse.claims, langfuse.read),
    Format("LangSmith runs", langsmith.claims, langsmith.read),
    Format("runs", runs.claims, runs.read),
    Format("dataset examples", datasets.claims, datasets.read),
)
_ENVELOPES = ("data", "runs", "traces", "observations", "spans", "examples", "items", "rows")
_MAX_LOOKED_AT = 20


def objects(whole: Any) -> list[dict[str, Any]]:
    """The records of an export: a list, or the list inside its envelope (``data``, ``runs``, …)."""
    if isinstance(whole, list):
        return [o for o in whole if isinstance(o, dict)]
    if not isinstance(whole, dict):
        return []
    if any(f.claims(whole) for f in FORMATS):
        return [whole]
    for key in _ENVELOPES:
        if isinstance(whole.get(key), list):
            return objects(whole[key])
    return [whole]


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
