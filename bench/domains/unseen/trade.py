"""Recorded runs: travel, retail, logistics, support."""

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

_WARRANTY = "La garantie couvre les défauts de fabrication pendant 24 mois. La batterie est couverte pendant 12 mois."

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
    SpanCase(
        "air-waybill-1",
        "logistics",
        "misstep",
        origin="normalise_weights",
        why="pounds were kept as kilograms without converting",
        given={"shipment": "SH-4417", "from": "ORD", "to": "FRA"},
        made=None,
        outcome="error",
        steps=(
            tool(
                "packing_list",
                {"shipment": "SH-4417"},
                {
                    "pieces": [
                        {"no": 1, "weight": 1540, "unit": "lb"},
                        {"no": 2, "weight": 1320, "unit": "lb"},
                        {"no": 3, "weight": 980, "unit": "lb"},
                    ]
                },
            ),
            step(
                "normalise_weights",
                {
                    "pieces": [
                        {"no": 1, "weight": 1540, "unit": "lb"},
                        {"no": 2, "weight": 1320, "unit": "lb"},
                        {"no": 3, "weight": 980, "unit": "lb"},
                    ],
                    "target_unit": "kg",
                },
                {
                    "pieces": [
                        {"no": 1, "weight_kg": 1540},
                        {"no": 2, "weight_kg": 1320},
                        {"no": 3, "weight_kg": 980},
                    ]
                },
            ),
            tool("sum_weight", {"weights_kg": [1540, 1320, 980]}, {"total_kg": 3840}),
            llm(
                "describe_goods",
                "Describe for the waybill: 3 pieces, 3840 kg, machine parts, not dangerous.",
                "3 pieces machine parts, 3,840 kg gross, not restricted.",
            ),
            tool(
                "rate",
                {"from": "ORD", "to": "FRA", "kg": 3840},
                {"per_kg": 2.85, "amount": 10944.0, "currency": "USD"},
            ),
            tool(
                "book_space",
                {"flight": "LH8163", "kg": 3840, "pieces": 3},
                None,
                error=("CapacityExceeded", "3840 kg exceed the 2500 kg that are free on LH8163"),
            ),
        ),
    ),
    SpanCase(
        "price-label-1",
        "retail",
        "misstep",
        origin="get_price",
        why="it returned the price of last month from the cache although the valid one is from 1 June",
        given={"sku": "KB-2207", "store": 17, "date": "2026-06-03"},
        made="Wasserkocher 1,7 l – 34,99 € (Grundpreis 20,58 €/l), gültig ab 01.05.2026",
        outcome="bad",
        told="34,99 €",
        steps=(
            tool(
                "product",
                {"sku": "KB-2207"},
                {"title": "Wasserkocher 1,7 l", "litres": 1.7, "brand": "Arvenia"},
            ),
            tool(
                "get_price",
                {"sku": "KB-2207", "store": 17, "date": "2026-06-03"},
                {
                    "price": 34.99,
                    "currency": "EUR",
                    "valid_from": "2026-05-01",
                    "valid_to": "2026-05-31",
                    "cache": "hit",
                },
            ),
            tool("unit_price", {"price": 34.99, "litres": 1.7}, {"per_litre": 20.58}),
            step(
                "label_text",
                {
                    "title": "Wasserkocher 1,7 l",
                    "price": 34.99,
                    "per_litre": 20.58,
                    "valid_from": "2026-05-01",
                },
                "Wasserkocher 1,7 l – 34,99 € (Grundpreis 20,58 €/l), gültig ab 01.05.2026",
                llm(
                    "label_text-call",
                    "Etikett auf Deutsch: Wasserkocher 1,7 l, 34.99 EUR, 20.58 EUR je Liter, gültig ab 2026-05-01",
                    "Wasserkocher 1,7 l – 34,99 € (Grundpreis 20,58 €/l), gültig ab 01.05.2026",
                ),
            ),
            tool(
                "printer",
                {
                    "text": "Wasserkocher 1,7 l – 34,99 € (Grundpreis 20,58 €/l), gültig ab 01.05.2026",
                    "copies": 1,
                },
                {"printed": 1},
            ),
        ),
    ),
    SpanCase(
        "seat-plan-1",
        "travel",
        "genai",
        origin="input",
        why="the request itself says 9 June although the group's tour is on 19 June; nothing in the run changed it",
        given="Reserve 14 seats on the coach from Kraków to Zakopane on 9 June 2026 at 07:30 for the Wiśniewski group.",
        made="Reserved: coach Kraków → Zakopane, 9 June 2026, 07:30, 14 seats for the Wiśniewski group (booking ZK-7045).",
        outcome="bad",
        told="9 June 2026",
        root="agent",
        steps=(
            llm(
                "read",
                "Reserve 14 seats on the coach from Kraków to Zakopane on 9 June 2026 at 07:30 for the Wiśniewski group.",
                [call("timetable", line="Kraków-Zakopane", date="2026-06-09")],
            ),
            tool(
                "timetable",
                {"line": "Kraków-Zakopane", "date": "2026-06-09"},
                {"departures": ["07:30", "09:10", "12:45"], "free_at_0730": 31},
            ),
            llm(
                "book_call",
                [
                    (
                        "user",
                        "Reserve 14 seats on the coach from Kraków to Zakopane on 9 June 2026 at 07:30 for the Wiśniewski group.",
                    ),
                    ("tool", {"departures": ["07:30", "09:10", "12:45"], "free_at_0730": 31}),
                ],
                [
                    call(
                        "reserve",
                        line="Kraków-Zakopane",
                        date="2026-06-09",
                        time="07:30",
                        seats=14,
                        name="Wiśniewski",
                    )
                ],
            ),
            tool(
                "reserve",
                {
                    "line": "Kraków-Zakopane",
                    "date": "2026-06-09",
                    "time": "07:30",
                    "seats": 14,
                    "name": "Wiśniewski",
                },
                {"booking": "ZK-7045", "ok": True},
            ),
            llm(
                "answer",
                [
                    (
                        "user",
                        "Reserve 14 seats on the coach from Kraków to Zakopane on 9 June 2026 at 07:30 for the Wiśniewski group.",
                    ),
                    ("tool", {"booking": "ZK-7045", "ok": True}),
                ],
                "Reserved: coach Kraków → Zakopane, 9 June 2026, 07:30, 14 seats for the Wiśniewski group (booking ZK-7045).",
            ),
        ),
    ),
    SpanCase(
        "itinerary-1",
        "travel",
        "misstep",
        origin=None,
        why="times were moved between zones, miles to kilometres, city names translated; the first train call failed and was tried again",
        given={"von": "Köln", "nach": "München", "tag": "2026-08-14", "sprache": "en"},
        made="Cologne → Munich on 14 August 2026: depart 08:21, arrive 12:58 (4 h 37 min, about 575 km), €69.90. Your call with Denver at 15:30 in Munich is 07:30 local time there.",
        steps=(
            tool(
                "train",
                {"von": "Köln", "nach": "München", "tag": "2026-08-14"},
                None,
                error=("ConnectionError", "connection reset by peer"),
            ),
            tool(
                "train_again",
                {"von": "Köln", "nach": "München", "tag": "2026-08-14"},
                {"ab": "08:21", "an": "12:58", "preis": 69.9, "waehrung": "EUR"},
                shown="train",
            ),
            tool("distance", {"from": "Köln", "to": "München"}, {"miles": 357.3}),
            tool("to_km", {"miles": 357.3}, {"km": 575.0}),
            tool(
                "convert_time",
                {
                    "time": "15:30",
                    "from": "Europe/Berlin",
                    "to": "America/Denver",
                    "date": "2026-08-14",
                },
                {"time": "07:30"},
            ),
            step(
                "describe",
                {
                    "ab": "08:21",
                    "an": "12:58",
                    "preis": 69.9,
                    "km": 575.0,
                    "call": {"munich": "15:30", "denver": "07:30"},
                    "von": "Köln",
                    "nach": "München",
                    "sprache": "en",
                },
                "Cologne → Munich on 14 August 2026: depart 08:21, arrive 12:58 (4 h 37 min, about 575 km), €69.90. Your call with Denver at 15:30 in Munich is 07:30 local time there.",
                llm(
                    "describe-call",
                    [
                        ("system", "Answer in English."),
                        (
                            "user",
                            "Köln → München 2026-08-14, ab 08:21 an 12:58, 575.0 km, 69.9 EUR; call 15:30 Munich = 07:30 Denver",
                        ),
                    ],
                    "Cologne → Munich on 14 August 2026: depart 08:21, arrive 12:58 (4 h 37 min, about 575 km), €69.90. Your call with Denver at 15:30 in Munich is 07:30 local time there.",
                ),
            ),
        ),
    ),
    SpanCase(
        "warranty-chat-1",
        "support",
        "openinference",
        origin=None,
        why="the cache answered the second search, the first model was down and another gave the same answer",
        given={
            "question": "¿Mi batería de marzo de 2025 sigue en garantía?",
            "today": "2026-02-10",
            "language": "es",
        },
        made="Sí: la batería está cubierta durante 12 meses desde la compra de marzo de 2025, es decir, hasta marzo de 2026.",
        steps=(
            search(
                "kb",
                {"query": "garantie batterie", "lang": "fr"},
                {"id": "kb-9", "content": _WARRANTY, "score": 0.92, "metadata": {"lang": "fr"}},
            ),
            tool("cache_put", {"key": "garantie batterie"}, {"stored": True}),
            search(
                "kb_cached",
                {"query": "garantie batterie", "lang": "fr"},
                {"id": "kb-9", "content": _WARRANTY, "score": 0.92, "metadata": {"lang": "fr"}},
                shown="kb",
                extra={"cache.hit": True},
            ),
            llm(
                "answer_first",
                [
                    ("system", "Responde en español."),
                    (
                        "user",
                        _WARRANTY + " Compra: marzo de 2025. Hoy: 2026-02-10. ¿Sigue en garantía?",
                    ),
                ],
                None,
                error=("APITimeoutError", "Request timed out."),
                shown="answer",
            ),
            llm(
                "answer",
                [
                    ("system", "Responde en español."),
                    (
                        "user",
                        _WARRANTY + " Compra: marzo de 2025. Hoy: 2026-02-10. ¿Sigue en garantía?",
                    ),
                ],
                "Sí: la batería está cubierta durante 12 meses desde la compra de marzo de 2025, es decir, hasta marzo de 2026.",
                model="claude-haiku-4-5",
                shown="answer",
            ),
            step(
                "guard",
                {
                    "text": "Sí: la batería está cubierta durante 12 meses desde la compra de marzo de 2025, es decir, hasta marzo de 2026."
                },
                {
                    "ok": True,
                    "text": "Sí: la batería está cubierta durante 12 meses desde la compra de marzo de 2025, es decir, hasta marzo de 2026.",
                },
            ),
        ),
    ),
    SpanCase(
        "restock-1",
        "logistics",
        "genai",
        origin=None,
        why="quantities were rounded up to whole pallets and priced, all correct",
        given="How many pallets of AQ-500 do we need for 10 days, and what do they cost?",
        made="You need 4 pallets of AQ-500 (2,016 bottles) for 10 days; at €0.38 a bottle that is €766.08.",
        root="none",
        steps=(
            tool("daily_sales", {"sku": "AQ-500"}, {"average_per_day": 187.4, "window_days": 28}),
            tool("need", {"average_per_day": 187.4, "days": 10}, {"bottles": 1874}),
            tool(
                "pallet",
                {"sku": "AQ-500"},
                {"bottles_per_pallet": 504, "price_per_bottle": 0.38, "currency": "EUR"},
            ),
            tool("round_up", {"bottles": 1874, "per_pallet": 504}, {"pallets": 4, "bottles": 2016}),
            tool("cost", {"bottles": 2016, "price": 0.38}, {"eur": 766.08}),
            llm(
                "answer",
                [
                    (
                        "user",
                        "How many pallets of AQ-500 do we need for 10 days, and what do they cost?",
                    ),
                    ("tool", {"pallets": 4, "bottles": 2016}),
                    ("tool", {"eur": 766.08, "price": 0.38}),
                ],
                "You need 4 pallets of AQ-500 (2,016 bottles) for 10 days; at €0.38 a bottle that is €766.08.",
            ),
        ),
    ),
)
