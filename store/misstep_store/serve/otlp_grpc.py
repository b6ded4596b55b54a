"""OTLP/gRPC: TraceService and LogsService over the same ingest path as HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from misstep.errors import DecodeError, UsageError
from misstep_store import decode
from misstep_store.serve.bodies import max_body_bytes
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
    except DecodeError as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except Exception as error:  # a passing trouble: the client must try again
        context.abort(grpc.StatusCode.UNAVAILABLE, f"not stored: {error}")
    return found


def serve(store: Store, host: str, port: int) -> tuple[grpc.Server, int]:
    """A started server and its port.

    Raises:
        UsageError: when the port is in use.
    """
    limit = max_body_bytes()
    server = grpc.server(
        ThreadPoolExecutor(8, thread_name_prefix="misstep-grpc"),
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
