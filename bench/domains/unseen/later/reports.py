"""Runs written after the rules had been mended by the others, scored as they were: reports and code."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool

CASES = (
    SpanCase(
        "irrigation-1",
        "agriculture",
        "openinference",
        origin="weather_docs",
        why="asked for June 2026 it returned the bulletin of June 2024",
        given={"field": "Norte 3", "month": "2026-06", "crop": "maize"},
        made="Irrigate Norte 3 with 21 mm a week in June: rainfall was 84 mm, so the deficit is small.",
        outcome="score",
        told="advice quality",
        steps=(
            tool(
                "field",
                {"field": "Norte 3"},
                {"hectares": 12.5, "soil": "loam", "station": "LE-14"},
            ),
            search(
                "weather_docs",
                {"station": "LE-14", "month": "2026-06"},
                {
                    "id": "LE-14-2024-06",
                    "content": "Bulletin June 2024, station LE-14: rainfall 84 mm, evapotranspiration 168 mm.",
                    "metadata": {"station": "LE-14", "month": "2024-06"},
                },
            ),
            llm(
                "read_bulletin",
                "Rainfall and evapotranspiration as JSON: Bulletin June 2024, station LE-14: rainfall 84 mm, evapotranspiration 168 mm.",
                '{"rain_mm": 84, "et_mm": 168}',
                shown="read_bulletin",
            ),
            tool("deficit", {"rain_mm": 84, "et_mm": 168}, {"deficit_mm": 84}),
            tool("per_week", {"deficit_mm": 84, "weeks": 4}, {"mm_per_week": 21}),
            llm(
                "advise",
                "Advise for Norte 3, maize, June: 21 mm a week, rainfall 84 mm.",
                "Irrigate Norte 3 with 21 mm a week in June: rainfall was 84 mm, so the deficit is small.",
                shown="advise",
            ),
        ),
    ),
    SpanCase(
        "quiz-report-1",
        "education",
        "misstep",
        origin="percentages",
        why="17 of 20 points is 85 %, not 80 %",
        given={"course": "Bio 1", "quiz": 4},
        made="Bio 1, quiz 4: Amira 90 %, Jonas 80 %, Wei 75 %. Jonas just reaches grade B.",
        steps=(
            tool(
                "points",
                {"course": "Bio 1", "quiz": 4},
                {
                    "max": 20,
                    "rows": [
                        {"name": "Amira", "points": 18},
                        {"name": "Jonas", "points": 17},
                        {"name": "Wei", "points": 15},
                    ],
                },
            ),
            step(
                "percentages",
                {
                    "max": 20,
                    "rows": [
                        {"name": "Amira", "points": 18},
                        {"name": "Jonas", "points": 17},
                        {"name": "Wei", "points": 15},
                    ],
                },
                [
                    {"name": "Amira", "percent": 90},
                    {"name": "Jonas", "percent": 80},
                    {"name": "Wei", "percent": 75},
                ],
            ),
            tool("scale", {"course": "Bio 1"}, {"A": 90, "B": 80, "C": 70}),
            step(
                "grades",
                {
                    "rows": [
                        {"name": "Amira", "percent": 90},
                        {"name": "Jonas", "percent": 80},
                        {"name": "Wei", "percent": 75},
                    ],
                    "scale": {"A": 90, "B": 80, "C": 70},
                },
                [
                    {"name": "Amira", "grade": "A"},
                    {"name": "Jonas", "grade": "B"},
                    {"name": "Wei", "grade": "C"},
                ],
            ),
            llm(
                "remark",
                "One remark on Jonas: 80 %, scale B from 80.",
                "Jonas just reaches grade B.",
            ),
            step(
                "report",
                {
                    "rows": [
                        {"name": "Amira", "percent": 90},
                        {"name": "Jonas", "percent": 80},
                        {"name": "Wei", "percent": 75},
                    ],
                    "remark": "Jonas just reaches grade B.",
                },
                "Bio 1, quiz 4: Amira 90 %, Jonas 80 %, Wei 75 %. Jonas just reaches grade B.",
            ),
        ),
    ),
    SpanCase(
        "health-check-1",
        "incident reports",
        "genai",
        origin="summarise_metrics",
        why="the metrics service answered 500, and the summary reports an error rate all the same",
        given="Is the payments service healthy since the release of 14:00?",
        made="Yes. Since 14:00 the error rate of payments is 0.12 % and the p95 latency 180 ms; no open alerts.",
        outcome="bad",
        root="agent",
        steps=(
            llm(
                "plan",
                "Is the payments service healthy since the release of 14:00?",
                [
                    call("metrics", service="payments", since="14:00"),
                    call("alerts", service="payments"),
                ],
            ),
            tool(
                "metrics",
                {"service": "payments", "since": "14:00"},
                {"status": 500, "body": "internal error"},
            ),
            tool("alerts", {"service": "payments"}, {"open": []}),
            llm(
                "summarise_metrics",
                [
                    ("user", "Is the payments service healthy since the release of 14:00?"),
                    ("tool", {"status": 500, "body": "internal error"}),
                    ("tool", {"open": []}),
                ],
                "Error rate 0.12 %, p95 latency 180 ms since 14:00. No open alerts.",
            ),
            llm(
                "verdict",
                "Healthy? Error rate 0.12 %, p95 latency 180 ms since 14:00. No open alerts.",
                '{"healthy": true}',
            ),
            llm(
                "answer",
                "Answer the question: healthy true; Error rate 0.12 %, p95 latency 180 ms since 14:00. No open alerts.",
                "Yes. Since 14:00 the error rate of payments is 0.12 % and the p95 latency 180 ms; no open alerts.",
            ),
        ),
    ),
    SpanCase(
        "sdk-snippet-1",
        "code",
        "misstep",
        origin="write_snippet",
        why="it calls fetch_all_rows; the documentation it was given knows fetch_rows only",
        given={"task": "Print the first column of table users", "sdk": "tabula 3.2"},
        made=None,
        outcome="error",
        steps=(
            search(
                "docs",
                {"query": "tabula 3.2 read rows"},
                {
                    "id": "tabula-rows",
                    "content": "client.fetch_rows(table, limit=None) returns a list of dicts. Close with client.close().",
                },
            ),
            step(
                "outline",
                {"task": "Print the first column of table users"},
                ["connect", "read rows", "print first column"],
            ),
            llm(
                "write_snippet",
                [
                    ("system", "Write Python with the documentation given."),
                    (
                        "user",
                        "client.fetch_rows(table, limit=None) returns a list of dicts. Close with client.close(). Task: print the first column of table users",
                    ),
                ],
                "import tabula\nclient = tabula.connect()\nfor row in client.fetch_all_rows('users'):\n    print(next(iter(row.values())))\nclient.close()",
            ),
            tool(
                "format",
                {
                    "code": "import tabula\nclient = tabula.connect()\nfor row in client.fetch_all_rows('users'):\n    print(next(iter(row.values())))\nclient.close()"
                },
                {"changed": False},
            ),
            tool("install", {"package": "tabula", "version": "3.2"}, {"installed": "3.2.0"}),
            tool(
                "run",
                {
                    "code": "import tabula\nclient = tabula.connect()\nfor row in client.fetch_all_rows('users'):\n    print(next(iter(row.values())))\nclient.close()"
                },
                None,
                error=("AttributeError", "'Client' object has no attribute 'fetch_all_rows'"),
            ),
        ),
    ),
    SpanCase(
        "call-times-1",
        "travel",
        "openinference",
        origin="to_local",
        why="14:30 in Lisbon is 22:30 in Tokyo in summer, not 21:30",
        given={
            "who": "Tokyo office",
            "when": "2026-07-02T14:30",
            "zone": "Europe/Lisbon",
            "target": "Asia/Tokyo",
        },
        made="The call with the Tokyo office is on 2 July 2026 at 14:30 Lisbon time (21:30 in Tokyo).",
        outcome="bad",
        told="21:30",
        steps=(
            tool(
                "contact", {"who": "Tokyo office"}, {"person": "Haruka Mori", "zone": "Asia/Tokyo"}
            ),
            tool(
                "to_local",
                {"when": "2026-07-02T14:30", "from": "Europe/Lisbon", "to": "Asia/Tokyo"},
                {"local": "2026-07-02T21:30"},
            ),
            tool(
                "calendar_free", {"person": "Haruka Mori", "at": "2026-07-02T21:30"}, {"free": True}
            ),
            llm(
                "invite",
                "Invite Haruka Mori: 2026-07-02 14:30 Lisbon, local 21:30.",
                "Dear Haruka Mori, may I invite you to a call on 2 July 2026 at 21:30 your time?",
                shown="invite",
            ),
            step(
                "confirm",
                {"who": "Tokyo office", "when": "2026-07-02T14:30", "local": "2026-07-02T21:30"},
                "The call with the Tokyo office is on 2 July 2026 at 14:30 Lisbon time (21:30 in Tokyo).",
            ),
        ),
    ),
    SpanCase(
        "order-import-1",
        "retail",
        "misstep",
        origin="extract_lines",
        why="the answer broke off inside the third line, and the parser closed the list after the second",
        given={"mail": "Please send 12 mugs MG-210, 6 plates PT-330 and 24 spoons SP-118."},
        made={"order": "W-9921", "lines": 2, "pieces": 18},
        outcome="contract",
        told="lines must match the mail: expected 3, got 2",
        steps=(
            llm(
                "extract_lines",
                [
                    ("system", "Answer with JSON: a list of {sku, qty}."),
                    ("user", "Please send 12 mugs MG-210, 6 plates PT-330 and 24 spoons SP-118."),
                ],
                '[{"sku": "MG-210", "qty": 12}, {"sku": "PT-330", "qty": 6}, {"sku": "SP-',
                finish=None,
            ),
            step(
                "parse_lines",
                '[{"sku": "MG-210", "qty": 12}, {"sku": "PT-330", "qty": 6}, {"sku": "SP-',
                [{"sku": "MG-210", "qty": 12}, {"sku": "PT-330", "qty": 6}],
            ),
            tool("stock", {"skus": ["MG-210", "PT-330"]}, {"MG-210": 88, "PT-330": 41}),
            tool(
                "count",
                [{"sku": "MG-210", "qty": 12}, {"sku": "PT-330", "qty": 6}],
                {"lines": 2, "pieces": 18},
            ),
            step(
                "create_order",
                {"lines": 2, "pieces": 18},
                {"order": "W-9921", "lines": 2, "pieces": 18},
            ),
        ),
    ),
)
