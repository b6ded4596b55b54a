"""OTLP/gRPC: TraceService and LogsService over the same ingest path as HTTP; MetricsService counts."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn

import grpc
from grpc_channelz.v1 import channelz, channelz_pb2
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from misstep.errors import DecodeError, UsageError
from misstep.inbox import Signal
from misstep_store import store as storing
from misstep_store.otlp import decode
from misstep_store.serve.bodies import max_body_bytes
from misstep_store.serve.otlp_http import count_metrics, reasons
from misstep_store.serve.punctual import BUSY, MAX_CONNECTIONS
from misstep_store.serve.security import TOKEN_WANTED, carries
from misstep_store.serve.statuses import sentence, status_of
from misstep_store.store import Store, slow_commit

_TOLD: Any = channelz.ChannelzServicer  # type: ignore[attr-defined]  # the stubs leave it out


def _export_traces(store: Store, body: bytes, context: grpc.ServicerContext) -> Any:
    """TraceService.Export: the body goes the way that HTTP bodies go, undecoded."""
    answer = trace_service_pb2.ExportTraceServiceResponse()
    rejected = _kept(store, body, context, "traces", lambda: _store_traces(store, body))
    if rejected:
        answer.partial_success.rejected_spans = len(rejected)
        answer.partial_success.error_message = reasons(rejected)
    return answer


def _export_logs(store: Store, body: bytes, context: grpc.ServicerContext) -> Any:
    """LogsService.Export."""
    answer = logs_service_pb2.ExportLogsServiceResponse()
    rejected = _kept(store, body, context, "logs", lambda: _store_logs(store, body))
    if rejected:
        answer.partial_success.rejected_log_records = len(rejected)
        answer.partial_success.error_message = reasons(rejected)
    return answer


def _export_metrics(store: Store, body: bytes, context: grpc.ServicerContext) -> Any:
    """MetricsService.Export: taken and counted, not stored."""

    def work() -> list[str]:
        count_metrics(store)
        return []

    _kept(store, body, context, None, work)
    return metrics_service_pb2.ExportMetricsServiceResponse()


def _store_traces(store: Store, body: bytes) -> list[str]:
    queued = store.submit_body(body)
    if queued is not None:
        try:
            return queued.result(storing.COMMIT_TIMEOUT_S).rejected
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
    signal: Signal | None,
    work: Callable[[], list[str]],
) -> list[str]:
    try:
        rejected = work()
        if store.arrived is not None and signal is not None:
            store.arrived(signal, body)
    except DecodeError as error:
        _abort(context, grpc.StatusCode.INVALID_ARGUMENT, sentence(error))
    except Exception as error:  # a passing trouble: the client must try again
        _abort(context, grpc.StatusCode.UNAVAILABLE, f"not stored: {sentence(error)}")
    return rejected


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    """Ends a call with a status whose details go with it, as over HTTP."""
    told = status_of(code.value[0], message).SerializeToString()
    context.set_trailing_metadata((("grpc-status-details-bin", told),))
    context.abort(code, message)
    raise AssertionError  # abort raises


_EXPORTS = {"trace": _export_traces, "logs": _export_logs, "metrics": _export_metrics}


def _services(store: Store) -> tuple[grpc.GenericRpcHandler[Any, Any], ...]:
    """All services; requests are left as bytes."""
    found = []
    for service, export in _EXPORTS.items():
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


class Receiver:
    """A gRPC server that listens on ``port``; ``number`` is what channelz calls it."""

    def __init__(self, server: grpc.Server, port: int, number: int) -> None:
        self._server = server
        self.port = port
        self._number = number

    def connections(self) -> int:
        """How many are open, those included on which nothing was asked yet."""
        asked = channelz_pb2.GetServerSocketsRequest(server_id=self._number)
        return len(_TOLD.GetServerSockets(asked, None).socket_ref)

    def stop(self) -> None:
        """Ends it; calls under way have two seconds."""
        self._server.stop(grace=2).wait()


class _CrowdCheck(_Interceptor):
    """Answers UNAVAILABLE, which senders repeat, while more connections are open than may be."""

    receiver: Receiver | None = None

    def __init__(self) -> None:
        def busy(_: Any, context: grpc.ServicerContext) -> None:
            _abort(context, grpc.StatusCode.UNAVAILABLE, BUSY)

        self._busy = grpc.unary_unary_rpc_method_handler(busy)

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Passes on what is not one too many."""
        if self.receiver is not None and self.receiver.connections() > MAX_CONNECTIONS:
            return self._busy
        return continuation(handler_call_details)


_MAKING = threading.Lock()


def _made(limit: int, interceptors: list[_Interceptor]) -> tuple[grpc.Server, int]:
    server = grpc.server(
        ThreadPoolExecutor(8, thread_name_prefix="misstep-grpc"),
        interceptors=interceptors,
        options=[
            ("grpc.max_receive_message_length", limit),
            ("grpc.max_send_message_length", 4 * 1024 * 1024),
            ("grpc.so_reuseport", 0),
            ("grpc.enable_channelz", 1),  # counts connections
            ("grpc.server_handshake_timeout_ms", 10_000),
            ("grpc.max_connection_idle_ms", 60_000),
        ],
    )
    known = _TOLD.GetServers(channelz_pb2.GetServersRequest(), None).server
    return server, max(one.ref.server_id for one in known)


def serve(store: Store, host: str, port: int, *, token: str | None = None) -> Receiver:
    """A started receiver; with a ``token``, calls must carry it.

    Raises:
        UsageError: when the port is in use.
    """
    limit = max_body_bytes()
    crowd = _CrowdCheck()
    with _MAKING:  # channelz numbers servers in their order and tells no other name of them
        server, number = _made(limit, [*([_TokenCheck(token)] if token else []), crowd])
    server.add_generic_rpc_handlers(_services(store))
    try:
        bound = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise UsageError(
            f"port {port} is in use; give another: --grpc-port 0 takes a free one"
        ) from error
    server.start()
    crowd.receiver = Receiver(server, bound, number)
    return crowd.receiver
