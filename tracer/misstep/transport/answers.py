"""Reading a recorded exchange: messages, usage, first token, tool checks; on the exporter's thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from misstep import guard
from misstep import semconv as sc
from misstep.model import Json
from misstep.payload import canonical_json, json_text, sha256
from misstep.providers import Answered, Asked, Format
from misstep.record import SpanRecord
from misstep.transport.events import stream_events
from misstep.transport.tools import check_calls


@dataclass(slots=True)
class Body:
    """What came back: ``raw`` is decoded; ``pieces`` are (bytes so far, seconds since the request)
    of each chunk as it arrived, for finding the first token; ``abandoned`` when the caller closed
    the response before its end, ``failure`` when the connection broke off."""

    status: int
    content_type: str
    raw: bytes
    pieces: Sequence[tuple[int, float]] = ()
    abandoned: bool = False
    failure: BaseException | None = None


@dataclass(slots=True)
class Reading:
    """What is left to do for a call that has ended."""

    wire: Format
    asked: Asked
    path: str
    body: dict[str, Any]
    answer: Body | None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _settled: bool = False

    def settle(self, record: SpanRecord) -> None:
        """Writes the rest of the record's attributes; several exporters may ask, one does it."""
        with self._lock:
            if self._settled:
                return
            self._settled = True
            with guard.quietly("writing a request"):
                self._request(record)
            if self.answer is not None and self.answer.status < 400:
                with guard.quietly("reading an answer"):
                    self._response(record, self.answer)

    def _request(self, record: SpanRecord) -> None:
        attributes, asked = record.attributes, self.asked
        attributes[sc.CONTENT_KEY] = sha256(f"{self.path}\n{canonical_json(self.body)}")
        if record.capture == "none":
            return
        attributes[sc.INPUT_MESSAGES] = json_text(asked.messages)
        if asked.system:
            attributes[sc.SYSTEM_INSTRUCTIONS] = json_text(asked.system)
        if asked.tools:
            attributes[sc.TOOL_DEFINITIONS] = json_text(asked.tools)

    def _response(self, record: SpanRecord, answer: Body) -> None:
        events = stream_events(answer.content_type, answer.raw)
        if events is None:
            answered = self._whole(answer.raw)
        else:
            answered = self.wire.assembled([event for event, _ in events])
            self._first_token(record, answer, events)
        if answered is None:
            return
        if not answered.complete and (answer.abandoned or answer.failure is not None):
            record.attributes[sc.ABANDONED] = True
        self._write(record, answered)
        if answered.complete:
            check_calls(record, self.asked.tools, answered.messages)

    def _whole(self, raw: bytes) -> Answered | None:
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):  # cut off, or no JSON: the caller's SDK says so
            return None
        if isinstance(body, list):  # Gemini streams an array where no events are asked for
            return self.wire.assembled(body)
        return self.wire.answered(body) if isinstance(body, dict) else None

    def _first_token(
        self, record: SpanRecord, answer: Body, events: Sequence[tuple[Json, int]]
    ) -> None:
        if not answer.pieces:
            return
        end = next((at for event, at in events if self.wire.speaks(event)), None)
        if end is None:
            return
        when = next((s for size, s in answer.pieces if size >= end), answer.pieces[-1][1])
        record.attributes[sc.TIME_TO_FIRST_CHUNK] = when

    @staticmethod
    def _write(record: SpanRecord, answered: Answered) -> None:
        attributes = record.attributes
        told = {
            sc.INPUT_TOKENS: answered.input_tokens,
            sc.OUTPUT_TOKENS: answered.output_tokens,
            sc.CACHE_READ_TOKENS: answered.cached_tokens,
            sc.CACHE_WRITE_TOKENS: answered.cache_write_tokens,
            sc.REASONING_TOKENS: answered.reasoning_tokens,
            sc.EMBEDDING_DIMENSIONS: answered.dimensions,
            sc.RESPONSE_MODEL: answered.model,
            sc.RESPONSE_ID: answered.response_id,
        }
        attributes |= {k: v for k, v in told.items() if isinstance(v, str | int)}
        if answered.finish_reasons:
            attributes[sc.FINISH_REASONS] = answered.finish_reasons
        if answered.messages and record.capture != "none":
            attributes[sc.OUTPUT_MESSAGES] = json_text(answered.messages)
        if answered.error is not None and record.error is None:
            record.error = answered.error
