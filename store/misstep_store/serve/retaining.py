"""Retention as a background job of the server."""

from __future__ import annotations

import logging
import threading

from misstep_store.shapes.retention import Policy
from misstep_store.store import Store

logger = logging.getLogger("misstep.serve")

EVERY_S = 600.0


class Retaining:
    """Applies a policy when the server starts and every ten minutes; `misstep stats` and
    ``/api/stats`` tell how many runs went."""

    def __init__(self, policy: Policy, *, every_s: float = EVERY_S) -> None:
        policy.check()
        self._policy = policy
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, store: Store) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(
            target=self._run, args=(store,), name="misstep-retain", daemon=True
        )
        self._thread.start()

    def _run(self, store: Store) -> None:
        while not self._stop.is_set():
            try:
                done = store.retain(self._policy)
                if done.removed_runs:
                    logger.info("retention removed %d runs", done.removed_runs)
            except Exception:  # the next pass tries again; the server must go on
                logger.exception("retention failed")
            self._stop.wait(self._every_s)

    def close(self) -> None:
        """Ends the thread after the pass under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
