"""Shapes of :mod:`misstep.model` made without validation: what is read here is checked already.

Building a pydantic model of 45 fields by its constructor takes longer than reading the whole span.
"""

from __future__ import annotations

from typing import Any, TypeVar

from misstep.model import Hop, Json, Message, Recording, Score, Shape

S = TypeVar("S", bound=Shape)
Part = dict[str, Json]

_set = object.__setattr__
_FIELDS: dict[type[Shape], set[str]] = {}
# Handed out whole: adding a name that is in it already, as assignment does, changes nothing.
_MESSAGE_FIELDS = set(Message.model_fields)


def quick(cls: type[S], values: dict[str, Any]) -> S:
    """An instance holding exactly ``values``, which must name every field of the class."""
    fields = _FIELDS.get(cls)
    if fields is None:
        fields = _FIELDS.setdefault(cls, set(cls.model_fields))
    made = cls.__new__(cls)
    _set(made, "__dict__", values)
    _set(made, "__pydantic_fields_set__", fields)
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made


def message(
    role: str, parts: list[Part], name: str | None = None, finish_reason: str | None = None
) -> Message:
    """A message; see :class:`misstep.model.Message`."""
    made = Message.__new__(Message)
    _set(
        made,
        "__dict__",
        {"role": role, "parts": parts, "name": name, "finish_reason": finish_reason},
    )
    _set(made, "__pydantic_fields_set__", _MESSAGE_FIELDS)
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made


def score(
    name: str | None,
    *,
    value: float | None = None,
    label: str | None = None,
    hop_id: str | None = None,
    by: str | None = None,
    explanation: str | None = None,
) -> Score:
    """A score; one without a name is an ``evaluation``."""
    values = {
        "name": name or "evaluation",
        "value": None if value is None else float(value),
        "label": label,
        "hop_id": hop_id,
        "by": by,
        "explanation": explanation,
    }
    return quick(Score, values)


__all__ = ["Hop", "Part", "Recording", "message", "quick", "score"]


def is_own(value: Any, role: str) -> bool:
    """Whether a model wrote an object with such a field, asked for JSON: a message has more."""
    alone = role == "assistant" and isinstance(value, dict) and len(value) == 1
    return alone and not _OWN_FIELDS.isdisjoint(value)


_OWN_FIELDS = frozenset({"text", "content", "message"})
