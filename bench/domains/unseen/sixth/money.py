"""The sixth set, faulty runs of books, loans, expenses and a till."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_LEDGER = """\
Account V-3071 Bergmann Pumpen GmbH, EUR, items open at 31.08.2026
document     kind          date     remark                                amount
RE 26-1188   invoice       12.06.   40 gear pumps GP-2                 14,280.00
RE 26-1240   invoice       03.07.   shaft seals, bearings               8,915.50
RE 26-1263   invoice       21.07.   spare impellers                     3,406.80
GS 26-0077   credit note   28.07.   seals returned, of RE 26-1240       1,190.00
RE 26-1301   invoice       14.08.   service call Lingen                 6,720.25
ZA 26-0519   payment       20.08.   on account, SEPA                    5,000.00"""
_ITEMS = [
    {"doc": "RE 26-1188", "kind": "invoice", "amount": 14280.00},
    {"doc": "RE 26-1240", "kind": "invoice", "amount": 8915.50},
    {"doc": "RE 26-1263", "kind": "invoice", "amount": 3406.80},
    {"doc": "GS 26-0077", "kind": "credit_note", "amount": 1190.00},
    {"doc": "RE 26-1301", "kind": "invoice", "amount": 6720.25},
    {"doc": "ZA 26-0519", "kind": "payment", "amount": 5000.00},
]
_STATEMENT = """\
Bergmann Pumpen GmbH, Lingen. Statement of account for Havelwerk Anlagenbau AG
as at 31 August 2026. Balance in our favour: EUR 27,132.55.
We ask you to compare this with your books and to tell us of any difference by 15 September."""
_LEDGER_NOTE = """\
To: Ines Okafor, accounts payable
Subject: Bergmann Pumpen, balance at 31 August 2026

Our ledger shows EUR 29,512.55 owed to Bergmann Pumpen GmbH (six open items). Their statement shows
EUR 27,132.55, which is EUR 2,380.00 less. As our items are all documented, Bergmann seems to lack part of an
invoice. I suggest that we keep EUR 29,512.55 on the books, confirm that balance to them by 15 September
and include the full amount in the payment run of 18 September."""

_FACILITY = """\
SENIOR FACILITY AGREEMENT dated 4 May 2023, Tarnholm Foods Holding BV as Borrower
21.1 Definitions. "Leverage" means Net Debt to LTM EBITDA. "Net Debt" means gross financial debt less cash.
21.2 Leverage. The Borrower shall ensure that Leverage on each Test Date does not exceed 3.50:1.
21.3 Interest cover. LTM EBITDA to net finance charges shall on each Test Date be at least 4.00:1.
21.4 Test Dates are 30 June and 31 December of each year.
21.5 A compliance certificate signed by two directors is due 60 days after each Test Date."""
_AMENDMENT = """\
SECOND AMENDMENT LETTER dated 12 February 2026 to the Senior Facility Agreement of 4 May 2023
1. In clause 21.2 the figure "3.50:1" is replaced by "3.00:1" for every Test Date from and including 30 June 2026.
2. Clause 21.3 stays as it is.
3. The margin is lowered by 0.15 % a year for as long as Leverage is below 2.50:1.
4. All other terms of the Agreement remain in full force."""
_TERMS = {
    "test_date": "2026-06-30",
    "leverage_max": 3.5,
    "leverage_definition": "net debt / LTM EBITDA",
    "interest_cover_min": 4.0,
    "certificate_due_days": 60,
}
_ACCOUNTS = {
    "unit": "EUR million",
    "as_at": "2026-06-30",
    "gross_financial_debt": 148.6,
    "cash": 21.4,
    "ltm_ebitda": 39.2,
    "net_finance_charges": 8.1,
}
_RATIOS = {"net_debt": 127.2, "leverage": 3.24, "interest_cover": 4.84}
_CERTIFICATE = """\
COMPLIANCE CERTIFICATE (draft) for Tarnholm Foods Holding BV, Test Date 30 June 2026

1. Net debt was EUR 127.2 million (gross debt 148.6 less cash 21.4) and LTM EBITDA EUR 39.2 million.
2. Leverage was 3.24x and thus below the permitted maximum of 3.50x; the headroom is 0.26x.
3. Interest cover was 4.84x against a minimum of 4.00x.
4. We confirm that the financial covenants were met on the Test Date and that no default is continuing.

