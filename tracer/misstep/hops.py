"""``pipeline``, ``hop``, ``run``: wrapping functions of every kind, and blocks.

Each wrapper follows one order: capture what went in, let a replay step in, run the user's code
inside the frame, capture what came out, check contracts. Failures of our own are swallowed
(:mod:`misstep.guard`); exceptions of the user's code pass through untouched.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from misstep import facts, guard, registry, runtime
from misstep import semconv as sc
from misstep.config import CaptureLevel
from misstep.context import Active, Frame, current_frame
from misstep.contracts import Contracts
from misstep.record import Payload, take
from misstep.replay import serving
from misstep.seam import interceptor

_OPERATIONS = {"tool": "execute_tool", "agent": "invoke_agent", "retriever": "retrieval"}


@dataclass(frozen=True, slots=True)
class Spec:
    """What a decorator was told."""

    name: str | None = None
    kind: str = "chain"
    contracts: Contracts = field(default_factory=Contracts)
    effect: bool = False
    pure: bool = False
    capture: CaptureLevel | None = None
    is_pipeline: bool = False


class Call:
    """One execution of a wrapped function or block, from its arguments to its result."""

    def __init__(self, running: runtime.Runtime, spec: Spec, name: str) -> None:
        self.running = running
        self.spec = spec
        self.is_run = spec.is_pipeline and current_frame() is None
        role = sc.ROLE_RUN if self.is_run else sc.ROLE_HOP
        self.frame: Frame = running.start(name, role=role, kind=spec.kind)
        self.record = self.frame.record
        self.active = Active(self.frame)
        if spec.capture is not None:
            self.record.capture = spec.capture
        self._describe(name)

    def _describe(self, name: str) -> None:
        attributes = self.record.attributes
        if self.is_run:
            self.frame.run.pipeline = name
            attributes[sc.PIPELINE] = name
            attributes[sc.OPERATION] = "invoke_workflow"
            if self.running.tags:
                attributes[sc.TAGS] = list(self.running.tags)
            serving.describe_run(attributes, self.frame.run.run_id)
            return
        attributes[sc.HOP_NAME] = name
        attributes[sc.HOP_KIND] = self.spec.kind
        attributes[sc.HOP_PATH] = self.frame.path
        operation = _OPERATIONS.get(self.spec.kind)
        if operation:
            attributes[sc.OPERATION] = operation
        if self.spec.kind == "tool":
            attributes[sc.TOOL_NAME] = name
        if self.spec.effect:
            attributes[sc.EFFECT] = True
        if self.spec.pure:
            attributes[sc.PURE] = True

    def function(self, function: Callable[..., Any], signature: inspect.Signature | None) -> None:
        """Notes whose code runs."""
        attributes = self.record.attributes
        code_hash, file, line = facts.code_facts(function)
        attributes[sc.CODE_FUNCTION] = f"{function.__module__}.{function.__qualname__}"
        if code_hash:
            attributes[sc.CODE_HASH] = code_hash
        if file:
            attributes[sc.CODE_FILE] = file
        if line:
            attributes[sc.CODE_LINE] = line
        if signature is not None and signature.return_annotation is not inspect.Signature.empty:
            attributes[sc.OUTPUT_TYPE] = _annotation_text(signature.return_annotation)
        if self.is_run:
            attributes[sc.ENTRY] = facts.entry_name(function)
            attributes[sc.ENTRY_FOLDER] = facts.folder_of(function)
            registry.remember(function)

    def received(
        self, signature: inspect.Signature | None, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Captures the arguments, before the callee can change them."""
        if self.record.capture == "none":
            return
        self.record.input = take(bind(signature, args, kwargs))
        if self.is_run:
            self.record.arguments = take({"args": list(args), "kwargs": kwargs})
        if isinstance(self.record.input.value, dict):
            self.spec.contracts.check_input(self.record, self.record.input.value)

    def returned(self, value: Any) -> None:
        """Captures the result and checks it."""
        with guard.quietly("capturing an output"):
            payload = take(value)
            if self.record.capture != "none":
                self.record.output = payload
            self.spec.contracts.check_output(self.record, value, payload.value)

    def failed(self, error: BaseException) -> None:
        """Records an exception; GeneratorExit and the like are ends, not errors."""
        with guard.quietly("recording an exception"):
            if not isinstance(error, GeneratorExit | StopIteration | StopAsyncIteration):
                self.record.fail(error)

    def end(self) -> None:
        """Hands the record over; the frame takes no more children."""
        self.frame.live = False
        with guard.quietly("finishing a hop"):
            self.running.finish(self.record)


