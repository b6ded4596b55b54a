"""``misstep export``: stored runs to a file or an OTLP receiver."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import click

from misstep.errors import EndpointError, UsageError
from misstep_store.commands.bars import bar_of
from misstep_store.commands.common import (
    console,
    counted,
    full_run_id,
    plain,
    store_options,
    with_reader,
)
from misstep_store.otlp import encode
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.reader import Reader, RunQuery
from misstep_store.serve.otlp_send import OtlpSender, Signal, backoff_s, halves
from misstep_store.transfer.exporting import TraceFile, open_export

_COUNTED = {"runs": "run", "spans": "span", "logs": "log record"}
_MAX_REQUEST_BYTES = 4 * 1024 * 1024


@click.command(name="export")
@click.argument("runs", nargs=-1)
@click.option("--all", "all_", is_flag=True, help="Every run of the store.")
@click.option("--to", metavar="URL", help="An OTLP/HTTP receiver, e.g. http://127.0.0.1:4318.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file: .pb (OTLP protobuf), .jsonl (OTLP JSON lines), either with .gz, or .parquet.",
)
@click.option(
    "--timeout",
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to try when the receiver is away or overloaded.",
)
@store_options
@with_reader
def command(
    reader: Reader,
    *,
    runs: tuple[str, ...],
    all_: bool,
    to: str | None,
    out: Path | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Send stored runs on as OTLP, or write them to a file; attributes stay as they arrived.

    RUN is a run id, its first digits, or `last`. A file can be imported again, here or elsewhere.
    Verdicts and scores given in this store are not part of a trace and stay here.

    \b
    Examples:
      misstep export last --out run.jsonl
      misstep export --all --out runs.parquet      for DuckDB, pandas, polars
      misstep export 4bf92f35 --to http://127.0.0.1:6006

    Headers for --to, such as a key, come from OTEL_EXPORTER_OTLP_HEADERS.
    """
    if bool(runs) == all_:
        raise UsageError("name the runs to export, or all of them with --all")
    if (to is None) == (out is None):
        raise UsageError("say where to: --to URL, or --out FILE")
    ids = _every_run(reader) if all_ else [full_run_id(reader, run) for run in runs]
    total = {"runs": 0, "spans": 0, "logs": 0, "rejected": 0}
    with bar_of() as bar:
        task = bar.add_task("exporting", total=len(ids))
        found = _found(reader, ids, total, lambda: bar.advance(task))
        if out is not None:
            with open_export(out) as file:
                _write(file, found)
        else:
            _send(to or "", found, total, timeout)
    if as_json:
        click.echo(json.dumps(total))
    else:
        sent = [counted(total[n], w) for n, w in _COUNTED.items()]
        told = f"{', '.join(sent)} → "
        console().print(plain(told + str(out or to)))
        if total["rejected"]:
            console().print(plain(f"{total['rejected']} of them were rejected there", "yellow"))


def _every_run(reader: Reader) -> list[str]:
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = reader.runs(RunQuery(limit=1000, sort="oldest", cursor=cursor))
        ids += [run.run_id for run in page.runs]
        cursor = page.next
        if cursor is None:
            return ids


Found = Iterator[tuple[list[Span], list[LogRecord]]]


def _found(reader: Reader, ids: list[str], total: dict[str, int], advance: object) -> Found:
    for run_id in ids:
        spans, logs = reader.spans(run_id)
        yield spans, logs
        total["runs"] += 1
        total["spans"] += len(spans)
        total["logs"] += len(logs)
        if callable(advance):
            advance()


def _write(file: TraceFile, found: Found) -> None:
    for spans, logs in found:
        file.add(spans, logs)


def _send(url: str, found: Found, total: dict[str, int], timeout_s: float) -> None:
    sender = OtlpSender(url)
    try:
        for spans, logs in found:
            total["rejected"] += _deliver(
                sender, "traces", encode.traces_request(spans).SerializeToString(), timeout_s
            )
            if logs:
                body = encode.logs_request(logs).SerializeToString()
                total["rejected"] += _deliver(sender, "logs", body, timeout_s)
    finally:
        sender.close()


def _deliver(sender: OtlpSender, signal: Signal, body: bytes, timeout_s: float) -> int:
    """Sends a request in parts the receiver takes; how many spans it rejected."""
    if len(body) > _MAX_REQUEST_BYTES and (parts := halves(signal, body)):
        return sum(_deliver(sender, signal, part, timeout_s) for part in parts)
    deadline, attempt = time.monotonic() + timeout_s, 0
    while True:
        sent = sender.send(signal, body)
        if sent.outcome == "taken":
            return sent.rejected
        if sent.status == 413 and (parts := halves(signal, body)):
            return sum(_deliver(sender, signal, part, timeout_s) for part in parts)
        attempt += 1
        wait_s = backoff_s(attempt) if sent.wait_s is None else sent.wait_s
        if sent.outcome == "refused" or time.monotonic() + wait_s > deadline:
            raise EndpointError(
                f"{sender.url} {sent.reason} when sent {signal}; nothing is lost here, "
                "what it took before stays there: run the command again once it answers"
            )
        time.sleep(wait_s)
