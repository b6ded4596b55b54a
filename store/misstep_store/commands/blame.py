"""``misstep blame``: where a value first appeared, or where it ended."""

from __future__ import annotations

from collections.abc import Sequence

import click

from misstep.model import BlameStep, Reach
from misstep_diagnosis.naming import names_of
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


@click.command(name="blame")
@click.argument("run")
@click.argument("text")
@click.option("--hop", help="Begin at this hop (id, name or NAME#n).")
@click.option("--forwards", is_flag=True, help="Follow TEXT to where it ended.")
@store_options
@with_reader
def command(
    reader: Reader, *, run: str, text: str, hop: str | None, forwards: bool, as_json: bool
) -> None:
    """Trace TEXT back to the hop, input or tool result where it first appeared.

    Numbers and dates are found in other notations too. --hop begins at one hop instead of the
    final output. --forwards goes the other way: from where TEXT first appeared (or the output of
    --hop) through every hop that received it or a value computed from it, to where it ended.

    \b
    Examples:
      misstep blame last "87.3%"
      misstep blame 4bf92f35 "1.30 EUR" --hop approve
      misstep blame last INV-2041 --hop 'search#2' --json
      misstep blame last "1.30 EUR" --forwards
    """
    run_id = full_run_id(reader, run)
    detail = reader.run(run_id, payloads=False)
    hop_id = hop_id_of(detail, hop) if hop else None
    names = names_of(detail.hops)
    if forwards:
        reached = reader.reach(run_id, text, hop=hop_id)
        if as_json:
            print_json(reached)
        else:
            _print_reach(reached, names)
        return
    found = reader.blame(run_id, text, hop=hop_id)
    if as_json:
        print_json(found)
        return
    out = console()
    if found.origin is None:
        out.print(plain(f"{text!r} is in no input or output of this run."))
        return
    out.print(plain(f"first appeared at: {found.origin.name}", "bold"))
    if found.explanation:
        out.print(plain(found.explanation, limit=1000))
    _print_chain(found.chain, names)


def _print_reach(found: Reach, names: dict[str, str]) -> None:
    out = console()
    if found.start is None:
        out.print(plain(found.explanation))
        return
    out.print(plain(f"from: {found.start.name}", "bold"))
    _print_chain(found.chain, names)
    for end in found.ends:
        out.print(plain(f"ended: {end.name} ({end.how})", "bold"))
    out.print(plain(found.explanation, limit=1000))


def _print_chain(chain: Sequence[BlameStep], names: dict[str, str]) -> None:
    out = console()
    for step in chain:
        name = names.get(step.hop_id or "", "pipeline")
        how = f" ({step.match}{': ' + step.detail if step.detail else ''})"
        out.print(plain(f"  {name}.{step.path}  {step.quote}{how}", limit=400))
