"""A fourth set of the plain kind: runs in which all is well, second half."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, llm, search, step, tool, written

# --- slug-fix-4 ---
_FAIL = """\
$ npm test -- slug
> site@4.3.1 test
> vitest run slug

 RUN  v2.1.8 /build/site

 FAIL  src/slug.test.ts > slug > keeps German umlauts readable
AssertionError: expected 'm-nchen' to be 'muenchen'
 - Expected: "muenchen"
 + Received: "m-nchen"
   src/slug.test.ts:14:22

 Test Files  1 failed (1)
      Tests  1 failed | 5 passed (6)
   Duration  812ms
"""
_SLUG_OLD = (
    "export function slug(text: string): string {\n"
    "  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');\n"
    "}\n"
)
_SLUG_NEW = (
    "const SPELT: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };\n"
    "export function slug(text: string): string {\n"
    "  return text\n"
    "    .toLowerCase()\n"
    "    .replace(/[äöüß]/g, (c) => SPELT[c])\n"
    "    .replace(/[^a-z0-9]+/g, '-')\n"
    "    .replace(/^-|-$/g, '');\n"
    "}\n"
)
_PASS = """\
$ npm test -- slug
> site@4.3.1 test
> vitest run slug

 RUN  v2.1.8 /build/site

 ✓ src/slug.test.ts (6 tests) 9ms

 Test Files  1 passed (1)
      Tests  6 passed (6)
   Duration  798ms
