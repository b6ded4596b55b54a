"""A program that knows nothing of misstep: two model calls through the vendors' SDKs."""

import json
import sys
from pathlib import Path

from anthropic import Anthropic
from invoices import CONVERT, EXTRACT
from openai import OpenAI


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
