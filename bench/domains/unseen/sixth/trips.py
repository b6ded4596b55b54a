"""The sixth set, faulty runs of journeys and of texts put into another language."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool, written

_TRIP_MAIL = """\
From: Oliver Pemberton, Pemberton & Clay Ltd, 11 Fetter Lane, London EC4
Sent: Monday 13/07/2026 08:55
Subject: Bergen

Morning, could you put together our usual two seats to Bergen? Out on Thursday 06/08/2026, after ten if possible, home
on Monday 10/08/2026 in the evening. Same hotel as in the spring, one double, the two of us travel on British passports.
We shall want a taxi from the airport. Please book at once if nothing speaks against it.
Thanks, Oliver"""
_TRIP = {
    "travellers": 2,
    "passport": "GB",
    "from": "London",
    "to": "Bergen",
    "out": "2026-06-08",
    "back": "2026-10-08",
    "hotel": "as in spring",
    "taxi": True,
}
_TRIP_PLAN = """\
Plan for Mr Pemberton (2 persons)
- out: 8 June 2026, London - Bergen, after 10:00
- home: 8 October 2026 in the evening
- Hotel Bryggekanten, one double for 122 nights: NOK 176,900 (about GBP 13,201)
- a stay of more than 90 days needs a Norwegian residence permit: papers to be sent to the client
- taxi from Flesland airport, NOK 560, 25 minutes"""

_FAMILY = """\
Hi! We are two adults and two kids (6 and 9) and fly to Costa Rica with VT 418 on 12 November, landing at San José
airport. Next day we go on to the coast, so we just need one night somewhere near the airport, ideally with a pool and
breakfast, at most USD 150 for the room, all in. And how do we get from the terminal to the hotel?"""
_FLIGHT = {
    "flight": "VT 418",
    "date": "2026-11-12",
    "to": "SJO",
    "airport": "Juan Santamaría, San José, Costa Rica",
    "arrives_local": "14:40",
}
_ASKED = {
    "city": "San Jose",
    "state": "CA",
    "country": "US",
    "check_in": "2026-11-12",
    "nights": 1,
    "guests": 4,
}
_NEAR = [
    {
        "hotel": "Guadalupe Gate Inn",
        "address": "1560 N First Street, San Jose, CA",
        "usd": 118.00,
        "tax_percent": 14,
        "pool": True,
        "breakfast": True,
        "shuttle": "every 20 min from SJC, terminal B",
    },
    {
        "hotel": "Alviso Suites",
        "address": "88 Gold Street, San Jose, CA",
        "usd": 139.00,
        "tax_percent": 14,
        "pool": True,
        "breakfast": False,
        "shuttle": None,
    },
    {
        "hotel": "Trimble Court",
        "address": "2300 Trimble Road, San Jose, CA",
        "usd": 102.00,
        "tax_percent": 14,
        "pool": False,
        "breakfast": True,
        "shuttle": "on call",
    },
]
_FAMILY_PLAN = """\
Your night on the way to the coast, 12-13 November 2026

- You land with VT 418 at 14:40.
- Hotel: Guadalupe Gate Inn, 1560 N First Street, San Jose. Room for four, pool, breakfast included.
- Price: USD 118.00 plus 14 % tax = USD 134.52, within your 150.
- Transfer: free shuttle every 20 minutes from terminal B, about ten minutes' drive.
The room is held under reference GGI-20417; you can cancel without charge until 10 November. Enjoy Costa Rica!"""

_BETRIEBSAUSFLUG = """\
Liebe Kolleginnen und Kollegen,

am Samstag, dem 10. Oktober 2026, findet unser Betriebsausflug nach Monschau statt.
Treffpunkt ist um halb acht am Werktor Nord; der Bus fährt eine Viertelstunde später ab und wartet nicht.
Für das Frühstück im Bus ist gesorgt. Die Führung durch die Senfmühle dauert anderthalb Stunden, danach essen wir
gemeinsam zu Mittag. Wer kein Fleisch isst, gibt bitte bis zum 25. September im Personalbüro Bescheid.
Gegen sieben Uhr abends sind wir wieder am Werk. Bitte an festes Schuhwerk denken.

Eure Betriebsratsvorsitzende Heike Lammertz"""
_OUTING = """\
Dear colleagues,

our works outing to Monschau will take place on Saturday, 10 October 2026.
We meet at half past eight at the North Gate; the bus leaves a quarter of an hour later and will not wait.
Breakfast will be served on the bus. The tour of the mustard mill takes an hour and a half, after which we have lunch
together. If you do not eat meat, please let the HR office know by 25 September.
We shall be back at the plant at about seven in the evening. Please remember to wear sturdy shoes.

