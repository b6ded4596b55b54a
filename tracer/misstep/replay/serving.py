"""Between a wrapper and the replay session: what is asked, and the value that is served."""

from __future__ import annotations

import builtins
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from typing import Any

from misstep import semconv as sc
from misstep.errors import ReplayError
from misstep.hops import Call
from misstep.model import ErrorInfo, Json
from misstep.replay.restore import restore, return_annotation
from misstep.replay.session import UNANSWERED, HopAnswer, HopAsked, Unrestorable
from misstep.seam import interceptor


@dataclass(frozen=True, slots=True)
class Served:
    """A recorded answer that takes the place of the user's code."""

    answer: HopAnswer
    name: str

    def value(self, function: Callable[..., Any]) -> Any:
        """The answer as the function would have returned it; raises what it would have raised."""
        if self.answer.action == "fail":
            raise rebuilt(self.answer.error)
        if self.answer.source == UNANSWERED:
            return None  # whatever the function is declared to return
        return _restored(self.answer.value, function, self.name)

    def items(self, function: Callable[..., Any]) -> Generator[Any, None, None]:
        """The answer as a generator: its items, or a joined text as one item."""
        if self.answer.action == "fail":
            raise rebuilt(self.answer.error)
        value = self.answer.value if self.answer.source != UNANSWERED else []
        for item in value if isinstance(value, list) else [value]:
            yield _restored(item, function, self.name)

    async def async_items(self, function: Callable[..., Any]) -> AsyncGenerator[Any, None]:
        """As :meth:`items`, asynchronously."""
        for item in self.items(function):
            yield item


def ask(call: Call, function: Callable[..., Any]) -> Served | None:
    """The recorded answer for this call, or None when its code is to run."""
    session = interceptor()
    record = call.record
    if session is None or call.is_run:
        return None
    given = record.input.value if record.input is not None else None
    answer = session.hop(
        HopAsked(
            path=call.frame.path,
            name=call.spec.name or function.__name__,
            kind=call.spec.kind,
            effect=call.spec.effect,
            pure=call.spec.pure,
            input=call.running.builder.redactor.value(given, "input")[0],
            span_id=f"{record.span_id:016x}",
            parent_span_id=f"{record.parent_id:016x}" if record.parent_id else None,
        )
    )
    if answer.action == "run":
        return None
    record.attributes[sc.REPLAY_SERVED] = True
    return Served(answer, call.frame.path)


def _restored(value: Json, function: Callable[..., Any], name: str) -> Any:
    try:
        return restore(value, return_annotation(function), name=name)
    except ReplayError as error:
        session = interceptor()
        if session is not None and session.result.unrestorable is None:
            session.result.unrestorable = str(error)
        raise Unrestorable(str(error)) from error


def rebuilt(error: ErrorInfo | None) -> Exception:
    """A recorded exception again: its own class where that takes one message, else RuntimeError."""
    if error is None:
        return RuntimeError("a recorded failure without details")
    kind = _class_of(error.type)
    if kind is not None:
        try:
            return kind(error.message)
        except Exception:  # the class wants other arguments
            return RuntimeError(f"{error.type}: {error.message}")
    return RuntimeError(f"{error.type}: {error.message}")


def _class_of(name: str) -> type[Exception] | None:
    # Only modules that are loaded already are looked at: a recording never makes us import one.
    module, _, attribute = name.rpartition(".")
    home = sys.modules.get(module) if module else builtins
    kind = getattr(home, attribute, None)
    return kind if isinstance(kind, type) and issubclass(kind, Exception) else None
