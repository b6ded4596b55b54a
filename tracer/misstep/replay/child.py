"""The process that executes one job: ``python -m misstep.replay.child JOB.json``.

It runs apart from whoever asked, so that a hop that hangs or exits takes nothing with it. The
result is written to the job's ``result_path`` before the process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import os
import runpy
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import misstep
from misstep import seam
from misstep.errors import ReplayError
from misstep.model import ErrorInfo
from misstep.payload import capture
from misstep.replay.job import Job, Target
from misstep.replay.restore import restore_arguments
from misstep.replay.session import Diverged, Session, Unrestorable


def main(argv: list[str]) -> int:
    """Executes the job in the file named; 0 when a result was written."""
    job = Job.model_validate_json(Path(argv[0]).read_text())
    session = Session(job)
    try:
        execute(session)
    finally:
        Path(job.result_path).write_text(session.result.model_dump_json())
    return 0


def execute(session: Session) -> None:
    """Runs the job's entry with the session stepping in; fills ``session.result``."""
    job, result = session.job, session.result
    try:
        function = load(job.target)
        args, kwargs = restore_arguments(inspect.unwrap(function), job.arguments)
    except ReplayError as error:
        result.unrestorable = str(error)
        return
    with _recording(session):
        try:
            value = call(function, args, kwargs)
        except Diverged as error:
            result.divergence = result.divergence or error.divergence
        except Unrestorable as error:
            result.unrestorable = result.unrestorable or str(error)
        except Exception as error:
            result.error = ErrorInfo(type=type(error).__name__, message=str(error))
        else:
            result.outcome, result.returned = capture(value)[0], True


@contextlib.contextmanager
def _recording(session: Session) -> Iterator[None]:
    job = session.job
    if job.endpoint:
        misstep.init(endpoint=job.endpoint)
    elif job.store:
        misstep.init(store=job.store)
    else:
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        misstep.init(exporter=InMemorySpanExporter())
    seam.install(session)
    try:
        yield
    finally:
        seam.install(None)
        misstep.flush(10)
        misstep.shutdown(2)


def load(target: Target) -> Callable[..., Any]:
    """The function a target names, imported as it was when it was registered.

    Raises:
        ReplayError: when it cannot be found any more.
    """
    home = _import(target) if target.kind == "function" else _script_module(target)
    found: Any = home
    for part in (target.qualname or "").split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise ReplayError(
            f"{target.module or target.script} has no {target.qualname} any more: the entry was "
            "moved or renamed. Name it: misstep replay RUN --entry module:function"
        )
    return found  # type: ignore[no-any-return]


def _import(target: Target) -> types.ModuleType:
    try:
        return importlib.import_module(target.module or "")
    except ImportError as error:
        raise ReplayError(
            f"{target.module} cannot be imported from {target.cwd}: {error}. "
            "Run in the folder and environment the pipeline ran in"
        ) from error


def _script_module(target: Target) -> types.ModuleType:
    script = Path(target.script or "")
    if not script.is_file():
        raise ReplayError(
            f"{script} is not there any more. Name the entry: --entry module:function"
        )
    sys.argv = [str(script), *target.argv[1:]]
    sys.path.insert(0, str(script.parent))
    # Under another name than __main__ the script's own start does not run, as with multiprocessing.
    namespace = runpy.run_path(str(script), run_name="__mp_main__")
    module = types.ModuleType("__mp_main__")
    module.__dict__.update(namespace)
    sys.modules["__mp_main__"] = module
    return module


def call(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Calls a function of any kind to its end; generators are exhausted."""
    value = function(*args, **kwargs)
    if inspect.isawaitable(value):
        return asyncio.run(_await(value))
    if inspect.isasyncgen(value):
        return asyncio.run(_drain(value))
    return list(value) if inspect.isgenerator(value) else value


async def _await(value: Any) -> Any:
    return await value


async def _drain(value: Any) -> list[Any]:
    return [item async for item in value]


if __name__ == "__main__":
    os.environ["MISSTEP_REPLAY_CHILD"] = "1"
    sys.exit(main(sys.argv[1:]))
