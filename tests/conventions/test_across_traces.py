"""One call told of in two traces is one run, whichever trace comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conventions.rendering import OTLP, load

from misstep.errors import UsageError
from misstep_store.commands.delete import command as delete
from misstep_store.conventions.between import across
from misstep_store.deriving import materialise
from misstep_store.otlp.spans import Resource, Scope, Span
from misstep_store.reader import RunQuery
from misstep_store.store import Store

PROCESS = Resource({"service.name": "app", "service.instance.id": "one"})
SECOND = 1_000_000_000
data = pytest.mark.skipif(not OTLP.is_dir(), reason="the shared real-world data is not here")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "t.duckdb") as opened:
        yield opened


def instrumented(number: int, *, start: int, model: str = "claude-x", **more: object) -> Span:
    return Span(
        f"{number:032x}",
        f"{number:016x}",
        "anthropic.chat",
        kind=3,
        start_unix_nano=start,
        end_unix_nano=start + SECOND,
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": model,
            "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
            "gen_ai.usage.input_tokens": 10,
            **more,
        },
        resource=PROCESS,
        scope=Scope("opentelemetry.instrumentation.anthropic"),
    )


def sdk_own(number: int, *, start: int, model: str = "claude-x", **more: object) -> Span:
    return Span(
        f"{number:032x}",
        f"{number:016x}",
        "anthropic.messages.create",
        kind=3,
        start_unix_nano=start + 1_000_000,
        end_unix_nano=start + SECOND - 1_000_000,
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": model,
            "anthropic.message.stop_reason": "end_turn",
            "gen_ai.usage.input_tokens": 10,
            **more,
        },
        resource=PROCESS,
        scope=Scope("com.anthropic.sdk.python"),
    )


def runs(store: Store) -> list[tuple[str, int, int]]:
    page = store.reader.runs(RunQuery(limit=1000)).runs
    return [(r.run_id, r.hop_count, r.input_tokens) for r in page]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["call-first", "echo-first"])
def test_the_sdk_span_in_a_trace_of_its_own_folds_into_the_instrumentors_run(store, order) -> None:
    pair = [instrumented(1, start=5 * SECOND), sdk_own(2, start=5 * SECOND)]
    for index in order:
        store.ingest([pair[index]])
        store.reader.refresh()
    assert runs(store) == [(pair[0].trace_id, 1, 10)]
    hop = store.reader.run(pair[0].trace_id).hops[0]
    assert (hop.merged, hop.finish_reason) == ([pair[1].span_id], "end_turn")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["call-first", "echo-first"])
def test_an_sdk_span_under_a_run_that_came_under_another_id_joins_its_call(store, order) -> None:
    pair = [instrumented(1, start=5 * SECOND), sdk_own(2, start=5 * SECOND)]
    pair[1].parent_span_id = "e" * 16
    for index in order:
        store.ingest([pair[index]])
        store.reader.refresh()
    assert runs(store) == [(pair[0].trace_id, 1, 10)]


def test_an_sdk_span_whose_own_call_comes_later_leaves_the_run_it_was_taken_for(store) -> None:
    other, own = instrumented(1, start=5 * SECOND), sdk_own(2, start=5 * SECOND)
    own.parent_span_id = "e" * 16
    store.ingest([other, own])
    store.reader.refresh()
    call = instrumented(2, start=5 * SECOND)
    call.span_id = "e" * 16
    store.ingest([call])
    store.reader.refresh()
    assert sorted(runs(store)) == [(other.trace_id, 1, 10), (own.trace_id, 1, 10)]
    assert store.reader.run(own.trace_id).hops[0].merged == [own.span_id]
    assert store.reader.run(other.trace_id).hops[0].merged == []


def test_a_folded_trace_is_answered_with_the_run_it_went_into(store) -> None:
    store.ingest([instrumented(1, start=SECOND), sdk_own(2, start=SECOND)])
    assert store.reader.run(f"{2:032x}").run_id == f"{1:032x}"


def test_a_folded_trace_delivered_again_is_a_duplicate(store) -> None:
    pair = [instrumented(1, start=SECOND), sdk_own(2, start=SECOND)]
    store.ingest(pair)
    store.reader.refresh()
    again = store.ingest(pair)
    assert (again.accepted, again.duplicates) == (0, 2)
    assert len(runs(store)) == 1


def test_deleting_a_run_deletes_the_traces_folded_into_it(store) -> None:
    store.ingest([instrumented(1, start=SECOND), sdk_own(2, start=SECOND)])
    store.reader.delete(f"{1:032x}")
    assert runs(store) == []
    assert store.reader.stats().spans == 0


def test_the_raw_spans_of_both_traces_stay_beside_the_run(store) -> None:
    pair = [instrumented(1, start=SECOND), sdk_own(2, start=SECOND)]
    store.ingest(pair)
    store.reader.refresh()
    spans, _ = store.reader.spans(pair[0].trace_id)
    assert {s.trace_id for s in spans} == {s.trace_id for s in pair}


def test_concurrent_calls_pair_with_their_own_doubles_by_response_id(store) -> None:
    spans = []
    for n in range(10):
        start = 5 * SECOND + n * 100
        spans.append(instrumented(2 * n + 1, start=start, **{"gen_ai.response.id": f"msg_{n}"}))
        spans.append(sdk_own(2 * n + 2, start=start, **{"gen_ai.response.id": f"msg_{9 - n}"}))
    store.ingest(spans)
    for run_id, _, _ in runs(store):
        hop = store.reader.run(run_id).hops[0]
        doubled = next(s for s in spans if s.span_id == hop.merged[0])
        assert doubled.attributes["gen_ai.response.id"] == hop.response_id
    assert len(runs(store)) == 10


@pytest.mark.parametrize(
    "other",
    [
        {"start": 60 * SECOND},
        {"start": SECOND, "model": "claude-other"},
        {"start": SECOND, "gen_ai.response.id": "msg_2"},
    ],
    ids=["another-time", "another-model", "another-response"],
)
def test_calls_that_disagree_stay_two_runs(store, other) -> None:
    call = instrumented(1, start=SECOND, **{"gen_ai.response.id": "msg_1"})
    store.ingest([call, sdk_own(2, **other)])
    assert len(runs(store)) == 2


def test_spans_of_different_processes_are_never_one_call(store) -> None:
    elsewhere = sdk_own(2, start=SECOND)
    elsewhere.resource = Resource({"service.name": "app", "service.instance.id": "two"})
    store.ingest([instrumented(1, start=SECOND), elsewhere])
    assert len(runs(store)) == 2


@data
@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("openllmetry-anthropic", 8),
        ("logfire-openai", 15),
    ],
)
def test_an_export_whose_doubles_are_in_other_traces_has_one_run_a_call(store, name, calls) -> None:
    spans, logs = load(name)
    for span in reversed(spans):  # one request a span, the last first
        store.ingest([span], [log for log in logs if log.span_id == span.span_id])
        store.reader.refresh()
    assert len(runs(store)) == calls
    hops = [h for run_id, _, _ in runs(store) for h in store.reader.run(run_id).hops]
    told = [i for h in hops for i in (h.hop_id, *h.merged)]
    assert sorted(told) == sorted(s.span_id for s in spans)


@pytest.mark.parametrize("few", [0, materialise.FEW_STORED], ids=["large-store", "small-store"])
def test_runs_made_whole_together_are_what_each_is_alone(store, monkeypatch, few) -> None:
    """A listing reads runs with the traces folded into them, some at a time."""
    monkeypatch.setattr(materialise, "FEW_STORED", few)
    monkeypatch.setattr(materialise, "NEAR_NANO", 3 * SECOND)
    monkeypatch.setattr(materialise, "FEW_SPANS", 0)
    monkeypatch.setattr(materialise, "BATCH_TRACES", 3)
    said = '[{"role":"assistant","parts":[{"type":"text","content":"ho"}],"finish_reason":"stop"}]'
    own = {"gen_ai.output.messages": said}  # which only the folded trace tells
    store.ingest([instrumented(n, start=n * SECOND) for n in (1, 3, 5, 7)])
    store.ingest([sdk_own(n + 1, start=n * SECOND, **own) for n in (1, 3, 5, 7)])
    store.reader.refresh()
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET body = ''")  # as of those whose headers alone were made
    listed = {r.run_id: r for r in store.reader.runs(RunQuery(limit=100)).runs}
    assert len(listed) == 4
    for run_id, run in listed.items():
        alone = store.reader.run(run_id)
        assert len([i for h in alone.hops for i in (h.hop_id, *h.merged)]) == 2
        assert (run.name, run.input, run.output) == (alone.name, alone.input, alone.output)
        assert (run.input, run.output) == ("hi", "ho")


@pytest.mark.parametrize("few", [0, materialise.FEW_SPANS], ids=["together", "one-by-one"])
@pytest.mark.parametrize("order", [1, -1], ids=["run-first", "sdk-first"])
def test_the_sdks_spans_of_a_pipeline_are_those_of_its_run(store, monkeypatch, few, order) -> None:
    """LangSmith's runs come without the SDK's spans, which are all in one other trace each."""
    monkeypatch.setattr(materialise, "FEW_SPANS", few)
    traces: dict[str, list[Span]] = {}
    for span in load("langsmith-anthropic-steps")[0]:
        traces.setdefault(span.trace_id, []).append(span)
    told = sorted(traces.values(), key=lambda spans: spans[0].scope.name != "langsmith")
    for spans in told[::order]:
        store.ingest(spans)
        store.reader.refresh()
    found = {r.name: r.hop_count for r in store.reader.runs(RunQuery(limit=100)).runs}
    assert found == {"answer": 3, "both": 2, "fails": 1}


def test_a_stream_that_begins_to_be_told_of_when_it_begins_to_come_is_the_sdks_own(store) -> None:
    more = {"gen_ai.response.id": "msg_1"}
    own = sdk_own(2, start=5 * SECOND, **more)
    own.start_unix_nano -= SECOND // 10
    store.ingest([instrumented(1, start=5 * SECOND, **more), own])
    assert [(run_id, hops) for run_id, hops, _ in runs(store)] == [(f"{1:032x}", 1)]


def test_only_calls_near_an_echo_in_time_are_read_for_its_sake(store, monkeypatch) -> None:
    looked_at: list[set[str]] = []
    groups = across.groups
    monkeypatch.setattr(across, "groups", lambda t: looked_at.append(set(t)) or groups(t))
    calls = [instrumented(n, start=10 * n * SECOND) for n in range(1, 31)]
    echo = sdk_own(99, start=70 * SECOND)
    store.ingest([*calls, echo])
    store.reader.refresh()
    store.ingest([instrumented(n, start=10 * n * SECOND) for n in range(31, 41)])
    assert looked_at[-1] == {calls[6].trace_id, echo.trace_id}
    assert len(runs(store)) == 40
    assert store.reader.run(calls[6].trace_id).hops[0].merged == [echo.span_id]
    store.ingest([instrumented(50, start=71 * SECOND)])
    store.reader.refresh()
    assert looked_at[-1] == {f"{50:032x}", echo.trace_id}
    assert store.reader.run(calls[6].trace_id).hops[0].merged == [echo.span_id]


def agent(number: int, *counts: tuple[int, int], start: int) -> list[Span]:
    """An agent and its calls, as a framework tells them that knows no response ids."""
    trace_id = f"{number:032x}"
    root = Span(trace_id, f"{number:016x}", "desk", attributes={}, scope=Scope("strands"))
    root.attributes["gen_ai.operation.name"] = "invoke_agent"
    made = [root]
    for n, (asked, said) in enumerate(counts):
        call = instrumented(number, start=start + n * 2 * SECOND)
        call.span_id, call.parent_span_id = f"{number * 100 + n:016x}", root.span_id
        call.attributes |= {"gen_ai.usage.input_tokens": asked, "gen_ai.usage.output_tokens": said}
        made.append(call)
    root.start_unix_nano, root.end_unix_nano = start, made[-1].end_unix_nano
    root.resource = PROCESS
    return made


def told_below(number: int, call: Span, *, said: int | None = None) -> Span:
    """The SDK's own span of a call, in a trace of its own."""
    more = {"gen_ai.response.id": f"msg_{number}"}
    more |= {k: v for k, v in call.attributes.items() if k.startswith("gen_ai.usage.")}
    found = sdk_own(number, start=call.start_unix_nano, **more)
    if said is not None:
        found.attributes["gen_ai.usage.output_tokens"] = said
    return found


