"""Langfuse: traces with their observations and scores, or observations or scores alone, as its API
gives them, its UI downloads them and its blob export writes them.

Keys in camel case (API, UI) or with underscores (blob export) mean the same; what is an object in
JSON is its text in CSV.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from misstep_store.conventions.readers.langfuse import LISTED
from misstep_store.conventions.values.times import unix_nano
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Attributes, LogRecord, Resource, Scope, Span
from misstep_store.transfer.foreign.common import (
    bounded,
    content_id,
    dumped,
    hexed,
    json_text,
    listed,
    mapping,
    number,
    put,
    records,
    score_log,
    times,
)

_TYPES = frozenset({"SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER"}) | {
    "EMBEDDING",
    "EVALUATOR",
    "GUARDRAIL",
}
_OF_TRACES = ("session_id", "html_path", "latency", "total_cost")
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
"""Of its first years, beside everything else of an observation."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_O = "langfuse.observation."


def claims(item: dict[str, Any]) -> bool:
    """A trace, a trace beside its observations, an observation, or a score."""
    if isinstance(item.get("trace"), Mapping) and isinstance(item.get("observations"), list):
        return "id" in item["trace"]
    keys = _snake(item)
    if "id" in keys and (
        isinstance(keys.get("observations"), list)
        or ("timestamp" in keys and any(k in keys for k in _OF_TRACES))
    ):
        return True
    if _is_score(keys):
        return True
    return "trace_id" in keys and str(keys.get("type")).upper() in _TYPES and "start_time" in keys


def _is_score(keys: Mapping[str, Any]) -> bool:
    subject = isinstance(keys.get("subject"), Mapping) or "trace_id" in keys
    return subject and "name" in keys and "value" in keys and "data_type" in keys


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """The spans, and scores as evaluation events."""
    found = Decoded()
    traces: dict[str, dict[str, Any]] = {}
    loose: list[dict[str, Any]] = []
    for item in items:
        if isinstance(item.get("trace"), Mapping):  # as the UI downloads one
            item = {**item["trace"], "observations": item["observations"]}
        keys = _snake(item)
        if _is_score(keys):
            _loose_score(keys, found)
        elif str(keys.get("type")).upper() in _TYPES:
            loose.append(keys)
        else:
            traces[str(keys["id"])] = keys
    for keys in loose:  # a trace may name its observations, which stand beside it
        trace = traces.get(str(keys.get("trace_id")))
        if trace is None:
            found.spans.append(_observation(keys, {}))
        else:
            trace["observations"] = [*listed(trace.get("observations")), keys]
    for trace in traces.values():
        _trace(trace, found)
    return found


def _snake(item: Mapping[str, Any]) -> dict[str, Any]:
    return {_HUMP.sub("_", str(k)).lower(): v for k, v in item.items()}


def _trace(trace: dict[str, Any], found: Decoded) -> None:
    trace_id = hexed(trace["id"], 32) or content_id(trace, 32)
    observations = [_snake(o) for o in records(trace.get("observations"))]
    spans = [_observation({**o, "trace_id": trace_id}, trace) for o in observations]
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
    for raw in records(trace.get("scores")):
        score = _snake(raw)
        found.logs.append(_score(score, trace_id, hexed(score.get("observation_id"), 16)))


def _loose_score(keys: dict[str, Any], found: Decoded) -> None:
    """A score beside what it is about, which may be in another file."""
    subject = _snake(mapping(keys.get("subject")))
    kind = subject.get("kind")
    trace = keys.get("trace_id") or subject.get("id" if kind == "trace" else "trace_id")
    span = keys.get("observation_id") or (subject.get("id") if kind == "observation" else None)
    if hexed(trace, 32):
        found.logs.append(_score(keys, hexed(trace, 32), hexed(span, 16)))
    else:
        found.rejected.append(f"score {str(keys.get('name'))[:80]!r} names no trace")


def _score(score: Mapping[str, Any], trace_id: str, span_id: str) -> LogRecord:
    kind = str(score.get("data_type") or "").upper()
    value = score.get("value")
    return score_log(
        trace_id,
        span_id,
        name=score.get("name"),
        value=None if kind == "TEXT" and score.get("string_value") else value,
        label=score.get("string_value"),
        explanation=score.get("comment"),
        at=score.get("timestamp"),
    )


