"""What ``misstep remap`` answers; the work is in :mod:`misstep_store.deriving.remaking`."""

from __future__ import annotations

from pydantic import Field

from misstep.model import Shape


class Remapped(Shape):
    """What reading again did: ``runs`` were made again, of which ``changed`` read differently now
    (``run_ids`` names them, runs that came or went included)."""

    runs: int = 0
    changed: int = 0
    run_ids: list[str] = Field(default_factory=list)
