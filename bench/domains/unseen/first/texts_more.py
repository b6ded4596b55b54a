"""Recorded runs: more of translation, incident reports, code."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, step, tool

_LOG = (
    "02:14:07 api-gw 5xx rate 0.4 %\n02:16:31 deploy checkout 2026.5.1 started by ci\n"
    "02:18:55 checkout p99 4.8 s\n02:19:10 api-gw 5xx rate 11.3 %\n02:23:40 on-call paged (Ruiz)\n"
    "02:31:02 rollback checkout to 2026.4.9 started\n02:34:47 api-gw 5xx rate 0.5 %\n"
    "02:41:00 incident closed\n"
    "-- database --\n02:15:20 replica db-3 lag 0 s\n02:19:00 connection pool checkout exhausted (200/200)\n"
    "02:35:10 pool back to 61/200"
)
_AR = (
    "أعلنت بلدية العقبة أن عدد زوار الشاطئ الجنوبي بلغ ٤٨٬٢٠٠ زائر في شهر نيسان ٢٠٢٦، بزيادة قدرها ١٢٪ عن الشهر نفسه من العام الماضي. "
    "وسيُغلق الشاطئ من ٣ إلى ٩ أيار لأعمال الصيانة."
)
_AR_EN = (
    "The municipality of Aqaba said that 48,200 people visited the South Beach in April 2026, 12% more than in the "
    "same month last year. The beach will be closed from 3 to 9 May for maintenance."
)

CASES = (
    SpanCase(
        "aqaba-brief-1",
        "translation",
        "misstep",
        origin=None,
        why="Arabic digits and Levantine month names carried over correctly; last year's figure computed from the growth",
        given={"text": _AR, "language": "de"},
        made="Im April 2026 besuchten 48.200 Menschen den Südstrand von Akaba, 12 % mehr als im Vorjahr (rund 43.000). Vom 3. bis 9. Mai bleibt er wegen Wartungsarbeiten geschlossen.",
        steps=(
            step(
                "to_english",
                {"text": _AR},
                _AR_EN,
                llm(
                    "to_english-call",
                    [("system", "Translate into English."), ("user", _AR)],
                    _AR_EN,
                ),
            ),
            tool("previous_value", {"value": 48200, "growth": 0.12}, {"previous": 43036}),
            tool("names", {"en": "Aqaba", "to": "de"}, {"de": "Akaba"}),
            llm(
                "to_german",
                [
                    ("system", "Fasse auf Deutsch in zwei Sätzen zusammen."),
                    ("user", _AR_EN + " Vorjahr: 43036. Aqaba = Akaba."),
                ],
                "Im April 2026 besuchten 48.200 Menschen den Südstrand von Akaba, 12 % mehr als im Vorjahr (rund 43.000). Vom 3. bis 9. Mai bleibt er wegen Wartungsarbeiten geschlossen.",
            ),
            step(
                "deliver",
                "Im April 2026 besuchten 48.200 Menschen den Südstrand von Akaba, 12 % mehr als im Vorjahr (rund 43.000). Vom 3. bis 9. Mai bleibt er wegen Wartungsarbeiten geschlossen.",
                "Im April 2026 besuchten 48.200 Menschen den Südstrand von Akaba, 12 % mehr als im Vorjahr (rund 43.000). Vom 3. bis 9. Mai bleibt er wegen Wartungsarbeiten geschlossen.",
            ),
        ),
    ),
    SpanCase(
        "outage-brief-1",
        "incident reports",
        "genai",
        origin=None,
        why="durations are differences of times in the log; a failed lookup has a fallback",
        given="Summarise incident INC-2291 for the management in two sentences.",
        made="Checkout was degraded for about 15 minutes, from 02:19 to 02:34, after a deploy at 02:16; at the peak 11.3 % of requests failed. It was mended by rolling back to 2026.4.9.",
        root="agent",
        steps=(
            llm(
                "plan",
                "Summarise incident INC-2291 for the management in two sentences.",
                [call("get_log", incident="INC-2291"), call("get_owner", service="checkout")],
            ),
            tool("get_log", {"incident": "INC-2291"}, _LOG),
            tool("get_owner", {"service": "checkout"}, None, error=("KeyError", "'checkout'")),
            tool("get_owner_2", {"service": "Checkout"}, {"team": "Payments"}, shown="get_owner"),
            llm(
                "summary",
                [
                    ("user", "Summarise incident INC-2291 for the management in two sentences."),
                    ("tool", _LOG),
                    ("tool", {"team": "Payments"}),
                ],
                "Checkout was degraded for about 15 minutes, from 02:19 to 02:34, after a deploy at 02:16; at the peak 11.3 % of requests failed. It was mended by rolling back to 2026.4.9.",
            ),
            llm(
                "review",
                [
                    ("system", "Check facts against the log. Answer OK or the mistake."),
                    (
                        "user",
                        _LOG
                        + "\n---\nCheckout was degraded for about 15 minutes, from 02:19 to 02:34, after a deploy at 02:16; at the peak 11.3 % of requests failed. It was mended by rolling back to 2026.4.9.",
                    ),
                ],
                "OK",
            ),
        ),
    ),
    SpanCase(
        "changelog-1",
        "code",
        "misstep",
        origin=None,
        why="counts and versions follow from the list of commits; one truncated draft was asked for again and thrown away",
        given={
            "repo": "ferry",
            "from": "v2.3.0",
            "commits": [
                "fix: retry on 409",
                "feat: dark theme",
                "fix: memory leak in watcher",
                "docs: typo",
            ],
        },
        made="## v2.4.0\n\n**New**\n- Dark theme\n\n**Fixed**\n- Requests are retried on 409\n- Memory leak in the watcher\n\n4 commits since v2.3.0.",
        steps=(
            tool(
                "group",
                {
                    "commits": [
                        "fix: retry on 409",
                        "feat: dark theme",
                        "fix: memory leak in watcher",
                        "docs: typo",
                    ]
                },
                {
                    "feat": ["dark theme"],
                    "fix": ["retry on 409", "memory leak in watcher"],
                    "docs": ["typo"],
                    "count": 4,
                },
            ),
            tool(
                "next_version",
                {"from": "v2.3.0", "has_feature": True, "breaking": False},
                {"version": "v2.4.0"},
            ),
            llm(
                "draft_short",
                "Changelog for v2.4.0: feat dark theme; fix retry on 409, memory leak in watcher. 4 commits since v2.3.0",
                "## v2.4.0\n\n**New**\n- Dark the",
                finish="length",
                settings={"max_tokens": 16},
            ),
            llm(
                "draft",
                "Changelog for v2.4.0: feat dark theme; fix retry on 409, memory leak in watcher. 4 commits since v2.3.0",
                "## v2.4.0\n\n**New**\n- Dark theme\n\n**Fixed**\n- Requests are retried on 409\n- Memory leak in the watcher\n\n4 commits since v2.3.0.",
                settings={"max_tokens": 400},
            ),
            tool(
                "write_file",
                {
                    "path": "CHANGELOG.md",
                    "text": "## v2.4.0\n\n**New**\n- Dark theme\n\n**Fixed**\n- Requests are retried on 409\n- Memory leak in the watcher\n\n4 commits since v2.3.0.",
                },
                {"written": True},
            ),
        ),
    ),
)
