"""Invoice processing: a scanned invoice is read, converted, checked against policy and booked.

Eight steps, three models. A scan goes through OCR; gpt-4o-mini reads the fields; the vendor is
looked up; claude-3-5-haiku converts the total to dollars; claude-3-5-sonnet applies the spending
policy; gpt-4o-mini sums up; the journal entry is prepared and posted.

What can go wrong without a sound: an invoice over ``1.299,00 EUR`` is read as 1.299. Every later
step works correctly on the wrong number, and an invoice that needs the controller is approved as
petty cash. What fails loudly, but far away: an invoice that names its currency in prose only is
read without one, and five steps later no ledger account is found for it.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import Literal

from pydantic import BaseModel

import misstep
from misstep_examples.models import models, session

SMALL = "gpt-4o-mini"
FAST = "claude-3-5-haiku-20241022"
CAREFUL = "claude-3-5-sonnet-20241022"

Route = Literal["petty_cash", "team_lead", "controller"]


class Page(BaseModel):
    """What OCR made of the scan."""

    text: str
    pages: int


class LineItem(BaseModel):
    """One position of an invoice."""

    description: str
    quantity: int
    unit_price: float
    amount: float


class InvoiceFields(BaseModel):
    """What the invoice says."""

    vendor: str
    number: str
    date: str
    currency: str
    total: float
    lines: list[LineItem]


class Vendor(BaseModel):
    """A vendor from the register; ``known`` is False when none resembles the name."""

    vendor_id: str
    name: str
    country: str
    known: bool


class Converted(BaseModel):
    """The total in the ledger's currency."""

    amount: float
    currency: str
    rate: float


class Decision(BaseModel):
    """Who has to approve the invoice, and why."""

    route: Route
    approved: bool
    reasons: list[str]


class JournalEntry(BaseModel):
    """A booking, ready to be posted."""

    reference: str
    account: str
    vendor_id: str
    amount: float


class Posting(BaseModel):
    """The ledger's answer."""

    reference: str
    posted: bool


class InvoiceOutcome(BaseModel):
    """What became of the invoice."""

    number: str
    vendor: str
    amount_usd: float
    route: Route
    approved: bool
    summary: str
    reference: str | None


class LedgerError(ValueError):
    """The ledger has no place for this booking."""


VENDORS = [
    Vendor(vendor_id="V-101", name="Nordlicht Optik GmbH", country="DE", known=True),
    Vendor(vendor_id="V-102", name="Harbour & Pike Ltd", country="GB", known=True),
    Vendor(vendor_id="V-103", name="Atelier Bellecour SARL", country="FR", known=True),
    Vendor(vendor_id="V-104", name="Sycamore Office Supply Inc", country="US", known=True),
]
UNKNOWN_VENDOR = Vendor(vendor_id="", name="", country="", known=False)
ACCOUNTS = {"USD": "6300-USD"}

EXTRACT = """You extract the fields of an invoice. Answer with JSON only: vendor, number, date
(YYYY-MM-DD), currency (ISO 4217), total (a number), lines (description, quantity, unit_price,
amount)."""
CONVERT = """You convert amounts of money to USD, rounded to cents. Answer with JSON only: amount,
currency, rate. Rates: 1 USD = 1.00 USD; 1 EUR = 1.09 USD; 1 GBP = 1.27 USD; 1 CHF = 1.13 USD."""
POLICY = """You apply the spending policy to an invoice. Answer with JSON only: route, approved,
reasons. The policy:
- up to 50 USD: petty_cash (no approval needed)
- up to 1,000 USD: team_lead (one signature)
- above: controller (two signatures)"""
SUMMARISE = "You sum up what happens with an invoice, in two sentences for the person who sent it."


@misstep.hop(kind="tool", pure=True, output=Page)
def ocr(scan: str) -> Page:
    """The text of the scan, without page marks and stray spaces."""
    pages = re.split(r"\f|^-+ page \d+ -+$", scan, flags=re.M)
    lines = [line.rstrip() for page in pages for line in page.replace("\u00a0", " ").splitlines()]
    return Page(text="\n".join(line for line in lines if line), pages=len(pages))


