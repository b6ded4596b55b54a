"""Recorded runs: finance and retail."""

from __future__ import annotations

from bench.domains.case import DomainCase, hop

_STATEMENT = (
    "Quarterly statement, Harrow Components plc. Revenue by segment: Fasteners GBP 4.82m, "
    "Bearings GBP 3.16m, Couplings GBP 2.41m, Service GBP 1.07m. Operating costs GBP 8.90m. "
    "Headcount 214 at quarter end, 209 a year before."
)
_SEGMENTS = [
    {"segment": "Fasteners", "revenue_m": 4.82},
    {"segment": "Bearings", "revenue_m": 3.16},
    {"segment": "Couplings", "revenue_m": 2.41},
    {"segment": "Service", "revenue_m": 1.07},
]
_TRIPS = (
    "Expense claim EC-5518, employee Ines Marchetti, trip to Ghent 11-14 March 2025. Hotel 3 nights "
    "at EUR 142.00, train EUR 187.40, dinners EUR 96.30. Policy: hotels up to EUR 120 a night, "
    "dinners up to EUR 40 a day."
)
_FUND = (
    "Fund note. The Lindqvist Small Cap fund returned 6.4% in 2023 and 9.1% in 2024. Its benchmark "
    "returned 7.2% and 8.3%. Ongoing charge 0.85%. Assets under management SEK 1.42 billion."
)
_BASKET = {
    "order": "R-77120",
    "customer": "Petra Novak",
    "lines": [
        {"sku": "KT-204", "title": "Kettle, brushed steel", "qty": 1, "price": 49.90},
        {"sku": "MG-011", "title": "Mug, stoneware", "qty": 6, "price": 8.50},
        {"sku": "TR-330", "title": "Serving tray", "qty": 2, "price": 21.00},
    ],
    "coupon": "AUTUMN15",
}
_CATALOGUE = [
    {"sku": "TN-100", "title": "Two-person tent Aster", "price": 189.0, "weight_g": 2300},
    {"sku": "TN-140", "title": "Two-person tent Borea", "price": 259.0, "weight_g": 1650},
    {"sku": "SB-020", "title": "Sleeping bag Calyx", "price": 119.0, "weight_g": 980},
]