"""
_SLUG_PR = (
    "Slugs now spell out ä, ö, ü and ß, so München becomes muenchen; before, the umlaut turned into a hyphen. All six tests of "
    "the module pass, among them the one that failed. Slugs already stored are not changed."
)

# --- price-scan-4 ---
_OFFERS = [
    {"shop": "Nordlys Foto", "price": 5590.0, "currency": "SEK", "vat": "included"},
    {"shop": "Castell Optics", "price": 418.0, "currency": "GBP", "vat": "included"},
    {"shop": "Foto Brandl", "price": 409.24, "currency": "EUR", "vat": "not included, 19 %"},
]
_RANKED = [
    {"shop": "Nordlys Foto", "eur": 483.56},
    {"shop": "Castell Optics", "eur": 486.05},
    {"shop": "Foto Brandl", "eur": 487.0},
]
_OFFER_TEXT = (
    "All three shops lie close together, within less than four euros. Nordlys Foto is the cheapest at about EUR 484 including "
    "VAT, followed by Castell Optics (about EUR 486) and Foto Brandl (EUR 487.00, once 19 % VAT is added)."
)

# --- trail-guide-4 ---
_RUTA = """\
Ruta de la Laguna Cimera
Salida: refugio de El Molinar (1.240 m). Llegada: Laguna Cimera (2.100 m). Desnivel: 860 m.
Longitud: 14,2 km ida y vuelta. Tiempo: 5 h 30 min sin paradas. Dificultad: media.
Desde el refugio se toma el sendero de la derecha, señalizado con dos rayas, blanca y amarilla. Tras media hora se cruza el
río por un puente de madera. No se bañe: el agua no supera los 6 °C ni en agosto.
A partir de la fuente del Cura el camino se empina. No hay más agua hasta la laguna.
En julio y agosto se alcanzan 24 °C al mediodía y a menudo hay tormenta después de las cuatro: conviene estar de vuelta
antes. Quien se lo tome con calma, que salga con las gallinas.
Los perros deben ir atados. Prohibido acampar.
"""
_TRAIL = """\
Laguna Cimera Trail
Start: El Molinar hut (1,240 m). End: Laguna Cimera (2,100 m). Climb: 860 m.
Length: 14.2 km there and back. Time: 5 h 30 min without breaks. Difficulty: moderate.
From the hut take the path on the right, marked with a white and a yellow stripe. After half an hour you cross the river on a
wooden bridge. Do not bathe: even in August the water is no warmer than 6 °C.
Beyond the Fuente del Cura spring the path gets steep. There is no more water until the lake.
In July and August it reaches 24 °C at midday and there are often thunderstorms after four o'clock, so it is best to be back by
then. If you like to take your time, set off at the crack of dawn.
Dogs must be kept on a lead. No camping.
"""
_TRAIL_US = (
    "Laguna Cimera Trail, moderate: 8.8 miles round trip, about 2,820 feet of climb from the El Molinar hut (4,068 ft), five and "
    "a half hours without breaks. Follow the white and yellow stripes to the right of the hut; half an hour in, a wooden bridge "
    "takes you over the river. Fill your bottles at the Fuente del Cura, since the next water is the lake itself. Stay out of the "
    "river, which never gets above 43 °F. Summer noons reach 75 °F and storms often roll in after 4 p.m., so be back before that "
    "and start at the crack of dawn if you like to dawdle. Dogs on leash, no camping."
)

# --- ferry-delay-4 ---
_BRIDGE = """\
2026-06-04T05:10:00Z  MV Solveig  departed Rostock, 412 passengers, 96 vehicles, course to Gedser
2026-06-04T05:48:12Z  alarm 2217  main engine 2, lube oil pressure low
2026-06-04T05:48:13Z  alarm 2217  main engine 2, lube oil pressure low
2026-06-04T05:48:15Z  alarm 2217  main engine 2, lube oil pressure low
2026-06-04T05:49:30Z  bridge      engine 2 stopped by chief engineer, speed from 18 to 11 knots
2026-06-04T05:53:00Z  bridge      VTS Warnemuende informed, not under command: no
2026-06-04T06:20:00Z  engine      filter of pump B clogged, changed over to pump A
2026-06-04T06:41:00Z  engine      engine 2 restarted, pressure 4.1 bar, normal 3.8 to 4.5
2026-06-04T06:45:00Z  bridge      speed 18 knots
2026-06-04T07:38:00Z  bridge      moored Gedser, schedule 07:10Z
"""
_EVENTS = [
    {"at": "07:10", "event": "departed Rostock"},
    {"at": "07:48", "event": "alarm: lube oil pressure of engine 2 low (raised three times)"},
    {"at": "07:49", "event": "engine 2 stopped, speed reduced to 11 knots"},
    {"at": "07:53", "event": "VTS informed"},
    {"at": "08:20", "event": "clogged filter of pump B found, changed over to pump A"},
    {"at": "08:41", "event": "engine 2 restarted, pressure normal"},
    {"at": "09:38", "event": "moored in Gedser, 28 minutes late"},
]
_FERRY = (
    "On 4 June 2026 MV Solveig, with 412 passengers on board, reached Gedser at 09:38 local time, nearly half an hour late. At "
    "07:48 the oil pressure of one of her engines had dropped and the chief engineer stopped it; she went on at 11 knots (some "
    "20 km/h) until it ran again at 08:41. The cause was a clogged filter. Traffic control was informed at once and nobody was in "
    "danger."
)

# --- grant-panel-4 ---
_PROPOSAL = (
    "Applicant: Verein Offene Werkstatt Linz. We ask for EUR 48,500 for two years. In 2025 we reached around 1,300 visitors and "
    "had an income of EUR 92,000, of which about a third came from courses."
)
_ACCOUNTS = (
    "Statement audited by Huemer & Partner, year 2025: course fees EUR 30,660; donations EUR 21,240; city grant EUR 40,000; sum "
    "of income EUR 91,900. Visits counted at the door: 1,284."
)
_WEB = "Local paper, 11 January 2026: 'With 2,000 visitors a year the open workshop in Linz is bursting at the seams.'"
_FACTS_A = (
    "The applicant asks for EUR 48,500 over two years, EUR 24,250 a year. It states about 1,300 visitors and an income of "
    "EUR 92,000 for 2025, a third of it from courses."
)
_FACTS_B = (
    "The audited income of 2025 is EUR 91,900, of which course fees of EUR 30,660 make 33.4 per cent and the city grant 43.5 per "
    "cent. 1,284 visits were counted. A newspaper writes of 2,000 visitors without a source."
)
_WEIGHED = (
    "The applicant's round figures agree with the audited ones: 1,284 visits are about 1,300, EUR 91,900 about EUR 92,000 and "
    "33.4 per cent a third. The newspaper's 2,000 is not supported and should not be used. A yearly grant of EUR 24,250 would add "
    "about 26 per cent to the income."
)
_PANEL = (
    "We recommend the grant of EUR 48,500 over two years. The audited accounts show an income of EUR 91,900 in 2025, a third of it "
    "earned with courses, and 1,284 visits. The yearly EUR 24,250 would raise the income by about a quarter; the dependence on "
    "the city, at present some 43 to 44 per cent, should be watched."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "slug-fix-4",
        "code",
        "misstep",
        origin=None,
        why="a failing test is the task; after the patch it passes and the text says so",
        given="The slug test fails on main. Fix it and write the pull request.",
        made=_SLUG_PR,
        steps=(
            tool("run_tests_before", {"filter": "slug"}, _FAIL, shown="run_tests"),
            tool(
                "read_file_first",
                {"path": "slug.ts"},
                None,
                error=("FileNotFoundError", "slug.ts"),
                shown="read_file",
            ),
            tool("read_file", {"path": "src/slug.ts"}, _SLUG_OLD),
            llm(
                "patch",
                f"Change the function so that the test passes. Answer with the file.\n\n{_SLUG_OLD}\n{_FAIL}",
                _SLUG_NEW,
            ),
            tool(
                "write_file",
                {"path": "src/slug.ts", "text": _SLUG_NEW},
                {"written": True, "lines": 8},
            ),
            tool("run_tests_after", {"filter": "slug"}, _PASS, shown="run_tests"),
            llm(
                "pull_request",
                f"Write the pull request in three sentences.\n\n{_SLUG_OLD}\n{_SLUG_NEW}\n{_PASS}",
                _SLUG_PR,
            ),
        ),
    ),
    SpanCase(
        "price-scan-4",
        "retail",
        "openinference",
        origin=None,
        why="converted at stated rates, VAT added where it was not in, reordered by price, rounded in the text",
        given="Compare the three offers for the Tamaro 35 mm lens in euro, VAT included, cheapest first.",
        made=_OFFER_TEXT,
        steps=(
            tool("offers", {"article": "Tamaro 35 mm"}, _OFFERS),
            tool(
                "rates",
                {"base": "EUR"},
                {"EURSEK": 11.56, "EURGBP": 0.86, "meaning": "units for one euro"},
            ),
            step(
                "to_euro",
                {"offers": _OFFERS, "rates": {"EURSEK": 11.56, "EURGBP": 0.86}},
                [
                    {"shop": "Nordlys Foto", "eur": 483.56, "vat": "included"},
                    {"shop": "Castell Optics", "eur": 486.05, "vat": "included"},
                    {"shop": "Foto Brandl", "eur": 409.24, "vat": "not included, 19 %"},
                ],
            ),
            step(
                "add_vat",
                {"shop": "Foto Brandl", "net_eur": 409.24, "vat_percent": 19},
                {"gross_eur": 487.0},
            ),
            step(
                "rank",
                {"Castell Optics": 486.05, "Foto Brandl": 487.0, "Nordlys Foto": 483.56},
                _RANKED,
            ),
            llm(
                "text",
                "Tell the customer, cheapest first. Foto Brandl quotes without VAT, EUR 409.24 net, 19 % added.\n"
                + written(_RANKED),
                _OFFER_TEXT,
            ),
        ),
    ),
    SpanCase(
        "trail-guide-4",
        "translation",
        "genai",
        origin=None,
        why="an idiom put into another, metric figures into miles, feet and Fahrenheit",
        given={"text": "ruta-cimera-es", "for": "American hikers, one paragraph"},
        made=_TRAIL_US,
        steps=(
            tool("load_text", {"text": "ruta-cimera-es"}, _RUTA),
            llm(
                "translate",
                [
                    ("system", "Translate into English. Turn idioms into idioms. Keep the units."),
                    ("user", _RUTA),
                ],
                _TRAIL,
            ),
            tool(
                "convert",
                {"km": 14.2, "m": [860, 1240], "celsius": [6, 24]},
                {"miles": 8.82, "feet": [2822, 4068], "fahrenheit": [42.8, 75.2]},
            ),
            llm(
                "adapt",
                "Make one paragraph for American hikers. 14.2 km = 8.82 mi; 860 m = 2,822 ft; 1,240 m = 4,068 ft; 6 °C = 42.8 °F; "
                f"24 °C = 75.2 °F.\n\n{_TRAIL}",
                _TRAIL_US,
            ),
            llm(
                "back_check",
                f"Does the paragraph say anything the Spanish does not?\n\n{_RUTA}\n{_TRAIL_US}",
                "No. The advice to fill bottles at the spring follows from there being no more water until the lake. The height of "
                "the lake was left out.",
            ),
        ),
    ),
    SpanCase(
        "ferry-delay-4",
        "incident",
        "misstep",
        origin=None,
        why="UTC told as local time (CEST), a repeated alarm told once, knots as km/h",
        given="Write a statement for the press on this morning's delay of MV Solveig, local time.",
        made=_FERRY,
        steps=(
            tool("bridge_log", {"ship": "MV Solveig", "date": "2026-06-04"}, _BRIDGE),
            tool(
                "time_zone",
                {"place": "Gedser", "date": "2026-06-04"},
                {"zone": "CEST", "utc_offset": "+02:00"},
            ),
            agent(
                "chronicler",
                {"task": "List what happened in local time, UTC+2.", "log": _BRIDGE},
                _EVENTS,
                llm(
                    "list_events",
                    f"List what happened in local time, UTC+2, as JSON. Repeats once.\n\n{_BRIDGE}",
                    written(_EVENTS),
                ),
            ),
            step("speed", {"knots": 11}, {"km_h": 20.4}),
            llm(
                "statement",
                "Write the statement: four sentences, calm. 412 passengers. 11 knots = 20.4 km/h.\n"
                + written(_EVENTS)
                + "\nThe harbour office confirms that there was no danger at any time.",
                _FERRY,
            ),
        ),
    ),
    SpanCase(
        "grant-panel-4",
        "finance",
        "misstep",
        origin=None,
        why="sources that differ are weighed and the audited one used; round figures agree with exact ones",
        given="Assess the application of Verein Offene Werkstatt Linz.",
        made=_PANEL,
        steps=(
            tool("application", {"id": "G-26-117"}, _PROPOSAL),
            search(
                "evidence",
                "Offene Werkstatt Linz income visitors 2025",
                {"id": "audit-2025", "content": _ACCOUNTS, "score": 0.92},
                {"id": "paper-0111", "content": _WEB, "score": 0.71},
            ),
            agent(
                "applicant_reader",
                _PROPOSAL,
                _FACTS_A,
                llm(
                    "read_application",
                    f"What does the applicant ask and state?\n\n{_PROPOSAL}",
                    _FACTS_A,
                ),
            ),
            agent(
                "evidence_reader",
                f"{_ACCOUNTS}\n\n{_WEB}",
                _FACTS_B,
                llm(
                    "read_evidence",
                    f"What do the sources show? Give shares.\n\n{_ACCOUNTS}\n\n{_WEB}",
                    _FACTS_B,
                ),
            ),
            llm("weigh", f"Do statement and evidence agree?\n\n{_FACTS_A}\n\n{_FACTS_B}", _WEIGHED),
            llm(
                "recommend",
                f"Write the recommendation.\n\n{_FACTS_A}\n\n{_FACTS_B}\n\n{_WEIGHED}",
                _PANEL,
            ),
        ),
    ),
)
