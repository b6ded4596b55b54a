"""Compiled helpers: JSON text, numbers and views written into a byte arena."""

from __future__ import annotations

import numpy as np
from numba import int64, uint8, uint32, uint64

from misstep_store.columnar.compiling import compiled

HARD = -1
"""Result: this body is for upb."""
FULL = -2
"""Result: the arena is too small; grow it and walk the body again."""

_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_BASE64 = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8
)


def _escape_table() -> np.ndarray:
    table = np.zeros(256, np.uint8)
    table[:32] = ord("u")
    for byte, letter in ((8, "b"), (9, "t"), (10, "n"), (12, "f"), (13, "r")):
        table[byte] = ord(letter)
    table[34], table[92] = 34, 92
    table[128:] = 1  # more than one byte: to be checked
    return table


_ESCAPE = _escape_table()
_ONES = uint64(0x0101010101010101)
_HIGH = uint64(0x8080808080808080)
_SPACES = uint64(0x2020202020202020)
_QUOTES = uint64(0x2222222222222222)
_SLASHES = uint64(0x5C5C5C5C5C5C5C5C)
_TEN = np.array([10.0**k for k in range(23)])


@compiled()
def utf8_length(buf, at, end):
    """Bytes of the well-formed character at ``at``; 0 when it is not one."""
    c = buf[at]
    if c < 0xC2:
        return 0
    if c < 0xE0:
        if at + 1 < end and (buf[at + 1] & 0xC0) == 0x80:
            return 2
        return 0
    if c < 0xF0:
        if at + 2 >= end or (buf[at + 1] & 0xC0) != 0x80 or (buf[at + 2] & 0xC0) != 0x80:
            return 0
        if c == 0xE0 and buf[at + 1] < 0xA0:
            return 0
        if c == 0xED and buf[at + 1] >= 0xA0:
            return 0
        return 3
    if c > 0xF4 or at + 3 >= end:
        return 0
    for i in range(1, 4):
        if (buf[at + i] & 0xC0) != 0x80:
            return 0
    if (c == 0xF0 and buf[at + 1] < 0x90) or (c == 0xF4 and buf[at + 1] >= 0x90):
        return 0
    return 4


@compiled(inline="always")
def eight(buf, at):
    """Eight bytes from an unsigned position as one word; the compiler makes a single load of it."""
    return (
        uint64(buf[at])
        | uint64(buf[at + uint64(1)]) << uint64(8)
        | uint64(buf[at + uint64(2)]) << uint64(16)
        | uint64(buf[at + uint64(3)]) << uint64(24)
        | uint64(buf[at + uint64(4)]) << uint64(32)
        | uint64(buf[at + uint64(5)]) << uint64(40)
        | uint64(buf[at + uint64(6)]) << uint64(48)
        | uint64(buf[at + uint64(7)]) << uint64(56)
    )


@compiled(inline="always")
def put_eight(arena, pos, word):
    """A word as eight bytes; a single store."""
    arena[pos] = uint8(word)
    arena[pos + uint64(1)] = uint8(word >> uint64(8))
    arena[pos + uint64(2)] = uint8(word >> uint64(16))
    arena[pos + uint64(3)] = uint8(word >> uint64(24))
    arena[pos + uint64(4)] = uint8(word >> uint64(32))
    arena[pos + uint64(5)] = uint8(word >> uint64(40))
    arena[pos + uint64(6)] = uint8(word >> uint64(48))
    arena[pos + uint64(7)] = uint8(word >> uint64(56))


@compiled()
def json_string(buf, start, stop, arena, position):
    """Writes ``buf[start:stop]`` as a JSON string at ``position``; the position after it."""
    if position + 6 * (stop - start) + 16 > arena.shape[0]:
        return FULL
    # Unsigned, because a signed index costs a look at its sign at every access.
    at, end, pos = uint64(start), uint64(stop), uint64(position)
    one, step = uint64(1), uint64(8)
    arena[pos] = 34
    pos += one
    while at < end:
        # Eight bytes at a time: which is the first below 32, above 127, a quote or a backslash?
        while at + step <= end:
            word = eight(buf, at)
            odd = (
                (word - _SPACES) | word | ((word ^ _QUOTES) - _ONES) | ((word ^ _SLASHES) - _ONES)
            ) & _HIGH
            put_eight(arena, pos, word)
            if odd == uint64(0):
                at += step
                pos += step
                continue
            plain = ((((odd & (~odd + one)) - one) & _ONES) * _ONES >> uint64(56)) - one
            at += plain
            pos += plain
            break
        if at >= end:
            break
        c = buf[at]
        e = _ESCAPE[c]
        if e == 0:
            arena[pos] = c
            pos += one
            at += one
        elif e == 1:
            n = utf8_length(buf, int64(at), stop)
            if n == 0:
                return HARD
            for _ in range(n):
                arena[pos] = buf[at]
                pos += one
                at += one
        else:
            arena[pos] = 92
            arena[pos + one] = e
            pos += uint64(2)
            at += one
            if e == 117:  # \u00XX
                arena[pos] = 48
                arena[pos + one] = 48
                arena[pos + uint64(2)] = _HEX[c >> 4]
                arena[pos + uint64(3)] = _HEX[c & 15]
                pos += uint64(4)
    arena[pos] = 34
    return int64(pos + one)


