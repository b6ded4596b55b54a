"""Trace files of other origin into a store: OTLP protobuf, OTLP JSON, JSON lines, Parquet, and the
exports of other tools (:mod:`misstep_store.transfer.foreign`) as JSON, Parquet or CSV; gzip too."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from misstep.errors import DecodeError
from misstep_store.otlp import decode
from misstep_store.transfer import foreign, json_texts, tables
from misstep_store.transfer.exporting import logs_beside
from misstep_store.transfer.foreign import otlp_spans
from misstep_store.transfer.importing_parquet import read_parquet

_PACKED = (
    (b"PK\x03\x04", "zip", "unzip {0} -d unpacked && misstep import unpacked"),
    (b"(\xb5/\xfd", "zstd", "zstd -d {0}"),
    (b"BZh", "bzip2", "bunzip2 {0}"),
    (b"\xfd7zXZ\x00", "xz", "unxz {0}"),
)
_WITH_LOGS_BESIDE = ("OTLP protobuf", "Parquet")
_PARSED = 0.35
"""So much of the time that JSON lines take goes before the first is decoded (36 MB: 0.9 of 2.5 s)."""

Told = Callable[[float], object]
"""Is given which share of a file is read by now, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file held; ``format`` names what it was taken for."""

    format: str
    decoded: decode.Decoded


def read_file(path: Path, told: Told = lambda _: None) -> Parsed:
    """The spans and logs of a trace file, and of the log file that an export put beside it.

    Raises:
        DecodeError: when it is none of the known formats, saying what was tried.
    """
    parsed = _read_one(path, told)
    left = parsed.decoded.rejected
    if left and not parsed.decoded.spans and not parsed.decoded.logs:
        raise DecodeError(f"{path} holds nothing that can be imported: {left[0]}")
    beside = logs_beside(path)
    if parsed.format in _WITH_LOGS_BESIDE and not parsed.decoded.logs and beside.is_file():
        parsed.decoded.logs += _read_one(beside, told).decoded.logs
    return parsed


def _read_one(path: Path, told: Told) -> Parsed:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DecodeError(f"{path} cannot be read: {error.strerror}") from error
    if raw[:2] == b"\x1f\x8b":
        raw = _gunzip(path, raw)
    if raw[:4] == b"PAR1":
        return _parquet(path)
    _refuse_archives(path, raw)
    stripped = json_texts.as_utf8(raw).lstrip()
    if stripped[:1] not in (b"{", b"["):
        return _csv(path, stripped) if tables.is_csv(stripped) else _protobuf(path, raw, told)
    try:
        return _json(path, stripped, told)
    except DecodeError:
        # Protobuf may begin like JSON: a line break, then a length that is "{".
        if raw[:1] == b"\n":
            with contextlib.suppress(DecodeError):
                return _protobuf(path, raw, told)
        raise


def _refuse_archives(path: Path, raw: bytes) -> None:
    for magic, name, command in _PACKED:
        if raw.startswith(magic):
            told = command.format(path.name)
            raise DecodeError(f"{path} is packed with {name}; unpack it and import that: {told}")


def _gunzip(path: Path, raw: bytes) -> bytes:
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DecodeError(f"{path} is a damaged gzip file: {error}") from error


def _protobuf(path: Path, raw: bytes, told: Told) -> Parsed:
    found = _framed(path, raw, told) if raw[:1] == b"\0" else _request(path, raw)
    if found is None:
        raise DecodeError(
            f"{path} is neither OTLP protobuf, OTLP JSON, JSON lines of it, a TRAIL trace, "
            "nor an export of Phoenix, Langfuse or LangSmith"
        )
    return Parsed("OTLP protobuf", found)


def _request(path: Path, raw: bytes) -> decode.Decoded | None:
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
            return found
    return None


_LENGTH = 4


def _framed(path: Path, raw: bytes, told: Told) -> decode.Decoded | None:
    """Requests behind their lengths, as the Collector's file exporter writes protobuf."""
    made = decode.Decoded()
    at = 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + _LENGTH], "big")
        end = at + _LENGTH + size
        if end > len(raw) and at:
            made.rejected.append(f"the request at byte {at:,} is cut off")
            break
        found = _request(path, raw[at + _LENGTH : end]) if size > 0 else None
        if found is None:
            return None
        _add(made, found)
        at = end
        told(at / len(raw))
    return made


def _parquet(path: Path) -> Parsed:
    found = read_parquet(path)
    if isinstance(found, decode.Decoded):
        return Parsed("Parquet", found)
    other = foreign.read(found)
    if other is None:
        columns = ", ".join(sorted(found[0])[:4]) if found else "no rows"
        raise DecodeError(
            f"{path} is Parquet, but not of misstep's export nor of another tool's (it has {columns})"
        )
    return Parsed(*other)


def _csv(path: Path, raw: bytes) -> Parsed:
    rejected: list[str] = []
    rows = list(tables.csv_rows(raw, rejected))
    other = foreign.read(rows)
    if other is None:
        raise DecodeError(_refusal(path, rows, rejected, kind="CSV"))
    other[1].rejected += rejected
    return Parsed(*other)


def _json(path: Path, raw: bytes, told: Told) -> Parsed:
    rejected: list[str] = []
    lines = False
    try:
        whole: Any = json_texts.loads(raw)
    except ValueError:
        parsing = _within(told, 0, _PARSED, len(raw))
        whole, lines = json_texts.several(raw, rejected, parsing), True
    told(_PARSED)
    items = whole if isinstance(whole, list) else [whole]
    if any(otlp_spans.request(item) for item in items):
        known = ("OTLP JSON lines" if lines else "OTLP JSON", _otlp(items, rejected, told))
    else:
        other = foreign.read(whole)
        if other is None:
            raise DecodeError(_refusal(path, whole, rejected))
        known = other
    known[1].rejected += rejected
    return Parsed(*known)


def _refusal(path: Path, whole: Any, rejected: list[str], kind: str = "JSON") -> str:
    if rejected and not whole:
        return f"{path} is not whole {kind}: {rejected[0]}"
    if not any(foreign.objects(whole)):
        return f"{path} holds no records: there is nothing to import"
    # OTLP's spans without their envelope are OTLP too.
    names = ", ".join(f.name for f in foreign.FORMATS if f.read is not otlp_spans.read)
    told = f"; {rejected[0]}" if rejected else ""
    return f"{path} is {kind}, but neither OTLP nor {names}{told}"


def _otlp(items: list[Any], rejected: list[str], told: Told) -> decode.Decoded:
    """The requests among the objects; what other objects hold is read as it is."""
    found, others = decode.Decoded(), []
    decoding = _within(told, _PARSED, 1, len(items))
    for number, item in enumerate(items, 1):
        decoding(number)
        request = otlp_spans.request(item)
        if request is None:
            others.append((number, item))
            continue
        try:
            part = decode.decode_object(request)
        except DecodeError as error:
            rejected.append(f"object {number}: {error}")
            continue
        _add(found, part)
    other = foreign.read([item for _, item in others])
    if other is not None:
        _add(found, other[1])
    else:
        rejected += [
            f"object {number} has neither resourceSpans nor resourceLogs" for number, _ in others
        ]
    return found


def _within(told: Told, start: float, end: float, whole: int) -> Callable[[int], object]:
    """Tells how far a part of the reading is, given how much of ``whole`` is done."""
    return lambda done: told(start + (end - start) * done / max(1, whole))


def _add(found: decode.Decoded, part: decode.Decoded) -> None:
    found.spans += part.spans
    found.logs += part.logs
    found.rejected += part.rejected
