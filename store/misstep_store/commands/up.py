"""``misstep up``: the server."""

from __future__ import annotations

import json
import signal
import threading

import click

from misstep.errors import UsageError
from misstep_store.database import SCHEMA_VERSION
from misstep_store.serve.opening import default_store, store_path
from misstep_store.serve.security import read_tokens
from misstep_store.shapes.retention import Policy, size_bytes

_PORT = click.IntRange(0, 65_535)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command(name="up")
@click.option("--store", metavar="FILE", help="The store's file (default: $MISSTEP_STORE).")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--otlp-port",
    type=_PORT,
    default=4318,
    show_default=True,
    help="OTLP/HTTP and JSON API; 0: free.",
)
@click.option(
    "--grpc-port", type=_PORT, default=4317, show_default=True, help="OTLP/gRPC; 0: a free one."
)
@click.option(
    "--ui-port", type=_PORT, default=8501, show_default=True, help="The UI; 0: a free one."
)
@click.option("--json", "as_json", is_flag=True, help="Print where it listens as JSON.")
@click.option("--no-ui", is_flag=True, help="Receiver and API only.")
@click.option(
    "--forward",
    metavar="URL",
    multiple=True,
    help="Pass on what arrives to this OTLP/HTTP address; may be given several times.",
)
@click.option("--retain-days", type=float, metavar="N", help="Remove runs that began longer ago.")
@click.option(
    "--retain-failing-days",
    type=float,
    metavar="N",
    help="Keep failing and marked runs for so long.",
)
@click.option(
    "--retain-size", metavar="SIZE", help="Remove the oldest runs beyond this size, e.g. 20GB."
)
@click.option(
    "--allow-replay",
    is_flag=True,
    help="Let the UI execute runs again whose program ran on this machine before.",
)
@click.option(
    "--insecure-bind",
    is_flag=True,
    help="Listen on other than loopback without a token, e.g. inside a container.",
)
def command(
    *,
    store: str | None,
    host: str,
    otlp_port: int,
    grpc_port: int,
    ui_port: int,
    no_ui: bool,
    forward: tuple[str, ...],
    retain_days: float | None,
    retain_failing_days: float | None,
    retain_size: str | None,
    allow_replay: bool,
    insecure_bind: bool,
    as_json: bool,
) -> None:
    """Receive spans, serve the JSON API and the UI, all on one DuckDB file.

    Point any OTLP exporter at it: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318

    \b
    Examples:
      misstep up --store traces.duckdb
      misstep up --no-ui --otlp-port 0 --grpc-port 0      free ports, printed when ready
      misstep up --forward http://127.0.0.1:6006          keep a copy here, pass all on
      misstep up --retain-days 30 --retain-failing-days 180

    On other than loopback it wants tokens: MISSTEP_TOKEN for the receiver and its API,
    MISSTEP_UI_TOKEN for the UI (open it once with ?token=…). Headers for --forward, such as a
    key, come from OTEL_EXPORTER_OTLP_HEADERS. It ends with Ctrl-C; everything it acknowledged
    is in the file.
    """
    _check_bind(host, needs_ui=not no_ui, insecure=insecure_bind)
    retention = None
    if retain_days is not None or retain_failing_days is not None or retain_size is not None:
        retention = Policy(
            days=retain_days,
            failing_days=retain_failing_days,
            max_bytes=size_bytes(retain_size),
        )
    if host not in _LOOPBACK and allow_replay:
        raise UsageError(
            f"--allow-replay would let everybody who reaches {host} execute programs here; "
            "it goes with the loopback address alone"
        )
    # Here, because what is refused needs no server.
    from misstep_store.ingest import memory
    from misstep_store.replaying.jobs import Permission
    from misstep_store.serve.server import Server

    memory.be_frugal(data_frames=not no_ui)  # Streamlit draws them
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
        forward=forward,
        retention=retention,
        replay=Permission() if allow_replay else None,
    ) as server:
        if server.migrated_from is not None:
            click.echo(
                f"{path} was brought from schema {server.migrated_from} to {SCHEMA_VERSION}; "
                "hops are made again in the background",
                err=True,
            )
        click.echo(json.dumps(server.addresses()) if as_json else server.ready_line())
        server.warm_up()
        stop.wait()


def _check_bind(host: str, *, needs_ui: bool, insecure: bool) -> None:
    tokens = read_tokens()
    if host in _LOOPBACK or insecure:
        return
    if tokens.receiver is None:
        raise UsageError(
            f"listening on {host} lets others read and write your traces; set a token with "
            "MISSTEP_TOKEN, or add --insecure-bind if that is what you want (e.g. in a container)"
        )
    if needs_ui and tokens.ui is None:
        raise UsageError(
            f"the UI on {host} lets others read your traces; set a token with MISSTEP_UI_TOKEN, "
            "or leave the UI out with --no-ui"
        )
