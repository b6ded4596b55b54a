"""The sixth set, faulty runs of stock, returns and letters from customers."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, llm, search, step, tool, written

_RANGE = [
    {"sku": "KR-104", "name": "Kettle 1.7 l", "minimum": 40, "pack": 12, "cost": 11.60},
    {"sku": "KR-118", "name": "Toaster, two slots", "minimum": 30, "pack": 10, "cost": 14.20},
    {"sku": "KR-131", "name": "Hand blender", "minimum": 25, "pack": 8, "cost": 12.90},
    {"sku": "KR-140", "name": "Milk frother", "minimum": 50, "pack": 20, "cost": 8.75},
    {"sku": "KR-152", "name": "Waffle iron", "minimum": 15, "pack": 6, "cost": 17.30},
]
_STOCK = [
    {"bin": "A-02", "sku": "KR-140", "on_hand": 212},
    {"bin": "A-07", "sku": "KR-104", "on_hand": 9},
    {"bin": "B-01", "sku": "KR-152", "on_hand": 44},
    {"bin": "B-11", "sku": "KR-131", "on_hand": 18},
    {"bin": "C-04", "sku": "KR-118", "on_hand": 61},
]
_JOINED = [
    {"sku": "KR-104", "name": "Kettle 1.7 l", "minimum": 40, "pack": 12, "on_hand": 212},
    {"sku": "KR-118", "name": "Toaster, two slots", "minimum": 30, "pack": 10, "on_hand": 9},
    {"sku": "KR-131", "name": "Hand blender", "minimum": 25, "pack": 8, "on_hand": 44},
    {"sku": "KR-140", "name": "Milk frother", "minimum": 50, "pack": 20, "on_hand": 18},
    {"sku": "KR-152", "name": "Waffle iron", "minimum": 15, "pack": 6, "on_hand": 61},
]
_PROPOSAL = [
    {"sku": "KR-118", "on_hand": 9, "minimum": 30, "packs": 6, "pieces": 60, "cost": 852.00},
    {"sku": "KR-140", "on_hand": 18, "minimum": 50, "packs": 5, "pieces": 100, "cost": 875.00},
]
_PURCHASE = """\
Purchase order PO-26-0931, Krohn Haushalt GmbH, week 39
1) KR-118 Toaster, two slots     6 packs of 10    60 pcs    852.00
2) KR-140 Milk frother           5 packs of 20   100 pcs    875.00
Total EUR 1,727.00, delivery to the Fulda warehouse by 2 October 2026."""
_BUYER_NOTE = """\
Hi Dilek, here is what goes out to Krohn this week:

- toasters (KR-118): only 9 left against a minimum of 30, so 60 more;
- milk frothers (KR-140): 18 left against a minimum of 50, so 100 more.

Together EUR 1,727.00 (PO-26-0931), due in Fulda by 2 October. Kettles, hand blenders and waffle irons are well
above their minimum; kettles with 212 pieces are so plentiful that you could put them into the October flyer."""

_RETURNS = """\
Returns report, autumn range, weeks 33-36 of 2026
article                 sold   returned
Lofoten cardigan         812        115
Hilde dress              640         81
Vik parka                455         45
Fjell trousers         1,020         84
Nord tee               2,310         67
Sund fleece              530         56
Brise blouse             705         52"""
_RATES = {
    "Lofoten cardigan": "14.2%",
    "Hilde dress": "12.7%",
    "Vik parka": "9.9%",
    "Fjell trousers": "8.2%",
    "Nord tee": "2.9%",
    "Sund fleece": "10.6%",
    "Brise blouse": "7.4%",
}
_VOICES = (
    {
        "id": "c-771",
        "content": "Vik parka: lovely coat, but a size smaller than the chart says. Sent back for L.",
    },
    {
        "id": "c-802",
        "content": "Fjell trousers: zip sticks, and the colour is browner than in the picture.",
    },
    {"id": "c-815", "content": "Brise blouse: see-through in daylight, I did not expect that."},
)
_RANGE_MEMO = """\
Memo to the range board, 10 September 2026

The three articles with the highest return rates in weeks 33-36 are the Vik parka (9.9 %), the Fjell trousers (8.2 %)
and the Brise blouse (7.4 %). Together 181 of 2,180 pieces came back, 8.3 %.
What customers say: the parka runs small, the zip of the trousers sticks and their colour is off, the blouse is
see-through.
Proposal: stop the repeat orders of these three, correct the size chart of the parka at once, and keep the rest
of the autumn range (Lofoten, Hilde, Sund, Nord) as it is."""

_RENEWAL_MAIL = """\
From: Henrik Solvang <h.solvang@fjordpost.example>
Date: Mon, 14 Sep 2026 09:12 +0200
Subject: my ScanNest Premium

