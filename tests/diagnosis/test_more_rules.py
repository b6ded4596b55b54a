"""The later families of rules: each fires on its example and is silent on the harmless twin."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosed import fired

from misstep.model import Message

ROWS = [{"sku": "A-10", "qty": 2}, {"sku": "B-20", "qty": 3}, {"sku": "C-30", "qty": 5}]
TENTS = [
    {"sku": "TN-100", "title": "Tent Aster", "price": 189.0},
    {"sku": "TN-140", "title": "Tent Borea", "price": 259.0},
]
LINES = [{"n": n, "text": t} for n, t in enumerate(("ett", "två", "tre", "fyra"), 1)]
DE = "Wir haben Ihre Bestellung erhalten und senden die Ware mit der Post an Sie, sobald es geht."
EN = "We have received your order and will send the goods to you by post as soon as we can do it."
LETTER = "Allergies: penicillin (rash). The budget is 900 EUR. Treated for 7 days."

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "unit.changed",
        {"input": "Give 75 micrograms daily", "output": {"dose": "75 mg"}},
        {"input": "Give 0.075 mg daily", "output": {"dose": "75 micrograms"}},
    ),
    (
        "unit.changed",
        {"input": "It costs 120 EUR", "output": "It costs 120 USD"},
        {"input": {"text": "It costs 120 EUR", "rate": 1.0}, "output": "It costs 120 USD"},
    ),
    (
        "date.swapped",
        {"input": {"due": "2025-03-04"}, "output": "Due on 3 April 2025"},
        {"input": {"due": "03/04/2025"}, "output": "Due on 3 April 2025"},
    ),
    (
        "duration.wrong",
        {
            "output": {
                "started": "2025-06-04T01:12:00Z",
                "ended": "2025-06-04T01:58:00Z",
                "duration_minutes": 26,
            }
        },
        {
            "output": {
                "started": "2025-06-04T01:12:00Z",
                "ended": "2025-06-04T01:58:00Z",
                "duration_minutes": 46,
            }
        },
    ),
    (
        "arithmetic.row",
        {
            "input": {"lines": [{"q": 2, "p": 4.5}, {"q": 3, "p": 7.1}, {"q": 5, "p": 2.2}]},
            "output": {"lines": [{"amount": 9.0}, {"amount": 23.1}, {"amount": 11.0}]},
        },
        {
            "input": {"lines": [{"q": 2, "p": 4.5}, {"q": 3, "p": 7.1}, {"q": 5, "p": 2.2}]},
            "output": {"lines": [{"amount": 9.0}, {"amount": 21.3}, {"amount": 11.0}]},
        },
    ),
    (
        "arithmetic.stated",
        {"output": "15% of 142.90 is 31.44."},
        {"output": "15% of 142.90 is 21.44, open 9-17 is late, 2/3 is more than half."},
    ),
    (
        "arithmetic.stated",
        {"output": "So 12 + 30 = 45."},
        {"output": "So 12 + 30 = 42, and 2 + 12 - 4 = 10."},
    ),
    (
        "item.dropped",
        {"input": {"rows": ROWS}, "output": {"rows": [ROWS[0], ROWS[2]]}},
        {"input": {"rows": ROWS, "note": "leave out B-20"}, "output": {"rows": [ROWS[0], ROWS[2]]}},
    ),
    (
        "item.dropped",
        {
            "input": "3 x drum at 13.50; 4 x lamp at 22.40; 1 x bolt at 7.75",
            "output": {"lines": [{"price": 13.5}, {"price": 22.4}]},
        },
        {
            "input": "3 x drum at 13.50; 4 x lamp at 22.40; 1 x bolt at 7.75",
            "output": {"lines": [{"price": 13.5}, {"price": 22.4}, {"price": 7.75}]},
        },
    ),
    (
        "item.invented",
        {"input": {"rows": ROWS}, "output": {"rows": [*ROWS, {"sku": "spare part", "qty": 9}]}},
        {
            "input": {"rows": ROWS, "more": "spare part"},
            "output": {"rows": [*ROWS, {"sku": "spare part", "qty": 9}]},
        },
    ),
    (
        "record.invented",
        {"input": TENTS, "output": {"sku": "TN-155", "title": "Tent Dorado", "price": 239.0}},
        {"input": TENTS, "output": {"sku": "TN-140", "title": "Tent Borea", "price": 259.0}},
    ),
    (
        "constraint.dropped",
        {
            "input": {"constraints": ["hotel <= 120 EUR", "no night trains"]},
            "output": {"constraints": ["no night trains"]},
        },
        {
            "input": {"constraints": ["hotel <= 120 EUR", "no night trains"]},
            "output": {
                "constraints": ["no trains at night, no night trains"],
                "max": "hotel <= 120 EUR",
            },
        },
    ),
    (
        "field.dropped",
        {
            "input": {"a": "x1", "b": "y2", "c": "z3", "d": "w4", "children": "Mia"},
            "output": {"a": "x1", "b": "y2", "c": "z3", "d": "w4"},
        },
        {
            "input": {"a": "x1", "b": "y2", "c": "z3", "d": "w4", "children": "Mia"},
            "output": {"a": "x1", "b": "y2", "c": "z3", "d": "w4", "for": "Mia"},
        },
    ),
    (
        "ident.altered",
        {"input": ["CHG-7741", "CHG-8800"], "output": {"change": "CHG-7714"}},
        {"input": ["CHG-7741", "v2.3.4"], "output": {"change": "CHG-7742", "version": "v2.4.0"}},
    ),
    (
        "quote.unsupported",
        {
            "input": "The court held the carrier liable since the delay exceeded three hours, and awarded costs.",
            "output": "The court stated: “a technical fault is inherent in the normal exercise of it”.",
        },
        {
            "input": "The court held the carrier liable since the delay exceeded three hours, and awarded costs.",
            "output": "It says “the court held the carrier liable since the delay exceeded three hours”.",
        },
    ),
    (
        "field.emptied",
        {"input": LETTER, "output": {"allergies": [], "days": 7}},
        {
            "input": "Allergies: none known. Treated for 7 days.",
            "output": {"allergies": [], "days": 7},
        },
    ),
    (
        "field.emptied",
        {"input": LETTER, "output": {"budget": None, "days": 7}},
        {"input": LETTER, "output": {"budget": 900, "errors": []}},
    ),
    (
        "error.fabricated",
        {
            "input": {"carrier": {"error": "unavailable (503)"}},
            "output": {"status": "delivered", "at": "2025-09-11"},
        },
        {
            "input": {"carrier": {"error": "unavailable (503)"}},
            "output": "The carrier could not be reached, try again on 2025-09-11.",
        },
    ),
    (
        "name.ungrounded",
        {"input": {"ward": "Ward Linden"}, "output": "A note about Ward East."},
        {"input": {"ward": "Ward Linden"}, "output": "A note about Ward Linden. Kind Regards"},
    ),
    (
        "value.ungrounded",
        {"input": {"a": 12.5}, "output": "It rose to 87.3%."},
        {"input": {"a": 87.34}, "output": "It rose to 87.34%."},
    ),
    (
        "asked.differs",
        {"kind": "tool", "input": {"serial": "DX-2207"}, "output": {"serial": "DX-2270", "ok": 1}},
        {"kind": "tool", "input": {"serial": "dx-2207"}, "output": {"serial": "DX-2207", "ok": 1}},
    ),
    (
        "asked.differs",
        {
            "kind": "retriever",
            "input": {"entity": "Alder Works"},
            "output": {"entity": "Cobalt Supply"},
        },
        {"kind": "retriever", "input": {"entity": "Alder"}, "output": {"entity": "Alder Works"}},
    ),
    (
        "session.differs",
        {
            "kind": "tool",
            "input": {"q": 1, "session_id": "s-1"},
            "output": {"session_id": "s-9", "diet": "none"},
        },
        {
            "kind": "tool",
            "input": {"q": 1, "session_id": "s-1"},
            "output": {"session_id": "s-1", "diet": "none"},
        },
    ),
    (
        "language.differs",
        {"input": {"language": "de", "facts": "paid"}, "output": EN},
        {"input": {"language": "de", "facts": "paid"}, "output": DE},
    ),
    (
        "language.differs",
        {"input": "Bitte übersetzen", "system": "Reply in German.", "output": EN},
        {"input": {"from": "de", "to": "en", "text": DE}, "output": EN},
    ),
    (
        "fields.missing",
        {"input": {"required": ["host", "retries"]}, "output": {"host": "a", "retry_count": 3}},
        {"input": {"required": ["host", "retries"]}, "output": {"host": "a", "retries": 3}},
    ),
    (
        "limit.contradicted",
        {"input": {"total": 920, "limit": 800}, "output": {"within_limit": True}},
        {"input": {"total": 720, "limit": 800}, "output": {"within_limit": True}},
    ),
    (
        "document.outdated",
        {
            "kind": "retriever",
            "input": {"q": "terms on 2025-03-01"},
            "output": {"text": "Terms", "valid_until": "2023-12-31"},
        },
        {
            "kind": "retriever",
            "input": {"q": "terms on 2025-03-01"},
            "output": {"text": "Terms", "valid_until": "2026-12-31"},
        },
    ),
    (
        "format.repaired",
        {"output": {"a": 1}, "answer": '{"a": 1, "total'},
        {"output": {"a": 1}, "answer": '```json\n{"a": 1}\n```'},
    ),
    (
        "format.differs",
        {
            "output": "Here you are: forty-two",
            "parameters": {"response_format": {"type": "json_object"}},
        },
        {"output": '{"a": 42}', "parameters": {"response_format": {"type": "json_object"}}},
    ),
    (
        "output.empty",
        {"input": "Write a note", "output": ""},
        {
            "input": "Write a note",
            "output": "",
            "messages_out": [Message(role="assistant", parts=[{"type": "tool_call", "name": "f"}])],
        },
    ),
    (
        "output.repeats",
        {"output": "The river rises in the north. " * 8},
        {"output": " ".join(f"The river number {n} rises in the north." for n in range(8))},
    ),
    (
        "output.unfinished",
        {
            "input": {"entity": "Granite Freight"},
            "output": "This concerns order 9851. It was placed by Granite Fre",
        },
        {
            "input": {"entity": "Granite Freight"},
            "output": "This concerns order 9851. It was placed by Granite Freight.",
        },
    ),
    (
        "output.unfinished",
        {"output": "Votre facture sera réglée demain. Elle est validée par la direction de"},
        {"output": "Bonjour,\n\nVotre facture sera réglée demain. Merci.\n\nLa comptabilité"},
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
