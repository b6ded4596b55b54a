"""``misstep diagnose``: the first bad hop and why."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

import click
from rich.text import Text

from misstep.errors import UsageError
from misstep.model import Diagnosis, Judgement, RunDetail
from misstep_diagnosis.judge import questions
from misstep_diagnosis.naming import names_of
from misstep_store.commands.bars import bar_of
from misstep_store.commands.common import (
    GLYPHS,
    console,
    counted,
    full_run_id,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.reader import Reader, RunQuery
from misstep_store.serve.judge import Judge


@click.command(name="diagnose")
@click.argument("run", required=False)
@click.option("--all", "every", is_flag=True, help="Diagnose every run that is due, then count.")
@click.option(
    "--judge",
    "judge_url",
    metavar="URL",
    envvar="MISSTEP_JUDGE_URL",
    help="Also ask a model about the top suspects: an OpenAI-compatible or Anthropic endpoint. "
    "Sends what those hops received and produced. Key: MISSTEP_JUDGE_API_KEY.",
)
@click.option(
    "--judge-model",
    metavar="MODEL",
    envvar="MISSTEP_JUDGE_MODEL",
    default="gpt-4o-mini",
    show_default=True,
)
@click.option(
    "--judge-budget", metavar="USD", type=click.FloatRange(min=0), default=0.10, show_default=True
)
@store_options
@with_reader
@click.pass_context
def command(
    context: click.Context,
    reader: Reader,
    *,
    run: str | None,
    every: bool,
    judge_url: str | None,
    judge_model: str,
    judge_budget: float,
    as_json: bool,
) -> None:
    """Say where a run first went wrong, with the evidence quoted.

    Ends with 1 when there is a fault, with 0 when the run is clean or undecided. Suspected means
    read from the recording; `misstep bisect RUN` confirms it by executing the run again.

    \b
    Examples:
      misstep diagnose last
      misstep diagnose 3f2a --judge https://api.openai.com/v1 --judge-model gpt-4o-mini
      misstep diagnose --all          after an update of the rules
    """
    if every == (run is not None):
        raise UsageError("name one RUN, or --all; list runs with: misstep runs")
    if run is None:
        click.echo(_diagnose_all(reader))
        return
    run_id = full_run_id(reader, run)
    made = reader.diagnosis(run_id)
    if judge_url:
        judge = Judge(judge_url, judge_model, os.environ.get("MISSTEP_JUDGE_API_KEY"), judge_budget)
        detail = reader.run(run_id)
        made.judge = judge.ask(questions(detail, detail.hops, made))
    if as_json:
        print_json(made)
    else:
        console().print(render(made, reader.run(run_id, payloads=False)))
    context.exit(1 if made.verdict == "fault" else 0)


def _diagnose_all(reader: Reader) -> str:
    """Every run's diagnosis brought up to date, with a progress bar; what came out in one line."""
    counts: Counter[str] = Counter()
    query = RunQuery(limit=200)
    with bar_of() as bar:
        task = bar.add_task("diagnosing", total=reader.stats().runs)
        while True:
            page = reader.runs(query)
            for run in page.runs:
                counts[reader.diagnosis(run.run_id).verdict] += 1
                bar.advance(task)
            if page.next is None:
                break
            query = replace(query, cursor=page.next)
    told = ", ".join(f"{counts[v]} {v}" for v in ("fault", "undecided", "clean"))
    return f"{counted(counts.total(), 'run')}: {told}"


def render(made: Diagnosis, run: RunDetail) -> Text:
    """A diagnosis for a terminal."""
    text = Text()
    for origin in made.origins:
        how = "confirmed" if origin.confirmed else "suspected"
        text.append_text(
            Text.assemble("first bad hop: ", plain(origin.name, "bold red"), f"  ({how})\n")
        )
    if made.verdict != "fault":
        text.append_text(_line(made.verdict, "bold"))
    text.append_text(_line(made.explanation, limit=2000))
    if made.symptom:
        text.append_text(_line(f"seen at: {made.symptom.name}"))
    for suspect in made.suspects[:5]:
        text.append("\n")
        text.append_text(_line(f"{suspect.rank}. {suspect.name}", "bold"))
        for evidence in suspect.evidence[:5]:
            rank = "strict" if evidence.strict else "heuristic"
            text.append_text(_line(f"   {evidence.rule} ({rank}): {evidence.detail}", limit=500))
    if made.states and made.verdict == "fault":
        text.append("\n")
        names = names_of(run.hops)
        for hop in run.hops:
            glyph, style = GLYPHS[made.states.get(hop.hop_id, "unknown")]
            state = made.states.get(hop.hop_id, "unknown")
            text.append_text(
                Text.assemble(
                    (f"  {glyph} ", style), plain(names[hop.hop_id]), _line(f"  {state}", "dim")
                )
            )
    for missing in made.missing:
        text.append_text(_line(f"missing: {missing}", "yellow", 500))
    if made.judge:
        text.append_text(_judged(made.judge))
    if made.next_check:
        text.append_text(plain(f"next: {made.next_check}", "", 500))
    return text


def _judged(judge: Judgement) -> Text:
    """What the judge said, apart from the rules' own evidence, and what it cost."""
    text = Text("\n")
    text.append_text(_line(f"judge {judge.model} says, apart from the rules:", "bold"))
    for answer in judge.answers:
        text.append_text(_line(f"   {answer.name}: {answer.verdict}. {answer.reason}", limit=700))
    cost = "no known price" if judge.cost_usd is None else f"${judge.cost_usd:.5f}"
    tokens = f"{judge.input_tokens} + {judge.output_tokens} tokens"
    text.append_text(_line(f"   {tokens}, {cost}", "dim"))
    if judge.stopped:
        text.append_text(_line(f"   {judge.stopped}", "yellow"))
    return text


def _line(text: str, style: str = "", limit: int = 300) -> Text:
    """Trace text as a line of its own: the end is added here, as cleaning takes line ends out."""
    return plain(text, style, limit).append("\n")
