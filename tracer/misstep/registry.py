"""What may be executed again on this machine: entries that ran here, written by the tracer.

``$XDG_STATE_HOME/misstep/registry.json`` (else ``~/.local/state/misstep``), readable by its owner
alone. A trace can select an entry, never add one.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from misstep import facts, guard
from misstep.config import state_dir
from misstep.payload import sha256

_MOST_FOLDERS = 20
_seen: set[tuple[str, str]] = set()
_lock = threading.Lock()


class Entry(BaseModel):
    """One executable entry. ``key`` is what a run records as its entry."""

    key: str
    kind: Literal["function", "script_function", "command"]
    module: str | None = None
    qualname: str | None = None
    script: str | None = None
    argv: list[str] = []
    cwd: str
    python: str
    path: list[str] = []


def registry_path() -> Path:
    """The registry file of this user."""
    return state_dir() / "registry.json"


def remember(function: Callable[..., Any]) -> None:
    """Notes a pipeline function that runs here; never raises, writes once a process and folder."""
    key = facts.entry_name(function)
    seen = (str(registry_path()), key)
    if seen in _seen:
        return
    _seen.add(seen)
    with guard.quietly("writing the registry"):
        _write(_entry(key, function))


def remember_command(key: str, argv: list[str]) -> None:
    """Notes a whole command started with ``misstep run``."""
    with guard.quietly("writing the registry"):
        _write(
            Entry(key=key, kind="command", argv=argv, cwd=str(Path.cwd()), python=sys.executable)
        )


def _entry(key: str, function: Callable[..., Any]) -> Entry:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    in_main = function.__module__ == "__main__"
    return Entry(
        key=key,
        kind="script_function" if in_main else "function",
        module=function.__module__,
        qualname=function.__qualname__,
        script=str(Path(script).resolve()) if script and in_main else None,
        argv=list(sys.argv),
        cwd=str(Path.cwd()),
        python=sys.executable,
        path=[p for p in sys.path if p and Path(p).is_dir() and "site-packages" not in p],
    )


def _write(entry: Entry) -> None:
    path = registry_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock, _file_lock(path):
        entries = read_entries()
        same = [e for e in entries if e.key == entry.key]
        if same and same[-1] == entry:
            return
        # `python app.py` is another program in another folder: both stay, the newest last.
        others = [e for e in same if e.cwd != entry.cwd][1 - _MOST_FOLDERS :]
        entries = [*(e for e in entries if e.key != entry.key), *others, entry]
        body = json.dumps([e.model_dump() for e in entries], indent=1)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix="registry.")
        with os.fdopen(descriptor, "w") as file:  # mkstemp makes it 0600
            file.write(body)
        Path(draft).replace(path)


@contextlib.contextmanager
def _file_lock(path: Path) -> Any:
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def read_entries() -> list[Entry]:
    """All entries; empty when there is no registry or it is not ours to trust."""
    path = registry_path()
    try:
        if path.stat().st_mode & 0o022:
            guard.note("registry writable by others: ignored")
            return []
        return [Entry.model_validate(e) for e in json.loads(path.read_text())]
    except (OSError, ValueError, ValidationError):
        return []


def find_entry(key: str, place: str | None = None) -> Entry | None:
    """The entry a run names, if it ran on this machine: of several folders the one with that
    hash (:func:`misstep.facts.place`), else the newest."""
    named = [e for e in read_entries() if e.key == key]
    there = [e for e in named if place is not None and sha256(e.cwd) == place]
    return next(reversed(there or named), None)
