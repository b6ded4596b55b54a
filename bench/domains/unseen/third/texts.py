"""A third set of the plain kind: one planted fault a run, of pipelines of contracts, judgments and translation."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_MARCH = {
    "3.1": "The Supplier delivers the pumps DDP Gdansk within eight weeks of the order.",
    "5.2": "Invoices are payable within 30 days of receipt.",
    "6.1": "The Supplier warrants the pumps for 24 months from delivery.",
    "8.4": "The Supplier's liability is limited to the price of the order concerned.",
    "12.1": "This agreement is governed by the law of Poland.",
}
_JUNE = {
    "3.1": "The Supplier shall deliver the pumps DDP Gdansk within eight weeks of the order.",
    "5.2": "Invoices are payable within 60 days of receipt.",
    "6.1": "The Supplier warrants the pumps for 24 months from delivery.",
    "8.4": "The Supplier's liability is limited to twice the price of the order concerned.",
    "12.1": "This agreement is governed by the law of Poland.",
}
_PAIRS = [{"clause": c, "march": _MARCH[c], "june": _JUNE[c]} for c in _MARCH]
_COMPARED = [
    {"clause": "3.1", "change": "wording only"},
    {"clause": "5.2", "change": "none"},
    {"clause": "6.1", "change": "none"},
    {
        "clause": "8.4",
        "change": "liability limit doubled, from one to two times the price of the order",
    },
    {"clause": "12.1", "change": "none"},
]
_REDLINE = (
    "Review of Baltpump's draft of June 2026 for the supplier, Pompa Nord Sp. z o.o.\n"
    "One change of substance: in clause 8.4 the liability limit rises from one to two times the price of the "
    "order. Clause 3.1 is reworded only. Delivery, payment terms, warranty and governing law stand as agreed in "
    "March.\n"
    "Advice: sign once the insurer has confirmed cover for the higher limit; nothing else calls for negotiation."
)
_JUDGMENT = """REGIONAL COURT OF LINDENAU, 3 O 118/26, judgment of 17 June 2026
Ferrante Impianti S.r.l. (claimant) v. Hallberg Kuehltechnik GmbH (defendant)
1. The claimant built a cooling plant for the defendant, which accepted it on 19 January 2026.
2. The claimant asks for the last instalment of EUR 61,300.
9. The defendant submits that the plant was defective. It gave notice of a leak on 28 January 2026.
10. The claimant repaired the leak on 4 February 2026. The expert found no other fault.
14. The instalment is therefore due. Defects that have been repaired give no right to withhold payment.
15. The defendant further submits that it may set off a contractual penalty of EUR 4,200, since
    the plant was finished twelve days late and clause 18 of the contract grants EUR 350 a day.
