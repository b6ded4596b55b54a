"""One HTTP request to a model provider, from its body to the last byte of its answer."""

from __future__ import annotations

import json
import time
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.trace import SpanKind

from misstep import guard
from misstep import semconv as sc
from misstep.context import Frame, current_frame
from misstep.model import Json
from misstep.payload import canonical_json, json_text, sha256
from misstep.providers import Asked, Format, at
from misstep.providers.shapes import by_agent, by_host
from misstep.replay.session import CallAsked
from misstep.runtime import Runtime
from misstep.seam import interceptor
from misstep.transport.answers import Body, Reading
from misstep.transport.exchange import Exchange

_MAX_BODY_BYTES = 32 * 1024 * 1024
_STRICTNESS = ("full", "metadata", "none")


def open_call(running: Runtime, exchange: Exchange) -> ModelCall | None:
    """The call this request is, or None when it speaks no known format or must not be recorded."""
    if exchange.method != "POST":
        return None
    candidates = at(exchange.path)  # cheap: bodies of other requests are never looked at
    if not candidates or otel_context.get_value(_SUPPRESS_INSTRUMENTATION_KEY):
        return None
    content = exchange.content()
    body = None if content is None else _json(content)
    if content is None or not isinstance(body, dict):
        return None
    path = exchange.path
    wire = next((f for f in candidates if f.fits(path, body)), None)
    if wire is None:
        return None
    asked = wire.asked(exchange.host, path, body)
    told = by_agent(exchange.header("user-agent"))
    if told and not by_host(exchange.host, "") and wire.name.startswith("openai."):
        asked.provider = told
    return ModelCall(running, exchange, wire, asked, body, content)


