"""A third set of the plain kind: one planted fault a run, of pipelines that read papers of finance and leases."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_INVOICE = """NORDHAVN EMBALLAGE A/S                          Havnegade 41, 8000 Aarhus C
INVOICE 2026-04418                              Date: 11 August 2026
Bill to: Brix & Lauesen Bryghus ApS             Customer no. 30277
Your order: PO-7719                             Delivery note: 88120

Pos  Description                      Qty  Unit   Price EUR   Amount EUR
1    Bottle carton 24 x 33 cl       1,200  pc          0.86     1,032.00
2    Stretch film 500 mm, 23 my        40  roll        7.95       318.00
3    Euro pallet, delivered            26  pc         12.00       312.00
4    Euro pallet, returned             31  pc         12.00       372.00-

VAT 25 % is added to the sum of the positions.
Payable within 30 days of the invoice date to IBAN DK50 0040 0440 1162 43.
Pallets are charged on delivery and credited on return at the same price.
Goods remain our property until paid for in full."""
_INVOICE_READ = {
    "supplier": "Nordhavn Emballage A/S",
    "invoice": "2026-04418",
    "date": "2026-08-11",
    "order": "PO-7719",
    "terms_days": 30,
    "vat_percent": 25,
    "lines": [
        {
            "pos": 1,
            "text": "Bottle carton 24 x 33 cl",
            "qty": 1200,
            "price": 0.86,
            "amount": 1032.00,
        },
        {
            "pos": 2,
            "text": "Stretch film 500 mm, 23 my",
            "qty": 40,
            "price": 7.95,
            "amount": 318.00,
        },
        {"pos": 3, "text": "Euro pallet, delivered", "qty": 26, "price": 12.00, "amount": 312.00},
        {"pos": 4, "text": "Euro pallet, returned", "qty": 31, "price": 12.00, "amount": 372.00},
    ],
}
_PAYMENT = (
    "Payment proposal 11 August 2026: pay Nordhavn Emballage A/S EUR 2,542.50 (net EUR 2,034.00 plus 25 % VAT of "
    "EUR 508.50) for invoice 2026-04418 on 10 September 2026. The sum is within order PO-7719 (EUR 2,600.00 "
    "released)."
)
_RECEIPTS_MAIL = (
    "Hello Accounts,\nplease find my receipts for the Krakow visit to Zaklady Wislok attached, all in zloty:\n"
    "R1  18 May 2026  Taxi Kowalski, airport to hotel, 78.00\n"
    "R2  18 May 2026  Hotel Pod Lipa, two nights, 1,140.00\n"
    "R3  19 May 2026  Restauracja Stary Mlyn, dinner with the client, 264.50\n"
    "R4  20 May 2026  Taxi Kowalski, hotel to airport, 78.00\n"
    "R5  20 May 2026  Kawiarnia Lot, breakfast, 31.00\n"
    "Regards, Henrike Vollmer"
)
_RECEIPTS = [
    {
        "id": "R1",
        "date": "2026-05-18",
        "payee": "Taxi Kowalski",
        "for": "airport to hotel",
        "pln": 78.00,
    },
    {
        "id": "R2",
        "date": "2026-05-18",
        "payee": "Hotel Pod Lipa",
        "for": "two nights",
        "pln": 1140.00,
    },
    {
        "id": "R3",
        "date": "2026-05-19",
        "payee": "Restauracja Stary Mlyn",
        "for": "client dinner",
        "pln": 264.50,
    },
    {
        "id": "R4",
        "date": "2026-05-20",
        "payee": "Taxi Kowalski",
        "for": "hotel to airport",
        "pln": 78.00,
    },
    {"id": "R5", "date": "2026-05-20", "payee": "Kawiarnia Lot", "for": "breakfast", "pln": 31.00},
]
_RECEIPTS_KEPT = [r for r in _RECEIPTS if r["id"] != "R4"]
_REFUND_MAIL = (
    "Dear Henrike, we will reimburse EUR 355.28 for your Krakow trip (PLN 1,513.50 at 4.26) with the June salary. "
    "Four receipts were accepted: R1, R2, R3 and R5. R4 had been handed in twice and was left out. Kind regards, "
    "Accounts"
)
_FUND_STYLE = (
    "Letters to holders open with the quarter, name each fund with its return and that of its index, "
    "and end with the date of the next letter. Returns have one decimal and a sign or a verb."
)
_FUND_RETURNS = [
    {"fund": "Alder Income", "return_percent": 1.8, "index_percent": 1.5},
    {"fund": "Alder Growth", "return_percent": -0.6, "index_percent": -1.1},
]
_FUND_MARKET = (
    "Bond prices rose over the quarter as inflation eased, while shares gave back some of the gains of the spring, "
    "most of all those of exporters."
)
_FUND_LETTER = """Dear holder,

the second quarter of 2026 treated our two funds differently. Alder Growth gained 1.8 %, ahead of the 1.5 % of its
index. Alder Income lost 0.6 %, less than its index, which fell by 1.1 %.

