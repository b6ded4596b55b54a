"""Reading the public logs. What is read for a prediction never includes a label."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from misstep_diagnosis.agents.spans import Act
from misstep_diagnosis.agents.transcript import Turn


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
    return str(relative.with_name(relative.name.split(".")[0]))


def transcripts(folder: Path) -> Iterator[Transcript]:
    """Every case below ``folder``, by name."""
    for path in sorted(folder.rglob("*.json")):
        case = json.loads(path.read_text())
        if not isinstance(case, dict) or not isinstance(case.get("history"), list):
            continue
        turns = [
            Turn(str(m.get("name") or ""), str(m.get("role") or ""), _text(m.get("content")))
            for m in case["history"]
        ]
        yield Transcript(_name(path, folder), str(case.get("question") or ""), turns)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)


def span_logs(folder: Path) -> Iterator[SpanLog]:
    """Every trace below ``folder``, by name; plain or gzip."""
    paths = [p for p in sorted(folder.rglob("*.json*")) if ".labels." not in p.name]
    for path in paths:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        trace = json.loads(raw)
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
