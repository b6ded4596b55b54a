"""One replay: the plan, the execution, and the run it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from misstep.errors import ReplayError
from misstep.model import RunDetail
from misstep.payload import canonical_json
from misstep.replay.job import Happened, Job, ReplayDivergence, Result
from misstep.replay.matching import differences, quote
from misstep_store.replaying.execute import Execution, Executor
from misstep_store.replaying.home import Home, detail_of
from misstep_store.replaying.jobs import Asked, Permission, make_job
from misstep_store.replaying.oracle import unreached
from misstep_store.replaying.recordings import RunRecording


class Replayed(RunDetail):
    """The run a replay made, with its hops, and where it left its recording, if it did."""

    divergence: ReplayDivergence | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A replay that may start."""

    source: RunDetail
    recording: RunRecording
    job: Job
    asked: Asked


def prepare(
    home: Home, run_id: str, asked: Asked, *, permission: Permission | None = None
) -> Prepared:
    """Everything a replay needs, nothing executed.

    Raises:
        ReplayError: the run cannot be executed here.
        NotFound: there is no such run.
    """
    source, recording = home.source(run_id)
    job = make_job(run_id, recording, asked, hops=source.hops, permission=permission)
    return Prepared(source, recording, job, asked)


def perform(
    home: Home,
    prepared: Prepared,
    *,
    progress: Callable[[Happened], None] | None = None,
    cancelled: Event | None = None,
) -> Replayed:
    """Executes it and stores the run it makes; the source stays as it is.

    Raises:
        ReplayError: it took too long, ended without a result, a value could not be restored, or
            the other end of a live hop could not be reached.
    """
    with Executor(prepared.job.target, cancelled=cancelled, progress=progress) as executor:
        done = executor.run(prepared.job)
    result = done.result
    if result.run_id is None:
        raise ReplayError(why_none(done))
    if result.unrestorable is not None:
        raise ReplayError(result.unrestorable)
    away = unreached(result, prepared.recording.error)
    if away is not None:
        raise ReplayError(f"{away} Nothing of this replay was kept")
    home.take_in(done.spans)
    detail = detail_of(home, result.run_id)
    divergence = result.divergence or _otherwise(prepared, result)
    return Replayed(
        **{n: getattr(detail, n) for n in RunDetail.model_fields}, divergence=divergence
    )


def why_none(done: Execution) -> str:
    """Why an execution made no run, and what to do."""
    result = done.result
    if result.unrestorable is not None:
        return result.unrestorable
    if result.divergence is not None:
        return result.divergence.message
    if result.error is not None:
        return f"the entry raised before its run began: {result.error.type}: {result.error.message}"
    return (
        "the execution made no run: the entry is no @misstep.pipeline any more, and no model call "
        f"of it was seen; the last line it printed: {done.printed}. Mend that, or name another "
        "with --entry module:function or -- CMD"
    )


def _otherwise(prepared: Prepared, result: Result) -> ReplayDivergence | None:
    """Everything was served as recorded, and yet the outcome is another one."""
    if prepared.asked.executes or prepared.job.changed_arguments:
        return None
    recording = prepared.recording
    if recording.error is not None or result.error is not None:
        before = recording.error.type if recording.error else "no error"
        now = result.error.type if result.error else "no error"
        if before == now:
            return None
        differs = [{"field": "error", "recorded": before, "now": now}]
    elif canonical_json(recording.output) == canonical_json(result.outcome):
        return None
    else:
        differs = differences(recording.output, result.outcome, at="output")
    first = differs[0]
    return ReplayDivergence(
        name="outcome",
        path="",
        matched=["every hop"],
        differs=differs[:20],
        message=f"every hop was served as recorded, but the outcome differs: {first['field']} was "
        f"{quote(first['recorded'])} and is now {quote(first['now'])}; "
        "code between the hops changed, or depends on something that is not recorded "
        "(see misstep.recorded).",
    )
