"""JSON as other programs leave it in files: lines, objects in a row, NaN, halves of emoji."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Callable
from typing import Any

import orjson

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_LEVELS = 1_000
_OPENERS = (b"{", b"[", b"[{")


def as_utf8(raw: bytes) -> bytes:
    """A text file's bytes as UTF-8 without a mark at their beginning, as editors and shells on
    Windows write it."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            if name == "utf-8":
                return raw.removeprefix(mark)
            return raw.decode(name, "replace").encode("utf-8", "replace").lstrip(b"\xef\xbb\xbf")
    return raw


def loads(raw: bytes) -> Any:
    """What a JSON text says. NaN and infinities, which JSON has not, are None; half an emoji and
    bytes that are no UTF-8 are U+FFFD.

    Raises:
        ValueError: when it is no JSON, or nests too deep, in words for the reader of the file.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        told = str(error)
    try:
        text = raw.decode("utf-8", "replace")
        return _clean(_DECODER.decode(text))
    except RecursionError:
        raise ValueError(f"it is nested deeper than {_MAX_LEVELS:,} levels") from None
    except ValueError:
        raise ValueError(told) from None


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


_DECODER = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_finite)


def _clean(value: Any) -> Any:
    """Without halves of emoji, and without integers beyond 64 bits."""
    text = _SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False))
    return orjson.loads(text)


def several(
    raw: bytes, rejected: list[str], told: Callable[[int], object] = lambda _: None
) -> list[Any]:
    """The values of JSON lines, or of JSON texts that follow one another; what is none of them goes
    to ``rejected``, a sentence each. ``told`` is given how many bytes are read by now."""
    first = raw.lstrip().partition(b"\n")[0]
    found, wrong = _lines(raw, told)
    # Not lines: one JSON text over several of them, or several such.
    if wrong and first.strip() in _OPENERS:
        found = _apart(raw)
        wrong = [] if found else wrong[:1]
    rejected += wrong
    return found


def _lines(raw: bytes, told: Callable[[int], object]) -> tuple[list[Any], list[str]]:
    found, wrong, done = [], [], 0
    for number, line in enumerate(raw.splitlines(keepends=True), 1):
        done += len(line)
        told(done)
        if line.strip():
            try:
                found.append(loads(line))
            except ValueError as error:
                wrong.append(f"line {number} is not JSON: {error}")
    return found, wrong


def _apart(raw: bytes) -> list[Any]:
    """Values over several lines each, as ``jq`` prints them; none when one of them is broken."""
    text, at, found = raw.decode("utf-8", "replace").strip(), 0, []
    try:
        while at < len(text):
            value, at = _DECODER.raw_decode(text, at)
            found.append(_clean(value))
            at += len(text[at : at + 64]) - len(text[at : at + 64].lstrip(" \t\r\n,"))
    except (ValueError, RecursionError):
        return []
    return found