def bind(
    signature: inspect.Signature | None, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Arguments by parameter name, defaults included, ``self`` and ``cls`` left out."""
    if signature is None:
        return {**{f"arg{i}": a for i, a in enumerate(args)}, **kwargs}
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:  # the call itself will raise it to the caller
        return {**{f"arg{i}": a for i, a in enumerate(args)}, **kwargs}
    bound.apply_defaults()
    out: dict[str, Any] = {}
    for index, (name, value) in enumerate(bound.arguments.items()):
        kind = signature.parameters[name].kind
        if index == 0 and name in ("self", "cls"):
            continue
        if kind is inspect.Parameter.VAR_KEYWORD:
            out.update(value)
        elif kind is inspect.Parameter.VAR_POSITIONAL and not value:
            continue
        else:
            out[name] = value
    return out


def _annotation_text(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type):
        return f"{annotation.__module__}:{annotation.__qualname__}"
    return str(annotation)


def _begin(
    function: Callable[..., Any],
    spec: Spec,
    signature: inspect.Signature | None,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Call | None:
    """The open call, or None when nothing is to be recorded."""
    running = runtime.active()
    if running is None:
        return None
    with guard.quietly("starting a hop"):
        call = Call(running, spec, spec.name or function.__name__)
        with guard.quietly("describing a hop"):
            call.function(function, signature)
            call.received(signature, args, kwargs)
        return call
    return None


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def wrap(function: Any, spec: Spec) -> Any:
    """``function`` recorded; same kind of callable, same signature."""
    if isinstance(function, staticmethod | classmethod):
        return type(function)(wrap(function.__func__, spec))
    if not callable(function):
        raise TypeError(f"misstep can wrap a function, not {function!r}")
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator(function, spec)
    if inspect.iscoroutinefunction(function):
        return _wrap_coroutine(function, spec)
    if inspect.isgeneratorfunction(function):
        return _wrap_generator(function, spec)
    return _wrap_function(function, spec)


def _wrap_function(function: Callable[..., Any], spec: Spec) -> Callable[..., Any]:
    signature = _signature(function)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = _begin(function, spec, signature, args, kwargs)
        if call is None:
            return function(*args, **kwargs)
        try:
            with call.active:
                served = serving.ask(call, function) if interceptor() is not None else None
                value = served.value(function) if served else function(*args, **kwargs)
            call.returned(value)
        except BaseException as error:
            call.failed(error)
            raise
        finally:
            call.end()
        return value

    return wrapper


def _wrap_coroutine(function: Callable[..., Any], spec: Spec) -> Callable[..., Any]:
    signature = _signature(function)

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = _begin(function, spec, signature, args, kwargs)
        if call is None:
            return await function(*args, **kwargs)
        try:
            with call.active:
                served = serving.ask(call, function) if interceptor() is not None else None
                value = served.value(function) if served else await function(*args, **kwargs)
            call.returned(value)
        except BaseException as error:
            call.failed(error)
            raise
        finally:
            call.end()
        return value

    return wrapper


def joined(items: list[Payload]) -> Any:
    """A generator's output: the list of what it yielded, joined when all of it is text."""
    values = [i.value for i in items]
    if values and all(isinstance(v, str) for v in values):
        return "".join(values)
    return values


class _Yielded:
    """What a generator has yielded so far, captured item by item and bounded in number."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._items: list[Payload] = []

    def add(self, item: Any) -> None:
        with guard.quietly("capturing a yielded item"):
            if len(self._items) < 100_000:
                self._items.append(take(item))

    def close(self) -> None:
        if self._call.record.error is None:
            self._call.returned(joined(self._items))


def _wrap_generator(function: Callable[..., Any], spec: Spec) -> Callable[..., Any]:
    signature = _signature(function)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        call = _begin(function, spec, signature, args, kwargs)
        if call is None:
            return (yield from function(*args, **kwargs))
        yielded = _Yielded(call)
        try:
            with call.active:
                served = serving.ask(call, function) if interceptor() is not None else None
                inner = served.items(function) if served else function(*args, **kwargs)
            return (yield from _drive(inner, call, yielded))
        except BaseException as error:
            call.failed(error)
            raise
        finally:
            yielded.close()
            call.end()

    return wrapper


def _drive(inner: Any, call: Call, yielded: _Yielded) -> Generator[Any, Any, Any]:
    """Runs a generator with the frame current inside its steps only, never in its consumer."""
    step: Callable[[], Any] = functools.partial(next, inner)
    while True:
        try:
            with call.active:
                item = step()
        except StopIteration as stop:
            return stop.value
        yielded.add(item)
        try:
            sent = yield item
        except GeneratorExit:
            with call.active:
                inner.close()
            raise
        except BaseException as error:
            step = functools.partial(inner.throw, error)
        else:
            step = (
                functools.partial(inner.send, sent)
                if sent is not None
                else functools.partial(next, inner)
            )


def _wrap_async_generator(function: Callable[..., Any], spec: Spec) -> Callable[..., Any]:
    signature = _signature(function)

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        call = _begin(function, spec, signature, args, kwargs)
        yielded = _Yielded(call) if call is not None else None
        try:
            inner = _async_inner(call, function, args, kwargs)
            send: Any = None
            while True:
                try:
                    item = await _async_step(call, inner, send)
                except StopAsyncIteration:
                    return
                if yielded is not None:
                    yielded.add(item)
                try:
                    send = yield item
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    send = error
        except BaseException as error:
            if call is not None:
                call.failed(error)
            raise
        finally:
            if call is not None and yielded is not None:
                yielded.close()
                call.end()

    return wrapper


def _async_inner(
    call: Call | None, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    if call is None or interceptor() is None:
        return function(*args, **kwargs)
    with call.active:
        served = serving.ask(call, function)
    return served.async_items(function) if served else function(*args, **kwargs)


async def _async_step(call: Call | None, inner: Any, send: Any) -> Any:
    step = inner.athrow(send) if isinstance(send, BaseException) else inner.asend(send)
    if call is None:
        return await step
    with call.active:
        return await step


# --- blocks ------------------------------------------------------------------------------


class Block:
    """``with misstep.hop(...) as h`` and ``with misstep.run(...) as r``; also a decorator.

    Set ``input`` and ``output`` inside; ``input`` is captured when the block ends unless the block
    changed what it refers to, so assign a value, not something you go on changing.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._call: Call | None = None
        self.input: Any = None
        self.output: Any = None

    def __call__(self, function: Any) -> Any:
        """Used as a decorator."""
        return wrap(function, self._spec)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value
        call = self.__dict__.get("_call")
        if call is None or name not in ("input", "output") or call.record.capture == "none":
            return
        with guard.quietly("capturing a block's payload"):
            setattr(call.record, name, take(value))

    @property
    def id(self) -> str | None:
        """The run id of a run, the hop id of a hop; None when nothing is recorded."""
        if self._call is None:
            return None
        record = self._call.record
        return f"{record.trace_id:032x}" if self._call.is_run else f"{record.span_id:016x}"

    def __enter__(self) -> Block:
        running = runtime.active()
        if running is not None:
            with guard.quietly("starting a block"):
                self._call = Call(running, self._spec, self._spec.name or "block")
                self._call.active.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        call, self.__dict__["_call"] = self._call, None
        if call is None:
            return
        with guard.quietly("ending a block"):
            call.active.__exit__()
            if error is not None:
                call.failed(error)
            elif self.output is not None:
                call.spec.contracts.check_output(call.record, self.output, take(self.output).value)
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


def checks(check: Any) -> Sequence[Callable[[Any], Any]]:
    """``check=`` as a sequence: one callable, several, or none."""
    if check is None:
        return ()
    return (check,) if callable(check) else tuple(check)
