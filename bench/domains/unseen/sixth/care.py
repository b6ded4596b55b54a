"""The sixth set, faulty runs of wards, a formulary and two contracts."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_CHART = """\
St. Brannoc Hospital, ward 4B. Patient: R. Whitcombe, 67 y, male. Admitted 27 Aug 2026, discharge 4 Sep 2026.
Diagnoses: decompensated heart failure; acute kidney injury on CKD 3; type 2 diabetes; atrial fibrillation.
Course: diuresis of 6.2 kg with i.v. furosemide. Creatinine peaked at 214 umol/l, 176 umol/l on discharge, eGFR 31.
Glucose 7.1-9.4 mmol/l on the ward on linagliptin alone.
Medication at discharge:
 - Apixaban 5 mg twice daily: go on.
 - Bisoprolol 2.5 mg once daily: go on.
 - Furosemide 40 mg once daily in the morning: new.
 - Linagliptin 5 mg once daily: new.
 - Metformin 1000 mg twice daily: withheld since admission because of kidney function. Not to be taken until
   the GP has rechecked; restart only if eGFR is above 45.
 - Ramipril 5 mg once daily: stopped.
Follow-up: bloods with the GP on 14 Sep 2026, heart failure nurse on 18 Sep 2026. Weigh daily."""
_MEDS = [
    {"drug": "apixaban", "dose": "5 mg", "times": ["morning", "evening"], "status": "continue"},
    {"drug": "bisoprolol", "dose": "2.5 mg", "times": ["morning"], "status": "continue"},
    {"drug": "furosemide", "dose": "40 mg", "times": ["morning"], "status": "new"},
    {"drug": "linagliptin", "dose": "5 mg", "times": ["morning"], "status": "new"},
    {"drug": "metformin", "dose": "1000 mg", "times": ["morning", "evening"], "status": "continue"},
    {"drug": "ramipril", "dose": "5 mg", "times": [], "status": "stopped"},
]
_SCHEDULE = """\
            morning      evening
apixaban    5 mg         5 mg
bisoprolol  2.5 mg       -
furosemide  40 mg        -
linagliptin 5 mg         -
metformin   1000 mg      1000 mg"""
_PATIENT_LETTER = """\
Dear Mr Whitcombe,

you were with us from 27 August to 4 September 2026 because your heart had become too weak to pump off the water
in your body. You lost 6.2 kg of water. Your kidneys suffered a little and must be checked.

Your tablets from now on:
- Apixaban 5 mg: as before, morning and evening.
- Bisoprolol 2.5 mg: as before, in the morning.
- Furosemide 40 mg: new, in the morning.
- Linagliptin 5 mg: new, in the morning.
- Metformin 1000 mg: as before, morning and evening with a meal.
Please stop taking ramipril.

Have your blood tested by your GP on 14 September and see the heart failure nurse on 18 September. Weigh yourself
every morning.   Ward 4B, St. Brannoc Hospital"""

_GP_QUESTION = """\
Question to the drug information line, 9 Sep 2026, Dr Amira Benali, Leeds:
"72-year-old woman, eGFR 38, chronic urticaria, itch keeps her awake. Cetirizine did not do. A colleague suggests
hydroxyzine at night. What dose should I start with, how far may I go, and what must I look out for?" """
_GP_READ = {
    "drug": "hydroxyzine",
    "indication": "itch in chronic urticaria, at night",
    "age": 72,
    "egfr": 38,
    "wanted": ["starting dose", "maximum", "cautions"],
}
_HYDRALAZINE = """\
HYDRALAZINE HYDROCHLORIDE, tablets 25 mg and 50 mg
Class: vasodilator. Use: moderate to severe hypertension, with a beta blocker and a diuretic; heart failure.
Dose: 25 mg twice daily, increased if need be to 50 mg twice daily.
Renal impairment: if eGFR is below 30, lower the dose or lengthen the interval.
Cautions: fast heartbeat, flushing, fluid retention; lupus-like syndrome in long use above 100 mg a day.
Monitoring: blood pressure; antinuclear factor every six months."""
_DOSING = {
    "start": "25 mg twice daily",
    "maximum": "50 mg twice daily",
    "renal": "lower the dose if eGFR is below 30",
    "cautions": [
        "fast heartbeat",
        "flushing",
        "fluid retention",
        "lupus-like syndrome in long use",
    ],
    "monitoring": ["blood pressure", "antinuclear factor every six months"],
}
_GP_ANSWER = """\
Dear Dr Benali,

hydroxyzine for your patient: start with 25 mg twice daily; if the itch persists, raise to 50 mg twice daily at
most. With an eGFR of 38 no adjustment is needed, as the limit is 30. Look out for fast heartbeat, flushing
and fluid retention, and in long use for a lupus-like syndrome; check blood pressure and, every six months, the
antinuclear factor. Her current list (amlodipine 5 mg, levothyroxine 75 micrograms) shows no entry against it.

Drug information line"""

