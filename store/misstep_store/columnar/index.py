"""Compiled: which ids are known already, and what a transaction adds to each trace."""

from __future__ import annotations

import numpy as np
from numba import int64, uint64

from misstep_store.columnar.compiling import compiled
from misstep_store.columnar.walk import NULL_VIEW
from misstep_store.columnar.wire import fingerprint, id_hash
from misstep_store.layout import TEXT_COLUMNS, N, T

INDEXED = ("service", "version", "session_id", "user_id", "pipeline")
"""Columns of which the index keeps the first value of a trace."""
_INDEXED = np.array([T[name] for name in INDEXED])
_T_TRACE = T["trace_id"]
_N_TRACE, _N_START, _N_END, _N_STATUS = (
    N["trace_hash"],
    N["start_unix_nano"],
    N["end_unix_nano"],
    N["status_code"],
)
FIRST, START, LAST_START, END, SPANS, OPEN, ERRORS, VALUES = 0, 1, 2, 3, 4, 5, 6, 7
"""Columns of the group matrix; from VALUES on, the row of the first value of each of INDEXED."""
WIDTH = VALUES + len(INDEXED)
assert len(TEXT_COLUMNS) > int(_INDEXED.max())


@compiled()
def remember(slots, hashes, new):
    """Puts ids into an open-addressing set; ``new[i]`` becomes False where one was there.

    Only rows with ``new[i]`` True are looked at. Returns how many were added."""
    mask = uint64(slots.shape[0] - 1)
    added = 0
    for i in range(hashes.shape[0]):
        if not new[i]:
            continue
        h = hashes[i]
        at = uint64(h) & mask
        while slots[at] != 0 and slots[at] != h:
            at = (at + uint64(1)) & mask
        if slots[at] == h:
            new[i] = False
        else:
            slots[at] = h
            added += 1
    return added


@compiled()
def known(slots, hashes, new):
    """``new[i]`` becomes False where the set holds the id."""
    mask = uint64(slots.shape[0] - 1)
    for i in range(hashes.shape[0]):
        h = hashes[i]
        at = uint64(h) & mask
        while slots[at] != 0:
            if slots[at] == h:
                new[i] = False
                break
            at = (at + uint64(1)) & mask


@compiled()
def _same_trace(arena, views, a, b):
    x, y = int64(views[_T_TRACE, a, 3]), int64(views[_T_TRACE, b, 3])
    for i in range(32):  # noqa: SIM110 - all() of a generator cannot be compiled
        if arena[x + i] != arena[y + i]:
            return False
    return True


@compiled()
def group(arena, views, numbers, rows, keep, slots, out):
    """What the kept rows add to each trace, into ``out``; the number of traces.

    ``slots`` is scratch of a power of two beyond twice the rows, filled with -1."""
    mask = uint64(slots.shape[0] - 1)
    groups = 0
    for row in range(rows):
        if not keep[row]:
            continue
        at = uint64(numbers[_N_TRACE, row]) & mask
        while slots[at] >= 0 and not _same_trace(arena, views, out[slots[at], FIRST], row):
            at = (at + uint64(1)) & mask
        g = slots[at]
        start, end = numbers[_N_START, row], numbers[_N_END, row]
        if g < 0:
            g = groups
            groups += 1
            slots[at] = g
            out[g, :] = 0
            out[g, FIRST] = row
            out[g, START] = start
            for i in range(_INDEXED.shape[0]):
                out[g, VALUES + i] = -1
        # A start of 0 means that the sender left it out.
        if start != 0 and (start < out[g, START] or out[g, START] == 0):
            out[g, START] = start
        out[g, LAST_START] = max(out[g, LAST_START], start)
        out[g, END] = max(out[g, END], end)
        out[g, SPANS] += 1
        out[g, OPEN] += 1 if end == 0 else 0
        out[g, ERRORS] += 1 if numbers[_N_STATUS, row] == 2 else 0
        for i in range(_INDEXED.shape[0]):
            if out[g, VALUES + i] < 0 and views[_INDEXED[i], row, 0] != NULL_VIEW:
                out[g, VALUES + i] = row
    return groups


@compiled(allocates=True)
def hash_pairs(raw):
    """The hash of each row of 16 bytes trace id and 8 bytes span id."""
    out = np.empty(raw.shape[0], np.int64)
    for i in range(raw.shape[0]):
        out[i] = id_hash(fingerprint(raw[i], 0, 16), fingerprint(raw[i], 16, 24))
    return out
