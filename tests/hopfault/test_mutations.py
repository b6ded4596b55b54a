"""Kinds of fault: each changes an answer, none touches what it does not apply to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.hopfault.mutations import KINDS, MUTATIONS, PLACES, mutate

RECORD = {
    "reference": "4711",
    "supplier": "Alder Works",
    "lines": [
        {"article": "cable drum", "pieces": 3, "price": 12.5},
        {"article": "desk lamp", "pieces": 2, "price": 40.25},
        {"article": "steel bolt", "pieces": 9, "price": 0.4},
    ],
    "budget": 900.0,
}
NOTE = "A note on 4711 of Alder Works. The total comes to 122.1 EUR. The decision is to approve it."


def _mutated(kind: str, answer: Any = RECORD, seed: int = 1) -> Any:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return mutate(kind, text, seed)


def test_there_are_at_least_fifteen_kinds() -> None:
    assert len(set(KINDS)) == len(KINDS) >= 15
    assert set(PLACES) == set(MUTATIONS)


@pytest.mark.parametrize("kind", sorted(set(MUTATIONS) - {"wrong_route"}))
def test_every_kind_changes_a_record(kind: str) -> None:
    changed = _mutated(kind)
    assert changed is not None and changed != json.dumps(RECORD)


def test_a_wrong_route_flips_the_choice_and_nothing_else() -> None:
    changed = _mutated("wrong_route", {"decision": "approve", "margin": 3.0})
    assert json.loads(changed) == {"decision": "escalate", "margin": 3.0}
    assert _mutated("wrong_route") is None


def test_a_dropped_item_leaves_the_others_alone() -> None:
    lines = json.loads(_mutated("dropped_item"))["lines"]
    assert len(lines) == 2
    assert all(line in RECORD["lines"] for line in lines)


def test_a_dropped_constraint_is_null() -> None:
    assert json.loads(_mutated("dropped_constraint")) == {**RECORD, "budget": None}


def test_an_entity_is_swapped_in_records_and_in_notes() -> None:
    assert json.loads(_mutated("swapped_entity"))["supplier"] != "Alder Works"
    assert "Alder Works" not in _mutated("swapped_entity", NOTE)


def test_broken_json_stays_broken_for_the_reader_to_repair() -> None:
    with pytest.raises(ValueError):
        json.loads(_mutated("repaired_format"))


def test_numbers_in_notes_are_changed_in_place() -> None:
    changed = _mutated("wrong_value", NOTE)
    assert changed != NOTE
    assert changed.startswith("A note on ") and changed.endswith("approve it.")


def test_the_same_seed_makes_the_same_fault() -> None:
    for kind in MUTATIONS:
        assert _mutated(kind) == _mutated(kind)


def test_a_text_is_never_taken_for_a_record() -> None:
    assert _mutated("dropped_item", "{not json") is None
