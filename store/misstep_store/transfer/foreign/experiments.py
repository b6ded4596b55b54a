"""Runs of Phoenix's experiments, as it downloads them (JSON, CSV): what a task made of an example.

The task's own trace may be in the store too, under the id that is named here; what an experiment
says of it is a run of its own, tagged ``experiment``, with what its evaluators said as scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.decode import Decoded
from misstep_store.transfer.foreign import runs
from misstep_store.transfer.foreign.common import content_id, number, records

_SCORED = re.compile(r"annotation_(.+)_(label|score|explanation)")


def claims(item: dict[str, Any]) -> bool:
    """An example's input, what it should give and what it gave."""
    return all(key in item for key in ("example_id", "input", "reference_output", "output"))


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """One run an example and repetition."""
    return runs.read([_run(item) for item in items])


def _run(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "run_id": content_id(dict(item), 32),
        "name": "experiment",
        "tags": ["experiment"],
        "input": rd.parsed(item["input"]),
        "output": rd.parsed(item["output"]),
        "error": item.get("error") or None,
        "started_at": item.get("start_time"),
        "duration_ms": number(item.get("latency_ms")),
        "scores": [*_listed(item), *_in_columns(item)],
        "hops": [],
    }


def _listed(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for told in records(item.get("annotations")):
        yield {
            "name": told.get("name"),
            "value": told.get("score"),
            "label": told.get("label"),
            "explanation": told.get("explanation"),
        }


def _in_columns(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """In tables each fact of an evaluator's has a column of its own."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in item.items():
        if value is not None and (named := _SCORED.fullmatch(str(key))):
            name, fact = named.groups()
            told = found.setdefault(name, {"name": name})
            told["value" if fact == "score" else fact] = value
    yield from found.values()
