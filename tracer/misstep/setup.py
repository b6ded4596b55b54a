"""From what ``init`` and the environment ask for to a running tracer."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExporter

from misstep import facts
from misstep import semconv as sc
from misstep.config import CaptureLevel, Config, read_config
from misstep.destinations import spool_folder
from misstep.errors import UsageError
from misstep.export.build import SpanBuilder
from misstep.export.pipeline import Pipeline
from misstep.export.sinks import ExporterSink, JsonlSink, Sink
from misstep.export.spool import Spool
from misstep.redact import Redactor, Rule
from misstep.runtime import Runtime

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


@dataclasses.dataclass(slots=True, kw_only=True)
class Asked:
    """The arguments of ``init``."""

    endpoint: str | Iterable[str] | None = None
    store: str | Path | None = None
    exporter: SpanExporter | None = None
    jsonl: str | Path | None = None
    provider: TracerProvider | None = None
    service: str | None = None
    version: str | None = None
    tags: Iterable[str] = ()
    redact: Redactor | Rule | None = None
    capture: CaptureLevel | None = None
    sample: float | None = None
    openinference: bool | None = None


def build_runtime(asked: Asked) -> Runtime | None:
    """A tracer for these destinations; None when the environment switches telemetry off.

    Raises:
        UsageError: an argument that makes no sense, or destinations that contradict each other.
    """
    config = _config(asked)
    if config.disabled:
        return None
    if asked.store is not None and asked.exporter is not None:
        raise UsageError("init() takes either store= or exporter=, not both")
    provider = asked.provider
    resource = provider.resource if provider is not None else _resource(asked)
    builder = SpanBuilder(resource, config, _redactor(asked, config), facts.misstep_version())
    pipelines = [Pipeline(sink, builder, config) for sink in _sinks(config, asked)]
    return Runtime(config, builder, pipelines, tuple(asked.tags))


def _config(asked: Asked) -> Config:
    config = read_config()
    given = {
        name: getattr(asked, name)
        for name in ("capture", "sample", "openinference")
        if getattr(asked, name) is not None
    }
    if given.get("capture", "full") not in ("none", "metadata", "full"):
        raise UsageError(
            f"init(capture={asked.capture!r}) is no level: give 'none', 'metadata' or 'full'"
        )
    if not 0 <= given.get("sample", 1) <= 1:
        raise UsageError(f"init(sample={asked.sample!r}) is no share of runs: give 0 to 1")
    if "sample" in given:
        given["keep_failing"] = True
    return dataclasses.replace(config, **given)


def _redactor(asked: Asked, config: Config) -> Redactor:
    given = asked.redact
    own = given if isinstance(given, Redactor) else Redactor(rule=given)
    if not config.redact_paths and not config.redact_patterns:
        return own
    return Redactor(
        paths=(*own.paths, *config.redact_paths),
        patterns=(*own.patterns, *config.redact_patterns),
        rule=own.rule,
        enabled=own.enabled,
    )


def _sinks(config: Config, asked: Asked) -> list[Sink]:
    sinks: list[Sink] = []
    if asked.exporter is not None:
        sinks.append(ExporterSink(asked.exporter))
    if asked.store is not None:
        from misstep.export.store_sink import StoreSink

        sinks.append(StoreSink(asked.store))
    if asked.jsonl is not None:
        sinks.append(JsonlSink(asked.jsonl))
    given = asked.endpoint
    endpoints = [given] if isinstance(given, str) else list(given or ())
    if not sinks and not endpoints and config.exporter != "none":
        endpoints = [""]
    for url in endpoints:
        sinks.append(otlp_sink(config, url or None))
    return sinks


def otlp_sink(config: Config, endpoint: str | None) -> Sink:
    """A collector (None: the one of the environment) with the spool of its address behind it."""
    from misstep.export.otlp import LazyOtlpExporter, OtlpSink

    exporter = LazyOtlpExporter(endpoint, console=config.exporter == "console")
    folder = None if exporter.console else spool_folder(config, exporter.url)
    spool = Spool(folder, config.max_spool_bytes) if folder is not None else None
    return OtlpSink(exporter, spool)


def _resource(asked: Asked) -> Resource:
    attributes: dict[str, Any] = {"process.pid": os.getpid()}
    named = asked.service or os.environ.get("OTEL_SERVICE_NAME")
    if not named and "service.name=" not in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        script = Path(sys.argv[0] if sys.argv else "").name
        named = (script.removesuffix(".py") if script not in ("", "-c", "-m") else "") or "python"
    if named:
        attributes[sc.SERVICE_NAME] = named
    if asked.version:
        attributes[sc.SERVICE_VERSION] = asked.version
    return Resource.create(attributes)
