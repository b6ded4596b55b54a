"""Runs written after the rules had been mended by the others, scored as they were: judged by rules."""

from __future__ import annotations

import json

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool

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
)
