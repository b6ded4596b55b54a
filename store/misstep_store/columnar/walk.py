"""Compiled: spans of an ExportTraceServiceRequest into cells.

Source: opentelemetry-proto 1.11, trace.proto.
"""

from __future__ import annotations

import numpy as np
from numba import int64, uint8, uint32, uint64

from misstep_store.columnar import text
from misstep_store.columnar.compiling import compiled
from misstep_store.columnar.nodes import PAIRS, PROMOTING_PAIRS, node
from misstep_store.columnar.text import FULL, HARD
from misstep_store.columnar.wire import field, fingerprint, fixed, id_hash, varint
from misstep_store.layout import NUMBER_COLUMNS, TEXT_COLUMNS, N, T

_EMPTY_LIST = np.frombuffer(b"[]", np.uint8)
NULL_VIEW = 0xFFFFFFFF
"""Length that marks a cell without a value until the columns are built."""
NULL_RANK = 255
_MAX_NANO = 2**63 - 1
_TEXTS, _NUMBERS = len(TEXT_COLUMNS), len(NUMBER_COLUMNS)
_FIRST_PROMOTED = T["operation"]
_T_TRACE, _T_SPAN, _T_PARENT, _T_STATE = (
    T["trace_id"],
    T["span_id"],
    T["parent_span_id"],
    T["trace_state"],
)
_T_NAME, _T_ATTRIBUTES, _T_EVENTS, _T_LINKS, _T_MESSAGE = (
    T["name"],
    T["attributes"],
    T["events"],
    T["links"],
    T["status_message"],
)
_N_FLAGS, _N_KIND, _N_START, _N_END = (
    N["flags"],
    N["kind"],
    N["start_unix_nano"],
    N["end_unix_nano"],
)
_N_STATUS = N["status_code"]
_N_ID, _N_TRACE = N["id_hash"], N["trace_hash"]
_N_DROPPED_ATTRIBUTES, _N_DROPPED_EVENTS, _N_DROPPED_LINKS = (
    N["dropped_attributes_count"],
    N["dropped_events_count"],
    N["dropped_links_count"],
)
_N_INPUT_TOKENS, _N_OUTPUT_TOKENS = N["input_tokens"], N["output_tokens"]


@compiled()
def count_spans(buf):
    """How many spans a body holds; -1 when it is malformed."""
    count, at, end = 0, 0, buf.shape[0]
    while at < end:
        number, wire, start, stop = field(buf, at, end)
        if number < 0:
            return -1
        at = stop
        if number != 1 or wire != 2:
            continue
        here = start
        while here < stop:
            inner, kind, first, last = field(buf, here, stop)
            if inner < 0:
                return -1
            here = last
            if inner != 2 or kind != 2:
                continue
            while first < last:
                spans, _, _, following = field(buf, first, last)
                if spans < 0:
                    return -1
                if spans == 2:
                    count += 1
                first = following
    return count


@compiled()
def _id_ok(buf, at, end, size):
    if end - at != size:
        return False
    for i in range(at, end):  # noqa: SIM110 - any() of a generator cannot be compiled
        if buf[i] != 0:
            return True
    return False


@compiled()
def _message_text(buf, at, end, wanted, arena, pos):
    """Copies the text field ``wanted`` of a message; nothing when it is absent."""
    start, stop = at, at
    while at < end:
        number, wire, first, last = field(buf, at, end)
        if number < 0 or (number == wanted and wire != 2):
            return HARD
        if number == wanted:
            start, stop = first, last
        at = last
    return text.plain_text(buf, start, stop, arena, pos)


@compiled()
def _clamped(buf, at):
    raw = fixed(buf, at, 8)
    return int64(raw) if raw <= uint64(_MAX_NANO) else int64(_MAX_NANO)


@compiled()
def _comma(arena, pos):
    if pos < 0 or pos + 1 > arena.shape[0]:
        return min(pos, HARD) if pos < 0 else FULL
    arena[pos] = 44
    return pos + 1