@misstep.hop(kind="llm", output=InvoiceFields)
def extract_fields(page: Page) -> InvoiceFields:
    """The invoice's fields as gpt-4o-mini reads them."""
    return InvoiceFields.model_validate_json(_ask_openai(EXTRACT, page.text, as_json=True))


@misstep.hop(kind="retriever", output=Vendor)
def retrieve_vendor(name: str) -> Vendor:
    """The vendor of the register whose name is nearest."""
    near = difflib.get_close_matches(name, [v.name for v in VENDORS], n=1, cutoff=0.6)
    return next((v for v in VENDORS if v.name in near), UNKNOWN_VENDOR)


@misstep.hop(kind="llm", output=Converted)
def convert_currency(total: float, currency: str, date: str) -> Converted:
    """The total in dollars, converted by claude-3-5-haiku."""
    asked = json.dumps({"amount": total, "currency": currency, "date": date})
    return Converted.model_validate_json(_ask_anthropic(FAST, CONVERT, asked))


@misstep.hop(kind="llm", output=Decision)
def check_policy(number: str, converted: Converted, vendor: Vendor) -> Decision:
    """Who has to approve it, decided by claude-3-5-sonnet under the policy."""
    asked = json.dumps(
        {
            "invoice": number,
            "amount": converted.amount,
            "currency": converted.currency,
            "vendor_known": vendor.known,
        }
    )
    return Decision.model_validate_json(_ask_anthropic(CAREFUL, POLICY, asked))


@misstep.hop(kind="llm")
def summarise(number: str, vendor: str, converted: Converted, decision: Decision) -> str:
    """Two sentences for the sender, written by gpt-4o-mini."""
    asked = json.dumps(
        {
            "number": number,
            "vendor": vendor,
            "amount": converted.amount,
            "currency": converted.currency,
            **decision.model_dump(),
        }
    )
    return _ask_openai(SUMMARISE, asked)


@misstep.hop(output=JournalEntry)
def prepare_entry(number: str, converted: Converted, vendor: Vendor) -> JournalEntry:
    """The booking for the ledger's account in that currency.

    Raises:
        LedgerError: there is no account in that currency.
    """
    account = ACCOUNTS.get(converted.currency)
    if account is None:
        raise LedgerError(f"no ledger account for currency {converted.currency!r}")
    return JournalEntry(
        reference=f"JE-{number}",
        account=account,
        vendor_id=vendor.vendor_id,
        amount=converted.amount,
    )


@misstep.hop(kind="tool", effect=True, output=Posting)
def post_ledger(entry: JournalEntry) -> Posting:
    """Posts the entry; here the ledger takes everything that has a reference."""
    return Posting(reference=entry.reference, posted=bool(entry.reference))


@misstep.pipeline(name="invoice_processing")
def process_invoice(scan: str) -> InvoiceOutcome:
    """Reads one scanned invoice and books it.

    Raises:
        LedgerError: the invoice cannot be booked.
    """
    with session():
        page = ocr(scan)
        fields = extract_fields(page)
        vendor = retrieve_vendor(fields.vendor)
        converted = convert_currency(fields.total, fields.currency, fields.date)
        decision = check_policy(fields.number, converted, vendor)
        summary = summarise(fields.number, fields.vendor, converted, decision)
        posting: Posting | None = post_ledger(prepare_entry(fields.number, converted, vendor))
    return InvoiceOutcome(
        number=fields.number,
        vendor=fields.vendor,
        amount_usd=converted.amount,
        route=decision.route,
        approved=decision.approved,
        summary=summary,
        reference=posting.reference if posting else None,
    )


def _ask_openai(instruction: str, text: str, *, as_json: bool = False) -> str:
    answer = models().openai.chat.completions.create(
        model=SMALL,
        temperature=0,
        messages=[{"role": "system", "content": instruction}, {"role": "user", "content": text}],
        response_format={"type": "json_object"} if as_json else {"type": "text"},
    )
    return answer.choices[0].message.content or ""


def _ask_anthropic(model: str, instruction: str, text: str) -> str:
    answer = models().anthropic.messages.create(
        model=model,
        max_tokens=500,
        system=instruction,
        messages=[{"role": "user", "content": text}],
    )
    return "".join(block.text for block in answer.content if block.type == "text")
