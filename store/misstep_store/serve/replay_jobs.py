"""Replays and bisects that the API started: one at a time, each with a time limit, cancellable."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, Field

from misstep.errors import MisstepError, NotFound
from misstep.model import Diagnosis, Json, Trial
from misstep.replay.job import Happened, ReplayDivergence
from misstep_store.replaying.execute import Cancelled

logger = logging.getLogger("misstep.serve")

JOB_LIMIT_S = 1800.0
_KEPT = 200
_SHOWN_HOPS = 500
_WAITING = 20


class JobHop(BaseModel):
    """A hop of the execution that goes on: ``name`` is its path; served ones are done at once."""

    name: str
    served: bool
    done: bool


class JobState(BaseModel):
    """A job as ``GET /api/jobs/{job}`` answers it. ``run_id`` is the source run, ``new_run_id`` the
    run that is being made, known as soon as it began, ``result_run_id`` the one that was stored;
    ``message`` says what goes on now, or how it ended.

    ``hops`` are those of the present execution (of a bisect: of the trial) in the order they began,
    ``hops_done`` counts the ended ones, ``hops_total`` how many are expected.
    """

    job: str
    kind: Literal["replay", "bisect"]
    state: Literal["running", "done", "failed", "cancelled"] = "running"
    run_id: str
    new_run_id: str | None = None
    result_run_id: str | None = None
    hops: list[JobHop] = Field(default_factory=list)
    hops_done: int = 0
    hops_total: int | None = None
    trials: list[Trial] = Field(default_factory=list)
    diagnosis: Diagnosis | None = None
    divergence: ReplayDivergence | None = None
    message: str = "waiting for the job before"
    plan: dict[str, Json] | None = None


class Watched:
    """A running job's own view of its state."""

    def __init__(self, state: JobState) -> None:
        self.state = state
        self.cancelled = threading.Event()
        self.too_long = False

    def progress(self, happened: Happened) -> None:
        """Says what goes on."""
        state = self.state
        if happened.what == "run":
            state.new_run_id, state.hops, state.hops_done = happened.name, [], 0
        elif happened.what == "done":
            state.hops_done += 1
            open_ = (i for i, h in enumerate(state.hops) if h.name == happened.name and not h.done)
            at = next(open_, None)
            if at is not None:
                ended = state.hops[at].model_copy(update={"done": True})
                state.hops = [*state.hops[:at], ended, *state.hops[at + 1 :]]
        elif len(state.hops) < _SHOWN_HOPS:
            began = JobHop(name=happened.name, served=happened.what == "served", done=False)
            state.hops = [*state.hops, began]
        if happened.what != "done":
            state.message = happened.text

    def trial(self, trial: Trial) -> None:
        """Adds a finished trial."""
        self.state.trials = [*self.state.trials, trial]

    def end_after_limit(self) -> None:
        """Ends a job that takes too long."""
        self.too_long = True
        self.cancelled.set()


Work = Callable[[Watched], None]


class Jobs:
    """All jobs of a server. Executions run in child processes of their own."""

    def __init__(self, *, limit_s: float = JOB_LIMIT_S) -> None:
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._jobs: OrderedDict[str, Watched] = OrderedDict()
        self._threads: set[threading.Thread] = set()

    def start(
        self, kind: Literal["replay", "bisect"], run_id: str, work: Work, plan: dict[str, Json]
    ) -> JobState:
        """A job that does ``work`` on a thread.

        Raises:
            MisstepError: too many wait already.
        """
        watched = Watched(JobState(job=secrets.token_hex(8), kind=kind, run_id=run_id, plan=plan))
        with self._lock:
            waiting = [w for w in self._jobs.values() if w.state.state == "running"]
            if len(waiting) >= _WAITING:
                raise MisstepError(f"{len(waiting)} jobs wait already; cancel one or try later")
            self._jobs[watched.state.job] = watched
            while len(self._jobs) > _KEPT and self._oldest_ended():
                pass
            thread = threading.Thread(
                target=self._run, args=(watched, work), name="misstep-replay", daemon=True
            )
            self._threads.add(thread)
        thread.start()
        return watched.state

    def _oldest_ended(self) -> bool:
        ended = next((k for k, w in self._jobs.items() if w.state.state != "running"), None)
        if ended is None:
            return False
        del self._jobs[ended]
        return True

    def _run(self, watched: Watched, work: Work) -> None:
        try:
            with self._turn:
                self._do(watched, work)
        finally:
            self._threads.discard(threading.current_thread())

    def _do(self, watched: Watched, work: Work) -> None:
        state = watched.state
        timer = threading.Timer(self._limit_s, watched.end_after_limit)
        timer.daemon = True
        timer.start()
        try:
            if watched.cancelled.is_set():
                raise Cancelled("the job was cancelled before it began")
            state.message = "starting"
            work(watched)
            state.state = "done"
        except Cancelled as error:
            state.message, state.state = str(error), "cancelled"
            if watched.too_long:
                state.message = f"the job took longer than {self._limit_s:.0f} s and was ended"
                state.state = "failed"
        except MisstepError as error:
            state.message, state.state = str(error), "failed"
        except Exception:
            logger.exception("job %s failed", state.job)
            state.message, state.state = "misstep failed on this job; see its log", "failed"
        finally:
            timer.cancel()

    def get(self, job: str) -> JobState:
        """A job's state.

        Raises:
            NotFound: there is none of that id.
        """
        with self._lock:
            watched = self._jobs.get(job)
        if watched is None:
            raise NotFound(f"there is no job {job!r}; a server forgets its jobs when it ends")
        return watched.state

    def cancel(self, job: str) -> JobState:
        """Ends a job; its child process is killed, and nothing of its last execution is kept."""
        self.get(job)
        self._jobs[job].cancelled.set()
        return self.get(job)

    def close(self) -> None:
        """Ends all jobs and waits for them."""
        with self._lock:
            running = list(self._jobs.values())
            threads = list(self._threads)
        for watched in running:
            watched.cancelled.set()
        for thread in threads:
            thread.join(30)
