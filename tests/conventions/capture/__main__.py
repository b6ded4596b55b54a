"""Makes the exports in tests/conventions/exports again: ``python -m tests.conventions.capture NAME …``.

Each program in ``programs`` states in its header which versions it runs with, each entry of
``variants.toml`` on which day its versions were the newest; ``uv`` makes it an environment of its own.
It talks to the local provider, exports OTLP/HTTP to a sink here, and what came is kept, one file a
signal, without what belongs to the machine it ran on. Needs ``uv`` and a package index; the tests
need neither.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from tests.conventions.capture import node, variants
from tests.conventions.capture.odd import Odd
from tests.conventions.capture.scrubbing import clean, written
from tests.conventions.capture.sink import Sink
from tests.conventions.capture.skills import provider

HERE = Path(__file__).parent
EXPORTS = HERE.parent / "exports"
TIMEOUT_S = 600


def command_of(name: str, folder: Path) -> list[str]:
    """How a program is started: in an environment of its own.

    Raises:
        click.ClickException: nothing is called so.
    """
    known = variants.variants()
    if name in known:
        return variants.prepared(known[name], folder)
    found = [p for p in (HERE / "programs").glob(f"{name}.*") if p.suffix in (".py", ".mjs")]
    if not found:
        raise click.ClickException(f"no program is called {name!r} in {HERE / 'programs'}")
    program = found[0]
    if program.suffix == ".mjs":
        return node.prepared(program, folder)
    return ["uv", "run", "--no-project", "--script", str(program)]


def environment(provider_url: str, sink_url: str, name: str) -> dict[str, str]:
    """Variables by which every SDK finds the provider and every exporter the sink."""
    return {
        **os.environ,
        "PROVIDER": provider_url,
        "OPENAI_BASE_URL": f"{provider_url}/v1",
        "OPENAI_API_BASE": f"{provider_url}/v1",
        "OPENAI_API_KEY": "local",
        "ANTHROPIC_BASE_URL": provider_url,
        "ANTHROPIC_API_KEY": "local",
        "GOOGLE_API_KEY": "local",
        "GEMINI_API_KEY": "local",
        "MISTRAL_API_KEY": "local",
        "OTEL_EXPORTER_OTLP_ENDPOINT": sink_url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SERVICE_NAME": name,
        "OTEL_METRICS_EXPORTER": "none",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def capture(name: str, into: Path = EXPORTS) -> list[Path]:
    """Runs one program and keeps its export, and what its calls asked and were answered beside it
    (``NAME.asked.json.gz``, see ``tests.conventions.oracle``); the files written.

    Raises:
        click.ClickException: no such program, or it exported nothing.
    """
    asked: list[dict[str, Any]] = []
    with (
        provider(asked) as local,
        Odd(asked) as odd,
        Sink() as sink,
        tempfile.TemporaryDirectory() as folder,
    ):
        env = environment(local.url, sink.url, name) | {"ODD": odd.url}
        env |= variants.variants().get(name, {}).get("env", {})
        command = command_of(name, Path(folder))
        ended = subprocess.run(command, env=env, timeout=TIMEOUT_S, check=False)
    if ended.returncode:
        click.echo(f"{name}: ended with {ended.returncode}", err=True)
    if not sink.received:
        raise click.ClickException(f"{name} exported nothing")
    told = into / f"{name}.asked.json.gz"
    told.write_bytes(gzip.compress(clean(json.dumps(asked, indent=0)).encode(), 9, mtime=0))
    return [*written(into, name, sink.received), told]


@click.command(help=__doc__)
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--into", type=click.Path(path_type=Path), default=EXPORTS, help="Where the exports are kept."
)
def main(names: tuple[str, ...], into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    for name in names:
        for file in capture(name, into):
            click.echo(f"{file.name}: {file.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    sys.exit(main())
