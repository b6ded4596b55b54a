"""Totals of a store."""

from __future__ import annotations

from pydantic import Field

from misstep.model.shape import Json, Shape


class Stats(Shape):
    """Totals of a store. ``replays``: runs that replays and bisects made; ``set_aside``: runs whose
    spans cannot be read; ``dropped`` counts by reason what was refused, and what senders said they had
    lost on the way: ``queue full (shop)``; ``retention`` what was removed by age or size; ``forward``
    tells of each destination of ``misstep up --forward`` what was sent, waits, or was refused;
    ``text_index`` how large the index beside the store is, and what is in it or waits; ``rollups`` of
    how many days there are sums."""

    spans: int = 0
    runs: int = 0
    replays: int = 0
    set_aside: int = 0
    hops: int = 0
    dropped: dict[str, int] = Field(default_factory=dict)
    bytes: int = 0
    schema_version: int = 0
    duckdb_version: str = ""
    store: str = ""
    rejected: int = 0
    conflicts: int = 0
    models: list[dict[str, Json]] = Field(default_factory=list)
    retention: dict[str, Json] = Field(default_factory=dict)
    forward: list[dict[str, Json]] = Field(default_factory=list)
    text_index: dict[str, Json] = Field(default_factory=dict)
    rollups: dict[str, Json] = Field(default_factory=dict)
