"""The sixth set, runs in order: a patch, shelf labels, a manual, a payment outage and a drip."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, llm, search, step, tool, written

_PARSE_OLD = '''\
import re


def parse_minutes(text: str) -> int:
    """Minutes of a duration such as 1h30m."""
    hours = re.search(r"(\\d+)h", text)
    minutes = re.search(r"(\\d+)m", text)
    return int(hours.group(1)) * 60 + int(minutes.group(1))
'''
_PARSE_NEW = '''\
import re


def parse_minutes(text: str) -> int:
    """Minutes of a duration such as 1h30m, 45m or 2h."""
    hours = re.search(r"(\\d+)h", text)
    minutes = re.search(r"(\\d+)m", text)
    if hours is None and minutes is None:
        raise ValueError(f"no duration: {text!r}")
    return (int(hours.group(1)) * 60 if hours else 0) + (int(minutes.group(1)) if minutes else 0)
'''
_RED = """\
tests/test_duration.py::test_both[1h30m-90] PASSED
tests/test_duration.py::test_minutes_only[45m-45] FAILED
tests/test_duration.py::test_hours_only[2h-120] FAILED
tests/test_duration.py::test_empty PASSED
AttributeError: 'NoneType' object has no attribute 'group'
============ 2 failed, 2 passed in 0.06s ============"""
_RED_WHY = (
    "parse_minutes calls .group on the result of re.search without checking it. For '45m' there is no hours match, for "
    "'2h' no minutes match, so one of them is None. Treat a missing part as 0, and raise ValueError if both are missing; "
    "test_empty so far passes because it accepts any exception."
)
_GREEN = """\
tests/test_duration.py::test_both[1h30m-90] PASSED
tests/test_duration.py::test_minutes_only[45m-45] PASSED
tests/test_duration.py::test_hours_only[2h-120] PASSED
tests/test_duration.py::test_empty PASSED
============ 4 passed in 0.05s ============"""
_PATCH_NOTE = """\
duration: accept hours or minutes alone

`parse_minutes("45m")` and `parse_minutes("2h")` ended in an AttributeError, because a missing part was not checked.
A missing part now counts as 0, and a text with neither raises a ValueError instead of an AttributeError.
`1h30m` is 90 minutes as before. The two tests that failed now pass, four of four in total."""

_GOODS = [
    {"article": "Olive oil Lesvos", "price": 8.99, "content": "0.5 l", "aisle": 4},
    {"article": "Filter coffee Sidamo", "price": 4.79, "content": "250 g", "aisle": 2},
    {"article": "Spaghetti No. 5", "price": 1.89, "content": "500 g", "aisle": 3},
    {"article": "Riesling Mosel", "price": 11.40, "content": "0.75 l", "aisle": 7},
]
_LABELS = [
    {
        "aisle": 2,
        "article": "Filter coffee Sidamo",
        "was": 4.79,
        "price": 3.83,
        "unit_price": "15.32 /kg",
    },
    {
        "aisle": 3,
        "article": "Spaghetti No. 5",
        "was": None,
        "price": 1.89,
        "unit_price": "3.78 /kg",
    },
    {
        "aisle": 4,
        "article": "Olive oil Lesvos",
        "was": None,
        "price": 8.99,
        "unit_price": "17.98 /l",
    },
    {
        "aisle": 7,
        "article": "Riesling Mosel",
        "was": None,
        "price": 11.40,
        "unit_price": "15.20 /l",
    },
]
_LABEL_TEXT = """\
Shelf labels, store 118, from Monday 21 September 2026 (print in order of aisles)

Aisle 2  FILTER COFFEE SIDAMO, 250 g     3.83   (was 4.79, 20 % off until Saturday)   1 kg = 15.32
Aisle 3  SPAGHETTI NO. 5, 500 g          1.89                                         1 kg =  3.78
Aisle 4  OLIVE OIL LESVOS, half a litre  8.99                                         1 l  = 17.98
Aisle 7  RIESLING MOSEL, 0.75 l         11.40                                         1 l  = 15.20"""
_LABEL_NOTE = """\
Dear team of store 118,

