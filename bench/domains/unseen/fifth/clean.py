"""A fifth set of the plain kind: runs without a fault, of finance, medicine, law, travel and support."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool, written

_LABS = "Fasting plasma glucose 126 mg/dL; HbA1c 6.8 %; LDL cholesterol 131 mg/dL; eGFR 88; urine ketones negative. Weight 198 lb."
_LABS_SI = {
    "glucose_mmol_l": 7.0,
    "hba1c_mmol_mol": 51,
    "ldl_mmol_l": 3.4,
    "weight_kg": 89.8,
}
_GUIDE = (
    "Diabetes can be diagnosed when fasting plasma glucose is 7.0 mmol/l (126 mg/dl) or more, or HbA1c is 48 mmol/mol (6.5 %) "
    "or more. Two abnormal results from the same sample confirm each other."
)
_COURT = (
    "Landgericht Bremen, 3 August 2026\n"
    "In the matter of Kestner Yachtbau GmbH against Olde Werft KG, case 4 O 118/26.\n"
    "The statement of claim of 22 July 2026 was served on the defendant on 6 August 2026.\n"
    "The defendant shall file its defence within 30 days after service.\n"
    "The hearing takes place on 12 November 2026 at 10:15 in room 204.\n"
    "Parties may inspect the file at the registry on weekdays from 9:00 to 12:00."
)
_FLIGHT = {
    "flight": "NF 382",
    "from": "LIS",
    "departs": "13:10 (UTC+1)",
    "to": "HEL",
    "arrives": "19:55 (UTC+3)",
    "fare_eur": 214.0,
}
_ANSWER_ASK = (
    (
        "system",
        "Answer customers in two or three sentences. Use only the facts given.",
    ),
    (
        "user",
        "Mr Adeyemi asks for the invoice of order 70-2214, he cannot find it. Facts: "
        + written(
            {
                "invoice": "R-2026-5518",
                "total_eur": 318.4,
                "sent_on": "2026-08-27",
                "sent_to": "t.adeyemi@brightmoor.example",
                "resent_on": "2026-09-16",
            }
        ),
    ),
)
_ANSWER = (
    "Dear Mr Adeyemi, invoice R-2026-5518 for EUR 318.40 was first sent to t.adeyemi@brightmoor.example on 27 August. "
    "We have sent it to the same address again on 16 September 2026; please have a look in your spam folder too."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "dividend-credit-5",
        "finance",
        "misstep",
        origin=None,
        why="",
        given={"client": "Verena Aigner", "event": "Callisto Foods dividend", "account": "EUR"},
        made="Ms Aigner receives about EUR 1,600 (exactly EUR 1,599.63) for her 2,400 shares of Callisto Foods: USD 2,040.00 gross, less 15 % withholding tax of USD 306.00, converted at 1.0840.",
        steps=(
            tool(
                "position",
                {"client": "Verena Aigner", "name": "Callisto Foods"},
                {"shares": 2400, "on": "2026-09-04"},
            ),
            tool(
                "corporate_action",
                {"name": "Callisto Foods"},
                "Callisto Foods Inc., cash dividend USD 0.85 a share. Ex-date 4 September 2026, payable 15 September 2026. Withholding tax 15 %.",
            ),
            llm(
                "read_event",
                "Give per_share, currency, payable and tax_percent as JSON. Callisto Foods Inc., cash dividend USD 0.85 a share. "
                "Ex-date 4 September 2026, payable 15 September 2026. Withholding tax 15 %.",
                written(
                    {
                        "per_share": 0.85,
                        "currency": "USD",
                        "payable": "2026-09-15",
                        "tax_percent": 15,
                    }
                ),
            ),
            step(
                "net_of_tax",
                {"shares": 2400, "per_share": 0.85, "tax_percent": 15},
                {"gross_usd": 2040.0, "tax_usd": 306.0, "net_usd": 1734.0},
            ),
            tool(
                "rate",
                {"pair": "EUR/USD", "day": "2026-09-15"},
                {"pair": "EUR/USD", "rate": 1.084, "meaning": "1 EUR = 1.0840 USD"},
            ),
            step("into_eur", {"net_usd": 1734.0, "usd_per_eur": 1.084}, {"net_eur": 1599.63}),
            llm(
                "note",
                "Tell the adviser in one sentence, rounded and exact. Ms Aigner, 2400 shares of Callisto Foods, gross 2040.00 USD, "
                "tax 15 % = 306.00 USD, 1 EUR = 1.0840 USD, net 1599.63 EUR.",
                "Ms Aigner receives about EUR 1,600 (exactly EUR 1,599.63) for her 2,400 shares of Callisto Foods: USD 2,040.00 gross, less 15 % withholding tax of USD 306.00, converted at 1.0840.",
            ),
        ),
    ),
    SpanCase(
        "glucose-letter-5",
        "medicine",
        "genai",
        origin=None,
        why="",
        given="Explain the results of 10 September to Mr Teodor Vlaicu.",
        made="Dear Mr Vlaicu, your fasting sugar was 7.0 mmol/l and your long-term sugar (HbA1c) 51 mmol/mol. Both are at or above the limits for diabetes (7.0 and 48), and as they come from the same sample, no second test is needed. Your kidneys work well. Your LDL cholesterol is 3.4 mmol/l; we will talk about that too at your next visit.",
        steps=(
            tool("lab", {"patient": "Vlaicu", "sample": "2026-09-10"}, _LABS),
            step(
                "to_si",
                {
                    "glucose_mg_dl": 126,
                    "hba1c_percent": 6.8,
                    "ldl_mg_dl": 131,
                    "weight_lb": 198,
                },
                _LABS_SI,
            ),
            search(
                "guideline",
                "diagnosis of diabetes fasting glucose HbA1c limits",
                {"id": "gl-dm-3", "content": _GUIDE, "score": 0.93},
            ),
            llm(
                "assess",
                [
                    (
                        "system",
                        "Assess the results by the guideline. Two sentences for the doctor.",
                    ),
                    ("user", _GUIDE + "\n\n" + _LABS + "\n" + written(_LABS_SI)),
                ],
                "Glucose (7.0 mmol/l) reaches the diagnostic limit and HbA1c (51 mmol/mol, i.e. 6.8 %) exceeds it, so the two results from one sample confirm diabetes without a repeat. No ketonuria; eGFR 88.",
            ),
            llm(
                "letter",
                "Write to Mr Vlaicu in plain words; mention LDL for the next visit.\n\nGlucose (7.0 mmol/l) reaches the diagnostic limit and "
                "HbA1c (51 mmol/mol, i.e. 6.8 %) exceeds it, so the two results from one sample confirm diabetes without a repeat. No "
                "ketonuria; eGFR 88. Limits: 7.0 and 48. LDL 3.4 mmol/l.",
                "Dear Mr Vlaicu, your fasting sugar was 7.0 mmol/l and your long-term sugar (HbA1c) 51 mmol/mol. Both are at or above the limits for diabetes (7.0 and 48), and as they come from the same sample, no second test is needed. Your kidneys work well. Your LDL cholesterol is 3.4 mmol/l; we will talk about that too at your next visit.",
            ),
        ),
    ),
    SpanCase(
        "defence-deadline-5",
        "law",
        "openinference",
        origin=None,
        why="",
        given="By when must Olde Werft file its defence?",
        made="The claim was served on Olde Werft KG on 6 August 2026. Thirty days after service is 5 September 2026, a Saturday, so the defence (case 4 O 118/26) must reach the court by Monday, 7 September 2026.",
        steps=(
            search(
                "case_file",
                "Olde Werft KG court order defence",
                {"id": "cf-118-2", "content": _COURT, "score": 0.92},
                {
                    "id": "rule-222",
                    "content": "If the last day of a period is a Saturday, a Sunday or a public holiday, the period ends on the next working day.",
                    "score": 0.81,
                },
            ),
            llm(
                "read_order",
                "Give case, served, defence_days and hearing as JSON.\n\n" + _COURT,
                written(
                    {
                        "hearing": "2026-11-12T10:15",
                        "case": "4 O 118/26",
                        "defence_days": 30,
                        "served": "2026-08-06",
                    }
                ),
            ),
            tool(
                "add_days",
                {"from": "2026-08-06", "days": 30},
                {"day": "2026-09-05", "weekday": "Saturday"},
            ),
            step(
                "next_working_day",
                {"day": "2026-09-05", "weekday": "Saturday", "holidays": []},
                {"day": "2026-09-07", "weekday": "Monday", "moved": True},
            ),
            tool(
                "put_in_diary",
                {"case": "4 O 118/26", "day": "2026-09-07", "what": "defence, last day"},
                {"entry": 8841},
            ),
            llm(
                "answer",
                "Answer in two sentences and say why. Defendant Olde Werft KG, case 4 O 118/26, served 2026-08-06, 30 days: 2026-09-05 (Saturday), "
                "moved to 2026-09-07 (Monday).",
                "The claim was served on Olde Werft KG on 6 August 2026. Thirty days after service is 5 September 2026, a Saturday, so the defence (case 4 O 118/26) must reach the court by Monday, 7 September 2026.",
            ),
        ),
    ),
    SpanCase(
        "helsinki-evening-5",
        "travel",
        "misstep",
        origin=None,
        why="",
        given="Lisbon to Helsinki on 21 September 2026, there before 9 pm, up to USD 260. What should I wear?",
        made="Take NF 382 on 21 September: it leaves Lisbon at 13:10 and lands in Helsinki at 19:55, both local times, after 4 hours 45 minutes. The fare is EUR 214.00, about USD 234. The evening will be around 11 °C (52 °F) and dry, so a warm jacket will do.",
        steps=(
            llm(
                "understand",
                "Give origin, destination, day, arrive_before and budget as JSON: Lisbon to Helsinki on 21 September 2026, there before 9 pm, up to USD 260. What should I wear?",
                written(
                    {
                        "origin": "LIS",
                        "destination": "HEL",
                        "day": "2026-09-21",
                        "arrive_before": "21:00",
                        "budget": {"amount": 260, "currency": "USD"},
                    }
                ),
            ),
            tool(
                "flights",
                {"origin": "LIS", "destination": "HEL", "day": "2026-09-21"},
                None,
                error=("ConnectionError", "connection reset by peer"),
            ),
            tool(
                "flights_again",
                {"origin": "LIS", "destination": "HEL", "day": "2026-09-21"},
                [_FLIGHT],
                shown="flights",
            ),
            step(
                "flight_time",
                {"departs": "2026-09-21T13:10+01:00", "arrives": "2026-09-21T19:55+03:00"},
                {"hours": 4, "minutes": 45},
            ),
            step(
                "within_budget",
                {"fare_eur": 214.0, "usd_per_eur": 1.092, "budget_usd": 260},
                {"fare_usd": 233.69, "within": True},
            ),
            tool(
                "forecast",
                {"place": "Helsinki", "at": "2026-09-21T20:00"},
                {"celsius": 11.2, "rain_mm": 0.0},
            ),
            llm(
                "reply",
                "Reply to the traveller with times, fare in both currencies and clothing, temperatures also in °F. "
                + written(
                    {
                        **_FLIGHT,
                        "takes": "4 h 45 min",
                        "fare_usd": 233.69,
                        "celsius": 11.2,
                        "rain_mm": 0.0,
                    }
                )
                + " Day: 21 September 2026.",
                "Take NF 382 on 21 September: it leaves Lisbon at 13:10 and lands in Helsinki at 19:55, both local times, after 4 hours 45 minutes. The fare is EUR 214.00, about USD 234. The evening will be around 11 °C (52 °F) and dry, so a warm jacket will do.",
            ),
        ),
    ),
    SpanCase(
        "invoice-again-5",
        "support",
        "genai",
        origin=None,
        why="",
        given="Hi, I can't find the invoice for order 70-2214. Tunde Adeyemi, tunde@adeyemi.example",
        made=_ANSWER,
        root="agent",
        steps=(
            tool("invoices_by_mail", {"mail": "tunde@adeyemi.example"}, []),
            llm(
                "next_try",
                [
                    ("system", "Find the customer's invoice with the tools."),
                    (
                        "user",
                        "Hi, I can't find the invoice for order 70-2214. Tunde Adeyemi, tunde@adeyemi.example",
                    ),
                    ("assistant", call("invoices_by_mail", mail="tunde@adeyemi.example")),
                    ("tool", []),
                ],
                call("invoice_by_order", order="70-2214"),
            ),
            tool(
                "invoice_by_order",
                {"order": "70-2214"},
                {
                    "invoice": "R-2026-5518",
                    "total_eur": 318.4,
                    "sent_on": "2026-08-27",
                    "sent_to": "t.adeyemi@brightmoor.example",
                    "name": "Tunde Adeyemi",
                },
            ),
            tool(
                "resend",
                {"invoice": "R-2026-5518", "to": "t.adeyemi@brightmoor.example"},
                {"resent_on": "2026-09-16"},
            ),
            llm(
                "answer",
                _ANSWER_ASK,
                None,
                model="gpt-4.1",
                error=("RateLimitError", "429: too many requests, retry after 20 s"),
            ),
            llm("answer_other_model", _ANSWER_ASK, _ANSWER, model="mistral-small-2603"),
        ),
    ),
)
