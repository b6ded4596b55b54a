"""What became of things, what limits a value, what came first, what was asked for: each rule fires on
its example and is silent on the harmless twins."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosed import fired

OLD_NEW = (
    "OLD 7.1: The fee is payable within 30 days of invoice.\n"
    "NEW 7.1: The fee is payable within {} days of invoice."
)
LOG = (
    "10:02:11 kafka lag 40k\n10:03:50 consumer OOMKilled\n"
    "10:15:00 config push of team-b\n10:15:40 lag 900k"
)
GOOD_LOG = "10:02:11 config push of team-b\n10:03:50 consumer OOMKilled\n10:15:00 kafka lag 900k"
PUSHED = "The outage was caused by the config push of team-b."
TOOLS = "zone(plz=8047): zone 2\ntariff(zone=2): error 504 gateway timeout"
LEGS = [
    {"from": "Graz", "to": "Wien", "dep": "08:26", "arr": "11:02"},
    {"from": "Wien", "to": "Brno", "dep": "10:50", "arr": "12:20"},
]
LATER = [LEGS[0], {**LEGS[1], "dep": "11:50", "arr": "13:20"}]
OVERNIGHT = [{**LEGS[0], "dep": "19:10", "arr": "07:55"}, {**LEGS[1], "dep": "08:50"}]
GROWTH = 'Figures: [{"branch": "Oslo", "growth": 4.1}, {"branch": "Bergen", "growth": -2.3}]'
KINDS = {
    "cases": [{"case": "K1", "kind": "water"}, {"case": "K2", "kind": "theft"}],
    "terms": {"water": "W-terms 3.1", "theft": "T-terms 8.4"},
}
PAID = [
    {"payer": "Moss", "eur": 40.0, "date": "2026-02-03"},
    {"payer": "Moss", "eur": 40.0, "date": "2026-03-03"},
    {"payer": "Hale", "eur": 12.0, "date": "2026-03-05"},
]
TWICE = [{"id": 1, **PAID[0]}, {"id": 2, **PAID[0]}, {"id": 3, **PAID[2]}]

EXAMPLES: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    (
        "bound.turned",
        {"input": "Abstand zur Wand mindestens 40 cm.", "output": "At most 40 cm from the wall."},
        [
            {"input": "Abstand zur Wand mindestens 40 cm.", "output": "Keep at least 40 cm away."},
            {"input": "Do not store above 25 °C.", "output": "Store at 25 °C at most."},
            {"input": "Wait no less than 6 hours.", "output": "At least 6 hours must lie between."},
            {"input": "At least 50 EUR ships free.", "output": "Orders under 50 EUR pay shipping."},
            {"input": "HDL should be above 1.2.", "output": "Her HDL is just under 1.2."},
        ],
    ),
    (
        "bound.turned",
        {
            "input": "Write SQL: members of 65 or older.",
            "output": "SELECT id FROM members WHERE age > 65",
        },
        [
            {
                "input": "Write SQL: members of 65 or older.",
                "output": "SELECT id FROM members WHERE age >= 65",
            },
            {"input": "Age 18 or older may enter.", "output": "if age < 18:\n    deny()"},
        ],
    ),
    (
        "value.requalified",
        {"input": "I must be at the clinic by 10:30.", "output": "Take a bus leaving at 10:30."},
        [
            {
                "input": "I must be at the clinic by 10:30.",
                "output": "Arrive by 10:30 at the latest.",
            },
            {
                "input": "I must be in Bonn by 14:00.",
                "output": "Take the train departing 12:10, arriving 13:35, before 14:00.",
            },
            {
                "input": "1,200 EUR net, 1,428 EUR gross.",
                "output": "1,428 EUR gross (1,200 EUR net).",
            },
        ],
    ),
    (
        "status.turned",
        {
            "input": "12 Feb: warfarin discontinued because of bleeding. 13 Feb: paracetamol "
            "as needed.",
            "output": '[{"drug": "warfarin", "status": "continue"}, {"drug": "paracetamol", '
            '"status": "new"}]',
        },
        [
            {
                "input": "12 Feb: warfarin stopped. 20 Feb: warfarin restarted at 3 mg.",
                "output": "Warfarin is continued at 3 mg.",
            },
            {
                "input": "Motion 4 was first rejected, then, after an amendment, adopted 5 to 2.",
                "output": "Motion 4 was adopted.",
            },
            {
                "input": "Batch 44 of the monitor has been recalled. Batch 45 is in stock.",
                "output": "Batch 45 is available; 44 is recalled.",
            },
        ],
    ),
    (
        "status.turned",
        {"input": "61 tests run: 58 passed, 3 failed. exit 1", "output": "All tests pass."},
        [
            {"input": "run 1: 3 failed\nrun 2: 61 passed, 0 failed", "output": "All tests pass."},
            {
                "input": "61 tests run: 58 passed, 3 failed",
                "output": "All but 3 of the tests passed.",
            },
        ],
    ),
    (
        "presence.denied",
        {
            "input": "Aisle seat please. My son is allergic to peanuts. We have two bags.",
            "output": "Aisle seat, two bags, no allergies.",
        },
        [
            {"input": "Any allergies? No. My cat is allergic to dogs.", "output": "No allergies."},
            {
                "input": "The ladder slid, nobody was hurt. Omar went to hospital for a check.",
                "output": "A ladder slid. There were no injuries.",
            },
            {
                "input": "Say if there are breaking changes. feat: dark mode.",
                "output": "Dark mode. No breaking changes.",
            },
        ],
    ),
    (
        "same.claimed",
        {"input": OLD_NEW.format(45), "output": "7.1: unchanged"},
        [
            {"input": OLD_NEW.format(30), "output": "7.1: unchanged"},
            {"input": OLD_NEW.format(45), "output": "7.1: 45 days instead of 30"},
        ],
    ),
    (
        "same.claimed",
        {
            "input": {
                "pairs": [{"field": "limit", "before": "2,000 a day", "after": "2,500 a day"}]
            },
            "output": [{"field": "limit", "change": "none"}],
        },
        [
            {
                "input": {
                    "pairs": [{"field": "limit", "before": "2,000 a day", "after": "2,000 a day"}]
                },
                "output": [{"field": "limit", "change": "none"}],
            }
        ],
    ),
    (
        "condition.lost",
        {
            "input": "Refunds are paid within 10 days, except for gift cards. Shipping is free.",
            "output": "Refunds are paid within 10 days. Shipping is free.",
        },
        [
            {
                "input": "Refunds are paid within 10 days, except for gift cards. Shipping is "
                "free.",
                "output": "Refunds are paid within 10 days. No money back for gift cards.",
            },
            {
                "input": "One headline: Refunds are paid within 10 days, except for gift cards.",
                "output": "Refunds are paid within 10 days",
            },
        ],
    ),
    (
        "cause.after",
        {"input": LOG, "output": PUSHED},
        [
            {"input": GOOD_LOG, "output": PUSHED},
            {"input": LOG, "output": "The outage was not caused by the config push of team-b."},
        ],
    ),
    (
        "cause.after",
        {
            "input": "2026-05-02 shares fell 9 %. 2026-05-05 the company announced the strike.",
            "output": "Shares fell 9 % after the company announced the strike.",
        },
        [
            {
                "input": "2026-05-02 the company announced the strike. 2026-05-05 shares fell 9 %.",
                "output": "Shares fell 9 % after the company announced the strike.",
            }
        ],
    ),
    (
        "order.impossible",
        {"input": "Graz to Brno", "output": {"legs": LEGS}},
        [
            {"input": "Graz to Brno", "output": {"legs": LATER}},
            {"input": "Graz to Brno", "output": {"legs": OVERNIGHT}},
            {"input": "Wien to Brno", "output": [LATER[1], LEGS[1]]},
        ],
    ),
    (
        "role.exchanged",
        {
            "input": "The buyer bears the transport costs. The seller bears the insurance costs.",
            "output": "The seller bears the transport costs. The buyer bears the insurance costs.",
        },
        [
            {
                "input": "The buyer bears the transport costs. The seller bears the insurance "
                "costs.",
                "output": "Transport costs are borne by the buyer, insurance costs by the seller.",
            },
            {
                "input": "The Carrier informs the Shipper and the Shipper informs the Carrier "
                "of delays.",
                "output": "The shipper informs the carrier of delays.",
            },
        ],
    ),
    (
        "role.exchanged",
        {
            "input": "Move 20 pallets from Ghent to Lille on Monday.",
            "output": "Monday: 20 pallets from Lille to Ghent.",
        },
        [
            {
                "input": "Move 20 pallets from Ghent to Lille, then 20 pallets from Lille to "
                "Ghent.",
                "output": "Then 20 pallets from Lille to Ghent.",
            }
        ],
    ),
    (
        "value.misplaced",
        {"input": GROWTH, "output": "Oslo fell by 2.3 % while Bergen grew by 4.1 %."},
        [
            {"input": GROWTH, "output": "Oslo grew by 4.1 % while Bergen fell by 2.3 %."},
            {"input": GROWTH, "output": "Oslo and Bergen: 4.1 % and -2.3 %."},
        ],
    ),
    (
        "value.misplaced",
        {
            "kind": "chain",
            "input": KINDS,
            "output": [
                {"case": "K1", "kind": "water", "terms": "T-terms 8.4"},
                {"case": "K2", "kind": "theft", "terms": "W-terms 3.1"},
            ],
        },
        [
            {
                "kind": "chain",
                "input": KINDS,
                "output": [
                    {"case": "K1", "kind": "water", "terms": "W-terms 3.1"},
                    {"case": "K2", "kind": "theft", "terms": "T-terms 8.4"},
                ],
            }
        ],
    ),
    (
        "sign.lost",
        {
            "input": "Pos 1 Ware 1.210,00\nPos 2 Paletten zurück 60,00-",
            "output": {"positions": [{"t": "Ware", "eur": 1210.0}, {"t": "Paletten", "eur": 60.0}]},
        },
        [
            {"input": "Pos 2 Paletten zurück 60,00-", "output": {"eur": -60.0}},
            {"input": "Pos 2 Paletten zurück 60,00-", "output": {"type": "credit", "amount": 60.0}},
            {"input": "Prices: 15.00-20.00 EUR a night", "output": {"from": 15.0, "to": 20.0}},
        ],
    ),
    (
        "duplicate.mistaken",
        {"kind": "chain", "name": "dedupe", "input": {"rows": PAID}, "output": [PAID[0], PAID[2]]},
        [
            {"kind": "chain", "name": "dedupe", "input": TWICE, "output": [TWICE[0], TWICE[2]]},
            {
                "kind": "chain",
                "name": "dedupe_contacts",
                "input": [
                    {"name": "Ana Ruiz", "mail": "ana@x.org"},
                    {"name": "ana ruiz", "mail": "ANA@x.org"},
                    {"name": "Bo Lee", "mail": "bo@x.org"},
                ],
                "output": [
                    {"name": "Ana Ruiz", "mail": "ana@x.org"},
                    {"name": "Bo Lee", "mail": "bo@x.org"},
                ],
            },
            {"kind": "chain", "name": "latest_distinct", "input": PAID, "output": PAID[1:]},
        ],
    ),
    (
        "error.fabricated",
        {"input": TOOLS, "output": "You are in zone 2; the tariff is CHF 4.40."},
        [
            {"input": TOOLS, "output": "You are in zone 2; the tariff could not be found."},
            {"input": TOOLS + "\ntariff(zone=2): CHF 4.40", "output": "The tariff is CHF 4.40."},
        ],
    ),
    (
        "kind.exchanged",
        {
            "input": 'Account: {"plan": "prepaid"}. Call the policy tool.',
            "output": {"tool": "policy_for", "arguments": {"plan": "postpaid"}},
        },
        [
            {
                "input": "Account is prepaid, wants to move to postpaid.",
                "output": {"tool": "policy_for", "arguments": {"plan": "postpaid"}},
            }
        ],
    ),
    (
        "asked.differs",
        {
            "kind": "tool",
            "input": {"badge": "B-3391"},
            "output": {"holder": "Iris Pohl", "badge_no": "B-3319"},
        },
        [
            {"kind": "tool", "input": {"badge": "b-3391"}, "output": {"badge_no": "B-3391"}},
            {"kind": "tool", "input": {"ticket": "OPS-771"}, "output": {"parent": "OPS-712"}},
            {
                "kind": "tool",
                "name": "convert",
                "input": {"amount": 100, "currency": "EUR"},
                "output": {"amount": 108.0, "currency": "USD"},
            },
        ],
    ),
    (
        "asked.differs",
        {
            "kind": "retriever",
            "input": "Wales renting homes deposit protection deadline",
            "output": [
                {"content": "This page covers lettings in England. Protect it within 30 days."}
            ],
        },
        [
            {
                "kind": "retriever",
                "input": "Wales renting homes deposit protection deadline",
                "output": [
                    {"content": "In England and Wales a deposit is protected within 30 days."}
                ],
            }
        ],
    ),
    (
        "asked.differs",
        {
            "kind": "retriever",
            "input": "calibration of ZX-20 firmware 4.2",
            "output": [
                {"content": "ZX-20 firmware 3.8: hold both keys for 9 seconds to calibrate."}
            ],
        },
        [
            {
                "kind": "retriever",
                "input": "upgrade ZX-20 from firmware 3.8 to 4.2",
                "output": [
                    {"content": "Upgrading firmware 3.8: charge fully, then connect by USB."}
                ],
            }
        ],
    ),
    (
        "asked.differs",
        {
            "kind": "retriever",
            "input": "Jan de Vries, born 9 February 1971",
            "output": [{"content": "Jan de Vries, born 2 September 1917, blood group A positive."}],
        },
        [
            {
                "kind": "retriever",
                "input": "Jan de Vries, born 9 February 1971",
                "output": [{"content": "Jan de Vries, born 1971-02-09, blood group A positive."}],
            }
        ],
    ),
    (
        "document.withdrawn",
        {
            "kind": "retriever",
            "input": "fire door inspection interval",
            "output": [
                {
                    "content": "FD 118:2009 Every 24 months. Status: withdrawn, replaced by FD "
                    "118:2021."
                }
            ],
        },
        [
            {
                "kind": "retriever",
                "input": "fire door inspection interval",
                "output": [
                    {"content": "FD 118:2021 Every 12 months. It replaced FD 118:2009."},
                    {"content": "FD 118:2009 Every 24 months. Status: withdrawn."},
                ],
            },
            {
                "kind": "retriever",
                "input": "history of the fire door standard",
                "output": [{"content": "FD 118:2009 Every 24 months. Status: withdrawn."}],
            },
        ],
    ),
    (
        "list.partial",
        {
            "kind": "tool",
            "input": {"ward": "3"},
            "output": {"items": [{"bed": 1}], "total_count": 6},
        },
        [
            {
                "kind": "tool",
                "input": {"ward": "3"},
                "output": {"items": [{"bed": 1}], "total_count": 1},
            },
            {
                "kind": "tool",
                "input": {"cart": "k"},
                "output": {"items": [{"sku": "a", "qty": 4}, {"sku": "b", "qty": 3}], "total": 7},
            },
            {
                "kind": "tool",
                "input": {"q": "jazz", "limit": 1},
                "output": {"items": [{"n": "Blue"}], "total": 418},
            },
        ],
    ),
    (
        "part.lost",
        {
            "kind": "chain",
            "name": "merge_days",
            "input": {"mon": [{"t": "08:00", "kwh": 3.1}], "tue": [{"t": "08:00", "kwh": 4.4}]},
            "output": {"rows": [{"t": "08:00", "kwh": 4.4}]},
        },
        [
            {
                "kind": "chain",
                "name": "merge_prices",
                "input": {"base": [{"sku": "a", "eur": 1}], "overrides": [{"sku": "a", "eur": 3}]},
                "output": {"rows": [{"sku": "a", "eur": 3}]},
            },
            {
                "kind": "chain",
                "name": "best_source",
                "input": {"a": [{"k": "p", "v": 1}], "b": [{"k": "q", "v": 2}]},
                "output": {"rows": [{"k": "q", "v": 2}]},
            },
        ],
    ),
]
IDS = [f"{rule}-{n}" for n, (rule, _, _) in enumerate(EXAMPLES)]


@pytest.mark.parametrize(("rule", "bad", "twins"), EXAMPLES, ids=IDS)
def test_a_rule_fires_on_its_example_and_never_on_a_harmless_twin(
    rule: str, bad: dict[str, Any], twins: list[dict[str, Any]]
) -> None:
    assert rule in fired(bad)
    for twin in twins:
        assert rule not in fired(twin), twin
