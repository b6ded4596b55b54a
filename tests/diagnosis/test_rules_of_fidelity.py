"""What is carried over, left out, exchanged or summed wrongly: each rule beside its harmless twin."""

from __future__ import annotations

import json
from typing import Any

import pytest
from diagnosed import fired

SAMPLES = [{"sample": f"QT-{n}", "titer": n / 9} for n in (311, 312, 313, 340)]
STEPS = "Please: 1. close the valve, 2. drain the tank, 3. replace the gasket, 4. open the valve slowly."
LINES = "Items:\n- 4 chairs model CH-20\n- 2 desks model DK-51\n- 6 lamps model LM-73\n- 1 shelf model SH-08"
TERMS = (
    "We insure bicycles against theft from a locked room. We do not insure bicycles left in the street "
    "after midnight. We pay the price of a new bicycle of the same type, unless the claim is made later "
    "than ten weeks after the theft. Scratches on the frame are not insured."
)
TERMS_SHORT = (
    "Bicycles are insured against theft from a locked room. Not insured: bicycles left in the street after "
    "midnight, scratches on the frame. We pay the price of a new bicycle of the same type."
)
STAFF = {
    "P-11": "Ana, 4 years of Rust, German C1, asks 71,000",
    "P-12": "Ben, 7 years of Rust, German A1, asks 66,500",
    "P-13": "Cem, 5 years of Rust, German C1, asks 69,250",
}
STORES = [
    {"store": "A", "visits": 312, "sales": 4810.5},
    {"store": "B", "visits": 277, "sales": 3925.0},
    {"store": "C", "visits": 405, "sales": 6120.25},
]
OFFERS = [
    {"line": "Blue", "price": 742},
    {"line": "Red", "price": 704},
    {"line": "Sun", "price": 760},
]
FR = (
    "Le patient est stable depuis lundi. Il ne présente pas d'allergie connue. "
    "La tension reste normale. Il n'a pas de fièvre ce matin."
)
EN_SAME = (
    "The patient has been stable since Monday. He has no known allergy. "
    "Blood pressure remains normal. He has no fever this morning."
)
PROMPT = "Sort the message. Category is one of: delivery, payment, complaint."


def staff(second: str, ranks: bool = False) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"id": "P-11", "years": 4, "german": "C1", "asks": 71000},
        {"id": "P-12", "years": 7, "german": second, "asks": 66500},
        {"id": "P-13", "years": 5, "german": "C1", "asks": 69250},
    ]
    return [{**m, "rank": n} for n, m in enumerate(made, 4)] if ranks else made


RULES = (
    "Rules for week 27: every shift has two nurses. Maria may not work nights until August. "
    "Tom is on leave on Thursday."
)
POINTS = [
    {"name": "Amira", "points": 18},
    {"name": "Jonas", "points": 17},
    {"name": "Wei", "points": 15},
]


def percents(second: int) -> list[dict[str, Any]]:
    told = (("Amira", 90), ("Jonas", second), ("Wei", 75))
    return [{"name": name, "percent": percent} for name, percent in told]


CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "value.replaced",
        {
            "input": "Use of gas fell by 6.7 % to 116,900 units at Kolding in 2025.",
            "output": "In 2025 Kolding used 116,900 units, 12.4 % less.",
        },
        {
            "input": "Use of gas fell by 6.68 % to 116,900 units at Kolding in 2025.",
            "output": "In 2025 Kolding used about 117,000 units, 6.7 % less.",
        },
    ),
    (
        "value.replaced",
        {
            "input": "A room in Bologna from 21 July 2026 until 24 July 2026 for Ida Marsh",
            "output": {
                "city": "Bologna",
                "guest": "Ida Marsh",
                "from": "2026-07-12",
                "to": "2026-07-15",
            },
        },
        {
            "input": "A room in Bologna from 21 to 24 July 2026 for Ida Marsh",
            "output": {
                "city": "Bologna",
                "guest": "Ida Marsh",
                "from": "2026-07-21",
                "to": "2026-07-24",
            },
        },
    ),
    (
        "value.replaced",
        {
            "input": "投資額は3億2,000万円で、前年度比15%増。2027年4月に120人を採用する。",
            "output": "It invests 32 million yen, up 15%, and hires 120 people in April 2027.",
        },
        {
            "input": "投資額は3億2,000万円で、前年度比15%増。2027年4月に120人を採用する。",
            "output": "It invests 320 million yen, up 15%, and hires 120 people in April 2027.",
        },
    ),
    (
        "ident.unknown",
        {"input": {"rows": SAMPLES}, "output": "Repeat QT-314 and QT-340."},
        {"input": {"rows": SAMPLES}, "output": "Repeat QT-313 and qt-340."},
    ),
    (
        "ident.unknown",
        {"input": {"rows": SAMPLES}, "output": "Measure QT-314."},
        {"name": "next_sample", "input": {"rows": SAMPLES}, "output": "Measure QT-314."},
    ),
    (
        "citation.unknown",
        {
            "input": "Cases: Moor v Dale [1988] 2 AC 311. Cite them.",
            "output": "See Moor v Dale [1988] 2 AC 311 and Fenn v Holt [2011] EWCA Civ 640.",
        },
        {"input": "Cases: Moor v Dale [1988] 2 AC 311.", "output": "See [1988] 2 AC 311."},
    ),
    (
        "item.omitted",
        {"input": STEPS, "output": {"steps": ["close valve", "drain tank", "open valve slowly"]}},
        {
            "input": STEPS,
            "output": {"steps": ["close valve", "drain tank", "replace gasket", "open the valve"]},
        },
    ),
    (
        "item.omitted",
        {"input": LINES, "output": [{"ref": "CH-20"}, {"ref": "DK-51"}, {"ref": "LM-73"}]},
        {
            "input": LINES + "\nLeave out the shelf.",
            "output": [{"ref": "CH-20"}, {"ref": "DK-51"}, {"ref": "LM-73"}],
        },
    ),
    (
        "clause.dropped",
        {"input": TERMS, "output": TERMS_SHORT},
        {
            "input": TERMS,
            "output": TERMS_SHORT + " Claims must be made within ten weeks of the theft.",
        },
    ),
    (
        "value.misplaced",
        {"input": {"cvs": STAFF}, "output": staff("C1")},
        {"input": {"cvs": STAFF}, "output": staff("A1", ranks=True)},
    ),
    (
        "value.misplaced",
        {
            "kind": "chain",
            "input": [{"name": "Ida Lund", "sum": 24}, {"name": "Ivo Lind", "sum": 15}],
            "output": [{"name": "Ida Lund", "points": 15}, {"name": "Ivo Lind", "points": 24}],
        },
        {
            "kind": "chain",
            "input": [{"name": "Ida Lund", "sum": 24}, {"name": "Ivo Lind", "sum": 15}],
            "output": [{"name": "Ivo Lind", "points": 15}, {"name": "Ida Lund", "points": 24}],
        },
    ),
    (
        "aggregate.wrong",
        {"kind": "chain", "input": STORES, "output": {"visits": 994, "sales": 15855.75}},
        {"kind": "chain", "input": STORES, "output": {"visits": 994, "sales": 14855.75}},
    ),
    (
        "aggregate.wrong",
        {"kind": "tool", "input": {"kg": [154.0, 132.5, 98.0]}, "output": {"total": 394.5}},
        {"kind": "tool", "input": {"kg": [154.0, 132.5, 98.0]}, "output": {"total": 384.5}},
    ),
    (
        "choice.extreme",
        {"kind": "tool", "input": {"offers": OFFERS}, "output": {"cheapest": "Blue"}},
        {"kind": "tool", "input": {"offers": OFFERS}, "output": {"cheapest": "Red"}},
    ),
    (
        "code.language",
        {
            "input": {"task": "debounce", "language": "TypeScript"},
            "output": "```python\nx = 1\n```",
        },
        {
            "input": {"task": "debounce", "language": "TypeScript"},
            "output": "```ts\nlet x = 1\n```",
        },
    ),
    (
        "code.language",
        {"input": "Sort a list", "system": "You write Rust.", "output": "```go\nvar x int\n```"},
        {
            "input": "Explain in Rust terms:\n```go\nvar x int\n```",
            "system": "You write Rust.",
            "output": "```go\nvar x int\n```",
        },
    ),
    (
        "word.opposed",
        {
            "input": "The revenue of the northern region rises in the third quarter.",
            "output": "The revenue of the northern region falls in the third quarter.",
        },
        {
            "input": "The revenue of the northern region rises in the third quarter.",
            "output": "In the third quarter the northern region's revenue rises.",
        },
    ),
    (
        "choice.unlike",
        {
            "input": "The courier delivered it to a neighbour.",
            "system": PROMPT,
            "output": "payment",
        },
        {
            "input": "The courier delivered it to a neighbour.",
            "system": PROMPT,
            "output": "delivery",
        },
    ),
    (
        "negation.flipped",
        {
            "name": "translate",
            "input": {"text": FR, "to": "en"},
            "output": EN_SAME.replace("He has no known", "He has a known"),
        },
        {"name": "translate", "input": {"text": FR, "to": "en"}, "output": EN_SAME},
    ),
    (
        "number.misread",
        {"input": "18,4 ha, 11,8 %: 4.620 kg", "output": {"kg": 4.62}},
        {"input": "18.4 ha, 11.8 %: 4.620 kg", "output": {"kg": 4.62}},
    ),
    (
        "number.misread",
        {"input": {"a": "187,4", "b": 9}, "output": {"need": 1874}},
        {"input": {"per_day": 187.4, "days": 10}, "output": {"need": 1874}},
    ),
    (
        "unit.changed",
        {"input": {"pieces": [{"weight": 1540, "unit": "lb"}]}, "output": {"weight_kg": 1540}},
        {"input": {"pieces": [{"weight": 1540, "unit": "kg"}]}, "output": {"weight_kg": 1540}},
    ),
    (
        "error.fabricated",
        {"input": "The carrier did not answer for 4417-2.", "output": {"eta": "2026-05-14"}},
        {"input": "If the carrier did not answer, say so.", "output": {"eta": "2026-05-14"}},
    ),
    (
        "asked.differs",
        {
            "kind": "tool",
            "input": {"to": "San José, Costa Rica"},
            "output": {"to": {"iata": "SJC", "country": "US"}},
        },
        {
            "kind": "tool",
            "input": {"to": "San José, Costa Rica"},
            "output": {"to": {"iata": "SJO", "country": "CR"}},
        },
    ),
]


