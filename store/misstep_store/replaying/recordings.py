"""The recorded hops and calls of one stored run, as re-execution needs them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from misstep import semconv as sc
from misstep.condense import request_text
from misstep.errors import ReplayError
from misstep.model import ErrorInfo, Json, RecordedValue
from misstep.replay.job import RecordedCall, RecordedHop
from misstep_store.otlp.spans import Span

Entry = RecordedHop | RecordedCall


@dataclass(slots=True)
class RunRecording:
    """What a trace holds for executing its run again."""

    entry: str | None = None
    place: str | None = None
    arguments: Json = None
    argv: list[str] | None = None
    service: str | None = None
    version: str | None = None
    input: Json = None
    output: Json = None
    error: ErrorInfo | None = None
    hops: list[RecordedHop] = field(default_factory=list)
    calls: list[RecordedCall] = field(default_factory=list)
    recorded: list[RecordedValue] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """Hops and calls, in order of start."""
        both: list[Entry] = [*self.hops, *self.calls]
        return sorted(both, key=lambda e: (e.start_unix_nano, e.hop_id))


def recording_of(spans: Sequence[Span]) -> RunRecording:
    """Everything recorded of one trace, hops and calls by start time.

    ``missing`` says in sentences what stands in the way of a replay; empty when nothing does.
    """
    made = RunRecording()
    for span in sorted(spans, key=lambda s: (s.start_unix_nano, s.span_id)):
        role = span.attributes.get(sc.ROLE)
        if role == sc.ROLE_RUN:
            if made.entry is None:
                _run(made, span)
        elif role == sc.ROLE_HOP:
            made.hops.append(_hop(span))
        elif role == sc.ROLE_CALL:
            made.calls.append(_call(span))
        made.recorded += _recorded(span)
    made.recorded.sort(key=lambda v: v.number)
    made.missing = _missing(made)
    return made


def _run(made: RunRecording, span: Span) -> None:
    made.entry = _text(span, sc.ENTRY)
    made.place = _text(span, sc.ENTRY_PLACE)
    made.arguments = _json(span, sc.ENTRY_ARGUMENTS)
    made.input, made.output = _json(span, sc.INPUT), _json(span, sc.OUTPUT)
    made.error = _error(span)
    argv = made.input.get("argv") if isinstance(made.input, dict) else None
    made.argv = [str(a) for a in argv] if isinstance(argv, list) else None
    made.service = _of_resource(span, sc.SERVICE_NAME)
    made.version = _of_resource(span, sc.SERVICE_VERSION)


def _of_resource(span: Span, key: str) -> str | None:
    value = span.resource.attributes.get(key)
    return value if isinstance(value, str) else None


def _missing(made: RunRecording) -> list[str]:
    missing = []
    if not made.hops and not made.calls:
        missing.append(
            "the run was not recorded by misstep's own tracer, so its code is not known here"
        )
    entries: list[RecordedHop | RecordedCall] = [*made.hops, *made.calls]
    missing += [f"{e.name}: {e.why_not}" for e in entries if e.why_not]
    return missing


def _hop(span: Span) -> RecordedHop:
    error = _error(span)
    return RecordedHop(
        hop_id=span.span_id,
        parent_id=span.parent_span_id or None,
        path=_text(span, sc.HOP_PATH) or span.name,
        name=_text(span, sc.HOP_NAME) or span.name,
        kind=_text(span, sc.HOP_KIND) or "chain",
        input=_json(span, sc.INPUT),
        output=_json(span, sc.OUTPUT),
        has_output=sc.OUTPUT in span.attributes and error is None,
        error=error,
        effect=span.attributes.get(sc.EFFECT) is True,
        pure=span.attributes.get(sc.PURE) is True,
        start_unix_nano=span.start_unix_nano,
        end_unix_nano=span.end_unix_nano,
        why_not=_why_not(span, error),
    )


def _call(span: Span) -> RecordedCall:
    attributes = span.attributes
    body = _text(span, sc.RESPONSE_BODY)
    error = _error(span)
    why_not = None
    if body is None and error is None:
        why_not = "its response was not recorded (payload capture was off or limited)"
    elif attributes.get(sc.OUTPUT_CUT) is True:
        why_not = "its response was cut; raise MISSTEP_MAX_PAYLOAD_BYTES and record again"
    return RecordedCall(
        hop_id=span.span_id,
        parent_id=span.parent_span_id or None,
        path=_text(span, sc.HOP_PATH) or span.name,
        name=span.name,
        content_key=_text(span, sc.CONTENT_KEY) or "",
        status=_integer(attributes.get(sc.RESPONSE_STATUS)),
        content_type=_text(span, sc.RESPONSE_CONTENT_TYPE) or "application/json",
        body=body or "",
        request=_request(span),
        error=error,
        start_unix_nano=span.start_unix_nano,
        end_unix_nano=span.end_unix_nano,
        why_not=why_not,
    )


def _request(span: Span) -> Json:
    """None also where it cannot be restored: it is only compared with, its key is what matches."""
    try:
        return _parse(request_text(span.attributes))
    except ReplayError:
        return None


def _why_not(span: Span, error: ErrorInfo | None) -> str | None:
    attributes = span.attributes
    if span.end_unix_nano == 0:
        return "it never ended"
    if attributes.get(sc.OUTPUT_CUT) is True or attributes.get(sc.INPUT_CUT) is True:
        return "its payload was cut; raise MISSTEP_MAX_PAYLOAD_BYTES and record again"
    if _integer(attributes.get(sc.REDACTED)):
        return "part of its payload was redacted"
    if error is None and sc.OUTPUT not in attributes:
        return "its output was not captured"
    if sc.OUTPUT_ERROR in attributes:
        return f"its output could not be captured whole ({attributes[sc.OUTPUT_ERROR]})"
    return None


def _recorded(span: Span) -> list[RecordedValue]:
    return [
        RecordedValue(
            name=str(event.attributes.get(sc.RECORDED_NAME, "")),
            value=_parse(event.attributes.get(sc.RECORDED_VALUE)),
            number=_integer(event.attributes.get(sc.RECORDED_NUMBER)) or 0,
        )
        for event in span.events
        if event.name == sc.EVENT_RECORDED
    ]


def _error(span: Span) -> ErrorInfo | None:
    for event in span.events:
        if event.name == sc.EVENT_EXCEPTION:
            return ErrorInfo(
                type=str(event.attributes.get("exception.type", "Exception")),
                message=str(event.attributes.get("exception.message", "")),
            )
    if span.status_code == 2:
        kind = str(span.attributes.get(sc.ERROR_TYPE, "Exception"))
        return ErrorInfo(type=kind, message=span.status_message)
    return None


def _text(span: Span, key: str) -> str | None:
    value = span.attributes.get(key)
    return value if isinstance(value, str) else None


def _json(span: Span, key: str) -> Json:
    return _parse(span.attributes.get(key))


def _parse(value: Any) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _integer(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
