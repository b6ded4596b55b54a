"""Why records may be missing on purpose: they are held by others, or a condition tells them apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations
from typing import Any

from misstep_diagnosis.facts import HopFacts
from misstep_diagnosis.reading.kinds import is_number
from misstep_diagnosis.reading.values import fold

MERGED, DIVIDED = "merged", "divided"
_MOST = 200
_MOST_COLUMNS = 12
_MOST_LIMITS = 12
_LEAST_KEPT = 2


def told_apart(fact: HopFacts, lost: list[str]) -> str:
    """As :func:`why_missing`, of the records among which these folded names, or columns with their
    numbers, are gone."""
    gone = set(lost)
    for records in fact.records.lists:
        if len(records) <= _MOST:
            missing = [i for i, r in enumerate(records) if not gone.isdisjoint(_names(r))]
            why = why_missing(records, missing, fact) if missing else ""
            if why:
                return why
    return ""


def why_missing(records: Sequence[dict[str, Any]], lost: Sequence[int], fact: HopFacts) -> str:
    """``merged`` where each lost record shares an identifier with one that was kept, ``divided`` where
    a field of the records holds for all that were kept and for none that were lost; else empty."""
    kept = [i not in lost for i in range(len(records))]
    if all(kept) or sum(kept) < _LEAST_KEPT or len(records) > _MOST:
        return ""
    said = {fold(str(v)) for _, v in fact.made_leaves if v is not None}
    if _shared(records, kept, said):
        return MERGED
    return DIVIDED if _by_field(records, kept) or _by_comparison(records, kept, fact) else ""


def _names(record: dict[str, Any]) -> set[str]:
    """What a record may be called by in the evidence: its texts, or a column with its number."""
    return {fold(v) for v in record.values() if isinstance(v, str)} | {
        f"{k} {v:g}" for k, v in record.items() if is_number(v)
    }


def _shared(records: Sequence[dict[str, Any]], kept: list[bool], said: set[str]) -> bool:
    """Whether each lost record has the identifier of a kept one; a name alone does not make two one."""
    lost = [r for r, k in zip(records, kept, strict=True) if not k]
    columns = [c for c in records[0] if _IDENTIFIES.search(c) and all(r.get(c) for r in records)]
    for column in columns:
        left = {str(r[column]) for r, k in zip(records, kept, strict=True) if k}
        if all(str(r[column]) in left and fold(str(r[column])) in said for r in lost):
            return True
    return False


_IDENTIFIES = re.compile(
    r"(?i)(^|_)(id|sku|code|number|no|nr|ref|reference|article|isbn|ean|gtin|email|key)$"
)


def _by_field(records: Sequence[dict[str, Any]], kept: list[bool]) -> bool:
    for column in list(records[0])[:_MOST_COLUMNS]:
        values = [r.get(column) for r in records]
        if not all(isinstance(v, bool | str) for v in values) or len(set(values)) == len(values):
            continue
        left = {v for v, k in zip(values, kept, strict=True) if k}
        gone = {v for v, k in zip(values, kept, strict=True) if not k}
        if len(left) == 1 and left.isdisjoint(gone):
            return True
    return False


def _by_comparison(records: Sequence[dict[str, Any]], kept: list[bool], fact: HopFacts) -> bool:
    """Whether one column is less than another, or than a number received, for the kept ones alone."""
    columns = [
        [float(r[c]) for r in records]
        for c in list(records[0])[:_MOST_COLUMNS]
        if all(is_number(r.get(c)) for r in records)
    ]
    limits = [v for n, v in fact.given_terms.scalars.items() if n[0] != "#"][:_MOST_LIMITS]
    others = [*columns, *([v] * len(records) for v in limits)]
    pairs = [*permutations(columns, 2), *((a, b) for a in columns for b in others[len(columns) :])]
    return any(_divides([x - y for x, y in zip(a, b, strict=True)], kept) for a, b in pairs)


def _divides(above: list[float], kept: list[bool]) -> bool:
    left = [d for d, k in zip(above, kept, strict=True) if k]
    gone = [d for d, k in zip(above, kept, strict=True) if not k]
    return (min(left) > 0 >= max(gone)) or (max(left) < 0 <= min(gone))
