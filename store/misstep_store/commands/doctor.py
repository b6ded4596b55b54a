"""``misstep doctor``: what a recording can support; and a damaged store, recovered."""

from __future__ import annotations

import click
from rich.text import Text

from misstep.errors import StoreError, StoreFormat
from misstep.owner import find_owner
from misstep_diagnosis.doctor import doctor
from misstep_store.commands.common import (
    console,
    full_run_id,
    plain,
    print_json,
    reading,
    store_options,
)
from misstep_store.doctoring import Checkup, StoreCheckup, check_store, served_store
from misstep_store.serve.client import HttpReader
from misstep_store.serve.opening import default_store, store_path


@click.command(name="doctor")
@click.argument("run", required=False)
@store_options
def command(*, run: str | None, store: str | None, as_json: bool) -> None:
    """Say what the recording of RUN can support and what it lacks; without RUN, look after the store.

    For a run: which claims hold (values can be followed, the outcome is known, it can be executed
    again), what a gap costs, and how to mend it.

    Without RUN every value of the store is read. A damaged store is never changed: what is whole
    goes into a new file beside it, and what is lost is named.

    \b
    Examples:
      misstep doctor last
      misstep doctor --store traces.duckdb
    """
    if run is not None:
        _run(run, store, as_json=as_json)
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
    holds = f"{found.runs} runs, {found.spans} spans"
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
