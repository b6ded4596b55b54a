"""A third set of the plain kind: one planted fault a run, of pipelines of medicine and travel."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_CHART = """DISCHARGE SUMMARY            St Brannoc's Hospital, Ward 6B
Patient: Ewan Tolland        Born: 2 February 1949
Admitted: 7 July 2026        Discharged: 13 July 2026

Diagnosis: acute kidney injury after gastroenteritis.
On admission: blood pressure 104/60, potassium 5.9 mmol/l, eGFR 29.
Medicines before admission: ramipril 5 mg in the morning, amlodipine 5 mg in the morning,
metformin 500 mg twice a day, atorvastatin 20 mg at night.

Course: Fluids were given by vein for three days. Ramipril was stopped on 8 July because of the
potassium; not to be restarted before the kidney clinic has seen him on 10 August. Metformin was
paused on 7 July and taken up again on 12 July at the old dose, the eGFR then being 48. Blood
pressure rose to 158/92 once he was drinking, so amlodipine was raised to 10 mg on 10 July.
Atorvastatin was given throughout.

At discharge: blood pressure 138/80, potassium 4.6 mmol/l, eGFR 48. Walks unaided, eats well.
Please check potassium and kidney function at the practice in the week of 20 July.
Dr N. Achterberg, registrar"""
_HOME = [
    {"medicine": "ramipril", "dose": "5 mg", "when": "morning"},
    {"medicine": "amlodipine", "dose": "5 mg", "when": "morning"},
    {"medicine": "metformin", "dose": "500 mg", "when": "morning and evening"},
    {"medicine": "atorvastatin", "dose": "20 mg", "when": "night"},
]
_PLAN = [
    {"medicine": "ramipril", "dose": "5 mg", "when": "morning", "status": "continue"},
    {"medicine": "amlodipine", "dose": "10 mg", "when": "morning", "status": "raised"},
    {
        "medicine": "metformin",
        "dose": "500 mg",
        "when": "morning and evening",
        "status": "continue",
    },
    {"medicine": "atorvastatin", "dose": "20 mg", "when": "night", "status": "continue"},
]
_PLAN_TABLE = (
    "| Medicine | Morning | Evening | Night |\n"
    "|---|---|---|---|\n"
    "| Ramipril | 5 mg | | |\n"
    "| Amlodipine | 10 mg | | |\n"
    "| Metformin | 500 mg | 500 mg | |\n"
    "| Atorvastatin | | | 20 mg |"
)
_PLAN_LETTER = (
    "Dear Mr Tolland,\nthese are your medicines from 13 July 2026:\n"
    + _PLAN_TABLE
    + "\nGo on taking ramipril every morning as before. Amlodipine is now 10 mg, twice as much as you took at home. "
    "Your practice will check your blood in the week of 20 July."
)
_RECORD = (
    "Hoekstra, Maria. Born 14 August 1985. Weight 64 kg, height 171 cm. Allergies: none known. Medicines: "
    "levothyroxine 75 micrograms. Earlier operations: caesarean section 2019. Non-smoker. Last seen 6 May 2025."
)
_SHEET = (
    "Pre-assessment, Maria Hoekstra, right hip replacement on 22 September 2026. No known allergies. Cefazolin 2 g "
    "30 minutes before incision. ASA 2 (treated thyroid disease). Levothyroxine 75 micrograms on the morning of "
    "surgery. Weight 64 kg."
)
_TO_BASEL = [
    {
        "train": "ICE 71",
        "from": "Frankfurt Hbf",
        "dep": "10:08",
        "to": "Basel SBB",
        "arr": "13:17",
        "eur": 84.90,
    },
    {
        "train": "ICE 73",
        "from": "Frankfurt Hbf",
        "dep": "11:24",
        "to": "Basel SBB",
        "arr": "14:17",
        "eur": 89.90,
    },
    {
        "train": "ICE 75",
        "from": "Frankfurt Hbf",
        "dep": "13:24",
        "to": "Basel SBB",
        "arr": "16:17",
        "eur": 69.90,
    },
]
_TO_MILAN = [
    {
        "train": "EC 55",
        "from": "Basel SBB",
        "dep": "12:05",
        "to": "Milano C.le",
        "arr": "16:10",
        "eur": 59.00,
    },
    {
        "train": "EC 57",
        "from": "Basel SBB",
        "dep": "14:05",
        "to": "Milano C.le",
        "arr": "18:10",
        "eur": 64.00,
    },
    {
        "train": "EC 59",
        "from": "Basel SBB",
        "dep": "16:05",
        "to": "Milano C.le",
        "arr": "20:10",
        "eur": 64.00,
    },
]
_TRAINS = (
    "Tuesday 6 October 2026, Frankfurt to Milan, 1 adult, EUR 153.90\n"
    "11:24 Frankfurt Hbf, ICE 73, arrives Basel SBB\n"
    "14:05 Basel SBB, EC 57\n"
    "18:10 Milano C.le\n"
    "You will be in Milan in good time for your dinner at 20:00. Booking code RQ7T2M."
)
_GROUP_MAIL = (
    "Good morning,\n"
    "our choir would like to stay with you from Monday 12 October to Friday 16 October 2026: we arrive on the "
    "Monday afternoon and leave on Friday after breakfast. We are twelve people and would take six twin rooms with "
    "breakfast. The parish has set aside EUR 3,200 for the rooms. Could you let us have an offer?\n"
    "Thank you, Ottilie Brandner, Cantus Passau"
)
_GROUP_ASK = {
    "guest": "Cantus Passau",
    "arrival": "2026-10-12",
    "departure": "2026-10-16",
    "people": 12,
    "rooms": 6,
    "kind": "twin",
    "budget_eur": 3200,
}
_OFFER = (
    "Dear Ms Brandner, we are pleased to offer Cantus Passau six twin rooms with breakfast from 12 to 16 October "
    "2026, five nights at EUR 118.00 a room: EUR 3,540.00. With the city tax of EUR 150.00 the stay comes to EUR "
    "3,690.00. Hotel Zum Salzhaus, Hallein"
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "discharge-plan-3",
        "medicine",
        "misstep",
        origin="reconcile",
        why="ramipril was stopped in hospital and must not be restarted; the reconciled list continues it",
        given={"patient": "Ewan Tolland", "document": "discharge letter with medicines"},
        made=_PLAN_LETTER,
        outcome="bad",
        told="Go on taking ramipril every morning as before.",
        steps=(
            tool("load_chart", {"patient": "Ewan Tolland", "stay": "2026-07-07"}, _CHART),
            llm(
                "home_medicines",
                [
                    (
                        "system",
                        "List the medicines taken before admission, JSON: medicine, dose, when.",
                    ),
                    ("user", _CHART),
                ],
                written(_HOME),
            ),
            llm(
                "reconcile",
                [
                    (
                        "system",
                        "You reconcile medicines at discharge. Go through the home list, apply every change made "
                        "during the stay, and give the list the patient goes home with. JSON: medicine, dose, "
                        "when, status (continue, raised, lowered, stopped, new).",
                    ),
                    ("user", "Home list: " + written(_HOME) + "\n\nSummary:\n" + _CHART),
                ],
                written(_PLAN),
                model="gpt-4o",
            ),
            tool(
                "interactions",
                {"medicines": ["ramipril", "amlodipine", "metformin", "atorvastatin"]},
                {
                    "severe": [],
                    "note": "amlodipine with atorvastatin: muscle pain is to be reported",
                },
            ),
            step("plan_table", {"plan": _PLAN}, _PLAN_TABLE),
            llm(
                "letter",
                "Write to the patient in plain words. State changes from home doses. Discharge: 13 July 2026. "
                "Blood check at the practice in the week of 20 July.\n"
                + written(_PLAN)
                + "\nUse this table as it is:\n"
                + _PLAN_TABLE,
                _PLAN_LETTER,
            ),
        ),
    ),
    SpanCase(
        "pre-assessment-3",
        "medicine",
        "genai",
        origin="patient_records",
        why="the record found is of another Maria Hoekstra, born 14 August 1985",
        given=(
            "Pre-assessment sheet for Maria Hoekstra, born 14 March 1958, right hip replacement on 22 September "
            "2026."
        ),
        made=_SHEET,
        outcome="bad",
        told="No known allergies.",
        steps=(
            search(
                "patient_records",
                "Maria Hoekstra, born 14 March 1958",
                {
                    "id": "pat-220871",
                    "content": _RECORD,
                    "score": 0.88,
                    "metadata": {"name": "Hoekstra, Maria", "born": "1985-08-14"},
                },
            ),
            llm(
                "history",
                [
                    (
                        "system",
                        "From the record give allergies, medicines, weight_kg, operations and smoker as JSON.",
                    ),
                    ("user", _RECORD),
                ],
                written(
                    {
                        "allergies": [],
                        "medicines": ["levothyroxine 75 micrograms"],
                        "weight_kg": 64,
                        "operations": ["caesarean section 2019"],
                        "smoker": False,
                    }
                ),
            ),
            tool(
                "prophylaxis",
                {"operation": "hip replacement", "allergies": [], "weight_kg": 64},
                {"drug": "cefazolin", "dose": "2 g", "when": "30 minutes before incision"},
            ),
            llm(
                "asa_class",
                "Which ASA class? Treated thyroid disease (levothyroxine), non-smoker. One line.",
                "ASA 2: mild systemic disease, well controlled (treated thyroid disease).",
            ),
            step(
                "medicines_on_the_day",
                {"medicines": ["levothyroxine 75 micrograms"]},
                {"take": ["levothyroxine 75 micrograms"], "leave_out": []},
            ),
            llm(
                "sheet",
                "Write the sheet for Maria Hoekstra, right hip replacement, 22 September 2026, in one paragraph.\n"
                "Allergies: none known. Prophylaxis: cefazolin 2 g, 30 minutes before incision. ASA 2 (treated "
                "thyroid disease). Take on the day: levothyroxine 75 micrograms. Weight: 64 kg.",
                _SHEET,
            ),
        ),
    ),
    SpanCase(
        "rail-plan-3",
        "travel",
        "misstep",
        origin="pick_trains",
        why="EC 57 leaves Basel at 14:05, before ICE 73 gets there at 14:17",
        given=(
            "Frankfurt to Milan on Tuesday 6 October, not leaving before 11:00, there as early as possible. I have "
            "a dinner at eight."
        ),
        made=_TRAINS,
        outcome="bad",
        told="14:05 Basel SBB, EC 57",
        root="agent",
        steps=(
            tool(
                "to_basel",
                {"from": "Frankfurt Hbf", "to": "Basel SBB", "day": "2026-10-06"},
                _TO_BASEL,
            ),
            tool(
                "to_milan",
                {"from": "Basel SBB", "to": "Milano C.le", "day": "2026-10-06"},
                _TO_MILAN,
            ),
            llm(
                "pick_trains",
                [
                    (
                        "system",
                        "Pick one train for each leg. The traveller doesn't leave before 11:00 and wants to arrive "
                        "as early as the trains allow. Leave at least 8 minutes for the change. JSON with the two "
                        "trains.",
                    ),
                    ("user", "Leg 1: " + written(_TO_BASEL) + "\nLeg 2: " + written(_TO_MILAN)),
                ],
                written({"leg_1": _TO_BASEL[1], "leg_2": _TO_MILAN[1]}),
            ),
            step("fare", {"eur": [89.90, 64.00], "adults": 1}, {"total_eur": 153.90}),
            tool(
                "book",
                {
                    "day": "2026-10-06",
                    "trains": ["ICE 73", "EC 57"],
                    "adults": 1,
                    "separate_tickets": True,
                },
                {"code": "RQ7T2M", "state": "issued"},
            ),
            llm(
                "itinerary",
                "Write the itinerary. Tuesday 6 October 2026, 1 adult. "
                + written(
                    {
                        "trains": [
                            "ICE 73 11:24 Frankfurt Hbf - Basel SBB",
                            "EC 57 14:05 Basel SBB - 18:10 Milano C.le",
                        ],
                        "total_eur": 153.90,
                        "code": "RQ7T2M",
                        "dinner": "20:00",
                    }
                ),
                _TRAINS,
            ),
        ),
    ),
    SpanCase(
        "choir-offer-3",
        "travel",
        "misstep",
        origin="nights",
        why="12 to 16 October are four nights; the days were counted instead",
        given=_GROUP_MAIL,
        made=_OFFER,
        outcome="contract",
        told="total must not be above the guest's budget unless the mail says so",
        steps=(
            step(
                "read_mail",
                _GROUP_MAIL,
                _GROUP_ASK,
                llm(
                    "mail_to_json",
                    [
                        (
                            "system",
                            "Give guest, arrival, departure, people, rooms, kind and budget_eur of the enquiry as "
                            "JSON.",
                        ),
                        ("user", _GROUP_MAIL),
                    ],
                    written(_GROUP_ASK),
                ),
            ),
            step("nights", {"arrival": "2026-10-12", "departure": "2026-10-16"}, {"nights": 5}),
            tool(
                "room_rate",
                {"kind": "twin", "from": "2026-10-12", "board": "breakfast"},
                {"kind": "twin", "eur_a_night": 118.00, "free": 9},
            ),
            step("price", {"rooms": 6, "nights": 5, "eur_a_night": 118.00}, {"rooms_eur": 3540.00}),
            tool(
                "city_tax",
                {"people": 12, "nights": 5},
                {"eur_a_person_a_night": 2.50, "eur": 150.00},
            ),
            llm(
                "offer",
                "Write the offer of Hotel Zum Salzhaus, Hallein, to Ms Brandner.\n"
                + written(
                    {
                        "guest": "Cantus Passau",
                        "stay": "12 to 16 October 2026",
                        "rooms": "six twin rooms with breakfast",
                        "nights": 5,
                        "eur_a_night": 118.00,
                        "rooms_eur": 3540.00,
                        "city_tax_eur": 150.00,
                        "total_eur": 3690.00,
                    }
                ),
                _OFFER,
            ),
        ),
    ),
)
