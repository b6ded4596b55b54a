"""A fourth set of the plain kind: runs in which all is well, first half."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, call, llm, search, step, tool, written

# --- fx-exposure-4 ---
_RATES = {
    "EURUSD": 1.1,
    "EURJPY": 162.4,
    "EURCHF": 0.948,
    "as_of": "2026-08-31",
    "meaning": "units for one euro",
}
_OPEN = [
    {"currency": "JPY", "amount": 418300000},
    {"currency": "USD", "amount": 2310500},
    {"currency": "CHF", "amount": 1140000},
]
_IN_EUR = [
    {"currency": "JPY", "eur": 2575738.92},
    {"currency": "USD", "eur": 2100454.55},
    {"currency": "CHF", "eur": 1202531.65},
]
_FX_NOTE = (
    "At the end of August 2026 our open foreign currency receivables came to about EUR 5.9 million: 2.6 million in yen, "
    "2.1 million in US dollars and 1.2 million in Swiss francs. Hedging three quarters, as the policy wants, means "
    "forwards for some EUR 4.4 million."
)

# --- lab-letter-4 ---
_LAB = {
    "patient": "Edda Marquardt, 58",
    "drawn": "2026-09-02 07:50, fasting",
    "mg_dl": {"cholesterol": 232, "ldl": 155, "hdl": 46, "triglycerides": 168, "glucose": 101},
}
_SI = {"cholesterol": 6.0, "ldl": 4.01, "hdl": 1.19, "triglycerides": 1.9, "glucose": 5.61}
_LIPIDS = (
    "For people without heart disease: total cholesterol up to 5.0 mmol/l, LDL up to 3.0 mmol/l, triglycerides fasting up to "
    "1.7 mmol/l are desirable. HDL in women should be above 1.2 mmol/l. Fasting glucose below 5.6 mmol/l is normal, 5.6 to "
    "6.9 mmol/l is called impaired."
)
_LAB_LETTER = (
    "Dear Ms Marquardt, your fasting blood test of 2 September shows a total cholesterol of 6.0 mmol/l and an LDL of "
    "4.0 mmol/l; both are higher than we would like, and so, a little, are the triglycerides with 1.9. The protective HDL, "
    "1.19, is just short of what is aimed for. Sugar is on the border at 5.6. None of this is urgent. Let us talk about it "
    "within the next few weeks."
)

# --- lease-brief-4 ---
_LEASE = """\
LEASE of Unit 7, Canal Yard, Leeds, made on 12 January 2026
Landlord: Aire Valley Estates Ltd. Tenant: Moss & Penrose Bakery Ltd.
1. Term. Ten years from and including 1 March 2026.
2. Rent. GBP 42,000 a year, payable in advance by equal instalments on the usual quarter days. No rent is payable for the
first three months of the term.
3. Review. The rent is reviewed on 1 March 2031 to the open market rent, upwards only.
4. Break. The tenant may end this lease on 28 February 2031 by not less than six months' written notice, provided that the
rent is paid up to that date and vacant possession is given.
5. Repair. The tenant keeps the interior, the shop front and the extraction plant in repair. The landlord repairs the
structure and the roof and recovers a fair proportion through the service charge, capped at GBP 6,500 a year.
6. Use. Bakery with cafe, Class E. No amplified music after 21:00.
7. Alienation. No assignment of part. Assignment of the whole with consent, not to be unreasonably withheld.
8. Insurance. The landlord insures; the tenant refunds a fair proportion of the premium.
9. Deposit. GBP 10,500, released after the accounts of two years showing a profit.
10. Notices. In writing, by hand or special delivery, to the registered office.
"""
_LEASE_DRAFT = (
    "Moss & Penrose take Unit 7 for ten years from 1 March 2026 at GBP 42,000 a year, the first three months free. The rent is "
    "reviewed, upwards only, after five years. The bakery may leave at the end of February 2031 on six months' notice. It "
    "looks after the inside, the shop front and the extraction plant; its share of the landlord's costs for roof and "
    "structure is capped at GBP 6,500 a year. A deposit of one quarter's rent is held."
)
_LEASE_CRITIC = (
    "Nothing in the draft departs from the lease. The deposit of GBP 10,500 is indeed a quarter of GBP 42,000. One gap that "
    "matters to the client: the break works only if the rent is paid up and the unit is handed over empty, and the latest "
    "day for the notice should be given."
)
_LEASE_BRIEF = (
    "You take Unit 7 for ten years from 1 March 2026 at GBP 42,000 a year, that is GBP 3,500 a month on average; the first three "
    "months are free. You may leave on 28 February 2031 if notice reaches the landlord by 28 August 2030, the rent is paid up "
    "and the unit is empty. Otherwise the rent is reviewed on 1 March 2031 and cannot fall. Inside, shop front and extraction "
    "are yours to repair; towards roof and structure you pay at most GBP 6,500 a year. The deposit is GBP 10,500."
)

# --- meeting-trip-4 ---
_FLIGHTS = [
    {
        "flight": "TP 942",
        "leaves": "2026-10-13T07:05+01:00",
        "lands": "2026-10-13T10:40+02:00",
        "eur": 219.0,
    },
    {
        "flight": "LX 2085",
        "leaves": "2026-10-13T06:10+01:00",
        "lands": "2026-10-13T09:50+02:00",
        "eur": 241.5,
    },
    {
        "flight": "TP 944",
        "leaves": "2026-10-13T12:30+01:00",
        "lands": "2026-10-13T16:05+02:00",
        "eur": 148.0,
    },
]
_TRIP = (
    "On Tuesday 13 October take LX 2085 from Lisbon at 06:10 local time; it lands in Geneva at 09:50 after 2 hours 40. The "
    "train at 10:09 brings you to Lausanne by 10:52, a good half hour before the meeting, which is at 11:30 there and 10:30 in "
    "Lisbon. Flight and train cost EUR 265.50 together (the train is CHF 22.80, taken at 0.95 francs to the euro)."
)

# --- coffee-help-4 ---
_MANUAL = (
    "Brio 300, descaling: fill the tank with 1 litre of water and one sachet of descaler, hold STEAM for five seconds, press "
    "CUP when the lamp turns orange. The programme takes about 25 minutes. Rinse twice with fresh water."
)
_MANUAL_GRIND = "Brio 300, grinder: turn the ring only while the grinder runs. Setting 1 is the finest, 7 the coarsest."
_MANUAL_500 = (
    "Brio 500, descaling: the machine asks for descaling by itself; follow the display. 40 minutes."
)
_COFFEE_CHAT = """\
Customer: Hello again, it's Amparo. The coffee only drips since the weekend and it is lukewarm.
Bot: Sorry to hear that, Amparo. Is a lamp lit?
Customer: Orange, blinking slowly. The water here is very hard. I think I last descaled in spring.
Bot: Which machine is it?
Customer: The one you sent me last year.
"""
_COFFEE_NOTE = (
    "Amparo Villalba: coffee drips and is lukewarm since the weekend, orange lamp blinks slowly, very hard water, last "
    "descaled in spring by her memory. Asks about the machine delivered last year."
)
_COFFEE = (
    "Hello Amparo, your Brio 300 asks to be descaled; with very hard water that is due every two months or so. Put a litre of "
    "water and one sachet of descaler into the tank, hold STEAM for five seconds and press CUP once the lamp is orange. After "
    "some 25 minutes rinse two times with fresh water. If it still drips then, write to us: your machine is under warranty "
    "until 9 November 2027."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "fx-exposure-4",
        "finance",
        "misstep",
        origin=None,
        why="divided by stated rates, rounded at the end; a rate limit was met by another model",
        given="How much foreign currency is open at the end of August, and what must we hedge?",
        made=_FX_NOTE,
        steps=(
            tool("open_items", {"date": "2026-08-31"}, _OPEN),
            tool("rates", {"base": "EUR", "date": "2026-08-31"}, _RATES),
            step("to_euro", {"items": _OPEN, "rates": _RATES}, _IN_EUR),
            step("total", {"items": _IN_EUR}, {"eur": 5878725.12}),
            search(
                "policy",
                "share of foreign currency receivables to hedge",
                {
                    "id": "tp-6",
                    "content": "Treasury policy 6: 75 per cent of open foreign currency receivables are hedged with forwards.",
                },
            ),
            step("hedge", {"open_eur": 5878725.12, "share": 0.75}, {"forwards_eur": 4409043.84}),
            llm(
                "note_first",
                "Write the note for the CFO, in millions. " + written(_IN_EUR),
                None,
                error=("RateLimitError", "429 too many requests, retry after 20 s"),
            ),
            llm(
                "note",
                "Write the note for the CFO in two sentences, in EUR million with one decimal.\n"
                + written(_IN_EUR)
                + "\nTotal EUR 5,878,725.12 at 31 August 2026. To hedge: 75 per cent, EUR 4,409,043.84 with forwards.",
                _FX_NOTE,
                model="claude-sonnet-4",
            ),
        ),
    ),
    SpanCase(
        "lab-letter-4",
        "medicine",
        "genai",
        origin=None,
        why="mg/dl to mmol/l at the usual factors, rounded once more for the patient",
        given={"order": "L-60233", "want": "letter to the patient, SI units"},
        made=_LAB_LETTER,
        steps=(
            tool("lab_result", {"order": "L-60233"}, _LAB),
            step(
                "to_si",
                {
                    "mg_dl": _LAB["mg_dl"],
                    "divide_by": {
                        "cholesterol": 38.67,
                        "ldl": 38.67,
                        "hdl": 38.67,
                        "triglycerides": 88.57,
                        "glucose": 18.016,
                    },
                },
                {"mmol_l": _SI},
            ),
            search(
                "guideline",
                "lipid and glucose target values adults",
                {"id": "lip-3", "content": _LIPIDS, "score": 0.83},
            ),
            llm(
                "assess",
                f"Compare with the targets, for a woman without heart disease.\n\n{_LIPIDS}\n\nmmol/l: {written(_SI)}",
                "Total cholesterol 6.0 and LDL 4.01 are above 5.0 and 3.0. Triglycerides 1.9 are slightly above 1.7. HDL 1.19 is "
                "just under 1.2. Glucose 5.61 lies at the lower end of the impaired range. No value calls for urgent action.",
            ),
            llm(
                "letter",
                f"Write to Ms Marquardt in plain words, blood drawn on 2 September, fasting.\n\nmmol/l: {written(_SI)}\n\n"
                "Assessment: Total cholesterol 6.0 and LDL 4.01 are above 5.0 and 3.0. Triglycerides 1.9 are slightly above 1.7. "
                "HDL 1.19 is just under 1.2. Glucose 5.61 lies at the lower end of the impaired range. No value calls for urgent "
                "action. Offer an appointment.",
                _LAB_LETTER,
            ),
        ),
    ),
    SpanCase(
        "lease-brief-4",
        "law",
        "openinference",
        origin=None,
        why="a summary that leaves out what the client does not ask; the critic fills a gap",
        given={
            "client": "Moss & Penrose Bakery Ltd",
            "document": "unit7-lease",
            "ask": "What do we sign? Money, exits, repairs.",
        },
        made=_LEASE_BRIEF,
        steps=(
            tool(
                "document_first",
                {"document": "unit7-lease"},
                None,
                error=("ReadTimeout", "storage did not answer"),
                shown="document",
            ),
            tool("document", {"document": "unit7-lease"}, _LEASE),
            llm(
                "draft",
                f"Summarise money, exits and repairs for the tenant, in prose.\n\n{_LEASE}",
                _LEASE_DRAFT,
            ),
            llm(
                "critic",
                f"Check the draft against the lease.\n\nLease:\n{_LEASE}\nDraft: {_LEASE_DRAFT}",
                _LEASE_CRITIC,
            ),
            tool("months_before", {"date": "2031-02-28", "months": 6}, {"date": "2030-08-28"}),
            llm(
                "brief",
                f"Write the final brief to the client.\n\nLease:\n{_LEASE}\nDraft: {_LEASE_DRAFT}\n\nCritic: {_LEASE_CRITIC}\n\n"
                "Latest day for the notice: 28 August 2030.",
                _LEASE_BRIEF,
            ),
        ),
    ),
    SpanCase(
        "meeting-trip-4",
        "travel",
        "genai",
        origin=None,
        why="time zones hold, the cheaper flights come too late for the meeting, one search was retried",
        given="Get me from Lisbon to the meeting in Lausanne on 13 October 2026, 11:30 local time, with half an hour to spare.",
        made=_TRIP,
        root="agent",
        steps=(
            llm(
                "flight_agent",
                "Find flights Lisbon to Geneva for a meeting in Lausanne on 13 October 2026 at 11:30 (UTC+2).",
                call("search_flights", origin="LIS", to="GVA", date="2026-10-13"),
            ),
            tool(
                "search_flights_first",
                {"origin": "LIS", "to": "GVA", "date": "2026-10-13"},
                None,
                error=("ServiceUnavailable", "503 from fare cache"),
                shown="search_flights",
            ),
            tool("search_flights", {"origin": "LIS", "to": "GVA", "date": "2026-10-13"}, _FLIGHTS),
            llm(
                "choose",
                "Which flight leaves time for customs and a train of 43 minutes, to be in Lausanne by 11:00?\n"
                + written(_FLIGHTS),
                "LX 2085, landing at 09:50. TP 942 is cheaper but lands at 10:40, too late for a train that arrives by 11:00; "
                "TP 944 lands in the afternoon.",
            ),
            tool(
                "trains",
                {"from": "Genève-Aéroport", "to": "Lausanne", "after": "10:05"},
                {"leaves": "10:09", "arrives": "10:52", "chf": 22.8},
            ),
            step(
                "cost",
                {"flight_eur": 241.5, "train_chf": 22.8, "chf_per_eur": 0.95},
                {"train_eur": 24.0, "sum_eur": 265.5},
            ),
            llm(
                "itinerary",
                "Write the itinerary with local times.\nFlight: "
                + written(_FLIGHTS[1])
                + "\nTrain: leaves 10:09, arrives 10:52, CHF 22.80 = EUR 24.00 at 0.95 CHF for EUR 1. Sum EUR 265.50. Meeting 11:30 "
                "in Lausanne (UTC+2); Lisbon is UTC+1.",
                _TRIP,
            ),
        ),
    ),
    SpanCase(
        "coffee-help-4",
        "support",
        "openinference",
        origin=None,
        why="the right machine is taken from the orders and the passages that do not concern it are left aside",
        given=_COFFEE_CHAT,
        made=_COFFEE,
        root="agent",
        session="amparo-88",
        steps=(
            llm(
                "compact",
                f"Note what matters for the answer, three lines at most.\n\n{_COFFEE_CHAT}",
                _COFFEE_NOTE,
            ),
            tool(
                "orders",
                {"customer": "Amparo Villalba"},
                [
                    {
                        "order": "B-20931",
                        "article": "Brio 300",
                        "delivered": "2025-11-09",
                        "warranty_until": "2027-11-09",
                    },
                    {
                        "order": "B-31170",
                        "article": "descaler, 6 sachets",
                        "delivered": "2026-03-20",
                    },
                ],
            ),
            search(
                "manuals",
                "Brio 300 coffee drips lukewarm orange lamp descaling",
                {"id": "b300-7", "content": _MANUAL, "score": 0.91},
                {"id": "b500-4", "content": _MANUAL_500, "score": 0.77},
                {"id": "b300-3", "content": _MANUAL_GRIND, "score": 0.58},
                {
                    "id": "faq-2",
                    "content": "Orange lamp blinking slowly: descaling due. Very hard water: every two months.",
                },
            ),
            agent(
                "solver",
                {"note": _COFFEE_NOTE, "article": "Brio 300"},
                "Descaling is due. Programme of the Brio 300: 1 litre of water, one sachet, STEAM for 5 s, CUP on orange, 25 min, "
                "rinse twice. At very hard water every two months.",
                llm(
                    "solve",
                    f"Solve it.\n{_COFFEE_NOTE}\nArticle: Brio 300.\n{_MANUAL}\n{_MANUAL_500}\n{_MANUAL_GRIND}\nOrange lamp "
                    "blinking slowly: descaling due. Very hard water: every two months.",
                    "Descaling is due. Programme of the Brio 300: 1 litre of water, one sachet, STEAM for 5 s, CUP on orange, "
                    "25 min, rinse twice. At very hard water every two months.",
                ),
            ),
            llm(
                "reply",
                "Reply to Amparo.\nDescaling is due. Programme of the Brio 300: 1 litre of water, one sachet, STEAM for 5 s, CUP on "
                "orange, 25 min, rinse twice. At very hard water every two months.\nWarranty until 9 November 2027.",
                _COFFEE,
            ),
        ),
    ),
)
