"""A hop opened alone shows what the reading of its whole run shows."""

from __future__ import annotations

import pytest
from tests.conventions.rendering import load

from misstep_store.answering import run_hops
from misstep_store.store import Store

# Those whose spans tell of each other: steps that say what the call inside was asked, pieces, doubles.
NAMES = (
    "llama-index-own",
    "mastra",
    "vercel-ai-5",
    "vercel-ai-7-0",
    "vercel-ai-7-all",
)


@pytest.mark.parametrize("few", [0, run_hops.FEW_SPANS], ids=["of a large run", "of a small run"])
def test_one_hop_alone_is_that_hop_within_its_run(few, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(run_hops, "FEW_SPANS", few)
    differing = []
    with Store.open(tmp_path / "store.duckdb") as store:
        for name in NAMES:
            spans, logs = load(name)
            store.ingest(spans, logs)
            store.reader.refresh()
            for run_id in {s.trace_id for s in spans}:
                for hop in store.reader.run(run_id).hops:
                    alone = store.reader.one_hop(run_id, hop.hop_id)
                    if alone != hop:
                        differing.append((name, hop.kind, hop.name))
    assert differing == []
