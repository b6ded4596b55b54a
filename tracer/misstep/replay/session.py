"""The running side of a job: asked at every hop and every model call what to do there."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from misstep.model import ErrorInfo, Json
from misstep.payload import canonical_json
from misstep.replay.job import Happened, Job, RecordedCall, RecordedHop, ReplayDivergence, Result
from misstep.replay.matching import Recordings, place
from misstep.replay.zones import Fate, Zones, effect_of


class Diverged(BaseException):
    """The program asked for something that is neither recorded nor allowed to run.

    Derives from BaseException so that the program's own ``except Exception`` cannot turn a hole in
    the recording into an answer."""

    def __init__(self, divergence: ReplayDivergence) -> None:
        super().__init__(divergence.message)
        self.divergence = divergence


class Unrestorable(BaseException):
    """A served value cannot be turned back into what the program expects."""


@dataclass(frozen=True)
class HopAsked:
    """A wrapped step about to run. ``input`` is what would be recorded of its arguments."""

    path: str
    name: str
    kind: str
    effect: bool
    pure: bool
    input: Json
    span_id: str
    parent_span_id: str | None

    @cached_property
    def canonical(self) -> str:
        """The input's canonical JSON, by which recordings are found."""
        return canonical_json(self.input)


UNANSWERED = "no recorded answer"
"""The source of None where nobody recorded what a side effect answered."""


@dataclass(frozen=True, slots=True)
class CallAsked:
    """A model call about to be sent."""

    name: str
    content_key: str
    request: Json
    parent_span_id: str | None
    path: str = ""


