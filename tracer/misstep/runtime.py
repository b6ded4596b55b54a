"""The recording machinery of this process: made by ``init``, asked by every wrapper."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExporter

from misstep import facts, guard
from misstep import semconv as sc
from misstep.config import Config, read_config, state_dir
from misstep.context import Frame, RunState, ThreadPatches, find_parent
from misstep.errors import UsageError
from misstep.export.build import SpanBuilder
from misstep.export.pipeline import Pipeline
from misstep.export.sinks import ExporterSink, InboxSink, JsonlSink, Sink, Spool
from misstep.record import IdSource, SpanRecord
from misstep.redact import Redactor

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_ids = IdSource()


@dataclass(eq=False)
class Runtime:
    """One initialised tracer."""

    config: Config
    builder: SpanBuilder
    pipelines: list[Pipeline]
    tags: tuple[str, ...] = ()
    patches: ThreadPatches = field(default_factory=ThreadPatches)
    detach: list[Any] = field(default_factory=list)

    def start(self, name: str, *, role: str, kind: str = "chain") -> Frame:
        """An open frame below the current one; a run of its own when there is none."""
        parent = find_parent(_ids.trace_id, is_run=role == sc.ROLE_RUN)
        record = SpanRecord(
            trace_id=parent.trace_id,
            span_id=_ids.span_id(),
            parent_id=parent.span_id,
            name=name,
            role=role,
            capture=self.config.capture,
            parent_remote=parent.remote,
        )
        if parent.frame is None:
            return Frame(
                record,
                RunState(f"{parent.trace_id:032x}"),
                "" if role == sc.ROLE_RUN else name,
                kind,
            )
        return Frame(record, parent.frame.run, parent.frame.child_path(name), kind)

    def finish(self, record: SpanRecord) -> None:
        """Ends a record and hands it to the exporters."""
        record.end()
        for pipeline in self.pipelines:
            pipeline.put(record)

    def flush(self, timeout_s: float) -> bool:
        """True when everything recorded so far was delivered in the time."""
        done = [p.flush(timeout_s) for p in self.pipelines]  # each, also after one failed
        return all(done)

    def shutdown(self, timeout_s: float) -> None:
        """Delivers what it can in the time and stops; safe to call twice."""
        self.patches.remove()
        for undo in self.detach:
            with guard.quietly("detaching"):
                undo()
        self.detach.clear()
        share = timeout_s / max(1, len(self.pipelines))
        for pipeline in self.pipelines:
            with guard.quietly("shutting down"):
                pipeline.shutdown(share)
        self.pipelines = []


_runtime: Runtime | None = None
_lock = threading.Lock()


def active() -> Runtime | None:
    """The tracer of this process, or None: then every wrapper passes straight through."""
    return _runtime


def install(runtime: Runtime | None, *, timeout_s: float = 2.0) -> None:
    """Makes ``runtime`` the tracer of this process; the one before is shut down."""
    global _runtime
    with _lock:
        before, _runtime = _runtime, runtime
    if before is not None:
        before.shutdown(timeout_s)


@atexit.register
def _at_exit() -> None:
    install(None)


def build_runtime(
    *,
    endpoint: str | Iterable[str] | None = None,
    store: str | Path | None = None,
    exporter: SpanExporter | None = None,
    jsonl: str | Path | None = None,
    provider: TracerProvider | None = None,
    service: str | None = None,
    version: str | None = None,
    tags: Iterable[str] = (),
    redact: Redactor | None = None,
) -> Runtime | None:
    """A tracer for these destinations; None when the environment switches telemetry off."""
    config = read_config()
    if config.disabled:
        return None
    given = [x for x in (endpoint, store, exporter, jsonl) if x is not None]
    if len(given) > 1 and (store is not None and exporter is not None):
        raise UsageError("init() takes either store= or exporter=, not both")
    resource = provider.resource if provider is not None else _resource(service, version)
    builder = SpanBuilder(resource, config, redact or Redactor(), facts.misstep_version())
    sinks = _sinks(config, endpoint=endpoint, store=store, exporter=exporter, jsonl=jsonl)
    return Runtime(config, builder, [Pipeline(s, builder, config) for s in sinks], tuple(tags))


def _sinks(
    config: Config,
    *,
    endpoint: str | Iterable[str] | None,
    store: str | Path | None,
    exporter: SpanExporter | None,
    jsonl: str | Path | None,
) -> list[Sink]:
    sinks: list[Sink] = []
    if exporter is not None:
        sinks.append(ExporterSink(exporter))
    if store is not None:
        from misstep.export.store_sink import StoreSink

        sinks.append(StoreSink(store))
    if jsonl is not None:
        sinks.append(JsonlSink(jsonl))
    endpoints = [endpoint] if isinstance(endpoint, str) else list(endpoint or ())
    if not sinks and not endpoints and config.exporter != "none":
        endpoints = [""]
    for url in endpoints:
        sinks.append(_otlp_sink(config, url or None))
    return sinks


def _otlp_sink(config: Config, endpoint: str | None) -> Sink:
    from misstep.export.otlp import LazyOtlpExporter, traces_url

    exporter = LazyOtlpExporter(endpoint, console=config.exporter == "console")
    spool = None
    if config.spool_dir is not None and config.exporter != "console" and not exporter.grpc:
        url = traces_url(endpoint)
        folder = config.spool_dir / facts.short_hash(url)
        spool = Spool(folder, config.max_spool_bytes, url, exporter.headers)
    return ExporterSink(exporter, spool)


def _resource(service: str | None, version: str | None) -> Resource:
    attributes: dict[str, Any] = {"process.pid": os.getpid()}
    named = service or os.environ.get("OTEL_SERVICE_NAME")
    if not named and "service.name=" not in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        script = Path(sys.argv[0] if sys.argv else "").name
        named = (script.removesuffix(".py") if script not in ("", "-c", "-m") else "") or "python"
    if named:
        attributes[sc.SERVICE_NAME] = named
    if version:
        attributes[sc.SERVICE_VERSION] = version
    return Resource.create(attributes)


__all__ = ["InboxSink", "Runtime", "active", "build_runtime", "install", "state_dir"]
