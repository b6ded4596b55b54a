"""Recorded runs: medicine and law."""

from __future__ import annotations

from bench.domains.case import DomainCase, hop

_LETTER = (
    "Discharge letter. Patient: Ruth Abendroth, born 1951-08-23. Admitted 2025-02-10 with "
    "community-acquired pneumonia. Allergies: penicillin (rash). Treated with doxycycline 100 mg "
    "twice daily for 7 days. Creatinine 1.4 mg/dL. Follow-up in 14 days with Dr. Osei."
)
_ORDER = (
    "Order: levothyroxine 75 micrograms once daily before breakfast for Mr Anders Lund, 82 kg. "
    "Recheck TSH in 6 weeks."
)
_LABS = [
    {"patient": "Kaur, Simran", "test": "potassium", "value": 5.9, "unit": "mmol/L"},
    {"patient": "Kaur, Simran", "test": "sodium", "value": 138, "unit": "mmol/L"},
    {"patient": "Okafor, Daniel", "test": "potassium", "value": 4.1, "unit": "mmol/L"},
    {"patient": "Okafor, Daniel", "test": "sodium", "value": 141, "unit": "mmol/L"},
]
_LEASE = (
    "Clause 7.2 The Tenant may terminate this Lease by giving not less than three (3) months' written "
    "notice. Clause 7.3 The Landlord may terminate on six (6) months' notice. Clause 9.1 The deposit "
    "is EUR 5,400 and is repaid within 30 days of the end of the Lease. Governing law: Ireland."
)
_RULING = (
    "The court held that the carrier was liable because the delay exceeded three hours and no "
    "extraordinary circumstances were shown. Costs were awarded to the claimant. The judgment was "
    "given on 12 June 2024 in case C-411/22."
)

