"""Further recorded runs, written after the rules had been mended by the others and scored as they were."""

from __future__ import annotations

import json

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool

_ROSTER_RULES = (
    "Rules for week 27: every shift needs two nurses. Maria Kowalczyk may not work nights (medical "
    "certificate until 31 August). Tom Akers is on leave on Thursday. Nobody works more than five shifts."
)
_URTEIL = (
    "Die Klägerin, die Nordwind Logistik GmbH, verlangt von der Beklagten, der Halmer Spedition KG, Zahlung "
    "von 18.450 Euro wegen beschädigter Ware. Das Landgericht hat der Klage in Höhe von 12.300 Euro "
    "stattgegeben und sie im Übrigen abgewiesen. Die Kosten trägt die Beklagte zu zwei Dritteln."
)
_TRIAL = (
    "Inclusion criteria: adults aged 65 or older; HbA1c between 7.5 % and 10 %; eGFR above 45 ml/min. "
    "Exclusion criteria: insulin therapy in the last 3 months; active malignancy."
)
_POLITICA = (
    "Política de cancelaciones: con más de 14 días de antelación se devuelve el 80 % del importe; entre 7 y 14 "
    "días, el 50 %; con menos de 7 días no hay devolución. Los gastos de gestión (12 €) no se devuelven."
)
_CATALOGUE = [
    {
        "code": "8471.30",
        "text": "Portable automatic data-processing machines, weighing not more than 10 kg",
    },
    {"code": "8473.30", "text": "Parts and accessories of machines of heading 8471"},
    {"code": "8504.40", "text": "Static converters, power supply units"},
    {"code": "8528.52", "text": "Monitors for use with data-processing machines"},
]
_CARTA = (
    "Please store the vaccine between 2 °C and 8 °C. Do not freeze. Each box holds 10 vials of 0.5 ml. "
    "Dr. Helen Whitfield must be informed at least 48 hours before delivery. Total weight: 3.2 kg."
)
_LETTRE = (
    "Conservez le vaccin entre 2 °C et 8 °C. Ne pas congeler. Chaque boîte contient 10 flacons de 0,5 ml. "
    "Le Dr Helen Whitfield doit être prévenue au moins 48 heures avant la livraison. Poids total : 3,2 kg."
)
_REVIEWS = {
    "r1": "Battery lasts two days, screen is bright. 5/5",
    "r2": "Arrived with a scratch, support replaced it within a week. 4/5",
    "r3": "Gets hot while charging. Battery is fine. 3/5",
    "r4": "Screen too dim outdoors, returned it. 2/5",
}

