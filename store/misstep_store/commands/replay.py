"""``misstep replay``: executes a run again, recorded up to the fork and live after it."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from misstep.errors import UsageError
from misstep.model import Json, RunDetail
from misstep.payload import canonical_json
from misstep.replay.job import ReplayDivergence
from misstep_store.commands.common import (
    console,
    full_run_id,
    hop_id_of,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.commands.executing import agree, by_hop, cost_text, execution_options
from misstep_store.reader import Reader
from misstep_store.replaying import replay
from misstep_store.replaying.home import Home
from misstep_store.replaying.jobs import (
    Asked,
    Permission,
    Plan,
    parse_value,
    plan_of,
)
from misstep_store.serve.opening import home_of
from misstep_store.serve.single_hop import ask_again


@click.command(name="replay")
@click.argument("run")
@click.option("--from", "fork", metavar="HOP", help="Serve what began before HOP; run it live.")
@click.option(
    "--set",
    "settings",
    metavar="HOP=VALUE",
    multiple=True,
    help="Replace HOP's output: JSON, else text, or @file. What follows runs live.",
)
@click.option(
    "--model", "models", metavar="HOP=MODEL", multiple=True, help="Ask another model at HOP."
)
@click.option(
    "--prompt", "prompts", metavar="HOP=TEXT", multiple=True, help="Another system prompt at HOP."
)
@click.option(
    "--live", metavar="HOP", multiple=True, help="Run HOP alone again, and what it changes."
)
@click.option(
    "--allow-effects",
    metavar="HOP",
    multiple=True,
    help="Let this side effect happen again; others answer from the recording.",
)
@click.option(
    "--endpoint",
    metavar="URL",
    help="With --live: ask this provider the one recorded model call, without any code.",
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
    fork: str | None,
    settings: tuple[str, ...],
    models: tuple[str, ...],
    prompts: tuple[str, ...],
    live: tuple[str, ...],
    allow_effects: tuple[str, ...],
    yes: bool,
    entry: str | None,
    endpoint: str | None,
    timeout_s: float,
    as_json: bool,
) -> None:
    """Execute RUN again: recorded up to the fork, live after it. RUN itself is never changed; the
    replay is a new run that names its source.

    \b
    misstep replay last                                   everything served: same outcome?
    misstep replay last --from check_policy               live from this hop on
    misstep replay last --set extract_fields=@fixed.json  with this output instead
    misstep replay last --model draft=gpt-4o --yes        with another model there
    misstep replay last --live draft                      one hop again
    misstep replay last -- python app.py                  name the command yourself

    Only programs that ran on this machine before are executed, or what you name. Side effects
    (effect=True, tools that are not pure) are answered from the recording. Ends with 1 when the
    execution leaves its recording.
    """
    run_id = full_run_id(reader, run)
    source = reader.run(run_id)
    asked = Asked(
        fork=hop_id_of(source, fork) if fork else None,
        substitute=by_hop(source, settings, "--set", parse_value),
        models=by_hop(source, models, "--model", str),
        prompts=by_hop(source, prompts, "--prompt", _text),
        live=[hop_id_of(source, h) for h in live],
        allow_effects=[hop_id_of(source, h) for h in allow_effects],
        entry=entry,
        command=cmd,
        timeout_s=timeout_s,
    )
    home = home_of(reader)
    if endpoint is not None:
        if len(live) != 1:
            raise UsageError("--endpoint asks one recorded model call again: name it with --live")
        hop_id = asked.live[0]
        told = f"the recorded request of {live[0]} is sent to {endpoint}"
        agree(told, yes=yes, needed=True)
        made = ask_again(
            home,
            source,
            hop_id,
            endpoint,
            model=asked.models.get(hop_id),
            prompt=asked.prompts.get(hop_id),
        )
        shown = replay.Replayed(**{n: getattr(made, n) for n in RunDetail.model_fields})
    else:
        prepared = replay.prepare(home, run_id, asked, permission=Permission(entry, cmd))
        plan = plan_of(prepared.job, prepared.source.hops)
        agree(plan_text(plan), yes=yes, needed=bool(plan.live or allow_effects))
        shown = perform(home, prepared)
    if as_json:
        print_json(shown)
    else:
        _print(console(), source, shown)
    context.exit(1 if shown.divergence is not None else 0)


def perform(home: Home, prepared: replay.Prepared) -> replay.Replayed:
    """The replay, its progress shown in a terminal."""
    with Console(stderr=True).status("starting the program") as status:
        return replay.perform(
            home, prepared, progress=lambda told: status.update(Text(told.text, style="dim"))
        )


def _text(value: str) -> str:
    if not value.startswith("@"):
        return value
    try:
        return Path(value[1:]).read_text()
    except OSError as error:
        raise UsageError(f"{value[1:]} cannot be read: {error.strerror}") from error


def plan_text(plan: Plan) -> str:
    """A plan in a few words."""
    parts = [f"{plan.entry}: {plan.served} served from the recording"]
    if plan.substituted:
        parts.append(f"replaced: {', '.join(plan.substituted)}")
    if plan.live:
        parts.append(f"live: {', '.join(plan.live)}")
    if plan.effects:
        parts.append(f"side effects answered, not repeated: {', '.join(plan.effects)}")
    if plan.live:
        parts.append(cost_text(plan.estimated_cost_usd))
    return "; ".join(parts)


def _print(out: Console, source: RunDetail, made: replay.Replayed) -> None:
    out.print(Text.assemble("replayed as ", plain(made.run_id, "bold"), "  of ", source.run_id))
    if made.divergence is not None:
        _print_divergence(out, made.divergence, source)
        return
    before, now = _outcome(source), _outcome(made)
    same = canonical_json(before) == canonical_json(now)
    out.print(Text("outcome: the same" if same else "outcome: another one"))
    if not same:
        out.print(plain(f"  was  {_shown(before)}", limit=1000))
    out.print(plain(f"  {'is   ' if not same else ''}{_shown(now)}", limit=1000))
    if not same:
        out.print(plain(f"compare: misstep diff {made.run_id} {source.run_id}", "dim"))


def _outcome(run: RunDetail) -> Json:
    return f"{run.error.type}: {run.error.message}" if run.error is not None else run.output


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else canonical_json(value)


def _print_divergence(out: Console, divergence: ReplayDivergence, source: RunDetail) -> None:
    """The nearest recording, what matched and what differs."""
    out.print(plain(f"left its recording at {divergence.name}", "bold red"))
    out.print(plain(divergence.message, limit=1000))
    nearest = next((h for h in source.hops if h.hop_id == divergence.nearest_hop_id), None)
    if nearest is not None:
        out.print(plain(f"nearest recording: {nearest.name} {nearest.hop_id}"))
    if divergence.matched:
        out.print(plain(f"matched: {', '.join(divergence.matched)}"))
    for one in divergence.differs:
        out.print(plain(f"differs: {one['field']}"))
        out.print(plain(f"  recorded  {_shown(one['recorded'])}", limit=500))
        out.print(plain(f"  now       {_shown(one['now'])}", limit=500))
    out.print(
        plain(
            "Run it live from there: misstep replay RUN --from HOP; or record the run again.", "dim"
        )
    )
