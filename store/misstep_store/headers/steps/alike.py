"""Some spans that are read together, and what is found of them so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from misstep.model import ErrorInfo
from misstep_store.headers.columns.spans import Scores, SpanColumns, at
from misstep_store.headers.raw.answers import Columns, Used, counts, merged_counts

Attributes = dict[str, Any]


class Rows:
    """Some spans of one plan.

    Args:
        places: where they are among ``spans``; ``many``: their attributes, those of a details event
            included.

    ``heard`` and ``lends``: see :class:`Draft`. ``kinds``: of rows whose kind is not the plan's.
    ``aside``: what answers say that a later step takes. ``silent``: rows whose answer under a key has
    no messages; ``opened``: what was made of the values under a key before they were read.
    ``errors``: failures that go before what the status says; ``spared``: rows that did not fail,
    whatever was raised in them.
    """

    def __init__(self, spans: SpanColumns, places: list[int], many: list[Attributes]) -> None:
        self.spans, self.places, self.many = spans, places, many
        self.names: list[str] = at(spans.name, places)
        self.text: dict[str, list[str | None]] = {}
        self._own: dict[str, list[str | None]] = {}
        self._whole: dict[str, tuple[list[str | None], bool]] = {}
        self.tokens: Any = None  # an array with a row a kind of tokens
        self.cost: list[float | None] | None = None
        self.first_token_ms: list[float | None] | None = None
        self.tags: dict[int, Sequence[str]] = {}
        self.heard: dict[int, tuple[str | None, str | None, str | None]] = {}
        self.kinds: dict[int, str] = {}
        self.doubtful: set[int] = set()
        self.left: set[int] = set()
        self.attempt: dict[int, int] = {}
        self.lends: set[int] = set()
        self.aside: Columns | None = None
        self.silent: dict[str, Collection[int]] = {}
        self.opened: dict[str, list[Any]] = {}
        self.errors: dict[int, ErrorInfo] = {}
        self.spared: set[int] = set()
        self.scores: dict[int, Scores] = {}

    def fill(self, fact: str, found: list[str | None]) -> None:
        """Takes what was found where the fact is still unknown."""
        known = self.text.get(fact)
        if known is not None:
            if self.is_whole(fact):
                return
            found = [f if k is None else k for k, f in zip(known, found, strict=True)]
        self.text[fact] = found

    def is_whole(self, fact: str) -> bool:
        """Whether the fact is known of all rows, for certain."""
        known = self.text.get(fact)
        if known is None:
            return False
        column, is_whole = self._whole.get(fact, (None, False))
        if column is not known:
            is_whole = all(known)
            self._whole[fact] = known, is_whole
        return is_whole

    def lacking(self, fact: str) -> list[int]:
        """Rows of which the fact is not known yet."""
        known = self.text.get(fact)
        if known is None:
            return list(range(len(self.many)))
        if self.is_whole(fact):
            return []
        return [n for n, value in enumerate(known) if value is None]

    def column(self, fact: str) -> list[str | None]:
        """A fact, to be changed in place."""
        self._whole.pop(fact, None)
        known = self.text.get(fact)
        if known is None or self._own.get(fact) is not known:
            # A copy: one list may tell two facts.
            known = [None] * len(self.many) if known is None else [*known]
            self._own[fact] = self.text[fact] = known
        return known

    def add_tokens(self, found: Any, *, first: bool = False) -> None:
        """As :func:`conventions.values.usage.merged`: what is known stays, gaps are filled.

        Args:
            first: whether what was found goes before what is known.
        """
        if self.tokens is None:
            self.tokens = found
            return
        known, other = (found, self.tokens) if first else (self.tokens, found)
        self.tokens = merged_counts(known, other)

    def add_usage(self, used: Sequence[Used], *, first: bool = False) -> None:
        """As :meth:`add_tokens`, of one usage a row."""
        if any(map(any, used)):
            self.add_tokens(counts(used), first=first)

    def add_counts(self, used: Any, *, first: bool = False) -> None:
        """As :meth:`add_usage`, of an array with a row a kind."""
        if used.any():
            self.add_tokens(used, first=first)