@compiled()
def _event(buf, at, end, arena, pos, bits, seen, table, found):
    """One event as ``[name, time, {attributes}, dropped]``."""
    begin, time, dropped, name_at, name_end = at, int64(0), uint64(0), at, at
    while at < end:
        number, wire, start, stop = field(buf, at, end)
        if number == 1 and wire == 1:
            time = _clamped(buf, start)
        elif number == 2 and wire == 2:
            name_at, name_end = start, stop
        elif number == 4 and wire == 0:
            dropped, _ = varint(buf, start, stop)
        elif number != 3:
            return HARD
        at = stop
    if pos + 1 > arena.shape[0]:
        return FULL
    arena[pos] = 91
    pos = _comma(arena, text.json_string(buf, name_at, name_end, arena, pos + 1))
    if pos < 0:
        return pos
    pos = _comma(arena, text.integer(time, arena, pos))
    if pos < 0:
        return pos
    pos = node(PAIRS, 3, buf, begin, end, arena, pos, 0, bits, seen, 0, table, found)
    return _close_item(arena, pos, dropped)


@compiled()
def _close_item(arena, pos, last):
    pos = _comma(arena, pos)
    if pos < 0:
        return pos
    pos = text.integer(int64(last & uint64(0xFFFFFFFF)), arena, pos)
    if pos < 0 or pos + 1 > arena.shape[0]:
        return pos if pos < 0 else FULL
    arena[pos] = 93
    return pos + 1


@compiled(allocates=True)
def _link(buf, at, end, arena, pos, bits, seen, table, found):
    """One link as ``[trace id, span id, state, {attributes}, dropped, flags]``."""
    begin, dropped, flags = at, uint64(0), uint64(0)
    where = np.zeros(8, np.int64)
    while at < end:
        number, wire, start, stop = field(buf, at, end)
        if number >= 1 and number <= 3 and wire == 2:
            where[2 * number], where[2 * number + 1] = start, stop
        elif number == 5 and wire == 0:
            dropped, _ = varint(buf, start, stop)
        elif number == 6 and wire == 5:
            flags = fixed(buf, start, 4)
        elif number != 4:
            return HARD
        at = stop
    opening = uint8(91)
    for i in range(1, 3):
        if pos + 3 > arena.shape[0]:
            return FULL
        arena[pos] = opening
        arena[pos + 1] = 34
        pos = text.hex_text(buf, where[2 * i], where[2 * i + 1], arena, pos + 2)
        if pos < 0 or pos + 2 > arena.shape[0]:
            return pos if pos < 0 else FULL
        arena[pos] = 34
        pos += 1
        opening = uint8(44)
    pos = _comma(arena, pos)
    if pos < 0:
        return pos
    pos = _comma(arena, text.json_string(buf, where[6], where[7], arena, pos))
    if pos < 0:
        return pos
    pos = node(PAIRS, 4, buf, begin, end, arena, pos, 0, bits, seen, 0, table, found)
    pos = _comma(arena, pos)
    if pos < 0:
        return pos
    pos = text.integer(int64(dropped & uint64(0xFFFFFFFF)), arena, pos)
    return _close_item(arena, pos, flags)


@compiled()
def _items(wanted, buf, at, end, arena, pos, bits, seen, table, found):
    """All events (11) or links (13) of a span as a JSON list."""
    if pos + 2 > arena.shape[0]:
        return FULL
    arena[pos] = 91
    pos += 1
    count = 0
    while at < end:
        number, _, start, stop = field(buf, at, end)
        at = stop
        if number != wanted:
            continue
        if count:
            pos = _comma(arena, pos)
            if pos < 0:
                return pos
        if wanted == 11:
            pos = _event(buf, start, stop, arena, pos, bits, seen, table, found)
        else:
            pos = _link(buf, start, stop, arena, pos, bits, seen, table, found)
        if pos < 0:
            return pos
        count += 1
    if pos + 1 > arena.shape[0]:
        return FULL
    arena[pos] = 93
    return pos + 1


