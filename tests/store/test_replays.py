"""Replays lie among the runs they are of: lists and pictures leave out the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from misstep_store.columnar.fast import FAST
from misstep_store.deriving import materialise
from misstep_store.otlp.encode import traces_request
from misstep_store.otlp.spans import Resource, Span
from misstep_store.reader import RunQuery
from misstep_store.store import Store

OWN, REPLAYS = 7, 140
BEGUN = 1_760_000_000_000_000_000
HIDDEN = RunQuery(replays=False)


def run_of(number: int, *, of: str | None = None, resource: Resource | None = None) -> list[Span]:
    """A run with one call, each begun after those of a lower number."""
    trace, start = f"{number:032x}", BEGUN + number * 10**9
    told = {"misstep.role": "run", "misstep.pipeline": "triage", "session.id": "s"}
    if of is not None:
        told["misstep.replay_of"] = of
    call = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    made = [("triage", "", told), ("chat m", f"{1:016x}", call)]
    return [
        Span(
            trace,
            f"{n:016x}",
            name,
            parent_span_id=parent,
            start_unix_nano=start + n,
            end_unix_nano=start + 10**6,
            status_code=2 if number % 2 and n == 1 else 0,
            attributes=dict(attributes),
            resource=resource or Resource({"service.name": "desk"}),
        )
        for n, (name, parent, attributes) in enumerate(made, 1)
    ]


@pytest.fixture(params=[10**9, 1], ids=["one by one", "together"])
def store(tmp_path, request, monkeypatch) -> Iterator[Store]:
    """Runs, each with many replays that began after it, before the next."""
    monkeypatch.setattr(materialise, "FEW_SPANS", request.param)
    with Store.open(tmp_path / "t.duckdb") as opened:
        for own in range(OWN):
            first = 1000 * (own + 1)
            spans = run_of(first)
            for n in range(1, REPLAYS // OWN + 1):
                spans += run_of(first + n, of=spans[0].trace_id)
            opened.ingest(spans)
        yield opened


def test_pages_of_runs_that_are_no_replays_are_full(store) -> None:
    found, asked = [], RunQuery(replays=False, limit=3)
    sizes = []
    while True:
        page = store.reader.runs(asked)
        found += [r.run_id for r in page.runs]
        sizes.append(len(page.runs))
        if page.next is None:
            break
        asked = RunQuery(replays=False, limit=3, cursor=page.next)
    assert found == [f"{1000 * n:032x}" for n in range(OWN, 0, -1)]
    assert sizes == [3, 3, 1]


def test_pictures_count_the_runs_that_are_listed(store) -> None:
    overview = store.reader.overview
    listed = store.reader.runs(HIDDEN).runs
    history = overview.history(HIDDEN, 20)
    assert sum(history.runs) == len(listed) == OWN
    failing = store.reader.runs(RunQuery(replays=False, failed=True)).runs
    assert sum(history.failing) == len(failing)
    (group,) = overview.groups(HIDDEN, "session").groups
    assert group.runs == OWN
    assert sum(f.runs for f in overview.faults(HIDDEN).faults) == len(failing)
    (facet,) = overview.facets(replays=False).facets["pipeline"]
    assert facet.runs == OWN


def test_with_replays_everything_is_counted(store) -> None:
    every = len(store.reader.runs(RunQuery(limit=1000)).runs)
    assert every > REPLAYS - OWN
    assert sum(store.reader.overview.history(RunQuery(), 20).runs) == every
    assert store.reader.overview.facets().facets["pipeline"][0].runs == every
    (facet,) = store.reader.overview.facets(replays=True).facets["pipeline"]
    assert facet.runs == every - OWN
    stats = store.reader.stats()
    assert (stats.runs, stats.replays) == (every, every - OWN)
    assert len(store.reader.runs(RunQuery(replays=True, limit=1000)).runs) == every - OWN


def test_the_last_run_is_no_replay(store) -> None:
    assert store.reader.resolve("last") == [f"{1000 * OWN:032x}"]


def test_replays_that_arrived_in_a_flood_are_hidden_as_well(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(materialise, "AT_ONCE_TRACES", 1)
    with Store.open(tmp_path / "t.duckdb") as opened:
        spans = run_of(1)
        for n in range(2, 60):
            spans += run_of(n, of=spans[0].trace_id)
        opened.ingest(spans)
        page = opened.reader.runs(RunQuery(replays=False, limit=2))
        assert ([r.run_id for r in page.runs], page.next) == ([f"{1:032x}"], None)


def arrived(store: Store, spans: list[Span], how: str) -> None:
    """Stores spans, by themselves or as a request for the compiled decoder."""
    if how == "decoded":
        store.ingest(spans)
        return
    assert FAST.wait(600) is not None
    queued = store.submit_body(traces_request(spans).SerializeToString())
    assert queued is not None
    queued.result(60)


@pytest.mark.parametrize("how", ["decoded", "as a body"])
@pytest.mark.parametrize("told_by", ["span", "resource"])
def test_pictures_do_not_count_replays_before_they_are_read(
    tmp_path, monkeypatch, how, told_by
) -> None:
    monkeypatch.setattr(materialise, "AT_ONCE_TRACES", 1)
    again = Resource({"service.name": "desk", "misstep.replay_of": f"{1:032x}"})
    with Store.open(tmp_path / "t.duckdb") as opened:
        spans = run_of(1)
        for n in range(2, 60):
            by_span = told_by == "span"
            spans += run_of(
                n, of=spans[0].trace_id if by_span else None, resource=None if by_span else again
            )
        for late in (False, True):
            if late:  # more of each, which does not say it again
                spans = [replace(s, span_id="f" * 16, attributes={}) for s in spans[1::2]]
                spans = [replace(s, resource=Resource({"service.name": "desk"})) for s in spans]
            arrived(opened, spans, how)
            (facet,) = opened.reader.overview.facets(replays=False).facets["pipeline"]
            assert facet.runs == 1
            assert sum(opened.reader.overview.history(HIDDEN, 20).runs) == 1
            (group,) = opened.reader.overview.groups(HIDDEN, "session").groups
            assert group.runs == 1
            assert opened.database.rows("SELECT count(*) FROM runs WHERE provisional") == [(59,)]
            assert opened.reader.stats().replays == 58


@pytest.mark.parametrize("few", [10**9, 1], ids=["one by one", "together"])
def test_a_resource_can_say_what_is_executed_again(tmp_path, monkeypatch, few) -> None:
    monkeypatch.setattr(materialise, "FEW_SPANS", few)
    again = Resource({"service.name": "desk", "misstep.replay_of": f"{1:032x}"})
    with Store.open(tmp_path / "t.duckdb") as opened:
        opened.ingest([*run_of(1), *run_of(2, resource=again)])
        (run,) = opened.reader.runs(HIDDEN).runs
        assert run.run_id == f"{1:032x}"
