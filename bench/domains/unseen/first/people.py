"""Recorded runs: medicine, law."""

from __future__ import annotations

import json

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool

_NOTE = (
    "68-year-old woman, 61 kg, admitted with community-acquired pneumonia. Creatinine 1.4 mg/dL. "
    "Home medication: levothyroxine 75 µg once daily in the morning, ramipril 5 mg once daily, "
    "apixaban 2.5 mg twice daily. Allergies: penicillin (anaphylaxis in 2011). "
    "Plan: start levofloxacin 500 mg IV once daily, continue home medication."
)
_MEDS = [
    {"drug": "levothyroxine", "dose": "75 mg", "frequency": "once daily"},
    {"drug": "ramipril", "dose": "5 mg", "frequency": "once daily"},
    {"drug": "apixaban", "dose": "2.5 mg", "frequency": "twice daily"},
    {"drug": "levofloxacin", "dose": "500 mg", "frequency": "once daily IV"},
]
_DISCHARGE = (
    "Patient: 68-year-old woman with community-acquired pneumonia.\n\n| Drug | Dose | Frequency |\n|---|---|---|\n"
    "| Levothyroxine | 75 mg | once daily |\n| Ramipril | 5 mg | once daily |\n"
    "| Apixaban | 2.5 mg | twice daily |\n| Levofloxacin | 500 mg | once daily IV |"
)
_BRIEF_FR = (
    "Compte rendu: M. Lefèvre, 54 ans, adressé pour douleur thoracique. Pas d'antécédent d'ulcère gastrique. "
    "Ne présente pas d'allergie connue à l'iode. Fonction rénale normale (DFG 92 ml/min). "
    "Examen demandé: coroscanner avec injection."
)
_MRG = {
    "id": "mrg-33",
    "content": "§ 33 MRG: Mietverträge können vom Vermieter nur gerichtlich gekündigt werden. "
    "Die Kündigungsfrist nach § 560 ZPO beträgt einen Monat zum Monatsletzten.",
    "metadata": {"jurisdiction": "AT", "act": "MRG"},
}

