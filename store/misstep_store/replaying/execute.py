"""Runs jobs in processes of their own and waits for their results.

A function is loaded once, in a process that answers every job from a fork of itself; where the
program started threads while it was loaded, and for whole commands, every job gets a new process.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from misstep.errors import ReplayError
from misstep.replay.job import Happened, Job, Result, Target

_LOOK_S = 0.1
_CHILD = "misstep.replay.child"


class Cancelled(ReplayError):
    """Somebody stopped the execution; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One job executed. ``spans`` is an OTLP request of the run it made, empty when none began;
    ``printed`` is the last line the program wrote."""

    result: Result
    spans: bytes
    seconds: float
    printed: str = ""


class Executor:
    """Executes jobs of one target, one after the other; close it, or use ``with``.

    Args:
        environment: variables beside the caller's own.
        cancelled: setting it ends the running job with :class:`Cancelled`.
        progress: told what the running job does, hop by hop.
    """

    def __init__(
        self,
        target: Target,
        *,
        environment: Mapping[str, str] | None = None,
        cancelled: threading.Event | None = None,
        progress: Callable[[Happened], None] | None = None,
    ) -> None:
        self._target = target
        self._environment = dict(environment or {})
        self._cancelled = cancelled or threading.Event()
        self._progress = progress or (lambda _: None)
        self._folder = Path(tempfile.mkdtemp(prefix="misstep-replay-"))
        self._log = (self._folder / "output.txt").open("w+b")
        self._warm: subprocess.Popen[bytes] | None = None
        self._forks = target.kind != "command" and hasattr(os, "fork")
        self._count = 0
        self._last = ""

    def run(self, job: Job, *, environment: Mapping[str, str] | None = None) -> Execution:
        """The job's result.

        Raises:
            ReplayError: it took longer than its time, or ended without a result.
            Cancelled: it was stopped.
        """
        self._count += 1
        path = self._folder / str(self._count)
        job = job.model_copy(
            update={
                "result_path": f"{path}.result",
                "spans_path": f"{path}.spans",
                "progress_path": f"{path}.progress",
            }
        )
        Path(f"{path}.job").write_text(job.model_dump_json())
        started_s = time.perf_counter()
        watch = _Watch(job, self._cancelled, self._told)
        if self._forks:
            self._forks = self._ask(job, path, watch, environment or {})
        if not self._forks:
            self._start_and_wait(job, path, watch, environment or {})
        execution = self._read(path, time.perf_counter() - started_s)
        for ending in ("job", "result", "spans", "progress"):
            Path(f"{path}.{ending}").unlink(missing_ok=True)
        return execution

    def _read(self, path: Path, seconds: float) -> Execution:
        result, spans = Path(f"{path}.result"), Path(f"{path}.spans")
        if not result.is_file():
            raise ReplayError(f"the execution ended without a result: {self._last_line()}")
        return Execution(
            Result.model_validate_json(result.read_text()),
            spans.read_bytes() if spans.is_file() else b"",
            seconds,
            self._last_line(),
        )

    def _told(self, line: str) -> None:
        happened = Happened.model_validate_json(line)
        if happened.what != "done":
            self._last = happened.text
        self._progress(happened)

    # --- one process that forks -----------------------------------------------------------

    def _ask(self, job: Job, path: Path, watch: _Watch, environment: Mapping[str, str]) -> bool:
        """Has the waiting process execute it; False when it may not fork."""
        if self._warm is None or self._warm.poll() is not None:
            self._warm = self._start([self._python(), "-m", _CHILD, "--serve"], {}, pipes=True)
        order = json.dumps({"job": f"{path}.job", "env": dict(environment)})
        orders, answers = self._warm.stdin, self._warm.stdout
        if orders is None or answers is None:
            raise ReplayError("the executing process could not be reached")
        try:
            orders.write(order.encode() + b"\n")
            orders.flush()
            answer = self._answer(answers, watch)
        except BrokenPipeError:
            answer = {}
        except BaseException as error:
            self._stop_warm()
            raise self._named(error) from None
        if not answer:
            self._stop_warm()
        return "threads" not in answer

    def _answer(self, answers: IO[bytes], watch: _Watch) -> dict[str, int]:
        with selectors.DefaultSelector() as selector:
            selector.register(answers, selectors.EVENT_READ)
            while not selector.select(_LOOK_S):
                watch.look()
        watch.look()
        line = answers.readline()
        return json.loads(line) if line else {}

    def _stop_warm(self) -> None:
        if self._warm is not None:
            _kill(self._warm)
            self._warm = None

    # --- a process a job --------------------------------------------------------------------

    def _start_and_wait(
        self, job: Job, path: Path, watch: _Watch, environment: Mapping[str, str]
    ) -> None:
        if self._target.kind == "command":
            started = self._start(self._target.argv, {**environment, **boot(job, path)})
        else:
            started = self._start([self._python(), "-m", _CHILD, f"{path}.job"], environment)
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    started.wait(_LOOK_S)
                    break
                watch.look()
            watch.look()
        except BaseException as error:
            raise self._named(error) from None
        finally:
            _kill(started)

    def _start(
        self, argv: Sequence[str], more: Mapping[str, str], *, pipes: bool = False
    ) -> subprocess.Popen[bytes]:
        folder = self._target.cwd
        if not Path(folder).is_dir():
            raise ReplayError(f"{folder}, where this program ran, is not there any more")
        environment = {**os.environ, **self._environment}
        parts = [*self._target.path, folder, environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(p for p in parts if p))
        environment["MISSTEP_REPLAY_CHILD"] = "1"
        if "MISSTEP_BOOT" in more:
            environment["PYTHONPATH"] = os.pathsep.join(
                p for p in (more["PYTHONPATH"], environment["PYTHONPATH"]) if p
            )
            more = {k: v for k, v in more.items() if k != "PYTHONPATH"}
        try:
            return subprocess.Popen(  # noqa: S603 - our own module, or an entry of the registry
                list(argv),
                cwd=folder,
                env={**environment, **more},
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else self._log,
                stderr=self._log,
                start_new_session=True,
            )
        except OSError as error:
            raise ReplayError(f"{argv[0]} cannot be started: {error.strerror}") from error

    # --- the rest ---------------------------------------------------------------------------

    def _python(self) -> str:
        return self._target.python or sys.executable

    def _named(self, error: BaseException) -> BaseException:
        if isinstance(error, _TooLongError):
            doing = f" while {self._last}" if self._last else ""
            return ReplayError(
                f"the execution took longer than {error.seconds:.0f} s{doing} and was ended; "
                "give it more time with --timeout, or serve that hop from the recording"
            )
        return error

    def _last_line(self) -> str:
        self._log.flush()
        text = Path(self._log.name).read_bytes()[-20_000:].decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1][:500] if lines else "it printed nothing"

    def close(self) -> None:
        """Ends what runs and removes its files; safe to call twice."""
        self._stop_warm()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Executor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def boot(job: Job, path: Path) -> dict[str, str]:
    """The environment in which a command's Python processes replay, as ``misstep run`` makes it."""
    import misstep.command.run as run

    return {
        "MISSTEP_BOOT": "1",
        "MISSTEP_BOOT_COMMAND": "\x1f".join(job.target.argv),
        "MISSTEP_REPLAY_JOB": f"{path}.job",
        "PYTHONPATH": str(run.BOOT),
    }


class _TooLongError(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _Watch:
    """What is looked at while a job runs: its progress, its time, and whether it is still wanted."""

    def __init__(
        self, job: Job, cancelled: threading.Event, progress: Callable[[str], None]
    ) -> None:
        self._limit_s = job.timeout_s
        self._deadline_s = time.monotonic() + job.timeout_s
        self._cancelled = cancelled
        self._progress = progress
        self._path = Path(job.progress_path or "")
        self._read = 0

    def look(self) -> None:
        """Passes progress on.

        Raises:
            Cancelled: nobody wants it any more.
        """
        with contextlib.suppress(OSError), self._path.open() as file:
            file.seek(self._read)
            text = file.read()
            whole = text[: text.rfind("\n") + 1]
            self._read += len(whole.encode())
            for line in whole.splitlines():
                self._progress(line)
        if self._cancelled.is_set():
            raise Cancelled("the execution was stopped; nothing of it was kept")
        if time.monotonic() > self._deadline_s:
            raise _TooLongError(self._limit_s)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and everything it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
