"""The sixth set, runs in order: a fee, a laboratory, an appeal, a journey and a plan with more seats."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, llm, search, step, tool, written

_MANDATE = """\
ASSET MANAGEMENT MANDATE 4471, Fondation Aubrac (client), Steinbach Vermögensverwaltung AG (manager)
§ 7 Remuneration
(1) The manager receives 0.65 % a year of the assets under management, charged at the end of each quarter.
(2) The basis is the mean of the three month-end values of the quarter, in EUR.
(3) A quarter counts as one fourth of the year, whatever its number of days.
(4) Invoices are in CHF, converted at the ECB reference rate of the last banking day of the quarter.
(5) The fee is free of VAT as the client is domiciled abroad."""
_VALUES = {
    "mandate": "4471",
    "currency": "EUR",
    "month_ends": {"2026-04-30": 12480000.00, "2026-05-29": 12915000.00, "2026-06-30": 12630000.00},
}
_FEE_TERMS = {
    "annual_rate_percent": 0.65,
    "basis": "mean of three month-end values, EUR",
    "periods_per_year": 4,
    "invoice_currency": "CHF",
    "vat": False,
}
_FEE_INVOICE = """\
Steinbach Vermögensverwaltung AG
To: Fondation Aubrac, Luxembourg                         Invoice 2026-Q2-4471, 2 July 2026

Management fee for the second quarter of 2026
The average of the values at the end of April, May and June was EUR 12,675,000. At 0.65 % a year the fee of the quarter
is EUR 20,596.88. At the ECB rate of 30 June (EUR 1 = CHF 0.9385) this makes

                                                          CHF 19,330.17

No VAT is due. Please pay within 30 days, that is by 1 August 2026."""

_LAB = {
    "patient": "M. Castellanos",
    "drawn": "2026-09-07, fasting",
    "results": [
        {"test": "glucose", "value": 117, "unit": "mg/dL"},
        {"test": "HbA1c", "value": 6.1, "unit": "%"},
        {"test": "LDL cholesterol", "value": 142, "unit": "mg/dL"},
        {"test": "creatinine", "value": 1.1, "unit": "mg/dL"},
        {"test": "TSH", "value": 2.3, "unit": "mIU/L"},
    ],
}
_SI = [
    {"test": "glucose", "value": 6.5, "unit": "mmol/L"},
    {"test": "HbA1c", "value": 43, "unit": "mmol/mol"},
    {"test": "LDL cholesterol", "value": 3.7, "unit": "mmol/L"},
    {"test": "creatinine", "value": 97, "unit": "umol/L"},
    {"test": "TSH", "value": 2.3, "unit": "mIU/L"},
]
_RANGES = {
    "source": "practice copy of 2026-01",
    "glucose": "below 5.6 normal; 5.6 to 6.9 raised; 7.0 and above: repeat, diabetes likely (mmol/L, fasting)",
    "HbA1c": "below 39 normal; 39 to 47 raised; 48 and above: repeat, diabetes likely (mmol/mol)",
    "LDL cholesterol": "aim: below 3.0 mmol/L without heart disease",
    "creatinine": "45 to 110 umol/L",
    "TSH": "0.4 to 4.0 mIU/L",
}
_READING = (
    "Glucose 6.5 mmol/L: raised, below the level of diabetes. HbA1c 43 mmol/mol: raised, below the level of diabetes. "
    "LDL 3.7 mmol/L: 0.7 above the aim of 3.0. Creatinine 97 umol/L and TSH 2.3 mIU/L: within their ranges."
)
_LAB_LETTER = """\
Dear Ms Castellanos,

your blood test of 7 September is back. Kidney and thyroid values are fine.
Your sugar is a little too high: 6.5 mmol/L fasting, and the long-term value is 43 mmol/mol (6.1 %). This is not
diabetes, but it is the range before it. Your LDL cholesterol of about 3.7 should come down below 3.
What helps: half an hour of brisk walking on most days, fewer sweet drinks, some weight off if you can. We would like
to repeat the test in three months, in the second week of December. Please come in fasting again.

Dr Holloway's practice"""

