"""A whole process as one run: opened at the first model call, closed when the process ends."""

from __future__ import annotations

import atexit
import io
import os
import sys
import threading
from pathlib import Path
from typing import Any

import misstep
from misstep import facts, guard, runtime, seam
from misstep import semconv as sc
from misstep.context import Frame, ambient
from misstep.replay.job import Job
from misstep.replay.session import Session
from misstep.snapshot import take
from misstep.termination import before_exit, deliver_on_sigterm

_MAX_STDOUT_CHARS = 1_000_000


class ProcessRun:
    """The run of this process; a ``pipeline`` called in it is a run of its own instead."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._stdout = _Tee(sys.stdout) if sys.stdout is not None else None
        if self._stdout is not None:
            sys.stdout = self._stdout

    def frame(self) -> Frame | None:
        """The open run, opened now if need be; None once this process is a fork without one."""
        running = runtime.active()
        if running is None:
            return None
        if self._pid != os.getpid():  # a forked worker is a run of its own
            self._pid, self._frame, self._lock = os.getpid(), None, threading.Lock()
        with self._lock:  # first calls may be made side by side
            return self._open(running)

    def _open(self, running: runtime.Runtime) -> Frame:
        if self._frame is None:
            name = _name()
            self._frame = running.start(name, role=sc.ROLE_RUN)
            self._frame.run.pipeline = name
            attributes = self._frame.record.attributes
            attributes[sc.PIPELINE] = name
            attributes[sc.ENTRY] = os.environ.get("MISSTEP_BOOT_COMMAND", "").replace("\x1f", " ")
            attributes |= facts.place()
            attributes[sc.ENTRY_FOLDER] = str(Path.cwd())
            self._frame.record.input = take({"argv": list(sys.argv)})
            self._frame.record.arguments = take({"args": list(sys.argv[1:]), "kwargs": {}})
            seam.describe_run(attributes, self._frame.run.run_id)
        return self._frame

    def end(self) -> None:
        """Closes the run with what was printed as its output."""
        running = runtime.active()
        if running is None or self._frame is None or self._pid != os.getpid():
            return
        with guard.quietly("ending a process run"):
            record = self._frame.record
            if self._stdout is not None:
                record.output = take(self._stdout.text())
            error = getattr(sys, "last_value", None)
            if isinstance(error, BaseException) and not isinstance(error, SystemExit):
                record.fail(error)
            running.finish(record)
            self._frame = None

    def text(self) -> str:
        """What the process printed so far."""
        return self._stdout.text() if self._stdout is not None else ""


class _Tee(io.TextIOBase):
    """Standard output that remembers its text; everything else is the real one's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._parts: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        """Passes on and remembers."""
        if self._size < _MAX_STDOUT_CHARS:
            self._parts.append(text)
            self._size += len(text)
        return int(self._inner.write(text))

    def text(self) -> str:
        """What was written so far."""
        return "".join(self._parts)

    def flush(self) -> None:
        """Passes on."""
        self._inner.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def fileno(self) -> int:
        """The real one's."""
        return int(self._inner.fileno())

    def isatty(self) -> bool:
        """The real one's."""
        return bool(self._inner.isatty())

    def writable(self) -> bool:
        """Yes."""
        return True


def _name() -> str:
    argv = os.environ.get("MISSTEP_BOOT_COMMAND", "").split("\x1f")
    scripts = [a for a in argv if a.endswith(".py")]
    if scripts:
        return Path(scripts[0]).stem
    if "-m" in argv[:-1]:
        return argv[argv.index("-m") + 1]
    return Path(argv[0]).name if argv and argv[0] else "program"


def record_process() -> None:
    """Starts recording this process as ``misstep run`` asked."""
    if os.environ.get("MISSTEP_REPLAY_JOB"):
        _replay_process(os.environ["MISSTEP_REPLAY_JOB"])
        return
    endpoint = os.environ.get("MISSTEP_BOOT_ENDPOINT")
    store = os.environ.get("MISSTEP_BOOT_STORE")
    misstep.init(
        endpoint=endpoint, store=store, service=os.environ.get("OTEL_SERVICE_NAME") or _name()
    )
    process = ProcessRun()
    ambient(process.frame)
    # atexit runs last-registered first: the run ends before the tracer shuts down.
    atexit.register(process.end)
    before_exit(process.end)
    deliver_on_sigterm()


def _replay_process(path: str) -> None:
    """Makes this process the replay of a recorded one; another process of the same command may
    make no model call at all, since nothing recorded belongs to it."""
    from misstep.replay.child import Recorder, read_job
    from misstep.replay.execution import check, error_of, outcome_of

    job = read_job(path)
    if not _is_meant(job.argv):
        seam.install(Session(Job(run_id=job.run_id, target=job.target)))
        return
    recorder = Recorder(job)
    process = ProcessRun()
    ambient(process.frame)

    ended: list[bool] = []

    def end() -> None:
        if ended:
            return
        ended.append(True)
        result = recorder.session.result
        process.end()
        error = getattr(sys, "last_value", None)
        if isinstance(error, Exception):
            result.error = error_of(error)
        elif error is None or isinstance(error, SystemExit):
            result.outcome, result.returned = outcome_of(process.text()), True
            check(recorder.session, process.text())
        recorder.finish()

    atexit.register(end)
    before_exit(end)


def _is_meant(argv: list[str] | None) -> bool:
    if argv is None:
        return True
    started = sys.orig_argv
    tail = argv[1:]
    if tail and started[-len(tail) :] != tail:
        return False
    name = Path(argv[0]).name
    return argv[0] in ("", "-c", "-m") or any(
        name in (Path(a).name, f"{a.rpartition('.')[2]}.py", "__main__.py") for a in started
    )