Heike Lammertz, chair of the works council"""
_GLOSSARY = (
    {"id": "g-12", "content": "Werktor Nord = North Gate"},
    {"id": "g-31", "content": "Betriebsausflug = works outing; Betriebsrat = works council"},
    {"id": "g-40", "content": "Personalbüro = HR office"},
)
_DATES = [
    {"what": "meet at North Gate", "at": "2026-10-10T08:30"},
    {"what": "bus leaves", "at": "2026-10-10T08:45"},
    {"what": "back at the plant, about", "at": "2026-10-10T19:00"},
    {"what": "tell HR office about meatless meals", "at": "2026-09-25"},
]
_INVITE = """\
Works outing to Monschau, Saturday 10 October
08:30 meet at North Gate - 08:45 bus leaves (it will not wait!) - back about 19:00
Breakfast on the bus, mustard mill tour (90 min), lunch together.
No meat for you? Tell the HR office by 25 September. Wear sturdy shoes."""

_NOTICE = [
    "Lisez cette notice avant la première utilisation.",
    "La pompe ne doit être branchée qu'à une prise munie d'un disjoncteur de 30 mA.",
    "Le chargeur fourni est le seul prévu ; n'en utilisez pas d'autre.",
    "N'ouvrez le filtre qu'après avoir débranché l'appareil.",
    "Température de l'eau : 35 °C au plus.",
    "Rangez l'appareil à l'abri du gel pendant l'hiver.",
]
_MANUAL = [
    "Read these instructions before first use.",
    "The pump must not be connected to a socket fitted with a 30 mA circuit breaker.",
    "The charger supplied is the only one intended; do not use any other.",
    "Open the filter only after unplugging the appliance.",
    "Water temperature: 35 °C at most.",
    "Keep the appliance free from frost in winter.",
]
_QUICK = """\
QUICK GUIDE - Aqualys P30 pond pump

Before you start
* Read the instructions.
* Check your socket: if it has a 30 mA circuit breaker, do not plug the pump in. Use a socket without one.
* Use the supplied charger and nothing else.