@pytest.mark.parametrize("order", [1, -1], ids=["agent-first", "sdk-first"])
@pytest.mark.parametrize("known", [True, False], ids=["by-id", "by-counts"])
def test_the_sdks_spans_of_an_agents_calls_join_them(store, order, known) -> None:
    desk = agent(1, (20, 7), (44, 9), start=5 * SECOND)
    if known:
        for n, call in enumerate(desk[1:]):
            call.attributes["gen_ai.response.id"] = f"msg_{21 + n}"
    own = [told_below(21, desk[1]), told_below(22, desk[2], said=8)]  # a stream, added up otherwise
    alone = told_below(31, desk[1])
    alone.attributes["gen_ai.usage.input_tokens"] = 21  # asked beside it
    for spans in [desk, *([s] for s in own), [alone]][::order]:
        store.ingest(spans)
        store.reader.refresh()
    assert {run_id for run_id, _, _ in runs(store)} == {desk[0].trace_id, alone.trace_id}
    merged = {h.hop_id: h.merged for h in store.reader.run(desk[0].trace_id).hops}
    assert [merged[s.span_id] for s in desk[1:]] == [[s.span_id] for s in own]


def test_calls_at_once_that_counted_the_same_have_the_sdks_spans_of_one_each(store) -> None:
    millisecond = SECOND // 1000
    desks = [agent(n, (20, 7), start=5 * SECOND + n * 2 * millisecond) for n in range(1, 6)]
    for n, (_, call) in enumerate(desks):
        call.end_unix_nano += n * 30 * millisecond
    own = []
    for n, (_, call) in enumerate(desks):
        own.append(told_below(20 + n, call))
        own[-1].start_unix_nano = 5 * SECOND + 12 * millisecond  # all begin after all calls
        own[-1].end_unix_nano = call.end_unix_nano - millisecond
    store.ingest([*own, *(s for spans in desks for s in spans)])
    assert {run_id for run_id, _, _ in runs(store)} == {spans[0].trace_id for spans in desks}
    for n, spans in enumerate(desks):
        told = [i for h in store.reader.run(spans[0].trace_id).hops for i in h.merged]
        assert own[n].span_id in told


