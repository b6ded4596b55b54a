"""``misstep doctor``: what a recording can support; and a damaged store, recovered."""

from __future__ import annotations

import click
from rich.text import Text

from misstep.errors import StoreError, StoreFormat, UsageError
from misstep.owner import find_owner
from misstep_diagnosis.doctor import doctor
from misstep_store.commands.common import (
    console,
    counted,
    full_run_id,
    plain,
    print_json,
    reading,
    store_options,
)
from misstep_store.serve.client import HttpReader
from misstep_store.serve.opening import default_store, store_path
from misstep_store.shapes.checkups import Checkup
from misstep_store.upkeep.doctoring import StoreCheckup, check_store, served_store


@click.command(name="doctor")
@click.argument("run", required=False)
@click.option("--pipeline", help="Look at the latest runs of this pipeline together.")
@click.option(
    "--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="Runs looked at."
)
@store_options
def command(
    *, run: str | None, pipeline: str | None, limit: int, store: str | None, as_json: bool
) -> None:
    """Say what the recording of RUN can support and what it lacks; without RUN, look after the store.

    For a run: which claims hold (values can be followed, the outcome is known, it can be executed
    again), what a gap costs, and how to mend it. For a pipeline: in how many of its latest runs each
    claim holds, at which hops the gaps lie, and whether there are good runs to compare with.

    Without either every value of the store is read. A damaged store is never changed: what is whole
    goes into a new file beside it, and what is lost is named.

    \b
    Examples:
      misstep doctor last
      misstep doctor --pipeline invoice
      misstep doctor --store traces.duckdb
    """
    if run is not None and pipeline is not None:
        raise UsageError("name a run or a pipeline, not both")
    if run is not None:
        _run(run, store, as_json=as_json)
    elif pipeline is not None:
        _pipeline(pipeline, limit, store, as_json=as_json)
    else:
        _store(store, as_json=as_json)


def _run(run: str, store: str | None, *, as_json: bool) -> None:
    with reading(store) as reader:
        detail = reader.run(full_run_id(reader, run))
        found = Checkup.of(detail, doctor(detail, detail.hops))
    if as_json:
        print_json(found)
        return
    out = console()
    for claim in found.claims:
        glyph, style = ("✓", "green") if claim.supported else ("✗", "yellow")
        out.print(Text.assemble((f"{glyph} ", style), plain(claim.claim, "bold")))
        if not claim.supported:
            out.print(plain(f"  {claim.missing}: {claim.costs}", limit=500))
            out.print(plain(f"  mend it: {claim.mend}", "dim", 500))


def _pipeline(pipeline: str, limit: int, store: str | None, *, as_json: bool) -> None:
    with reading(store) as reader:
        found = reader.checkup(pipeline, limit=limit)
    if as_json:
        print_json(found)
        return
    out = console()
    out.print(plain(f"{pipeline}: the latest {counted(len(found.run_ids), 'run')}", "bold"))
    for claim in found.claims:
        glyph, style = ("✓", "green") if claim.supported else ("✗", "yellow")
        told = f"{claim.claim} ({claim.supporting} of {claim.runs})"
        out.print(Text.assemble((f"{glyph} ", style), plain(told, "bold")))
        if not claim.supported:
            out.print(plain(f"  {claim.missing}: {claim.costs}", limit=500))
            if claim.hops:
                out.print(plain(f"  at {', '.join(claim.hops[:8])}", "dim", 500))
            out.print(plain(f"  mend it: {claim.mend}", "dim", 500))
            if claim.examples:
                shown = ", ".join(i[:12] for i in claim.examples)
                out.print(plain(f"  see: {shown}", "dim", 500))


def _store(store: str | None, *, as_json: bool) -> None:
    url = store or default_store()
    found = _checked(url)
    if as_json:
        print_json(found)
    if found.state == "lost":
        raise StoreFormat(
            f"{found.store} is damaged ({found.problem}) and nothing in it can be recovered; "
            "move it away and import what you exported: misstep import FILE"
        )
    if as_json:
        return
    out = console()
    holds = f"{counted(found.runs, 'run')}, {counted(found.spans, 'span')}"
    if found.migrated_from is not None:
        out.print(
            plain(f"{found.store} had schema {found.migrated_from} and was brought up to date")
        )
    if found.state == "healthy":
        out.print(plain(f"{found.store} is healthy: {holds}", "green"))
    else:
        out.print(plain(f"{found.store} is damaged: {found.problem}", "yellow", 500))
        out.print(plain(f"recovered into {found.recovered_to}: {holds}", "green", 500))
        out.print(plain(f"lost: {found.lost}", limit=500))
        out.print(plain(f"use it: misstep up --store {found.recovered_to}", limit=500))
    if found.inbox_waiting:
        out.print(
            plain(f"{found.inbox_waiting} files wait in its inbox, taken in when it is opened")
        )
    if found.inbox_unreadable:
        out.print(
            plain(
                f"{found.inbox_unreadable} unreadable files lie in {found.store}.inbox/bad",
                "yellow",
            )
        )


def _checked(url: str) -> StoreCheckup:
    if url.startswith(("http://", "https://")):
        return served_store(HttpReader(url))
    path = store_path(url)
    owner = find_owner(path)
    if owner is not None:
        return served_store(HttpReader(owner.url))
    if not path.exists():
        raise StoreError(f"there is no store at {path}; make one: misstep up --store {path}")
    return check_store(path)
