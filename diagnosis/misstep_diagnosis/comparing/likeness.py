"""How alike two hops of two runs are: by name, kind, and what they received."""

from __future__ import annotations

import re
from typing import NamedTuple
from zlib import crc32

from misstep.model import Hop, Json
from misstep_diagnosis.comparing.edits import GAP
from misstep_diagnosis.facts import input_of
from misstep_diagnosis.naming import label
from misstep_diagnosis.reading.values import leaves

NEVER = 9.0
_TOKENS = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_MOST_TOKENS = 96
_MOST_CHARS = 20_000
_MOST_LEAVES = 400


class _Sign(NamedTuple):
    """What a hop is known by beside what it received."""

    label: str
    kind: str
    failed: bool
    code: str


class Looks:
    """What hops received, each read once; ids of two runs may be equal, so objects are the keys."""

    def __init__(self) -> None:
        self._questions: dict[int, tuple[str, int]] = {}
        self._tokens: dict[int, frozenset[int]] = {}
        self._answers: dict[int, int] = {}
        self._signs: dict[int, _Sign] = {}

    def question(self, hop: Hop) -> tuple[str, int]:
        """Name and kind, with a hash of what it received."""
        known = self._questions.get(id(hop))
        if known is None:
            known = f"{label(hop)}:{hop.kind}", _hash(input_of(hop))
            self._questions[id(hop)] = known
        return known

    def unlike(self, a: Hop, b: Hop) -> float:
        """From 0 (received the same words and numbers) to 1 (nothing in common)."""
        x, y = self._words(a), self._words(b)
        if not x or not y:
            return 0.0 if not x and not y else 1.0
        shared = len(x & y)
        return 1.0 - shared / (len(x) + len(y) - shared)

    def cost(self, a: Hop, b: Hop) -> float:
        """What it costs to take two hops of one level for the same step."""
        mine, theirs = self._sign(a), self._sign(b)
        failed = 0.25 if mine.failed != theirs.failed else 0.0
        if mine.label == theirs.label:
            return self.unlike(a, b) * 0.9 + (0.0 if mine.kind == theirs.kind else 0.2) + failed
        # A step that ran the very same function was only given another name.
        renamed = bool(mine.code) and mine.code == theirs.code
        if mine.kind != theirs.kind and not renamed:
            return NEVER
        return GAP * (0.6 if renamed else 1.0) + self.unlike(a, b) + failed

    def retry_cost(self, a: Hop, b: Hop) -> float:
        """Of hops with one name and the same input: those belong together that ended alike."""
        failed = 0.5 if (a.error is None) != (b.error is None) else 0.0
        return failed + (0.0 if self._answer(a) == self._answer(b) else 0.1)

    def moved_cost(self, a: Hop, b: Hop) -> float:
        """Of hops of one name on different levels: only what received much the same."""
        return self.unlike(a, b) if self.unlike(a, b) <= 0.7 else NEVER

    def _sign(self, hop: Hop) -> _Sign:
        known = self._signs.get(id(hop))
        if known is None:
            code = hop.recording.code_hash if hop.recording else None
            known = _Sign(label(hop), hop.kind, hop.error is not None, code or "")
            self._signs[id(hop)] = known
        return known

    def _words(self, hop: Hop) -> frozenset[int]:
        known = self._tokens.get(id(hop))
        if known is None:
            known = _sketch(hop)
            self._tokens[id(hop)] = known
        return known

    def _answer(self, hop: Hop) -> int:
        known = self._answers.get(id(hop))
        if known is None:
            known = self._answers[id(hop)] = _hash(hop.output)
        return known


def _hash(value: Json) -> int:
    """A hash of a JSON value that does not depend on the order of keys."""
    found = ((path, type(v).__name__, repr(v)) for path, v in leaves(value, ""))
    return hash(frozenset(found))


def _sketch(hop: Hop) -> frozenset[int]:
    """Hashes of the words and numbers it received, the smallest of many (a bottom-k sketch)."""
    found: set[int] = set()
    for count, (_, leaf) in enumerate(leaves(input_of(hop), "i")):
        if count >= _MOST_LEAVES:
            break
        if leaf is not None:
            words = _TOKENS.findall(str(leaf)[:_MOST_CHARS].casefold())
            found.update(crc32(w.encode("utf-8", "replace")) for w in words)
    return (
        frozenset(sorted(found)[:_MOST_TOKENS]) if len(found) > _MOST_TOKENS else frozenset(found)
    )
