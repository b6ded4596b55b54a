"""A fifth set of the plain kind: runs without a fault, of code, retail, translation, incidents and travel."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_CI = (
    "build 2291, branch feature/tariffs, 22 September 2026\n"
    "collected 412 tests\n"
    "FAILED tests/test_clock.py::test_midnight - AssertionError: 23:59:59.998\n"
    "FAILED tests/test_net.py::test_reconnect - TimeoutError\n"
    "FAILED tests/test_tariff.py::test_night_rate - assert 0.182 == 0.184\n"
    "409 passed, 3 failed in 96.4 s\n"
    "artefact: 52428800 bytes"
)
_SHEET = (
    "Lantern Nyra | 18.40 | available\n"
    "Throw Kelda | 34.00 | available\n"
    "Vase Ombra | 12.40 | available\n"
    "Bowl Sten | 9.80 | available\n"
    "Candle set Lumi | 7.20 | discontinued"
)
_SHEET_TEXT = (
    '[{"name": "Lantern Nyra", "net": 18.40}, {"name": "Throw Kelda", "net": 34.00}, {"name": "Vase Ombra", "net": 12.40}, '
    '{"name": "Bowl Sten", "net": 9.80}, {"name": "Candle set Lumi", "net": 7.20, "discontinued": true},]'
)
_SHEET_ROWS = [
    {"name": "Lantern Nyra", "net": 18.4},
    {"name": "Throw Kelda", "net": 34.0},
    {"name": "Vase Ombra", "net": 12.4},
    {"name": "Bowl Sten", "net": 9.8},
]
_SHEET_GROSS = [
    {"name": "Lantern Nyra", "gross": 21.9},
    {"name": "Throw Kelda", "gross": 40.46},
    {"name": "Vase Ombra", "gross": 14.76},
    {"name": "Bowl Sten", "gross": 11.66},
]
_PANEL = (
    "La villa fu costruita nel Seicento per la famiglia Bellincini. Nel 1798 passò ai conti Rangone, che fecero ridisegnare il "
    "parco di 3,5 ettari. I lavori di restauro, durati dal 2021 al 2025, sono costati 2,4 milioni di euro. Il piano nobile non è "
    "visitabile."
)
_PANEL_EN = (
    "The villa was built in the seventeenth century for the Bellincini family. In 1798 it passed to the Counts Rangone, who had "
    "the 3.5-hectare park redesigned. The restoration, which lasted from 2021 to 2025, cost 2.4 million euros. The piano nobile "
    "is not open to visitors."
)
_PANEL_FINAL = (
    "Built in the 17th century for the Bellincini family, the villa passed in 1798 to the Counts Rangone, who had its park of "
    "3.5 hectares (about 8.6 acres) redesigned. Restoration took from 2021 to 2025 and cost €2.4 million. The piano nobile "
    "cannot be visited."
)
_QUEUE_LOG = (
    "2026-09-08T06:12:04Z consumer-3 disconnected: certificate expired\n"
    "2026-09-08T06:12:05Z consumer-1 disconnected: certificate expired\n"
    "2026-09-08T06:12:05Z consumer-2 disconnected: certificate expired\n"
    "2026-09-08T06:31:40Z oncall acknowledged (Maren Holt)\n"
    "2026-09-08T06:53:10Z consumers 1-3 connected, certificate valid until 2027-09-08\n"
    "2026-09-08T07:33:15Z backlog 0"
)
_QUEUE_EVENTS = [
    {"at": "06:12", "event": "all three consumers lose their connection, certificate expired"},
    {"at": "06:31", "event": "Maren Holt acknowledges"},
    {"at": "06:53", "event": "consumers back with a new certificate"},
    {"at": "07:33", "event": "backlog worked off"},
]
_LYON = {
    "museum": {
        "name": "Musée des Tisserands",
        "opens": "10:00",
        "closes": "18:00",
        "ticket_eur": 12,
    },
    "lunch": {"name": "Bouchon Marthe", "menu_eur": 17, "table": "12:45"},
    "boat": {"error": "read timed out after 10 s"},
}

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "build-comment-5",
        "code",
        "openinference",
        origin=None,
        why="",
        given={"build": 2291},
        made="Build 2291: 411 of 412 tests pass (99.8 %). `test_midnight` and `test_reconnect` passed when run again; `test_night_rate` fails both times (0.182 instead of 0.184) and needs a look. The artefact has 50 MiB, 3 MiB or 6.4 % more than before.",
        steps=(
            tool("ci_log", {"build": 2291}, _CI),
            llm(
                "failing",
                "Which tests failed? Names only, as a JSON list.\n\n" + _CI,
                written(["test_night_rate", "test_reconnect", "test_midnight"]),
            ),
            tool(
                "run_again",
                {"tests": ["test_night_rate", "test_reconnect", "test_midnight"]},
                "test_midnight PASSED\ntest_reconnect PASSED\ntest_night_rate FAILED - assert 0.182 == 0.184\n2 passed, 1 failed in 4.1 s",
            ),
            step(
                "tally",
                {"collected": 412, "passed_first": 409, "passed_again": 2},
                {"passed": 411, "failed": 1, "percent": 99.8},
            ),
            step(
                "artefact_size",
                {"bytes": 52428800, "before_bytes": 49283072},
                {"mib": 50.0, "before_mib": 47.0, "more_percent": 6.4},
            ),
            llm(
                "comment",
                [
                    ("system", "You comment on builds for reviewers. Short, no praise."),
                    (
                        "user",
                        "Build 2291. "
                        + written({"passed": 411, "of": 412, "percent": 99.8, "failed": 1})
                        + "\nPassed on the second run: test_midnight, test_reconnect. Failed twice: test_night_rate, assert 0.182 == 0.184."
                        + "\nArtefact "
                        + written({"mib": 50.0, "before_mib": 47.0, "more_percent": 6.4}),
                    ),
                ],
                "Build 2291: 411 of 412 tests pass (99.8 %). `test_midnight` and `test_reconnect` passed when run again; `test_night_rate` fails both times (0.182 instead of 0.184) and needs a look. The artefact has 50 MiB, 3 MiB or 6.4 % more than before.",
            ),
        ),
    ),
    SpanCase(
        "autumn-prices-5",
        "retail",
        "misstep",
        origin=None,
        why="",
        given={"supplier": "Fjordhem", "list": "autumn 2026", "vat_percent": 19},
        made="Autumn 2026, prices with 19 % VAT: Bowl Sten EUR 11.66, Vase Ombra EUR 14.76, Lantern Nyra EUR 21.90, Throw Kelda EUR 40.46. The candle set Lumi is discontinued and not listed.",
        steps=(
            tool("supplier_sheet", {"supplier": "Fjordhem"}, _SHEET),
            llm(
                "to_json",
                "Name, net price in EUR and, if so, discontinued, as JSON.\n\n" + _SHEET,
                _SHEET_TEXT,
            ),
            step(
                "repair_json",
                {"text": _SHEET_TEXT, "problem": "trailing comma"},
                [*_SHEET_ROWS, {"name": "Candle set Lumi", "net": 7.2, "discontinued": True}],
            ),
            step(
                "drop_discontinued",
                [*_SHEET_ROWS, {"name": "Candle set Lumi", "net": 7.2, "discontinued": True}],
                {"kept": _SHEET_ROWS, "dropped": ["Candle set Lumi"]},
            ),
            step("add_vat", {"rows": _SHEET_ROWS, "vat_percent": 19}, _SHEET_GROSS),
            llm(
                "price_list",
                "Write the list for the newsletter, cheapest first, and name what is no longer available. VAT 19 % included. "
                + written(_SHEET_GROSS)
                + " Discontinued: Candle set Lumi. Season: autumn 2026.",
                "Autumn 2026, prices with 19 % VAT: Bowl Sten EUR 11.66, Vase Ombra EUR 14.76, Lantern Nyra EUR 21.90, Throw Kelda EUR 40.46. The candle set Lumi is discontinued and not listed.",
            ),
        ),
    ),
    SpanCase(
        "villa-panel-5",
        "translation",
        "openinference",
        origin=None,
        why="",
        given=_PANEL,
        made=_PANEL_FINAL,
        steps=(
            search(
                "style_guide",
                "museum panels English centuries measures",
                {
                    "id": "sg-en-7",
                    "content": "Centuries: 17th century (Seicento = the 1600s). Add acres to hectares. Leave “piano nobile” in Italian. Amounts: €2.4 million.",
                    "score": 0.87,
                },
            ),
            llm("draft", "Translate into British English:\n\n" + _PANEL, _PANEL_EN),
            step(
                "acres",
                {"hectares": 3.5, "acres_per_hectare": 2.471},
                {"acres": 8.6485, "shown": "about 8.6"},
            ),
            llm(
                "polish",
                [
                    (
                        "system",
                        "Tighten the panel text. Centuries as “17th century”, acres after hectares, amounts as €2.4 million.",
                    ),
                    ("user", _PANEL_EN + "\n\n3.5 hectares = about 8.6 acres"),
                ],
                _PANEL_FINAL,
            ),
            step(
                "figures_kept",
                {
                    "source": ["1798", "3,5", "2021", "2025", "2,4"],
                    "target": ["17th", "1798", "3.5", "8.6", "2021", "2025", "2.4"],
                },
                {"missing": []},
            ),
        ),
    ),
    SpanCase(
        "expired-certificate-5",
        "incident",
        "genai",
        origin=None,
        why="",
        given="Report on the order queue, 8 September 2026, in local time (CEST).",
        made="On 8 September 2026 from 08:12 to 08:53 CEST, about 40 minutes, no orders were taken from the queue because the certificate of all three consumers had expired. 18,400 orders, 3.6 % of the day's 512,000, were delayed; none was lost. At 460 a minute the backlog was worked off by 09:33 CEST. The new certificate is valid until 8 September 2027.",
        steps=(
            tool("logs", {"service": "order-queue", "day": "2026-09-08"}, _QUEUE_LOG),
            llm(
                "events",
                "Give the events with hours and minutes (UTC) as JSON; put lines together that say the same.\n\n"
                + _QUEUE_LOG,
                written(_QUEUE_EVENTS),
            ),
            step(
                "to_local",
                {"zone": "Europe/Berlin", "utc": ["06:12", "06:31", "06:53", "07:33"]},
                {"local": ["08:12", "08:31", "08:53", "09:33"], "zone": "CEST"},
            ),
            tool(
                "queue_metrics",
                {"queue": "orders", "day": "2026-09-08"},
                {
                    "orders_of_day": 512000,
                    "backlog_at_restart": 18400,
                    "lost": 0,
                    "net_per_minute": 460,
                },
            ),
            step(
                "drain",
                {"backlog": 18400, "net_per_minute": 460, "orders_of_day": 512000},
                {"minutes": 40, "share_percent": 3.6},
            ),
            llm(
                "report",
                "Write the report in four sentences, local times. "
                + written(_QUEUE_EVENTS)
                + "\nLocal: 08:12, 08:31, 08:53, 09:33 CEST\nBacklog 18400 of 512000 (3.6 %), lost 0, 460 a minute, 40 minutes to drain."
                + "\nNew certificate valid until 2027-09-08.",
                "On 8 September 2026 from 08:12 to 08:53 CEST, about 40 minutes, no orders were taken from the queue because the certificate of all three consumers had expired. 18,400 orders, 3.6 % of the day's 512,000, were delayed; none was lost. At 460 a minute the backlog was worked off by 09:33 CEST. The new certificate is valid until 8 September 2027.",
            ),
        ),
    ),
    SpanCase(
        "day-in-lyon-5",
        "travel",
        "openinference",
        origin=None,
        why="",
        given="Two of us in Lyon on Thursday 24 September 2026, EUR 60 together. A museum, lunch, perhaps a boat trip?",
        made="Start at the Musée des Tisserands, open from 10:00 to 18:00 (EUR 24 for two), and have lunch at Bouchon Marthe at 12:45 (EUR 34 for two). That is EUR 58 of your EUR 60. I could not get the boat timetable, so please ask at the quay; two boat tickets will hardly be had for the EUR 2 that are left.",
        root="agent",
        steps=(
            tool(
                "museum",
                {"place": "Lyon", "day": "2026-09-24"},
                {
                    "name": "Musée des Tisserands",
                    "opens": "10:00",
                    "closes": "18:00",
                    "ticket_eur": 12,
                },
            ),
            tool(
                "lunch",
                {"place": "Lyon", "day": "2026-09-24", "people": 2},
                {"name": "Bouchon Marthe", "menu_eur": 17, "table": "12:45"},
            ),
            tool(
                "boat",
                {"place": "Lyon", "day": "2026-09-24"},
                None,
                error=("ReadTimeout", "read timed out after 10 s"),
            ),
            step(
                "budget",
                {"people": 2, "ticket_eur": 12, "menu_eur": 17, "budget_eur": 60},
                {"museum_eur": 24, "lunch_eur": 34, "total_eur": 58, "left_eur": 2},
            ),
            llm(
                "plan",
                [
                    ("system", "Plan the day. Say openly what you could not find out."),
                    (
                        "user",
                        "Two of us in Lyon on Thursday 24 September 2026, EUR 60 together. A museum, lunch, perhaps a boat trip?\n"
                        + written(_LYON)
                        + "\n"
                        + written(
                            {"museum_eur": 24, "lunch_eur": 34, "total_eur": 58, "left_eur": 2}
                        ),
                    ),
                ],
                "Start at the Musée des Tisserands, open from 10:00 to 18:00 (EUR 24 for two), and have lunch at Bouchon Marthe at 12:45 (EUR 34 for two). That is EUR 58 of your EUR 60. I could not get the boat timetable, so please ask at the quay; two boat tickets will hardly be had for the EUR 2 that are left.",
            ),
        ),
    ),
)
