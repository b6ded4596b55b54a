"""``misstep remap``: stored spans read again by the conventions as they are now."""

from __future__ import annotations

import click

from misstep_store.commands.common import (
    console,
    full_run_id,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.serve.opening import Access


@click.command(name="remap")
@click.argument("runs", nargs=-1, metavar="RUN…")
@click.option("--all", "everything", is_flag=True, help="Every run of the store.")
@store_options
@with_reader
def command(reader: Access, *, runs: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Make runs and hops again from their raw spans, which always stay.

    After an upgrade that reads an instrumentation better, old runs gain by it. Marks, scores and
    tags stay; a diagnosis is made anew where a run changed.

    \b
    Examples:
      misstep remap --all
      misstep remap 4bf92f3577b34da6a3ce929d0e0e4736
    """
    if everything and runs:
        raise click.UsageError("name runs or give --all, not both")
    run_ids = None if everything else [full_run_id(reader, given) for given in runs]
    done = reader.remap(run_ids)
    if as_json:
        print_json(done)
        return
    noun = "run" if done.runs == 1 else "runs"
    told = f"{done.runs} {noun} read again, {done.changed} changed"
    shown = ", ".join(done.run_ids[:5]) + (", …" if len(done.run_ids) > 5 else "")
    console().print(plain(f"{told}: {shown}" if shown else told))
