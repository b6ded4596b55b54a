"""Compiled: attribute values and attribute lists as JSON text.

Every function returns the next position in the arena, or HARD / FULL. Fields of an unexpected wire
type, a message field given twice, keys given twice and whatever else upb would treat in a special
way end in HARD.

Source: opentelemetry-proto 1.11, common.proto.
"""

from __future__ import annotations

import functools

import numpy as np
from numba import float64, int64, types, uint8, uint64

from misstep_store.columnar import text
from misstep_store.columnar.compiling import compiled
from misstep_store.columnar.text import FULL, HARD
from misstep_store.columnar.wire import field, fingerprint, fixed, varint
from misstep_store.layout import PROMOTED, TEXT_COLUMNS, N, T

MAX_DEPTH = 40
MAX_KEYS = 256
MAX_SEEN = MAX_KEYS * 16
VALUE, ARRAY, PAIRS, PROMOTING_PAIRS = 0, 1, 2, 3
_TRUE = np.frombuffer(b"true", np.uint8)
_FALSE = np.frombuffer(b"false", np.uint8)
_NULL = np.frombuffer(b"null", np.uint8)
TEXTS = len(TEXT_COLUMNS)


@functools.cache
def key_table() -> np.ndarray:
    """Hash, column (texts first, then numbers) and rank of each promoted key, open addressing."""
    table = np.zeros((256, 3), np.uint64)
    for column, keys in PROMOTED.items():
        target = T[column] if column in T else TEXTS + N[column]
        for rank, key in enumerate(keys):
            told = np.frombuffer(key.encode(), np.uint8)
            h = int(fingerprint(told, 0, len(told))) % 2**64
            slot = h & 255
            while table[slot, 0]:
                slot = (slot + 1) & 255
            table[slot] = (h, target, rank)
    return table


@compiled()
def _pair(buf, at, end):
    """Where key and value of a KeyValue lie; -1 first when it is unusual."""
    key_at = key_end = at
    value_at = value_end = at
    values = 0
    while at < end:
        number, wire, start, stop = field(buf, at, end)
        if number < 1 or number > 2 or wire != 2:
            return -1, 0, 0, 0
        if number == 1:
            key_at, key_end = start, stop
        else:
            value_at, value_end = start, stop
            values += 1
        at = stop
    if values > 1:
        return -1, 0, 0, 0
    return key_at, key_end, value_at, value_end


@compiled()
def _promote(h, buf, at, end, table, found):
    """Remembers where the value of a promoted key lies, when it outranks the one before."""
    slot = int64(h & uint64(255))
    while table[slot, 0] != uint64(0):
        if table[slot, 0] == h:
            column, rank = int64(table[slot, 1]), int64(table[slot, 2])
            number, _, start, stop = field(buf, at, end)
            wanted = 1 if column < TEXTS else 3
            if number == wanted and stop == end and stop > start and rank < found[column, 0]:
                found[column, 0] = rank
                found[column, 1] = start
                found[column, 2] = stop
            return
        slot = (slot + 1) & 255


@compiled()
def _key_hash(buf, at, end, seen, base, count):
    """Remembers the key; False when it was there already or there are too many."""
    if count >= MAX_KEYS or base + count >= seen.shape[0]:
        return uint64(0), False
    h = uint64(fingerprint(buf, at, end))
    for i in range(base, base + count):
        if seen[uint64(i)] == h:
            return h, False
    seen[base + count] = h
    return h, True


@compiled()
def _scalar(number, wire, buf, start, stop, arena, pos, bits):
    if number == 1 and wire == 2:
        return text.json_string(buf, start, stop, arena, pos)
    if number == 2 and wire == 0:
        truth, _ = varint(buf, start, stop)
        return text.literal(_TRUE if truth != uint64(0) else _FALSE, arena, pos)
    if number == 3 and wire == 0:
        whole, _ = varint(buf, start, stop)
        if whole == uint64(1) << uint64(63):
            return HARD
        return text.integer(int64(whole), arena, pos)
    if number == 4 and wire == 1:
        raw = fixed(buf, start, 8)
        bits.view(np.uint64)[0] = raw
        return text.double(bits[0], raw, arena, pos)
    if number == 7 and wire == 2:
        return text.base64_value(buf, start, stop, arena, pos)
    return HARD


_BODY = types.Array(uint8, 1, "C", readonly=True)
_NODE = int64(
    int64,
    int64,
    _BODY,
    int64,
    int64,
    uint8[::1],
    int64,
    int64,
    float64[::1],
    uint64[::1],
    int64,
    uint64[:, ::1],
    int64[:, ::1],
)


@compiled(_NODE)
def node(mode, number, buf, at, end, arena, pos, depth, bits, seen, base, table, found):  # noqa: C901
    """Writes a value, the items of a list, or the pairs in field ``number`` of a message.

    One function, because compiled code may call itself, but not two functions each other."""
    if depth > MAX_DEPTH:
        return HARD
    if mode == VALUE:
        if at == end:
            return text.literal(_NULL, arena, pos)
        this, wire, start, stop = field(buf, at, end)
        if this < 0 or stop != end:
            return HARD
        if this < 5 or this > 6 or wire != 2:
            return _scalar(this, wire, buf, start, stop, arena, pos, bits)
        mode, number, at, end = (ARRAY if this == 5 else PAIRS), 1, start, stop
    if pos + 8 > arena.shape[0]:
        return FULL
    arena[pos] = 91 if mode == ARRAY else 123
    pos += 1
    count = 0
    dollar = False
    while at < end:
        this, wire, start, stop = field(buf, at, end)
        if this < 0 or (this == number and wire != 2):
            return HARD
        at = stop
        if this != number:
            if mode == ARRAY:
                return HARD
            continue
        if pos + 8 > arena.shape[0]:
            return FULL
        if count:
            arena[pos] = 44
            pos += 1
        below = base
        if mode != ARRAY:
            key_at, key_end, start, stop = _pair(buf, start, stop)
            if key_at < 0:
                return HARD
            h, fresh = _key_hash(buf, key_at, key_end, seen, base, count)
            if not fresh:
                return HARD
            dollar = key_end > key_at and buf[key_at] == 36
            pos = text.json_string(buf, key_at, key_end, arena, pos)
            if pos < 0:
                return pos
            if pos + 1 > arena.shape[0]:
                return FULL
            arena[pos] = 58
            pos += 1
            if mode == PROMOTING_PAIRS:
                _promote(h, buf, start, stop, table, found)
            below = base + count + 1
        # int64(…): a literal would ask for another specialisation of this very function.
        pos = node(
            int64(VALUE),
            int64(0),
            buf,
            start,
            stop,
            arena,
            pos,
            depth + 1,
            bits,
            seen,
            below,
            table,
            found,
        )
        if pos < 0:
            return pos
        count += 1
    if dollar and count == 1:
        return HARD
    if pos + 1 > arena.shape[0]:
        return FULL
    arena[pos] = 93 if mode == ARRAY else 125
    return pos + 1