CASES = [
    DomainCase(
        name="dosing-1",
        domain="medicine",
        origin="structure_order",
        why="micrograms became milligrams",
        given=_ORDER,
        made="Anders Lund: levothyroxine 75 mg once daily before breakfast, TSH in 6 weeks.",
        outcome="unknown",
        hops=[
            hop("read_order", "tool", {"order": "RX-88"}, {"text": _ORDER}),
            hop(
                "structure_order",
                "llm",
                {"text": _ORDER},
                {
                    "patient": "Anders Lund",
                    "drug": "levothyroxine",
                    "dose": "75 mg",
                    "frequency": "once daily",
                    "recheck": "TSH in 6 weeks",
                },
            ),
            hop(
                "interactions",
                "tool",
                {"drug": "levothyroxine", "with": []},
                {"interactions": [], "checked": True},
            ),
            hop(
                "label",
                "llm",
                {
                    "patient": "Anders Lund",
                    "drug": "levothyroxine",
                    "dose": "75 mg",
                    "frequency": "once daily",
                },
                "Anders Lund: levothyroxine 75 mg once daily before breakfast",
            ),
            hop(
                "assemble",
                "chain",
                {
                    "label": "Anders Lund: levothyroxine 75 mg once daily before breakfast",
                    "recheck": "TSH in 6 weeks",
                },
                "Anders Lund: levothyroxine 75 mg once daily before breakfast, TSH in 6 weeks.",
            ),
        ],
    ),
    DomainCase(
        name="handover-1",
        domain="medicine",
        origin="extract",
        why="the penicillin allergy in the letter was lost",
        given={"letter": "L-2210"},
        made="Ruth Abendroth, seen for pneumonia. No known allergies. Consider amoxicillin if fever returns.",
        outcome="bad",
        hops=[
            hop("load_letter", "tool", {"letter": "L-2210"}, {"text": _LETTER}),
            hop(
                "extract",
                "llm",
                {
                    "text": _LETTER,
                    "fields": ["patient", "diagnosis", "allergies", "treatment", "follow_up"],
                },
                {
                    "patient": "Ruth Abendroth",
                    "diagnosis": "community-acquired pneumonia",
                    "allergies": [],
                    "treatment": "doxycycline 100 mg twice daily for 7 days",
                    "follow_up": "14 days",
                },
            ),
            hop(
                "safety_check",
                "llm",
                {"allergies": [], "treatment": "doxycycline 100 mg twice daily for 7 days"},
                {"ok": True, "remarks": "No known allergies."},
            ),
            hop(
                "suggest",
                "llm",
                {"diagnosis": "community-acquired pneumonia", "allergies": []},
                {"if_fever_returns": "amoxicillin"},
            ),
            hop(
                "write_handover",
                "llm",
                {
                    "patient": "Ruth Abendroth",
                    "diagnosis": "community-acquired pneumonia",
                    "remarks": "No known allergies.",
                    "suggestion": "amoxicillin",
                },
                "Ruth Abendroth, seen for pneumonia. No known allergies. Consider amoxicillin if fever returns.",
            ),
        ],
    ),
    DomainCase(
        name="labs-1",
        domain="medicine",
        origin="brief",
        why="one patient's potassium is given to the other",
        given={"ward": "4B", "date": "2025-05-19"},
        made="Call the doctor: Daniel Okafor has a potassium of 5.9 mmol/L. Simran Kaur is unremarkable.",
        outcome="unknown",
        hops=[
            hop("fetch_labs", "tool", {"ward": "4B", "date": "2025-05-19"}, _LABS),
            hop(
                "reference_ranges",
                "tool",
                {"tests": ["potassium", "sodium"]},
                {"potassium": [3.5, 5.1], "sodium": [135, 145]},
            ),
            hop(
                "flag",
                "tool",
                {"labs": _LABS, "ranges": {"potassium": [3.5, 5.1], "sodium": [135, 145]}},
                [{**_LABS[0], "flag": "high"}],
            ),
            hop(
                "brief",
                "llm",
                {"labs": _LABS, "flagged": [{**_LABS[0], "flag": "high"}]},
                "Okafor, Daniel: potassium 5.9 mmol/L, high. Kaur, Simran: unremarkable.",
            ),
            hop(
                "notify",
                "llm",
                {
                    "brief": "Okafor, Daniel: potassium 5.9 mmol/L, high. Kaur, Simran: unremarkable."
                },
                "Call the doctor: Daniel Okafor has a potassium of 5.9 mmol/L. Simran Kaur is unremarkable.",
            ),
        ],
    ),
    DomainCase(
        name="conversion-1",
        domain="medicine",
        origin=None,
        why="grams to milligrams, pounds to kilograms, a date in words: all right",
        given="Paracetamol for Mia Torres, 44 lb, max 0.06 g per kg a day, in four doses.",
        made="Mia Torres (20 kg): 300 mg of paracetamol every 6 hours, at most 1,200 mg a day.",
        hops=[
            hop(
                "parse",
                "llm",
                "Paracetamol for Mia Torres, 44 lb, max 0.06 g per kg a day, in four doses.",
                {"patient": "Mia Torres", "weight_lb": 44, "max_g_per_kg": 0.06, "doses": 4},
            ),
            hop("to_kg", "tool", {"weight_lb": 44}, {"weight_kg": 20.0}),
            hop("to_mg", "tool", {"max_g_per_kg": 0.06}, {"max_mg_per_kg": 60}),
            hop(
                "compute",
                "llm",
                {"weight_kg": 20.0, "max_mg_per_kg": 60, "doses": 4},
                {"max_mg_a_day": 1200, "mg_per_dose": 300, "every_hours": 6},
            ),
            hop(
                "phrase",
                "llm",
                {
                    "patient": "Mia Torres",
                    "weight_kg": 20.0,
                    "max_mg_a_day": 1200,
                    "mg_per_dose": 300,
                    "every_hours": 6,
                },
                "Mia Torres (20 kg): 300 mg of paracetamol every 6 hours, at most 1,200 mg a day.",
            ),
        ],
    ),
    DomainCase(
        name="lease-1",
        domain="law",
        origin="extract_terms",
        why="three months' notice became 30 days",
        given="When can our client, the tenant, leave if notice is given on 1 March 2025?",
        made="The tenant may leave on 31 March 2025, since the notice period is 30 days.",
        outcome="bad",
        told="30 days",
        hops=[
            hop(
                "find_clauses",
                "retriever",
                {"query": "termination notice"},
                [{"text": _LEASE, "clause": "7"}],
            ),
            hop(
                "extract_terms",
                "llm",
                {"text": _LEASE},
                {"party": "Tenant", "notice": "30 days", "form": "written", "clause": "7.2"},
            ),
            hop(
                "compute_date",
                "tool",
                {"given_on": "2025-03-01", "notice": "30 days"},
                {"ends_on": "2025-03-31"},
            ),
            hop(
                "review",
                "llm",
                {"ends_on": "2025-03-31", "notice": "30 days", "clause": "7.2"},
                {"ok": True, "comment": "Notice in writing is required."},
            ),
            hop(
                "advise",
                "llm",
                {"ends_on": "2025-03-31", "notice": "30 days"},
                "The tenant may leave on 31 March 2025, since the notice period is 30 days.",
            ),
        ],
    ),
    DomainCase(
        name="statute-1",
        domain="law",
        origin="retrieve_rule",
        why="the superseded version of the rule was returned",
        given={"question": "What is the small claims limit?", "as_of": "2025-06-01"},
        made="The small claims limit is EUR 2,000.",
        outcome="unknown",
        hops=[
            hop(
                "classify",
                "llm",
                "What is the small claims limit?",
                {"topic": "small claims", "jurisdiction": "IE"},
            ),
            hop(
                "retrieve_rule",
                "retriever",
                {"query": "small claims limit", "jurisdiction": "IE", "as_of": "2025-06-01"},
                [
                    {
                        "id": "SCR-2009",
                        "text": "The small claims limit is EUR 2,000.",
                        "jurisdiction": "IE",
                        "in_force_until": "2023-12-31",
                    }
                ],
            ),
            hop(
                "read_rule",
                "llm",
                {"documents": ["The small claims limit is EUR 2,000."]},
                {"limit_eur": 2000, "source": "SCR-2009"},
            ),
            hop(
                "verify",
                "llm",
                {"limit_eur": 2000, "quote": "The small claims limit is EUR 2,000."},
                {"supported": True},
            ),
            hop("answer", "llm", {"limit_eur": 2000}, "The small claims limit is EUR 2,000."),
        ],
    ),
    DomainCase(
        name="caselaw-1",
        domain="law",
        origin="summarise",
        why="quotes a sentence that the ruling does not contain",
        given="Summarise C-411/22 with one quotation.",
        made=(
            "In C-411/22 (12 June 2024) the carrier was held liable for the delay. As the court put it: "
            "“a technical fault is inherent in the normal exercise of the carrier's activity”."
        ),
        outcome="bad",
        hops=[
            hop("fetch_ruling", "retriever", {"case": "C-411/22"}, [{"text": _RULING}]),
            hop(
                "outline",
                "llm",
                {"text": _RULING},
                {
                    "holding": "carrier liable, delay over three hours",
                    "date": "2024-06-12",
                    "case": "C-411/22",
                },
            ),
            hop(
                "summarise",
                "llm",
                {"text": _RULING, "outline": {"holding": "carrier liable, delay over three hours"}},
                "The carrier was held liable. The court stated: “a technical fault is inherent in the "
                "normal exercise of the carrier's activity”.",
            ),
            hop(
                "edit",
                "llm",
                "The carrier was held liable. The court stated: “a technical fault is inherent in the "
                "normal exercise of the carrier's activity”.",
                "The carrier was held liable for the delay. As the court put it: “a technical fault is "
                "inherent in the normal exercise of the carrier's activity”.",
            ),
            hop(
                "cite",
                "chain",
                {
                    "text": "The carrier was held liable for the delay. As the court put it: “a technical "
                    "fault is inherent in the normal exercise of the carrier's activity”.",
                    "case": "C-411/22",
                    "date": "2024-06-12",
                },
                "In C-411/22 (12 June 2024) the carrier was held liable for the delay. As the court put it: "
                "“a technical fault is inherent in the normal exercise of the carrier's activity”.",
            ),
        ],
    ),
    DomainCase(
        name="clauses-1",
        domain="law",
        origin=None,
        why="harmless rewording, numbers in words, an answer by another model after a refusal of service",
        given="Explain the deposit clause to the tenant in plain words.",
        made="You get your deposit of €5,400 back no later than 30 days after the lease ends.",
        hops=[
            hop("load", "tool", {"document": "lease"}, {"text": _LEASE}),
            hop(
                "find",
                "retriever",
                {"query": "deposit"},
                [{"text": _LEASE[_LEASE.index("Clause 9.1") :]}],
            ),
            hop(
                "draft",
                "llm",
                {"clause": _LEASE[_LEASE.index("Clause 9.1") :]},
                "The deposit of EUR 5,400 is to be repaid within thirty days of the end of the lease.",
                request_model="gpt-4o",
                response_model="gpt-4o-mini-2024-07-18",
            ),
            hop(
                "check",
                "evaluator",
                {
                    "draft": "The deposit of EUR 5,400 is to be repaid within thirty days of the end of the lease.",
                    "clause": _LEASE[_LEASE.index("Clause 9.1") :],
                },
                {"faithful": True, "remarks": []},
            ),
            hop(
                "plain_words",
                "llm",
                "The deposit of EUR 5,400 is to be repaid within thirty days of the end of the lease.",
                "You get your deposit of €5,400 back no later than 30 days after the lease ends.",
            ),
        ],
    ),
]
