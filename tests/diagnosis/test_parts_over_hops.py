"""What several hops show together: pages not fetched, pieces lost before the join, renamed fields."""

from __future__ import annotations

from typing import Any

from diagnosed import hops_of, rules_in

from misstep.model import Hop, Run


def _run(hops: list[Hop]) -> Run:
    return Run(run_id="a" * 32, name="p", input=hops[0].input, output=hops[-1].output)


def _pages(*numbers: int) -> list[Hop]:
    steps = [
        ("orders", {"page": n}, {"page": n, "pages": 2, "orders": [{"no": f"A{n}"}]})
        for n in numbers
    ]
    return hops_of(*steps, ("tell", "A1", "There is one order, A1."), kind="tool")


def test_a_page_is_no_part_where_the_next_one_was_fetched() -> None:
    alone, both = _pages(1), _pages(1, 2)
    assert "list.partial" in rules_in(_run(alone), alone)
    assert "list.partial" not in rules_in(_run(both), both)


def test_a_part_that_is_told_as_a_part_is_no_fault() -> None:
    hops = _pages(1)
    hops[-1].output = "A1 is on page 1 of 2; the rest was not looked at."
    assert "list.partial" not in rules_in(_run(hops), hops)


def _chapters(middle: str, joined: list[str]) -> list[Hop]:
    parts = ["Norway: cod stocks rose by a tenth.", middle, "Faroe: mackerel quota doubled."]
    steps = [("part", f"Summarise this chapter: {n}", text) for n, text in enumerate(parts)]
    return hops_of(*steps, ("join", {"parts": joined}, "\n".join(joined)), kind="chain")


def test_a_piece_that_never_reached_the_one_who_joins_is_told() -> None:
    herring = "Iceland: herring fell by a third."
    some = ["Norway: cod stocks rose by a tenth.", "Faroe: mackerel quota doubled."]
    lost = _chapters(herring, some)
    whole = _chapters(herring, [some[0], herring, some[1]])
    empty = _chapters("Nothing relevant here.", some)
    assert "part.lost" in rules_in(_run(lost), lost)
    assert "part.lost" not in rules_in(_run(whole), whole)
    assert "part.lost" not in rules_in(_run(empty), empty)


def _retries(second: dict[str, Any], last: dict[str, Any]) -> list[Hop]:
    first = {"customer": "c1", "max_retries": 7}
    return hops_of(("map", first, second), ("configure", second, last), kind="chain")


def test_a_field_renamed_is_told_where_a_later_step_fell_back_on_another_value() -> None:
    missed = _retries({"customer": "c1", "retry_limit": 7}, {"max_retries": 3})
    known = _retries({"customer": "c1", "retry_limit": 7}, {"max_retries": 7})
    assert "field.renamed" in rules_in(_run(missed), missed)
    assert "field.renamed" not in rules_in(_run(known), known)
