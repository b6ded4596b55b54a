"""Documents that are given as their text, or as the bytes of one."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any


def text_in(raw: Mapping[str, Any]) -> str | None:
    """The text of a document that is given as its text: Anthropic's and Bedrock's may be."""
    key = "text" if raw.keys() <= {"type", "text"} else "data"
    if isinstance(text := raw.get(key), str) and (key == "text" or raw.get("type") == "text"):
        return text
    listed = raw.get("content")
    if not isinstance(listed, list) or not listed:
        return None
    texts = [b.get("text") if isinstance(b, Mapping) else None for b in listed]
    told = [t for t in texts if isinstance(t, str)]
    return "\n".join(told) if len(told) == len(texts) else None


def decoded(mime: str | None, body: str) -> str | None:
    """The text that bytes of a kind of text are."""
    if mime is None or not mime.startswith("text/"):
        return None
    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError:
        return None
