"""OTLP/HTTP: ``POST /v1/traces``, ``/v1/logs``, ``/v1/metrics``; a 200 means committed and visible.

A client drops a batch for good on anything but 429, 502, 503 and 504, so every passing trouble is
a 503 with Retry-After, and nothing is ever a 500.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from misstep.errors import DecodeError
from misstep_store import store as storing
from misstep_store.ingest.write import Ingested, count
from misstep_store.otlp import decode
from misstep_store.serve.bodies import BodyError, max_body_bytes, read_body
from misstep_store.serve.statuses import JSON, PROTOBUF, RETRY_AFTER_S, sentence, status_of
from misstep_store.store import Store

logger = logging.getLogger("misstep.serve")

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_CODES = {400: 3, 404: 5, 405: 12, 413: 8, 415: 3, 503: 14}
_BODY_TIMEOUT_S = 30.0

Forward = Callable[[Request, bytes, bool], None]
"""Takes over a request that is stored: itself, its decoded body, whether that is JSON."""


def routes(store: Store, forward: Forward | None = None) -> list[Route]:
    """The receiver's routes; every method is registered, so that a wrong one is answered 405."""
    receiver = Receiver(store, forward)
    known = {"traces": receiver.traces, "logs": receiver.logs, "metrics": receiver.metrics}
    return [
        Route(f"/v1/{signal}{slash}", endpoint, methods=_METHODS)
        for signal, endpoint in known.items()
        for slash in ("", "/")  # a redirect is not followed by every exporter
    ]


async def elsewhere(request: Request, _: Exception) -> Response:
    """404 for a path where nothing is: most often an endpoint without its ``/v1/traces``."""
    message = f"nothing is at {request.url.path[:200]}; OTLP goes to /v1/traces and /v1/logs"
    kind = content_type(request)
    if kind is None:
        return JSONResponse({"error": f"{message}, the API is at /api/openapi.json"}, 404)
    return refusal(404, message, kind)


class Receiver:
    """The three endpoints over one store."""

    def __init__(self, store: Store, forward: Forward | None = None) -> None:
        self._store = store
        self._forward = forward

    async def traces(self, request: Request) -> Response:
        """Spans in."""
        return await self._answer(request, self._take_traces)

    async def logs(self, request: Request) -> Response:
        """Log records in."""
        return await self._answer(request, self._take_logs)

    async def metrics(self, request: Request) -> Response:
        """Metrics are taken and counted, not stored."""
        return await self._answer(request, self._take_metrics)

    async def _answer(
        self, request: Request, take: Callable[[bytes, bool], Awaitable[object]]
    ) -> Response:
        kind = content_type(request)
        answer_type = kind or PROTOBUF
        if request.method != "POST":
            return refusal(405, "OTLP is sent with POST", answer_type, {"allow": "POST"})
        if kind is None:
            given = request.headers.get("content-type", "")
            message = f"unknown content-type {given!r}; use {PROTOBUF} or {JSON}"
            return refusal(415, message, answer_type)
        try:
            body = await self._body(request)
            taken = await take(body, kind == JSON)
            if self._forward is not None:
                await run_in_threadpool(self._forward, request, body, kind == JSON)
        except BodyError as error:
            # Whoever took too long for a body is not waited for again on this connection.
            ended = {"connection": "close"} if error.status == 503 else None
            return refusal(error.status, str(error), answer_type, ended)
        except DecodeError as error:
            return refusal(400, str(error), answer_type)
        except ClientDisconnect:
            return refusal(400, "the connection ended before the body did", answer_type)
        except asyncio.CancelledError:
            return refusal(503, "not stored: the server is stopping", answer_type)
        except Exception as error:  # whatever it is, the client must keep the batch and try again
            logger.warning("a batch could not be stored: %s", error)
            return refusal(503, f"not stored: {sentence(error)}", answer_type)
        return success(taken, answer_type)

    async def _body(self, request: Request) -> bytes:
        encoding = request.headers.get("content-encoding", "")
        declared = request.headers.get("content-length", "")
        reading = read_body(request.stream(), encoding, max_body_bytes(), declared=declared)
        try:
            return await asyncio.wait_for(reading, _BODY_TIMEOUT_S)
        except TimeoutError as error:
            raise BodyError(503, "the body took too long to arrive") from error

    async def _take_traces(self, body: bytes, is_json: bool) -> object:
        queued = None if is_json else self._store.submit_body(body)
        if queued is not None:
            rejected = await self._rejected(queued)
        else:
            rejected = await run_in_threadpool(self._store_traces, body, is_json)
        answer = ExportTraceServiceResponse()
        if rejected:
            answer.partial_success.rejected_spans = len(rejected)
            answer.partial_success.error_message = reasons(rejected)
        return answer

    async def _rejected(self, queued: Future[Ingested]) -> list[str]:
        waited = asyncio.wrap_future(queued)
        try:
            return (await asyncio.wait_for(waited, storing.COMMIT_TIMEOUT_S)).rejected
        except TimeoutError as error:
            raise storing.slow_commit() from error

    def _store_traces(self, body: bytes, is_json: bool) -> list[str]:
        found = decode.decode_traces(body, json=is_json)
        self._store.ingest(found.spans, rejected=found.rejected)
        return found.rejected

    async def _take_logs(self, body: bytes, is_json: bool) -> object:
        rejected = await run_in_threadpool(self._store_logs, body, is_json)
        answer = ExportLogsServiceResponse()
        if rejected:
            answer.partial_success.rejected_log_records = len(rejected)
            answer.partial_success.error_message = reasons(rejected)
        return answer

    def _store_logs(self, body: bytes, is_json: bool) -> list[str]:
        found = decode.decode_logs(body, json=is_json)
        self._store.ingest((), found.logs, rejected=found.rejected)
        return found.rejected

    async def _take_metrics(self, body: bytes, is_json: bool) -> object:
        await run_in_threadpool(count_metrics, self._store)
        return ExportMetricsServiceResponse()


def count_metrics(store: Store) -> None:
    """Counts a request of metrics, which are taken and not stored."""
    with store.database.transaction() as connection:
        count(connection, "metrics requests: accepted, not stored", 1)


def content_type(request: Request) -> str | None:
    """The request's type, parameters and case aside; None when it is neither of OTLP's."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind if kind in (PROTOBUF, JSON) else None


def reasons(rejected: list[str]) -> str:
    """Why spans or records were left out: each reason once, cut at 2,000 characters."""
    return "; ".join(dict.fromkeys(rejected))[:2000]


def success(message: object, kind: str) -> Response:
    """200 with the response message in the request's type."""
    if kind == JSON:
        return Response(json_format.MessageToJson(message, indent=None), 200, media_type=JSON)  # type: ignore[arg-type]
    return Response(message.SerializeToString(), 200, media_type=PROTOBUF)  # type: ignore[attr-defined]


def refusal(
    status: int, message: str, kind: str, headers: dict[str, str] | None = None
) -> Response:
    """An error whose body is a google.rpc.Status in the request's type."""
    body = status_of(_CODES.get(status, 2), message)
    headers = dict(headers or {})
    if status == 503:
        headers["retry-after"] = str(RETRY_AFTER_S)
    if kind == JSON:
        text = json_format.MessageToJson(body, indent=None)
        return Response(text, status, headers, media_type=JSON)
    return Response(body.SerializeToString(), status, headers, media_type=PROTOBUF)
