"""Record → ReadableSpan: payloads are cut, redacted and hashed here, off the caller's thread."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from misstep import facts
from misstep import semconv as sc
from misstep.config import Config
from misstep.payload import content_hash, json_text, sha256
from misstep.record import Payload, SpanRecord
from misstep.redact import Redactor

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_KEYS = {
    "input": (sc.INPUT, sc.INPUT_SIZE_BYTES, sc.INPUT_HASH, sc.INPUT_CUT, sc.INPUT_ERROR),
    "output": (sc.OUTPUT, sc.OUTPUT_SIZE_BYTES, sc.OUTPUT_HASH, sc.OUTPUT_CUT, sc.OUTPUT_ERROR),
}
_LONG_TEXTS = (
    sc.REQUEST_BODY,
    sc.RESPONSE_BODY,
    sc.INPUT_MESSAGES,
    sc.OUTPUT_MESSAGES,
    sc.SYSTEM_INSTRUCTIONS,
    sc.TOOL_DEFINITIONS,
)
_METADATA_DROPS = (*_LONG_TEXTS, sc.ENTRY_ARGUMENTS)


class SpanBuilder:
    """Builds spans of one process."""

    def __init__(
        self, resource: Resource, config: Config, redactor: Redactor, version: str
    ) -> None:
        self.resource = resource
        self.redactor = redactor
        self._limit = config.max_payload_bytes
        self._scope = InstrumentationScope(sc.SCOPE_NAME, version)

    def build(self, record: SpanRecord) -> ReadableSpan:
        """The span to export."""
        if record.late is not None:
            record.late(record)
        trace_id = record.trace_id
        parent = None
        if record.parent_id:
            parent = SpanContext(trace_id, record.parent_id, record.parent_remote, _SAMPLED)
        attributes = self._attributes(record)
        return ReadableSpan(
            name=record.name,
            context=SpanContext(trace_id, record.span_id, False, _SAMPLED),
            parent=parent,
            resource=self.resource,
            attributes=attributes,
            events=[self._event(e.name, e.attributes, e.time_unix_nano) for e in record.events],
            kind=record.kind,
            status=self._status(record),
            start_time=record.start_unix_nano,
            end_time=record.end_unix_nano,
            instrumentation_scope=self._scope,
        )

    def _status(self, record: SpanRecord) -> Status:
        if record.error is None:
            return Status(StatusCode.UNSET)
        return Status(StatusCode.ERROR, self.redactor.text(record.error[1])[0][:4000])

    def _event(self, name: str, attributes: dict[str, Any], at: int) -> Event:
        clean = {k: self._clean(v) for k, v in attributes.items()}
        return Event(name, clean, at)

    def _clean(self, value: Any) -> Any:
        return self.redactor.text(value)[0][: self._limit] if isinstance(value, str) else value

    def _attributes(self, record: SpanRecord) -> dict[str, Any]:
        out: dict[str, Any] = {sc.SCHEMA: sc.SCHEMA_VERSION, sc.ROLE: record.role}
        redacted = 0
        for key, value in record.attributes.items():
            out[key] = value
        folder = out.pop(sc.ENTRY_FOLDER, None)
        if record.role == sc.ROLE_RUN:
            self._circumstances(out, folder)
        for key in _LONG_TEXTS:
            if isinstance(out.get(key), str):
                redacted += self._long_text(out, key, record)
        for side, payload in (("input", record.input), ("output", record.output)):
            if payload is not None:
                redacted += self._payload(out, side, payload, record)
        if record.arguments is not None:
            out[sc.ENTRY_ARGUMENTS] = json_text(
                self.redactor.value(record.arguments.value, "entry")[0]
            )
        if record.capture == "metadata":
            for key in _METADATA_DROPS:
                out.pop(key, None)
        if record.error is not None:
            out[sc.ERROR_TYPE] = record.error[0]
        if redacted:
            out[sc.REDACTED] = redacted
        return out

    @staticmethod
    def _circumstances(out: dict[str, Any], folder: str | None) -> None:
        out[sc.SDK_VERSIONS] = facts.sdk_versions()
        commit, dirty = facts.vcs(folder or ".")
        if commit:
            out[sc.VCS_REVISION] = commit
        if dirty is not None:
            out[sc.VCS_DIRTY] = dirty

    def _long_text(self, out: dict[str, Any], key: str, record: SpanRecord) -> int:
        text, count = self.redactor.text(out[key])
        if len(text.encode("utf-8", "replace")) > self._limit:
            text = _cut(text, self._limit)
            out[
                sc.OUTPUT_CUT if key in (sc.RESPONSE_BODY, sc.OUTPUT_MESSAGES) else sc.INPUT_CUT
            ] = True
        out[key] = text
        return count

    def _payload(self, out: dict[str, Any], side: str, payload: Payload, record: SpanRecord) -> int:
        text_key, size_key, hash_key, cut_key, error_key = _KEYS[side]
        value, count = self.redactor.value(payload.value, side)
        if payload.problems:
            out[error_key] = "; ".join(payload.problems)
        if side == "input" and record.role == sc.ROLE_HOP and sc.CONTENT_KEY not in out:
            out[sc.CONTENT_KEY] = content_hash([out.get(sc.HOP_PATH, record.name), value])
        text = json_text(value)
        size = len(text.encode("utf-8", "replace"))
        if record.capture == "metadata":
            out[size_key], out[hash_key] = size, sha256(text)
            return count
        if size > self._limit:
            out[size_key], out[hash_key], out[cut_key] = size, sha256(text), True
            text = _cut(text, self._limit)
        out[text_key] = text
        return count


def _cut(text: str, limit_bytes: int) -> str:
    return text.encode("utf-8", "replace")[:limit_bytes].decode("utf-8", "ignore")
