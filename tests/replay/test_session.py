"""What a job serves, replaces and runs, decided without executing anything."""

from __future__ import annotations

from typing import Any

import pytest

from misstep.model import ErrorInfo, RecordedValue
from misstep.replay.job import Job, RecordedCall, RecordedHop, Target
from misstep.replay.session import CallAsked, Diverged, HopAsked, Session

TARGET = Target(kind="function", module="app", qualname="answer")


def recorded(place: str, order: int, **more: Any) -> RecordedHop:
    values: dict[str, Any] = {
        "hop_id": f"{order:016x}",
        "path": place,
        "name": place,
        "input": {"x": order},
        "output": f"{place} said",
        "start_unix_nano": order * 10,
        "end_unix_nano": order * 10 + 5,
    }
    return RecordedHop(**(values | more))


def asked(name: str, given: Any, *, kind: str = "chain", parent: str | None = None) -> HopAsked:
    return HopAsked(
        path=name,
        name=name,
        kind=kind,
        effect=False,
        pure=False,
        input=given,
        span_id=f"now-{name}",
        parent_span_id=parent,
    )


def job(*hops: RecordedHop, **more: Any) -> Job:
    return Job(run_id="r" * 32, target=TARGET, hops=list(hops), **more)


CHAIN = (recorded("a", 1), recorded("b", 2), recorded("c", 3))


def test_an_unchanged_replay_serves_every_hop_from_the_recording() -> None:
    session = Session(job(*CHAIN))
    answers = [session.hop(asked(h.name, h.input)) for h in CHAIN]
    assert [a.value for a in answers] == ["a said", "b said", "c said"]
    assert (session.result.served, session.result.executed) == (3, 0)


def test_a_changed_input_names_the_hop_the_nearest_recording_and_the_field_that_differs() -> None:
    session = Session(job(*CHAIN))
    session.hop(asked("a", {"x": 1}))
    with pytest.raises(Diverged, match=r"b was asked .* input\.x was 2 and is now 7"):
        session.hop(asked("b", {"x": 7}))
    divergence = session.result.divergence
    assert divergence is not None
    assert divergence.nearest_hop_id == CHAIN[1].hop_id
    assert divergence.matched == ["name", "path"]
    assert divergence.differs == [{"field": "input.x", "recorded": 2, "now": 7}]


def test_an_unknown_hop_says_that_the_code_changed() -> None:
    session = Session(job(*CHAIN))
    with pytest.raises(Diverged, match="new_step was not recorded"):
        session.hop(asked("new_step", {}))


def test_a_fork_serves_what_began_before_it_and_runs_it_and_all_after() -> None:
    session = Session(job(*CHAIN, mode="fork", fork=CHAIN[1].hop_id))
    actions = [session.hop(asked(h.name, h.input)).action for h in CHAIN]
    assert actions == ["serve", "run", "run"]
    assert session.result.live_hops == ["b", "c"]


def test_a_substituted_output_is_served_and_what_follows_runs_on_its_new_input() -> None:
    session = Session(job(*CHAIN, mode="fork", substitute={CHAIN[1].hop_id: "mended"}))
    session.hop(asked("a", {"x": 1}))
    assert session.hop(asked("b", {"x": 2})).value == "mended"
    assert session.hop(asked("c", {"x": "something new"})).action == "run"
    assert session.result.executed == 1


def test_a_hop_parallel_to_the_fork_is_served_because_it_cannot_have_used_it() -> None:
    fork = recorded("b", 2, end_unix_nano=60)
    beside = recorded("beside", 3)
    session = Session(job(CHAIN[0], fork, beside, mode="fork", substitute={fork.hop_id: "x"}))
    session.hop(asked("b", {"x": 2}))
    assert session.hop(asked("beside", {"x": 3})).action == "serve"


def test_the_hop_around_the_fork_runs_its_body() -> None:
    outer = recorded("outer", 1, end_unix_nano=100)
    inner = recorded("outer/inner", 2, name="inner", parent_id=outer.hop_id)
    session = Session(job(outer, inner, mode="fork", substitute={inner.hop_id: "mended"}))
    assert session.hop(asked("outer", {"x": 1})).action == "run"
    assert session.hop(asked("outer/inner", {"x": 2})).value == "mended"
    assert session.result.executed == 0


def test_everything_inside_a_live_hop_is_live() -> None:
    outer = recorded("outer", 1, end_unix_nano=100)
    inner = recorded("outer/inner", 2, name="inner", parent_id=outer.hop_id)
    session = Session(job(outer, inner, mode="fork", fork=outer.hop_id))
    session.hop(asked("outer", {"x": 1}))
    assert session.hop(asked("outer/inner", {"x": 2}, parent="now-outer")).action == "run"


