"""What ``misstep demo`` runs: the bundled pipelines, good and failing, through the real SDKs.

Each scenario names its input, the fault that is switched on for it (or none: some models err by
their nature on some inputs) and what is expected of the diagnosis. After the run a check that a
user would have (the bank statement, a sampled review, the published totals) marks it good or bad;
where that check is missing, the recording alone must tell.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import misstep
from misstep_examples import scans
from misstep_examples.invoice import InvoiceOutcome, process_invoice
from misstep_examples.models import URL_VARIABLE, noting_runs
from misstep_examples.provider import LocalProvider, RemoteProvider
from misstep_examples.research import Report, research
from misstep_examples.support import SupportReply, Ticket, answer_ticket

Check = Callable[[Any], str | None]
"""Given the output: None when it is right, else the wrong text that is seen in it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is on while a scenario runs; see FaultBoard.set."""

    name: str
    times: int | None = 1
    match: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One run of a bundled pipeline and what is expected of it.

    ``expected_origin`` is the hop to be found (``NAME#n`` where the name repeats), None in good
    runs. ``check`` marks the run afterwards; without it nobody says whether it was good.
    """

    name: str
    pipeline: Callable[[Any], Any]
    input: Any
    expected_state: Literal["good", "bad"]
    why: str
    faults: tuple[Fault, ...] = ()
    expected_origin: str | None = None
    loud: bool = False
    check: Check | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario's run gave; ``run_id`` None when misstep was not recording."""

    scenario: Scenario
    run_id: str | None
    output: Any
    error: Exception | None


# --- the checks a user would have -------------------------------------------------------------

BANK_STATEMENT_USD = {
    "INV-2204": 1286.20,
    "INV-3310": 533.40,
    "INV-0877": 38.50,
    "INV-5120": 2671.05,
    "INV-2231": 1787.60,
}
"""What was paid in the end, by invoice number."""

PERIODS_DAYS = {"RET": 30, "DEL": 5, "WAR": 730}
"""Periods in force, as the reviewer of sampled replies knows them."""

PUBLISHED_MWH = {
    2024: {"Northvale": 4_200_000, "Eastmark": 850_000, "Southport": 2_950_000},
    2023: {"Northvale": 3_800_000, "Eastmark": 790_000, "Southport": 2_600_000},
    2022: {"Northvale": 3_100_000, "Eastmark": 640_000, "Southport": 2_250_000},
}
"""Output in MWh by year and region, from the statistical office."""


def against_the_bank(outcome: InvoiceOutcome) -> str | None:
    """The amount, where the bank statement shows another one."""
    paid = BANK_STATEMENT_USD[outcome.number]
    return None if outcome.amount_usd == paid else f"{outcome.amount_usd}"


def reviewed(reply: SupportReply) -> str | None:
    """The promised period, where the policy in force has another one."""
    in_force = PERIODS_DAYS[reply.policy_id.split("-")[0]]
    return None if reply.window_days == in_force else f"{reply.window_days} days"


def against_the_statistics(year: int) -> Check:
    """A check of a report's lines against the published figures of that year."""

    def check(report: Report) -> str | None:
        published = PUBLISHED_MWH[year]
        regions = [row.split(":")[0] for row in report.rows]
        total = sum(published[region] for region in regions)
        for region in regions:
            line = f"{region} contributed {100 * published[region] / total:.1f} %"
            if line not in report.text:
                return _sentence_about(region, report.text)
        return None

    return check


def _sentence_about(region: str, text: str) -> str:
    sentences = text.replace("; ", ". ").split(". ")
    return next((s for s in sentences if s.startswith(f"{region} contributed")), region)


# --- the scenarios ----------------------------------------------------------------------------


def scenarios() -> list[Scenario]:
    """All scenarios, good runs of a pipeline before its failing ones."""
    return [*_invoices(), *_tickets(), *_questions()]


