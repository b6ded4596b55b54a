"""Tools that an agent tells of and a server's protocol too: which of an agent's tellings is whose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from misstep_store.conventions.between.nearest import Line
from misstep_store.conventions.between.partners import SLACK_NANO

_AGENTS = "mcp__"
_MOST_NAMES = 16
"""So many names a server may know a tool by, of which an agent knows the whole."""
_SIDES = range(6)
_FIRST = -(1 << 70)
T = TypeVar("T", bound=Hashable)


class Told(NamedTuple, Generic[T]):
    """A telling of a tool: ``tool`` is what tells it, ``place`` must be the same of both tellings,
    ``kind`` that of the span."""

    tool: T
    place: Hashable
    name: str
    start: int
    end: int
    span_id: str
    kind: int = 0


class Tellings(Generic[T]):
    """An agent's tellings of tools, each of which may stand for a server's."""

    def __init__(self, agents: Iterable[Told[T]]) -> None:
        self._told: dict[T, Told[T]] = {}
        self._by_name: dict[Hashable, list[T]] = defaultdict(list)
        for told in sorted(agents, key=lambda t: (t.start, t.span_id)):
            self._told[told.tool] = told
            for name in dict.fromkeys(_names(told.name)):
                self._by_name[told.place, name].append(told.tool)
        self._lines: dict[Hashable, Line[T]] = {}
        self._taken: Counter[tuple[T, int]] = Counter()

    def of(self, served: Told[T]) -> T | None:
        """The agent's telling that ran around a server's and is called as it is.

        Of tools called at once each has its own: the earliest that stands for none of the same side
        yet, client or server; else the one that stands for the fewest, of those that began nearest.
        """
        key = served.place, served.name
        if key not in self._by_name:
            return None
        side = served.kind if served.kind in _SIDES else 0
        until, reach = served.start + SLACK_NANO, served.end - SLACK_NANO
        fresh = self._line((*key, side))
        found = next(fresh.near(_FIRST, until=until, reach=reach), None)
        if found is None:
            near = self._line((*key, None)).near(served.start, until=until, reach=reach)
            found = min(near, key=lambda tool: self._rank(tool, side), default=None)
        if found is not None:
            self._taken[found, side] += 1
            for name in _names(self._told[found].name):
                if (line := self._lines.get((served.place, name, side))) is not None:
                    line.remove(found)
        return found

    def stretch(self, tool: T, end: int) -> None:
        """Notes when a telling ended that now stands for a server's."""
        told = self._told[tool] = self._told[tool]._replace(end=end)
        for name in _names(told.name):
            for side in (None, *_SIDES):
                if (line := self._lines.get((told.place, name, side))) is not None:
                    line.stretch(tool, end)

    def _rank(self, tool: T, side: int) -> tuple[int, int, str]:
        told = self._told[tool]
        return self._taken[tool, side], told.start, told.span_id

    def _line(self, key: tuple[Hashable, str, int | None]) -> Line[T]:
        """Tools of one name at one place, of one side those that stand for none of it yet."""
        line = self._lines.get(key)
        if line is None:
            place, name, side = key
            tools = self._by_name[place, name]
            if side is not None:
                tools = [t for t in tools if not self._taken[t, side]]
            told = [self._told[t] for t in tools]
            line = Line(tools, [t.start for t in told], [t.end for t in told])
            self._lines[key] = line
        return line


def _names(known: str) -> Iterator[str]:
    """What a server may call a tool that an agent knows by this name: that, or its end."""
    yield known
    at = len(_AGENTS) - 2 if known.startswith(_AGENTS) else -1
    for _ in range(_MOST_NAMES):
        at = known.find("__", at) if at >= 0 else -1
        if at < 0:
            return
        yield known[at + 2 :]
        at += 1
