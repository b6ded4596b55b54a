"""What the trees of many traces are told by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from misstep.model import Attempt
from misstep_store.headers.between.begun import Begun
from misstep_store.headers.between.twice import Twice
from misstep_store.headers.columns.spans import NONE

_LAST = (3, 0, "")


@dataclass(slots=True)
class Forest:
    """Arrays a span (places are those of the columns), and arrays a trace.

    ``trace_ids``: as Arrow text. ``hops``: places of spans that are hops, by trace and then by
    index. ``call``: the call that is one hop with a step. ``parent``: the enclosing span; ``above``:
    the enclosing hop. ``ended``: when each span did; ``end``: when the hop did that it stands for.
    ``tops``: places of spans that name no parent. ``speaking``: agents that count tokens of calls
    which no span tells of. ``standing``: steps that are a call which no span tells of. ``rounds``:
    steps that are named as their one call. ``begun``: what only told that some of the spans began.
    """

    trace_ids: pa.Array
    trace: Any
    parent: Any
    depth: Any
    start: Any
    ended: Any
    end: Any
    left: Any
    root: Any
    run_start: Any
    hops: Any
    index: Any
    call: Any
    counted: Any
    above: Any
    orphan: Any
    tops: Any
    twice: Twice
    begun: Begun
    tries: dict[int, list[int]] = field(default_factory=dict)
    attempts: dict[int, list[Attempt]] = field(default_factory=dict)
    lent: set[int] = field(default_factory=set)
    speaking: set[int] = field(default_factory=set)
    standing: set[int] = field(default_factory=set)
    rounds: set[int] = field(default_factory=set)

    def merged(self, place: int, call: int) -> list[int]:
        """What one hop is made of beside its own span; ``call``: that of a step around one."""
        before, own = self.tries.get(place, ()), [] if call == NONE else [call]
        tries = [*before, *self.tries.get(call, ())]
        folded = [*self.twice.merged.get(place, ()), *self.twice.merged.get(call, ())]
        for tried in tries:
            folded += self.twice.merged.get(tried, ())
        if folded and (own or tries):
            order = self.twice.order
            folded.sort(key=lambda p: order.get(p, _LAST))
        return [*tries, *own, *folded]

    def sizes(self) -> Any:
        """How many spans each trace holds, those that only tell that others began included."""
        all_of = np.concatenate([self.trace, self.trace[self.begun.of]])
        return np.bincount(all_of, minlength=len(self.trace_ids))

    def offset_ms(self, places: Any) -> Any:
        """When spans began, relative to their runs."""
        return np.maximum(0, self.start[places] - self.run_start[self.trace[places]]) / 1e6

    def took_ms(self, places: Any) -> Any:
        """How long hops lasted."""
        return np.maximum(0, self.end[places] - self.start[places]) / 1e6
