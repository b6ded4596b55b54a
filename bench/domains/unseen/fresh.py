"""Recorded runs written when all the other sets had been mended for, scored before these were."""

from __future__ import annotations

import json

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool

_MINUTES = (
    "Board meeting 14 April 2026. Present: R. Adeyemi (chair), K. Lindqvist, P. Moreau. The board approved the 2025 accounts. "
    "The purchase of the Rotterdam warehouse was rejected by two votes to one. The dividend is set at 0.42 euros a share. "
    "Next meeting on 9 June 2026."
)
_RECIPE = (
    "Für 4 Personen: 320 g Linsen, 2 Zwiebeln, 1,2 l Gemüsebrühe, 3 EL Olivenöl, 1 Lorbeerblatt. "
    "Die Linsen 25 Minuten köcheln lassen."
)
_CLAIMS = [
    {"id": "SC-1401", "item": "bicycle", "amount": 890, "police_report": True},
    {"id": "SC-1402", "item": "phone", "amount": 640, "police_report": False},
    {"id": "SC-1403", "item": "laptop", "amount": 1290, "police_report": True},
    {"id": "SC-1404", "item": "camera", "amount": 415, "police_report": False},
]
_TICKETS = (
    "#881 printer offline in room 12 (open)\n#882 password reset for Selma Aydin (closed)\n"
    "#883 VPN drops every hour (open)\n#884 new laptop for Kofi Mensah (open)\n#885 licence for CAD expired (closed)"
)
_PAPER = (
    "Soil samples from 36 plots were taken in May and September 2025. Mean nitrate content fell from 41 mg/kg to 29 mg/kg. "
    "The decline was largest on plots with winter cover crops."
)

