"""A second set of the plain kind: one planted fault a run, of finance, medicine, law, travel, support."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_QUARTER = (
    "Orsted Marine plc, consolidated income statement, GBP thousands\n"
    "                    Q3 2026    Q3 2025\n"
    "Revenue             184,320    171,905\n"
    "Cost of sales       112,480    108,210\n"
    "Operating profit     31,760     26,044\n"
)
_CHEST = (
    "Chest X-ray, PA view. Indication: persistent cough. The heart is not enlarged. Patchy opacity in the "
    "left lower lobe, consistent with pneumonia. No pleural effusion. No pneumothorax. Bony thorax intact."
)
_CHEST_READ = {
    "pneumonia": True,
    "site": "left lower lobe",
    "pleural_effusion": True,
    "pneumothorax": False,
    "cardiomegaly": False,
}
_INDEMNITY = (
    "9.1 The Supplier shall indemnify the Customer against all losses arising from any claim that the "
    "Software infringes a third party's intellectual property. 9.2 The Supplier's total liability under "
    "clause 9.1 shall not exceed EUR 500,000."
)
_SERVICE_NOTE = (
    "The claim form was served on the defendant, Kestrel Logistics BV, on 3 June 2026. Under the applicable rule "
    "the defence must be filed within 21 days after service."
)
_HOTELS = [
    {"hotel": "Casa do Rio", "price": 84, "free_cancellation": False, "rating": 8.7},
    {"hotel": "Hotel Alameda", "price": 97, "free_cancellation": True, "rating": 8.4},
    {"hotel": "Lisboa Central", "price": 121, "free_cancellation": True, "rating": 9.0},
]
_MAIL = (
    "Hi, I'm still waiting for my order A-50912, which I placed on 2 September. Could you tell me where it is? "
    "Thanks, Marta Lindqvist"
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "treasury-note-2",
        "finance",
        "misstep",
        origin="convert",
        why="18,400 EUR at 1.085 USD a EUR was divided by the rate instead of multiplied",
        given={"statement": "ST-2211", "into": "USD"},
        made="The receivable from Vela Optik GmbH (EUR 18,400.00) is worth about USD 16,958.53 and stays under the review limit of USD 18,000.",
        steps=(
            tool(
                "fetch_statement",
                {"statement": "ST-2211"},
                "Statement ST-2211. Debtor: Vela Optik GmbH. Open balance: EUR 18,400.00, due 30 September 2026.",
            ),
            llm(
                "read_balance",
                "Give debtor, balance and currency as JSON. Statement ST-2211. Debtor: Vela Optik GmbH. "
                "Open balance: EUR 18,400.00, due 30 September 2026.",
                written({"debtor": "Vela Optik GmbH", "balance": 18400.0, "currency": "EUR"}),
            ),
            tool(
                "fetch_rate",
                {"base": "EUR", "quote": "USD"},
                {"base": "EUR", "quote": "USD", "rate": 1.085, "meaning": "1 EUR = 1.085 USD"},
            ),
            step(
                "convert",
                {"amount": 18400.0, "from": "EUR", "to": "USD", "rate": 1.085},
                {"amount": 16958.53, "currency": "USD"},
            ),
            step(
                "check_limit",
                {"amount_usd": 16958.53, "limit_usd": 18000},
                {"over_limit": False},
            ),
            llm(
                "memo",
                "Write a one-sentence treasury memo. "
                + written(
                    {
                        "debtor": "Vela Optik GmbH",
                        "eur": 18400.0,
                        "usd": 16958.53,
                        "limit_usd": 18000,
                        "over_limit": False,
                    }
                ),
                "The receivable from Vela Optik GmbH (EUR 18,400.00) is worth about USD 16,958.53 and stays under the review limit of USD 18,000.",
            ),
        ),
    ),
    SpanCase(
        "earnings-brief-2",
        "finance",
        "genai",
        origin="extract",
        why="operating profit was read from the column of the year before",
        given="Brief me on Orsted Marine's Q3 2026 margin.",
        made="Orsted Marine earned an operating profit of GBP 26.0 million on revenue of GBP 184.3 million in Q3 2026, a margin of 14.1 %.",
        outcome="bad",
        told="operating profit of GBP 26.0 million",
        steps=(
            search(
                "find_filing",
                "Orsted Marine Q3 2026 income statement",
                {"id": "om-q3", "content": _QUARTER, "score": 0.92},
            ),
            llm(
                "extract",
                [
                    ("system", "Extract Q3 2026 revenue and operating profit as JSON, thousands."),
                    ("user", _QUARTER),
                ],
                written({"period": "Q3 2026", "revenue": 184320, "operating_profit": 26044}),
            ),
            tool(
                "margin",
                {"revenue": 184320, "operating_profit": 26044},
                {"margin_percent": 14.1},
            ),
            tool("peer_margin", {"sector": "offshore"}, {"median_margin_percent": 12.8}),
            llm(
                "compare",
                "Compare margin 14.1 % with the sector median 12.8 %.",
                "At 14.1 % the margin lies 1.3 points above the sector median of 12.8 %.",
            ),
            llm(
                "brief",
                "Write the brief. "
                + written({"revenue": 184320, "operating_profit": 26044, "margin_percent": 14.1}),
                "Orsted Marine earned an operating profit of GBP 26.0 million on revenue of GBP 184.3 million in Q3 2026, a margin of 14.1 %.",
            ),
        ),
    ),
    SpanCase(
        "credit-review-2",
        "finance",
        "openinference",
        origin="sum_debts",
        why="620 + 310 + 520 is 1,450, not 1,540",
        given={"applicant": "AP-667", "income_monthly": 5200},
        made="Application AP-667: monthly debts of 1,540 against an income of 5,200 give a ratio of 29.6 %. Recommendation: approve.",
        steps=(
            tool(
                "load_application",
                {"applicant": "AP-667"},
                {
                    "income_monthly": 5200,
                    "debts": [
                        {"kind": "car loan", "monthly": 310},
                        {"kind": "student loan", "monthly": 620},
                        {"kind": "credit card", "monthly": 520},
                    ],
                },
            ),
            llm(
                "sum_debts",
                "Add up the monthly payments: car loan 310, student loan 620, credit card 520. Answer as JSON.",
                written({"total_monthly_debt": 1540}),
            ),
            step("ratio", {"debt": 1540, "income": 5200}, {"dti": 0.296}),
            tool("policy", {"product": "personal loan"}, {"max_dti": 0.36}),
            step("decide", {"dti": 0.296, "max_dti": 0.36}, {"decision": "approve"}),
            llm(
                "write_up",
                "Summarise for the file: applicant AP-667, debts 1540, income 5200, dti 0.296, decision approve",
                "Application AP-667: monthly debts of 1,540 against an income of 5,200 give a ratio of 29.6 %. Recommendation: approve.",
            ),
        ),
    ),
    SpanCase(
        "radiology-letter-2",
        "medicine",
        "misstep",
        origin="structure_report",
        why="no pleural effusion became a pleural effusion",
        given={"study": "XR-90155"},
        made="Your X-ray shows pneumonia in the left lower lung and some fluid around the lung (pleural effusion). Please start amoxicillin and come for an ultrasound of the chest.",
        outcome="bad",
        told="some fluid around the lung (pleural effusion)",
        steps=(
            tool("fetch_report", {"study": "XR-90155"}, {"study": "XR-90155", "report": _CHEST}),
            llm(
                "structure_report",
                [("system", "Return the findings as JSON booleans."), ("user", _CHEST)],
                written(_CHEST_READ),
            ),
            step(
                "code_findings",
                _CHEST_READ,
                {"codes": ["J18.1 lobar pneumonia", "J90 pleural effusion"]},
            ),
            search(
                "guideline",
                "lobar pneumonia with pleural effusion, next steps",
                {
                    "id": "g-12",
                    "content": "Lobar pneumonia: amoxicillin. With pleural effusion: ultrasound of the chest.",
                },
            ),
            llm(
                "plan",
                "Findings: J18.1 lobar pneumonia, J90 pleural effusion. Guideline: Lobar pneumonia: amoxicillin. "
                "With pleural effusion: ultrasound of the chest. Propose a plan.",
                "1. Amoxicillin for the lobar pneumonia. 2. Ultrasound of the chest for the pleural effusion.",
            ),
            llm(
                "letter",
                "Write to the patient in plain words. Findings: pneumonia left lower lobe, pleural effusion. "
                "Plan: amoxicillin; ultrasound of the chest.",
                "Your X-ray shows pneumonia in the left lower lung and some fluid around the lung (pleural effusion). Please start amoxicillin and come for an ultrasound of the chest.",
            ),
        ),
    ),
    SpanCase(
        "paediatric-dose-2",
        "medicine",
        "misstep",
        origin="weight_in_kg",
        why="44 lb was kept as 44 kg; it is 20 kg",
        given="Paracetamol dose for a 6 year old, 44 lb?",
        made="Give paracetamol 660 mg every 6 hours, at most 4 doses a day.",
        outcome="contract",
        told="single dose 660 mg is above the maximum of 480 mg for age 6",
        steps=(
            llm(
                "read_question",
                "Extract drug, age and weight as JSON: Paracetamol dose for a 6 year old, 44 lb?",
                written({"drug": "paracetamol", "age": 6, "weight": 44, "weight_unit": "lb"}),
            ),
            step("weight_in_kg", {"weight": 44, "weight_unit": "lb"}, {"weight_kg": 44}),
            search(
                "formulary",
                "paracetamol paediatric dose per kg",
                {"id": "f-3", "content": "Paracetamol: 15 mg/kg every 6 hours, at most 4 doses."},
            ),
            tool("dose", {"mg_per_kg": 15, "weight_kg": 44}, {"dose_mg": 660}),
            tool("interactions", {"drug": "paracetamol", "with": []}, {"found": []}),
            llm(
                "answer",
                "Answer the parent: paracetamol 660 mg every 6 hours, at most 4 doses; no interactions.",
                "Give paracetamol 660 mg every 6 hours, at most 4 doses a day.",
            ),
        ),
    ),
    SpanCase(
        "clause-review-2",
        "law",
        "genai",
        origin="summarise_clause",
        why="who indemnifies whom was turned round",
        given="Review clause 9 of the Norvik licence for our client, the Customer.",
        made="Clause 9 is unfavourable to our client: the Customer must indemnify the Supplier for infringement claims up to EUR 500,000. We advise renegotiation.",
        steps=(
            tool("open_contract", {"contract": "Norvik licence", "clause": 9}, _INDEMNITY),
            llm(
                "summarise_clause",
                "Summarise in one sentence: " + _INDEMNITY,
                "The Customer indemnifies the Supplier against losses from infringement claims, capped at EUR 500,000.",
            ),
            llm(
                "assess_risk",
                "Our client is the Customer. Assess: The Customer indemnifies the Supplier against losses from "
                "infringement claims, capped at EUR 500,000.",
                written({"risk": "high", "bearer": "Customer", "cap_eur": 500000}),
            ),
            search(
                "playbook",
                "customer-side indemnity high risk",
                {
                    "id": "pb-4",
                    "content": "Where our client bears an IP indemnity, advise renegotiation.",
                },
            ),
            llm(
                "advise",
                'Risk: {"risk": "high", "bearer": "Customer", "cap_eur": 500000}. Playbook: Where our client bears an '
                "IP indemnity, advise renegotiation.",
                "Advise renegotiation, since the Customer bears the IP indemnity.",
            ),
            llm(
                "memo",
                "Write the memo: Customer indemnifies Supplier, cap EUR 500,000; advise renegotiation.",
                "Clause 9 is unfavourable to our client: the Customer must indemnify the Supplier for infringement claims up to EUR 500,000. We advise renegotiation.",
            ),
        ),
    ),
    SpanCase(
        "court-deadline-2",
        "law",
        "openinference",
        origin="compute_deadline",
        why="21 days after 3 June is 24 June; 14 days were counted",
        given={"matter": "M-3340"},
        made="Kestrel Logistics BV must file its defence by 17 June 2026; a reminder is set for 10 June 2026.",
        outcome="bad",
        told="17 June 2026",
        steps=(
            tool("read_file", {"matter": "M-3340"}, {"matter": "M-3340", "note": _SERVICE_NOTE}),
            llm(
                "extract_dates",
                "Return service date and period in days as JSON. " + _SERVICE_NOTE,
                written({"party": "Kestrel Logistics BV", "served": "2026-06-03", "days": 21}),
            ),
            step(
                "compute_deadline",
                {"served": "2026-06-03", "days": 21},
                {"deadline": "2026-06-17"},
            ),
            tool("holidays", {"date": "2026-06-17"}, {"is_holiday": False}),
            tool(
                "calendar",
                {"title": "Defence due", "date": "2026-06-17", "remind_days_before": 7},
                {"event": "EV-118", "reminder": "2026-06-10"},
            ),
            llm(
                "confirm",
                "Tell the team: Kestrel Logistics BV, defence due 2026-06-17, reminder 2026-06-10.",
                "Kestrel Logistics BV must file its defence by 17 June 2026; a reminder is set for 10 June 2026.",
            ),
        ),
    ),
    SpanCase(
        "flight-booking-2",
        "travel",
        "genai",
        origin="parse_request",
        why="12/11/2026 of a British user was read as 11 December",
        given="Flight from Manchester to Porto on 12/11/2026 please, one adult. (locale en-GB)",
        made="Booked: TP1327 Manchester to Porto on 11 December 2026 at 10:25, GBP 118.",
        outcome="bad",
        told="11 December 2026",
        steps=(
            llm(
                "parse_request",
                [
                    (
                        "system",
                        "Return origin, destination, ISO date, adults. The user's locale is en-GB (day/month/year).",
                    ),
                    (
                        "user",
                        "Flight from Manchester to Porto on 12/11/2026 please, one adult. (locale en-GB)",
                    ),
                ],
                written({"from": "MAN", "to": "OPO", "date": "2026-12-11", "adults": 1}),
            ),
            tool(
                "search_flights",
                {"from": "MAN", "to": "OPO", "date": "2026-12-11", "adults": 1},
                [
                    {"flight": "TP1327", "depart": "2026-12-11T10:25", "price": 118},
                    {"flight": "FR2231", "depart": "2026-12-11T06:10", "price": 131},
                ],
            ),
            step(
                "cheapest",
                [{"flight": "TP1327", "price": 118}, {"flight": "FR2231", "price": 131}],
                {"flight": "TP1327", "price": 118},
            ),
            tool(
                "hold",
                {"flight": "TP1327", "date": "2026-12-11", "adults": 1},
                {"hold": "H-20931", "valid_minutes": 30},
            ),
            tool("book", {"hold": "H-20931"}, {"booking": "QX7PLM", "status": "confirmed"}),
            llm(
                "confirm",
                "Confirm to the user: TP1327 MAN-OPO 2026-12-11 10:25, GBP 118, QX7PLM",
                "Booked: TP1327 Manchester to Porto on 11 December 2026 at 10:25, GBP 118.",
            ),
        ),
    ),
    SpanCase(
        "hotel-pick-2",
        "travel",
        "misstep",
        origin="choose",
        why="the cheapest was taken although it has no free cancellation, which was asked for",
        given="Cheapest hotel in Lisbon for 5-7 October with free cancellation, up to 130 a night.",
        made="I reserved Casa do Rio in Lisbon for 5-7 October: 2 nights at EUR 84, EUR 168 in total.",
        steps=(
            llm(
                "read_wish",
                "Return the wishes as JSON: Cheapest hotel in Lisbon for 5-7 October with free cancellation, up to 130 a night.",
                written(
                    {
                        "city": "Lisbon",
                        "nights": 2,
                        "max_price": 130,
                        "free_cancellation": True,
                        "sort": "price",
                    }
                ),
            ),
            tool("search_hotels", {"city": "Lisbon", "max_price": 130}, _HOTELS),
            llm(
                "choose",
                "Choose the cheapest with free_cancellation true. " + written(_HOTELS),
                written({"hotel": "Casa do Rio", "price": 84}),
            ),
            step("total", {"price": 84, "nights": 2}, {"total": 168}),
            tool(
                "reserve",
                {"hotel": "Casa do Rio", "nights": 2, "total": 168},
                {"reservation": "R-5520", "status": "confirmed"},
            ),
            llm(
                "reply",
                "Reply: Casa do Rio, Lisbon, 5-7 October, 2 nights at 84, total 168, confirmed.",
                "I reserved Casa do Rio in Lisbon for 5-7 October: 2 nights at EUR 84, EUR 168 in total.",
            ),
        ),
    ),
    SpanCase(
        "order-status-2",
        "support",
        "genai",
        origin="extract_order",
        why="order A-50912 was read as A-50921",
        given=_MAIL,
        made="Dear Marta, your order A-50921 was delivered on 29 August and signed for at the front desk.",
        steps=(
            llm(
                "classify",
                "One of order_status, refund, other: " + _MAIL,
                "order_status",
            ),
            llm(
                "extract_order",
                "Return order number and name as JSON: " + _MAIL,
                written({"order": "A-50921", "name": "Marta Lindqvist"}),
            ),
            tool(
                "get_order",
                {"order": "A-50921"},
                {"order": "A-50921", "placed": "2026-08-25", "carrier": "PostNord"},
            ),
            tool(
                "track",
                {"order": "A-50921", "carrier": "PostNord"},
                {"status": "delivered", "date": "2026-08-29", "signed": "front desk"},
            ),
            llm(
                "draft",
                "Draft: order A-50921 delivered 2026-08-29, signed front desk, customer Marta Lindqvist",
                "Your order A-50921 was delivered on 29 August; the front desk signed for it.",
            ),
            llm(
                "polish",
                "Make it friendly: Your order A-50921 was delivered on 29 August; the front desk signed for it. Customer: Marta Lindqvist",
                "Dear Marta, your order A-50921 was delivered on 29 August and signed for at the front desk.",
            ),
        ),
    ),
)