_JUDGMENT = """\
STEDELIJK HUURCOLLEGE / TENANCY TRIBUNAL EASTMERE
Zaak / case 2026-H-318: Van Rossum v. Eastmere Homes
Uitspraak van 11 augustus 2026, betekend op vrijdag 14 augustus 2026.
Beslissing: de huurverhoging van GBP 85 per maand is toegestaan vanaf 1 oktober 2026.
De huurder draagt de eigen kosten. Tegen deze uitspraak staat hoger beroep open."""
_JUDGED = {
    "case": "2026-H-318",
    "parties": "Van Rossum v. Eastmere Homes",
    "given": "2026-08-11",
    "served": "2026-08-14",
    "result": "rent increase of GBP 85 a month allowed from 1 October 2026; tenant bears own costs",
    "appeal": True,
}
_RULES = """\
Rules of the Tenancy Tribunal, rule 22 (time for appeal)
(1) An appeal must be lodged within 15 working days after service of the decision.
(2) The day of service is not counted. Saturdays, Sundays and public holidays are not working days.
(3) An appeal lodged electronically before midnight counts as lodged on that day.
(4) Lodging an appeal suspends a rent increase until the appeal is decided."""
_APPEAL_LETTER = """\
Dear Ms van Rossum,

the tribunal has allowed the rise of your rent by GBP 85 a month from 1 October; over a year that is GBP 1,020. You may
appeal. The decision reached you on Friday, 14 August, and you have 15 working days, not counting that day
and the bank holiday of 31 August. The last day is therefore Monday, 7 September 2026, up to midnight if we lodge it
electronically. So there are a little over three weeks in all. If we appeal, you pay the old rent until the appeal
has been decided. You bear your own costs of the first round in any event.
Please let us have your decision by 31 August at the latest, so that a week remains for the grounds.

Brightwater Law Centre"""

_WISH = """\
Hei, two of us need to be at a trade fair in Tokyo from the morning of Saturday 5 September 2026. We can leave Oslo on
Thursday the 3rd, in the morning, not before ten. One stop at most, at least an hour to change. What would it cost
in euros for both, and how long are we on the way? Ragnhild Moe, Moe Keramikk"""
_WISH_READ = {
    "from": "OSL",
    "to": "HND",
    "day": "2026-09-03",
    "leave_after": "10:00",
    "max_stops": 1,
    "min_change_min": 60,
    "persons": 2,
    "price_in": "EUR",
}
_OFFER = {
    "provider": "Nordfare",
    "legs": [
        {
            "flight": "KX 852",
            "from": "OSL",
            "dep": "2026-09-03T10:35+02:00",
            "to": "FRA",
            "arr": "2026-09-03T12:45+02:00",
        },
        {
            "flight": "KX 716",
            "from": "FRA",
            "dep": "2026-09-03T14:15+02:00",
            "to": "HND",
            "arr": "2026-09-04T10:05+09:00",
        },
    ],
    "nok_per_person": 9860,
}
_SPANS = {
    "OSL-FRA": "2 h 10 min",
    "change FRA": "1 h 30 min",
    "FRA-HND": "12 h 50 min",
    "total": "16 h 30 min",
}
_OFFER_MAIL = """\
Hei Ragnhild,

here is a connection that fits. Leave Oslo on Thursday, 3 September, at 10:35 (KX 852), change in Frankfurt, where you
have an hour and a half, and go on at 14:15 with KX 716. You land at Tokyo Haneda on Friday, 4 September, at 10:05 in
the morning, local time: a day ahead of the fair. In the air and at Frankfurt together that is 16 and a half hours;
the clocks in Tokyo are seven hours ahead of Oslo.
For both of you: NOK 19,720, about EUR 1,703 at today's rate of 11.58. Shall I hold the seats until tomorrow noon?

Reiseatelier Bygdøy"""

