"""Trace files of other origin into a store: OTLP protobuf, OTLP JSON, JSON lines, Parquet, and the
exports of other tools (:mod:`misstep_store.transfer.foreign`); gzip too."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from misstep.errors import DecodeError
from misstep_store.otlp import decode
from misstep_store.transfer import foreign
from misstep_store.transfer.exporting import logs_beside
from misstep_store.transfer.importing_parquet import read_parquet

_WITH_LOGS_BESIDE = ("OTLP protobuf", "Parquet")


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
    stripped = raw.removeprefix(codecs.BOM_UTF8).lstrip()  # as editors on Windows write it
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
        f"{path} is neither OTLP protobuf, OTLP JSON, JSON lines of it, a TRAIL trace, "
        "nor an export of Phoenix, Langfuse or LangSmith"
    )


def _json(path: Path, raw: bytes) -> Parsed:
    rejected: list[str] = []
    lines = False
    try:
        whole: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        whole, lines = _lines(raw, rejected), True
    items = whole if isinstance(whole, list) else [whole]
    if any(_is_otlp(item) for item in items):
        found = decode.Decoded()
        for number, item in enumerate(items, 1):
            if _is_otlp(item):
                _add(found, item)
            else:
                rejected.append(f"object {number} has neither resourceSpans nor resourceLogs")
        known = ("OTLP JSON lines" if lines else "OTLP JSON", found)
    else:
        other = foreign.read(whole)
        if other is None:
            raise DecodeError(_refusal(path, whole, rejected))
        known = other
    known[1].rejected += rejected
    return Parsed(*known)


def _refusal(path: Path, whole: Any, rejected: list[str]) -> str:
    if rejected and not whole:
        return f"{path} is not whole JSON: {rejected[0]}"
    if not any(foreign.objects(whole)):
        return f"{path} holds no records: there is nothing to import"
    names = ", ".join(f.name for f in foreign.FORMATS)
    told = f"; {rejected[0]}" if rejected else ""
    return f"{path} is JSON, but neither OTLP nor {names}{told}"


def _lines(raw: bytes, rejected: list[str]) -> list[Any]:
    found = []
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            rejected.append(f"line {number} is not JSON: {error}")
    return found


def _is_otlp(item: Any) -> bool:
    return isinstance(item, dict) and bool({"resourceSpans", "resourceLogs"} & set(item))


def _add(found: decode.Decoded, item: Any) -> None:
    body = orjson.dumps(item)
    for part in (decode.decode_traces(body, json=True), decode.decode_logs(body, json=True)):
        found.spans += part.spans
        found.logs += part.logs
        found.rejected += part.rejected
