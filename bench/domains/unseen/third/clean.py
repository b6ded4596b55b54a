"""A third set of the plain kind: runs without a fault, of finance, medicine, law, travel and support."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_OPEN = [
    {
        "debtor": "Calloway Instruments Inc.",
        "currency": "USD",
        "amount": 48250.00,
        "due": "2026-10-02",
    },
    {
        "debtor": "Rhyner Feinmechanik AG",
        "currency": "CHF",
        "amount": 12600.00,
        "due": "2026-09-30",
    },
    {"debtor": "Atelier Vauquelin SARL", "currency": "EUR", "amount": 7815.40, "due": "2026-10-05"},
]
_OPEN_EUR = [
    {"debtor": "Calloway Instruments Inc.", "eur": 41451.89},
    {"debtor": "Rhyner Feinmechanik AG", "eur": 13368.70},
    {"debtor": "Atelier Vauquelin SARL", "eur": 7815.40},
]
_OPEN_NOTE = (
    "Expected in the coming week: about EUR 62,600 from three debtors. Two thirds of it are owed by Calloway (USD "
    "48,250.00, due 2 October). Rhyner's CHF 12,600.00 fall due first, on 30 September; Vauquelin's EUR 7,815.40 "
    "last, on 5 October. Foreign sums are at the rates of 25 September."
)

_LAB = """LABORATORY REPORT 26-081944         Taken 14 September 2026, 07:40, fasting
Patient: Ingrid Saastamoinen        Born 30 November 1971
Cholesterol, total     5.8 mmol/l    (below 5.0)    +
LDL cholesterol        3.7 mmol/l    (below 3.0)    +
HDL cholesterol        1.3 mmol/l    (above 1.2)
Triglycerides          2.1 mmol/l    (below 1.7)    +
HbA1c                  38 mmol/mol   (below 42)
ALT                    24 U/l        (below 35)
TSH                    1.9 mU/l      (0.4 to 4.0)"""
_LAB_READ = {
    "taken": "2026-09-14",
    "fasting": True,
    "mmol_l": {"total": 5.8, "ldl": 3.7, "hdl": 1.3, "triglycerides": 2.1},
    "above_range": ["total", "ldl", "triglycerides"],
}
_LAB_LETTER = (
    "Dear Dr Whitcomb,\n"
    "you asked for Ms Saastamoinen's lipids in the units used at your clinic in Boston. Fasting, on 14 September: "
    "total cholesterol 224 mg/dl, LDL 143, HDL 50 and triglycerides 186 mg/dl. LDL, total cholesterol and "
    "triglycerides lie above our range; HDL doesn't. Liver, thyroid and long-term sugar are normal. We advised "
    "more exercise and less alcohol and will test again in about three months. No medicine has been started.\n"
    "Husläkarna Vasastan"
)

_NDA = """MUTUAL NON-DISCLOSURE AGREEMENT
between Quillfeder Software GmbH, Graz, and Tamarind Robotics Ltd, Leeds
1. Purpose: talks about fitting Tamarind's grippers with Quillfeder's vision software.
2. Confidential Information is whatever a party marks as confidential or, if told by word of mouth,
   confirms as confidential in writing within 14 days.
