"""Reading the public logs. What is read for a prediction never includes a label."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from misstep_diagnosis.agents.reading import Turn
from misstep_diagnosis.agents.spans import Act


@dataclass(frozen=True, slots=True)
class Transcript:
    """One Who&When case. ``name`` is the file's path relative to the folder, without endings."""

    name: str
    question: str
    turns: list[Turn]


@dataclass(frozen=True, slots=True)
class SpanLog:
    """One TRAIL trace: its model and tool spans in order of start."""

    name: str
    acts: list[Act]


def _name(path: Path, folder: Path) -> str:
    relative = path.relative_to(folder)
    return str(relative.with_name(re.sub(r"(\.trace)?\.json(\.gz)?$", "", relative.name)))


def _read(folder: Path) -> Iterator[tuple[Path, Any]]:
    """Every JSON file below ``folder`` that is no label, by name; plain or gzip."""
    for path in sorted(folder.rglob("*.json*")):
        if ".labels." in path.name or not path.name.endswith((".json", ".json.gz")):
            continue
        try:
            raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            yield path, json.loads(raw)
        except (OSError, ValueError, EOFError, RecursionError) as error:
            print(f"{path} is left out: {error}", file=sys.stderr)


def transcripts(folder: Path) -> Iterator[Transcript]:
    """Every case below ``folder``, by name."""
    for path, case in _read(folder):
        if not isinstance(case, dict) or not isinstance(case.get("history"), list):
            continue
        turns = [_turn(m) for m in case["history"]]
        yield Transcript(_name(path, folder), str(case.get("question") or ""), turns)


def _turn(message: Any) -> Turn:
    """A step of a log; one that is no message keeps its place among the others."""
    if not isinstance(message, dict):
        return Turn("", "", _text(message))
    name, role = (str(message.get(key) or "") for key in ("name", "role"))
    return Turn(name, role, _text(message.get("content")))


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)


def span_logs(folder: Path) -> Iterator[SpanLog]:
    """Every trace below ``folder``, by name; plain or gzip."""
    for path, trace in _read(folder):
        if isinstance(trace, dict) and isinstance(trace.get("spans"), list):
            yield SpanLog(_name(path, folder), _acts(trace["spans"]))


def _acts(spans: list[dict[str, Any]]) -> list[Act]:
    found: list[tuple[str, Act]] = []

    def walk(span: dict[str, Any], parent: str | None) -> None:
        attributes = span.get("span_attributes") or {}
        kind = str(attributes.get("openinference.span.kind") or "CHAIN").lower()
        act = Act(
            id=span["span_id"],
            parent=parent,
            kind={"llm": "model", "tool": "tool", "agent": "agent"}.get(kind, "chain"),
            name=str(span.get("span_name") or ""),
            received=str(attributes.get("input.value") or ""),
            produced=str(attributes.get("output.value") or ""),
            failed=span.get("status_code") == "Error",
            parameters=attributes.get("tool.parameters"),
        )
        found.append((str(span.get("timestamp") or ""), act))
        for child in span.get("child_spans") or []:
            walk(child, act.id)

    for span in spans:
        walk(span, None)
    return [act for _, act in sorted(found, key=lambda item: item[0])]
