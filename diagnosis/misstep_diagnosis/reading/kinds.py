"""What a JSON value is, asked by the million."""

from __future__ import annotations

import math

from misstep.model import Json

NUMBERS = (int, float)
CONTAINERS = (dict, list)
"""A union written in the call is made anew by each."""


def is_number(value: Json) -> bool:
    """A finite int or float, no bool."""
    if type(value) is float:
        return -1e18 < value < 1e18
    if type(value) is str:
        return False
    if isinstance(value, bool) or not isinstance(value, NUMBERS):
        return False
    try:
        return math.isfinite(float(value)) and abs(float(value)) < 1e18
    except OverflowError:
        return False
