"""Recorded runs with one planted fault each, of the plain kind: travel, support."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, step, tool, written

_FLIGHTS = [
    {
        "flight": "TP533",
        "from": "BER",
        "to": "LIS",
        "stops": 0,
        "price_eur": 214,
        "depart": "2026-09-12T07:10",
    },
    {
        "flight": "LX975",
        "from": "BER",
        "to": "LIS",
        "stops": 1,
        "price_eur": 168,
        "depart": "2026-09-12T09:35",
    },
    {
        "flight": "AF1135",
        "from": "BER",
        "to": "LIS",
        "stops": 1,
        "price_eur": 181,
        "depart": "2026-09-12T12:50",
    },
]
_ASK_TRIP = "I'd like a flight from Vienna to Athens on 7 August, coming back on 14 August, for two adults please."
_ASK_ORDER = (
    "Hi, my order 5530917 arrived with a broken screen. Can I get a replacement? Thanks, Marta"
)
_ASK_REFUND = "Where is my refund for return R-20418? I sent the shoes back two weeks ago."

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "flight-booking-1",
        "travel",
        "openinference",
        origin="parse_request",
        why="7 August was parsed as 8 July",
        given=_ASK_TRIP,
        made="Booked: Vienna to Athens, 8 July 2026 to 14 August 2026, 2 adults, OS801, EUR 486.",
        outcome="bad",
        told="8 July 2026",
        steps=(
            llm(
                "parse_request",
                [
                    (
                        "system",
                        "Today is 2026-05-20. Turn the request into JSON: origin, destination, depart, return, adults.",
                    ),
                    ("user", _ASK_TRIP),
                ],
                '{"origin": "VIE", "destination": "ATH", "depart": "2026-07-08", "return": "2026-08-14", "adults": 2}',
                shown="parse_request",
            ),
            tool(
                "search_flights",
                {
                    "origin": "VIE",
                    "destination": "ATH",
                    "depart": "2026-07-08",
                    "return": "2026-08-14",
                    "adults": 2,
                },
                {
                    "offers": [
                        {"flight": "OS801", "price_eur": 486},
                        {"flight": "A3863", "price_eur": 512},
                    ]
                },
            ),
            step(
                "cheapest",
                {
                    "offers": [
                        {"flight": "OS801", "price_eur": 486},
                        {"flight": "A3863", "price_eur": 512},
                    ]
                },
                {"flight": "OS801", "price_eur": 486},
            ),
            tool(
                "hold_seat",
                {"flight": "OS801", "date": "2026-07-08", "adults": 2},
                {"hold": "H-3381"},
            ),
            tool(
                "book",
                {"hold": "H-3381", "price_eur": 486},
                {"booking": "QX7L2M", "status": "confirmed"},
            ),
            llm(
                "confirm",
                'Write a confirmation: {"origin": "Vienna", "destination": "Athens", "depart": "2026-07-08", "return": "2026-08-14", "adults": 2, "flight": "OS801", "price_eur": 486}',
                "Booked: Vienna to Athens, 8 July 2026 to 14 August 2026, 2 adults, OS801, EUR 486.",
                shown="confirm",
            ),
        ),
    ),
    SpanCase(
        "flight-choice-1",
        "travel",
        "genai",
        origin="choose",
        why="the traveller wants non-stop flights only; one with a stop was chosen",
        given="Berlin to Lisbon on 12 September, one adult. Non-stop flights only, as cheap as possible.",
        made="I reserved LX975 from Berlin to Lisbon on 12 September at 09:35 for EUR 168.",
        steps=(
            llm(
                "understand",
                "Extract the trip as JSON: Berlin to Lisbon on 12 September, one adult. Non-stop flights only, as cheap as possible.",
                '{"from": "BER", "to": "LIS", "date": "2026-09-12", "adults": 1, "non_stop": true, "sort": "price"}',
            ),
            tool(
                "search_flights",
                {"from": "BER", "to": "LIS", "date": "2026-09-12"},
                {"flights": _FLIGHTS},
            ),
            llm(
                "choose",
                'Choose the cheapest flight that meets the request {"adults": 1, "non_stop": true, "sort": "price"}. Flights: '
                + written(_FLIGHTS),
                '{"flight": "LX975", "price_eur": 168, "depart": "2026-09-12T09:35"}',
            ),
            tool(
                "reserve",
                {"flight": "LX975", "adults": 1},
                {"reservation": "RS-771", "until": "2026-06-01"},
            ),
            step(
                "summary",
                {
                    "flight": "LX975",
                    "price_eur": 168,
                    "depart": "2026-09-12T09:35",
                    "reservation": "RS-771",
                },
                {"text": "LX975, 2026-09-12 09:35, EUR 168, RS-771"},
            ),
            llm(
                "reply",
                "Tell the traveller: LX975, 2026-09-12 09:35, Berlin to Lisbon, EUR 168, reservation RS-771",
                "I reserved LX975 from Berlin to Lisbon on 12 September at 09:35 for EUR 168.",
            ),
        ),
    ),
    SpanCase(
        "support-order-1",
        "support",
        "genai",
        origin="agent_turn_1",
        why="order 5530917 was looked up as 5530971",
        given=_ASK_ORDER,
        made="Hi Marta, I'm sorry about the trouble. Your order (a kettle, delivered on 2 March) is outside the 30-day window, so we cannot replace it.",
        outcome="bad",
        steps=(
            llm(
                "agent_turn_1",
                [("system", "You are a support agent. Use the tools."), ("user", _ASK_ORDER)],
                [call("get_order", order_id="5530971")],
            ),
            tool(
                "get_order",
                {"order_id": "5530971"},
                {"order_id": "5530971", "item": "kettle", "delivered": "2026-03-02"},
            ),
            llm(
                "agent_turn_2",
                [
                    ("user", _ASK_ORDER),
                    ("tool", {"order_id": "5530971", "item": "kettle", "delivered": "2026-03-02"}),
                ],
                [call("check_window", delivered="2026-03-02", days=30)],
            ),
            tool("check_window", {"delivered": "2026-03-02", "days": 30}, {"within": False}),
            llm(
                "draft",
                [
                    ("user", _ASK_ORDER),
                    ("tool", {"item": "kettle", "delivered": "2026-03-02", "within": False}),
                ],
                "Your order (kettle, delivered 2 March) is outside the 30-day window; no replacement possible.",
            ),
            llm(
                "tone",
                "Make it friendly, to Marta: Your order (kettle, delivered 2 March) is outside the 30-day window; no replacement possible.",
                "Hi Marta, I'm sorry about the trouble. Your order (a kettle, delivered on 2 March) is outside the 30-day window, so we cannot replace it.",
            ),
        ),
    ),
    SpanCase(
        "support-refund-1",
        "support",
        "misstep",
        origin="status_summary",
        why="the refund lookup failed; the summary invents a refund of 3 May",
        given=_ASK_REFUND,
        made="Your refund for return R-20418 of EUR 89.90 was issued on 3 May and should reach your account within 5 days.",
        steps=(
            llm(
                "classify",
                "Classify the ticket: " + _ASK_REFUND,
                '{"intent": "refund_status", "return_id": "R-20418"}',
            ),
            tool(
                "get_return",
                {"return_id": "R-20418"},
                {"return_id": "R-20418", "item": "running shoes", "received": "2026-04-28"},
            ),
            tool(
                "get_refund",
                {"return_id": "R-20418"},
                {"error": "upstream timeout", "refund": None},
            ),
            llm(
                "status_summary",
                'Summarise the refund status. Return: {"return_id": "R-20418", "item": "running shoes", "received": "2026-04-28"}. Refund: {"error": "upstream timeout", "refund": null}',
                "Return R-20418 was received on 28 April; a refund of EUR 89.90 was issued on 3 May.",
            ),
            llm(
                "reply",
                "Answer the customer: Return R-20418 was received on 28 April; a refund of EUR 89.90 was issued on 3 May.",
                "Your refund for return R-20418 of EUR 89.90 was issued on 3 May and should reach your account within 5 days.",
            ),
            tool(
                "send",
                {
                    "to": "customer",
                    "body": "Your refund for return R-20418 of EUR 89.90 was issued on 3 May and should reach your account within 5 days.",
                },
                {"sent": True},
            ),
        ),
    ),
)
