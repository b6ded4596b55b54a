"""Callables of every kind, wrapped: same kind, same signature, same results and exceptions."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, TypeVar, cast

from misstep import guard, runtime, seam
from misstep.hops import Call, begin
from misstep.replay import serving
from misstep.site import Site, Spec
from misstep.snapshot import Payload, take

_MAX_ITEMS = 100_000

F = TypeVar("F", bound=Callable[..., Any])


def wrap(function: Any, spec: Spec) -> Any:
    """``function`` recorded.

    A class is given back with its ``__call__`` recorded; an object with ``__call__`` as a function.
    """
    if isinstance(function, staticmethod | classmethod):
        return type(function)(wrap(function.__func__, spec))
    if isinstance(function, type):
        return _wrap_class(function, spec)
    if not callable(function):
        raise TypeError(f"misstep can wrap a function, a class with __call__, not {function!r}")
    kind = _kind_of(function)
    site = Site(spec, function)
    if kind is None:
        # An object or partial is asked by what its call really is: that of its __call__ or func.
        kind = _kind_of(_inner(function))
    return (kind or _wrap_function)(function, site)


def _kind_of(function: Any) -> Callable[[Any, Site], Any] | None:
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator
    if inspect.iscoroutinefunction(function):
        return _wrap_coroutine
    if inspect.isgeneratorfunction(function):
        return _wrap_generator
    return None


def _inner(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function):
        return function
    return _call_method(type(function)) or function


def _call_method(kind: type) -> Any:
    return next((c.__dict__["__call__"] for c in kind.__mro__ if "__call__" in c.__dict__), None)


def _wrap_class(kind: type, spec: Spec) -> type:
    called = _call_method(kind)
    if called is None:
        raise TypeError(
            f"{kind.__qualname__} has no __call__ to record: decorate its methods instead"
        )
    named = spec if spec.name else dataclasses.replace(spec, name=kind.__name__)
    kind.__call__ = wrap(called, named)  # type: ignore[method-assign]
    return kind


def _copying(function: Any) -> Callable[[F], F]:
    wrapped = functools.wraps(function)

    def copy(wrapper: F) -> F:
        made = wrapped(wrapper)
        if not hasattr(function, "__name__"):  # a partial or an object
            made.__name__ = type(function).__name__
        return cast(F, made)

    return copy


def _wrap_function(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    @_copying(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        running = runtime._runtime
        if running is None:
            if seam._loading and site.is_pipeline:
                seam.refuse_while_loading(function)
            return function(*args, **kwargs)
        call = begin(running, site, args, kwargs)
        if call is None:
            return function(*args, **kwargs)
        call.enter()
        try:
            if seam._session is None:
                value = function(*args, **kwargs)
            else:
                served = serving.ask(call, function)
                value = served.value(function) if served else function(*args, **kwargs)
        except BaseException as error:
            call.leave()
            call.failed(error)
            call.end()
            raise
        call.leave()
        call.returned(value)
        call.end()
        return value

    return wrapper


def _wrap_coroutine(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    @_copying(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        running = runtime._runtime
        if running is None:
            if seam._loading and site.is_pipeline:
                seam.refuse_while_loading(function)
            return await function(*args, **kwargs)
        call = begin(running, site, args, kwargs)
        if call is None:
            return await function(*args, **kwargs)
        call.enter()
        try:
            if seam._session is None:
                value = await function(*args, **kwargs)
            else:
                served = serving.ask(call, function)
                value = served.value(function) if served else await function(*args, **kwargs)
        except BaseException as error:
            call.leave()
            call.failed(error)
            call.end()
            raise
        call.leave()
        call.returned(value)
        call.end()
        return value

    return wrapper


# --- generators --------------------------------------------------------------------------


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
        self._more = 0

    def add(self, item: Any) -> None:
        try:
            if len(self._items) < _MAX_ITEMS:
                self._items.append(take(item))
            else:
                self._more += 1
        except Exception as error:
            guard.failed("capturing a yielded item", error)

    def close(self) -> None:
        """Writes the output, also of a generator that failed or was given up midway."""
        self._call.returned(joined(self._items))
        output = self._call.record.output
        if self._more and output is not None:
            output.problems.append(f"{self._more} items after the first {_MAX_ITEMS}")


def _wrap_generator(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    @_copying(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        running = runtime._runtime
        if seam._loading and site.is_pipeline:
            seam.refuse_while_loading(function)
        call = None if running is None else begin(running, site, args, kwargs)
        if call is None:
            return (yield from function(*args, **kwargs))
        yielded = _Yielded(call)
        try:
            with call:
                served = serving.ask(call, function) if seam._session is not None else None
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
            with call:
                item = step()
        except StopIteration as stop:
            return stop.value
        yielded.add(item)
        try:
            sent = yield item
        except GeneratorExit:
            with call:
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


def _wrap_async_generator(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    @_copying(function)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        running = runtime._runtime
        if seam._loading and site.is_pipeline:
            seam.refuse_while_loading(function)
        call = None if running is None else begin(running, site, args, kwargs)
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
                    send = _Thrown(error)
        except BaseException as error:
            if call is not None:
                call.failed(error)
            raise
        finally:
            if call is not None and yielded is not None:
                yielded.close()
                call.end()

    return wrapper


class _Thrown:
    """An exception thrown in by the consumer, told apart from one that is sent as a value."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _async_inner(
    call: Call | None, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    if call is None or seam._session is None:
        return function(*args, **kwargs)
    with call:
        served = serving.ask(call, function)
    return served.async_items(function) if served else function(*args, **kwargs)


async def _async_step(call: Call | None, inner: Any, send: Any) -> Any:
    step = inner.athrow(send.error) if isinstance(send, _Thrown) else inner.asend(send)
    if call is None:
        return await step
    with call:
        return await step
