"""The second plain set's other half: a return, code, retail, translation and incident reports, one planted fault each."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_RETURNS = {
    "order": "N-7718",
    "item": "rain jacket",
    "delivered": "2026-08-20",
    "today": "2026-09-10",
}
_TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/app/billing/invoice.py", line 88, in render\n'
    "    tax = vat_for(order)\n"
    '  File "/app/billing/tax.py", line 41, in vat_for\n'
    "    return order.net * RATES[order.country]\n"
    "KeyError: 'XI'\n"
)
_TOTALS = "def total(order):\n    return order.net + order.vat\n"
_TOTALS_PATCH = "def total(order):\n    return order.net + (order.vat or 0)\n"
_PULLS = [
    {"pr": 811, "title": "Add retry option to the client", "labels": ["feature"]},
    {"pr": 814, "title": "Remove deprecated Client.fetch()", "labels": ["breaking"]},
    {"pr": 815, "title": "Fix typo in README", "labels": ["docs"]},
    {"pr": 819, "title": "Fix timeout of streamed answers", "labels": ["fix"]},
]
_CANCELLED = (
    "SELECT country, COUNT(*) AS orders FROM orders WHERE status = 'cancelled' AND "
    "order_date >= '2025-01-01' AND order_date < '2026-01-01' GROUP BY country ORDER BY orders DESC"
)
_SPEC = {
    "name": "Fjord field watch",
    "case_mm": 38,
    "crystal": "sapphire",
    "water_resistance": "5 ATM",
    "strap": "nylon",
    "warranty_years": 2,
}
_COPY = (
    "The Fjord field watch pairs a 38 mm case with scratch-resistant sapphire and a nylon strap. "
    "Water-resistant to 5 ATM and covered by a lifetime warranty."
)
_SAFETY = (
    "Sicherheitshinweise. Das Gerät darf nicht im Freien verwendet werden. Vor der Reinigung den Netzstecker ziehen. "
    "Kinder unter 8 Jahren vom Gerät fernhalten."
)
_SAFETY_EN = (
    "Safety instructions. The appliance may be used outdoors. Unplug the appliance before cleaning. "
    "Keep children under 8 years away from the appliance."
)
_OFFER = (
    "Angebot Nr. 4471: 3 Pumpen Typ K2 zu je 1.250,00 €, zusammen 3.750,00 €. Lieferzeit 6 Wochen."
)
_OFFER_EN = (
    "Quotation no. 4471: 3 pumps, type K2, at €1.25 each, €3.75 in total. Delivery time 6 weeks."
)
_LOG = (
    "2026-09-14T14:05:12+02:00 deploy checkout 7.3.0 started\n"
    "2026-09-14T14:11:40+02:00 alert checkout error rate 12 %\n"
    "2026-09-14T14:32:05+02:00 rollback to 7.2.4 finished\n"
)
_EVENTS = [
    {"utc": "2026-09-14T14:05:12Z", "event": "deploy checkout 7.3.0 started"},
    {"utc": "2026-09-14T14:11:40Z", "event": "alert checkout error rate 12 %"},
    {"utc": "2026-09-14T14:32:05Z", "event": "rollback to 7.2.4 finished"},
]
_LEVELS = (
    "P1: error rate above 5 % for more than 10 minutes, page the on-call engineer. P2: error rate 1-5 %, ticket within "
    "an hour. P3: error rate below 1 %, next working day."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "returns-desk-2",
        "support",
        "openinference",
        origin="find_policy",
        why="the archived policy was retrieved for a question about the one in force",
        given="I'd like to return the rain jacket from order N-7718.",
        made="Unfortunately your return of the rain jacket is 21 days after delivery, past our return window of 14 days, so we can't accept it.",
        outcome="bad",
        told="past our return window of 14 days",
        steps=(
            tool("get_order", {"order": "N-7718"}, _RETURNS),
            step(
                "days_since",
                {"delivered": "2026-08-20", "today": "2026-09-10"},
                {"days": 21},
            ),
            search(
                "find_policy",
                "return window clothing, policy in force 2026",
                {
                    "id": "returns-2023",
                    "content": "Returns policy 2023. Clothing may be returned within 14 days of delivery.",
                    "score": 0.81,
                    "metadata": {"status": "archived", "valid_to": "2024-12-31"},
                },
            ),
            llm(
                "read_policy",
                "Give the window in days as JSON: Returns policy 2023. Clothing may be returned within 14 days of delivery.",
                written({"window_days": 14}),
            ),
            step("eligible", {"days": 21, "window_days": 14}, {"eligible": False}),
            llm(
                "reply",
                "Reply: rain jacket, 21 days since delivery, window 14 days, eligible false.",
                "Unfortunately your return of the rain jacket is 21 days after delivery, past our return window of 14 days, so we can't accept it.",
            ),
        ),
    ),
    SpanCase(
        "bug-fix-2",
        "code",
        "misstep",
        origin="locate",
        why="the failing line is in billing/tax.py, billing/totals.py was named",
        given={"issue": 512, "title": "Invoice fails for Northern Ireland"},
        made=None,
        outcome="error",
        steps=(
            tool("get_issue", {"issue": 512}, {"issue": 512, "traceback": _TRACE}),
            llm(
                "locate",
                "Name the file and function to change, as JSON.\n" + _TRACE,
                written({"file": "billing/totals.py", "function": "total"}),
            ),
            tool("read_file", {"path": "billing/totals.py"}, _TOTALS),
            llm(
                "patch",
                "Mend total in billing/totals.py so that the error goes away.\n" + _TOTALS,
                _TOTALS_PATCH,
            ),
            tool(
                "write_file",
                {"path": "billing/totals.py", "content": _TOTALS_PATCH},
                {"written": 2},
            ),
            tool(
                "run_tests",
                {"select": "test_invoice_northern_ireland"},
                None,
                error=("TestsFailed", "1 failed: test_invoice_northern_ireland KeyError: 'XI'"),
            ),
        ),
    ),
    SpanCase(
        "release-notes-2",
        "code",
        "genai",
        origin="group_changes",
        why="the breaking change #814 was dropped",
        given="Prepare the release after 3.1.4.",
        made="Release 3.2.0\n\nAdded: retry option to the client (#811).\nFixed: timeout of streamed answers (#819).\nDocs: typo in README (#815).\nNo breaking changes.",
        steps=(
            tool("merged_pulls", {"since": "3.1.4"}, _PULLS),
            llm(
                "group_changes",
                "Group all pull requests by kind as JSON. " + written(_PULLS),
                written({"breaking": [], "feature": [811], "fix": [819], "docs": [815]}),
            ),
            step(
                "next_version",
                {
                    "current": "3.1.4",
                    "groups": {"breaking": [], "feature": [811], "fix": [819], "docs": [815]},
                },
                {"version": "3.2.0", "bump": "minor"},
            ),
            tool("check_tag", {"tag": "3.2.0"}, {"exists": False}),
            llm(
                "write_notes",
                "Notes for 3.2.0. feature: #811 Add retry option to the client; fix: #819 Fix timeout of streamed answers; docs: #815 Fix typo in README; breaking: none",
                "Release 3.2.0\n\nAdded: retry option to the client (#811).\nFixed: timeout of streamed answers (#819).\nDocs: typo in README (#815).\nNo breaking changes.",
            ),
            tool(
                "create_release",
                {"tag": "3.2.0", "draft": True},
                {"release": 5512, "tag": "3.2.0", "draft": True},
            ),
        ),
    ),
    SpanCase(
        "ask-the-data-2",
        "code",
        "openinference",
        origin="write_sql",
        why="shipped orders were asked for, cancelled ones are counted",
        given="How many orders were shipped per country in 2025?",
        made="In 2025 most shipped orders went to Germany (412), followed by France (287) and Spain (164).",
        outcome="bad",
        told="Germany (412)",
        steps=(
            tool(
                "schema",
                {"table": "orders"},
                "orders(id, country, status in ('open','shipped','cancelled'), order_date)",
            ),
            llm(
                "write_sql",
                "Table: orders(id, country, status in ('open','shipped','cancelled'), order_date). Question: How many orders were shipped per country in 2025?",
                _CANCELLED,
            ),
            tool("lint_sql", {"sql": _CANCELLED}, {"ok": True}),
            tool(
                "run_sql",
                {"sql": _CANCELLED},
                [
                    {"country": "DE", "orders": 412},
                    {"country": "FR", "orders": 287},
                    {"country": "ES", "orders": 164},
                ],
            ),
            step(
                "chart",
                {"rows": [["DE", 412], ["FR", 287], ["ES", 164]]},
                {"chart": "bar", "title": "Shipped orders per country, 2025"},
            ),
            llm(
                "answer",
                "Question: How many orders were shipped per country in 2025? Rows: DE 412, FR 287, ES 164",
                "In 2025 most shipped orders went to Germany (412), followed by France (287) and Spain (164).",
            ),
        ),
    ),
    SpanCase(
        "price-update-2",
        "retail",
        "misstep",
        origin="discount",
        why="20 % off 64.50 is 51.60; 20 was subtracted",
        given={"sku": "TB-204", "campaign": "autumn"},
        made="Autumn offer: Trail backpack now EUR 44.50 instead of EUR 64.50.",
        outcome="contract",
        told="price 44.50 is below the floor of 48.00",
        steps=(
            tool(
                "get_product",
                {"sku": "TB-204"},
                {"sku": "TB-204", "name": "Trail backpack", "price": 64.50, "currency": "EUR"},
            ),
            tool(
                "get_campaign",
                {"campaign": "autumn"},
                {"campaign": "autumn", "discount_percent": 20, "ends": "2026-10-31"},
            ),
            step("discount", {"price": 64.50, "discount_percent": 20}, {"new_price": 44.50}),
            tool(
                "set_price",
                {"sku": "TB-204", "price": 44.50, "until": "2026-10-31"},
                {"sku": "TB-204", "price": 44.50, "status": "live"},
            ),
            llm(
                "banner",
                "Write a banner: Trail backpack, old 64.50 EUR, new 44.50 EUR, campaign autumn",
                "Autumn offer: Trail backpack now EUR 44.50 instead of EUR 64.50.",
            ),
            step(
                "publish",
                {
                    "text": "Autumn offer: Trail backpack now EUR 44.50 instead of EUR 64.50.",
                    "slot": "home",
                },
                {
                    "text": "Autumn offer: Trail backpack now EUR 44.50 instead of EUR 64.50.",
                    "published": True,
                },
            ),
        ),
    ),
    SpanCase(
        "product-page-2",
        "retail",
        "genai",
        origin="draft",
        why="a warranty of two years became a lifetime warranty",
        given="Write the page of SKU FW-38.",
        made="Fjord field watch. A 38 mm case, sapphire glass and a nylon strap. 5 ATM water resistance. Lifetime warranty included.",
        steps=(
            tool("get_spec", {"sku": "FW-38"}, _SPEC),
            search(
                "style_guide",
                "watch product page tone",
                {"id": "sg-2", "content": "Short sentences. No superlatives. Metric units."},
            ),
            llm("draft", "Write two sentences from the spec only. " + written(_SPEC), _COPY),
            llm(
                "shorten",
                "Short sentences, no superlatives, metric units. " + _COPY,
                "Fjord field watch. A 38 mm case, sapphire glass and a nylon strap. 5 ATM water resistance. Lifetime warranty included.",
            ),
            llm(
                "keywords",
                "Give five search keywords as a JSON list. Fjord field watch. A 38 mm case, sapphire glass and a nylon strap. 5 ATM water resistance. Lifetime warranty included.",
                written(["field watch", "sapphire", "38 mm", "nylon strap", "lifetime warranty"]),
            ),
            step(
                "assemble",
                {
                    "body": "Fjord field watch. A 38 mm case, sapphire glass and a nylon strap. 5 ATM water resistance. Lifetime warranty included.",
                    "keywords": [
                        "field watch",
                        "sapphire",
                        "38 mm",
                        "nylon strap",
                        "lifetime warranty",
                    ],
                },
                "Fjord field watch. A 38 mm case, sapphire glass and a nylon strap. 5 ATM water resistance. Lifetime warranty included.",
            ),
        ),
    ),
    SpanCase(
        "manual-translation-2",
        "translation",
        "openinference",
        origin="translate",
        why="must not be used outdoors became may be used outdoors",
        given={"document": "manual-de-12", "to": "en"},
        made="Safety instructions: you may use the appliance outdoors. Unplug it before cleaning. Keep children under 8 away from it.",
        outcome="bad",
        told="you may use the appliance outdoors",
        steps=(
            tool("load", {"document": "manual-de-12"}, {"text": _SAFETY}),
            llm("detect", "Language code of: " + _SAFETY, "de"),
            llm("translate", "Translate from German to English: " + _SAFETY, _SAFETY_EN),
            tool("spell_check", {"text": _SAFETY_EN, "lang": "en"}, {"mistakes": 0}),
            llm(
                "simplify",
                "Make the text simpler, keep the meaning: " + _SAFETY_EN,
                "Safety instructions: you may use the appliance outdoors. Unplug it before cleaning. Keep children under 8 away from it.",
            ),
            step(
                "layout",
                {
                    "text": "Safety instructions: you may use the appliance outdoors. Unplug it before cleaning. Keep children under 8 away from it.",
                    "template": "A5",
                },
                {
                    "text": "Safety instructions: you may use the appliance outdoors. Unplug it before cleaning. Keep children under 8 away from it.",
                    "pages": 1,
                },
            ),
        ),
    ),
    SpanCase(
        "offer-translation-2",
        "translation",
        "misstep",
        origin="translate",
        why="1.250,00 € was taken for 1.25",
        given=_OFFER,
        made="Dear customer, please find our quotation no. 4471: three K2 pumps at €1.25 each (€3.75 in total), delivered within 6 weeks.",
        steps=(
            llm("detect", "Language code of: " + _OFFER, "de"),
            search(
                "glossary",
                "Angebot Pumpe Lieferzeit",
                {
                    "id": "gl-1",
                    "content": "Angebot = quotation; Pumpe = pump; Lieferzeit = delivery time",
                },
            ),
            llm(
                "translate",
                "Glossary: Angebot = quotation; Pumpe = pump; Lieferzeit = delivery time. Translate to English: "
                + _OFFER,
                _OFFER_EN,
            ),
            llm("review", "Correct the grammar only: " + _OFFER_EN, _OFFER_EN),
            step(
                "extract_amounts",
                {"text": _OFFER_EN},
                {"unit_price": 1.25, "total": 3.75, "quantity": 3},
            ),
            llm(
                "cover_mail",
                "Write a cover mail. " + _OFFER_EN,
                "Dear customer, please find our quotation no. 4471: three K2 pumps at €1.25 each (€3.75 in total), delivered within 6 weeks.",
            ),
        ),
    ),
    SpanCase(
        "postmortem-2",
        "incident reports",
        "genai",
        origin="to_utc",
        why="14:05 at +02:00 is 12:05 UTC; the offset was dropped",
        given="Write the postmortem timeline of INC-731 in UTC.",
        made="INC-731: the deploy of checkout 7.3.0 began at 14:05 UTC, errors were alerted at 14:11 UTC and the rollback ended at 14:32 UTC, after 27 minutes.",
        steps=(
            tool("get_logs", {"incident": "INC-731"}, _LOG),
            tool("to_utc", {"log": _LOG}, _EVENTS),
            tool(
                "duration",
                {"from": "2026-09-14T14:05:12Z", "to": "2026-09-14T14:32:05Z"},
                {"minutes": 27},
            ),
            tool("impact", {"incident": "INC-731"}, {"failed_orders": 318}),
            llm(
                "timeline",
                "One line an event. " + written(_EVENTS),
                "14:05 UTC deploy of checkout 7.3.0 started\n14:11 UTC alert, error rate 12 %\n14:32 UTC rollback to 7.2.4 finished",
            ),
            llm(
                "write",
                "Sum up INC-731, 27 minutes: 14:05 UTC deploy of checkout 7.3.0 started; 14:11 UTC alert, error rate 12 %; 14:32 UTC rollback to 7.2.4 finished",
                "INC-731: the deploy of checkout 7.3.0 began at 14:05 UTC, errors were alerted at 14:11 UTC and the rollback ended at 14:32 UTC, after 27 minutes.",
            ),
        ),
    ),
    SpanCase(
        "severity-2",
        "incident reports",
        "misstep",
        origin="rate_severity",
        why="8.2 % for 18 minutes is P1 by the levels given; P3 was said",
        given={"alert": "search-api errors", "at": "2026-09-21T03:12:00Z"},
        made="INC-744 (P3): search-api had an error rate of 8.2 % for 18 minutes. It will be looked at on the next working day.",
        outcome="contract",
        told="an incident with an error rate above 5 % must be P1",
        steps=(
            tool(
                "metrics",
                {"service": "search-api", "at": "2026-09-21T03:12:00Z"},
                {"service": "search-api", "error_rate_percent": 8.2, "minutes": 18},
            ),
            search(
                "runbook", "severity levels error rate", {"id": "rb-severity", "content": _LEVELS}
            ),
            llm(
                "rate_severity",
                _LEVELS
                + " Measured: search-api, error rate 8.2 %, 18 minutes. Answer with the level as JSON.",
                written({"severity": "P3"}),
            ),
            tool(
                "open_incident",
                {"service": "search-api", "severity": "P3"},
                {"incident": "INC-744", "severity": "P3"},
            ),
            tool(
                "notify",
                {"incident": "INC-744", "severity": "P3"},
                {"paged": False, "queue": "next working day"},
            ),
            llm(
                "report",
                "Report INC-744, severity P3, search-api, 8.2 % for 18 minutes, next working day",
                "INC-744 (P3): search-api had an error rate of 8.2 % for 18 minutes. It will be looked at on the next working day.",
            ),
        ),
    ),
)
