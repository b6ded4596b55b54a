"""What retention may leave, and what it did; the work is done by ``misstep_store.upkeep.removal``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import Field

from misstep.errors import UsageError
from misstep.model import Shape

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may stay. ``days`` is the age, by start, at which a run goes; ``failing_days`` the age
    for failing and marked runs (None: the same); ``max_bytes`` the size of the store at which the
    oldest go, failing and marked ones last. A None does not limit."""

    days: float | None = None
    failing_days: float | None = None
    max_bytes: int | None = None

    def check(self) -> None:
        """Raises UsageError when it makes no sense."""
        if self.days is None and self.max_bytes is None:
            raise UsageError("say what may stay: --days N, --max-size SIZE, or both")
        for value in (self.days, self.failing_days):
            if value is not None and not 0 <= value <= 100_000:
                raise UsageError(f"days must be a number from 0 to 100000, got {value:g}")
        if self.days is not None and self.days > (self.failing_days or self.days):
            raise UsageError("failing runs cannot go earlier than the others")
        if self.max_bytes is not None and self.max_bytes <= 0:
            raise UsageError(f"the size must be more than 0, got {self.max_bytes}")


class Retained(Shape):
    """What a pass of retention did, or would do: ``dry_run``. ``run_ids`` went, the first first;
    ``bytes`` is what the store uses afterwards, space that is free inside its file left out."""

    run_ids: list[str] = Field(default_factory=list)
    removed_runs: int = 0
    removed_failing_or_marked: int = 0
    removed_spans: int = 0
    bytes: int = 0
    dry_run: bool = False


def size_bytes(given: str | None) -> int | None:
    """Bytes out of ``2GB`` or ``500 MB``; powers of ten.

    Raises:
        UsageError: when it is no size.
    """
    if given is None:
        return None
    match = _SIZE.fullmatch(given.strip())
    if not match:
        raise UsageError(f"a size reads like 500MB or 2GB, got {given!r}")
    return int(float(match[1]) * _UNITS[match[2].lower()])
