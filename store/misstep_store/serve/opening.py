"""From a store URL to a reader: the owner's API while somebody owns the file, else the file."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import platformdirs

from misstep.errors import NotFound, StoreBusy, UsageError
from misstep.inbox import inbox_path
from misstep.owner import find_owner
from misstep_store.reader import Reader
from misstep_store.shapes.remapping import Remapped
from misstep_store.shapes.retention import Policy, Retained

if TYPE_CHECKING:
    from misstep_store.replaying.home import Home
    from misstep_store.serve.client import HttpReader
    from misstep_store.store import Store

_WAIT_S = 3.0


def default_store() -> str:
    """``$MISSTEP_STORE``, else ``traces.duckdb`` in the user's data folder."""
    named = os.environ.get("MISSTEP_STORE")
    return named or str(Path(platformdirs.user_data_dir("misstep")) / "traces.duckdb")


def store_path(url: str) -> Path:
    """The file a store URL names.

    Raises:
        UsageError: for a URL that names no file.
    """
    if url.startswith("ducklake:"):
        raise UsageError(
            f"{url}: DuckLake stores are not in this version; name a .duckdb file with --store"
        )
    if "://" in url:
        raise UsageError(f"{url} is no store: give a .duckdb file or an http:// address")
    return Path(url).expanduser().resolve()


class Access(Reader, Protocol):
    """A reader that can also take runs away by retention, and make them again."""

    def retain(self, policy: Policy, *, dry_run: bool = False) -> Retained:
        """Removes what the policy does not let stay."""
        ...

    def remap(self, run_ids: Sequence[str] | None) -> Remapped:
        """Makes runs again from their raw spans; None: all of them."""
        ...


class FileReader:
    """A local store opened for one command; closing it lets the file go."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self.store.reader, name)

    def retain(self, policy: Policy, *, dry_run: bool = False) -> Retained:
        """Removes what the policy does not let stay."""
        return self.store.retain(policy, dry_run=dry_run)

    def remap(self, run_ids: Sequence[str] | None) -> Remapped:
        """Makes runs again from their raw spans; None: all of them."""
        return self.store.remap(run_ids)

    def close(self) -> None:
        """Closes the store."""
        self.store.close()


def open_reader(url: str | None, *, make: bool = True) -> Access:
    """Reads the store at ``url`` (None: the default one).

    Args:
        make: False: a file that is named and does not exist is refused rather than made. The
            default store is made all the same: nobody can have mistyped it.

    Raises:
        NotFound: there is no such file.
        StoreError: when the file cannot be opened.
    """
    named = url is not None
    url = url or default_store()
    if url.startswith(("http://", "https://")):
        return _asking(url)
    path = store_path(url)
    if named and not make and not path.exists() and not inbox_path(path).exists():
        raise NotFound(
            f"there is no store {path}; name another with --store, or make it: "
            f"misstep up --store {path}"
        )
    owner = find_owner(path)
    if owner is not None:
        return _asking(owner.url)
    return _opened(path)


def _asking(url: str) -> HttpReader:
    # Here, because a server that starts needs no HTTP client.
    from misstep_store.serve.client import HttpReader

    return HttpReader(url)


def home_of(reader: Reader) -> Home:
    """Where replays of a reader's runs are stored: the same store.

    Raises:
        UsageError: for a reader that cannot take spans in.
    """
    from misstep_store.replaying.home import Home
    from misstep_store.serve.client import HttpReader

    if isinstance(reader, HttpReader):

        def send(body: bytes) -> None:
            reader.send(body)

        return Home(reader, send)
    if isinstance(reader, FileReader):
        return home_of_store(reader.store)
    raise UsageError("this store cannot take replays in")


def home_of_store(store: Store) -> Home:
    """Where replays are read and stored by the process that holds the store."""
    from misstep_store.otlp.decode import decode_traces
    from misstep_store.replaying.home import Home

    def take_in(body: bytes) -> None:
        store.ingest(decode_traces(body, json=False).spans)

    return Home(store.reader, take_in)


def _opened(path: Path) -> Access:
    """The file itself, waiting shortly for another command that holds it, or the server that has
    just begun to own it."""
    # Here, because a command that asks a server needs neither DuckDB nor what goes with it.
    from misstep_store.store import Store

    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            return FileReader(Store.open(path))  # type: ignore[return-value]
        except StoreBusy:
            owner = find_owner(path)
            if owner is not None:
                return _asking(owner.url)
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
