"""Steps that a framework announces by callbacks, begun and ended apart from each other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from misstep import guard, runtime
from misstep.context import Frame, RunState, Tokens, current_frame, enter, leave
from misstep.hops import Call
from misstep.record import SpanRecord, now_ns
from misstep.site import Site, Spec
from misstep.snapshot import Payload, take

Written = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class _Open:
    """A begun step: ``call`` None when only a model call is watched for."""

    call: Call | None
    frame: Frame
    tokens: Tokens
    watched: _Watched | None = None


@dataclass(slots=True)
class _Watched:
    """A model the framework asks; whether that went through the HTTP seam is not known yet."""

    name: str
    input: Payload
    start_unix_nano: int


class _Watching(Frame):
    """The frame around a model, which notes whether the seam recorded a call below it."""

    def __init__(self, record: SpanRecord, run: RunState, path: str, kind: str = "chain") -> None:
        super().__init__(record, run, path, kind)
        self.seen = False
        self.outer: Frame | None = None

    def child_path(self, name: str) -> str:
        here: Frame | None = self
        while isinstance(here, _Watching):  # a model's helper may ask the model itself
            here.seen, here = True, here.outer
        return super().child_path(name)


class Steps:
    """Begun steps by the framework's own ids. Nothing here raises into the framework."""

    def __init__(self) -> None:
        self._open: dict[Hashable, _Open] = {}
        self._inside: dict[Hashable, Hashable] = {}
        self._sites: dict[tuple[str, str, bool], Site] = {}

    def begin(
        self,
        key: Hashable,
        parent: Hashable | None,
        *,
        name: str,
        kind: str = "chain",
        given: Any = None,
    ) -> None:
        """A step begins; the outermost one, outside any hop, is the run."""
        running = runtime.active()
        if running is None:
            return
        with guard.quietly("beginning a step"):
            outer = self._frame_of(parent)
            around = None if outer is None or outer is current_frame() else enter(outer)
            try:
                call = Call(running, self._site(name, kind, is_root=parent is None))
            finally:
                if around is not None:
                    leave(around)
            if call.record.capture != "none":
                call.record.input = take(given)
            self._open[key] = _Open(call, call.frame, enter(call.frame))

    def skip(self, key: Hashable, parent: Hashable | None) -> None:
        """A step that is not worth a hop: what happens inside belongs to its parent."""
        if parent is not None:
            self._inside[key] = parent

    def watch(self, key: Hashable, parent: Hashable | None, *, name: str, given: Any) -> None:
        """A model is asked: a hop of its own only if no call of it passes the HTTP seam."""
        if runtime.active() is None:
            return
        with guard.quietly("watching a model"):
            outer = self._frame_of(parent) or current_frame()
            if outer is None:
                self.begin(key, parent, name=name, kind="llm", given=given)
                return
            frame = _Watching(outer.record, outer.run, outer.path, outer.kind)
            if outer.children is None:
                outer.children = {}
            frame.children, frame.outer = outer.children, outer
            frame.attempt_group, frame.attempt_name = outer.attempt_group, outer.attempt_name
            watched = _Watched(name, take(given), now_ns())
            self._open[key] = _Open(None, frame, enter(frame), watched)

    def end(
        self,
        key: Hashable,
        *,
        output: Any = None,
        error: BaseException | None = None,
        write: Written | None = None,
    ) -> None:
        """A step ended with an output or an error; ``write`` adds attributes to its hop."""
        self._inside.pop(key, None)
        step = self._open.pop(key, None)
        if step is None:
            return
        with guard.quietly("ending a step"):
            leave(step.tokens)
            call = step.call or self._unseen(step)
            if call is None:
                return
            if error is not None:
                call.failed(error)
            elif output is not None or call.record.output is None:
                call.returned(output)
            if write is not None:
                write(call.record.attributes)
            call.end()

    def change(self, key: Hashable, change: Callable[[SpanRecord], None]) -> None:
        """Changes the record of an open step, e.g. an agent's input once it is known."""
        while key in self._inside:
            key = self._inside[key]
        step = self._open.get(key)
        if step is not None and step.call is not None and step.call.record.capture != "none":
            with guard.quietly("changing a step"):
                change(step.call.record)

    def _frame_of(self, key: Hashable | None) -> Frame | None:
        while key in self._inside:
            key = self._inside[key]
        step = self._open.get(key) if key is not None else None
        return step.frame if step is not None else None

    def _site(self, name: str, kind: str, *, is_root: bool) -> Site:
        key = (name, kind, is_root)
        if key not in self._sites:
            spec = Spec(name=name, kind=kind, is_pipeline=is_root and kind in ("chain", "agent"))
            self._sites[key] = Site(spec)
        return self._sites[key]

    def _unseen(self, step: _Open) -> Call | None:
        """The hop of a model that was not reached over HTTP; None when the seam has the call."""
        running, watched, frame = runtime.active(), step.watched, step.frame
        if running is None or watched is None or (isinstance(frame, _Watching) and frame.seen):
            return None
        around = enter(frame)
        try:
            call = Call(running, self._site(watched.name, "llm", is_root=False))
        finally:
            leave(around)
        call.record.start_unix_nano = watched.start_unix_nano
        if call.record.capture != "none":
            call.record.input = watched.input
        return call


def members(value: Any) -> Mapping[str, Any]:
    """A mapping as it is, anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}
