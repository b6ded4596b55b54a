"""The pages' own widgets: JavaScript and CSS beside this file, mounted without an iframe.

A widget is the files of ``_PARTS`` joined in their order into one module; what several share is in
``common/``. Everything of a trace reaches the page through ``textContent`` or a canvas, never as
HTML.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

_HERE = Path(__file__).parent
_COMMON = ("dom", "format", "theme", "payload", "live", "marking", "filters", "history")
_PARTS = {
    "replay": (
        "model",
        "rows",
        "sums",
        "hover",
        "gestures",
        "timeline",
        "groups",
        "graph",
        "scrubber",
        "context",
        "verdict",
        "whence",
        "hop",
        "job",
        "again",
        "confirm",
        "claims",
        "keys",
        "replay",
    ),
    "runs": ("together", "table", "groups", "faults", "empty", "runs"),
    "compare": ("compare",),
    "cost": ("cost",),
    "health": ("health",),
}
REPORTS = ("address", "go")
"""What a widget tells Python: the address it stands at, and a page to go to."""


def source(name: str) -> tuple[str, str]:
    """A widget's JavaScript and CSS."""
    scripts = [_HERE / "common" / f"{part}.js" for part in _COMMON]
    scripts += [_HERE / name / f"{part}.js" for part in _PARTS[name]]
    styles = [_HERE / "common" / f"{part}.css" for part in ("tokens", "page")]
    styles.append(_HERE / name / f"{name}.css")
    return "\n".join(p.read_text() for p in scripts), "\n".join(p.read_text() for p in styles)


@functools.cache
def _renderer(name: str) -> Callable[..., Any]:
    script, style = source(name)
    return component(f"misstep_{name}", html='<div class="ms-root"></div>', css=style, js=script)


def mount(name: str, *, key: str, data: dict[str, Any]) -> dict[str, Any]:
    """Draws a widget; what it reported since: ``address`` (a dict) and ``go`` (page and query)."""
    callbacks = {f"on_{report}_change": _nothing for report in REPORTS}
    result = _renderer(name)(data=data, key=key, **callbacks)
    return {report: getattr(result, report, None) for report in REPORTS}


def _nothing() -> None:
    """Reports are read from the result; Streamlit wants a callback to deliver them."""
