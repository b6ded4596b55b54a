"""A third set of the plain kind: runs without a fault, of code, retail, translation, incidents and claims."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, call, llm, search, step, tool, written

_PAGES = '''def page_count(total: int, size: int) -> int:
    """Pages needed for total rows at size rows a page."""
    return total // size'''
_CI = """FAILED tests/test_paging.py::test_rest - assert 2 == 3
    def test_rest():
>       assert page_count(41, 20) == 3
E       assert 2 == 3
E        +  where 2 = page_count(41, 20)
1 failed, 57 passed in 3.82s"""
_CI_AGAIN = """FAILED tests/test_paging.py::test_exact - assert 3 == 2
>       assert page_count(40, 20) == 2
E       assert 3 == 2
1 failed, 57 passed in 3.79s"""
_PULL = (
    "Count the last, partly filled page\n"
    "\n"
    "page_count rounded down, so 41 rows at 20 a page gave two pages and the last row could not be reached. It now "
    "rounds up: -(-total // size). Adding one to the old result was tried first and gave a page too many when the "
    "rows fill the pages exactly, as test_exact showed. All 58 tests pass."
)

_WEEK = [
    {"branch": "Celle", "eur": 41280.50, "receipts": 1486},
    {"branch": "Peine", "eur": 22489.50, "receipts": 911},
    {"branch": "Soltau", "eur": 17640.00, "receipts": 702},
    {"branch": "Stade", "eur": 28914.20, "receipts": 1120},
    {"branch": "Verden", "eur": 33075.80, "receipts": 1243},
]
_WEEK_SORTED = sorted(_WEEK, key=lambda b: -float(str(b["eur"])))
_WEEK_FIGURES = {
    "eur": 143400.00,
    "last_year_eur": 138950.00,
    "change_percent": 3.2,
    "receipts": 5462,
    "mean_eur": 26.25,
    "share_percent": {"Celle": 28.8, "Verden": 23.1, "Stade": 20.2, "Peine": 15.7, "Soltau": 12.3},
}
_WEEK_REPORT = """Week 36 (31 August to 6 September 2026)

