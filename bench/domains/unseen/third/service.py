"""A third set of the plain kind: one planted fault a run, of pipelines of support and retail."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, step, tool, written

_LEAVING = (
    "Dear Scheldenet,\n"
    "I have two lines with you, 700-4417 for the house in Bruges and 700-4471 for the flat in Ghent. The flat is "
    "sold, so please end that contract on the earliest date you can. We are staying in Bruges, and there nothing "
    "should change. Please write to me when it is done.\n"
    "Katrijn Depauw, 28 September 2026"
)
_LEFT = (
    "Dear Ms Depauw, we have ended contract 700-4417 (Fibre 500). It runs until 28 October 2026 and will be "
    "switched off on that day. Your last bill, for 1 to 28 October, is EUR 37.94. Please send the router back "
    "within 14 days. Scheldenet"
)
_PLAN_TOOL = {
    "name": "refund_policy",
    "description": "Refund rules of a plan and billing period",
    "parameters": {
        "type": "object",
        "properties": {
            "plan": {"type": "string", "enum": ["starter", "business", "enterprise"]},
            "billing": {"type": "string", "enum": ["monthly", "annual"]},
        },
    },
}
_CUSTOMER = {
    "customer": "Lund & Falk Arkitekter",
    "plan": "business",
    "billing": "annual",
    "paid_eur": 1188.00,
    "period": "2026-02-01 to 2027-01-31",
    "seats": 9,
}
_REFUND_ASK = (
    "We are closing our studio on 31 July 2026. Do we get back what we have paid for the months after that? Sanna "
    "Falk"
)
_REFUND_REPLY = (
    "Hello Sanna, thank you for telling us. Your plan ends with the period that is running, and payments for it "
    "are not given back, so there is no refund for the months after July. You can use Tegnboard until the period "
    "is over. Best, Tegnboard support"
)
_GRAZ = [
    {"article": "K-1107", "name": "kettle 1.7 l", "stock": 34, "minimum": 20},
    {"article": "K-1110", "name": "kettle 1.0 l", "stock": 7, "minimum": 15},
    {"article": "T-2203", "name": "toaster, two slots", "stock": 26, "minimum": 20},
    {"article": "T-2204", "name": "toaster, four slots", "stock": 12, "minimum": 10},
    {"article": "M-3301", "name": "hand mixer", "stock": 9, "minimum": 12},
]
_GRAZ_SHORT = [
    {"article": "K-1110", "name": "kettle 1.0 l", "order": 8},
    {"article": "M-3301", "name": "hand mixer", "order": 3},
]
_GRAZ_MAIL = (
    "Order GRZ-2026-062\n"
    "Dear Mr Zupan, please send to our branch in Graz 8 kettles 1.0 l (K-1110) at EUR 18.40 and 3 hand mixers "
    "(M-3301) at EUR 27.90, together EUR 230.90 without tax. Everything else in Graz is above its minimum, so this "
    "is the whole order for September. Kind regards, Haushalt Ruppert, purchasing"
)
_BRIEF = """Campaign brief, autumn 2026, Lichthaus Bremer
Period: 5 to 17 October 2026, shops and online
Articles: kettle Nova, lamp Arkona, towel set Juist
Reduction: 20 % off the list price for everyone
Club: members get another 10 % off the reduced price at the till
Round to the cent. Name the list price next to each reduced one.
No reduction on gift cards. Sold while stocks last."""
_CAMPAIGN = [
    {"article": "kettle Nova", "list_eur": 64.90, "reduced_eur": 51.92},
    {"article": "lamp Arkona", "list_eur": 129.00, "reduced_eur": 103.20},
    {"article": "towel set Juist", "list_eur": 39.50, "reduced_eur": 31.60},
]
_NEWSLETTER = """Autumn at Lichthaus Bremer, 5 to 17 October 2026

Kettle Nova: EUR 51.92 instead of EUR 64.90. Club members pay EUR 45.43.
Lamp Arkona: EUR 103.20 instead of EUR 129.00. Club members pay EUR 90.30.
Towel set Juist: EUR 31.60 instead of EUR 39.50. Club members pay EUR 27.65.

