"""Resources and scopes, of which a request has few: read by upb once, remembered by their bytes."""

from __future__ import annotations

from dataclasses import dataclass

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from misstep import semconv as sc
from misstep_store import rows
from misstep_store.otlp import decode

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Origin:
    """Id of a resource or scope, and what of it the spans carry in columns of their own."""

    id: bytes
    service: bytes | None = None
    version: bytes | None = None
    replays: bool = False


class Names:
    """Finds ids; ``resources`` and ``scopes`` gather the rows nobody has written yet."""

    def __init__(self) -> None:
        self._resources: dict[tuple[bytes, bytes], Origin] = {}
        self._scopes: dict[tuple[bytes, bytes], Origin] = {}
        self.resources: dict[str, rows.Row] = {}
        self.scopes: dict[str, rows.Row] = {}

    def resource(self, message: bytes, schema_url: bytes) -> Origin:
        """The resource of these bytes.

        Raises:
            DecodeError, ValueError: when they are no resource; upb then judges the whole body.
        """
        found = self._resources.get((message, schema_url))
        if found is None:
            raw = decode.parse(Resource, message)
            resource = decode.resource_of(raw, schema_url.decode())
            row = rows.resource_row(resource)
            service, version = rows.service_and_version(resource)
            replays = sc.REPLAY_OF in resource.attributes
            found = Origin(row[0].encode(), _bytes(service), _bytes(version), replays)
            self.resources[row[0]] = row
            _keep(self._resources, (message, schema_url), found)
        return found

    def scope(self, message: bytes, schema_url: bytes) -> Origin:
        """The scope of these bytes; raises as :meth:`resource`."""
        found = self._scopes.get((message, schema_url))
        if found is None:
            raw = decode.parse(InstrumentationScope, message)
            row = rows.scope_row(decode.scope_of(raw, schema_url.decode()))
            found = Origin(row[0].encode())
            self.scopes[row[0]] = row
            _keep(self._scopes, (message, schema_url), found)
        return found

    def forget(self) -> None:
        """After a transaction that failed: everything has to be written again."""
        self._resources.clear()
        self._scopes.clear()


def _keep(known: dict[tuple[bytes, bytes], Origin], key: tuple[bytes, bytes], it: Origin) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = it


def _bytes(text: str | None) -> bytes | None:
    return text.encode() if text is not None else None
