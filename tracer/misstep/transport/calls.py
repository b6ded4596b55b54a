"""One HTTP request to a model provider, from its body to the last byte of its answer."""

from __future__ import annotations

import json
import time
from types import ModuleType
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.trace import SpanKind

from misstep import guard
from misstep import semconv as sc
from misstep.context import Frame
from misstep.model import Json
from misstep.payload import canonical_json, json_text, sha256
from misstep.providers import Answered, Asked, Format, recognise
from misstep.replay.session import CallAsked
from misstep.runtime import Runtime
from misstep.seam import interceptor
from misstep.transport.sse import JsonEvents
from misstep.transport.streams import tapped

_MAX_BODY_BYTES = 32 * 1024 * 1024
_KEPT_HEADERS = ("retry-after", "retry-after-ms", "request-id", "x-request-id")


def open_call(running: Runtime, module: ModuleType, request: Any) -> ModelCall | None:
    """The call this request is, or None when it speaks no known format or must not be recorded."""
    if request.method != "POST" or otel_context.get_value(_SUPPRESS_INSTRUMENTATION_KEY):
        return None
    body = _request_json(request)
    host, path = request.url.host, request.url.path
    wire = recognise(request.method, host, path, body)
    if wire is None or not isinstance(body, dict):
        return None
    return ModelCall(running, module, request, wire, wire.asked(host, path, body), body)


def _request_json(request: Any) -> Json:
    kind = request.headers.get("content-type", "")
    if "json" not in kind:
        return None
    try:
        content = request.content
    except Exception:  # a streaming upload: not a model call of any known format
        return None
    if len(content) > _MAX_BODY_BYTES:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def content_key(path: str, body: Json) -> str:
    """What identifies a call: path and canonical body, without host, port and headers."""
    return sha256(f"{path}\n{canonical_json(body)}")


