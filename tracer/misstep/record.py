"""A span while it is being recorded: cheap on the caller's thread, finished by the worker."""

from __future__ import annotations

import os
import random
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.trace import SpanKind

from misstep import semconv as sc
from misstep.contracts import Violation
from misstep.site import Site
from misstep.snapshot import Payload, take

_MAX_STACK_CHARS = 8_000
_MAX_MESSAGE_CHARS = 20_000
MAX_EVENTS = 1_000

now_ns = time.time_ns


class IdSource:
    """Random trace and span ids; seeded anew in a forked child."""

    def __init__(self) -> None:
        self._random = random.Random(os.urandom(32))  # noqa: S311 - ids need no secrecy
        self._bits = self._random.getrandbits
        os.register_at_fork(after_in_child=self.reseed)

    def reseed(self) -> None:
        """Makes this process's ids differ from its parent's."""
        self._random.seed(os.urandom(32))

    def trace_id(self) -> int:
        """A random 128-bit id that is not 0."""
        return self._bits(128) or 1

    def span_id(self) -> int:
        """A random 64-bit id that is not 0."""
        return self._bits(64) or 1


class EventRecord:
    """A span event."""

    __slots__ = ("attributes", "name", "time_unix_nano")

    def __init__(self, name: str, time_unix_nano: int, attributes: dict[str, Any]) -> None:
        self.name = name
        self.time_unix_nano = time_unix_nano
        self.attributes = attributes


class SpanRecord:
    """What the caller's thread notes; the worker turns it into a ReadableSpan.

    ``site`` holds what is the same for every call of a wrapped function, ``attributes`` the rest.
    """

    __slots__ = (
        "arguments",
        "attributes",
        "built",
        "capture",
        "end_unix_nano",
        "error",
        "events",
        "input",
        "kind",
        "late",
        "left_out_bytes",
        "local_root",
        "name",
        "output",
        "parent_id",
        "parent_remote",
        "path",
        "role",
        "site",
        "span_id",
        "start_unix_nano",
        "trace_id",
    )

    def __init__(
        self,
        trace_id: int,
        span_id: int,
        parent_id: int,
        name: str,
        role: str,
        *,
        capture: str = "full",
        parent_remote: bool = False,
    ) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.parent_id = parent_id
        self.name = name
        self.role = role
        self.capture = capture
        self.parent_remote = parent_remote
        self.kind = SpanKind.INTERNAL
        self.path = ""
        self.site: Site | None = None
        self.attributes: dict[str, Any] = {}
        self.events: list[EventRecord] = []
        self.input: Payload | None = None
        self.output: Payload | None = None
        self.arguments: Payload | None = None
        self.error: tuple[str, str] | None = None
        self.end_unix_nano = 0
        self.left_out_bytes = 0
        self.local_root = False
        self.late: Callable[[SpanRecord], None] | None = None
        """Called by the worker before the span is built: what is left to do."""
        self.built: bytes | None = None
        self.start_unix_nano = now_ns()

    def event(self, name: str, **attributes: Any) -> None:
        """Adds an event now; from the :data:`MAX_EVENTS` th on they are only counted."""
        if len(self.events) < MAX_EVENTS:
            self.events.append(EventRecord(name, now_ns(), attributes))
        else:
            dropped = self.attributes.get(sc.EVENTS_DROPPED, 0)
            self.attributes[sc.EVENTS_DROPPED] = dropped + 1

    def add_findings(self, violations: Iterable[Violation]) -> None:
        """Records violated contracts, each as an event."""
        for rule, message, path, strict in violations:
            attributes: dict[str, Any] = {
                sc.FINDING_RULE: rule,
                sc.FINDING_MESSAGE: message[:2000],
                sc.FINDING_STRICT: strict,
            }
            if path:
                attributes[sc.FINDING_PATH] = path
            self.event(sc.EVENT_FINDING, **attributes)

    def fail(self, error: BaseException) -> None:
        """Records the exception as OpenTelemetry does: an event and an error status."""
        name = type_name(type(error))
        try:
            message = str(error)
        except Exception:
            message = f"<str() of {name} raised>"
        self.error = (name, message[:_MAX_MESSAGE_CHARS])
        # Formatted now: keeping the traceback would keep the program's frames and objects alive.
        attributes = {
            "exception.type": name,
            "exception.message": message[:_MAX_MESSAGE_CHARS],
            "exception.stacktrace": _stack(error),
        }
        self.events.append(EventRecord(sc.EVENT_EXCEPTION, now_ns(), attributes))

    def end(self) -> None:
        """Notes the end; a clock that went back never makes a span end before its start."""
        end = now_ns()
        self.end_unix_nano = end if end > self.start_unix_nano else self.start_unix_nano

    @property
    def weight_bytes(self) -> int:
        """A rough size, for bounding what waits in memory."""
        total = 500
        if self.input is not None:
            total += self.input.weight_bytes
        if self.output is not None:
            total += self.output.weight_bytes
        for value in self.attributes.values():
            total += len(value) if type(value) is str else 16
        return total

    def leave_out_payloads(self) -> None:
        """Lets go of what makes the record heavy; the span says that it was left out, and how big."""
        self.left_out_bytes = self.weight_bytes
        self.input = self.output = self.arguments = self.late = None
        for key in sc.PAYLOAD_KEYS:
            self.attributes.pop(key, None)


def type_name(kind: type) -> str:
    """``ValueError``, ``package.module.Problem``."""
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _stack(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))[-_MAX_STACK_CHARS:]
    except Exception:
        return "<the traceback could not be formatted>"


__all__ = ["EventRecord", "IdSource", "Payload", "SpanRecord", "take", "type_name"]
