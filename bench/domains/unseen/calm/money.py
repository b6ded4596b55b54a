"""Clean runs about money: currencies, instalments, hours worked, invoices kept by a field."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, sound, step, tool, written

CASES: tuple[SpanCase, ...] = (
    sound(
        "revenue-note-5",
        "finance",
        "misstep",
        {"company": "Halden Pumps", "year": 2026},
        "Halden Pumps grew its revenue by almost a tenth last year, to around EUR 53 million.",
        tool(
            "get_figures",
            {"company": "Halden Pumps", "years": [2025, 2026]},
            {
                "company": "Halden Pumps ASA",
                "revenue_eur": {"2025": 48370000, "2026": 52910000},
                "employees": 214,
            },
        ),
        step("growth", {"before": 48370000, "after": 52910000}, {"growth_pct": 9.39}),
        llm(
            "draft",
            "Write one sentence on the revenue for investors. "
            + written(
                {
                    "company": "Halden Pumps ASA",
                    "revenue_2025": 48370000,
                    "revenue_2026": 52910000,
                    "growth_pct": 9.39,
                }
            ),
            "Halden Pumps ASA increased revenue by 9.4 % to EUR 52.9 million in 2026, from EUR 48.4 million the year before.",
        ),
        llm(
            "shorten",
            [
                ("system", "Make it shorter and friendlier. Round generously."),
                (
                    "user",
                    "Halden Pumps ASA increased revenue by 9.4 % to EUR 52.9 million in 2026, from EUR 48.4 million the year before.",
                ),
            ],
            "Halden Pumps grew its revenue by almost a tenth last year, to around EUR 53 million.",
        ),
        tool(
            "publish",
            {
                "channel": "intranet",
                "text": "Halden Pumps grew its revenue by almost a tenth last year, to around EUR 53 million.",
            },
            {"ok": True},
        ),
    ),
    sound(
        "geneva-receipts-5",
        "finance",
        "genai",
        "Add up my receipts from Geneva in euros, please.",
        "Your three receipts come to EUR 500.49: the hotel (CHF 412.00), a taxi and a lunch in London. I have filed them as claim T-338.",
        tool(
            "read_receipts",
            {"folder": "geneva"},
            [
                {"what": "hotel", "amount": 412.00, "currency": "CHF"},
                {"what": "taxi", "amount": 38.50, "currency": "EUR"},
                {"what": "lunch, London", "amount": 21.60, "currency": "GBP"},
            ],
        ),
        tool("rates", {"date": "2026-05-12", "to": "EUR"}, {"CHF": 1.06, "GBP": 1.17, "EUR": 1.0}),
        tool(
            "add_up",
            {
                "receipts": [
                    {"what": "hotel", "amount": 412.00, "currency": "CHF"},
                    {"what": "taxi", "amount": 38.50, "currency": "EUR"},
                    {"what": "lunch, London", "amount": 21.60, "currency": "GBP"},
                ],
                "rates": {"CHF": 1.06, "GBP": 1.17, "EUR": 1.0},
            },
            {
                "lines": [
                    {"what": "hotel", "amount": 412.00, "currency": "CHF", "eur": 436.72},
                    {"what": "taxi", "amount": 38.50, "currency": "EUR", "eur": 38.50},
                    {"what": "lunch, London", "amount": 21.60, "currency": "GBP", "eur": 25.27},
                ],
                "total": 500.49,
                "currency": "EUR",
            },
        ),
        tool(
            "file_claim",
            {"total": 500.49, "currency": "EUR"},
            {"claim": "T-338", "status": "filed"},
        ),
        llm(
            "answer",
            [
                ("system", "Answer the traveller briefly."),
                (
                    "user",
                    written(
                        {
                            "receipts": [
                                "hotel CHF 412.00",
                                "taxi EUR 38.50",
                                "lunch in London GBP 21.60",
                            ],
                            "total_eur": 500.49,
                            "claim": "T-338",
                        }
                    ),
                ),
            ],
            "Your three receipts come to EUR 500.49: the hotel (CHF 412.00), a taxi and a lunch in London. I have filed them as claim T-338.",
        ),
    ),
    sound(
        "car-loan-5",
        "finance",
        "openinference",
        "What would 24,000 over three years at 4.5 % cost me?",
        "You would pay about 714 a month. Over the three years that makes roughly 25,700, of which some 1,700 is interest.",
        llm(
            "ChatOpenAI#a",
            "Extract amount, term in months and yearly rate as JSON: What would 24,000 over three years at 4.5 % cost me?",
            written({"amount": 24000, "months": 36, "rate_pct": 4.5}),
            shown="ChatOpenAI",
        ),
        tool(
            "annuity",
            {"amount": 24000, "months": 36, "rate_pct": 4.5},
            {"monthly": 713.93, "total": 25701.48, "interest": 1701.48},
        ),
        tool(
            "product",
            {"kind": "car loan"},
            {"name": "Fahrtgeld Plus", "min_amount": 2000, "max_amount": 60000, "max_months": 84},
        ),
        step(
            "within_limits",
            {
                "amount": 24000,
                "months": 36,
                "min_amount": 2000,
                "max_amount": 60000,
                "max_months": 84,
            },
            {"ok": True},
        ),
        llm(
            "ChatOpenAI#b",
            "Answer in two sentences, in plain words. Question: What would 24,000 over three years at 4.5 % cost me? Data: "
            + written({"monthly": 713.93, "total": 25701.48, "interest": 1701.48}),
            "You would pay about 714 a month. Over the three years that makes roughly 25,700, of which some 1,700 is interest.",
            shown="ChatOpenAI",
        ),
    ),
    sound(
        "open-items-5",
        "finance",
        "openinference",
        {"customer": "Brauhaus Tilla", "task": "remind"},
        "Dear Ms Hartung,\n\nthree of your invoices are still open, together EUR 3,842.10. The oldest, R-2291 over EUR 1,980.00, was due in March. Could you let us know when we may expect payment?\n\nWith kind regards\nLehnert Getränketechnik",
        tool(
            "ledger",
            {"customer": "Brauhaus Tilla"},
            [
                {"no": "R-2288", "amount": 412.50, "due": "2026-02-14", "paid": True},
                {"no": "R-2291", "amount": 1980.00, "due": "2026-03-20", "paid": False},
                {"no": "R-2305", "amount": 640.10, "due": "2026-04-30", "paid": False},
                {"no": "R-2310", "amount": 1222.00, "due": "2026-05-11", "paid": False},
                {"no": "R-2317", "amount": 88.00, "due": "2026-05-28", "paid": True},
            ],
        ),
        step(
            "keep_unpaid",
            [
                {"no": "R-2288", "amount": 412.50, "due": "2026-02-14", "paid": True},
                {"no": "R-2291", "amount": 1980.00, "due": "2026-03-20", "paid": False},
                {"no": "R-2305", "amount": 640.10, "due": "2026-04-30", "paid": False},
                {"no": "R-2310", "amount": 1222.00, "due": "2026-05-11", "paid": False},
                {"no": "R-2317", "amount": 88.00, "due": "2026-05-28", "paid": True},
            ],
            [
                {"no": "R-2291", "amount": 1980.00, "due": "2026-03-20"},
                {"no": "R-2305", "amount": 640.10, "due": "2026-04-30"},
                {"no": "R-2310", "amount": 1222.00, "due": "2026-05-11"},
            ],
        ),
        step(
            "sum",
            [
                {"no": "R-2291", "amount": 1980.00},
                {"no": "R-2305", "amount": 640.10},
                {"no": "R-2310", "amount": 1222.00},
            ],
            {"open": 3, "total": 3842.10, "oldest": "R-2291"},
        ),
        tool(
            "contact",
            {"customer": "Brauhaus Tilla"},
            {"name": "Ines Hartung", "title": "Ms", "email": "hartung@tilla.example"},
        ),
        llm(
            "ChatOpenAI",
            "Write a polite reminder for Lehnert Getränketechnik. "
            + written(
                {
                    "to": "Ms Hartung",
                    "open": [
                        {"no": "R-2291", "amount": 1980.00, "due": "2026-03-20"},
                        {"no": "R-2305", "amount": 640.10, "due": "2026-04-30"},
                        {"no": "R-2310", "amount": 1222.00, "due": "2026-05-11"},
                    ],
                    "total": 3842.10,
                }
            ),
            "Dear Ms Hartung,\n\nthree of your invoices are still open, together EUR 3,842.10. The oldest, R-2291 over EUR 1,980.00, was due in March. Could you let us know when we may expect payment?\n\nWith kind regards\nLehnert Getränketechnik",
        ),
    ),
    sound(
        "shift-pay-5",
        "finance",
        "genai",
        "What do I get for Thursday's shift?",
        "You worked 7 hours 40 minutes on Thursday, which comes to EUR 164.83 before tax.",
        tool(
            "clock",
            {"employee": "E-118", "day": "2026-09-17"},
            {"in": "06:12", "out": "14:22", "break_min": 30},
        ),
        tool("worked", {"in": "06:12", "out": "14:22", "break_min": 30}, {"minutes": 460}),
        tool(
            "wage",
            {"employee": "E-118"},
            {"hourly": 21.50, "currency": "EUR", "supplements": {"night": "22:00-06:00"}},
        ),
        tool("pay", {"minutes": 460, "hourly": 21.50}, {"gross": 164.83}),
        llm(
            "answer",
            "Answer the employee. Question: What do I get for Thursday's shift? "
            + written({"minutes": 460, "gross": 164.83, "currency": "EUR"}),
            "You worked 7 hours 40 minutes on Thursday, which comes to EUR 164.83 before tax.",
        ),
    ),
)
