"""Recorded runs: logistics, and more of travel, retail, support."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool

_WARRANTY = "La garantie couvre les défauts de fabrication pendant 24 mois. La batterie est couverte pendant 12 mois."

CASES = (
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
