"""Recorded runs: finance, insurance, energy, agriculture, science."""

from __future__ import annotations

import json

from bench.domains.unseen.spans import SpanCase, llm, step, tool

_RECHNUNG = (
    "Maschinenbau Hölzl GmbH, Industriestr. 14, 84030 Ergolding\n"
    "Rechnung Nr. 2026-0417 vom 03.03.2026\n"
    "Pos. 1  Spindelmotor SM-40   2 Stk  à 4.310,00 €   8.620,00 €\n"
    "Pos. 2  Montage vor Ort     14 Std  à   118,50 €   1.659,00 €\n"
    "Pos. 3  Anfahrt pauschal                             209,00 €\n"
    "Nettobetrag 10.488,00 €, zzgl. 19 % MwSt. 1.992,72 €\n"
    "Rechnungsbetrag 12.480,72 €. Zahlbar bis 02.04.2026, bei Zahlung bis 13.03.2026 2 % Skonto.\n"
    "IBAN DE21 7435 0000 0020 1188 47"
)
_GELESEN = {
    "rechnungsnummer": "2026-0417",
    "lieferant": "Maschinenbau Hölzl GmbH",
    "netto": 10488.00,
    "mwst": 1992.72,
    "brutto": 12840.72,
    "faellig": "2026-04-02",
    "iban": "DE21743500000020118847",
}
_HOLDINGS = [
    {"isin": "US0378331005", "name": "Apple Inc.", "units": 40, "price": 231.50, "currency": "USD"},
    {"isin": "DE0007164600", "name": "SAP SE", "units": 25, "price": 248.20, "currency": "EUR"},
    {"isin": "US5949181045", "name": "Microsoft", "units": 12, "price": 468.00, "currency": "USD"},
]
_VALUED = [
    {"name": "Apple Inc.", "value_eur": 10000.80},
    {"name": "SAP SE", "value_eur": 6205.00},
    {"name": "Microsoft", "value_eur": 6065.28},
]
_LETTER = (
    "Dear Mrs Okafor, as of 30 June 2026 your portfolio is worth €22,271.08. Apple Inc. is your "
    "largest holding at €10,000.80 (45 %), followed by SAP SE at €6,205.00 (28 %) and Microsoft at "
    "€6,065.28 (27 %)."
)
_POLICY = (
    "Section 4 – Water damage. We pay for damage caused by a burst or leaking pipe inside the "
    "insured building. We do not pay for damage caused by rising groundwater, or where the home "
    "was unoccupied for more than 30 consecutive days and the water was not turned off at the main. "
    "An excess of £350 applies to each claim under this section. Limit: £25,000."
)
_CLAIM = (
    "Claim HC-88213. Policyholder: Moira Lennox. Pipe burst under the kitchen sink on 11 February "
    "2026. The family was abroad from 28 December 2025 to 12 February 2026; the main stopcock was "
    "left open. Repair estimate from Dunbar Plumbing: £6,840."
)
_METER = {
    "site": "Werk Süd",
    "unit": "kWh",
    "months": {"Jan": 41250, "Feb": 38910, "Mar": 36740},
    "previous_year": {"Jan": 43980, "Feb": 41020, "Mar": 40310},
}
_ENERGY = (
    "In Q1 the site used 116,900 kWh, 6.7 % less than a year before (125,310 kWh). January was the "
    "heaviest month with 41,250 kWh."
)
_FIELD = (
    "Parcela 7 (La Dehesa), 18,4 ha, trigo blando. Rendimiento medido por la cosechadora: "
    "4.620 kg/ha. Humedad 11,8 %. Parcela 9 (El Llano), 12,6 ha, cebada. Rendimiento 3.985 kg/ha. "
    "Humedad 12,4 %."
)
_ASSAY = [
    {"sample": "KX-101", "group": "control", "titer_ng_ml": 14.2},
    {"sample": "KX-102", "group": "control", "titer_ng_ml": 15.1},
    {"sample": "KX-103", "group": "control", "titer_ng_ml": 13.9},
    {"sample": "KX-201", "group": "treated", "titer_ng_ml": 9.8},
    {"sample": "KX-202", "group": "treated", "titer_ng_ml": 10.4},
    {"sample": "KX-203", "group": "treated", "titer_ng_ml": 8.9},
]

