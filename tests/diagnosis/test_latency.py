"""The critical path through a run, from literal times."""

from __future__ import annotations

from misstep.model import Edge
from misstep_diagnosis.latency import Timed, critical_path


def edge(before: str, after: str) -> Edge:
    return Edge(
        from_id=before, to_id=after, from_path="output", to_path="input", quote="7", match="exact"
    )


def test_the_critical_path_leaves_out_what_ran_beside_it() -> None:
    hops = [
        Timed("plan", None, 0, 100),
        Timed("quick", None, 100, 20),
        Timed("slow", None, 100, 80),
        Timed("write", None, 180, 50),
    ]
    path = critical_path(hops)
    assert path.hop_ids == ["plan", "slow", "write"]
    assert (path.critical_ms, path.hops_ms) == (230, 250)


def test_hops_that_contain_others_are_not_on_the_path_themselves() -> None:
    path = critical_path([Timed("outer", None, 0, 100), Timed("inner", "outer", 10, 80)])
    assert path.hop_ids == ["inner"]


def test_a_saving_is_named_only_where_no_value_went_even_through_others() -> None:
    hops = [Timed("a", None, 0, 40), Timed("b", None, 40, 30), Timed("c", None, 70, 20)]
    direct = critical_path(hops, [edge("a", "b"), edge("a", "c")])
    assert [(s.before, s.after, s.saved_ms) for s in direct.savings] == [("b", "c", 20)]
    through = critical_path(hops, [edge("a", "b"), edge("b", "x"), edge("x", "c")])
    assert through.savings == []


def test_hops_of_no_duration_and_no_hops_at_all_give_an_answer() -> None:
    zero = [Timed(str(n), None, 0, 0) for n in range(50)]
    assert len(critical_path(zero).hop_ids) <= 50
    assert critical_path([]).hop_ids == []
