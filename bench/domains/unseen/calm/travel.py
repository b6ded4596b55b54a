"""Clean runs of travel: a failed search, trails and sails in two units, a letter from Japan, dates moved."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, sound, step, tool, written

_FLIGHTS = [
    {
        "flight": "LH 716",
        "dep": "2026-10-08T13:20+02:00",
        "arr": "2026-10-09T09:05+09:00",
        "price": 1184,
    },
    {
        "flight": "NH 224",
        "dep": "2026-10-08T20:15+02:00",
        "arr": "2026-10-09T15:50+09:00",
        "price": 1042,
    },
]
_MAP = "Rundweg Hoher Stein\nStart: Parkplatz Eschbach\nLänge 14,2 km, Aufstieg 860 m, Gehzeit 5 Std.\nHunde bitte anleinen. Im Winter nicht geräumt. Einkehr: Berghütte Lindenalm (Mo geschlossen)."
_JA = "ご予約ありがとうございます。ホテル潮風の宿に10月9日から2泊、ツインルームをご用意いたしました。料金は1泊18,500円、合計37,000円です。チェックインは15時からとなります。"

CASES: tuple[SpanCase, ...] = (
    sound(
        "osaka-flight-5",
        "travel",
        "genai",
        "Cheapest flight Frankfurt to Tokyo on 8 October, please.",
        "The cheaper of the two flights on 8 October is NH 224: it leaves Frankfurt at 8.15 pm and lands in Tokyo at 3.50 pm the next day, for EUR 1,042.",
        tool(
            "search_flights",
            {"from": "FRA", "to": "HND", "date": "2026-10-08"},
            None,
            error=("TimeoutError", "upstream did not answer within 10 s"),
        ),
        tool("search_flights_backup", {"from": "FRA", "to": "HND", "date": "2026-10-08"}, _FLIGHTS),
        tool(
            "duration",
            {"dep": "2026-10-08T20:15+02:00", "arr": "2026-10-09T15:50+09:00"},
            {"hours": 12, "minutes": 35},
        ),
        tool("cheapest", _FLIGHTS, {"flight": "NH 224", "price": 1042}),
        llm(
            "answer",
            [
                ("system", "You are a travel desk. Answer in one sentence."),
                (
                    "user",
                    "Cheapest flight Frankfurt to Tokyo on 8 October, please.\n"
                    + written(
                        {
                            "flight": "NH 224",
                            "dep": "2026-10-08T20:15+02:00",
                            "arr": "2026-10-09T15:50+09:00",
                            "price": 1042,
                            "options": 2,
                        }
                    ),
                ),
            ],
            "The cheaper of the two flights on 8 October is NH 224: it leaves Frankfurt at 8.15 pm and lands in Tokyo at 3.50 pm the next day, for EUR 1,042.",
        ),
    ),
    sound(
        "hike-card-5",
        "travel",
        "openinference",
        {"route": "Hoher Stein", "language": "en", "units": "imperial"},
        "**Hoher Stein Loop**\nStart: Eschbach car park\n8.8 miles, 2,820 ft of ascent, allow about five hours\nKeep dogs on a lead. Paths are not cleared in winter. Food: Lindenalm hut, closed Mondays.",
        tool("load_route", {"route": "Hoher Stein"}, _MAP),
        llm(
            "ChatOpenAI#t",
            [("system", "Translate the route card into English. Keep the layout."), ("user", _MAP)],
            "Hoher Stein Loop\nStart: Eschbach car park\nDistance 14.2 km, ascent 860 m, walking time 5 hrs\nPlease keep dogs on a lead. Not cleared in winter. Refreshments: Lindenalm mountain hut (closed Mon).",
            shown="ChatOpenAI",
        ),
        step("convert", {"km": 14.2, "m": 860}, {"miles": 8.8, "feet": 2822}),
        llm(
            "ChatOpenAI#e",
            "Write the card with these imperial figures: 8.8 miles, 2,822 feet.\nHoher Stein Loop\nStart: Eschbach car park\nDistance 14.2 km, ascent 860 m, walking time 5 hrs\nPlease keep dogs on a lead. Not cleared in winter. Refreshments: Lindenalm mountain hut (closed Mon).",
            "**Hoher Stein Loop**\nStart: Eschbach car park\n8.8 miles, 2,820 ft of ascent, allow about five hours\nKeep dogs on a lead. Paths are not cleared in winter. Food: Lindenalm hut, closed Mondays.",
            shown="ChatOpenAI",
        ),
        step(
            "layout",
            "**Hoher Stein Loop**\nStart: Eschbach car park\n8.8 miles, 2,820 ft of ascent, allow about five hours\nKeep dogs on a lead. Paths are not cleared in winter. Food: Lindenalm hut, closed Mondays.",
            {"pages": 1, "ok": True},
        ),
    ),
    sound(
        "sail-log-5",
        "travel",
        "misstep",
        {"boat": "Möwe", "leg": "Kiel-Marstal"},
        "Kiel to Marstal took us four and a half hours: 38 nautical miles, some 70 km, at a good 8 knots (nearly 16 km/h) with the wind from the south-west.",
        tool(
            "track",
            {"boat": "Möwe", "leg": "Kiel-Marstal"},
            {"start": "09:10", "end": "13:40", "distance_nm": 38.0, "wind": "SW 5"},
        ),
        step("hours", {"start": "09:10", "end": "13:40"}, {"hours": 4.5}),
        step("speed", {"distance_nm": 38.0, "hours": 4.5}, {"knots": 8.44}),
        step("metric", {"distance_nm": 38.0, "knots": 8.44}, {"km": 70.4, "km_h": 15.6}),
        llm(
            "log",
            "Write the log entry for landlubbers. "
            + written(
                {
                    "from": "Kiel",
                    "to": "Marstal",
                    "hours": 4.5,
                    "distance_nm": 38.0,
                    "km": 70.4,
                    "knots": 8.44,
                    "km_h": 15.6,
                    "wind": "SW 5",
                }
            ),
            "Kiel to Marstal took us four and a half hours: 38 nautical miles, some 70 km, at a good 8 knots (nearly 16 km/h) with the wind from the south-west.",
        ),
    ),
    sound(
        "ryokan-5",
        "travel",
        "genai",
        "Bitte fass mir die Bestätigung vom Hotel zusammen.",
        "Ihr Zweibettzimmer im Hotel Shiokaze no Yado ist für zwei Nächte ab dem 9. Oktober bestätigt. Es kostet zusammen 37.000 Yen, etwa 228 Euro; einchecken können Sie ab 15 Uhr.",
        tool("mail", {"id": "m-771"}, _JA),
        llm(
            "translate",
            [("system", "Translate into English."), ("user", _JA)],
            "Thank you for your booking. We have reserved a twin room at Hotel Shiokaze no Yado for two nights from 9 October. The rate is 18,500 yen per night, 37,000 yen in total. Check-in is from 3 p.m.",
        ),
        tool("rate", {"base": "EUR", "quote": "JPY"}, {"rate": 162.4}),
        tool("to_eur", {"jpy": 37000, "rate": 162.4}, {"eur": 227.83}),
        llm(
            "zusammenfassen",
            "Fasse für den Gast auf Deutsch zusammen, höflich, zwei Sätze. Thank you for your booking. We have reserved a twin room at Hotel Shiokaze no Yado for two nights from 9 October. The rate is 18,500 yen per night, 37,000 yen in total. Check-in is from 3 p.m. (37,000 yen = 227.83 EUR)",
            "Ihr Zweibettzimmer im Hotel Shiokaze no Yado ist für zwei Nächte ab dem 9. Oktober bestätigt. Es kostet zusammen 37.000 Yen, etwa 228 Euro; einchecken können Sie ab 15 Uhr.",
        ),
    ),
    sound(
        "rail-legs-5",
        "travel",
        "misstep",
        "Train from Ghent to Cologne tomorrow morning",
        "Take the 07:24 from Gent-Sint-Pieters to Brussels-South, then the ICE at 08:25. You are in Cologne at 10:15, after 2 h 51 with one change.",
        llm(
            "parse",
            "Give from, to and day as JSON. Today is 3 November 2026. Train from Ghent to Cologne tomorrow morning",
            written({"from": "Ghent", "to": "Cologne", "date": "2026-11-04", "part": "morning"}),
        ),
        tool(
            "stations",
            {"names": ["Ghent", "Cologne"]},
            {
                "Ghent": {"id": "8892007", "name": "Gent-Sint-Pieters"},
                "Cologne": {"id": "8015458", "name": "Köln Hbf"},
            },
        ),
        tool(
            "connections",
            {"from": "8892007", "to": "8015458", "date": "2026-11-04", "after": "07:00"},
            [
                {
                    "legs": [
                        {
                            "train": "IC 531",
                            "from": "Gent-Sint-Pieters",
                            "dep": "07:24",
                            "to": "Brussel-Zuid",
                            "arr": "07:53",
                        },
                        {
                            "train": "ICE 15",
                            "from": "Brussel-Zuid",
                            "dep": "08:25",
                            "to": "Köln Hbf",
                            "arr": "10:15",
                        },
                    ]
                },
                {
                    "legs": [
                        {
                            "train": "IC 533",
                            "from": "Gent-Sint-Pieters",
                            "dep": "08:24",
                            "to": "Brussel-Zuid",
                            "arr": "08:53",
                        },
                        {
                            "train": "Eurostar 9413",
                            "from": "Brussel-Zuid",
                            "dep": "09:25",
                            "to": "Köln Hbf",
                            "arr": "11:15",
                        },
                    ]
                },
            ],
        ),
        step(
            "pick_first",
            {"part": "morning", "options": 2},
            {"option": 0, "duration_min": 171, "changes": 1},
        ),
        llm(
            "tell",
            "Tell the traveller. "
            + written(
                {
                    "legs": [
                        {
                            "train": "IC 531",
                            "from": "Gent-Sint-Pieters",
                            "dep": "07:24",
                            "to": "Brussel-Zuid",
                            "arr": "07:53",
                        },
                        {
                            "train": "ICE 15",
                            "from": "Brussel-Zuid",
                            "dep": "08:25",
                            "to": "Köln Hbf",
                            "arr": "10:15",
                        },
                    ],
                    "duration_min": 171,
                    "changes": 1,
                }
            ),
            "Take the 07:24 from Gent-Sint-Pieters to Brussels-South, then the ICE at 08:25. You are in Cologne at 10:15, after 2 h 51 with one change.",
        ),
    ),
    sound(
        "move-dinner-5",
        "travel",
        "misstep",
        "Could you move our table from 20 March to 5 March, same time?",
        "Done! Your table for six at Osteria Verdi is now on Thursday 5 March at 19:30 instead of 20 March. The reservation number stays OV-3316.",
        tool(
            "find_booking",
            {"guest": "Ruiz"},
            {
                "no": "OV-3316",
                "restaurant": "Osteria Verdi",
                "date": "2026-03-20",
                "time": "19:30",
                "guests": 6,
            },
        ),
        llm(
            "read_wish",
            "What shall change? JSON. Could you move our table from 20 March to 5 March, same time?",
            written({"old_date": "2026-03-20", "new_date": "2026-03-05", "time": "same"}),
        ),
        tool(
            "free_tables",
            {"restaurant": "Osteria Verdi", "date": "2026-03-05", "guests": 6},
            {"free": ["18:00", "19:30", "21:00"]},
        ),
        tool(
            "change",
            {"no": "OV-3316", "date": "2026-03-05", "time": "19:30"},
            {"no": "OV-3316", "changed": "20 March → 5 March", "status": "confirmed"},
        ),
        llm(
            "reply",
            "Write the confirmation. "
            + written(
                {
                    "no": "OV-3316",
                    "restaurant": "Osteria Verdi",
                    "guests": 6,
                    "time": "19:30",
                    "changed": "20 March → 5 March",
                }
            ),
            "Done! Your table for six at Osteria Verdi is now on Thursday 5 March at 19:30 instead of 20 March. The reservation number stays OV-3316.",
        ),
    ),
)