3. Not confidential is what was public, already known to the recipient, or developed independently.
4. The recipient uses Confidential Information for the purpose only and shows it to staff who need it.
5. The agreement takes effect on signature and ends two years later.
6. The duties under clause 4 go on for three years after the end of the agreement.
7. On request, papers are returned or destroyed within 30 days; backups may be kept as long as the law asks.
8. No licence is granted. No party is bound to enter into a further contract.
9. Austrian law applies. Place of jurisdiction is Graz. Changes need writing.
10. Should a clause be void, the others stand.
Signed on 9 March 2026: D. Quillfeder, managing director; R. Ahluwalia, CEO"""
_NDA_MAIL = (
    "Hi Rohan,\n"
    "the paper with Quillfeder in short: it covers the talks on the vision software, runs until 9 March 2028, and "
    "what we learn stays secret until 9 March 2031. Remember to confirm in writing, within two weeks, anything "
    "confidential you only said aloud. If they ask, we have 30 days to hand back or destroy their papers. It is "
    "under Austrian law, with the courts of Graz.\n"
    "Best, Mel"
)

_FLIGHTS = [
    {
        "flight": "TP 570",
        "from": "LIS",
        "dep": "2026-11-05T07:10+00:00",
        "to": "FRA",
        "arr": "2026-11-05T11:15+01:00",
    },
    {
        "flight": "NH 224",
        "from": "FRA",
        "dep": "2026-11-05T13:20+01:00",
        "to": "HND",
        "arr": "2026-11-06T09:05+09:00",
    },
]
_TRIP = (
    "Thursday 5 November 2026\n"
    "07:10 Lisbon, TP 570 (3 h 05 min)\n"
    "11:15 Frankfurt. You have a good two hours to change.\n"
    "13:20 Frankfurt, NH 224 (11 h 45 min)\n"
    "Friday 6 November\n"
    "09:05 Tokyo Haneda\n"
    "In the air and in between it is just under 17 hours. Tokyo is nine hours ahead of Lisbon, so call home before "
    "08:00 if you want to catch the family before eleven at night. The seats are 31A and 22K; one bag of 23 kg "
    "goes through to Tokyo."
)

_BILL_MAIL = (
    "Good evening, my bill for the first half of the year says I still owe you EUR 77.35. I always pay my "
    "instalments! How does that come about? Customer 5518-20, Torben Ahlgrim"
)
_BILL = {
    "customer": "5518-20",
    "period": "2026-01-01 to 2026-06-30",
    "meter_begin_kwh": 18204,
    "meter_end_kwh": 20050,
    "cent_a_kwh": 31.20,
    "base_eur_a_month": 11.90,
    "instalments": [95.00, 95.00, 95.00, 95.00, 95.00, 95.00],
}
_BILL_REPLY = (
    "Dear Mr Ahlgrim,\n"
    "all six of your instalments have reached us, EUR 570.00 in total. From January to June you used 1,846 kWh, "
    "which comes to EUR 575.95 at 31.2 cents. The base price adds EUR 71.40 for the six months. Together that "
    "makes EUR 647.35, so EUR 77.35 are left. Should you like to avoid this next time, an instalment of EUR 108 a "
    "month would be about right.\n"
    "Stadtwerke Aller"
)


CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "cash-week-3",
        "finance",
        "openinference",
        origin=None,
        why="a rate call that failed was repeated; foreign sums were divided by units a euro, as stated",
        given="What do we expect to come in between 28 September and 5 October 2026, in euro?",
        made=_OPEN_NOTE,
        steps=(
            tool("open_items", {"due_from": "2026-09-28", "due_to": "2026-10-05"}, _OPEN),
            tool(
                "rates",
                {"base": "EUR", "quotes": ["USD", "CHF"], "day": "2026-09-25"},
                None,
                error=("HTTPStatusError", "503 Service Unavailable"),
                shown="rates",
            ),
            tool(
                "rates_again",
                {"base": "EUR", "quotes": ["USD", "CHF"], "day": "2026-09-25"},
                {"base": "EUR", "day": "2026-09-25", "USD": 1.1640, "CHF": 0.9425},
                shown="rates",
            ),
            step("to_euro", {"items": _OPEN, "a_euro": {"USD": 1.1640, "CHF": 0.9425}}, _OPEN_EUR),
            step(
                "totals",
                {"items": _OPEN_EUR},
                {
                    "eur": 62635.99,
                    "share_percent": {"Calloway": 66.2, "Rhyner": 21.3, "Vauquelin": 12.5},
                },
            ),
            llm(
                "note",
                "Write a short note for the treasurer. Round the total to hundreds, keep original sums. Rates of "
                "25 September 2026.\n"
                + written(_OPEN)
                + "\nTotal EUR 62,635.99; shares Calloway 66.2 %, Rhyner 21.3 %, Vauquelin 12.5 %",
                _OPEN_NOTE,
            ),
        ),
    ),
    SpanCase(
        "lipids-abroad-3",
        "medicine",
        "misstep",
        origin=None,
        why="mmol/l were made mg/dl at the stated factors and rounded",
        given={
            "patient": "Ingrid Saastamoinen",
            "report": "26-081944",
            "to": "Dr Whitcomb, Boston",
        },
        made=_LAB_LETTER,
        steps=(
            tool("lab_report", {"report": "26-081944"}, _LAB),
            llm(
                "read_lipids",
                [
                    (
                        "system",
                        "Read the lipids. JSON: taken, fasting, mmol_l (total, ldl, hdl, triglycerides), above_range.",
                    ),
                    ("user", _LAB),
                ],
                written(_LAB_READ),
            ),
            tool(
                "factors",
                {"to": "mg/dl"},
                {"total": 38.67, "ldl": 38.67, "hdl": 38.67, "triglycerides": 88.57},
            ),
            step(
                "convert",
                {
                    "mmol_l": _LAB_READ["mmol_l"],
                    "factors": {"total": 38.67, "ldl": 38.67, "hdl": 38.67, "triglycerides": 88.57},
                },
                {"mg_dl": {"total": 224, "ldl": 143, "hdl": 50, "triglycerides": 186}},
            ),
            tool(
                "visit_note",
                {"patient": "Ingrid Saastamoinen", "day": "2026-09-16"},
                "Lipids discussed. Advised to walk or cycle five times a week and to cut down on wine. No tablets "
                "for now. Repeat lipids in mid-December.",
            ),
            llm(
                "letter",
                "Letter to Dr Whitcomb, Boston, from Husläkarna Vasastan. mg/dl: total 224, LDL 143, HDL 50, "
                "triglycerides 186.\n"
                "Visit of 16 September 2026: Lipids discussed. Advised to walk or cycle five times a week and to "
                "cut down on wine. No tablets for now. Repeat lipids in mid-December.\n"
                "\n" + _LAB,
                _LAB_LETTER,
            ),
        ),
    ),
    SpanCase(
        "nda-in-short-3",
        "law",
        "genai",
        origin=None,
        why="terms of years were made dates and 14 days two weeks; boilerplate was left out",
        given="Mel, can you tell me in five sentences what we signed with Quillfeder? Rohan",
        made=_NDA_MAIL,
        steps=(
            search(
                "contracts",
                "non-disclosure agreement Quillfeder Tamarind 2026",
                {"id": "c-2026-031", "content": _NDA, "score": 0.93},
                {
                    "id": "c-2024-118",
                    "content": "Letter of intent, Quillfeder Software GmbH and Tamarind Robotics Ltd, 2 October 2024: "
                    "the parties will meet at the fair in Hanover. Not binding.",
                    "score": 0.61,
                },
            ),
            llm(
                "terms",
                [
                    (
                        "system",
                        "Give the terms that bind the parties in daily work as JSON. Leave out boilerplate.",
                    ),
                    ("user", _NDA),
                ],
                written(
                    {
                        "purpose": "talks about fitting Tamarind's grippers with Quillfeder's vision software",
                        "signed": "2026-03-09",
                        "term_years": 2,
                        "secrecy_after_end_years": 3,
                        "confirm_spoken_days": 14,
                        "return_days": 30,
                        "law": "Austria",
                        "courts": "Graz",
                    }
                ),
            ),
            step(
                "dates",
                {"signed": "2026-03-09", "term_years": 2, "secrecy_after_end_years": 3},
                {"ends": "2028-03-09", "secret_until": "2031-03-09"},
            ),
            tool(
                "calendar",
                {"add": ["2028-03-09", "2031-03-09"], "title": "NDA Quillfeder"},
                {"added": 2},
            ),
            llm(
                "mail",
                "From Mel to Rohan, five sentences at most after the greeting.\n"
                + written(
                    {
                        "with": "Quillfeder",
                        "purpose": "talks about vision software for the grippers",
                        "ends": "2028-03-09",
                        "secret_until": "2031-03-09",
                        "confirm_spoken_days": 14,
                        "return_or_destroy_days": 30,
                        "law": "Austria",
                        "courts": "Graz",
                    }
                ),
                _NDA_MAIL,
            ),
        ),
    ),
    SpanCase(
        "tokyo-trip-3",
        "travel",
        "openinference",
        origin=None,
        why="times stand in three zones and the durations across them are right",
        given={"booking": "YK4W9P", "traveller": "Rui Sequeira"},
        made=_TRIP,
        steps=(
            tool(
                "booking",
                {"code": "YK4W9P"},
                {"flights": _FLIGHTS, "seats": ["31A", "22K"], "bags_kg": [23]},
            ),
            step(
                "durations",
                {"flights": _FLIGHTS},
                {
                    "TP 570": "3 h 05 min",
                    "change": "2 h 05 min",
                    "NH 224": "11 h 45 min",
                    "whole": "16 h 55 min",
                },
            ),
            tool(
                "offset",
                {"a": "Asia/Tokyo", "b": "Europe/Lisbon", "day": "2026-11-06"},
                {"hours": 9},
            ),
            llm(
                "call_home",
                "Tokyo is 9 hours ahead of Lisbon. The family goes to bed at 23:00 in Lisbon. Until when in Tokyo "
                "can he call them?",
                "Until 08:00 in Tokyo, which is 23:00 of the evening before in Lisbon.",
            ),
            llm(
                "itinerary",
                "Write the itinerary for the traveller, times local.\n" + written(_FLIGHTS) + "\n"
                "TP 570 3 h 05 min, change 2 h 05 min, NH 224 11 h 45 min, whole 16 h 55 min. Seats 31A, 22K. "
                "One bag, 23 kg, checked through to HND. Tokyo 9 h ahead of Lisbon; call home until 08:00 "
                "(23:00 in Lisbon).",
                _TRIP,
            ),
        ),
    ),
    SpanCase(
        "power-bill-3",
        "support",
        "misstep",
        origin=None,
        why="the first model was over its limit and another answered; all sums are right",
        given=_BILL_MAIL,
        made=_BILL_REPLY,
        steps=(
            llm(
                "read_mail",
                "Customer number and question as JSON. " + _BILL_MAIL,
                written({"customer": "5518-20", "question": "why EUR 77.35 are still owed"}),
            ),
            tool("bill", {"customer": "5518-20", "period": "2026-H1"}, _BILL),
            tool(
                "payments",
                {"customer": "5518-20", "from": "2026-01-01", "to": "2026-06-30"},
                {
                    "received": [
                        "2026-01-15",
                        "2026-02-16",
                        "2026-03-16",
                        "2026-04-15",
                        "2026-05-15",
                        "2026-06-15",
                    ],
                    "sum_eur": 570.00,
                },
            ),
            step(
                "recompute",
                {
                    "kwh": 1846,
                    "cent_a_kwh": 31.20,
                    "base_eur_a_month": 11.90,
                    "months": 6,
                    "paid_eur": 570.00,
                },
                {
                    "energy_eur": 575.95,
                    "base_eur": 71.40,
                    "total_eur": 647.35,
                    "owed_eur": 77.35,
                    "next_instalment_eur": 108,
                },
            ),
            llm(
                "reply",
                "Explain the bill. kWh 1,846; energy 575.95; base 71.40; total 647.35; paid 570.00; owed 77.35; "
                "next instalment 108",
                None,
                model="gpt-4o",
                error=("RateLimitError", "429 tokens per minute exceeded"),
            ),
            llm(
                "reply_elsewhere",
                "Explain the bill. kWh 1,846; energy 575.95; base 71.40; total 647.35; paid 570.00; owed 77.35; "
                "next instalment 108",
                _BILL_REPLY,
                model="mistral-large-2512",
            ),
        ),
    ),
)