Bond prices rose as inflation eased, while shares gave back some of the gains of the spring, exporters most of all.

Our next letter will reach you on 15 October 2026.
Alder Asset Management"""
_LEASE = """LEASE OF BUSINESS PREMISES, Speicherstrasse 9, unit 3
2.1 The lease began on 1 March 2021 and runs for an indefinite time.
4.1 The rent is EUR 6,450.00 a month, due on the third working day.
4.3 Service charges are settled once a year and are not part of the rent.
11.1 Either party may end the lease with six months' notice to the end of a calendar quarter.
11.2 Notice must be in writing. It counts from the day on which the other party receives it.
11.3 The tenant hands over the premises swept, with all keys, on the last day of the lease."""
_LEASE_NOTICE = (
    "To Havel Grundbesitz KG. We hereby give notice to end the lease of Speicherstrasse 9, unit 3, at the earliest "
    "possible date. Papierwerk Oderberg GmbH, 10 April 2026. [stamp: received 14 April 2026]"
)
_LEASE_LETTER = (
    "Dear Sirs, we confirm that we received your notice on 14 April 2026. Under clause 11.1 the lease of "
    "Speicherstrasse 9, unit 3, ends on 30 September 2026. From May to September five monthly rents of EUR "
    "6,450.00 remain to be paid, EUR 32,250.00 in all. Please hand over the premises swept and with all keys on "
    "that day. Havel Grundbesitz KG"
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "supplier-invoice-3",
        "finance",
        "misstep",
        origin="read_invoice",
        why="the credit for returned pallets, 372.00-, was read as a charge of 372.00",
        given={"document": "inbox/2026-08/nordhavn-04418.pdf"},
        made=_PAYMENT,
        outcome="contract",
        told="amount must equal what the supplier's portal shows as open",
        steps=(
            tool(
                "ocr", {"path": "inbox/2026-08/nordhavn-04418.pdf"}, {"pages": 1, "text": _INVOICE}
            ),
            llm(
                "read_invoice",
                [
                    (
                        "system",
                        "You read supplier invoices. Return JSON: supplier, invoice, date (ISO), order, "
                        "terms_days, vat_percent and lines with pos, text, qty, price and amount. Credits are "
                        "negative amounts. Return nothing else.",
                    ),
                    ("user", _INVOICE),
                ],
                written(_INVOICE_READ),
                settings={"temperature": 0},
            ),
            step(
                "sum_lines",
                {"amounts": [1032.00, 318.00, 312.00, 372.00], "vat_percent": 25},
                {"net": 2034.00, "vat": 508.50, "gross": 2542.50},
            ),
            tool(
                "purchase_order",
                {"order": "PO-7719"},
                {"order": "PO-7719", "released_eur": 2600.00},
            ),
            tool(
                "paid_before",
                {"supplier": "Nordhavn Emballage A/S", "invoice": "2026-04418"},
                {"found": [], "last_paid": "2026-04102"},
            ),
            tool(
                "bank_details",
                {"supplier": "Nordhavn Emballage A/S"},
                {"iban": "DK50 0040 0440 1162 43", "confirmed": "2025-01-20"},
            ),
            step(
                "match",
                {"gross": 2542.50, "released_eur": 2600.00, "date": "2026-08-11", "terms_days": 30},
                {"within_order": True, "pay_on": "2026-09-10"},
            ),
            llm(
                "propose_payment",
                "Write a payment proposal in two sentences, dated 11 August 2026.\n"
                + written(
                    {
                        "supplier": "Nordhavn Emballage A/S",
                        "invoice": "2026-04418",
                        "net": 2034.00,
                        "vat": 508.50,
                        "gross": 2542.50,
                        "pay_on": "2026-09-10",
                        "order": "PO-7719",
                        "released_eur": 2600.00,
                        "within_order": True,
                    }
                ),
                _PAYMENT,
            ),
        ),
    ),
    SpanCase(
        "expense-refund-3",
        "finance",
        "genai",
        origin="drop_duplicates",
        why="two taxi rides on different days and routes were taken for one receipt because payee and sum agree",
        given=_RECEIPTS_MAIL,
        made=_REFUND_MAIL,
        steps=(
            llm(
                "read_receipts",
                [
                    (
                        "system",
                        "List every receipt of the mail as JSON: id, date, payee, for, pln.",
                    ),
                    ("user", _RECEIPTS_MAIL),
                ],
                written(_RECEIPTS),
            ),
            step(
                "drop_duplicates",
                {"receipts": _RECEIPTS},
                {"receipts": _RECEIPTS_KEPT, "handed_in_twice": ["R4"]},
            ),
            tool(
                "month_rate",
                {"currency": "PLN", "month": "2026-05"},
                {"currency": "PLN", "month": "2026-05", "pln_per_eur": 4.26},
            ),
            step(
                "total",
                {"pln": [78.00, 1140.00, 264.50, 31.00], "pln_per_eur": 4.26},
                {"pln": 1513.50, "eur": 355.28},
            ),
            llm(
                "answer",
                "Write to Henrike Vollmer what is reimbursed with the June salary and what isn't.\n"
                + written(
                    {
                        "trip": "Krakow",
                        "accepted": ["R1", "R2", "R3", "R5"],
                        "handed_in_twice": ["R4"],
                        "pln": 1513.50,
                        "pln_per_eur": 4.26,
                        "eur": 355.28,
                    }
                ),
                _REFUND_MAIL,
            ),
        ),
    ),
    SpanCase(
        "fund-letter-3",
        "finance",
        "openinference",
        origin="letter",
        why="the letter gave each fund the figures of the other",
        given="Draft the letter to holders for the second quarter of 2026.",
        made=_FUND_LETTER,
        outcome="bad",
        told="Alder Growth gained 1.8 %",
        steps=(
            tool(
                "unit_values",
                {"funds": ["Alder Income", "Alder Growth"], "days": ["2026-03-31", "2026-06-30"]},
                {"Alder Income": [112.40, 114.42], "Alder Growth": [208.10, 206.85]},
            ),
            tool(
                "index_values",
                {
                    "indices": ["Euro Bond 5-7", "Euro Shares 300"],
                    "days": ["2026-03-31", "2026-06-30"],
                },
                {"Euro Bond 5-7": [240.00, 243.60], "Euro Shares 300": [1520.0, 1503.3]},
            ),
            step(
                "returns",
                {
                    "Alder Income": {"units": [112.40, 114.42], "index": [240.00, 243.60]},
                    "Alder Growth": {"units": [208.10, 206.85], "index": [1520.0, 1503.3]},
                },
                _FUND_RETURNS,
            ),
            llm(
                "market",
                "In one sentence, what moved bonds and shares in the second quarter of 2026? Desk notes: bonds up, "
                "inflation easing; shares down after a strong spring, exporters weakest.",
                _FUND_MARKET,
                model="claude-sonnet-4-5",
            ),
            search(
                "style",
                "letter to holders, how returns are told",
                {"id": "style-7", "content": _FUND_STYLE, "score": 0.81},
            ),
            llm(
                "letter",
                [
                    ("system", "You write for Alder Asset Management. House style: " + _FUND_STYLE),
                    (
                        "user",
                        "Write the letter for the second quarter of 2026. Next letter: 15 October 2026.\nReturns: "
                        + written(_FUND_RETURNS)
                        + "\nMarket: "
                        + _FUND_MARKET,
                    ),
                ],
                _FUND_LETTER,
                model="claude-sonnet-4-5",
            ),
        ),
    ),
    SpanCase(
        "lease-notice-3",
        "law",
        "openinference",
        origin="earliest_end",
        why="six months from 14 April end on 14 October, so the quarter's end is 31 December, not 30 September",
        given=_LEASE_NOTICE,
        made=_LEASE_LETTER,
        steps=(
            tool("lease_file", {"premises": "Speicherstrasse 9, unit 3"}, _LEASE),
            llm(
                "read_terms",
                [
                    (
                        "system",
                        "Give as JSON: notice_months, ends_at, counts_from, rent_eur, hand_over.",
                    ),
                    ("user", _LEASE),
                ],
                written(
                    {
                        "notice_months": 6,
                        "ends_at": "end of a calendar quarter",
                        "counts_from": "receipt",
                        "rent_eur": 6450.00,
                        "hand_over": "swept, with all keys, on the last day",
                    }
                ),
            ),
            llm(
                "read_notice",
                "Who gives notice, and on which day was it received? JSON.\n\n" + _LEASE_NOTICE,
                written(
                    {
                        "tenant": "Papierwerk Oderberg GmbH",
                        "written": "2026-04-10",
                        "received": "2026-04-14",
                    }
                ),
            ),
            step(
                "earliest_end",
                {
                    "received": "2026-04-14",
                    "notice_months": 6,
                    "ends_at": "end of a calendar quarter",
                },
                {"ends": "2026-09-30"},
            ),
            step(
                "rents_left",
                {"from": "2026-05", "ends": "2026-09-30", "rent_eur": 6450.00},
                {"months": 5, "eur": 32250.00},
            ),
            tool(
                "deposit",
                {"tenant": "Papierwerk Oderberg GmbH"},
                {
                    "held_eur": 19350.00,
                    "due_back": "six months after the end of the lease at the latest",
                },
            ),
            tool(
                "calendar",
                {
                    "day": "2026-09-30",
                    "title": "Handing over Speicherstrasse 9, unit 3",
                    "who": "caretaker",
                },
                {"saved": True, "id": "ev-3381"},
            ),
            llm(
                "letter",
                "Confirm the notice to the tenant for Havel Grundbesitz KG: receipt, end, rents left, handing over.\n"
                + written(
                    {
                        "premises": "Speicherstrasse 9, unit 3",
                        "clause": "11.1",
                        "received": "2026-04-14",
                        "ends": "2026-09-30",
                        "months": 5,
                        "rent_eur": 6450.00,
                        "eur": 32250.00,
                        "hand_over": "swept, with all keys, on the last day",
                    }
                ),
                _LEASE_LETTER,
            ),
        ),
    ),
)