@compiled()
def _scalars(buf, at, end, numbers, row, where):
    """Numbers of a span into their columns, and where its texts lie; False when unusual."""
    statuses = 0
    while at < end:
        number, wire, start, stop = field(buf, at, end)
        if number < 0:
            return False
        at = stop
        if number <= 5 and wire == 2:  # trace id, span id, state, parent, name
            where[2 * number], where[2 * number + 1] = start, stop
        elif number == 6 and wire == 0:
            kind, _ = varint(buf, start, stop)
            numbers[_N_KIND, row] = max(int64(0), int64(np.int32(kind & uint64(0xFFFFFFFF))))
        elif number == 7 and wire == 1:
            numbers[_N_START, row] = _clamped(buf, start)
        elif number == 8 and wire == 1:
            numbers[_N_END, row] = _clamped(buf, start)
        elif (number == 9 or number == 11 or number == 13) and wire == 2:
            where[30 + number] += 1
        elif (number == 10 or number == 12 or number == 14) and wire == 0:
            dropped, _ = varint(buf, start, stop)
            column = (
                _N_DROPPED_ATTRIBUTES
                if number == 10
                else (_N_DROPPED_EVENTS if number == 12 else _N_DROPPED_LINKS)
            )
            numbers[column, row] = int64(dropped & uint64(0xFFFFFFFF))
        elif number == 15 and wire == 2:
            statuses += 1
            where[12], where[13] = start, stop
        elif number == 16 and wire == 5:
            numbers[_N_FLAGS, row] = int64(fixed(buf, start, 4))
        else:
            return False
    return statuses <= 1


@compiled()
def _status(buf, at, end, numbers, row):
    while at < end:
        number, wire, start, stop = field(buf, at, end)
        if number < 2 or number > 3 or wire != (2 if number == 2 else 0):
            return False
        if number == 3:
            code, _ = varint(buf, start, stop)
            numbers[_N_STATUS, row] = max(int64(0), int64(np.int32(code & uint64(0xFFFFFFFF))))
        at = stop
    return True


@compiled()
def span(buf, at, end, arena, pos, views, numbers, row, bits, seen, table, found, where):
    """One span into row ``row``."""
    where[:] = 0
    for column in range(_NUMBERS):
        numbers[column, row] = 0
    if not _scalars(buf, at, end, numbers, row, where):
        return HARD
    if not _id_ok(buf, where[2], where[3], 16) or not _id_ok(buf, where[4], where[5], 8):
        return HARD
    if where[9] > where[8] and not _id_ok(buf, where[8], where[9], 8):
        return HARD
    if not _status(buf, where[12], where[13], numbers, row):
        return HARD
    numbers[_N_TRACE, row] = fingerprint(buf, where[2], where[3])
    numbers[_N_ID, row] = id_hash(numbers[_N_TRACE, row], fingerprint(buf, where[4], where[5]))
    for column in range(_FIRST_PROMOTED, _TEXTS + _NUMBERS):
        found[column, 0] = NULL_RANK
    for column in range(_FIRST_PROMOTED, _TEXTS):
        views[column, row, 0] = uint32(NULL_VIEW)
    cell = pos
    pos = node(PROMOTING_PAIRS, 9, buf, at, end, arena, pos, 0, bits, seen, 0, table, found)
    if pos < 0:
        return pos
    text.point(arena, cell, pos, views, _T_ATTRIBUTES, row)
    pos = _identity(buf, arena, pos, views, row, where)
    if pos < 0:
        return pos
    for kind in (11, 13):
        cell = pos
        if where[30 + kind] == 0:
            pos = text.literal(_EMPTY_LIST, arena, pos)
        else:
            pos = _items(kind, buf, at, end, arena, pos, bits, seen, table, found)
        if pos < 0:
            return pos
        text.point(arena, cell, pos, views, _T_EVENTS if kind == 11 else _T_LINKS, row)
    return _promoted(buf, arena, pos, views, numbers, row, found)


