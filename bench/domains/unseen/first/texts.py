"""Recorded runs: code, incident reports, translation."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, step, tool

_LOG = (
    "02:14:07 api-gw 5xx rate 0.4 %\n02:16:31 deploy checkout 2026.5.1 started by ci\n"
    "02:18:55 checkout p99 4.8 s\n02:19:10 api-gw 5xx rate 11.3 %\n02:23:40 on-call paged (Ruiz)\n"
    "02:31:02 rollback checkout to 2026.4.9 started\n02:34:47 api-gw 5xx rate 0.5 %\n"
    "02:41:00 incident closed\n"
    "-- database --\n02:15:20 replica db-3 lag 0 s\n02:19:00 connection pool checkout exhausted (200/200)\n"
    "02:35:10 pool back to 61/200"
)
_CUT = (
    "- 02:14 gateway 5xx at 0.4 %\n- 02:16 deploy of checkout 2026.5.1\n- 02:18 p99 of checkout at 4.8 s\n"
    "- 02:19 5xx rate rises to 11.3 %\n- 02:23 on-call paged"
)
_NEWS_JA = (
    "株式会社ミナト電機は、本年度の設備投資額を3億2,000万円とすると発表した。前年度比で15%の増加となる。"
    "新工場は2027年4月に稼働を予定しており、従業員120人を新たに採用する。"
)
_NEWS_EN = (
    "Minato Electric Co. announced capital spending of 32 million yen for this fiscal year, an increase of 15% "
    "over the previous year. The new plant is due to start operating in April 2027, and 120 employees will be hired."
)
_FUNC = (
    "def parse_duration(text: str) -> int:\n"
    '    """Seconds in a text such as 1h30m."""\n'
    "    total = 0\n    for number, unit in re.findall(r'(\\d+)([hms])', text):\n"
    "        total += int(number) * {'h': 3600, 'm': 60, 's': 1}[unit]\n    return total"
)
_FUNC_BAD = _FUNC.replace("'h': 3600, 'm': 60", "'h': 60, 'm': 60")

CASES = (
    SpanCase(
        "migration-1",
        "code",
        "misstep",
        origin="write_plan",
        why="the backfill that the request asks for is missing in the plan, so NOT NULL fails",
        given={
            "request": "Add column region to table orders: 1. add it nullable, 2. backfill it from customers.country, 3. set it NOT NULL, 4. add an index.",
            "database": "shop",
        },
        made=None,
        outcome="error",
        steps=(
            tool(
                "schema",
                {"database": "shop", "table": "orders"},
                {"columns": ["id", "customer_id", "total", "created_at"], "rows": 184210},
            ),
            step(
                "write_plan",
                {
                    "request": "Add column region to table orders: 1. add it nullable, 2. backfill it from customers.country, 3. set it NOT NULL, 4. add an index."
                },
                {
                    "steps": [
                        "add column region text null",
                        "set region not null",
                        "create index orders_region_idx",
                    ]
                },
                llm(
                    "write_plan-call",
                    [
                        (
                            "system",
                            "Turn the request into an ordered list of migration steps (JSON).",
                        ),
                        (
                            "user",
                            "Add column region to table orders: 1. add it nullable, 2. backfill it from customers.country, 3. set it NOT NULL, 4. add an index.",
                        ),
                    ],
                    '{"steps": ["add column region text null", "set region not null", "create index orders_region_idx"]}',
                ),
            ),
            llm(
                "write_sql",
                "Write one SQL statement for each step on table orders: add column region text null; set region not null; create index orders_region_idx",
                "ALTER TABLE orders ADD COLUMN region text;\nALTER TABLE orders ALTER COLUMN region SET NOT NULL;\nCREATE INDEX orders_region_idx ON orders (region);",
            ),
            tool(
                "lint_sql",
                {
                    "sql": "ALTER TABLE orders ADD COLUMN region text;\nALTER TABLE orders ALTER COLUMN region SET NOT NULL;\nCREATE INDEX orders_region_idx ON orders (region);"
                },
                {"problems": []},
            ),
            tool(
                "execute",
                {
                    "database": "shop",
                    "sql": "ALTER TABLE orders ADD COLUMN region text;\nALTER TABLE orders ALTER COLUMN region SET NOT NULL;\nCREATE INDEX orders_region_idx ON orders (region);",
                },
                None,
                error=(
                    "NotNullViolation",
                    'column "region" of relation "orders" contains null values',
                ),
            ),
        ),
    ),
    SpanCase(
        "port-module-1",
        "code",
        "openinference",
        origin="write_code",
        why="asked for TypeScript it answered in Python",
        given={
            "task": "Write a debounce helper",
            "language": "TypeScript",
            "file": "src/debounce.ts",
        },
        made={"file": "src/debounce.ts", "bytes": 248, "committed": True},
        outcome="score",
        told="builds",
        steps=(
            step(
                "plan",
                {"task": "Write a debounce helper", "language": "TypeScript"},
                {
                    "signature": "debounce(fn, ms)",
                    "language": "TypeScript",
                    "tests": ["calls once", "keeps last arguments"],
                },
            ),
            llm(
                "write_code",
                [
                    ("system", "You write TypeScript. Answer with one TypeScript code block."),
                    (
                        "user",
                        "debounce(fn, ms): calls once, keeps last arguments. File src/debounce.ts",
                    ),
                ],
                "```python\nimport threading\n\ndef debounce(fn, ms):\n    timer = None\n    def wrapped(*args):\n        nonlocal timer\n        if timer:\n            timer.cancel()\n        timer = threading.Timer(ms / 1000, fn, args)\n        timer.start()\n    return wrapped\n```",
                shown="write_code",
                model="qwen2.5-coder-7b",
            ),
            step(
                "strip_fence",
                "```python\nimport threading\n\ndef debounce(fn, ms):\n    timer = None\n    def wrapped(*args):\n        nonlocal timer\n        if timer:\n            timer.cancel()\n        timer = threading.Timer(ms / 1000, fn, args)\n        timer.start()\n    return wrapped\n```",
                "import threading\n\ndef debounce(fn, ms):\n    timer = None\n    def wrapped(*args):\n        nonlocal timer\n        if timer:\n            timer.cancel()\n        timer = threading.Timer(ms / 1000, fn, args)\n        timer.start()\n    return wrapped",
            ),
            tool(
                "write_file",
                {
                    "path": "src/debounce.ts",
                    "text": "import threading\n\ndef debounce(fn, ms):\n    timer = None\n    def wrapped(*args):\n        nonlocal timer\n        if timer:\n            timer.cancel()\n        timer = threading.Timer(ms / 1000, fn, args)\n        timer.start()\n    return wrapped",
                },
                {"written": True, "bytes": 248},
            ),
            tool(
                "commit",
                {"path": "src/debounce.ts", "message": "Add debounce"},
                {"file": "src/debounce.ts", "bytes": 248, "committed": True},
            ),
        ),
    ),
    SpanCase(
        "review-meeting-1",
        "incident reports",
        "openinference",
        origin="timeline",
        why="the timeline was cut at the token limit before the rollback, and what followed used it",
        given={"incident": "INC-2291"},
        made="**INC-2291.** Checkout failed after the deploy of 2026.5.1 at 02:16; errors peaked at 11.3 %. The on-call engineer was paged at 02:23. The incident has not been mitigated yet.",
        steps=(
            tool("collect_logs", {"incident": "INC-2291"}, {"log": _LOG}),
            llm(
                "timeline",
                [
                    ("system", "Turn the log into a complete timeline, one bullet a line."),
                    ("user", _LOG),
                ],
                _CUT,
                finish="length",
                settings={"max_tokens": 120},
                shown="timeline",
            ),
            llm(
                "causes",
                "Name the likely cause from the timeline:\n" + _CUT,
                "Likely cause: the deploy of checkout 2026.5.1 at 02:16.",
                shown="causes",
            ),
            llm(
                "status",
                "Was it mitigated, and when? Timeline:\n" + _CUT,
                "No mitigation is recorded; the incident has not been mitigated yet.",
                shown="status",
            ),
            step(
                "report",
                {
                    "timeline": _CUT,
                    "cause": "Likely cause: the deploy of checkout 2026.5.1 at 02:16.",
                    "status": "No mitigation is recorded; the incident has not been mitigated yet.",
                },
                "**INC-2291.** Checkout failed after the deploy of 2026.5.1 at 02:16; errors peaked at 11.3 %. The on-call engineer was paged at 02:23. The incident has not been mitigated yet.",
            ),
        ),
    ),
    SpanCase(
        "newswire-ja-1",
        "translation",
        "genai",
        origin="translate",
        why="3億2,000万円 is 320 million yen, not 32 million",
        given=_NEWS_JA,
        made="Minato Electric to spend ¥32 million (+15%) this fiscal year; new plant from April 2027, 120 hires.",
        outcome="bad",
        steps=(
            llm("detect", "Which language? " + _NEWS_JA, "ja"),
            llm(
                "translate",
                [("system", "Translate into English for a newswire."), ("user", _NEWS_JA)],
                _NEWS_EN,
                model="gpt-4o",
            ),
            llm(
                "edit",
                [("system", "Edit for style. Do not change facts."), ("user", _NEWS_EN)],
                "Minato Electric Co. said it will raise capital spending by 15% to 32 million yen this fiscal year. Its new plant is due to start operating in April 2027, and 120 people will be hired.",
            ),
            llm(
                "headline",
                "One line of at most 110 characters: Minato Electric Co. said it will raise capital spending by 15% to 32 million yen this fiscal year. Its new plant is due to start operating in April 2027, and 120 people will be hired.",
                "Minato Electric to spend ¥32 million (+15%) this fiscal year; new plant from April 2027, 120 hires.",
            ),
            tool(
                "publish",
                {
                    "channel": "wire-asia",
                    "text": "Minato Electric to spend ¥32 million (+15%) this fiscal year; new plant from April 2027, 120 hires.",
                },
                {"id": "w-88120"},
            ),
        ),
    ),
    SpanCase(
        "product-page-1",
        "translation",
        "misstep",
        origin="localise",
        why="asked for Spanish it wrote Portuguese",
        given={
            "sku": "LT-310",
            "language": "es",
            "text": "Foldable desk lamp with three brightness levels. Charges in 2.5 hours, runs for up to 9 hours.",
        },
        made={
            "sku": "LT-310",
            "lang": "es",
            "html": "<p>Luminária de mesa dobrável com três níveis de brilho. Carrega em 2,5 horas e funciona por até 9 horas.</p>",
        },
        steps=(
            tool(
                "terms",
                {"sku": "LT-310", "language": "es"},
                {"desk lamp": "lámpara de escritorio", "brightness": "brillo"},
            ),
            step(
                "localise",
                {
                    "text": "Foldable desk lamp with three brightness levels. Charges in 2.5 hours, runs for up to 9 hours.",
                    "language": "es",
                },
                "Luminária de mesa dobrável com três níveis de brilho. Carrega em 2,5 horas e funciona por até 9 horas.",
                llm(
                    "localise-call",
                    [
                        (
                            "system",
                            "Translate into Spanish (es). Use the glossary: desk lamp = lámpara de escritorio.",
                        ),
                        (
                            "user",
                            "Foldable desk lamp with three brightness levels. Charges in 2.5 hours, runs for up to 9 hours.",
                        ),
                    ],
                    "Luminária de mesa dobrável com três níveis de brilho. Carrega em 2,5 horas e funciona por até 9 horas.",
                ),
            ),
            tool(
                "length_check",
                {
                    "text": "Luminária de mesa dobrável com três níveis de brilho. Carrega em 2,5 horas e funciona por até 9 horas.",
                    "max": 160,
                },
                {"ok": True, "characters": 104},
            ),
            step(
                "to_html",
                "Luminária de mesa dobrável com três níveis de brilho. Carrega em 2,5 horas e funciona por até 9 horas.",
                "<p>Luminária de mesa dobrável com três níveis de brilho. Carrega em 2,5 horas e funciona por até 9 horas.</p>",
            ),
            tool(
                "save_page",
                {
                    "sku": "LT-310",
                    "lang": "es",
                    "html": "<p>Luminária de mesa dobrável com três níveis de brilho. Carrega em 2,5 horas e funciona por até 9 horas.</p>",
                },
                {
                    "sku": "LT-310",
                    "lang": "es",
                    "html": "<p>Luminária de mesa dobrável com três níveis de brilho. Carrega em 2,5 horas e funciona por até 9 horas.</p>",
                },
            ),
        ),
    ),
    SpanCase(
        "fix-loop-1",
        "code",
        "openinference",
        origin=None,
        why="the first version failed its test and was mended; the second passes",
        given={
            "task": "parse_duration: seconds in a text such as 1h30m",
            "tests": ["1h30m -> 5400", "45s -> 45"],
        },
        made={"passed": 2, "failed": 0, "code": _FUNC},
        steps=(
            llm(
                "write",
                [
                    ("system", "Write Python."),
                    ("user", "parse_duration: seconds in a text such as 1h30m"),
                ],
                _FUNC_BAD,
                shown="write",
            ),
            tool(
                "run_tests",
                {"code": _FUNC_BAD, "tests": ["1h30m -> 5400", "45s -> 45"]},
                {
                    "passed": 1,
                    "failed": 1,
                    "log": "AssertionError: parse_duration('1h30m') == 1860, expected 5400",
                },
            ),
            llm(
                "mend",
                "The test failed: AssertionError: parse_duration('1h30m') == 1860, expected 5400\n"
                + _FUNC_BAD,
                _FUNC,
                shown="mend",
            ),
            tool(
                "run_tests_2",
                {"code": _FUNC, "tests": ["1h30m -> 5400", "45s -> 45"]},
                {"passed": 2, "failed": 0},
                shown="run_tests",
            ),
            step(
                "deliver",
                {"code": _FUNC, "passed": 2, "failed": 0},
                {"passed": 2, "failed": 0, "code": _FUNC},
            ),
        ),
    ),
)
