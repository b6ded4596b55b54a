"""Plain runs, one JSON object each: what ``misstep show --json`` prints, and less where less is known.

The schema is in docs/conventions.md: a run with ``name``, ``input``, ``output`` and ``hops``, each
with ``name``, ``kind``, ``input``, ``output`` and whatever else of a hop is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep import semconv as sc
from misstep_store.conventions.values.times import MOST_NANO, unix_nano
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Attributes, Resource, Scope, Span, SpanEvent
from misstep_store.transfer.foreign.common import (
    UNKNOWN_START_NANO,
    bounded,
    content_id,
    failed,
    hexed,
    json_text,
    listed,
    mapping,
    number,
    put,
    records,
    score_log,
)

_MS = 1_000_000
_TOKENS = {
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_write.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
}


def claims(item: dict[str, Any]) -> bool:
    """A run with its hops inside."""
    return isinstance(item.get("hops"), list)


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """Each run as a root span, each hop as a span below it."""
    found = Decoded()
    for item in items:
        _run(item, found)
    return found


def _run(run: dict[str, Any], found: Decoded) -> None:
    trace_id = hexed(run.get("run_id"), 32) or content_id(run, 32)
    root_id = hexed(run.get("root_id"), 16) or content_id(["root", trace_id], 16)
    start = unix_nano(run.get("started_at")) or UNKNOWN_START_NANO
    a: Attributes = {sc.ROLE: sc.ROLE_RUN, sc.INPUT: json_text(run.get("input"))}
    put(a, session__id=run.get("session_id"), user__id=run.get("user_id"))
    a[sc.PIPELINE] = str(run.get("pipeline") or run.get("name") or "run")
    if "output" in run:
        a[sc.OUTPUT] = json_text(run["output"])
    if listed(run.get("tags")):
        a[sc.TAGS] = [str(t) for t in listed(run["tags"])]
    root = Span(
        trace_id=trace_id,
        span_id=root_id,
        name=str(run.get("name") or "run"),
        kind=1,
        start_unix_nano=start,
        attributes=a,
        events=_mark(run, start),
        resource=Resource({"service.name": str(run.get("service") or "import")}),
        scope=Scope(sc.SCOPE_NAME),
    )
    put(root.resource.attributes, service__version=run.get("version"))
    _fail(root, run)
    spans = _hops(run, root)
    took = _number(run.get("duration_ms"))
    ended = max([s.end_unix_nano for s in spans], default=start)
    root.end_unix_nano = start + int(took * _MS) if took else ended
    found.spans += [root, *spans]
    known = {s.span_id for s in spans}
    for raw in records(run.get("scores")):
        hop_id = hexed(raw.get("hop_id"), 16)
        found.logs.append(
            score_log(
                trace_id,
                hop_id if hop_id in known else root_id,
                name=raw.get("name"),
                value=raw.get("value"),
                label=raw.get("label"),
                explanation=raw.get("explanation"),
            )
        )


def _number(value: Any) -> float:
    found = number(value)
    return found if found is not None and 0 <= found < 1e12 else 0.0


def _mark(run: Mapping[str, Any], at: int) -> list[SpanEvent]:
    verdict = run.get("verdict")
    state = verdict.get("state") if isinstance(verdict, Mapping) else verdict
    by = verdict.get("by") if isinstance(verdict, Mapping) else "user"
    if state not in ("good", "bad") or by in ("status", "none"):
        return []
    told: Attributes = {sc.MARK_STATE: state, sc.MARK_BY: str(by or "user")}
    if isinstance(verdict, Mapping) and verdict.get("text"):
        told[sc.MARK_TEXT] = str(verdict["text"])
    return [SpanEvent(sc.EVENT_MARK, at, told)]


def _fail(span: Span, item: Mapping[str, Any]) -> None:
    error = item.get("error")
    if isinstance(error, str) and error:
        error = {"type": "Error", "message": error}
    if isinstance(error, Mapping):
        message = str(error.get("message") or "")
        span.events.append(failed(str(error.get("type") or "Error"), message))
        span.status_code, span.status_message = 2, message
    elif item.get("status") == "error":
        span.status_code = 2


def _hops(run: Mapping[str, Any], root: Span) -> list[Span]:
    made: list[Span] = []
    names: dict[str, str] = {}
    clock = root.start_unix_nano
    for place, hop in enumerate(h for h in run["hops"] if isinstance(h, Mapping)):
        span_id = hexed(hop.get("hop_id"), 16) or content_id([root.trace_id, place], 16)
        for key in (hop.get("hop_id"), hop.get("name")):
            if key is not None:
                names[str(key)] = span_id
        start = unix_nano(hop.get("started_at")) or min(clock + _MS, MOST_NANO)
        took = int(_number(hop.get("duration_ms")) * _MS) or _MS
        parent = names.get(str(hop.get("parent_id")), "") or hexed(hop.get("parent_id"), 16)
        span = Span(
            trace_id=root.trace_id,
            span_id=span_id,
            parent_span_id=parent if parent and parent != span_id else root.span_id,
            name=str(hop.get("name") or f"hop {place}"),
            kind=1,
            start_unix_nano=start,
            end_unix_nano=start + took,
            attributes=_attributes(hop),
            resource=root.resource,
            scope=root.scope,
        )
        _fail(span, hop)
        made.append(span)
        clock = max(clock, span.end_unix_nano)
    return made


def _attributes(hop: Mapping[str, Any]) -> Attributes:
    a: Attributes = {
        sc.ROLE: sc.ROLE_HOP,
        sc.HOP_KIND: str(hop.get("kind") or "chain"),
        sc.HOP_NAME: str(hop.get("name") or "hop"),
    }
    for key, name in ((sc.INPUT, "input"), (sc.OUTPUT, "output")):
        if hop.get(name) is not None:
            a[key] = json_text(hop[name])
    put(
        a,
        gen_ai__provider__name=hop.get("provider"),
        gen_ai__request__model=hop.get("request_model") or hop.get("model"),
        gen_ai__response__model=hop.get("response_model"),
        gen_ai__response__id=hop.get("response_id"),
        gen_ai__tool__call__id=hop.get("tool_call_id"),
        gen_ai__prompt__name=hop.get("prompt_name"),
        gen_ai__prompt__version=hop.get("prompt_version"),
        gen_ai__cost__total_cost=hop.get("cost_usd"),
    )
    if hop.get("finish_reason"):
        a["gen_ai.response.finish_reasons"] = [str(hop["finish_reason"])]
    for name, key in _TOKENS.items():
        if _number(hop.get(name)):
            a[key] = int(_number(hop[name]))
    for name, key in (
        ("messages_in", "gen_ai.input.messages"),
        ("messages_out", "gen_ai.output.messages"),
        ("tools", "gen_ai.tool.definitions"),
        ("documents", "gen_ai.retrieval.documents"),
    ):
        if hop.get(name):
            a[key] = json_text(hop[name])
    if hop.get("system"):
        a["gen_ai.system_instructions"] = json_text([{"type": "text", "content": hop["system"]}])
    for name, value in mapping(hop.get("parameters")).items():
        a[f"gen_ai.request.{name}"] = bounded(value)
    waited = _number(hop.get("time_to_first_token_ms"))
    if waited:
        a["gen_ai.response.time_to_first_chunk"] = waited / 1000
    return a
