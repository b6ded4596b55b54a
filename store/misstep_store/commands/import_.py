"""``misstep import``: trace files into a store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from misstep.errors import DecodeError, EndpointError
from misstep_store import importing
from misstep_store.commands.common import console, plain, reading, store_options
from misstep_store.encode import logs_request, traces_request
from misstep_store.serve.client import HttpReader
from misstep_store.spans import LogRecord, Span

_CHUNK_SPANS = 2_000


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@store_options
@click.pass_context
def command(
    context: click.Context, *, files: tuple[Path, ...], store: str | None, as_json: bool
) -> None:
    """Read trace FILES into the store: OTLP protobuf, OTLP JSON, JSON lines, TRAIL traces; gzip too.

    What the store has already is skipped. Ends with 2 when a file could not be read at all; the
    others are imported all the same.
    """
    total = {"runs": 0, "spans": 0, "skipped": 0, "rejected": 0}
    run_ids: set[str] = set()
    failed: list[str] = []
    with reading(store) as reader:
        take = _taker(reader)
        with Progress(console=console(), transient=True, disable=as_json) as progress:
            for path in progress.track(files, description="importing"):
                try:
                    _import(path, take, total, run_ids)
                except DecodeError as error:
                    failed.append(str(error))
    total["runs"] = len(run_ids)
    if as_json:
        click.echo(json.dumps(total))
    else:
        told = f"{total['runs']} runs, {total['spans']} new spans, {total['skipped']} skipped"
        console().print(plain(told + f", {total['rejected']} rejected"))
    for sentence in failed:
        click.echo(f"misstep: {sentence}", err=True)
    context.exit(2 if failed else 0)


Take = Callable[[list[Span], list[LogRecord]], tuple[int, int]]


def _import(path: Path, take: Take, total: dict[str, int], run_ids: set[str]) -> None:
    found = importing.read_file(path).decoded
    total["rejected"] += len(found.rejected)
    run_ids.update(s.trace_id for s in found.spans)
    for start in range(0, max(len(found.spans), 1), _CHUNK_SPANS):
        logs = found.logs if start == 0 else []
        accepted, skipped = take(found.spans[start : start + _CHUNK_SPANS], logs)
        total["spans"] += accepted
        total["skipped"] += skipped


def _taker(reader: Any) -> Take:
    if isinstance(reader, HttpReader):
        return lambda spans, logs: _send(reader, spans, logs)

    def take(spans: list[Span], logs: list[LogRecord]) -> tuple[int, int]:
        result = reader.store.ingest(spans, logs)
        return result.accepted, result.duplicates + result.conflicts

    return take


def _send(reader: HttpReader, spans: list[Span], logs: list[LogRecord]) -> tuple[int, int]:
    before = reader.stats().spans
    try:
        if spans:
            reader.send(traces_request(spans).SerializeToString())
        if logs:
            reader.send(logs_request(logs).SerializeToString(), "logs")
    except EndpointError as error:
        raise DecodeError(f"{reader.url} did not take it: {error}") from error
    accepted = reader.stats().spans - before
    return accepted, len(spans) - accepted