In use
* Water no warmer than 35 °C.
* Unplug first, then open the filter.
* In winter store it where there is no frost."""

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "bergen-booking-6",
        "travel",
        "genai",
        origin="read_mail",
        why="the London client's 06/08 and 10/08 were read month first: June and October for August",
        given=_TRIP_MAIL,
        made="No booking was made for Mr Pemberton: departure 2026-06-08 lies before today, 2026-07-13.",
        outcome="error",
        root="agent",
        steps=(
            llm(
                "read_mail",
                [
                    (
                        "system",
                        "You are the intake of a travel desk. Give travellers, passport, from, to, out, back (ISO dates), "
                        "hotel and taxi as JSON.",
                    ),
                    ("user", _TRIP_MAIL),
                ],
                written(_TRIP),
            ),
            tool("count_nights", {"out": "2026-06-08", "back": "2026-10-08"}, {"nights": 122}),
            tool(
                "stay_rules",
                {"passport": "GB", "country": "NO", "nights": 122},
                {"visa_free_days": 90, "allowed": False, "needs": "residence permit"},
            ),
            tool(
                "hotel_quote",
                {"hotel": "as in spring", "client": "Pemberton & Clay", "nights": 122, "rooms": 1},
                {
                    "hotel": "Hotel Bryggekanten",
                    "nok_per_night": 1450,
                    "nights": 122,
                    "nok_total": 176900,
                    "nok_per_gbp": 13.40,
                    "gbp_total": 13201.49,
                },
            ),
            tool(
                "taxi_quote",
                {"airport": "Flesland", "hotel": "Hotel Bryggekanten", "persons": 2},
                {"nok": 560, "minutes": 25},
            ),
            llm(
                "trip_plan",
                "Write the plan as a list for the booking clerk.\n"
                + written(_TRIP)
                + "\nHotel: Bryggekanten, 122 nights, NOK 176,900 = GBP 13,201.49. Stay over 90 days: residence permit.\n"
                "Out after 10:00, home in the evening. Taxi from Flesland: NOK 560, 25 min.",
                _TRIP_PLAN,
            ),
            tool(
                "reserve_flights",
                {
                    "from": "London",
                    "to": "Bergen",
                    "out": "2026-06-08",
                    "back": "2026-10-08",
                    "seats": 2,
                },
                None,
                error=("ValueError", "departure 2026-06-08 lies before today, 2026-07-13"),
            ),
        ),
    ),
    SpanCase(
        "airport-night-6",
        "travel",
        "openinference",
        origin="plan_search",
        why="the flight lands at San José in Costa Rica; the search was asked for San Jose in California",
        given=_FAMILY,
        made=_FAMILY_PLAN,
        outcome="bad",
        told="Hotel: Guadalupe Gate Inn, 1560 N First Street, San Jose.",
        root="agent",
        steps=(
            tool("flight_status", {"flight": "VT 418", "date": "2026-11-12"}, _FLIGHT),
            llm(
                "plan_search",
                [
                    (
                        "system",
                        "You plan short stays. Call hotel_search once with the place and dates.",
                    ),
                    ("user", _FAMILY),
                    ("user", "Flight record: " + written(_FLIGHT)),
                ],
                call("hotel_search", **_ASKED),
                tools=(
                    {
                        "name": "hotel_search",
                        "description": "Hotels near a city's airport",
                        "parameters": {
                            "type": "object",
                            "properties": {
                                "city": {"type": "string"},
                                "state": {"type": "string"},
                                "country": {"type": "string"},
                                "check_in": {"type": "string"},
                                "nights": {"type": "integer"},
                                "guests": {"type": "integer"},
                            },
                        },
                    },
                ),
                shown="plan_search",
            ),
            tool("hotel_search", _ASKED, _NEAR),
            llm(
                "choose",
                "Choose the hotel with pool and breakfast whose price with tax is at most USD 150. Name and price.\n"
                + written(_NEAR),
                "Guadalupe Gate Inn: pool, breakfast, USD 118.00 plus 14 % = USD 134.52; shuttle every 20 min from SJC, "
                "terminal B.",
                shown="choose",
            ),
            tool(
                "hold_room",
                {"hotel": "Guadalupe Gate Inn", "date": "2026-11-12", "guests": 4},
                {
                    "reference": "GGI-20417",
                    "free_cancellation_until": "2026-11-10",
                    "drive_minutes": 10,
                },
            ),
            llm(
                "itinerary",
                [
                    (
                        "system",
                        "Write the answer to the family: landing, hotel, price, transfer, cancellation.",
                    ),
                    ("user", _FAMILY),
                    (
                        "user",
                        "Landing 14:40 with VT 418. Guadalupe Gate Inn, 1560 N First Street, San Jose; room for four, pool, "
                        "breakfast; USD 118.00 + 14 % = 134.52; free shuttle every 20 min, terminal B, 10 min. "
                        "Held: GGI-20417, free cancellation until 10 November.",
                    ),
                ],
                _FAMILY_PLAN,
                shown="itinerary",
            ),
        ),
    ),
    SpanCase(
        "works-outing-6",
        "translation",
        "openinference",
        origin="translate_letter",
        why="'halb acht' is half past seven, not half past eight",
        given={"document": "Betriebsausflug 2026", "from": "de", "to": "en"},
        made=_INVITE,
        outcome="bad",
        told="08:30 meet at North Gate",
        steps=(
            tool("load_document", {"document": "Betriebsausflug 2026"}, _BETRIEBSAUSFLUG),
            search(
                "house_glossary", "Betriebsausflug Werktor Personalbüro Betriebsrat", *_GLOSSARY
            ),
            llm(
                "translate_letter",
                [
                    (
                        "system",
                        "Translate from German into British English for colleagues. Use the glossary.\n"
                        + "\n".join(g["content"] for g in _GLOSSARY),
                    ),
                    ("user", _BETRIEBSAUSFLUG),
                ],
                _OUTING,
                model="gpt-4o",
                shown="translate_letter",
            ),
            step("calendar_entries", _OUTING, _DATES),
            llm(
                "invite",
                "Shorten the letter to a notice of four lines with clock times.\n\n"
                + _OUTING
                + "\n\n"
                + written(_DATES),
                _INVITE,
                shown="invite",
            ),
        ),
    ),
    SpanCase(
        "pump-manual-6",
        "translation",
        "genai",
        origin="translate_segments",
        why="'ne doit être branchée qu'à' means only to such a socket; it became 'must not'",
        given="Translate the notice of the Aqualys P30 pond pump (fr to en) and make a quick guide of it.",
        made=_QUICK,
        steps=(
            tool("segments", {"document": "aqualys-p30-fr"}, _NOTICE),
            search(
                "translation_memory",
                "pompe prise disjoncteur chargeur filtre gel",
                {
                    "id": "tm-204",
                    "content": "disjoncteur = circuit breaker; prise = socket; chargeur = charger",
                },
                {"id": "tm-377", "content": "à l'abri du gel = free from frost"},
            ),
            llm(
                "translate_segments",
                [
                    (
                        "system",
                        "Translate the numbered segments into English, one line each. disjoncteur = circuit breaker; "
                        "prise = socket; à l'abri du gel = free from frost.",
                    ),
                    ("user", "\n".join(f"{n}. {s}" for n, s in enumerate(_NOTICE, 1))),
                ],
                "\n".join(f"{n}. {s}" for n, s in enumerate(_MANUAL, 1)),
            ),
            tool(
                "number_check",
                {"source": _NOTICE, "target": _MANUAL},
                {"segments": 6, "numbers_equal": True, "found": ["30 mA", "35 °C"]},
            ),
            llm(
                "safety_points",
                "Pick the points on safety from this manual and say what the user has to do.\n"
                + "\n".join(_MANUAL),
                "1) Do not plug the pump into a socket with a 30 mA circuit breaker; find one without. 2) Supplied "
                "charger only. 3) Unplug before opening the filter. 4) Water up to 35 °C.",
            ),
            llm(
                "quick_guide",
                "Make a quick guide in two parts, 'Before you start' and 'In use'.\n"
                + "\n".join(_MANUAL)
                + "\nSafety: 1) Do not plug the pump into a socket with a 30 mA circuit breaker; find one without. "
                "2) Supplied charger only. 3) Unplug before opening the filter. 4) Water up to 35 °C.",
                _QUICK,
            ),
        ),
    ),
)