def _invoices() -> Iterator[Scenario]:
    def good(name: str, scan: str, why: str, *faults: Fault) -> Scenario:
        return Scenario(
            name=f"invoice: {name}",
            pipeline=process_invoice,
            input=scan,
            expected_state="good",
            why=why,
            faults=faults,
            check=against_the_bank,
        )

    yield good("euros, German label", scans.GERMAN, "read and routed to the controller")
    yield good("pounds", scans.BRITISH, "read and routed to the team lead")
    yield good("small amount", scans.SMALL, "truly petty cash")
    overloaded = Fault("overloaded", 1, match="claude-3-5-sonnet")
    yield good("recovers from an overload", scans.FRENCH, "the second try is answered", overloaded)
    yield good("euros, English label", scans.ENGLISH_LABEL, "same scan as the slip below")
    yield Scenario(
        name="invoice: 1.299,00 read as 1.299",
        pipeline=process_invoice,
        input=scans.MIXED,
        expected_state="bad",
        expected_origin="extract_fields",
        why="gpt-4o-mini takes the thousands dot for a decimal point; approved as petty cash",
    )
    yield Scenario(
        name="invoice: one slip on a scan that went well before",
        pipeline=process_invoice,
        input=scans.ENGLISH_LABEL,
        expected_state="bad",
        expected_origin="extract_fields",
        why="the same misreading, once; the bank statement shows it",
        faults=(Fault("invoice.decimal_comma"),),
        check=against_the_bank,
    )
    yield Scenario(
        name="invoice: currency only in prose",
        pipeline=process_invoice,
        input=scans.PROSE_CURRENCY,
        expected_state="bad",
        expected_origin="extract_fields",
        loud=True,
        why="read without a currency; five hops later the ledger has no account for it",
    )


def _answer(ticket: Ticket) -> SupportReply:
    return asyncio.run(answer_ticket(ticket))


_SONNET_REFUSES = Fault("rate_limit", 2, match="claude-3-5-sonnet")
_LAMP = Ticket(
    ticket_id="T-504", text="I want to return my lamp from order A-1077. How long can I wait?"
)


def _tickets() -> Iterator[Scenario]:
    def good(name: str, ticket: Ticket, why: str, *faults: Fault) -> Scenario:
        return Scenario(
            name=f"support: {name}",
            pipeline=_answer,
            input=ticket,
            expected_state="good",
            why=why,
            faults=faults,
            check=reviewed,
        )

    kettle = "I would like to return the kettle from order A-1042. How many days do I have?"
    yield good("return", Ticket(ticket_id="T-501", text=kettle), "the policy in force, 30 days")
    parcel = "When will my blender arrive? The order is B-2210."
    limited = Fault("rate_limit", 1, match="gpt-4o-mini")
    yield good("delivery", Ticket(ticket_id="T-502", text=parcel), "one 429 was retried", limited)
    toaster = "My toaster broke. Is it under warranty? Who pays for the repair? Order B-2210."
    yield good("hard question", Ticket(ticket_id="T-503", text=toaster), "planned by o1")
    yield good("failover", _LAMP, "Anthropic refuses twice, gpt-4o drafts", _SONNET_REFUSES)
    headphones = "I would like to return my headphones from order A-1077. How many days do I have?"
    yield Scenario(
        name="support: expired policy",
        pipeline=_answer,
        input=Ticket(ticket_id="T-505", text=headphones),
        expected_state="bad",
        expected_origin="retrieve",
        why="a policy that expired in 2023 was never archived; the customer is told 14 days",
        check=reviewed,
    )
    yield Scenario(
        name="support: failover model misreads the period",
        pipeline=_answer,
        input=_LAMP,
        expected_state="bad",
        expected_origin="draft_answer",
        why="gpt-4o takes over and writes 13 days for 30; the failover itself is not to blame",
        faults=(_SONNET_REFUSES, Fault("support.misread_period")),
        check=reviewed,
    )
    spaced = "I want to send back my radio, order A 1077. How many days do I have?"
    yield Scenario(
        name="support: order id lost",
        pipeline=_answer,
        input=Ticket(ticket_id="T-506", text=spaced),
        expected_state="bad",
        expected_origin="classify",
        loud=True,
        why="an order id written with a space is dropped; the lookup fails six hops later",
    )


def _research(question: str) -> Report:
    return asyncio.run(research(question))


