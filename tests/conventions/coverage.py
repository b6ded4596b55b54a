"""The tables of docs/conventions.md, from the conventions and from the golden files."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from tests.conventions.rendering import GOLDEN

from misstep_store.conventions import CONVENTIONS

DOCS = Path(__file__).parents[2] / "docs" / "conventions.md"
_HOP = re.compile(
    r"^  (\d+) (\w+) .* · ([\w-]+)(?: · in \d+ .*?)?(?: · \d+ folded)?(?: · orphan)?$"
)
_CALLS = ("llm", "embedding")
# Field → how its line in a golden file begins, and for which kinds it is counted.
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "model": ("model:", _CALLS),
    "tokens": ("tokens:", _CALLS),
    "messages in": ("> ", ("llm",)),
    "messages out": ("< ", ("llm",)),
    "input": ("in:  ", ()),
    "output": ("out: ", ()),
    "finish": ("finish:", ("llm",)),
    "system": ("system:", ("llm",)),
    "tools": ("tools:", ("llm",)),
    "parameters": ("parameters:", ("llm",)),
    "first token": ("ttft:", ("llm",)),
    "cost": ("cost:", ("llm",)),
    "call id": ("call id:", ("tool",)),
    "documents": ("documents:", ("retriever",)),
    "errors": ("error:", ()),
}


def _hops(text: str) -> list[tuple[str, str, list[str]]]:
    """(kind, convention, lines) of each hop of a golden file."""
    found: list[tuple[str, str, list[str]]] = []
    for line in text.splitlines():
        head = _HOP.match(line)
        if head:
            found.append((head[2], head[3], []))
        elif line.startswith("      ") and found:
            found[-1][2].append(line.strip())
    return found


def coverage() -> str:
    """Field × convention, as a table."""
    said: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for file in sorted(GOLDEN.glob("*.txt")):
        for kind, convention, lines in _hops(file.read_text(encoding="utf-8")):
            failed = any(x.startswith("error:") for x in lines)
            for field, (begin, kinds) in FIELDS.items():
                told = any(
                    x.startswith(begin) and x.removeprefix(begin).strip() != "null" for x in lines
                )
                counts = (not kinds or kind in kinds) and (not failed or told)
                if counts and (field != "errors" or failed):
                    said[convention][field].append(told)
    rows = ["| | " + " | ".join(FIELDS) + " |", "|---" * (len(FIELDS) + 1) + "|"]
    for convention in (c.name for c in CONVENTIONS):
        if convention in said:
            cells = [_sign(said[convention].get(f, [])) for f in FIELDS]
            rows.append(f"| {convention} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _sign(told: list[bool]) -> str:
    if not told:
        return ""
    return "●" if all(told) else "◐" if any(told) else "–"


def recognised() -> str:
    """Convention, scopes and what its file says of itself, as a table."""
    import importlib

    rows = ["| convention | scopes | read as |", "|---|---|---|"]
    for convention in CONVENTIONS:
        module = importlib.import_module(convention.read.__module__)
        about = (module.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        scopes = [f"`{s}`" for s in convention.scopes]
        shown = ", ".join(scopes[:4]) + (f", {len(scopes) - 4} more" if len(scopes) > 4 else "")
        rows.append(f"| {convention.name} | {shown or 'any'} | {about} |")
    return "\n".join(rows)


def written(text: str) -> str:
    """The page with its tables made anew."""
    for name, table in (("conventions", recognised()), ("coverage", coverage())):
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        head, rest = text.split(begin)
        text = f"{head}{begin}\n{table}\n{end}{rest.split(end)[1]}"
    return text
