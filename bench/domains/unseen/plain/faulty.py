"""Recorded runs with one planted fault each, of the plain kind: finance, medicine, law."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool, written

_INVOICE = (
    "INVOICE 88213\nBrightline Office Supplies Ltd, Leeds\nInvoice date: 14 May 2026\n"
    "12 x Desk lamp L4 @ 38.50 = 462.00\n25 x Ergonomic chair @ 174.02 = 4,350.50\n"
    "Total due: GBP 4,812.50\nPayment terms: 30 days net"
)
_INVOICE_READ = {
    "invoice_no": "88213",
    "vendor": "Brightline Office Supplies Ltd",
    "date": "2026-05-14",
    "total": 4182.50,
    "currency": "GBP",
    "terms_days": 30,
}
_EXPENSES = [
    {"id": 1, "category": "hotel", "amount": 412.00},
    {"id": 2, "category": "taxi", "amount": 38.60},
    {"id": 3, "category": "meals", "amount": 96.15},
    {"id": 4, "category": "train", "amount": 129.90},
]
_DISCHARGE = (
    "Discharge letter. Patient: Mrs. Eleanor Whitcombe, born 03/02/1951. Diagnosis: hypothyroidism, "
    "essential hypertension. Medication on discharge: levothyroxine 88 mcg once daily before breakfast; "
    "amlodipine 5 mg once daily. Follow-up TSH in 6 weeks."
)
_MEDS_WRONG = [
    {"drug": "levothyroxine", "dose": 88, "unit": "mg", "frequency": "once daily"},
    {"drug": "amlodipine", "dose": 5, "unit": "mg", "frequency": "once daily"},
]
_VISIT = (
    "Doctor: What brings you in? Patient: I've had this cough for ten days, and a fever up to 38.4. "
    "Doctor: Any chest pain or shortness of breath? Patient: No, no chest pain, no trouble breathing. "
    "Doctor: Are you taking anything? Patient: Just paracetamol, 500 mg when it gets bad."
)
_TRIAGE = (
    "Triage criteria. RED: SpO2 below 90 %, or systolic pressure below 90 mmHg, or unresponsive. "
    "YELLOW: SpO2 90-94 %, or heart rate above 120. GREEN: everything else."
)
_VITALS = {
    "patient": "P-3071",
    "age": 67,
    "spo2": 87,
    "systolic": 118,
    "heart_rate": 104,
    "complaint": "shortness of breath",
}
_LEASE = (
    "Commercial lease between Harrow Estates LLP (Landlord) and Pinecrest Bakery Ltd (Tenant), dated 1 March 2024. "
    "Clause 4: The annual rent is GBP 42,000, payable quarterly in advance. Clause 11: The Tenant may terminate "
    "this lease by giving not less than six months' written notice. Clause 14: The deposit is GBP 10,500."
)
_TERMS = {
    "landlord": "Harrow Estates LLP",
    "tenant": "Pinecrest Bakery Ltd",
    "annual_rent_gbp": 42000,
    "notice_months": 3,
    "deposit_gbp": 10500,
}
_DOCS = [
    {
        "id": "MSA-2019",
        "content": "Master Services Agreement, effective 1 June 2019. Limitation of liability: USD 250,000 in aggregate.",
        "score": 0.88,
    },
    {
        "id": "MSA-2019-A2",
        "content": "Amendment No. 2, effective 1 January 2023. Section 9 is replaced: limitation of liability is USD 1,000,000 in aggregate.",
        "score": 0.86,
    },
    {
        "id": "NDA-2018",
        "content": "Mutual Non-Disclosure Agreement, effective 4 May 2018.",
        "score": 0.41,
    },
]

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "invoice-intake-1",
        "finance",
        "misstep",
        origin="extract_fields",
        why="total 4,812.50 was read as 4182.50",
        given={"file": "invoice_88213.pdf"},
        made="Invoice 88213 from Brightline Office Supplies Ltd over GBP 4,182.50 is scheduled for payment on 2026-06-13.",
        outcome="bad",
        told="GBP 4,182.50",
        steps=(
            tool("ocr", {"file": "invoice_88213.pdf"}, {"text": _INVOICE, "pages": 1}),
            llm(
                "extract_fields",
                [
                    (
                        "system",
                        "Extract the invoice fields as JSON: invoice_no, vendor, date, total, currency, terms_days.",
                    ),
                    ("user", _INVOICE),
                ],
                written(_INVOICE_READ),
            ),
            tool(
                "match_vendor",
                {"vendor": "Brightline Office Supplies Ltd"},
                {"vendor_id": "V-1190", "status": "active"},
            ),
            step("due_date", {"date": "2026-05-14", "terms_days": 30}, {"due": "2026-06-13"}),
            tool(
                "schedule_payment",
                {"vendor_id": "V-1190", "amount": 4182.50, "currency": "GBP", "due": "2026-06-13"},
                {"payment_id": "PAY-7741", "status": "scheduled"},
            ),
            llm(
                "notify",
                "Write a one-sentence note for accounts payable. "
                + written(_INVOICE_READ | {"due": "2026-06-13", "payment_id": "PAY-7741"}),
                "Invoice 88213 from Brightline Office Supplies Ltd over GBP 4,182.50 is scheduled for payment on 2026-06-13.",
            ),
        ),
    ),
    SpanCase(
        "fx-report-1",
        "finance",
        "genai",
        origin="convert",
        why="euros were divided by the dollar rate instead of multiplied",
        given="How much is our Q1 revenue of EUR 250,000 in US dollars? Use today's rate.",
        made="Q1 revenue of EUR 250,000 corresponds to about USD 230,584.76 at a rate of 1.0842.",
        steps=(
            llm(
                "plan",
                "How much is our Q1 revenue of EUR 250,000 in US dollars? Use today's rate.",
                [call("get_rate", base="EUR", quote="USD")],
            ),
            tool(
                "get_rate",
                {"base": "EUR", "quote": "USD"},
                {"base": "EUR", "quote": "USD", "rate": 1.0842, "meaning": "1 EUR = 1.0842 USD"},
            ),
            tool(
                "convert",
                {"amount": 250000, "from": "EUR", "to": "USD", "rate": 1.0842},
                {"amount": 230584.76, "currency": "USD"},
            ),
            step(
                "build_row",
                {"quarter": "Q1", "eur": 250000, "usd": 230584.76, "rate": 1.0842},
                {"row": "Q1 | 250,000 EUR | 230,584.76 USD"},
            ),
            llm(
                "draft",
                [
                    ("system", "Answer the user in one sentence."),
                    (
                        "user",
                        "How much is our Q1 revenue of EUR 250,000 in US dollars? Use today's rate.",
                    ),
                    ("tool", {"row": "Q1 | 250,000 EUR | 230,584.76 USD", "rate": 1.0842}),
                ],
                "Q1 revenue of EUR 250,000 is about USD 230,584.76 at a rate of 1.0842.",
            ),
            llm(
                "polish",
                "Polish the wording, keep the figures: Q1 revenue of EUR 250,000 is about USD 230,584.76 at a rate of 1.0842.",
                "Q1 revenue of EUR 250,000 corresponds to about USD 230,584.76 at a rate of 1.0842.",
            ),
        ),
    ),
    SpanCase(
        "expense-claim-1",
        "finance",
        "openinference",
        origin="sum_up",
        why="412.00 + 38.60 + 96.15 + 129.90 is 676.65, not 686.65",
        given={"claim": "EC-204", "employee": "Jonas Weber"},
        made="Dear Jonas Weber, your claim EC-204 over EUR 686.65 has been approved and will be paid out with your next salary.",
        outcome="bad",
        steps=(
            tool(
                "load_claim",
                {"claim": "EC-204"},
                {"claim": "EC-204", "employee": "Jonas Weber", "items": _EXPENSES},
            ),
            llm(
                "sum_up",
                "Add up all items of this expense claim and return JSON {items, total}: "
                + written(_EXPENSES),
                '{"items": 4, "total": 686.65}',
                shown="sum_up",
            ),
            tool("check_limit", {"total": 686.65, "limit": 1000}, {"within_limit": True}),
            step(
                "approve",
                {"claim": "EC-204", "total": 686.65, "within_limit": True},
                {"claim": "EC-204", "approved": True, "amount": 686.65},
            ),
            tool(
                "payroll",
                {"claim": "EC-204", "amount": 686.65},
                {"booked": True, "booking": "B-9917"},
            ),
            llm(
                "mail",
                'Write a short mail to Jonas Weber: {"claim": "EC-204", "approved": true, "amount": 686.65, "paid": "next salary"}',
                "Dear Jonas Weber, your claim EC-204 over EUR 686.65 has been approved and will be paid out with your next salary.",
                shown="mail",
            ),
        ),
    ),
    SpanCase(
        "medication-list-1",
        "medicine",
        "misstep",
        origin="structure",
        why="88 mcg of levothyroxine became 88 mg",
        given={"document": "discharge-4471"},
        made="Your medicines: levothyroxine 88 mg once daily before breakfast, amlodipine 5 mg once daily. Blood test in 6 weeks.",
        outcome="bad",
        told="levothyroxine 88 mg",
        steps=(
            tool("fetch_letter", {"document": "discharge-4471"}, {"text": _DISCHARGE}),
            llm(
                "structure",
                [
                    (
                        "system",
                        "List the discharge medication as JSON with drug, dose, unit, frequency.",
                    ),
                    ("user", _DISCHARGE),
                ],
                written(_MEDS_WRONG),
            ),
            tool("interactions", {"drugs": ["levothyroxine", "amlodipine"]}, {"interactions": []}),
            step(
                "build_plan",
                {"medication": _MEDS_WRONG, "follow_up": "TSH in 6 weeks"},
                {
                    "plan": ["levothyroxine 88 mg once daily", "amlodipine 5 mg once daily"],
                    "follow_up": "TSH in 6 weeks",
                },
            ),
            tool(
                "save_plan",
                {
                    "patient": "Eleanor Whitcombe",
                    "plan": ["levothyroxine 88 mg once daily", "amlodipine 5 mg once daily"],
                },
                {"saved": True},
            ),
            llm(
                "leaflet",
                "Write a plain-language summary for the patient. Plan: levothyroxine 88 mg once daily before breakfast; amlodipine 5 mg once daily. Follow-up: TSH in 6 weeks.",
                "Your medicines: levothyroxine 88 mg once daily before breakfast, amlodipine 5 mg once daily. Blood test in 6 weeks.",
            ),
        ),
    ),
    SpanCase(
        "visit-note-1",
        "medicine",
        "openinference",
        origin="summarise",
        why="the patient denied chest pain; the summary states it",
        given={"visit": "V-5582"},
        made="Cough for ten days, fever to 38.4 °C, chest pain. Referral: cardiology, urgent.",
        steps=(
            tool("transcribe", {"visit": "V-5582"}, {"transcript": _VISIT}),
            llm(
                "summarise",
                [("system", "Summarise the consultation in clinical style."), ("user", _VISIT)],
                "Patient reports cough for ten days, fever up to 38.4 °C and chest pain. Takes paracetamol 500 mg as needed.",
                shown="summarise",
            ),
            llm(
                "symptoms",
                "List the symptoms as JSON: Patient reports cough for ten days, fever up to 38.4 °C and chest pain. Takes paracetamol 500 mg as needed.",
                '{"symptoms": ["cough", "fever", "chest pain"]}',
                shown="symptoms",
            ),
            tool(
                "code_icd",
                {"symptoms": ["cough", "fever", "chest pain"]},
                {"codes": ["R05", "R50.9", "R07.4"]},
            ),
            tool(
                "referral",
                {"codes": ["R05", "R50.9", "R07.4"]},
                {"department": "cardiology", "urgency": "urgent"},
            ),
            llm(
                "note",
                'Write the note. Summary: cough for ten days, fever up to 38.4 °C, chest pain. Referral: {"department": "cardiology", "urgency": "urgent"}',
                "Cough for ten days, fever to 38.4 °C, chest pain. Referral: cardiology, urgent.",
                shown="note",
            ),
        ),
    ),
    SpanCase(
        "triage-1",
        "medicine",
        "genai",
        origin="classify",
        why="SpO2 of 87 % is RED by the criteria, YELLOW was given",
        given=_VITALS,
        made="Patient P-3071 (67): category YELLOW, waiting room B, expected wait 40 minutes.",
        outcome="bad",
        steps=(
            step("collect", {"patient": "P-3071"}, _VITALS),
            tool("load_criteria", {"name": "triage"}, {"text": _TRIAGE}),
            llm(
                "classify",
                [("system", _TRIAGE + " Answer with JSON."), ("user", written(_VITALS))],
                '{"patient": "P-3071", "category": "YELLOW"}',
            ),
            tool(
                "assign_room",
                {"patient": "P-3071", "category": "YELLOW"},
                {"room": "waiting room B", "wait_minutes": 40},
            ),
            tool(
                "update_board",
                {"patient": "P-3071", "category": "YELLOW", "room": "waiting room B"},
                {"ok": True},
            ),
            llm(
                "announce",
                'Summarise for staff: {"patient": "P-3071", "age": 67, "category": "YELLOW", "room": "waiting room B", "wait_minutes": 40}',
                "Patient P-3071 (67): category YELLOW, waiting room B, expected wait 40 minutes.",
            ),
        ),
    ),
    SpanCase(
        "lease-review-1",
        "law",
        "genai",
        origin="extract_terms",
        why="six months' notice was extracted as three",
        given="When must Pinecrest Bakery give notice to leave on 31 December 2026?",
        made="Pinecrest Bakery Ltd must give written notice by 30 September 2026, three months before leaving on 31 December 2026.",
        outcome="bad",
        steps=(
            tool("load_document", {"name": "pinecrest_lease.docx"}, {"text": _LEASE}),
            llm(
                "extract_terms",
                [
                    (
                        "system",
                        "Extract landlord, tenant, annual_rent_gbp, notice_months and deposit_gbp as JSON.",
                    ),
                    ("user", _LEASE),
                ],
                written(_TERMS),
            ),
            step("validate", _TERMS, {"valid": True, "terms": _TERMS}),
            tool("subtract_months", {"date": "2026-12-31", "months": 3}, {"date": "2026-09-30"}),
            llm(
                "advise",
                "Leaving date 2026-12-31, notice_months 3, latest notice date 2026-09-30. Advise the tenant Pinecrest Bakery Ltd.",
                "Pinecrest Bakery Ltd has to give three months' written notice, by 30 September 2026 at the latest.",
            ),
            llm(
                "final",
                "Question: When must Pinecrest Bakery give notice to leave on 31 December 2026?\nAdvice: Pinecrest Bakery Ltd has to give three months' written notice, by 30 September 2026 at the latest.",
                "Pinecrest Bakery Ltd must give written notice by 30 September 2026, three months before leaving on 31 December 2026.",
            ),
        ),
    ),
    SpanCase(
        "liability-cap-1",
        "law",
        "misstep",
        origin="pick_clause",
        why="the cap of the 2019 agreement was used although amendment no. 2 replaces it",
        given="What is the current limitation of liability under our MSA?",
        made="The limitation of liability under the MSA is currently USD 250,000 in aggregate.",
        steps=(
            llm(
                "rewrite_query",
                "Rewrite as a search query: What is the current limitation of liability under our MSA?",
                "MSA limitation of liability current",
            ),
            search("contracts", "MSA limitation of liability current", *_DOCS),
            llm(
                "pick_clause",
                [
                    (
                        "system",
                        "Pick the clause in force today. Later amendments replace earlier text. Answer as JSON.",
                    ),
                    ("user", "\n".join(f"[{d['id']}] {d['content']}" for d in _DOCS)),
                ],
                '{"source": "MSA-2019", "cap_usd": 250000, "basis": "aggregate"}',
            ),
            tool("format_money", {"amount": 250000, "currency": "USD"}, {"text": "USD 250,000"}),
            llm(
                "draft",
                'Draft the answer: {"source": "MSA-2019", "cap": "USD 250,000", "basis": "aggregate"}',
                "Under the MSA (MSA-2019), liability is limited to USD 250,000 in aggregate.",
            ),
            llm(
                "final",
                "Make it one short sentence for the client: Under the MSA (MSA-2019), liability is limited to USD 250,000 in aggregate.",
                "The limitation of liability under the MSA is currently USD 250,000 in aggregate.",
            ),
        ),
    ),
)
