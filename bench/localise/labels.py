"""The labels, for fitting and scoring only; no prediction imports this module."""

from __future__ import annotations

import json
import re
from pathlib import Path


def _name(path: Path, folder: Path) -> str:
    relative = path.relative_to(folder)
    return str(relative.with_name(re.sub(r"(\.labels)?\.json$", "", relative.name)))


def whowhen(folder: Path) -> dict[str, tuple[int, str]]:
    """(decisive step, agent) by case."""
    found = {}
    for path in sorted(folder.rglob("*.json")):
        case = json.loads(path.read_text())
        if isinstance(case, dict) and "mistake_step" in case:
            found[_name(path, folder)] = (int(case["mistake_step"]), str(case["mistake_agent"]))
    return found


def trail(folder: Path) -> dict[str, set[str]]:
    """Ids of all spans with an error, by trace."""
    return {
        _name(path, folder): {e["location"] for e in json.loads(path.read_text())["errors"]}
        for path in sorted(folder.rglob("*.labels.json"))
    }