def _root(trace: dict[str, Any], trace_id: str, spans: Sequence[Span]) -> Span:
    """The trace itself, where several observations stand at its top."""
    attributes: Attributes = {_O + "type": "span"}
    if not spans:
        attributes[LISTED] = True
    _tell_trace(attributes, trace)
    starts = [s.start_unix_nano for s in spans if s.start_unix_nano]
    start = min([*starts, unix_nano(trace.get("timestamp")) or 2**62])
    start = 0 if start == 2**62 else start
    return Span(
        trace_id=trace_id,
        span_id=content_id(["langfuse trace" if spans else "langfuse list", trace_id], 16),
        name=str(trace.get("name") or "trace"),
        kind=1,
        start_unix_nano=start,
        end_unix_nano=max([s.end_unix_nano for s in spans], default=start + _took(trace)),
        attributes=attributes,
        resource=_resource(trace),
        scope=Scope("langfuse-sdk"),
    )


def _took(trace: Mapping[str, Any]) -> int:
    """How long a trace took that a list names without its observations."""
    seconds = number(trace.get("latency"))
    return int(seconds * 1e9) if seconds is not None and 0 < seconds < _DAY_S else 0


_DAY_S = 86_400


def _tell_trace(a: Attributes, trace: Mapping[str, Any]) -> None:
    put(
        a,
        langfuse__trace__name=trace.get("name"),
        session__id=trace.get("session_id"),
        user__id=trace.get("user_id"),
        langfuse__release=trace.get("release"),
        langfuse__version=trace.get("version"),
    )
    if listed(trace.get("tags")):
        a["langfuse.trace.tags"] = [str(t) for t in listed(trace["tags"])]
    for side in ("input", "output"):
        if trace.get(side) not in (None, ""):
            a["langfuse.trace." + side] = dumped(trace[side])


def _resource(keys: Mapping[str, Any]) -> Resource:
    made = Resource({"service.name": "langfuse-import"})
    put(made.attributes, langfuse__environment=keys.get("environment"))
    return made


def _observation(o: dict[str, Any], trace: Mapping[str, Any]) -> Span:
    a: Attributes = {_O + "type": str(o.get("type") or "span").lower()}
    for side in ("input", "output"):
        if o.get(side) not in (None, ""):
            a[_O + side] = dumped(o[side])
    _tools(a, o)
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
    usage = o.get("usage_details") or o.get("usage") or {k: o[k] for k in _COUNTS if o.get(k)}
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
    if listed(o.get("tags")):  # observations alone repeat what is the trace's
        a["langfuse.trace.tags"] = [str(t) for t in listed(o["tags"])]
    if not o.get("parent_observation_id") or o.get("is_root_observation") is True:
        put(a, langfuse__trace__name=o.get("trace_name"), langfuse__release=o.get("release"))
    for key, value in mapping(o.get("metadata")).items():
        is_number = isinstance(value, int | float)
        a[f"{_O}metadata.{key}"] = bounded(value) if is_number else dumped(value)
    start, end = times(o.get("start_time"), o.get("end_time"))
    failed = str(o.get("level") or "").upper() == "ERROR"
    own = hexed(o.get("id"), 16) or content_id(o, 16)
    return Span(
        trace_id=hexed(o.get("trace_id"), 32) or content_id(["langfuse", own], 32),
        span_id=own,
        parent_span_id=hexed(o.get("parent_observation_id"), 16),
        name=str(o.get("name") or o.get("type") or ""),
        kind=1,
        start_unix_nano=start,
        end_unix_nano=end,
        attributes=a,
        status_code=2 if failed else 0,
        status_message=str(o.get("status_message") or "") if failed else "",
        resource=_resource({**trace, **o}),
        scope=Scope("langfuse-sdk"),
    )


def _tools(a: Attributes, o: Mapping[str, Any]) -> None:
    """What the blob export has in columns of its own; ``tool_definitions`` is by name."""
    defined = mapping(o.get("tool_definitions"))
    if defined:
        a["gen_ai.tool.definitions"] = json_text(
            [
                {"type": "function", "name": str(name), **mapping(told)}
                for name, told in defined.items()
            ]
        )
