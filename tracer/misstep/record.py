"""A span while it is being recorded: cheap on the caller's thread, finished by the worker."""

from __future__ import annotations

import os
import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.trace import SpanKind

from misstep import semconv as sc
from misstep.model import Json
from misstep.payload import Capture

_MAX_STACK_CHARS = 8_000


class IdSource:
    """Random trace and span ids; seeded anew in a forked child."""

    def __init__(self) -> None:
        self._random = random.Random(os.urandom(32))  # noqa: S311 - ids need no secrecy
        os.register_at_fork(after_in_child=self.reseed)

    def reseed(self) -> None:
        """Makes this process's ids differ from its parent's."""
        self._random.seed(os.urandom(32))

    def trace_id(self) -> int:
        """A random 128-bit id that is not 0."""
        return self._random.getrandbits(128) or 1

    def span_id(self) -> int:
        """A random 64-bit id that is not 0."""
        return self._random.getrandbits(64) or 1


@dataclass(slots=True)
class Payload:
    """A captured value on its way to the worker, which cuts, redacts and writes it."""

    value: Json
    problems: list[str]


@dataclass(slots=True)
class EventRecord:
    """A span event."""

    name: str
    time_unix_nano: int
    attributes: dict[str, Any]


@dataclass(slots=True)
class SpanRecord:
    """What the caller's thread notes; the worker turns it into a ReadableSpan."""

    trace_id: int
    span_id: int
    parent_id: int
    name: str
    role: str
    kind: SpanKind = SpanKind.INTERNAL
    start_unix_nano: int = field(default_factory=time.time_ns)
    end_unix_nano: int = 0
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[EventRecord] = field(default_factory=list)
    input: Payload | None = None
    output: Payload | None = None
    arguments: Payload | None = None
    error: tuple[str, str] | None = None
    capture: str = "full"
    parent_remote: bool = False
    late: Callable[[SpanRecord], None] | None = None
    """What is left to write, done by the exporter's thread before it builds the span."""

    def event(self, name: str, **attributes: Any) -> None:
        """Adds an event now; keys are given with dots as double underscores where needed."""
        self.events.append(EventRecord(name, time.time_ns(), attributes))

    def fail(self, error: BaseException) -> None:
        """Records the exception as OpenTelemetry does: an event and an error status."""
        kind = type(error)
        name = (
            kind.__qualname__
            if kind.__module__ == "builtins"
            else f"{kind.__module__}.{kind.__qualname__}"
        )
        try:
            message = str(error)
        except Exception:
            message = f"<str() of {name} raised>"
        self.error = (name, message)
        self.events.append(
            EventRecord(
                sc.EVENT_EXCEPTION,
                time.time_ns(),
                {
                    "exception.type": name,
                    "exception.message": message[:20_000],
                    "exception.stacktrace": _stack(error),
                },
            )
        )

    def end(self) -> None:
        """Notes the end; a clock that went back never makes a span end before its start."""
        self.end_unix_nano = max(time.time_ns(), self.start_unix_nano)

    @property
    def weight_bytes(self) -> int:
        """A rough size, for bounding what waits in memory."""
        total = 500
        for payload in (self.input, self.output, self.arguments):
            if payload is not None:
                total += _weight(payload.value, 4)
        for value in self.attributes.values():
            total += len(value) if isinstance(value, str) else 16
        return total


def _weight(value: Json, depth: int) -> int:
    if isinstance(value, str):
        return len(value)
    if depth == 0:
        return 64
    if isinstance(value, dict):
        return sum(_weight(v, depth - 1) + 20 for v in value.values())
    if isinstance(value, list):
        return sum(_weight(v, depth - 1) for v in value[:1000])
    return 16


def _stack(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))[-_MAX_STACK_CHARS:]
    except Exception:
        return "<the traceback could not be formatted>"


def take(value: Any) -> Payload:
    """Captures a value now, before the caller can change it."""
    taking = Capture()
    return Payload(taking.value(value), taking.problems)
