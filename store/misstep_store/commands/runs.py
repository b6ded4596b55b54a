"""``misstep runs``: the latest runs with their first bad hop."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from misstep.errors import UsageError
from misstep.model import Run
from misstep_store.commands.common import (
    console,
    money,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.reader import Reader, RunQuery

_WIDE = 110  # columns of a terminal that takes the whole table
_VERDICTS = {"good": ("good", "green"), "bad": ("bad", "red"), "unknown": ("–", "dim")}


@click.command(name="runs")
@click.option("--failed", is_flag=True, help="Only runs with an error, a bad verdict or a fault.")
@click.option("--calls", is_flag=True, help="Only runs in which a named model was called.")
@click.option("--since", metavar="TIME", help="ISO 8601 time, or an age such as 30m, 2h, 7d.")
@click.option("--until", metavar="TIME", help="The same; only runs that began before.")
@click.option("--replays", is_flag=True, help="Also what replays and bisects made.")
@click.option("--text", help="Only runs with this text in names, inputs or outputs.")
@click.option("--verdict", type=click.Choice(["good", "bad", "unknown"]))
@click.option("--status", type=click.Choice(["ok", "error", "unset"]))
@click.option("--model", help="Only runs that used this model.")
@click.option("--pipeline", help="Only runs of this pipeline.")
@click.option("--name", help="Only runs of this name.")
@click.option("--service", help="Only runs of this service.")
@click.option("--version", help="Only runs of this version of the pipeline.")
@click.option("--session", help="Only runs of this session.")
@click.option("--user", help="Only runs of this user.")
@click.option("--tag", help="Only runs with this tag.")
@click.option(
    "--sort",
    type=click.Choice(["newest", "oldest", "slowest", "costliest"]),
    default="newest",
    show_default=True,
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--cursor", help="Where the page before ended.")
@store_options
@with_reader
def command(
    reader: Reader,
    *,
    failed: bool,
    calls: bool,
    since: str | None,
    until: str | None,
    replays: bool,
    as_json: bool,
    **more: Any,
) -> None:
    """List runs, newest first: verdict, first bad hop, duration, cost, models.

    \b
    Examples:
      misstep runs --failed --since 2h
      misstep runs --model gpt-4o-mini --text "INV-2041"
      misstep runs --json | jq -r '.runs[].run_id'

    With --replays, ↻ names the run that was executed again. A cost with ≥ leaves out tokens of models
    without a known price. A terminal of fewer than 110 columns shows no cost, tokens and models;
    --json has everything.
    """
    query = RunQuery(
        failed=True if failed else None,
        calls=True if calls else None,
        replays=None if replays else False,
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        **more,
    )
    page = reader.runs(query)
    while not page.runs and page.next:  # a text is searched for some time a page
        page = reader.runs(replace(query, cursor=page.next))
    if as_json:
        print_json(page)
        return
    if not page.runs:
        console().print(
            plain("No run matches." if _filters(query) else _hint(reader.stats().store))
        )
        return
    out = console()
    out.print(_table(page.runs, out.width))
    if page.next:
        console().print(plain(f"more: the same command with --cursor {page.next}", "dim"))


def _hint(store: str) -> str:
    """What to try on an empty store: what leads into this one, where it is on this machine."""
    into = f"--store {shlex.quote(store)} " if Path(store).exists() else ""
    return f"No runs yet. Try: misstep demo, or misstep run {into}-- python app.py"


def _filters(query: RunQuery) -> bool:
    return replace(query, limit=50, sort="newest", replays=None) != RunQuery()


def moment(given: str | None, option: str) -> str | None:
    """An ISO time from an ISO time or an age."""
    match = re.fullmatch(r"(\d+)([smhd])", given) if given else None
    if not given or not match:
        if given:
            try:
                dt.datetime.fromisoformat(given.replace("Z", "+00:00"))
            except ValueError as error:
                raise UsageError(
                    f"{option} wants a time or an age like 2h, got {given!r}"
                ) from error
        return given
    seconds = int(match[1][:12]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[match[2]]
    seconds = min(seconds, 365 * 86_400 * 50)
    return (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)).isoformat()


def _table(runs: list[Run], width: int) -> Table:
    """The runs; a narrow terminal has room for the first columns, whose text is worth more whole."""
    narrow = width < _WIDE
    table = Table(box=None, pad_edge=False, collapse_padding=narrow, header_style="dim")
    for name in ("run", "when", "pipeline", "verdict", "first bad hop"):
        table.add_column(name, no_wrap=name in ("run", "when", "verdict", "first bad hop"))
    table.add_column("duration", justify="right", no_wrap=True)
    if not narrow:
        for name in ("cost", "tokens"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("models")  # gives way: its text is cut, not the others
    for run in runs:
        table.add_row(*_row(run)[: len(table.columns)])
    return table


def _row(run: Run) -> list[Text]:
    word, style = _VERDICTS[run.verdict.state]
    return [
        plain(run.run_id[:12], "cyan"),
        plain(run.started_at[:19].replace("T", " ")),
        _named(run),
        plain(word, style),
        first_bad_hop(run),
        plain(duration(run.duration_ms)),
        plain(money(run.cost_usd, run.unpriced_tokens)),
        plain(run.input_tokens + run.output_tokens),
        _models(run),
    ]


def _models(run: Run) -> Text:
    """On one line, however narrow."""
    named = plain(", ".join(run.models), "dim", 60)
    named.no_wrap, named.overflow = True, "ellipsis"
    return named


def _named(run: Run) -> Text:
    """The pipeline; of a replay the run it repeats, which tells more in as much room."""
    if run.replay_of is None:
        return plain(run.pipeline or run.name, limit=40)
    return plain(f"↻ {run.replay_of[:8]}", "dim")


def first_bad_hop(run: Run) -> Text:
    """The origin, or what is known instead."""
    if run.origins:
        return plain(", ".join(o.name for o in run.origins), "bold red", 60)
    if run.diagnosis_verdict == "undecided":
        return plain("undecided", "yellow")
    if not run.complete:
        return plain("running", "dim")
    return plain("not diagnosed yet" if run.diagnosis_verdict is None else "", "dim")


def duration(milliseconds: float) -> str:
    """A duration for people."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return (
        f"{milliseconds / 1000:.1f} s"
        if milliseconds < 120_000
        else f"{milliseconds / 60_000:.1f} min"
    )