_LEASE = """\
LEASE of Unit 7, Calder Mills, dated 25 March 2024, between Aldgate Estates Ltd (Landlord) and Fennimore Prints Ltd
(Tenant), for ten years from 25 March 2024.
12. Ending the lease early
12.1 The Tenant may end this lease on 25 March 2028 by giving the Landlord at least six months' written notice.
12.2 A notice under 12.1 has no effect if any rent is in arrears on 25 March 2028.
12.3 The Landlord may end this lease on 25 March 2030 by giving the Tenant at least twelve months' written notice,
but only if it intends to redevelop Calder Mills.
12.4 Notices are to be sent by recorded delivery to the registered office of the other party."""
_RIGHTS = [
    {
        "holder": "Tenant",
        "lease_ends": "2028-03-25",
        "notice_months": 6,
        "condition": "no rent in arrears on that day",
    },
    {
        "holder": "Landlord",
        "lease_ends": "2030-03-25",
        "notice_months": 12,
        "condition": "intends to redevelop Calder Mills",
    },
]
_LATEST = [
    {"holder": "Tenant", "lease_ends": "2028-03-25", "notice_by": "2027-09-25"},
    {"holder": "Landlord", "lease_ends": "2030-03-25", "notice_by": "2029-03-25"},
]
_FILE_NOTE = """\
File note, Fennimore Prints Ltd (our client, Tenant of Unit 7), 3 July 2026
- Tenant's break: 25 March 2028, notice to reach the Landlord by 25 September 2027; no arrears on the break date.
- Landlord's break: 25 March 2030, notice by 25 March 2029, only for redevelopment.
- Notices by recorded delivery to the registered office. Rent account is clear at 30 June 2026."""
_LEASE_LETTER = """\
Dear Ms Fennimore,

you asked us when the lease of Unit 7, Calder Mills, can be ended early.
Aldgate Estates may end it on 25 March 2028 if they give you six months' notice, that is by 25 September 2027.
Your own company may end it on 25 March 2030, with twelve months' notice, that is by 25 March 2029, and only if
you mean to redevelop. Rent must not be in arrears when a notice takes effect; at 30 June 2026 nothing was owed.
Any notice must go by recorded delivery to the registered office.
We suggest that you note March 2029 in your diary and plan to stay until 2030 at the least.

Yours sincerely, Maddox & Rae LLP"""

