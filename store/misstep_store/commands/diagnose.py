"""``misstep diagnose``: the first bad hop and why."""

from __future__ import annotations

import click
from rich.text import Text

from misstep.model import Diagnosis, RunDetail
from misstep_store.commands.common import (
    GLYPHS,
    console,
    full_run_id,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.reader import Reader


@click.command(name="diagnose")
@click.argument("run")
@store_options
@with_reader
@click.pass_context
def command(context: click.Context, reader: Reader, *, run: str, as_json: bool) -> None:
    """Say where a run first went wrong, with the evidence quoted.

    Ends with 1 when there is a fault, with 0 when the run is clean or undecided. Suspected means
    read from the recording; `misstep bisect RUN` confirms it by executing the run again.
    """
    run_id = full_run_id(reader, run)
    made = reader.diagnosis(run_id)
    if as_json:
        print_json(made)
    else:
        console().print(render(made, reader.run(run_id, payloads=False)))
    context.exit(1 if made.verdict == "fault" else 0)


def render(made: Diagnosis, run: RunDetail) -> Text:
    """A diagnosis for a terminal."""
    text = Text()
    for origin in made.origins:
        how = "confirmed" if origin.confirmed else "suspected"
        text.append_text(
            Text.assemble("first bad hop: ", plain(origin.name, "bold red"), f"  ({how})\n")
        )
    if made.verdict != "fault":
        text.append_text(plain(f"{made.verdict}\n", "bold"))
    text.append_text(plain(made.explanation + "\n", limit=2000))
    if made.symptom:
        text.append_text(plain(f"seen at: {made.symptom.name}\n"))
    for suspect in made.suspects[:5]:
        text.append_text(plain(f"\n{suspect.rank}. {suspect.name}\n", "bold"))
        for evidence in suspect.evidence[:5]:
            rank = "strict" if evidence.strict else "heuristic"
            text.append_text(plain(f"   {evidence.rule} ({rank}): {evidence.detail}\n", limit=500))
    if made.states and made.verdict == "fault":
        text.append("\n")
        for hop in run.hops:
            glyph, style = GLYPHS[made.states.get(hop.hop_id, "unknown")]
            state = made.states.get(hop.hop_id, "unknown")
            text.append_text(
                Text.assemble((f"  {glyph} ", style), plain(hop.name), plain(f"  {state}\n", "dim"))
            )
    for missing in made.missing:
        text.append_text(plain(f"missing: {missing}\n", "yellow", 500))
    if made.next_check:
        text.append_text(plain(f"next: {made.next_check}", "", 500))
    return text