CASES += [
    (
        "limit.contradicted",
        {"input": "Criterion: aged 65 or older. The applicant is 63.", "output": {"met": True}},
        {"input": "Criterion: aged 65 or older. The applicant is 66.", "output": {"met": True}},
    ),
    (
        "limit.contradicted",
        {"input": "Zulässig: höchstens 48 Stunden. Gemessen: 51", "output": {"zulässig": True}},
        {"input": "At least 5, at most 9. Measured: 12", "output": {"ok": True}},
    ),
    (
        "document.filter",
        {
            "kind": "retriever",
            "input": {"query": "rain", "month": "2026-06"},
            "output": [{"id": "b", "metadata": {"month": "2024-06"}}],
        },
        {
            "kind": "retriever",
            "input": {"query": "rain", "month": "2026-06", "limit": 3},
            "output": [{"id": "b", "limit": 9, "metadata": {"month": "2026-06-14"}}],
        },
    ),
    (
        "document.expired",
        {
            "kind": "tool",
            "input": {"sku": "K1", "date": "2026-06-03"},
            "output": {"price": 34.9, "valid_to": "2026-05-31"},
        },
        {
            "kind": "tool",
            "input": {"sku": "K1", "date": "2026-06-03"},
            "output": {"price": 34.9, "valid_to": "2026-06-30"},
        },
    ),
    (
        "item.omitted",
        {"input": RULES, "output": {"rules": ["two per shift", "Tom is on leave on Thursday"]}},
        {"input": RULES, "output": {"names": ["Maria", "Tom"], "rules": RULES}},
    ),
    (
        "arithmetic.row",
        {"kind": "chain", "input": {"max": 20, "rows": POINTS}, "output": percents(80)},
        {"kind": "chain", "input": {"max": 20, "rows": POINTS}, "output": percents(85)},
    ),
    (
        "output.unfinished",
        {
            "input": "12 mugs MG-210, 6 plates",
            "output": '[{"sku": "MG-210", "qty": 12}, {"sku": "PT',
        },
        {"input": "12 mugs MG-210, 6 plates", "output": "[see the list] 12 mugs"},
    ),
    (
        "error.fabricated",
        {
            "input": {"metrics": {"status": 500, "body": "internal error"}},
            "output": "Since 14:00 the error quota is 0.12 % and latency 183 ms.".replace(
                "error ", ""
            ),
        },
        {
            "input": {"metrics": {"status": 200, "body": "quota 0.12 %, latency 183 ms"}},
            "output": "The quota is 0.12 % and latency 183 ms.",
        },
    ),
]


