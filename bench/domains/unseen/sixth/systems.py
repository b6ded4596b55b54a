"""The sixth set, faulty runs of code, a release and two incidents."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, llm, step, tool, written

_FEE_OLD = '''\
from decimal import Decimal


def shipping_fee(weight_kg: float) -> Decimal:
    """Fee of a parcel within the country."""
    if weight_kg <= 2:
        return Decimal("4.90")
    elif weight_kg <= 10:
        return Decimal("8.90")
    elif weight_kg <= 30:
        return Decimal("16.90")
    raise ValueError("parcel too heavy")
'''
_FEE_NEW = '''\
from bisect import bisect_right
from decimal import Decimal

LIMITS = [2, 10, 30]
FEES = [Decimal("4.90"), Decimal("8.90"), Decimal("16.90")]


def shipping_fee(weight_kg: float) -> Decimal:
    """Fee of a parcel within the country."""
    n = bisect_right(LIMITS, weight_kg)
    if n == len(LIMITS):
        raise ValueError("parcel too heavy")
    return FEES[n]
'''
_FEE_TESTS = """\
tests/test_fees.py::test_small[0.4] PASSED
tests/test_fees.py::test_small[1.5] PASSED
tests/test_fees.py::test_middle[5] PASSED
tests/test_fees.py::test_large[22] PASSED
tests/test_fees.py::test_too_heavy[31] PASSED
============ 5 passed in 0.04s ============"""
_FEE_DOC = """\
| weight                    | fee (EUR) |
|---------------------------|-----------|
| below 2 kg                | 4.90      |
| 2 kg to below 10 kg       | 8.90      |
| 10 kg to below 30 kg      | 16.90     |
| 30 kg and more            | not sent  |"""
_FEE_PR = (
    """\
## fees: look up the fee in a table

Replaces the if-chain in `shipping_fee` by a table and a binary search. No change in behaviour, all five tests pass.
The README now states the bands:

"""
    + _FEE_DOC
    + """