class ModelCall:
    """An open call span."""

    def __init__(
        self,
        running: Runtime,
        module: ModuleType,
        request: Any,
        wire: Format,
        asked: Asked,
        body: dict[str, Any],
    ) -> None:
        self.request = request
        self._running = running
        self._module = module
        self._wire = wire
        self._asked = asked
        self._body = body
        self._key = content_key(request.url.path, body)
        self._started_s = time.perf_counter()
        self._first_s: float | None = None
        self._done = False
        name = " ".join(filter(None, (asked.operation, asked.model)))
        self._frame: Frame = running.start(name, role=sc.ROLE_CALL, kind="llm")
        self._record = self._frame.record
        self._record.kind = SpanKind.CLIENT
        with guard.quietly("describing a request"):
            self._describe(name)

    def _describe(self, name: str) -> None:
        asked, attributes = self._asked, self._record.attributes
        attributes |= {
            sc.HOP_NAME: name,
            sc.HOP_KIND: "embedding" if asked.operation == "embeddings" else "llm",
            sc.HOP_PATH: self._frame.path,
            sc.OPERATION: asked.operation,
            sc.PROVIDER: asked.provider,
            sc.CONTENT_KEY: self._key,
            sc.REQUEST_PATH: self.request.url.path,
            sc.SERVER_ADDRESS: self.request.url.host,
        }
        if self.request.url.port:
            attributes[sc.SERVER_PORT] = self.request.url.port
        if asked.model:
            attributes[sc.REQUEST_MODEL] = asked.model
        if asked.output_type:
            attributes[sc.OUTPUT_FORMAT] = asked.output_type
        if asked.stream:
            attributes[sc.STREAMED] = True
        for key, value in asked.parameters.items():
            attributes[sc.REQUEST_PARAMETER_PREFIX + key] = _attribute(value)
        self._attempts(attributes)
        if self._record.capture != "none":
            self._contents(attributes)

    def _contents(self, attributes: dict[str, Any]) -> None:
        asked = self._asked
        attributes[sc.REQUEST_BODY] = json_text(self._body)
        attributes[sc.INPUT_MESSAGES] = json_text(asked.messages)
        if asked.system:
            attributes[sc.SYSTEM_INSTRUCTIONS] = json_text(asked.system)
        if asked.tools:
            attributes[sc.TOOL_DEFINITIONS] = json_text(asked.tools)

    def _attempts(self, attributes: dict[str, Any]) -> None:
        told = self.request.headers.get("x-stainless-retry-count", "")
        if told.isdigit():
            attributes[sc.ATTEMPT_NUMBER] = int(told) + 1
        frame = _group_frame()
        if frame is not None and frame.attempt_group:
            attributes[sc.ATTEMPT_GROUP] = frame.attempt_group
            if frame.attempt_name:
                attributes[sc.ATTEMPT_GROUP_NAME] = frame.attempt_name

    # --- replay -------------------------------------------------------------------------

    def served(self, client: Any, *, is_async: bool) -> Any:
        """The recorded response when a replay answers this call; None when it is to be sent."""
        session = interceptor()
        if session is None:
            return None
        parent = self._record.parent_id
        try:
            answer = session.call(
                CallAsked(
                    name=self._record.name,
                    content_key=self._key,
                    request=self._body,
                    parent_span_id=f"{parent:016x}" if parent else None,
                )
            )
        except BaseException as error:
            self.failed(error)
            raise
        if answer.action == "run" or answer.call is None:
            self._change(answer.model, answer.prompt)
            return None
        from misstep.transport.replaying import response_of

        self._record.attributes[sc.REPLAY_SERVED] = True
        substitute = session.job.substitute.get(answer.call.hop_id)
        response = response_of(
            self._module, self.request, self._wire, answer.call, substitute, is_async=is_async
        )
        return self.received(response)

    def _change(self, model: str | None, prompt: str | None) -> None:
        if model is None and prompt is None:
            return
        from misstep.transport.replaying import changed_request

        self.request, self._body = changed_request(
            self._module, self.request, self._body, model=model, prompt=prompt
        )
        if model:
            self._record.attributes[sc.REQUEST_MODEL] = model
        self._record.attributes[sc.REQUEST_BODY] = json_text(self._body)

    # --- the answer ---------------------------------------------------------------------

    def received(self, response: Any) -> Any:
        """The response with its body tapped; ends the span when the body ends or is given up."""
        with guard.quietly("tapping a response"):
            attributes = self._record.attributes
            attributes[sc.RESPONSE_STATUS] = response.status_code
            kind = response.headers.get("content-type", "")
            attributes[sc.RESPONSE_CONTENT_TYPE] = kind
            self._note_retry(response)
            response.stream = tapped(self._module, response, self)
        return response

    def _note_retry(self, response: Any) -> None:
        status = response.status_code
        if status < 400:
            return
        attributes = self._record.attributes
        attributes[sc.ATTEMPT_REASON] = (
            "429" if status == 429 else "5xx" if status >= 500 else "4xx"
        )
        wait = _retry_after_s(response.headers)
        if wait is not None:
            attributes[sc.ATTEMPT_RETRY_AFTER_S] = wait

    def first_byte(self) -> None:
        """Notes the time to the first piece of a streamed answer that says something."""
        if self._first_s is None:
            self._first_s = time.perf_counter() - self._started_s

    def finished(self, response: Any, raw: bytes, *, abandoned: bool) -> None:
        """Called once with all bytes that came, decoded; ends the span."""
        if self._done:
            return
        self._done = True
        with guard.quietly("reading a response"):
            self._read(response, raw, abandoned=abandoned)
        self._frame.live = False
        self._running.finish(self._record)

    def _read(self, response: Any, raw: bytes, *, abandoned: bool) -> None:
        text = raw.decode("utf-8", "replace")
        attributes = self._record.attributes
        if self._record.capture != "none":
            attributes[sc.RESPONSE_BODY] = text
        if response.status_code >= 400:
            self._record.error = (str(response.status_code), _error_message(text))
            return
        events = JsonEvents.of(response.headers.get("content-type", ""), text)
        if events is None:
            body = json.loads(text)
            answered = self._wire.answered(body)
        else:
            answered = self._wire.assembled(events)
            if self._first_s is not None:
                attributes[sc.TIME_TO_FIRST_CHUNK] = self._first_s
            if abandoned and not answered.complete:
                attributes[sc.ABANDONED] = True
        self._answered(answered)

    def _answered(self, answered: Answered) -> None:
        attributes = self._record.attributes
        numbers = {
            sc.INPUT_TOKENS: answered.input_tokens,
            sc.OUTPUT_TOKENS: answered.output_tokens,
            sc.CACHE_READ_TOKENS: answered.cached_tokens,
            sc.CACHE_WRITE_TOKENS: answered.cache_write_tokens,
            sc.REASONING_TOKENS: answered.reasoning_tokens,
            sc.EMBEDDING_DIMENSIONS: answered.dimensions,
            sc.RESPONSE_MODEL: answered.model,
            sc.RESPONSE_ID: answered.response_id,
        }
        attributes |= {k: v for k, v in numbers.items() if v is not None}
        if answered.finish_reasons:
            attributes[sc.FINISH_REASONS] = answered.finish_reasons
        if answered.messages and self._record.capture != "none":
            attributes[sc.OUTPUT_MESSAGES] = json_text(answered.messages)
        if answered.error is not None:
            self._record.error = answered.error

    def failed(self, error: BaseException) -> None:
        """No response came."""
        if self._done:
            return
        self._done = True
        with guard.quietly("recording a failed request"):
            self._record.fail(error)
            name = type(error).__name__.lower()
            self._record.attributes[sc.ATTEMPT_REASON] = (
                "timeout" if "timeout" in name else "connection"
            )
        self._running.finish(self._record)


def _group_frame() -> Frame | None:
    from misstep.context import current_frame

    return current_frame()


def _attribute(value: Any) -> Any:
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return value
    return json_text(value)


def _retry_after_s(headers: Any) -> float | None:
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return float(headers[name]) / scale
        except (KeyError, ValueError):
            continue
    return None


def _error_message(text: str) -> str:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return text[:1000]
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        return str(error["message"])
    return error if isinstance(error, str) else text[:1000]
