"""The executing part: every suspect confirmed by substitution, as ``misstep bisect`` does it.

Each case gets what a user would have: the failing run, and a run on the request as it should have
been that went well (``--good``). Faults that last stay on while runs are executed again; those
that do not were on for their run alone. A bisect that its budget ended counts as undecided.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.hopfault.cases import INPUT, Case
from bench.hopfault.recording import Bench, Recorded
from bench.hopfault.scoring import wilson

import misstep_diagnosis
from misstep.model import Confirmation, Diagnosis, Run, RunDetail, RunPage, Verdict
from misstep.payload import canonical_json
from misstep.replay.job import Job, Result
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.reader import RunQuery
from misstep_store.replaying import bisect
from misstep_store.replaying.execute import Execution, Executor
from misstep_store.replaying.home import Home
from misstep_store.replaying.jobs import Permission
from misstep_store.replaying.recordings import recording_of

_CHECKOUT = Path(__file__).resolve().parents[2]


class Shelf:
    """The two or three runs a bisect reads, in memory; see :class:`misstep_store.reader.Reader`."""

    def __init__(self, runs: Iterable[Recorded], diagnosis: Diagnosis) -> None:
        self._runs = {r.run.run_id: r for r in runs}
        self._diagnosis = diagnosis

    def run(self, run_id: str, *, payloads: bool = True) -> RunDetail:
        """One of them."""
        found = self._runs[run_id]
        fields = {name: getattr(found.run, name) for name in Run.model_fields}
        return RunDetail(**fields, hops=found.hops)

    def runs(self, query: RunQuery) -> RunPage:
        """No other good run is known than the one that is named."""
        return RunPage()

    def spans(self, run_id: str) -> tuple[list[Span], list[LogRecord]]:
        """Its recording."""
        return self._runs[run_id].spans, []

    def diagnosis(self, run_id: str) -> Diagnosis:
        """What the recording alone said."""
        return self._diagnosis

    def confirm(self, proof: Confirmation) -> Diagnosis:
        """What the recording said, overruled by the proof."""
        found = self._runs[proof.run_id]
        return misstep_diagnosis.confirm(self._diagnosis, found.run, found.hops, proof)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A case and what its bisect came to; ``reproduced``: replayed unchanged, its outcome came out
    byte for byte."""

    case: Case
    done: bisect.Bisected
    reproduced: bool

    @property
    def origins(self) -> frozenset[str]:
        """Confirmed ones, as the truth is written."""
        return frozenset(o.hop_id or INPUT for o in self.done.diagnosis.origins if o.confirmed)

    @property
    def ranked(self) -> list[str]:
        """Suspects, confirmed ones first."""
        return [s.hop_id or INPUT for s in self.done.diagnosis.suspects]

    @property
    def run_equivalents(self) -> float:
        """Hop executions spent, in runs."""
        return sum(t.hop_executions for t in self.done.trials) / max(1, len(self.case.faulty.hops))

    def hit(self, within: int) -> bool:
        """Whether a true origin is among the first; nothing is where nothing was confirmed."""
        return bool(self.origins) and bool(self.case.truth & set(self.ranked[:within]))


class Watching(Executor):
    """Keeps what the last unchanged replay came to: every bisect begins with one."""

    unchanged: Result | None = None

    def run(self, job: Job, *, environment: Mapping[str, str] | None = None) -> Execution:
        """The job's result."""
        done = super().run(job, environment=environment)
        if job.mode == "serve":
            self.unchanged = done.result
        return done


