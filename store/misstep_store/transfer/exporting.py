"""Stored runs as files: OTLP protobuf, OTLP JSON lines, Parquet; ``importing`` reads all three."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from misstep.errors import StoreError, UsageError
from misstep_store.otlp import encode, encode_json, values
from misstep_store.otlp.spans import LogRecord, Span

_TEXT, _INT, _SMALL = pa.string(), pa.int64(), pa.uint32()

SPAN_FIELDS: dict[str, pa.DataType] = {
    "trace_id": _TEXT,
    "span_id": _TEXT,
    "parent_span_id": _TEXT,
    "name": _TEXT,
    "kind": _SMALL,
    "start_unix_nano": _INT,
    "end_unix_nano": _INT,
    "status_code": _SMALL,
    "status_message": _TEXT,
    "attributes": _TEXT,
    "events": _TEXT,
    "links": _TEXT,
    "trace_state": _TEXT,
    "flags": _SMALL,
    "dropped_attributes_count": _SMALL,
    "dropped_events_count": _SMALL,
    "dropped_links_count": _SMALL,
}
LOG_FIELDS: dict[str, pa.DataType] = {
    "trace_id": _TEXT,
    "span_id": _TEXT,
    "time_unix_nano": _INT,
    "observed_time_unix_nano": _INT,
    "severity_number": pa.int32(),
    "severity_text": _TEXT,
    "event_name": _TEXT,
    "body": _TEXT,
    "attributes": _TEXT,
    "flags": _SMALL,
    "dropped_attributes_count": _SMALL,
}
SOURCE_FIELDS: dict[str, pa.DataType] = {
    "resource_attributes": _TEXT,
    "resource_dropped_attributes_count": _SMALL,
    "resource_schema_url": _TEXT,
    "resource_entity_refs": _TEXT,
    "scope_name": _TEXT,
    "scope_version": _TEXT,
    "scope_attributes": _TEXT,
    "scope_dropped_attributes_count": _SMALL,
    "scope_schema_url": _TEXT,
}
_ROWS_A_GROUP = 20_000


class TraceFile(Protocol):
    """A file being written; ``with`` it, and it appears under its name only when whole."""

    def add(self, spans: Sequence[Span], logs: Sequence[LogRecord]) -> None:
        """Appends one run."""
        ...

    def __enter__(self) -> TraceFile: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_export(path: Path) -> TraceFile:
    """The writer that fits the file's ending: ``.pb``, ``.jsonl`` (either also ``.gz``), ``.parquet``.

    Log records of a ``.pb`` or ``.parquet`` file go into a second one beside it, ``NAME.logs.pb``;
    importing the first reads both.

    Raises:
        UsageError: for another ending.
    """
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet") and not path.name.endswith(".gz"):
        return ParquetFile(path)
    if name.endswith(".jsonl"):
        return JsonLinesFile(path)
    if name.endswith(".pb"):
        return ProtobufFile(path)
    raise UsageError(f"{path}: an export ends in .pb, .jsonl (or .pb.gz, .jsonl.gz) or .parquet")


def logs_beside(path: Path) -> Path:
    """Where the log records of a trace file lie: ``a.pb`` → ``a.logs.pb``."""
    stem, dot, rest = path.name.partition(".")
    return path.with_name(f"{stem}.logs{dot}{rest}")


class _Draft:
    """A file under a passing name until it is whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.draft = path.with_name(f"{path.name}.part")
        try:
            opener = gzip.open if path.name.endswith(".gz") else open
            self.file: IO[bytes] = opener(self.draft, "wb")  # type: ignore[assignment]
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}") from error

    def write(self, body: bytes) -> None:
        try:
            self.file.write(body)
        except OSError as error:
            raise StoreError(f"{self.path} cannot be written: {error.strerror}") from error

    def end(self, *, whole: bool) -> None:
        try:
            self.file.close()
            if whole:
                self.draft.replace(self.path)
        except OSError as error:
            raise StoreError(f"{self.path} cannot be written: {error.strerror}") from error
        finally:
            with contextlib.suppress(OSError):
                self.draft.unlink(missing_ok=True)


