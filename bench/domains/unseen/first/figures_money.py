"""Recorded runs: more of finance."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, step, tool

CASES = (
    SpanCase(
        "expense-check-1",
        "finance",
        "misstep",
        origin="input",
        why="the claim itself says 4,180 where receipts were for 418; the marked amount came in with it",
        given={
            "employee": "Ines Carvalho",
            "trip": "Lisbon – Porto, 5–6 May 2026",
            "claimed": [
                {"what": "train", "amount": 62.40},
                {"what": "hotel", "amount": 4180.00},
                {"what": "meals", "amount": 71.10},
            ],
            "currency": "EUR",
        },
        made="Reimbursement for Ines Carvalho: €4,313.50 (train €62.40, hotel €4,180.00, meals €71.10).",
        outcome="bad",
        told="hotel €4,180.00",
        steps=(
            tool(
                "validate",
                {
                    "claimed": [
                        {"what": "train", "amount": 62.40},
                        {"what": "hotel", "amount": 4180.00},
                        {"what": "meals", "amount": 71.10},
                    ]
                },
                {"lines": 3, "missing_receipts": []},
            ),
            tool("sum_claim", {"amounts": [62.40, 4180.00, 71.10]}, {"total": 4313.50}),
            tool("policy", {"country": "PT"}, {"meals_per_day": 45.0, "class": "second"}),
            llm(
                "apply_policy",
                "Meals 71.10 EUR for two days, limit 45.0 a day; train 62.40 second class; hotel 4180.00. "
                "Which lines must be cut?",
                "None: meals stay under €90 for two days.",
            ),
            llm(
                "confirm",
                "Confirm the reimbursement to Ines Carvalho: train 62.40, hotel 4180.00, meals 71.10, total "
                "4313.50 EUR, no cuts.",
                "Reimbursement for Ines Carvalho: €4,313.50 (train €62.40, hotel €4,180.00, meals €71.10).",
            ),
        ),
    ),
    SpanCase(
        "fx-quote-1",
        "finance",
        "genai",
        origin=None,
        why="converted at the stated rate, fee added, rounded; a rate limit was waited out",
        given="How many Swiss francs do I get for 2,500 pounds after fees?",
        made=(
            "For £2,500.00 you receive CHF 2,795.45: at 1.1238 francs a pound, after the 0.5 % fee of £12.50."
        ),
        root="agent",
        steps=(
            llm(
                "plan",
                "How many Swiss francs do I get for 2,500 pounds after fees?",
                [call("fx_rate", base="GBP", quote="CHF")],
                tools=({"name": "fx_rate", "parameters": {"type": "object"}},),
            ),
            tool(
                "fx_rate",
                {"base": "GBP", "quote": "CHF"},
                None,
                error=("RateLimited", "429 too many requests"),
            ),
            tool(
                "fx_rate_again",
                {"base": "GBP", "quote": "CHF"},
                {"rate": 1.1238, "at": "2026-05-04T09:31:00Z"},
                shown="fx_rate",
            ),
            tool("fee", {"amount": 2500, "currency": "GBP"}, {"fee": 12.5, "percent": 0.5}),
            tool(
                "convert",
                {"amount": 2487.5, "rate": 1.1238},
                {"amount": 2795.4525, "currency": "CHF"},
            ),
            tool("round_cash", {"amount": 2795.4525, "currency": "CHF"}, {"amount": 2795.45}),
            llm(
                "answer",
                [
                    ("user", "How many Swiss francs do I get for 2,500 pounds after fees?"),
                    (
                        "tool",
                        {
                            "rate": 1.1238,
                            "fee": 12.5,
                            "percent": 0.5,
                            "amount": 2795.45,
                            "currency": "CHF",
                        },
                    ),
                ],
                "For £2,500.00 you receive CHF 2,795.45: at 1.1238 francs a pound, after the 0.5 % fee of £12.50.",
            ),
        ),
    ),
    SpanCase(
        "budget-shares-1",
        "finance",
        "openinference",
        origin=None,
        why="sums, shares and a ratio, all correct, told in other notations",
        given={
            "city": "Graz",
            "year": 2026,
            "million_eur": {"Bildung": 312.4, "Verkehr": 187.9, "Soziales": 401.2, "Kultur": 58.5},
        },
        made=(
            "Graz gibt 2026 insgesamt 960,0 Mio. € aus. Der größte Posten ist Soziales mit 401,2 Mio. € (41,8 %), "
            "gefolgt von Bildung (32,5 %), Verkehr (19,6 %) und Kultur (6,1 %). Für Soziales wird rund "
            "2,1-mal so viel ausgegeben wie für Verkehr."
        ),
        steps=(
            tool(
                "load",
                {"city": "Graz", "year": 2026},
                {
                    "million_eur": {
                        "Bildung": 312.4,
                        "Verkehr": 187.9,
                        "Soziales": 401.2,
                        "Kultur": 58.5,
                    }
                },
            ),
            tool(
                "total",
                {"Bildung": 312.4, "Verkehr": 187.9, "Soziales": 401.2, "Kultur": 58.5},
                {"total": 960.0},
            ),
            tool(
                "shares",
                {
                    "total": 960.0,
                    "parts": {
                        "Bildung": 312.4,
                        "Verkehr": 187.9,
                        "Soziales": 401.2,
                        "Kultur": 58.5,
                    },
                },
                {"Bildung": 0.3254, "Verkehr": 0.1957, "Soziales": 0.4179, "Kultur": 0.0609},
            ),
            llm(
                "rank",
                "Order by size: Bildung 312.4, Verkehr 187.9, Soziales 401.2, Kultur 58.5",
                "1. Soziales\n2. Bildung\n3. Verkehr\n4. Kultur",
            ),
            step(
                "bericht",
                {
                    "total": 960.0,
                    "shares": {
                        "Bildung": 0.3254,
                        "Verkehr": 0.1957,
                        "Soziales": 0.4179,
                        "Kultur": 0.0609,
                    },
                    "order": "1. Soziales\n2. Bildung\n3. Verkehr\n4. Kultur",
                    "parts": {
                        "Bildung": 312.4,
                        "Verkehr": 187.9,
                        "Soziales": 401.2,
                        "Kultur": 58.5,
                    },
                },
                "Graz gibt 2026 insgesamt 960,0 Mio. € aus. Der größte Posten ist Soziales mit 401,2 Mio. € "
                "(41,8 %), gefolgt von Bildung (32,5 %), Verkehr (19,6 %) und Kultur (6,1 %). Für Soziales wird "
                "rund 2,1-mal so viel ausgegeben wie für Verkehr.",
                llm(
                    "bericht-call",
                    [
                        ("system", "Schreibe auf Deutsch, zwei bis drei Sätze, Beträge in Mio. €."),
                        (
                            "user",
                            'Graz 2026: total 960.0, parts {"Bildung": 312.4, "Verkehr": 187.9, "Soziales": 401.2, '
                            '"Kultur": 58.5}, shares {"Bildung": 0.3254, "Verkehr": 0.1957, "Soziales": 0.4179, '
                            '"Kultur": 0.0609}',
                        ),
                    ],
                    "Graz gibt 2026 insgesamt 960,0 Mio. € aus. Der größte Posten ist Soziales mit 401,2 Mio. € "
                    "(41,8 %), gefolgt von Bildung (32,5 %), Verkehr (19,6 %) und Kultur (6,1 %). Für Soziales "
                    "wird rund 2,1-mal so viel ausgegeben wie für Verkehr.",
                ),
            ),
        ),
    ),
)