class Executing:
    """Executes runs again; one waiting process for all of them, closed at the end."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._executor: Watching | None = None
        self._folder = Path.cwd()

    def __enter__(self) -> Executing:
        os.chdir(_CHECKOUT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.chdir(self._folder)
        if self._executor is not None:
            self._executor.close()

    def confirm(self, case: Case, diagnosis: Diagnosis) -> Confirmed:
        """The bisect of a faulty run against its good twin."""
        with self._bench.still(case.plants) as environment:
            done = self._bisect(case.shape, case.faulty, case.clean, diagnosis, environment)
        return Confirmed(case, done, self._reproduced(case.faulty))

    def settle(self, shape: str, clean: Recorded, diagnosis: Diagnosis) -> tuple[Diagnosis, bool]:
        """What a bisect says of a run that went well, and whether it replays byte for byte. The
        good run beside it is the same run; what tells them apart is its verdict."""
        run = clean.run.model_copy(update={"run_id": "0" * 32, "verdict": Verdict()})
        unmarked = Recorded(run, clean.hops, clean.outcome, clean.spans)
        with self._bench.still(()) as environment:
            done = self._bisect(shape, unmarked, clean, diagnosis, environment)
        return done.diagnosis, self._reproduced(clean)

    def _bisect(
        self,
        shape: str,
        run: Recorded,
        good: Recorded,
        diagnosis: Diagnosis,
        environment: dict[str, str],
    ) -> bisect.Bisected:
        shelf = Shelf((run, good), diagnosis)
        home = Home(shelf, _nowhere)  # type: ignore[arg-type]
        permission = Permission(entry=f"bench.hopfault.again:{shape}")
        wanted = bisect.Wanted(good=good.run.run_id, permission=permission, timeout_s=60)
        made = bisect.prepare(home, run.run.run_id, wanted)
        assert made.job is not None
        if self._executor is None:
            self._executor = Watching(made.job.target)
        self._executor.unchanged = None
        return bisect.perform(made, environment=environment, executor=self._executor)

    def _reproduced(self, run: Recorded) -> bool:
        """Whether the last bisect's unchanged replay gave the run's outcome byte for byte."""
        assert self._executor is not None
        result = self._executor.unchanged
        if result is None:
            return False
        recording = recording_of(run.spans)
        if recording.error is not None:
            return result.error is not None and result.error.type == recording.error.type
        same = canonical_json(result.outcome) == canonical_json(recording.output)
        return result.returned and same


def _nowhere(_: bytes) -> None:
    """Runs of trials are not kept."""


# --- scores ---------------------------------------------------------------------------------


def executing_rates(
    confirmed: Sequence[Confirmed], settled: Sequence[tuple[Diagnosis, bool]]
) -> dict[str, Any]:
    """The scores of the executing part, each rate with its interval."""
    n = len(confirmed)
    two = [c for c in confirmed if len(c.case.kinds) > 1]
    spent = [c.run_equivalents for c in confirmed] or [0.0]
    replayed = [c.reproduced for c in confirmed] + [same for _, same in settled]
    blamed = sum(d.verdict == "fault" for d, _ in settled)
    return {
        **_scores(confirmed),
        "undecided": wilson(sum(c.done.verdict.stop != "confirmed" for c in confirmed), n),
        "by_stop": _counted(confirmed, lambda c: c.done.verdict.stop),
        "clean_n": len(settled),
        "clean_blamed": wilson(blamed, len(settled)),
        "run_equivalents": {
            "mean": round(statistics.fmean(spent), 2),
            "median": round(statistics.median(spent), 2),
            "max": round(max(spent), 2),
        },
        "two_faults": {
            "n": len(two),
            "any": wilson(sum(bool(c.origins & c.case.truth) for c in two), len(two)),
            "exact": wilson(sum(c.origins == c.case.truth for c in two), len(two)),
        },
        "transient": _scores([c for c in confirmed if c.case.transient and c.case.plants]),
        "persistent": _scores([c for c in confirmed if not c.case.transient]),
        "wrong_input": _scores([c for c in confirmed if not c.case.plants]),
        "held_out": _scores([c for c in confirmed if c.case.held_out]),
        "by_kind": _grouped(confirmed, lambda c: c.case.kinds[0]),
        "by_shape": _grouped(confirmed, lambda c: c.case.shape),
        "replayed_byte_for_byte": wilson(sum(replayed), len(replayed)),
        "served_hop_ms": served_hop_ms(),
    }


def _scores(confirmed: Sequence[Confirmed]) -> dict[str, Any]:
    n = len(confirmed)
    return {
        "n": n,
        "top1": wilson(sum(c.hit(1) for c in confirmed), n),
        "top3": wilson(sum(c.hit(3) for c in confirmed), n),
    }


def _grouped(
    confirmed: Sequence[Confirmed], key: Callable[[Confirmed], str]
) -> dict[str, dict[str, Any]]:
    names = sorted({key(c) for c in confirmed})
    return {name: _scores([c for c in confirmed if key(c) == name]) for name in names}


def _counted(confirmed: Sequence[Confirmed], key: Callable[[Confirmed], str]) -> dict[str, int]:
    names = sorted({key(c) for c in confirmed})
    return {name: sum(key(c) == name for c in confirmed) for name in names}


def served_hop_ms(number: int = 500, rounds: int = 5) -> float:
    """Milliseconds a served hop takes over one that is called unrecorded, median of the rounds."""
    from misstep.model import Json
    from misstep.replay.job import Job, RecordedHop, Target
    from misstep.replay.serving import Served
    from misstep.replay.session import HopAsked, Session

    def step(record: dict[str, Json]) -> dict[str, Json]:
        return record

    given = {"reference": "4711", "items": [{"name": "desk lamp", "count": 3, "price": 12.5}] * 5}
    hops = [
        RecordedHop(
            hop_id=f"{i:016x}",
            path="step" if i == 0 else f"step#{i + 1}",
            name="step",
            input={"record": {**given, "n": i}},
            output={**given, "n": i},
            start_unix_nano=i,
            end_unix_nano=i + 1,
        )
        for i in range(number)
    ]
    target = Target(kind="function", module="bench", qualname="step")
    taken: list[float] = []
    for _ in range(rounds):
        session = Session(Job(run_id="0" * 32, target=target, hops=hops))
        started_s = time.perf_counter()
        for hop in hops:
            asked = HopAsked(
                path=hop.path,
                name="step",
                kind="chain",
                effect=False,
                pure=False,
                input=hop.input,
                span_id=hop.hop_id,
                parent_span_id=None,
            )
            Served(session.hop(asked), "step").value(step)
        taken.append((time.perf_counter() - started_s) * 1000 / number)
    return round(statistics.median(taken), 4)
