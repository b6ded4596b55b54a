"""``misstep run -- CMD``: records the model calls of a program that was never changed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import click

from misstep import guard
from misstep.config import Config, read_config
from misstep.destinations import what_waits
from misstep.errors import UsageError
from misstep.registry import remember_command

BOOT = Path(__file__).with_name("boot")
_DELIVER_S = 10


@click.command(
    name="run",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option(
    "--endpoint", metavar="URL", help="OTLP/HTTP collector (default: OTEL_* or localhost:4318)."
)
@click.option(
    "--store",
    metavar="URL",
    help="A .duckdb file, which needs no server, or http://host:4318 (default: $MISSTEP_STORE, "
    "unless OTEL_* names a collector).",
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def command(*, endpoint: str | None, store: str | None, command: tuple[str, ...]) -> None:
    """Run COMMAND with every model call of its Python processes recorded.

    \b
    misstep run --store traces.duckdb -- python app.py --fast
    misstep run -- gunicorn app:app

    Each process is one run, unless it calls a @misstep.pipeline: then each such call is.
    Ends with COMMAND's own exit code.
    """
    if endpoint and store:
        raise UsageError("give --endpoint or --store, not both")
    endpoint, store = _destination(endpoint, store)
    environment = dict(os.environ)
    environment["MISSTEP_BOOT"] = "1"
    environment["MISSTEP_BOOT_COMMAND"] = "\x1f".join(command)
    environment["PYTHONPATH"] = os.pathsep.join(
        p for p in (str(BOOT), os.environ.get("PYTHONPATH", "")) if p
    )
    if endpoint:
        environment["MISSTEP_BOOT_ENDPOINT"] = endpoint
    if store:
        environment["MISSTEP_BOOT_STORE"] = str(Path(store).expanduser().resolve())
    remember_command(" ".join(command), list(command))
    code = _run(list(command), environment)
    if not store:
        _tell_what_waits(endpoint)
    sys.exit(code)


_NAMED = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
)


def _destination(endpoint: str | None, store: str | None) -> tuple[str | None, str | None]:
    """Endpoint or store file; neither where OTEL_* or the default decide."""
    if not endpoint and not store and not any(os.environ.get(name) for name in _NAMED):
        store = os.environ.get("MISSTEP_STORE")
    if store and store.startswith(("http://", "https://")):
        return store, None
    return endpoint, store or None


def _tell_what_waits(endpoint: str | None) -> None:
    with guard.quietly("looking for what waits"):
        told = what_waits(read_config(), endpoint, _deliver)
        if told is not None:
            click.echo(f"misstep: {told}", err=True)


def _deliver(config: Config, endpoint: str | None) -> None:
    """What a program could not deliver in the two seconds it had at its end goes now; Ctrl-C leaves
    it where it is."""
    from misstep.setup import otlp_sink

    sink = otlp_sink(config, endpoint)
    bringing = threading.Thread(target=sink.idle, name="misstep-deliver", daemon=True)
    bringing.start()
    with contextlib.suppress(KeyboardInterrupt):
        bringing.join(1)
        if bringing.is_alive():
            click.echo(
                "misstep: delivering what was recorded (Ctrl-C leaves it for later)", err=True
            )
            bringing.join(_DELIVER_S)
    sink.stop()


def _run(argv: list[str], environment: dict[str, str]) -> int:
    try:
        child = subprocess.Popen(argv, env=environment)  # noqa: S603 - the user's own command
    except FileNotFoundError as error:
        raise UsageError(f"there is no command {argv[0]!r}") from error
    except PermissionError as error:
        raise UsageError(f"{argv[0]} may not be executed") from error
    before = {
        number: signal.signal(number, lambda n, _: child.send_signal(n))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    code = child.wait()
    for number, handler in before.items():
        signal.signal(number, handler)
    return 128 - code if code < 0 else code
