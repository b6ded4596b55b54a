"""A fourth set of the plain kind: wards, leaflets, a night line and a spill, often with long texts."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, llm, search, step, tool, written

# --- discharge-plan-4 ---
_WARD = """\
WARD 6B, ST BRIDE'S HOSPITAL - INPATIENT NOTES
Patient: Tomas Breuer, 71 years. Admitted 8 September 2026, discharge planned 14 September 2026.
Reason for admission: pneumonia of the right lower lobe with acute kidney injury on chronic kidney disease.

08 Sep, medicines on admission
  metformin 1000 mg twice daily
  ramipril 5 mg once daily
  bisoprolol 2.5 mg once daily
  atorvastatin 40 mg at night
08 Sep, Dr Lindqvist: started co-amoxiclav i.v., fluids. Continue usual medicines for now.
09 Sep, Dr Lindqvist: eGFR 31, potassium 5.3. Ramipril reduced to 2.5 mg once daily.
10 Sep, physiotherapy: walks 40 m with a frame, stairs not tried.
11 Sep, pharmacist (M. Adeyemi): antibiotic switched to doxycycline 100 mg once daily by mouth, last dose 15 Sep.
12 Sep, Dr Lindqvist: eGFR 27. Metformin STOPPED today, not to be restarted before the GP has repeated the kidney
        function in two weeks. Diet for now; glucose before breakfast 7.9 mmol/l.
