"""A fifth set of the plain kind: one planted fault a run, of retail, translation and incident reports."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_NO_HITS = {
    "hits": [],
    "sources_asked": 3,
    "sources_answered": 0,
    "note": "index rebuild until 06:00",
}
_ORDER_MAIL = (
    "Bonjour,\n"
    "nous commandons pour livraison le 12 octobre 2026 :\n"
    "- BX-40, carton double cannelure : 1 200 pièces à 0,85 EUR\n"
    "- RL-75, ruban kraft : 36 rouleaux à 2,40 EUR\n"
    "Cordialement, Papeterie Morel, Lyon"
)
_ORDER_TEXT = (
    '{"customer": "Papeterie Morel", "delivery": "2026-10-12", "lines": '
    '[{"sku": "BX-40", "qty": 1 200, "price": 0.85}, {"sku": "RL-75", "qty": 36, "price": 2.40}]}'
)
_ORDER_LINES = [
    {"sku": "BX-40", "qty": 1, "price": 0.85},
    {"sku": "RL-75", "qty": 36, "price": 2.4},
]
_LOAN = (
    "Die Nordkai Kapital AG, Kiel (nachfolgend „Darlehensgeberin“) gewährt der Hartung Bau GmbH, Flensburg (nachfolgend "
    "„Darlehensnehmerin“) ein Darlehen über EUR 250.000. Der Zinssatz beträgt 4,2 % p. a. Das Darlehen ist spätestens am "
    "31. Dezember 2028 zurückzuzahlen. Zur Sicherung bestellt die Darlehensnehmerin eine Grundschuld an dem Grundstück "
    "Speicherstraße 8 in Flensburg."
)
_LOAN_EN = (
    "Hartung Bau GmbH, Flensburg (hereinafter the “Lender”) grants Nordkai Kapital AG, Kiel (hereinafter the “Borrower”) "
    "a loan of EUR 250,000. The rate of interest is 4.2 % per annum. The loan shall be repaid by 31 December 2028 at the "
    "latest. As security the Borrower shall create a land charge on the property at Speicherstraße 8 in Flensburg."
)
_LOAN_FINAL = (
    "Hartung Bau GmbH, Flensburg (the “Lender”) grants Nordkai Kapital AG, Kiel (the “Borrower”) a loan of EUR 250,000. "
    "Interest is 4.2 % per annum. The loan shall be repaid no later than 31 December 2028. As security, the Borrower "
    "shall create a land charge over the property at Speicherstraße 8, Flensburg."
)
_LEAFLET = (
    "Relvanol 200 mg tablets contain ibuprofen and relieve mild to moderate pain and fever.\n\n"
    "Adults and young people over 12 take one tablet every 8 hours with water, at most three tablets in 24 hours.\n\n"
    "Stop taking Relvanol and see a doctor at once if you notice a skin rash, black stools or trouble breathing. "
    "Do not take it in the last three months of pregnancy."
)
_LEAFLET_CUT = [
    "Relvanol 200 mg tablets contain ibuprofen and relieve mild to moderate pain and fever.",
    "Adults and young people over 12 take one tablet every 8 hours with water, at most three tablets in 24 hours.",
    "Stop taking Relvanol and see a doctor at once if you notice a skin rash",
]
_LEAFLET_DE = [
    "Relvanol 200 mg Tabletten enthalten Ibuprofen und lindern leichte bis mäßig starke Schmerzen und Fieber.",
    "Erwachsene und Jugendliche über 12 Jahre nehmen alle 8 Stunden eine Tablette mit Wasser ein, höchstens drei Tabletten in 24 Stunden.",
    "Nehmen Sie Relvanol nicht weiter ein und gehen Sie sofort zum Arzt, wenn Sie einen Hautausschlag bemerken.",
]
_MINUTES = (
    "checkout, 15 September 2026, windows of two minutes\n"
    "from (UTC)   requests    failed   p95 ms\n"
    "10:38          12,104        18      240\n"
    "10:40          12,266        97      610\n"
    "10:42          12,480       312    1,846\n"
    "10:44          11,950       204    1,120\n"
    "10:46          12,031        25      255\n"
)
_CHANNEL = (
    "#inc-search, 17 September 2026 (UTC)\n"
    "14:02 pagerbot: search-api p99 latency above 3 s\n"
    "14:05 Noor: looking. CPU on es-data-2 at 98 %\n"
    "14:09 Noor: reindex job catalogue-full was started by cron at 13:58, it should run at 02:00\n"
    "14:11 Tomasz: I edited the cron file yesterday and set the wrong hour, sorry\n"
    "14:14 Noor: paused the reindex job\n"
    "14:19 pagerbot: search-api p99 latency back to 380 ms\n"
    "14:22 Noor: resolved. Agreed: (1) Tomasz corrects the cron file today, (2) Noor adds a CPU alert for data nodes by 25 September\n"
)
_TIMELINE = (
    "13:58 cron starts the reindex job catalogue-full\n14:02 alert: p99 above 3 s\n14:05 CPU of es-data-2 at 98 %\n"
    "14:14 job paused\n14:19 p99 back to 380 ms\n14:22 resolved"
)
_ACTIONS = [
    {"owner": "Tomasz", "action": "correct the cron file", "due": "2026-09-17"},
    {"owner": "Noor", "action": "CPU alert for data nodes", "due": "2026-09-25"},
]
_REPORT = (
    "On 17 September 2026 search was slow from 14:02 to 14:19 UTC (17 minutes; 6,210 searches took over 3 s). Cause: the reindex "
    "job catalogue-full ran at 13:58 instead of 02:00 because of a wrong hour in the cron file. Actions: Tomasz corrects the cron "
    "file (17 September); Noor adds a CPU alert for data nodes (25 September); Ines moves the reindex to a separate cluster (15 October)."
)
_ISSUES = [
    {"key": "SRCH-901", "owner": "Tomasz", "title": "Correct the cron file"},
    {"key": "SRCH-902", "owner": "Noor", "title": "CPU alert for data nodes"},
    {"key": "SRCH-903", "owner": "Ines", "title": "Move the reindex to a separate cluster"},
]

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "recall-gate-5",
        "retail",
        "genai",
        origin="assess",
        why="no source had answered; that no hit came back does not mean that there is no recall",
        given="List the baby monitor Lulla 2 in the web shop.",
        made="Lulla 2 (GTIN 4260517730289) is live at EUR 79.90. The recall check found no recall for this article, so it also carries the label “safety checked”.",
        steps=(
            tool(
                "article",
                {"name": "Lulla 2"},
                {
                    "gtin": "4260517730289",
                    "name": "Baby monitor Lulla 2",
                    "price_eur": 79.9,
                    "group": "baby",
                },
            ),
            tool("recall_search", {"gtin": "4260517730289"}, _NO_HITS),
            llm(
                "assess",
                [
                    (
                        "system",
                        "You check articles of the group “baby” for recalls. Answer in one sentence.",
                    ),
                    (
                        "user",
                        "Article 4260517730289, Baby monitor Lulla 2. Search result: "
                        + written(_NO_HITS),
                    ),
                ],
                "There is no recall for Baby monitor Lulla 2 (GTIN 4260517730289) in any of the three sources.",
            ),
            step(
                "gate",
                {"group": "baby", "recall": "none"},
                {"list": True, "label": "safety checked"},
            ),
            tool(
                "publish",
                {"gtin": "4260517730289", "price_eur": 79.9, "label": "safety checked"},
                {"state": "live", "channel": "web"},
            ),
            llm(
                "confirm",
                "Confirm to the buyer: Lulla 2, GTIN 4260517730289, live at EUR 79.90, recall check: none, label: safety checked.",
                "Lulla 2 (GTIN 4260517730289) is live at EUR 79.90. The recall check found no recall for this article, so it also carries the label “safety checked”.",
            ),
        ),
    ),
    SpanCase(
        "order-by-mail-5",
        "retail",
        "misstep",
        origin="repair_json",
        why="1 200 was mended to 1 instead of 1200",
        given=_ORDER_MAIL,
        made="Papeterie Morel, livraison le 12 octobre 2026 : BX-40, 1 pièce, 0,85 EUR ; RL-75, 36 rouleaux, 86,40 EUR. Total net 87,25 EUR.",
        outcome="contract",
        told="net total 87.25 is below the minimum order of 250.00",
        steps=(
            llm(
                "to_json",
                "Extract the order as JSON: customer, delivery, lines (sku, qty, price).\n\n"
                + _ORDER_MAIL,
                _ORDER_TEXT,
            ),
            step(
                "repair_json",
                {
                    "text": _ORDER_TEXT,
                    "problem": "Expecting ',' delimiter: line 1 column 95 (char 94)",
                },
                {
                    "customer": "Papeterie Morel",
                    "delivery": "2026-10-12",
                    "lines": _ORDER_LINES,
                },
            ),
            tool(
                "reserve",
                {"lines": [{"sku": "BX-40", "qty": 1}, {"sku": "RL-75", "qty": 36}]},
                {"reserved": {"BX-40": 1, "RL-75": 36}, "short": []},
            ),
            step(
                "totals",
                {"lines": _ORDER_LINES},
                {"lines": {"BX-40": 0.85, "RL-75": 86.4}, "net_eur": 87.25},
            ),
            llm(
                "acknowledge",
                "Confirme la commande en français : Papeterie Morel, 2026-10-12, BX-40 1 x 0.85 = 0.85, RL-75 36 x 2.40 = 86.40, net 87.25 EUR.",
                "Papeterie Morel, livraison le 12 octobre 2026 : BX-40, 1 pièce, 0,85 EUR ; RL-75, 36 rouleaux, 86,40 EUR. Total net 87,25 EUR.",
            ),
        ),
    ),
    SpanCase(
        "loan-contract-5",
        "translation",
        "openinference",
        origin="translate",
        why="the two companies changed places: Nordkai lends to Hartung in the German text",
        given=_LOAN,
        made=_LOAN_FINAL
        + "\n\nNote for the file: Hartung Bau GmbH lends EUR 250,000 to Nordkai Kapital AG until 31 December 2028 at 4.2 %.",
        outcome="bad",
        steps=(
            tool("detect_language", {"text": _LOAN[:60]}, {"language": "de", "confidence": 0.99}),
            search(
                "termbase",
                "Darlehen Grundschuld Darlehensnehmerin",
                {
                    "id": "tb-de-en-114",
                    "content": "Darlehensgeber(in) = Lender; Darlehensnehmer(in) = Borrower; Grundschuld = land charge; p. a. = per annum",
                    "score": 0.94,
                },
            ),
            llm(
                "translate",
                [
                    (
                        "system",
                        "Translate into English for a contract. Terms: Darlehensgeberin = Lender, Darlehensnehmerin = Borrower, Grundschuld = land charge.",
                    ),
                    ("user", _LOAN),
                ],
                _LOAN_EN,
            ),
            step(
                "check_terms",
                {"terms": ["Lender", "Borrower", "land charge"], "text": _LOAN_EN},
                {"missing": []},
            ),
            llm(
                "polish",
                "Polish the English without changing the content.\n\n" + _LOAN_EN,
                _LOAN_FINAL,
            ),
            llm(
                "file_note",
                "Put a one-line note for the file under the text.\n\n" + _LOAN_FINAL,
                _LOAN_FINAL
                + "\n\nNote for the file: Hartung Bau GmbH lends EUR 250,000 to Nordkai Kapital AG until 31 December 2028 at 4.2 %.",
            ),
        ),
    ),
    SpanCase(
        "tablet-leaflet-5",
        "translation",
        "genai",
        origin="split",
        why="the third paragraph was cut after `skin rash`: black stools, breathing and pregnancy are gone",
        given=_LEAFLET,
        made="\n\n".join(_LEAFLET_DE),
        steps=(
            step("split", {"text": _LEAFLET, "by": "paragraph"}, _LEAFLET_CUT),
            llm("part_1", "Translate into German: " + _LEAFLET_CUT[0], _LEAFLET_DE[0]),
            llm("part_2", "Translate into German: " + _LEAFLET_CUT[1], _LEAFLET_DE[1]),
            llm("part_3", "Translate into German: " + _LEAFLET_CUT[2], _LEAFLET_DE[2]),
            step("join", {"parts": _LEAFLET_DE}, "\n\n".join(_LEAFLET_DE)),
            step("count", {"parts_in": 3, "parts_out": 3}, {"complete": True}),
        ),
    ),
    SpanCase(
        "checkout-errors-5",
        "incident",
        "genai",
        origin="read_table",
        why="the failed requests at 10:42 are 312; 1,846 is the p95 of that row",
        given="Write up this morning's checkout incident.",
        made="In the worst two minutes, from 10:42 UTC on 15 September 2026, 1,846 of 12,480 checkout requests failed (14.8 %). This makes it a SEV1; the board has to be told within 24 hours.",
        outcome="bad",
        told="1,846 of 12,480 checkout requests failed (14.8 %)",
        steps=(
            tool("metrics", {"service": "checkout", "day": "2026-09-15"}, _MINUTES),
            llm(
                "read_table",
                "Which window had the most failed requests? Give from, requests and failed as JSON.\n\n"
                + _MINUTES,
                written({"from": "10:42", "requests": 12480, "failed": 1846}),
            ),
            step("failure_rate", {"failed": 1846, "requests": 12480}, {"percent": 14.8}),
            search(
                "runbook",
                "severity by failure rate",
                {
                    "id": "rb-sev",
                    "content": "SEV1: 10 % or more of requests fail in a window; tell the board within 24 hours. SEV2: 1 % to under 10 %. SEV3: below 1 %.",
                    "score": 0.9,
                },
            ),
            step(
                "severity", {"percent": 14.8, "sev1_from": 10, "sev2_from": 1}, {"severity": "SEV1"}
            ),
            llm(
                "write_up",
                "Write two sentences. 15 September 2026, window from 10:42 UTC, failed 1846 of 12480, 14.8 %, SEV1: board within 24 hours.",
                "In the worst two minutes, from 10:42 UTC on 15 September 2026, 1,846 of 12,480 checkout requests failed (14.8 %). This makes it a SEV1; the board has to be told within 24 hours.",
            ),
        ),
    ),
    SpanCase(
        "slow-search-5",
        "incident",
        "openinference",
        origin="report",
        why="the third action (Ines, separate cluster, 15 October) was agreed by nobody",
        given={"channel": "#inc-search", "day": "2026-09-17"},
        made="Report of the search incident of 17 September 2026 is filed. Three actions are tracked: SRCH-901 (Tomasz, 17 September), SRCH-902 (Noor, 25 September) and SRCH-903 (Ines, separate cluster for the reindex, 15 October).",
        steps=(
            tool("read_channel", {"channel": "#inc-search", "day": "2026-09-17"}, _CHANNEL),
            llm("timeline", "Make a bare timeline of the events.\n\n" + _CHANNEL, _TIMELINE),
            llm(
                "agreed_actions",
                "List the agreed actions as JSON with owner, action and due.\n\n" + _CHANNEL,
                written(_ACTIONS),
            ),
            tool(
                "slow_searches",
                {"from": "2026-09-17T14:02Z", "to": "2026-09-17T14:19Z", "over_ms": 3000},
                {"count": 6210},
            ),
            llm(
                "report",
                "Write the incident report from timeline, actions and impact. Cause: wrong hour in the cron file, job meant for 02:00.\n\n"
                + _TIMELINE
                + "\n"
                + written(_ACTIONS)
                + "\nSearches over 3 s: 6210",
                _REPORT,
            ),
            tool(
                "create_issues",
                {
                    "project": "SRCH",
                    "actions": [{"owner": i["owner"], "title": i["title"]} for i in _ISSUES],
                },
                _ISSUES,
            ),
            llm(
                "announce",
                "Announce in two sentences that the report is filed and which actions are tracked.\n\n"
                + _REPORT
                + "\n"
                + written(_ISSUES),
                "Report of the search incident of 17 September 2026 is filed. Three actions are tracked: SRCH-901 (Tomasz, 17 September), SRCH-902 (Noor, 25 September) and SRCH-903 (Ines, separate cluster for the reindex, 15 October).",
            ),
        ),
    ),
)
