"""What an input states by name, by criteria or by identifier: each rule fires on its example and is
silent on the harmless twins."""

from __future__ import annotations

import json
from typing import Any

import pytest
from diagnosed import fired

from misstep.model import Hop, Run
from misstep_diagnosis import diagnose

PRIORITY = (
    "P1: more than 40 % of users hit or data loss. P2: 5 to 40 % of users hit. P3: otherwise."
)
CLAIM = "AUTO: amount up to 500 EUR and age of policy over 90 days. MANUAL: amount over 500 EUR."
BEDS = '[{"ward": "A", "sea_view": false, "eur": 80}, {"ward": "B", "sea_view": true, "eur": 95}]'
STOPS = '[{"line": "IC 5", "changes": 1, "eur": 19}, {"line": "ICE 7", "changes": 0, "eur": 29}]'
CASES_OPEN = (
    '[{"case": "K-17", "judge": "Moll", "hearing": "Room 4"},'
    ' {"case": "K-71", "judge": "Adam", "hearing": "Room 9"}]'
)
OTHER = '{"judge": "Adam", "room": "Room 9"}'
LEASE = "Clause 3: written notice of six months is required. Clause 9: repairs within ten days."
OLD = "[C-1] Services contract of 2020. The late fee is capped at EUR 900 a year."
NEW = "[C-1-A] Amendment of 2024. Clause 7 is replaced: the late fee is capped at EUR 1,500 a year."
BILLS = '[{"no": 1, "amount": 10.5}, {"no": 2, "amount": 20.25}, {"no": 3, "amount": 30.0}]'
LOOKUP = 'Answer about parcel. Tracking: {"error": "carrier timeout", "events": null}'

