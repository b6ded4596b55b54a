"""The reader the pages of this process ask."""

from __future__ import annotations

from misstep.errors import StoreError
from misstep_store.reader import Reader

_reader: Reader | None = None


def give_reader(reader: Reader | None) -> None:
    """Sets the reader of this process."""
    global _reader
    _reader = reader


def reader() -> Reader:
    """The reader of this process.

    Raises:
        StoreError: when the app was started without one.
    """
    if _reader is None:
        raise StoreError("the UI has no store; start it with: misstep up")
    return _reader
