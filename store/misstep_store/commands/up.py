"""``misstep up``: the server."""

from __future__ import annotations

import signal
import threading

import click

from misstep.errors import UsageError
from misstep_store.serve.opening import default_store, store_path
from misstep_store.serve.server import Server

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command(name="up")
@click.option("--store", metavar="FILE", help="The store's file (default: $MISSTEP_STORE).")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--otlp-port", default=4318, show_default=True, help="OTLP/HTTP and JSON API; 0: free."
)
@click.option("--grpc-port", default=4317, show_default=True, help="OTLP/gRPC; 0: a free one.")
@click.option("--ui-port", default=8501, show_default=True, help="The UI; 0: a free one.")
@click.option("--no-ui", is_flag=True, help="Receiver and API only.")
@click.option(
    "--insecure-bind",
    is_flag=True,
    help="Listen on other than loopback without protection, e.g. inside a container.",
)
def command(
    *,
    store: str | None,
    host: str,
    otlp_port: int,
    grpc_port: int,
    ui_port: int,
    no_ui: bool,
    insecure_bind: bool,
) -> None:
    """Receive spans, serve the JSON API and the UI, all on one DuckDB file.

    Point any OTLP exporter at it: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
    """
    if host not in _LOOPBACK and not insecure_bind:
        raise UsageError(
            f"listening on {host} lets others read and write your traces; "
            "add --insecure-bind if that is what you want (e.g. in a container)"
        )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    path = store_path(store or default_store())
    with Server(
        path,
        host=host,
        otlp_port=otlp_port,
        grpc_port=grpc_port,
        ui_port=None if no_ui else ui_port,
    ) as server:
        click.echo(server.ready_line())
        stop.wait()