@dataclass(frozen=True, slots=True)
class HopAnswer:
    """What happens at a hop: ``serve`` value, ``fail`` with error, or ``run`` its body."""

    action: Literal["serve", "fail", "run"]
    value: Json = None
    error: ErrorInfo | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What happens at a model call: ``serve`` the recorded response or ``run`` it, perhaps changed."""

    action: Literal["serve", "run"]
    call: RecordedCall | None = None
    model: str | None = None
    prompt: str | None = None


class Session:
    """One job being executed; thread-safe, one a process."""

    def __init__(self, job: Job, *, progress: Callable[[Happened], None] | None = None) -> None:
        self.job = job
        self._tell = progress or (lambda _: None)
        self.zones = Zones(job)
        self.recordings = Recordings(job)
        self.result = Result()
        self._lock = threading.Lock()
        self._running: dict[str, tuple[Fate, RecordedHop | None]] = {}
        self._forked = job.mode == "all_live" or job.changed_arguments
        self._effects: dict[str, list[RecordedHop]] = defaultdict(list)
        for hop in (*job.hops, *job.effect_answers):
            if hop.error is None and hop.has_output:
                self._effects[place(hop.path)].append(hop)
        self._values = defaultdict(list)
        for value in job.recorded:
            self._values[value.name].append(value.value)

    # --- hops ---------------------------------------------------------------------------

    def hop(self, asked: HopAsked) -> HopAnswer:
        """What to do at this hop.

        Raises:
            Diverged: when nothing recorded answers it and it may not run.
        """
        with self._lock:
            entry = self._match(asked)
            fate = self._fate(asked, entry)
            answer = self._answer(asked, entry, fate)
            self._running[asked.span_id] = (fate, entry)
            self._answered(asked.path, runs=answer.action == "run")
            return answer

    def _match(self, asked: HopAsked) -> RecordedHop | None:
        key = (place(asked.path), asked.canonical)
        exact = self.recordings.hops.take(key)
        if exact is not None:
            return exact
        # What is replaced or live may be asked with another input than was recorded.
        by_place = [
            h
            for h in self.job.hops
            if place(h.path) == place(asked.path)
            and self.zones.fates[h.hop_id] in ("substitute", "live", "enter")
        ]
        same_path = [h for h in by_place if h.path == asked.path]
        if not by_place and self._forked:
            same_path = [h for h in self.job.hops if h.path == asked.path]
        return next(iter(same_path or by_place), None)

    def _fate(self, asked: HopAsked, entry: RecordedHop | None) -> Fate:
        if entry is not None and entry.hop_id in self.job.substitute:
            return "substitute"
        parent = self._running.get(asked.parent_span_id or "")
        if parent is not None and parent[0] == "live":
            return "live"
        if entry is None:
            if self._forked:
                return "live"
            raise self._diverged(self.recordings.nearest_hop(asked.path, asked.input))
        fate = self.zones.fates[entry.hop_id]
        if self._same_input(entry, asked):
            return fate
        # Asked something new: only a step around what is live or replaced is merely entered.
        around = fate == "enter" and entry.hop_id in self.zones.enclosing
        return "live" if fate == "serve" or (fate == "enter" and not around) else fate

    def _same_input(self, entry: RecordedHop, asked: HopAsked) -> bool:
        return self.recordings.canonical(entry) == asked.canonical

    def _answer(self, asked: HopAsked, entry: RecordedHop | None, fate: Fate) -> HopAnswer:
        if fate == "substitute" and entry is not None:
            self._forked = True
            self.result.served += 1
            return HopAnswer("serve", self.job.substitute[entry.hop_id], source="substituted")
        if fate == "serve" and entry is not None:
            return self._serve(entry)
        if fate == "enter":
            return HopAnswer("run")
        self._forked = True
        if self._is_effect(asked):
            return self._effect_answer(asked, entry)
        self.result.executed += 1
        self.result.live_hops.append(asked.path)
        if entry is not None:
            self.result.live_ids.append(entry.hop_id)
        return HopAnswer("run")

    def _serve(self, entry: RecordedHop) -> HopAnswer:
        if entry.why_not:
            raise self._diverged(
                ReplayDivergence(
                    name=entry.name,
                    path=entry.path,
                    nearest_hop_id=entry.hop_id,
                    message=f"{entry.name} cannot be served: {entry.why_not}.",
                )
            )
        self.result.served += 1
        if entry.error is not None:
            return HopAnswer("fail", error=entry.error, source=entry.hop_id)
        return HopAnswer("serve", entry.output, source=entry.hop_id)

    def _is_effect(self, asked: HopAsked) -> bool:
        allowed = {asked.name, asked.path, place(asked.path)} & set(self.job.allow_effects)
        return not allowed and effect_of(kind=asked.kind, effect=asked.effect, pure=asked.pure)

    def _effect_answer(self, asked: HopAsked, entry: RecordedHop | None) -> HopAnswer:
        """A side effect is never repeated: its own answer, else the good run's, else None."""
        self.result.effects_answered.append(asked.path)
        self.result.served += 1
        if entry is not None and self._same_input(entry, asked) and entry.error is not None:
            return HopAnswer("fail", error=entry.error, source=entry.hop_id)
        answers = self._effects[place(asked.path)]
        same = [h for h in answers if self._same_input(h, asked)]
        chosen = next(iter(same or answers), None)
        if chosen is None:
            self.result.effects_unanswered.append(asked.path)
            return HopAnswer("serve", None, source=UNANSWERED)
        return HopAnswer("serve", chosen.output, source=chosen.hop_id)

    # --- model calls --------------------------------------------------------------------

    def call(self, asked: CallAsked) -> CallAnswer:
        """What to do at this model call.

        Raises:
            Diverged: when nothing recorded answers it and it may not run.
        """
        with self._lock:
            parent = self._running.get(asked.parent_span_id or "")
            if parent is not None and parent[0] == "live":
                # Part of a hop that runs and is counted.
                self._forked = True
                return self._changed_call(parent[1])
            entry = self.recordings.calls.take(asked.content_key, again=not self._forked)
            answer = self._unmatched_call(asked) if entry is None else self._matched_call(entry)
            if parent is None:
                self._answered(asked.path or asked.name, runs=answer.action == "run")
            return answer

    def _matched_call(self, entry: RecordedCall) -> CallAnswer:
        fate = self.zones.fates[entry.hop_id]
        if entry.hop_id in self.job.replacements:
            self._forked = True
            self.result.served += 1
            return CallAnswer("serve", self.job.replacements[entry.hop_id])
        if fate == "live":
            return self._live_call(entry)
        if entry.why_not:
            raise self._diverged(
                ReplayDivergence(
                    name=entry.name,
                    path=entry.name,
                    nearest_hop_id=entry.hop_id,
                    message=f"{entry.name} cannot be served: {entry.why_not}.",
                )
            )
        if fate == "substitute":
            self._forked = True
        self.result.served += 1
        return CallAnswer("serve", entry)

    def _unmatched_call(self, asked: CallAsked) -> CallAnswer:
        same_path = next((c for c in self.job.calls if c.path and c.path == asked.path), None)
        if self._forked:
            return self._live_call(same_path)
        targets = [c for c in self.job.calls if self.zones.fates[c.hop_id] == "live"]
        if not targets:
            raise self._diverged(self.recordings.nearest_call(asked.request, asked.name))
        return self._live_call(targets[0])

    def _live_call(self, entry: RecordedCall | None) -> CallAnswer:
        self._forked = True
        self.result.executed += 1
        if entry is not None:
            self.result.live_ids.append(entry.hop_id)
            self.result.live_hops.append(entry.path or entry.name)
        return self._changed_call(entry)

    def _changed_call(self, entry: RecordedHop | RecordedCall | None) -> CallAnswer:
        hop_id = entry.hop_id if entry is not None else ""
        return CallAnswer(
            "run", model=self.job.models.get(hop_id), prompt=self.job.prompts.get(hop_id)
        )

    # --- the rest -----------------------------------------------------------------------

    def began(self, run_id: str) -> None:
        """The run of this execution began; its first one is the one that counts."""
        if self.result.run_id is None:
            self.result.run_id = run_id
            self._tell(Happened(what="run", name=run_id))

    def _answered(self, path: str, *, runs: bool) -> None:
        self._tell(Happened(what="running" if runs else "served", name=path))

    def ended(self, path: str, *, parent_span_id: str | None, is_call: bool) -> None:
        """A hop ended, or a model call did; one inside a wrapped step is part of that."""
        if not is_call or (parent_span_id or "") not in self._running:
            self._tell(Happened(what="done", name=path))

    def recorded_value(self, name: str) -> tuple[bool, Json]:
        """The next recorded non-deterministic value of that name, if there is one left."""
        with self._lock:
            values = self._values.get(name)
            return (True, values.pop(0)) if values else (False, None)

    def _diverged(self, divergence: ReplayDivergence) -> Diverged:
        if self.result.divergence is None:
            self.result.divergence = divergence
        return Diverged(divergence)
