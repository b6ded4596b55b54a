"""``misstep demo``: the bundled pipelines over real HTTP, what broke and where, and the UI on them."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.text import Text

import misstep
from misstep.errors import MissingExtra, StoreError
from misstep.model import Diagnosis
from misstep_store.commands.bars import bar_of
from misstep_store.commands.common import console, counted
from misstep_store.reader import Reader
from misstep_store.replaying.jobs import Permission
from misstep_store.serve.server import Server

_NEEDS = "misstep demo needs the bundled pipelines' SDKs: pip install 'misstep[demo]'"


@click.command(name="demo")
@click.option("--no-ui", is_flag=True, help="Print what broke and where, then end.")
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the runs in this file (default: a temporary one).",
)
@click.option("--ui-port", type=int, default=0, help="Port of the UI (default: a free one).")
def command(*, no_ui: bool, store: Path | None, ui_port: int) -> None:
    """Run three bundled pipelines, good and failing, and open the replay debugger on them.

    Nothing leaves this machine: a local provider speaks the OpenAI and Anthropic wire formats.

    \b
    Examples:
      misstep demo
      misstep demo --no-ui --store demo.duckdb
    """
    examples = _examples()
    out = console()
    path = store or Path(tempfile.mkdtemp(prefix="misstep-demo-")) / "demo.duckdb"
    with (
        Server(
            path,
            otlp_port=0,
            grpc_port=0,
            ui_port=None if no_ui else ui_port,
            # Its own pipelines alone, whatever else ran on this machine.
            replay=Permission(only=("misstep_examples.",)),
        ) as server,
        examples.provider() as provider,
    ):
        outcomes = _run(examples, provider, server)
        _report(outcomes, server.reader, out)
        if no_ui:
            out.print(Text("Open these runs again:"))
            out.print(Text(f"  misstep up --store {path}"), soft_wrap=True)
            return
        out.print(Text(f"Open {server.ui_url} to replay these runs. Ctrl-C ends the demo."))
        sys.stdout.flush()
        _wait()


def _examples() -> Any:
    try:
        found = next(iter(entry_points(group="misstep.demo", name="pipelines")))
        return found.load()
    except (StopIteration, ImportError) as error:
        raise MissingExtra(_NEEDS) from error


def _run(examples: Any, provider: Any, server: Server) -> list[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    misstep.init(endpoint=server.otlp_url, service="misstep-demo")
    try:
        with bar_of(*columns) as bar:
            task = bar.add_task("running the bundled pipelines", total=examples.total())

            def on_progress(outcome: Any) -> None:
                bar.update(task, advance=1, description=outcome.scenario.name)

            outcomes = list(examples.run(provider, on_progress))
        if not misstep.flush(timeout_s=20):
            raise StoreError("the demo's spans did not reach the receiver; see misstep stats")
        return outcomes
    finally:
        misstep.shutdown()


def _report(outcomes: list[Any], reader: Reader, out: Console) -> None:
    found = 0
    for outcome in outcomes:
        if outcome.run_id is None:
            continue
        diagnosis = reader.diagnosis(outcome.run_id)
        if diagnosis.verdict == "clean":
            continue
        found += 1
        out.print()
        out.print(Text.assemble((f"{outcome.scenario.name}  ", "bold"), (outcome.run_id, "dim")))
        named = _names(diagnosis) if diagnosis.origins else "undecided"
        out.print(Text.assemble("  first bad hop: ", (named, "bold red")))
        out.print(Text(f"  {diagnosis.explanation}"))
    out.print()
    out.print(
        Text(f"{counted(len(outcomes), 'run')}: {len(outcomes) - found} fine, {found} went wrong.")
    )


def _names(diagnosis: Diagnosis) -> str:
    return ", ".join(o.name for o in diagnosis.origins)


def _wait() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        stop.wait()
    except KeyboardInterrupt:
        return