Follow-up: the label printer still lets clerks accept parcels of exactly 30 kg; it should refuse them."""
)

_COMMITS = """\
4e1b0c7 fix(auth): accept tokens with trailing newline (#611)
9a77d20 feat(report): add CSV download of weekly report (#598)
c03f5e9 refactor(api)!: remove GET /v1/export, use /v2/exports (#602)
17be4d1 docs: explain retention settings (#606)
e88c2f4 perf(index): cache facet counts (#609)
b51a9ce fix(report): right-align totals (#613)"""
_PARSED = [
    {"sha": "4e1b0c7", "type": "fix", "scope": "auth", "breaking": False},
    {"sha": "9a77d20", "type": "feat", "scope": "report", "breaking": False},
    {"sha": "c03f5e9", "type": "refactor", "scope": "api", "breaking": False},
    {"sha": "17be4d1", "type": "docs", "scope": None, "breaking": False},
    {"sha": "e88c2f4", "type": "perf", "scope": "index", "breaking": False},
    {"sha": "b51a9ce", "type": "fix", "scope": "report", "breaking": False},
]
_CHANGELOG = """\
### 2.5.0 (2026-09-08)
Added: CSV download of the weekly report (#598)
Changed: API module tidied, exports are served by /v2/exports (#602); facet counts are cached (#609)
Fixed: tokens with a trailing newline are accepted (#611); totals are right-aligned (#613)
No breaking changes."""
_ANNOUNCE = """\
Lumen Ledger 2.5.0 is out

This is a minor release: you can update from 2.4.x without touching your code. New is the CSV download of the weekly
report; facet counts are cached, so search pages open faster; exports are now served by /v2/exports; two small
fixes round it off. There are no breaking changes. The 37 customers who follow "^2.4" will be updated automatically
on Thursday, 10 September 2026."""

_APP_LOG = """\
2026-09-03T08:57:30Z checkout INFO  release 4.18.0 live on 12 of 12 pods
2026-09-03T09:02:09Z checkout ERROR connection refused: orders-db:5432
2026-09-03T09:04:11Z checkout ERROR pool exhausted, 64 waiting
2026-09-03T09:05:00Z checkout WARN  error rate 71 %
2026-09-03T09:22:02Z checkout INFO  pool healthy, error rate 0.2 %"""
_DB_LOG = """\
2026-09-03T11:02:05+02:00 orders-db-1 FATAL  disk controller reset, instance down
2026-09-03T11:03:40+02:00 orders-db-2 LOG    promoted to primary
2026-09-03T11:21:30+02:00 orders-db-2 LOG    accepting connections on 5432"""
_MERGED = """\
08:57:30 checkout     release 4.18.0 live on 12 of 12 pods
09:02:09 checkout     connection refused: orders-db:5432
09:04:11 checkout     pool exhausted, 64 waiting
09:05:00 checkout     error rate 71 %
09:22:02 checkout     pool healthy, error rate 0.2 %
11:02:05 orders-db-1  disk controller reset, instance down
11:03:40 orders-db-2  promoted to primary
11:21:30 orders-db-2  accepting connections on 5432"""
_CAUSE = (
    "Two separate events. From 09:02:09 to 09:22:02 checkout could not connect; the only change before it is release "
    "4.18.0 at 08:57:30, so the release is the likely cause. The loss of orders-db-1 at 11:02:05 came two hours later "
    "and did not touch checkout."
)
_REVIEW = """\
# Review of 3 September 2026: checkout errors

**What happened.** Between 09:02 and 09:22 up to 71 % of checkouts failed. On-call was paged at 09:03 and answered at
09:06. Errors ended at 09:22.

**Cause.** Release 4.18.0, live at 08:57, exhausted the connection pool. The database failed only two hours after the
checkout errors, at 11:02, and is handled in a review of its own.

**Actions.** 1. Roll back 4.18.0 and freeze checkout releases for a week (checkout team). 2. Lower the pool size per pod
(checkout team). 3. No action for the database team here."""

_SHIFT = """\
SHIFT LOG, Varde cold store, machine room 2, Tuesday 18 August 2026 (J. Mikkelsen)
13:22 ammonia alarm, 38 ppm at sensor S4; hall 2 cleared, 9 people to assembly point, count complete
13:26 compressor C2 stopped by hand, valve V-17 shut
13:31 fitter T. Brogaard has burning eyes, rinsed at the eye shower, driven to casualty in Esbjerg
13:48 fire brigade on site, ventilates
14:35 S4 below 5 ppm, hall 2 released
15:10 Brogaard back from casualty: irritation, no lasting harm, off work until Thursday
15:40 shaft seal of C2 found cracked, to be sent to the maker
16:00 report to the Working Environment Authority not yet made; Ms Lund will do it tomorrow morning"""
_FACTS = {
    "date": "2026-08-18",
    "place": "Varde cold store, machine room 2",
    "substance": "ammonia",
    "alarm": "13:22",
    "released": "14:35",
    "hurt": [{"name": "T. Brogaard", "what": "eye irritation", "off_until": "2026-08-20"}],
    "cause": "cracked shaft seal, compressor C2",
    "authority": "not yet reported; Ms Lund, 19 August in the morning",
}
_INTERNAL = """\
Internal report 2026-14, 18 August 2026, 16:30

At 13:22 sensor S4 in machine room 2 gave an ammonia alarm (38 ppm; peak 112 ppm at 13:27). Hall 2 was cleared, all nine
people were counted. Compressor C2 was stopped and V-17 shut at 13:26. The level was above 25 ppm for 41 minutes, until
14:03; hall 2 was released at 14:35 after 73 minutes.
One person hurt: fitter T. Brogaard, eye irritation, treated at casualty, off work until Thursday.
Cause: cracked shaft seal of C2.
Open: the Working Environment Authority has not been told yet; Ms Lund will report on 19 August in the morning."""
_NEIGHBOURS = """\
To our neighbours at Havnevej

On Tuesday, 18 August, ammonia escaped in a machine room of our cold store. Our sensors gave the alarm at 13:22, four
minutes later the compressor was shut down. The fire brigade ventilated the building, and at 14:35 we could release the
hall again. Nothing harmful got beyond our fence.
One of our fitters had irritated eyes; he was treated and is at home again.
We reported the event to the Working Environment Authority on the same afternoon. A cracked seal was the cause; it goes
to the maker for examination.
Questions? Call Ms Lund on 555-0142."""

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "fee-table-6",
        "code",
        "openinference",
        origin="rewrite",
        why="bisect_right moves parcels of exactly 2, 10 and 30 kg into the next band; the old code had <=",
        given="Replace the if-chain in shop/fees.py by a table. Behaviour must stay the same. Open a pull request.",
        made=_FEE_PR,
        outcome="score",
        steps=(
            tool("read_file", {"path": "shop/fees.py"}, _FEE_OLD),
            agent(
                "refactorer",
                {"task": "table instead of if-chain, same behaviour", "path": "shop/fees.py"},
                {"path": "shop/fees.py", "content": _FEE_NEW},
                llm(
                    "rewrite",
                    [
                        (
                            "system",
                            "Rewrite the module with a table and a binary search. Every input must give the same result "
                            "as before. Answer with the module only.",
                        ),
                        ("user", _FEE_OLD),
                    ],
                    _FEE_NEW,
                    model="gpt-4o",
                    shown="rewrite",
                ),
            ),
            tool("run_tests", {"path": "tests/test_fees.py"}, _FEE_TESTS),
            llm(
                "readme_table",
                "Document the bands of this function as a Markdown table. Be exact about the limits.\n\n"
                + _FEE_NEW,
                _FEE_DOC,
                shown="readme_table",
            ),
            llm(
                "pr_text",
                "Write the text of the pull request; say what changed, how it was tested, any follow-up. The label printer "
                "lets clerks accept parcels up to and including 30 kg.\n\n"
                + _FEE_NEW
                + "\n"
                + _FEE_TESTS
                + "\n"
                + _FEE_DOC,
                _FEE_PR,
                shown="pr_text",
            ),
        ),
    ),
    SpanCase(
        "release-train-6",
        "code",
        "misstep",
        origin="parse_commits",
        why="the '!' of commit c03f5e9, which removes an endpoint, was lost: breaking should be true",
        given={
            "repository": "lumen/ledger",
            "since": "v2.4.3",
            "conventions": "conventional commits, semver",
        },
        made=_ANNOUNCE,
        outcome="contract",
        told="a release that removes a public endpoint must raise the major version",
        steps=(
            tool("commits_since", {"repository": "lumen/ledger", "tag": "v2.4.3"}, _COMMITS),
            tool("parse_commits", {"log": _COMMITS, "format": "conventional"}, _PARSED),
            step(
                "next_version",
                {"current": "2.4.3", "commits": _PARSED},
                {"current": "2.4.3", "bump": "minor", "next": "2.5.0"},
            ),
            llm(
                "changelog",
                [
                    (
                        "system",
                        "Write the changelog section: Added, Changed, Fixed, and whether anything breaks.",
                    ),
                    (
                        "user",
                        "Version 2.5.0, 2026-09-08.\n" + _COMMITS + "\nParsed: " + written(_PARSED),
                    ),
                ],
                _CHANGELOG,
            ),
            tool(
                "followers",
                {"package": "ledger", "version": "2.5.0"},
                {"range": "^2.4", "customers": 37, "automatic": True, "on": "2026-09-10"},
            ),
            tool(
                "tag_release",
                {"repository": "lumen/ledger", "tag": "v2.5.0", "notes": _CHANGELOG},
                {"tag": "v2.5.0", "commit": "b51a9ce", "created": "2026-09-08T14:20:00Z"},
            ),
            llm(
                "announcement",
                "Announce Lumen Ledger 2.5.0 to customers in a friendly paragraph. 37 customers on ^2.4 get it "
                "automatically on Thursday, 10 September 2026.\n\n" + _CHANGELOG,
                _ANNOUNCE,
            ),
        ),
    ),
    SpanCase(
        "checkout-review-6",
        "incident reports",
        "misstep",
        origin="merge_logs",
        why="the database log is in +02:00, the other in UTC; they were put in order without converting",
        given={"incident": "INC-2094", "day": "2026-09-03"},
        made=_REVIEW,
        outcome="bad",
        told="The database failed only two hours after the\ncheckout errors, at 11:02",
        steps=(
            tool("app_log", {"service": "checkout", "day": "2026-09-03"}, _APP_LOG),
            tool("db_log", {"cluster": "orders-db", "day": "2026-09-03"}, _DB_LOG),
            step("merge_logs", {"logs": [_APP_LOG, _DB_LOG], "zone": "UTC"}, _MERGED),
            llm(
                "find_cause",
                [
                    (
                        "system",
                        "Name the likely cause from the common timeline (UTC). Three sentences at most.",
                    ),
                    ("user", _MERGED),
                ],
                _CAUSE,
                model="gpt-4o",
            ),
            tool(
                "pager",
                {"incident": "INC-2094"},
                {
                    "paged": "2026-09-03T09:03:02Z",
                    "answered": "2026-09-03T09:06:20Z",
                    "by": "S. Adeyemi",
                },
            ),
            llm(
                "write_review",
                "Write the review in Markdown: what happened, cause, actions. Times in UTC. Paged 09:03, answered 09:06.\n"
                + _MERGED
                + "\n\nCause: "
                + _CAUSE,
                _REVIEW,
            ),
        ),
    ),
    SpanCase(
        "cold-store-6",
        "incident reports",
        "genai",
        origin="neighbour_letter",
        why="the report says the authority has not been told; the letter says it was, on the same afternoon",
        given="Ammonia alarm in Varde on 18 August 2026: internal report and a letter to the neighbours, please.",
        made=_NEIGHBOURS,
        steps=(
            tool("shift_log", {"site": "Varde", "day": "2026-08-18"}, _SHIFT),
            llm(
                "facts",
                "Extract date, place, substance, alarm, released, hurt, cause, authority as JSON.\n\n"
                + _SHIFT,
                written(_FACTS),
            ),
            tool(
                "sensor",
                {"sensor": "S4", "from": "13:20", "to": "14:40", "limit_ppm": 25},
                {
                    "peak_ppm": 112,
                    "peak_at": "13:27",
                    "above_limit": ["13:22", "14:03"],
                    "below_5_from": "14:35",
                    "fence_sensor_max_ppm": 0.4,
                },
            ),
            tool(
                "durations",
                {"above_limit": ["13:22", "14:03"], "alarm": "13:22", "released": "14:35"},
                {"above_limit_min": 41, "cleared_min": 73},
            ),
            llm(
                "internal_report",
                "Write the internal report 2026-14 (18 August 2026, 16:30).\n"
                + _SHIFT
                + "\n"
                + written(_FACTS)
                + "\nPeak 112 ppm at 13:27; above 25 ppm for 41 minutes until 14:03; hall cleared for 73 minutes.",
                _INTERNAL,
            ),
            llm(
                "neighbour_letter",
                [
                    (
                        "system",
                        "Write a letter to the neighbours in plain, calm words, without names of those hurt. Use only the "
                        "report. Contact: Ms Lund, 555-0142.",
                    ),
                    (
                        "user",
                        _INTERNAL
                        + "\n\nFire brigade ventilated from 13:48. Highest reading at the fence: 0.4 ppm, harmless.\n"
                        "The seal of C2 will be sent to the maker. Brogaard came home from casualty at 15:10.",
                    ),
                ],
                _NEIGHBOURS,
            ),
        ),
    ),
)
