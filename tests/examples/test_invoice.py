"""The invoice pipeline: good runs, the silent and the loud failure, and what a correction does."""

from __future__ import annotations

import pytest

from misstep_examples import invoice, scans
from misstep_examples.invoice import InvoiceFields, LedgerError, Page, process_invoice
from misstep_examples.provider import LocalProvider

pytestmark = pytest.mark.usefixtures("provider")


@pytest.mark.parametrize(
    ("scan", "number", "amount_usd", "route"),
    [
        (scans.GERMAN, "INV-2204", 1286.20, "controller"),
        (scans.BRITISH, "INV-3310", 533.40, "team_lead"),
        (scans.SMALL, "INV-0877", 38.50, "petty_cash"),
        (scans.FRENCH, "INV-5120", 2671.05, "controller"),
        (scans.ENGLISH_LABEL, "INV-2231", 1787.60, "controller"),
    ],
)
def test_invoices_in_every_notation_are_read_and_routed(
    scan: str, number: str, amount_usd: float, route: str
) -> None:
    outcome = process_invoice(scan)
    assert (outcome.number, outcome.amount_usd, outcome.route) == (number, amount_usd, route)
    assert outcome.reference == f"JE-{number}"
    assert f"{amount_usd:,.2f} USD" in outcome.summary


def test_the_silent_fault_turns_a_controller_case_into_petty_cash() -> None:
    outcome = process_invoice(scans.MIXED)
    assert (outcome.amount_usd, outcome.route, outcome.approved) == (1.42, "petty_cash", True)


def test_the_silent_fault_breaks_no_contract_at_its_origin() -> None:
    with invoice.session():
        fields = invoice.extract_fields(invoice.ocr(scans.MIXED))
    assert fields.total == 1.299
    assert InvoiceFields.model_validate(fields.model_dump()) == fields


def test_mending_the_origin_mends_the_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    extract = invoice.extract_fields

    def mended(page: Page) -> InvoiceFields:
        fields: InvoiceFields = extract(page)
        return fields.model_copy(update={"total": 1299.0})

    monkeypatch.setattr(invoice, "extract_fields", mended)
    outcome = process_invoice(scans.MIXED)
    assert (outcome.amount_usd, outcome.route) == (1415.91, "controller")


def test_mending_the_scan_mends_the_outcome() -> None:
    outcome = process_invoice(scans.MIXED.replace("Total due", "Gesamtbetrag"))
    assert (outcome.amount_usd, outcome.route) == (1415.91, "controller")


def test_the_loud_fault_raises_far_from_its_cause() -> None:
    with pytest.raises(LedgerError, match="no ledger account for currency ''"):
        process_invoice(scans.PROSE_CURRENCY)


def test_naming_the_currency_mends_the_loud_fault() -> None:
    outcome = process_invoice(scans.PROSE_CURRENCY.replace("702.00\n", "702.00 GBP\n"))
    assert outcome.amount_usd == 891.54


def test_a_switched_slip_happens_as_often_as_told(provider: LocalProvider) -> None:
    provider.set_fault("invoice.decimal_comma", times=1)
    assert process_invoice(scans.ENGLISH_LABEL).amount_usd == 1.79
    assert process_invoice(scans.ENGLISH_LABEL).amount_usd == 1787.60


def test_an_inverted_rate_is_a_fault_of_the_conversion(provider: LocalProvider) -> None:
    provider.set_fault("invoice.inverse_rate", times=1)
    assert process_invoice(scans.BRITISH).amount_usd == 330.71


def test_an_unknown_vendor_goes_to_the_controller() -> None:
    outcome = process_invoice(scans.SMALL.replace("Sycamore Office Supply", "Zzyzx Trading"))
    assert outcome.route == "controller"


def test_the_same_scan_gives_the_same_outcome_twice() -> None:
    assert process_invoice(scans.FRENCH) == process_invoice(scans.FRENCH)