def test_a_call_that_has_its_sdks_span_takes_no_other(store) -> None:
    desk = agent(1, (20, 7), start=5 * SECOND)
    inside = told_below(1, desk[1])
    inside.span_id, inside.parent_span_id = "c" * 16, desk[1].span_id
    alone = told_below(31, desk[1])
    store.ingest([*desk, inside, alone])
    assert {run_id for run_id, _, _ in runs(store)} == {desk[0].trace_id, alone.trace_id}


def test_whatever_is_asked_of_a_trace_told_as_one_run_with_another_is_answered_of_that_run(
    store,
) -> None:
    call, own = instrumented(0xA1, start=5 * SECOND), sdk_own(0xB2, start=5 * SECOND)
    store.ingest([call, own])
    assert [run_id for run_id, _, _ in runs(store)] == [call.trace_id]
    reader, folded, standing = store.reader, own.trace_id, call.trace_id
    overview = reader.overview
    for ask in (
        reader.run,
        reader.diagnosis,
        reader.lineage,
        lambda i: reader.blame(i, "hi"),
        lambda i: reader.reach(i, "hi"),
        lambda i: reader.diff(i, i),
        lambda i: reader.mark(i, "bad", hop_id="anthropic.chat").verdict.state,
        lambda i: reader.score(i, "quality", 0.5).run_id,
        lambda i: reader.header(i)[0].verdict.hop_id,
        reader.spans,
        overview.outline,
        overview.outline_json,
        lambda i: overview.hop(i, call.span_id),
        overview.latency,
        lambda i: overview.tag(i, add=["seen"], remove=[]),
        overview.marks,
        lambda i: overview.contrast([i]),
    ):
        assert ask(folded) == ask(standing)
    assert reader.resolve(folded[:31]) == [standing]
    assert len(reader.spans(folded)[0]) == 2


def test_a_trace_told_as_one_run_with_another_is_not_deleted_by_its_own_name(store) -> None:
    call, own = instrumented(0xA1, start=5 * SECOND), sdk_own(0xB2, start=5 * SECOND)
    store.ingest([call, own])
    assert len(runs(store)) == 1
    with pytest.raises(UsageError, match=f"told as one run with {call.trace_id}"):
        store.reader.delete(own.trace_id)
    store.reader.delete(call.trace_id)
    assert runs(store) == []


def test_nor_by_its_first_digits(tmp_path) -> None:
    call, own = instrumented(0xA1, start=5 * SECOND), sdk_own(0xB2, start=5 * SECOND)
    own.trace_id = "b2" * 16
    with Store.open(tmp_path / "t.duckdb") as opened:
        opened.ingest([call, own])
        assert len(runs(opened)) == 1
    told = CliRunner().invoke(delete, ["b2b2", "--yes", "--store", str(tmp_path / "t.duckdb")])
    assert isinstance(told.exception, UsageError) and call.trace_id in str(told.exception)
    with Store.open(tmp_path / "t.duckdb") as opened:
        assert opened.reader.resolve("b2b2") == [call.trace_id]
