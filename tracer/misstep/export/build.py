"""Record → ReadableSpan: names bound, payloads redacted, cut and hashed, off the caller's thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util import BoundedList
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from misstep import facts
from misstep import semconv as sc
from misstep.condense import condense
from misstep.config import Config, Limits
from misstep.export import openinference
from misstep.export.large import Measured, clipped, measured
from misstep.export.limits import Bounds, Told
from misstep.export.wire import Contents, Envelope, shared_attributes, span_bytes
from misstep.payload import content_hash, json_text, sha256, text_and_key
from misstep.record import Payload, SpanRecord
from misstep.redact import LONGEST_SECRET_CHARS, Redactor

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_UNSET = Status(StatusCode.UNSET)
_KEYS = {
    "input": (sc.INPUT, sc.INPUT_SIZE_BYTES, sc.INPUT_HASH, sc.INPUT_CUT, sc.INPUT_ERROR),
    "output": (sc.OUTPUT, sc.OUTPUT_SIZE_BYTES, sc.OUTPUT_HASH, sc.OUTPUT_CUT, sc.OUTPUT_ERROR),
}
_LONG_TEXTS = {
    sc.REQUEST_BODY: "request",
    sc.RESPONSE_BODY: "response",
    sc.INPUT_MESSAGES: "messages_in",
    sc.OUTPUT_MESSAGES: "messages_out",
    sc.SYSTEM_INSTRUCTIONS: "system",
    sc.TOOL_DEFINITIONS: "tools",
}
_MEASURED = {
    sc.REQUEST_BODY: (sc.INPUT_SIZE_BYTES, sc.INPUT_HASH),
    sc.RESPONSE_BODY: (sc.OUTPUT_SIZE_BYTES, sc.OUTPUT_HASH),
}
_ANSWERS = (sc.RESPONSE_BODY, sc.OUTPUT_MESSAGES)
_JSON_EVENT_KEYS = {sc.STATE_VALUE: "state", sc.RECORDED_VALUE: "recorded"}
_METADATA_DROPS = (*_LONG_TEXTS, sc.ENTRY_ARGUMENTS)


class SpanBuilder:
    """Builds the spans of one process."""

    def __init__(
        self, resource: Resource, config: Config, redactor: Redactor, version: str
    ) -> None:
        self.resource = resource
        self.redactor = redactor
        self._limit = self._event_limit = config.max_payload_bytes
        if config.limits.value_chars is not None:
            self._limit = min(self._limit, config.limits.value_chars)
        self._bounds = Bounds(config.limits) if config.limits != Limits() else None
        self._openinference = config.openinference
        # What looks at all attributes together needs those of the site among them.
        self._together = config.openinference or self._bounds is not None
        self._scope = InstrumentationScope(sc.SCOPE_NAME, version)
        self._envelope: Envelope | None = None

    def build(self, record: SpanRecord) -> ReadableSpan:
        """The span to export; of an open record, the span as it would be now."""
        if record.late is not None:
            record.late(record)
        trace_id = record.trace_id
        parent = None
        if record.parent_id:
            parent = SpanContext(trace_id, record.parent_id, record.parent_remote, _SAMPLED)
        whole = self._contents(record)
        attributes, shared = whole.attributes, self._shared(record)
        return ReadableSpan(
            name=record.name,
            context=SpanContext(trace_id, record.span_id, False, _SAMPLED),
            parent=parent,
            resource=self.resource,
            attributes=_bounded({**shared, **attributes} if shared else attributes, whole.dropped),
            events=_bounded_list(whole),
            kind=record.kind,
            status=_UNSET if record.error is None else self._status(record.error),
            start_time=record.start_unix_nano,
            end_time=record.end_unix_nano,
            instrumentation_scope=self._scope,
        )

    def encoded(self, record: SpanRecord) -> bytes:
        """The same span as a serialised OTLP Span; made once, also for several destinations."""
        if record.built is not None:
            return record.built
        if record.late is not None:
            record.late(record)
        site, whole = record.site, self._contents(record)
        shared = b""
        if site is not None and not self._together:
            shared = site.encoded(is_run=record.role == sc.ROLE_RUN, how=shared_attributes)
        message = None if record.error is None else self._status(record.error).description or ""
        body = span_bytes(record, shared, whole, message=message)
        if record.end_unix_nano:
            record.built = body
        return body

    @property
    def envelope(self) -> Envelope:
        """Resource and scope of this process, encoded."""
        if self._envelope is None:
            example = SpanRecord(1, 1, 0, "", sc.ROLE_HOP)
            self._envelope = Envelope(self.build(example))
        return self._envelope

    def _shared(self, record: SpanRecord) -> dict[str, Any]:
        if record.site is None or self._together:
            return {}
        return record.site.attributes(is_run=record.role == sc.ROLE_RUN)

    def _contents(self, record: SpanRecord) -> Contents:
        attributes, events = self._attributes(record), self._events(record)
        if self._bounds is None:
            return Contents(attributes, events)
        kept, dropped_events = self._bounds.events(events)
        if dropped_events:
            known = attributes.get(sc.EVENTS_DROPPED, 0)
            attributes[sc.EVENTS_DROPPED] = known + dropped_events
        attributes, dropped = self._bounds.attributes(attributes)
        return Contents(attributes, kept, dropped, dropped_events)

    def _events(self, record: SpanRecord) -> list[Told]:
        return [
            Told(e.name, e.time_unix_nano, {k: self._clean(k, v) for k, v in e.attributes.items()})
            for e in record.events
        ]

    def _status(self, error: tuple[str, str]) -> Status:
        return Status(StatusCode.ERROR, self.redactor.text(error[1])[0][:4000])

    def _clean(self, key: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        at = _JSON_EVENT_KEYS.get(key)
        text = self.redactor.json_text(value, at)[0] if at else self.redactor.text(value)[0]
        return text[: self._event_limit]

    def _attributes(self, record: SpanRecord) -> dict[str, Any]:
        out: dict[str, Any] = {sc.SCHEMA: sc.SCHEMA_VERSION, sc.ROLE: record.role}
        if record.path and record.role != sc.ROLE_RUN:
            out[sc.HOP_PATH] = record.path
        if self._together and record.site is not None:
            out |= record.site.attributes(is_run=record.role == sc.ROLE_RUN)
        if record.attributes:
            out |= record.attributes
        redacted = 0
        if record.role == sc.ROLE_RUN:
            redacted += self._run(out, record)
        elif record.role == sc.ROLE_CALL:
            redacted += self._long_texts(out)
        if record.input is not None:
            redacted += self._payload(out, "input", record.input, record)
        if record.output is not None:
            redacted += self._payload(out, "output", record.output, record)
        if record.capture != "full":
            for key in _METADATA_DROPS:
                out.pop(key, None)
        if record.error is not None:
            out[sc.ERROR_TYPE] = record.error[0]
        if record.left_out_bytes:
            out[sc.LEFT_OUT_BYTES] = record.left_out_bytes
            out[sc.INPUT_CUT] = out[sc.OUTPUT_CUT] = True
        if redacted:
            out[sc.REDACTED] = redacted
        if self._openinference:
            openinference.add(out)
        condense(out)
        return out

    def _run(self, out: dict[str, Any], record: SpanRecord) -> int:
        """What is known of the circumstances of a run, and the arguments of its entry."""
        folder = out.pop(sc.ENTRY_FOLDER, None) or (record.site.folder if record.site else None)
        out[sc.SDK_VERSIONS] = facts.sdk_versions()
        commit, dirty = facts.vcs(folder or ".")
        if commit:
            out[sc.VCS_REVISION] = commit
        if dirty is not None:
            out[sc.VCS_DIRTY] = dirty
        if record.arguments is None or record.capture != "full":
            return 0
        value = clipped(record.arguments.value, self._limit + LONGEST_SECRET_CHARS)
        value, count = self.redactor.value(value, "entry")
        text = json_text(value)
        if len(text) > self._limit:  # half of it could not be restored
            out[sc.INPUT_CUT] = True
            return 0
        out[sc.ENTRY_ARGUMENTS] = text
        return count

    def _long_texts(self, out: dict[str, Any]) -> int:
        redacted = 0
        for key, at in _LONG_TEXTS.items():
            text = out.get(key)
            if not isinstance(text, str):
                continue
            cut = len(text) > self._limit
            whole = text if key in _MEASURED else None
            if cut:
                text = text[: self._limit + LONGEST_SECRET_CHARS]
            text, count = self.redactor.json_text(text, at)
            redacted += count
            if cut or (len(text) * 4 > self._limit and _size(text) > self._limit):
                text = _cut(text, self._limit)
                out[sc.OUTPUT_CUT if key in _ANSWERS else sc.INPUT_CUT] = True
                if whole is not None:
                    size_key, hash_key = _MEASURED[key]
                    out[size_key], out[hash_key] = _size(whole), sha256(whole)
            out[key] = text
        return redacted

    def _payload(self, out: dict[str, Any], side: str, payload: Payload, record: SpanRecord) -> int:
        text_key, size_key, hash_key, cut_key, error_key = _KEYS[side]
        # Weighed before it is thawed. Texts of many megabytes are not walked, spelled or searched
        # whole: that would hold the interpreter for seconds.
        large = payload.weight_bytes > 2 * self._limit
        value = payload.value
        whole: Measured | None = None
        if large:
            whole = measured(value)
            value = clipped(value, self._limit + LONGEST_SECRET_CHARS)
        value, count = self.redactor.value(value, side)
        if payload.problems:
            out[error_key] = "; ".join(payload.problems)
        if side == "input" and record.role == sc.ROLE_HOP and sc.CONTENT_KEY not in out:
            place = record.path or record.name
            text, out[sc.CONTENT_KEY] = text_and_key(place, value)
            if whole is not None:
                out[sc.CONTENT_KEY] = content_hash([place, whole.hash])
        else:
            text = json_text(value)
        if record.capture == "metadata":
            out[size_key] = whole.size_bytes if whole else _size(text)
            out[hash_key] = whole.hash if whole else sha256(text)
            return count
        if whole is not None or (len(text) * 4 > self._limit and _size(text) > self._limit):
            out[size_key] = whole.size_bytes if whole else _size(text)
            out[hash_key] = whole.hash if whole else sha256(text)
            out[cut_key] = True
            text = _cut(text, self._limit)
        out[text_key] = text
        return count


def _bounded(attributes: dict[str, Any], dropped: int) -> Mapping[str, Any]:
    if not dropped:
        return attributes
    made = BoundedAttributes(attributes=attributes, immutable=False)
    made.dropped = dropped
    return made


def _bounded_list(whole: Contents) -> Sequence[Event]:
    events = [
        Event(e.name, _bounded({**e.attributes}, e.dropped), e.time_unix_nano) for e in whole.events
    ]
    if not whole.dropped_events:
        return events
    made = BoundedList.from_seq(None, events)
    made.dropped = whole.dropped_events
    return made


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _cut(text: str, limit_bytes: int) -> str:
    head = text[:limit_bytes]
    return head.encode("utf-8", "replace")[:limit_bytes].decode("utf-8", "ignore")
