"""The functions of ``import misstep`` that are not decorators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from opentelemetry.sdk.trace.export import SpanExporter

from misstep import guard, runtime, setup
from misstep import semconv as sc
from misstep.blocks import Block
from misstep.context import Active, current_frame, current_run_id, thread_hooks
from misstep.patches import Patches
from misstep.payload import capture as capture_value
from misstep.payload import json_text
from misstep.processes import process_hooks
from misstep.record import IdSource, SpanRecord
from misstep.seam import interceptor, replaying
from misstep.site import Spec
from misstep.transport import HttpSeam

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from misstep.config import CaptureLevel
    from misstep.redact import Redactor, Rule

_seam = HttpSeam()
_threads = Patches(*thread_hooks())
_processes = Patches(*process_hooks())
_groups = IdSource()


def init(
    *,
    endpoint: str | Iterable[str] | None = None,
    store: str | Path | None = None,
    exporter: SpanExporter | None = None,
    jsonl: str | Path | None = None,
    provider: TracerProvider | None = None,
    service: str | None = None,
    version: str | None = None,
    tags: Iterable[str] = (),
    redact: Redactor | Rule | None = None,
    capture: CaptureLevel | None = None,
    sample: float | None = None,
    openinference: bool | None = None,
    auto: bool = True,
) -> None:
    """Starts recording in this process; a second call replaces the first.

    Args:
        endpoint: base URL of an OTLP collector, or several, each with a queue of its own:
            ``http(s)://`` speaks OTLP/HTTP, ``grpc://host:port`` (``grpcs://`` with TLS) OTLP/gRPC;
            default ``OTEL_EXPORTER_OTLP_*``, else ``http://localhost:4318``.
        store: a ``.duckdb`` file: spans go to the server that owns it, else into its inbox.
        exporter: any OpenTelemetry SpanExporter instead of OTLP.
        jsonl: a file that gets one OTLP JSON request a line.
        provider: a TracerProvider whose spans of other instrumentations are recorded too; without
            it the global one is left alone.
        service: ``service.name``; default ``OTEL_SERVICE_NAME``, else the script's name.
        version: ``service.version`` of your code.
        tags: written on every run, also on a hop called outside one.
        redact: your own redaction: a :class:`misstep.redact.Redactor`, or a function called with
            (path, value, reason) that returns the replacement or None.
        capture: how much of inputs and outputs is recorded: ``full``, ``metadata`` (size and hash) or
            ``none``; default ``MISSTEP_CAPTURE``. A hop may say otherwise.
        sample: share of runs that are sent, 0 to 1; runs in which something failed are always sent.
        openinference: also write OpenInference attributes, for tools that read those.
        auto: also call :func:`instrument`.

    Raises:
        UsageError: destinations that contradict each other.

    In a process that executes a run again it does nothing: the replay records by itself.
    """
    if replaying():
        return
    running = setup.build_runtime(
        setup.Asked(
            endpoint=endpoint,
            store=store,
            exporter=exporter,
            jsonl=jsonl,
            provider=provider,
            service=service,
            version=version,
            tags=tags,
            redact=redact,
            capture=capture,
            sample=sample,
            openinference=openinference,
        )
    )
    if running is None:
        runtime.install(None)
        return
    if provider is not None:
        _attach(running, provider)
    runtime.install(running)
    if auto:
        instrument()


def _attach(running: runtime.Runtime, provider: TracerProvider) -> None:
    from misstep.export.attach import ProviderTap

    tap = ProviderTap(running)
    provider.add_span_processor(tap)
    running.detach.append(tap.close)


def instrument() -> None:
    """Records every model call made through httpx or httpx2, and lets the current run follow into
    threads, executors, child processes and outgoing requests."""
    with guard.quietly("instrumenting"):
        _seam.install()
        _threads.install()
        _processes.install()


def uninstrument() -> None:
    """Undoes :func:`instrument` completely."""
    with guard.quietly("uninstrumenting"):
        _processes.remove()
        _threads.remove()
        _seam.remove()


def flush(timeout_s: float = 5) -> bool:
    """Waits until what was recorded is delivered; False when some is not, or not in time."""
    running = runtime.active()
    return True if running is None else running.flush(timeout_s)


def shutdown(timeout_s: float = 2) -> None:
    """Delivers what it can in the time and stops recording; wrappers pass through afterwards."""
    if replaying():
        return
    uninstrument()
    runtime.install(None, timeout_s=timeout_s)


def mark(
    state: Literal["good", "bad", "unknown"], *, text: str | None = None, run_id: str | None = None
) -> None:
    """A verdict on the current run, or on the run named.

    ``text`` is what is wrong in the outcome, e.g. ``"87.3%"``; diagnosis traces it back.
    """
    running = runtime.active()
    if running is None:
        return
    with guard.quietly("marking"):
        attributes: dict[str, Any] = {sc.MARK_STATE: state, sc.MARK_BY: "user"}
        if text is not None:
            attributes[sc.MARK_TEXT] = text
        frame = current_frame()
        if frame is not None and not frame.remote and run_id in (None, frame.run.run_id):
            frame.record.event(sc.EVENT_MARK, **attributes)
            return
        target = run_id or current_run_id()
        if target is None:
            guard.note("mark() outside a run without run_id")
            return
        _mark_apart(running, target, attributes)


def _mark_apart(running: runtime.Runtime, run_id: str, attributes: dict[str, Any]) -> None:
    """The run has ended here: the mark travels on a span of its own in that trace."""
    record = SpanRecord(
        trace_id=int(run_id, 16),
        span_id=_groups.span_id(),
        parent_id=0,
        name="mark",
        role=sc.ROLE_MARK,
    )
    record.event(sc.EVENT_MARK, **attributes, **{sc.MARK_RUN_ID: run_id})
    record.end()
    running.put(record)


def state(value: Any) -> None:
    """A snapshot of the pipeline's state, shown between the hops it lies between."""
    frame = current_frame()
    if frame is None or frame.remote or runtime.active() is None:
        return
    with guard.quietly("recording state"):
        frame.record.event(sc.EVENT_STATE, **{sc.STATE_VALUE: json_text(capture_value(value)[0])})


