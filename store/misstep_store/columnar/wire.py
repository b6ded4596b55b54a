"""Compiled reading of the protobuf wire format."""

from __future__ import annotations

from numba import int64, uint64

from misstep_store.columnar.compiling import compiled
from misstep_store.columnar.text import eight


@compiled()
def varint(buf, at, end):
    """Value and next position; position -1 when there is none."""
    value = uint64(0)
    shift = uint64(0)
    for _ in range(10):
        if at >= end:
            return value, -1
        c = buf[uint64(at)]  # unsigned: no look at its sign
        at += 1
        value |= uint64(c & 127) << shift
        if c < 128:
            return value, at
        shift += uint64(7)
    return value, -1


@compiled()
def field(buf, at, end):
    """(number, wire type, start of the value, end of the value); number -1 when malformed.

    For a varint the value is read again by the caller; groups are malformed here."""
    tag, at = varint(buf, at, end)
    if at < 0 or tag > uint64(0xFFFFFFFF):
        return -1, 0, 0, 0
    number = int64(tag >> uint64(3))
    wire = int64(tag & uint64(7))
    if number == 0:
        return -1, 0, 0, 0
    if wire == 0:
        _, stop = varint(buf, at, end)
        if stop < 0:
            return -1, 0, 0, 0
        return number, wire, at, stop
    if wire == 2:
        size, at = varint(buf, at, end)
        if at < 0 or size > uint64(end - at):
            return -1, 0, 0, 0
        return number, wire, at, at + int64(size)
    if wire == 1 and at + 8 <= end:
        return number, wire, at, at + 8
    if wire == 5 and at + 4 <= end:
        return number, wire, at, at + 4
    return -1, 0, 0, 0


@compiled()
def fixed(buf, at, size):
    """A little-endian unsigned integer."""
    value = uint64(0)
    for i in range(size):
        value |= uint64(buf[uint64(at + i)]) << uint64(8 * i)
    return value


@compiled()
def fingerprint(buf, start, stop):
    """64 bits that stand for the bytes; as a signed integer."""
    at, end = uint64(start), uint64(stop)
    a = uint64(0x9E3779B97F4A7C15) ^ (end - at)
    b = uint64(0xD6E8FEB86659FD93)
    while (
        at + uint64(16) <= end
    ):  # two lanes, so that one multiplication need not wait for the other
        a = (a ^ eight(buf, at)) * uint64(0xFF51AFD7ED558CCD)
        b = (b ^ eight(buf, at + uint64(8))) * uint64(0x9FB21C651E98DF25)
        a ^= a >> uint64(32)
        b ^= b >> uint64(29)
        at += uint64(16)
    if at + uint64(8) <= end:
        a = (a ^ eight(buf, at)) * uint64(0xFF51AFD7ED558CCD)
        a ^= a >> uint64(32)
        at += uint64(8)
    if at < end:
        b = (b ^ fixed(buf, int64(at), int64(end - at))) * uint64(0x9FB21C651E98DF25)
        b ^= b >> uint64(29)
    h = (a + b) * uint64(0xC4CEB9FE1A85EC53)
    h ^= h >> uint64(33)
    h *= uint64(0xFF51AFD7ED558CCD)
    h ^= h >> uint64(33)
    return int64(h)


@compiled()
def id_hash(trace, span):
    """64 bits that stand for (trace id, span id), never 0."""
    h = (uint64(trace) * uint64(0x9E3779B97F4A7C15)) ^ uint64(span)
    h *= uint64(0xFF51AFD7ED558CCD)
    h ^= h >> uint64(32)
    return int64(h) if h != uint64(0) else int64(1)
