"""Langfuse: traces with their observations and scores, or observations alone, as its API gives them.

Keys in camel case (API, UI) or with underscores (blob export) mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from misstep_store.conventions.times import unix_nano
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Attributes, Resource, Scope, Span
from misstep_store.transfer.foreign.common import content_id, dumped, hexed, put, score_log

_TYPES = frozenset({"SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER"}) | {
    "EMBEDDING",
    "EVALUATOR",
    "GUARDRAIL",
}
_OF_TRACES = ("session_id", "html_path", "latency", "total_cost")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_O = "langfuse.observation."


def claims(item: dict[str, Any]) -> bool:
    """A trace with observations, or an observation."""
    keys = _snake(item)
    if "id" in keys and (
        isinstance(keys.get("observations"), list)
        or ("timestamp" in keys and any(k in keys for k in _OF_TRACES))
    ):
        return True
    return "trace_id" in keys and str(keys.get("type")).upper() in _TYPES and "start_time" in keys


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """The spans, and scores as evaluation events."""
    found = Decoded()
    traces: dict[str, dict[str, Any]] = {}
    loose: list[dict[str, Any]] = []
    for item in items:
        keys = _snake(item)
        if str(keys.get("type")).upper() in _TYPES:
            loose.append(keys)
        else:
            traces[str(keys["id"])] = keys
    for keys in loose:  # a trace may name its observations, which stand beside it
        trace = traces.get(str(keys.get("trace_id")))
        if trace is None:
            found.spans.append(_observation(keys, {}))
        else:
            listed = trace.get("observations")
            trace["observations"] = [*(listed if isinstance(listed, list) else ()), keys]
    for trace in traces.values():
        _trace(trace, found)
    return found


def _snake(item: Mapping[str, Any]) -> dict[str, Any]:
    return {_HUMP.sub("_", str(k)).lower(): v for k, v in item.items()}


def _trace(trace: dict[str, Any], found: Decoded) -> None:
    trace_id = hexed(trace["id"], 32)
    listed = trace.get("observations") or ()
    observations = [_snake(o) for o in listed if isinstance(o, Mapping)]
    spans = [_observation({**o, "trace_id": trace["id"]}, trace) for o in observations]
    known = {s.span_id for s in spans}
    tops = [s for s in spans if s.parent_span_id not in known]
    if len(tops) != 1 or not spans:
        root = _root(trace, trace_id, spans)
        for span in tops:
            span.parent_span_id = root.span_id
        spans.insert(0, root)
    else:
        _tell_trace(tops[0].attributes, trace)
    found.spans += spans
    for raw in trace.get("scores") or ():
        if isinstance(raw, Mapping):
            score = _snake(raw)
            found.logs.append(
                score_log(
                    trace_id,
                    hexed(score.get("observation_id"), 16),
                    name=score.get("name"),
                    value=score.get("value"),
                    label=score.get("string_value"),
                    explanation=score.get("comment"),
                    at=score.get("timestamp"),
                )
            )


def _root(trace: dict[str, Any], trace_id: str, spans: Sequence[Span]) -> Span:
    """The trace itself, where several observations stand at its top."""
    attributes: Attributes = {_O + "type": "span"}
    _tell_trace(attributes, trace)
    starts = [s.start_unix_nano for s in spans if s.start_unix_nano]
    start = min([*starts, unix_nano(trace.get("timestamp")) or 2**62])
    start = 0 if start == 2**62 else start
    return Span(
        trace_id=trace_id,
        span_id=content_id(["langfuse trace", trace_id], 16),
        name=str(trace.get("name") or "trace"),
        kind=1,
        start_unix_nano=start,
        end_unix_nano=max([s.end_unix_nano for s in spans], default=start),
        attributes=attributes,
        resource=_resource(trace),
        scope=Scope("langfuse-sdk"),
    )


def _tell_trace(a: Attributes, trace: Mapping[str, Any]) -> None:
    put(
        a,
        langfuse__trace__name=trace.get("name"),
        session__id=trace.get("session_id"),
        user__id=trace.get("user_id"),
        langfuse__release=trace.get("release"),
        langfuse__version=trace.get("version"),
    )
    if isinstance(trace.get("tags"), list):
        a["langfuse.trace.tags"] = [str(t) for t in trace["tags"]]
    for side in ("input", "output"):
        if trace.get(side) is not None:
            a["langfuse.trace." + side] = dumped(trace[side])


def _resource(keys: Mapping[str, Any]) -> Resource:
    made = Resource({"service.name": "langfuse-import"})
    put(made.attributes, langfuse__environment=keys.get("environment"))
    return made


def _observation(o: dict[str, Any], trace: Mapping[str, Any]) -> Span:
    a: Attributes = {_O + "type": str(o.get("type") or "span").lower()}
    for side in ("input", "output"):
        if o.get(side) is not None:
            a[_O + side] = dumped(o[side])
    put(
        a,
        langfuse__observation__model__name=o.get("model") or o.get("provided_model_name"),
        langfuse__observation__level=o.get("level"),
        langfuse__observation__status_message=o.get("status_message"),
        langfuse__observation__prompt__name=o.get("prompt_name"),
        langfuse__observation__prompt__version=o.get("prompt_version"),
        session__id=o.get("session_id") or trace.get("session_id"),
        user__id=o.get("user_id") or trace.get("user_id"),
    )
    usage = o.get("usage_details") or o.get("usage")
    costs = o.get("cost_details")
    total = o.get("calculated_total_cost", o.get("total_cost"))
    if not costs and total is not None:
        costs = {"total": total}
    for key, value in (
        ("model.parameters", o.get("model_parameters")),
        ("usage_details", usage),
        ("cost_details", costs),
        ("completion_start_time", o.get("completion_start_time")),
    ):
        if value:
            a[_O + key] = dumped(value)
    if isinstance(o.get("tags"), list):  # observations alone repeat what is the trace's
        a["langfuse.trace.tags"] = [str(t) for t in o["tags"]]
    if not o.get("parent_observation_id"):
        put(a, langfuse__trace__name=o.get("trace_name"), langfuse__release=o.get("release"))
    metadata = o.get("metadata")
    if isinstance(metadata, Mapping):
        for key, value in metadata.items():
            a[f"{_O}metadata.{key}"] = value if isinstance(value, int | float) else dumped(value)
    start = unix_nano(o.get("start_time"))
    failed = str(o.get("level") or "").upper() == "ERROR"
    return Span(
        trace_id=hexed(o.get("trace_id"), 32),
        span_id=hexed(o.get("id"), 16) or content_id(o, 16),
        parent_span_id=hexed(o.get("parent_observation_id"), 16),
        name=str(o.get("name") or o.get("type") or ""),
        kind=1,
        start_unix_nano=start,
        end_unix_nano=unix_nano(o.get("end_time")) or start,
        attributes=a,
        status_code=2 if failed else 0,
        status_message=str(o.get("status_message") or "") if failed else "",
        resource=_resource({**trace, **o}),
        scope=Scope("langfuse-sdk"),
    )