In our shops and online, while stocks last. Club prices are taken off at the till."""

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "end-of-contract-3",
        "support",
        "genai",
        origin="read_request",
        why="the contract to end is 700-4471 (the flat in Ghent); the one for Bruges, to be kept, was taken",
        given=_LEAVING,
        made=_LEFT,
        steps=(
            llm(
                "read_request",
                [
                    (
                        "system",
                        "You read mails to an internet provider. Return JSON: customer, intent (end, move, "
                        "change), contract, wish.",
                    ),
                    ("user", _LEAVING),
                ],
                written(
                    {
                        "customer": "Katrijn Depauw",
                        "intent": "end",
                        "contract": "700-4417",
                        "wish": "earliest date",
                    }
                ),
            ),
            tool(
                "contract",
                {"contract": "700-4417"},
                {
                    "contract": "700-4417",
                    "product": "Fibre 500",
                    "eur_a_month": 42.00,
                    "notice_days": 30,
                },
            ),
            step("end_date", {"asked": "2026-09-28", "notice_days": 30}, {"ends": "2026-10-28"}),
            step(
                "last_bill",
                {"eur_a_month": 42.00, "days": 28, "days_in_month": 31},
                {"eur": 37.94},
            ),
            tool(
                "terminate",
                {"contract": "700-4417", "ends": "2026-10-28"},
                {
                    "contract": "700-4417",
                    "state": "ending",
                    "ends": "2026-10-28",
                    "router_back_days": 14,
                },
            ),
            llm(
                "confirm",
                "Confirm to Ms Depauw for Scheldenet. "
                + written(
                    {
                        "contract": "700-4417",
                        "product": "Fibre 500",
                        "ends": "2026-10-28",
                        "last_bill": "1 to 28 October, EUR 37.94",
                        "router_back_days": 14,
                    }
                ),
                _LEFT,
            ),
        ),
    ),
    SpanCase(
        "refund-question-3",
        "support",
        "openinference",
        origin="next_step",
        why="the customer is billed annually; the model asked for the policy of monthly billing",
        given=_REFUND_ASK,
        made=_REFUND_REPLY,
        root="agent",
        session="chat-90417",
        steps=(
            tool("customer", {"mail": "sanna@lundfalk.example"}, _CUSTOMER),
            llm(
                "next_step",
                [
                    (
                        "system",
                        "You are support at Tegnboard. Look up the refund rules for the customer's plan and billing.",
                    ),
                    ("user", _REFUND_ASK + "\n\nCustomer: " + written(_CUSTOMER)),
                ],
                [call("refund_policy", plan="business", billing="monthly")],
                tools=(_PLAN_TOOL,),
            ),
            tool(
                "refund_policy",
                {"plan": "business", "billing": "monthly"},
                {
                    "plan": "business",
                    "billing": "monthly",
                    "rule": "Ends with the running period. Payments are not given back.",
                },
            ),
            llm(
                "decide",
                "Rule: Ends with the running period. Payments are not given back. Question: refund for the time "
                "after 31 July 2026? Answer with refund yes or no and why.",
                "Refund: no. Payments for the running period are not given back.",
            ),
            tool(
                "note_case",
                {
                    "customer": "Lund & Falk Arkitekter",
                    "decision": "no refund",
                    "rule": "running period",
                },
                {"case": "TB-55126"},
            ),
            llm(
                "reply",
                "Reply to Sanna: no refund, payments for the running period are not given back; she can use "
                "Tegnboard until it is over.",
                _REFUND_REPLY,
            ),
        ),
    ),
    SpanCase(
        "graz-stock-3",
        "retail",
        "openinference",
        origin="collect_stock",
        why=(
            "the stock list has two pages (8 articles); only the first was fetched and the 5 articles on it were "
            "taken for all"
        ),
        given={"branch": "Graz", "task": "order what is below its minimum"},
        made=_GRAZ_MAIL,
        outcome="bad",
        told="Everything else in Graz is above its minimum",
        steps=(
            step(
                "collect_stock",
                {"branch": "Graz", "articles": "all"},
                _GRAZ,
                tool(
                    "stock_api",
                    {"branch": "Graz", "page": 1, "per_page": 5},
                    {"branch": "Graz", "items": _GRAZ, "page": 1, "pages": 2, "total": 8},
                ),
            ),
            step("below_minimum", {"articles": _GRAZ}, _GRAZ_SHORT),
            tool(
                "supplier_prices",
                {"articles": ["K-1110", "M-3301"]},
                {
                    "supplier": "Zupan Elektro d.o.o.",
                    "K-1110": 18.40,
                    "M-3301": 27.90,
                    "currency": "EUR",
                },
            ),
            tool(
                "open_orders",
                {"branch": "Graz", "articles": ["K-1110", "M-3301"]},
                {"K-1110": 0, "M-3301": 0},
            ),
            step(
                "order_value",
                {"lines": [[8, 18.40], [3, 27.90]]},
                {"lines_eur": [147.20, 83.70], "net_eur": 230.90},
            ),
            tool(
                "budget",
                {"branch": "Graz", "month": "2026-09", "reserve_eur": 230.90},
                {"left_before_eur": 4100.00, "left_after_eur": 3869.10},
            ),
            step("order_number", {"branch": "Graz", "year": 2026, "last": 61}, "GRZ-2026-062"),
            llm(
                "purchase_mail",
                "Write the order for Haushalt Ruppert, branch Graz, to Mr Zupan. September 2026, GRZ-2026-062. All "
                "other articles are above minimum.\n"
                + written(_GRAZ_SHORT)
                + " K-1110 18.40, M-3301 27.90, net 230.90 EUR",
                _GRAZ_MAIL,
            ),
        ),
    ),
    SpanCase(
        "autumn-campaign-3",
        "retail",
        "misstep",
        origin="newsletter",
        why=(
            "club prices were worked out as 30 % off list; another 10 % off the reduced price gives 46.73, 92.88 "
            "and 28.44"
        ),
        given={"campaign": "autumn 2026", "shop": "Lichthaus Bremer"},
        made=_NEWSLETTER,
        steps=(
            tool("load_brief", {"campaign": "autumn 2026"}, _BRIEF),
            llm(
                "read_brief",
                [
                    ("system", "Give period, articles, reduction_percent and club rule as JSON."),
                    ("user", _BRIEF),
                ],
                written(
                    {
                        "period": ["2026-10-05", "2026-10-17"],
                        "articles": ["kettle Nova", "lamp Arkona", "towel set Juist"],
                        "reduction_percent": 20,
                        "club": "another 10 % off the reduced price, at the till",
                    }
                ),
            ),
            tool(
                "list_prices",
                {"articles": ["kettle Nova", "lamp Arkona", "towel set Juist"]},
                {"kettle Nova": 64.90, "lamp Arkona": 129.00, "towel set Juist": 39.50},
            ),
            step(
                "reduce",
                {
                    "list_eur": {
                        "kettle Nova": 64.90,
                        "lamp Arkona": 129.00,
                        "towel set Juist": 39.50,
                    },
                    "percent": 20,
                },
                _CAMPAIGN,
            ),
            tool(
                "stock",
                {"articles": ["kettle Nova", "lamp Arkona", "towel set Juist"]},
                {"kettle Nova": 410, "lamp Arkona": 96, "towel set Juist": 275},
            ),
            llm(
                "newsletter",
                [
                    (
                        "system",
                        "You write the newsletter of Lichthaus Bremer. Give list, reduced and club price of each "
                        "article.",
                    ),
                    (
                        "user",
                        "5 to 17 October 2026, shops and online, while stocks last.\n"
                        "Club: another 10 % off the reduced price, at the till.\n"
                        + written(_CAMPAIGN),
                    ),
                ],
                _NEWSLETTER,
            ),
        ),
    ),
)
