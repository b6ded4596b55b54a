"""``misstep test``: a pytest that replays a confirmed cascade."""

from __future__ import annotations

from pathlib import Path

import click
from pydantic import BaseModel

from misstep_store.commands.common import full_run_id, print_json, store_options, with_reader
from misstep_store.reader import Reader
from misstep_store.replaying.regression import write
from misstep_store.serve.opening import home_of


class Written(BaseModel):
    """Where the files are."""

    test: str
    recording: str


@click.command(name="test")
@click.argument("run")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it (default: test_PIPELINE_RUN.py here).",
)
@store_options
@with_reader
def command(reader: Reader, *, run: str, out: Path | None, as_json: bool) -> None:
    """Write a pytest that replays RUN's cascade up to its confirmed origin and asserts the mended
    value and outcome; the recording lies beside it, redacted. It needs no network and no model.

    \b
    misstep test last                           writes test_PIPELINE_RUN.py here
    misstep test 4f1c --out tests/test_order.py

    RUN's origin must be confirmed: misstep bisect RUN.
    """
    path, recording = write(home_of(reader), full_run_id(reader, run), out)
    if as_json:
        print_json(Written(test=str(path), recording=str(recording)))
    else:
        click.echo(f"wrote {path} and {recording}; run it: pytest {path}")
