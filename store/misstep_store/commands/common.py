"""What the verbs share: options, the reader, output."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from misstep.command.terminal import clean
from misstep.errors import NotFound
from misstep.model import RunDetail
from misstep_store.finding import find_hop
from misstep_store.reader import Reader
from misstep_store.serve.opening import open_reader

F = TypeVar("F", bound=Callable[..., Any])

GLYPHS = {
    "origin": ("●", "bold red"),
    "carried": ("◐", "yellow"),
    "amplified": ("▲", "bold yellow"),
    "absorbed": ("◌", "dim"),
    "clean": ("○", "green"),
    "unknown": ("·", "dim"),
}
_HEX = re.compile("[0-9a-f]+")


def store_options(function: F) -> F:
    """``--store`` and ``--json``."""
    function = click.option(
        "--json", "as_json", is_flag=True, help="Print the API's JSON instead of text."
    )(function)
    return click.option(
        "--store",
        metavar="URL",
        help="A .duckdb file or http://host:4318 (default: $MISSTEP_STORE, else the data folder).",
    )(function)


@contextmanager
def reading(store: str | None, *, make: bool = False) -> Any:
    """The reader of a store, closed afterwards; ``make`` lets a file that is named be made."""
    reader = open_reader(store, make=make)
    try:
        yield reader
    finally:
        reader.close()


def with_reader(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a verb its reader in place of ``store``."""

    @functools.wraps(function)
    def verb(*, store: str | None, **more: Any) -> Any:
        with reading(store) as reader:
            return function(reader, **more)

    return verb


def print_json(value: BaseModel) -> None:
    """Exactly the API's answer."""
    click.echo(value.model_dump_json(by_alias=True))


def console() -> Console:
    """Where text goes; markup in traces is never interpreted."""
    return Console(highlight=False, markup=False, soft_wrap=not sys.stdout.isatty())


def counted(number: int, what: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def money(cost_usd: float | None, unpriced_tokens: int = 0) -> str:
    """US dollars as the pages write them; ``≥`` when part of the tokens has no price."""
    if cost_usd is None:
        return "no price" if unpriced_tokens else "–"
    least = "≥ " if unpriced_tokens else ""
    if 0 < cost_usd < 0.00001:
        return f"{least}<$0.00001"
    digits = 2 if cost_usd >= 1 or cost_usd == 0 else 3 if cost_usd >= 0.01 else 5
    return f"{least}${cost_usd:.{digits}f}"


def plain(text: object, style: str = "", limit: int = 300) -> Text:
    """Trace text as rich text without markup."""
    return Text(clean(text, limit), style=style)


def full_run_id(reader: Reader, given: str) -> str:
    """A run id from its first digits; ``last`` is the newest run.

    Raises:
        NotFound: when none or several begin so; at least four digits are needed.
    """
    wanted = given.lower()
    if wanted == "last" or (len(wanted) >= 4 and _HEX.fullmatch(wanted)):
        found = [wanted] if len(wanted) == 32 else reader.resolve(wanted)
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFound(f"several runs begin with {given!r}; give more digits")
    if wanted == "last":
        raise NotFound("the store holds no run yet; see one: misstep demo")
    raise NotFound(f"no run {clean(given, 60)!r}; list them: misstep runs")


def hop_id_of(run: RunDetail, given: str) -> str:
    """A hop's id from its id or name."""
    return find_hop(run.hops, given).hop_id
