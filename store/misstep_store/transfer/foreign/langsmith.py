"""LangSmith runs: its run data format, flat with ``parent_run_id`` or nested in ``child_runs``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep_store.conventions import reading as rd
from misstep_store.conventions.times import unix_nano
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Attributes, Resource, Scope, Span, SpanEvent
from misstep_store.transfer.foreign.common import content_id, dumped, failed, hexed, put, score_log

_METADATA = "langsmith.metadata."


def claims(item: dict[str, Any]) -> bool:
    """A run of LangSmith: a run type beside inputs."""
    return "run_type" in item and ("inputs" in item or "outputs" in item or "start_time" in item)


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """The runs as spans, children inside them too; feedback as scores."""
    found = Decoded()
    stack = [(item, "", "") for item in reversed(items)]
    while stack:
        run, trace, parent = stack.pop()
        span = _span(run, trace, parent)
        found.spans.append(span)
        for name, told in _feedback(run):
            found.logs.append(
                score_log(
                    span.trace_id,
                    span.span_id,
                    name=name,
                    value=told.get("score", told.get("avg")),
                    label=told.get("value"),
                    explanation=told.get("comment"),
                )
            )
        children = run.get("child_runs")
        if isinstance(children, list):
            stack += [
                (c, span.trace_id, span.span_id) for c in reversed(children) if isinstance(c, dict)
            ]
    return found


def _feedback(run: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    stats = run.get("feedback_stats")
    if isinstance(stats, Mapping):
        return [(str(k), v) for k, v in stats.items() if isinstance(v, Mapping)]
    listed = run.get("feedback")
    if isinstance(listed, list):
        return [(str(f.get("key")), f) for f in listed if isinstance(f, Mapping)]
    return []


def _span(run: Mapping[str, Any], trace: str, parent: str) -> Span:
    kind = str(run.get("run_type") or "chain").lower()
    a: Attributes = {"langsmith.span.kind": kind}
    put(
        a,
        langsmith__trace__name=run.get("name"),
        langsmith__trace__session_name=run.get("session_name"),
    )
    for key, value in (
        ("gen_ai.prompt", run.get("inputs")),
        ("gen_ai.completion", run.get("outputs")),
    ):
        if value is not None:
            a[key] = dumped(value)
    extra = rd.parsed(run.get("extra"))  # text in bulk exports
    extra = extra if isinstance(extra, Mapping) else {}
    metadata = extra.get("metadata") or run.get("metadata")
    for key, value in metadata.items() if isinstance(metadata, Mapping) else ():
        a[_METADATA + str(key)] = value if isinstance(value, str | int | float) else dumped(value)
    given = extra.get("invocation_params")
    if isinstance(given, Mapping):
        model = given.get("model") or given.get("model_name")
        if isinstance(model, str):
            a["gen_ai.request.model"] = model
        if given.get("tools"):
            a["gen_ai.tool.definitions"] = dumped(given["tools"])
    put(
        a,
        gen_ai__usage__input_tokens=run.get("prompt_tokens"),
        gen_ai__usage__output_tokens=run.get("completion_tokens"),
        gen_ai__cost__total_cost=run.get("total_cost"),
    )
    for side, key in (("prompt", "input"), ("completion", "output")):
        details = run.get(f"{side}_token_details")
        if isinstance(details, Mapping):
            a[f"gen_ai.usage.{key}_token_details"] = dumped(details)
    if isinstance(run.get("tags"), list):
        a["langsmith.span.tags"] = ", ".join(str(t) for t in run["tags"])
    start = unix_nano(run.get("start_time"))
    events = [
        SpanEvent(str(e.get("name")), unix_nano(e.get("time")), {})
        for e in run.get("events") or ()
        if isinstance(e, Mapping) and e.get("name") == "new_token"
    ][:1]
    first = unix_nano(run.get("first_token_time"))
    if first:
        events = [SpanEvent("new_token", first, {})]
    error = run.get("error")
    if error:
        events.append(failed("Exception", str(error)))
    own = run.get("id") or run.get("run_id")
    return Span(
        trace_id=hexed(run.get("trace_id"), 32)
        or trace
        or hexed(own, 32)
        or content_id(dict(run), 32),
        span_id=hexed(own, 16) or content_id(dict(run), 16),
        parent_span_id=hexed(run.get("parent_run_id"), 16) or parent,
        name=str(run.get("name") or kind),
        kind=1,
        start_unix_nano=start,
        end_unix_nano=unix_nano(run.get("end_time")) or start,
        attributes=a,
        events=events,
        status_code=2 if error else 1,
        resource=Resource({"service.name": "langsmith-import"}),
        scope=Scope("langsmith"),
    )
