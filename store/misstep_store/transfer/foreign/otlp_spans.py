"""OTLP spans without the envelope of resources and scopes, keys in camel case or with underscores.

Phoenix answers them from ``/v1/projects/PROJECT/spans/otlpv1``; some collectors write one a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from misstep_store.otlp import decode
from misstep_store.otlp.decode import Decoded

_UNDERSCORE = re.compile(r"_([a-z])")
_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_STATUS = ("UNSET", "OK", "ERROR")
_MAX_DEPTH = 40


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
        span["kind"] = _number(span.get("kind"), "SPAN_KIND_", _KINDS)
        status = span.get("status")
        if isinstance(status, dict):
            code = _number(status.get("code"), "STATUS_CODE_", _STATUS)
            span["status"] = {**status, "code": code}
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
            _UNDERSCORE.sub(lambda m: m[1].upper(), str(k)): _camel(v, depth + 1)
            for k, v in value.items()
        }
    return value


def _number(given: Any, prefix: str, names: tuple[str, ...]) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given if 0 <= given < len(names) else 0
    name = str(given or "").upper().removeprefix(prefix)
    return names.index(name) if name in names else 0