CASES = (
    SpanCase(
        "discharge-meds-1",
        "medicine",
        "openinference",
        origin="extract_meds",
        why="75 µg of levothyroxine became 75 mg",
        given={"patient": "P-30917"},
        made=_DISCHARGE,
        steps=(
            tool("fetch_note", {"patient": "P-30917"}, {"note": _NOTE}),
            step(
                "extract_meds",
                {"note": _NOTE},
                {"medication": _MEDS},
                llm(
                    "extract_meds-call",
                    [
                        ("system", "Extract every drug with dose and frequency as JSON."),
                        ("user", _NOTE),
                    ],
                    json.dumps({"medication": _MEDS}),
                ),
            ),
            step(
                "check_allergies",
                {
                    "allergies": ["penicillin"],
                    "drugs": ["levothyroxine", "ramipril", "apixaban", "levofloxacin"],
                },
                {"conflicts": []},
            ),
            step(
                "plan_table",
                {"medication": _MEDS, "conflicts": []},
                "| Drug | Dose | Frequency |\n|---|---|---|\n| Levothyroxine | 75 mg | once daily |\n"
                "| Ramipril | 5 mg | once daily |\n| Apixaban | 2.5 mg | twice daily |\n"
                "| Levofloxacin | 500 mg | once daily IV |",
            ),
            step(
                "discharge_letter",
                {
                    "who": "68-year-old woman, community-acquired pneumonia",
                    "table": "| Drug | Dose | Frequency |\n|---|---|---|\n| Levothyroxine | 75 mg | once daily |\n"
                    "| Ramipril | 5 mg | once daily |\n| Apixaban | 2.5 mg | twice daily |\n"
                    "| Levofloxacin | 500 mg | once daily IV |",
                },
                _DISCHARGE,
            ),
        ),
    ),
    SpanCase(
        "scan-request-1",
        "medicine",
        "misstep",
        origin="translate",
        why="'no known allergy to iodine' was translated as a known allergy",
        given={"report": "CR-2026-118", "language": "en"},
        made={
            "request": "Coronary CT without contrast",
            "reason": "Patient has a known allergy to iodine; contrast agent must be avoided.",
            "priority": "routine",
        },
        outcome="bad",
        told="known allergy to iodine",
        steps=(
            tool("load_report", {"report": "CR-2026-118"}, {"text": _BRIEF_FR, "language": "fr"}),
            step(
                "translate",
                {"text": _BRIEF_FR, "to": "en"},
                "Report: Mr Lefèvre, 54, referred for chest pain. No history of gastric ulcer. Has a known "
                "allergy to iodine. Normal renal function (GFR 92 ml/min). Requested: coronary CT with contrast.",
                llm(
                    "translate-call",
                    [("system", "Translate the medical report into English."), ("user", _BRIEF_FR)],
                    "Report: Mr Lefèvre, 54, referred for chest pain. No history of gastric ulcer. Has a known "
                    "allergy to iodine. Normal renal function (GFR 92 ml/min). Requested: coronary CT with contrast.",
                ),
            ),
            tool(
                "risk_table",
                {"procedure": "coronary CT with contrast"},
                {"contraindications": ["iodine allergy", "GFR < 30"]},
            ),
            step(
                "screen",
                {
                    "report": "Report: Mr Lefèvre, 54, referred for chest pain. No history of gastric ulcer. Has a "
                    "known allergy to iodine. Normal renal function (GFR 92 ml/min). Requested: coronary CT with contrast.",
                    "contraindications": ["iodine allergy", "GFR < 30"],
                },
                {"contrast_allowed": False, "because": "known allergy to iodine"},
            ),
            step(
                "request",
                {
                    "contrast_allowed": False,
                    "because": "known allergy to iodine",
                    "procedure": "coronary CT",
                },
                {
                    "request": "Coronary CT without contrast",
                    "reason": "Patient has a known allergy to iodine; contrast agent must be avoided.",
                    "priority": "routine",
                },
            ),
        ),
    ),
    SpanCase(
        "case-memo-1",
        "law",
        "genai",
        origin="argue",
        why="it cites a case that no search returned",
        given="Memo: can our client recover pure economic loss from the negligent surveyor? English law.",
        made=(
            "**Memo.** A surveyor who knows that the buyer will rely on the valuation owes a duty of care "
            "(Smith v Eric S Bush [1990] 1 AC 831). The duty extends to later purchasers: Harwood v Pelling "
            "Surveyors [2004] EWCA Civ 1187. Our client should therefore sue."
        ),
        steps=(
            llm(
                "questions",
                "Memo: can our client recover pure economic loss from the negligent surveyor? English law. List search queries.",
                "1. duty of care surveyor purchaser valuation\n2. assumption of responsibility economic loss",
            ),
            tool(
                "case_search",
                {"query": "duty of care surveyor purchaser valuation"},
                [
                    {
                        "cite": "Smith v Eric S Bush [1990] 1 AC 831",
                        "holding": "Surveyor instructed by lender owes the buyer a duty of care where reliance is known.",
                    },
                    {
                        "cite": "Yianni v Edwin Evans [1982] QB 438",
                        "holding": "Valuer liable to buyer of a modest house.",
                    },
                ],
            ),
            tool(
                "case_search_2",
                {"query": "assumption of responsibility economic loss"},
                [
                    {
                        "cite": "Hedley Byrne v Heller [1964] AC 465",
                        "holding": "Liability for negligent statements on assumption of responsibility.",
                    }
                ],
                shown="case_search",
            ),
            llm(
                "argue",
                [
                    ("system", "Argue from the cases given. Cite each authority."),
                    (
                        "user",
                        "Cases:\n- Smith v Eric S Bush [1990] 1 AC 831: surveyor instructed by lender owes the buyer a duty of care where reliance is known.\n"
                        "- Yianni v Edwin Evans [1982] QB 438: valuer liable to buyer of a modest house.\n"
                        "- Hedley Byrne v Heller [1964] AC 465: liability for negligent statements on assumption of responsibility.\n"
                        "Client: second purchaser, bought two years after the valuation.",
                    ),
                ],
                "A surveyor who knows the buyer relies on the valuation owes a duty of care (Smith v Eric S Bush "
                "[1990] 1 AC 831). It extends to later purchasers (Harwood v Pelling Surveyors [2004] EWCA Civ 1187).",
                model="gpt-4o",
            ),
            llm(
                "memo",
                "Write the memo from: A surveyor who knows the buyer relies on the valuation owes a duty of care "
                "(Smith v Eric S Bush [1990] 1 AC 831). It extends to later purchasers (Harwood v Pelling Surveyors "
                "[2004] EWCA Civ 1187). Recommend a next step.",
                "**Memo.** A surveyor who knows that the buyer will rely on the valuation owes a duty of care "
                "(Smith v Eric S Bush [1990] 1 AC 831). The duty extends to later purchasers: Harwood v Pelling "
                "Surveyors [2004] EWCA Civ 1187. Our client should therefore sue.",
            ),
        ),
        root="silent",
    ),
    SpanCase(
        "mietrecht-1",
        "law",
        "openinference",
        origin="statute_search",
        why="asked for German law (filter jurisdiction DE) it returned the Austrian act",
        given={
            "frage": "Welche Kündigungsfrist muss mein Vermieter einhalten? Ich wohne seit 9 Jahren in Leipzig.",
            "jurisdiction": "DE",
        },
        made="Ihr Vermieter muss eine Kündigungsfrist von einem Monat zum Monatsletzten einhalten (§ 33 MRG).",
        outcome="score",
        told="correctness",
        steps=(
            llm(
                "classify",
                "Ordne die Frage ein: Welche Kündigungsfrist muss mein Vermieter einhalten? Ich wohne seit 9 Jahren in Leipzig.",
                '{"gebiet": "Mietrecht", "land": "DE", "jahre": 9}',
                shown="classify",
            ),
            search(
                "statute_search",
                {"query": "Kündigungsfrist Vermieter Wohnraum", "filter": {"jurisdiction": "DE"}},
                _MRG,
                {
                    "id": "mrg-29",
                    "content": "§ 29 MRG: Auflösung und Erneuerung des Mietvertrages.",
                    "metadata": {"jurisdiction": "AT", "act": "MRG"},
                },
            ),
            step(
                "select_passage",
                {
                    "documents": [
                        _MRG["content"],
                        "§ 29 MRG: Auflösung und Erneuerung des Mietvertrages.",
                    ]
                },
                {"passage": _MRG["content"]},
            ),
            llm(
                "answer",
                [
                    ("system", "Beantworte die Frage nur aus der Fundstelle."),
                    (
                        "user",
                        "Fundstelle: "
                        + str(_MRG["content"])
                        + "\nFrage: Welche Kündigungsfrist muss mein Vermieter einhalten?",
                    ),
                ],
                "Ihr Vermieter muss eine Kündigungsfrist von einem Monat zum Monatsletzten einhalten (§ 33 MRG).",
                shown="answer",
            ),
            step(
                "disclaimer",
                "Ihr Vermieter muss eine Kündigungsfrist von einem Monat zum Monatsletzten einhalten (§ 33 MRG).",
                "Ihr Vermieter muss eine Kündigungsfrist von einem Monat zum Monatsletzten einhalten (§ 33 MRG).",
            ),
        ),
    ),
)
