"""A fourth set of the plain kind: tenancies, witnesses, trains and visas."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, call, llm, search, step, tool, written

# --- tenancy-advice-4 ---
_ASKED = (
    "I rent a flat in Glasgow, private residential tenancy since 1 February 2026. On 4 September 2026 my landlord told me "
    "she will sell and wants me out. How much notice must she give me, and from when could I be made to leave?"
)
_GUIDE_SALE = """\
Possession when the landlord wishes to sell (ground 1A). This guide applies to assured tenancies in England.
The landlord must give the tenant at least four months' notice in the prescribed form. The ground cannot be used so
that the tenant has to leave within the first twelve months of the tenancy. The landlord must show a genuine intention
to sell. After the notice has run out the landlord applies to the county court; the tenant need not leave before the
court has made an order. The dwelling must not be let again or advertised for letting for twelve months afterwards.
"""
_GUIDE_FORM = """\
Serving a notice of possession: forms and service. This guide applies to assured tenancies in England.
Use the current form, name the ground and say why it applies. The notice may be handed over, posted or, if the tenancy
agreement says so, sent by e-mail. Keep a certificate of service. A notice that names no ground is invalid.
"""
_SALE_RULE = (
    "A landlord who wishes to sell relies on ground 1A and must give at least four months' notice on the form. The tenant "
    "cannot be made to leave within the first twelve months of the tenancy. After the notice the landlord must apply to "
    "the county court; until there is an order the tenant may stay."
)
_TENANT_DRAFT = (
    "Your landlord must give you at least four months' notice on the proper form, naming ground 1A. Given on 4 September "
    "2026 it would run to 4 January 2027, but you are protected in the first twelve months, so not before 1 February "
    "2027. Even then she needs an order of the county court."
)
_TENANT_LETTER = (
    "You need not pack yet. For a sale your landlord must give you at least four months' notice on the proper form "
    "(ground 1A), and because your tenancy began on 1 February 2026 you cannot be made to leave before 1 February 2027. "
    "After that she still needs an order of the county court. Ask her for the form in writing."
)

# --- witness-chain-4 ---
_TALK = """\
TRANSCRIPT OF SITE MEETING, 20 March 2026, Ferrybank House, recorded by A. Sorensen (insurer)
SORENSEN: We are here about the fall on Wednesday 11 March. Ms Novak, you were site manager?
NOVAK: Yes, since January. I do the inductions and I sign the permits.
SORENSEN: Mr Hollis, you put up the scaffold?
HOLLIS: My firm did. I was the foreman. Handed it over on Thursday the 5th, tagged green.
SORENSEN: Was anything changed after that?
HOLLIS: The cladding lads took out a tie on the third lift. I saw it on Monday the 9th and I told Petra the same
morning, by the gate. I said that lift must not be used.
NOVAK: I don't remember that. I was at the gate at eight, there were four deliveries.
HOLLIS: I told you, and you said you'd tape it off.
SORENSEN: Was it taped off, Ms Novak?
NOVAK: No. On Tuesday I asked Dean whether the third lift was tagged and he said it was green.
HOLLIS: It was green on the fifth. That's what I said.
SORENSEN: And the permit for Wednesday?
NOVAK: I signed it on Tuesday at half past four. Mr Adair fell on Wednesday at ten past nine.
SORENSEN: Thank you both. I will send you the notes to sign.
"""
_CHRONOLOGY = (
    "On Thursday 5 March Mr Hollis's firm handed over the scaffold, tagged green. By Monday 9 March cladding workers had "
    "removed a tie on the third lift. That morning, by the gate, Ms Novak told Mr Hollis of it and said that the lift must "
    "not be used; according to her he promised to tape it off. On Tuesday 10 March she asked him whether the lift was "
    "tagged and was told it was green; at 16:30 she signed the permit. On Wednesday 11 March at 09:10 Mr Adair fell."
)
_DUTY = (
    "Work at Height guidance note 7, paragraph 14: whoever is told of a defect in a scaffold shall take it out of use "
    "without delay or see that it is taken out of use. Paragraph 15: a person who signs a permit after having been told "
    "of the defect bears the responsibility in the first place."
)
_ISSUES = (
    "The question is who knew of the missing tie and did nothing. On the chronology the warning came from Ms Novak and "
    "reached Mr Hollis on 9 March; he undertook to tape off the lift and failed to. Her position is the stronger one, "
    "although she signed the permit on 10 March relying on his answer."
)
_OPINION = (
    "Liability lies chiefly with Mr Hollis's firm. He was told of the missing tie on 9 March and undertook to tape off the "
    "lift. Under paragraph 14 he had to take it out of use without delay. We put his firm's share at 75 per cent and "
    "that of the site management at 25 per cent."
)
_TO_INSURER = (
    "Dear Mr Sorensen, we advise that recovery be sought from the scaffolding firm. Mr Hollis, warned by Ms Novak on "
    "9 March 2026 that a tie was missing, left the third lift open. We suggest a claim for 75 per cent of the outlay."
)

# --- rail-planner-4 ---
_RAIL = (
    "I have to be in Zürich by 14:00 on Thursday 17 September 2026, coming from Stuttgart. Second class, one change at "
    "most, a window seat. Take the cheapest that does it."
)
_RAIL_PLAN = (
    "Plan\n1. Search Stuttgart Hbf to Zürich HB on Thursday 17 September 2026, second class, at most one change, leaving "
    "Stuttgart by 14:00.\n2. Keep the cheapest.\n3. Reserve a window seat.\n4. Confirm with times, train and price."
)
_RAIL_FOUND = [
    {"train": "IC 183", "departs": "09:29", "arrives": "12:32", "changes": 0, "eur": 58.9},
    {"train": "IC 185", "departs": "11:29", "arrives": "14:32", "changes": 0, "eur": 49.9},
    {"train": "IC 187", "departs": "13:29", "arrives": "16:32", "changes": 0, "eur": 37.9},
]

# --- visa-desk-4 ---
_VISA_LOG = (
    "entry_rule(citizenship=RS, to=Kestria, days=12): visa required, type T, single entry, apply in person in Belgrade.\n"
    "consulate_fee(type=T, place=Belgrade): failed, ConnectTimeout after 20 s, no answer from consular register."
)
_VISA_NOTE = (
    "Serbian citizens need a type T visa for Kestria, to be applied for in person in Belgrade. The consular fee is "
    "EUR 80 a person and processing takes 10 working days."
)
_VISA_MAIL = (
    "Dear Mr Petrović, for your group of three you need type T visas, applied for in person in Belgrade. Consular fees "
    "come to EUR 240 and our service to EUR 75, EUR 315 in all. Processing takes 10 working days, so please hand in your "
    "papers by 18 September 2026 for your departure on 5 October."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "tenancy-advice-4",
        "law",
        "openinference",
        origin="statute_search",
        why="asked for the law of Scotland, the search brought guides for England",
        given=_ASKED,
        made=_TENANT_LETTER,
        outcome="bad",
        steps=(
            llm(
                "query_writer",
                [
                    ("system", "Write one search query for the legal library, with jurisdiction."),
                    ("user", _ASKED),
                ],
                "Scotland private residential tenancy notice to leave, landlord intends to sell, notice period",
            ),
            search(
                "statute_search",
                "Scotland private residential tenancy notice to leave, landlord intends to sell, notice period",
                {"id": "guide-1a", "content": _GUIDE_SALE, "score": 0.81},
                {"id": "guide-service", "content": _GUIDE_FORM, "score": 0.74},
            ),
            llm(
                "rule_reader",
                f"Say in prose which rule governs a sale by the landlord.\n\n{_GUIDE_SALE}\n{_GUIDE_FORM}",
                _SALE_RULE,
            ),
            tool("add_months", {"date": "2026-09-04", "months": 4}, {"date": "2027-01-04"}),
            llm(
                "draft",
                f"Draft the answer.\nRule: {_SALE_RULE}\nTenancy since 1 February 2026; told on 4 September 2026; four "
                "months end on 4 January 2027; twelve months of tenancy end on 1 February 2027.",
                _TENANT_DRAFT,
            ),
            llm(
                "plain_words",
                f"Rewrite for a tenant who is worried, four sentences or so.\n\n{_TENANT_DRAFT}",
                _TENANT_LETTER,
            ),
        ),
    ),
    SpanCase(
        "witness-chain-4",
        "law",
        "misstep",
        origin="chronology",
        why="Hollis said he told Novak of the missing tie; the chronology turns teller and told round",
        given={"matter": "Ferrybank House, fall of 11 March 2026", "want": "advice on liability"},
        made=_TO_INSURER,
        steps=(
            tool("transcript", {"matter": "Ferrybank House", "date": "2026-03-20"}, _TALK),
            llm(
                "chronology",
                [
                    (
                        "system",
                        "Turn the transcript into a chronology in prose. Say who told whom what. Add nothing.",
                    ),
                    ("user", _TALK),
                ],
                _CHRONOLOGY,
            ),
            search(
                "duties",
                "duty after being told of a scaffold defect",
                {"id": "gn7", "content": _DUTY, "score": 0.88},
            ),
            llm(
                "issues",
                f"Which facts decide liability?\n\nChronology: {_CHRONOLOGY}\n\nRule: {_DUTY}",
                _ISSUES,
            ),
            llm(
                "opinion",
                f"Give an opinion with shares of liability.\n\nChronology: {_CHRONOLOGY}\n\nRule: {_DUTY}\n\n"
                f"Issues: {_ISSUES}",
                _OPINION,
            ),
            llm(
                "letter",
                f"Write three sentences to Mr Sorensen.\n\nChronology: {_CHRONOLOGY}\n\nOpinion: {_OPINION}",
                _TO_INSURER,
            ),
        ),
    ),
    SpanCase(
        "rail-planner-4",
        "travel",
        "genai",
        origin="planner",
        why="to be there by 14:00 was planned as leaving by 14:00",
        given=_RAIL,
        made="Booked: IC 187, Thursday 17 September 2026, leaving Stuttgart Hbf at 13:29 and reaching Zürich HB at 16:32, coach 6, "
        "seat 41 (window), EUR 37.90. It was the cheapest of three.",
        outcome="bad",
        told="reaching Zürich HB at 16:32",
        root="agent",
        steps=(
            llm(
                "planner",
                [
                    ("system", "You plan train journeys. Write the plan, do not search."),
                    ("user", _RAIL),
                ],
                _RAIL_PLAN,
            ),
            llm(
                "searcher",
                [("system", "Carry out step 1 of the plan."), ("user", _RAIL_PLAN)],
                call(
                    "search_trains",
                    origin="Stuttgart Hbf",
                    to="Zürich HB",
                    date="2026-09-17",
                    leave_by="14:00",
                    max_changes=1,
                    travel_class=2,
                ),
                model="gpt-4o",
            ),
            tool(
                "search_trains",
                {
                    "origin": "Stuttgart Hbf",
                    "to": "Zürich HB",
                    "date": "2026-09-17",
                    "leave_by": "14:00",
                    "max_changes": 1,
                    "travel_class": 2,
                },
                _RAIL_FOUND,
            ),
            step("cheapest", {"connections": _RAIL_FOUND}, _RAIL_FOUND[2]),
            tool(
                "reserve",
                {"train": "IC 187", "date": "2026-09-17", "seat": "window"},
                {"coach": 6, "seat": 41, "at": "window"},
            ),
            llm(
                "confirm",
                "Confirm the booking in two sentences.\n"
                + _RAIL_PLAN
                + "\nTaken: "
                + written(_RAIL_FOUND[2])
                + "\nSeat: coach 6, seat 41, window. Three connections were compared.",
                "Booked: IC 187, Thursday 17 September 2026, leaving Stuttgart Hbf at 13:29 and reaching Zürich HB at 16:32, "
                "coach 6, seat 41 (window), EUR 37.90. It was the cheapest of three.",
            ),
        ),
    ),
    SpanCase(
        "visa-desk-4",
        "travel",
        "openinference",
        origin="rules_note",
        why="the fee look-up failed, yet the note gives a fee and a processing time",
        given="Mr Petrović and two colleagues, all Serbian citizens, fly to Kestria on 5 October 2026 for 12 days. Visas, "
        "costs, deadlines, please.",
        made=_VISA_MAIL,
        steps=(
            tool(
                "entry_rule",
                {"citizenship": "RS", "to": "Kestria", "days": 12},
                {
                    "visa": "required",
                    "type": "T",
                    "entries": "single",
                    "apply": "in person, Belgrade",
                },
            ),
            tool(
                "consulate_fee",
                {"type": "T", "place": "Belgrade"},
                None,
                error=("ConnectTimeout", "no answer from consular register after 20 s"),
            ),
            agent(
                "rules_agent",
                {"task": "Note what Serbian citizens need for Kestria", "log": _VISA_LOG},
                _VISA_NOTE,
                llm(
                    "rules_note",
                    [
                        (
                            "system",
                            "Summarise what the tools found on visa, place, fee and processing time.",
                        ),
                        ("user", _VISA_LOG),
                    ],
                    _VISA_NOTE,
                ),
            ),
            tool(
                "working_days_before",
                {"date": "2026-10-05", "working_days": 10, "spare": 1},
                {"date": "2026-09-18", "weekday": "Friday"},
            ),
            step(
                "costs",
                {"persons": 3, "fee_eur": 80, "service_eur": 25},
                {"fees_eur": 240, "service_eur": 75, "sum_eur": 315},
            ),
            llm(
                "mail",
                f"Write to Mr Petrović.\nNote: {_VISA_NOTE}\nThree persons: fees EUR 240, service EUR 75, together EUR 315. "
                "Papers by Friday 18 September 2026, departure on 5 October.",
                _VISA_MAIL,
            ),
        ),
    ),
)
