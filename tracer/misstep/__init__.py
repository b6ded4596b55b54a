"""misstep: record every model hop of a pipeline and find where it first went wrong.

::

    import misstep

    misstep.init(store="traces.duckdb")

    @misstep.pipeline
    def answer(ticket: str) -> str: ...

    @misstep.hop(kind="llm")
    def extract(ticket: str) -> dict: ...

``import misstep`` is cheap: OpenTelemetry is loaded by the first call that records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from misstep.api import (
        attempts,
        dropped,
        flush,
        init,
        instrument,
        mark,
        recorded,
        shutdown,
        state,
        uninstrument,
    )
    from misstep.context import current_run_id
    from misstep.decorators import hop, pipeline, run
    from misstep.propagation import headers, join
    from misstep.redact import Redactor

__all__ = [
    "Redactor",
    "attempts",
    "current_run_id",
    "dropped",
    "flush",
    "headers",
    "hop",
    "init",
    "instrument",
    "join",
    "mark",
    "pipeline",
    "recorded",
    "run",
    "shutdown",
    "state",
    "uninstrument",
]

_HOMES = {
    "hop": "decorators",
    "pipeline": "decorators",
    "run": "decorators",
    "current_run_id": "context",
    "headers": "propagation",
    "join": "propagation",
    "Redactor": "redact",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'misstep' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"misstep.{_HOMES.get(name, 'api')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
