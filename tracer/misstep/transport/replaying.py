"""Recorded responses served again, and requests changed for a replay."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

from misstep.model import Json
from misstep.providers import Format
from misstep.replay.job import RecordedCall
from misstep.transport.sse import JsonEvents


def response_of(
    module: ModuleType,
    request: Any,
    wire: Format,
    call: RecordedCall,
    substitute: Json,
    *,
    is_async: bool,
) -> Any:
    """The recorded response (saying ``substitute`` instead when given) as the library's own.

    Raises:
        ConnectError or ReadTimeout of the library: when the recording is of a call that failed.
    """
    if call.status is None and substitute is None:
        kind = (
            "ReadTimeout"
            if "timeout" in (call.error.type if call.error else "").lower()
            else "ConnectError"
        )
        message = call.error.message if call.error else "the recorded call had no response"
        raise getattr(module, kind)(message, request=request)
    body, kind = call.body, call.content_type
    if substitute is not None:
        body, kind = _saying(wire, call, substitute)
    return module.Response(
        call.status or 200,
        headers={"content-type": kind},
        stream=_stream(module, body.encode(), is_async=is_async),
        request=request,
    )


def _saying(wire: Format, call: RecordedCall, substitute: Json) -> tuple[str, str]:
    text = substitute if isinstance(substitute, str) else json.dumps(substitute)
    events = JsonEvents.of(call.content_type, call.body)
    if events is None:
        return json.dumps(wire.said(json.loads(call.body), text)), call.content_type
    stream = getattr(wire, "said_stream", None)
    if stream is None:
        raise ValueError(f"{wire.name} cannot serve a replaced answer as a stream")
    return stream(events, text), call.content_type


def _stream(module: ModuleType, body: bytes, *, is_async: bool) -> Any:
    base = module.AsyncByteStream if is_async else module.SyncByteStream

    def iterate(self: Any) -> Any:
        yield body

    async def iterate_async(self: Any) -> Any:
        yield body

    methods = {"__aiter__": iterate_async} if is_async else {"__iter__": iterate}
    return type("RecordedStream", (base,), methods)()


def changed_request(
    module: ModuleType, request: Any, body: dict[str, Any], *, model: str | None, prompt: str | None
) -> tuple[Any, dict[str, Any]]:
    """The request with another model or system prompt."""
    body = dict(body)
    if model is not None:
        body["model"] = model
    if prompt is not None:
        _set_prompt(body, prompt)
    headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
    changed = module.Request(
        request.method, request.url, headers=headers, json=body, extensions=request.extensions
    )
    return changed, body


def _set_prompt(body: dict[str, Any], prompt: str) -> None:
    messages = [m for m in body.get("messages", []) if m.get("role") not in ("system", "developer")]
    if "max_tokens" in body and "system" in body:
        body["system"] = prompt
        return
    body["messages"] = [{"role": "system", "content": prompt}, *messages]
