"""A program that knows neither misstep nor an SDK: two model calls by HTTP."""

import json
import os
import sys
from pathlib import Path

import httpx
from invoices import CONVERT, EXTRACT


def main() -> None:
    scan = Path(sys.argv[1]).read_text()
    asked = [{"role": "system", "content": EXTRACT}, {"role": "user", "content": scan}]
    with httpx.Client(timeout=60) as http:
        made = http.post(
            os.environ["OPENAI_BASE_URL"] + "/chat/completions",
            headers={"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]},
            json={
                "model": "gpt-4o-mini",
                "messages": asked,
                "response_format": {"type": "json_object"},
            },
        )
        fields = json.loads(made.json()["choices"][0]["message"]["content"])
        told = {"amount": fields["total"], "currency": fields["currency"], "date": fields["date"]}
        answer = http.post(
            os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages",
            headers={
                "x-api-key": os.environ["ANTHROPIC_API_KEY"],
                "anthropic-version": "2023-06-01",
            },
            json={
                "model": "claude-3-5-haiku-20241022",
                "max_tokens": 300,
                "system": CONVERT,
                "messages": [{"role": "user", "content": json.dumps(told)}],
            },
        )
    print(f"{fields['number']}: {json.loads(answer.json()['content'][0]['text'])['amount']} USD")


if __name__ == "__main__":
    main()