13 Sep, nursing: afebrile for 48 hours, eats well, oxygen 96 % on room air.
13 Sep, Dr Lindqvist: fit for discharge tomorrow. Chest X-ray in six weeks.
"""
_TAKES = [
    {"drug": "metformin", "dose": "1000 mg", "when": "twice daily", "change": "unchanged"},
    {"drug": "ramipril", "dose": "2.5 mg", "when": "once daily", "change": "reduced from 5 mg"},
    {"drug": "bisoprolol", "dose": "2.5 mg", "when": "once daily", "change": "unchanged"},
    {"drug": "atorvastatin", "dose": "40 mg", "when": "at night", "change": "unchanged"},
    {
        "drug": "doxycycline",
        "dose": "100 mg",
        "when": "once daily",
        "change": "new, last dose 15 September 2026",
    },
]
_HOME = (
    "Dear Mr Breuer, these are your medicines from 14 September 2026:\n"
    "- Metformin 1000 mg twice daily, as before\n"
    "- Ramipril 2.5 mg once daily (this is half of what you took before)\n"
    "- Bisoprolol 2.5 mg once daily, as before\n"
    "- Atorvastatin 40 mg at night, as before\n"
    "- Doxycycline 100 mg once daily, new; the last one on 15 September\n"
    "Please see your GP in two weeks for a blood test of your kidneys. A chest X-ray follows in six weeks."
)

# --- night-line-4 ---
_CHAT = """\
[21:02] Parent: Hi, my son Leo has had ear pain on the right since yesterday evening and now a fever.
[21:02] Nurse bot: I'm sorry to hear that. How old is Leo, how much does he weigh and how high is the fever?
[21:04] Parent: He's 4, 16 kilos. 38.9 in the ear, the other one.
[21:04] Nurse bot: Is anything coming out of the ear? Is he drinking?
[21:05] Parent: Nothing coming out. He drinks ok, ate half a banana. He had paracetamol at six.
[21:06] Nurse bot: Does he take any medicines regularly, has he had reactions to any?
[21:08] Parent: No regular ones. Last winter he came out in hives all over from amoxicillin, the doctor wrote it down as an allergy.
[21:08] Nurse bot: Thank you. Has he had many ear infections?
[21:09] Parent: Two, the last one in January. We're in Harwick, the pharmacy on Mill Lane is open till ten.
"""
_NOTED = (
    "Leo, 4 years, 16 kg. Right ear pain since yesterday evening, 38.9 °C, no discharge, drinks well, paracetamol at "
    "18:00. Two earlier ear infections, the last in January. No regular medicines and no reactions to medicines. Lives "
    "in Harwick, pharmacy on Mill Lane open until 22:00."
)
_OTITIS = (
    "Acute otitis media in children, first choice: amoxicillin for 5 days; 1 to 4 years 250 mg three times a day. "
    "Children allergic to penicillins: clarithromycin for 5 days; 12 to 19 kg 125 mg twice a day. Offer an antibiotic "
    "at once if the child has fever above 38.5 °C or pain for more than 24 hours; otherwise wait three days."
)
_ADVICE = (
    "Fever of 38.9 °C and pain for about a day: an antibiotic now is reasonable. No reactions to medicines are known, so "
    "the first choice applies: amoxicillin 250 mg three times a day for 5 days."
)
_HANDOVER = (
    "For Dr Farrow, out-of-hours: Leo, 4 years, 16 kg, right acute otitis media, 38.9 °C, no discharge, no reactions to "
    "medicines. Please issue amoxicillin 250 mg three times a day for 5 days to the pharmacy on Mill Lane, Harwick, "
    "open until 22:00."
)

# --- leaflet-chain-4 ---
_BEIPACK = """\
Gebrauchsinformation: Dolorex 400 mg Filmtabletten (Wirkstoff: Ibuprofen)
Lesen Sie die gesamte Packungsbeilage sorgfältig durch, bevor Sie mit der Einnahme beginnen.
1. Wofür wird Dolorex angewendet?
Dolorex wird angewendet bei leichten bis mäßig starken Schmerzen und bei Fieber.
2. Wann dürfen Sie Dolorex nicht einnehmen?
- wenn Sie allergisch gegen Ibuprofen sind,
- bei Magen- oder Darmgeschwüren,
- im letzten Drittel der Schwangerschaft.
3. Wie ist Dolorex einzunehmen?
Erwachsene und Jugendliche ab 12 Jahren (ab 40 kg): 1 Tablette als Einzeldosis, höchstens 3 Tabletten in 24 Stunden.
Zwischen zwei Einnahmen müssen mindestens 6 Stunden liegen.
Nehmen Sie die Tablette unzerkaut mit einem Glas Wasser während oder nach einer Mahlzeit ein.
Ohne ärztlichen Rat nicht länger als 4 Tage einnehmen.
4. Aufbewahrung
Nicht über 25 °C lagern. Für Kinder unzugänglich aufbewahren.
"""
_LEAFLET = """\
Package leaflet: Dolorex 400 mg film-coated tablets (active substance: ibuprofen)
Read all of this leaflet carefully before you start taking this medicine.
1. What Dolorex is used for
Dolorex is used for mild to moderate pain and for fever.
2. When you must not take Dolorex
- if you are allergic to ibuprofen,
- if you have a stomach or bowel ulcer,
- in the last third of pregnancy.
3. How to take Dolorex
Adults and adolescents from 12 years (from 40 kg): 1 tablet as a single dose, at most 3 tablets in 24 hours.
Two doses must be no more than 6 hours apart.
Swallow the tablet whole with a glass of water during or after a meal.
Do not take it for longer than 4 days without medical advice.
4. Storage
Do not store above 25 °C. Keep out of the reach of children.
"""
_CARD = (
    "Dolorex 400 mg, in short\n"
    "For mild to moderate pain and fever, from 12 years and 40 kg.\n"
    "Take 1 tablet with water during or after a meal, then the next one no more than 6 hours later, at most 3 in "
    "24 hours.\n"
    "Not for longer than 4 days without medical advice. Not with an ibuprofen allergy, an ulcer or late in pregnancy."
)

# --- spill-report-4 ---
_SHIFT_NOTE = (
    "Shift note, 19 August 2026, Botlek tank park, 06:40. Drum of methyl ethyl ketone (US make, 55 US gal) pierced by a "
    "fork on dock 4. By dipstick 34 US gal gone, all of it into the bund. Nobody hurt. Pumped out by 07:25. R. de Wit"
)
_RULE = (
    "Site permit 44-B, condition 12: a release of 150 litres or more of a class 3 liquid is to be reported to the port "
    "authority within 24 hours, even if retained in a bund. Smaller releases are entered in the site log."
)
_SPILL = (
    "To: Port authority, duty desk. On 19 August 2026 at 06:40 about 154.6 litres of methyl ethyl ketone (class 3) were "
    "released on dock 4 of the Botlek tank park and retained in the bund. Nobody was hurt; the bund was empty by 07:25. "
    "We report this under condition 12 of permit 44-B, as the release exceeds 150 litres."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "discharge-plan-4",
        "medicine",
        "openinference",
        origin="reconcile",
        why="metformin was stopped on 12 September and is listed as unchanged",
        given={"patient": "Tomas Breuer", "discharge": "2026-09-14", "for": "patient letter"},
        made=_HOME,
        outcome="bad",
        told="Metformin 1000 mg twice daily, as before",
        steps=(
            tool("ward_notes", {"patient": "Tomas Breuer", "stay": "2026-09-08"}, _WARD),
            agent(
                "pharmacy_agent",
                {
                    "task": "List what Mr Breuer takes at home from 14 September 2026.",
                    "notes": _WARD,
                },
                written(_TAKES),
                llm(
                    "reconcile",
                    [
                        (
                            "system",
                            "You reconcile medicines. From the notes list every medicine the patient takes after "
                            "discharge, as JSON: drug, dose, when, change.",
                        ),
                        ("user", _WARD),
                    ],
                    written(_TAKES),
                ),
            ),
            tool(
                "interactions",
                {"drugs": ["metformin", "ramipril", "bisoprolol", "atorvastatin", "doxycycline"]},
                {"severe": [], "note": "no severe interactions among these five"},
            ),
            llm(
                "letter",
                "Write the medicine letter for the patient in plain words. Follow-up: GP with kidney function in two "
                "weeks, chest X-ray in six weeks.\n" + written(_TAKES),
                _HOME,
            ),
            llm(
                "critic",
                f"Does the letter hold every medicine of the list with its dose?\nList: {written(_TAKES)}\nLetter: {_HOME}",
                "All five medicines of the list are in the letter, doses and times agree. Nothing to change.",
            ),
        ),
    ),
    SpanCase(
        "night-line-4",
        "medicine",
        "genai",
        origin="compact_memory",
        why="the parent told of an allergy to amoxicillin, the compacted memory says no reactions",
        given=_CHAT,
        made=_HANDOVER,
        root="agent",
        steps=(
            llm(
                "compact_memory",
                [
                    (
                        "system",
                        "The conversation grows too long. Replace it with a note of at most 70 words that keeps all a "
                        "clinician needs.",
                    ),
                    ("user", _CHAT),
                ],
                _NOTED,
            ),
            search(
                "guideline",
                "acute otitis media child 4 years antibiotic choice and dose",
                {"id": "om-2025", "content": _OTITIS, "score": 0.9},
            ),
            llm(
                "advise",
                f"Memory: {_NOTED}\n\nGuideline: {_OTITIS}\n\nWhat do you suggest, and why?",
                _ADVICE,
            ),
            tool(
                "pharmacy_stock",
                {
                    "pharmacy": "Mill Lane, Harwick",
                    "item": "amoxicillin oral suspension 250 mg/5 ml",
                },
                {"in_stock": True, "bottles": 6},
            ),
            llm(
                "handover",
                f"Write the handover to Dr Farrow.\nMemory: {_NOTED}\nSuggestion: {_ADVICE}\nStock: 6 bottles.",
                _HANDOVER,
            ),
        ),
    ),
    SpanCase(
        "leaflet-chain-4",
        "translation",
        "genai",
        origin="translate",
        why="at least six hours between doses became no more than six hours apart",
        given={"document": "dolorex-400-de", "into": "English", "want": "short card"},
        made=_CARD,
        outcome="bad",
        told="the next one no more than 6 hours later",
        steps=(
            tool("load_document", {"document": "dolorex-400-de"}, _BEIPACK),
            search(
                "glossary",
                "Filmtablette Packungsbeilage Wirkstoff",
                {"id": "g-11", "content": "Filmtablette = film-coated tablet"},
                {
                    "id": "g-12",
                    "content": "Packungsbeilage, Gebrauchsinformation = package leaflet",
                },
                {"id": "g-13", "content": "Wirkstoff = active substance"},
            ),
            llm(
                "translate",
                "Translate the leaflet into English, line by line. Use: film-coated tablet, package leaflet, active "
                "substance.\n\n" + _BEIPACK,
                _LEAFLET,
            ),
            llm(
                "style_check",
                f"Check the English for spelling and house style. List what to change or say none.\n\n{_LEAFLET}",
                "None. British spelling throughout, terms as in the glossary.",
            ),
            llm(
                "card",
                f"Make a card of four lines from this leaflet, for patients.\n\n{_LEAFLET}",
                _CARD,
            ),
        ),
    ),
    SpanCase(
        "spill-report-4",
        "incident",
        "openinference",
        origin="convert_volume",
        why="34 US gallons are 128.7 litres; the tool converted imperial gallons",
        given=_SHIFT_NOTE,
        made=_SPILL,
        outcome="bad",
        told="about 154.6 litres",
        steps=(
            llm(
                "read_note",
                "Substance, place, amount released with its unit, time, as JSON.\n\n" + _SHIFT_NOTE,
                written(
                    {
                        "substance": "methyl ethyl ketone",
                        "place": "Botlek tank park, dock 4",
                        "released": 34,
                        "unit": "US gal",
                        "at": "2026-08-19T06:40",
                        "retained_in_bund": True,
                    }
                ),
            ),
            search(
                "permit",
                "release of flammable liquid into bund reporting duty",
                {"id": "44-B-12", "content": _RULE},
            ),
            tool(
                "convert_volume",
                {"value": 34, "from": "US gal", "to": "l"},
                {"value": 154.6, "unit": "l"},
            ),
            step(
                "reporting_duty",
                {"released_l": 154.6, "limit_l": 150, "class": 3},
                {"report": True, "within_hours": 24},
            ),
            llm(
                "report",
                f"Write to the port authority.\nNote: {_SHIFT_NOTE}\nReleased: 154.6 l\nRule: {_RULE}\n"
                "Duty: report within 24 hours.",
                _SPILL,
            ),
        ),
    ),
)
