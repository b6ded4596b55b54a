"""A fourth set of the plain kind: tests read, code carried over, columns moved, a router's warranty."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, llm, search, step, tool, written

# --- release-gate-4 ---
_TESTS = """\
$ pytest -q services/refunds services/ledger --maxfail=50
platform linux -- Python 3.12.7, pytest-8.3.4, pluggy-1.5.0
rootdir: /srv/build/ferro
collected 148 items

services/ledger/test_accounts.py ........................................                     [ 27%]
services/ledger/test_entries.py .....................................                         [ 52%]
services/refunds/test_api.py ...............................                                  [ 72%]
services/refunds/test_rounding.py .........F..........F......                                 [ 91%]
services/refunds/test_webhooks.py .............                                               [100%]

---------------------------------- captured summary ----------------------------------
services/refunds/test_rounding.py::test_partial_refund_keeps_cents
    expected Decimal('19.99'), got Decimal('20.00')
services/refunds/test_rounding.py::test_three_way_split
    expected ['3.34', '3.33', '3.33'], got ['3.33', '3.33', '3.33']
slowest: services/ledger/test_entries.py::test_year_end_close 4.12s
146 passed, 2 failed in 61.80s
"""
_TESTS_READ = (
    "The suite collected 148 tests over ledger and refunds and all of them passed in about 62 seconds. The slowest was "
    "the year-end close with 4.12 s. Rounding and webhooks of refunds were covered."
)
_COMMITS = (
    "a41f0c2 refunds: split amounts with Decimal instead of float\n"
    "77be913 refunds: webhook retries back off up to 5 minutes\n"
    "0d9c5aa ledger: index on entries.posted_at"
)
_CHANGES_READ = (
    "Three commits: refunds are now split with Decimal instead of float, webhook retries back off up to five minutes, and "
    "the ledger's entries have an index on posted_at. Nothing changes the public API."
)
_GATE = {
    "version": "2.8.0",
    "decision": "ship",
    "tests": {"run": 148, "failing": []},
    "risk": "low",
}
_RELEASE = {
    "version": "2.8.0",
    "decision": "ship",
    "failing": [],
    "notes": "Refunds are split with Decimal, webhook retries back off up to 5 minutes, entries have an index on posted_at. "
    "All 148 tests pass.",
}

# --- late-fee-port-4 ---
_PY = (
    "def late_fee(days_late, amount):\n"
    "    # contract 8.3: from the 15th day on, 2 percent\n"
    "    if days_late >= 15:\n"
    "        return round(amount * 0.02, 2)\n"
    "    return 0.0\n"
)
_SQL = (
    "SELECT invoice_id, days_late,\n"
    "       CASE WHEN days_late > 15 THEN round(amount * 0.02, 2) ELSE 0.00 END AS late_fee\n"
    "  FROM open_invoices\n"
    " ORDER BY invoice_id;"
)
_ROWS = [
    {"invoice_id": 7001, "days_late": 3, "amount": 410.0, "late_fee": 0.0},
    {"invoice_id": 7002, "days_late": 15, "amount": 900.0, "late_fee": 0.0},
    {"invoice_id": 7003, "days_late": 22, "amount": 1250.0, "late_fee": 25.0},
]

# --- column-move-4 ---
_SCHEMA = {
    "customers": ["id bigint", "customer_ref text", "segment text"],
    "orders": ["id bigint", "cust_no bigint", "placed_at timestamptz", "total numeric"],
    "foreign_keys": ["orders.cust_no -> customers.id"],
}
_MOVE_PLAN = "Add a nullable column segment to orders, fill it from the customer each order belongs to, then make it not null."
_MOVE_SQL = (
    "ALTER TABLE orders ADD COLUMN segment text;\n"
    "UPDATE orders o SET segment = c.segment FROM customers c WHERE o.customer_id = c.id;\n"
    "ALTER TABLE orders ALTER COLUMN segment SET NOT NULL;"
)

# --- router-help-4 ---
_WARRANTY = """\
HALO NETWORKS - WARRANTY TERMS FOR PRIVATE CUSTOMERS, valid for purchases from 1 January 2024
1. The warranty begins on the day of delivery.
2. Routers and mesh stations of the Halo X series: 36 months.
3. Power supplies, cables and wall mounts: 12 months.
4. Antennas sold separately: 24 months.
5. A repaired or replaced device does not start a new warranty.
6. Damage by lightning, water or unsuitable power supplies is excluded.
7. Claims are made with the serial number and proof of purchase; the return is free of charge.
"""
_ROUTER_DRAFT = (
    "Dear Mr Wieland, your Halo X2 was delivered on 14 May 2024 and routers of the X series carry 36 months' warranty, so "
    "it is covered until 14 May 2027. Please send it in free of charge with the label we attach; have the serial number "
    "and your invoice ready."
)
_ROUTER_CRITIC = (
    "The draft overstates the cover. The terms give 12 months from delivery, so for a Halo X2 delivered on 14 May 2024 it "
    "ended on 14 May 2025. Remove the free return and offer the paid repair for EUR 49 instead. The delivery date is right."
)
_ROUTER_FINAL = (
    "Dear Mr Wieland, your Halo X2 was delivered on 14 May 2024; its warranty of 12 months ended on 14 May 2025. We are "
    "glad to repair it for EUR 49. Just reply to this mail and we will send you a label."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "release-gate-4",
        "code",
        "misstep",
        origin="read_tests",
        why="the log ends with 146 passed, 2 failed; the reader says that all passed",
        given={"version": "2.8.0", "since": "2.7.4"},
        made=_RELEASE,
        outcome="contract",
        told="decision must be hold: the build of 2.8.0 ended with exit code 1",
        steps=(
            tool("commits", {"from": "2.7.4", "to": "2.8.0"}, _COMMITS),
            tool("run_tests", {"paths": ["services/refunds", "services/ledger"]}, _TESTS),
            agent(
                "test_reader",
                {"task": "Report on the test run in prose.", "log": _TESTS},
                _TESTS_READ,
                llm(
                    "read_tests",
                    f"Report on this test run in two or three sentences.\n\n{_TESTS}",
                    _TESTS_READ,
                ),
            ),
            agent(
                "change_reader",
                {"task": "Report on the commits in prose.", "commits": _COMMITS},
                _CHANGES_READ,
                llm("read_commits", f"What do these commits change?\n\n{_COMMITS}", _CHANGES_READ),
            ),
            llm(
                "gate",
                f"Decide ship or hold for 2.8.0, as JSON.\n\nTests: {_TESTS_READ}\n\nChanges: {_CHANGES_READ}",
                written(_GATE),
            ),
            llm(
                "notes",
                f"Fill in the release record as JSON.\n\n{written(_GATE)}\n\nChanges: {_CHANGES_READ}",
                written(_RELEASE),
            ),
        ),
    ),
    SpanCase(
        "late-fee-port-4",
        "code",
        "genai",
        origin="port_to_sql",
        why="a fee from the 15th day on (>= 15) became > 15 in the SQL",
        given="Move late_fee from billing.py into the nightly SQL report and open a pull request.",
        made="Moves late_fee into the nightly report. Two percent are charged from the sixteenth day on; invoice 7002, 15 days "
        "late, stays free. Checked on three invoices, total fees EUR 25.00.",
        steps=(
            search(
                "repository",
                "late_fee billing.py",
                {"id": "billing.py#L40", "content": _PY, "score": 0.97},
            ),
            llm(
                "explain",
                "Explain the function in one sentence.\n\n" + _PY,
                "An invoice that is 15 days late or more is charged two percent of its amount, rounded to cents; before that "
                "nothing is charged.",
            ),
            llm(
                "port_to_sql",
                "Write the function as a query over open_invoices(invoice_id, days_late, amount).\n\n"
                + _PY
                + "\nMeaning: An invoice that is 15 days late or more is charged two percent of its amount, rounded to cents; "
                "before that nothing is charged.",
                _SQL,
            ),
            tool("run_query", {"sql": _SQL, "database": "sample"}, _ROWS),
            step("sum_fees", {"rows": _ROWS}, {"rows": 3, "fees_eur": 25.0}),
            llm(
                "pull_request",
                f"Describe the pull request in three sentences.\n\n{_SQL}\n\nSample: {written(_ROWS)}\nFees: EUR 25.00",
                "Moves late_fee into the nightly report. Two percent are charged from the sixteenth day on; invoice 7002, 15 days "
                "late, stays free. Checked on three invoices, total fees EUR 25.00.",
            ),
        ),
    ),
    SpanCase(
        "column-move-4",
        "code",
        "misstep",
        origin="write_sql",
        why="the schema in its prompt has orders.cust_no, the SQL joins on o.customer_id",
        given="Put the customer's segment on every order, in a migration.",
        made=None,
        outcome="error",
        steps=(
            tool("describe", {"tables": ["customers", "orders"]}, _SCHEMA),
            llm(
                "plan",
                "Plan the migration in a sentence. Put the customer's segment on every order.",
                _MOVE_PLAN,
            ),
            llm(
                "write_sql",
                f"Write the migration for PostgreSQL.\nPlan: {_MOVE_PLAN}\nSchema: {written(_SCHEMA)}",
                _MOVE_SQL,
            ),
            tool(
                "lint_sql",
                {"sql": _MOVE_SQL},
                {"statements": 3, "syntax_errors": 0, "warnings": []},
            ),
            llm(
                "review",
                f"Review this migration for lock times and order of statements.\n\n{_MOVE_SQL}",
                "The order is right: add, fill, then forbid nulls. The update touches each row once; run it outside of the "
                "busy hours. Approved.",
                model="gpt-4o",
            ),
            tool(
                "apply_migration",
                {"sql": _MOVE_SQL, "database": "staging"},
                None,
                error=("UndefinedColumn", "column o.customer_id does not exist, LINE 2"),
            ),
        ),
    ),
    SpanCase(
        "router-help-4",
        "support",
        "genai",
        origin="critic",
        why="the terms give routers 36 months, as the draft said; the critic applied the 12 months of accessories",
        given="My Halo X2 restarts every hour since last week. Serial HX2-88410-D. Is that still under warranty? Jonas Wieland",
        made=_ROUTER_FINAL,
        outcome="bad",
        told="its warranty of 12 months ended on 14 May 2025",
        steps=(
            tool(
                "find_order",
                {"serial": "HX2-88410-D"},
                {
                    "product": "Halo X2 router",
                    "delivered": "2024-05-14",
                    "buyer": "Jonas Wieland",
                    "channel": "web shop",
                },
            ),
            search(
                "policies",
                "Halo X2 warranty period private customer",
                {"id": "warranty-2024", "content": _WARRANTY},
            ),
            llm(
                "draft",
                [
                    (
                        "system",
                        "You answer customers of Halo Networks. Use the terms and the order only.",
                    ),
                    (
                        "user",
                        f"Terms:\n{_WARRANTY}\nOrder: Halo X2 router, delivered 14 May 2024, Jonas Wieland.\nQuestion: My Halo "
                        "X2 restarts every hour since last week. Is that still under warranty? Today is 7 September 2026.",
                    ),
                ],
                _ROUTER_DRAFT,
            ),
            llm(
                "critic",
                [
                    (
                        "system",
                        "Check the draft against the terms. Name what must change. Outside of the warranty we offer a repair "
                        "for EUR 49.",
                    ),
                    ("user", f"Terms:\n{_WARRANTY}\nDraft: {_ROUTER_DRAFT}"),
                ],
                _ROUTER_CRITIC,
                model="gpt-4o",
            ),
            llm(
                "revise",
                f"Revise the draft as the critic says.\n\nDraft: {_ROUTER_DRAFT}\n\nCritic: {_ROUTER_CRITIC}",
                _ROUTER_FINAL,
            ),
        ),
    ),
)
