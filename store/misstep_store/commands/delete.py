"""``misstep delete``: removes one run for good."""

from __future__ import annotations

import json
import sys

import click

from misstep.errors import UsageError
from misstep_store.commands.common import console, full_run_id, plain, store_options, with_reader
from misstep_store.reader import Reader


@click.command(name="delete")
@click.argument("run")
@click.option("--yes", is_flag=True, help="Do not ask.")
@store_options
@with_reader
def command(reader: Reader, *, run: str, yes: bool, as_json: bool) -> None:
    """Remove a run, its hops, payloads, verdicts and scores for good.

    \b
    Examples:
      misstep delete 4bf92f35
      misstep delete last --yes        does not ask

    Without a terminal it needs --yes.
    """
    run_id = full_run_id(reader, run)
    reader.run(run_id, payloads=False)  # unknown: say so before asking
    if run.lower() != "last" and not run_id.startswith(run.lower()):
        raise UsageError(f"{run} is a trace told as one run with {run_id}; delete that run instead")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                f"removing run {run_id} asks first, and there is no terminal to ask on: say --yes"
            )
        click.confirm(f"Remove run {run_id} for good?", abort=True, err=True)
    reader.delete(run_id)
    if as_json:
        click.echo(json.dumps({"deleted": run_id}))
    else:
        console().print(plain(f"{run_id} is removed"))
