"""The cheapest way to turn one sequence into another, and the longest increasing part of one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

GAP = 0.6
"""What it costs that one side has something alone; two of them are what a bad pair may cost."""

BAND = 48
_MOST_CELLS = 120_000


def cheapest(n: int, m: int, cost: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """Pairs (i, j), both increasing, of the alignment of ``n`` with ``m`` that costs the least.

    Args:
        n: length of the first sequence.
        m: length of the second.
        cost: what a pair costs, 0 and more; a pair above twice :data:`GAP` is never made.

    Returns:
        Exact up to 120,000 cells; above, only pairs near the straight line between both ends are
        looked at, so that the time grows with the longer side.
    """
    start = 0
    while start < min(n, m) and cost(start, start) <= 0.0:
        start += 1
    end = 0
    while end < min(n, m) - start and cost(n - 1 - end, m - 1 - end) <= 0.0:
        end += 1
    inner = _banded(n - start - end, m - start - end, lambda i, j: cost(i + start, j + start))
    pairs = [(i, i) for i in range(start)] + [(i + start, j + start) for i, j in inner]
    return pairs + [(n - end + k, m - end + k) for k in range(end)]


def _banded(n: int, m: int, cost: Callable[[int, int], float]) -> list[tuple[int, int]]:
    if not n or not m:
        return []
    width = max(m, BAND) if n * m <= _MOST_CELLS else BAND
    lows = [max(0, i * m // n - width) for i in range(n + 1)]
    highs = [min(m, i * m // n + width) for i in range(n + 1)]
    highs[n] = m
    above = [j * GAP for j in range(highs[0] + 1)]
    moves: list[bytearray] = []
    for i in range(1, n + 1):
        above, made = _row(i, (lows[i - 1], above), (lows[i], highs[i]), cost)
        moves.append(made)
    return _walk_back(moves, lows, m)


def _row(
    i: int,
    before: tuple[int, list[float]],
    window: tuple[int, int],
    cost: Callable[[int, int], float],
) -> tuple[list[float], bytearray]:
    """One row of least costs between two columns; its moves are 0 pair, 1 first alone, 2 second."""
    low_above, above = before
    low, high = window
    made: list[float] = []
    moves = bytearray()
    never = float("inf")
    for j in range(low, high + 1):
        at = j - low_above
        up = above[at] + GAP if 0 <= at < len(above) else never
        back = made[-1] + GAP if made else never
        pair = never
        if j and 0 <= at - 1 < len(above):
            pair = above[at - 1] + cost(i - 1, j - 1)
        if pair <= up and pair <= back:
            made.append(pair)
            moves.append(0)
        elif up <= back:
            made.append(up)
            moves.append(1)
        else:
            made.append(back)
            moves.append(2)
    return made, moves


def _walk_back(moves: Sequence[bytearray], lows: Sequence[int], m: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    i, j = len(moves), m
    while i:
        move = moves[i - 1][j - lows[i]]
        if move == 0:
            found.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif move == 1:
            i -= 1
        else:
            j -= 1
    return found[::-1]


def increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of pairs, sorted by their first, in which the second grows as well."""
    tails: list[int] = []
    at: list[int] = []
    previous = [-1] * len(pairs)
    for number, (_, second) in enumerate(pairs):
        where = bisect_left(tails, second)
        if where:
            previous[number] = at[where - 1]
        if where == len(tails):
            tails.append(second)
            at.append(number)
        else:
            tails[where], at[where] = second, number
    found: list[tuple[int, int]] = []
    number = at[-1] if at else -1
    while number >= 0:
        found.append(pairs[number])
        number = previous[number]
    return found[::-1]
