"""Running the provider in a background thread of this process, or reaching one elsewhere."""

from __future__ import annotations

import os
import socket
import threading
import time
from types import TracebackType
from typing import Any

import httpx
import uvicorn

from misstep.owner import is_plain
from misstep_examples.provider.app import Provider
from misstep_examples.provider.faults import UnknownFaultError
from misstep_examples.provider.skills import STANDARD, Skills

_START_TIMEOUT_S = 20.0


def default_latency() -> float:
    """The latency scale from ``MISSTEP_DEMO_LATENCY``; 1 when unset."""
    return float(os.environ.get("MISSTEP_DEMO_LATENCY", "1"))


class LocalProvider:
    """The provider on a free port of 127.0.0.1, in a thread of this process.

    ::

        with LocalProvider() as provider:
            client = openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local")
            provider.set_fault("rate_limit", times=2, match="gpt-4o")
    """

    def __init__(
        self, *, port: int = 0, latency: float | None = None, skills: Skills = STANDARD
    ) -> None:
        """
        Args:
            port: where to listen; 0 takes a free one.
            latency: scale of the simulated waiting; default ``MISSTEP_DEMO_LATENCY``, else 1.
            skills: what the models can do.
        """
        self.provider = Provider(skills, latency=default_latency() if latency is None else latency)
        self._port = port
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``.

        Raises:
            RuntimeError: when it is not running.
        """
        if self._socket is None:
            raise RuntimeError("the provider is not running; enter it with `with` or call start()")
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> LocalProvider:
        """Starts serving; returns when requests are answered.

        Raises:
            OSError: the port is taken.
        """
        # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms more for every answer.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", self._port))
        except OSError:
            self._socket.close()
            self._socket = None
            raise
        config = uvicorn.Config(
            self.provider.app(), lifespan="off", log_level="error", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._socket]},
            name="misstep-examples-provider",
            daemon=True,
        )
        self._thread.start()
        self._wait()
        return self

    def _wait(self) -> None:
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while self._server is not None and not self._server.started:
            if time.monotonic() > deadline_s:
                raise RuntimeError(f"the provider did not start within {_START_TIMEOUT_S:.0f} s")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stops serving and frees the port; does nothing when it is not running."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._server = self._thread = None

    def set_fault(self, name: str, times: int | None = None, *, match: str = "") -> None:
        """Switches a fault on: ``times`` requests or (None) until cleared; see FaultBoard.set."""
        self.provider.faults.set(name, times=times, match=match)

    def clear(self) -> None:
        """Switches all faults off."""
        self.provider.faults.clear()

    def __enter__(self) -> LocalProvider:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class RemoteProvider:
    """A provider that runs elsewhere, with the same switches."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def set_fault(self, name: str, times: int | None = None, *, match: str = "") -> None:
        """As :meth:`LocalProvider.set_fault`.

        Raises:
            UnknownFaultError: no such name.
        """
        body = {"name": name, "times": times, "match": match}
        answer = self._ask("POST", json=body)
        if answer.status_code == 404:
            raise UnknownFaultError(answer.json()["error"])
        answer.raise_for_status()

    def clear(self) -> None:
        """Switches all faults off."""
        self._ask("DELETE").raise_for_status()

    def _ask(self, method: str, json: dict[str, Any] | None = None) -> httpx.Response:
        proven = not is_plain(self.url)
        where = f"{self.url}/faults"
        return httpx.request(method, where, json=json, trust_env=False, verify=proven)
