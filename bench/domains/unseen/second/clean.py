"""The second plain set's clean runs: recovered errors, conversions and harmless rewording, nothing wrong."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_SALES = "Region North: 412,300. Region South: 388,150. Region West: 401,550. All figures in EUR, first half of 2026."
_LEASE_DE = "Der Vertrag endet am 31.12.2027. Die Miete beträgt 1.480,50 € im Monat. Die Kündigungsfrist beträgt drei Monate."
_LEASE_EN = "The agreement ends on 31 December 2027. The rent is €1,480.50 per month. The notice period is three months."
_NDA = (
    "The Recipient shall keep the Confidential Information secret for five (5) years from 15 January 2026 and shall not "
    "disclose it without the prior written consent of the Discloser."
)
_TICKET = (
    "Hello, the app crashes each time I open the photo tab since the update to 5.2. iPhone 14, iOS 19.1. I have already "
    "reinstalled it. Regards, Tom Okafor"
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "fx-transfer-2",
        "finance",
        "misstep",
        origin=None,
        why="the first rate call timed out and was tried again",
        given={"amount": 2500, "from": "GBP", "to": "CHF"},
        made="2,500 British pounds come to 2,812.50 Swiss francs; with the fee of 10 francs, you receive CHF 2,802.50.",
        steps=(
            tool("account", {"user": "U-12"}, {"user": "U-12", "fee_chf": 10, "tier": "basic"}),
            tool(
                "rate",
                {"base": "GBP", "quote": "CHF"},
                None,
                error=("TimeoutError", "rate service did not answer in 5 s"),
            ),
            tool(
                "rate_again",
                {"base": "GBP", "quote": "CHF"},
                {"base": "GBP", "quote": "CHF", "rate": 1.125},
                shown="rate",
            ),
            step(
                "convert",
                {"amount": 2500, "rate": 1.125},
                {"amount": 2812.50, "currency": "CHF"},
            ),
            step("deduct_fee", {"amount": 2812.50, "fee": 10}, {"net": 2802.50, "currency": "CHF"}),
            llm(
                "explain",
                "Explain: 2500 GBP = 2812.50 CHF, fee 10 CHF, net 2802.50 CHF",
                "2,500 British pounds come to 2,812.50 Swiss francs; with the fee of 10 francs, you receive CHF 2,802.50.",
            ),
        ),
    ),
    SpanCase(
        "sales-brief-2",
        "finance",
        "genai",
        origin=None,
        why="totals, shares and rounding are right",
        given="Sum up the first half of 2026 by region.",
        made="The three regions sold about EUR 1.2 million in the first half of 2026. North led with 34.3 % of it, followed by West and South.",
        steps=(
            search("reports", "sales first half 2026 by region", {"id": "h1", "content": _SALES}),
            llm(
                "extract",
                "Return the figures as JSON. " + _SALES,
                written({"North": 412300, "South": 388150, "West": 401550}),
            ),
            step("total", {"North": 412300, "South": 388150, "West": 401550}, {"total": 1202000}),
            step(
                "shares",
                {"North": 412300, "South": 388150, "West": 401550, "total": 1202000},
                {"North": 0.343, "South": 0.323, "West": 0.334},
            ),
            llm(
                "rank",
                'Rank by share: {"North": 0.343, "South": 0.323, "West": 0.334}',
                "1. North (34.3 %), 2. West (33.4 %), 3. South (32.3 %)",
            ),
            llm(
                "brief",
                "Total 1202000 EUR, first half 2026. Ranking: 1. North (34.3 %), 2. West (33.4 %), 3. South (32.3 %)",
                "The three regions sold about EUR 1.2 million in the first half of 2026. North led with 34.3 % of it, followed by West and South.",
            ),
        ),
    ),
    SpanCase(
        "fever-advice-2",
        "medicine",
        "openinference",
        origin=None,
        why="pounds to kilograms and Fahrenheit to Celsius are right",
        given="My son weighs 55 lb and has 102.2 F. How much ibuprofen may he have?",
        made="Your son weighs about 25 kg and his fever is 39 °C. He may have 250 mg of ibuprofen every 8 hours.",
        steps=(
            llm(
                "read",
                "Extract weight and temperature as JSON: My son weighs 55 lb and has 102.2 F. How much ibuprofen may he have?",
                written({"weight_lb": 55, "temp_f": 102.2, "drug": "ibuprofen"}),
            ),
            step("to_kg", {"weight_lb": 55}, {"weight_kg": 24.9}),
            step("to_celsius", {"temp_f": 102.2}, {"temp_c": 39.0}),
            search(
                "formulary",
                "ibuprofen child dose",
                {"id": "f-9", "content": "Ibuprofen: 10 mg/kg every 8 hours."},
            ),
            tool("dose", {"mg_per_kg": 10, "weight_kg": 24.9}, {"dose_mg": 249, "rounded_mg": 250}),
            llm(
                "answer",
                "Answer: weight 24.9 kg, 39.0 C, ibuprofen 250 mg every 8 hours",
                "Your son weighs about 25 kg and his fever is 39 °C. He may have 250 mg of ibuprofen every 8 hours.",
            ),
        ),
    ),
    SpanCase(
        "nda-summary-2",
        "law",
        "misstep",
        origin=None,
        why="reworded only; five years after 15 January 2026 is 15 January 2031",
        given={"contract": "NDA-88"},
        made="The recipient must keep the information confidential until 15 January 2031 and may share it only if the discloser agrees in writing beforehand.",
        steps=(
            tool("open", {"contract": "NDA-88"}, {"contract": "NDA-88", "text": _NDA}),
            llm(
                "terms",
                "Return start and years as JSON. " + _NDA,
                written({"start": "2026-01-15", "years": 5, "exception": "prior written consent"}),
            ),
            step("end_date", {"start": "2026-01-15", "years": 5}, {"end": "2031-01-15"}),
            tool("calendar", {"title": "NDA-88 ends", "date": "2031-01-15"}, {"event": "EV-77"}),
            llm(
                "plain",
                "Put in plain words: " + _NDA,
                "For five years from 15 January 2026 the recipient has to keep the information confidential. It may be passed on only with the discloser's written consent, given beforehand.",
            ),
            llm(
                "summary",
                "One sentence, with the end date 2031-01-15: For five years from 15 January 2026 the recipient has to keep the information confidential. It may be passed on only with the discloser's written consent, given beforehand.",
                "The recipient must keep the information confidential until 15 January 2031 and may share it only if the discloser agrees in writing beforehand.",
            ),
        ),
    ),
    SpanCase(
        "arrival-time-2",
        "travel",
        "genai",
        origin=None,
        why="one source failed, the other answered; time zones are right",
        given="When does BA117 land in New York in London time?",
        made="BA117 lands at JFK at 11:05 local time, which is 4:05 pm in London, after a flight of 7 hours 40 minutes.",
        steps=(
            llm(
                "plan",
                "Which flight? When does BA117 land in New York in London time?",
                written({"flight": "BA117"}),
            ),
            tool(
                "flight_api",
                {"flight": "BA117"},
                None,
                error=("HTTPError", "503 Service Unavailable"),
            ),
            tool(
                "backup_api",
                {"flight": "BA117"},
                {
                    "flight": "BA117",
                    "departs": "2026-10-02T08:25:00+01:00",
                    "arrives": "2026-10-02T11:05:00-04:00",
                },
            ),
            step(
                "to_london",
                {"arrives": "2026-10-02T11:05:00-04:00", "zone": "Europe/London"},
                {"arrives_london": "2026-10-02T16:05:00+01:00"},
            ),
            step(
                "flight_time",
                {"departs": "2026-10-02T08:25:00+01:00", "arrives": "2026-10-02T16:05:00+01:00"},
                {"minutes": 460},
            ),
            llm(
                "answer",
                "BA117 arrives JFK 11:05 local, 16:05 London; flight time 460 minutes",
                "BA117 lands at JFK at 11:05 local time, which is 4:05 pm in London, after a flight of 7 hours 40 minutes.",
            ),
        ),
    ),
    SpanCase(
        "crash-ticket-2",
        "support",
        "openinference",
        origin=None,
        why="an answer that was no JSON was asked for again",
        given=_TICKET,
        made="Hi Tom, thanks for letting us know. The crash of the photo tab in version 5.2 is known, and 5.2.1 will mend it this week. You don't need to reinstall the app again.",
        steps=(
            llm(
                "extract",
                "Return JSON with version, device, problem: " + _TICKET,
                'Sure! Here is the JSON: {"version": "5.2", "device": "iPhone 14"',
                finish="length",
            ),
            llm(
                "extract_again",
                "The last answer was no valid JSON. Return JSON with version, device, problem: "
                + _TICKET,
                written({"version": "5.2", "device": "iPhone 14", "problem": "photo tab crashes"}),
            ),
            search(
                "known_issues",
                "photo tab crashes 5.2 iPhone",
                {
                    "id": "KI-203",
                    "content": "KI-203: Photo tab crashes on iOS in 5.2. Mended in 5.2.1, due this week.",
                },
            ),
            tool("link", {"ticket": "T-4410", "issue": "KI-203"}, {"linked": True}),
            llm(
                "draft",
                "Draft to Tom Okafor, who has reinstalled already: KI-203: Photo tab crashes on iOS in 5.2. Mended in 5.2.1, due this week.",
                "Dear Tom, the photo tab crash in 5.2 is a known issue. Version 5.2.1, due this week, mends it; reinstalling again is not needed.",
            ),
            llm(
                "tone",
                "Make it warmer: Dear Tom, the photo tab crash in 5.2 is a known issue. Version 5.2.1, due this week, mends it; reinstalling again is not needed.",
                "Hi Tom, thanks for letting us know. The crash of the photo tab in version 5.2 is known, and 5.2.1 will mend it this week. You don't need to reinstall the app again.",
            ),
        ),
    ),
    SpanCase(
        "test-repair-2",
        "code",
        "misstep",
        origin=None,
        why="the tests fail at first, are mended and pass",
        given={"task": "slugify must keep digits"},
        made="slugify keeps digits now; all 14 tests pass.",
        steps=(
            tool(
                "read_file",
                {"path": "text/slug.py"},
                "def slugify(s):\n    return re.sub('[^a-z]+', '-', s.lower()).strip('-')\n",
            ),
            tool(
                "run_tests",
                {"path": "tests"},
                None,
                error=("TestsFailed", "1 failed, 13 passed: test_slugify_keeps_digits"),
            ),
            llm(
                "patch",
                "Task: slugify must keep digits.\ndef slugify(s):\n    return re.sub('[^a-z]+', '-', s.lower()).strip('-')\n",
                "def slugify(s):\n    return re.sub('[^a-z0-9]+', '-', s.lower()).strip('-')\n",
            ),
            tool(
                "write_file",
                {
                    "path": "text/slug.py",
                    "content": "def slugify(s):\n    return re.sub('[^a-z0-9]+', '-', s.lower()).strip('-')\n",
                },
                {"written": 2},
            ),
            tool(
                "run_tests_again",
                {"path": "tests"},
                {"passed": 14, "failed": 0},
                shown="run_tests",
            ),
            llm(
                "report",
                "Report: slugify keeps digits, passed 14, failed 0",
                "slugify keeps digits now; all 14 tests pass.",
            ),
        ),
    ),
    SpanCase(
        "basket-2",
        "retail",
        "genai",
        origin=None,
        why="cents to euros, tax and a voucher are right",
        given="What do I pay for my basket B-90 with voucher SAVE10?",
        made="Your basket of two mugs and one teapot comes to €50.40 with 10 % off, of which €8.05 is VAT.",
        steps=(
            tool(
                "basket",
                {"basket": "B-90"},
                [
                    {"item": "mug", "quantity": 2, "cents": 1250},
                    {"item": "teapot", "quantity": 1, "cents": 3100},
                ],
            ),
            step("subtotal", {"cents": [1250, 1250, 3100]}, {"subtotal_eur": 56.00}),
            tool("voucher", {"code": "SAVE10"}, {"code": "SAVE10", "percent": 10, "valid": True}),
            step("apply", {"subtotal_eur": 56.00, "percent": 10}, {"total_eur": 50.40}),
            step("vat_included", {"total_eur": 50.40, "rate": 0.19}, {"vat_eur": 8.05}),
            llm(
                "answer",
                "Basket: 2 mugs, 1 teapot; total 50.40 EUR after 10 %; VAT included 8.05 EUR",
                "Your basket of two mugs and one teapot comes to €50.40 with 10 % off, of which €8.05 is VAT.",
            ),
        ),
    ),
    SpanCase(
        "lease-translation-2",
        "translation",
        "openinference",
        origin=None,
        why="figures and dates are written the other language's way",
        given=_LEASE_DE,
        made="Your lease runs until the end of 2027. The monthly rent is €1,480.50, that is €17,766 a year, and you can leave with three months' notice.",
        steps=(
            llm("detect", "Language code of: " + _LEASE_DE, "de"),
            llm("translate", "Translate to English: " + _LEASE_DE, _LEASE_EN),
            llm(
                "facts",
                "Return end, monthly rent and notice in months as JSON. " + _LEASE_EN,
                written({"end": "2027-12-31", "monthly_rent": 1480.50, "notice_months": 3}),
            ),
            step("yearly", {"monthly_rent": 1480.50}, {"yearly_rent": 17766.0}),
            llm(
                "back_check",
                "Does the translation say the same? Answer yes or no. "
                + _LEASE_DE
                + " / "
                + _LEASE_EN,
                "yes",
            ),
            llm(
                "plain",
                "Tell the tenant in plain words, with the yearly rent of 17766.0: " + _LEASE_EN,
                "Your lease runs until the end of 2027. The monthly rent is €1,480.50, that is €17,766 a year, and you can leave with three months' notice.",
            ),
        ),
    ),
    SpanCase(
        "outage-note-2",
        "incident reports",
        "misstep",
        origin=None,
        why="seconds to minutes, ratio to percent and time zones are right",
        given={"incident": "INC-802"},
        made="Between 06:40 and 07:05 UTC on 5 October, roughly one in eight payments failed (12.5 %). The cause was an expired certificate, which has been renewed.",
        steps=(
            tool(
                "get_incident",
                {"incident": "INC-802"},
                {
                    "incident": "INC-802",
                    "start": "2026-10-05T08:40:00+02:00",
                    "seconds": 1500,
                    "cause": "expired TLS certificate",
                },
            ),
            step(
                "window",
                {"start": "2026-10-05T08:40:00+02:00", "seconds": 1500},
                {"start": "2026-10-05T06:40:00Z", "end": "2026-10-05T07:05:00Z", "minutes": 25},
            ),
            tool(
                "count_payments",
                {"start": "2026-10-05T06:40:00Z", "end": "2026-10-05T07:05:00Z"},
                {"payments": 6400, "failed": 800},
            ),
            step("ratio", {"payments": 6400, "failed": 800}, {"failed_ratio": 0.125}),
            tool(
                "resolution",
                {"incident": "INC-802"},
                {"action": "certificate renewed", "at": "2026-10-05T07:04:30Z"},
            ),
            llm(
                "note",
                "Write a status note: 2026-10-05 06:40 to 07:05 UTC, failed ratio 0.125 of payments, cause expired TLS certificate, action certificate renewed",
                "Between 06:40 and 07:05 UTC on 5 October, roughly one in eight payments failed (12.5 %). The cause was an expired certificate, which has been renewed.",
            ),
        ),
    ),
)
