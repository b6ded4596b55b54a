"""OTLP JSON as others than its exporters write it.

Spans without the envelope of resources and scopes, which Phoenix answers from
``/v1/projects/PROJECT/spans/otlpv1``, MLflow's traces hold and some collectors write one a line;
requests with underscores, as protobuf's own JSON may be told to write them, in Grafana Tempo's
envelopes, and with the names of scopes that OTLP had until 2022. Attributes may be an object.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from misstep_store.otlp import decode
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.encode_json import any_value
from misstep_store.otlp.json_fields import NUMBERS
from misstep_store.transfer.foreign.common import bounded

_UNDERSCORE = re.compile(r"_([a-z])")
_MAX_DEPTH = 40
_REQUESTS = ("resourceSpans", "resourceLogs")
_WITH_UNDERSCORES = ("resource_spans", "resource_logs")
_OLD_SPANS, _OLD_LOGS = "instrumentationLibrarySpans", "instrumentationLibraryLogs"
_NEWER = {_OLD_SPANS: "scopeSpans", _OLD_LOGS: "scopeLogs", "instrumentationLibrary": "scope"}


def request(item: Any) -> dict[str, Any] | None:
    """An OTLP JSON request as its exporters write one; None when it is none."""
    if not isinstance(item, dict):
        return None
    if any(key in item for key in _REQUESTS):
        groups = [g for key in _REQUESTS for g in _objects(item.get(key))]
        is_old = any(_OLD_SPANS in g or _OLD_LOGS in g for g in groups)
        return _camel(item, 0) if is_old else item
    if any(key in item for key in _WITH_UNDERSCORES):
        return _camel(item, 0)  # type: ignore[no-any-return]
    batches = _objects(item.get("batches"))
    if any("resource" in batch and len(batch) > 1 for batch in batches):
        return _camel({"resourceSpans": batches}, 0)  # type: ignore[no-any-return]
    inner = item.get("trace")
    return request(inner) if isinstance(inner, dict) and "trace" not in inner else None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def claims(item: dict[str, Any]) -> bool:
    """A span's ids beside its start in nanoseconds."""
    return (
        ("traceId" in item or "trace_id" in item)
        and ("spanId" in item or "span_id" in item)
        and ("startTimeUnixNano" in item or "start_time_unix_nano" in item)
    )


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """The spans, read as OTLP JSON."""
    groups = []
    for item in items:
        span = _camel(item, 0)
        resource, scope = span.pop("resource", None), span.pop("scope", None)
        span["kind"] = _number(span.get("kind"), "SPAN_KIND_")
        status = span.get("status")
        if isinstance(status, dict):
            span["status"] = {**status, "code": _number(status.get("code"), "STATUS_CODE_")}
        groups.append(
            {
                "resource": resource if isinstance(resource, dict) else {},
                "scopeSpans": [
                    {"scope": scope if isinstance(scope, dict) else {}, "spans": [span]}
                ],
            }
        )
    return decode.decode_object({"resourceSpans": groups})


def _camel(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [_camel(v, depth + 1) for v in value]
    if isinstance(value, dict):
        return {
            _name(key): _pairs(v)
            if key == "attributes" and isinstance(v, dict)
            else _camel(v, depth + 1)
            for key, v in value.items()
        }
    return value


def _name(key: Any) -> str:
    name = _UNDERSCORE.sub(lambda m: m[1].upper(), str(key))
    return _NEWER.get(name, name)


def _pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": str(k), "value": any_value(bounded(v))} for k, v in attributes.items()]


def _number(given: Any, prefix: str) -> int:
    known = _known(prefix)
    if type(given) is int:
        return given if given in known.values() else 0
    return known.get(str(given or "").upper().removeprefix(prefix), 0)


@cache
def _known(prefix: str) -> dict[str, int]:
    """The values of an enumeration by their names."""
    return {name.removeprefix(prefix): n for name, n in NUMBERS.items() if name.startswith(prefix)}
