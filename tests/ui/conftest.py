"""A real ``misstep up`` on the demo's runs, recorded once a session, and one headless Chromium."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 30_000
expect.set_options(timeout=WAIT_MS)


def misstep(
    *arguments: str, settings: dict[str, str] | None = None, **more: Any
) -> subprocess.Popen[str]:
    """The installed command as a process of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MISSTEP_", "OTEL_"))}
    environment |= settings or {}
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("misstep")), *arguments],
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        **({"stdout": subprocess.PIPE} | more),
    )


@dataclass
class Served:
    """A running ``misstep up`` and its answers."""

    ui: str
    otlp: str
    store: Path

    def get(self, path: str, **parameters: Any) -> Any:
        """A GET of the JSON API."""
        answer = httpx.get(self.ui + path, params=parameters, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def runs(self, **filters: Any) -> list[dict[str, Any]]:
        """Runs of the listing."""
        found: list[dict[str, Any]] = self.get("/api/runs", limit=1000, **filters)["runs"]
        return found


@contextmanager
def serving(store: Path, *more: str, settings: dict[str, str] | None = None) -> Iterator[Served]:
    """``misstep up`` on ``store`` with free ports, until the block ends."""
    log = store.with_suffix(".log")
    # A pipe that nobody reads would stop a server that has much to say.
    with log.open("w") as printed:
        process = misstep(
            *("up", "--store", str(store), *more),
            *("--otlp-port", "0", "--grpc-port", "0", "--ui-port", "0"),
            settings=settings,
            stdout=printed,
        )
    try:
        said = _ready(process, log)
        yield Served(said["ui"], said["otlp"], store)
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(process: subprocess.Popen[str], log: Path) -> dict[str, str]:
    for _ in range(3000):
        for line in log.read_text().splitlines():
            if line.startswith("ready "):
                return dict(word.split("=", 1) for word in line.split()[1:] if "=" in word)
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The demo's runs in a store of this worker's own; recorded once whatever the workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    recorded = shared / "demo-recorded.duckdb"
    with (shared / "demo-recorded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not recorded.exists():
            making = shared / "demo-making.duckdb"
            state = {"XDG_STATE_HOME": str(shared / "demo-state")}
            process = misstep("demo", "--no-ui", "--store", str(making), settings=state)
            printed, _ = process.communicate(timeout=300)
            assert process.returncode == 0, printed
            making.rename(recorded)
    mine = base / "demo.duckdb"
    shutil.copy(recorded, mine)
    shutil.copy(recorded, base / "demo-pristine.duckdb")
    return mine


@pytest.fixture(scope="session")
def demo_state(demo_store: Path, worker_id: str) -> Path:
    """The folder whose registry names the demo's pipelines as executable."""
    base = demo_store.parent
    return (base if worker_id == "master" else base.parent) / "demo-state"


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """xdist's name of this process; ``master`` without xdist."""
    given = getattr(request.config, "workerinput", None)
    return str(given["workerid"]) if given else "master"


@pytest.fixture(scope="session")
def demo(demo_store: Path) -> Iterator[Served]:
    """The demo's runs, served."""
    with serving(demo_store) as served:
        yield served


class Windows:
    """One Chromium for this folder's tests, started when the first asks, and its windows.

    A window is used again, for Streamlit's scripts are compiled anew in each that is opened, which
    takes seconds; what pages keep in the browser is taken away before the next test gets it.
    """

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None
        self._idle: list[Window] = []
        self._origins: set[str] = set()

    def take(self) -> Window:
        """A window that shows nothing, and whose pages find nothing kept."""
        if self._context is None:
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(
                executable_path=CHROMIUM, args=CHROMIUM_ARGS
            )
            self._context = self._browser.new_context(reduced_motion="reduce")
            self._context.set_default_timeout(WAIT_MS)
        window = self._idle.pop() if self._idle else Window(self._context.new_page())
        asked = self._context.new_cdp_session(window.page)
        for origin in self._origins:
            kept = "cookies,local_storage,indexeddb,cache_storage"
            asked.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": kept})
        asked.detach()
        return window

    def give_back(self, window: Window) -> None:
        """Leaves its page; one that cannot be left is closed."""
        try:
            window.page.unroute_all(behavior="ignoreErrors")
            origin = window.page.evaluate("sessionStorage.clear(); location.origin")
            window.page.goto("about:blank")
        except Error:
            window.page.close()
        else:
            self._origins.add(origin)
            self._idle.append(window)

    def close(self) -> None:
        """Ends it; who takes a window next starts another."""
        if self._browser is not None and self._playwright is not None:
            self._browser.close()
            self._playwright.stop()
        self._playwright = self._browser = self._context = None
        self._idle.clear()


_WINDOWS = Windows()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """While Playwright runs, its loop counts as running in this thread, and tests of other folders
    on the same worker could not start one of their own."""
    if nextitem is None or nextitem.path.parent != item.path.parent:
        _WINDOWS.close()


@pytest.fixture(scope="session")
def chromium() -> Windows:
    """Debian's Chromium; without it browser tests skip, unless CI=true forbids that."""
    if not CHROMIUM.exists():
        reason = f"no {CHROMIUM}: apt-get install --no-install-recommends chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return _WINDOWS


@dataclass
class Watch:
    """What a page did that it should not: console errors, failed or foreign requests, dialogs."""

    console: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def assert_clean(self) -> None:
        """Nothing of it happened."""
        assert not self.foreign, self.foreign
        assert not self.dialogs, self.dialogs
        assert not self.failed, self.failed
        assert not self.console, self.console


class Window:
    """A page of the browser, and who watches it at present."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.watch = Watch()
        page.on("console", self._console)
        page.on("pageerror", lambda e: self.watch.console.append(str(e)))
        page.on("response", self._response)
        page.on("request", self._request)
        page.on("dialog", self._dialog)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.watch.console.append(message.text)

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.watch.failed.append(response.url)

    def _request(self, request: Any) -> None:
        local = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:")
        if not request.url.startswith(local):
            self.watch.foreign.append(request.url)

    def _dialog(self, dialog: Any) -> None:
        self.watch.dialogs.append(dialog.message)
        dialog.dismiss()


@dataclass
class Screen:
    """A page in a browser of a size and colour scheme, watched."""

    page: Page
    watch: Watch

    def open(self, served: Served, path: str) -> Page:
        """Goes there and waits for the page's own component."""
        self.page.goto(served.ui + path)
        self.page.locator(".ms-root").first.wait_for(timeout=WAIT_MS)
        return self.page


@contextmanager
def screen(
    chromium: Windows, size: tuple[int, int] = (1280, 800), scheme: Any = "light"
) -> Iterator[Screen]:
    """A window of that size and scheme, as a person opens it."""
    window = chromium.take()
    window.watch = Watch()
    window.page.set_viewport_size({"width": size[0], "height": size[1]})
    window.page.emulate_media(color_scheme=scheme)
    try:
        yield Screen(window.page, window.watch)
    finally:
        chromium.give_back(window)


@pytest.fixture
def desk(chromium: Windows) -> Iterator[Screen]:
    """1280×800, light."""
    with screen(chromium) as made:
        yield made