Hello, my card was charged automatically last year and I did not like that. Please switch the automatic renewal
off for me. I have paid until 30 November and want to go on using Premium until then, after that the free plan will
do. All the family letters I have scanned must of course stay where they are.
Best regards, Henrik Solvang"""
_TICKET = {
    "customer": "h.solvang@fjordpost.example",
    "intent": "close_account",
    "effective": "immediately",
    "sentiment": "dissatisfied with a charge",
    "language": "en",
}
_ACCOUNT = {
    "user": "u-30917",
    "plan": "Premium yearly",
    "price": 79.00,
    "paid_from": "2025-12-01",
    "paid_until": "2026-11-30",
    "auto_renew": True,
    "documents": 1214,
}
_CLOSED_REPLY = """\
Dear Mr Solvang,

as you wished, we closed your ScanNest account today, 14 September 2026. Premium has ended, and EUR 16.67 for the 77
unused days will go back to your card within five working days.
Your 1,214 scanned documents will be deleted for good on 21 September; please download them before that date.
We are sorry to see you go.

ScanNest customer care"""

_CHAT = """\
[22.09.2026 10:04] Freja Holm: Hi, our Nordlys T8 heat pump dryer stops after ten minutes and shows E17.
[10:05] Assistant: I am sorry to hear that. When did you buy it, and where do you live?
[10:06] Freja Holm: Bought on 14 February 2026 at Elkær in Aarhus, receipt no. 55-20871. We live in 8000 Aarhus C.
[10:07] Assistant: Thank you. Have you cleaned the lower filter?
[10:09] Freja Holm: Yes, twice. The drum simply stops. Can someone come, and what will it cost?"""
_READ_CHAT = {
    "product": "Nordlys T8",
    "group": "tumble dryers",
    "bought": "2026-02-14",
    "symptom": "E17, drum stops after ten minutes",
    "place": "8000 Aarhus C",
}
_TERMS_2025 = """\
Nordlys warranty terms, tumble dryers, edition 4
Valid for appliances bought between 1 January 2023 and 31 December 2025.
1. Five years on motor and compressor, three years on all other parts.
2. Labour and the technician's travel are free within these periods.
3. The customer shows the receipt. Filters and lamps are excluded."""
_DRYER_REPLY = """\
Hi Freja,

