"""OTLP/gRPC: TraceService and LogsService over the same ingest path as HTTP."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from misstep.errors import DecodeError, UsageError
from misstep.inbox import Signal
from misstep_store import decode
from misstep_store.serve.bodies import max_body_bytes
from misstep_store.serve.security import TOKEN_WANTED, carries
from misstep_store.store import COMMIT_TIMEOUT_S, Store, slow_commit


def _export_traces(store: Store, body: bytes, context: grpc.ServicerContext) -> Any:
    """TraceService.Export: the body goes the way that HTTP bodies go, undecoded."""
    answer = trace_service_pb2.ExportTraceServiceResponse()
    rejected = _kept(store, body, context, "traces", lambda: _store_traces(store, body))
    if rejected:
        answer.partial_success.rejected_spans = len(rejected)
        answer.partial_success.error_message = "; ".join(rejected)[:2000]
    return answer


def _export_logs(store: Store, body: bytes, context: grpc.ServicerContext) -> Any:
    """LogsService.Export."""
    answer = logs_service_pb2.ExportLogsServiceResponse()
    rejected = _kept(store, body, context, "logs", lambda: _store_logs(store, body))
    if rejected:
        answer.partial_success.rejected_log_records = len(rejected)
        answer.partial_success.error_message = "; ".join(rejected)[:2000]
    return answer


def _store_traces(store: Store, body: bytes) -> list[str]:
    queued = store.submit_body(body)
    if queued is not None:
        try:
            return queued.result(COMMIT_TIMEOUT_S).rejected
        except TimeoutError as error:
            raise slow_commit() from error
    found = decode.decode_traces(body, json=False)
    store.ingest(found.spans, found.logs, rejected=found.rejected)
    return found.rejected


def _store_logs(store: Store, body: bytes) -> list[str]:
    found = decode.decode_logs(body, json=False)
    store.ingest(found.spans, found.logs, rejected=found.rejected)
    return found.rejected


def _kept(
    store: Store,
    body: bytes,
    context: grpc.ServicerContext,
    signal: Signal,
    work: Callable[[], list[str]],
) -> list[str]:
    try:
        rejected = work()
        if store.arrived is not None:
            store.arrived(signal, body)
    except DecodeError as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except Exception as error:  # a passing trouble: the client must try again
        context.abort(grpc.StatusCode.UNAVAILABLE, f"not stored: {error}")
    return rejected


def _services(store: Store) -> tuple[grpc.GenericRpcHandler[Any, Any], ...]:
    """Both services; requests are left as bytes."""
    found = []
    for service, export in (("trace", _export_traces), ("logs", _export_logs)):
        handler = grpc.unary_unary_rpc_method_handler(
            functools.partial(export, store),
            response_serializer=lambda answer: answer.SerializeToString(),
        )
        name = f"opentelemetry.proto.collector.{service}.v1.{service.title()}Service"
        found.append(grpc.method_handlers_generic_handler(name, {"Export": handler}))
    return tuple(found)


if TYPE_CHECKING:
    _Interceptor = grpc.ServerInterceptor[Any, Any]
else:
    _Interceptor = grpc.ServerInterceptor


class _TokenCheck(_Interceptor):
    """Refuses calls whose metadata does not carry ``authorization: Bearer TOKEN``."""

    def __init__(self, token: str) -> None:
        self._token = token

        def refuse(_: Any, context: grpc.ServicerContext) -> None:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, TOKEN_WANTED)

        self._refuse = grpc.unary_unary_rpc_method_handler(refuse)

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Passes on what carries the token."""
        given = dict(handler_call_details.invocation_metadata).get("authorization", "")
        return continuation(handler_call_details) if carries(given, self._token) else self._refuse


def serve(
    store: Store, host: str, port: int, *, token: str | None = None
) -> tuple[grpc.Server, int]:
    """A started server and its port; with a ``token``, calls must carry it.

    Raises:
        UsageError: when the port is in use.
    """
    limit = max_body_bytes()
    server = grpc.server(
        ThreadPoolExecutor(8, thread_name_prefix="misstep-grpc"),
        interceptors=[_TokenCheck(token)] if token else [],
        options=[
            ("grpc.max_receive_message_length", limit),
            ("grpc.max_send_message_length", 4 * 1024 * 1024),
            ("grpc.so_reuseport", 0),
        ],
    )
    server.add_generic_rpc_handlers(_services(store))
    try:
        bound = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise UsageError(
            f"port {port} is in use; give another: --grpc-port 0 takes a free one"
        ) from error
    server.start()
    return server, bound
