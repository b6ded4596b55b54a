"""Writes docs/cli.md from what the verbs say of themselves: ``python docs/make_cli.py``."""

from __future__ import annotations

from pathlib import Path

import click

from misstep.command.main import cli

PAGE = Path(__file__).with_name("cli.md")
HEAD = """\
# The command line

What `misstep VERB --help` says, in one page; written by `make docs`, so change the verbs, not this.

Every verb that touches a store takes `--store`: a `.duckdb` file or the address of a server, by
default `$MISSTEP_STORE`, else `traces.duckdb` in the user's data folder. While a server owns the
file, the verb asks it; a token for it comes from `MISSTEP_TOKEN`. `--json` prints exactly what the
API answers ([api.md](api.md)). RUN is a run id, at least four of its first digits, or `last`. HOP is
a hop id, a name that is unique in the run, or `NAME#n`, from 1 in the order of start.

| exit code | means |
|---|---|
| 0 | fine; also `diagnose` of a clean or undecided run, `bisect` of a good one |
| 1 | `diagnose` found a fault, `diff` a difference, `replay` diverged, `bisect` did not confirm |
| 2 | the command or its input is wrong, or something could not be reached: one sentence on stderr |

`run` ends with the code of the program it ran. `MISSTEP_DEBUG=1` shows where an unexpected failure
came from.
"""


def page() -> str:
    """The whole page."""
    context = click.Context(cli, info_name="misstep")
    parts = [HEAD]
    for name in cli.list_commands(context):
        verb = cli.get_command(context, name)
        if verb is None:
            continue
        inner = click.Context(verb, info_name=name, parent=context, terminal_width=90)
        parts.append(f"## misstep {name}\n\n```text\n{verb.get_help(inner)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