Note for the directors: EBITDA could fall to about EUR 36.3 million before the leverage test would bind.
Due with the agent by 29 August 2026."""

_CARD = {
    "cardholder": "Y. Brandt",
    "period": "2026-06",
    "note": "amount_minor is in the smallest unit of the currency by ISO 4217: EUR has 2 decimals, JPY has none",
    "transactions": [
        {"date": "2026-06-08", "merchant": "Lufthansa", "currency": "EUR", "amount_minor": 112490},
        {"date": "2026-06-12", "merchant": "JR West", "currency": "JPY", "amount_minor": 14170},
        {
            "date": "2026-06-14",
            "merchant": "Hotel Kamogawa",
            "currency": "JPY",
            "amount_minor": 48600,
        },
        {"date": "2026-06-14", "merchant": "Lawson Shijo", "currency": "JPY", "amount_minor": 1284},
    ],
}
_AMOUNTS = [
    {"merchant": "Lufthansa", "currency": "EUR", "amount": 1124.90},
    {"merchant": "JR West", "currency": "JPY", "amount": 141.70},
    {"merchant": "Hotel Kamogawa", "currency": "JPY", "amount": 486.00},
    {"merchant": "Lawson Shijo", "currency": "JPY", "amount": 12.84},
]
_IN_EUR = [
    {"merchant": "Lufthansa", "eur": 1124.90},
    {"merchant": "JR West", "eur": 0.83},
    {"merchant": "Hotel Kamogawa", "eur": 2.86},
    {"merchant": "Lawson Shijo", "eur": 0.08},
]
_SORTED = {
    "flights": [{"merchant": "Lufthansa", "eur": 1124.90}],
    "rail": [{"merchant": "JR West", "eur": 0.83}],
    "lodging": [{"merchant": "Hotel Kamogawa", "eur": 2.86}],
    "meals": [{"merchant": "Lawson Shijo", "eur": 0.08}],
    "total_eur": 1128.67,
}
_EXPENSES = """\
Dear Ms Brandt,

we have settled your card account for June 2026 (trip to Kyoto):
- flights: EUR 1,124.90 (Lufthansa)
- rail: EUR 0.83 (JR West)
- lodging: EUR 2.86 (Hotel Kamogawa)
- meals: EUR 0.08 (Lawson Shijo)
EUR 1,128.67 will be transferred with the July payroll. All lines are within the travel policy.

Expense desk, Rheinau Optik SE"""

_CART = {
    "cart": "K-88120",
    "lines": [
        {"article": "Hedge trimmer blade 55 cm", "group": "garden", "qty": 2, "price": 48.50},
        {"article": "Water butt 300 l", "group": "garden", "qty": 1, "price": 139.00},
        {"article": "Desk lamp Orla", "group": "home", "qty": 1, "price": 59.90},
    ],
    "coupon": "HERBST15",
    "prices": "EUR, VAT of 19 % included",
}
_TILL = {
    "goods": 295.90,
    "discount": 15.00,
    "shipping": 5.95,
    "to_pay": 286.85,
    "vat_included": 45.80,
}
_ORDER_MAIL = """\
Hello Mr Petersen,

thank you for your order K-88120 at Grünhof Garten:
2 x Hedge trimmer blade 55 cm      97.00
1 x Water butt 300 l              139.00
1 x Desk lamp Orla                 59.90
Coupon HERBST15                   -15.00
Shipping                            5.95
Total (EUR, incl. 45.80 VAT)      286.85

