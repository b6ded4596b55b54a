"""Text of traces on its way to a terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of the text after it."""


def clean(text: object, limit: int = 300) -> str:
    """Trace text for a terminal: no control characters, no escapes, bounded."""
    shown = _CONTROL.sub("\ufffd", str(text)).replace("\n", " ")
    shown = _TURNING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
