"""Which recorded hops and calls a job serves, replaces or runs: pure, decided before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from misstep.replay.job import Job, RecordedCall, RecordedHop

Fate = Literal["serve", "substitute", "live", "enter"]
"""serve: answer from the recording · substitute: answer with the given value · live: execute ·
enter: run the body, because something inside it is live, replaced, or raised."""

Recorded = RecordedHop | RecordedCall


class Zones:
    """The fate of every recorded hop and call of a job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        entries: list[Recorded] = [*job.hops, *job.calls]
        self._entries = {e.hop_id: e for e in entries}
        self._targets = {h for h in (job.fork, *job.substitute, *job.replacements, *job.live) if h}
        self.enclosing = self._ancestors(self._targets)
        run = {h for h in (job.fork, *job.live) if h} - set(job.substitute)
        self._inside = {
            e.hop_id
            for e in self._entries.values()
            if any(a in run for a in self.ancestors(e.hop_id))
        }
        self._unasked = {
            e.hop_id
            for e in self._entries.values()
            if any(a in job.substitute for a in self.ancestors(e.hop_id))
        }
        self.fork_end = self._fork_end()
        self.fates: dict[str, Fate] = {h: self._fate(e) for h, e in self._entries.items()}

    def ancestors(self, hop_id: str) -> Iterable[str]:
        """Recorded enclosing hops, innermost first; stops at a parent that was not recorded."""
        seen: set[str] = set()
        entry = self._entries.get(hop_id)
        while entry is not None and entry.parent_id and entry.parent_id not in seen:
            seen.add(entry.parent_id)
            if entry.parent_id not in self._entries:
                return
            yield entry.parent_id
            entry = self._entries.get(entry.parent_id)

    def _ancestors(self, hop_ids: Iterable[str]) -> set[str]:
        return {a for h in hop_ids for a in self.ancestors(h)}

    def _fork_end(self) -> int:
        ends = [
            self._entries[h].end_unix_nano
            for h in (self._job.fork, *self._job.substitute, *self._job.replacements)
            if h in self._entries
        ]
        return min(ends, default=0)

    def _fate(self, entry: Recorded) -> Fate:
        job = self._job
        if entry.hop_id in job.substitute or entry.hop_id in job.replacements:
            return "substitute"
        if entry.hop_id in self.enclosing:
            return "enter"
        if entry.hop_id in self._unasked:
            return "serve"
        if job.mode == "all_live" or entry.hop_id in self._targets or entry.hop_id in self._inside:
            return "live"
        if job.mode == "fork" and not self._before_fork(entry):
            return "live"
        return self._served(entry)

    def _before_fork(self, entry: Recorded) -> bool:
        # A hop that began before the fork ended cannot have received what the fork returned.
        return entry.start_unix_nano < self.fork_end

    @staticmethod
    def _served(entry: Recorded) -> Fate:
        # A step that raised is run again over its served calls, so that the very exception its
        # caller handles is raised by the code that raises it; only an effect is not.
        if isinstance(entry, RecordedHop) and entry.error is not None and not is_effect(entry):
            return "enter"
        return "serve"


def is_effect(hop: RecordedHop) -> bool:
    """Whether executing this hop again could change something outside (INTERFACES: side effects)."""
    return effect_of(kind=hop.kind, effect=hop.effect, pure=hop.pure)


def effect_of(*, kind: str, effect: bool, pure: bool) -> bool:
    """``effect=True`` always; ``kind="tool"`` unless declared pure; nothing else."""
    return effect or (kind == "tool" and not pure)
