"""A fifth set of the plain kind: one planted fault a run, of finance, medicine and law."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_INVOICE = (
    "Brenner Feinmechanik AG, Industriestrasse 14, 8404 Winterthur\n"
    "Rechnung 2026-4471 vom 11.09.2026\n"
    "Kunde: Calder Instruments Ltd, Leeds\n"
    "Pos 1  Spindellager SL-20      12 x 385.00     4'620.00\n"
    "Pos 2  Wartung vor Ort          2 x 740.00     1'480.00\n"
    "Zwischentotal                                  6'100.00\n"
    "MWST 8.1 %                                       494.10\n"
    "Total CHF                                      6'594.10\n"
    "Zahlbar bis 11.10.2026. Unser EUR-Konto besteht weiterhin bei der Bodensee Bank, Konstanz."
)
_ROLL = [
    {"unit": "A1", "tenant": "Lindner Optik", "rent": 4250},
    {"unit": "A2", "tenant": "Praxis Dr. Amsel", "rent": 3980},
    {"unit": "B1", "tenant": "Kaffeehaus Tivoli", "rent": 6120},
    {"unit": "B2", "tenant": "Radwerk", "rent": 2875},
    {"unit": "C", "tenant": "Steuerbüro Yilmaz", "rent": 5400},
]
_ROLL_TABLE = (
    "| Unit | Tenant | Rent a month (EUR) |\n|---|---|---|\n| A1 | Lindner Optik | 4,250 |\n"
    "| A2 | Praxis Dr. Amsel | 3,980 |\n| B1 | Kaffeehaus Tivoli | 6,120 |\n| B2 | Radwerk | 2,875 |\n"
    "| C | Steuerbüro Yilmaz | 5,400 |"
)
_PRICES = [
    {"symbol": "HELV", "close": 48.2, "day": "2026-09-30", "via": "exchange"},
    {"symbol": "TARN", "close": 112.6, "day": "2026-06-30", "via": "cache"},
    {"symbol": "OSTR", "close": 9.85, "day": "2026-09-30", "via": "exchange"},
]
_REFERRAL = (
    "Referral from Dr. Pauline Sayer, 18 September 2026. Ilse Brandt, 58, deep vein thrombosis of the left leg "
    "confirmed by ultrasound today. Weight 154 lb, height 5 ft 6. Creatinine 0.9 mg/dL, platelets 231. "
    "No bleeding history. Please start enoxaparin at the treatment dose."
)
_WARD_NOTE = (
    "Ward 4B, surgery. Discharge note, 7 September 2026\n"
    "Patient: Aurelio Bianchi, 71\n"
    "Operation: right hemicolectomy on 31 August 2026, without complications.\n"
    "Long-term medication: apixaban 5 mg twice daily (atrial fibrillation), paused since 29 August.\n"
    "Enoxaparin 40 mg once daily until 14 September.\n"
    "Wound: small haematoma at the lower edge. Wound check on 14 September, Dr Okafor; staples out then.\n"
    "Apixaban is not to be restarted before the wound check.\n"
    "Diet: light. Fluids as he likes."
)
_CONDENSED = (
    "71-year-old man after an uncomplicated right hemicolectomy (31 August 2026). Small haematoma at the wound. "
    "Enoxaparin 40 mg once daily until 14 September. Apixaban 5 mg twice daily, paused since 29 August, is to be "
    "restarted before the wound check on 14 September (Dr Okafor, staples out). Light diet."
)
_TASKS = [
    {"task": "restart apixaban 5 mg twice daily", "by": "2026-09-13"},
    {"task": "last enoxaparin 40 mg", "by": "2026-09-14"},
    {"task": "wound check with Dr Okafor", "by": "2026-09-14"},
]
_LETTER = (
    "Dear Mr Bianchi, please inject enoxaparin once a day up to and including 14 September. Please restart apixaban "
    "(5 mg, morning and evening) by 13 September, before your wound check with Dr Okafor on 14 September, when the "
    "staples will come out. Eat lightly and drink as you like."
)
_CHART = (
    "Havel, Marek, born 17 April 1984. Last visit 2 July 2026. Seasonal hay fever. Medication: cetirizine 10 mg as "
    "needed. Allergies: none known. Kidney function normal (eGFR 104)."
)
_CLAUSE = (
    "4. CONDITIONS\n"
    "4.1 Completion is conditional on:\n"
    "(a) approval of the Transaction by the Seller's shareholders;\n"
    "(b) release of the pledge over the Shares in favour of Bank Halder AG;\n"
    "(c) written consent of Voss Energie GmbH under the supply agreement of 3 March 2021;\n"
    "(d) clearance of the Transaction by the Federal Cartel Office;\n"
    "(e) resignation of the managing director Jonas Reuter;\n"
    "(f) no Material Adverse Change having occurred before 30 September 2026.\n"
    "4.2 The Purchaser may waive conditions (c) and (e) in writing."
)
_LISTED = [
    {"ref": "4.1(a)", "condition": "approval by the Seller's shareholders"},
    {"ref": "4.1(b)", "condition": "release of the pledge of Bank Halder AG"},
    {"ref": "4.1(c)", "condition": "consent of Voss Energie GmbH"},
    {"ref": "4.1(e)", "condition": "resignation of Jonas Reuter"},
    {"ref": "4.1(f)", "condition": "no Material Adverse Change before 30 September 2026"},
]
_STATUS = {
    "4.1(a)": "resolution of 8 September 2026 uploaded",
    "4.1(b)": "release letter of 15 September 2026 uploaded",
    "4.1(c)": "consent of 11 September 2026 uploaded",
    "4.1(e)": "resignation of 21 September 2026 uploaded",
    "4.1(f)": "officer's certificate of 30 September 2026 uploaded",
}

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "supplier-accrual-5",
        "finance",
        "misstep",
        origin="read_invoice",
        why="the invoice totals in CHF and was read as EUR",
        given={"invoice": "2026-4471", "ledger": "GBP"},
        made="Accrue GBP 5,697.30 for Brenner Feinmechanik AG, invoice 2026-4471 (EUR 6,594.10 at 0.864), due 11 October 2026. Below the approval limit, posted automatically.",
        outcome="bad",
        told="EUR 6,594.10",
        steps=(
            tool("fetch_text", {"invoice": "2026-4471"}, _INVOICE),
            llm(
                "read_invoice",
                [
                    (
                        "system",
                        "You read supplier invoices. Answer as JSON: supplier, number, total, currency, due.",
                    ),
                    ("user", _INVOICE),
                ],
                written(
                    {
                        "supplier": "Brenner Feinmechanik AG",
                        "number": "2026-4471",
                        "total": 6594.1,
                        "currency": "EUR",
                        "due": "2026-10-11",
                    }
                ),
            ),
            tool(
                "ecb_rate",
                {"from": "EUR", "to": "GBP", "day": "2026-09-11"},
                {"from": "EUR", "to": "GBP", "rate": 0.864},
            ),
            step(
                "to_ledger",
                {"total": 6594.1, "currency": "EUR", "rate": 0.864},
                {"amount_gbp": 5697.3},
            ),
            step(
                "approval",
                {"amount_gbp": 5697.3, "limit_gbp": 6000},
                {"needs_approval": False},
            ),
            llm(
                "posting_text",
                "Write the posting text in two sentences. Supplier Brenner Feinmechanik AG, invoice 2026-4471, EUR 6594.10, "
                "rate 0.864, GBP 5697.30, due 2026-10-11, needs approval: no.",
                "Accrue GBP 5,697.30 for Brenner Feinmechanik AG, invoice 2026-4471 (EUR 6,594.10 at 0.864), due 11 October 2026. Below the approval limit, posted automatically.",
            ),
        ),
    ),
    SpanCase(
        "rent-roll-5",
        "finance",
        "genai",
        origin="memo",
        why="the five rents add up to 22,625 a month, not 21,625; yield and advice follow from that",
        given="Is Tivoli Court above our hurdle at the asking price?",
        made="Rents: 4,250 + 3,980 + 6,120 + 2,875 + 5,400 = EUR 21,625 a month, EUR 259,500 a year. On the asking price of EUR 4,500,000 that is a gross yield of 5.77 %, below the hurdle of 6.0 %. Recommendation: decline.",
        steps=(
            tool("rent_roll", {"asset": "Tivoli Court"}, _ROLL),
            llm(
                "tabulate",
                "Turn the rent roll into a Markdown table: " + written(_ROLL),
                _ROLL_TABLE,
            ),
            tool(
                "asking_price",
                {"asset": "Tivoli Court"},
                {"price_eur": 4500000, "broker": "Immo Sandkamp", "as_of": "2026-09-14"},
            ),
            tool("hurdle", {"strategy": "core plus"}, {"gross_yield_percent": 6.0}),
            llm(
                "memo",
                [
                    (
                        "system",
                        "You write investment memos. Show the sum, the gross yield and the recommendation.",
                    ),
                    (
                        "user",
                        f"{_ROLL_TABLE}\n\nAsking price EUR 4,500,000. Hurdle: gross yield 6.0 %.",
                    ),
                ],
                "Rents: 4,250 + 3,980 + 6,120 + 2,875 + 5,400 = EUR 21,625 a month, EUR 259,500 a year. On the asking price of EUR 4,500,000 that is a gross yield of 5.77 %, below the hurdle of 6.0 %. Recommendation: decline.",
            ),
        ),
    ),
    SpanCase(
        "fund-unit-price-5",
        "finance",
        "openinference",
        origin="closing_prices",
        why="asked for 30 September, the feed answered for TARN with the close of 30 June from its cache",
        given={"fund": "Alpine Select", "valuation_day": "2026-09-30"},
        made="Alpine Select, 30 September 2026: net assets EUR 1,475,000, unit price EUR 14.75. Largest holding: TARN with 41.5 % of assets.",
        steps=(
            tool(
                "holdings",
                {"fund": "Alpine Select", "day": "2026-09-30"},
                {"HELV": 12000, "TARN": 5500, "OSTR": 30000, "units_issued": 100000},
            ),
            tool(
                "closing_prices",
                {"symbols": ["HELV", "TARN", "OSTR"], "day": "2026-09-30"},
                _PRICES,
            ),
            step(
                "market_value",
                {
                    "holdings": {"HELV": 12000, "TARN": 5500, "OSTR": 30000},
                    "prices": {"HELV": 48.2, "TARN": 112.6, "OSTR": 9.85},
                },
                {"HELV": 578400.0, "TARN": 619300.0, "OSTR": 295500.0, "total": 1493200.0},
            ),
            tool("liabilities", {"fund": "Alpine Select"}, {"fees_and_payables_eur": 18200.0}),
            step(
                "unit_price",
                {"assets": 1493200.0, "liabilities": 18200.0, "units": 100000},
                {"net_assets": 1475000.0, "unit_price": 14.75},
            ),
            llm(
                "notice",
                "Write the price notice for Alpine Select, 30 September 2026. Net assets 1475000.00 EUR, unit price 14.75 EUR, "
                "assets 1493200.00 EUR, of which HELV 578400, TARN 619300, OSTR 295500. Name the largest holding.",
                "Alpine Select, 30 September 2026: net assets EUR 1,475,000, unit price EUR 14.75. Largest holding: TARN with 41.5 % of assets.",
            ),
        ),
    ),
    SpanCase(
        "weight-dose-5",
        "medicine",
        "misstep",
        origin="intake",
        why="154 lb (70 kg) was taken down as 154 kg",
        given=_REFERRAL,
        made=written(
            {
                "patient": "Ilse Brandt",
                "drug": "enoxaparin",
                "dose_mg": 154,
                "volume_ml": 1.54,
                "every_h": 12,
                "start": "2026-09-18",
            }
        ),
        outcome="contract",
        told="dose_mg: 154 is above the largest single dose allowed, 120",
        steps=(
            llm(
                "intake",
                [
                    (
                        "system",
                        "Take down the referral as JSON: patient, age, weight_kg, creatinine_mg_dl, drug, intent.",
                    ),
                    ("user", _REFERRAL),
                ],
                written(
                    {
                        "patient": "Ilse Brandt",
                        "age": 58,
                        "weight_kg": 154,
                        "creatinine_mg_dl": 0.9,
                        "drug": "enoxaparin",
                        "intent": "treatment",
                    }
                ),
            ),
            search(
                "formulary",
                "enoxaparin treatment dose deep vein thrombosis",
                {
                    "id": "form-enox-2",
                    "content": "Enoxaparin, treatment of deep vein thrombosis: 1 mg/kg subcutaneously every 12 hours. Syringes hold 100 mg/ml.",
                    "score": 0.91,
                },
            ),
            step(
                "dose",
                {"weight_kg": 154, "mg_per_kg": 1, "every_h": 12},
                {"dose_mg": 154, "every_h": 12},
            ),
            step("volume", {"dose_mg": 154, "mg_per_ml": 100}, {"volume_ml": 1.54}),
            llm(
                "order",
                "Give the order as JSON. Ilse Brandt, enoxaparin 154 mg (1.54 ml) every 12 hours from 18 September 2026.",
                written(
                    {
                        "patient": "Ilse Brandt",
                        "drug": "enoxaparin",
                        "dose_mg": 154,
                        "volume_ml": 1.54,
                        "every_h": 12,
                        "start": "2026-09-18",
                    }
                ),
            ),
        ),
    ),
    SpanCase(
        "discharge-letter-5",
        "medicine",
        "genai",
        origin="condense",
        why="apixaban is not to be restarted before the wound check; the summary says it is",
        given="Patient letter for A. Bianchi, ward 4B.",
        made=_LETTER,
        outcome="bad",
        told="Please restart apixaban (5 mg, morning and evening) by 13 September",
        steps=(
            search(
                "ward_notes",
                "discharge note Bianchi ward 4B",
                {"id": "n-20993", "content": _WARD_NOTE, "score": 0.95},
            ),
            llm(
                "condense",
                "Condense this discharge note to four or five sentences for the discharge team.\n\n"
                + _WARD_NOTE,
                _CONDENSED,
            ),
            llm(
                "tasks",
                "List what the patient has to do, as JSON with task and date. Where something is due before a day, "
                "give the day before.\n\n" + _CONDENSED,
                written(_TASKS),
            ),
            tool(
                "set_reminders",
                {"patient": "Bianchi", "tasks": _TASKS},
                {"created": 3, "first": "2026-09-13"},
            ),
            llm(
                "letter",
                "Write to the patient in plain words.\n\n" + _CONDENSED + "\n" + written(_TASKS),
                _LETTER,
            ),
        ),
    ),
    SpanCase(
        "antibiotic-clearance-5",
        "medicine",
        "openinference",
        origin="patient_record",
        why="asked for Marek Havel born 1961, the search brought the chart of another Marek Havel, born 1984",
        given={
            "patient": "Havel, Marek",
            "born": "1961-04-17",
            "drug": "amoxicillin 500 mg three times daily",
        },
        made="Amoxicillin 500 mg three times daily may be given to Marek Havel: no known allergies, no interaction with his cetirizine, no dose reduction needed.",
        steps=(
            search(
                "patient_record",
                "Havel, Marek, born 1961-04-17: allergies, medication, kidney function",
                {
                    "id": "chart-77120",
                    "content": _CHART,
                    "score": 0.88,
                    "metadata": {"type": "chart"},
                },
            ),
            llm(
                "read_chart",
                "From the chart give allergies, medication and eGFR as JSON.\n" + _CHART,
                written(
                    {"allergies": [], "medication": ["cetirizine 10 mg as needed"], "egfr": 104}
                ),
            ),
            tool(
                "interactions",
                {"new": "amoxicillin", "current": ["cetirizine"]},
                {"interactions": []},
            ),
            step(
                "renal_dose",
                {"drug": "amoxicillin", "egfr": 104, "reduce_below": 30},
                {"reduce": False},
            ),
            step(
                "clearance",
                {"allergies": [], "interactions": [], "reduce": False},
                {"cleared": True},
            ),
            llm(
                "tell_ward",
                "Tell the ward in one sentence. Marek Havel, amoxicillin 500 mg three times daily, cleared: yes; allergies: none known; "
                "current: cetirizine, no interaction; dose reduction: no.",
                "Amoxicillin 500 mg three times daily may be given to Marek Havel: no known allergies, no interaction with his cetirizine, no dose reduction needed.",
            ),
        ),
    ),
    SpanCase(
        "closing-checklist-5",
        "law",
        "misstep",
        origin="list_conditions",
        why="condition (d), clearance by the Federal Cartel Office, is missing from the list",
        given="Can we complete the Halder/Reuter deal on 1 October 2026?",
        made="All five conditions of clause 4.1 are fulfilled and documented in the data room. Completion can take place on 1 October 2026; no waiver under clause 4.2 is needed.",
        outcome="score",
        steps=(
            tool("read_clause", {"document": "SPA", "clause": "4"}, _CLAUSE),
            step(
                "conditions",
                {"clause": "4.1"},
                _LISTED,
                llm(
                    "list_conditions",
                    [
                        (
                            "system",
                            "List every condition precedent of the clause as JSON with ref and a short name.",
                        ),
                        ("user", _CLAUSE),
                    ],
                    written(_LISTED),
                ),
            ),
            tool(
                "data_room",
                {"refs": ["4.1(a)", "4.1(b)", "4.1(c)", "4.1(e)", "4.1(f)"]},
                _STATUS,
            ),
            step(
                "tally",
                {"conditions": 5, "documented": list(_STATUS)},
                {"fulfilled": 5, "open": 0},
            ),
            llm(
                "waivers",
                "Is a waiver under clause 4.2 (conditions (c) and (e)) needed? Status: "
                + written(_STATUS),
                "No. The consent (c) and the resignation (e) are both on file, so nothing has to be waived.",
            ),
            llm(
                "memo",
                "Answer the partner in two sentences. 5 conditions, 5 fulfilled, 0 open; no waiver needed; intended completion 1 October 2026.",
                "All five conditions of clause 4.1 are fulfilled and documented in the data room. Completion can take place on 1 October 2026; no waiver under clause 4.2 is needed.",
            ),
        ),
    ),
)
