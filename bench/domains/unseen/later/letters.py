"""Runs written after the rules had been mended by the others, scored as they were: tariffs to forms."""

from __future__ import annotations

import json

from bench.domains.unseen.spans import SpanCase, call, llm, step, tool

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
