"""Finding the recording that belongs to what the program asks for now: content first, then order."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from misstep.model import Json
from misstep.payload import canonical_json
from misstep.replay.job import Job, RecordedCall, RecordedHop, ReplayDivergence

_ORDINAL = re.compile(r"#\d+(?=/|$)")
_QUOTE_CHARS = 160

E = TypeVar("E", RecordedHop, RecordedCall)


def place(path: str) -> str:
    """A hop path without its ordinals: ``a/b#2`` → ``a/b``."""
    return _ORDINAL.sub("", path)


class Pool(Generic[E]):
    """Recordings handed out once each, by content; among equal content in recorded order."""

    def __init__(self, entries: Sequence[E], key: Callable[[E], Hashable]) -> None:
        self._lock = threading.Lock()
        self._left: dict[Hashable, list[E]] = defaultdict(list)
        for entry in sorted(entries, key=lambda e: e.start_unix_nano):
            self._left[key(entry)].append(entry)
        self._last: dict[Hashable, E] = {}

    def take(self, key: Hashable, *, again: bool = False) -> E | None:
        """The next unused recording with that key.

        ``again``: when all are used, the last one once more, since equal content has an equal
        answer; a program may ask oftener than it did."""
        with self._lock:
            entries = self._left.get(key)
            if entries:
                self._last[key] = entries.pop(0)
                return self._last[key]
            return self._last.get(key) if again else None


class Recordings:
    """All recordings of a job, ready to be asked for."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._canonical: dict[int, str] = {}
        self.hops = Pool(job.hops, key=lambda h: (place(h.path), self.canonical(h)))
        self.calls = Pool(job.calls, key=lambda c: c.content_key)

    def canonical(self, hop: RecordedHop) -> str:
        """A recorded input's canonical JSON, made once."""
        found = self._canonical.get(id(hop))
        if found is None:
            found = self._canonical[id(hop)] = canonical_json(hop.input)
        return found

    def nearest_hop(self, path: str, given: Json) -> ReplayDivergence:
        """What to tell about a hop that no recording answers."""
        here = place(path)
        name = here.rsplit("/", 1)[-1]
        same_place = [h for h in self._job.hops if place(h.path) == here]
        same_name = [h for h in self._job.hops if h.name == name]
        nearest = min(
            same_place or same_name, key=lambda h: len(differences(h.input, given)), default=None
        )
        if nearest is None:
            return ReplayDivergence(
                name=name,
                path=path,
                message=f"{name} was not recorded in run {self._job.run_id}: the code or its "
                "branching changed since.",
            )
        if nearest.why_not:
            return ReplayDivergence(
                name=nearest.name,
                path=path,
                nearest_hop_id=nearest.hop_id,
                message=f"{nearest.name} cannot be served: {nearest.why_not}.",
            )
        return self._hop_divergence(nearest, path, given)

    def _hop_divergence(self, nearest: RecordedHop, path: str, given: Json) -> ReplayDivergence:
        differs = differences(nearest.input, given)
        matched = ["name"] + (["path"] if place(nearest.path) == place(path) else [])
        if not differs:
            matched.append("input")
        first = differs[0] if differs else None
        what = (
            f"{first['field']} was {quote(first['recorded'])} and is now {quote(first['now'])}"
            if first
            else "its input is the recorded one, but every such recording was used already"
        )
        return ReplayDivergence(
            name=nearest.name,
            path=path,
            nearest_hop_id=nearest.hop_id,
            matched=matched,
            differs=differs[:20],
            message=f"{nearest.name} was asked something that is not in the recording: {what}.",
        )

    def nearest_call(self, request: Json, name: str) -> ReplayDivergence:
        """What to tell about a model call that no recording answers."""
        nearest = min(
            self._job.calls,
            key=lambda c: (c.request is None, _distance(differences(c.request, request))),
            default=None,
        )
        if nearest is None:
            return ReplayDivergence(
                name=name, path=name, message=f"{name}: the run holds no recorded model call."
            )
        if nearest.request is None:
            return ReplayDivergence(
                name=nearest.name or name,
                path=name,
                nearest_hop_id=nearest.hop_id,
                message=f"{name} sent a request that is not in the recording; what differs cannot "
                "be told, since the recording holds no request whole.",
            )
        differs = differences(nearest.request, request, at="request")
        first = differs[0] if differs else None
        what = (
            f"{first['field']} was {quote(first['recorded'])} and is now {quote(first['now'])}"
            if first
            else "its body is the recorded one; path or count differ"
        )
        return ReplayDivergence(
            name=nearest.name or name,
            path=name,
            nearest_hop_id=nearest.hop_id,
            matched=[] if differs else ["body"],
            differs=differs[:20],
            message=f"{name} sent a request that is not in the recording: {what}.",
        )


def differences(recorded: Json, now: Json, *, at: str = "input") -> list[dict[str, Json]]:
    """Fields that differ, as ``{"field", "recorded", "now"}``, in document order."""
    if isinstance(recorded, dict) and isinstance(now, dict):
        keys = [*recorded, *(k for k in now if k not in recorded)]
        return [
            d
            for key in keys
            for d in differences(recorded.get(key), now.get(key), at=f"{at}.{key}")
        ]
    if isinstance(recorded, list) and isinstance(now, list) and len(recorded) == len(now):
        return [
            d
            for i, (a, b) in enumerate(zip(recorded, now, strict=True))
            for d in differences(a, b, at=f"{at}[{i}]")
        ]
    if canonical_json(recorded) == canonical_json(now):
        return []
    return [{"field": at, "recorded": recorded, "now": now}]


def _distance(differs: list[dict[str, Json]]) -> tuple[int, int]:
    """Places that differ, then how much: lists of unequal length differ in one, but in all of it."""
    return len(differs), sum(len(canonical_json([d["recorded"], d["now"]])) for d in differs)


def quote(value: Json) -> str:
    """A value short enough for a sentence."""
    text = canonical_json(value)
    return text if len(text) <= _QUOTE_CHARS else text[: _QUOTE_CHARS - 1] + "…"
