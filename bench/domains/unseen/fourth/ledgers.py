"""A fourth set of the plain kind: agents and chains of prompts that handle sums, claims and orders."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, call, llm, search, step, tool, written

# --- savings-coach-4 ---
_GOAL = {
    "owner": "u-181",
    "topic": "house goal",
    "note": "Wants a deposit of EUR 60,000 for a house by December 2027; no shares, instant-access account only.",
    "saved_on": "2026-04-22",
}
_COACH = (
    "To have EUR 60,000 for your house by December 2027 you still need EUR 38,700. Spread over the 15 months from "
    "October 2026 that is EUR 2,580 a month into your instant-access account."
)

# --- covenant-check-4 ---
_LOAN = """\
FACILITY AGREEMENT dated 4 March 2024 between Brannock Timber Holdings Ltd (the Borrower) and Tideway Bank plc
Clause 1.1 Definitions
"Borrowings" means any indebtedness for money borrowed from banks and under bonds, notes or debentures.
"Cash" means freely available cash at bank and in hand.
"EBITDA" means consolidated operating profit before depreciation and amortisation for a Relevant Period.
"Net Debt" means Borrowings less Cash. For the purpose of this definition liabilities under leases within the
scope of IFRS 16 shall be disregarded, and loans from shareholders subordinated under the Intercreditor Deed
shall not count as Borrowings.
"Relevant Period" means each period of twelve months ending on 30 June or 31 December.
Clause 21 Financial covenants
21.1 Leverage. The ratio of Net Debt to EBITDA in respect of any Relevant Period shall not exceed 3.25 to 1.
21.2 Interest cover. The ratio of EBITDA to net interest shall not be less than 4.00 to 1.
21.3 Testing. The covenants shall be tested within 90 days after the end of each Relevant Period.
Clause 22 Cure
22.1 If clause 21.1 is not met, the Borrower shall notify the Agent within 10 business days and may within
20 business days procure new equity sufficient to restore compliance.
"""
_TERMS = (
    "The bank tests leverage as Net Debt over EBITDA for the twelve months to 30 June or 31 December; the ceiling is "
    "3.25 times. Net Debt is what is owed to banks and under bonds, together with lease liabilities under IFRS 16, "
    "after deducting freely available cash. Subordinated loans from shareholders are left out. Tests are due within "
    "90 days; if the ceiling is exceeded, the borrower has 10 business days to notify the Agent and 20 business days "
    "to bring in new equity."
)
_SHEET = (
    "Brannock Timber Holdings, 30 June 2026, EUR million: bank loans 48.2; senior bond 25.0; lease liabilities "
    "(IFRS 16) 14.6; subordinated shareholder loan 9.0; cash at bank 11.4. EBITDA, twelve months to 30 June 2026: 21.5."
)
_NET = (
    "Counting bank loans 48.2, bond 25.0 and leases 14.6 gives 87.8. Less cash of 11.4 the net debt is EUR 76.4 "
    "million. The shareholder loan of 9.0 is left out."
)
_RATIO = (
    "76.4 / 21.5 = 3.55. The ceiling is 3.25, so the leverage test for 30 June 2026 is not met. To come back to 3.25 "
    "net debt would have to fall to 69.9, that is by EUR 6.5 million."
)
_WAIVER = (
    "Dear Ms Okafor, we hereby notify you under clause 22.1 that leverage at 30 June 2026 was 3.55 times against a "
    "ceiling of 3.25. Our shareholders intend to provide about EUR 6.5 million of new equity within 20 business days."
)

# --- claims-crew-4 ---
_CLAIMS = [
    {"claim": "X-3307", "kind": "travel", "text": "Hotel in Lyon, 2 nights, EUR 338.00, 1 guest"},
    {"claim": "X-3312", "kind": "hospitality", "text": "Dinner with client, 4 persons, EUR 212.00"},
]
_POLICIES = {
    "travel": "Hotels are reimbursed up to EUR 180 a night.",
    "hospitality": "Meals with clients are reimbursed up to EUR 60 a person.",
}
_HANDED = [
    {"to": "checker_1", "claim": _CLAIMS[0], "policy": _POLICIES["hospitality"]},
    {"to": "checker_2", "claim": _CLAIMS[1], "policy": _POLICIES["travel"]},
]
_CHECK_1 = (
    "X-3307: one person, allowed EUR 60, claimed EUR 338.00. Over by EUR 278.00, refuse the excess."
)
_CHECK_2 = "X-3312: one evening, allowed EUR 180, claimed EUR 212.00. Over by EUR 32.00, refuse the excess."
_CLAIM_MAIL = (
    "Hello Joanna, of your two claims we can pay EUR 60.00 for X-3307 and EUR 180.00 for X-3312. EUR 310.00 exceed "
    "our limits and stay with you."
)

# --- charge-history-4 ---
_PAGE_1 = [
    {"id": "ch_901", "date": "2026-06-03", "eur": 12.9},
    {"id": "ch_914", "date": "2026-06-17", "eur": 12.9},
    {"id": "ch_930", "date": "2026-07-01", "eur": 12.9},
    {"id": "ch_947", "date": "2026-07-15", "eur": 12.9},
]
_PAGE_2 = [
    {"id": "ch_962", "date": "2026-07-29", "eur": 14.9},
    {"id": "ch_978", "date": "2026-08-12", "eur": 14.9},
    {"id": "ch_990", "date": "2026-08-26", "eur": 14.9},
]

# --- shop-restock-4 ---
_RESTOCK_MAIL = """\
From: Pilar Quintana, shop Girona
Hola, for the autumn window please send us:
12 Merino beanie navy (MB-01)
 8 Merino beanie grey (MB-02)
