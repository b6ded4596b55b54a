"""Recorded runs: travel, retail, support."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool

_TOOLS = (
    {
        "name": "search_hotels",
        "description": "Hotels with free rooms",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "check_in": {"type": "string"},
                "check_out": {"type": "string"},
                "guests": {"type": "integer"},
            },
            "required": ["city", "check_in", "check_out"],
        },
    },
)
_ASK = "Book a hotel in Bologna for two people, arriving 21 July 2026 and leaving 24 July, at most 140 euros a night."
_ORDER_MAIL = (
    "Bonjour, je voudrais commander pour notre cantine :\n- 24 assiettes creuses réf. AC-240\n"
    "- 24 verres réf. VR-118\n- 12 carafes 1 L réf. CF-301\n- 6 plateaux réf. PL-077\n"
    "Livraison avant le 15 septembre, merci. Cordialement, Mme Bensaïd, Lycée Jean-Moulin"
)
_SALES = [
    {"store": "Malmö", "orders": 412, "revenue_sek": 518300},
    {"store": "Lund", "orders": 187, "revenue_sek": 203940},
    {"store": "Helsingborg", "orders": 295, "revenue_sek": 350115},
]
_TICKET = (
    "Hi, since the update last night the app logs me out every few minutes and I have to enter the code from my "
    "phone again. I pay for the Team plan (12 seats). Could someone look at this today? Our payroll closes at 18:00. – Gareth"
)

CASES = (
    SpanCase(
        "hotel-agent-1",
        "travel",
        "genai",
        origin="choose_call",
        why="asked for 21 July the tool was called with 12 July",
        given=_ASK,
        made="Booked: Hotel Porta San Mamolo, Bologna, 12–15 July 2026, 2 guests, €129 a night. Reference HB-66102.",
        outcome="bad",
        told="12–15 July 2026",
        root="agent",
        steps=(
            llm(
                "choose_call",
                [("system", "You book hotels with the tools you have."), ("user", _ASK)],
                [
                    call(
                        "search_hotels",
                        city="Bologna",
                        check_in="2026-07-12",
                        check_out="2026-07-15",
                        guests=2,
                    )
                ],
                tools=_TOOLS,
                model="gpt-4.1-mini",
            ),
            tool(
                "search_hotels",
                {
                    "city": "Bologna",
                    "check_in": "2026-07-12",
                    "check_out": "2026-07-15",
                    "guests": 2,
                },
                [
                    {
                        "name": "Hotel Porta San Mamolo",
                        "price": 129,
                        "currency": "EUR",
                        "id": "h-31",
                    },
                    {
                        "name": "Art Hotel Commercianti",
                        "price": 171,
                        "currency": "EUR",
                        "id": "h-08",
                    },
                ],
            ),
            llm(
                "pick",
                [
                    ("user", _ASK),
                    (
                        "assistant",
                        call(
                            "search_hotels",
                            city="Bologna",
                            check_in="2026-07-12",
                            check_out="2026-07-15",
                            guests=2,
                        ),
                    ),
                    (
                        "tool",
                        [
                            {
                                "name": "Hotel Porta San Mamolo",
                                "price": 129,
                                "currency": "EUR",
                                "id": "h-31",
                            },
                            {
                                "name": "Art Hotel Commercianti",
                                "price": 171,
                                "currency": "EUR",
                                "id": "h-08",
                            },
                        ],
                    ),
                ],
                [
                    call(
                        "book",
                        hotel_id="h-31",
                        check_in="2026-07-12",
                        check_out="2026-07-15",
                        guests=2,
                    )
                ],
                model="gpt-4.1-mini",
            ),
            tool(
                "book",
                {
                    "hotel_id": "h-31",
                    "check_in": "2026-07-12",
                    "check_out": "2026-07-15",
                    "guests": 2,
                },
                {"reference": "HB-66102", "status": "confirmed", "hotel": "Hotel Porta San Mamolo"},
            ),
            llm(
                "confirm",
                [
                    ("user", _ASK),
                    (
                        "assistant",
                        call(
                            "book",
                            hotel_id="h-31",
                            check_in="2026-07-12",
                            check_out="2026-07-15",
                            guests=2,
                        ),
                    ),
                    (
                        "tool",
                        {
                            "reference": "HB-66102",
                            "status": "confirmed",
                            "hotel": "Hotel Porta San Mamolo",
                            "price": 129,
                        },
                    ),
                ],
                "Booked: Hotel Porta San Mamolo, Bologna, 12–15 July 2026, 2 guests, €129 a night. Reference HB-66102.",
                model="gpt-4.1-mini",
            ),
        ),
    ),
    SpanCase(
        "flight-options-1",
        "travel",
        "openinference",
        origin="resolve_airport",
        why="San José in Costa Rica (SJO) was resolved to San Jose in California (SJC)",
        given={
            "request": "Flights from Madrid to San José, Costa Rica, on 3 November 2026, one adult"
        },
        made="Cheapest: Iberia via Los Angeles, MAD–SJC, departing 11:40, €742, one stop.",
        outcome="bad",
        steps=(
            llm(
                "parse_request",
                "Extract origin, destination, date, adults: Flights from Madrid to San José, Costa Rica, on 3 November 2026, one adult",
                '{"origin": "Madrid", "destination": "San José, Costa Rica", "date": "2026-11-03", "adults": 1}',
                shown="parse_request",
            ),
            tool(
                "resolve_airport",
                {"origin": "Madrid", "destination": "San José, Costa Rica"},
                {
                    "origin": {"iata": "MAD", "city": "Madrid", "country": "ES"},
                    "destination": {"iata": "SJC", "city": "San Jose", "country": "US"},
                },
            ),
            tool(
                "flight_search",
                {"from": "MAD", "to": "SJC", "date": "2026-11-03", "adults": 1},
                {
                    "offers": [
                        {
                            "carrier": "Iberia",
                            "via": "LAX",
                            "departs": "11:40",
                            "price": 742,
                            "currency": "EUR",
                        },
                        {
                            "carrier": "United",
                            "via": "EWR",
                            "departs": "12:55",
                            "price": 804,
                            "currency": "EUR",
                        },
                    ]
                },
            ),
            tool(
                "sort_by_price",
                {
                    "offers": [
                        {"carrier": "Iberia", "price": 742},
                        {"carrier": "United", "price": 804},
                    ]
                },
                {"cheapest": "Iberia"},
            ),
            step(
                "present",
                {
                    "cheapest": {
                        "carrier": "Iberia",
                        "via": "LAX",
                        "departs": "11:40",
                        "price": 742,
                        "currency": "EUR",
                    },
                    "route": "MAD–SJC",
                },
                "Cheapest: Iberia via Los Angeles, MAD–SJC, departing 11:40, €742, one stop.",
                llm(
                    "present-call",
                    'Present in one line: {"carrier": "Iberia", "via": "LAX", "departs": "11:40", "price": 742, "currency": "EUR"}, route MAD–SJC',
                    "Cheapest: Iberia via Los Angeles, MAD–SJC, departing 11:40, €742, one stop.",
                ),
            ),
        ),
    ),
    SpanCase(
        "commande-1",
        "retail",
        "misstep",
        origin="lire_commande",
        why="the six trays PL-077 were left out of the order",
        given={"mail": _ORDER_MAIL},
        made={"commande": "B-50211", "lignes": 3, "total": 331.20, "livraison": "2026-09-11"},
        steps=(
            step(
                "lire_commande",
                {"mail": _ORDER_MAIL},
                {
                    "client": "Lycée Jean-Moulin",
                    "lignes": [
                        {"ref": "AC-240", "qte": 24},
                        {"ref": "VR-118", "qte": 24},
                        {"ref": "CF-301", "qte": 12},
                    ],
                    "avant": "2026-09-15",
                },
                llm(
                    "lire_commande-call",
                    [
                        ("system", "Extrais toutes les lignes de la commande en JSON."),
                        ("user", _ORDER_MAIL),
                    ],
                    '{"client": "Lycée Jean-Moulin", "lignes": [{"ref": "AC-240", "qte": 24}, {"ref": "VR-118", "qte": 24}, {"ref": "CF-301", "qte": 12}], "avant": "2026-09-15"}',
                ),
            ),
            tool(
                "stock",
                {"refs": ["AC-240", "VR-118", "CF-301"]},
                {"AC-240": 310, "VR-118": 96, "CF-301": 41},
            ),
            tool(
                "prix",
                {"refs": ["AC-240", "VR-118", "CF-301"]},
                {"AC-240": 5.90, "VR-118": 2.40, "CF-301": 11.00},
            ),
            tool(
                "chiffrer",
                {
                    "lignes": [
                        {"ref": "AC-240", "qte": 24, "prix": 5.90},
                        {"ref": "VR-118", "qte": 24, "prix": 2.40},
                        {"ref": "CF-301", "qte": 12, "prix": 11.00},
                    ]
                },
                {"montants": [141.60, 57.60, 132.00], "total": 331.20},
            ),
            tool("date_livraison", {"avant": "2026-09-15"}, {"livraison": "2026-09-11"}),
            step(
                "creer_commande",
                {
                    "client": "Lycée Jean-Moulin",
                    "lignes": 3,
                    "total": 331.20,
                    "livraison": "2026-09-11",
                },
                {"commande": "B-50211", "lignes": 3, "total": 331.20, "livraison": "2026-09-11"},
            ),
        ),
    ),
    SpanCase(
        "sales-digest-1",
        "retail",
        "misstep",
        origin="aggregate",
        why="the three revenues add up to 1,072,355 kr, not 1,172,355",
        given={"region": "Skåne", "week": "2026-W19"},
        made="Skåne, week 19: 894 orders, SEK 1,172,355 in revenue (average basket SEK 1,311). Malmö leads with SEK 518,300.",
        steps=(
            tool("query_sales", {"region": "Skåne", "week": "2026-W19"}, _SALES),
            step("aggregate", _SALES, {"orders": 894, "revenue_sek": 1172355, "best": "Malmö"}),
            tool("average", {"orders": 894, "revenue_sek": 1172355}, {"basket_sek": 1311}),
            llm(
                "headline",
                "Which store leads? Malmö 518300, Lund 203940, Helsingborg 350115 (SEK)",
                "Malmö leads with SEK 518,300.",
            ),
            llm(
                "digest",
                "Write one line: region Skåne, week 19, orders 894, revenue 1172355 SEK, basket 1311 SEK. Malmö leads with SEK 518,300.",
                "Skåne, week 19: 894 orders, SEK 1,172,355 in revenue (average basket SEK 1,311). Malmö leads with SEK 518,300.",
            ),
        ),
    ),
    SpanCase(
        "parcel-status-1",
        "support",
        "misstep",
        origin="fill_in",
        why="the carrier timed out, the step swallowed it and had a model make up a delivery day",
        given={"question": "Where is my parcel 00340434161094015902?", "language": "en"},
        made="Your parcel 00340434161094015902 is on its way and will be delivered on Thursday, 14 May 2026.",
        steps=(
            step(
                "classify",
                {"question": "Where is my parcel 00340434161094015902?"},
                {"intent": "tracking", "number": "00340434161094015902"},
                llm(
                    "classify-call",
                    "Intent and number as JSON: Where is my parcel 00340434161094015902?",
                    '{"intent": "tracking", "number": "00340434161094015902"}',
                ),
            ),
            tool("route", {"intent": "tracking"}, {"flow": "track"}),
            step(
                "track",
                {"number": "00340434161094015902"},
                {"state": "in transit", "eta": "2026-05-14"},
                tool(
                    "carrier_api",
                    {"number": "00340434161094015902"},
                    None,
                    error=("ReadTimeout", "no answer from the carrier after 10 s"),
                ),
                llm(
                    "fill_in",
                    "The carrier did not answer for 00340434161094015902. Return state and eta as JSON.",
                    '{"state": "in transit", "eta": "2026-05-14"}',
                ),
            ),
            tool("weekday", {"date": "2026-05-14"}, {"weekday": "Thursday"}),
            step(
                "reply",
                {
                    "number": "00340434161094015902",
                    "state": "in transit",
                    "eta": "2026-05-14",
                    "weekday": "Thursday",
                },
                "Your parcel 00340434161094015902 is on its way and will be delivered on Thursday, 14 May 2026.",
            ),
        ),
    ),
    SpanCase(
        "ticket-triage-1",
        "support",
        "openinference",
        origin="triage",
        why="a login problem of today was classified as billing, low priority",
        given={"ticket": _TICKET},
        made="Hello Gareth, thanks for writing. You can download your invoices for the Team plan under Settings → Billing. We answer billing questions within three working days.",
        outcome="bad",
        steps=(
            tool(
                "crm_lookup",
                {"sender": "Gareth"},
                {"plan": "Team", "seats": 12, "since": "2023-04"},
            ),
            llm(
                "triage",
                [
                    (
                        "system",
                        "Classify the ticket: category one of login, billing, bug, feature; priority one of low, normal, high. JSON only.",
                    ),
                    ("user", _TICKET),
                ],
                '{"category": "billing", "priority": "low"}',
                shown="triage",
                settings={"temperature": 0.7},
            ),
            tool(
                "queue_for",
                {"category": "billing", "priority": "low"},
                {"queue": "billing-emea", "sla": "3 working days"},
            ),
            search(
                "macros",
                {"query": "billing Team plan"},
                {
                    "id": "m-12",
                    "content": "Invoices can be downloaded under Settings → Billing.",
                    "score": 0.81,
                    "metadata": {"category": "billing"},
                },
                {
                    "id": "m-15",
                    "content": "Seats are charged monthly in advance.",
                    "score": 0.44,
                    "metadata": {"category": "billing"},
                },
            ),
            llm(
                "write_reply",
                [
                    ("system", "Answer politely from the macro. Mention the SLA."),
                    (
                        "user",
                        "Name Gareth, plan Team, queue billing-emea, sla 3 working days. Macro: Invoices can be downloaded under Settings → Billing.",
                    ),
                ],
                "Hello Gareth, thanks for writing. You can download your invoices for the Team plan under Settings → Billing. We answer billing questions within three working days.",
                shown="write_reply",
            ),
            step(
                "send",
                "Hello Gareth, thanks for writing. You can download your invoices for the Team plan under Settings → Billing. We answer billing questions within three working days.",
                {"sent": True, "queue": "billing-emea"},
            ),
        ),
    ),
)
