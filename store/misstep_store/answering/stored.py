"""A run as it is stored."""

from __future__ import annotations

from typing import NamedTuple

from misstep_store.answering.told import Told
from misstep_store.deriving.loading import Window

# A longer run would keep readers waiting for minutes: it is diagnosed when it is asked for.
MOST_HOPS_BY_ITSELF = 5_000


class Stored(NamedTuple):
    """A row of ``queries/runs.sql``, ``page.sql`` and ``stored.sql``: all but what was said of it.
    ``body`` is '' until the run was shown once, and None where it was not asked for."""

    run_id: str
    start_unix_nano: int
    last_start_unix_nano: int
    duration_ms: float
    cost_usd: float | None
    hop_count: int
    span_count: int
    log_count: int
    complete: bool
    provisional: bool
    made_unix_nano: int
    made_commit: int
    body: str | None = None

    @property
    def window(self) -> Window:
        """Where its spans lie in time, as far as its own facts say it."""
        start, last_start = self.start_unix_nano, self.last_start_unix_nano
        return Window(start, last_start, self.span_count, self.log_count, self.made_commit)

    def is_due(self, told: Told, quiet: int) -> bool:
        """What ``queries/due.sql`` says, of this run."""
        return (
            told.diagnosed_unix_nano < self.made_unix_nano
            and self.hop_count <= MOST_HOPS_BY_ITSELF
            and not self.provisional
            and (self.complete or self.made_unix_nano < quiet)
        )


COLUMNS = ", ".join(name for name in Stored._fields if name != "body")
"""All but the body, which takes longer to read than everything else."""