def test_equal_inputs_are_answered_in_recorded_order() -> None:
    first = recorded("a", 1, input={"q": 1}, output="one")
    second = recorded("a", 2, input={"q": 1}, output="two", path="a#2")
    session = Session(job(first, second))
    assert session.hop(asked("a", {"q": 1})).value == "one"
    assert session.hop(asked("a#2", {"q": 1})).value == "two"


def test_fan_out_is_matched_by_content_whatever_the_order() -> None:
    branches = [recorded("a", i, path=f"a#{i}", output=f"out {i}") for i in range(1, 6)]
    session = Session(job(*branches))
    given = [session.hop(asked("a", {"x": i})).value for i in (4, 1, 5, 3, 2)]
    assert given == ["out 4", "out 1", "out 5", "out 3", "out 2"]


def test_a_side_effect_is_answered_from_the_recording_even_when_all_is_live() -> None:
    tool = recorded("pay", 1, kind="tool", output={"paid": True})
    session = Session(job(tool, mode="all_live"))
    answer = session.hop(asked("pay", {"x": "another amount"}, kind="tool"))
    assert (answer.action, answer.value) == ("serve", {"paid": True})
    assert session.result.effects_answered == ["pay"]


def test_an_allowed_side_effect_runs() -> None:
    tool = recorded("pay", 1, kind="tool")
    session = Session(job(tool, mode="all_live", allow_effects=["pay"]))
    assert session.hop(asked("pay", {"x": 1}, kind="tool")).action == "run"


def test_an_effect_that_failed_is_answered_by_the_good_run_when_its_input_is_mended() -> None:
    failed = recorded(
        "pay", 1, kind="tool", has_output=False, error=ErrorInfo(type="E", message="m")
    )
    good = recorded("pay", 9, kind="tool", output={"paid": 5})
    session = Session(job(failed, mode="all_live", effect_answers=[good]))
    assert session.hop(asked("pay", {"x": "mended"}, kind="tool")).value == {"paid": 5}


def test_an_effect_nobody_recorded_is_answered_with_none_and_counted() -> None:
    session = Session(job(mode="all_live"))
    answer = session.hop(asked("pay", {}, kind="tool"))
    assert (answer.value, answer.source) == (None, "no recorded answer")
    assert session.result.effects_answered == ["pay"]


def test_a_step_that_raised_runs_again_over_served_calls_so_its_own_code_raises() -> None:
    failed = recorded("a", 1, has_output=False, error=ErrorInfo(type="ValueError", message="m"))
    session = Session(job(failed))
    assert session.hop(asked("a", {"x": 1})).action == "run"


def test_a_resampled_hop_runs_alone_and_only_what_it_changed_runs_after_it() -> None:
    session = Session(job(*CHAIN, mode="resample", live=[CHAIN[0].hop_id]))
    assert session.hop(asked("a", {"x": 1})).action == "run"
    assert session.hop(asked("b", {"x": 2})).action == "serve"
    assert session.hop(asked("c", {"x": "changed"})).action == "run"


def call(order: int, **more: Any) -> RecordedCall:
    values: dict[str, Any] = {
        "hop_id": f"{order:016x}",
        "name": "chat m",
        "content_key": f"sha256:{order}",
        "request": {"model": "m", "n": order},
        "body": f"answer {order}",
        "start_unix_nano": order * 10,
        "end_unix_nano": order * 10 + 5,
    }
    return RecordedCall(**(values | more))


def ask_call(key: str, request: Any = None) -> CallAsked:
    return CallAsked(name="chat m", content_key=key, request=request, parent_span_id=None)


def test_model_calls_of_an_undecorated_program_are_served_by_content() -> None:
    session = Session(job(calls=[call(1), call(2)]))
    second = session.call(ask_call("sha256:2")).call
    assert second is not None
    assert second.body == "answer 2"


def test_an_unrecorded_model_call_shows_the_nearest_request() -> None:
    session = Session(job(calls=[call(1), call(2)]))
    with pytest.raises(Diverged, match=r"request\.n was 2 and is now 3|request\.n was 1"):
        session.call(ask_call("sha256:3", {"model": "m", "n": 3}))


def test_a_fork_at_a_model_call_runs_it_with_another_model_and_all_after_it() -> None:
    first, second = call(1), call(2)
    more = {"mode": "fork", "fork": second.hop_id, "models": {second.hop_id: "stronger"}}
    session = Session(job(calls=[first, second], **more))
    assert session.call(ask_call("sha256:1")).action == "serve"
    forked = session.call(ask_call("sha256:2"))
    assert (forked.action, forked.model) == ("run", "stronger")
    assert session.call(ask_call("sha256:unseen")).action == "run"


def test_a_recorded_clock_is_served_again_and_then_runs_out() -> None:
    values = [RecordedValue(name="time.time", value=float(i), number=i) for i in (1, 2)]
    session = Session(job(recorded=values))
    served = [session.recorded_value("time.time") for _ in range(3)]
    assert served == [(True, 1.0), (True, 2.0), (False, None)]
