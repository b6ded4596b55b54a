"""A last handful of recorded runs, made of what was known to be missing; scored before that was mended."""

from __future__ import annotations

import json

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool

_STUDY = (
    "In the trial, the treated group lost 4.1 kg on average within 24 weeks, the control group 1.2 kg. "
    "Systolic blood pressure decreased by 6 mmHg in the treated group. Nausea occurred in 18 % of treated "
    "participants and in 7 % of controls."
)
_HOTELS = [
    {"name": "Casa Lorca", "eur": 171, "rating": 9.1},
    {"name": "Hotel Alba", "eur": 128, "rating": 8.4},
    {"name": "Pensión Río", "eur": 74, "rating": 7.2},
]
_CONFIG = "Please set the client to retry 3 times, with a timeout of 30 seconds, and log to /var/log/sync.log."
_NOTE = "Elin Bergström leitet ab 1. September 2026 das Werk in Västerås. Sie folgt auf Johan Ekdahl, der nach 19 Jahren ausscheidet."
_REGLAS = (
    "Los socios pueden reservar hasta dos pistas por semana. Las reservas se anulan sin coste hasta 12 horas antes. "
    "Los menores de 14 años juegan acompañados de un adulto."
)

CASES = (
    SpanCase(
        "abstract-1", "science", "genai", origin="abstract",
        why="blood pressure decreased in the study and increased in the abstract",
        given="Summarise the study for the newsletter.",
        made="Weight-loss drug: 4.1 kg less in 24 weeks. Blood pressure increased by 6 mmHg; nausea in 18 %.",
        outcome="bad",
        root="agent",
        steps=(
            tool("fetch_study", {"id": "S-204"}, {"text": _STUDY}),
            llm("abstract", [("system", "Write a two-sentence abstract."), ("user", _STUDY)], "Treated participants lost 4.1 kg on average within 24 weeks, controls 1.2 kg. Systolic blood pressure increased by 6 mmHg in the treated group, and nausea occurred in 18 %."),
            llm("simplify", "Simplify: Treated participants lost 4.1 kg on average within 24 weeks, controls 1.2 kg. Systolic blood pressure increased by 6 mmHg in the treated group, and nausea occurred in 18 %.", "People on the drug lost 4.1 kg in 24 weeks. Their blood pressure increased by 6 mmHg, and 18 % felt sick."),
            llm("teaser", "One line: People on the drug lost 4.1 kg in 24 weeks. Their blood pressure increased by 6 mmHg, and 18 % felt sick.", "Weight-loss drug: 4.1 kg less in 24 weeks. Blood pressure increased by 6 mmHg; nausea in 18 %."),
            tool("queue", {"text": "Weight-loss drug: 4.1 kg less in 24 weeks. Blood pressure increased by 6 mmHg; nausea in 18 %."}, {"slot": 3}),
        ),
    ),
    SpanCase(
        "account-help-1", "support", "genai", origin="plan",
        why="the customer wrote 40118; the tool was called for 40181",
        given="I am customer 40118, how many credits do I have left?",
        made="You have 12 credits left; they expire on 31 December 2026.",
        root="agent",
        steps=(
            llm("plan", "I am customer 40118, how many credits do I have left?", [call("get_credits", customer=40181)]),
            tool("get_credits", {"customer": 40181}, {"credits": 12, "expire": "2026-12-31"}),
            tool("get_plan", {"customer": 40181}, {"plan": "basic"}),
            llm("answer", [("user", "I am customer 40118, how many credits do I have left?"), ("tool", {"credits": 12, "expire": "2026-12-31"})], "You have 12 credits left; they expire on 31 December 2026."),
            llm("tone", "Friendly? You have 12 credits left; they expire on 31 December 2026.", "You have 12 credits left; they expire on 31 December 2026."),
        ),
    ),
    SpanCase(
        "weekend-trip-1", "travel", "openinference", origin="pick_hotel",
        why="at most 140 euros a night was asked for, and a hotel at 171 was picked",
        given={"city": "Granada", "nights": 2, "max_eur": 140},
        made="I booked Casa Lorca in Granada: 2 nights, 342 euros.",
        outcome="bad",
        steps=(
            tool("find_hotels", {"city": "Granada", "nights": 2}, {"hotels": _HOTELS}),
            tool("weather", {"city": "Granada"}, {"celsius": 31}),
            llm("pick_hotel", "Pick the best rated hotel of at most 140 euros a night: " + json.dumps(_HOTELS, ensure_ascii=False), '{"hotel": "Casa Lorca", "eur": 171}', shown="pick_hotel"),
            tool("cost", {"eur": 171, "nights": 2}, {"total": 342}),
            tool("book", {"hotel": "Casa Lorca", "nights": 2, "total": 342}, {"reference": "GR-5512"}),
            step("confirm", {"hotel": "Casa Lorca", "city": "Granada", "nights": 2, "total": 342}, "I booked Casa Lorca in Granada: 2 nights, 342 euros."),
        ),
    ),
    SpanCase(
        "raise-letter-1", "hr", "misstep", origin="new_salary",
        why="52,000 and 3 % more is 53,560, not 53,650",
        given={"employee": "Ola Nyberg", "salary": 52000, "percent": 3},
        made="Dear Ola Nyberg, from 1 July 2026 your salary is 53,650 euros.",
        steps=(
            tool("employee", {"name": "Ola Nyberg"}, {"grade": "E4", "since": "2021-02-01"}),
            tool("effective", {"year": 2026}, {"from": "2026-07-01"}),
            step("new_salary", {"salary": 52000, "percent": 3}, {"salary": 53650}),
            tool("budget_check", {"salary": 53650, "grade": "E4"}, {"ok": True}),
            llm("letter", "Letter to Ola Nyberg: salary 53650 euros from 2026-07-01.", "Dear Ola Nyberg, from 1 July 2026 your salary is 53,650 euros."),
        ),
    ),
    SpanCase(
        "press-note-1", "translation", "misstep", origin="translate",
        why="Elin Bergström became Elin Bergstrand",
        given={"text": _NOTE, "to": "en"},
        made="**Västerås.** Elin Bergstrand takes over the plant on 1 September 2026, after Johan Ekdahl's 19 years.",
        steps=(
            tool("style", {"to": "en"}, {"dates": "1 September 2026"}),
            step("translate", {"text": _NOTE, "to": "en"}, "Elin Bergstrand will head the plant in Västerås from 1 September 2026. She succeeds Johan Ekdahl, who is leaving after 19 years.", llm("translate-call", [("system", "Translate into English."), ("user", _NOTE)], "Elin Bergstrand will head the plant in Västerås from 1 September 2026. She succeeds Johan Ekdahl, who is leaving after 19 years.")),
            llm("shorten", "Shorten: Elin Bergstrand will head the plant in Västerås from 1 September 2026. She succeeds Johan Ekdahl, who is leaving after 19 years.", "Elin Bergstrand takes over the plant on 1 September 2026, after Johan Ekdahl's 19 years."),
            step("dateline", {"text": "Elin Bergstrand takes over the plant on 1 September 2026, after Johan Ekdahl's 19 years.", "place": "Västerås"}, "**Västerås.** Elin Bergstrand takes over the plant on 1 September 2026, after Johan Ekdahl's 19 years."),
            tool("publish", {"text": "**Västerås.** Elin Bergstrand takes over the plant on 1 September 2026, after Johan Ekdahl's 19 years."}, {"ok": True}),
        ),
    ),
    SpanCase(
        "client-config-1", "code", "openinference", origin="read_request",
        why="three tries and thirty seconds changed places",
        given={"request": _CONFIG},
        made={"written": "client.yaml", "retries": 30, "timeout_s": 3},
        outcome="bad",
        steps=(
            tool("template", {"name": "client.yaml"}, {"keys": ["retries", "timeout_s", "log"]}),
            llm("read_request", "retries, timeout_s and log as JSON: " + _CONFIG, '{"retries": 30, "timeout_s": 3, "log": "/var/log/sync.log"}', shown="read_request"),
            step("render", {"retries": 30, "timeout_s": 3, "log": "/var/log/sync.log"}, "retries: 30\ntimeout_s: 3\nlog: /var/log/sync.log\n"),
            tool("lint", {"yaml": "retries: 30\ntimeout_s: 3\nlog: /var/log/sync.log\n"}, {"ok": True}),
            step("write", {"file": "client.yaml", "retries": 30, "timeout_s": 3}, {"written": "client.yaml", "retries": 30, "timeout_s": 3}),
        ),
    ),
    # --- clean ---------------------------------------------------------------------------------
    SpanCase(
        "weekend-trip-2", "travel", "openinference", origin=None,
        why="the best rated hotel under the limit, priced rightly",
        given={"city": "Granada", "nights": 2, "max_eur": 140},
        made="I booked Hotel Alba in Granada: 2 nights, 256 euros.",
        steps=(
            tool("find_hotels", {"city": "Granada", "nights": 2}, {"hotels": _HOTELS}),
            llm("pick_hotel", "Pick the best rated hotel of at most 140 euros a night: " + json.dumps(_HOTELS, ensure_ascii=False), '{"hotel": "Hotel Alba", "eur": 128}', shown="pick_hotel"),
            tool("cost", {"eur": 128, "nights": 2}, {"total": 256}),
            tool("book", {"hotel": "Hotel Alba", "nights": 2, "total": 256}, {"reference": "GR-5513"}),
            step("confirm", {"hotel": "Hotel Alba", "city": "Granada", "nights": 2, "total": 256}, "I booked Hotel Alba in Granada: 2 nights, 256 euros."),
        ),
    ),
    SpanCase(
        "raise-letter-2", "hr", "misstep", origin=None,
        why="3 % more, rightly computed",
        given={"employee": "Ola Nyberg", "salary": 52000, "percent": 3},
        made="Dear Ola Nyberg, from 1 July 2026 your salary is 53,560 euros, which is 1,560 euros more.",
        steps=(
            tool("employee", {"name": "Ola Nyberg"}, {"grade": "E4", "since": "2021-02-01"}),
            tool("effective", {"year": 2026}, {"from": "2026-07-01"}),
            step("new_salary", {"salary": 52000, "percent": 3}, {"salary": 53560, "more": 1560}),
            tool("budget_check", {"salary": 53560, "grade": "E4"}, {"ok": True}),
            llm("letter", "Letter to Ola Nyberg: salary 53560 euros from 2026-07-01, 1560 more.", "Dear Ola Nyberg, from 1 July 2026 your salary is 53,560 euros, which is 1,560 euros more."),
        ),
    ),
    SpanCase(
        "club-faq-1", "support", "genai", origin=None,
        why="a rule quoted and reworded in Spanish",
        given="¿Hasta cuándo puedo anular una pista y cuántas puedo reservar?",
        made="Puede anular sin coste hasta 12 horas antes y reservar como máximo dos pistas por semana.",
        root="none",
        steps=(
            search("reglas", "anular reservar pista", {"id": "r1", "content": _REGLAS, "score": 0.9}),
            llm("extracto", "Cita las frases útiles: " + _REGLAS, "«Los socios pueden reservar hasta dos pistas por semana.» «Las reservas se anulan sin coste hasta 12 horas antes.»"),
            llm("respuesta", [("system", "Responde con lo citado."), ("user", "«Los socios pueden reservar hasta dos pistas por semana.» «Las reservas se anulan sin coste hasta 12 horas antes.» ¿Hasta cuándo puedo anular una pista y cuántas puedo reservar?")], "Puede anular sin coste hasta 12 horas antes y reservar como máximo dos pistas por semana."),
            llm("control", "¿Es fiel? «Los socios pueden reservar hasta dos pistas por semana.» «Las reservas se anulan sin coste hasta 12 horas antes.» / Puede anular sin coste hasta 12 horas antes y reservar como máximo dos pistas por semana.", "sí"),
            tool("responder", {"texto": "Puede anular sin coste hasta 12 horas antes y reservar como máximo dos pistas por semana."}, {"enviado": True}),
        ),
    ),
)  # fmt: skip