CASES = [
    DomainCase(
        name="treasury-1",
        domain="finance",
        origin="convert",
        why="divided by the stated rate instead of multiplying",
        given={"invoice": "PX-3309", "pay_in": "USD"},
        made={"invoice": "PX-3309", "amount_usd": 6851.85, "status": "scheduled"},
        hops=[
            hop(
                "fetch_invoice",
                "tool",
                {"invoice": "PX-3309"},
                {
                    "invoice": "PX-3309",
                    "supplier": "Moravec s.r.o.",
                    "amount": 7400.0,
                    "currency": "EUR",
                },
            ),
            hop(
                "fetch_rate",
                "tool",
                {"from": "EUR", "to": "USD"},
                {"pair": "EUR/USD", "rate": 1.08, "as_of": "2025-04-02"},
            ),
            hop(
                "convert",
                "llm",
                {"amount": 7400.0, "currency": "EUR", "to": "USD", "rate": 1.08},
                {"amount_usd": 6851.85, "rate": 1.08},
            ),
            hop(
                "check_limits",
                "llm",
                {"amount_usd": 6851.85, "limit_usd": 7500},
                {"within_limit": True, "note": "6,851.85 USD is below the limit of 7,500 USD"},
            ),
            hop(
                "schedule",
                "tool",
                {"invoice": "PX-3309", "amount_usd": 6851.85},
                {"status": "scheduled", "invoice": "PX-3309", "amount_usd": 6851.85},
            ),
        ],
    ),
    DomainCase(
        name="quarterly-1",
        domain="finance",
        origin="aggregate",
        why="the sum leaves out one of the listed segments",
        given="Write the revenue paragraph of the quarterly note.",
        made="Harrow Components earned GBP 9.05m this quarter against costs of GBP 8.90m.",
        outcome="bad",
        hops=[
            hop("load_statement", "tool", {"document": "harrow-q3"}, _STATEMENT),
            hop("extract_segments", "llm", _STATEMENT, {"segments": _SEGMENTS, "costs_m": 8.9}),
            hop(
                "aggregate",
                "llm",
                {"segments": _SEGMENTS},
                {"segments": _SEGMENTS, "total_revenue_m": 9.05},
            ),
            hop(
                "compare",
                "llm",
                {"revenue_m": 9.05, "costs_m": 8.9},
                {"margin_m": 0.15, "comment": "a margin of GBP 0.15m"},
            ),
            hop(
                "write_note",
                "llm",
                {"revenue_m": 9.05, "costs_m": 8.9, "margin_m": 0.15},
                "Harrow Components earned GBP 9.05m this quarter against costs of GBP 8.90m.",
            ),
        ],
    ),
    DomainCase(
        name="expenses-1",
        domain="finance",
        origin="summarise_claim",
        why="the hotel limit of the policy is not carried on",
        given={"claim": "EC-5518"},
        made={"claim": "EC-5518", "decision": "approve", "approved_eur": 709.7},
        outcome="bad",
        hops=[
            hop("load_claim", "tool", {"claim": "EC-5518"}, {"text": _TRIPS}),
            hop(
                "plan_audit",
                "llm",
                {"text": _TRIPS},
                {
                    "steps": ["read the items", "compare with the limits", "decide"],
                    "constraints": ["hotel <= 120 EUR a night", "dinners <= 40 EUR a day"],
                },
            ),
            hop(
                "summarise_claim",
                "llm",
                {
                    "text": _TRIPS,
                    "constraints": ["hotel <= 120 EUR a night", "dinners <= 40 EUR a day"],
                },
                {
                    "items": [
                        {"item": "hotel", "nights": 3, "per_night": 142.0},
                        {"item": "train", "amount": 187.4},
                        {"item": "dinners", "amount": 96.3},
                    ],
                    "constraints": ["dinners <= 40 EUR a day"],
                },
            ),
            hop(
                "audit",
                "llm",
                {
                    "items": [
                        {"item": "hotel", "nights": 3, "per_night": 142.0},
                        {"item": "train", "amount": 187.4},
                        {"item": "dinners", "amount": 96.3},
                    ],
                    "constraints": ["dinners <= 40 EUR a day"],
                },
                {"violations": [], "total": 709.7},
            ),
            hop(
                "decide",
                "llm",
                {"violations": [], "total": 709.7},
                {"decision": "approve", "approved_eur": 709.7},
            ),
        ],
    ),
    DomainCase(
        name="fundnote-1",
        domain="finance",
        origin=None,
        why="differences, ratios and rounding of what the note says; a refused call that was repeated",
        given="Compare the Lindqvist fund with its benchmark for a client letter.",
        made=(
            "In 2024 the fund beat its benchmark by 0.8 percentage points; over the two years the "
            "gap is zero, since it lagged by 0.8 points in 2023. Assets are about SEK 1.4 billion."
        ),
        hops=[
            hop("retrieve_note", "retriever", {"query": "Lindqvist Small Cap"}, [{"text": _FUND}]),
            hop(
                "extract_figures",
                "llm",
                {"text": _FUND},
                None,
                error=("RateLimitError", "429 Too Many Requests"),
            ),
            hop(
                "extract_figures_again",
                "llm",
                {"text": _FUND},
                {
                    "fund": {"2023": 0.064, "2024": 0.091},
                    "benchmark": {"2023": 0.072, "2024": 0.083},
                    "charge": 0.0085,
                    "aum_sek": 1420000000,
                },
            ),
            hop(
                "differences",
                "tool",
                {
                    "fund": {"2023": 0.064, "2024": 0.091},
                    "benchmark": {"2023": 0.072, "2024": 0.083},
                },
                {"2023": -0.008, "2024": 0.008},
            ),
            hop(
                "write_letter",
                "llm",
                {"differences": {"2023": -0.008, "2024": 0.008}, "aum_sek": 1420000000},
                "In 2024 the fund beat its benchmark by 0.8 percentage points; over the two years the "
                "gap is zero, since it lagged by 0.8 points in 2023. Assets are about SEK 1.4 billion.",
            ),
        ],
    ),
    DomainCase(
        name="checkout-1",
        domain="retail",
        origin="apply_coupon",
        why="the discount stated is not 15 % of the subtotal",
        given=_BASKET,
        made="Order R-77120: subtotal 142.90, discount 31.44, to pay 111.46.",
        outcome="unknown",
        hops=[
            hop("load_basket", "tool", {"order": "R-77120"}, _BASKET),
            hop(
                "subtotal",
                "tool",
                {"lines": _BASKET["lines"]},
                {"subtotal": 142.9},
            ),
            hop(
                "look_up_coupon",
                "tool",
                {"coupon": "AUTUMN15"},
                {"coupon": "AUTUMN15", "percent": 15, "valid_until": "2025-11-30"},
            ),
            hop(
                "apply_coupon",
                "llm",
                {"subtotal": 142.9, "percent": 15},
                {
                    "text": "15% of 142.90 is 31.44, so 111.46 remains.",
                    "discount": 31.44,
                    "to_pay": 111.46,
                },
            ),
            hop(
                "confirm",
                "llm",
                {"order": "R-77120", "subtotal": 142.9, "discount": 31.44, "to_pay": 111.46},
                "Order R-77120: subtotal 142.90, discount 31.44, to pay 111.46.",
            ),
        ],
    ),
    DomainCase(
        name="outfitter-1",
        domain="retail",
        origin="recommend",
        why="recommends an article that the catalogue does not hold",
        given="A light two-person tent under 300 euro, please.",
        made="We suggest the Two-person tent Dorado (TN-155) at 239.00 EUR, only 1480 g.",
        outcome="unknown",
        hops=[
            hop(
                "understand",
                "llm",
                "A light two-person tent under 300 euro, please.",
                {"category": "tent", "persons": 2, "max_price": 300, "wish": "light"},
            ),
            hop(
                "search_catalogue",
                "retriever",
                {"category": "tent", "max_price": 300},
                _CATALOGUE,
            ),
            hop(
                "rank",
                "tool",
                {"articles": _CATALOGUE, "by": "weight_g"},
                [_CATALOGUE[2], _CATALOGUE[1], _CATALOGUE[0]],
            ),
            hop(
                "recommend",
                "llm",
                {"wish": "light", "articles": [_CATALOGUE[1], _CATALOGUE[0]]},
                {
                    "sku": "TN-155",
                    "title": "Two-person tent Dorado",
                    "price": 239.0,
                    "weight_g": 1480,
                },
            ),
            hop(
                "answer",
                "llm",
                {
                    "sku": "TN-155",
                    "title": "Two-person tent Dorado",
                    "price": 239.0,
                    "weight_g": 1480,
                },
                "We suggest the Two-person tent Dorado (TN-155) at 239.00 EUR, only 1480 g.",
            ),
        ],
    ),
    DomainCase(
        name="storecheck-1",
        domain="retail",
        origin=None,
        why="shares, sums and a multiple computed rightly; local notation",
        given="How did the three shops do in October?",
        made=(
            "Together the shops took €92,000. Linz led with a 45.7% share, about 1.6 times what "
            "Graz took; Wels contributed the remaining 25.0%."
        ),
        hops=[
            hop(
                "query_sales",
                "tool",
                {"sql": "select shop, sum(amount) from sales where month = '2025-10' group by 1"},
                [
                    {"shop": "Linz", "umsatz": "42.000,00"},
                    {"shop": "Graz", "umsatz": "27.000,00"},
                    {"shop": "Wels", "umsatz": "23.000,00"},
                ],
            ),
            hop(
                "normalise",
                "chain",
                [
                    {"shop": "Linz", "umsatz": "42.000,00"},
                    {"shop": "Graz", "umsatz": "27.000,00"},
                    {"shop": "Wels", "umsatz": "23.000,00"},
                ],
                {"Linz": 42000.0, "Graz": 27000.0, "Wels": 23000.0},
            ),
            hop(
                "shares",
                "llm",
                {"Linz": 42000.0, "Graz": 27000.0, "Wels": 23000.0},
                {"total": 92000.0, "shares": {"Linz": 45.7, "Graz": 29.3, "Wels": 25.0}},
            ),
            hop(
                "draft",
                "llm",
                {
                    "sales": {"Linz": 42000.0, "Graz": 27000.0, "Wels": 23000.0},
                    "total": 92000.0,
                    "shares": {"Linz": 45.7, "Graz": 29.3, "Wels": 25.0},
                },
                "Together the three shops took €92,000. Linz was first with 45.7%, roughly 1.6 times "
                "Graz. Wels made up the remaining 25.0%.",
            ),
            hop(
                "polish",
                "llm",
                "Together the three shops took €92,000. Linz was first with 45.7%, roughly 1.6 times "
                "Graz. Wels made up the remaining 25.0%.",
                "Together the shops took €92,000. Linz led with a 45.7% share, about 1.6 times what "
                "Graz took; Wels contributed the remaining 25.0%.",
            ),
        ],
    ),
]
