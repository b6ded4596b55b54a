"""``misstep bisect``: confirms the first bad hop by executing the run again."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from misstep.command.terminal import clean
from misstep.model import Trial
from misstep_diagnosis.naming import names_of
from misstep_store.commands.common import (
    console,
    full_run_id,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.commands.diagnose import render
from misstep_store.commands.executing import agree, by_hop, cost_text, execution_options
from misstep_store.reader import Reader
from misstep_store.replaying import bisect
from misstep_store.replaying.jobs import Permission, entry_text, parse_value
from misstep_store.serve.opening import home_of


@click.command(name="bisect")
@click.argument("run")
@click.option("--good", metavar="RUN_B", help="A run that went well, best on the same input.")
@click.option("--expect", metavar="TEXT", help="A good outcome contains this text.")
@click.option("--check", metavar="M:F", help="A good outcome passes this function.")
@click.option(
    "--trials",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="How often each probe is made.",
)
@click.option(
    "--budget",
    type=click.IntRange(min=0),
    metavar="HOPS",
    help="Hop executions allowed (default: 12 times the run's hops; served ones are free).",
)
@click.option(
    "--budget-usd",
    type=click.FloatRange(min=0),
    metavar="USD",
    help="Money allowed, at the run's own price a hop where a trial's is not known yet.",
)
@click.option("--reference-model", metavar="MODEL", help="Ask this model where no good value is.")
@click.option(
    "--set",
    "settings",
    metavar="HOP=VALUE",
    multiple=True,
    help="The right output of HOP, as you know it: JSON, else text, or @file.",
)
@execution_options
@store_options
@with_reader
@click.pass_context
def command(
    context: click.Context,
    reader: Reader,
    *,
    run: str,
    cmd: tuple[str, ...],
    good: str | None,
    expect: str | None,
    check: str | None,
    trials: int,
    budget: int | None,
    budget_usd: float | None,
    reference_model: str | None,
    settings: tuple[str, ...],
    yes: bool,
    entry: str | None,
    timeout_s: float,
    as_json: bool,
) -> None:
    """Find the first bad hop of RUN and prove it: replace a hop's output by the right one, execute
    the rest, and see whether the outcome turns good.

    \b
    misstep bisect last --good 4f1c                what a good run had there
    misstep bisect last --expect "30 days"         the text a good outcome holds
    misstep bisect last --check checks:is_right    a function that is given the outcome
    misstep bisect last --good 4f1c --trials 5     flip rates with their interval

    Where no good value is known, a fault that comes and goes is found by running hops again on
    their recorded inputs; one that stays by the value that a strict rule of the diagnosis knows to
    be right, else it needs --good, --set or --reference-model. Ends with 0 when an origin is
    confirmed or the run is clean, else with 1.
    """
    run_id = full_run_id(reader, run)
    source = reader.run(run_id)
    wanted = bisect.Wanted(
        good=full_run_id(reader, good) if good else None,
        expect=expect,
        check=check,
        check_folder=str(Path.cwd()),
        trials=trials,
        budget=budget,
        budget_usd=budget_usd,
        reference_model=reference_model,
        given=by_hop(source, settings, "--set", parse_value),
        permission=Permission(entry, cmd),
        timeout_s=timeout_s,
    )
    made = bisect.prepare(home_of(reader), run_id, wanted)
    for warning in made.warnings:
        click.echo(f"warning: {clean(warning, 2000)}", err=True)
    if made.settled is None:
        agree(_plan(made), yes=yes, needed=True)
    done = _perform(made, as_json=as_json)
    if as_json:
        print_json(done.diagnosis)
    else:
        console().print(render(done.diagnosis, source))
    context.exit(0 if done.verdict.stop in ("confirmed", "clean") else 1)


def _plan(made: bisect.Bisect) -> str:
    assert made.case is not None and made.job is not None and made.oracle is not None
    target, told = entry_text(made.job.target), made.oracle.told
    cost = cost_text(made.worst_cost_usd).replace("about", "at most about")
    return (
        f"{target}: at most {made.case.allowed} hop executions, {cost}; "
        f"side effects are not repeated; a good outcome is one that {told}"
    )


def _perform(made: bisect.Bisect, *, as_json: bool) -> bisect.Bisected:
    out = console()

    def on_trial(trial: Trial) -> None:
        if not as_json:
            out.print(_trial_line(made, trial))

    with Console(stderr=True).status("starting the program") as status:
        return bisect.perform(
            made,
            on_trial=on_trial,
            progress=lambda told: status.update(Text(told.text, style="dim")),
        )


_STYLES = {"good": "green", "bad": "red", "undefined": "yellow"}


def _trial_line(made: bisect.Bisect, trial: Trial) -> Text:
    names = names_of(made.source.hops)
    which = ", ".join(names.get(h, "?") if h else "input" for h in trial.hop_ids)
    kind = "control" if trial.control else trial.kind
    return Text.assemble(
        plain(f"{trial.n:3}  {kind:10} "),
        plain(f"{trial.outcome:10}", _STYLES[trial.outcome]),
        plain(f"{trial.hop_executions:3} run  {which}  "),
        plain(trial.detail, "dim", 160),
    )