four labels change on Monday, 21 September. Only the coffee gets cheaper: EUR 3.83 instead of 4.79 until Saturday the
26th, nearly a euro less. The other three keep their prices; please print them all the same, starting at aisle 2.
There are 36 packs of the coffee in your store. Please judge for yourselves whether that lasts until Saturday."""

_BULLETIN = """\
SERVICE BULLETIN SB-26-41, Ridgeline 250 generator                                   April 2026
1. Let the engine cool down to below 104 °F before you start.
2. Drain the oil: about 1.5 gal. Dispose of it at a collection point.
3. Fit the new filter and tighten the bolts to 35 lb-ft.
4. Check the pressure of the tyres of the trailer: 32 psi.
5. Do not run the engine without oil, not even for a moment.
Hotline: on weekdays from half past seven in the morning to five in the afternoon."""
_DRAFT_DE = """\
SERVICEMITTEILUNG SB-26-41, Generator Ridgeline 250                                  April 2026
1. Lassen Sie den Motor auf unter 104 °F abkühlen, bevor Sie beginnen.
2. Lassen Sie das Öl ab: etwa 1,5 gal. Geben Sie es an einer Sammelstelle ab.
3. Setzen Sie den neuen Filter ein und ziehen Sie die Schrauben mit 35 lb-ft an.
4. Prüfen Sie den Reifendruck des Anhängers: 32 psi.
5. Lassen Sie den Motor niemals ohne Öl laufen, auch nicht für einen Augenblick.
Hotline: werktags von halb acht Uhr morgens bis fünf Uhr nachmittags."""
_METRIC = {"104 °F": "40 °C", "1.5 gal": "5.7 l", "35 lb-ft": "47 Nm", "32 psi": "2.2 bar"}
_FINAL_DE = """\
SERVICEMITTEILUNG SB-26-41, Generator Ridgeline 250                                  April 2026
1. Lassen Sie den Motor auf unter 40 °C abkühlen, bevor Sie beginnen.
2. Lassen Sie das Öl ab: etwa 5,7 l. Geben Sie es an einer Sammelstelle ab.
3. Setzen Sie den neuen Filter ein und ziehen Sie die Schrauben mit 47 Nm an.
4. Prüfen Sie den Reifendruck des Anhängers: 2,2 bar.
5. Lassen Sie den Motor niemals ohne Öl laufen, auch nicht für einen Augenblick.
Hotline: werktags von 7.30 bis 17.00 Uhr."""

_GATE = """\
2026-09-16T09:11:32Z gateway WARN  upstream payments: 502, 118 in a minute
2026-09-16T09:14:00Z gateway ERROR upstream payments: all nodes out, maintenance page on
2026-09-16T09:52:10Z gateway INFO  upstream payments: 3 of 3 nodes healthy, maintenance page off"""
_PAY = """\
2026-09-16T14:41:20+05:30 payments-2 ERROR TLS certificate of ledger.internal expired at 14:41:00
2026-09-16T15:18:45+05:30 payments-2 INFO  new certificate installed on 3 of 3 nodes
2026-09-16T15:21:30+05:30 payments-2 INFO  ledger reachable again"""
_ONE_LINE = """\
09:11:20Z payments-2  TLS certificate of ledger.internal expired at 09:11:00Z
09:11:32Z gateway     upstream payments: 502, 118 in a minute
09:14:00Z gateway     all payment nodes out, maintenance page on
09:48:45Z payments-2  new certificate installed on 3 of 3 nodes
09:51:30Z payments-2  ledger reachable again
09:52:10Z gateway     3 of 3 nodes healthy, maintenance page off"""
_NUMBERS = {
    "requests": 612300,
    "failed": 18442,
    "share_percent": 3.01,
    "window": "2026-09-16, whole day, UTC",
}
_TIMELINE = """\
The certificate of ledger.internal ran out at 09:11 UTC; twelve seconds after payments-2 first complained, the gateway
saw 502 answers. From 09:14 the maintenance page was shown. At 09:48 the new certificate was on all three nodes, at 09:51
the ledger could be reached again, and at 09:52 the gateway took the page off: about 41 minutes after the start."""
_OUTAGE = """\
Payments unavailable on 16 September 2026, summary for the board

For about 41 minutes, from 11:11 to 11:52 in Berlin (14:41 to 15:22 in Pune), customers could not pay. An internal
certificate had expired. The team in Pune replaced it on all three nodes, after which everything recovered by itself.
Over the day roughly 18,400 of 612,300 requests failed, about 3 %. No payment was taken twice: the ledger had refused
every connection, so nothing was half booked.
To keep it from happening again, expiry dates of all internal certificates are watched from 1 October on, with a warning
30 days ahead."""

_PROTOCOL = """\
Heparin by weight, adult protocol of Marrow Hill Hospital, edition of March 2026
1. Bolus: 80 units per kg.
2. Drip: 18 units per kg and hour, from a bag of 25,000 units in 500 ml (50 units per ml).
3. Round the bolus to the nearest 100 units and the drip to 0.1 ml per hour.
4. Above 125 kg use 125 kg.
5. First aPTT six hours after the start, then by table."""
_DRIP = {
    "weight_kg": 72,
    "bolus_exact": 5760,
    "bolus_given": 5800,
    "units_per_hour": 1296,
    "ml_per_hour_exact": 25.92,
    "ml_per_hour": 25.9,
}
_ORDER_SHEET = """\
ORDER SHEET, bed 12, Ms A. Kovalenko, 72 kg (158.7 lb on the scale), 21 Sep 2026, 23:05

