"""``python -m misstep_examples.provider --port 8080``: the provider as a process."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click

from misstep_examples.provider.local import LocalProvider


@click.command(help=__doc__)
@click.option("--port", default=0, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--latency", type=float, help="Scale of the simulated waiting; 0 turns it off.")
def main(port: int, latency: float | None) -> None:
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        provider = LocalProvider(port=port, latency=latency).start()
    except OSError as error:
        raise click.ClickException(
            f"port {port} cannot be used ({error.strerror}); choose another with --port"
        ) from error
    click.echo(f"ready {provider.url}")
    stopped.wait()
    provider.stop()


if __name__ == "__main__":
    main()
