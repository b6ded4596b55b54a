"""Runs a job in a child process and waits for its result."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from misstep.errors import ReplayError
from misstep.replay.job import Job, Result


def execute(job: Job) -> Result:
    """The result of a job; the child is killed when it exceeds the job's time.

    Raises:
        ReplayError: when the child ended without a result or in time did not end.
    """
    with tempfile.TemporaryDirectory(prefix="misstep-replay-") as folder:
        job_path, result_path = Path(folder) / "job.json", Path(folder) / "result.json"
        job = job.model_copy(update={"result_path": str(result_path)})
        job_path.write_text(job.model_dump_json())
        output = _run(job, job_path)
        if not result_path.is_file():
            raise ReplayError(f"the execution ended without a result: {_last_line(output)}")
        return Result.model_validate_json(result_path.read_text())


def _run(job: Job, job_path: Path) -> str:
    python = job.target.python or sys.executable
    folder = job.target.cwd if Path(job.target.cwd).is_dir() else None
    environment = {**os.environ, "PYTHONPATH": _python_path(job)}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, an entry of the local registry
            [python, "-m", "misstep.replay.child", str(job_path)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=job.timeout_s,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReplayError(
            f"the execution took longer than {job.timeout_s:.0f} s and was ended; "
            "a live hop may hang"
        ) from error
    except OSError as error:
        raise ReplayError(f"{python} cannot be started: {error.strerror}") from error
    return done.stderr or done.stdout


def _python_path(job: Job) -> str:
    parts = [job.target.cwd, os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(p for p in parts if p)


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1][:500] if lines else "it printed nothing"