Bolus          5,800 units i.v. (80 x 72 = 5,760, rounded to hundreds)
Drip           1,296 units an hour = 25.9 ml/h, bag 25,000 units in 500 ml
Pump           P-7, set to 25.9 ml/h, running since 22:52 (first setting not acknowledged, second accepted)
First aPTT     six hours after the start: 22 Sep, 04:52
Bag lasts      about 19 hours"""

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "duration-patch-6",
        "code",
        "genai",
        origin=None,
        why="the tests failed first, as they should; the patch mends them and changes nothing else",
        given="tests/test_duration.py fails. Mend app/duration.py and write the commit message.",
        made=_PATCH_NOTE,
        root="agent",
        steps=(
            tool("pytest_before", {"path": "tests/test_duration.py"}, _RED, shown="pytest"),
            tool("read_source", {"path": "app/duration.py"}, _PARSE_OLD),
            llm(
                "explain_failure",
                "Why do these tests fail, and what should be done? test_empty expects pytest.raises(Exception).\n\n"
                + _PARSE_OLD
                + "\n"
                + _RED,
                _RED_WHY,
            ),
            llm(
                "write_patch",
                [
                    ("system", "Answer with the whole new module, nothing else."),
                    ("user", _PARSE_OLD + "\n\n" + _RED_WHY),
                ],
                _PARSE_NEW,
                model="gpt-4o",
            ),
            tool(
                "write_source",
                {"path": "app/duration.py", "content": _PARSE_NEW},
                {"path": "app/duration.py", "written": True},
            ),
            tool("pytest_after", {"path": "tests/test_duration.py"}, _GREEN, shown="pytest"),
            llm(
                "commit_message",
                "Write the commit message.\nBefore:\n"
                + _RED
                + "\n\n"
                + _RED_WHY
                + "\n\nAfter:\n"
                + _GREEN,
                _PATCH_NOTE,
            ),
        ),
    ),
    SpanCase(
        "shelf-labels-6",
        "retail",
        "misstep",
        origin=None,
        why="prices per kilo and litre follow from the rounded shelf price as the rule says; the order is by aisle",
        given={
            "store": 118,
            "from": "2026-09-21",
            "promotion": "Filter coffee Sidamo, 20 % off until 2026-09-26",
        },
        made=_LABEL_NOTE,
        steps=(
            tool("price_file", {"store": 118, "from": "2026-09-21"}, _GOODS),
            step(
                "make_labels",
                {
                    "goods": _GOODS,
                    "promotion": {"article": "Filter coffee Sidamo", "percent_off": 20},
                    "rule": "shelf price to the cent; price per unit from the rounded shelf price; sort by aisle",
                },
                _LABELS,
            ),
            tool(
                "store_stock",
                {"store": 118, "article": "Filter coffee Sidamo"},
                None,
                error=("HTTPError", "503 Service Unavailable"),
            ),
            tool(
                "store_stock_again",
                {"store": 118, "article": "Filter coffee Sidamo"},
                {"article": "Filter coffee Sidamo", "packs": 36},
                shown="store_stock",
            ),
            llm(
                "label_sheet",
                "Lay the labels out as plain text for the printer, contents as in the price file.\n"
                "Store 118, from Monday 21 September 2026, coffee 20 % off until Saturday.\n"
                + written(_LABELS)
                + "\n"
                + written(_GOODS),
                _LABEL_TEXT,
            ),
            llm(
                "note_to_store",
                "Write a short note to the team of store 118. Coffee in stock: 36 packs. Promotion until 26 September.\n"
                + _LABEL_TEXT,
                _LABEL_NOTE,
            ),
        ),
    ),
    SpanCase(
        "generator-bulletin-6",
        "translation",
        "genai",
        origin=None,
        why="'half past seven' is 'halb acht', and the metric values are right to the digits shown",
        given="Bring service bulletin SB-26-41 into German with metric units.",
        made=_FINAL_DE,
        steps=(
            tool("fetch_bulletin", {"number": "SB-26-41"}, _BULLETIN),
            search(
                "term_base",
                "generator filter bolts trailer tyre pressure hotline",
                {
                    "id": "t-8",
                    "content": "bolt = Schraube; trailer = Anhänger; collection point = Sammelstelle",
                },
                {
                    "id": "t-19",
                    "content": "service bulletin = Servicemitteilung; weekdays = werktags",
                },
            ),
            llm(
                "draft_german",
                [
                    (
                        "system",
                        "Translate into German, formal address. Leave figures and units for the next step.",
                    ),
                    ("user", _BULLETIN),
                ],
                _DRAFT_DE,
            ),
            tool(
                "to_metric",
                {"values": ["104 °F", "1.5 gal", "35 lb-ft", "32 psi"], "gallon": "US"},
                _METRIC,
            ),
            llm(
                "set_units",
                "Put in the metric values, German decimal comma, and write clock times in figures.\n"
                + _DRAFT_DE
                + "\n"
                + written(_METRIC),
                _FINAL_DE,
            ),
            llm(
                "compare_versions",
                "Compare point by point: is anything missing or changed in meaning in the German?\n\n"
                + _BULLETIN
                + "\n\n"
                + _FINAL_DE,
                "All five points and the hotline are there. Units are metric; 7.30 to 17.00 matches half past seven to "
                "five in the afternoon. Point 5 says 'niemals', which is as strict as the English.",
            ),
        ),
    ),
    SpanCase(
        "payments-outage-6",
        "incident reports",
        "openinference",
        origin=None,
        why="the logs of two zones are brought to UTC rightly, and 18,442 of 612,300 is about 3 %",
        given="Board summary of the payment outage of 16 September 2026, please. Times for Berlin and Pune.",
        made=_OUTAGE,
        steps=(
            tool("gateway_log", {"day": "2026-09-16", "filter": "payments"}, _GATE),
            tool("payments_log", {"day": "2026-09-16", "level": "INFO"}, _PAY),
            step("common_timeline", {"zone": "UTC", "logs": [_GATE, _PAY]}, _ONE_LINE),
            tool("request_counts", {"service": "payments", "day": "2026-09-16"}, _NUMBERS),
            llm(
                "tell_timeline",
                "Tell the course of events in a paragraph, times in UTC to the minute.\n"
                + _ONE_LINE,
                _TIMELINE,
                shown="tell_timeline",
            ),
            llm(
                "board_summary",
                [
                    (
                        "system",
                        "Write for the board, without jargon. Give times in Berlin (UTC+2) and Pune (UTC+5:30).",
                    ),
                    (
                        "user",
                        _TIMELINE
                        + "\n"
                        + written(_NUMBERS)
                        + "\nThe team in Pune replaced the certificate. The ledger refused every connection; the books were "
                        "checked, no payment was taken twice or half booked. From 1 October the expiry dates of all internal "
                        "certificates are watched, warning 30 days ahead.",
                    ),
                ],
                _OUTAGE,
                shown="board_summary",
            ),
        ),
    ),
    SpanCase(
        "heparin-order-6",
        "medicine",
        "openinference",
        origin=None,
        why="weight, bolus and drip are computed and rounded as the protocol says; the pump took the second setting",
        given={
            "bed": 12,
            "patient": "A. Kovalenko",
            "order": "heparin by weight",
            "scale": "158.7 lb",
        },
        made=_ORDER_SHEET,
        steps=(
            search(
                "protocols",
                "heparin by weight bolus drip adult",
                {"id": "hep-2026-03", "content": _PROTOCOL, "score": 0.93},
            ),
            agent(
                "dose_agent",
                {"scale_lb": 158.7, "protocol": "hep-2026-03"},
                _DRIP,
                step("weight", {"lb": 158.7, "kg_per_lb": 0.45359237}, {"kg": 72}),
                step(
                    "dose",
                    {"kg": 72, "bolus_per_kg": 80, "units_per_kg_hour": 18, "units_per_ml": 50},
                    _DRIP,
                ),
            ),
            tool(
                "set_pump",
                {"pump": "P-7", "ml_per_hour": 25.9},
                None,
                error=("NetworkError", "pump P-7 did not acknowledge"),
            ),
            tool(
                "set_pump_again",
                {"pump": "P-7", "ml_per_hour": 25.9},
                {"pump": "P-7", "ml_per_hour": 25.9, "running_since": "2026-09-21T22:52"},
                shown="set_pump",
            ),
            llm(
                "order_sheet",
                "Write the order sheet, with how the bolus came about, the pump, the first aPTT and how long a bag lasts.\n"
                "Bed 12, Ms A. Kovalenko, 158.7 lb on the scale, 21 Sep 2026, 23:05.\n"
                + _PROTOCOL
                + "\n"
                + written(_DRIP)
                + "\nPump P-7: first setting not acknowledged, second accepted, running since 22:52.",
                _ORDER_SHEET,
                shown="order_sheet",
            ),
        ),
    ),
)
