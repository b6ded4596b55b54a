"""The command's group: finds verbs, and turns every error into one sentence."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points, version

import click

from misstep.command.terminal import clean
from misstep.errors import MissingExtra, MisstepError

_SENTENCE = 5000
_VERBS = {
    "Record": {
        "demo": ("Run bundled pipelines, good and failing, and open the UI.", "demo"),
        "run": ("Run a program with every model call recorded.", ""),
        "up": ("Receive spans; serve the API and the UI.", "ui"),
    },
    "Look": {
        "runs": ("List the latest runs with their first bad hop.", "store"),
        "show": ("Show one run as a tree.", "store"),
        "diff": ("Compare a run with the nearest good one.", "store"),
        "stats": ("Show what a store holds.", "store"),
    },
    "Explain": {
        "diagnose": ("Say where a run first went wrong, and why.", "store"),
        "blame": ("Trace a value back to where it first appeared.", "store"),
        "mark": ("Say whether a run's outcome is good or bad.", "store"),
    },
    "Prove": {
        "replay": ("Execute a run again, recorded up to a hop and live after it.", "store"),
        "bisect": ("Confirm the first bad hop by executing with it mended.", "store"),
        "test": ("Write a pytest that replays a confirmed cascade.", "store"),
    },
    "Keep": {
        "import": ("Read trace files into the store.", "store"),
        "export": ("Send stored runs on, or write them to a file.", "store"),
        "remap": ("Make runs and hops again from their raw spans.", "store"),
        "doctor": ("Say what a recording lacks; recover a damaged store.", "store"),
        "retain": ("Remove runs by age or size.", "store"),
        "delete": ("Remove one run for good.", "store"),
    },
}
"""By what they are for: what each does in a line, and the extra that brings it."""
_EPILOG = """\b
Examples:
  misstep demo                              see it work
  misstep run --store t.duckdb -- python app.py
  misstep up --store t.duckdb               receiver, API and UI
  misstep runs --failed                     latest failing runs
  misstep diagnose last                     the first bad hop of the newest run
  misstep bisect last --good RUN_B          prove it by executing the run again
"""


class Verbs(click.Group):
    """Loads a verb when it is asked for; one whose package is missing says what to install."""

    def list_commands(self, context: click.Context) -> list[str]:
        """``run`` and every verb an installed package brings."""
        found = {e.name for e in entry_points(group="misstep.commands")}
        return sorted(found | {"run"})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The verb, or one that explains what it needs."""
        if name == "run":
            from misstep.command.run import command  # most verbs need none of what records

            return command
        found = next(iter(entry_points(group="misstep.commands", name=name)), None)
        if found is None:
            return None
        try:
            verb = found.load()
        except ImportError as error:
            return _missing(name, error)
        return verb if isinstance(verb, click.Command) else None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists verbs by what they are for, without loading them: that takes seconds."""
        others = self.list_commands(context)
        listed = {
            title: [(name, line) for name, (line, _) in verbs.items() if name in others]
            for title, verbs in _VERBS.items()
        }
        known = {name for verbs in listed.values() for name, _ in verbs}
        loaded = ((n, self.get_command(context, n)) for n in others if n not in known)
        listed["Others"] = [(n, verb.get_short_help_str()) for n, verb in loaded if verb]
        width = max(map(len, others))
        for title, lines in listed.items():
            if lines:
                with formatter.section(title):
                    formatter.write_dl([(name.ljust(width), line) for name, line in lines])


def _missing(name: str, error: ImportError) -> click.Command:
    what, extra = {n: v for verbs in _VERBS.values() for n, v in verbs.items()}.get(
        name, ("", "store")
    )
    package = (error.name or str(error)).partition(".")[0]

    def explain(**_: object) -> None:
        raise MissingExtra(
            f"misstep {name} needs the package {package}: pip install 'misstep[{extra}]'"
        )

    return click.Command(
        name,
        callback=explain,
        help=what,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


@click.command(cls=Verbs, epilog=_EPILOG)
@click.version_option(version("misstep"), prog_name="misstep")
def cli() -> None:
    """Find where a cascading error first appeared in a chain of AI models.

    Record a pipeline (`misstep run`, or @misstep.pipeline in its code), look at its runs, and see
    the first hop whose output was wrong although its inputs were not.
    """


def _help_of(error: click.UsageError) -> str:
    """Where to read on, as the end of a sentence."""
    path = error.ctx.command_path if error.ctx is not None else "misstep"
    return f" See: {path} --help"


def main() -> None:
    """Runs the command line; errors are one sentence on stderr and exit code 2."""
    try:
        code = cli.main(prog_name="misstep", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("misstep: stopped", err=True)
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        sys.exit(0)
    except click.UsageError as error:
        click.echo(
            f"misstep: {clean(error.format_message(), _SENTENCE)}{_help_of(error)}", err=True
        )
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"misstep: {clean(error.format_message(), _SENTENCE)}", err=True)
        sys.exit(2)
    except MisstepError as error:
        click.echo(f"misstep: {clean(error, _SENTENCE)}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if os.environ.get("MISSTEP_DEBUG") == "1":
            raise
        told = str(error).splitlines() or [""]
        click.echo(
            f"misstep: it failed unexpectedly ({type(error).__name__}: {told[0][:300]}); "
            "see where with MISSTEP_DEBUG=1",
            err=True,
        )
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
