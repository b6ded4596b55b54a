"""DuckDB's log folded into the file in quiet moments, long before it is as long as DuckDB lets it be.

What lies in the log alone takes its room several times: 45,261 spans of small requests 104 MB of the
disk and 219 MiB of memory, 15 MB and 11 MiB once they were folded in; and a start after a crash reads
it again, 1.5 s for these. Who commits while it is folded in waits: 0.9 s for these, so nobody should.
"""

from __future__ import annotations

import logging
import shutil
import time

from misstep.errors import StoreError
from misstep_store.database import Database

logger = logging.getLogger("misstep.store")

WORTH_BYTES = 8 * 1024 * 1024
"""A log of so much is folded in,"""
QUIET_S = 5.0
"""when for so long nothing came,"""
DRIP_BYTES = 256 * 1024
"""or so little that it has not grown by more than so much."""
AFTER_FAILURE_S = 300.0


class Folding:
    """Knows how long a store's log has been quiet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bytes = self._commit = 0
        self._since_s = time.monotonic()
        self._not_before_s = 0.0

    def work(self, last_commit: int) -> bool:
        """Folds the log in if this is the moment; whether it did.

        DuckDB gives a file up that it cannot fold its log into: that is not tried without room on the
        disk, and after a failure not for a while.

        Args:
            last_commit: number of the newest transaction of somebody who waits for its answer. What
                is worked out in the background also makes the log grow, and disturbs nobody.
        """
        now_s = time.monotonic()
        size = self._database.log_bytes()
        if last_commit != self._commit and not self._bytes <= size <= self._bytes + DRIP_BYTES:
            self._commit, self._bytes, self._since_s = last_commit, size, now_s
        if size < WORTH_BYTES or now_s < max(self._since_s + QUIET_S, self._not_before_s):
            return False
        try:
            if shutil.disk_usage(self._database.path.parent).free < 2 * size:
                raise StoreError("the disk has no room for it")
            self._database.fold()
        except (StoreError, OSError) as error:
            self._not_before_s = now_s + AFTER_FAILURE_S
            logger.warning("the write-ahead log stays as it is: %s", error)
            return False
        return True