class _Written:
    """What the writers share: drafts that become files together."""

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []

    def _open(self, path: Path) -> _Draft:
        self._drafts.append(_Draft(path))
        return self._drafts[-1]

    def _finish(self) -> None:
        """Before the files get their names."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        whole = kind is None
        try:
            if whole:
                self._finish()
        except BaseException:
            whole = False
            raise
        finally:
            for draft in self._drafts:
                draft.end(whole=whole)


class ProtobufFile(_Written):
    """One ExportTraceServiceRequest; runs follow each other, as protobuf allows."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._traces = self._open(path)
        self._logs: _Draft | None = None

    def __enter__(self) -> ProtobufFile:
        return self

    def add(self, spans: Sequence[Span], logs: Sequence[LogRecord]) -> None:
        """Appends one run."""
        self._traces.write(encode.traces_request(spans).SerializeToString())
        if logs:
            self._logs = self._logs or self._open(logs_beside(self._path))
            self._logs.write(encode.logs_request(logs).SerializeToString())


class JsonLinesFile(_Written):
    """One OTLP JSON request a line: a run's spans, then its log records."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = self._open(path)

    def __enter__(self) -> JsonLinesFile:
        return self

    def add(self, spans: Sequence[Span], logs: Sequence[LogRecord]) -> None:
        """Appends one run."""
        self._file.write(encode_json.traces(spans) + b"\n")
        if logs:
            self._file.write(encode_json.logs(logs) + b"\n")


class ParquetFile(_Written):
    """One row a span. Attributes are JSON text as the store keeps it (see ``values``)."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._spans = _Rows(self._open(path), SPAN_FIELDS | SOURCE_FIELDS)
        self._logs: _Rows | None = None

    def __enter__(self) -> ParquetFile:
        return self

    def add(self, spans: Sequence[Span], logs: Sequence[LogRecord]) -> None:
        """Appends one run."""
        self._spans.add([_span_fields(s) for s in spans])
        if logs:
            if self._logs is None:
                draft = self._open(logs_beside(self._path))
                self._logs = _Rows(draft, LOG_FIELDS | SOURCE_FIELDS)
            self._logs.add([_log_fields(x) for x in logs])

    def _finish(self) -> None:
        self._spans.end()
        if self._logs is not None:
            self._logs.end()


class _Rows:
    def __init__(self, draft: _Draft, fields: dict[str, pa.DataType]) -> None:
        self._schema = pa.schema(list(fields.items()))
        self._writer = pq.ParquetWriter(draft.file, self._schema, compression="zstd")
        self._waiting: list[dict[str, object]] = []

    def add(self, rows: list[dict[str, object]]) -> None:
        self._waiting += rows
        if len(self._waiting) >= _ROWS_A_GROUP:
            self._write()

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=self._schema))
        self._waiting = []

    def end(self) -> None:
        self._write()
        self._writer.close()


def _span_fields(span: Span) -> dict[str, object]:
    made: dict[str, object] = {name: getattr(span, name) for name in SPAN_FIELDS}
    made["attributes"] = values.dumps(span.attributes)
    made["events"] = values.dumps(
        [
            {
                "name": e.name,
                "time_unix_nano": e.time_unix_nano,
                "attributes": e.attributes,
                "dropped_attributes_count": e.dropped_attributes_count,
            }
            for e in span.events
        ]
    )
    made["links"] = values.dumps(
        [
            {
                "trace_id": x.trace_id,
                "span_id": x.span_id,
                "trace_state": x.trace_state,
                "attributes": x.attributes,
                "dropped_attributes_count": x.dropped_attributes_count,
                "flags": x.flags,
            }
            for x in span.links
        ]
    )
    return made | _source_fields(span)


def _log_fields(log: LogRecord) -> dict[str, object]:
    made: dict[str, object] = {name: getattr(log, name) for name in LOG_FIELDS}
    made["body"] = values.dumps(log.body)
    made["attributes"] = values.dumps(log.attributes)
    return made | _source_fields(log)


def _source_fields(item: Span | LogRecord) -> dict[str, object]:
    resource, scope = item.resource, item.scope
    return {
        "resource_attributes": values.dumps(resource.attributes),
        "resource_dropped_attributes_count": resource.dropped_attributes_count,
        "resource_schema_url": resource.schema_url,
        "resource_entity_refs": values.dumps(resource.entity_refs),
        "scope_name": scope.name,
        "scope_version": scope.version,
        "scope_attributes": values.dumps(scope.attributes),
        "scope_dropped_attributes_count": scope.dropped_attributes_count,
        "scope_schema_url": scope.schema_url,
    }
