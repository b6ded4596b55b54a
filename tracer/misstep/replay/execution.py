"""Calling the entry with a session stepping in, and reading the outcome."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Callable
from typing import Any

from misstep import runtime
from misstep.errors import ReplayError
from misstep.model import ErrorInfo, Json
from misstep.payload import capture
from misstep.replay.restore import restore_arguments
from misstep.replay.session import Diverged, Session, Unrestorable


def execute(session: Session, function: Callable[..., Any]) -> None:
    """Runs the job's entry with the session stepping in; fills ``session.result``."""
    job, result = session.job, session.result
    try:
        args, kwargs = restore_arguments(inspect.unwrap(function), job.arguments)
    except ReplayError as error:
        result.unrestorable = str(error)
        return
    try:
        value = call(function, args, kwargs)
    except Diverged as error:
        result.divergence = result.divergence or error.divergence
    except Unrestorable as error:
        result.unrestorable = result.unrestorable or str(error)
    except Exception as error:
        result.error = error_of(error)
    else:
        result.outcome, result.returned = outcome_of(value), True
        check(session, value)


def error_of(error: BaseException) -> ErrorInfo:
    """An exception as it is recorded: its class by its full name, and its message."""
    kind = type(error)
    home = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return ErrorInfo(type=f"{home}{kind.__qualname__}", message=str(error))


def outcome_of(value: Any) -> Json:
    """A return value as a run records it: captured and redacted."""
    captured = capture(value)[0]
    running = runtime.active()
    return captured if running is None else running.builder.redactor.value(captured, "output")[0]


def call(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Calls a function of any kind to its end; a generator gives its items, joined if all text."""
    value = function(*args, **kwargs)
    if inspect.isawaitable(value):
        return asyncio.run(_await(value))
    if inspect.isasyncgen(value):
        return _joined(asyncio.run(_drain(value)))
    return _joined(list(value)) if inspect.isgenerator(value) else value


def _joined(items: list[Any]) -> Any:
    if items and all(isinstance(item, str) for item in items):
        return "".join(items)
    return items


async def _await(value: Any) -> Any:
    return await value


async def _drain(value: Any) -> list[Any]:
    return [item async for item in value]


def check(session: Session, value: Any) -> None:
    """Asks the job's check about the outcome: None or True is good, False or a text is bad.

    The function is given the value itself; where it cannot use that, its JSON."""
    job, result = session.job, session.result
    if job.check is None:
        return
    try:
        function = _check_function(job.check, job.check_folder)
        try:
            told = function(value)
        except Exception:
            if result.outcome == value:
                raise
            told = function(result.outcome)
    except Exception as error:  # the user's own check
        result.check_note = f"the check {job.check} failed: {type(error).__name__}: {error}"
        return
    result.checked = told is None or told is True
    result.check_note = told if isinstance(told, str) else None


def _check_function(named: str, folder: str | None) -> Callable[[Any], Any]:
    module, _, name = named.partition(":")
    if folder and folder not in sys.path:
        sys.path.insert(0, folder)
    function: Any = importlib.import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    return function  # type: ignore[no-any-return]
