"""The one place where a replay may step in: asked before a wrapped step or a model call runs.

Outside a replay ``interceptor()`` is None and costs one global read."""

from __future__ import annotations

from misstep.replay.session import Session

_session: Session | None = None


def interceptor() -> Session | None:
    """The replay session of this process, if it is executing a job."""
    return _session


def install(session: Session | None) -> None:
    """Makes this process a replay of ``session``'s job (None: an ordinary process again)."""
    global _session
    _session = session