CASES = (
    SpanCase(
        "customs-1",
        "logistics",
        "genai",
        origin="pick_code",
        why="laptops were given the code of their parts, 8473.30 in place of 8471.30",
        given="Prepare the customs line for 40 laptops 'Orbis 14', 1.4 kg each, value 612 EUR each, from Vietnam.",
        made="8473.30 | 40 x laptop Orbis 14 | 56.0 kg | EUR 24,480.00 | duty 0.0 % | origin VN",
        outcome="bad",
        told="8473.30",
        root="agent",
        steps=(
            llm(
                "parse",
                "Extract goods, count, weight, value, origin: 40 laptops 'Orbis 14', 1.4 kg each, value 612 EUR each, from Vietnam.",
                '{"goods": "laptop Orbis 14", "count": 40, "kg_each": 1.4, "eur_each": 612, "origin": "VN"}',
            ),
            tool("tariff_search", {"goods": "laptop"}, _CATALOGUE),
            llm(
                "pick_code",
                [
                    (
                        "system",
                        "Choose the tariff code that describes the goods themselves. Answer with the code.",
                    ),
                    ("user", "Goods: laptop Orbis 14, 1.4 kg.\n" + json.dumps(_CATALOGUE)),
                ],
                "8473.30",
            ),
            tool(
                "duty",
                {"code": "8473.30", "origin": "VN"},
                {"rate": 0.0, "measure": "third country"},
            ),
            tool(
                "totals",
                {"count": 40, "kg_each": 1.4, "eur_each": 612},
                {"kg": 56.0, "eur": 24480.0},
            ),
            llm(
                "line",
                'One line: code 8473.30, 40 x laptop Orbis 14, {"kg": 56.0, "eur": 24480.0}, duty 0.0, origin VN',
                "8473.30 | 40 x laptop Orbis 14 | 56.0 kg | EUR 24,480.00 | duty 0.0 % | origin VN",
            ),
        ),
    ),
    SpanCase(
        "roster-1",
        "hr",
        "misstep",
        origin="collect_rules",
        why="the rule that Maria Kowalczyk may not work nights was not carried on",
        given={"ward": "C2", "week": 27},
        made="Week 27, ward C2 – Mon night: Maria Kowalczyk, Ana Ruiz; Tue night: Tom Akers, Ana Ruiz; Wed night: Tom Akers, Maria Kowalczyk.",
        outcome="bad",
        steps=(
            tool("staff", {"ward": "C2"}, ["Maria Kowalczyk", "Tom Akers", "Ana Ruiz"]),
            tool("notes", {"ward": "C2", "week": 27}, {"text": _ROSTER_RULES}),
            step(
                "collect_rules",
                {"text": _ROSTER_RULES},
                {
                    "rules": [
                        "two nurses per shift",
                        "Tom Akers is on leave on Thursday",
                        "at most five shifts each",
                    ]
                },
                llm(
                    "collect_rules-call",
                    [
                        ("system", "List every rule for the roster as JSON."),
                        ("user", _ROSTER_RULES),
                    ],
                    '{"rules": ["two nurses per shift", "Tom Akers is on leave on Thursday", "at most five shifts each"]}',
                ),
            ),
            tool("demand", {"ward": "C2", "week": 27}, {"night": ["Mon", "Tue", "Wed"]}),
            step(
                "plan_nights",
                {
                    "staff": ["Maria Kowalczyk", "Tom Akers", "Ana Ruiz"],
                    "rules": [
                        "two nurses per shift",
                        "Tom Akers is on leave on Thursday",
                        "at most five shifts each",
                    ],
                    "night": ["Mon", "Tue", "Wed"],
                },
                {
                    "Mon": ["Maria Kowalczyk", "Ana Ruiz"],
                    "Tue": ["Tom Akers", "Ana Ruiz"],
                    "Wed": ["Tom Akers", "Maria Kowalczyk"],
                },
                llm(
                    "plan_nights-call",
                    "Plan the nights Mon, Tue, Wed for Maria Kowalczyk, Tom Akers, Ana Ruiz. Rules: two nurses per shift; Tom Akers is on leave on Thursday; at most five shifts each.",
                    '{"Mon": ["Maria Kowalczyk", "Ana Ruiz"], "Tue": ["Tom Akers", "Ana Ruiz"], "Wed": ["Tom Akers", "Maria Kowalczyk"]}',
                ),
            ),
            step(
                "check_plan",
                {
                    "plan": {
                        "Mon": ["Maria Kowalczyk", "Ana Ruiz"],
                        "Tue": ["Tom Akers", "Ana Ruiz"],
                        "Wed": ["Tom Akers", "Maria Kowalczyk"],
                    },
                    "rules": [
                        "two nurses per shift",
                        "Tom Akers is on leave on Thursday",
                        "at most five shifts each",
                    ],
                },
                {"ok": True},
            ),
            step(
                "publish",
                {
                    "ward": "C2",
                    "week": 27,
                    "plan": {
                        "Mon": ["Maria Kowalczyk", "Ana Ruiz"],
                        "Tue": ["Tom Akers", "Ana Ruiz"],
                        "Wed": ["Tom Akers", "Maria Kowalczyk"],
                    },
                },
                "Week 27, ward C2 – Mon night: Maria Kowalczyk, Ana Ruiz; Tue night: Tom Akers, Ana Ruiz; Wed night: Tom Akers, Maria Kowalczyk.",
            ),
        ),
    ),
    SpanCase(
        "eligibility-1",
        "medicine",
        "openinference",
        origin="judge_age",
        why="63 years is below the limit of 65, and was called met",
        given={"patient": "TR-0218", "trial": "GLY-9"},
        made="TR-0218 is eligible for GLY-9: age criterion met (63), HbA1c 8.1 %, eGFR 58 ml/min, no exclusion.",
        steps=(
            tool("criteria", {"trial": "GLY-9"}, {"text": _TRIAL}),
            tool(
                "patient",
                {"patient": "TR-0218"},
                {"age": 63, "hba1c": 8.1, "egfr": 58, "insulin": False, "malignancy": False},
            ),
            llm(
                "judge_age",
                [
                    ("system", "Judge one criterion. Answer JSON with met and why."),
                    ("user", "Criterion: adults aged 65 or older. Patient: age 63."),
                ],
                '{"met": true, "why": "The patient is 63 years old and meets the age criterion."}',
                shown="judge_age",
            ),
            llm(
                "judge_labs",
                "Criteria: HbA1c between 7.5 % and 10 %; eGFR above 45 ml/min. Patient: HbA1c 8.1, eGFR 58.",
                '{"met": true, "why": "HbA1c 8.1 % and eGFR 58 ml/min are inside the limits."}',
                shown="judge_labs",
            ),
            llm(
                "judge_exclusion",
                "Exclusion: insulin therapy in the last 3 months; active malignancy. Patient: insulin False, malignancy False.",
                '{"excluded": false}',
                shown="judge_exclusion",
            ),
            step("combine", {"age": True, "labs": True, "excluded": False}, {"eligible": True}),
            llm(
                "report",
                'Report for TR-0218, trial GLY-9: {"eligible": true}; age criterion met (63), HbA1c 8.1 %, eGFR 58 ml/min, no exclusion.',
                "TR-0218 is eligible for GLY-9: age criterion met (63), HbA1c 8.1 %, eGFR 58 ml/min, no exclusion.",
                shown="report",
            ),
        ),
    ),
    SpanCase(
        "reembolso-1",
        "support",
        "misstep",
        origin="aplicar_politica",
        why="20 days before arrival 80 % is returned; it said 90 %",
        given={
            "mensaje": "Quiero cancelar mi reserva R-20771, llego el 28 de agosto.",
            "hoy": "2026-08-08",
        },
        made="Su reserva R-20771 queda cancelada. Le devolveremos 429,30 € en un plazo de cinco días.",
        steps=(
            step(
                "leer",
                {"mensaje": "Quiero cancelar mi reserva R-20771, llego el 28 de agosto."},
                {"reserva": "R-20771", "intencion": "cancelar"},
                llm(
                    "leer-call",
                    "Extrae reserva e intención: Quiero cancelar mi reserva R-20771, llego el 28 de agosto.",
                    '{"reserva": "R-20771", "intencion": "cancelar"}',
                ),
            ),
            tool(
                "reserva",
                {"reserva": "R-20771"},
                {"importe": 489.0, "gastos": 12.0, "llegada": "2026-08-28"},
            ),
            tool("dias", {"desde": "2026-08-08", "hasta": "2026-08-28"}, {"dias": 20}),
            search("politica", "cancelaciones", {"id": "pol-3", "content": _POLITICA}),
            step(
                "aplicar_politica",
                {"politica": _POLITICA, "dias": 20},
                {"porcentaje": 90, "motivo": "más de 14 días de antelación"},
                llm(
                    "aplicar_politica-call",
                    [
                        ("system", "Responde con JSON: porcentaje y motivo."),
                        ("user", _POLITICA + " Faltan 20 días."),
                    ],
                    '{"porcentaje": 90, "motivo": "más de 14 días de antelación"}',
                ),
            ),
            tool(
                "calcular",
                {"importe": 489.0, "gastos": 12.0, "porcentaje": 90},
                {"devolucion": 429.3},
            ),
            step(
                "responder",
                {"reserva": "R-20771", "devolucion": 429.3},
                "Su reserva R-20771 queda cancelada. Le devolveremos 429,30 € en un plazo de cinco días.",
            ),
        ),
    ),
    SpanCase(
        "urteil-1",
        "law",
        "genai",
        origin="zusammenfassen",
        why="plaintiff and defendant were exchanged",
        given=_URTEIL,
        made="Halmer Spedition KG gewinnt teilweise gegen Nordwind Logistik GmbH: 12.300 Euro zugesprochen, gefordert waren 18.450 Euro.",
        outcome="bad",
        steps=(
            llm("sprache", "Sprache und Textart? " + _URTEIL, "de, Urteilszusammenfassung"),
            llm(
                "zusammenfassen",
                [
                    (
                        "system",
                        "Fasse das Urteil in zwei Sätzen zusammen. Nenne Klägerin und Beklagte.",
                    ),
                    ("user", _URTEIL),
                ],
                "Die Klägerin, die Halmer Spedition KG, forderte von der Beklagten, der Nordwind Logistik GmbH, 18.450 Euro wegen beschädigter Ware. Das Landgericht sprach ihr 12.300 Euro zu; die Beklagte trägt zwei Drittel der Kosten.",
                model="mistral-small-latest",
            ),
            llm(
                "schlagworte",
                "Drei Schlagworte: Die Klägerin, die Halmer Spedition KG, forderte von der Beklagten, der Nordwind Logistik GmbH, 18.450 Euro wegen beschädigter Ware.",
                "Transportschaden, Schadensersatz, Landgericht",
            ),
            llm(
                "titel",
                "Ein Satz als Titel: Die Klägerin, die Halmer Spedition KG, forderte von der Beklagten, der Nordwind Logistik GmbH, 18.450 Euro wegen beschädigter Ware. Das Landgericht sprach ihr 12.300 Euro zu; die Beklagte trägt zwei Drittel der Kosten.",
                "Halmer Spedition KG gewinnt teilweise gegen Nordwind Logistik GmbH: 12.300 Euro zugesprochen, gefordert waren 18.450 Euro.",
            ),
            tool(
                "ablage",
                {
                    "titel": "Halmer Spedition KG gewinnt teilweise gegen Nordwind Logistik GmbH: 12.300 Euro zugesprochen, gefordert waren 18.450 Euro.",
                    "tags": "Transportschaden, Schadensersatz, Landgericht",
                },
                {"id": "U-7781"},
            ),
        ),
    ),
    SpanCase(
        "irrigation-1",
        "agriculture",
        "openinference",
        origin="weather_docs",
        why="asked for June 2026 it returned the bulletin of June 2024",
        given={"field": "Norte 3", "month": "2026-06", "crop": "maize"},
        made="Irrigate Norte 3 with 21 mm a week in June: rainfall was 84 mm, so the deficit is small.",
        outcome="score",
        told="advice quality",
        steps=(
            tool(
                "field",
                {"field": "Norte 3"},
                {"hectares": 12.5, "soil": "loam", "station": "LE-14"},
            ),
            search(
                "weather_docs",
                {"station": "LE-14", "month": "2026-06"},
                {
                    "id": "LE-14-2024-06",
                    "content": "Bulletin June 2024, station LE-14: rainfall 84 mm, evapotranspiration 168 mm.",
                    "metadata": {"station": "LE-14", "month": "2024-06"},
                },
            ),
            llm(
                "read_bulletin",
                "Rainfall and evapotranspiration as JSON: Bulletin June 2024, station LE-14: rainfall 84 mm, evapotranspiration 168 mm.",
                '{"rain_mm": 84, "et_mm": 168}',
                shown="read_bulletin",
            ),
            tool("deficit", {"rain_mm": 84, "et_mm": 168}, {"deficit_mm": 84}),
            tool("per_week", {"deficit_mm": 84, "weeks": 4}, {"mm_per_week": 21}),
            llm(
                "advise",
                "Advise for Norte 3, maize, June: 21 mm a week, rainfall 84 mm.",
                "Irrigate Norte 3 with 21 mm a week in June: rainfall was 84 mm, so the deficit is small.",
                shown="advise",
            ),
        ),
    ),
    SpanCase(
        "quiz-report-1",
        "education",
        "misstep",
        origin="percentages",
        why="17 of 20 points is 85 %, not 80 %",
        given={"course": "Bio 1", "quiz": 4},
        made="Bio 1, quiz 4: Amira 90 %, Jonas 80 %, Wei 75 %. Jonas just reaches grade B.",
        steps=(
            tool(
                "points",
                {"course": "Bio 1", "quiz": 4},
                {
                    "max": 20,
                    "rows": [
                        {"name": "Amira", "points": 18},
                        {"name": "Jonas", "points": 17},
                        {"name": "Wei", "points": 15},
                    ],
                },
            ),
            step(
                "percentages",
                {
                    "max": 20,
                    "rows": [
                        {"name": "Amira", "points": 18},
                        {"name": "Jonas", "points": 17},
                        {"name": "Wei", "points": 15},
                    ],
                },
                [
                    {"name": "Amira", "percent": 90},
                    {"name": "Jonas", "percent": 80},
                    {"name": "Wei", "percent": 75},
                ],
            ),
            tool("scale", {"course": "Bio 1"}, {"A": 90, "B": 80, "C": 70}),
            step(
                "grades",
                {
                    "rows": [
                        {"name": "Amira", "percent": 90},
                        {"name": "Jonas", "percent": 80},
                        {"name": "Wei", "percent": 75},
                    ],
                    "scale": {"A": 90, "B": 80, "C": 70},
                },
                [
                    {"name": "Amira", "grade": "A"},
                    {"name": "Jonas", "grade": "B"},
                    {"name": "Wei", "grade": "C"},
                ],
            ),
            llm(
                "remark",
                "One remark on Jonas: 80 %, scale B from 80.",
                "Jonas just reaches grade B.",
            ),
            step(
                "report",
                {
                    "rows": [
                        {"name": "Amira", "percent": 90},
                        {"name": "Jonas", "percent": 80},
                        {"name": "Wei", "percent": 75},
                    ],
                    "remark": "Jonas just reaches grade B.",
                },
                "Bio 1, quiz 4: Amira 90 %, Jonas 80 %, Wei 75 %. Jonas just reaches grade B.",
            ),
        ),
    ),
    SpanCase(
        "health-check-1",
        "incident reports",
        "genai",
        origin="summarise_metrics",
        why="the metrics service answered 500, and the summary reports an error rate all the same",
        given="Is the payments service healthy since the release of 14:00?",
        made="Yes. Since 14:00 the error rate of payments is 0.12 % and the p95 latency 180 ms; no open alerts.",
        outcome="bad",
        root="agent",
        steps=(
            llm(
                "plan",
                "Is the payments service healthy since the release of 14:00?",
                [
                    call("metrics", service="payments", since="14:00"),
                    call("alerts", service="payments"),
                ],
            ),
            tool(
                "metrics",
                {"service": "payments", "since": "14:00"},
                {"status": 500, "body": "internal error"},
            ),
            tool("alerts", {"service": "payments"}, {"open": []}),
            llm(
                "summarise_metrics",
                [
                    ("user", "Is the payments service healthy since the release of 14:00?"),
                    ("tool", {"status": 500, "body": "internal error"}),
                    ("tool", {"open": []}),
                ],
                "Error rate 0.12 %, p95 latency 180 ms since 14:00. No open alerts.",
            ),
            llm(
                "verdict",
                "Healthy? Error rate 0.12 %, p95 latency 180 ms since 14:00. No open alerts.",
                '{"healthy": true}',
            ),
            llm(
                "answer",
                "Answer the question: healthy true; Error rate 0.12 %, p95 latency 180 ms since 14:00. No open alerts.",
                "Yes. Since 14:00 the error rate of payments is 0.12 % and the p95 latency 180 ms; no open alerts.",
            ),
        ),
    ),
    SpanCase(
        "sdk-snippet-1",
        "code",
        "misstep",
        origin="write_snippet",
        why="it calls fetch_all_rows; the documentation it was given knows fetch_rows only",
        given={"task": "Print the first column of table users", "sdk": "tabula 3.2"},
        made=None,
        outcome="error",
        steps=(
            search(
                "docs",
                {"query": "tabula 3.2 read rows"},
                {
                    "id": "tabula-rows",
                    "content": "client.fetch_rows(table, limit=None) returns a list of dicts. Close with client.close().",
                },
            ),
            step(
                "outline",
                {"task": "Print the first column of table users"},
                ["connect", "read rows", "print first column"],
            ),
            llm(
                "write_snippet",
                [
                    ("system", "Write Python with the documentation given."),
                    (
                        "user",
                        "client.fetch_rows(table, limit=None) returns a list of dicts. Close with client.close(). Task: print the first column of table users",
                    ),
                ],
                "import tabula\nclient = tabula.connect()\nfor row in client.fetch_all_rows('users'):\n    print(next(iter(row.values())))\nclient.close()",
            ),
            tool(
                "format",
                {
                    "code": "import tabula\nclient = tabula.connect()\nfor row in client.fetch_all_rows('users'):\n    print(next(iter(row.values())))\nclient.close()"
                },
                {"changed": False},
            ),
            tool("install", {"package": "tabula", "version": "3.2"}, {"installed": "3.2.0"}),
            tool(
                "run",
                {
                    "code": "import tabula\nclient = tabula.connect()\nfor row in client.fetch_all_rows('users'):\n    print(next(iter(row.values())))\nclient.close()"
                },
                None,
                error=("AttributeError", "'Client' object has no attribute 'fetch_all_rows'"),
            ),
        ),
    ),
    SpanCase(
        "call-times-1",
        "travel",
        "openinference",
        origin="to_local",
        why="14:30 in Lisbon is 22:30 in Tokyo in summer, not 21:30",
        given={
            "who": "Tokyo office",
            "when": "2026-07-02T14:30",
            "zone": "Europe/Lisbon",
            "target": "Asia/Tokyo",
        },
        made="The call with the Tokyo office is on 2 July 2026 at 14:30 Lisbon time (21:30 in Tokyo).",
        outcome="bad",
        told="21:30",
        steps=(
            tool(
                "contact", {"who": "Tokyo office"}, {"person": "Haruka Mori", "zone": "Asia/Tokyo"}
            ),
            tool(
                "to_local",
                {"when": "2026-07-02T14:30", "from": "Europe/Lisbon", "to": "Asia/Tokyo"},
                {"local": "2026-07-02T21:30"},
            ),
            tool(
                "calendar_free", {"person": "Haruka Mori", "at": "2026-07-02T21:30"}, {"free": True}
            ),
            llm(
                "invite",
                "Invite Haruka Mori: 2026-07-02 14:30 Lisbon, local 21:30.",
                "Dear Haruka Mori, may I invite you to a call on 2 July 2026 at 21:30 your time?",
                shown="invite",
            ),
            step(
                "confirm",
                {"who": "Tokyo office", "when": "2026-07-02T14:30", "local": "2026-07-02T21:30"},
                "The call with the Tokyo office is on 2 July 2026 at 14:30 Lisbon time (21:30 in Tokyo).",
            ),
        ),
    ),
    SpanCase(
        "order-import-1",
        "retail",
        "misstep",
        origin="extract_lines",
        why="the answer broke off inside the third line, and the parser closed the list after the second",
        given={"mail": "Please send 12 mugs MG-210, 6 plates PT-330 and 24 spoons SP-118."},
        made={"order": "W-9921", "lines": 2, "pieces": 18},
        outcome="contract",
        told="lines must match the mail: expected 3, got 2",
        steps=(
            llm(
                "extract_lines",
                [
                    ("system", "Answer with JSON: a list of {sku, qty}."),
                    ("user", "Please send 12 mugs MG-210, 6 plates PT-330 and 24 spoons SP-118."),
                ],
                '[{"sku": "MG-210", "qty": 12}, {"sku": "PT-330", "qty": 6}, {"sku": "SP-',
                finish=None,
            ),
            step(
                "parse_lines",
                '[{"sku": "MG-210", "qty": 12}, {"sku": "PT-330", "qty": 6}, {"sku": "SP-',
                [{"sku": "MG-210", "qty": 12}, {"sku": "PT-330", "qty": 6}],
            ),
            tool("stock", {"skus": ["MG-210", "PT-330"]}, {"MG-210": 88, "PT-330": 41}),
            tool(
                "count",
                [{"sku": "MG-210", "qty": 12}, {"sku": "PT-330", "qty": 6}],
                {"lines": 2, "pieces": 18},
            ),
            step(
                "create_order",
                {"lines": 2, "pieces": 18},
                {"order": "W-9921", "lines": 2, "pieces": 18},
            ),
        ),
    ),
    SpanCase(
        "tariff-1",
        "energy",
        "openinference",
        origin="get_vat",
        why="it served the reduced VAT rate of 2023 from a cache though the current one is asked for",
        given={"customer": "K-1180", "kwh": 2450, "date": "2026-02-01"},
        made="Rechnung K-1180: 2.450 kWh × 0,312 €/kWh = 764,40 €, zzgl. 7 % USt. 53,51 €, gesamt 817,91 €.",
        outcome="bad",
        told="7 % USt.",
        steps=(
            tool("get_price", {"customer": "K-1180", "date": "2026-02-01"}, {"eur_per_kwh": 0.312}),
            tool(
                "get_vat",
                {"product": "gas", "date": "2026-02-01"},
                {
                    "rate": 0.07,
                    "valid_from": "2022-10-01",
                    "valid_to": "2024-03-31",
                    "source": "cache",
                },
            ),
            tool("net", {"kwh": 2450, "eur_per_kwh": 0.312}, {"net": 764.4}),
            tool("gross", {"net": 764.4, "rate": 0.07}, {"vat": 53.51, "gross": 817.91}),
            llm(
                "bill",
                "Rechnungszeile auf Deutsch: K-1180, 2450 kWh, 0.312 EUR/kWh, netto 764.4, USt. 7 % 53.51, gesamt 817.91",
                "Rechnung K-1180: 2.450 kWh × 0,312 €/kWh = 764,40 €, zzgl. 7 % USt. 53,51 €, gesamt 817,91 €.",
                shown="bill",
            ),
            step(
                "send",
                "Rechnung K-1180: 2.450 kWh × 0,312 €/kWh = 764,40 €, zzgl. 7 % USt. 53,51 €, gesamt 817,91 €.",
                {"sent": True},
            ),
        ),
    ),
    # --- clean ---------------------------------------------------------------------------------
    SpanCase(
        "basket-chat-1",
        "retail",
        "genai",
        origin=None,
        why="discount, tax and a currency conversion, all correct",
        given="What do I pay in dollars for 3 Lumo lamps with code SPRING10?",
        made="Three Lumo lamps cost €134.70; with SPRING10 you pay €121.23, which is about $131.78 at today's rate of 1.087.",
        root="agent",
        steps=(
            llm(
                "plan",
                "What do I pay in dollars for 3 Lumo lamps with code SPRING10?",
                [call("price", item="Lumo lamp"), call("coupon", code="SPRING10")],
            ),
            tool("price", {"item": "Lumo lamp"}, {"eur": 44.9}),
            tool("coupon", {"code": "SPRING10"}, {"percent": 10, "valid": True}),
            tool(
                "basket",
                {"eur": 44.9, "qty": 3, "percent": 10},
                {"subtotal": 134.7, "discount": 13.47, "total": 121.23},
            ),
            tool("fx", {"pair": "EUR/USD"}, {"rate": 1.087}),
            tool("convert", {"eur": 121.23, "rate": 1.087}, {"usd": 131.78}),
            llm(
                "answer",
                [
                    ("user", "What do I pay in dollars for 3 Lumo lamps with code SPRING10?"),
                    ("tool", {"subtotal": 134.7, "discount": 13.47, "total": 121.23}),
                    ("tool", {"rate": 1.087, "usd": 131.78}),
                ],
                "Three Lumo lamps cost €134.70; with SPRING10 you pay €121.23, which is about $131.78 at today's rate of 1.087.",
            ),
        ),
    ),
    SpanCase(
        "vaccine-letter-1",
        "translation",
        "openinference",
        origin=None,
        why="a faithful translation with French notation",
        given={"text": _CARTA, "to": "fr"},
        made=_LETTRE,
        steps=(
            tool(
                "glossary",
                {"domain": "pharma", "to": "fr"},
                {"vial": "flacon", "vaccine": "vaccin"},
            ),
            step(
                "translate",
                {"text": _CARTA, "to": "fr"},
                _LETTRE,
                llm(
                    "translate-call",
                    [("system", "Translate into French. Use: vial = flacon."), ("user", _CARTA)],
                    _LETTRE,
                ),
            ),
            llm(
                "back",
                "Translate back into English: " + _LETTRE,
                "Store the vaccine between 2 °C and 8 °C. Do not freeze. Each box contains 10 vials of 0.5 ml. Dr Helen Whitfield must be notified at least 48 hours before delivery. Total weight: 3.2 kg.",
                shown="back",
            ),
            llm(
                "compare",
                "Same facts? A: "
                + _CARTA
                + " B: Store the vaccine between 2 °C and 8 °C. Do not freeze. Each box contains 10 vials of 0.5 ml. Dr Helen Whitfield must be notified at least 48 hours before delivery. Total weight: 3.2 kg.",
                "Yes",
                shown="compare",
            ),
            step("deliver", {"text": _LETTRE}, _LETTRE),
        ),
    ),
    SpanCase(
        "reviews-1",
        "retail",
        "misstep",
        origin=None,
        why="four reviews summarised by topic, the mean of their stars computed, the two worst selected",
        given={"product": "Vela 6", "reviews": _REVIEWS},
        made="Vela 6 averages 3.5 of 5 stars over 4 reviews. Praised: battery. Criticised: heat while charging (r3), dim screen outdoors (r4).",
        steps=(
            *(
                llm(f"summarise_{k}", f"Topic and stars: {v}", json.dumps(a))
                for (k, v), a in zip(
                    _REVIEWS.items(),
                    (
                        {"praise": ["battery", "screen"], "stars": 5},
                        {"praise": ["support"], "criticism": ["scratch"], "stars": 4},
                        {"praise": ["battery"], "criticism": ["heat while charging"], "stars": 3},
                        {"criticism": ["dim screen outdoors"], "stars": 2},
                    ),
                    strict=True,
                )
            ),
            tool("mean_stars", {"stars": [5, 4, 3, 2]}, {"mean": 3.5, "count": 4}),
            step("worst_two", {"r1": 5, "r2": 4, "r3": 3, "r4": 2}, ["r4", "r3"]),
            step(
                "report",
                {
                    "mean": 3.5,
                    "count": 4,
                    "praise": "battery",
                    "worst": {"r3": "heat while charging", "r4": "dim screen outdoors"},
                },
                "Vela 6 averages 3.5 of 5 stars over 4 reviews. Praised: battery. Criticised: heat while charging (r3), dim screen outdoors (r4).",
            ),
        ),
    ),
    SpanCase(
        "sql-agent-1",
        "data",
        "openinference",
        origin=None,
        why="the first query failed on a column name, the second ran; the average is right",
        given="Average order value in April 2026?",
        made="The average order value in April 2026 was €57.12 (1,284 orders, €73,342.08).",
        root="agent",
        steps=(
            tool("schema", {"table": "orders"}, {"columns": ["id", "placed_on", "amount_eur"]}),
            llm(
                "write_sql",
                "Columns id, placed_on, amount_eur. SQL for: Average order value in April 2026?",
                "SELECT count(*), sum(amount) FROM orders WHERE placed_on >= '2026-04-01' AND placed_on < '2026-05-01'",
                shown="write_sql",
            ),
            tool(
                "query",
                {
                    "sql": "SELECT count(*), sum(amount) FROM orders WHERE placed_on >= '2026-04-01' AND placed_on < '2026-05-01'"
                },
                None,
                error=("OperationalError", 'column "amount" does not exist'),
            ),
            llm(
                "mend_sql",
                "The query failed: column \"amount\" does not exist. Columns id, placed_on, amount_eur. SELECT count(*), sum(amount) FROM orders WHERE placed_on >= '2026-04-01' AND placed_on < '2026-05-01'",
                "SELECT count(*), sum(amount_eur) FROM orders WHERE placed_on >= '2026-04-01' AND placed_on < '2026-05-01'",
                shown="mend_sql",
            ),
            tool(
                "query_2",
                {
                    "sql": "SELECT count(*), sum(amount_eur) FROM orders WHERE placed_on >= '2026-04-01' AND placed_on < '2026-05-01'"
                },
                {"count": 1284, "sum": 73342.08},
                shown="query",
            ),
            tool("divide", {"a": 73342.08, "b": 1284}, {"result": 57.12}),
            llm(
                "answer",
                "Average order value in April 2026? count 1284, sum 73342.08, average 57.12 EUR",
                "The average order value in April 2026 was €57.12 (1,284 orders, €73,342.08).",
                shown="answer",
            ),
        ),
    ),
    SpanCase(
        "minutes-1",
        "hr",
        "genai",
        origin=None,
        why="a relative day became a date, tasks were reworded, a draft was cut and asked for again",
        given="Notes 9 June 2026 (Tuesday): Lena sends the offer to Brückner by next Friday. Omar books the room for 12 people. Budget stays at 4,000 euros.",
        made="**Minutes, 9 June 2026**\n- Lena: send the offer to Brückner by Friday, 19 June 2026\n- Omar: book a room for twelve people\n- Budget unchanged at €4,000",
        root="silent",
        steps=(
            llm(
                "resolve_days",
                "Today is Tuesday, 9 June 2026. Which date is next Friday (the Friday of next week)?",
                "2026-06-19",
            ),
            llm(
                "tasks",
                "Tasks as JSON: Lena sends the offer to Brückner by next Friday. Omar books the room for 12 people. Budget stays at 4,000 euros.",
                '[{"who": "Lena", "what": "send the offer to Brückner", "due": "next Friday"}, {"who": "Omar", "what": "book the room for 12 people"}]',
            ),
            llm(
                "draft",
                "Minutes of 9 June 2026. Lena: send the offer to Brückner by 2026-06-19. Omar: book the room for 12 people. Budget 4,000 euros.",
                "**Minutes, 9 June 2026**\n- Lena: send the offer to Brü",
                finish="length",
                settings={"max_tokens": 20},
            ),
            llm(
                "draft_again",
                "Minutes of 9 June 2026. Lena: send the offer to Brückner by 2026-06-19. Omar: book the room for 12 people. Budget 4,000 euros.",
                "**Minutes, 9 June 2026**\n- Lena: send the offer to Brückner by Friday, 19 June 2026\n- Omar: book a room for twelve people\n- Budget unchanged at €4,000",
            ),
            tool(
                "mail",
                {
                    "to": "team",
                    "text": "**Minutes, 9 June 2026**\n- Lena: send the offer to Brückner by Friday, 19 June 2026\n- Omar: book a room for twelve people\n- Budget unchanged at €4,000",
                },
                {"sent": 7},
            ),
        ),
    ),
    SpanCase(
        "profile-form-1",
        "support",
        "misstep",
        origin=None,
        why="the first JSON lacked a field, the validator said so, the second has it; a phone number was normalised",
        given={"text": "I'm Noor Haddad, born 4 March 1991, reach me at 0171 555 0142 in Hamburg."},
        made={
            "name": "Noor Haddad",
            "born": "1991-03-04",
            "phone": "+491715550142",
            "city": "Hamburg",
        },
        steps=(
            llm(
                "extract",
                [
                    ("system", "JSON with name, born (ISO), phone (E.164, Germany), city."),
                    (
                        "user",
                        "I'm Noor Haddad, born 4 March 1991, reach me at 0171 555 0142 in Hamburg.",
                    ),
                ],
                '{"name": "Noor Haddad", "born": "1991-03-04", "phone": "+491715550142"}',
            ),
            tool(
                "validate",
                {"name": "Noor Haddad", "born": "1991-03-04", "phone": "+491715550142"},
                {"valid": False, "missing": ["city"]},
            ),
            llm(
                "extract_again",
                [
                    ("system", "JSON with name, born (ISO), phone (E.164, Germany), city."),
                    (
                        "user",
                        "I'm Noor Haddad, born 4 March 1991, reach me at 0171 555 0142 in Hamburg. The last answer lacked city.",
                    ),
                ],
                '{"name": "Noor Haddad", "born": "1991-03-04", "phone": "+491715550142", "city": "Hamburg"}',
            ),
            tool(
                "validate_2",
                {
                    "name": "Noor Haddad",
                    "born": "1991-03-04",
                    "phone": "+491715550142",
                    "city": "Hamburg",
                },
                {"valid": True, "missing": []},
            ),
            step(
                "save",
                {
                    "name": "Noor Haddad",
                    "born": "1991-03-04",
                    "phone": "+491715550142",
                    "city": "Hamburg",
                },
                {
                    "name": "Noor Haddad",
                    "born": "1991-03-04",
                    "phone": "+491715550142",
                    "city": "Hamburg",
                },
            ),
        ),
    ),
)
