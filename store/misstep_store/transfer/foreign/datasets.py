"""Dataset examples of LangSmith, Langfuse and Phoenix: an input and the output it should give.

Each becomes a run of one step tagged ``dataset``, its outcome marked good by whoever made the
dataset: nearest good runs are found among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep import semconv as sc
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.times import unix_nano
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Resource, Scope, Span, SpanEvent
from misstep_store.transfer.foreign.common import UNKNOWN_START_NANO, content_id, hexed, json_text

_INPUTS = ("inputs", "input")
_OUTPUTS = (
    "outputs",
    "expectedOutput",
    "expected_output",
    "reference_outputs",
    "output",
    "expected",
)

_COLUMNS = ("input", "output", "metadata")
_OF_CONVERSATIONS = frozenset(
    {"messages", "tools", "functions", "ideal", "metadata", "split"}
    | {"tool_choice", "parallel_tool_calls"}
)
_LEAST_ID = 8
_OF_RUNS = ("timestamp", "trace_id", "traceId", "run_type", "start_time", "startTime", "hops")


def claims(item: dict[str, Any]) -> bool:
    """An input beside an expected output, and no sign of a run; in tables a column for each member;
    or a conversation as models are trained and tried with."""
    item = _gathered(item)
    if set(item) <= _OF_CONVERSATIONS and isinstance(item.get("messages"), list):
        return True
    return (
        any(k in item for k in _INPUTS)
        and any(k in item for k in _OUTPUTS)
        and not any(k in item for k in _OF_RUNS)
    )


def _gathered(item: dict[str, Any]) -> dict[str, Any]:
    """Columns ``input.q`` and ``output.a`` of Phoenix's tables, ``input_q`` of its downloads, as the
    objects they were."""
    made: dict[str, Any] = {}
    mark = "_" if "example_id" in item else "."
    for key, value in item.items():
        head, dot, rest = str(key).partition(mark)
        if not dot or head not in _COLUMNS:
            made[key] = value
        elif value is not None and isinstance(made.setdefault(head, {}), dict):
            made[head][rest] = value
    return made


def _opened(value: Any) -> Any:
    """A cell of a table holds the JSON text of an object."""
    return rd.parsed(value) if isinstance(value, str) else value


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """One run an example."""
    return Decoded(spans=[_span(_split(_gathered(item)), n) for n, item in enumerate(items)])


def _split(item: dict[str, Any]) -> dict[str, Any]:
    """A conversation as what was said before and the answer it should have."""
    said = item.get("messages")
    if any(k in item for k in _INPUTS) or not isinstance(said, list):
        return item
    if "ideal" in item:
        return {"input": said, "output": item["ideal"]}
    last = said[-1] if said and isinstance(said[-1], dict) else {}
    if last.get("role") != "assistant":
        return {"input": said}
    return {"input": said[:-1], "output": last.get("content") or last}


def _span(item: dict[str, Any], number: int) -> Span:
    given = next(item[k] for k in _INPUTS if k in item)
    made = next((item[k] for k in _OUTPUTS if item.get(k) is not None), None)
    when = next(
        (t for k in ("created_at", "createdAt", "updated_at") if (t := unix_nano(item.get(k)))),
        UNKNOWN_START_NANO + number * 1_000_000,
    )
    name = item.get("datasetName") or item.get("dataset_name") or item.get("name") or "example"
    attributes: dict[str, Any] = {
        sc.ROLE: sc.ROLE_RUN,
        sc.PIPELINE: str(name),
        sc.INPUT: json_text(_opened(given)),
        sc.TAGS: ["dataset"],
    }
    events = []
    if made is not None:
        attributes[sc.OUTPUT] = json_text(_opened(made))
        mark = {sc.MARK_STATE: "good", sc.MARK_BY: "dataset"}
        events.append(SpanEvent(sc.EVENT_MARK, when, mark))
    return Span(
        trace_id=_own_id(item) or content_id(item, 32),
        span_id=content_id(["example", item.get("id"), item], 16),
        name=str(name),
        kind=1,
        start_unix_nano=when,
        end_unix_nano=when,
        attributes=attributes,
        events=events,
        resource=Resource({"service.name": "dataset-import"}),
        scope=Scope(sc.SCOPE_NAME),
    )


def _own_id(item: dict[str, Any]) -> str:
    """The id of an example; a number of its line in a file is every file's."""
    given = item.get("id", item.get("example_id"))
    return hexed(given, 32) if len(str(given or "")) >= _LEAST_ID else ""
