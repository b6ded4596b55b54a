"""``misstep show``: one run as a tree."""

from __future__ import annotations

import json

import click
from rich.console import Group
from rich.text import Text
from rich.tree import Tree

from misstep.command.terminal import clean
from misstep.model import Hop, RunDetail
from misstep_diagnosis.naming import names_of
from misstep_store.commands.common import (
    GLYPHS,
    console,
    full_run_id,
    money,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.commands.runs import duration, first_bad_hop
from misstep_store.reader import Reader


@click.command(name="show")
@click.argument("run")
@click.option("--full", is_flag=True, help="Whole inputs and outputs.")
@store_options
@with_reader
def command(reader: Reader, *, run: str, full: bool, as_json: bool) -> None:
    """Show one run as a tree of hops: what each received and produced, and its state.

    RUN is a run id, its first digits, or `last`. States: ● origin ◐ carried ▲ amplified
    ◌ absorbed ○ clean · unknown.

    \b
    Examples:
      misstep show last
      misstep show 4bf92f35 --full | less -R
      misstep show last --json | jq '.hops[].name'
    """
    run_id = full_run_id(reader, run)
    if not as_json:
        reader.diagnosis(run_id)
    detail = reader.run(run_id)
    if as_json:
        print_json(detail)
        return
    console().print(_tree(detail, 100_000 if full else 200))


def _tree(run: RunDetail, limit: int) -> Tree:
    head = Text.assemble(
        plain(run.pipeline or run.name, "bold"),
        plain(f"  {run.run_id}  {run.verdict.state}  {duration(run.duration_ms)}  "),
        plain(f"{money(run.cost_usd, run.unpriced_tokens)}  "),
        first_bad_hop(run),
    )
    tree = Tree(Group(head, plain(f"in   {_text(run.input)}", "dim", limit)))
    nodes: dict[str, Tree] = {}
    names = names_of(run.hops)
    for hop in run.hops:
        above = nodes.get(hop.parent_id or "", tree)
        nodes[hop.hop_id] = above.add(_hop(hop, names[hop.hop_id], limit))
    tree.add(plain(f"out  {_text(run.output)}", "bold", limit))
    return tree


def _hop(hop: Hop, name: str, limit: int) -> Group:
    glyph, style = GLYPHS[hop.state]
    model = hop.response_model or hop.request_model or ""
    tokens = f"{hop.input_tokens}→{hop.output_tokens} tok" if hop.input_tokens else ""
    tries = f"{len(hop.attempts)} attempts" if len(hop.attempts) > 1 else ""
    rest = "  ".join(filter(None, (hop.kind, model, duration(hop.duration_ms), tokens, tries)))
    lines = [Text.assemble((f"{glyph} ", style), plain(name, style, 80), plain(f"  {rest}", "dim"))]
    lines.append(plain(f"in   {_text(hop.input)}", "dim", limit))
    if hop.error:
        lines.append(plain(f"{hop.error.type}: {hop.error.message}", "red", limit))
    else:
        lines.append(plain(f"out  {_text(hop.output)}", "", limit))
    return Group(*lines)


def _text(value: object) -> str:
    if isinstance(value, str):
        return clean(value, 100_000)
    return clean(json.dumps(value, ensure_ascii=False), 100_000)
