"""What the verbs that execute a run again share: their options, and asking before they start."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from misstep.command.terminal import clean
from misstep.errors import UsageError
from misstep.model import RunDetail
from misstep_store.commands.common import hop_id_of, money
from misstep_store.replaying.jobs import DEFAULT_TIMEOUT_S

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def execution_options(function: F) -> F:
    """``[-- CMD]``, ``--yes``, ``--entry`` and ``--timeout``."""
    options = (
        click.argument("cmd", nargs=-1, type=click.UNPROCESSED, metavar="[-- CMD...]"),
        click.option("--yes", is_flag=True, help="Execute without asking."),
        click.option(
            "--entry", metavar="M:F", help="Execute this: module:function or file.py:function."
        ),
        click.option(
            "--timeout",
            "timeout_s",
            type=click.FloatRange(min=1),
            default=DEFAULT_TIMEOUT_S,
            show_default=True,
            metavar="SECONDS",
            help="End an execution that takes longer.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def by_hop(
    run: RunDetail, given: Sequence[str], flag: str, read: Callable[[str], T]
) -> dict[str, T]:
    """``HOP=VALUE`` options by hop id.

    Raises:
        UsageError: for one without ``=``.
        NotFound: when there is no such hop.
    """
    found: dict[str, T] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise UsageError(f"{flag} wants HOP=VALUE, got {one!r}")
        found[hop_id_of(run, name)] = read(value)
    return found


def agree(plan: str, *, yes: bool, needed: bool) -> None:
    """Shows what will be executed and asks; without a terminal ``--yes`` must have been given.

    Raises:
        UsageError: nobody could be asked.
        Abort: the answer was no.
    """
    terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if terminal:
        click.echo(clean(plan, 5000), err=True)
    if not needed or yes:
        return
    if not terminal:
        raise UsageError(f"{plan}. This runs live: add --yes to agree")
    click.confirm("Execute this?", abort=True, err=True)


def cost_text(cost_usd: float | None) -> str:
    """An estimate in words."""
    return "cost unknown" if cost_usd is None else f"about {money(cost_usd)}"