Sales of the five branches: EUR 143,400, up 3.2 % on the same week of last year (EUR 138,950).
1. Celle    EUR 41,280.50
2. Verden   EUR 33,075.80
3. Stade    EUR 28,914.20
4. Peine    EUR 22,489.50
5. Soltau   EUR 17,640.00
Celle and Verden together make a little more than half. About 5,500 receipts were printed, EUR 26.25 on average.
Soltau was closed on Thursday for stocktaking."""

_FRENCH = (
    "Madame, Monsieur,\n"
    "\n"
    "Nous avons bien reçu votre commande n° 2617 du 3 septembre 2026 et vous en remercions. Les 48 verres seront "
    "prêts d'ici quinze jours ; nous vous les expédierons le 18 septembre. Le montant s'élève à 1 250,50 € TTC, "
    "port compris. Un acompte de 30 %, soit 375,15 €, est à verser à la commande, le solde à la livraison. Deux "
    "verres présentent une légère bulle ; nous les remplaçons sans frais.\n"
    "\n"
    "Veuillez agréer, Madame, Monsieur, l'expression de nos salutations distinguées.\n"
    "Verrerie Maslard, Nancy"
)
_ENGLISH_DRAFT = (
    "Dear Sir or Madam,\n"
    "\n"
    "We have duly received your order no. 2617 of 3 September 2026, for which we thank you. The 48 glasses will be "
    "ready within a fortnight; we will dispatch them on 18 September. The amount comes to EUR 1,250.50 including "
    "VAT and carriage. A deposit of 30 %, i.e. EUR 375.15, is payable on ordering, the balance on delivery. Two "
    "glasses show a slight bubble; we are replacing them free of charge.\n"
    "\n"
    "Please accept, Sir or Madam, the expression of our distinguished greetings.\n"
    "Verrerie Maslard, Nancy"
)
_ENGLISH = (
    "Dear Sir or Madam,\n"
    "\n"
    "Thank you for your order no. 2617 of 3 September 2026. The 48 glasses will be ready within two weeks, and we "
    "will ship them on 18 September. The price is EUR 1,250.50, including VAT and shipping. A deposit of 30 % (EUR "
    "375.15) is due with the order and the remaining EUR 875.35 on delivery. Two glasses have a small bubble; we "
    "are replacing them at no cost.\n"
    "\n"
    "Yours faithfully,\n"
    "Verrerie Maslard, Nancy"
)

_SLOW_LOG = """2026-09-17T06:41:00Z search-api p99=412ms p50=88ms rps=318
2026-09-17T06:42:00Z search-api p99=431ms p50=90ms rps=325
2026-09-17T06:43:00Z search-api p99=2960ms p50=140ms rps=322
2026-09-17T06:43:20Z es-node-4 disk watermark high exceeded, 91.2 % used, shards are being relocated
2026-09-17T06:44:00Z search-api p99=6240ms p50=610ms rps=301
2026-09-17T06:45:00Z search-api p99=7180ms p50=655ms rps=296
2026-09-17T06:52:10Z oncall l.brandt acknowledged
2026-09-17T07:03:40Z es-node-4 snapshots of 2025 removed, 71.8 % used
2026-09-17T07:06:00Z search-api p99=1120ms p50=118ms rps=310
2026-09-17T07:09:00Z search-api p99=425ms p50=91ms rps=333
2026-09-17T07:10:00Z search-api p99=418ms p50=89ms rps=335"""
_SLOW = {
    "slow_from": "2026-09-17T06:43:00Z",
    "slow_to": "2026-09-17T07:09:00Z",
    "worst_p99_ms": 7180,
    "usual_p99_ms": [412, 431],
    "trigger": "es-node-4 passed its disk watermark (91.2 % used) and shards were relocated",
    "remedy": "snapshots of 2025 removed, 71.8 % used afterwards",
}
_SLOW_REPORT = (
    "Slow search on Thursday, 17 September 2026 (times in CEST)\n"
    "From 08:43 to 09:09, for 26 minutes, one search in a hundred took far longer than usual: at worst 7.2 seconds "
    "or more instead of some 0.4. No request was refused. Node es-node-4 had run over nine tenths full, and moving "
    "its shards away kept the disks busy. Lea Brandt took the page at 08:52 and removed last year's snapshots at "
    "about 09:04, which brought the node down to 72 %. We will alert at 80 % from now on."
)

_CLAIM_MAIL = (
    "On Sunday 13 September the hose of our dishwasher burst. The floor of the kitchen is ruined, the joiner wants "
    "2,340 euros for it (offer attached), and the drying cost 415 euros. The dishwasher itself is from 2013 and "
    "still runs with a new hose, which was 18 euros. Policy HR-77201. Amelie Thorwald"
)
_CLAIM_TERMS = (
    "HR 2024, clause 4: Damage by tap water that escapes from pipes, hoses or connected appliances is covered, "
    "with the cost of drying. 4.3 The hose or appliance itself is not. 9.1 The policyholder bears EUR 150 of every "
    "claim."
)
_CLAIM_LETTER = (
    "Dear Ms Thorwald, your claim of 13 September (HR-77201) is covered. We take over the kitchen floor at EUR "
    "2,340 and the drying at EUR 415. The new hose is not part of the cover. After the excess of EUR 150 you will "
    "receive EUR 2,605. Please send us the joiner's bill when the work is done. Weserbund Versicherung"
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "paging-patch-3",
        "code",
        "genai",
        origin=None,
        why="the first patch failed a test, the second passed all; the text tells of both",
        given={"repository": "brightmoor/ledger-web", "pipeline": 90412},
        made=_PULL,
        steps=(
            tool("ci_log", {"pipeline": 90412}, _CI),
            tool("read_function", {"path": "ledger/paging.py", "name": "page_count"}, _PAGES),
            llm(
                "patch",
                "Mend the function so that the test passes. Answer with the return line only.\n\n"
                + _CI
                + "\n\n"
                + _PAGES,
                "return total // size + 1",
            ),
            tool(
                "run_tests",
                {"patch": "return total // size + 1"},
                {"passed": 57, "failed": 1, "log": _CI_AGAIN},
            ),
            llm(
                "patch_again",
                [
                    (
                        "user",
                        "Mend the function so that the test passes. Answer with the return line only.\n\n"
                        + _CI
                        + "\n\n"
                        + _PAGES,
                    ),
                    ("assistant", "return total // size + 1"),
                    ("user", "Another test fails now:\n" + _CI_AGAIN),
                ],
                "return -(-total // size)",
            ),
            tool(
                "run_tests_again",
                {"patch": "return -(-total // size)"},
                {"passed": 58, "failed": 0, "log": "58 passed in 3.80s"},
                shown="run_tests",
            ),
            llm(
                "pull_request",
                "Write title and text of the pull request.\n"
                "Before: return total // size (41 rows, 20 a page: 2). First try: total // size + 1, failed "
                "test_exact (40, 20: 3 for 2). Now: -(-total // size), 58 passed.",
                _PULL,
            ),
        ),
    ),
    SpanCase(
        "branch-week-3",
        "retail",
        "openinference",
        origin=None,
        why="totals, shares and the order by sales are right; about 5,500 receipts are 5,462",
        given={"report": "sales of the week", "week": "2026-W36"},
        made=_WEEK_REPORT,
        root="silent",
        steps=(
            tool("sales", {"week": "2026-W36"}, _WEEK),
            tool(
                "sales_last_year",
                {"week": "2025-W36"},
                {"week": "2025-W36", "branches": 5, "eur": 138950.00},
            ),
            step("sort_by_sales", {"branches": _WEEK}, _WEEK_SORTED),
            step("figures", {"branches": _WEEK_SORTED, "last_year_eur": 138950.00}, _WEEK_FIGURES),
            search(
                "branch_notes",
                "closed branches, events, week 36 2026",
                {
                    "id": "n-771",
                    "content": "Soltau: closed for stocktaking on Thursday 3 September 2026.",
                    "score": 0.79,
                },
                {
                    "id": "n-640",
                    "content": "Peine: car park dug up until 21 August 2026.",
                    "score": 0.52,
                },
            ),
            llm(
                "report",
                "Write the weekly report: list by sales, change on last year, receipts and mean, anything that "
                "explains the figures.\n"
                "Week 36, 31 August to 6 September 2026\n"
                + written(_WEEK_SORTED)
                + "\n"
                + written(_WEEK_FIGURES)
                + (
                    "\n"
                    "Soltau: closed for stocktaking on Thursday 3 September 2026. Peine: car park dug up until 21 "
                    "August 2026."
                ),
                _WEEK_REPORT,
            ),
        ),
    ),
    SpanCase(
        "glass-order-3",
        "translation",
        "genai",
        origin=None,
        why="quinze jours are two weeks; the balance was worked out rightly and the closing made idiomatic",
        given=_FRENCH,
        made=_ENGLISH,
        steps=(
            llm("language", "Which language is this? ISO code only.\n\n" + _FRENCH, "fr"),
            search(
                "termbase",
                "acompte solde port compris TTC",
                {
                    "id": "tb-fr-en-88",
                    "content": "acompte: deposit; solde: balance; port compris: carriage paid; TTC: including VAT",
                    "score": 0.87,
                },
            ),
            llm(
                "translate",
                [
                    (
                        "system",
                        "Translate business letters into British English. Terms: acompte deposit, solde balance, "
                        "port compris carriage paid, TTC including VAT.",
                    ),
                    ("user", _FRENCH),
                ],
                _ENGLISH_DRAFT,
                model="gpt-4o",
            ),
            tool(
                "balance",
                {"total_eur": 1250.50, "deposit_percent": 30},
                {"deposit_eur": 375.15, "balance_eur": 875.35},
            ),
            llm(
                "edit",
                [
                    (
                        "system",
                        "Make the letter read as if written in English: plain words, an English closing. State the "
                        "balance in euros.",
                    ),
                    ("user", _ENGLISH_DRAFT + "\n\nBalance: EUR 875.35"),
                ],
                _ENGLISH,
                model="gpt-4o",
            ),
            llm(
                "back_check",
                "Does the English letter say what the French one says? List differences of substance.\n\n"
                + _FRENCH
                + "\n\n"
                + _ENGLISH,
                "None of substance. The balance of EUR 875.35 is stated; it follows from 1 250,50 less 375,15.",
                model="claude-sonnet-4-5",
            ),
            step("deliver", {"text": _ENGLISH, "differences": []}, _ENGLISH),
        ),
    ),
    SpanCase(
        "slow-search-3",
        "incident",
        "misstep",
        origin=None,
        why="UTC was made CEST and milliseconds seconds; a query that timed out was repeated",
        given={"incident": "INC-2290"},
        made=_SLOW_REPORT,
        steps=(
            tool(
                "logs", {"incident": "INC-2290", "services": ["search-api", "es-node-4"]}, _SLOW_LOG
            ),
            llm(
                "read_log",
                [
                    (
                        "system",
                        "From the log give slow_from and slow_to (p99 above 1000 ms; slow_to is the first minute "
                        "back below), worst_p99_ms, usual_p99_ms before it, trigger and remedy. JSON, times as in "
                        "the log.",
                    ),
                    ("user", _SLOW_LOG),
                ],
                written(_SLOW),
                model="gpt-4o",
            ),
            step(
                "local_times",
                {
                    "zone": "Europe/Berlin",
                    "times": ["06:43:00Z", "06:52:10Z", "07:03:40Z", "07:09:00Z"],
                    "day": "2026-09-17",
                },
                ["08:43:00", "08:52:10", "09:03:40", "09:09:00"],
            ),
            tool(
                "refused_requests",
                {"service": "search-api", "from": "06:43Z", "to": "07:09Z"},
                None,
                error=("ReadTimeout", "no answer from metrics within 10 s"),
                shown="refused_requests",
            ),
            tool(
                "refused_requests_again",
                {"service": "search-api", "from": "06:43Z", "to": "07:09Z"},
                {"status_5xx": 0, "status_429": 0},
                shown="refused_requests",
            ),
            tool("person", {"login": "l.brandt"}, {"name": "Lea Brandt", "team": "search"}),
            llm(
                "report",
                "Write the report for the other teams, one paragraph, times in CEST.\n"
                "17 September 2026, slow 08:43:00 to 09:09:00; page acknowledged 08:52:10 by Lea Brandt; snapshots "
                "of 2025 removed 09:03:40, node then 71.8 % used. No 5xx, no 429. Action agreed: alert at 80 % "
                "disk.\n" + written(_SLOW),
                _SLOW_REPORT,
                model="gpt-4o",
            ),
        ),
    ),
    SpanCase(
        "water-claim-3",
        "finance",
        "openinference",
        origin=None,
        why="the hose was left out as the terms say and the excess taken off once",
        given=_CLAIM_MAIL,
        made=_CLAIM_LETTER,
        root="agent",
        steps=(
            llm(
                "read_claim",
                "Policy, day, cause and sums of the claim as JSON.\n" + _CLAIM_MAIL,
                written(
                    {
                        "policy": "HR-77201",
                        "day": "2026-09-13",
                        "cause": "burst dishwasher hose",
                        "eur": {"floor": 2340, "drying": 415, "hose": 18},
                    }
                ),
            ),
            agent(
                "cover_check",
                {"policy": "HR-77201", "cause": "burst dishwasher hose"},
                {"covered": ["floor", "drying"], "not_covered": ["hose"], "excess_eur": 150},
                llm(
                    "look_up",
                    "Check cover for a burst dishwasher hose, policy HR-77201, terms HR 2024. Claimed: floor, "
                    "drying, hose.",
                    [call("terms", edition="HR 2024", topic="tap water")],
                ),
                tool("terms", {"edition": "HR 2024", "topic": "tap water"}, _CLAIM_TERMS),
                llm(
                    "judge",
                    "Which items are covered: floor, drying, hose? JSON with covered, not_covered, excess_eur. "
                    + _CLAIM_TERMS,
                    written(
                        {"covered": ["floor", "drying"], "not_covered": ["hose"], "excess_eur": 150}
                    ),
                ),
            ),
            step(
                "pay_out", {"eur": {"floor": 2340, "drying": 415}, "excess_eur": 150}, {"eur": 2605}
            ),
            llm(
                "letter",
                "Write to Ms Thorwald for Weserbund Versicherung: claim of 13 September, HR-77201, floor 2,340, "
                "drying 415, hose not covered, excess 150, pay-out 2,605. She sends the joiner's bill after the "
                "work.",
                _CLAIM_LETTER,
            ),
        ),
    ),
)
