"""Phoenix: spans of its REST API, of ``px`` exports and of its span dataframe as records.

Shapes: ``{name, context: {trace_id, span_id}, parent_id, span_kind, start_time, end_time,
status_code, status_message, attributes, events}``, attributes nested or with dots; dataframe records
carry ``context.trace_id`` and ``attributes.llm.…`` as their keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep_store.conventions.times import unix_nano
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Attributes, LogRecord, Resource, Scope, Span, SpanEvent
from misstep_store.transfer.foreign.common import content_id, dumped, hexed, score_log

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
_VECTORS = ("embedding.vector", "embedding.vectors", "tag.tags")


def claims(item: dict[str, Any]) -> bool:
    """A span with Phoenix's context and OpenInference's kind."""
    context = item.get("context")
    named = isinstance(context, dict) and "span_id" in context and "trace_id" in context
    return (named or "context.span_id" in item) and ("span_kind" in item or "start_time" in item)


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """The spans, and their annotations as scores."""
    found = Decoded()
    for item in items:
        span = _span(item)
        found.spans.append(span)
        found.logs += _annotations(item, span)
    return found


def _span(item: dict[str, Any]) -> Span:
    context = item.get("context")
    context = context if isinstance(context, dict) else {}
    attributes: Attributes = {}
    given = item.get("attributes")
    if isinstance(given, Mapping):
        flatten("", given, attributes)
    for key, value in item.items():
        if key.startswith("attributes.") and value is not None:
            flatten(key[len("attributes.") :], value, attributes)
    kind = item.get("span_kind") or attributes.get("openinference.span.kind") or "UNKNOWN"
    attributes["openinference.span.kind"] = str(kind).upper()
    events = item.get("events")
    start = unix_nano(item.get("start_time"))
    trace = context.get("trace_id", item.get("context.trace_id"))
    return Span(
        trace_id=hexed(trace, 32),
        span_id=hexed(context.get("span_id", item.get("context.span_id")), 16)
        or content_id(item, 16),
        parent_span_id=hexed(item.get("parent_id"), 16),
        name=str(item.get("name") or ""),
        kind=1,
        start_unix_nano=start,
        end_unix_nano=unix_nano(item.get("end_time")) or start,
        attributes=attributes,
        events=[_event(e) for e in events if isinstance(e, Mapping)]
        if isinstance(events, list)
        else [],
        status_code=_STATUS.get(str(item.get("status_code") or "").upper(), 0),
        status_message=str(item.get("status_message") or ""),
        resource=Resource({"service.name": "phoenix-import"}),
        scope=Scope("openinference.import.phoenix"),
    )


def _event(raw: Mapping[str, Any]) -> SpanEvent:
    attributes = raw.get("attributes")
    return SpanEvent(
        str(raw.get("name") or ""),
        unix_nano(raw.get("timestamp") or raw.get("time")),
        dict(attributes) if isinstance(attributes, Mapping) else {},
    )


def flatten(prefix: str, value: Any, into: Attributes) -> None:
    """Nested attributes under OpenInference's names: dots for members, numbers for items."""
    if value is None:
        return
    bare = ".".join(p for p in prefix.split(".") if not p.isdecimal())
    if any(bare == v or bare.endswith("." + v) for v in _VALUES):
        into[prefix] = dumped(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            flatten(f"{prefix}.{key}" if prefix else str(key), inner, into)
    elif (
        isinstance(value, list)
        and any(isinstance(v, Mapping) for v in value)
        and not bare.endswith(_VECTORS)
    ):
        for index, inner in enumerate(value):
            flatten(f"{prefix}.{index}", inner, into)
    else:
        into[prefix] = value


def _annotations(item: dict[str, Any], span: Span) -> list[LogRecord]:
    listed = item.get("annotations") or item.get("span_annotations") or ()
    made = []
    for raw in listed if isinstance(listed, list) else ():
        if isinstance(raw, Mapping):
            result = raw.get("result")
            result = result if isinstance(result, Mapping) else raw
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
