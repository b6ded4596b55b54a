"""One execution of a wrapped function or block, from its arguments to its result.

Every wrapper follows one order: capture what went in, let a replay step in, run the user's code
inside the frame, capture what came out, check contracts. Failures of our own are swallowed
(:mod:`misstep.guard`); exceptions of the user's code pass through untouched.
"""

from __future__ import annotations

from typing import Any

from misstep import guard, registry, runtime
from misstep import semconv as sc
from misstep.context import Frame, Tokens, current_frame, enter, leave
from misstep.seam import describe_run, interceptor
from misstep.site import Site, Spec
from misstep.snapshot import Arguments, Payload, freeze, freeze_arguments, take

_ENDS = (GeneratorExit, StopIteration, StopAsyncIteration)


class Call:
    """An open run or hop."""

    __slots__ = ("_tokens", "frame", "is_run", "record", "running", "site")

    def __init__(self, running: runtime.Runtime, site: Site) -> None:
        self.running = running
        self.site = site
        alone = current_frame() is None
        self.is_run = site.is_pipeline and alone
        role = sc.ROLE_RUN if self.is_run else sc.ROLE_HOP
        self.frame: Frame = running.start(site.name, role=role, kind=site.kind)
        record = self.record = self.frame.record
        record.site = site
        if alone and running.tags:
            record.attributes[sc.TAGS] = list(running.tags)
        if site.capture is not None:
            record.capture = site.capture
        if self.is_run:
            self._begin_run()
        self._tokens: Tokens | None = None

    @property
    def spec(self) -> Spec:
        """What the decorator was told."""
        return self.site.spec

    def _begin_run(self) -> None:
        attributes = self.record.attributes
        self.frame.run.pipeline = self.site.name
        describe_run(attributes, self.frame.run.run_id)
        site = self.site
        if site.function is not None and interceptor() is None:
            registry.remember(site.function)  # once a folder: it notes what it has written

    def received(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Captures the arguments, before the callee can change them."""
        record, site = self.record, self.site
        if record.capture == "none" and site.contracts is None:
            return
        given = args[site.skip :] if site.skip else args
        frozen = freeze_arguments(given, kwargs)
        taken: Payload
        if site.binds_now:
            taken = Payload(freeze(site.bind(given, kwargs)))
        else:
            taken = Arguments(frozen, site.bind)
        if record.capture != "none":
            record.input = taken
            if self.is_run:
                record.arguments = Arguments(frozen, _whole)
        if site.contracts is not None:
            record.add_findings(site.contracts.of_input(taken))

    def enter(self) -> None:
        """Makes the frame current; may be done again after :meth:`leave`, as generators do."""
        self._tokens = enter(self.frame)

    def leave(self) -> None:
        """What was current before is so again."""
        tokens, self._tokens = self._tokens, None
        if tokens is not None:
            try:
                leave(tokens)
            except Exception as error:
                guard.failed("leaving a hop", error)

    def __enter__(self) -> Call:
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def returned(self, value: Any) -> None:
        """Captures the result and checks it."""
        record, contracts = self.record, self.site.contracts
        try:
            if contracts is None:
                if record.capture != "none":
                    record.output = Payload(freeze(value))
                return
            payload = take(value)
            if record.capture != "none":
                record.output = payload
            record.add_findings(contracts.of_output(value, payload))
        except Exception as error:
            guard.failed("capturing an output", error)

    def failed(self, error: BaseException) -> None:
        """Records an exception; GeneratorExit and the like are ends, not errors."""
        try:
            if not isinstance(error, _ENDS):
                self.record.fail(error)
        except Exception as problem:
            guard.failed("recording an exception", problem)

    def end(self) -> None:
        """Hands the record over; the frame takes no more children."""
        self.frame.live = False
        try:
            self.running.finish(self.record)
        except Exception as error:
            guard.failed("finishing a hop", error)


def _whole(args: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"args": list(args), "kwargs": kwargs}


def begin(
    running: runtime.Runtime, site: Site, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Call | None:
    """The open call, or None when recording it failed: then the function runs unrecorded."""
    try:
        call = Call(running, site)
    except Exception as error:
        guard.failed("starting a hop", error)
        return None
    try:
        call.received(args, kwargs)
    except Exception as error:
        guard.failed("capturing an input", error)
    return call
