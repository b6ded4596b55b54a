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
    experiments,
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
    Format("Phoenix spans", phoenix.claims, phoenix.read),
    Format("TRAIL", trail.claims, trail.read),
    Format("OTLP spans", otlp_spans.claims, otlp_spans.read),
    Format("Langfuse traces", langfuse.claims, langfuse.read),
    Format("LangSmith runs", langsmith.claims, langsmith.read),
    Format("runs", runs.claims, runs.read),
    Format("experiment runs", experiments.claims, experiments.read),
    Format("dataset examples", datasets.claims, datasets.read),
)
_ENVELOPES = (
    "data",
    "projects",
    "project",
    "runs",
    "root_run",
    "traces",
    "observations",
    "spans",
    "examples",
    "items",
    "rows",
    "edges",
    "node",
)
_MAX_ENVELOPES = 8


def objects(whole: Any, depth: int = 0) -> list[dict[str, Any]]:
    """The records of an export: a list, or the list inside its envelope (``data``, ``runs``, …);
    of several pages, each in its envelope, those of all."""
    if isinstance(whole, list):
        return [found for o in whole if isinstance(o, dict) for found in objects(o, depth)]
    if not isinstance(whole, dict):
        return []
    if phoenix.is_by_column(whole):
        return phoenix.by_row(whole)
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
    """The format and content of parsed JSON (an object, a list, or all objects of JSON lines), of
    several formats each; None when it is none of :data:`FORMATS`."""
    mine: dict[str, list[dict[str, Any]]] = {}
    odd = 0
    for item in objects(whole):
        form = next((f for f in FORMATS if f.claims(item)), None)
        if form is None:
            odd += 1
        else:
            mine.setdefault(form.name, []).append(item)
    if not mine:
        return None
    made = Decoded()
    for form in FORMATS:
        if form.name in mine:
            _add(made, form, mine[form.name])
    name = " and ".join(sorted(mine, key=lambda n: -len(mine[n])))
    if odd:
        made.rejected.append(f"{odd} objects are not {name}")
    return name, made


# What a reader may stumble over in an object that has the keys of its format and nothing else of it.
_STUMBLES = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)


def _add(made: Decoded, form: Format, items: Sequence[dict[str, Any]]) -> None:
    """The objects together, as they tell of one another; without those that nobody can read."""
    good = items
    try:
        found = form.read(items)
    except _STUMBLES:
        good = [item for item in items if _readable(form, item)]
        lost = len(items) - len(good)
        found = form.read(good)
        found.rejected.append(f"{lost} objects look like {form.name} but cannot be read as such")
    made.spans += found.spans
    made.logs += found.logs
    made.rejected += found.rejected


def _readable(form: Format, item: dict[str, Any]) -> bool:
    try:
        form.read([item])
    except _STUMBLES:
        return False
    return True


__all__ = ["FORMATS", "Format", "objects", "read"]
