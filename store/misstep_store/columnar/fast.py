"""Whether the compiled walker is there: it is loaded when the first large body comes."""

from __future__ import annotations

import logging
import threading
from types import ModuleType

logger = logging.getLogger("misstep.store")

LARGE_BODY_BYTES = 64 * 1024
"""Bodies from this size on are worth compiling for; what small ones need, upb does well."""


class Fast:
    """Loads ``misstep_store.columnar.slab`` on a thread, once a process.

    The first time on a machine numba compiles for about fifteen seconds, later it reads its cache
    in one; until then upb decodes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.module: ModuleType | None = None
        self.failure = ""

    def want(self) -> ModuleType | None:
        """The module, or None while it is being loaded or cannot be."""
        if self.module is None and not self.failure:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._load, name="misstep-compile", daemon=True
                    )
                    self._thread.start()
        return self.module

    def wait(self, timeout_s: float) -> ModuleType | None:
        """As :meth:`want`, after it is loaded or the time is over."""
        self.want()
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self.module

    def _load(self) -> None:
        try:
            from misstep_store.columnar import slab

            slab.warm()
            self.module = slab
        except Exception as error:  # no numba for this platform, or it cannot compile here
            self.failure = f"{type(error).__name__}: {error}"
            logger.warning("spans are decoded without the compiled walker: %s", self.failure)


FAST = Fast()
"""Of this process."""
