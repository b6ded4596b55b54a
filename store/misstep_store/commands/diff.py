"""``misstep diff``: two runs hop by hop."""

from __future__ import annotations

import json

import click

from misstep.command.terminal import clean
from misstep.model import Change
from misstep_diagnosis.naming import names_of
from misstep_store.commands.common import (
    console,
    full_run_id,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.reader import Reader

_STYLES = {"same": "dim", "wording": "dim", "decision": "red", "structure": "yellow"}


@click.command(name="diff")
@click.argument("run")
@click.argument("run_b", required=False)
@store_options
@with_reader
@click.pass_context
def command(
    context: click.Context, reader: Reader, *, run: str, run_b: str | None, as_json: bool
) -> None:
    """Compare a run with RUN_B, or with the nearest good run of the same pipeline.

    Hops are aligned despite retries and inserted or missing ones; wording is told apart from
    decisions. Ends with 1 when they differ in more than wording.

    \b
    Examples:
      misstep diff last                  against the nearest good run
      misstep diff 4bf92f35 9c01d2ab
    """
    a = full_run_id(reader, run)
    found = reader.diff(a, full_run_id(reader, run_b) if run_b else None)
    if as_json:
        print_json(found)
    else:
        a_names, b_names = (
            names_of(reader.run(run_id, payloads=False).hops)
            for run_id in (found.run_a, found.run_b)
        )
        out = console()
        out.print(plain(f"{found.run_a[:12]} against {found.run_b[:12]}: {found.reason}", "bold"))
        for change in found.changed_settings:
            out.print(plain(f"setting {_line(change)}", "yellow", 400))
        for pair in found.pairs:
            name = a_names.get(pair.hop_a or "") or b_names.get(pair.hop_b or "", "?")
            follows = pair.kind == "same" and any(
                c.field.startswith("output") for c in pair.changed
            )
            told = "same, given what it received" if follows else pair.kind
            out.print(plain(f"{name}: {told}", _STYLES[pair.kind]))
            for change in pair.changed[:8] if pair.kind != "same" else []:
                out.print(plain(f"    {_line(change)}", "", 400))
        if found.first_divergence:
            first = found.first_divergence
            name = a_names.get(first.hop_a or "") or b_names.get(first.hop_b or "", "?")
            out.print(plain(f"first divergence: {name} {first.field}", "bold"))
    context.exit(1 if found.first_divergence else 0)


def _line(change: Change) -> str:
    a, b = (clean(json.dumps(v, ensure_ascii=False), 120) for v in (change.a, change.b))
    return f"{change.field}: {a} | {b}"