16. The claimant answers that no penalty was reserved when the plant was accepted.
17. The claimant is right. A penalty that is not reserved on acceptance can no longer be claimed.
18. The defendant is ordered to pay EUR 61,300 with interest from 2 March 2026.
19. The defendant bears the costs. The judgment is provisionally enforceable against security."""
_HOLDINGS = [
    {
        "issue": "repaired defects",
        "held": "they give no right to withhold the instalment",
        "par": 14,
    },
    {
        "issue": "penalty for delay",
        "held": "EUR 4,200 (12 days at EUR 350) may be set off",
        "par": 15,
    },
]
_CLIENT_MAIL = (
    "Dear Ms Ferrante, the Regional Court of Lindenau has found that the last instalment of EUR 61,300 is due. It "
    "also allowed Hallberg to set off the penalty of EUR 4,200 for twelve days of delay, so you can expect EUR "
    "57,100 plus interest from 2 March 2026. You may wish to consider an appeal on the penalty. Kind regards, "
    "Studio Carrara"
)
_MIXER_EN = (
    "1. Place the bowl on the base and turn it until it clicks.\n"
    "2. The lid must not be opened while the blade is turning.\n"
    "3. Do not fill the bowl above the MAX mark.\n"
    "4. Wait until the blade has come to a standstill before you take off the lid.\n"
    "5. The blade may be cleaned in the dishwasher; the base may not."
)
_MIXER_DE = (
    "1. Setzen Sie den Behälter auf den Sockel und drehen Sie ihn, bis er einrastet.\n"
    "2. Der Deckel darf nicht geöffnet werden, während sich das Messer dreht.\n"
    "3. Füllen Sie den Behälter nicht über die Markierung MAX.\n"
    "4. Warten Sie, bis das Messer stillsteht, bevor Sie den Deckel abnehmen.\n"
    "5. Das Messer darf in der Spülmaschine gereinigt werden, der Sockel nicht."
)
_MIXER_PLAIN = (
    "1. Stellen Sie den Behälter auf den Sockel. Drehen Sie ihn, bis es klickt.\n"
    "2. Das Messer dreht sich? Sie müssen den Deckel dann nicht öffnen.\n"
    "3. Füllen Sie den Behälter nur bis zur Marke MAX.\n"
    "4. Warten Sie, bis das Messer steht. Nehmen Sie erst dann den Deckel ab.\n"
    "5. Das Messer darf in die Spülmaschine. Der Sockel darf das nicht."
)
_MIXER_CARD = (
    "Mixer Tornio 600: kurz erklärt\n" + _MIXER_PLAIN + "\nTornio Hausgeräte, Stand September 2026"
)
_CLEANER_DE = [
    "Grundreiniger Viskan für Steinböden.",
    "Geben Sie anderthalb Liter Viskan auf zehn Liter Wasser.",
    "Zwanzig Minuten einwirken lassen, nicht antrocknen lassen.",
    "Mit klarem Wasser zweimal nachwischen.",
    "Nicht auf Marmor anwenden.",
]
_CLEANER_EN = [
    "Viskan deep cleaner for stone floors.",
    "Add half a litre of Viskan to ten litres of water.",
    "Leave for twenty minutes; do not let it dry.",
    "Wipe twice with clear water.",
    "Do not use on marble.",
]
_CLEANER_LABEL = (
    "VISKAN deep cleaner for stone floors\n"
    "Add half a litre of Viskan to ten litres of water (one part to twenty). For 20 l of water take 1 l, for 40 l "
    "take 2 l.\n"
    "Leave for twenty minutes; do not let it dry. Wipe twice with clear water. Do not use on marble."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "contract-redline-3",
        "law",
        "misstep",
        origin="compare",
        why="clause 5.2 went from 30 to 60 days and was called unchanged",
        given={"agreement": "Baltpump frame agreement", "versions": ["2026-03", "2026-06"]},
        made=_REDLINE,
        outcome="bad",
        steps=(
            tool(
                "load_march",
                {"agreement": "Baltpump frame agreement", "version": "2026-03"},
                _MARCH,
            ),
            tool(
                "load_june", {"agreement": "Baltpump frame agreement", "version": "2026-06"}, _JUNE
            ),
            step("pair_clauses", {"a": _MARCH, "b": _JUNE}, _PAIRS),
            llm(
                "compare",
                [
                    (
                        "system",
                        "You compare two versions of a contract for Pompa Nord, the supplier. For every pair say "
                        "in JSON what changed: 'none', 'wording only', or the change of substance in a few words.",
                    ),
                    ("user", written(_PAIRS)),
                ],
                written(_COMPARED),
                model="gpt-4o",
            ),
            step(
                "rank",
                {"compared": _COMPARED},
                {"substance": ["8.4"], "wording": ["3.1"], "none": ["5.2", "6.1", "12.1"]},
            ),
            tool(
                "clause_titles",
                {"clauses": ["3.1", "5.2", "6.1", "8.4", "12.1"]},
                {
                    "3.1": "delivery",
                    "5.2": "payment terms",
                    "6.1": "warranty",
                    "8.4": "liability",
                    "12.1": "governing law",
                },
            ),
            llm(
                "report",
                "Write the review for the supplier, Pompa Nord Sp. z o.o., with advice on signing.\n"
                "Draft: Baltpump, June 2026, against March.\n"
                + written(_COMPARED)
                + "\nLiability above one price needs the insurer's word.",
                _REDLINE,
                model="gpt-4o",
            ),
        ),
    ),
    SpanCase(
        "judgment-digest-3",
        "law",
        "genai",
        origin="holdings",
        why="the defendant's submission on the penalty (par. 15) was given as what the court held; par. 17 rejects it",
        given="Tell Ms Ferrante how 3 O 118/26 went. We act for Ferrante Impianti.",
        made=_CLIENT_MAIL,
        outcome="score",
        steps=(
            search(
                "judgments",
                "3 O 118/26 Lindenau Ferrante Hallberg",
                {"id": "lindenau-3-O-118-26", "content": _JUDGMENT, "score": 0.95},
            ),
            llm(
                "facts",
                "State parties, subject, sum claimed and order as JSON.\n\n" + _JUDGMENT,
                written(
                    {
                        "claimant": "Ferrante Impianti S.r.l.",
                        "defendant": "Hallberg Kuehltechnik GmbH",
                        "subject": "last instalment for a cooling plant",
                        "claimed_eur": 61300,
                        "interest_from": "2026-03-02",
                    }
                ),
            ),
            llm(
                "holdings",
                [
                    (
                        "system",
                        "List the issues the court decided and what it held on each, with the paragraph. JSON list.",
                    ),
                    ("user", _JUDGMENT),
                ],
                written(_HOLDINGS),
            ),
            step(
                "net_sum",
                {"claimed_eur": 61300, "deductions": [{"penalty": 4200}]},
                {"net_eur": 57100},
            ),
            llm(
                "memo",
                "One-paragraph memo to the file from: " + written(_HOLDINGS) + " Net EUR 57,100.",
                "Instalment of EUR 61,300 due; set-off of EUR 4,200 for delay allowed; net EUR 57,100 plus interest.",
            ),
            llm(
                "client_mail",
                "Mail Ms Ferrante the outcome, signed Studio Carrara. Memo: Instalment of EUR 61,300 due; set-off "
                "of EUR 4,200 for delay (12 days) allowed; net EUR 57,100 plus interest. Interest runs from 2 "
                "March 2026. Court: Regional Court of Lindenau.",
                _CLIENT_MAIL,
            ),
        ),
    ),
    SpanCase(
        "mixer-card-3",
        "translation",
        "genai",
        origin="plain_german",
        why="'darf nicht geöffnet werden' (must not be opened) became 'müssen nicht öffnen' (need not open)",
        given=_MIXER_EN,
        made=_MIXER_CARD,
        outcome="bad",
        told="Sie müssen den Deckel dann nicht öffnen.",
        steps=(
            search(
                "glossary",
                "bowl base blade lid mixer German",
                {
                    "id": "g-14",
                    "content": "bowl: Behälter; base: Sockel; blade: Messer; lid: Deckel",
                    "score": 0.9,
                },
            ),
            llm(
                "translate",
                [
                    (
                        "system",
                        "Translate into German, formal address, keep the numbering. Terms: bowl Behälter, base "
                        "Sockel, blade Messer, lid Deckel.",
                    ),
                    ("user", _MIXER_EN),
                ],
                _MIXER_DE,
                model="gpt-4o",
            ),
            step(
                "check_terms",
                {"text": _MIXER_DE, "terms": ["Behälter", "Sockel", "Messer", "Deckel"]},
                {"missing": []},
            ),
            llm(
                "plain_german",
                [
                    (
                        "system",
                        "Rewrite in plain German: short sentences, no passive where it can be helped, the meaning "
                        "stays the same.",
                    ),
                    ("user", _MIXER_DE),
                ],
                _MIXER_PLAIN,
                model="gpt-4o",
            ),
            tool(
                "readability",
                {"text": _MIXER_PLAIN, "language": "de"},
                {"level": "A2", "longest_sentence_words": 9},
            ),
            step(
                "card",
                {
                    "title": "Mixer Tornio 600: kurz erklärt",
                    "body": _MIXER_PLAIN,
                    "as_of": "2026-09",
                },
                _MIXER_CARD,
            ),
        ),
    ),
    SpanCase(
        "cleaner-label-3",
        "translation",
        "misstep",
        origin="translate",
        why="'anderthalb Liter' is one and a half litres, not half a litre",
        given={"product": "Viskan", "from": "de", "to": "en"},
        made=_CLEANER_LABEL,
        steps=(
            tool("load_text", {"product": "Viskan", "language": "de"}, " ".join(_CLEANER_DE)),
            step("sentences", " ".join(_CLEANER_DE), _CLEANER_DE),
            llm(
                "translate",
                [
                    (
                        "system",
                        "Translate each sentence of the list into British English. Return a JSON list of the same "
                        "length.",
                    ),
                    ("user", written(_CLEANER_DE)),
                ],
                written(_CLEANER_EN),
            ),
            step("same_length", {"source": 5, "target": 5}, {"ok": True}),
            tool(
                "mixing_table",
                {"cleaner_l": 0.5, "water_l": 10, "for_water_l": [20, 40]},
                {"ratio": "1:20", "cleaner_l": {"20": 1.0, "40": 2.0}},
            ),
            llm(
                "label",
                "Set the label from these sentences; put the ratio and the table into the second.\n"
                + written(_CLEANER_EN)
                + "\n1:20; 20 l of water: 1 l, 40 l of water: 2 l",
                _CLEANER_LABEL,
            ),
        ),
    ),
)
