"""Runs that happened, without those that replays and bisects made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from misstep.model import Run, RunPage
from misstep_store.reader import RunQuery


def without_replays(ask: Callable[[RunQuery], RunPage], asked: RunQuery) -> RunPage:
    """A page of runs that are no replays; as many pages are asked for as that takes."""
    rest = replace(asked, replays=None)
    kept: list[Run] = []
    while True:
        page = ask(rest)
        kept += [run for run in page.runs if run.replay_of is None]
        # An empty page with a next one: a search that has used its time.
        if page.next is None or not page.runs or len(kept) == asked.limit:
            return RunPage(runs=kept, next=page.next)
        rest = replace(rest, cursor=page.next, limit=asked.limit - len(kept))
