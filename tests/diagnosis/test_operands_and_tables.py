"""Operands are read by name, and tables by rows and columns, wherever they stand."""

from __future__ import annotations

import pytest
from printed_tables import CITIES, PLANS, RENTS

from misstep_diagnosis.reading.tables import tables_in
from misstep_diagnosis.reckoning.days import reached
from misstep_diagnosis.reckoning.operands import moment, of_fields, of_prose
from misstep_diagnosis.reckoning.workings import working


def test_operands_are_read_by_name_from_fields_and_from_prose() -> None:
    fields = of_fields({"unit_price": 3.75, "quantity": 14, "max": 50, "due": "2026-05-01"})
    assert fields is not None
    assert [(o.kind, o.key) for o in fields.used] == [
        ("price", "unit_price"),
        ("count", "quantity"),
        ("date", "due"),
    ]
    assert fields.caps == (50.0,)
    prose = of_prose("rent 850, power 95 and 3 nights at 40 EUR a night, 15 % off")
    assert prose is not None
    assert [(o.kind, o.value) for o in prose.used] == [
        ("number", 850.0),
        ("number", 95.0),
        ("count", 3.0),
        ("price", 40.0),
        ("percent", 0.15),
    ]


def test_a_working_is_none_where_the_names_leave_it_open() -> None:
    given = of_fields({"weight_kg": 12.0, "zone": 3})
    assert given is not None
    assert working("shipping", "shipping_cost", given) is None


def test_months_are_counted_on_to_the_last_day_of_a_shorter_month() -> None:
    begin = moment("2026-01-31")
    assert begin is not None
    assert next(reached(begin, 1, "month")).date().isoformat() == "2026-02-28"


@pytest.mark.parametrize(
    "text", [PLANS, CITIES, "plan  seats  price\nBasic  3  19\nTeam  24  49\n"]
)
def test_a_table_is_read_by_rows_whatever_parts_its_cells(text: str) -> None:
    rows = tables_in(text)[0]
    assert len(rows) >= 2
    assert all(isinstance(list(r.values())[1], float) for r in rows)


def test_columns_of_a_table_are_records_too() -> None:
    turned = tables_in(RENTS)[1]
    assert turned[1] == {"(row)": "Feb", "Rent": 900.0, "Power": 135.0}
