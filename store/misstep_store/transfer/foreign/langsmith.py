"""LangSmith runs: its run data format, flat with ``parent_run_id`` or nested in ``child_runs``, of its
API (old and new), of its SDK's dumps and of its bulk export, where objects are JSON text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep_store.conventions.values.times import unix_nano
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Attributes, LogRecord, Resource, Scope, Span, SpanEvent
from misstep_store.transfer.foreign.common import (
    UNKNOWN_START_NANO,
    bounded,
    content_id,
    dumped,
    failed,
    hexed,
    listed,
    mapping,
    number,
    put,
    records,
    score_log,
    times,
    whole,
)

_METADATA = "langsmith.metadata."


def claims(item: dict[str, Any]) -> bool:
    """A run of LangSmith: a run type beside inputs; or what somebody said of one."""
    if _is_feedback(item):
        return True
    return "run_type" in item and ("inputs" in item or "outputs" in item or "start_time" in item)


def _is_feedback(item: Mapping[str, Any]) -> bool:
    return "run_id" in item and "key" in item and "score" in item and "run_type" not in item


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """The runs as spans, children inside them too; feedback as scores."""
    found = Decoded()
    for said in filter(_is_feedback, items):
        trace = hexed(said.get("trace_id") or said["run_id"], 32)
        found.logs.append(_score(trace, hexed(said["run_id"], 16), said.get("key"), said))
    stack = [(item, "", "") for item in reversed(items) if not _is_feedback(item)]
    while stack:
        run, trace, parent = stack.pop()
        span = _span(run, trace, parent)
        found.spans.append(span)
        for name, told in _feedback(run):
            found.logs.append(_score(span.trace_id, span.span_id, name, told))
        stack += [
            (c, span.trace_id, span.span_id)
            for c in reversed(listed(run.get("child_runs")))
            if isinstance(c, dict)
        ]
    return found


def _score(trace_id: str, span_id: str, name: Any, told: Mapping[str, Any]) -> LogRecord:
    return score_log(
        trace_id,
        span_id,
        name=name,
        value=told.get("score", told.get("avg")),
        label=told.get("value"),
        explanation=told.get("comment"),
        at=told.get("created_at"),
    )


def _feedback(run: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    stats = mapping(run.get("feedback_stats"))
    if stats:
        return [(str(k), v) for k, v in stats.items() if isinstance(v, Mapping)]
    return [(str(f.get("key")), f) for f in records(run.get("feedback"))]


def _ancestors(run: Mapping[str, Any]) -> list[str]:
    """The runs around this one, the trace's root first."""
    named = [str(i) for i in listed(run.get("parent_run_ids"))]
    if named:
        return named
    steps = str(run.get("dotted_order") or "").split(".")[:-1]  # each a time, "Z", a UUID
    return [step.partition("Z")[2] for step in steps]


def _span(run: Mapping[str, Any], trace: str, parent: str) -> Span:
    kind = str(run.get("run_type") or "chain").lower()
    a: Attributes = {"langsmith.span.kind": kind}
    put(
        a,
        langsmith__trace__name=run.get("name"),
        langsmith__trace__session_name=run.get("session_name"),
    )
    for key, name in (("gen_ai.prompt", "inputs"), ("gen_ai.completion", "outputs")):
        value = run.get(name)
        value = run.get(f"{name}_preview") if value in (None, "") else value
        if value is not None:
            a[key] = dumped(value)
    _extra(a, run)
    used, costs = mapping(run.get("token_usage")), mapping(run.get("costs"))  # of its command line
    put(
        a,
        gen_ai__usage__input_tokens=whole(run.get("prompt_tokens", used.get("prompt_tokens"))),
        gen_ai__usage__output_tokens=whole(
            run.get("completion_tokens", used.get("completion_tokens"))
        ),
        gen_ai__cost__total_cost=number(run.get("total_cost", costs.get("total_cost"))),
    )
    for side, told in (("prompt", "input"), ("completion", "output")):
        details = mapping(run.get(f"{side}_token_details"))
        details = mapping(details.get("raw")) or details  # as the newer API wraps them
        if details:
            a[f"gen_ai.usage.{told}_token_details"] = dumped(details)
    if listed(run.get("tags")):
        a["langsmith.span.tags"] = ", ".join(str(t) for t in listed(run["tags"]))
    start, end = times(run.get("start_time"), run.get("end_time"))
    if not start and run.get("outputs"):
        start = end = UNKNOWN_START_NANO
    error = run.get("error") or run.get("error_preview")
    wrong = bool(error) or str(run.get("status") or "").lower() == "error"
    events = _first_token(run)
    if error:
        events.append(failed("Exception", str(error)))
    own = run.get("id") or run.get("run_id")
    around = _ancestors(run)
    return Span(
        trace_id=hexed(run.get("trace_id"), 32)
        or trace
        or (hexed(around[0], 32) if around else "")
        or hexed(own, 32)
        or content_id(dict(run), 32),
        span_id=hexed(own, 16) or content_id(dict(run), 16),
        parent_span_id=hexed(run.get("parent_run_id"), 16)
        or parent
        or (hexed(around[-1], 16) if around else ""),
        name=str(run.get("name") or kind),
        kind=1,
        start_unix_nano=start,
        end_unix_nano=end,
        attributes=a,
        events=events,
        status_code=2 if wrong else 1,
        resource=Resource({"service.name": "langsmith-import"}),
        scope=Scope("langsmith"),
    )


def _extra(a: Attributes, run: Mapping[str, Any]) -> None:
    """Metadata and what the call was made with."""
    extra = mapping(run.get("extra"))
    metadata: dict[str, Any] = {}
    for told in (run.get("custom_metadata"), run.get("metadata"), extra.get("metadata")):
        metadata |= mapping(told)
    if run.get("thread_id"):
        metadata.setdefault("thread_id", run["thread_id"])
    for key, value in metadata.items():
        plain = isinstance(value, str | int | float)
        a[_METADATA + str(key)] = value if plain else dumped(value)
    given = mapping(extra.get("invocation_params"))
    model = given.get("model") or given.get("model_name")
    if isinstance(model, str):
        a["gen_ai.request.model"] = model
    if given.get("tools"):
        a["gen_ai.tool.definitions"] = dumped(bounded(given["tools"]))


def _first_token(run: Mapping[str, Any]) -> list[SpanEvent]:
    first = unix_nano(run.get("first_token_time"))
    if first:
        return [SpanEvent("new_token", first, {})]
    told = (e.get("time") for e in records(run.get("events")) if e.get("name") == "new_token")
    return [SpanEvent("new_token", unix_nano(moment), {}) for moment in told][:1]