@compiled()
def plain_text(buf, at, end, arena, pos):
    """Copies text that a database column can hold; HARD for NUL and malformed UTF-8."""
    if pos + (end - at) > arena.shape[0]:
        return FULL
    while at + 8 <= end:  # eight bytes at a time, while none is 0 or above 127
        word = eight(buf, uint64(at))
        if ((word - _ONES) | word) & _HIGH:
            break
        put_eight(arena, uint64(pos), word)
        at += 8
        pos += 8
    while at < end:
        c = buf[uint64(at)]
        if c == 0:
            return HARD
        n = 1
        if c >= 128:
            n = utf8_length(buf, at, end)
            if n == 0:
                return HARD
        for i in range(n):
            arena[uint64(pos + i)] = buf[uint64(at + i)]
        pos += n
        at += n
    return pos


@compiled()
def hex_text(buf, at, end, arena, pos):
    """Writes bytes as hex digits."""
    if pos + 2 * (end - at) > arena.shape[0]:
        return FULL
    for i in range(at, end):
        c = buf[uint64(i)]
        arena[uint64(pos)] = _HEX[c >> 4]
        arena[uint64(pos + 1)] = _HEX[c & 15]
        pos += 2
    return pos


@compiled()
def literal(text, arena, pos):
    """Copies a constant of ASCII bytes."""
    if pos + text.shape[0] > arena.shape[0]:
        return FULL
    for i in range(text.shape[0]):
        arena[uint64(pos + i)] = text[uint64(i)]
    return pos + text.shape[0]


@compiled()
def digits(number, arena, pos):
    """Writes an unsigned integer in decimal; the caller has checked the room (20 bytes)."""
    n = uint64(number)
    count = 1
    rest = n // uint64(10)
    while rest > uint64(0):
        count += 1
        rest //= uint64(10)
    at = pos + count
    while True:
        at -= 1
        arena[at] = uint8(uint64(48) + n % uint64(10))
        n //= uint64(10)
        if n == uint64(0):
            break
    return pos + count


@compiled()
def integer(number, arena, pos):
    """Writes a signed 64-bit integer other than the smallest."""
    if pos + 21 > arena.shape[0]:
        return FULL
    if number < 0:
        arena[pos] = 45
        return digits(-number, arena, pos + 1)
    return digits(number, arena, pos)


_F64 = np.frombuffer(b'{"$f64":"', np.uint8)
_NAN = np.frombuffer(b'{"$float":"nan"}', np.uint8)
_INF = np.frombuffer(b'{"$float":"inf"}', np.uint8)
_MINUS_INF = np.frombuffer(b'{"$float":"-inf"}', np.uint8)
_BYTES = np.frombuffer(b'{"$bytes":"', np.uint8)
_CLOSE = np.frombuffer(b'"}', np.uint8)


@compiled()
def double(value, bits, arena, pos):
    """Writes a double: as a decimal where up to 15 digits say it exactly, else by its bits."""
    if pos + 40 > arena.shape[0]:
        return FULL
    if value != value:
        return literal(_NAN, arena, pos)
    if value == np.inf:
        return literal(_INF, arena, pos)
    if value == -np.inf:
        return literal(_MINUS_INF, arena, pos)
    size = abs(value)
    if size < 1e15 and (size >= 1e-4 or size == 0.0):
        for k in range(1, 19):
            scaled = size * _TEN[k]
            if scaled >= 9e15:
                break
            whole = np.rint(scaled)
            if whole / _TEN[k] == size:
                return _decimal(uint64(whole), k, bits >> uint64(63) != uint64(0), arena, pos)
    pos = literal(_F64, arena, pos)
    for i in range(16):
        arena[pos] = _HEX[(bits >> uint64(60 - 4 * i)) & uint64(15)]
        pos += 1
    return literal(_CLOSE, arena, pos)


@compiled()
def _decimal(whole, k, negative, arena, pos):
    if negative:
        arena[pos] = 45
        pos += 1
    power = uint64(1)
    for _ in range(k):
        power *= uint64(10)
    pos = digits(whole // power, arena, pos)
    arena[pos] = 46
    pos += 1
    rest = whole % power
    for i in range(k):
        power //= uint64(10)
        arena[pos + i] = uint8(uint64(48) + rest // power)
        rest %= power
    return pos + k


@compiled()
def base64_value(buf, at, end, arena, pos):
    """Writes bytes as the tagged object of ``misstep_store.otlp.values``."""
    if pos + 2 * (end - at) + 24 > arena.shape[0]:
        return FULL
    pos = literal(_BYTES, arena, pos)
    while at < end:
        left = end - at
        a = uint32(buf[at])
        b = uint32(buf[at + 1]) if left > 1 else uint32(0)
        c = uint32(buf[at + 2]) if left > 2 else uint32(0)
        word = (a << uint32(16)) | (b << uint32(8)) | c
        arena[pos] = _BASE64[(word >> uint32(18)) & uint32(63)]
        arena[pos + 1] = _BASE64[(word >> uint32(12)) & uint32(63)]
        arena[pos + 2] = _BASE64[(word >> uint32(6)) & uint32(63)] if left > 1 else uint8(61)
        arena[pos + 3] = _BASE64[word & uint32(63)] if left > 2 else uint8(61)
        pos += 4
        at += 3
    return literal(_CLOSE, arena, pos)


@compiled()
def point(arena, start, end, views, column, row):
    """Points a cell at ``arena[start:end]`` in Arrow's string-view form."""
    n = end - start
    cell = views[column, row]
    cell[0] = uint32(n)
    cell[1] = uint32(0)
    cell[2] = uint32(0)
    cell[3] = uint32(0)
    if n > 12:
        word = uint32(0)
        for i in range(4):
            word |= uint32(arena[start + i]) << uint32(8 * i)
        cell[1] = word
        cell[3] = uint32(start)
        return
    for i in range(n):
        cell[1 + (i >> 2)] |= uint32(arena[start + i]) << uint32(8 * (i & 3))
