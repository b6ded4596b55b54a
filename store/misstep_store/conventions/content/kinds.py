"""What Pydantic AI gives a model beside words: ``{"kind": "image-url", "url": …}``."""

from __future__ import annotations

from typing import Any

from misstep_store.conventions.values import reading as rd

_SEEN_OR_HEARD = ("image", "audio", "video")


def is_given(raw: dict[str, Any]) -> bool:
    """Whether it is a picture, a sound or a file, by its link or whole."""
    kind = raw.get("kind")
    return type(kind) is str and (kind == "binary" or kind.endswith("-url"))


def typed(raw: dict[str, Any]) -> dict[str, Any]:
    """The same as a part that says by its type what it is."""
    modality = str(raw.get("kind")).removesuffix("-url")
    mime = rd.text(raw, "media_type", "_media_type")
    if modality == "binary":
        modality = (mime or "").partition("/")[0]
        modality = modality if modality in _SEEN_OR_HEARD else "file"
    body = {"data": raw["binary_content"]} if "binary_content" in raw else {}
    return {**raw, **body, "type": modality, "mime_type": mime}
