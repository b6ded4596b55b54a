"""One process that owns a store: receiver, JSON API, gRPC and UI."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from misstep.errors import MissingExtra, StoreBusy, StoreError, UsageError
from misstep.owner import find_owner, remove_owner, write_owner
from misstep_store.conventions.types import Usage
from misstep_store.deriving.pricing import price
from misstep_store.reader import Reader
from misstep_store.replaying.jobs import Permission
from misstep_store.serve import api, otlp_grpc, otlp_http, overview_api, replay_api
from misstep_store.serve.forward import Forwarding
from misstep_store.serve.punctual import Connections, protocol
from misstep_store.serve.replay_jobs import Jobs
from misstep_store.serve.retaining import Retaining
from misstep_store.serve.security import Gate, allowed_hosts, read_tokens
from misstep_store.shapes.retention import Policy
from misstep_store.store import Store

logger = logging.getLogger("misstep.serve")

_START_TIMEOUT_S = 30.0


class Server:
    """Owns ``store_path`` while entered. Port 0 takes a free one; ``ui_port`` None leaves the UI out;
    ``replay`` says what may be executed at a request, nothing unless given.

    Raises (on entering):
        UsageError: a port is in use.
        StoreError: the store cannot be opened.
        MissingExtra: the UI is wanted and not installed.
    """

    def __init__(
        self,
        store_path: str | Path,
        *,
        host: str = "127.0.0.1",
        otlp_port: int = 4318,
        grpc_port: int | None = 4317,
        ui_port: int | None = 8501,
        forward: Sequence[str] = (),
        retention: Policy | None = None,
        replay: Permission | None = None,
    ) -> None:
        self.path = Path(store_path).expanduser().resolve()
        self._forwarding = Forwarding(forward, self.path)
        self._retaining = Retaining(retention) if retention is not None else None
        self._host = host
        self._ports = (otlp_port, grpc_port, ui_port)
        self._replay = replay
        self._jobs = Jobs()
        self._servers: list[_Threaded] = []
        self._grpc: otlp_grpc.Receiver | None = None
        self._connections = Connections()
        self._store: Store | None = None
        self.otlp_url = self.ui_url = self.grpc_address = ""

    @property
    def store(self) -> Store:
        """The open store."""
        if self._store is None:
            raise StoreError("the server is not running")
        return self._store

    @property
    def reader(self) -> Reader:
        """Reads the store in this process."""
        return self.store.reader

    def __enter__(self) -> Server:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def _start(self) -> None:
        otlp_port, grpc_port, ui_port = self._ports
        # All ports first: a port in use must cost neither a look at the store nor loading the UI.
        bound: list[socket.socket] = []
        try:
            bound.append(_bind(self._host, otlp_port, "--otlp-port"))
            if ui_port is not None:
                bound.append(_bind(self._host, ui_port, "--ui-port"))
            if grpc_port:  # gRPC binds by itself and complains on stderr; so look first
                _bind(self._host, grpc_port, "--grpc-port").close()
            ui_app = _ui_factory() if ui_port is not None else None
            self._open_store()
            ui_socket = bound[1] if ui_port is not None else None
            self._serve(bound[0], ui_socket, ui_app, grpc_port)
        finally:
            # A socket that no server took over is ours to close.
            for left in bound[len(self._servers) :]:
                left.close()

    def _open_store(self) -> None:
        owner = find_owner(self.path)
        if owner is not None:
            raise StoreBusy(
                f"{self.path} is served already by process {owner.pid} at {owner.url}; "
                "stop it, or name another store with --store"
            )
        arrived = self._forwarding.arrived if self._forwarding else None
        self._store = Store.open(self.path, background=True, arrived=arrived)
        self._forwarding.start()
        if self._retaining is not None:
            self._retaining.start(self._store)

    def _serve(
        self,
        otlp_socket: socket.socket,
        ui_socket: socket.socket | None,
        ui_app: Any,
        grpc_port: int | None,
    ) -> None:
        tokens = read_tokens()
        probes = api.routes(
            self.store,
            more=[
                *replay_api.routes(self.store, self._jobs, self._replay),
                *overview_api.routes(
                    self.store,
                    receiver=lambda: {"otlp": self.otlp_url, "grpc": self.grpc_address},
                ),
            ],
            forward=self._forwarding.report,
        )
        gate = Middleware(Gate, hosts=allowed_hosts(self._host), token=tokens.receiver)
        received = otlp_http.routes(self.store, self._forwarding.took if self._forwarding else None)
        app = Starlette(
            routes=[*received, *probes],
            middleware=[gate],
            exception_handlers={404: otlp_http.elsewhere},
        )
        if grpc_port is not None:
            self._grpc = otlp_grpc.serve(self.store, self._host, grpc_port, token=tokens.receiver)
            self._connections.grpc = self._grpc.connections
            self.grpc_address = f"{_shown(self._host)}:{self._grpc.port}"
        http = protocol(self._connections)
        self._servers.append(_Threaded(app, otlp_socket, "misstep-otlp", http))
        self.otlp_url = f"http://{_shown(self._host)}:{otlp_socket.getsockname()[1]}"
        write_owner(self.path, f"http://{_reached(self._host)}:{otlp_socket.getsockname()[1]}")
        if ui_socket is not None:
            ui = Gate(ui_app(self.reader, probes), hosts=allowed_hosts(self._host), token=tokens.ui)
            self._servers.append(_Threaded(ui, ui_socket, "misstep-ui", http))
            self.ui_url = f"http://{_shown(self._host)}:{ui_socket.getsockname()[1]}"
        for server in self._servers:
            server.wait_started()

    @property
    def migrated_from(self) -> int | None:
        """The schema the store had, if it was brought up to date when it was opened."""
        return self.store.database.migrated_from

    def addresses(self) -> dict[str, str]:
        """Where it listens, by what answers there, and its store."""
        found = {"otlp": self.otlp_url, "grpc": self.grpc_address, "ui": self.ui_url}
        return {what: where for what, where in found.items() if where} | {"store": str(self.path)}

    def ready_line(self) -> str:
        """What ``misstep up`` prints once everything answers."""
        return " ".join(["ready", *(f"{what}={at}" for what, at in self.addresses().items())])

    @staticmethod
    def warm_up() -> None:
        """Loads what the first spans would wait for: pandas, which Arrow looks for, and the prices."""
        pa.array([""])
        price("openai", "gpt-4o", Usage(1, 1), time.time_ns())

    def close(self) -> None:
        """Stops listening, commits what arrived, lets the store go; safe to call twice."""
        self._jobs.close()
        if self._grpc is not None:
            self._grpc.stop()
            self._grpc = None
        if self._store is not None:
            self._store.changes.close()  # live listeners leave, else stopping waits for them
        for server in reversed(self._servers):
            server.stop()
        self._servers.clear()
        self._forwarding.close()
        if self._retaining is not None:
            self._retaining.close()
        if self._store is not None:
            remove_owner(self.path)
            self._store.close()
            self._store = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Threaded:
    """One uvicorn server on a thread with a loop of its own."""

    def __init__(self, app: Any, bound: socket.socket, name: str, http: type[Any]) -> None:
        config = uvicorn.Config(
            app,
            log_level="error",  # what senders do wrong is told to them
            access_log=False,
            lifespan="auto",
            http=http,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=3,
            server_header=False,
            ws="auto",
        )
        self._server = _Quiet(config)
        self._socket = bound
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        except BaseException as error:
            self._failure = error

    def wait_started(self) -> None:
        """Returns when it answers.

        Raises:
            StoreError: when it ended instead.
        """
        waited = threading.Event()
        for _ in range(int(_START_TIMEOUT_S / 0.02)):
            if self._server.started:
                return
            if not self._thread.is_alive():
                raise StoreError(f"{self._thread.name} could not start: {self._failure}")
            waited.wait(0.02)
        raise StoreError(f"{self._thread.name} did not start within {_START_TIMEOUT_S:.0f} s")

    def stop(self) -> None:
        """Ends it and its thread."""
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()


class _Quiet(uvicorn.Server):
    """Signals belong to whoever started us."""

    def install_signal_handlers(self) -> None:
        """Nothing."""

    def capture_signals(self) -> Any:
        """Nothing either (newer uvicorn)."""
        import contextlib

        return contextlib.nullcontext()


def _bind(host: str, port: int, flag: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise UsageError(
            f"port {port} of {host} cannot be taken ({error.strerror}); "
            f"give another: {flag} 0 takes a free one"
        ) from error
    bound.listen(512)
    return bound


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _reached(host: str) -> str:
    """Where commands on this machine reach a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, _shown(host))  # noqa: S104


def _ui_factory() -> Any:
    try:
        return next(iter(entry_points(group="misstep.ui", name="app"))).load()
    except (StopIteration, ImportError) as error:
        raise MissingExtra(
            "the UI needs Streamlit: pip install 'misstep[ui]', or leave it out with --no-ui"
        ) from error