def _json(content: bytes) -> Json:
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
    """An open call span. What takes long (canonical text, parsing the answer) is left to the
    exporter's thread: the caller waits for none of it."""

    def __init__(
        self,
        running: Runtime,
        exchange: Exchange,
        wire: Format,
        asked: Asked,
        body: dict[str, Any],
        content: bytes,
    ) -> None:
        self.exchange = exchange
        self._running = running
        self._wire = wire
        self._asked = asked
        self._body = body
        self._path = exchange.path
        self._done = False
        self._answer: Body | None = None
        name = " ".join(str(part) for part in (asked.operation, asked.model) if part)
        outer = current_frame()
        self._frame: Frame = running.start(name, role=sc.ROLE_CALL, kind="llm")
        self._record = self._frame.record
        self.started_s = time.perf_counter()
        self._record.kind = SpanKind.CLIENT
        if outer is not None:
            self._record.capture = _stricter(self._record.capture, outer.record.capture)
        with guard.quietly("describing a request"):
            self._keep_trace_here()
            self._describe(name, outer)
            if self._record.capture != "none":
                self._record.attributes[sc.REQUEST_BODY] = content.decode("utf-8", "replace")

    def _describe(self, name: str, outer: Frame | None) -> None:
        asked, attributes = self._asked, self._record.attributes
        attributes |= {
            sc.HOP_NAME: name,
            sc.HOP_KIND: "embedding" if asked.operation == "embeddings" else "llm",
            sc.HOP_PATH: self._frame.path,
            sc.OPERATION: asked.operation,
            sc.PROVIDER: asked.provider,
            sc.WIRE_FORMAT: self._wire.name,
            sc.REQUEST_PATH: self._path,
            sc.SERVER_ADDRESS: self.exchange.host,
        }
        if self.exchange.port:
            attributes[sc.SERVER_PORT] = self.exchange.port
        if asked.model:
            attributes[sc.REQUEST_MODEL] = str(asked.model)
        if asked.output_type:
            attributes[sc.OUTPUT_FORMAT] = asked.output_type
        if asked.stream:
            attributes[sc.STREAMED] = True
        for key, value in asked.parameters.items():
            attributes[sc.REQUEST_PARAMETER_PREFIX + key] = _attribute(value)
        told = self.exchange.header("x-stainless-retry-count")
        if told.isdigit():
            attributes[sc.ATTEMPT_NUMBER] = int(told) + 1
        if outer is not None and outer.attempt_group:
            attributes[sc.ATTEMPT_GROUP] = outer.attempt_group
            if outer.attempt_name:
                attributes[sc.ATTEMPT_GROUP_NAME] = outer.attempt_name

    def _keep_trace_here(self) -> None:
        """Takes the run's own W3C headers off: Anthropic's SDK adds them, from any current span."""
        if f"{self._record.trace_id:032x}" in self.exchange.header("traceparent"):
            for name in ("traceparent", "tracestate", "baggage"):
                self.exchange.drop(name)

    # --- replay -------------------------------------------------------------------------

    def served(self) -> Any:
        """The recorded response when a replay answers this call; None when it is to be sent."""
        session = interceptor()
        if session is None:
            return None
        parent = self._record.parent_id
        try:
            answer = session.call(
                CallAsked(
                    name=self._record.name,
                    content_key=content_key(self._path, self._body),
                    request=self._body,
                    parent_span_id=f"{parent:016x}" if parent else None,
                    path=self._frame.path,
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
        try:
            return response_of(self.exchange, self._wire, answer.call, substitute)
        except BaseException as error:
            self.failed(error)
            raise

    def _change(self, model: str | None, prompt: str | None) -> None:
        if model is None and prompt is None:
            return
        path, body = self._wire.changed(self._path, self._body, model=model, prompt=prompt)
        self.exchange.change(path, body)
        self._path, self._body = path, body
        self._asked = self._wire.asked(self.exchange.host, path, body)
        attributes = self._record.attributes
        attributes[sc.REQUEST_PATH] = path
        if self._asked.model:
            attributes[sc.REQUEST_MODEL] = self._asked.model
        attributes[sc.REQUEST_BODY] = json_text(body)

    # --- the answer ---------------------------------------------------------------------

    def received(self, status: int, headers: Any) -> bool:
        """Notes the head of a response; False when its body need not be watched: a redirect, after
        which the request is sent again."""
        if 300 <= status < 400 and headers.get("location"):
            self._done = True
            self._frame.live = False
            self._running.open.pop(self._record.span_id, None)
            return False
        attributes = self._record.attributes
        attributes[sc.RESPONSE_STATUS] = status
        attributes[sc.RESPONSE_CONTENT_TYPE] = headers.get("content-type", "")
        if status >= 400:
            attributes[sc.ATTEMPT_REASON] = (
                "429" if status == 429 else "5xx" if status >= 500 else "4xx"
            )
            wait = _retry_after_s(headers)
            if wait is not None:
                attributes[sc.ATTEMPT_RETRY_AFTER_S] = wait
        return True

    @property
    def last_line(self) -> bytes:
        """Line of a stream after which nothing of the answer comes."""
        return self._wire.last_line

    def finished(self, answer: Body) -> None:
        """Called with all bytes that came, decoded; the first time ends the span."""
        if self._done:
            return
        self._done = True
        with guard.quietly("reading a response"):
            self._note(answer)
        self._end()

    def _note(self, answer: Body) -> None:
        attributes = self._record.attributes
        self._answer = answer
        text = answer.raw.decode("utf-8", "replace")
        if self._record.capture != "none":
            attributes[sc.RESPONSE_BODY] = text
        if answer.status >= 400:
            self._record.error = (str(answer.status), error_message(text))
        elif answer.failure is not None:
            self._fail(answer.failure)

    def failed(self, error: BaseException) -> None:
        """No response came."""
        if self._done:
            return
        self._done = True
        with guard.quietly("recording a failed request"):
            self._fail(error)
        self._end()

    def _fail(self, error: BaseException) -> None:
        self._record.fail(error)
        name = type(error).__name__.lower()
        self._record.attributes[sc.ATTEMPT_REASON] = (
            "timeout" if "timeout" in name else "cancelled" if "cancel" in name else "connection"
        )

    def _end(self) -> None:
        self._frame.live = False
        self._record.late = Reading(
            self._wire, self._asked, self._path, self._body, self._answer
        ).settle
        self._running.finish(self._record)


def _stricter(one: str, other: str) -> str:
    return max(one, other, key=lambda c: _STRICTNESS.index(c) if c in _STRICTNESS else 0)


def _attribute(value: Any) -> Any:
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return value
    return json_text(value)


def _retry_after_s(headers: Any) -> float | None:
    """Seconds to wait as the provider says: a number, or the date it may be tried again."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return float(headers[name]) / scale
        except (KeyError, ValueError):
            continue
    return _until_s(headers.get("retry-after", ""))


def _until_s(date: str) -> float | None:
    import datetime as dt
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(date)
        return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def error_message(text: str) -> str:
    """What an error body says, in whichever of the providers' shapes."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return text[:1000]
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error") if isinstance(body, dict) else None
    for said in (error, body):
        if isinstance(said, dict) and isinstance(said.get("message"), str):
            return str(said["message"])
    return error if isinstance(error, str) else text[:1000]
