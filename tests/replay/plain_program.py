"""A program that knows nothing of misstep: two model calls through the vendors' SDKs."""

import json
import sys
from pathlib import Path

from anthropic import Anthropic
from openai import OpenAI

EXTRACT = """You extract the fields of an invoice. Answer with JSON only: vendor, number, date
(YYYY-MM-DD), currency (ISO 4217), total (a number), lines (description, quantity, unit_price,
amount)."""
CONVERT = """You convert amounts of money to USD, rounded to cents. Answer with JSON only: amount,
currency, rate. Rates: 1 USD = 1.00 USD; 1 EUR = 1.09 USD; 1 GBP = 1.27 USD; 1 CHF = 1.13 USD."""


def main() -> None:
    scan = Path(sys.argv[1]).read_text()
    asked = [{"role": "system", "content": EXTRACT}, {"role": "user", "content": scan}]
    stream = OpenAI().chat.completions.create(
        model="gpt-4o-mini", messages=asked, stream=True, response_format={"type": "json_object"}
    )
    text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
    fields = json.loads(text)
    told = {"amount": fields["total"], "currency": fields["currency"], "date": fields["date"]}
    answer = Anthropic().messages.create(
        model="claude-3-5-haiku-20241022",
        max_tokens=300,
        system=CONVERT,
        messages=[{"role": "user", "content": json.dumps(told)}],
    )
    print(f"{fields['number']}: {json.loads(answer.content[0].text)['amount']} USD")


if __name__ == "__main__":
    main()
