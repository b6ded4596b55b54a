"""JSON that a limit of the sender cut in its middle, as far as it goes.

Exporters cut long values (``OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT``), collectors and backends too. Only
what is plainly an envelope is mended here, messages and bodies: an answer of a model that is JSON and
ends too early has to stay the broken text it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

import orjson

from misstep.model import Json

MAX_CHARS = 1_000_000
_MAX_DEPTH = 100
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{},:]|[^\s"\[\]{},:]+', re.DOTALL)
_BEGINS = re.compile(r'\s*(?:\{\s*"|\[\s*[\[{"])')
_HALF_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u[0-9a-fA-F]{0,3})?\Z")
_CLOSING = {"{": "}", "[": "]"}
_WORDS = frozenset(
    f'"{key}"'
    for key in [
        "content",
        "text",
        "thinking",
        "reasoning",
        "arguments",
        "args",
        "response",
        "result",
        "input",
        "output",
        "prompt",
        "system",
        "instructions",
        "description",
        "refusal",
        "query",
    ]
)
"""Keys of texts whose beginning is worth having; half a model's name or an id would be wrong."""


class _NotCutError(Exception):
    """The text is no JSON, or is whole."""


def mended(text: Any) -> Json:
    """What stands in a cut JSON object or list: whole members, and the beginning of the last text.

    None for what is whole, no JSON, or too long to look through."""
    if not isinstance(text, str) or not 8 <= len(text) <= MAX_CHARS or not _BEGINS.match(text):
        return None
    return _mended(text)


@lru_cache(maxsize=256)
def _mended(text: str) -> Json:
    try:
        for candidate in _candidates(text):
            try:
                return cast(Json, orjson.loads(candidate))
            except (orjson.JSONDecodeError, UnicodeEncodeError):
                continue
    except _NotCutError:
        pass
    return None


def _candidates(text: str) -> Iterator[str]:
    """The text with its last, cut string closed; and up to its last whole member."""
    walk = _Walk()
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word[0] == '"' and (len(word) == 1 or not _is_closed(word)):
            if walk.takes_words():
                yield _without_half_escape(text[: token.end()]) + '"' + walk.closing()
            break
        if word[0] not in '"[]{},:' and token.end() == len(text):
            break  # the beginning of a number or a word
        walk.step(word, token.end())
    if not walk.stack:
        raise _NotCutError
    yield text[: walk.safe] + walk.safe_closing


def _is_closed(word: str) -> bool:
    if word[-1] != '"':
        return False
    slashes = len(word) - 1 - len(word[:-1].rstrip("\\"))
    return slashes % 2 == 0


def _without_half_escape(text: str) -> str:
    found = _HALF_ESCAPE.search(text, max(0, len(text) - 16))
    return text[: found.start()] if found else text


class _Walk:
    """Where in which containers one is: ``safe`` is the end of the last whole member."""

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.states: list[str] = []
        self.key = ""
        self.safe = 0
        self.safe_closing = ""

    def takes_words(self) -> bool:
        """Whether a text may stand here whose beginning says something."""
        return self.takes_value() and (self.stack[-1] == "[" or self.key in _WORDS)

    def takes_value(self) -> bool:
        """Whether a value may stand here."""
        return bool(self.states) and self.states[-1] in ("value", "first")

    def closing(self) -> str:
        """What closes all that is open."""
        return "".join(_CLOSING[c] for c in reversed(self.stack))

    def step(self, word: str, end: int) -> None:
        """One token more."""
        first = word[0]
        if first in "[{":
            self._opens(first, end)
        elif first in "]}":
            self._closes(first, end)
        elif first == ",":
            self._moves({"next": "key" if self.stack[-1:] == ["{"] else "value"})
        elif first == ":":
            self._moves({"colon": "value"})
        elif first == '"' and self.states and self.states[-1] in ("key", "first key"):
            self.states[-1] = "colon"
            self.key = word
        else:
            self._value(end)

    def _moves(self, allowed: dict[str, str]) -> None:
        if not self.states or self.states[-1] not in allowed:
            raise _NotCutError
        self.states[-1] = allowed[self.states[-1]]

    def _opens(self, bracket: str, end: int) -> None:
        if (self.stack and not self.takes_value()) or len(self.stack) > _MAX_DEPTH:
            raise _NotCutError
        self.stack.append(bracket)
        self.states.append("first key" if bracket == "{" else "first")
        self.safe, self.safe_closing = end, self.closing()

    def _closes(self, bracket: str, end: int) -> None:
        ready = self.states and self.states[-1] in ("next", "first", "first key")
        if not ready or _CLOSING[self.stack[-1]] != bracket:
            raise _NotCutError
        self.stack.pop()
        self.states.pop()
        if not self.stack:
            raise _NotCutError  # whole, or followed by what is no JSON
        self._done(end)

    def _value(self, end: int) -> None:
        if not self.takes_value():
            raise _NotCutError
        self._done(end)

    def _done(self, end: int) -> None:
        self.states[-1] = "next"
        self.safe, self.safe_closing = end, self.closing()
