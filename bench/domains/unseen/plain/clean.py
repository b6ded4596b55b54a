"""Recorded runs without a fault: errors recovered from, conversions, harmless rewording."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, call, llm, search, step, tool, written

_LETTER = "Weight on admission 165 lb. Paracetamol 0.5 g up to four times daily. No known drug allergies. Patient is a 54-year-old man."
_CONTRACT = (
    "Employment agreement between Northgate Analytics Ltd and Ms. Priya Raman. Start date 1 October 2026. Annual salary "
    "GBP 54,000, paid monthly. Probation period of six months. Notice period after probation: three months."
)
_HOTELS = [
    {"name": "Pension Alpenblick", "per_night_eur": 92, "breakfast": True},
    {"name": "Hotel Krone", "per_night_eur": 138, "breakfast": True},
    {"name": "Gasthof Post", "per_night_eur": 74, "breakfast": False},
]
_INVOICES = [
    {"no": "R-101", "due": "2026-03-31", "amount": 1200.00, "paid": True},
    {"no": "R-102", "due": "2026-04-15", "amount": 845.50, "paid": False},
    {"no": "R-103", "due": "2026-04-30", "amount": 310.00, "paid": False},
    {"no": "R-104", "due": "2026-05-31", "amount": 99.90, "paid": True},
]
_NEWS = "Die Gemeinde Oberau baut 48 neue Wohnungen. Die Kosten betragen 12,6 Millionen Euro. Baubeginn ist der 3. September 2026."
_LOG = (
    "2026-05-02 08:14:07 UTC api error rate 0.4 %\n2026-05-02 08:31:55 UTC api error rate 18.2 %\n"
    "2026-05-02 08:36:10 UTC deploy 4411 rolled back\n2026-05-02 08:41:30 UTC api error rate 0.3 %"
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "pricing-sheet-1",
        "finance",
        "misstep",
        origin=None,
        why="a conversion and a rounding, both right",
        given="Give the annual licence price of 1,200 EUR in Swiss francs.",
        made="The annual licence costs CHF 1,137.60, i.e. CHF 94.80 per month.",
        steps=(
            llm(
                "plan",
                "Give the annual licence price of 1,200 EUR in Swiss francs.",
                [call("get_rate", base="EUR", quote="CHF")],
            ),
            tool("get_rate", {"base": "EUR", "quote": "CHF"}, {"rate": 0.948}),
            tool("convert", {"amount": 1200, "rate": 0.948}, {"amount": 1137.6, "currency": "CHF"}),
            step("per_month", {"amount": 1137.6, "months": 12}, {"monthly": 94.8}),
            llm(
                "draft",
                'Answer: {"annual": 1137.6, "monthly": 94.8, "currency": "CHF"}',
                "The licence is CHF 1,137.60 a year (CHF 94.80 a month).",
            ),
            llm(
                "polish",
                "Polish: The licence is CHF 1,137.60 a year (CHF 94.80 a month).",
                "The annual licence costs CHF 1,137.60, i.e. CHF 94.80 per month.",
            ),
        ),
    ),
    SpanCase(
        "admission-1",
        "medicine",
        "openinference",
        origin=None,
        why="pounds became kilograms, grams milligrams",
        given={"letter": "L-90"},
        made="54-year-old man, 74.8 kg, no known allergies. Paracetamol 500 mg, at most 4 times a day (2 g).",
        steps=(
            tool("fetch", {"letter": "L-90"}, {"text": _LETTER}),
            llm(
                "extract",
                [("system", "Extract as JSON; weight in kg, doses in mg."), ("user", _LETTER)],
                '{"age": 54, "sex": "male", "weight_kg": 74.8, "allergies": [], "drugs": [{"name": "paracetamol", "dose_mg": 500, "max_per_day": 4}]}',
                shown="extract",
            ),
            tool(
                "max_daily",
                {"dose_mg": 500, "max_per_day": 4},
                {"daily_mg": 2000, "limit_mg": 4000, "ok": True},
            ),
            tool("interactions", {"drugs": ["paracetamol"]}, {"interactions": []}),
            step(
                "merge",
                {
                    "age": 54,
                    "sex": "male",
                    "weight_kg": 74.8,
                    "allergies": [],
                    "dose_mg": 500,
                    "max_per_day": 4,
                    "daily_mg": 2000,
                },
                {
                    "summary": {
                        "age": 54,
                        "sex": "male",
                        "weight_kg": 74.8,
                        "allergies": [],
                        "paracetamol_mg": 500,
                        "daily_mg": 2000,
                    }
                },
            ),
            llm(
                "note",
                'Write the admission note: {"age": 54, "sex": "male", "weight_kg": 74.8, "allergies": [], "paracetamol_mg": 500, "max_per_day": 4, "daily_mg": 2000}',
                "54-year-old man, 74.8 kg, no known allergies. Paracetamol 500 mg, at most 4 times a day (2 g).",
                shown="note",
            ),
        ),
    ),
    SpanCase(
        "contract-brief-1",
        "law",
        "genai",
        origin=None,
        why="the same terms in other words",
        given="Summarise the contract of Ms. Raman for her.",
        made="You start on 1 October 2026 with a yearly salary of £54,000 (£4,500 a month). The first six months are a trial period; afterwards, either side has to give three months' notice.",
        steps=(
            tool("load", {"name": "raman_contract.pdf"}, {"text": _CONTRACT}),
            llm(
                "extract",
                "Extract the key terms as JSON: " + _CONTRACT,
                '{"employer": "Northgate Analytics Ltd", "employee": "Priya Raman", "start": "2026-10-01", "salary_gbp": 54000, "probation_months": 6, "notice_months": 3}',
            ),
            step("monthly", {"salary_gbp": 54000}, {"monthly_gbp": 4500}),
            llm(
                "bullets",
                'Write bullets: {"start": "2026-10-01", "salary_gbp": 54000, "monthly_gbp": 4500, "probation_months": 6, "notice_months": 3}',
                "- Start: 1 October 2026\n- Salary: £54,000 a year, £4,500 a month\n- Probation: six months\n- Notice: three months",
            ),
            llm(
                "plain",
                "Rewrite for the employee in plain words:\n- Start: 1 October 2026\n- Salary: £54,000 a year, £4,500 a month\n- Probation: six months\n- Notice: three months",
                "You start on 1 October 2026 with a yearly salary of £54,000 (£4,500 a month). The first six months are a trial period; afterwards, either side has to give three months' notice.",
            ),
            tool(
                "deliver",
                {
                    "to": "Priya Raman",
                    "text": "You start on 1 October 2026 with a yearly salary of £54,000 (£4,500 a month). The first six months are a trial period; afterwards, either side has to give three months' notice.",
                },
                {"delivered": True},
            ),
        ),
    ),
    SpanCase(
        "hotel-pick-1",
        "travel",
        "misstep",
        origin=None,
        why="the first search timed out and was tried again",
        given="A hotel in Innsbruck for 3 nights from 5 June, at most 100 EUR a night, with breakfast.",
        made="Pension Alpenblick, 5 to 8 June 2026, 3 nights with breakfast, EUR 276 in total.",
        steps=(
            llm(
                "parse",
                "Today is 2026-05-01. Extract: A hotel in Innsbruck for 3 nights from 5 June, at most 100 EUR a night, with breakfast.",
                '{"city": "Innsbruck", "check_in": "2026-06-05", "check_out": "2026-06-08", "nights": 3, "max_per_night_eur": 100, "breakfast": true}',
            ),
            tool(
                "search_hotels",
                {"city": "Innsbruck", "check_in": "2026-06-05", "check_out": "2026-06-08"},
                None,
                error=("TimeoutError", "no answer within 10 s"),
            ),
            tool(
                "search_hotels_2",
                {"city": "Innsbruck", "check_in": "2026-06-05", "check_out": "2026-06-08"},
                {"hotels": _HOTELS},
                shown="search_hotels",
            ),
            llm(
                "choose",
                'Choose a hotel for {"max_per_night_eur": 100, "breakfast": true} from '
                + written(_HOTELS),
                '{"name": "Pension Alpenblick", "per_night_eur": 92, "breakfast": true}',
            ),
            step("total", {"per_night_eur": 92, "nights": 3}, {"total_eur": 276}),
            llm(
                "answer",
                'Answer the guest: {"name": "Pension Alpenblick", "check_in": "2026-06-05", "check_out": "2026-06-08", "nights": 3, "breakfast": true, "total_eur": 276}',
                "Pension Alpenblick, 5 to 8 June 2026, 3 nights with breakfast, EUR 276 in total.",
            ),
        ),
    ),
    SpanCase(
        "account-unlock-1",
        "support",
        "openinference",
        origin=None,
        why="a lookup found nothing, the second way did",
        given="I can't log in any more. My e-mail is l.okafor@example.org, user name lokafor.",
        made="Hello, your account lokafor was locked after 5 failed attempts. It is unlocked again; please choose a new password with the link we sent to l.okafor@example.org.",
        steps=(
            llm(
                "understand",
                "Extract intent and identifiers: I can't log in any more. My e-mail is l.okafor@example.org, user name lokafor.",
                '{"intent": "login_problem", "email": "l.okafor@example.org", "user": "lokafor"}',
                shown="understand",
            ),
            tool(
                "find_by_email",
                {"email": "l.okafor@example.org"},
                {"error": "not found", "status": 404},
            ),
            tool(
                "find_by_user",
                {"user": "lokafor"},
                {
                    "user": "lokafor",
                    "email": "l.okafor@example.org",
                    "status": "locked",
                    "failed_attempts": 5,
                },
            ),
            tool("unlock", {"user": "lokafor"}, {"user": "lokafor", "status": "active"}),
            tool("send_reset", {"email": "l.okafor@example.org"}, {"sent": True}),
            llm(
                "reply",
                'Reply: {"user": "lokafor", "was": "locked", "failed_attempts": 5, "now": "active", "reset_link_sent_to": "l.okafor@example.org"}',
                "Hello, your account lokafor was locked after 5 failed attempts. It is unlocked again; please choose a new password with the link we sent to l.okafor@example.org.",
                shown="reply",
            ),
        ),
    ),
    SpanCase(
        "bug-fix-1",
        "code",
        "genai",
        origin=None,
        why="the first patch failed a test, the second passed",
        given="slugify('Über uns') should return 'ueber-uns'.",
        made="slugify now transliterates German umlauts: 'Über uns' becomes 'ueber-uns'. All 9 tests pass.",
        steps=(
            llm(
                "patch",
                "Fix: slugify('Über uns') should return 'ueber-uns'.\ndef slugify(s): return s.lower().replace(' ', '-')",
                "def slugify(s): return s.lower().replace(' ', '-').replace('ü', 'u')",
            ),
            tool(
                "run_tests",
                {"code": "def slugify(s): return s.lower().replace(' ', '-').replace('ü', 'u')"},
                {"passed": 8, "failed": 1, "output": "AssertionError: 'uber-uns' != 'ueber-uns'"},
            ),
            llm(
                "patch_2",
                "The test failed: AssertionError: 'uber-uns' != 'ueber-uns'. Fix the code:\ndef slugify(s): return s.lower().replace(' ', '-').replace('ü', 'u')",
                "def slugify(s): return s.lower().replace(' ', '-').replace('ü', 'ue').replace('ö', 'oe').replace('ä', 'ae')",
                shown="patch",
            ),
            tool(
                "run_tests_2",
                {
                    "code": "def slugify(s): return s.lower().replace(' ', '-').replace('ü', 'ue').replace('ö', 'oe').replace('ä', 'ae')"
                },
                {"passed": 9, "failed": 0, "output": ""},
                shown="run_tests",
            ),
            llm(
                "describe",
                "Describe the change. Tests: 9 passed, 0 failed. Code: def slugify(s): return s.lower().replace(' ', '-').replace('ü', 'ue').replace('ö', 'oe').replace('ä', 'ae')",
                "slugify transliterates German umlauts now ('Über uns' gives 'ueber-uns'); 9 of 9 tests pass.",
            ),
            llm(
                "message",
                "Commit message for: slugify transliterates German umlauts now ('Über uns' gives 'ueber-uns'); 9 of 9 tests pass.",
                "slugify now transliterates German umlauts: 'Über uns' becomes 'ueber-uns'. All 9 tests pass.",
            ),
        ),
    ),
    SpanCase(
        "basket-1",
        "retail",
        "misstep",
        origin=None,
        why="sums, tax and free shipping are right",
        given={"basket": "B-77", "country": "NL"},
        made="Total: EUR 72.60, including EUR 12.60 VAT. Shipping is free.",
        steps=(
            tool(
                "load_basket",
                {"basket": "B-77"},
                {
                    "items": [
                        {"sku": "T-1", "qty": 2, "price": 18.00},
                        {"sku": "M-4", "qty": 1, "price": 24.00},
                    ]
                },
            ),
            step(
                "subtotal",
                {
                    "items": [
                        {"sku": "T-1", "qty": 2, "price": 18.00},
                        {"sku": "M-4", "qty": 1, "price": 24.00},
                    ]
                },
                {"subtotal": 60.00},
            ),
            tool(
                "vat",
                {"net": 60.00, "country": "NL"},
                {"rate_percent": 21, "vat": 12.60, "gross": 72.60},
            ),
            llm(
                "shipping",
                'Shipping is 4.95 below 50 EUR, free from 50 EUR. {"subtotal": 60.00} Answer as JSON.',
                '{"shipping": 0}',
            ),
            step(
                "total",
                {"gross": 72.60, "shipping": 0, "vat": 12.60},
                {"total": 72.60, "vat": 12.60, "shipping": 0},
            ),
            llm(
                "text",
                'Write the checkout line: {"total": 72.60, "vat": 12.60, "shipping": 0, "currency": "EUR"}',
                "Total: EUR 72.60, including EUR 12.60 VAT. Shipping is free.",
            ),
        ),
    ),
    SpanCase(
        "news-translation-1",
        "translation",
        "openinference",
        origin=None,
        why="numbers and dates in another language's writing",
        given={"article": "A-311", "target": "en"},
        made="Oberau is building 48 new flats at a cost of €12.6 million. Construction begins on 3 September 2026.",
        steps=(
            tool("fetch_article", {"article": "A-311"}, {"text": _NEWS, "language": "de"}),
            search(
                "memory",
                "Gemeinde Wohnungen Baubeginn",
                {"id": "tm-18", "content": "Baubeginn = start of construction", "score": 0.8},
            ),
            llm(
                "translate",
                [("system", "Translate into British English."), ("user", _NEWS)],
                "The municipality of Oberau is building 48 new flats. The costs amount to 12.6 million euros. Construction starts on 3 September 2026.",
                shown="translate",
            ),
            llm(
                "review",
                "Source: "
                + _NEWS
                + "\nTranslation: The municipality of Oberau is building 48 new flats. The costs amount to 12.6 million euros. Construction starts on 3 September 2026.\nIs the translation faithful?",
                '{"faithful": true, "remarks": []}',
                shown="review",
            ),
            llm(
                "condense",
                "Condense into two sentences: The municipality of Oberau is building 48 new flats. The costs amount to 12.6 million euros. Construction starts on 3 September 2026.",
                "Oberau is building 48 new flats at a cost of €12.6 million. Construction begins on 3 September 2026.",
                shown="condense",
            ),
            tool(
                "publish",
                {
                    "article": "A-311",
                    "text": "Oberau is building 48 new flats at a cost of €12.6 million. Construction begins on 3 September 2026.",
                },
                {"published": True},
            ),
        ),
    ),
    SpanCase(
        "outage-report-1",
        "incident reports",
        "misstep",
        origin=None,
        why="times in another zone and a rounded duration",
        given={"incident": "INC-881", "timezone": "Europe/Berlin"},
        made="On 2 May 2026 from 10:31 to 10:41 (Berlin time), about 18 % of API requests failed for roughly 10 minutes. Rolling back deploy 4411 solved it.",
        steps=(
            tool("fetch_log", {"incident": "INC-881"}, {"log": _LOG}),
            llm(
                "timeline",
                "Extract start, end (UTC), peak error rate and mitigation as JSON:\n" + _LOG,
                '{"start": "2026-05-02T08:31:55Z", "end": "2026-05-02T08:41:30Z", "peak_error_pct": 18.2, "mitigation": "deploy 4411 rolled back"}',
            ),
            tool(
                "to_local",
                {
                    "start": "2026-05-02T08:31:55Z",
                    "end": "2026-05-02T08:41:30Z",
                    "timezone": "Europe/Berlin",
                },
                {"start": "2026-05-02T10:31:55+02:00", "end": "2026-05-02T10:41:30+02:00"},
            ),
            step(
                "duration",
                {"start": "2026-05-02T08:31:55Z", "end": "2026-05-02T08:41:30Z"},
                {"seconds": 575, "minutes": 9.6},
            ),
            llm(
                "report",
                'Write the report: {"start": "2026-05-02T10:31:55+02:00", "end": "2026-05-02T10:41:30+02:00", "minutes": 9.6, "peak_error_pct": 18.2, "mitigation": "deploy 4411 rolled back"}',
                "On 2 May 2026 between 10:31 and 10:41 (Berlin time), up to 18.2 % of API requests failed for 9.6 minutes. The rollback of deploy 4411 ended it.",
            ),
            llm(
                "simplify",
                "Simplify for customers: On 2 May 2026 between 10:31 and 10:41 (Berlin time), up to 18.2 % of API requests failed for 9.6 minutes. The rollback of deploy 4411 ended it.",
                "On 2 May 2026 from 10:31 to 10:41 (Berlin time), about 18 % of API requests failed for roughly 10 minutes. Rolling back deploy 4411 solved it.",
            ),
        ),
    ),
    SpanCase(
        "dunning-1",
        "finance",
        "genai",
        origin=None,
        why="two of four invoices are unpaid and overdue, which was asked for",
        given="Which invoices of Kessler AG are overdue on 10 May 2026?",
        made="Two invoices of Kessler AG are overdue: R-102 (EUR 845.50, due 15 April) and R-103 (EUR 310.00, due 30 April), EUR 1,155.50 in total.",
        steps=(
            llm(
                "plan",
                "Which invoices of Kessler AG are overdue on 10 May 2026?",
                [call("list_invoices", customer="Kessler AG")],
            ),
            tool("list_invoices", {"customer": "Kessler AG"}, {"invoices": _INVOICES}),
            llm(
                "filter",
                "Keep unpaid invoices due before 2026-05-10, as JSON: " + written(_INVOICES),
                written([i for i in _INVOICES if i["no"] in ("R-102", "R-103")]),
            ),
            step("sum", {"amounts": [845.50, 310.00]}, {"total": 1155.50, "count": 2}),
            llm(
                "draft",
                "Overdue: R-102 845.50 due 2026-04-15, R-103 310.00 due 2026-04-30. Total 1155.50 EUR. Answer the question about Kessler AG.",
                "Kessler AG has two overdue invoices, R-102 (845.50 EUR, due 15 April) and R-103 (310.00 EUR, due 30 April); in total 1,155.50 EUR.",
            ),
            llm(
                "final",
                "Rewrite politely: Kessler AG has two overdue invoices, R-102 (845.50 EUR, due 15 April) and R-103 (310.00 EUR, due 30 April); in total 1,155.50 EUR.",
                "Two invoices of Kessler AG are overdue: R-102 (EUR 845.50, due 15 April) and R-103 (EUR 310.00, due 30 April), EUR 1,155.50 in total.",
            ),
        ),
    ),
)
