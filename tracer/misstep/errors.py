"""What misstep raises on purpose; every message says what happened and how to mend it.

::

    MisstepError
     ├─ UsageError        the call or command line is wrong                  exit code 2
     ├─ MissingExtra      a package is not installed; names the pip command  exit code 2
     ├─ StoreError        a store cannot be opened, read or written          exit code 2
     │   ├─ StoreBusy     another process holds the file
     │   ├─ StoreFormat   not a DuckDB file, damaged, or a newer schema
     │   └─ NotFound      no such run or hop
     ├─ EndpointError     a server cannot be reached or answered with an error
     ├─ DecodeError       bytes that are not what they claim to be
     └─ ReplayError       a run cannot be executed again

The tracer never lets any of these reach the program it records.
"""

from __future__ import annotations


class MisstepError(Exception):
    """Base of all; ``str(error)`` is one sentence for people."""


class UsageError(MisstepError):
    """The call or command line is wrong."""


class MissingExtra(MisstepError):
    """A package that an extra would bring is not installed."""


class StoreError(MisstepError):
    """A store cannot be opened, read or written."""


class StoreBusy(StoreError):
    """Another process holds the store's file."""


class StoreFormat(StoreError):
    """The file is not a misstep store, is damaged, or was written by a newer misstep."""


class NotFound(StoreError):
    """No run or hop with that id or name."""


class EndpointError(MisstepError):
    """A server cannot be reached or answered with an error."""


class DecodeError(MisstepError):
    """Bytes that are not what they claim to be."""


class ReplayError(MisstepError):
    """A run cannot be executed again."""


def first_line(error: BaseException) -> str:
    """The first line of an error's text, or its type where it has none."""
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
