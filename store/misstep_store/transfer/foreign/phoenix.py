"""Phoenix: spans of its REST and GraphQL APIs, of ``px`` exports and of its span dataframe.

Shapes: ``{name, context: {trace_id, span_id}, parent_id, span_kind, start_time, end_time,
status_code, status_message, attributes, events}``, attributes nested, with dots, or their JSON text;
GraphQL says the same in camel case; dataframe records carry ``context.trace_id`` and
``attributes.llm.…`` as their keys. Traces with the heads of
their spans are told apart and refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.times import unix_nano
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Attributes, LogRecord, Resource, Scope, Span, SpanEvent
from misstep_store.transfer.foreign.common import (
    MAX_DEPTH,
    bounded,
    content_id,
    dumped,
    hexed,
    mapping,
    records,
    score_log,
    times,
)

_STATUS = {"OK": 1, "ERROR": 2}
# Attributes whose value is one JSON text in OpenInference, not a branch of names.
_VALUES = frozenset(
    {
        "metadata",
        "input.value",
        "output.value",
        "llm.invocation_parameters",
        "llm.prompt_template.variables",
        "tool.parameters",
        "tool_call.function.arguments",
        "message.tool_calls.tool_call.function.arguments",
        "document.metadata",
        "tool.json_schema",
    }
)
_TABLES = ("_messages", "llm.tools", "documents", "embeddings", "choices", "prompts", "tag.tags")
_VECTORS = ("embedding.vector", "embedding.vectors", "tag.tags")


_CAMEL = {
    "spanKind": "span_kind",
    "parentId": "parent_id",
    "startTime": "start_time",
    "endTime": "end_time",
    "statusCode": "status_code",
    "statusMessage": "status_message",
    "traceId": "trace_id",
    "spanId": "span_id",
    "spanAnnotations": "span_annotations",
}


def claims(item: dict[str, Any]) -> bool:
    """A span with Phoenix's context and OpenInference's kind, or a trace with the heads of some."""
    if _is_trace(item):
        return True
    context = item.get("context")
    named = isinstance(context, dict) and (
        {"span_id", "trace_id"} <= set(context) or {"spanId", "traceId"} <= set(context)
    )
    keys = {_CAMEL.get(k, k) for k in item}
    return (named or "context.span_id" in item) and ("span_kind" in keys or "start_time" in keys)


def _is_trace(item: Mapping[str, Any]) -> bool:
    spans = item.get("spans")
    return (
        "trace_id" in item
        and isinstance(spans, list)
        and any(
            isinstance(s, dict) and {"span_id", "span_kind", "start_time"} <= set(s) for s in spans
        )
    )


def is_by_column(whole: Mapping[str, Any]) -> bool:
    """Whether it is a dataframe as pandas writes it by default: an object for each column."""
    return isinstance(whole.get("context.span_id"), dict)


def by_row(whole: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of such a dataframe."""
    made: dict[str, dict[str, Any]] = {}
    for name, column in whole.items():
        for row, value in mapping(column).items():
            made.setdefault(row, {})[name] = value
    return list(made.values())


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """The spans, and their annotations as scores."""
    found = Decoded()
    for item in items:
        if _is_trace(item):
            # Stored, they would stand in the way of the whole spans.
            found.rejected.append(
                f"trace {str(item['trace_id'])[:40]} has only the heads of its spans; "
                "Phoenix gives them whole from /v1/projects/NAME/spans"
            )
            continue
        item = {_CAMEL.get(k, k): v for k, v in item.items()}
        span = _span(item)
        found.spans.append(span)
        found.logs += _annotations(item, span)
    return found


def _span(item: Mapping[str, Any]) -> Span:
    context = {_CAMEL.get(k, k): v for k, v in mapping(item.get("context")).items()}
    attributes: Attributes = {}
    flatten("", mapping(item.get("attributes")), attributes)
    for key, value in item.items():
        if key.startswith("attributes.") and value not in (None, ""):
            name = key[len("attributes.") :]
            flatten(name, _branch(name, value), attributes)
    kind = item.get("span_kind") or attributes.get("openinference.span.kind") or "UNKNOWN"
    attributes["openinference.span.kind"] = str(kind).upper()
    start, end = times(item.get("start_time"), item.get("end_time"))
    trace = context.get("trace_id") or item.get("context.trace_id")
    own = hexed(context.get("span_id") or item.get("context.span_id"), 16) or content_id(item, 16)
    return Span(
        trace_id=hexed(trace, 32) or content_id(["phoenix", own], 32),
        span_id=own,
        parent_span_id=hexed(item.get("parent_id"), 16),
        name=str(item.get("name") or ""),
        kind=1,
        start_unix_nano=start,
        end_unix_nano=end,
        attributes=attributes,
        events=[_event(e) for e in records(rd.from_repr(item.get("events")))],
        status_code=_STATUS.get(str(item.get("status_code") or "").upper(), 0),
        status_message=str(item.get("status_message") or ""),
        resource=Resource({"service.name": "phoenix-import"}),
        scope=Scope("openinference.import.phoenix"),
    )


def _branch(name: str, value: Any) -> Any:
    """A cell of a table: lists of objects are there as Python wrote them."""
    if isinstance(value, str) and name.endswith(_TABLES):
        found = rd.from_repr(value)
        return found if isinstance(found, list) else value
    return value


def _event(raw: Mapping[str, Any]) -> SpanEvent:
    given = mapping(raw.get("attributes"))
    attributes = {str(k): bounded(v) for k, v in given.items()}
    if not attributes and raw.get("message"):  # all that GraphQL says of an exception
        attributes["exception.message"] = str(raw["message"])
    return SpanEvent(
        str(raw.get("name") or ""), unix_nano(raw.get("timestamp") or raw.get("time")), attributes
    )


def flatten(prefix: str, value: Any, into: Attributes, depth: int = 0) -> None:
    """Nested attributes under OpenInference's names: dots for members, numbers for items."""
    if value is None:
        return
    bare = ".".join(p for p in prefix.split(".") if not p.isdecimal())
    if depth > MAX_DEPTH or any(bare == v or bare.endswith("." + v) for v in _VALUES):
        into[prefix] = dumped(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            flatten(f"{prefix}.{key}" if prefix else str(key), inner, into, depth + 1)
    elif (
        isinstance(value, list)
        and any(isinstance(v, Mapping) for v in value)
        and not bare.endswith(_VECTORS)
    ):
        for index, inner in enumerate(value):
            flatten(f"{prefix}.{index}", inner, into, depth + 1)
    else:
        into[prefix] = bounded(value)


def _annotations(item: Mapping[str, Any], span: Span) -> list[LogRecord]:
    made = []
    for raw in records(item.get("annotations") or item.get("span_annotations")):
        result = mapping(raw.get("result")) or raw
        made.append(
            score_log(
                span.trace_id,
                span.span_id,
                name=raw.get("name"),
                value=result.get("score"),
                label=result.get("label"),
                explanation=result.get("explanation"),
                at=raw.get("updated_at") or raw.get("created_at"),
            )
        )
    return made
