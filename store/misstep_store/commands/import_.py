"""``misstep import``: trace files into a store."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from misstep.command.terminal import clean
from misstep.errors import DecodeError
from misstep_store.commands.bars import bar_of
from misstep_store.commands.common import (
    console,
    counted,
    plain,
    reading,
    store_options,
)
from misstep_store.otlp.encode import logs_request, traces_request
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.serve.client import HttpReader
from misstep_store.transfer import importing

_CHUNK_SPANS = 2_000
_READING = 0.2
"""So much of the time that a file takes goes before its first span is stored (36 MB of JSON lines: 2.5
of 12 s)."""
_LEAST_SHOWN = 0.005
_MAX_REQUEST_BYTES = 16 * 1024 * 1024
T = TypeVar("T", Span, LogRecord)


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@store_options
@click.pass_context
def command(
    context: click.Context, *, files: tuple[Path, ...], store: str | None, as_json: bool
) -> None:
    """Read trace FILES, and all files of folders, into the store and skip what it has already.

    OTLP protobuf, OTLP JSON, JSON lines of it, Parquet of `misstep export`, TRAIL traces, and
    exports of Phoenix, Langfuse and LangSmith (JSON, JSON lines, CSV, Parquet); each plain or
    gzip. What is in a file decides, not its name.

    \b
    Examples:
      misstep import traces.jsonl
      misstep import trail/gaia/*.trace.json.gz --store gaia.duckdb

    A file that cannot be read is named, of many that fail alike the first five, and the others are
    imported all the same; the exit code is 2 then.
    """
    paths, empty = _expanded(files)
    if not paths:
        raise click.UsageError(f"{empty[0]}: name a folder with exports, or files")
    with reading(store, make=True) as reader:
        work = _Import(_taker(reader), failed=empty)
        before = reader.stats()
        with _progress() as bar:
            task = bar.add_task("importing", total=sum(_size(path) for path in paths))
            for path in paths:
                bar.update(task, description=clean(path.name, 40))
                work.take(path, lambda done: bar.advance(task, done))
        total = work.total(before, reader.stats())
    if as_json:
        click.echo(json.dumps(total))
    else:
        told = (
            f"{counted(total['runs'], 'new run')}, {counted(total['spans'], 'new span')}, "
            f"{total['skipped']} skipped"
        )
        console().print(plain(f"{told}, {total['rejected']} rejected"))
    for sentence in work.told():
        click.echo(f"misstep: {sentence}", err=True)
    context.exit(2 if work.failed else 0)


def _expanded(given: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The files, and in place of each folder those in it, however deep, by name; what is wrong with
    folders that hold none."""
    found: list[Path] = []
    empty: list[str] = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [p for p in sorted(path.rglob("*")) if p.is_file() and not p.name.startswith(".")]
        found += inside
        if not inside:
            empty.append(f"{path} holds no files")
    return found, empty


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    return bar_of(*columns)


def _size(path: Path) -> int:
    try:
        return max(1, path.stat().st_size)
    except OSError:
        return 1


_NAMED_ALIKE = 5

Take = Callable[[Sequence[Span], Sequence[LogRecord]], int | None]
"""Stores a chunk; how many of its spans were new, None when that is known only at the end."""


@dataclass(slots=True)
class _Import:
    """What became of the files so far."""

    store: Take
    sent: int = 0
    accepted: int = 0
    counted: bool = True
    rejected: int = 0
    run_ids: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    partly: list[str] = field(default_factory=list)
    alike: Counter[str] = field(default_factory=Counter)

    def take(self, path: Path, advance: Callable[[float], object]) -> None:
        """One file; ``advance`` is told how many of its bytes are done."""
        size, done = _size(path), 0.0

        def read(share: float) -> None:
            nonlocal done
            further = _READING * share - done
            if further >= _LEAST_SHOWN:
                done += further
                advance(size * further)

        try:
            found = importing.read_file(path, read).decoded
        except (DecodeError, RecursionError, MemoryError) as error:
            self._fails(path, str(error) or f"{path} cannot be read: {type(error).__name__}")
            advance(size * (1 - done))
            return
        if found.rejected:
            self.rejected += len(found.rejected)
            self.partly.append(f"{path}: left out: {_several(found.rejected)}")
        self.run_ids.update(s.trace_id for s in found.spans)
        chunks = list(_chunks(found.spans, found.logs))
        for spans, logs in chunks:
            new = self.store(spans, logs)
            self.sent += len(spans)
            self.counted = self.counted and new is not None
            self.accepted += new or 0
            advance(size * (1 - done) / len(chunks))

    def _fails(self, path: Path, sentence: str) -> None:
        why = sentence.removeprefix(str(path)).strip()
        self.alike[why] += 1
        if self.alike[why] <= _NAMED_ALIKE:
            self.failed.append(sentence)

    def told(self) -> Iterator[str]:
        """What was not read, and why; of many files alike the first are named."""
        yield from (*self.partly, *self.failed)
        for why, number in self.alike.items():
            if number > _NAMED_ALIKE:
                yield f"likewise {counted(number - _NAMED_ALIKE, 'more file')}: each {why}"

    def total(self, before: Any, after: Any) -> dict[str, int]:
        """The answer's shape; ``runs`` and ``spans`` are the new ones."""
        spans = self.accepted
        if not self.counted:
            spans = min(self.sent, max(0, after.spans - before.spans))
        return {
            "runs": min(len(self.run_ids), max(0, after.runs - before.runs)),
            "spans": spans,
            "skipped": self.sent - spans,
            "rejected": self.rejected,
        }


def _several(sentences: Sequence[str]) -> str:
    """The first of some sentences, and how many more there are."""
    more = len(sentences) - 1
    return clean(sentences[0]) + (f" (and {more} more)" if more else "")


def _chunks(
    spans: Sequence[Span], logs: Sequence[LogRecord]
) -> Iterator[tuple[Sequence[Span], Sequence[LogRecord]]]:
    for start in range(0, len(logs), _CHUNK_SPANS):
        yield [], logs[start : start + _CHUNK_SPANS]
    for start in range(0, len(spans), _CHUNK_SPANS):
        yield spans[start : start + _CHUNK_SPANS], []


def _taker(reader: Any) -> Take:
    if isinstance(reader, HttpReader):
        return lambda spans, logs: _send(reader, spans, logs)

    def take(spans: Sequence[Span], logs: Sequence[LogRecord]) -> int:
        return int(reader.store.ingest(spans, logs).accepted)

    return take


def _send(reader: HttpReader, spans: Sequence[Span], logs: Sequence[LogRecord]) -> None:
    for body in _bodies(spans, lambda part: traces_request(part).SerializeToString()):
        reader.send(body)
    for body in _bodies(logs, lambda part: logs_request(part).SerializeToString()):
        reader.send(body, "logs")


def _bodies(items: Sequence[T], request: Callable[[Sequence[T]], bytes]) -> Iterator[bytes]:
    """Requests of a size any receiver takes."""
    if not items:
        return
    body = request(items)
    if len(body) <= _MAX_REQUEST_BYTES or len(items) == 1:
        yield body
        return
    middle = len(items) // 2
    yield from _bodies(items[:middle], request)
    yield from _bodies(items[middle:], request)
