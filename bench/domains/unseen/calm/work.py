"""Clean runs of code, logs, shops and support: failing tests, wide columns, picks by a field."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, sound, step, tool, written

_FAIL = "FAILED tests/test_slug.py::test_umlaut - AssertionError: assert 'strae' == 'strasse'\n1 failed, 17 passed in 0.42s"
_SRC = 'def slug(text):\n    text = text.lower()\n    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")\n'
_CAT = [
    {"sku": "T-11", "name": "Oak table", "price": 249.0, "shop": "A"},
    {"sku": "T-14", "name": "Pine table", "price": 129.0, "shop": "A"},
    {"sku": "T-11", "name": "Table, oak", "price": 239.0, "shop": "B"},
    {"sku": "T-19", "name": "Beech table", "price": 189.0, "shop": "B"},
]
_REV = [
    "Battery lasts two days, love it.",
    "Screen scratched after a week. Support was rude.",
    "Good value, but the strap broke.",
    "Works as described.",
    "Battery is great, the app is not.",
]

CASES: tuple[SpanCase, ...] = (
    sound(
        "umlaut-fix-5",
        "code",
        "misstep",
        "The slug test for umlauts fails. Please mend it.",
        "Fixed: slug() now writes ß as ss before it drops other signs. All 18 tests pass.",
        tool("run_tests", {"path": "tests"}, _FAIL),
        tool("read_file", {"path": "app/slug.py"}, _SRC),
        llm(
            "patch",
            "Mend the code so that the test passes. Give the whole file.\n" + _FAIL + "\n" + _SRC,
            'def slug(text):\n    text = text.lower().replace("ß", "ss")\n    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")\n',
        ),
        tool(
            "write_file",
            {
                "path": "app/slug.py",
                "content": 'def slug(text):\n    text = text.lower().replace("ß", "ss")\n    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")\n',
            },
            {"written": True},
        ),
        tool("run_tests#2", {"path": "tests"}, "18 passed in 0.40s", shown="run_tests"),
        llm(
            "report",
            'Report in one or two sentences. Before: 1 failed, 17 passed. Now: 18 passed. Change: replace("ß", "ss") before the substitution.',
            "Fixed: slug() now writes ß as ss before it drops other signs. All 18 tests pass.",
        ),
    ),
    sound(
        "widen-column-5",
        "code",
        "openinference",
        "The customer note is cut at 80 characters. Make room for 500.",
        "ALTER TABLE customers ALTER COLUMN note TYPE varchar(500); has run on staging. No row was changed; the longest note there now has 80 characters.",
        tool(
            "describe",
            {"table": "customers"},
            "customers: id bigint PK, name varchar(120), note varchar(80), created timestamptz",
        ),
        llm(
            "ChatOpenAI",
            "Write one PostgreSQL statement. The customer note is cut at 80 characters. Make room for 500.\ncustomers: id bigint PK, name varchar(120), note varchar(80), created timestamptz",
            "ALTER TABLE customers ALTER COLUMN note TYPE varchar(500);",
        ),
        step(
            "lint",
            "ALTER TABLE customers ALTER COLUMN note TYPE varchar(500);",
            {"ok": True, "rewrites_table": False},
        ),
        tool(
            "execute",
            {
                "database": "staging",
                "sql": "ALTER TABLE customers ALTER COLUMN note TYPE varchar(500);",
            },
            {"result": "ALTER TABLE", "ms": 41},
        ),
        tool(
            "execute#2",
            {
                "database": "staging",
                "sql": "SELECT count(*) AS n, max(length(note)) AS longest FROM customers;",
            },
            [{"n": 18342, "longest": 80}],
            shown="execute",
        ),
        step(
            "report",
            {"sql": "ALTER TABLE customers ALTER COLUMN note TYPE varchar(500);", "longest": 80},
            "ALTER TABLE customers ALTER COLUMN note TYPE varchar(500); has run on staging. No row was changed; the longest note there now has 80 characters.",
        ),
    ),
    sound(
        "disk-space-5",
        "code",
        "openinference",
        "Is there room for another 60 GB dump on /data?",
        "Yes: /data still has about 118 GiB free of 466 GiB (three quarters are used), which leaves some 62 GiB after a 60 GB dump.",
        tool(
            "df",
            {"mount": "/data"},
            {
                "mount": "/data",
                "total_bytes": 500107862016,
                "used_bytes": 373293056000,
                "free_bytes": 126814806016,
            },
        ),
        step(
            "gib",
            {"total_bytes": 500107862016, "used_bytes": 373293056000, "free_bytes": 126814806016},
            {"total_gib": 465.8, "used_gib": 347.7, "free_gib": 118.1, "used_pct": 74.6},
        ),
        step("dump", {"gb": 60}, {"gib": 55.9}),
        step("after", {"free_gib": 118.1, "dump_gib": 55.9}, {"left_gib": 62.2, "fits": True}),
        llm(
            "ChatOpenAI",
            "Answer: Is there room for another 60 GB dump on /data? "
            + written(
                {
                    "free_gib": 118.1,
                    "total_gib": 465.8,
                    "used_pct": 74.6,
                    "left_gib": 62.2,
                    "fits": True,
                }
            ),
            "Yes: /data still has about 118 GiB free of 466 GiB (three quarters are used), which leaves some 62 GiB after a 60 GB dump.",
        ),
    ),
    sound(
        "grinder-help-5",
        "support",
        "misstep",
        "My Brava grinder makes a loud noise and no coffee comes out. Bought in January.",
        "Sorry to hear that! Most likely a stone is stuck in the burrs: unplug the grinder, take out the upper burr and brush it clean. If that does not help, we will repair it free of charge, as your warranty runs until January 2028.",
        tool(
            "orders",
            {"customer": "C-90"},
            [{"order": "O-551", "item": "Brava Grinder BG-2", "date": "2026-01-17"}],
        ),
        search(
            "manuals",
            "grinder loud noise no coffee",
            {
                "id": "bg2-6",
                "content": "BG-2. Loud noise, no output: a foreign object is blocking the burrs. Unplug. Remove the upper burr. Clean with a brush. Never use water.",
                "score": 0.9,
            },
        ),
        step(
            "warranty", {"bought": "2026-01-17", "years": 2}, {"until": "2028-01-17", "valid": True}
        ),
        llm(
            "steps",
            "Short steps for the customer. BG-2. Loud noise, no output: a foreign object is blocking the burrs. Unplug. Remove the upper burr. Clean with a brush. Never use water.",
            "1. Unplug the grinder. 2. Take out the upper burr. 3. Brush it clean (no water).",
        ),
        llm(
            "reply",
            "Write a kind answer with steps and warranty. "
            + written(
                {
                    "steps": [
                        "Unplug the grinder",
                        "Take out the upper burr",
                        "Brush it clean (no water)",
                    ],
                    "likely_cause": "a stone or other foreign object in the burrs",
                    "warranty_until": "2028-01-17",
                }
            ),
            "Sorry to hear that! Most likely a stone is stuck in the burrs: unplug the grinder, take out the upper burr and brush it clean. If that does not help, we will repair it free of charge, as your warranty runs until January 2028.",
        ),
    ),
    sound(
        "table-prices-5",
        "retail",
        "openinference",
        {"query": "tables", "shops": ["A", "B"]},
        "We found three tables: a pine one for 129, a beech one for 189 and the oak one, cheapest at shop B for 239.",
        tool("shop_a", {"query": "tables"}, _CAT[:2]),
        tool("shop_b", {"query": "tables"}, _CAT[2:]),
        step(
            "merge",
            {"offers": _CAT},
            [
                {"sku": "T-11", "name": "Oak table", "price": 239.0, "shop": "B"},
                {"sku": "T-14", "name": "Pine table", "price": 129.0, "shop": "A"},
                {"sku": "T-19", "name": "Beech table", "price": 189.0, "shop": "B"},
            ],
        ),
        step(
            "by_price",
            [
                {"sku": "T-11", "name": "Oak table", "price": 239.0, "shop": "B"},
                {"sku": "T-14", "name": "Pine table", "price": 129.0, "shop": "A"},
                {"sku": "T-19", "name": "Beech table", "price": 189.0, "shop": "B"},
            ],
            [
                {"sku": "T-14", "name": "Pine table", "price": 129.0, "shop": "A"},
                {"sku": "T-19", "name": "Beech table", "price": 189.0, "shop": "B"},
                {"sku": "T-11", "name": "Oak table", "price": 239.0, "shop": "B"},
            ],
        ),
        llm(
            "ChatOpenAI",
            "One sentence for the shopper. "
            + written(
                [
                    {"sku": "T-14", "name": "Pine table", "price": 129.0, "shop": "A"},
                    {"sku": "T-19", "name": "Beech table", "price": 189.0, "shop": "B"},
                    {"sku": "T-11", "name": "Oak table", "price": 239.0, "shop": "B"},
                ]
            ),
            "We found three tables: a pine one for 129, a beech one for 189 and the oak one, cheapest at shop B for 239.",
        ),
    ),
    sound(
        "watch-reviews-5",
        "retail",
        "misstep",
        {"product": "Pulse watch"},
        'Customers praise the battery ("lasts two days", "great"). Complaints are about a scratched screen, a broken strap, the app and one rude support agent. Two of five reviews are mostly positive, two mixed, one negative.',
        tool("reviews", {"product": "Pulse watch"}, _REV),
        llm(
            "classify",
            "Label each: positive, negative, mixed. JSON list. " + written(_REV),
            written(["positive", "negative", "mixed", "positive", "mixed"]),
        ),
        step(
            "count",
            ["positive", "negative", "mixed", "positive", "mixed"],
            {"positive": 2, "negative": 1, "mixed": 2},
        ),
        llm(
            "themes",
            "Themes by sentiment as JSON. " + written(_REV),
            written(
                {
                    "praise": ["battery"],
                    "complaints": ["screen scratches", "rude support", "strap broke", "app"],
                }
            ),
        ),
        llm(
            "digest",
            "Write the digest, quoting briefly. "
            + written(
                {
                    "counts": {"positive": 2, "negative": 1, "mixed": 2},
                    "themes": {
                        "praise": ["battery"],
                        "complaints": ["screen scratches", "rude support", "strap broke", "app"],
                    },
                    "reviews": _REV,
                }
            ),
            'Customers praise the battery ("lasts two days", "great"). Complaints are about a scratched screen, a broken strap, the app and one rude support agent. Two of five reviews are mostly positive, two mixed, one negative.',
        ),
    ),
    sound(
        "reorder-packs-5",
        "retail",
        "misstep",
        "What do we have to reorder this week?",
        "Please order 3 boxes of gloves (150 pairs) and 2 packs of tape (24 rolls). Goggles are still above the minimum.",
        tool(
            "stock",
            {"store": "Graz"},
            [
                {"item": "gloves", "unit": "pairs", "stock": 62, "minimum": 180, "pack": 50},
                {"item": "tape", "unit": "rolls", "stock": 9, "minimum": 30, "pack": 12},
                {"item": "goggles", "unit": "pieces", "stock": 41, "minimum": 25, "pack": 10},
            ],
        ),
        step(
            "below",
            [
                {"item": "gloves", "stock": 62, "minimum": 180},
                {"item": "tape", "stock": 9, "minimum": 30},
                {"item": "goggles", "stock": 41, "minimum": 25},
            ],
            [{"item": "gloves", "missing": 118}, {"item": "tape", "missing": 21}],
        ),
        step(
            "packs",
            [
                {"item": "gloves", "missing": 118, "pack": 50},
                {"item": "tape", "missing": 21, "pack": 12},
            ],
            [
                {"item": "gloves", "packs": 3, "pieces": 150},
                {"item": "tape", "packs": 2, "pieces": 24},
            ],
        ),
        tool("prices", {"items": ["gloves", "tape"]}, {"gloves": 18.40, "tape": 11.90}),
        step(
            "cost",
            {"packs": {"gloves": 3, "tape": 2}, "prices": {"gloves": 18.40, "tape": 11.90}},
            {"gloves": 55.20, "tape": 23.80, "total": 79.00},
        ),
        llm(
            "advise",
            "Tell the store what to order, no prices. "
            + written(
                {
                    "order": [
                        {"item": "gloves", "packs": 3, "pieces": 150, "pack_name": "box"},
                        {"item": "tape", "packs": 2, "pieces": 24, "pack_name": "pack"},
                    ],
                    "not_needed": ["goggles"],
                }
            ),
            "Please order 3 boxes of gloves (150 pairs) and 2 packs of tape (24 rolls). Goggles are still above the minimum.",
        ),
    ),
)
