"""The process that executes jobs: ``python -m misstep.replay.child JOB.json``, or ``--serve``.

It runs apart from whoever asked, so that a hop that hangs or exits takes nothing with it. With
``--serve`` it loads each entry once, reads one order a line (``{"job": path, "env": {…}}``), and
answers each from a fork of itself, so that every execution starts from the same fresh state.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import misstep
from misstep import facts, runtime, seam
from misstep import semconv as sc
from misstep.errors import ReplayError
from misstep.export.pipeline import Pipeline
from misstep.replay.entry import load
from misstep.replay.execution import execute
from misstep.replay.job import Happened, Job, Result
from misstep.replay.session import Session


def main(argv: list[str]) -> int:
    """Executes the job in the file named, or serves orders until its input ends."""
    if argv == ["--serve"]:
        serve()
        return 0
    run(read_job(argv[0]))
    return 0


def read_job(path: str) -> Job:
    """The job in a file."""
    return Job.model_validate_json(Path(path).read_text())


def run(job: Job, function: Callable[..., Any] | None = None) -> None:
    """Executes a job and writes its spans and, last, its result."""
    recorder = Recorder(job)
    try:
        execute(recorder.session, function or load(job.target))
    except ReplayError as error:
        recorder.session.result.unrestorable = str(error)
    finally:
        recorder.finish()


class Recorder:
    """Makes this process the replay of a job; what it records stays here until ``finish``.

    So an execution that is stopped half way leaves nothing behind."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._exporter = InMemorySpanExporter()
        seam.install(None)
        misstep.init(
            exporter=self._exporter, service=job.service, version=job.version, tags=job.tags
        )
        self.session = Session(job, progress=_progress(job.progress_path))
        seam.install(self.session)
        running = runtime.active()
        if running is not None:
            running.pipelines.append(cast(Pipeline, _Ends(self.session)))

    def finish(self) -> None:
        """Writes the recorded spans as one OTLP request, then the result."""
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

        seam.install(None)
        misstep.flush(10)
        if self._job.spans_path is not None:
            sent = encode_spans(self._exporter.get_finished_spans())
            Path(self._job.spans_path).write_bytes(sent.SerializeToString())
        misstep.shutdown(2)
        write_result(self._job, self.session.result)


def write_result(job: Job, result: Result) -> None:
    """The result under its name, whole or not at all."""
    draft = Path(job.result_path + ".part")
    draft.write_text(result.model_dump_json())
    draft.replace(job.result_path)


class _Ends:
    """A destination that only tells the session what has ended."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, item: Any) -> None:
        """Told at once, on the thread the hop ended on."""
        role = getattr(item, "role", sc.ROLE_RUN)
        if role != sc.ROLE_RUN:
            parent = f"{item.parent_id:016x}" if item.parent_id else None
            is_call = role == sc.ROLE_CALL
            self._session.ended(item.path or item.name, parent_span_id=parent, is_call=is_call)

    def wake(self) -> None:
        """Nothing waits here."""

    def flush(self, timeout_s: float) -> bool:
        """Nothing waits here."""
        return True

    def close(self, deadline: float) -> None:
        """Nothing waits here."""

    def join(self, deadline: float) -> None:
        """Nothing waits here."""


def _progress(path: str | None) -> Callable[[Happened], None] | None:
    if path is None:
        return None
    file = Path(path).open("a", buffering=1)  # noqa: SIM115 - lives as long as the process

    def tell(happened: Happened) -> None:
        with contextlib.suppress(OSError, ValueError):
            file.write(happened.model_dump_json() + "\n")

    return tell


# --- serving --------------------------------------------------------------------------------


def serve() -> None:
    """Answers orders from standard input on standard output, which the program never sees."""
    orders = os.fdopen(os.dup(0), "r")
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    loaded: dict[str, Callable[..., Any]] = {}
    for line in orders:
        order = json.loads(line)
        job = read_job(order["job"])
        key = job.target.model_dump_json()
        if key not in loaded:
            try:
                loaded[key] = _ready(load(job.target))
            except ReplayError as error:
                write_result(job, Result(unrestorable=str(error)))
                answers.write(json.dumps({"done": 0}) + "\n")
                continue
        if threading.active_count() > 1:
            # A fork would leave those threads, and the locks they hold, behind.
            answers.write(json.dumps({"threads": threading.active_count()}) + "\n")
            continue
        answers.write(json.dumps({"done": _forked(job, loaded[key], order.get("env"))}) + "\n")


def _ready(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with what every fork would find out anew found out once."""
    facts.vcs(facts.folder_of(inspect.unwrap(function)))
    facts.misstep_version()
    return function


def _forked(job: Job, function: Callable[..., Any], environment: dict[str, str] | None) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.environ.update(environment or {})
            run(job, function)
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
