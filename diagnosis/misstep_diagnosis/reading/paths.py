"""Paths of places in JSON values, each spelled once: hops of one shape share them.

A run of ten thousand hops has as many places as one of ten, each of them ten thousand times.
"""

from __future__ import annotations

from collections.abc import Sequence

_MOST = 32_768
_MOST_BELOW = 256
_LONGEST = 300  # characters of a path that is kept


class _Fields(dict[str, str]):
    """Paths of the fields of the record at a path, by name."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __missing__(self, key: str) -> str:
        made = f"{self._path}.{key}"
        # What is no text is no key of JSON, and 1 must not be taken for true.
        if isinstance(key, str) and len(self) < _MOST_BELOW and len(made) <= _LONGEST:
            self[key] = made
            _count(1)
        return made


_fields: dict[str, _Fields] = {}
_members: dict[str, list[str]] = {}
_kept = 0


def _count(more: int) -> None:
    global _kept
    _kept += more
    if _kept > _MOST:
        # Whoever holds a table goes on with it.
        _fields.clear()
        _members.clear()
        _kept = 0


def fields_below(path: str) -> _Fields:
    """Paths by a record's keys: ``fields_below("output")["qty"]`` is ``output.qty``."""
    found = _fields.get(path)
    if found is None:
        found = _Fields(path)
        if len(path) <= _LONGEST:
            _fields[path] = found
            _count(1)
    return found


def members_below(path: str, count: int) -> Sequence[str]:
    """Paths of a list's members, ``count`` or more: ``output[0]``, ``output[1]``, …"""
    if count > _MOST_BELOW or len(path) > _LONGEST:
        return [f"{path}[{i}]" for i in range(count)]
    found = _members.get(path)
    if found is None or len(found) < count:
        found = _members[path] = [f"{path}[{i}]" for i in range(count)]
        _count(count)
    return found


__all__ = ["fields_below", "members_below"]