@compiled()
def _identity(buf, arena, pos, views, row, where):
    """Ids, name, state and status message."""
    for item in range(7):
        cell = pos
        if item == 0:
            column, pos = _T_TRACE, text.hex_text(buf, where[2], where[3], arena, pos)
        elif item == 1:
            column, pos = _T_SPAN, text.hex_text(buf, where[4], where[5], arena, pos)
        elif item == 2:
            column, pos = _T_STATE, text.plain_text(buf, where[6], where[7], arena, pos)
        elif item == 3:
            column, pos = _T_PARENT, text.hex_text(buf, where[8], where[9], arena, pos)
        elif item == 4:
            column, pos = _T_NAME, text.plain_text(buf, where[10], where[11], arena, pos)
        elif item == 5:
            column, pos = _T_MESSAGE, _message_text(buf, where[12], where[13], 2, arena, pos)
        else:
            break
        if pos < 0:
            return pos
        text.point(arena, cell, pos, views, column, row)
    return pos


@compiled()
def _promoted(buf, arena, pos, views, numbers, row, found):
    for column in range(_FIRST_PROMOTED, _TEXTS):
        if found[column, 0] == NULL_RANK:
            continue
        cell = pos
        pos = text.plain_text(buf, found[column, 1], found[column, 2], arena, pos)
        if pos < 0:
            return pos
        text.point(arena, cell, pos, views, column, row)
    for column in (_N_INPUT_TOKENS, _N_OUTPUT_TOKENS):
        if found[_TEXTS + column, 0] != NULL_RANK:
            tokens, _ = varint(buf, found[_TEXTS + column, 1], found[_TEXTS + column, 2])
            numbers[column, row] = min(max(int64(0), int64(tokens)), int64(0xFFFFFFFF))
    return pos


@compiled(allocates=True)
def walk(buf, arena, pos, views, numbers, row, groups, bits, seen, table, found, where):
    """All spans of a body.

    Args:
        groups: (rows, resource start and end, its schema URL's, scope's, its schema URL's) a scope
            group, filled here.

    Returns:
        The next arena position or HARD / FULL, the next row, and the number of groups.
    """
    at, end, used = 0, buf.shape[0], 0
    while at < end:
        number, wire, start, stop = field(buf, at, end)
        if number != 1 or wire != 2:
            return HARD, row, used
        at = stop
        first_group = used
        resource = np.zeros(4, np.int64)
        resources = 0
        here = start
        while here < stop:
            inner, kind, begin, finish = field(buf, here, stop)
            here = finish
            if inner == 2 and kind == 2:
                if used >= groups.shape[0]:
                    return HARD, row, used
                before = row
                pos, row = _scope_spans(
                    buf,
                    begin,
                    finish,
                    arena,
                    pos,
                    views,
                    numbers,
                    row,
                    groups[used],
                    bits,
                    seen,
                    table,
                    found,
                    where,
                )
                if pos < 0:
                    return pos, row, used
                groups[used, 0], groups[used, 1] = before, row
                used += 1
            elif inner == 1 and kind == 2:
                resources += 1
                resource[0], resource[1] = begin, finish
            elif inner == 3 and kind == 2 and resource[2] == 0:
                resource[2], resource[3] = begin, finish
            else:
                return HARD, row, used
        # A resource without scopes is not looked at here: upb says whether it is one.
        if resources > 1 or used == first_group:
            return HARD, row, used
        for group in range(first_group, used):
            for i in range(4):
                groups[group, 2 + i] = resource[i]
    return pos, row, used


@compiled()
def _scope_spans(
    buf, at, end, arena, pos, views, numbers, row, group, bits, seen, table, found, where
):
    group[:] = 0
    scopes = 0
    while at < end:
        number, wire, start, stop = field(buf, at, end)
        at = stop
        if number == 2 and wire == 2:
            if row >= numbers.shape[1]:
                return FULL, row
            pos = span(
                buf, start, stop, arena, pos, views, numbers, row, bits, seen, table, found, where
            )
            if pos < 0:
                return pos, row
            row += 1
        elif number == 1 and wire == 2:
            scopes += 1
            group[6], group[7] = start, stop
        elif number == 3 and wire == 2 and group[8] == 0:
            group[8], group[9] = start, stop
        else:
            return HARD, row
    return (HARD if scopes > 1 else pos), row
