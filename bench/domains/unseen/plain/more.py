"""Recorded runs with one planted fault each, of the plain kind: code, retail, translation, incidents."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, step, tool, written

_TESTS = (
    "============ test session starts ============\ncollected 44 items\n\n"
    "tests/test_cart.py ......F....\ntests/test_tax.py ....F.F.........\ntests/test_api.py .................\n"
    "FAILED tests/test_cart.py::test_discount - AssertionError\nFAILED tests/test_tax.py::test_rounding - AssertionError\n"
    "FAILED tests/test_tax.py::test_exempt - KeyError: 'exempt'\n"
    "============ 3 failed, 41 passed in 6.12s ============"
)
_ISSUE = "Requests to the billing service hang for ever. Please set a timeout of 30 seconds and retry at most 2 times."
_CART_MAIL = (
    "Hello, please order for our kitchen: 6 x olive oil 1 l, 10 x basmati rice 5 kg, 4 x sea salt 1 kg, "
    "2 x black pepper 500 g and 12 x tomato passata 700 g. Delivery on Friday. Regards, Trattoria Nino"
)
_LINES = [
    {"article": "olive oil 1 l", "qty": 6},
    {"article": "basmati rice 5 kg", "qty": 10},
    {"article": "sea salt 1 kg", "qty": 4},
    {"article": "black pepper 500 g", "qty": 2},
]
_DISCOUNTS = "Discount policy: gold members get 10 % off orders over 200 EUR, silver members 5 %. No other discounts apply."
_PRESSE = (
    "Die Stadtwerke Hellingen haben 2025 einen Umsatz von 1,5 Millionen Euro erzielt, 4 Prozent mehr als im Vorjahr. "
    "Die Zahl der Kunden stieg auf 8.200. Für 2026 sind Investitionen von 320.000 Euro geplant."
)
_WARNUNG = "Achtung: Das Gehäuse darf während des Betriebs nicht geöffnet werden. Vor der Reinigung den Netzstecker ziehen."
_SEVERITY = (
    "SEV1: more than 50 % of customers affected or data loss. SEV2: 10 to 50 % of customers affected. "
    "SEV3: fewer than 10 % of customers affected."
)
_ALERT = {
    "service": "checkout",
    "started": "2026-04-21T09:42Z",
    "ended": "2026-04-21T11:17Z",
    "customers_affected_pct": 62,
    "data_loss": False,
}
_TICKETS = [
    {"id": "INC-2203", "service": "search", "cause": "expired TLS certificate", "customers": 1840},
    {
        "id": "INC-2230",
        "service": "payments",
        "cause": "exhausted connection pool",
        "customers": 312,
    },
]

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "ci-report-1",
        "code",
        "misstep",
        origin="read_tests",
        why="3 failed and 41 passed; the hop says none failed",
        given={"branch": "feature/tax-rules", "commit": "9f31c2e"},
        made="Branch feature/tax-rules (9f31c2e): all 44 tests passed. Ready to merge.",
        outcome="bad",
        steps=(
            tool("checkout", {"branch": "feature/tax-rules"}, {"commit": "9f31c2e"}),
            tool("run_tests", {"cmd": "pytest -q"}, {"stdout": _TESTS, "exit_code": 1}),
            llm(
                "read_tests",
                "Summarise the test run as JSON with total, passed, failed:\n" + _TESTS,
                '{"total": 44, "passed": 44, "failed": 0}',
            ),
            step("gate", {"total": 44, "passed": 44, "failed": 0}, {"mergeable": True}),
            llm(
                "comment",
                'Write the PR comment: {"branch": "feature/tax-rules", "commit": "9f31c2e", "total": 44, "passed": 44, "failed": 0, "mergeable": true}',
                "Branch feature/tax-rules (9f31c2e): all 44 tests passed. Ready to merge.",
            ),
            tool(
                "post_comment",
                {
                    "body": "Branch feature/tax-rules (9f31c2e): all 44 tests passed. Ready to merge."
                },
                {"posted": True},
            ),
        ),
    ),
    SpanCase(
        "code-fix-1",
        "code",
        "genai",
        origin="write_patch",
        why="30 seconds were asked for, the patch sets 3",
        given=_ISSUE,
        made="Set a timeout of 3 seconds and at most 2 retries for the billing client in billing/client.py.",
        steps=(
            llm(
                "plan",
                "Plan the change for this issue: " + _ISSUE,
                "1. Open billing/client.py. 2. Pass timeout=30 to the session. 3. Set max_retries to 2.",
            ),
            tool(
                "read_file",
                {"path": "billing/client.py"},
                {"content": "session = Session()\nresponse = session.post(URL, json=body)\n"},
            ),
            llm(
                "write_patch",
                "Issue: "
                + _ISSUE
                + "\nPlan: Pass timeout=30 to the session, set max_retries to 2.\nFile:\nsession = Session()\nresponse = session.post(URL, json=body)\n",
                "session = Session(max_retries=2)\nresponse = session.post(URL, json=body, timeout=3)\n",
            ),
            tool(
                "apply_patch",
                {
                    "path": "billing/client.py",
                    "content": "session = Session(max_retries=2)\nresponse = session.post(URL, json=body, timeout=3)\n",
                },
                {"applied": True},
            ),
            tool("run_tests", {"path": "tests/billing"}, {"passed": 12, "failed": 0}),
            llm(
                "describe",
                "Describe the change:\n+session = Session(max_retries=2)\n+response = session.post(URL, json=body, timeout=3)",
                "Set a timeout of 3 seconds and at most 2 retries for the billing client in billing/client.py.",
            ),
        ),
    ),
    SpanCase(
        "wholesale-order-1",
        "retail",
        "openinference",
        origin="parse_lines",
        why="the fifth article, tomato passata, is missing",
        given=_CART_MAIL,
        made="Dear Trattoria Nino, thank you for your order of 4 articles (olive oil, basmati rice, sea salt, black pepper). Delivery is on Friday.",
        outcome="bad",
        steps=(
            step("clean_mail", _CART_MAIL, {"body": _CART_MAIL, "sender": "Trattoria Nino"}),
            llm(
                "parse_lines",
                "Extract every order line as JSON [{article, qty}]: " + _CART_MAIL,
                written(_LINES),
                shown="parse_lines",
            ),
            tool("check_stock", {"lines": _LINES}, {"available": True, "lines": 4}),
            tool(
                "create_order",
                {"customer": "Trattoria Nino", "lines": _LINES, "delivery": "Friday"},
                {"order": "SO-66120", "lines": 4},
            ),
            llm(
                "confirm",
                "Confirm the order to Trattoria Nino: "
                + written({"order": "SO-66120", "lines": _LINES, "delivery": "Friday"}),
                "Dear Trattoria Nino, thank you for your order of 4 articles (olive oil, basmati rice, sea salt, black pepper). Delivery is on Friday.",
                shown="confirm",
            ),
            tool(
                "send_mail",
                {
                    "body": "Dear Trattoria Nino, thank you for your order of 4 articles (olive oil, basmati rice, sea salt, black pepper). Delivery is on Friday."
                },
                {"sent": True},
            ),
        ),
    ),
    SpanCase(
        "member-price-1",
        "retail",
        "misstep",
        origin="apply_policy",
        why="gold members get 10 %, 15 % were applied",
        given={"customer": "C-8841", "cart_total": 240.00},
        made="Your gold discount of 15 % (EUR 36.00) has been applied. You pay EUR 204.00.",
        outcome="contract",
        told="discount_percent: 15 is greater than the maximum of 10",
        steps=(
            tool("get_customer", {"customer": "C-8841"}, {"customer": "C-8841", "tier": "gold"}),
            tool("get_policy", {"name": "discounts"}, {"text": _DISCOUNTS}),
            llm(
                "apply_policy",
                _DISCOUNTS
                + '\nWhich discount applies? {"customer": "C-8841", "tier": "gold", "cart_total": 240.00} Answer as JSON.',
                '{"discount_percent": 15}',
            ),
            step(
                "price",
                {"cart_total": 240.00, "discount_percent": 15},
                {"discount": 36.00, "to_pay": 204.00},
            ),
            llm(
                "message",
                'Write the checkout message: {"tier": "gold", "discount_percent": 15, "discount": 36.00, "to_pay": 204.00}',
                "Your gold discount of 15 % (EUR 36.00) has been applied. You pay EUR 204.00.",
            ),
            tool(
                "show",
                {
                    "text": "Your gold discount of 15 % (EUR 36.00) has been applied. You pay EUR 204.00."
                },
                {"shown": True},
            ),
        ),
    ),
    SpanCase(
        "press-translation-1",
        "translation",
        "genai",
        origin="translate",
        why="1,5 Millionen became 15 million",
        given=_PRESSE,
        made="Stadtwerke Hellingen: revenue of 15 million euros in 2025, up 4 percent; 8,200 customers; 320,000 euros to be invested in 2026.",
        outcome="bad",
        told="15 million euros",
        steps=(
            llm("detect", "Which language is this? " + _PRESSE, "de"),
            tool(
                "glossary",
                {"source": "de", "target": "en"},
                {"Stadtwerke": "Stadtwerke (municipal utilities)", "Umsatz": "revenue"},
            ),
            llm(
                "translate",
                [
                    (
                        "system",
                        "Translate from German to English. Use the glossary: Umsatz = revenue.",
                    ),
                    ("user", _PRESSE),
                ],
                "Stadtwerke Hellingen generated revenue of 15 million euros in 2025, 4 percent more than in the previous year. The number of customers rose to 8,200. Investments of 320,000 euros are planned for 2026.",
            ),
            llm(
                "proofread",
                "Proofread: Stadtwerke Hellingen generated revenue of 15 million euros in 2025, 4 percent more than in the previous year. The number of customers rose to 8,200. Investments of 320,000 euros are planned for 2026.",
                "Stadtwerke Hellingen generated revenue of 15 million euros in 2025, 4 percent more than the year before. The number of customers rose to 8,200. Investments of 320,000 euros are planned for 2026.",
            ),
            llm(
                "headline",
                "One-line summary: Stadtwerke Hellingen generated revenue of 15 million euros in 2025, 4 percent more than the year before. The number of customers rose to 8,200. Investments of 320,000 euros are planned for 2026.",
                "Stadtwerke Hellingen: revenue of 15 million euros in 2025, up 4 percent; 8,200 customers; 320,000 euros to be invested in 2026.",
            ),
            tool(
                "publish",
                {
                    "text": "Stadtwerke Hellingen: revenue of 15 million euros in 2025, up 4 percent; 8,200 customers; 320,000 euros to be invested in 2026."
                },
                {"published": True},
            ),
        ),
    ),
    SpanCase(
        "manual-translation-1",
        "translation",
        "misstep",
        origin="translate",
        why="the housing must not be opened; the translation says it may be",
        given={"page": 12, "target": "en"},
        made="Caution: The housing may be opened during operation. Unplug the device before cleaning.",
        steps=(
            tool("load_page", {"page": 12}, {"text": _WARNUNG, "language": "de"}),
            tool("memory", {"text": _WARNUNG}, {"matches": []}),
            llm(
                "translate",
                [("system", "Translate this safety notice into English."), ("user", _WARNUNG)],
                "Caution: The housing may be opened during operation. Pull the mains plug before cleaning.",
            ),
            llm(
                "style",
                "Apply the style guide (use 'unplug the device'): Caution: The housing may be opened during operation. Pull the mains plug before cleaning.",
                "Caution: The housing may be opened during operation. Unplug the device before cleaning.",
            ),
            step(
                "layout",
                {
                    "page": 12,
                    "text": "Caution: The housing may be opened during operation. Unplug the device before cleaning.",
                },
                {
                    "page": 12,
                    "lines": [
                        "Caution: The housing may be opened during operation.",
                        "Unplug the device before cleaning.",
                    ],
                },
            ),
            tool(
                "export",
                {
                    "page": 12,
                    "lines": [
                        "Caution: The housing may be opened during operation.",
                        "Unplug the device before cleaning.",
                    ],
                },
                {"file": "manual_en_12.pdf"},
            ),
        ),
    ),
    SpanCase(
        "incident-severity-1",
        "incident reports",
        "openinference",
        origin="classify_severity",
        why="62 % of customers affected is SEV1, SEV2 was given",
        given=_ALERT,
        made="SEV2 incident on checkout, 21 April 2026, 09:42 to 11:17 UTC, 62 % of customers affected. Payments team informed.",
        steps=(
            step("ingest", _ALERT, _ALERT),
            llm(
                "classify_severity",
                [("system", _SEVERITY + " Answer with JSON."), ("user", written(_ALERT))],
                '{"service": "checkout", "severity": "SEV2"}',
                shown="classify_severity",
            ),
            tool(
                "on_call",
                {"service": "checkout", "severity": "SEV2"},
                {"team": "Payments team", "page": False},
            ),
            tool(
                "duration",
                {"start": "2026-04-21T09:42Z", "end": "2026-04-21T11:17Z"},
                {"minutes": 95},
            ),
            llm(
                "report",
                "Write the report line: "
                + written(_ALERT | {"severity": "SEV2", "minutes": 95, "team": "Payments team"}),
                "SEV2 incident on checkout, 21 April 2026, 09:42 to 11:17 UTC (95 minutes), 62 % of customers affected. Payments team informed.",
                shown="report",
            ),
            llm(
                "shorten",
                "Shorten: SEV2 incident on checkout, 21 April 2026, 09:42 to 11:17 UTC (95 minutes), 62 % of customers affected. Payments team informed.",
                "SEV2 incident on checkout, 21 April 2026, 09:42 to 11:17 UTC, 62 % of customers affected. Payments team informed.",
                shown="shorten",
            ),
        ),
    ),
    SpanCase(
        "incident-review-1",
        "incident reports",
        "misstep",
        origin="pick_record",
        why="INC-2230 was asked for, the record of INC-2203 was used",
        given="Write a short post-mortem for INC-2230.",
        made="Post-mortem INC-2230: an expired TLS certificate made search unavailable for 1,840 customers. Action: renew certificates automatically.",
        outcome="bad",
        steps=(
            llm(
                "parse",
                "Which incident is meant? Write a short post-mortem for INC-2230.",
                '{"incident": "INC-2230"}',
            ),
            tool("list_incidents", {"month": "2026-04"}, {"incidents": _TICKETS}),
            llm(
                "pick_record",
                "Return the record of incident INC-2230 as service, cause, customers: "
                + written(_TICKETS),
                '{"service": "search", "cause": "expired TLS certificate", "customers": 1840}',
            ),
            tool(
                "suggest_action",
                {"cause": "expired TLS certificate"},
                {"action": "renew certificates automatically"},
            ),
            llm(
                "write",
                'Write the post-mortem for INC-2230: {"service": "search", "cause": "expired TLS certificate", "customers": 1840, "action": "renew certificates automatically"}',
                "Post-mortem INC-2230: an expired TLS certificate made search unavailable for 1,840 customers. Action: renew certificates automatically.",
            ),
            tool(
                "save",
                {
                    "incident": "INC-2230",
                    "text": "Post-mortem INC-2230: an expired TLS certificate made search unavailable for 1,840 customers. Action: renew certificates automatically.",
                },
                {"saved": True},
            ),
        ),
    ),
)
