"""The one place where a replay may step in: asked before a wrapped step or a model call runs.

Outside a replay ``interceptor()`` is None and costs one global read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from misstep import semconv as sc
from misstep.replay.session import Session

_session: Session | None = None
_loading = False


class EntryReached(BaseException):
    """A program that is only being loaded began to work; ``function`` is the pipeline it called.

    Derives from BaseException so that no handler of the program takes it for a failure."""

    def __init__(self, function: Callable[..., Any] | None) -> None:
        super().__init__("the program starts its work when it is loaded")
        self.function = function


def interceptor() -> Session | None:
    """The replay session of this process, if it is executing a job."""
    return _session


def install(session: Session | None) -> None:
    """Makes this process a replay of ``session``'s job (None: an ordinary process again)."""
    global _session
    _session = session


def replaying() -> bool:
    """Whether this process executes jobs: then ``init`` and ``shutdown`` of the program do nothing."""
    return _session is not None or _loading


def describe_run(attributes: dict[str, Any], run_id: str) -> None:
    """Links a replayed run to its source."""
    session = interceptor()
    if session is None:
        return
    session.began(run_id)
    job = session.job
    attributes[sc.REPLAY_OF] = job.run_id
    fork = job.fork or next(iter(job.substitute), None) or next(iter(job.live), None)
    if fork:
        attributes[sc.REPLAY_FORK] = fork
    if job.substitute:
        attributes[sc.REPLAY_SUBSTITUTED] = sorted(job.substitute)


@contextmanager
def loading() -> Iterator[None]:
    """While a program is loaded for a replay none of its pipelines and model calls may run.

    Raises (inside):
        EntryReached: where the program calls one all the same.
    """
    global _loading
    _loading = True
    try:
        yield
    finally:
        _loading = False


def refuse_while_loading(function: Callable[..., Any] | None = None) -> None:
    """Asked where nothing is recorded, before a pipeline or model call runs."""
    if _loading:
        raise EntryReached(function)
