"""What follows from a hop's own input by name, in fields, prose and tables: the wrong answer is told,
the right one to the very same input is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from diagnosed import fired
from printed_tables import CITIES, PLANS, RENTS

J = json.dumps
Case = tuple[str, str, str, Any, Any, Any]
"""(rule, kind, name, input, wrong output, right output)."""

HOTELS = [
    {"name": "Alba", "price": 70, "wifi": False, "rating": 7.9},
    {"name": "Brisa", "price": 82, "wifi": True, "rating": 8.1},
    {"name": "Costa", "price": 95, "wifi": True, "rating": 9.0},
]
TICKETS = [
    {"ticket": 11, "status": "open"},
    {"ticket": 12, "status": "closed"},
    {"ticket": 13, "status": "open"},
    {"ticket": 14, "status": "waiting"},
]
SLOTS = [
    {"slot": "Ada", "time": "09:30"},
    {"slot": "Bob", "time": "10:15"},
    {"slot": "Cem", "time": "11:00"},
]
BMI = "BMI classes: below 18.5 underweight, 18.5-24.9 normal, 25-29.9 overweight, 30 and above obese. "
TRACE = (
    "Traceback: File \"/srv/app/users/auth.py\", line 52, in login\nKeyError: 'token'. Which file?"
)
R, N, OTHER = "result.wrong", "negation.flipped", "record.other"

CASES: list[Case] = [
    (
        R,
        "chain",
        "apply_discount",
        {"price": 80.0, "discount_percent": 15},
        {"new_price": 65.0},
        {"new_price": 68.0},
    ),
    (R, "tool", "add_vat", {"net": 1200, "vat_percent": 19}, {"gross": 1319.0}, {"gross": 1428.0}),
    (R, "chain", "line", {"quantity": 14, "unit_price": 3.75}, {"amount": 48.75}, {"amount": 52.5}),
    (R, "tool", "dose", {"mg_per_kg": 8, "weight_kg": 22}, {"dose_mg": 196}, {"dose_mg": 176}),
    (R, "chain", "trip", {"distance_km": 270, "speed_kmh": 90}, {"hours": 3.5}, {"hours": 3}),
    (R, "tool", "to_celsius", {"temp_f": 98.6}, {"temp_c": 33.2}, {"temp_c": 37.0}),
    (R, "chain", "ratio", {"debt": 1800, "income": 4800}, {"dti": 0.42}, {"dti": 0.375}),
    (
        R,
        "chain",
        "due",
        {"served": "2026-04-10", "days": 30},
        {"due": "2026-05-20"},
        {"due": "2026-05-11"},
    ),
    (
        R,
        "chain",
        "stay",
        {"check_in": "2026-07-03", "check_out": "2026-07-08"},
        {"nights": 6},
        {"nights": 5},
    ),
    (R, "tool", "age", {"born": "1984-11-20", "on": "2026-03-01"}, {"age": 42}, {"age": 41}),
    (R, "tool", "split", {"total": 240.0, "people": 5}, {"per_person": 60.0}, {"per_person": 48.0}),
    (
        R,
        "chain",
        "stock",
        {"opening": 410, "received": 150, "sold": 205},
        {"closing": 455},
        {"closing": 355},
    ),
    (
        R,
        "chain",
        "margin",
        {"revenue": 48000, "cost": 36000},
        {"margin_percent": 33.3},
        {"margin_percent": 25.0},
    ),
    (
        R,
        "chain",
        "monthly",
        {"annual_salary": 54000},
        {"monthly_salary": 4800},
        {"monthly_salary": 4500},
    ),
    (R, "chain", "to_km", {"miles": 26.2}, {"km": 16.3}, {"km": 42.2}),
    (
        R,
        "chain",
        "grown",
        {"last_year": 400, "this_year": 460},
        {"growth_percent": 13.0},
        {"growth_percent": 15},
    ),
    (
        R,
        "llm",
        "add",
        "Add the three costs: paint 45, brushes 18, tape 7. JSON.",
        {"total": 80},
        {"total": 70},
    ),
    (
        R,
        "llm",
        "tip",
        "Work out a 15 % tip on a bill of 64.00 EUR. JSON.",
        {"tip": 12.8},
        {"tip": 9.6},
    ),
    (
        R,
        "llm",
        "pay",
        "The invoice is 1,250 EUR; 2 % discount if paid early. How much?",
        "1,200 EUR",
        "1,225 EUR",
    ),
    (
        R,
        "llm",
        "term",
        "Signed 3 March 2026, term 18 months. When does it end?",
        "On 3 August 2027.",
        "On 3 September 2027.",
    ),
    (
        R,
        "llm",
        "book",
        "Book 4 rooms at 95 EUR a night for 2 nights. Give the total.",
        "720 EUR",
        "760 EUR",
    ),
    (
        N,
        "llm",
        "read",
        "The knee shows no fracture. There is a small effusion.",
        {"fracture": True},
        {"fracture": False},
    ),
    (
        N,
        "llm",
        "read",
        "Patient is a non-smoker, drinks occasionally.",
        {"smoker": True},
        {"smoker": False},
    ),
    (
        N,
        "llm",
        "read",
        "The tenant must not sublet the flat without consent.",
        {"subletting_allowed": True},
        {"subletting_allowed": False},
    ),
    (
        N,
        "llm",
        "read",
        "Patient has nausea. Denies vomiting and fever.",
        {"symptoms": ["nausea", "vomiting"]},
        {"symptoms": ["nausea"]},
    ),
    (
        N,
        "llm",
        "write",
        J({"room": "Twin", "breakfast_included": False}) + " Write a line.",
        "The twin room includes breakfast.",
        "In the twin room breakfast is not included.",
    ),
    (
        N,
        "llm",
        "rules",
        "Pets: not allowed. Smoking: allowed outside.",
        "Pets are allowed.",
        "Pets are not allowed.",
    ),
    (
        "role.exchanged",
        "llm",
        "sum",
        "The Lender shall reimburse the Borrower for all costs.",
        "The Borrower reimburses the Lender.",
        "The Borrower is reimbursed by the Lender.",
    ),
    (
        "role.exchanged",
        "llm",
        "move",
        "Move 300 EUR from savings to checking.",
        {"from": "checking", "to": "savings"},
        {"from": "savings", "to": "checking"},
    ),
    (
        "role.exchanged",
        "llm",
        "deal",
        "Vertex AG sells the plant to Halden Oy.",
        {"buyer": "Vertex AG", "seller": "Halden Oy"},
        {"buyer": "Halden Oy", "seller": "Vertex AG"},
    ),
    (
        OTHER,
        "llm",
        "read",
        "Give the February figures as JSON.\n" + RENTS,
        {"rent": 900, "power": 120},
        {"rent": 900, "power": 135},
    ),
    (
        OTHER,
        "llm",
        "tell",
        "How much does the Team plan cost?\n" + PLANS,
        "The Team plan costs 129 a month.",
        "The Team plan costs 49 a month.",
    ),
    (
        OTHER,
        "llm",
        "tell",
        "Visitors in Linz as JSON. " + CITIES,
        {"city": "Linz", "visitors": 41200},
        {"city": "Linz", "visitors": 38750},
    ),
    (
        "choice.unfit",
        "llm",
        "pick",
        "Pick the cheapest with wifi: " + J(HOTELS),
        {"name": "Alba"},
        {"name": "Brisa"},
    ),
    (
        "choice.unfit",
        "llm",
        "pick",
        "The best rated under 90: " + J(HOTELS),
        {"name": "Costa"},
        {"name": "Brisa"},
    ),
    (
        "choice.extreme",
        "llm",
        "pick",
        "The earliest after 10:00: " + J(SLOTS),
        {"slot": "Cem"},
        {"slot": "Bob"},
    ),
    (
        "choice.extreme",
        "chain",
        "cheapest",
        HOTELS,
        {"name": "Brisa", "price": 82},
        {"name": "Alba", "price": 70},
    ),
    (
        "criteria.contradicted",
        "llm",
        "grade",
        BMI + "BMI 27.4.",
        {"class": "normal"},
        {"class": "overweight"},
    ),
    (
        "criteria.contradicted",
        "llm",
        "grade",
        "Grades: A from 90, B from 80, C from 70. Score: 84.",
        {"grade": "A"},
        {"grade": "B"},
    ),
    (
        "criteria.contradicted",
        "llm",
        "rule",
        "Orders from 500 EUR get 10 %, orders from 200 EUR get 5 %. Order total: 340 EUR.",
        {"discount_percent": 10},
        {"discount_percent": 5},
    ),
    (
        "item.omitted",
        "llm",
        "group",
        "Group by status: " + J(TICKETS),
        {"open": [11], "closed": [12], "waiting": [14]},
        {"open": [11, 13], "closed": [12], "waiting": [14]},
    ),
    (
        "item.omitted",
        "llm",
        "notes",
        "Notes from: add dark mode (#31); fix login (#32); drop 3.9 (#33); typo (#34)",
        "Dark mode (#31), login fixed (#32), typo (#34).",
        "Dark mode (#31), login fixed (#32), 3.9 dropped (#33), typo (#34).",
    ),
    (
        "item.omitted",
        "llm",
        "ask",
        "Write the invitation. Guests: Ada, Bruno, Clara, Dev.",
        "Dear Ada, Bruno and Dev, please come.",
        "Dear Ada, Bruno, Clara and Dev, please come.",
    ),
    (
        "claim.strengthened",
        "llm",
        "text",
        J({"name": "Lamp", "warranty_years": 2}),
        "The lamp has a lifetime guarantee.",
        "The lamp has a two-year guarantee.",
    ),
    (
        "claim.strengthened",
        "llm",
        "sum",
        "About half of the 40 participants felt better after a month.",
        "All participants felt better after a month.",
        "Half of the participants felt better after a month.",
    ),
    (
        "claim.strengthened",
        "llm",
        "sum",
        "Police suspect that the fire was caused by a faulty heater.",
        "The fire was caused by a faulty heater.",
        "Police believe a faulty heater caused the fire.",
    ),
    (
        "path.unknown",
        "llm",
        "locate",
        TRACE,
        {"file": "users/session.py"},
        {"file": "users/auth.py"},
    ),
    (
        "time.offset",
        "tool",
        "to_utc",
        {"at": "2026-03-02T09:15:00-05:00"},
        {"utc": "2026-03-02T09:15:00Z"},
        {"utc": "2026-03-02T14:15:00Z"},
    ),
    (
        "time.offset",
        "chain",
        "local",
        {"at": "2026-06-10T18:00:00+02:00", "zone": "America/New_York"},
        {"local": "2026-06-10T13:00:00-04:00"},
        {"local": "2026-06-10T12:00:00-04:00"},
    ),
    (
        "time.offset",
        "llm",
        "tz",
        "The call is at 15:00 CET. Give it in UTC.",
        "The call is at 16:00 UTC.",
        "The call is at 14:00 UTC.",
    ),
    (
        "date.swapped",
        "llm",
        "parse",
        "US dates (month/day/year). Pickup 03/04/2026.",
        {"pickup": "2026-04-03"},
        {"pickup": "2026-03-04"},
    ),
    (
        "date.swapped",
        "llm",
        "parse",
        "Arrives 05/06/2026, leaves 17/06/2026.",
        {"arrives": "2026-05-06"},
        {"arrives": "2026-06-05"},
    ),
]


def hop(kind: str, name: str, given: Any, made: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "input": given, "output": made}


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{c[0]}-{c[2]}" for n, c in enumerate(CASES)])
def test_the_wrong_answer_is_told_and_the_right_one_is_not(case: Case) -> None:
    rule, kind, name, given, wrong, right = case
    assert rule in fired(hop(kind, name, given, wrong))
    assert not {rule, "choice.extreme", "choice.unfit"} & fired(hop(kind, name, given, right))


HARMLESS: list[tuple[str, str, Any, Any]] = [
    ("tool", "get_price", {"sku": "A-1", "quantity": 3}, {"price": 24.0, "stock": 17}),
    ("tool", "quote", {"city": "Oslo", "nights": 3}, {"price": 420}),
    ("tool", "annuity", {"loan": 200000, "rate_percent": 3.1, "years": 20}, {"monthly": 1119.21}),
    ("tool", "refund", {"order": "A1", "amount": 120.0}, {"refund": 110.0, "fee": 10.0}),
    ("chain", "total", {"price": 84, "nights": 3, "city_tax": 4.5}, {"total": 265.5}),
    ("chain", "total", {"gross": 72.6, "shipping": 0, "vat": 12.6}, {"total": 72.6}),
    ("chain", "subtract_months", {"end": "2027-12-31", "months": 3}, {"latest": "2027-09-30"}),
    (
        "llm",
        "note",
        "Outage 02:10 to 02:21 UTC, 640 requests failed.",
        "For roughly 10 minutes 600 failed.",
    ),
    (
        "llm",
        "say",
        "Flight time 460 minutes, weight 24.9 kg.",
        "It takes 7 hours 40 minutes, about 25 kg.",
    ),
    ("llm", "read", "Not delivered on Monday. It was delivered on Tuesday.", {"delivered": True}),
    (
        "llm",
        "read",
        "Breakfast is not included in basic; in flex it is included. Booked: flex.",
        {"breakfast_included": True},
    ),
    (
        "llm",
        "read",
        "Indication: rule out pneumonia. Findings consistent with pneumonia.",
        {"pneumonia": True},
    ),
    ("llm", "which", "Which tickets are open? " + J(TICKETS), {"open": [11, 13]}),
    ("llm", "cmp", "Compare Linz with Graz. " + CITIES, "Linz had 38,750 visitors, Graz 41,200."),
    ("llm", "pick", "Pick one, a balance of price and rating: " + J(HOTELS), {"name": "Costa"}),
    (
        "llm",
        "test",
        "Write a test for utils/slug.py: def slug(s): ...",
        {"file": "tests/test_slug.py"},
    ),
    (
        "chain",
        "available",
        {
            "items": [
                {"sku": "A1", "in_stock": True},
                {"sku": "B7", "in_stock": False},
                {"sku": "C3", "in_stock": True},
            ]
        },
        {"lines": [{"sku": "A1"}, {"sku": "C3"}]},
    ),
    (
        "llm",
        "call",
        "Anna called Ben and Ben called Anna back.",
        "Ben called Anna back after Anna called Ben.",
    ),
]
SPEAKS = {
    "result.wrong", "negation.flipped", "role.exchanged", "record.other", "choice.unfit",
    "choice.extreme",
    "criteria.contradicted", "item.omitted", "item.dropped", "claim.strengthened", "path.unknown",
    "time.offset", "date.swapped", "number.contradicts", "value.replaced", "count.wrong",
}  # fmt: skip


@pytest.mark.parametrize("one", HARMLESS, ids=[f"{n}-{c[1]}" for n, c in enumerate(HARMLESS)])
def test_what_follows_in_another_way_is_left_alone(one: tuple[str, str, Any, Any]) -> None:
    assert not SPEAKS & fired(hop(*one))
