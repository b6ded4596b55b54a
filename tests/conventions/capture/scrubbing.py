"""What came over the wire as a small file without the machine it came from."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_KINDS: dict[str, type[Message]] = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
}
_MACHINE = (
    "host.",
    "process.",
    "os.",
    "container.",
    "thread.",
    "service.instance.id",
    "service.version",
    "langsmith.metadata.revision_id",
    "langsmith.metadata.LANGSMITH_",
)
_RULES = (
    (re.compile(r"(/[\w.@+-]+)*/(site-packages|node_modules)/"), r"/app/\2/"),
    (re.compile(r"/(root|home|tmp|work|usr|opt)(/[\w.@+-]+)*/(?=[\w.@+-]+)"), "/app/"),
    (re.compile(r"(127\.0\.0\.1|localhost):\d+"), r"\1:8080"),
    (re.compile(r"0x[0-9a-f]{8,}"), "0x7f0000000000"),
    (re.compile(r"OS Version: Linux [\w.+-]+"), "OS Version: Linux"),
)
_PORTS = ("server.port", "net.peer.port")


def clean(text: str) -> str:
    """A text without paths, ports and addresses of the machine."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def scrub(message: Message) -> None:
    """Cleans every text in a message, in place."""
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            items: Iterable[Any] = value if _is_repeated(field) else [value]
            if field.name == "attributes":
                _drop_machine(value)
            for item in items:
                scrub(item)
        elif field.type == FieldDescriptor.TYPE_STRING and not _is_repeated(field):
            setattr(message, field.name, clean(value))


def _is_repeated(field: FieldDescriptor) -> bool:
    return bool(field.is_repeated)


def _drop_machine(attributes: Any) -> None:
    kept = [a for a in attributes if not a.key.startswith(_MACHINE)]
    for item in kept:
        if item.key in _PORTS and item.value.int_value:
            item.value.int_value = 8080
    if len(kept) < len(attributes):
        copies = [type(a).FromString(a.SerializeToString()) for a in kept]
        del attributes[:]
        attributes.extend(copies)


def parsed(signal: str, content_type: str, body: bytes) -> Message:
    """An export request of either encoding."""
    made = _KINDS[signal]()
    if "json" in content_type:
        given = json.loads(body, object_hook=_with_ids)
        return ParseDict(given, made, ignore_unknown_fields=True)
    made.MergeFromString(body)
    return made


def _with_ids(found: dict[str, Any]) -> dict[str, Any]:
    """OTLP writes ids in hexadecimal digits, protobuf's own JSON in base64."""
    for key in ("traceId", "spanId", "parentSpanId"):
        if isinstance(found.get(key), str):
            found[key] = base64.b64encode(bytes.fromhex(found[key])).decode()
    return found


def written(folder: Path, name: str, received: Sequence[tuple[str, str, bytes]]) -> list[Path]:
    """The requests of each signal as one, scrubbed, in ``NAME.pb.gz`` and
    ``NAME.logs.pb.gz``, which `misstep import` reads together."""
    folder.mkdir(exist_ok=True)
    files = []
    for signal in _KINDS:
        whole = _KINDS[signal]()
        for kind, content_type, body in received:
            if kind == signal:
                whole.MergeFrom(parsed(signal, content_type, body))
        file = folder / (f"{name}.pb.gz" if signal == "traces" else f"{name}.{signal}.pb.gz")
        file.unlink(missing_ok=True)
        if whole.ListFields():
            scrub(whole)
            packed = gzip.compress(whole.SerializeToString(deterministic=True), 9, mtime=0)
            file.write_bytes(packed)
            files.append(file)
    return files