_C14 = [
    "14.1 Nothing in this Agreement excludes liability for death or personal injury caused by negligence.",
    "14.2 Subject to 14.1, the Provider's total liability in a contract year is limited to the fees paid for the twelve "
    "months before the event.",
    "14.3 The Provider is not liable for loss of profit or goodwill.",
    "14.4 The limits in 14.2 and 14.3 do not apply to a breach of clause 11 (Confidentiality) or clause 12 (Personal "
    "data), for which the Provider's liability is limited to EUR 5,000,000 in a contract year.",
    "14.5 Claims must be notified within six months after the Customer has learned of the event.",
    "14.6 The Customer shall take reasonable steps to lessen its loss.",
]
_MSA = (
    "MASTER HOSTING AGREEMENT, Nubelo Hosting SA (Provider) and Pelion Clinics AE (Customer), 1 October 2024\n"
    "14 LIABILITY\n"
    + "\n".join(_C14[:3])
    + "\nPage 9 of 31   Nubelo / Pelion   confidential\f\n"
    + "\n".join(_C14[3:])
)
_KEPT = [*_C14[:3], *_C14[4:]]
_ADVICE = """\
Advice for Pelion Clinics AE, 22 June 2026: leak of patient letters from Nubelo's backup server on 2 June 2026

1. Nubelo's liability is limited to the fees of the twelve months before the event (clause 14.2): EUR 264,000.
2. Lost profit and goodwill cannot be claimed at all (14.3).
3. The only exception is death or personal injury (14.1); a leak of personal data is not excepted.
4. Of the EUR 1,140,000 that notification and credit monitoring have cost, EUR 876,000 must therefore be borne by
   Pelion or its insurer. We advise to notify the insurer now and to settle with Nubelo near the limit.
5. The claim must be notified to Nubelo by 3 December 2026 (14.5)."""

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "discharge-letter-6",
        "medicine",
        "openinference",
        origin="reconcile_meds",
        why="metformin is withheld until the recheck; the list says to continue it",
        given={"patient": "R. Whitcombe", "ward": "4B", "task": "discharge letter in plain words"},
        made=_PATIENT_LETTER,
        outcome="bad",
        told="Metformin 1000 mg: as before, morning and evening with a meal.",
        steps=(
            tool("ward_chart", {"patient": "R. Whitcombe", "ward": "4B"}, _CHART),
            llm(
                "reconcile_meds",
                [
                    (
                        "system",
                        "Reconcile the discharge medication. For each drug give dose, times and status: continue, new, "
                        "paused or stopped. JSON list.",
                    ),
                    ("user", _CHART),
                ],
                written(_MEDS),
                shown="reconcile_meds",
            ),
            tool(
                "interaction_check",
                {"drugs": ["apixaban", "bisoprolol", "furosemide", "linagliptin", "metformin"]},
                {"severe": [], "moderate": ["bisoprolol + furosemide: watch blood pressure"]},
            ),
            step("schedule", [m for m in _MEDS if m["status"] != "stopped"], _SCHEDULE),
            step(
                "pharmacy_order",
                {"schedule": _SCHEDULE, "days": 14},
                {"apixaban 5 mg": 28, "bisoprolol 2.5 mg": 14, "furosemide 40 mg": 14}
                | {"linagliptin 5 mg": 14, "metformin 1000 mg": 28},
            ),
            llm(
                "plain_letter",
                "Write the patient a letter in plain words: why he was here, his tablets, appointments.\n"
                "Stay: 27 August to 4 September 2026, heart failure, 6.2 kg of water lost, kidneys to be checked. GP "
                "bloods 14 September, heart failure nurse 18 September, weigh daily.\n"
                + written(_MEDS),
                _PATIENT_LETTER,
                shown="plain_letter",
            ),
        ),
    ),
    SpanCase(
        "drug-information-6",
        "medicine",
        "misstep",
        origin="formulary",
        why="asked about hydroxyzine, the formulary gave the monograph of hydralazine",
        given=_GP_QUESTION,
        made=_GP_ANSWER,
        outcome="bad",
        told="start with 25 mg twice daily; if the itch persists, raise to 50 mg twice daily",
        steps=(
            llm(
                "read_question",
                "Give drug, indication, age, egfr and what is wanted as JSON.\n\n" + _GP_QUESTION,
                written(_GP_READ),
            ),
            search(
                "formulary",
                "hydroxyzine dose elderly renal impairment cautions",
                {"id": "mono-0417", "content": _HYDRALAZINE, "score": 0.79},
            ),
            llm(
                "dosing_facts",
                [
                    (
                        "system",
                        "Take start, maximum, renal, cautions and monitoring from the monograph, as JSON.",
                    ),
                    ("user", _HYDRALAZINE),
                ],
                written(_DOSING),
            ),
            step(
                "renal_rule",
                {"egfr": 38, "rule": "lower the dose if eGFR is below 30"},
                {"adjust": False},
            ),
            tool(
                "current_list",
                {"patient": "F-2290"},
                ["amlodipine 5 mg once daily", "levothyroxine 75 micrograms once daily"],
            ),
            llm(
                "answer_gp",
                "Answer Dr Benali briefly. Question: "
                + written(_GP_READ)
                + "\nDosing: "
                + written(_DOSING)
                + "\nRenal adjustment: no. Current list: amlodipine 5 mg, levothyroxine 75 micrograms; no entry against it.",
                _GP_ANSWER,
                model="gpt-4o",
            ),
        ),
    ),
    SpanCase(
        "lease-break-6",
        "law",
        "genai",
        origin="client_letter",
        why="the letter gives the tenant's right to the landlord and the landlord's to the tenant",
        given="When can our client Fennimore Prints get out of the lease of Unit 7? Please write to Ms Fennimore.",
        made=_LEASE_LETTER,
        steps=(
            tool("document_store", {"matter": "FEN-0112", "document": "lease"}, _LEASE),
            llm(
                "break_rights",
                [
                    (
                        "system",
                        "List each right to end the lease early: holder, lease_ends, notice_months, condition.",
                    ),
                    ("user", _LEASE),
                ],
                written(_RIGHTS),
            ),
            tool("latest_notice", {"rights": _RIGHTS}, _LATEST),
            tool(
                "rent_account",
                {"tenant": "Fennimore Prints Ltd", "at": "2026-06-30"},
                {"tenant": "Fennimore Prints Ltd", "arrears": 0.00, "at": "2026-06-30"},
            ),
            llm(
                "file_note",
                "Write a file note of 3 July 2026 (client: Fennimore Prints Ltd, Tenant of Unit 7) from these:\n"
                + written({"rights": _RIGHTS, "latest": _LATEST, "arrears": 0.00})
                + "\nNotices: recorded delivery, registered office.",
                _FILE_NOTE,
            ),
            llm(
                "client_letter",
                [
                    (
                        "system",
                        "You draft letters for Maddox & Rae LLP, in plain English, from the file note.",
                    ),
                    (
                        "user",
                        "To Ms Fennimore. Landlord is Aldgate Estates Ltd, Unit 7, Calder Mills.\n\n"
                        + _FILE_NOTE,
                    ),
                ],
                _LEASE_LETTER,
            ),
        ),
    ),
    SpanCase(
        "liability-advice-6",
        "law",
        "openinference",
        origin="split_clauses",
        why="clause 14.4, the first after the page break, is missing from the list of clauses",
        given="What can Pelion Clinics recover from Nubelo for the leak of 2 June 2026? Costs so far: EUR 1,140,000.",
        made=_ADVICE,
        steps=(
            tool("contract_text", {"contract": "Nubelo-Pelion-2024", "clause": 14}, _MSA),
            step("split_clauses", _MSA, _KEPT),
            llm(
                "clause_digest",
                "Sum up each clause in one line, with its number.\n" + "\n".join(_KEPT),
                "14.1 no limit for death or injury by negligence\n14.2 liability limited to twelve months' fees\n"
                "14.3 no lost profit or goodwill\n14.5 notify within six months of learning of it\n14.6 lessen the loss",
                shown="clause_digest",
            ),
            llm(
                "carve_outs",
                "Do any of these clauses lift the limit for a leak of personal data? Answer in a sentence.\n"
                + "\n".join(_KEPT),
                "No: the only exception to the limit in these clauses is death or personal injury (14.1).",
                shown="carve_outs",
            ),
            tool(
                "fees_paid",
                {"customer": "Pelion Clinics AE", "from": "2025-06-02", "to": "2026-06-01"},
                {"months": 12, "monthly": 22000, "total": 264000, "currency": "EUR"},
            ),
            step(
                "exposure",
                {"costs": 1140000, "limit": 264000},
                {"recoverable": 264000, "remaining": 876000},
            ),
            llm(
                "advice",
                "Write numbered advice of 22 June 2026 for Pelion Clinics AE. The leak of patient letters from Nubelo's "
                "backup server on 2 June 2026 became known to Pelion on 3 June. Costs: notification, credit monitoring.\n"
                + written({"costs": 1140000, "recoverable": 264000, "remaining": 876000})
                + "\nExceptions: only death or personal injury (14.1). Notify within six months (14.5).",
                _ADVICE,
                shown="advice",
            ),
        ),
    ),
)
