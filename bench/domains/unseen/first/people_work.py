"""Recorded runs: HR, education, and more of medicine and law."""

from __future__ import annotations

import json

from bench.domains.unseen.spans import SpanCase, call, llm, step, tool

_JOB = "Senior Data Engineer, Utrecht. Must have: 5+ years Python, Spark, Dutch at B2 or better. Salary band €72,000–€88,000."
_CVS = {
    "C-01": "Annelies de Vries. 7 years of Python, Spark and Airflow at Coolblue. Dutch native. Expects €84,000.",
    "C-02": "Tomasz Zieliński. 9 years of Python, Spark at Allegro. Dutch A2, English C1. Expects €79,000.",
    "C-03": "Priya Raman. 6 years of Python, Spark, dbt. Dutch B2 (certificate 2024). Expects €81,500.",
}
_ESSAYS = [
    {"student": "Lucía Ferrer", "points": {"content": 8, "language": 7, "structure": 9}},
    {"student": "Lucas Ferreira", "points": {"content": 5, "language": 6, "structure": 4}},
    {"student": "Noor Haddad", "points": {"content": 9, "language": 9, "structure": 8}},
]

CASES = (
    SpanCase(
        "shortlist-1",
        "hr",
        "misstep",
        origin="score_candidates",
        why="it says C-02 has Dutch B2; the CV says A2",
        given={"job": "DE-114", "pick": 2},
        made="Shortlist for DE-114: Tomasz Zieliński (9 years, Dutch B2, €79,000) and Priya Raman (6 years, Dutch B2, €81,500).",
        steps=(
            tool("load_job", {"job": "DE-114"}, {"text": _JOB}),
            tool("load_cvs", {"job": "DE-114"}, _CVS),
            step(
                "score_candidates",
                {"job": _JOB, "cvs": _CVS},
                [
                    {"id": "C-01", "years": 7, "dutch": "native", "expects": 84000, "score": 86},
                    {"id": "C-02", "years": 9, "dutch": "B2", "expects": 79000, "score": 93},
                    {"id": "C-03", "years": 6, "dutch": "B2", "expects": 81500, "score": 88},
                ],
                llm(
                    "score_candidates-call",
                    [
                        (
                            "system",
                            "Read the CVs and return JSON with id, years, dutch, expects, score (0-100).",
                        ),
                        ("user", _JOB + "\n" + json.dumps(_CVS, ensure_ascii=False)),
                    ],
                    '[{"id": "C-01", "years": 7, "dutch": "native", "expects": 84000, "score": 86}, {"id": "C-02", "years": 9, "dutch": "B2", "expects": 79000, "score": 93}, {"id": "C-03", "years": 6, "dutch": "B2", "expects": 81500, "score": 88}]',
                ),
            ),
            tool(
                "rank",
                [
                    {"id": "C-01", "score": 86},
                    {"id": "C-02", "score": 93},
                    {"id": "C-03", "score": 88},
                ],
                ["C-02", "C-03", "C-01"],
            ),
            step(
                "shortlist",
                {
                    "pick": 2,
                    "order": ["C-02", "C-03", "C-01"],
                    "facts": {
                        "C-02": {
                            "name": "Tomasz Zieliński",
                            "years": 9,
                            "dutch": "B2",
                            "expects": 79000,
                        },
                        "C-03": {
                            "name": "Priya Raman",
                            "years": 6,
                            "dutch": "B2",
                            "expects": 81500,
                        },
                    },
                },
                "Shortlist for DE-114: Tomasz Zieliński (9 years, Dutch B2, €79,000) and Priya Raman (6 years, Dutch B2, €81,500).",
            ),
        ),
    ),
    SpanCase(
        "leave-answer-1",
        "hr",
        "genai",
        origin="draft",
        why="after a failover the small model ignored the rule that unused days lapse on 31 March",
        given="Employee 4471: how many leave days do I have left in May 2026, with 6 unused days from 2025?",
        made="You have 30 days left: 24 for 2026 plus the 6 unused days from 2025, which remain valid until the end of the year.",
        outcome="bad",
        root="agent",
        steps=(
            tool(
                "balance",
                {"employee": 4471, "at": "2026-05-11"},
                {"entitlement_2026": 28, "taken_2026": 4, "carried_over": 6},
            ),
            tool(
                "handbook",
                {"topic": "carry-over of leave"},
                "Unused leave may be carried over. Carried-over days lapse on 31 March of the following year unless "
                "the employee was on long-term sick leave.",
            ),
            llm(
                "draft_first",
                [
                    ("system", "Answer from the handbook and the balance. Quote the rule."),
                    (
                        "user",
                        "Balance: entitlement 28, taken 4, carried over 6. Date 2026-05-11. Handbook: Carried-over days lapse on 31 March of the following year unless the employee was on long-term sick leave.",
                    ),
                ],
                None,
                model="gpt-4o",
                error=("openai.InternalServerError", "503 upstream overloaded"),
            ),
            llm(
                "draft",
                [
                    ("system", "Answer from the handbook and the balance. Quote the rule."),
                    (
                        "user",
                        "Balance: entitlement 28, taken 4, carried over 6. Date 2026-05-11. Handbook: Carried-over days lapse on 31 March of the following year unless the employee was on long-term sick leave.",
                    ),
                ],
                "24 days remain for 2026. The 6 days from 2025 remain valid until the end of the year, so 30 in total.",
                model="gpt-4o",
                served="llama-3.2-1b-instruct",
            ),
            llm(
                "polish",
                "Make this friendly and short: 24 days remain for 2026. The 6 days from 2025 remain valid until the end of the year, so 30 in total.",
                "You have 30 days left: 24 for 2026 plus the 6 unused days from 2025, which remain valid until the end of the year.",
            ),
            tool(
                "send",
                {
                    "to": 4471,
                    "text": "You have 30 days left: 24 for 2026 plus the 6 unused days from 2025, which remain valid until the end of the year.",
                },
                {"sent": True},
            ),
        ),
    ),
    SpanCase(
        "grading-1",
        "education",
        "misstep",
        origin="assign_feedback",
        why="the comments of Lucía Ferrer and Lucas Ferreira were swapped",
        given={"class": "9b", "task": "essay 3", "scale": "27 points"},
        made={
            "Lucía Ferrer": {
                "points": 15,
                "comment": "Your argument needs more evidence; work on the structure.",
            },
            "Lucas Ferreira": {
                "points": 24,
                "comment": "A clear structure and a convincing argument.",
            },
            "Noor Haddad": {"points": 26, "comment": "Excellent throughout."},
        },
        outcome="bad",
        steps=(
            tool("load_essays", {"class": "9b", "task": "essay 3"}, _ESSAYS),
            tool(
                "add_up",
                _ESSAYS,
                [
                    {"student": "Lucía Ferrer", "sum": 24},
                    {"student": "Lucas Ferreira", "sum": 15},
                    {"student": "Noor Haddad", "sum": 26},
                ],
            ),
            llm(
                "comment",
                "Write one sentence for each: 24 points (content 8, language 7, structure 9); 15 points (content 5, language 6, structure 4); 26 points (content 9, language 9, structure 8).",
                '{"24": "A clear structure and a convincing argument.", "15": "Your argument needs more evidence; work on the structure.", "26": "Excellent throughout."}',
            ),
            step(
                "assign_feedback",
                {
                    "sums": [
                        {"student": "Lucía Ferrer", "sum": 24},
                        {"student": "Lucas Ferreira", "sum": 15},
                        {"student": "Noor Haddad", "sum": 26},
                    ],
                    "comments": {
                        "24": "A clear structure and a convincing argument.",
                        "15": "Your argument needs more evidence; work on the structure.",
                        "26": "Excellent throughout.",
                    },
                },
                [
                    {
                        "student": "Lucía Ferrer",
                        "points": 15,
                        "comment": "Your argument needs more evidence; work on the structure.",
                    },
                    {
                        "student": "Lucas Ferreira",
                        "points": 24,
                        "comment": "A clear structure and a convincing argument.",
                    },
                    {"student": "Noor Haddad", "points": 26, "comment": "Excellent throughout."},
                ],
            ),
            step(
                "publish",
                [
                    {
                        "student": "Lucía Ferrer",
                        "points": 15,
                        "comment": "Your argument needs more evidence; work on the structure.",
                    },
                    {
                        "student": "Lucas Ferreira",
                        "points": 24,
                        "comment": "A clear structure and a convincing argument.",
                    },
                    {"student": "Noor Haddad", "points": 26, "comment": "Excellent throughout."},
                ],
                {
                    "Lucía Ferrer": {
                        "points": 15,
                        "comment": "Your argument needs more evidence; work on the structure.",
                    },
                    "Lucas Ferreira": {
                        "points": 24,
                        "comment": "A clear structure and a convincing argument.",
                    },
                    "Noor Haddad": {"points": 26, "comment": "Excellent throughout."},
                },
            ),
        ),
    ),
    SpanCase(
        "exam-schedule-1",
        "education",
        "openinference",
        origin=None,
        why="a date is moved by three weeks and told in Japanese; a critic corrects the room in a draft",
        given={"course": "統計学II", "exam": "2026-07-06", "postponed_weeks": 3},
        made="統計学IIの試験は2026年7月27日(月)午前10時から、第3講義室で行います。試験時間は90分です。",
        steps=(
            tool(
                "course",
                {"course": "統計学II"},
                {"code": "STAT-202", "minutes": 90, "start": "10:00", "room": "第3講義室"},
            ),
            tool(
                "shift_date",
                {"date": "2026-07-06", "weeks": 3},
                {"date": "2026-07-27", "weekday": "Monday"},
            ),
            llm(
                "draft",
                [
                    ("system", "学生へのお知らせを一文か二文で書いてください。"),
                    ("user", "統計学II, 2026-07-27 (Monday), 10:00, 90 minutes, 第3講義室"),
                ],
                "統計学IIの試験は2026年7月27日(月)午前10時から、第2講義室で行います。試験時間は90分です。",
                shown="draft",
            ),
            llm(
                "critic",
                "Check against the facts: 2026-07-27, 10:00, 90 minutes, 第3講義室.\n"
                "統計学IIの試験は2026年7月27日(月)午前10時から、第2講義室で行います。試験時間は90分です。",
                '{"ok": false, "fix": "第2講義室 → 第3講義室"}',
                shown="critic",
            ),
            llm(
                "revise",
                "Apply the fix 第2講義室 → 第3講義室:\n"
                "統計学IIの試験は2026年7月27日(月)午前10時から、第2講義室で行います。試験時間は90分です。",
                "統計学IIの試験は2026年7月27日(月)午前10時から、第3講義室で行います。試験時間は90分です。",
                shown="revise",
            ),
            step(
                "post",
                {
                    "text": "統計学IIの試験は2026年7月27日(月)午前10時から、第3講義室で行います。試験時間は90分です。"
                },
                {"posted": True, "board": "STAT-202"},
            ),
        ),
    ),
    SpanCase(
        "lab-letter-1",
        "medicine",
        "misstep",
        origin=None,
        why="mmol/l were converted to mg/dl at the stated factor; names reworded; body mass index computed",
        given={"patient": "P-7714"},
        made=(
            "Dear Mr Halloran, your LDL cholesterol is 139 mg/dL (3.6 mmol/L) and your fasting glucose is 99 mg/dL "
            "(5.5 mmol/L). Your BMI is 26.2. We suggest repeating the test in six months."
        ),
        steps=(
            tool(
                "lab",
                {"patient": "P-7714"},
                {
                    "name": "Halloran, Patrick",
                    "ldl_mmol_l": 3.6,
                    "glucose_mmol_l": 5.5,
                    "height_m": 1.78,
                    "weight_kg": 83,
                },
            ),
            tool(
                "convert_units",
                {
                    "ldl_mmol_l": 3.6,
                    "glucose_mmol_l": 5.5,
                    "factors": {"ldl": 38.67, "glucose": 18.016},
                },
                {"ldl_mg_dl": 139.2, "glucose_mg_dl": 99.1},
            ),
            tool("bmi", {"height_m": 1.78, "weight_kg": 83}, {"bmi": 26.2}),
            step(
                "interpret",
                {"ldl_mg_dl": 139.2, "glucose_mg_dl": 99.1, "bmi": 26.2},
                {"ldl": "borderline", "glucose": "normal", "follow_up": "6 months"},
                llm(
                    "interpret-call",
                    "LDL 139.2 mg/dL, glucose 99.1 mg/dL, BMI 26.2. Classify each and propose a follow-up interval as JSON.",
                    '{"ldl": "borderline", "glucose": "normal", "follow_up": "6 months"}',
                ),
            ),
            step(
                "letter",
                {
                    "name": "Halloran, Patrick",
                    "ldl": {"mg_dl": 139.2, "mmol_l": 3.6},
                    "glucose": {"mg_dl": 99.1, "mmol_l": 5.5},
                    "bmi": 26.2,
                    "follow_up": "6 months",
                },
                "Dear Mr Halloran, your LDL cholesterol is 139 mg/dL (3.6 mmol/L) and your fasting glucose is 99 mg/dL "
                "(5.5 mmol/L). Your BMI is 26.2. We suggest repeating the test in six months.",
            ),
        ),
    ),
    SpanCase(
        "contract-terms-1",
        "law",
        "genai",
        origin=None,
        why="a notice date was computed from the period in the contract; a search with no hit was followed by one that found it",
        given="When must we give notice to end the cleaning contract with Sauber & Söhne at the end of 2026?",
        made="Notice must reach Sauber & Söhne by 30 September 2026: the contract runs to 31 December and requires three months' written notice (clause 11.2).",
        root="silent",
        steps=(
            llm(
                "plan",
                "When must we give notice to end the cleaning contract with Sauber & Söhne at the end of 2026?",
                [call("find_contract", party="Sauber & Soehne")],
            ),
            tool("find_contract", {"party": "Sauber & Soehne"}, {"hits": []}),
            llm(
                "replan",
                [
                    (
                        "user",
                        "When must we give notice to end the cleaning contract with Sauber & Söhne at the end of 2026?",
                    ),
                    ("assistant", call("find_contract", party="Sauber & Soehne")),
                    ("tool", {"hits": []}),
                ],
                [call("find_contract", party="Sauber & Söhne")],
            ),
            tool(
                "find_contract_2",
                {"party": "Sauber & Söhne"},
                {
                    "hits": [
                        {
                            "id": "V-2019-88",
                            "clause_11_2": "Either party may end this contract to 31 December of any year by giving three months' written notice.",
                        }
                    ]
                },
                shown="find_contract",
            ),
            tool("subtract_months", {"date": "2026-12-31", "months": 3}, {"date": "2026-09-30"}),
            llm(
                "answer",
                [
                    (
                        "user",
                        "When must we give notice to end the cleaning contract with Sauber & Söhne at the end of 2026?",
                    ),
                    (
                        "tool",
                        {
                            "hits": [
                                {
                                    "id": "V-2019-88",
                                    "clause_11_2": "Either party may end this contract to 31 December of any year by giving three months' written notice.",
                                }
                            ]
                        },
                    ),
                    ("tool", {"date": "2026-09-30"}),
                ],
                "Notice must reach Sauber & Söhne by 30 September 2026: the contract runs to 31 December and requires three months' written notice (clause 11.2).",
            ),
        ),
    ),
)
