"""What happens to lists, states, bounds and documents between hops: told where it goes wrong, and left
alone where the same comes about rightly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from diagnosed import fired, rules_in

from misstep.model import Hop, Run
from misstep_diagnosis import diagnose

J = json.dumps
RIDES = [
    {"id": "R1", "day": "2026-05-18", "payee": "Taxi Ola", "for": "to the hotel", "pln": 78.0},
    {"id": "R2", "day": "2026-05-19", "payee": "Bar Lot", "for": "breakfast", "pln": 31.0},
    {"id": "R4", "day": "2026-05-20", "payee": "Taxi Ola", "for": "to the airport", "pln": 78.0},
]
TWICE = [*RIDES[:2], {**RIDES[0], "id": "R9"}]
PAGES = [
    [{"id": "ch_1", "eur": 3}, {"id": "ch_2", "eur": 4}],
    [{"id": "ch_3", "eur": 5}, {"id": "ch_4", "eur": 6}],
]
POLICIES = {"travel": "Up to 180 a night.", "meals": "Up to 60 a person."}
CHART = (
    "Ramipril was stopped on 8 July; not to be restarted. Metformin was paused and taken up again on "
    "12 July."
)
LEGS = [
    {"from": "Bonn", "dep": "11:24", "to": "Basel", "arr": "14:17"},
    {"from": "Basel", "dep": "14:05", "to": "Milan", "arr": "18:10"},
]
LATER = [LEGS[0], {**LEGS[1], "dep": "14:35", "arr": "18:40"}]
LATE = "def fee(days_late):\n    if days_late >= 15:\n        return 2\n"
CLAUSES = [
    {
        "clause": "5.2",
        "old": "Payable within 30 days of receipt.",
        "new": "Payable within 60 days of receipt.",
    },
    {"clause": "6.1", "old": "Warranted for 24 months.", "new": "Warranted for 24 months."},
]
PLAN = {"customer": "Lund", "plan": "business", "billing": "annual"}
BOOK = "Pos  Text      Amount EUR\n3  Pallet, delivered  312.00\n4  Pallet, returned  372.00-\n"

CASES: list[tuple[str, str, str, Any, Any, Any]] = [
    (
        "duplicate.mistaken",
        "chain",
        "drop_duplicates",
        {"r": RIDES},
        {"r": RIDES[:2]},
        {"r": RIDES},
    ),
    (
        "part.lost",
        "chain",
        "merge_pages",
        {"pages": PAGES},
        {"all": PAGES[1]},
        {"all": [*PAGES[0], *PAGES[1]]},
    ),
    (
        "value.misplaced",
        "chain",
        "dispatch",
        {"claims": [{"id": "X", "kind": "travel"}], "policies": POLICIES},
        [{"claim": {"id": "X", "kind": "travel"}, "policy": POLICIES["meals"]}],
        [{"claim": {"id": "X", "kind": "travel"}, "policy": POLICIES["travel"]}],
    ),
    (
        "status.turned",
        "llm",
        "plan",
        CHART,
        [{"drug": "ramipril", "status": "continue"}],
        [{"drug": "ramipril", "status": "stopped"}],
    ),
    (
        "bound.turned",
        "llm",
        "say",
        "Zwischen zwei Gaben müssen mindestens 6 Stunden liegen.",
        "Wait no more than 6 hours.",
        "Wait at least 6 hours.",
    ),
    (
        "kind.exchanged",
        "llm",
        "ask",
        "Which rule? Customer: " + J(PLAN),
        {"plan": "business", "billing": "monthly"},
        {"plan": "business", "billing": "annual"},
    ),
    (
        "order.impossible",
        "llm",
        "legs",
        "From Bonn to Milan, please.",
        {"legs": LEGS},
        {"legs": LATER},
    ),
    (
        "bound.turned",
        "llm",
        "port",
        LATE,
        "SELECT CASE WHEN days_late > 15 THEN 2 END",
        "SELECT CASE WHEN days_late < 15 THEN 0 ELSE 2 END",
    ),
    (
        "same.claimed",
        "llm",
        "compare",
        J(CLAUSES),
        [{"clause": "5.2", "change": "none"}],
        [{"clause": "6.1", "change": "none"}],
    ),
    (
        "status.turned",
        "llm",
        "tests",
        "146 passed, 2 failed in 61 s",
        "All 148 tests passed.",
        "Of 148 tests two failed.",
    ),
    (
        "sign.lost",
        "llm",
        "read",
        BOOK,
        {"amounts": [312.0, 372.0]},
        {"amounts": [312.0, -372.0]},
    ),
    (
        "negation.flipped",
        "llm",
        "plain",
        "The lid must not be opened while it turns.",
        "You need not open the lid while it turns.",
        "Never open the lid while it turns.",
    ),
    (
        "asked.differs",
        "tool",
        "recall",
        {"owner": "u-118"},
        {"owner": "u-181", "note": "a house"},
        {"owner": "u-118", "note": "a house"},
    ),
    (
        "asked.differs",
        "retriever",
        "records",
        "Maria Hoek, born 14 March 1958",
        [{"content": "Hoek, Maria. Born 14 August 1985."}],
        [{"content": "Hoek, Maria. Born 14 March 1958."}],
    ),
    (
        "asked.differs",
        "retriever",
        "law",
        "Scotland, notice of a tenancy",
        [{"content": "This guide is for England."}],
        [{"content": "Notice in Scotland."}],
    ),
    (
        "document.withdrawn",
        "retriever",
        "books",
        "failover of pay-db",
        [{"content": "RB-104 Failover of pay-db. Status: replaced by RB-219 in May."}],
        [{"content": "RB-219 Failover of pay-db. Status: current since May 2026."}],
    ),
    (
        "choice.unlike",
        "llm",
        "sql",
        "Table: orders(id, status in ('open','shipped','cancelled')). How many orders were shipped?",
        "SELECT count(*) FROM orders WHERE status = 'cancelled'",
        "SELECT count(*) FROM orders WHERE status = 'shipped'",
    ),
    (
        "role.exchanged",
        "llm",
        "trip",
        "Pick up at Depot North, drop off at Harbour Gate.",
        {"pickup": "Harbour Gate", "dropoff": "Depot North"},
        {"pickup": "Depot North", "dropoff": "Harbour Gate"},
    ),
    (
        "result.wrong",
        "chain",
        "order_total",
        {"items": [{"qty": 2, "unit_price": 9.5}, {"qty": 3, "unit_price": 4.0}]},
        {"total": 33.0},
        {"total": 31.0},
    ),
    (
        "result.wrong",
        "tool",
        "bmi",
        {"height_cm": 180, "weight_kg": 81},
        {"bmi": 27.1},
        {"bmi": 25.0},
    ),
    (
        "result.wrong",
        "tool",
        "to_eur",
        {"amount_gbp": 250, "rate_gbp_eur": 1.17},
        {"amount_eur": 213.68},
        {"amount_eur": 292.5},
    ),
    (
        "result.wrong",
        "llm",
        "split",
        "Lunch was 86.40 EUR, split between 4 people. How much each?",
        "28.80 EUR",
        "21.60 EUR",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{c[0]}-{c[2]}" for n, c in enumerate(CASES)])
def test_what_goes_wrong_on_the_way_is_told_and_what_does_not_is_not(case: Any) -> None:
    rule, kind, name, given, wrong, right = case
    made = {"kind": kind, "name": name, "input": given}
    assert rule in fired({**made, "output": wrong})
    assert rule not in fired({**made, "output": right})


def test_a_true_duplicate_may_be_left_out() -> None:
    made = {"kind": "chain", "name": "drop_duplicates", "input": {"r": TWICE}}
    assert not {"item.dropped", "duplicate.mistaken"} & fired({**made, "output": {"r": TWICE[:2]}})


def test_a_medicine_that_was_taken_up_again_goes_on() -> None:
    output = [{"drug": "metformin", "status": "continue"}]
    assert "status.turned" not in fired({"kind": "llm", "input": CHART, "output": output})


def hop(number: int, name: str, kind: str, given: Any, made: Any, parent: int | None = None) -> Hop:
    return Hop(
        hop_id=f"{number:016x}",
        parent_id=f"{parent:016x}" if parent is not None else None,
        index=number,
        name=name,
        kind=kind,
        input=given,
        output=made,
        offset_ms=10.0 * number,
        duration_ms=50.0 if parent is None else 5.0,
    )


def pages(*asked: int) -> set[str]:
    items = [{"id": f"A{n}"} for n in range(3)]
    hops = [hop(0, "collect", "chain", {"items": "all"}, items)]
    for n, page in enumerate(asked, 1):
        made = {"items": items, "page": page, "pages": 2}
        hops.append(hop(n, "stock_api", "tool", {"page": page}, made, parent=0))
    run = Run(run_id="a" * 32, name="p", input={"task": "list all"}, output=items)
    return rules_in(run, hops)


def test_a_second_page_that_nobody_asked_for_is_told() -> None:
    assert "list.partial" in pages(1)
    assert "list.partial" not in pages(1, 2)


def test_a_sentence_leads_from_its_hop_through_the_agent_around_it_to_the_output() -> None:
    log, said = "146 passed, 2 failed in 61 s", "All of the tests passed without any trouble."
    hops = [
        hop(0, "run_tests", "tool", {"path": "tests"}, log),
        hop(1, "reader", "agent", {"log": log}, said),
        hop(2, "read", "llm", f"Report on this run.\n{log}", said, parent=1),
        hop(7, "gate", "llm", f"Ship or hold?\n\n{said}", "Ship it, nothing speaks against it."),
    ]
    run = Run(run_id="a" * 32, name="p", input={"version": "2.8"}, output=hops[-1].output)
    run.verdict.state = "bad"
    made = diagnose(run, hops)
    assert made.suspects[0].name == "read"
    assert made.states[hops[3].hop_id] in ("carried", "amplified")
