"""How far a verb is."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress, ProgressColumn


def bar_of(*columns: ProgressColumn) -> Progress:
    """A bar beside what is printed that leaves nothing behind; none where nobody would see it."""
    beside = Console(stderr=True)
    return Progress(*columns, console=beside, transient=True, disable=not beside.is_terminal)