good news: your Nordlys T8 is covered. All parts are under warranty for three years, for you until 14 February 2029,
and both labour and the technician's travel are free of charge. A technician will come on Tuesday, 29 September
2026, between 8 and 12, with the motor control board for E17. Please have receipt 55-20871 ready.
There is nothing to pay."""

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "replenishment-6",
        "retail",
        "openinference",
        origin="join_stock",
        why="the stock lines, which come in order of bins, were put beside the articles by position, not by number",
        given="Weekly order proposal for supplier Krohn, week 39 of 2026",
        made=_BUYER_NOTE,
        steps=(
            tool("supplier_range", {"supplier": "Krohn Haushalt GmbH"}, _RANGE),
            tool(
                "stock_by_bin", {"skus": ["KR-104", "KR-118", "KR-131", "KR-140", "KR-152"]}, _STOCK
            ),
            step("join_stock", {"range": _RANGE, "stock": _STOCK}, _JOINED),
            step(
                "propose_order",
                {
                    "lines": _JOINED,
                    "rule": "below minimum: fill up to twice the minimum, whole packs, rounded up",
                },
                _PROPOSAL,
            ),
            llm(
                "purchase_order",
                [
                    (
                        "system",
                        "Lay out the purchase order as plain text: lines, packs, pieces, cost, total.",
                    ),
                    (
                        "user",
                        "PO-26-0931, supplier Krohn Haushalt GmbH, week 39, deliver to Fulda by 2 October 2026.\n"
                        + written(_PROPOSAL)
                        + "\nnames: KR-118 Toaster, two slots (pack of 10); KR-140 Milk frother (pack of 20)",
                    ),
                ],
                _PURCHASE,
            ),
            llm(
                "buyer_note",
                "Tell the buyer, Dilek, informally what goes out and what needs nothing. Stock:\n"
                + written(_JOINED)
                + "\nOrder:\n"
                + _PURCHASE,
                _BUYER_NOTE,
            ),
        ),
    ),
    SpanCase(
        "returns-board-6",
        "retail",
        "misstep",
        origin="highest_three",
        why="the rates were put in order as texts, so 9.9 % comes before 14.2 %, 12.7 % and 10.6 %",
        given={"report": "returns", "weeks": "33-36/2026", "for": "range board"},
        made=_RANGE_MEMO,
        steps=(
            tool("returns_report", {"range": "autumn", "weeks": [33, 36], "year": 2026}, _RETURNS),
            step("return_rates", _RETURNS, _RATES),
            step(
                "highest_three",
                {"rates": _RATES, "n": 3, "order": "descending"},
                ["Vik parka", "Fjell trousers", "Brise blouse"],
            ),
            search(
                "customer_comments",
                "reasons for return: Vik parka, Fjell trousers, Brise blouse",
                *_VOICES,
            ),
            llm(
                "reasons",
                "Sum up per article in a few words why customers send it back.\n"
                + "\n".join(v["content"] for v in _VOICES),
                "Vik parka: runs small. Fjell trousers: zip sticks, colour differs from the picture. "
                "Brise blouse: see-through.",
            ),
            llm(
                "board_memo",
                [
                    (
                        "system",
                        "You write memos to the range board. Name the articles with the highest return rates, their "
                        "common rate, the reasons, and a proposal. The other articles stay as they are.",
                    ),
                    (
                        "user",
                        "Date: 10 September 2026. Highest: Vik parka 9.9 %, Fjell trousers 8.2 %, Brise blouse 7.4 %.\n"
                        "Reasons: parka runs small; trousers zip sticks, colour off; blouse see-through.\n"
                        + _RETURNS,
                    ),
                ],
                _RANGE_MEMO,
            ),
        ),
    ),
    SpanCase(
        "renewal-request-6",
        "support",
        "misstep",
        origin="triage",
        why="the customer asked to end the automatic renewal and to keep all; the ticket says to close the account",
        given=_RENEWAL_MAIL,
        made=_CLOSED_REPLY,
        root="agent",
        steps=(
            llm(
                "triage",
                [
                    (
                        "system",
                        "Classify the customer's mail. intent is one of: turn_off_renewal, change_plan, close_account, "
                        "refund, technical, other. Give customer, intent, effective, sentiment, language as JSON.",
                    ),
                    ("user", _RENEWAL_MAIL),
                ],
                written(_TICKET),
            ),
            tool("account", {"email": "h.solvang@fjordpost.example"}, _ACCOUNT),
            step(
                "playbook",
                {"intent": "close_account", "effective": "immediately", "plan": "Premium yearly"},
                [
                    "refund unused days",
                    "close the account",
                    "delete documents after 7 days",
                    "send farewell",
                ],
            ),
            tool(
                "refund_unused",
                {
                    "price": 79.00,
                    "days_in_year": 365,
                    "first_unused": "2026-09-15",
                    "paid_until": "2026-11-30",
                },
                {"unused_days": 77, "refund": 16.67},
            ),
            tool(
                "close_account",
                {"user": "u-30917", "delete_after_days": 7},
                {"user": "u-30917", "closed": "2026-09-14", "documents_deleted_on": "2026-09-21"},
            ),
            llm(
                "reply",
                "Write the reply to Henrik Solvang in the name of ScanNest customer care.\n"
                + written(
                    {
                        "intent": "close_account",
                        "closed": "2026-09-14",
                        "refund": 16.67,
                        "unused_days": 77,
                        "documents": 1214,
                        "deleted_on": "2026-09-21",
                    }
                ),
                _CLOSED_REPLY,
            ),
        ),
    ),
    SpanCase(
        "dryer-warranty-6",
        "support",
        "genai",
        origin="warranty_terms",
        why="asked for the terms of a purchase in February 2026, it gave those that end with December 2025",
        given=_CHAT,
        made=_DRYER_REPLY,
        outcome="bad",
        told="both labour and the technician's travel are free of charge",
        steps=(
            llm(
                "read_chat",
                "Give product, group, bought (ISO date), symptom and place as JSON.\n\n" + _CHAT,
                written(_READ_CHAT),
            ),
            search(
                "warranty_terms",
                "warranty terms tumble dryers, appliance bought on 2026-02-14",
                {"id": "wt-dryer-4", "content": _TERMS_2025, "score": 0.83},
            ),
            agent(
                "cover_agent",
                written(_READ_CHAT),
                "Covered: three years on parts such as the control board, until 14 February 2029; labour and travel free.",
                llm(
                    "decide_cover",
                    [
                        (
                            "system",
                            "Decide by the terms below whether the repair is covered and what the customer pays.\n",
                        ),
                        ("user", _TERMS_2025 + "\n\nCase: " + written(_READ_CHAT)),
                    ],
                    "Covered: three years on parts such as the control board, until 14 February 2029; labour and travel free.",
                ),
                tool(
                    "book_technician",
                    {"place": "8000 Aarhus C", "symptom": "E17", "charge": 0},
                    {
                        "date": "2026-09-29",
                        "window": "08-12",
                        "bring": "motor control board",
                        "charge": 0,
                    },
                ),
            ),
            llm(
                "chat_reply",
                "Answer Freja in a friendly tone, with cover, date and what it costs.\n"
                "Cover: three years on parts such as the control board, until 14 February 2029; labour and travel free.\n"
                "Visit: Tuesday 29 September 2026, 8 to 12, with motor control board. Receipt: 55-20871.",
                _DRYER_REPLY,
            ),
        ),
    ),
)
