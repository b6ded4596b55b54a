"""``misstep retain``: removes old runs."""

from __future__ import annotations

import click

from misstep_store.commands.common import (
    console,
    counted,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.serve.opening import Access
from misstep_store.shapes.retention import Policy, size_bytes


@click.command(name="retain")
@click.option("--days", type=float, metavar="N", help="Runs that began longer ago go.")
@click.option(
    "--failing-days", type=float, metavar="N", help="Keep failing and marked runs for so long."
)
@click.option(
    "--max-size", metavar="SIZE", help="The oldest runs go until the store uses no more, e.g. 2GB."
)
@click.option("--dry-run", is_flag=True, help="Count what --days would remove, remove nothing.")
@store_options
@with_reader
def command(
    reader: Access,
    *,
    days: float | None,
    failing_days: float | None,
    max_size: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Remove runs by age or size; failing and marked runs go last.

    \b
    Examples:
      misstep retain --days 30
      misstep retain --days 7 --failing-days 90
      misstep retain --max-size 2GB

    `misstep up --retain-days 30` does the same in the background.
    """
    policy = Policy(days=days, failing_days=failing_days, max_bytes=size_bytes(max_size))
    done = reader.retain(policy, dry_run=dry_run)
    if as_json:
        print_json(done)
        return
    verb = "would go" if dry_run else "removed"
    went = f"{counted(done.removed_runs, 'run')}, {counted(done.removed_spans, 'span')}"
    told = f"{went} {verb}"
    if done.removed_failing_or_marked:
        told += f" ({done.removed_failing_or_marked} of the runs failing or marked)"
    console().print(plain(f"{told}; the store uses {done.bytes / 1e6:.1f} MB"))
    if policy.max_bytes is not None and not dry_run and done.bytes > policy.max_bytes:
        more = "space comes back once some ten thousand spans beside each other are gone."
        console().print(plain(f"That is more than asked for: {more}"))
