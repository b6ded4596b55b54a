"""misstep's own spans: run, hop and call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep import semconv as sc
from misstep.model import Finding, HopKind, RecordedValue, Recording
from misstep_store.conventions import otel_genai
from misstep_store.conventions import reading as rd
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.spans import Span

NAME = "misstep"

_KINDS: frozenset[str] = frozenset(HopKind.__args__)  # type: ignore[attr-defined]


def claims(span: Span) -> bool:
    """A span the tracer made."""
    return sc.ROLE in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    role = str(a.get(sc.ROLE))
    draft = otel_genai.read(span, logs)
    draft.convention = NAME
    draft.role = role if role in (sc.ROLE_RUN, sc.ROLE_HOP, sc.ROLE_CALL, sc.ROLE_MARK) else "hop"
    kind = a.get(sc.HOP_KIND)
    draft.kind = kind if kind in _KINDS else "chain"
    draft.name = rd.text(a, sc.HOP_NAME, sc.PIPELINE) or span.name
    draft.path = rd.text(a, sc.HOP_PATH)
    draft.pipeline = rd.text(a, sc.PIPELINE)
    if draft.role != sc.ROLE_CALL:
        draft.input = _json(a, sc.INPUT)
        draft.output = _json(a, sc.OUTPUT)
        draft.has_output = sc.OUTPUT in a
        draft.parameters = {}
    tags = a.get(sc.TAGS)
    draft.tags = [str(t) for t in tags] if isinstance(tags, list) else []
    draft.input_cut, draft.output_cut = a.get(sc.INPUT_CUT) is True, a.get(sc.OUTPUT_CUT) is True
    draft.redacted = rd.integer(a, sc.REDACTED) > 0
    draft.findings = findings(span)
    draft.recording = _recording(draft, a)
    _attempt(draft, a)
    return draft


def _json(a: Mapping[str, Any], key: str) -> Any:
    value = a.get(key)
    if not isinstance(value, str):
        return rd.plain(value)
    found = rd.parsed(value)
    # JSON scalars: parsed() reads objects, lists and strings only.
    if found is value:
        import json

        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return found


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
            value=_json(e.attributes, sc.RECORDED_VALUE),
            number=rd.integer(e.attributes, sc.RECORDED_NUMBER),
        )
        for e in span.events
        if e.name == sc.EVENT_RECORDED
    ]


def _recording(draft: Draft, a: Mapping[str, Any]) -> Recording:
    why = None
    if draft.output_cut or draft.input_cut:
        why = "its payload was cut; raise MISSTEP_MAX_PAYLOAD_BYTES and record again"
    elif draft.redacted:
        why = "part of its payload was redacted"
    return Recording(
        content_key=rd.text(a, sc.CONTENT_KEY),
        code_hash=rd.text(a, sc.CODE_HASH),
        code_function=rd.text(a, sc.CODE_FUNCTION),
        response_status=rd.integer(a, sc.RESPONSE_STATUS) or None,
        response_content_type=rd.text(a, sc.RESPONSE_CONTENT_TYPE),
        effect=a.get(sc.EFFECT) is True,
        pure=a.get(sc.PURE) is True,
        replayable=why is None,
        why_not=why,
        recorded=recorded_values(draft.span),
    )


def _attempt(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.attempt = rd.integer(a, sc.ATTEMPT_NUMBER) or 1
    draft.attempt_group = rd.text(a, sc.ATTEMPT_GROUP)
    draft.attempt_reason = rd.text(a, sc.ATTEMPT_REASON)
    draft.retry_after_s = rd.number(a, sc.ATTEMPT_RETRY_AFTER_S)
    draft.status = rd.integer(a, sc.RESPONSE_STATUS) or None


CONVENTION = Convention(NAME, claims, read)
