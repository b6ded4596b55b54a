"""``with misstep.hop(...) as h`` and ``with misstep.run(...) as r``."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from misstep import guard, runtime
from misstep.hops import Call
from misstep.seam import refuse_while_loading
from misstep.site import Site, Spec
from misstep.snapshot import take
from misstep.wrapping import wrap


class Block:
    """A block of code as a run or hop; also what a called decorator gives.

    ``input`` and ``output`` are captured when they are assigned; changing the object afterwards
    changes nothing in the recording. One Block may be entered again, also inside itself.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._site: Site | None = None
        self._calls: list[Call | None] = []
        self.input: Any = None
        self.output: Any = None

    def __call__(self, function: Any) -> Any:
        """Used as a decorator."""
        return wrap(function, self._spec)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value
        call = self._call()
        if call is None or name not in ("input", "output") or call.record.capture == "none":
            return
        try:
            payload = take(value)
            setattr(call.record, name, payload)
            if name == "input" and call.site.contracts is not None:
                call.record.add_findings(call.site.contracts.of_input(payload))
        except Exception as error:
            guard.failed("capturing a block's payload", error)

    def _call(self) -> Call | None:
        calls: list[Call | None] = self.__dict__.get("_calls", [])
        return calls[-1] if calls else None

    @property
    def id(self) -> str | None:
        """The run id of a run, the hop id of a hop; None when nothing is recorded."""
        call = self._call()
        if call is None:
            return None
        record = call.record
        return f"{record.trace_id:032x}" if call.is_run else f"{record.span_id:016x}"

    def __enter__(self) -> Block:
        running = runtime.active()
        call: Call | None = None
        if running is None and self._spec.is_pipeline:
            refuse_while_loading()
        if running is not None:
            try:
                if self._site is None:
                    self._site = Site(self._spec)
                call = Call(running, self._site)
                call.enter()
            except Exception as error:
                guard.failed("starting a block", error)
        self._calls.append(call)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        call = self._calls.pop()
        if call is None:
            return
        call.leave()
        try:
            if error is not None:
                call.failed(error)
            elif call.site.contracts is not None and call.record.output is not None:
                found = call.site.contracts.of_output(self.output, call.record.output)
                call.record.add_findings(found)
        except Exception as problem:
            guard.failed("ending a block", problem)
        call.end()

    async def __aenter__(self) -> Block:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)
