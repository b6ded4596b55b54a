"""Recorded runs: travel and support."""

from __future__ import annotations

from bench.domains.case import DomainCase, hop

_WISH = (
    "Two adults and two children (6 and 9) from Malmö to Lisbon, out on 03/07/2025, back 17/07/2025, "
    "no flights before 9 am, budget SEK 24,000."
)
_TICKET = (
    "Guten Tag, meine Bestellung B-90417 vom 14.09.2025 ist nicht angekommen. Bitte erstatten Sie mir "
    "die 64,90 € zurück. Mit freundlichen Grüßen, Jonas Brandt"
)
_PROFILE_B = {"session_id": "s-4471", "name": "Marcus Thorne", "diet": "none", "seat": "window"}

CASES = [
    DomainCase(
        name="familytrip-1",
        domain="travel",
        origin="plan",
        why="four travellers became two",
        given=_WISH,
        made="Booked: SAS, Malmö to Lisbon, 3 July 10:25, 2 passengers, SEK 9,840 in total.",
        outcome="bad",
        hops=[
            hop(
                "understand",
                "llm",
                _WISH,
                {
                    "from": "Malmö",
                    "to": "Lisbon",
                    "out": "2025-07-03",
                    "back": "2025-07-17",
                    "adults": 2,
                    "children": [6, 9],
                    "earliest": "09:00",
                    "budget_sek": 24000,
                },
            ),
            hop(
                "plan",
                "llm",
                {
                    "from": "Malmö",
                    "to": "Lisbon",
                    "out": "2025-07-03",
                    "back": "2025-07-17",
                    "adults": 2,
                    "children": [6, 9],
                    "earliest": "09:00",
                    "budget_sek": 24000,
                },
                {
                    "search": {
                        "from": "Malmö",
                        "to": "Lisbon",
                        "out": "2025-07-03",
                        "back": "2025-07-17",
                        "passengers": 2,
                        "earliest": "09:00",
                        "budget_sek": 24000,
                    }
                },
            ),
            hop(
                "search_flights",
                "tool",
                {
                    "from": "Malmö",
                    "to": "Lisbon",
                    "out": "2025-07-03",
                    "passengers": 2,
                    "earliest": "09:00",
                },
                [
                    {"airline": "SAS", "departs": "2025-07-03T10:25", "price_sek": 9840},
                    {"airline": "TAP", "departs": "2025-07-03T11:40", "price_sek": 11200},
                ],
            ),
            hop(
                "choose",
                "llm",
                {
                    "offers": [
                        {"airline": "SAS", "departs": "2025-07-03T10:25", "price_sek": 9840},
                        {"airline": "TAP", "departs": "2025-07-03T11:40", "price_sek": 11200},
                    ],
                    "budget_sek": 24000,
                },
                {"airline": "SAS", "departs": "2025-07-03T10:25", "price_sek": 9840},
            ),
            hop(
                "book",
                "tool",
                {"airline": "SAS", "departs": "2025-07-03T10:25", "passengers": 2},
                {"booking": "QX7T2M", "airline": "SAS", "passengers": 2, "price_sek": 9840},
            ),
            hop(
                "confirm",
                "llm",
                {"booking": "QX7T2M", "airline": "SAS", "passengers": 2, "price_sek": 9840},
                "Booked: SAS, Malmö to Lisbon, 3 July 10:25, 2 passengers, SEK 9,840 in total.",
            ),
        ],
    ),
    DomainCase(
        name="concierge-1",
        domain="travel",
        origin="load_profile",
        why="the profile of another session was returned",
        given={"session_id": "s-4417", "request": "Book my usual seat and meal on flight LH 2032."},
        made="Done, Mr Thorne: seat 14A (window), standard meal on LH 2032.",
        outcome="unknown",
        session="s-4417",
        hops=[
            hop(
                "parse_request",
                "llm",
                "Book my usual seat and meal on flight LH 2032.",
                {"flight": "LH 2032", "wants": ["usual seat", "usual meal"]},
            ),
            hop("load_profile", "tool", {"session_id": "s-4417"}, _PROFILE_B),
            hop(
                "seat_map",
                "tool",
                {"flight": "LH 2032"},
                {"aisle": ["12C", "15D"], "window": ["14A"]},
            ),
            hop(
                "choose_seat",
                "llm",
                {"profile": _PROFILE_B, "free": {"aisle": ["12C", "15D"], "window": ["14A"]}},
                {"seat": "14A", "meal": "standard"},
            ),
            hop(
                "reply",
                "llm",
                {"name": "Marcus Thorne", "seat": "14A", "meal": "standard", "flight": "LH 2032"},
                "Done, Mr Thorne: seat 14A (window), standard meal on LH 2032.",
            ),
        ],
    ),
    DomainCase(
        name="roadtrip-1",
        domain="travel",
        origin=None,
        why="a search that failed and was repeated, miles to kilometres, dates in words",
        given="Plan a drive from Inverness to Skye on 5 May 2025 with one stop.",
        made=(
            "On Monday 5 May you drive 113 miles (182 km) from Inverness to Portree, about 2 h 45 min, "
            "with a stop at Eilean Donan Castle after 75 miles."
        ),
        hops=[
            hop(
                "parse",
                "llm",
                "Plan a drive from Inverness to Skye on 5 May 2025 with one stop.",
                {"from": "Inverness", "to": "Skye", "date": "2025-05-05", "stops": 1},
            ),
            hop(
                "route",
                "tool",
                {"from": "Inverness", "to": "Skye"},
                None,
                error=("TimeoutError", "maps timed out after 5 s"),
            ),
            hop(
                "route_again",
                "tool",
                {"from": "Inverness", "to": "Portree, Skye"},
                {
                    "miles": 113,
                    "minutes": 165,
                    "via": [{"name": "Eilean Donan Castle", "mile": 75}],
                    "to": "Portree",
                },
            ),
            hop("to_km", "tool", {"miles": 113}, {"km": 182}),
            hop(
                "draft",
                "llm",
                {
                    "date": "2025-05-05",
                    "from": "Inverness",
                    "to": "Portree",
                    "miles": 113,
                    "km": 182,
                    "minutes": 165,
                    "stop": {"name": "Eilean Donan Castle", "mile": 75},
                },
                "Monday 5 May: Inverness to Portree, 113 miles (182 km), 2 h 45 min, stop at Eilean Donan "
                "Castle at mile 75.",
            ),
            hop(
                "polish",
                "llm",
                "Monday 5 May: Inverness to Portree, 113 miles (182 km), 2 h 45 min, stop at Eilean Donan "
                "Castle at mile 75.",
                "On Monday 5 May you drive 113 miles (182 km) from Inverness to Portree, about 2 h 45 min, "
                "with a stop at Eilean Donan Castle after 75 miles.",
            ),
        ],
    ),
    DomainCase(
        name="refund-1",
        domain="support",
        origin="check_shipment",
        why="the carrier's tool failed, and a delivery was reported all the same",
        given={"ticket": 5521, "text": "Where is my parcel? Order B-11873."},
        made="Your parcel was delivered on 11 September at 14:05 and left with a neighbour.",
        outcome="bad",
        hops=[
            hop(
                "classify",
                "llm",
                "Where is my parcel? Order B-11873.",
                {"intent": "where_is_it", "order": "B-11873"},
            ),
            hop(
                "load_order",
                "tool",
                {"order": "B-11873"},
                {
                    "order": "B-11873",
                    "shipped_on": "2025-09-09",
                    "carrier": "PostNord",
                    "tracking": "PN88214SE",
                },
            ),
            hop(
                "carrier_api",
                "tool",
                {"tracking": "PN88214SE"},
                {"error": "upstream carrier unavailable (503)"},
            ),
            hop(
                "check_shipment",
                "llm",
                {
                    "tracking": "PN88214SE",
                    "carrier_answer": {"error": "upstream carrier unavailable (503)"},
                },
                {"status": "delivered", "at": "2025-09-11T14:05", "left_with": "neighbour"},
            ),
            hop(
                "reply",
                "llm",
                {"status": "delivered", "at": "2025-09-11T14:05", "left_with": "neighbour"},
                "Your parcel was delivered on 11 September at 14:05 and left with a neighbour.",
            ),
        ],
    ),
    DomainCase(
        name="language-1",
        domain="support",
        origin="draft_reply",
        why="the reply is English although German was asked for",
        given={"ticket": 5533, "text": _TICKET},
        made="Dear Mr Brandt, we are sorry that order B-90417 has not arrived. We have refunded €64.90 to your account. Kind regards, Support",
        outcome="bad",
        hops=[
            hop(
                "read_ticket",
                "llm",
                {"text": _TICKET},
                {
                    "order": "B-90417",
                    "ordered_on": "2025-09-14",
                    "amount": 64.9,
                    "customer": "Jonas Brandt",
                    "language": "de",
                    "intent": "refund",
                },
            ),
            hop(
                "load_order",
                "tool",
                {"order": "B-90417"},
                {"order": "B-90417", "paid": 64.9, "status": "lost"},
            ),
            hop(
                "refund",
                "tool",
                {"order": "B-90417", "amount": 64.9},
                {"refunded": 64.9, "reference": "RF-2208"},
            ),
            hop(
                "draft_reply",
                "llm",
                {
                    "customer": "Jonas Brandt",
                    "language": "de",
                    "order": "B-90417",
                    "refunded": 64.9,
                },
                "Dear Mr Brandt, we are sorry that order B-90417 has not arrived. We have refunded €64.90 to "
                "your account. Kind regards, Support",
                system="You answer customers in the language given by `language`.",
            ),
            hop(
                "send",
                "tool",
                {
                    "to": "Jonas Brandt",
                    "body": "Dear Mr Brandt, we are sorry that order B-90417 has not arrived. We have refunded "
                    "€64.90 to your account. Kind regards, Support",
                },
                {"sent": True},
            ),
        ],
    ),
    DomainCase(
        name="warranty-1",
        domain="support",
        origin="find_customer",
        why="another customer's record was taken: the serial number asked for is not the one returned",
        given="My dryer, serial DX-2207-118, stopped heating. Is it still under warranty?",
        made="Your dryer DX-2270-118 was bought on 4 January 2019; the warranty has expired.",
        outcome="unknown",
        hops=[
            hop(
                "extract",
                "llm",
                "My dryer, serial DX-2207-118, stopped heating. Is it still under warranty?",
                {"product": "dryer", "serial": "DX-2207-118", "problem": "no heat"},
            ),
            hop(
                "find_customer",
                "tool",
                {"serial": "DX-2207-118"},
                {"serial": "DX-2270-118", "bought_on": "2019-01-04", "warranty_years": 5},
            ),
            hop(
                "compute_expiry",
                "tool",
                {"bought_on": "2019-01-04", "warranty_years": 5},
                {"expires_on": "2024-01-04"},
            ),
            hop(
                "decide",
                "llm",
                {"expires_on": "2024-01-04", "today": "2025-03-20"},
                {"in_warranty": False},
            ),
            hop(
                "reply",
                "llm",
                {"serial": "DX-2270-118", "bought_on": "2019-01-04", "in_warranty": False},
                "Your dryer DX-2270-118 was bought on 4 January 2019; the warranty has expired.",
            ),
        ],
    ),
    DomainCase(
        name="helpdesk-1",
        domain="support",
        origin=None,
        why="an empty search, another query, an answer in the language asked for",
        given={"ticket": 5540, "language": "de", "text": "Wie setze ich den Router RT-60 zurück?"},
        made="Halten Sie die Reset-Taste am RT-60 zehn Sekunden lang gedrückt; danach startet der Router neu.",
        hops=[
            hop(
                "classify",
                "llm",
                {"text": "Wie setze ich den Router RT-60 zurück?"},
                {"intent": "how_to", "device": "RT-60", "language": "de"},
            ),
            hop("search", "retriever", {"query": "RT-60 zurücksetzen"}, []),
            hop(
                "rewrite_query",
                "llm",
                {"query": "RT-60 zurücksetzen"},
                {"query": "RT-60 factory reset"},
            ),
            hop(
                "search_again",
                "retriever",
                {"query": "RT-60 factory reset"},
                [
                    {
                        "id": "kb-118",
                        "text": "RT-60: hold the reset button for 10 seconds. The router then restarts.",
                    }
                ],
            ),
            hop(
                "answer",
                "llm",
                {
                    "language": "de",
                    "documents": [
                        "RT-60: hold the reset button for 10 seconds. The router then restarts."
                    ],
                },
                "Halten Sie die Reset-Taste am RT-60 zehn Sekunden lang gedrückt; danach startet der Router neu.",
            ),
        ],
    ),
]
