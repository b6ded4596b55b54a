"""Values that differ between two runs before a hop, and whether they explain how two texts differ."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from misstep.model import Json
from misstep_diagnosis.reading.values import fold, leaves, readings

_TOKEN = re.compile(r"\w+(?:[.,:/-]\w+)*|\s+|[^\w\s]")
_PLACE = re.compile(r"\{input[^{}]*\}")
_MOST_TOKENS = 2_000
_MOST_VALUES = 4_000
_SPOKEN: dict[object, tuple[str, ...]] = {
    True: ("true", "yes", "on"),
    False: ("false", "no", "off"),
    None: ("none", "null", "nothing", "n/a", "-", ""),
}


class Differing:
    """Pairs of values that stand at one place of both runs and are not equal."""

    def __init__(self, pairs: list[tuple[Json, Json]] | None = None) -> None:
        self._pairs = pairs if pairs is not None else []

    def add(self, a: Json, b: Json) -> None:
        """Takes what differs between two values of one place in."""
        if a == b or len(self._pairs) >= _MOST_VALUES:
            return
        left, right = dict(leaves(a, "")), dict(leaves(b, ""))
        for path in [*left, *(p for p in right if p not in left)]:
            x, y = left.get(path), right.get(path)
            if type(x) is not type(y) or x != y:
                self._pairs.append((x, y))

    def with_input(self, a: Json, b: Json) -> Differing:
        """The same and what differs between a hop's two inputs."""
        both = Differing(list(self._pairs))
        both.add(a, b)
        return both

    def explains(self, a: str, b: str) -> bool:
        """Whether each piece in which two texts differ is one such value in the one and its
        counterpart in the other."""
        left, right = _TOKEN.findall(a), _TOKEN.findall(b)
        if not self._pairs or max(len(left), len(right)) > _MOST_TOKENS:
            return False
        pieces = [
            ("".join(left[i:j]).strip(), "".join(right[k:n]).strip())
            for tag, i, j, k, n in SequenceMatcher(None, left, right, False).get_opcodes()
            if tag != "equal"
        ]
        told = [p for p in pieces if p != ("", "")]
        return bool(told) and all(
            any(_shows(x, mine) and _shows(y, theirs) for x, y in self._pairs)
            for mine, theirs in told
        )


def _shows(value: Json, text: str) -> bool:
    """Whether a piece of text is the value, in some notation, or names its place in the input."""
    if _PLACE.fullmatch(text):
        return True
    said = fold(text).strip("\"'`")
    if value is None or isinstance(value, bool):
        return said in _SPOKEN[value]
    if isinstance(value, int | float):
        return any(abs(r - value) <= 0.005 * max(1.0, abs(value)) for r in readings(said))
    return isinstance(value, str) and said == fold(value)
