"""What differs between two JSON values: by field, lists by member, wording apart from decisions."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from misstep.model import Change, Json
from misstep_diagnosis.comparing.edits import cheapest, increasing
from misstep_diagnosis.facts import read_json
from misstep_diagnosis.reading.meaning import compare_texts
from misstep_diagnosis.reading.values import last_key, leaves

MAX_CHANGES = 200
MAX_MEMBERS = 5_000
_MAX_DEPTH = 200
_MAX_VISITED = 60_000
_SHOWN_CHARS = 2_000
_SHOWN_LEAVES = 200

What = Literal["value", "member", "field", "order"]

_ORDERED = re.compile(
    r"(?i)(rank|sort|order|top|best|priorit|steps?$|plan|sequence|route|itinerar|queue|stages?$|"
    r"candidates|results?$|hits|matches|suggest|schedule|timeline|messages)"
)
_NAMES = (
    "id",
    "uid",
    "key",
    "sku",
    "code",
    "number",
    "ref",
    "name",
    "title",
    "path",
    "url",
    "file",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two values differ.

    ``what``: another value, a member or a field that only one side has (the other is None), or the
    order of the same members. ``wording``: nothing but words differ.
    """

    field: str
    a: Json
    b: Json
    what: What = "value"
    wording: bool = False

    def as_change(self) -> Change:
        """In the shape the API answers, long values cut."""
        return Change(field=self.field, a=_short(self.a), b=_short(self.b))


def differences(a: Json, b: Json, root: str, most: int = MAX_CHANGES) -> list[Difference]:
    """Every place that differs, in A's order, at most ``most``.

    A list is compared member by member: those that are equal, or have the same identity, belong
    together wherever they stand. Paths name A's position, and B's of what B has alone.
    """
    found: list[Difference] = []
    waiting: list[Difference | _Place] = [(root, a, b, 0)]
    visited = 0
    while waiting and len(found) < most and visited < _MAX_VISITED:
        visited += 1
        here = waiting.pop()
        if isinstance(here, Difference):
            found.append(here)
        else:
            waiting += reversed(_look(*here))
    return found


_Place = tuple[str, Json, Json, int]


def _look(path: str, a: Json, b: Json, depth: int) -> list[Difference | _Place]:
    """What differs at one place, and the places below to look at, in A's order."""
    if a is b or _equal(a, b):
        return []
    if isinstance(a, str) and isinstance(b, str):
        a, b = _both_read(a, b)
    if isinstance(a, dict) and isinstance(b, dict) and depth < _MAX_DEPTH:
        return [
            (f"{path}.{k}", a[k], b[k], depth + 1)
            if k in a and k in b
            else Difference(f"{path}.{k}", a.get(k), b.get(k), "field")
            for k in [*a, *(k for k in b if k not in a)]
        ]
    if isinstance(a, list) and isinstance(b, list) and depth < _MAX_DEPTH:
        return _members(path, a[:MAX_MEMBERS], b[:MAX_MEMBERS], depth + 1)
    return [] if _equal(a, b) else [Difference(path, a, b, "value", _only_words(a, b))]


def _both_read(a: str, b: str) -> tuple[Json, Json]:
    """Texts that are JSON on both sides are compared as JSON."""
    x, y = read_json(a), read_json(b)
    return (x, y) if type(x) is type(y) else (a, b)


def changes(a: Json, b: Json, root: str) -> list[Change]:
    """As :func:`differences`, in the shape the API answers."""
    return [d.as_change() for d in differences(a, b, root)]


def same_meaning(a: Json, b: Json) -> bool:
    """Whether every number, date, name, identifier, member and choice agrees, wording apart."""
    return all(d.wording for d in differences(a, b, "", most=_MAX_VISITED))


def _equal(a: Json, b: Json) -> bool:
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    if isinstance(a, float) and isinstance(b, float) and a != a and b != b:
        return True
    return bool(a == b) if not isinstance(a, dict | list) else False


def _only_words(a: Json, b: Json) -> bool:
    return isinstance(a, str) and isinstance(b, str) and compare_texts(a, b) != "decision"


def _short(value: Json) -> Json:
    if isinstance(value, str):
        return value[:_SHOWN_CHARS]
    if isinstance(value, dict | list):
        for count, _ in enumerate(leaves(value, "")):
            if count >= _SHOWN_LEAVES:
                return f"{type(value).__name__} of {len(value)}"
    return value


