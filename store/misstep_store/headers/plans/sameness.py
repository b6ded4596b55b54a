"""Which plans do the same: spans are read together by one plan, whatever keys they have beside those
that it reads. Talks that go on have more messages, and so other keys, with each turn."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from types import FunctionType
from typing import Any

from misstep_store.headers.plans.plan import Plan

_MOST = 5_000
_KNOWN: dict[Hashable, Plan] = {}
_PLAIN = (str, int, float, bytes, bool, type(None), frozenset)


def first_of(plan: Plan, *about: Hashable) -> Plan:
    """The first plan of those that do the same as this one.

    Args:
        about: what else spans agree in that are read together.
    """
    if plan.by_keys:
        return plan
    if len(_KNOWN) >= _MOST:
        _KNOWN.clear()
    told = tuple((name, _told(value)) for name, value in vars(plan).items())
    return _KNOWN.setdefault((about, told), plan)


def _told(value: Any) -> Hashable:
    """What is the same of two values that do the same; of those that are not known to, which one it
    is: plans hold what they were made of, so no other one takes its place."""
    if isinstance(value, FunctionType):
        inside = tuple(_told(cell.cell_contents) for cell in value.__closure__ or ())
        return value.__code__, inside, _told(value.__defaults__), _told(value.__kwdefaults__)
    if isinstance(value, partial):
        return partial, _told(value.func), _told(value.args), _told(value.keywords)
    if isinstance(value, tuple | list):
        return type(value), *map(_told, value)
    if isinstance(value, dict):
        return dict, *((_told(k), _told(v)) for k, v in value.items())
    return (type(value), value) if isinstance(value, _PLAIN) else id(value)