REPORTS = [
    {"id": f"SC-14{n}", "item": item, "police_report": told}
    for n, item, told in (("01", "bicycle", True), ("02", "phone", False), ("03", "laptop", True),
                          ("04", "camera", False))
]  # fmt: skip
QUEUE = "#881 printer (open)\n#882 password (closed)\n#883 tunnel (open)\n#884 laptop (open)"
BOARD = "The purchase of the Rotterdam warehouse was rejected by two votes. Accounts were approved."
HOTELS = "Best rated of at most 140 euros: " + json.dumps(
    [{"name": "Casa Lorca", "eur": 171, "stars": 5}, {"name": "Hotel Alba", "eur": 128, "stars": 4}]
)
CASES += [
    (
        "limit.contradicted",
        {"input": HOTELS, "output": {"hotel": "Casa Lorca", "eur": 171}},
        {"input": HOTELS, "output": {"hotel": "Hotel Alba", "eur": 128}},
    ),
    (
        "number.slipped",
        {"kind": "chain", "input": {"salary": 52000, "percent": 3}, "output": {"salary": 53650}},
        {"kind": "chain", "input": {"salary": 52000, "percent": 3}, "output": {"salary": 53560}},
    ),
    (
        "value.misplaced",
        {
            "input": "Retry 3 times, with a timeout of 30 seconds.",
            "output": {"retries": 30, "timeout_s": 3},
        },
        {
            "input": "Retry 3 times, with a timeout of 30 seconds.",
            "output": {"retries": 3, "timeout_s": 30},
        },
    ),
    (
        "word.opposed",
        {
            "input": "Systolic blood pressure decreased by 6 mmHg in treated men.",
            "output": "Systolic blood pressure increased by 6 mmHg in treated men, and 18 % felt sick.",
        },
        {
            "input": "Blood pressure decreased by 6 mmHg in treated men and increased by 2 in others.",
            "output": "Blood pressure increased by 2 mmHg in other men.",
        },
    ),
    (
        "selection.mixed",
        {
            "input": f"Ids without a police report: {json.dumps(REPORTS)}",
            "output": ["SC-1402", "SC-1403"],
        },
        {
            "input": f"Ids without a police report: {json.dumps(REPORTS)}",
            "output": ["SC-1402", "SC-1404"],
        },
    ),
    (
        "count.wrong",
        {"input": "Count the open ones:\n" + QUEUE, "output": {"open": 4}},
        {"input": "Count the open ones:\n" + QUEUE, "output": {"open": 3, "total": 4}},
    ),
    (
        "word.opposed",
        {
            "input": BOARD,
            "output": [{"what": "purchase of the Rotterdam warehouse", "is": "approved"}],
        },
        {
            "input": BOARD,
            "output": [{"what": "purchase of the Rotterdam warehouse", "is": "rejected"}],
        },
    ),
    (
        "asked.differs",
        {"kind": "tool", "input": {"to": "Naxos"}, "output": {"to": "Paros", "eur": 43.5}},
        {"kind": "tool", "input": {"to": "Naxos"}, "output": {"to": "JNX", "eur": 43.5}},
    ),
    (
        "name.ungrounded",
        {"input": "Elin Bergström leitet das Werk.", "output": "Elin Bergstrand heads the plant."},
        {"input": "Elin Bergström leitet das Werk.", "output": "Elin Bergström heads the plant."},
    ),
]


@pytest.mark.parametrize(
    ("rule", "faulty", "harmless"), CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)]
)
def test_a_rule_fires_on_its_example_only(
    rule: str, faulty: dict[str, Any], harmless: dict[str, Any]
) -> None:
    assert rule in fired(faulty)
    assert rule not in fired(harmless)