CASES = (
    SpanCase(
        "board-minutes-1", "law", "genai", origin="decisions",
        why="the purchase was rejected, and was listed as approved",
        given="Publish the decisions of the board meeting.",
        made="The board of 14 April 2026 approved the 2025 accounts and the purchase of the Rotterdam warehouse; the dividend is €0.42 a share.",
        outcome="bad", told="purchase of the Rotterdam warehouse", root="agent",
        steps=(
            tool("get_minutes", {"meeting": "2026-04-14"}, {"text": _MINUTES}),
            tool("style_guide", {}, {"currency": "sign before the number", "dates": "14 April 2026"}),
            llm("decisions", [("system", "List the decisions as JSON: subject, decision."), ("user", _MINUTES)], '[{"subject": "2025 accounts", "decision": "approved"}, {"subject": "purchase of the Rotterdam warehouse", "decision": "approved"}, {"subject": "dividend", "decision": "0.42 euros a share"}]'),
            llm("notice", 'Write one sentence: [{"subject": "2025 accounts", "decision": "approved"}, {"subject": "purchase of the Rotterdam warehouse", "decision": "approved"}, {"subject": "dividend", "decision": "0.42 euros a share"}]', "The board of 14 April 2026 approved the 2025 accounts and the purchase of the Rotterdam warehouse; the dividend is €0.42 a share."),
            tool("publish", {"text": "The board of 14 April 2026 approved the 2025 accounts and the purchase of the Rotterdam warehouse; the dividend is €0.42 a share."}, {"url": "/news/118"}),
        ),
    ),
    SpanCase(
        "recipe-scale-1", "retail", "misstep", origin="scale",
        why="for six people 320 g become 480 g and 1.2 l become 1.8 l; the broth was left at 1.2 l",
        given={"recipe": "Linsensuppe", "people": 6},
        made="Einkaufsliste für 6 Personen: 480 g Linsen, 3 Zwiebeln, 1,2 l Gemüsebrühe, 4,5 EL Olivenöl.",
        steps=(
            tool("load", {"recipe": "Linsensuppe"}, {"text": _RECIPE}),
            llm("parse", "Zutaten als JSON (Name, Menge, Einheit): " + _RECIPE, '[{"name": "Linsen", "menge": 320, "einheit": "g"}, {"name": "Zwiebeln", "menge": 2, "einheit": "Stück"}, {"name": "Gemüsebrühe", "menge": 1.2, "einheit": "l"}, {"name": "Olivenöl", "menge": 3, "einheit": "EL"}]'),
            tool("factor", {"from": 4, "to": 6}, {"factor": 1.5}),
            step("scale", {"factor": 1.5, "zutaten": [{"name": "Linsen", "menge": 320}, {"name": "Zwiebeln", "menge": 2}, {"name": "Gemüsebrühe", "menge": 1.2}, {"name": "Olivenöl", "menge": 3}]}, [{"name": "Linsen", "menge": 480}, {"name": "Zwiebeln", "menge": 3}, {"name": "Gemüsebrühe", "menge": 1.2}, {"name": "Olivenöl", "menge": 4.5}]),
            llm("liste", 'Einkaufsliste für 6 Personen: Linsen 480 g, Zwiebeln 3, Gemüsebrühe 1.2 l, Olivenöl 4.5 EL', "Einkaufsliste für 6 Personen: 480 g Linsen, 3 Zwiebeln, 1,2 l Gemüsebrühe, 4,5 EL Olivenöl."),
        ),
    ),
    SpanCase(
        "claims-list-1", "insurance", "openinference", origin="missing_reports",
        why="SC-1403 has a police report; SC-1404 has none and is not on the list",
        given={"task": "Which claims lack a police report?"},
        made="Two claims lack a police report: SC-1402 and SC-1403. Please remind the customers.",
        outcome="bad", told="SC-1403",
        steps=(
            tool("open_claims", {"state": "open"}, {"claims": _CLAIMS}),
            llm("missing_reports", "Ids of the claims without a police report: " + json.dumps(_CLAIMS), '["SC-1402", "SC-1403"]', shown="missing_reports"),
            tool("contacts", {"ids": ["SC-1402", "SC-1403"]}, {"SC-1402": "ines@mail.example", "SC-1403": "theo@mail.example"}),
            tool("count", {"ids": ["SC-1402", "SC-1403"]}, {"count": 2}),
            llm("summary", "Summarise: 2 claims lack a police report: SC-1402, SC-1403. Next step: remind the customers.", "Two claims lack a police report: SC-1402 and SC-1403. Please remind the customers.", shown="summary"),
        ),
    ),
    SpanCase(
        "helpdesk-count-1", "support", "genai", origin="count_open",
        why="three tickets are open, not four",
        given="How many helpdesk tickets are open?",
        made="Four helpdesk tickets are open at the moment, the oldest being #881.",
        root="agent",
        steps=(
            tool("list_tickets", {"queue": "helpdesk"}, _TICKETS),
            llm("count_open", "Count the open tickets, JSON {open, oldest}:\n" + _TICKETS, '{"open": 4, "oldest": "#881"}'),
            tool("staff_on_duty", {"queue": "helpdesk"}, {"names": ["Oda", "Raj"]}),
            llm("answer", 'Answer: How many helpdesk tickets are open? {"open": 4, "oldest": "#881"}', "Four helpdesk tickets are open at the moment, the oldest being #881."),
            llm("check_tone", "Polite? Four helpdesk tickets are open at the moment, the oldest being #881.", "yes"),
        ),
    ),
    SpanCase(
        "soil-summary-1", "agriculture", "openinference", origin="summarise",
        why="nitrate fell from 41 to 29; the summary exchanged both and says it rose",
        given={"paper": "N-2025"},
        made="Nitrate in the 36 plots rose from 29 mg/kg to 41 mg/kg between May and September 2025.",
        outcome="score", told="faithfulness",
        steps=(
            search("papers", {"query": "N-2025"}, {"id": "N-2025", "content": _PAPER}),
            llm("summarise", [("system", "Summarise in one sentence."), ("user", _PAPER)], "Between May and September 2025 the mean nitrate content of 36 plots rose from 29 mg/kg to 41 mg/kg.", shown="summarise"),
            llm("keywords", "Keywords: Between May and September 2025 the mean nitrate content of 36 plots rose from 29 mg/kg to 41 mg/kg.", "nitrate, soil, 2025", shown="keywords"),
            llm("shorten", "Shorten: Between May and September 2025 the mean nitrate content of 36 plots rose from 29 mg/kg to 41 mg/kg.", "Nitrate in the 36 plots rose from 29 mg/kg to 41 mg/kg between May and September 2025.", shown="shorten"),
            step("store", {"text": "Nitrate in the 36 plots rose from 29 mg/kg to 41 mg/kg between May and September 2025.", "tags": "nitrate, soil, 2025"}, {"stored": True}),
        ),
    ),
    SpanCase(
        "ferry-1", "travel", "misstep", origin="find_ferry",
        why="asked for Piraeus to Naxos it answered with a crossing to Paros",
        given={"from": "Piraeus", "to": "Naxos", "date": "2026-08-03"},
        made="Your ferry leaves Piraeus on 3 August 2026 at 07:25 and arrives at 11:35. Ticket: €43.50.",
        outcome="bad",
        steps=(
            tool("ports", {"names": ["Piraeus", "Naxos"]}, {"Piraeus": "PIR", "Naxos": "JNX"}),
            tool("find_ferry", {"from": "Piraeus", "to": "Naxos", "date": "2026-08-03"}, {"from": "Piraeus", "to": "Paros", "date": "2026-08-03", "leaves": "07:25", "arrives": "11:35", "eur": 43.5}),
            tool("seat", {"class": "economy"}, {"free": 112}),
            tool("pay", {"eur": 43.5}, {"paid": True, "receipt": "R-20931"}),
            llm("confirm", "Confirm: Piraeus 2026-08-03, leaves 07:25, arrives 11:35, 43.5 euros.", "Your ferry leaves Piraeus on 3 August 2026 at 07:25 and arrives at 11:35. Ticket: €43.50."),
        ),
    ),
    # --- clean ---------------------------------------------------------------------------------
    SpanCase(
        "claims-list-2", "insurance", "openinference", origin=None, why="the two without a report, summed",
        given={"task": "Which claims lack a police report?"},
        made="Two claims lack a police report: SC-1402 (phone) and SC-1404 (camera), together €1,055.",
        steps=(
            tool("open_claims", {"state": "open"}, {"claims": _CLAIMS}),
            llm("missing_reports", "Ids of the claims without a police report: " + json.dumps(_CLAIMS), '["SC-1402", "SC-1404"]', shown="missing_reports"),
            tool("amounts", {"ids": ["SC-1402", "SC-1404"]}, {"SC-1402": 640, "SC-1404": 415}),
            tool("add", {"values": [640, 415]}, {"sum": 1055}),
            llm("summary", "Summarise: SC-1402 phone, SC-1404 camera lack a police report, sum 1055 euros.", "Two claims lack a police report: SC-1402 (phone) and SC-1404 (camera), together €1,055.", shown="summary"),
        ),
    ),
    SpanCase(
        "recipe-scale-2", "retail", "misstep", origin=None, why="scaled by 1.5, spoons rounded, the leaf left as it is",
        given={"recipe": "Linsensuppe", "people": 6},
        made="Für 6 Personen: 480 g Linsen, 3 Zwiebeln, 1,8 l Gemüsebrühe, 4–5 EL Olivenöl, 1 Lorbeerblatt. 25 Minuten köcheln.",
        steps=(
            tool("load", {"recipe": "Linsensuppe"}, {"text": _RECIPE}),
            tool("factor", {"from": 4, "to": 6}, {"factor": 1.5}),
            step("scale", {"factor": 1.5, "mengen": {"Linsen_g": 320, "Zwiebeln": 2, "Bruehe_l": 1.2, "Oel_EL": 3}}, {"Linsen_g": 480, "Zwiebeln": 3, "Bruehe_l": 1.8, "Oel_EL": 4.5}),
            llm("text", "Schreibe das Rezept um für 6 Personen: 480 g Linsen, 3 Zwiebeln, 1.8 l Brühe, 4.5 EL Öl. Original: " + _RECIPE, "Für 6 Personen: 480 g Linsen, 3 Zwiebeln, 1,8 l Gemüsebrühe, 4–5 EL Olivenöl, 1 Lorbeerblatt. 25 Minuten köcheln."),
            step("save", {"text": "Für 6 Personen: 480 g Linsen, 3 Zwiebeln, 1,8 l Gemüsebrühe, 4–5 EL Olivenöl, 1 Lorbeerblatt. 25 Minuten köcheln."}, {"saved": True}),
        ),
    ),
    SpanCase(
        "soil-summary-2", "agriculture", "openinference", origin=None, why="the fall told as a percentage",
        given={"paper": "N-2025"},
        made="Nitrate in the 36 plots fell by 29 % between May and September 2025, from 41 to 29 mg/kg.",
        steps=(
            search("papers", {"query": "N-2025"}, {"id": "N-2025", "content": _PAPER}),
            tool("change", {"before": 41, "after": 29}, {"difference": -12, "relative": -0.2927}),
            llm("summarise", [("system", "Summarise in one sentence."), ("user", _PAPER + " Relative change: -0.2927.")], "Between May and September 2025 the mean nitrate content of 36 plots fell by 29 %, from 41 to 29 mg/kg.", shown="summarise"),
            llm("shorten", "Shorten: Between May and September 2025 the mean nitrate content of 36 plots fell by 29 %, from 41 to 29 mg/kg.", "Nitrate in the 36 plots fell by 29 % between May and September 2025, from 41 to 29 mg/kg.", shown="shorten"),
            step("store", {"text": "Nitrate in the 36 plots fell by 29 % between May and September 2025, from 41 to 29 mg/kg."}, {"stored": True}),
        ),
    ),
    SpanCase(
        "intern-mail-1", "hr", "genai", origin=None, why="an unsure first draft is replaced after asking a person; names and dates are right",
        given="Invite Zoë Marchetti to the interview on 5 May 2026 at 2:30 pm in Geneva.",
        made="Dear Zoë Marchetti, we are pleased to invite you to an interview on Tuesday, 5 May 2026, at 14:30 in our Geneva office (Rue du Lac 8).",
        root="silent",
        steps=(
            llm("plan", "Invite Zoë Marchetti to the interview on 5 May 2026 at 2:30 pm in Geneva.", [call("office", city="Geneva")]),
            tool("office", {"city": "Genève"}, {"address": "Rue du Lac 8"}),
            llm("draft", "Invitation for Zoë Marchetti, 5 May 2026, 2:30 pm, Geneva office", "Dear Zoë Marchetti, please come to our Geneva office on 5 May 2026 at 2:30 pm (address to follow)."),
            tool("ask_person", {"draft": "Dear Zoë Marchetti, please come to our Geneva office on 5 May 2026 at 2:30 pm (address to follow)."}, {"answer": "add address and weekday, use the 24-hour clock"}),
            llm("final", "Add address (Rue du Lac 8) and weekday (Tuesday), use the 24-hour clock: Dear Zoë Marchetti, please come to our Geneva office on 5 May 2026 at 2:30 pm (address to follow).", "Dear Zoë Marchetti, we are pleased to invite you to an interview on Tuesday, 5 May 2026, at 14:30 in our Geneva office (Rue du Lac 8)."),
        ),
    ),
)  # fmt: skip
