"""misstep's own spans: run, hop, call and mark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep import semconv as sc
from misstep.model import ErrorInfo, Finding, HopKind, RecordedValue, Recording
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.shapes import quick
from misstep_store.otlp.spans import Span

NAME = "misstep"

_KINDS: frozenset[str] = frozenset(HopKind.__args__)  # type: ignore[attr-defined]
_ROLES = frozenset({sc.ROLE_RUN, sc.ROLE_HOP, sc.ROLE_CALL, sc.ROLE_MARK})


def claims(span: Span) -> bool:
    """A span the tracer made."""
    return sc.ROLE in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    role = str(a.get(sc.ROLE))
    kind = a.get(sc.HOP_KIND)
    draft = Draft(span, NAME, kind if kind in _KINDS else "chain")
    draft.name = rd.text(a, sc.HOP_NAME, sc.PIPELINE) or span.name
    draft.role = role if role in _ROLES else sc.ROLE_HOP
    if span.status_code == 2:
        draft.error = failure(span)
    if role == sc.ROLE_CALL:
        otel_genai.fill(draft, otel_genai.attributes(span, logs), logs)
        if a.get(sc.REPLAY_SERVED) is True:
            draft.cost_usd = 0.0  # it was paid when it was recorded
    else:
        draft.input, draft.output = rd.json_value(a.get(sc.INPUT)), rd.json_value(a.get(sc.OUTPUT))
        draft.has_output = sc.OUTPUT in a
        if draft.kind != "chain" or logs or span.events:
            otel_genai.fill(draft, otel_genai.attributes(span, logs), logs)
            if draft.kind != "llm":
                draft.parameters = {}
        else:
            otel_genai.about(draft, a)
    finish(draft, scores=False)  # an evaluator is a step: what it gives is for the next one
    draft.pipeline, draft.path = rd.text(a, sc.PIPELINE), rd.text(a, sc.HOP_PATH)
    tags = a.get(sc.TAGS)
    if isinstance(tags, list):
        draft.tags = [str(t) for t in tags]
    draft.input_cut, draft.output_cut = a.get(sc.INPUT_CUT) is True, a.get(sc.OUTPUT_CUT) is True
    draft.redacted = rd.integer(a, sc.REDACTED) > 0
    recorded: list[RecordedValue] = []
    if span.events:
        draft.findings = findings(span)
        recorded = recorded_values(span)
    draft.recording = _recording(draft, a, recorded)
    _attempt(draft, a)
    return draft


def failure(span: Span) -> ErrorInfo:
    """As it was raised, the class's module included: replay raises it again."""
    for event in span.events:
        if event.name == sc.EVENT_EXCEPTION:
            kind = rd.text(event.attributes, "exception.type")
            message = rd.text(event.attributes, "exception.message")
            if kind or message:
                return ErrorInfo(
                    type=kind or "Exception",
                    message=message or span.status_message,
                    stacktrace=rd.text(event.attributes, "exception.stacktrace"),
                )
    kind = rd.text(span.attributes, "error.type") or "Error"
    return ErrorInfo(type=kind, message=span.status_message)


def findings(span: Span) -> list[Finding]:
    """Violated contracts recorded on the span."""
    return [
        Finding(
            rule=str(e.attributes.get(sc.FINDING_RULE) or "check"),
            message=str(e.attributes.get(sc.FINDING_MESSAGE) or ""),
            path=rd.text(e.attributes, sc.FINDING_PATH),
            strict=e.attributes.get(sc.FINDING_STRICT) is not False,
        )
        for e in span.events
        if e.name == sc.EVENT_FINDING
    ]


def recorded_values(span: Span) -> list[RecordedValue]:
    """What ``misstep.recorded`` gave inside this span."""
    return [
        RecordedValue(
            name=str(e.attributes.get(sc.RECORDED_NAME) or ""),
            value=rd.json_value(e.attributes.get(sc.RECORDED_VALUE)),
            number=rd.integer(e.attributes, sc.RECORDED_NUMBER),
        )
        for e in span.events
        if e.name == sc.EVENT_RECORDED
    ]


def _recording(draft: Draft, a: Mapping[str, Any], recorded: list[RecordedValue]) -> Recording:
    why = None
    if draft.output_cut or draft.input_cut:
        why = "its payload was cut; raise MISSTEP_MAX_PAYLOAD_BYTES and record again"
    elif draft.redacted:
        why = "part of its payload was redacted"
    return quick(
        Recording,
        {
            "content_key": rd.text(a, sc.CONTENT_KEY),
            "code_hash": rd.text(a, sc.CODE_HASH),
            "code_function": rd.text(a, sc.CODE_FUNCTION),
            "request_body": None,
            "response_body": None,
            "response_status": rd.integer(a, sc.RESPONSE_STATUS) or None,
            "response_content_type": rd.text(a, sc.RESPONSE_CONTENT_TYPE),
            "effect": a.get(sc.EFFECT) is True,
            "pure": a.get(sc.PURE) is True,
            "replayable": why is None,
            "why_not": why,
            "recorded": recorded,
        },
    )


def _attempt(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.attempt = rd.integer(a, sc.ATTEMPT_NUMBER) or 1
    draft.attempt_group = rd.text(a, sc.ATTEMPT_GROUP)
    if draft.role == sc.ROLE_CALL:
        draft.attempt_name = rd.text(a, sc.ATTEMPT_GROUP_NAME)
    draft.attempt_reason = rd.text(a, sc.ATTEMPT_REASON)
    draft.retry_after_s = rd.number(a, sc.ATTEMPT_RETRY_AFTER_S)
    draft.status = rd.integer(a, sc.RESPONSE_STATUS) or None


__all__ = ["CONVENTION", "NAME", "failure", "findings", "read", "recorded_values"]
CONVENTION = Convention(NAME, read, scopes=("misstep", "misstep.*"), marks=claims)
