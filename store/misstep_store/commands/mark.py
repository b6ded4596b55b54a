"""``misstep mark``: a verdict on a run."""

from __future__ import annotations

from typing import Literal

import click

from misstep_store.commands.common import (
    console,
    full_run_id,
    hop_id_of,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.reader import Reader


@click.command(name="mark")
@click.argument("run")
@click.argument("state", type=click.Choice(["good", "bad", "unknown"]))
@click.option("--text", help="What is wrong in the outcome; diagnosis traces it back.")
@click.option("--hop", help="The hop meant (id, name or NAME#n).")
@click.option("--note", help="Anything else worth remembering.")
@store_options
@with_reader
def command(
    reader: Reader,
    *,
    run: str,
    state: Literal["good", "bad", "unknown"],
    text: str | None,
    hop: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    """Say whether a run's outcome is good; good runs are what bad ones are compared with.

    \b
    Examples:
      misstep mark last good
      misstep mark last bad --text "1.30 EUR"       and diagnosis traces that text back
      misstep mark 4bf92f35 bad --hop approve --note "wrong approver"
    """
    run_id = full_run_id(reader, run)
    hop_id = hop_id_of(reader.run(run_id, payloads=False), hop) if hop else None
    marked = reader.mark(run_id, state, text=text, hop_id=hop_id, note=note)
    if as_json:
        print_json(marked)
    else:
        console().print(plain(f"{run_id} is {marked.verdict.state}, by {marked.verdict.by}"))