EXAMPLES: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    (
        "criteria.contradicted",
        {"input": {"users_hit_pct": 55}, "system": PRIORITY, "output": {"priority": "P2"}},
        [
            {"input": {"users_hit_pct": 22}, "system": PRIORITY, "output": {"priority": "P2"}},
            {"input": {"users_hit_pct": 55}, "system": PRIORITY, "output": {"priority": "P1"}},
            {"input": {"disk_pct": 55}, "system": PRIORITY, "output": {"priority": "P2"}},
        ],
    ),
    (
        "criteria.contradicted",
        {"input": CLAIM + ' {"amount": 740}', "output": {"route": "AUTO"}},
        [
            {"input": CLAIM + ' {"amount": 740}', "output": {"route": "MANUAL"}},
            {"input": CLAIM + ' {"amount": 300, "policy_age": 12}', "output": {"route": "MANUAL"}},
        ],
    ),
    (
        "choice.unfit",
        {"input": 'Wanted {"sea_view": true}: ' + BEDS, "output": {"ward": "A"}},
        [
            {"input": 'Wanted {"sea_view": true}: ' + BEDS, "output": {"ward": "B"}},
            {"input": 'Wanted {"sea_view": false}: ' + BEDS, "output": {"ward": "B"}},
        ],
    ),
    (
        "choice.unfit",
        {"input": 'Trip {"no_changes": true}: ' + STOPS, "output": {"line": "IC 5"}},
        [
            {"input": 'Trip {"no_changes": true}: ' + STOPS, "output": {"line": "ICE 7"}},
            {"input": 'Trip {"changes": true}: ' + STOPS, "output": {"line": "IC 5"}},
        ],
    ),
    (
        "record.other",
        {"input": "Details of K-17: " + CASES_OPEN, "output": {"judge": "Adam", "at": "Room 9"}},
        [
            {"input": "Details of K-17: " + CASES_OPEN, "output": {"judge": "Moll"}},
            {
                "input": "All others, not K-17: " + CASES_OPEN,
                "output": {"judge": "Adam", "at": "Room 9"},
            },
        ],
    ),
    (
        "record.other",
        {"input": {"case": "K-17", "all": json.loads(CASES_OPEN)}, "output": json.loads(OTHER)},
        [
            {"input": {"case": "K-71", "all": json.loads(CASES_OPEN)}, "output": json.loads(OTHER)},
            {"input": {"all": json.loads(CASES_OPEN)}, "output": json.loads(OTHER)},
        ],
    ),
    (
        "count.stated",
        {"input": "12 imported, 3 rejected in 4 s", "output": {"imported": 12, "rejected": 0}},
        [
            {"input": "12 imported, 3 rejected in 4 s", "output": {"imported": 12, "rejected": 3}},
            {"input": "a.csv: 3 rejected. b.csv: 2 rejected", "output": {"rejected": 5}},
        ],
    ),
    (
        "value.replaced",
        {"input": "Use pool_size=40 here", "output": "connect(pool_size=4)"},
        [
            {"input": "Use pool_size=40 here", "output": "connect(pool_size=40)"},
            {"input": "Lower pool_size=40 to a tenth", "output": "connect(pool_size=4)"},
        ],
    ),
    (
        "value.replaced",
        {
            "input": "Booked on 1 May 2026: a room from 2026-06-05, 3 nights, for Ada Lind.",
            "output": {"guest": "Ada Lind", "from": "2026-06-05", "to": "2026-06-19"},
        },
        [
            {
                "input": "Booked on 1 May 2026: a room from 2026-06-05, 3 nights, for Ada Lind.",
                "output": {"guest": "Ada Lind", "from": "2026-06-05", "to": "2026-06-08"},
            }
        ],
    ),
    (
        "number.contradicts",
        {"input": LEASE, "output": {"notice_months": 8}},
        [
            {"input": LEASE, "output": {"notice_months": 6}},
            {"input": LEASE, "output": {"lease_months": 8}},
            {"input": "Notice: one year or twelve months.", "output": {"notice_months": 12}},
        ],
    ),
    (
        "document.superseded",
        {"input": f"{OLD}\n{NEW}", "output": {"late_fee_cap": 900}},
        [
            {"input": f"{OLD}\n{NEW}", "output": {"late_fee_cap": 1500}},
            {"input": f"{OLD}\n{NEW}", "output": "The cap was EUR 900 and is now EUR 1,500."},
            {"input": f"What was the original cap?\n{OLD}\n{NEW}", "output": {"cap": 900}},
        ],
    ),
    (
        "aggregate.wrong",
        {"input": "Sum up: " + BILLS, "output": {"total": 62.75}},
        [
            {"input": "Sum up: " + BILLS, "output": {"total": 60.75}},
            {"input": "Sum up with VAT: " + BILLS, "output": {"total": 62.75}},
            {"input": "Sum up: " + BILLS, "output": {"total": 50.25}},
        ],
    ),
    (
        "error.fabricated",
        {"input": LOOKUP, "output": "It arrived on 9 May 2026 in Ghent."},
        [
            {"input": LOOKUP, "output": "The carrier could not be reached; try again later."},
            {
                "input": LOOKUP.replace("null", '["9 May 2026"]'),
                "output": "It arrived on 9 May 2026.",
            },
        ],
    ),
    (
        "negation.flipped",
        {
            "input": "She has a rash since Monday. No joint pain, no swollen glands.",
            "output": "A rash since Monday together with joint pain is reported.",
        },
        [
            {
                "input": "She has a rash since Monday. No joint pain, no swollen glands.",
                "output": "A rash since Monday. Watch for joint pain and come back.",
            },
            {
                "input": "No joint pain yesterday. Joint pain in both knees today.",
                "output": "There is joint pain in both knees today.",
            },
        ],
    ),
    (
        "negation.flipped",
        {
            "input": "Der Deckel darf im Betrieb nicht entfernt werden. Danach das Gerät abkühlen.",
            "system": "Translate into English.",
            "output": "The lid may be removed during operation. Let the device cool down afterwards.",
        },
        [
            {
                "input": "Der Deckel darf im Betrieb nicht entfernt werden. Danach das Gerät abkühlen.",
                "system": "Translate into English.",
                "output": "Removing the lid during operation is forbidden. Let the device cool down.",
            },
        ],
    ),
    (
        "item.omitted",
        {
            "input": "Please send 3 x blue folder, 8 x gel pen, 2 x stapler and 5 x note pad. Thanks",
            "output": [{"article": "blue folder"}, {"article": "gel pen"}, {"article": "stapler"}],
        },
        [
            {
                "input": "Please send 3 x blue folder, 8 x gel pen and 2 x stapler. Thanks",
                "output": [
                    {"article": "blue folder"},
                    {"article": "gel pen"},
                    {"article": "stapler"},
                ],
            },
        ],
    ),
]


@pytest.mark.parametrize(
    ("rule", "faulty", "twins"), EXAMPLES, ids=[f"{i}-{c[0]}" for i, c in enumerate(EXAMPLES)]
)
def test_a_rule_fires_on_its_example_and_on_none_of_its_twins(
    rule: str, faulty: dict[str, Any], twins: list[dict[str, Any]]
) -> None:
    assert rule in fired(faulty)
    for twin in twins:
        assert rule not in fired(twin), twin


def converting(source: str, target: str, amount: float) -> str:
    """The verdict on 1,000 of ``source`` turned into ``amount`` at 1.25 dollars a euro."""
    rate = {"base": "EUR", "quote": "USD", "rate": 1.25}
    asked = {"amount": 1000, "from": source, "to": target, "rate": 1.25}
    hops = [
        Hop(hop_id="1" * 16, name="rate", kind="tool", index=0, input={}, output=rate),
        Hop(
            hop_id="2" * 16, name="convert", kind="tool", index=1, offset_ms=10.0,
            input=asked, output={"amount": amount},
        ),
    ]  # fmt: skip
    run = Run(run_id="a" * 32, name="p", input={"amount": 1000}, output={"amount": amount})
    return diagnose(run, hops).verdict


def test_a_rate_told_by_base_and_quote_says_which_way_it_leads() -> None:
    assert converting("EUR", "USD", 800.0) == "fault"
    assert converting("EUR", "USD", 1250.0) == "clean"
    assert converting("USD", "EUR", 800.0) == "clean"
    assert converting("USD", "EUR", 1250.0) == "fault"
