"""A run that goes on in another process or on another machine: W3C trace context in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry.trace import Span, SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from misstep import runtime
from misstep import semconv as sc
from misstep.context import Active, Frame, RunState, current_frame
from misstep.record import SpanRecord

_w3c = TraceContextTextMapPropagator()
TRACEPARENT = "traceparent"


def headers() -> dict[str, str]:
    """``traceparent`` (and ``tracestate``) of the hop this code is in; empty outside a run.

    Send them with a request or a queue message, and enter :func:`join` at the other end.
    """
    carrier: dict[str, str] = {}
    if runtime.active() is not None:
        _w3c.inject(carrier)
    return carrier


@contextmanager
def join(carrier: Mapping[str, Any] | Iterable[tuple[Any, Any]]) -> Iterator[None]:
    """What runs inside belongs to the run the headers name; without any, it changes nothing.

    Args:
        carrier: HTTP headers, an ASGI header list, message properties or ``os.environ``; names in any
            case, ``TRACEPARENT`` included. A pipeline called inside is a hop of that run.
    """
    frame = remote_frame(_plain(carrier)) if runtime.active() is not None else None
    if frame is None:
        yield
        return
    with Active(frame):
        yield


def remote_frame(carrier: Mapping[str, str]) -> Frame | None:
    """A frame that stands for the span in another process; None when the carrier names none."""
    context = _w3c.extract(carrier)
    found = get_current_span(context).get_span_context() if context else None
    if found is None or not found.is_valid or not carrier.get(TRACEPARENT):
        return None
    record = SpanRecord(found.trace_id, found.span_id, 0, "remote", sc.ROLE_REMOTE)
    return RemoteFrame(record, RunState(f"{found.trace_id:032x}"), "", found)


class RemoteFrame(Frame):
    """A hop that is open in another process; its record is never sent from here."""

    def __init__(self, record: SpanRecord, run: RunState, path: str, parent: SpanContext) -> None:
        super().__init__(record, run, path)
        self._made = parent
        self.remote = True


def _plain(carrier: Mapping[str, Any] | Iterable[tuple[Any, Any]]) -> dict[str, str]:
    pairs = carrier.items() if isinstance(carrier, Mapping) else carrier
    out: dict[str, str] = {}
    for name, value in pairs:
        name, value = _text(name).lower(), _text(value)
        if name in (TRACEPARENT, "tracestate"):
            out[name] = value
    return out


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def carry(request: Any) -> None:
    """Adds the headers to an outgoing HTTP request that is no model call; never replaces any."""
    if current_frame() is None and not _inside(get_current_span()):
        return
    if TRACEPARENT not in request.headers:
        for name, value in headers().items():
            request.headers[name] = value


def _inside(span: Span) -> bool:
    return span.get_span_context().is_valid
