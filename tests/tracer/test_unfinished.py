"""A hop that was begun and never ended is shown as unfinished, until its span comes."""

from __future__ import annotations

import signal
from typing import Any

from misstep.inbox import inbox_path, segments
from misstep_store.reader import RunQuery
from misstep_store.store import Store


def only_run(store: Any) -> Any:
    opened = Store.open(store)
    try:
        (run,) = opened.reader.runs(RunQuery(limit=10)).runs
        return opened.reader.run(run.run_id)
    finally:
        opened.close()


def test_after_a_crash_the_store_shows_the_run_with_the_hop_it_died_in(
    program, tmp_path, until
) -> None:
    store = tmp_path / "t.duckdb"
    process = program(
        """
        import time, misstep
        misstep.init(store="t.duckdb")

        @misstep.hop(kind="tool")
        def fetch(url):
            print("open", flush=True)
            time.sleep(60)

        @misstep.pipeline
        def nightly():
            misstep.hop(name="plan")(lambda: "fetch it")()
            fetch("http://example.org")

        nightly()
        """,
        env={"MISSTEP_ANNOUNCE_AFTER_S": "0"},
        wait=False,
    )
    assert process.stdout.readline() == "open\n"

    def told() -> bool:
        bodies = [p.read_bytes() for p, _ in segments(inbox_path(store))]
        return any(b"fetch" in b and b"hop.start" in b for b in bodies) and len(bodies) > 1

    until(told)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    run = only_run(store)
    assert (run.name, run.complete) == ("nightly", False)
    assert [h.name for h in run.hops] == ["plan", "fetch"]
    plan, fetch = run.hops
    assert plan.output == "fetch it"
    assert fetch.kind == "tool" and fetch.input == {"url": "http://example.org"}
    assert fetch.output is None


def test_the_span_takes_the_place_of_its_start_when_it_comes(tmp_path, monkeypatch, until) -> None:
    import misstep

    monkeypatch.setenv("MISSTEP_ANNOUNCE_AFTER_S", "0")
    store = tmp_path / "t.duckdb"
    misstep.init(store=store, auto=False)
    with misstep.run("nightly") as r:
        until(lambda: list(segments(inbox_path(store))))
        r.output = "done"
    assert misstep.flush(60)
    run = only_run(store)
    assert (run.name, run.output, run.complete) == ("nightly", "done", True)
    assert run.duration_ms > 0