# --- lists by member -------------------------------------------------------------------------------


def _members(path: str, a: list[Json], b: list[Json], depth: int) -> list[Difference | _Place]:
    """What differs in the list itself, and the pairs of members to compare further."""
    marks_a, marks_b = [mark(v) for v in a], [mark(v) for v in b]
    if marks_a == marks_b:
        return []
    partner = dict(_pairs(a, b, marks_a, marks_b))
    made: list[Difference | _Place] = []
    if len(increasing(sorted(partner.items()))) < len(partner):
        wording = not _ORDERED.search(last_key(path) or path)
        made.append(Difference(path, a, b, "order", wording))
    for i, value in enumerate(a):
        if i not in partner:
            made.append(Difference(f"{path}[{i}]", value, None, "member"))
        elif marks_a[i] != marks_b[partner[i]]:
            made.append((f"{path}[{i}]", value, b[partner[i]], depth))
    left_over = _without(len(b), set(partner.values()))
    return made + [Difference(f"{path}[{j}]", None, b[j], "member") for j in left_over]


def _pairs(
    a: Sequence[Json], b: Sequence[Json], marks_a: Sequence[int], marks_b: Sequence[int]
) -> list[tuple[int, int]]:
    """Equal members first, then those of one identity, then what lies between in order."""
    found = _matching(marks_a, marks_b, set(), set())
    names_a, names_b = _identities(a), _identities(b)
    if names_a and names_b:
        taken = {i for i, _ in found}, {j for _, j in found}
        found += _matching(names_a, names_b, *taken)
        rest_named = True
    else:
        rest_named = False
    left = _without(len(a), {i for i, _ in found})
    right = _without(len(b), {j for _, j in found})

    def cost(i: int, j: int) -> float:
        return _apart(a[left[i]], b[right[j]], named=rest_named)

    return found + [(left[i], right[j]) for i, j in cheapest(len(left), len(right), cost)]


def _matching(
    a: Sequence[object], b: Sequence[object], used_a: set[int], used_b: set[int]
) -> list[tuple[int, int]]:
    """Equal keys with each other, the first with the first; None equals nothing."""
    waiting: dict[object, deque[int]] = defaultdict(deque)
    for j, key in enumerate(b):
        if j not in used_b and key is not None:
            waiting[key].append(j)
    found = []
    for i, key in enumerate(a):
        if i not in used_a and key is not None and waiting.get(key):
            found.append((i, waiting[key].popleft()))
    return found


def _without(count: int, used: set[int]) -> list[int]:
    return [i for i in range(count) if i not in used]


def _identities(members: Sequence[Json]) -> list[str | None] | None:
    """The identity of each record by the first field that tells them apart; None: there is none."""
    if len(members) < 1 or not all(isinstance(m, dict) for m in members):
        return None
    for key in _NAMES:
        field = next(
            (k for k in members[0] if k.lower() == key or k.lower().endswith(f"_{key}")), ""
        )
        values = [m.get(field) for m in members]
        if field and all(isinstance(v, str | int) and v != "" for v in values):
            folded = [str(v).casefold() for v in values]
            if len(set(folded)) == len(folded):
                return list(folded)
    return None


def _apart(a: Json, b: Json, *, named: bool) -> float:
    """How far two members are from being one: 0 equal, above 1.2 never."""
    if isinstance(a, dict) and isinstance(b, dict):
        if named:
            return 9.0  # each has a name of its own, and they differ
        keys = [*a, *(k for k in b if k not in a)]
        same = sum(k in a and k in b and mark(a[k]) == mark(b[k]) for k in keys[:60])
        return 1.0 - same / max(1, min(len(keys), 60)) if same else 1.1
    if type(a) is not type(b):
        return 1.3
    if isinstance(a, str) and isinstance(b, str):
        if " " in a.strip() and " " in b.strip():
            x, y = set(a.casefold().split()), set(b.casefold().split())
            return 1.3 * (1.0 - len(x & y) / max(1, len(x | y)))
        return 1.0
    return 1.0


def mark(value: Json) -> int:
    """A hash of a JSON value that does not depend on the order of keys."""
    if isinstance(value, str):
        return hash(value)
    return hash(frozenset((p, type(v).__name__, repr(v)) for p, v in leaves(value, "")))
