"""Skills of the invoice pipeline: read fields, convert money, apply a policy, sum up."""

from __future__ import annotations

import re
from typing import Any

from misstep_examples.provider.skills.base import Moment, Skill

_SYMBOLS = {"€": "EUR", "£": "GBP", "$": "USD"}
_AMOUNT = r"\d[\d.,]*\d|\d"
_MONEY = re.compile(rf"(?:(EUR|USD|GBP|CHF|€|£|\$)\s*)?({_AMOUNT})(?:\s*(EUR|USD|GBP|CHF|€|£|\$))?")
_TOTAL = re.compile(r"^(Total due|Amount due|Gesamtbetrag|Total à payer|Total)\b[: ]*(.*)$", re.M)
_LINE = re.compile(
    rf"^\s*\d+\s{{2,}}(?P<text>\S.*?)\s{{2,}}(?P<qty>\d+)\s{{2,}}(?P<unit>{_AMOUNT})"
    rf"\s{{2,}}(?P<amount>{_AMOUNT})\s*$",
    re.M,
)


def read_amount(text: str) -> float:
    """A printed amount as a number, whichever sign separates thousands and decimals."""
    last = max(text.rfind("."), text.rfind(","))
    decimals = len(text) - last - 1
    if last < 0 or decimals == 3:
        return float(re.sub(r"[.,]", "", text))
    whole = re.sub(r"[.,]", "", text[:last])
    return float(f"{whole}.{text[last + 1 :]}")


def _extract(moment: Moment) -> dict[str, Any]:
    page = moment.text
    label, printed = _first(_TOTAL, page) or ("", "")
    before, amount, after = _first(_MONEY, printed) or ("", "0", "")
    currency = before or after or _found(r"^Currency:\s*([A-Z]{3})", page)
    if moment.errs("invoice.drop_currency"):
        currency = ""
    return {
        "vendor": page.strip().splitlines()[0].split(",")[0].strip(),
        "number": _found(r"(?:No\.|Nr\.|number)\s*([A-Z]+-\d+)", page),
        "date": _found(r"(?:Date|Datum):\s*(\d{4}-\d{2}-\d{2})", page),
        "currency": _SYMBOLS.get(currency, currency),
        "total": _total(moment, label, amount),
        "lines": [_line(found) for found in _LINE.finditer(page)],
    }


def _total(moment: Moment, label: str, amount: str) -> float:
    """Beside an English label the model takes a European thousands dot for the decimal point."""
    confusing = re.fullmatch(r"\d{1,3}\.\d{3},\d{2}", amount) is not None
    prone = confusing and label == "Total due"
    if confusing and moment.errs("invoice.decimal_comma", prone=prone):
        return float(amount.split(",")[0])
    return read_amount(amount)


def _line(found: re.Match[str]) -> dict[str, Any]:
    return {
        "description": found["text"],
        "quantity": int(found["qty"]),
        "unit_price": read_amount(found["unit"]),
        "amount": read_amount(found["amount"]),
    }


def _convert(moment: Moment) -> dict[str, Any]:
    asked = moment.data()
    rates = dict(re.findall(r"1 ([A-Z]{3}) = ([\d.]+) USD", moment.ask.system))
    currency = asked["currency"]
    if currency not in rates:
        return {"amount": asked["amount"], "currency": currency, "rate": 1.0}
    rate = float(rates[currency])
    if moment.errs("invoice.inverse_rate"):
        return {"amount": round(asked["amount"] / rate, 2), "currency": "USD", "rate": rate}
    return {"amount": round(asked["amount"] * rate, 2), "currency": "USD", "rate": rate}


_RULE = re.compile(r"up to ([\d,]+) USD: (\w+)(?: \(([^)]*)\))?")
_REST = re.compile(r"above: (\w+)(?: \(([^)]*)\))?")


def _apply_policy(moment: Moment) -> dict[str, Any]:
    asked, policy = moment.data(), moment.ask.system
    rules = [(read_amount(limit), route, note) for limit, route, note in _RULE.findall(policy)]
    route, note = (_first(_REST, policy) or ("controller", ""))[:2]
    limit_met = "exceeds every limit"
    for limit, name, remark in rules:
        if asked["amount"] <= limit:
            route, note, limit_met = name, remark, f"is within {limit:,.0f} USD"
            break
    opening = moment.pick("opening", ("The amount", "This invoice", "The claim"))
    reason = f"{opening} of {asked['amount']:.2f} {asked['currency']} {limit_met}"
    reasons = [reason, *([note] if note else [])]
    if asked.get("vendor_known") is False:
        route, reasons = "controller", [*reasons, "the vendor is not on file"]
    return {"route": route, "approved": route != "controller", "reasons": reasons}


def _summarise(moment: Moment) -> str:
    asked = moment.data()
    verb = moment.pick("verb", ("goes to", "is passed to", "is routed to"))
    done = "and is approved" if asked["approved"] else "and awaits approval"
    route = asked["route"].replace("_", " ")
    amount = f"{asked['amount']:,.2f} {asked['currency']}".strip()
    return (
        f"Invoice {asked['number']} from {asked['vendor']} over {amount} {verb} {route} {done}. "
        f"{'; '.join(asked['reasons'])}."
    )


def _first(pattern: re.Pattern[str], text: str) -> tuple[str, ...] | None:
    found = pattern.search(text)
    return tuple(group or "" for group in found.groups()) if found else None


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.M)
    return found[1] if found else ""


SKILLS = (
    Skill(
        "extract the fields of an invoice",
        _extract,
        ("invoice.decimal_comma", "invoice.drop_currency"),
    ),
    Skill("convert amounts of money", _convert, ("invoice.inverse_rate",)),
    Skill("apply the spending policy", _apply_policy),
    Skill("sum up what happens with an invoice", _summarise),
)