We charged EUR 286.85 to your card ending in 4417. With your coupon you saved EUR 15.00 on garden articles."""

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "creditor-reconciliation-6",
        "finance",
        "misstep",
        origin="open_balance",
        why="the credit note was added to the balance instead of taken off: 27,132.55 would be right",
        given={"creditor": "V-3071", "as_at": "2026-08-31"},
        made=_LEDGER_NOTE,
        steps=(
            tool("pull_ledger", {"account": "V-3071", "open_at": "2026-08-31"}, _LEDGER),
            llm(
                "read_items",
                [
                    (
                        "system",
                        "You read creditor ledgers. Give every line as JSON with doc, kind and amount; amounts unsigned.",
                    ),
                    ("user", _LEDGER),
                ],
                written(_ITEMS),
            ),
            step(
                "open_balance",
                {"account": "V-3071", "items": _ITEMS},
                {"account": "V-3071", "open_items": 6, "owed_to_creditor": 29512.55},
            ),
            tool("supplier_statement", {"supplier": "Bergmann Pumpen GmbH"}, _STATEMENT),
            step(
                "compare_balances",
                {"ledger": 29512.55, "statement": 27132.55},
                {"ledger_minus_statement": 2380.00, "agree": False},
            ),
            llm(
                "note_to_payables",
                "Write a short note to Ines Okafor, accounts payable, about the balance and what to do. Data:\n"
                + written(
                    {
                        "owed": 29512.55,
                        "statement": 27132.55,
                        "difference": 2380.00,
                        "open_items": 6,
                    }
                )
                + "\nThe payment run is on 18 September. Statement:\n"
                + _STATEMENT,
                _LEDGER_NOTE,
            ),
        ),
    ),
    SpanCase(
        "covenant-certificate-6",
        "finance",
        "genai",
        origin="covenant_terms",
        why="the limit of 3.50 was taken from the agreement though the amendment lowered it to 3.00 for this date",
        given="Draft the compliance certificate of Tarnholm Foods for the test date 30 June 2026.",
        made=_CERTIFICATE,
        outcome="bad",
        told="below the permitted maximum of 3.50x",
        steps=(
            search(
                "loan_documents",
                "Tarnholm Foods financial covenants leverage interest cover test date June 2026",
                {"id": "sfa-2023#21", "content": _FACILITY, "score": 0.91},
                {"id": "amend-2", "content": _AMENDMENT, "score": 0.86},
            ),
            llm(
                "covenant_terms",
                [
                    (
                        "system",
                        "From the loan documents give the covenant terms that apply on the test date, as JSON with "
                        "test_date, leverage_max, leverage_definition, interest_cover_min, certificate_due_days.",
                    ),
                    ("user", f"Test date: 30 June 2026.\n\n{_FACILITY}\n\n{_AMENDMENT}"),
                ],
                written(_TERMS),
                model="gpt-4o",
            ),
            tool(
                "half_year_accounts",
                {"company": "Tarnholm Foods Holding BV", "as_at": "2026-06-30"},
                _ACCOUNTS,
            ),
            tool("ratios", _ACCOUNTS, _RATIOS),
            tool(
                "covenant_test",
                {"ratios": _RATIOS, "terms": _TERMS},
                {
                    "leverage": {"value": 3.24, "max": 3.5, "headroom": 0.26, "met": True},
                    "interest_cover": {"value": 4.84, "min": 4.0, "met": True},
                },
            ),
            llm(
                "draft_certificate",
                "Draft the compliance certificate in numbered points and add a note on how far EBITDA could fall.\n"
                + written(
                    {
                        "terms": _TERMS,
                        "accounts": _ACCOUNTS,
                        "ratios": _RATIOS,
                        "leverage_met": True,
                    }
                ),
                _CERTIFICATE,
                model="gpt-4o",
            ),
        ),
    ),
    SpanCase(
        "card-settlement-6",
        "finance",
        "misstep",
        origin="to_major_units",
        why="yen have no smaller unit, yet their amounts were divided by a hundred like the euros",
        given={"cardholder": "Y. Brandt", "period": "2026-06"},
        made=_EXPENSES,
        outcome="contract",
        told="settled total 1128.67 must equal the card statement total 1501.68",
        steps=(
            tool("card_export", {"cardholder": "Y. Brandt", "period": "2026-06"}, _CARD),
            tool("to_major_units", _CARD, _AMOUNTS),
            tool(
                "month_rate",
                {"currency": "JPY", "month": "2026-06"},
                {"currency": "JPY", "per_eur": 170.0, "source": "monthly mean"},
            ),
            step("to_eur", {"lines": _AMOUNTS, "jpy_per_eur": 170.0}, _IN_EUR),
            llm(
                "sort_lines",
                [
                    (
                        "system",
                        "Put each line into flights, rail, lodging or meals and add a total. JSON only.",
                    ),
                    ("user", written(_IN_EUR)),
                ],
                written(_SORTED),
            ),
            llm(
                "settlement_mail",
                "Write the settlement mail to Ms Brandt (trip to Kyoto, June 2026). Payment is with the July payroll. "
                "Policy: lodging up to EUR 300, meals up to EUR 40 a day.\n" + written(_SORTED),
                _EXPENSES,
            ),
        ),
    ),
    SpanCase(
        "garden-checkout-6",
        "retail",
        "genai",
        origin="apply_coupon",
        why="a coupon of 15 percent took off 15 euros; 15 % of the 236.00 for garden articles is 35.40",
        given={"checkout": "K-88120", "customer": "Jens Petersen"},
        made=_ORDER_MAIL,
        outcome="bad",
        steps=(
            tool("load_cart", {"cart": "K-88120"}, _CART),
            tool(
                "coupon_terms",
                {"code": "HERBST15"},
                {
                    "code": "HERBST15",
                    "kind": "percent",
                    "value": 15,
                    "group": "garden",
                    "valid": ["2026-09-01", "2026-10-15"],
                },
            ),
            tool(
                "apply_coupon",
                {
                    "subtotals": {"garden": 236.00, "home": 59.90},
                    "coupon": {
                        "code": "HERBST15",
                        "kind": "percent",
                        "value": 15,
                        "group": "garden",
                    },
                },
                {"subtotals": {"garden": 221.00, "home": 59.90}, "discount": 15.00},
            ),
            tool(
                "total_up",
                {
                    "garden": 221.00,
                    "home": 59.90,
                    "discount": 15.00,
                    "shipping": 5.95,
                    "vat_rate": 19,
                },
                _TILL,
            ),
            tool(
                "charge_card",
                {"card": "4417", "amount": 286.85, "currency": "EUR"},
                {"status": "captured", "amount": 286.85, "reference": "PAY-70A31C"},
            ),
            llm(
                "confirmation_mail",
                [
                    (
                        "system",
                        "You write order confirmations for Grünhof Garten. List the lines, the coupon, shipping and total, "
                        "and say what the customer saved.",
                    ),
                    (
                        "user",
                        written(
                            {
                                "cart": _CART,
                                "till": _TILL,
                                "customer": "Mr Petersen",
                                "card": "4417",
                            }
                        ),
                    ),
                ],
                _ORDER_MAIL,
            ),
        ),
    ),
)
