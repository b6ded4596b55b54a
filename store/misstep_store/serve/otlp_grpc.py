"""OTLP/gRPC: TraceService and LogsService over the same ingest path as HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from misstep.errors import DecodeError, UsageError
from misstep_store import decode
from misstep_store.serve.bodies import max_body_bytes
from misstep_store.serve.security import TOKEN_WANTED, carries
from misstep_store.store import Store


class _Traces(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store

    def Export(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        answer = trace_service_pb2.ExportTraceServiceResponse()
        found = _stored(self._store, request, context, is_logs=False)
        if found.rejected:
            answer.partial_success.rejected_spans = len(found.rejected)
            answer.partial_success.error_message = "; ".join(found.rejected)[:2000]
        return answer


class _Logs(logs_service_pb2_grpc.LogsServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store

    def Export(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        _stored(self._store, request, context, is_logs=True)
        return logs_service_pb2.ExportLogsServiceResponse()


def _stored(
    store: Store, request: Any, context: grpc.ServicerContext, *, is_logs: bool
) -> decode.Decoded:
    read = decode.decode_logs if is_logs else decode.decode_traces
    try:
        found = read(request.SerializeToString(), json=False)
        store.ingest(found.spans, found.logs, rejected=found.rejected)
        if store.arrived is not None:
            store.arrived("logs" if is_logs else "traces", request.SerializeToString())
    except DecodeError as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except Exception as error:  # a passing trouble: the client must try again
        context.abort(grpc.StatusCode.UNAVAILABLE, f"not stored: {error}")
    return found


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
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(_Traces(store), server)  # type: ignore[no-untyped-call]
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(_Logs(store), server)  # type: ignore[no-untyped-call]
    try:
        bound = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise UsageError(
            f"port {port} is in use; give another: --grpc-port 0 takes a free one"
        ) from error
    server.start()
    return server, bound
