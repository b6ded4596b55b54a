"""Requests of a provider's SDK that call no model: tokens are counted, batches and models listed."""

from __future__ import annotations

import re

from misstep.model import HopKind
from misstep_store.conventions.types import Draft

_COUNTS = re.compile(r"count_?tokens\Z", re.IGNORECASE)
_ASIDE = re.compile(r"/(count_tokens|cancel|(batches|models|files)(/[^/?:]{1,200})?)/?(\?|\Z)")


def counts(name: str) -> bool:
    """Whether a span of this name only counts the tokens of what may be asked."""
    return _COUNTS.search(name) is not None


def aside(path: object) -> bool:
    """Whether a request to this path asks no model anything."""
    return isinstance(path, str) and _ASIDE.search(path[:_LONGEST]) is not None


def no_call(draft: Draft, told: bool) -> Draft:
    """The draft as a step, where that is told: what is inside it is still folded as a call's is."""
    if told and draft.kind == "llm":
        draft.kind = KIND
    return draft


KIND: HopKind = "chain"
_LONGEST = 500