_SEATS = """\
Hello, from Friday 11 September we shall be 16 instead of 10 in our team. Please add the six seats from that day. What
will you charge now, and what each month afterwards? We need the figures with VAT for our bookkeeper.
Ilse Verhoeven, Studio Lindepark, Gent"""
_PLAN = {
    "customer": "Studio Lindepark",
    "plan": "Team",
    "seats": 10,
    "eur_per_seat_month": 12.00,
    "billing_day": 1,
    "vat_percent": 21,
    "paid_until": "2026-09-30",
}
_CHARGE = {
    "added_seats": 6,
    "days_left": 20,
    "days_in_month": 30,
    "net_now": 48.00,
    "vat_now": 10.08,
    "gross_now": 58.08,
    "net_monthly": 192.00,
    "vat_monthly": 40.32,
    "gross_monthly": 232.32,
}
_SEATS_REPLY = """\
Hello Ilse,

the six extra seats come in on 11 September, which makes 16.
- Now, for the 20 days to the end of September: EUR 48.00, with 21 % VAT EUR 58.08.
- From 1 October, each month: 16 x EUR 12.00 = EUR 192.00, with VAT EUR 232.32.
Until now it was EUR 145.20 a month including VAT.
Have a good start with the bigger team!"""

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "mandate-fee-6",
        "finance",
        "misstep",
        origin=None,
        why="the mean, the fee, the rounding to the cent and the rate are right; the rate was got at the second try",
        given={"mandate": "4471", "quarter": "2026-Q2"},
        made=_FEE_INVOICE,
        steps=(
            tool("month_end_values", {"mandate": "4471", "quarter": "2026-Q2"}, _VALUES),
            llm(
                "fee_terms",
                "Read the remuneration clause into JSON: annual_rate_percent, basis, periods_per_year, invoice_currency, "
                "vat.\n\n" + _MANDATE,
                written(_FEE_TERMS),
            ),
            step(
                "quarter_fee",
                {
                    "values": [12480000.00, 12915000.00, 12630000.00],
                    "annual_rate_percent": 0.65,
                    "periods": 4,
                },
                {"mean": 12675000.00, "fee_eur": 20596.88},
            ),
            tool(
                "ecb_rate",
                {"pair": "EUR/CHF", "on": "2026-06-30"},
                None,
                error=("TimeoutError", "no answer from the rate service within 5 s"),
            ),
            tool(
                "ecb_rate_again",
                {"pair": "EUR/CHF", "on": "2026-06-30"},
                {"pair": "EUR/CHF", "on": "2026-06-30", "chf_per_eur": 0.9385},
                shown="ecb_rate",
            ),
            step(
                "to_chf",
                {"eur": 20596.88, "chf_per_eur": 0.9385},
                {"chf": 19330.17},
            ),
            llm(
                "fee_invoice",
                "Write invoice 2026-Q2-4471 of 2 July 2026 to Fondation Aubrac, Luxembourg, payable within 30 days.\n"
                + written(
                    {
                        "mean_eur": 12675000.00,
                        "fee_eur": 20596.88,
                        "chf_per_eur": 0.9385,
                        "chf": 19330.17,
                    }
                )
                + "\n"
                + written(_FEE_TERMS),
                _FEE_INVOICE,
            ),
        ),
    ),
    SpanCase(
        "blood-test-letter-6",
        "medicine",
        "openinference",
        origin=None,
        why="the values are converted and rounded rightly; the ranges came from the copy as the service was down",
        given={"patient": "M. Castellanos", "task": "explain the blood test of 7 September 2026"},
        made=_LAB_LETTER,
        steps=(
            tool("lab_results", {"patient": "M. Castellanos", "date": "2026-09-07"}, _LAB),
            step(
                "to_si_units",
                {
                    "results": _LAB["results"],
                    "divide": {"glucose": 18.016, "LDL cholesterol": 38.67},
                    "multiply": {"creatinine": 88.42},
                    "HbA1c": "(value - 2.15) * 10.929",
                },
                _SI,
            ),
            tool(
                "reference_ranges",
                {"tests": ["glucose", "HbA1c", "LDL cholesterol", "creatinine", "TSH"]},
                None,
                error=("HTTPError", "503 Service Unavailable: ranges.medlib.example"),
            ),
            tool("reference_ranges_copy", {"why": "service unavailable"}, _RANGES),
            llm(
                "read_values",
                [
                    ("system", "Say for each value how it lies to its range. No advice."),
                    ("user", written(_SI) + "\nRanges: " + written(_RANGES)),
                ],
                _READING,
                shown="read_values",
            ),
            llm(
                "patient_letter",
                "Write to Ms Castellanos in plain words, from Dr Holloway's practice. Test of 7 September 2026, fasting; "
                "HbA1c was 6.1 % in the old unit. Advice: walking, fewer sweet drinks, weight; repeat in three months, "
                "second week of December, fasting.\n" + _READING,
                _LAB_LETTER,
                shown="patient_letter",
            ),
        ),
    ),
    SpanCase(
        "appeal-deadline-6",
        "law",
        "genai",
        origin=None,
        why="fifteen working days after 14 August, with the bank holiday left out, end on 7 September",
        given="Please tell our client Ms van Rossum by when she can appeal in case 2026-H-318.",
        made=_APPEAL_LETTER,
        steps=(
            tool("scan_text", {"scan": "2026-H-318.pdf"}, _JUDGMENT),
            llm(
                "read_decision",
                "The text is in Dutch. Give case, parties, given, served, result (in English) and whether an appeal lies, "
                "as JSON.\n\n" + _JUDGMENT,
                written(_JUDGED),
            ),
            search(
                "tribunal_rules",
                "time for appeal tenancy tribunal working days service",
                {"id": "rule-22", "content": _RULES, "score": 0.94},
                {
                    "id": "rule-31",
                    "content": "Rule 31 (costs). Each party bears its own costs.",
                    "score": 0.41,
                },
            ),
            tool(
                "public_holidays",
                {"country": "England", "from": "2026-08-14", "to": "2026-09-30"},
                [{"date": "2026-08-31", "name": "Summer bank holiday"}],
            ),
            tool(
                "add_working_days",
                {"after": "2026-08-14", "days": 15, "holidays": ["2026-08-31"]},
                {"last_day": "2026-09-07", "weekday": "Monday"},
            ),
            llm(
                "letter_to_client",
                [
                    (
                        "system",
                        "Write for Brightwater Law Centre, plainly. Name the deadline, how it was counted, what an appeal "
                        "does, and ask for instructions a week before the deadline.",
                    ),
                    (
                        "user",
                        written(_JUDGED)
                        + "\n"
                        + _RULES
                        + "\nLast day: Monday 2026-09-07; bank holiday 2026-08-31.",
                    ),
                ],
                _APPEAL_LETTER,
            ),
        ),
    ),
    SpanCase(
        "tokyo-fair-6",
        "travel",
        "misstep",
        origin=None,
        why="times are taken across zones rightly; the second provider served after the first had failed",
        given=_WISH,
        made=_OFFER_MAIL,
        root="agent",
        steps=(
            llm(
                "read_wish",
                "Give from, to, day, leave_after, max_stops, min_change_min, persons, price_in as JSON.\n\n"
                + _WISH,
                written(_WISH_READ),
            ),
            tool(
                "skyfind",
                {"from": "OSL", "to": "HND", "day": "2026-09-03", "after": "10:00", "stops": 1},
                None,
                error=("ConnectionError", "skyfind.example closed the connection"),
            ),
            tool(
                "nordfare",
                {"from": "OSL", "to": "HND", "day": "2026-09-03", "after": "10:00", "stops": 1},
                _OFFER,
            ),
            step("leg_times", _OFFER["legs"], _SPANS),
            tool(
                "in_euros",
                {"nok": 19720, "nok_per_eur": 11.58},
                {"nok": 19720, "eur": 1702.94},
            ),
            llm(
                "offer_mail",
                "Write the offer to Ragnhild Moe, from Reiseatelier Bygdøy. Offer to hold the seats until tomorrow noon.\n"
                + written(_OFFER)
                + "\n"
                + written(_SPANS)
                + "\nTwo persons: NOK 19,720 = EUR 1,702.94 at 11.58. The fair begins on Saturday 5 September in the morning.",
                _OFFER_MAIL,
            ),
        ),
    ),
    SpanCase(
        "more-seats-6",
        "support",
        "openinference",
        origin=None,
        why="the share of the month and the VAT are right; another model answered when the first was busy",
        given=_SEATS,
        made=_SEATS_REPLY,
        steps=(
            llm(
                "read_request",
                "What does the customer want? JSON with action, seats_now, seats_wanted, from.\n\n"
                + _SEATS,
                written(
                    {
                        "action": "add_seats",
                        "seats_now": 10,
                        "seats_wanted": 16,
                        "from": "2026-09-11",
                    }
                ),
                shown="read_request",
            ),
            tool("subscription", {"customer": "Studio Lindepark"}, _PLAN),
            agent(
                "billing_agent",
                {"add_seats": 6, "from": "2026-09-11"},
                _CHARGE,
                step(
                    "prorate",
                    {
                        "seats": 6,
                        "eur_per_seat_month": 12.00,
                        "from": "2026-09-11",
                        "month_end": "2026-09-30",
                    }
                    | {"vat_percent": 21, "seats_after": 16},
                    _CHARGE,
                ),
            ),
            llm(
                "write_reply",
                "Answer Ilse Verhoeven: charges now and monthly, net and with VAT.\n"
                + written(_PLAN)
                + written(_CHARGE),
                None,
                model="gpt-4o",
                shown="write_reply",
                error=("RateLimitError", "429: too many requests, try again in 20 s"),
            ),
            llm(
                "write_reply_other",
                "Answer Ilse Verhoeven: charges now and monthly, net and with VAT.\n"
                + written(_PLAN)
                + written(_CHARGE),
                _SEATS_REPLY,
                model="claude-haiku",
                shown="write_reply",
            ),
        ),
    ),
)
