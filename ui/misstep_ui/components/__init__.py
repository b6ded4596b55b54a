"""The pages' own widgets: JavaScript and CSS beside this file, mounted without an iframe.

Everything of a trace reaches the page through ``textContent`` or a canvas, never as HTML.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

_HERE = Path(__file__).parent
_STATES = {"runs": ("open", "filters"), "replay": ("hop", "good")}


@functools.cache
def _renderer(name: str) -> Callable[..., Any]:
    tokens = (_HERE / "tokens.css").read_text()
    shared = (_HERE / "shared.js").read_text()
    return component(
        f"misstep_{name}",
        html='<div class="ms-root"></div>',
        css=tokens + (_HERE / f"{name}.css").read_text(),
        js=shared + (_HERE / f"{name}.js").read_text(),
    )


def mount(name: str, *, key: str, data: dict[str, Any]) -> dict[str, Any]:
    """Draws a component; what it reported since, by state name."""
    callbacks = {f"on_{state}_change": _nothing for state in _STATES[name]}
    result = _renderer(name)(data=data, key=key, **callbacks)
    return {state: getattr(result, state, None) for state in _STATES[name]}


def _nothing() -> None:
    """Reports are read from the result; Streamlit wants a callback to deliver them."""