def _questions() -> Iterator[Scenario]:
    def good(name: str, regions: str, year: int, why: str, *faults: Fault) -> Scenario:
        return Scenario(
            name=f"research: {name}",
            pipeline=_research,
            input=_question(regions, year),
            expected_state="good",
            why=why,
            faults=faults,
            check=against_the_statistics(year),
        )

    everywhere = "Northvale, Eastmark and Southport"
    yield good("three regions", everywhere, 2024, "totals and shares are right")
    yield good("two regions", "Northvale and Southport", 2024, "fewer branches")
    failed_once = Fault("server_error", 1, match="o1")
    yield good("2023", "Eastmark and Southport", 2023, "o1 answered the second try", failed_once)
    limited = Fault("rate_limit", 1, match="You summarise a source")
    yield good("2022", "Northvale and Southport", 2022, "one branch was rate limited", limited)
    yield Scenario(
        name="research: million read as thousand",
        pipeline=_research,
        input=_question(everywhere, 2023),
        expected_state="bad",
        expected_origin="summarise_source#1",
        why="the source says 3.8 m MWh, its summary says thousand; every share is wrong",
        check=against_the_statistics(2023),
    )
    yield Scenario(
        name="research: two regions swapped",
        pipeline=_research,
        input=_question(everywhere, 2024),
        expected_state="bad",
        expected_origin="write_report",
        why="the writer swaps two regions on figures that were right",
        faults=(Fault("research.swap_shares"),),
        check=against_the_statistics(2024),
    )
    yield Scenario(
        name="research: figure overlooked",
        pipeline=_research,
        input=_question(everywhere, 2022),
        expected_state="bad",
        expected_origin="summarise_source#2",
        loud=True,
        why="a figure in a table is overlooked; assembling the report fails five hops later",
    )


def _question(regions: str, year: int) -> str:
    return f"How much solar energy was produced in {regions} in {year}, and what share has each?"


# --- running them -----------------------------------------------------------------------------


def run_scenarios(
    provider_url: str | None = None,
    on_progress: Callable[[Outcome], None] | None = None,
    *,
    chosen: Iterable[Scenario] | None = None,
) -> list[Outcome]:
    """Runs the scenarios one after the other, marking each as its check finds.

    Args:
        provider_url: a running provider; None starts one for the time being.
        on_progress: called with each outcome as it comes.
        chosen: which scenarios; default :func:`scenarios`.

    Returns:
        One outcome a scenario, in order; an exception of a pipeline is in its outcome.
    """
    todo = list(scenarios() if chosen is None else chosen)
    if provider_url is not None:
        return _run_all(todo, RemoteProvider(provider_url), on_progress)
    with LocalProvider() as provider:
        return _run_all(todo, provider, on_progress)


def _run_all(
    todo: list[Scenario],
    provider: LocalProvider | RemoteProvider,
    on_progress: Callable[[Outcome], None] | None,
) -> list[Outcome]:
    outcomes = []
    with _provider_named(provider.url):
        for scenario in todo:
            outcomes.append(_run_one(scenario, provider))
            if on_progress is not None:
                on_progress(outcomes[-1])
    return outcomes


@contextmanager
def _provider_named(url: str) -> Iterator[None]:
    before = os.environ.get(URL_VARIABLE)
    os.environ[URL_VARIABLE] = url
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(URL_VARIABLE, None)
        else:
            os.environ[URL_VARIABLE] = before


def _run_one(scenario: Scenario, provider: LocalProvider | RemoteProvider) -> Outcome:
    for fault in scenario.faults:
        provider.set_fault(fault.name, fault.times, match=fault.match)
    output, error = None, None
    try:
        with noting_runs() as started:
            output = scenario.pipeline(scenario.input)
    except Exception as raised:  # a failing pipeline is what some scenarios are about
        error = raised
    finally:
        provider.clear()
    run_id = started[0] if started else None
    if error is None and run_id is not None and scenario.check is not None:
        _mark(run_id, scenario.check(output))
    return Outcome(scenario, run_id, output, error)


def _mark(run_id: str, wrong: str | None) -> None:
    if wrong is None:
        misstep.mark("good", run_id=run_id)
    else:
        misstep.mark("bad", text=wrong, run_id=run_id)


class Pipelines:
    """The entry point ``misstep.demo``: what the ``misstep demo`` command drives."""

    @staticmethod
    def provider() -> LocalProvider:
        """The local provider, to be entered; it stays up as long as runs may be replayed."""
        return LocalProvider()

    @staticmethod
    def total() -> int:
        """How many runs there will be."""
        return sum(1 for _ in scenarios())

    @staticmethod
    def run(provider: LocalProvider, on_progress: Callable[[Outcome], None]) -> list[Outcome]:
        """Runs all scenarios against it; the provider stays named for replays."""
        os.environ[URL_VARIABLE] = provider.url
        return _run_all(list(scenarios()), provider, on_progress)


PIPELINES = Pipelines()