CASES = (
    SpanCase(
        "eingangsrechnung-1",
        "finance",
        "misstep",
        origin="auslesen",
        why="12.480,72 was read as 12.840,72",
        given={"datei": "rechnung_2026-0417.pdf"},
        made={
            "status": "zur Zahlung vorgemerkt",
            "betrag": 12840.72,
            "waehrung": "EUR",
            "ausfuehrung": "2026-04-01",
        },
        steps=(
            tool(
                "ocr",
                {"datei": "rechnung_2026-0417.pdf", "dpi": 300},
                {"seiten": 1, "text": _RECHNUNG},
            ),
            step(
                "auslesen",
                {"text": _RECHNUNG},
                _GELESEN,
                llm(
                    "auslesen-call",
                    [
                        (
                            "system",
                            "Lies die Rechnung aus und antworte nur mit JSON: rechnungsnummer, lieferant, "
                            "netto, mwst, brutto, faellig (ISO), iban.",
                        ),
                        ("user", _RECHNUNG),
                    ],
                    json.dumps(_GELESEN, ensure_ascii=False),
                    settings={"temperature": 0.0},
                ),
            ),
            tool(
                "lieferant_suchen",
                {"name": "Maschinenbau Hölzl GmbH"},
                {"kreditor": "70311", "iban": "DE21743500000020118847", "gesperrt": False},
            ),
            step(
                "kontieren",
                {"rechnung": _GELESEN, "kreditor": "70311"},
                {
                    "konto": "0420",
                    "kostenstelle": "3100",
                    "betrag": 12840.72,
                    "steuerschluessel": "V19",
                },
                llm(
                    "kontieren-call",
                    "Kontiere: Spindelmotor und Montage, Kreditor 70311, brutto 12840.72, netto 10488.0.",
                    '{"konto": "0420", "kostenstelle": "3100", "betrag": 12840.72, "steuerschluessel": "V19"}',
                ),
            ),
            step(
                "zahlung_vormerken",
                {"kreditor": "70311", "betrag": 12840.72, "faellig": "2026-04-02"},
                {
                    "status": "zur Zahlung vorgemerkt",
                    "betrag": 12840.72,
                    "waehrung": "EUR",
                    "ausfuehrung": "2026-04-01",
                },
            ),
        ),
    ),
    SpanCase(
        "portfolio-letter-1",
        "finance",
        "openinference",
        origin="value_positions",
        why="dollars were multiplied by 1.08 USD per EUR instead of divided",
        given={"client": "C-5521", "as_of": "2026-06-30", "report_currency": "EUR"},
        made=_LETTER,
        outcome="bad",
        steps=(
            tool(
                "get_client", {"client": "C-5521"}, {"name": "Mrs Adaeze Okafor", "language": "en"}
            ),
            tool(
                "get_holdings",
                {"client": "C-5521", "as_of": "2026-06-30"},
                {"positions": _HOLDINGS},
            ),
            tool(
                "get_rate",
                {"base": "EUR", "quote": "USD", "date": "2026-06-30"},
                {"EURUSD": 1.08, "meaning": "1 EUR = 1.08 USD"},
            ),
            tool("value_positions", {"positions": _HOLDINGS, "EURUSD": 1.08}, {"values": _VALUED}),
            tool(
                "total",
                {"values": _VALUED},
                {
                    "total_eur": 22271.08,
                    "shares": {"Apple Inc.": 0.45, "SAP SE": 0.28, "Microsoft": 0.27},
                },
            ),
            step(
                "write_letter",
                {"name": "Mrs Adaeze Okafor", "values": _VALUED, "total_eur": 22271.08},
                _LETTER,
                llm(
                    "write_letter-call",
                    [
                        ("system", "You write short, factual client letters in British English."),
                        (
                            "user",
                            "Write to Mrs Adaeze Okafor. Portfolio on 2026-06-30, total 22271.08 EUR: "
                            + json.dumps(_VALUED)
                            + " Shares: Apple 45 %, SAP 28 %, Microsoft 27 %.",
                        ),
                    ],
                    _LETTER,
                    model="claude-sonnet-4-5",
                ),
            ),
        ),
    ),
    SpanCase(
        "home-claim-1",
        "insurance",
        "genai",
        origin="summarise_terms",
        why="the exclusion for homes unoccupied over 30 days was left out of the terms",
        given="Assess claim HC-88213 against the policy wording and say what we pay.",
        made=(
            "Claim HC-88213 (Moira Lennox): covered under Section 4, water damage. Estimate £6,840 "
            "less the £350 excess: we pay £6,490."
        ),
        outcome="bad",
        told="we pay £6,490",
        root="agent",
        steps=(
            tool("load_claim", {"claim": "HC-88213"}, {"text": _CLAIM}),
            tool("load_policy", {"claim": "HC-88213", "section": "4"}, {"wording": _POLICY}),
            llm(
                "summarise_terms",
                [
                    (
                        "system",
                        "Summarise the insurance terms completely: cover, exclusions, excess, limit.",
                    ),
                    ("user", _POLICY),
                ],
                "- Cover: damage from a burst or leaking pipe inside the insured building\n"
                "- Exclusions: rising groundwater\n- Excess: £350 per claim\n- Limit: £25,000",
            ),
            llm(
                "check_cover",
                [
                    ("system", "Decide whether the claim is covered under these terms."),
                    (
                        "user",
                        "Terms:\n- Cover: damage from a burst or leaking pipe inside the insured building\n"
                        "- Exclusions: rising groundwater\n- Excess: £350 per claim\n- Limit: £25,000\n\n"
                        "Claim:\n" + _CLAIM,
                    ),
                ],
                '{"covered": true, "reason": "Burst pipe inside the building; no exclusion applies.", '
                '"estimate": 6840, "excess": 350}',
            ),
            tool("settle", {"estimate": 6840, "excess": 350, "limit": 25000}, {"payable": 6490}),
            llm(
                "decision_note",
                "Write the decision for HC-88213 (Moira Lennox): covered true, Section 4 water damage, "
                "estimate 6840, excess 350, payable 6490 (GBP).",
                "Claim HC-88213 (Moira Lennox): covered under Section 4, water damage. Estimate £6,840 "
                "less the £350 excess: we pay £6,490.",
            ),
        ),
    ),
    SpanCase(
        "energy-report-1",
        "energy",
        "misstep",
        origin="assess_target",
        why="the fall of 6.7 % was called 12.6 %, which no figure gives",
        given={
            "site": "Werk Süd",
            "quarter": "2026-Q1",
            "target": "10 % less than the year before",
        },
        made=(
            "# Energy report Q1 2026, Werk Süd\n\nThe target of 10 % was exceeded: consumption fell by "
            "12.6 %. No further measures are proposed."
        ),
        outcome="bad",
        steps=(
            tool("read_meters", {"site": "Werk Süd", "quarter": "2026-Q1"}, _METER),
            tool(
                "sum_quarter",
                _METER,
                {"total": 116900, "previous": 125310, "change": -0.0671, "peak": "Jan"},
            ),
            llm(
                "describe",
                "Describe in two sentences: total 116900 kWh, previous year 125310 kWh, change -0.0671, "
                "peak month Jan with 41250 kWh.",
                _ENERGY,
            ),
            llm(
                "assess_target",
                [
                    (
                        "system",
                        "Compare the result with the target. State figures and a recommendation.",
                    ),
                    ("user", "Target: 10 % less than the year before.\nResult: " + _ENERGY),
                ],
                "The target of 10 % was exceeded: consumption fell by 12.6 %. Recommendation: no further "
                "measures.",
                model="mistral-small-latest",
            ),
            step(
                "render",
                {
                    "title": "Energy report Q1 2026, Werk Süd",
                    "text": "The target of 10 % was exceeded: consumption fell by 12.6 %. Recommendation: "
                    "no further measures.",
                },
                "# Energy report Q1 2026, Werk Süd\n\nThe target of 10 % was exceeded: consumption fell by "
                "12.6 %. No further measures are proposed.",
            ),
        ),
    ),
    SpanCase(
        "harvest-report-1",
        "agriculture",
        "misstep",
        origin="parse_yields",
        why="4.620 kg/ha in Spanish notation was parsed as 4.62",
        given={"finca": "La Dehesa", "campaña": 2026},
        made={"total_kg": 135.22, "parcelas": 2, "mensaje": "Cosecha total: 135,22 kg"},
        outcome="contract",
        told="total_kg must be at least 1000, got 135.22",
        steps=(
            tool("leer_cuaderno", {"finca": "La Dehesa", "campaña": 2026}, {"texto": _FIELD}),
            llm(
                "extraer",
                [
                    (
                        "system",
                        "Extrae parcela, superficie, cultivo y rendimiento tal como aparecen en el texto.",
                    ),
                    ("user", _FIELD),
                ],
                "parcela;superficie;cultivo;rendimiento\n7;18,4 ha;trigo blando;4.620 kg/ha\n"
                "9;12,6 ha;cebada;3.985 kg/ha",
            ),
            step(
                "parse_yields",
                "parcela;superficie;cultivo;rendimiento\n7;18,4 ha;trigo blando;4.620 kg/ha\n"
                "9;12,6 ha;cebada;3.985 kg/ha",
                [
                    {"parcela": 7, "ha": 18.4, "cultivo": "trigo blando", "kg_ha": 4.62},
                    {"parcela": 9, "ha": 12.6, "cultivo": "cebada", "kg_ha": 3.985},
                ],
            ),
            tool(
                "totales",
                [
                    {"parcela": 7, "ha": 18.4, "cultivo": "trigo blando", "kg_ha": 4.62},
                    {"parcela": 9, "ha": 12.6, "cultivo": "cebada", "kg_ha": 3.985},
                ],
                {"total_kg": 135.22, "por_parcela": {"7": 85.01, "9": 50.21}},
            ),
            step(
                "informe",
                {"total_kg": 135.22, "por_parcela": {"7": 85.01, "9": 50.21}},
                {"total_kg": 135.22, "parcelas": 2, "mensaje": "Cosecha total: 135,22 kg"},
            ),
        ),
    ),
    SpanCase(
        "assay-summary-1",
        "science",
        "openinference",
        origin="outliers",
        why="it names sample KX-204, which does not exist",
        given={
            "experiment": "ELISA-77",
            "question": "Is the treated group lower, and which samples need a repeat?",
        },
        made=(
            "The treated group is lower (mean 9.7 vs 14.4 ng/ml, −33 %). Sample KX-204 should be repeated "
            "because its titer lies outside two standard deviations."
        ),
        steps=(
            tool("load_plate", {"experiment": "ELISA-77"}, {"rows": _ASSAY}),
            tool(
                "group_means",
                {"rows": _ASSAY},
                {"control": 14.4, "treated": 9.7, "difference": -4.7, "relative": -0.3264},
            ),
            llm(
                "outliers",
                [
                    (
                        "system",
                        "Name the samples that should be measured again and why. Use sample ids.",
                    ),
                    ("user", "Rows: " + json.dumps(_ASSAY) + "\nMeans: control 14.4, treated 9.7"),
                ],
                "Repeat KX-204: its titer lies outside two standard deviations of the treated group.",
                shown="outliers",
            ),
            llm(
                "effect",
                "Control mean 14.4 ng/ml, treated mean 9.7 ng/ml, relative change -0.3264. Describe the effect "
                "in one sentence.",
                "The treated group's mean titer is 9.7 ng/ml against 14.4 ng/ml in the control group, a fall of "
                "about 33 %.",
                shown="effect",
            ),
            step(
                "compose",
                {
                    "effect": "The treated group's mean titer is 9.7 ng/ml against 14.4 ng/ml in the control group, "
                    "a fall of about 33 %.",
                    "repeat": "Repeat KX-204: its titer lies outside two standard deviations of the treated group.",
                },
                "The treated group is lower (mean 9.7 vs 14.4 ng/ml, −33 %). Sample KX-204 should be repeated "
                "because its titer lies outside two standard deviations.",
            ),
        ),
    ),
)
