"""Recorded answers served again in place of a request, and requests changed for a replay."""

from __future__ import annotations

import json
from typing import Any

from misstep.model import Json
from misstep.providers import Format
from misstep.replay.job import RecordedCall
from misstep.transport.events import stream_events, stream_text
from misstep.transport.exchange import Exchange


def response_of(exchange: Exchange, wire: Format, call: RecordedCall, substitute: Json) -> Any:
    """The recorded response (saying ``substitute`` instead when given) as the library's own.

    Raises:
        The library's connection error or timeout: when the recording is of a call that failed.
    """
    if call.status is None and substitute is None:
        kind = (call.error.type if call.error else "").lower()
        message = call.error.message if call.error else "the recorded call had no response"
        raise exchange.failure(message, timeout="timeout" in kind)
    body = call.body if substitute is None else _saying(wire, call, substitute)
    return exchange.response(call.status or 200, call.content_type, body.encode())


def _saying(wire: Format, call: RecordedCall, substitute: Json) -> str:
    text = substitute if isinstance(substitute, str) else json.dumps(substitute)
    events = stream_events(call.content_type, call.body.encode())
    if events is None:
        return json.dumps(wire.said(json.loads(call.body), text))
    said = wire.said_stream([event for event, _ in events], text)
    return stream_text(call.content_type, said, done="[DONE]" in call.body[-200:])
