"""Recorded runs: code and incident reports."""

from __future__ import annotations

from bench.domains.case import DomainCase, hop

_ISSUE = (
    'Issue 812: `parse_duration("1h30m")` returns 90 but callers in scheduler.py expect seconds. Make it '
    "return seconds, keep the signature, and do not touch the public name."
)
_ALERTS = [
    {"at": "2025-06-04T01:12:00Z", "service": "checkout", "message": "error rate 18%"},
    {"at": "2025-06-04T01:15:00Z", "service": "payments-db", "message": "connections 500/500"},
    {"at": "2025-06-04T01:58:00Z", "service": "checkout", "message": "error rate 0.2%"},
]
_DEPLOYS = [
    {"service": "payments-db", "change": "CHG-7741", "at": "2025-06-03T23:40:00Z", "by": "ops-bot"},
    {"service": "search", "change": "CHG-7744", "at": "2025-06-04T00:30:00Z", "by": "ops-bot"},
]
_PATCH = (
    "def parse_duration(text: str) -> int:\n    hours, minutes = _split(text)\n"
    "    return (hours * 60 + minutes) * 60\n"
)

CASES = [
    DomainCase(
        name="bugfix-1",
        domain="code",
        origin="write_patch",
        why="the patch was cut off at the token limit and applied",
        given=_ISSUE,
        made={"merged": True, "commit": "4be91c7", "tests": "skipped"},
        outcome="bad",
        hops=[
            hop(
                "read_issue",
                "llm",
                _ISSUE,
                {"file": "duration.py", "function": "parse_duration", "want": "seconds"},
            ),
            hop(
                "load_file",
                "tool",
                {"file": "duration.py"},
                {
                    "source": "def parse_duration(text: str) -> int:\n    hours, minutes = _split(text)\n    return hours * 60 + minutes\n"
                },
            ),
            hop(
                "write_patch",
                "llm",
                {
                    "source": "def parse_duration(text: str) -> int:\n    hours, minutes = _split(text)\n    return hours * 60 + minutes\n",
                    "want": "seconds",
                },
                "def parse_duration(text: str) -> int:\n    hours, minutes = _split(text)\n    return (hours * 60 + min",
                finish_reason="length",
                request_model="gpt-4o-mini",
                response_model="gpt-4o-mini-2024-07-18",
            ),
            hop(
                "apply_patch",
                "tool",
                {
                    "file": "duration.py",
                    "source": "def parse_duration(text: str) -> int:\n    hours, minutes = _split(text)\n    return (hours * 60 + min",
                },
                {"applied": True, "commit": "4be91c7"},
            ),
            hop(
                "merge",
                "tool",
                {"commit": "4be91c7"},
                {"merged": True, "commit": "4be91c7", "tests": "skipped"},
            ),
        ],
    ),
    DomainCase(
        name="config-1",
        domain="code",
        origin="generate_config",
        why="the key is called retry_count where the loader reads retries; it surfaced two hops later",
        given={"service": "mailer", "need": "three retries, timeout of 30 seconds"},
        made=None,
        outcome="error",
        hops=[
            hop(
                "read_schema",
                "tool",
                {"service": "mailer"},
                {
                    "required": ["host", "retries", "timeout_s"],
                    "defaults": {"host": "mail.internal"},
                },
            ),
            hop(
                "generate_config",
                "llm",
                {
                    "need": "three retries, timeout of 30 seconds",
                    "schema": {
                        "required": ["host", "retries", "timeout_s"],
                        "defaults": {"host": "mail.internal"},
                    },
                },
                {"host": "mail.internal", "retry_count": 3, "timeout_s": 30},
            ),
            hop(
                "format_yaml",
                "tool",
                {"host": "mail.internal", "retry_count": 3, "timeout_s": 30},
                "host: mail.internal\nretry_count: 3\ntimeout_s: 30\n",
            ),
            hop(
                "commit",
                "tool",
                {
                    "file": "mailer.yaml",
                    "text": "host: mail.internal\nretry_count: 3\ntimeout_s: 30\n",
                },
                {"commit": "a90de12"},
            ),
            hop(
                "start_service",
                "tool",
                {"config": {"host": "mail.internal", "retry_count": 3, "timeout_s": 30}},
                None,
                error=("KeyError", "'retries'"),
            ),
        ],
    ),
    DomainCase(
        name="review-1",
        domain="code",
        origin="list_changes",
        why="one of the three changed files is missing from the list",
        given={"pull_request": 418},
        made="The change touches 2 files and needs no migration. Safe to merge.",
        outcome="bad",
        hops=[
            hop(
                "fetch_diff",
                "tool",
                {"pull_request": 418},
                {
                    "files": [
                        {"path": "api/orders.py", "added": 42, "removed": 7},
                        {"path": "db/migrations/0091_orders.sql", "added": 18, "removed": 0},
                        {"path": "tests/test_orders.py", "added": 61, "removed": 3},
                    ]
                },
            ),
            hop(
                "list_changes",
                "llm",
                {
                    "files": [
                        {"path": "api/orders.py", "added": 42, "removed": 7},
                        {"path": "db/migrations/0091_orders.sql", "added": 18, "removed": 0},
                        {"path": "tests/test_orders.py", "added": 61, "removed": 3},
                    ]
                },
                {
                    "changes": [
                        {"path": "api/orders.py", "summary": "new order endpoint"},
                        {"path": "tests/test_orders.py", "summary": "tests for it"},
                    ]
                },
            ),
            hop(
                "assess_risk",
                "llm",
                {
                    "changes": [
                        {"path": "api/orders.py", "summary": "new order endpoint"},
                        {"path": "tests/test_orders.py", "summary": "tests for it"},
                    ]
                },
                {"risk": "low", "migration": False},
            ),
            hop("policy", "tool", {"risk": "low"}, {"reviewers": 1}),
            hop(
                "comment",
                "llm",
                {"files": 2, "risk": "low", "migration": False},
                "The change touches 2 files and needs no migration. Safe to merge.",
            ),
        ],
    ),
    DomainCase(
        name="fixloop-1",
        domain="code",
        origin=None,
        why="the first patch failed its test, the second passed",
        given=_ISSUE,
        made={"merged": True, "commit": "77ac0d2", "tests": "passed"},
        hops=[
            hop(
                "read_issue",
                "llm",
                _ISSUE,
                {"file": "duration.py", "function": "parse_duration", "want": "seconds"},
            ),
            hop(
                "write_patch",
                "llm",
                {"function": "parse_duration", "want": "seconds"},
                "def parse_duration(text: str) -> int:\n    return _split(text) * 60\n",
            ),
            hop(
                "run_tests",
                "tool",
                {"patch": "def parse_duration(text: str) -> int:\n    return _split(text) * 60\n"},
                {
                    "passed": 11,
                    "failed": 1,
                    "error": "TypeError: can't multiply sequence by non-int",
                },
            ),
            hop(
                "write_patch_again",
                "llm",
                {
                    "function": "parse_duration",
                    "want": "seconds",
                    "failure": "TypeError: can't multiply sequence by non-int",
                },
                _PATCH,
            ),
            hop(
                "run_tests_again",
                "tool",
                {"patch": _PATCH},
                {"passed": 12, "failed": 0, "error": None},
            ),
            hop(
                "merge",
                "tool",
                {"patch": _PATCH, "passed": 12, "failed": 0},
                {"merged": True, "commit": "77ac0d2", "tests": "passed"},
            ),
        ],
    ),
    DomainCase(
        name="release-1",
        domain="code",
        origin=None,
        why="a format mended by the model itself, counts and a version that follow from the list",
        given="Draft the release notes for everything merged since v2.3.4.",
        made="v2.4.0 brings 3 changes: faster import (#901), dark theme (#907), fewer retries (#911).",
        hops=[
            hop(
                "list_merges",
                "tool",
                {"since": "v2.3.4"},
                [
                    {"number": 901, "title": "Import twice as fast", "label": "feature"},
                    {"number": 907, "title": "Dark theme", "label": "feature"},
                    {"number": 911, "title": "Retry less on 4xx", "label": "fix"},
                ],
            ),
            hop(
                "next_version",
                "tool",
                {"since": "v2.3.4", "labels": ["feature", "feature", "fix"]},
                {"version": "v2.4.0"},
            ),
            hop(
                "describe",
                "llm",
                [
                    {"number": 901, "title": "Import twice as fast", "label": "feature"},
                    {"number": 907, "title": "Dark theme", "label": "feature"},
                    {"number": 911, "title": "Retry less on 4xx", "label": "fix"},
                ],
                {"notes": ["faster import (#901)", "dark theme (#907)", "fewer retries (#911)"]},
                answer='```json\n{"notes": ["faster import (#901)", "dark theme (#907)", "fewer retries (#911)"]}\n```',
            ),
            hop(
                "compose",
                "llm",
                {
                    "version": "v2.4.0",
                    "notes": ["faster import (#901)", "dark theme (#907)", "fewer retries (#911)"],
                },
                "v2.4.0 brings 3 changes: faster import (#901), dark theme (#907), fewer retries (#911).",
            ),
            hop(
                "spellcheck",
                "tool",
                "v2.4.0 brings 3 changes: faster import (#901), dark theme (#907), fewer retries (#911).",
                {"mistakes": 0},
            ),
        ],
    ),
    DomainCase(
        name="postmortem-1",
        domain="incident reports",
        origin="timeline",
        why="the outage is said to have lasted 26 minutes; 01:12 to 01:58 is 46",
        given={"incident": "INC-3302"},
        made="Checkout was degraded for 26 minutes on 4 June 2025 because payments-db ran out of connections.",
        outcome="bad",
        told="26 minutes",
        hops=[
            hop("fetch_alerts", "tool", {"incident": "INC-3302"}, _ALERTS),
            hop(
                "timeline",
                "llm",
                {"alerts": _ALERTS},
                {
                    "started": "2025-06-04T01:12:00Z",
                    "ended": "2025-06-04T01:58:00Z",
                    "duration_minutes": 26,
                },
            ),
            hop(
                "root_cause",
                "llm",
                {"alerts": _ALERTS, "deploys": _DEPLOYS},
                {"cause": "payments-db ran out of connections", "change": "CHG-7741"},
            ),
            hop(
                "severity",
                "llm",
                {"duration_minutes": 26, "error_rate": "18%"},
                {"severity": "SEV3", "reason": "under 30 minutes"},
            ),
            hop(
                "write_report",
                "llm",
                {
                    "duration_minutes": 26,
                    "date": "2025-06-04",
                    "cause": "payments-db ran out of connections",
                    "severity": "SEV3",
                },
                "Checkout was degraded for 26 minutes on 4 June 2025 because payments-db ran out of connections.",
            ),
        ],
    ),
    DomainCase(
        name="culprit-1",
        domain="incident reports",
        origin="correlate",
        why="names a change that is in none of the deployments",
        given={"incident": "INC-3302", "window_h": 3},
        made="INC-3302 was caused by CHG-7714 to payments-db; it has been rolled back.",
        outcome="unknown",
        hops=[
            hop("fetch_alerts", "tool", {"incident": "INC-3302"}, _ALERTS),
            hop("fetch_deploys", "tool", {"window_h": 3}, _DEPLOYS),
            hop(
                "correlate",
                "llm",
                {"alerts": _ALERTS, "deploys": _DEPLOYS},
                {"service": "payments-db", "change": "CHG-7714", "confidence": "high"},
            ),
            hop(
                "roll_back",
                "tool",
                {"change": "CHG-7714"},
                {"change": "CHG-7714", "rolled_back": True},
            ),
            hop(
                "report",
                "llm",
                {
                    "incident": "INC-3302",
                    "change": "CHG-7714",
                    "service": "payments-db",
                    "rolled_back": True,
                },
                "INC-3302 was caused by CHG-7714 to payments-db; it has been rolled back.",
            ),
        ],
    ),
    DomainCase(
        name="status-1",
        domain="incident reports",
        origin="input",
        why="the report that came in gives the wrong year; all hops pass it on rightly",
        given="Outage report: region north, from 2015-06-04 01:12 to 01:58 UTC, 310 customers.",
        made="On 4 June 2015 between 01:12 and 01:58 UTC, 310 customers in region north were affected (46 minutes).",
        outcome="bad",
        told="2015",
        hops=[
            hop(
                "parse",
                "llm",
                "Outage report: region north, from 2015-06-04 01:12 to 01:58 UTC, 310 customers.",
                {
                    "region": "north",
                    "date": "2015-06-04",
                    "from": "01:12",
                    "to": "01:58",
                    "customers": 310,
                },
            ),
            hop("duration", "tool", {"from": "01:12", "to": "01:58"}, {"minutes": 46}),
            hop("region_name", "tool", {"region": "north"}, {"name": "region north"}),
            hop(
                "draft",
                "llm",
                {
                    "date": "2015-06-04",
                    "from": "01:12",
                    "to": "01:58",
                    "minutes": 46,
                    "customers": 310,
                    "name": "region north",
                },
                "310 customers in region north were affected on 4 June 2015, 01:12-01:58 UTC (46 minutes).",
            ),
            hop(
                "polish",
                "llm",
                "310 customers in region north were affected on 4 June 2015, 01:12-01:58 UTC (46 minutes).",
                "On 4 June 2015 between 01:12 and 01:58 UTC, 310 customers in region north were affected (46 minutes).",
            ),
        ],
    ),
    DomainCase(
        name="bridge-1",
        domain="incident reports",
        origin=None,
        why="a hypothesis that a critic refuted, local times into UTC, a duration computed rightly",
        given="INC-3310: alerts in Helsinki time. Write the summary in UTC.",
        made="Search was slow from 06:05 to 06:52 UTC (47 minutes). Cause: a full disk on node s-3.",
        hops=[
            hop(
                "fetch_alerts",
                "tool",
                {"incident": "INC-3310"},
                [
                    {"at": "2025-08-19T09:05:00+03:00", "message": "search p99 4.8 s"},
                    {"at": "2025-08-19T09:11:00+03:00", "message": "disk 100% on s-3"},
                    {"at": "2025-08-19T09:52:00+03:00", "message": "search p99 0.3 s"},
                ],
            ),
            hop(
                "hypothesis", "llm", {"symptom": "search p99 4.8 s"}, {"cause": "a slow deployment"}
            ),
            hop(
                "critic",
                "evaluator",
                {"cause": "a slow deployment", "evidence": ["disk 100% on s-3"]},
                {
                    "accepted": False,
                    "remark": "No deployment in the window; the disk of s-3 was full.",
                },
            ),
            hop(
                "hypothesis_again",
                "llm",
                {"remark": "No deployment in the window; the disk of s-3 was full."},
                {"cause": "a full disk on node s-3"},
            ),
            hop(
                "to_utc",
                "tool",
                {"from": "2025-08-19T09:05:00+03:00", "to": "2025-08-19T09:52:00+03:00"},
                {"from": "2025-08-19T06:05:00Z", "to": "2025-08-19T06:52:00Z", "minutes": 47},
            ),
            hop(
                "summary",
                "llm",
                {
                    "from": "2025-08-19T06:05:00Z",
                    "to": "2025-08-19T06:52:00Z",
                    "minutes": 47,
                    "cause": "a full disk on node s-3",
                },
                "Search was slow from 06:05 to 06:52 UTC (47 minutes). Cause: a full disk on node s-3.",
            ),
        ],
    ),
]
