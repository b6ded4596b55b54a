"""Tables that a text holds, as lists of records: between bars, with commas, or in aligned columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from misstep_diagnosis.reading.values import readings

_LONGEST = 8_000
_MOST_ROWS = 60
_GAP = re.compile(r"\s{2,}|\t")
_RULE = re.compile(r"^[\s|:+=-]+$")
_NUMBER = re.compile(r"[€$£]?\s?(-?\d[\d.,]*\d|-?\d)\s?(?:%|[€$£]|[A-Z]{3})?")
Rows = list[dict[str, Any]]
LABEL = "(row)"
"""The name of a first column that has none, and of what a column turned into a record is called by."""


@lru_cache(256)
def tables_in(text: str) -> tuple[Rows, ...]:
    """Every table of a text by rows, and by columns where several hold numbers. Numbers are floats."""
    if "\n" not in text or len(text) > _LONGEST:
        return ()
    lines = text.splitlines()[:400]
    made: list[Rows] = []
    for block in _blocks(lines):
        rows = _rows(block)
        if len(rows) > 1:
            made.append(rows)
            turned = _turned(rows)
            if turned:
                made.append(turned)
    return tuple(made)


def _blocks(lines: list[str]) -> Iterator[list[list[str]]]:
    """Runs of lines that split into as many cells, the header's first cell maybe empty."""
    for cells_of in (_piped, _aligned, _separated):
        block: list[list[str]] = []
        for line in [*lines, ""]:
            if block and "-" in line and _RULE.match(line):
                continue
            cells = cells_of(line)
            fits = cells and (not block or len(cells) == len(block[-1]) or (
                len(block) == 1 and len(cells) == len(block[0]) + 1))  # fmt: skip
            if fits:
                block.append(cells)
                continue
            if len(block) > 2:
                yield block[:_MOST_ROWS]
            block = [cells] if cells else []


def _piped(line: str) -> list[str]:
    if line.count("|") < 2 or _RULE.match(line):
        return []
    return [c.strip() for c in line.strip().strip("|").split("|")]


def _aligned(line: str) -> list[str]:
    if "|" in line or not line.strip():
        return []
    cells = [c.strip() for c in _GAP.split(line.strip())]
    return cells if len(cells) > 1 and all(len(c) <= 40 for c in cells) else []


def _separated(line: str) -> list[str]:
    sign = next((s for s in (";", ",") if line.count(s) > 1), None)
    if sign is None or "|" in line or f"{sign} " in line.rpartition(". ")[2]:
        return []
    cells = [c.strip() for c in line.split(sign)]
    # A header may end the line of its instruction.
    cells[0] = re.split(r"[.:?]\s", cells[0])[-1]
    return cells if all(len(c) <= 40 for c in cells) else []


def _rows(block: list[list[str]]) -> Rows:
    head, body = block[0], block[1:]
    if len(head) + 1 == len(body[0]):
        head = [LABEL, *head]
    head = [h or LABEL for h in head]
    body = [b for b in body if len(b) == len(head)]
    # A header names; where it holds as many numbers as the rows it is one of them.
    if (
        len(set(head)) != len(head)
        or not body
        or (
            _numbers(head) > 0 < _numbers(body[0]) == _numbers(head)
            and (not all(re.fullmatch(r"(?:19|20)\d\d|[A-Za-z]*\d.*", h) for h in head[1:]))
        )
    ):
        return []
    if not any(_numbers(b) for b in body):
        return [dict(zip(head, b, strict=True)) for b in body]
    return [{h: _cell(c, i) for i, (h, c) in enumerate(zip(head, b, strict=True))} for b in body]


def _numbers(cells: list[str]) -> int:
    return sum(_NUMBER.fullmatch(c) is not None for c in cells)


def _cell(text: str, column: int) -> Any:
    match = _NUMBER.fullmatch(text) if column else None
    told = readings(match[1]) if match else ()
    return told[0] if len(told) == 1 or (len(told) == 2 and match and "," in match[1]) else text


def _turned(rows: Rows) -> Rows:
    """The columns as records, each by its header, with a field for every row."""
    head = list(rows[0])
    label, rest = head[0], head[1:]
    numeric = [h for h in rest if all(isinstance(r[h], float) for r in rows)]
    names = [str(r[label]) for r in rows]
    if len(numeric) < 2 or len(set(names)) != len(names):
        return []
    return [{LABEL: h, **{n: r[h] for n, r in zip(names, rows, strict=True)}} for h in numeric]
