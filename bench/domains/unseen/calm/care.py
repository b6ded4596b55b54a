"""Clean runs of care and science: doses, letters in plain words, shares in words, lists merged."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, sound, step, tool, written

_LETTER = (
    "Discharge summary. Mr Thomas Ekwueme, 71. Admitted 4 May 2026 with shortness of breath. No fever, no chest pain. Chest X-ray: small pleural effusion on the right, no pneumothorax. "
    "Treated with furosemide 40 mg once daily. Weight fell from 86.4 kg to 82.1 kg. Discharged 11 May. Follow-up with Dr S. Lindgren in two weeks. Avoid ibuprofen."
)
_RX = "Röntgen rechterpols. Geen aanwijzingen voor een fractuur. Geen luxatie. Milde weke-delenzwelling. Advies: rust, ijs, controle niet nodig tenzij de klachten langer dan 10 dagen aanhouden."
_MEDS = [
    {"drug": "Metoprolol", "dose": "47.5 mg", "freq": "bid", "source": "GP"},
    {"drug": "Ramipril", "dose": "5 mg", "freq": "qd", "source": "GP"},
    {"drug": "metoprolol succ.", "dose": "47.5 mg", "freq": "bid", "source": "hospital"},
    {"drug": "Apixaban", "dose": "5 mg", "freq": "bid", "source": "hospital"},
]

CASES: tuple[SpanCase, ...] = (
    sound(
        "plain-discharge-5",
        "medicine",
        "genai",
        "Please explain the letter to Mr Ekwueme's daughter.",
        "Your father was in hospital for a week because he was short of breath. He had neither a fever nor pain in his chest. There was a little fluid by his right lung, so he got a water tablet (furosemide 40 mg, once a day) and lost a good 4 kg of water. He will see Dr Lindgren in two weeks. Until then he should not take ibuprofen.",
        tool("letter", {"id": "dl-881"}, _LETTER),
        llm(
            "facts",
            [
                (
                    "system",
                    "List the facts as JSON: complaints, denied, findings, drugs, weight_before, weight_after, stay, follow_up, avoid.",
                ),
                ("user", _LETTER),
            ],
            written(
                {
                    "complaints": ["shortness of breath"],
                    "denied": ["fever", "chest pain"],
                    "findings": ["small pleural effusion, right"],
                    "drugs": ["furosemide 40 mg once daily"],
                    "weight_before": 86.4,
                    "weight_after": 82.1,
                    "stay": ["2026-05-04", "2026-05-11"],
                    "follow_up": "Dr S. Lindgren, two weeks",
                    "avoid": ["ibuprofen"],
                }
            ),
        ),
        tool("loss", {"before": 86.4, "after": 82.1}, {"kg": 4.3}),
        tool("nights", {"from": "2026-05-04", "to": "2026-05-11"}, {"nights": 7}),
        llm(
            "plain",
            "Explain to the daughter in plain words. "
            + written(
                {
                    "complaints": ["shortness of breath"],
                    "denied": ["fever", "chest pain"],
                    "findings": ["small pleural effusion, right"],
                    "drugs": ["furosemide 40 mg once daily"],
                    "weight_loss_kg": 4.3,
                    "nights": 7,
                    "follow_up": "Dr S. Lindgren, two weeks",
                    "avoid": ["ibuprofen"],
                }
            ),
            "Your father was in hospital for a week because he was short of breath. He had neither a fever nor pain in his chest. There was a little fluid by his right lung, so he got a water tablet (furosemide 40 mg, once a day) and lost a good 4 kg of water. He will see Dr Lindgren in two weeks. Until then he should not take ibuprofen.",
        ),
    ),
    sound(
        "pols-5",
        "medicine",
        "misstep",
        {"report": "R-2071", "to": "en"},
        "Good news: your wrist is not broken or dislocated, only a little swollen. Rest it and cool it. You need not come back unless it still hurts after ten days.",
        tool("report", {"id": "R-2071"}, _RX),
        llm(
            "translate",
            [("system", "Translate into English, sentence by sentence."), ("user", _RX)],
            "X-ray of the right wrist. No evidence of a fracture. No dislocation. Mild soft-tissue swelling. Advice: rest, ice, no follow-up needed unless symptoms persist for more than 10 days.",
        ),
        llm(
            "findings",
            "List fracture, dislocation, swelling as JSON. X-ray of the right wrist. No evidence of a fracture. No dislocation. Mild soft-tissue swelling. Advice: rest, ice, no follow-up needed unless symptoms persist for more than 10 days.",
            written(
                {
                    "fracture": False,
                    "dislocation": False,
                    "swelling": "mild",
                    "follow_up": "only if symptoms persist for more than 10 days",
                }
            ),
        ),
        step("urgency", {"fracture": False, "dislocation": False}, {"urgent": False}),
        llm(
            "message",
            "Tell the patient kindly. "
            + written(
                {
                    "site": "right wrist",
                    "fracture": False,
                    "dislocation": False,
                    "swelling": "mild",
                    "advice": ["rest", "ice"],
                    "follow_up": "only if symptoms persist for more than 10 days",
                }
            ),
            "Good news: your wrist is not broken or dislocated, only a little swollen. Rest it and cool it. You need not come back unless it still hurts after ten days.",
        ),
    ),
    sound(
        "trial-abstract-5",
        "science",
        "genai",
        "Two sentences about the headache trial for the newsletter.",
        "Of 1,184 people with migraine, roughly a quarter of those on the new tablet were free of pain after two hours, against one in seven on placebo. Side effects were mild and about equally common in both groups.",
        search(
            "papers",
            "migraine tablet trial two hours",
            {
                "id": "p-3",
                "content": "We randomised 1,184 adults with migraine (592 per arm). Pain freedom at 2 h: 156/592 (26.4 %) with relugepant, 83/592 (14.0 %) with placebo (p < 0.001). Adverse events: 118 (19.9 %) versus 112 (18.9 %), mostly mild nausea.",
                "score": 0.88,
            },
        ),
        llm(
            "extract",
            "Give n, pain-free and adverse events per arm as JSON. We randomised 1,184 adults with migraine (592 per arm). Pain freedom at 2 h: 156/592 (26.4 %) with relugepant, 83/592 (14.0 %) with placebo (p < 0.001). Adverse events: 118 (19.9 %) versus 112 (18.9 %), mostly mild nausea.",
            written(
                {
                    "n": 1184,
                    "arms": {
                        "relugepant": {"n": 592, "pain_free": 156, "adverse": 118},
                        "placebo": {"n": 592, "pain_free": 83, "adverse": 112},
                    },
                }
            ),
        ),
        tool(
            "rates",
            {
                "arms": {
                    "relugepant": {"n": 592, "pain_free": 156, "adverse": 118},
                    "placebo": {"n": 592, "pain_free": 83, "adverse": 112},
                }
            },
            {
                "relugepant": {"pain_free_pct": 26.4, "adverse_pct": 19.9},
                "placebo": {"pain_free_pct": 14.0, "adverse_pct": 18.9},
            },
        ),
        tool(
            "style",
            {"channel": "newsletter"},
            {"avoid": ["brand names", "p values"], "numbers": "in everyday fractions"},
        ),
        llm(
            "write",
            "Two sentences, everyday fractions, no brand names. "
            + written(
                {
                    "n": 1184,
                    "relugepant": {"pain_free_pct": 26.4, "adverse_pct": 19.9},
                    "placebo": {"pain_free_pct": 14.0, "adverse_pct": 18.9},
                    "side_effects": "mostly mild",
                }
            ),
            "Of 1,184 people with migraine, roughly a quarter of those on the new tablet were free of pain after two hours, against one in seven on placebo. Side effects were mild and about equally common in both groups.",
        ),
    ),
    sound(
        "impfbrief-5",
        "medicine",
        "misstep",
        {"patient": "Clara Weidner", "vaccine": "FSME"},
        "Liebe Frau Weidner, Ihre zweite FSME-Impfung ist am 9. April fällig, vier Wochen nach der ersten. Die dritte folgt im Herbst. Bringen Sie bitte Ihren Impfpass mit.",
        tool(
            "history",
            {"patient": "Clara Weidner"},
            {"doses": [{"vaccine": "FSME", "no": 1, "date": "2026-03-12"}]},
        ),
        tool(
            "schedule",
            {"vaccine": "FSME"},
            {"second_after_days": 28, "third_after_months": [5, 12]},
        ),
        step("second_date", {"first": "2026-03-12", "days": 28}, {"second": "2026-04-09"}),
        step(
            "third_window",
            {"second": "2026-04-09", "months": [5, 12]},
            {"from": "2026-09-09", "to": "2027-04-09"},
        ),
        llm(
            "brief",
            "Schreibe einen kurzen Brief. "
            + written(
                {
                    "name": "Clara Weidner",
                    "vaccine": "FSME",
                    "first": "2026-03-12",
                    "second": "2026-04-09",
                    "third_from": "2026-09-09",
                }
            ),
            "Liebe Frau Weidner, Ihre zweite FSME-Impfung ist am 9. April fällig, vier Wochen nach der ersten. Die dritte folgt im Herbst. Bringen Sie bitte Ihren Impfpass mit.",
        ),
    ),
    sound(
        "plate-mean-5",
        "science",
        "misstep",
        {"plate": "P-09"},
        "Plate P-09: without the outlier in well B3 the mean absorbance is 0.412 (n = 5), a spread of about 2 %.",
        tool(
            "read_plate",
            {"plate": "P-09"},
            {"B1": 0.405, "B2": 0.418, "B3": 1.207, "B4": 0.411, "B5": 0.404, "B6": 0.422},
        ),
        step(
            "outliers",
            {"B1": 0.405, "B2": 0.418, "B3": 1.207, "B4": 0.411, "B5": 0.404, "B6": 0.422},
            {"outliers": ["B3"], "kept": [0.405, 0.418, 0.411, 0.404, 0.422]},
        ),
        step("mean", [0.405, 0.418, 0.411, 0.404, 0.422], {"mean": 0.412, "n": 5}),
        step("spread", [0.405, 0.418, 0.411, 0.404, 0.422], {"sd": 0.0079, "cv_pct": 1.9}),
        llm(
            "note",
            "One line for the lab book. "
            + written({"plate": "P-09", "outliers": ["B3"], "mean": 0.412, "n": 5, "cv_pct": 1.9}),
            "Plate P-09: without the outlier in well B3 the mean absorbance is 0.412 (n = 5), a spread of about 2 %.",
        ),
    ),
    sound(
        "med-list-5",
        "medicine",
        "openinference",
        {"patient": "P-3391"},
        "Your medicines:\n1. Apixaban 5 mg, twice a day\n2. Metoprolol succinate 47.5 mg, twice a day\n3. Ramipril 5 mg, once a day",
        tool("gp_list", {"patient": "P-3391"}, _MEDS[:2]),
        tool("hospital_list", {"patient": "P-3391"}, _MEDS[2:]),
        step(
            "merge",
            {"lists": [_MEDS[:2], _MEDS[2:]]},
            [
                {"drug": "Metoprolol succinate", "dose": "47.5 mg", "freq": "bid"},
                {"drug": "Ramipril", "dose": "5 mg", "freq": "qd"},
                {"drug": "Apixaban", "dose": "5 mg", "freq": "bid"},
            ],
        ),
        step(
            "sort",
            [
                {"drug": "Metoprolol succinate", "dose": "47.5 mg", "freq": "bid"},
                {"drug": "Ramipril", "dose": "5 mg", "freq": "qd"},
                {"drug": "Apixaban", "dose": "5 mg", "freq": "bid"},
            ],
            [
                {"drug": "Apixaban", "dose": "5 mg", "freq": "bid"},
                {"drug": "Metoprolol succinate", "dose": "47.5 mg", "freq": "bid"},
                {"drug": "Ramipril", "dose": "5 mg", "freq": "qd"},
            ],
        ),
        llm(
            "ChatOpenAI",
            "Write the list for the patient, no Latin. "
            + written(
                [
                    {"drug": "Apixaban", "dose": "5 mg", "freq": "bid"},
                    {"drug": "Metoprolol succinate", "dose": "47.5 mg", "freq": "bid"},
                    {"drug": "Ramipril", "dose": "5 mg", "freq": "qd"},
                ]
            ),
            "Your medicines:\n1. Apixaban 5 mg, twice a day\n2. Metoprolol succinate 47.5 mg, twice a day\n3. Ramipril 5 mg, once a day",
        ),
    ),
)
