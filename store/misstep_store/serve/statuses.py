"""google.rpc.Status: what senders of OTLP are told when a request is refused, in their own encoding."""

from __future__ import annotations

import json
from collections.abc import Iterable

from google.rpc.error_details_pb2 import BadRequest, RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from misstep.errors import first_line

RETRY_AFTER_S = 1
PROTOBUF, JSON = "application/x-protobuf", "application/json"
INVALID_ARGUMENT, PERMISSION_DENIED, UNAVAILABLE, UNAUTHENTICATED = 3, 7, 14, 16
_LONGEST = 500


def status_of(code: int, message: str) -> Status:
    """A google.rpc.Status; bad data says so in its details, a passing trouble when to come again."""
    made = Status(code=code, message=message)
    if code == INVALID_ARGUMENT:
        described = BadRequest()
        described.field_violations.add(field="body", description=message)
        made.details.add().Pack(described)
    elif code == UNAVAILABLE:
        again = RetryInfo()
        again.retry_delay.seconds = RETRY_AFTER_S
        made.details.add().Pack(again)
    return made


def body_for(
    headers: Iterable[tuple[bytes, bytes]], code: int, message: str
) -> tuple[bytes, bytes]:
    """Content type and body of a refusal, in the type of the request whose headers these are; in
    JSON it is what the API answers too."""
    kind = {name.lower(): value for name, value in headers}.get(b"content-type", b"")
    if kind.lower().startswith(PROTOBUF.encode()):
        return PROTOBUF.encode(), status_of(code, message).SerializeToString()
    told = {"code": code, "message": message, "error": message}
    return JSON.encode(), json.dumps(told).encode()


def sentence(error: Exception) -> str:
    """The first line of an error, cut: headers of gRPC have room for little more."""
    return first_line(error)[:_LONGEST]
