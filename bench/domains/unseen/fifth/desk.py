"""A fifth set of the plain kind: one planted fault a run, of law, travel, support and code."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, call, llm, search, step, tool, written

_LEASE = (
    "Lease of Unit 6, Harbour Yard, Bristol, dated 4 December 2021, between Pellow Estates Ltd (Landlord) and Thornbury "
    "Cycles Ltd (Tenant). 8.1 The Tenant may determine this Lease on 07/12/2026 (the Break Date) by giving the Landlord "
    "not less than three months' prior written notice. 8.2 The notice shall have no effect if rent is in arrears on the "
    "Break Date."
)
_AUNT = (
    "Hello, I need a room in Ghent for my aunt Godelieve, three nights from Friday 16 October 2026, breakfast included, "
    "up to EUR 130 a night. She uses a wheelchair, so it has to be step-free from the street to the room. Thank you!"
)
_HOTEL_TOOL = {
    "name": "search_hotels",
    "description": "Hotels with free rooms. Only hotels that meet every filter given are returned.",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "check_in": {"type": "string"},
            "nights": {"type": "integer"},
            "max_price_eur": {"type": "number"},
            "breakfast": {"type": "boolean"},
            "step_free": {"type": "boolean"},
        },
        "required": ["city", "check_in", "nights"],
    },
}
_GHENT = [
    {"hotel": "Huis Lieve", "price_eur": 112, "breakfast": True, "stars": 3},
    {"hotel": "Hotel Sint-Amand", "price_eur": 124, "breakfast": True, "stars": 3},
    {"hotel": "Portus", "price_eur": 129, "breakfast": True, "stars": 4},
]
_HELD = {
    "hold": "GH-7741",
    "hotel": "Huis Lieve",
    "room": "double, second floor, stairs only",
    "total_eur": 336,
    "until": "2026-09-25 18:00",
}
_ISLAY_ASK = (
    "Glasgow to Port Ellen on Friday 9 October 2026 without a car, and a room for one night please."
)
_ISLAY = {
    "coach": {
        "from": "Glasgow Buchanan",
        "departs": "09:00",
        "arrives": "12:32",
        "at": "Kennacraig",
    },
    "ferry": {"error": "timetable service did not answer within 8 s"},
    "room": {"inn": "Harbour View Inn", "price_gbp": 96},
}
_TICKET = (
    "My espresso machine Corvo 3 no longer builds up pressure; your technician on the phone said the pump is gone. I bought it "
    "on 14 February 2026 in your shop in Graz (receipt 5520-118), it has the 24-month guarantee. What happens now? Petra Sommer"
)
_DIFF = (
    "--- a/export/pages.py\n"
    "+++ b/export/pages.py\n"
    "@@ -11,8 +11,8 @@\n"
    " def collect(client, query):\n"
    "     rows = []\n"
    "-    page = 1\n"
    "-    last = client.page_count(query)\n"
    "-    while page <= last:\n"
    "-        rows.extend(client.fetch(query, page))\n"
    "-        page += 1\n"
    "+    number = 1\n"
    "+    total = client.page_count(query)\n"
    "+    while number < total:\n"
    "+        rows.extend(client.fetch(query, number))\n"
    "+        number += 1\n"
    "     return rows\n"
)
_REVIEW_ASK = (
    (
        "system",
        "Review the diff. Pages of the client are numbered from 1 to page_count. Answer as JSON: verdict, behaviour_change, comment.",
    ),
    ("user", "Title: clearer names in the exporter\n\n" + _DIFF),
)
_APPROVED = {
    "verdict": "approve",
    "behaviour_change": False,
    "comment": "Only names changed. Every page from 1 to total is still fetched.",
}
_SETTINGS = {
    "service": "ledger-api",
    "upstream": "10.4.2.18:8443",
    "request_timeout_ms": 4500,
    "max_connections": 80,
    "schema": 2,
}
_YAML = (
    "service: ledger-api\nupstream: 10.4.2.18:8443\ntimeout_ms: 0\npool:\n  max_connections: 80\n"
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "lease-break-5",
        "law",
        "genai",
        origin="parse_date",
        why="07/12/2026 in an English lease is 7 December, the tool made it 12 July",
        given="Thornbury Cycles: until when must the break notice be served? Today is 20 August 2026.",
        made="The break notice had to reach Pellow Estates Ltd by 12 April 2026, three months before the Break Date of 12 July 2026. That was 130 days ago; the break right under clause 8.1 can no longer be exercised.",
        outcome="bad",
        told="by 12 April 2026",
        steps=(
            search(
                "leases",
                "Thornbury Cycles lease break clause",
                {"id": "lease-0612", "content": _LEASE, "score": 0.9},
            ),
            llm(
                "read_clause",
                "Give the break date as it is written, the notice period in months and the place, as JSON.\n\n"
                + _LEASE,
                written(
                    {"break_date": "07/12/2026", "notice_months": 3, "place": "Bristol, England"}
                ),
            ),
            tool(
                "parse_date",
                {"text": "07/12/2026", "locale": "en-GB"},
                {"iso": "2026-07-12"},
            ),
            step(
                "latest_notice",
                {"break_date": "2026-07-12", "months_before": 3},
                {"latest": "2026-04-12"},
            ),
            step(
                "days_left",
                {"today": "2026-08-20", "latest": "2026-04-12"},
                {"days_left": -130},
            ),
            llm(
                "advise",
                "Advise the tenant in two sentences. Landlord Pellow Estates Ltd, break date 2026-07-12, notice three months, clause 8.1, "
                "latest day 2026-04-12, days left -130.",
                "The break notice had to reach Pellow Estates Ltd by 12 April 2026, three months before the Break Date of 12 July 2026. That was 130 days ago; the break right under clause 8.1 can no longer be exercised.",
            ),
        ),
    ),
    SpanCase(
        "room-in-ghent-5",
        "travel",
        "genai",
        origin="plan_search",
        why="the search was asked without step_free, though the aunt uses a wheelchair",
        given=_AUNT,
        made="I have held a double room with breakfast at Huis Lieve in Ghent for three nights from 16 October 2026, EUR 336 in all (EUR 112 a night). The hold GH-7741 is kept until 25 September, 18:00.",
        outcome="bad",
        told="Huis Lieve",
        root="agent",
        steps=(
            llm(
                "plan_search",
                [
                    ("system", "You are a booking assistant. Use the tools."),
                    ("user", _AUNT),
                ],
                call(
                    "search_hotels",
                    city="Ghent",
                    check_in="2026-10-16",
                    nights=3,
                    max_price_eur=130,
                    breakfast=True,
                ),
                tools=(_HOTEL_TOOL,),
            ),
            tool(
                "search_hotels",
                {
                    "city": "Ghent",
                    "check_in": "2026-10-16",
                    "nights": 3,
                    "max_price_eur": 130,
                    "breakfast": True,
                },
                _GHENT,
            ),
            step("cheapest", {"hotels": _GHENT}, {"hotel": "Huis Lieve", "price_eur": 112}),
            tool(
                "hold_room",
                {"hotel": "Huis Lieve", "check_in": "2026-10-16", "nights": 3},
                _HELD,
            ),
            llm(
                "confirm",
                "Confirm this hold to the customer in two sentences: Ghent, three nights from 16 October 2026, breakfast. "
                + written({k: v for k, v in _HELD.items() if k != "room"}),
                "I have held a double room with breakfast at Huis Lieve in Ghent for three nights from 16 October 2026, EUR 336 in all (EUR 112 a night). The hold GH-7741 is kept until 25 September, 18:00.",
            ),
        ),
    ),
    SpanCase(
        "island-trip-5",
        "travel",
        "openinference",
        origin="write_plan",
        why="the timetable timed out; the times of the ferry are made up",
        given=_ISLAY_ASK,
        made="Friday 9 October 2026: coach from Glasgow Buchanan at 09:00, Kennacraig 12:32. Ferry at 13:00, arriving in Port Ellen at 15:20. One night at the Harbour View Inn, GBP 96.",
        outcome="bad",
        told="Ferry at 13:00, arriving in Port Ellen at 15:20.",
        root="agent",
        steps=(
            llm(
                "choose_tools",
                _ISLAY_ASK,
                [
                    call("coach_times", origin="Glasgow", to="Kennacraig", day="2026-10-09"),
                    call("ferry_times", origin="Kennacraig", to="Port Ellen", day="2026-10-09"),
                    call("rooms", place="Port Ellen", night="2026-10-09"),
                ],
            ),
            tool(
                "coach_times",
                {"origin": "Glasgow", "to": "Kennacraig", "day": "2026-10-09"},
                {"from": "Glasgow Buchanan", "departs": "09:00", "arrives": "12:32"},
            ),
            tool(
                "ferry_times",
                {"origin": "Kennacraig", "to": "Port Ellen", "day": "2026-10-09"},
                None,
                error=("TimeoutError", "timetable service did not answer within 8 s"),
            ),
            tool(
                "rooms",
                {"place": "Port Ellen", "night": "2026-10-09"},
                [{"inn": "Harbour View Inn", "price_gbp": 96, "free": 2}],
            ),
            step("collect", {"parts": ["coach", "ferry", "room"]}, _ISLAY),
            llm(
                "write_plan",
                "Write the traveller's plan for Friday 9 October 2026 from these results: "
                + written(_ISLAY),
                "Friday 9 October 2026: coach from Glasgow Buchanan at 09:00, Kennacraig 12:32. Ferry at 13:00, arriving in Port Ellen at 15:20. One night at the Harbour View Inn, GBP 96.",
            ),
        ),
    ),
    SpanCase(
        "lamp-refund-5",
        "support",
        "misstep",
        origin="record_refund",
        why="the payment service refused the refund (card expired) and the step noted it as completed",
        given="I sent the floor lamp back two weeks ago, order L-30418. When do I get my money? Sigrid Haugland",
        made="Dear Ms Haugland, your return has arrived and we have refunded EUR 64.90 to your card ending in 4471. The amount will show on your statement within five working days.",
        steps=(
            llm(
                "intent",
                "Intent and order number as JSON: I sent the floor lamp back two weeks ago, order L-30418. When do I get my money? Sigrid Haugland",
                written({"intent": "refund_status", "order": "L-30418", "name": "Sigrid Haugland"}),
            ),
            tool(
                "order",
                {"order": "L-30418"},
                {
                    "order": "L-30418",
                    "item": "Floor lamp Arvika",
                    "paid_eur": 64.9,
                    "card": "4471",
                    "return_received": "2026-09-10",
                    "refunded": False,
                },
            ),
            tool(
                "psp_refund",
                {"order": "L-30418", "amount_eur": 64.9},
                {"refund_id": None, "result": "REFUSED", "reason": "card_expired"},
            ),
            step(
                "record_refund",
                {
                    "order": "L-30418",
                    "amount_eur": 64.9,
                    "psp": {"refund_id": None, "result": "REFUSED", "reason": "card_expired"},
                },
                {"order": "L-30418", "refund": "completed", "amount_eur": 64.9},
            ),
            tool(
                "close_ticket",
                {"ticket": "T-8812", "note": "refund completed, EUR 64.90"},
                {"ticket": "T-8812", "state": "closed"},
            ),
            llm(
                "mail",
                "Write to Sigrid Haugland. Return received, refund completed, EUR 64.90, card ending in 4471. Credits show within five working days.",
                "Dear Ms Haugland, your return has arrived and we have refunded EUR 64.90 to your card ending in 4471. The amount will show on your statement within five working days.",
            ),
        ),
    ),
    SpanCase(
        "espresso-guarantee-5",
        "support",
        "openinference",
        origin="route",
        why="in guarantee and a defect of the machine, yet sent down the branch for paid repairs",
        given=_TICKET,
        made="Dear Ms Sommer, we will gladly replace the pump of your Corvo 3. The repair costs EUR 89.00 including parts and labour; once you accept the quote Q-2207 we will send you a shipping label.",
        outcome="bad",
        told="The repair costs EUR 89.00 including parts and labour",
        steps=(
            llm(
                "facts",
                [
                    ("system", "Give product, bought, guarantee_months, defect as JSON."),
                    ("user", _TICKET),
                ],
                written(
                    {
                        "product": "Corvo 3",
                        "bought": "2026-02-14",
                        "guarantee_months": 24,
                        "defect": "pump",
                    }
                ),
            ),
            tool(
                "guarantee",
                {"receipt": "5520-118", "on": "2026-09-22"},
                {
                    "in_guarantee": True,
                    "ends": "2028-02-14",
                    "covers": ["pump", "boiler", "electronics"],
                },
            ),
            step(
                "route",
                {
                    "in_guarantee": True,
                    "part": "pump",
                    "covers": ["pump", "boiler", "electronics"],
                    "branches": {
                        "free_repair": "in guarantee and part covered",
                        "paid_repair": "all else",
                    },
                },
                {"branch": "paid_repair"},
            ),
            tool(
                "repair_quote",
                {"product": "Corvo 3", "part": "pump"},
                {"quote": "Q-2207", "parts_eur": 37.0, "labour_eur": 52.0, "total_eur": 89.0},
            ),
            llm(
                "answer",
                "Answer Petra Sommer. Branch: paid_repair. Corvo 3, pump. Quote Q-2207: EUR 89.00 (parts 37.00, labour 52.00). "
                "A shipping label is sent once the quote is accepted.",
                "Dear Ms Sommer, we will gladly replace the pump of your Corvo 3. The repair costs EUR 89.00 including parts and labour; once you accept the quote Q-2207 we will send you a shipping label.",
            ),
        ),
    ),
    SpanCase(
        "exporter-review-5",
        "code",
        "misstep",
        origin="review_again",
        why="the smaller model did not see that `<` instead of `<=` leaves out the last page",
        given={"repository": "ledger-tools", "pull": 318},
        made="Pull request 318 is merged as 9c41e7d. Only names changed in export/pages.py; the export fetches the same pages as before, so no entry in the release notes is needed.",
        root="agent",
        steps=(
            tool("fetch_diff", {"repository": "ledger-tools", "pull": 318}, _DIFF),
            agent(
                "reviewer",
                {"pull": 318},
                _APPROVED,
                llm(
                    "review",
                    _REVIEW_ASK,
                    None,
                    model="gpt-4.1",
                    error=("ServiceUnavailable", "503: model gpt-4.1 is overloaded"),
                ),
                llm("review_again", _REVIEW_ASK, written(_APPROVED), model="gpt-4.1-nano"),
            ),
            tool(
                "ci_status",
                {"pull": 318},
                {"lint": "passed", "types": "passed", "tests": "none touch export/"},
            ),
            step(
                "gate",
                {"verdict": "approve", "lint": "passed", "types": "passed"},
                {"merge": True},
            ),
            tool("merge", {"pull": 318}, {"merged": True, "commit": "9c41e7d"}),
            llm(
                "note",
                "Tell the team in two sentences. Pull 318 merged as 9c41e7d, file export/pages.py. Review: "
                + written(_APPROVED),
                "Pull request 318 is merged as 9c41e7d. Only names changed in export/pages.py; the export fetches the same pages as before, so no entry in the release notes is needed.",
            ),
        ),
    ),
    SpanCase(
        "gateway-rollout-5",
        "code",
        "misstep",
        origin="map_settings",
        why="the registry calls the field request_timeout_ms now; the step looks for timeout_ms and puts 0",
        given={"service": "ledger-api", "environment": "staging"},
        made=None,
        outcome="error",
        steps=(
            tool("registry", {"service": "ledger-api", "environment": "staging"}, _SETTINGS),
            step(
                "map_settings",
                _SETTINGS,
                {
                    "service": "ledger-api",
                    "upstream": "10.4.2.18:8443",
                    "timeout_ms": 0,
                    "pool": {"max_connections": 80},
                },
            ),
            llm(
                "render",
                "Render these gateway settings as YAML, nothing else. "
                + written(
                    {
                        "service": "ledger-api",
                        "upstream": "10.4.2.18:8443",
                        "timeout_ms": 0,
                        "pool": {"max_connections": 80},
                    }
                ),
                _YAML,
            ),
            step("lint", {"yaml": _YAML}, {"valid": True, "keys": 4}),
            tool("apply", {"environment": "staging", "yaml": _YAML}, {"revision": 57, "pods": 3}),
            tool(
                "smoke_test",
                {"url": "https://gateway.staging.example/ledger-api/health", "revision": 57},
                None,
                error=("GatewayTimeout", "504: upstream 10.4.2.18:8443 gave no answer within 0 ms"),
            ),
        ),
    ),
)
