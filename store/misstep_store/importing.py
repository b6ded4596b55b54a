"""Trace files of other origin into a store: OTLP protobuf, OTLP JSON, JSON lines, TRAIL; gzip too."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from misstep.errors import DecodeError
from misstep_store import decode
from misstep_store.exporting import logs_beside
from misstep_store.importing_parquet import read_parquet
from misstep_store.spans import Resource, Scope, Span, SpanEvent

MAX_FILE_BYTES = 2 * 1024**3
_KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_STATUS = {"OK": 1, "ERROR": 2}
_WITH_LOGS_BESIDE = ("OTLP protobuf", "Parquet")
_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file held; ``format`` names what it was taken for."""

    format: str
    decoded: decode.Decoded


def read_file(path: Path) -> Parsed:
    """The spans and logs of a trace file, and of the log file that an export put beside it.

    Raises:
        DecodeError: when it is none of the known formats, saying what was tried.
    """
    parsed = _read_one(path)
    beside = logs_beside(path)
    if parsed.format in _WITH_LOGS_BESIDE and not parsed.decoded.logs and beside.is_file():
        parsed.decoded.logs += _read_one(beside).decoded.logs
    return parsed


def _read_one(path: Path) -> Parsed:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DecodeError(f"{path} cannot be read: {error.strerror}") from error
    if raw[:2] == b"\x1f\x8b":
        raw = _gunzip(path, raw)
    if raw[:4] == b"PAR1":
        spans, logs = read_parquet(path)
        return Parsed("Parquet", decode.Decoded(spans=spans, logs=logs))
    stripped = raw.lstrip()
    if stripped[:1] not in (b"{", b"["):
        return _protobuf(path, raw)
    try:
        return _json(path, stripped)
    except DecodeError:
        # Protobuf may begin like JSON: a line break, then a length that is "{".
        if raw[:1] == b"\n":
            with contextlib.suppress(DecodeError):
                return _protobuf(path, raw)
        raise


def _gunzip(path: Path, raw: bytes) -> bytes:
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DecodeError(f"{path} is a damaged gzip file: {error}") from error


def _protobuf(path: Path, raw: bytes) -> Parsed:
    is_logs = "logs" in path.name
    for read in (
        (decode.decode_logs, decode.decode_traces)
        if is_logs
        else (decode.decode_traces, decode.decode_logs)
    ):
        try:
            found = read(raw, json=False)
        except DecodeError:
            continue
        if found.spans or found.logs or found.rejected or not raw:
            return Parsed("OTLP protobuf", found)
    raise DecodeError(
        f"{path} is neither OTLP protobuf, OTLP JSON, JSON lines of it, nor a TRAIL trace"
    )


def _json(path: Path, raw: bytes) -> Parsed:
    try:
        whole = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return Parsed("OTLP JSON lines", _lines(path, raw))
    if isinstance(whole, dict) and "spans" in whole and "trace_id" in whole:
        return Parsed("TRAIL", decode.Decoded(spans=list(_trail(whole))))
    found = decode.Decoded()
    for item in whole if isinstance(whole, list) else [whole]:
        _add(path, found, item)
    return Parsed("OTLP JSON", found)


def _lines(path: Path, raw: bytes) -> decode.Decoded:
    found = decode.Decoded()
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            _add(path, found, orjson.loads(line))
        except orjson.JSONDecodeError as error:
            found.rejected.append(f"line {number} is not JSON: {error}")
        except DecodeError as error:
            found.rejected.append(f"line {number}: {error}")
    if not found.spans and not found.logs:
        raise DecodeError(f"{path} holds no OTLP JSON: {'; '.join(found.rejected[:2])}")
    return found


def _add(path: Path, found: decode.Decoded, item: Any) -> None:
    if not isinstance(item, dict) or not {"resourceSpans", "resourceLogs"} & set(item):
        raise DecodeError(f"{path} is JSON, but has neither resourceSpans nor resourceLogs")
    body = orjson.dumps(item)
    for part in (decode.decode_traces(body, json=True), decode.decode_logs(body, json=True)):
        found.spans += part.spans
        found.logs += part.logs
        found.rejected += part.rejected


# --- TRAIL ---------------------------------------------------------------------------------


def _trail(whole: dict[str, Any]) -> Iterator[Span]:
    """Spans nested in ``child_spans``, with string attributes, as the TRAIL data set publishes."""
    trace_id = _hex(str(whole["trace_id"]), 32)
    stack = [(s, "") for s in reversed(whole["spans"]) if isinstance(s, dict)]
    while stack:
        raw, parent = stack.pop()
        span = _trail_span(raw, trace_id, parent)
        yield span
        children = raw.get("child_spans") or []
        stack.extend((c, span.span_id) for c in reversed(children) if isinstance(c, dict))


def _trail_span(raw: dict[str, Any], trace_id: str, parent: str) -> Span:
    start = _time(raw.get("timestamp"))
    named = raw.get("parent_span_id")
    return Span(
        trace_id=trace_id,
        span_id=_hex(str(raw.get("span_id") or ""), 16),
        parent_span_id=_hex(str(named), 16) if named else parent,
        name=str(raw.get("span_name") or ""),
        trace_state=str(raw.get("trace_state") or ""),
        kind=_KINDS.get(str(raw.get("span_kind") or "").upper(), 0),
        start_unix_nano=start,
        end_unix_nano=start + _duration(raw.get("duration")),
        attributes=dict(raw.get("span_attributes") or {}),
        events=[
            SpanEvent(
                str(e.get("Name") or e.get("name") or ""),
                _time(e.get("Timestamp") or e.get("timestamp")),
                dict(e.get("Attributes") or e.get("attributes") or {}),
            )
            for e in raw.get("events") or []
            if isinstance(e, dict)
        ],
        status_code=_STATUS.get(str(raw.get("status_code") or "").upper(), 0),
        status_message=str(raw.get("status_message") or ""),
        resource=Resource(dict(raw.get("resource_attributes") or {})),
        scope=Scope(str(raw.get("scope_name") or ""), str(raw.get("scope_version") or "")),
    )


def _hex(text: str, length: int) -> str:
    text = text.lower().removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]+", text) and len(text) <= length:
        return text.rjust(length, "0")
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _time(text: Any) -> int:
    try:
        moment = dt.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + moment.microsecond * 1000


def _duration(text: Any) -> int:
    match = _DURATION.fullmatch(str(text))
    if not match:
        return 0
    days, hours, minutes = (int(g or 0) for g in match.groups()[:3])
    seconds = days * 86_400 + hours * 3600 + minutes * 60 + float(match[4] or 0)
    return int(seconds * 1e9)
