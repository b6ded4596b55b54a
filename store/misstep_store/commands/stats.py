"""``misstep stats``: totals of a store."""

from __future__ import annotations

import click
from rich.table import Table

from misstep_store.commands.common import (
    console,
    counted,
    money,
    plain,
    print_json,
    store_options,
    with_reader,
)
from misstep_store.reader import Reader


@click.command(name="stats")
@store_options
@with_reader
def command(reader: Reader, *, as_json: bool) -> None:
    """Show what a store holds: runs, spans, size, what was dropped, calls and spend by model.

    Also what retention removed, and how each destination of `misstep up --forward` fares.

    \b
    Examples:
      misstep stats
      misstep stats --store http://127.0.0.1:4318 --json
    """
    found = reader.stats()
    if as_json:
        print_json(found)
        return
    out = console()
    again = f" ({counted(found.replays, 'replay')} among them)" if found.replays else ""
    out.print(
        plain(
            f"{counted(found.runs, 'run')}{again}, {counted(found.hops, 'hop')}, "
            f"{counted(found.spans, 'span')}, "
            f"{found.bytes / 1e6:.1f} MB in {found.store}"
        )
    )
    index = found.text_index
    if index:
        told = (
            f"{index['rows']:,} spans and log records in it, {index['waiting']:,} searched without"
        )
        out.print(plain(f"  text index: {index['bytes'] / 1e6:.1f} MB more; {told} it"))
    days = found.rollups
    if days:
        told = f"{counted(days['days'], 'day')}, {days['stale_days']} of them summed when asked"
        out.print(plain(f"  roll-ups: {told}"))
    for reason, number in found.dropped.items():
        out.print(plain(f"  {reason}: {number}", "yellow"))
    if found.set_aside:
        told = (
            f"{counted(found.set_aside, 'run')} set aside: the spans are kept, but cannot be read"
        )
        out.print(plain(f"  {told}", "yellow"))
    for what, number in found.retention.items():
        out.print(plain(f"  retention: {what}: {number}"))
    for to in found.forward:
        told = f"  → {to['url']}: {to['sent']} requests sent, {to['waiting']} waiting"
        lost = ", ".join(f"{reason}: {number}" for reason, number in to["dropped"].items())
        out.print(plain(told + (f"; {lost}" if lost else ""), "yellow" if lost else ""))
        if to["last_error"]:
            out.print(plain(f"    {to['last_error']}", "yellow"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in (
        "provider",
        "model",
        "calls",
        "tokens in",
        "out",
        "cost",
        "errors",
        "p50 ms",
        "p95 ms",
    ):
        table.add_column(name, justify="left" if name in ("provider", "model") else "right")
    for m in found.models:
        table.add_row(
            plain(m["provider"] or ""),
            plain(m["model"], limit=60),
            plain(m["calls"]),
            plain(m["input_tokens"]),
            plain(m["output_tokens"]),
            plain(money(m["cost_usd"], m["unpriced_tokens"])),
            plain(m["errors"]),
            plain(f"{m['p50_ms']:.0f}"),
            plain(f"{m['p95_ms']:.0f}"),
        )
    if found.models:
        out.print(table)
