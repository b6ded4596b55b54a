"""Work beside a request, which waits for it only so long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Beside:
    """One piece of work at a time; what comes meanwhile waits for that one and is not begun."""

    def __init__(self, *, wait_s: float) -> None:
        self._wait_s = wait_s
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="misstep-listing")
        self._lock = threading.Lock()
        self._going: Future[object] | None = None

    def work(self, what: Callable[[], object]) -> bool:
        """Whether it, or what was going on already, ended in time; it goes on in any case."""
        with self._lock:
            if self._going is None or self._going.done():
                self._going = self._pool.submit(what)
            going = self._going
        try:
            going.result(self._wait_s)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Returns when nothing goes on."""
        self._pool.shutdown(cancel_futures=True)