def recorded(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``function(*args)`` with its value recorded, so that a replay gets the same one again.

    For what differs from run to run: ``misstep.recorded(time.time)``, ``recorded(uuid.uuid4)``.
    """
    module = getattr(function, "__module__", None) or "builtins"
    name = f"{module}.{getattr(function, '__qualname__', 'function')}"
    session = interceptor()
    if session is not None:
        known, value = session.recorded_value(name)
        if known:
            return _like(function, value)
    value = function(*args, **kwargs)
    frame = current_frame()
    if frame is not None and not frame.remote and runtime.active() is not None:
        with guard.quietly("recording a value"):
            with frame.run.lock:
                frame.run.recorded += 1
                number = frame.run.recorded
            text = json_text(capture_value(value)[0])
            frame.record.event(
                sc.EVENT_RECORDED,
                **{sc.RECORDED_NAME: name, sc.RECORDED_VALUE: text, sc.RECORDED_NUMBER: number},
            )
    return value


def _like(function: Callable[..., Any], value: Any) -> Any:
    """A recorded value as the type the function gives; UUIDs and dates are recorded as text."""
    import datetime as dt
    import uuid

    if getattr(function, "__module__", "") == "uuid" and isinstance(value, str):
        return uuid.UUID(value)
    if getattr(function, "__qualname__", "") in ("datetime.now", "datetime.utcnow"):
        return dt.datetime.fromisoformat(value)
    return value


@contextmanager
def attempts(name: str) -> Iterator[None]:
    """Groups retries and fallbacks of one logical call: model calls inside are its attempts."""
    if runtime.active() is None:
        yield
        return
    with ExitStack() as stack:
        if current_frame() is None:  # or each try would be a trace of its own
            stack.enter_context(Block(Spec(name=name)))
        frame = current_frame()
        if frame is not None:
            stack.enter_context(Active(frame.group(f"{_groups.span_id():016x}", name)))
        yield


def dropped() -> dict[str, int]:
    """What was not recorded or not delivered so far, by reason."""
    return guard.counts()
