"""What the spans and logs of a hop carry, as words and as numbers by key."""

from __future__ import annotations

import copy
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tests.conventions.gaps import leaves

from misstep_store.otlp.spans import LogRecord, Span

_ANSWERS = re.compile(r"(call|use)_?id$")
COUNTED = re.compile(r"^(?!.*(max_|budget|limit)).*(token|usage)")


def words(text: str) -> str:
    """A text without what quoting and escaping change in it."""
    return re.sub(r"[^0-9A-Za-z\u00c0-\uffff]+", " ", text.replace("\\n", " ")).strip().lower()


def dumped(value: Any) -> str:
    return words(json.dumps(value, ensure_ascii=False, default=str))


class Carried:
    """Everything the spans and logs of one hop say, as words, and their numbers by key."""

    def __init__(self, spans: Sequence[Span], logs: Sequence[LogRecord]) -> None:
        told: list[Any] = [s.attributes for s in spans]
        told += [[e.attributes for e in s.events] for s in spans]
        told += [[log.body, log.attributes] for log in logs]
        self.text = dumped(told).replace(" u003c ", " ")
        self.numbers: dict[str, set[float]] = defaultdict(set)
        self.texts: set[str] = set()
        self.named: dict[str, set[str]] = defaultdict(set)
        for key, value in leaves(told):
            if isinstance(value, str):
                self.texts.add(value)
                self.named[key.lower()].add(value)
            else:
                self.numbers[key.lower()].add(value)

    def without(self, text: str) -> Carried:
        """The same but for all places where this text stands."""
        made = copy.copy(self)
        made.text = self.text.replace(words(text), "") if words(text) else self.text
        return made

    def exactly(self, text: str) -> bool:
        """Whether this text is a value of its own, in JSON inside texts too."""
        return text in self.texts

    def says_which_call(self, call_id: str) -> bool:
        """Whether this id stands where results say which call they answer."""
        return any(call_id in t for key, t in self.named.items() if _ANSWERS.search(key))

    def has(self, text: str) -> bool:
        """Whether this text, of one word at least, stands somewhere."""
        return bool(words(text)) and words(text) in self.text

    def counts(self, number: int) -> bool:
        """Whether this number stands under a key that speaks of tokens."""
        return any(number in n for key, n in self.numbers.items() if COUNTED.search(key))