10 Wool scarf long (WS-11)
 6 Wool scarf short (WS-12)
20 Cotton socks (CS-30)
Delivery by 2 October if you can. Thanks, Pilar
"""
_LINES = [
    {"sku": "MB-01", "name": "Merino beanie", "variant": "navy", "units": 12},
    {"sku": "MB-02", "name": "Merino beanie", "variant": "grey", "units": 8},
    {"sku": "WS-11", "name": "Wool scarf", "variant": "long", "units": 10},
    {"sku": "WS-12", "name": "Wool scarf", "variant": "short", "units": 6},
    {"sku": "CS-30", "name": "Cotton socks", "variant": "", "units": 20},
]
_KEPT = [_LINES[0], _LINES[2], _LINES[4]]
_PRICED = [
    {"sku": "MB-01", "units": 12, "unit_eur": 9.4, "line_eur": 112.8},
    {"sku": "WS-11", "units": 10, "unit_eur": 14.25, "line_eur": 142.5},
    {"sku": "CS-30", "units": 20, "unit_eur": 2.6, "line_eur": 52.0},
]
_ORDER = (
    "Order for shop Girona: 12 Merino beanie navy (MB-01), 10 Wool scarf long (WS-11), 20 Cotton socks (CS-30). "
    "Total EUR 307.30, leaving the warehouse on 28 September 2026, in Girona on 30 September."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "savings-coach-4",
        "finance",
        "openinference",
        origin="recall",
        why="asked for the memory of member u-118, the store gave that of u-181",
        given="(u-118) You have noted my house goal. How much must I put aside each month from October?",
        made=_COACH,
        outcome="bad",
        told="EUR 60,000 for your house by December 2027",
        root="agent",
        steps=(
            llm(
                "planner",
                [
                    ("system", "You plan for a savings coach. List the steps, no figures."),
                    (
                        "user",
                        "(u-118) You have noted my house goal. How much must I put aside each month from October?",
                    ),
                ],
                "1. Recall the house goal of u-118. 2. Look up the savings balance of u-118. 3. Count the months from "
                "October 2026 to the goal. 4. Divide what is missing. 5. Have it checked and write the answer.",
            ),
            tool("recall", {"owner": "u-118", "topic": "house goal"}, _GOAL),
            tool(
                "balance",
                {"owner": "u-118"},
                {"owner": "u-118", "savings_eur": 21300.0, "as_of": "2026-09-15"},
            ),
            tool(
                "count_months",
                {"first": "2026-10", "last": "2027-12"},
                {"months": 15, "both_ends_counted": True},
            ),
            step(
                "monthly_share",
                {"goal_eur": 60000, "saved_eur": 21300.0, "months": 15},
                {"missing_eur": 38700.0, "per_month_eur": 2580.0},
            ),
            llm(
                "critic",
                "Is the sum right? Goal 60,000, saved 21,300, 15 months, 2,580 a month.",
                "60,000 - 21,300 = 38,700 and 38,700 / 15 = 2,580. The sum is right.",
            ),
            llm(
                "answer",
                "Answer the member in two sentences.\nMemory: "
                + written(_GOAL)
                + "\nMissing: EUR 38,700. Months: 15 from October 2026. A month: EUR 2,580.",
                _COACH,
            ),
        ),
    ),
    SpanCase(
        "covenant-check-4",
        "finance",
        "genai",
        origin="explain_terms",
        why="the agreement disregards IFRS 16 leases, the explanation counts them",
        given="Test Brannock Timber's leverage at 30 June 2026 and draft what we must send to the bank.",
        made=_WAIVER,
        steps=(
            search(
                "agreements",
                "Brannock Timber facility agreement leverage covenant net debt definition",
                {"id": "fa-2024-03", "content": _LOAN, "score": 0.94},
            ),
            llm(
                "explain_terms",
                [
                    (
                        "system",
                        "Explain to a treasurer, in plain prose, how the leverage covenant is tested.",
                    ),
                    ("user", _LOAN),
                ],
                _TERMS,
            ),
            tool(
                "balance_sheet",
                {"entity": "Brannock Timber Holdings", "date": "2026-06-30"},
                _SHEET,
            ),
            llm(
                "net_debt",
                f"Work out net debt under these terms.\n\nTerms: {_TERMS}\n\nFigures: {_SHEET}",
                _NET,
            ),
            llm(
                "ratio_test",
                f"Test the ratio.\n\nTerms: {_TERMS}\n\n{_NET}\n\nEBITDA is EUR 21.5 million.",
                _RATIO,
            ),
            llm(
                "draft_letter",
                "Write to Ms Okafor, Agent at Tideway Bank, what follows from the test. "
                f"Three sentences at most.\n\nTerms: {_TERMS}\n\nTest: {_RATIO}",
                _WAIVER,
            ),
        ),
    ),
    SpanCase(
        "claims-crew-4",
        "finance",
        "misstep",
        origin="dispatch",
        why="each checker was handed the policy of the other kind of claim",
        given={"employee": "Joanna Reyes", "claims": ["X-3307", "X-3312"]},
        made=_CLAIM_MAIL,
        steps=(
            tool("load_claims", {"ids": ["X-3307", "X-3312"]}, _CLAIMS),
            tool("load_policies", {"kinds": ["travel", "hospitality"]}, _POLICIES),
            step("dispatch", {"claims": _CLAIMS, "policies": _POLICIES}, _HANDED),
            agent(
                "checker_1",
                _HANDED[0],
                _CHECK_1,
                llm(
                    "check_first",
                    "Check the claim against the policy you were given. " + written(_HANDED[0]),
                    _CHECK_1,
                ),
            ),
            agent(
                "checker_2",
                _HANDED[1],
                _CHECK_2,
                llm(
                    "check_second",
                    "Check the claim against the policy you were given. " + written(_HANDED[1]),
                    _CHECK_2,
                ),
            ),
            llm(
                "mail",
                f"Tell Joanna Reyes what is paid.\n- {_CHECK_1}\n- {_CHECK_2}",
                _CLAIM_MAIL,
            ),
        ),
    ),
    SpanCase(
        "charge-history-4",
        "support",
        "misstep",
        origin="merge_pages",
        why="of two pages of charges only the second was kept",
        given="I'm on Tonleiter Plus (customer C-4471). How much have you charged me from June to August 2026?",
        made="From June to August 2026 we charged you 3 times, EUR 44.70 in all, each time EUR 14.90.",
        steps=(
            llm(
                "route",
                [
                    ("system", "Choose a tool for the customer's question."),
                    (
                        "user",
                        "I'm on Tonleiter Plus (customer C-4471). How much have you charged me from June to August 2026?",
                    ),
                ],
                call(
                    "list_charges", customer="C-4471", first="2026-06-01", last="2026-08-31", page=1
                ),
            ),
            tool(
                "list_charges",
                {"customer": "C-4471", "first": "2026-06-01", "last": "2026-08-31", "page": 1},
                {"items": _PAGE_1, "has_more": True},
            ),
            tool(
                "list_charges_next",
                {"customer": "C-4471", "first": "2026-06-01", "last": "2026-08-31", "page": 2},
                {"items": _PAGE_2, "has_more": False},
                shown="list_charges",
            ),
            step("merge_pages", {"pages": [_PAGE_1, _PAGE_2]}, {"charges": _PAGE_2}),
            step("add_up", {"charges": _PAGE_2}, {"count": 3, "sum_eur": 44.7}),
            llm(
                "reply",
                "Answer the customer in one sentence. Charges June to August 2026: "
                + written({"count": 3, "sum_eur": 44.7, "charges": _PAGE_2}),
                "From June to August 2026 we charged you 3 times, EUR 44.70 in all, each time EUR 14.90.",
            ),
        ),
    ),
    SpanCase(
        "shop-restock-4",
        "retail",
        "misstep",
        origin="unique_articles",
        why="articles were made unique by name, which threw out the second variant of beanie and scarf",
        given=_RESTOCK_MAIL,
        made=_ORDER,
        outcome="contract",
        told="the order lists fewer articles than the mail: MB-02 and WS-12 are not in it",
        steps=(
            llm(
                "read_mail",
                [
                    ("system", "List the articles ordered as JSON: sku, name, variant, units."),
                    ("user", _RESTOCK_MAIL),
                ],
                written(_LINES),
            ),
            step("unique_articles", _LINES, _KEPT),
            tool(
                "price_list",
                {"skus": ["MB-01", "WS-11", "CS-30"]},
                {"MB-01": 9.4, "WS-11": 14.25, "CS-30": 2.6, "currency": "EUR"},
            ),
            step(
                "price_lines",
                {"lines": _KEPT, "prices": {"MB-01": 9.4, "WS-11": 14.25, "CS-30": 2.6}},
                _PRICED,
            ),
            tool(
                "delivery_slot",
                {"shop": "Girona", "latest": "2026-10-02"},
                {"leaves": "2026-09-28", "arrives": "2026-09-30"},
            ),
            llm(
                "order_text",
                "Write the order for the warehouse.\nLines: "
                + written(_KEPT)
                + "\nPrices: "
                + written(_PRICED)
                + "\nLeaves 2026-09-28, arrives 2026-09-30. Total EUR 307.30.",
                _ORDER,
            ),
        ),
    ),
)
