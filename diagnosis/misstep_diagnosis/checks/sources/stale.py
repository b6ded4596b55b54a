"""Context that is out of date or somebody else's: superseded state, older versions of a document,
memories of another user."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from misstep.model import Hop, Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.sources.documents import documents_of
from misstep_diagnosis.facts import HopFacts, RunFacts, keys_of
from misstep_diagnosis.naming import place
from misstep_diagnosis.reading.values import Atom, atoms, fold, last_key, leaves

_SOURCES = ("tool", "retriever", "reranker")
_READERS = ("llm", "agent", "chain")
_KEPT_ON_PURPOSE = re.compile(
    r"(?i)(old|prev|before|original|initial|first|history|was|past|from|last)"
)


@dataclass(frozen=True, slots=True)
class Update:
    """A named value at one place that was replaced: from ``since_ms`` on it is ``after``, until
    ``until_ms``."""

    place: tuple[int, str]
    key: str
    before: Atom
    after: Atom
    since_ms: float
    until_ms: float
    told: str
    weight: float


def superseded(known: RunFacts, good: Good) -> list[Found]:
    """A hop that received a value which the state, or a look-up made again, had replaced before."""
    updates = _ByValue(_updates(known))
    out: list[Found] = []
    for fact in known.leaves if updates.known else ():
        hit = next((u for u in updates.in_force(fact) if _uses_old(fact, u)), None)
        if hit is not None:
            old, new = hit.before.quote[:60], hit.after.quote[:60]
            out.append(
                found(
                    "state.stale",
                    fact.hop.hop_id,
                    f"{hit.key}: {old}",
                    f"it worked with {hit.key} {old}, which was {new} by then ({hit.told})",
                    path=f"input.{hit.key}",
                    expected=new,
                    local=True,
                    bad=hit.before.keys,
                    weight=hit.weight,
                )
            )
    return out


class _ByValue:
    """Updates by the name and the value that each replaced, in the order of time at each place."""

    def __init__(self, updates: Iterable[Update]) -> None:
        self.known = list(updates)
        self._found: dict[tuple[str, str], dict[tuple[int, str], list[int]]] = defaultdict(dict)
        for number, update in enumerate(self.known):
            for key in update.before.keys:
                self._found[update.key, key].setdefault(update.place, []).append(number)

    def in_force(self, fact: HopFacts) -> Iterator[Update]:
        """Updates of values that a hop received, in force when it began, in their order."""
        numbers: set[int] = set()
        for atom in fact.received:
            if atom.whole and atom.path.startswith("input."):
                for key in atom.keys:
                    places = self._found.get((last_key(atom.path), key))
                    for at_place in places.values() if places else ():
                        numbers.update(self._standing(at_place, fact.start_ms))
        return (self.known[number] for number in sorted(numbers))

    def _standing(self, numbers: Sequence[int], start_ms: float) -> Iterator[int]:
        """Of updates of one value at one place only the last before a moment is in force then."""
        at = bisect_right(numbers, start_ms, key=lambda n: self.known[n].since_ms)
        while at and self.known[numbers[at - 1]].until_ms >= start_ms:
            at -= 1
            yield numbers[at]


def _updates(known: RunFacts) -> Iterator[Update]:
    snapshots: dict[str, list[tuple[float, Atom]]] = defaultdict(list)
    for snapshot in sorted(known.run.states, key=lambda s: s.offset_ms):
        for atom in atoms(snapshot.value, "state")[:500]:
            if atom.whole and atom.weight > 0:
                snapshots[atom.path].append((snapshot.offset_ms, atom))
    for path, seen in snapshots.items():
        yield from _replaced((0, path), seen, "by the recorded state", 2.0)
    again: dict[tuple[str, str], list[HopFacts]] = defaultdict(list)
    for fact in known.leaves:
        if fact.hop.kind in _SOURCES and fact.hop.error is None:
            again[place(fact.hop), fact.given_hash].append(fact)
    for number, calls in enumerate(again.values(), 1):
        if 1 < len(calls) <= 20:
            yield from _looked_up_again(number, calls)


def _looked_up_again(number: int, calls: Sequence[HopFacts]) -> Iterator[Update]:
    by_path: dict[str, list[tuple[float, Atom]]] = defaultdict(list)
    for fact in sorted(calls, key=lambda f: f.end_ms):
        for atom in fact.produced[:500]:
            if atom.whole and atom.weight > 0:
                by_path[atom.path].append((fact.end_ms, atom))
    name = calls[0].hop.name
    for path, seen in by_path.items():
        yield from _replaced((number, path), seen, f"{name} had answered again", 1.2)


def _replaced(
    place: tuple[int, str], seen: Sequence[tuple[float, Atom]], told: str, weight: float
) -> Iterator[Update]:
    """Each change of one named value, with how long the new one stood."""
    key = last_key(place[1])
    if _KEPT_ON_PURPOSE.search(key):
        return
    back = _come_back(seen)
    for number in range(1, len(seen)):
        (_, before), (since_ms, after) = seen[number - 1], seen[number]
        if set(before.keys) & set(after.keys) or before.kind != after.kind:
            continue
        yield Update(place, key, before, after, since_ms, back[number], told, weight)


def _come_back(seen: Sequence[tuple[float, Atom]]) -> list[float]:
    """When, after each value, the one before it came back; infinity where it never did."""
    found = [float("inf")] * len(seen)
    later: dict[str, int] = {}
    for number in range(len(seen) - 1, 0, -1):
        nearest = min((later[k] for k in seen[number - 1][1].keys if k in later), default=None)
        if nearest is not None:
            found[number] = seen[nearest][0]
        later.update(dict.fromkeys(seen[number][1].keys, number))
    return found


def _uses_old(fact: HopFacts, update: Update) -> bool:
    """Whether a hop that began after the change received the old value by its name, and not the
    new one."""
    if not update.since_ms <= fact.start_ms <= update.until_ms:
        return False
    if set(update.after.keys) & fact.received_keys:
        return False
    return any(
        a.whole
        and last_key(a.path) == update.key
        and a.path.startswith("input.")
        and "messages" not in a.path
        and set(a.keys) & set(update.before.keys)
        for a in fact.received
    )


# --- versions of a document ------------------------------------------------------------------------

_TITLE = re.compile(
    r"(?i)^(title|name|document|doc|policy|subject|source|path|file|url|doc_?id|id)$"
)
_VERSION = re.compile(
    r"(?i)^(version|rev|revision|edition|updated(_?at|_?on)?|modified(_?at)?|last_?(updated|modified)|"
    r"effective_?(from|date)|valid_?from|issued(_?on)?|published(_?at|_?on)?|as_?of|year)$"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAX_DOCUMENTS = 400
_MOST_FOUND = 6


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a document that a hop returned."""

    hop: Hop
    at: int
    title: str
    field: str
    version: tuple[float, ...] | str
    shown: str
    keys: frozenset[str]


def older_version(known: RunFacts, good: Good) -> list[Found]:
    """An older version of a document that was returned, or used, though a newer one was there."""
    editions = islice((e for f in known.leaves for e in _editions(f.hop)), _MAX_DOCUMENTS)
    by_title: dict[tuple[str, str], list[Edition]] = defaultdict(list)
    for one in editions:
        by_title[one.title, one.field].append(one)
    out: list[Found] = []
    for same in by_title.values():
        newest = max(same, key=_rank)
        for old in same:
            if _rank(old) < _rank(newest) and type(old.version) is type(newest.version):
                out += _used_old(known, old, newest)
        if len(out) >= _MOST_FOUND:
            break
    return out[:_MOST_FOUND]


def _rank(one: Edition) -> tuple[int, tuple[float, ...] | str]:
    return (0 if isinstance(one.version, str) else 1), one.version


def _editions(hop: Hop) -> Iterator[Edition]:
    if hop.kind not in _SOURCES or hop.error is not None:
        return
    for at, document in enumerate(documents_of(hop)[:100]):
        inner = document.get("metadata")
        flat: dict[str, Any] = {**(inner if isinstance(inner, dict) else {}), **document}
        titles = [k for k in flat if _TITLE.match(k) and isinstance(flat[k], str) and flat[k]]
        titles.sort(key=lambda k: (k.lower() in ("id", "doc_id", "docid"), list(flat).index(k)))
        field = next((k for k in flat if _VERSION.match(k) and _comparable(flat[k])), None)
        if not titles or field is None:
            continue
        keys = keys_of([a for a in atoms(document, "d") if a.weight >= 0.3 and a.kind != "text"])
        version = _comparable(flat[field])
        if version is not None:
            shown = f"{field} {flat[field]}"[:60]
            yield Edition(hop, at, fold(flat[titles[0]]), field.lower(), version, shown, keys)


def _comparable(value: Json) -> tuple[float, ...] | str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (float(value),)
    if isinstance(value, str) and _DATE.match(value):
        return value[:19]
    match = re.fullmatch(r"(?i)(?:v|ver|rev)?\.?\s?(\d{1,6}(?:\.\d{1,6}){0,3})", str(value).strip())
    return tuple(float(p) for p in match[1].split(".")) if match else None


def _used_old(known: RunFacts, old: Edition, new: Edition) -> list[Found]:
    old_only, new_only = old.keys - new.keys, new.keys - old.keys
    out: list[Found] = []
    told = f"“{old.title[:60]}” with {old.shown}, though there is one with {new.shown}"
    if old.hop is not new.hop and known.fact[new.hop.hop_id].end_ms <= old.hop.offset_ms + 0.001:
        newer_too = any(_same_edition(e, new) for e in _editions(old.hop))
        if not newer_too:
            out.append(_old(old.hop, f"it returned {told}", old, f"output[{old.at}]", 1.2))
    for fact in _with_any(known, old_only) if new_only else ():
        both = old_only & fact.received_keys and new_only & fact.received_keys
        used, ignored = old_only & fact.produced_keys, new_only & fact.produced_keys
        if both and used and not ignored:
            out.append(_old(fact.hop, f"it went by {told}", old, None, 2.0, tuple(used)))
    return out


def _with_any(known: RunFacts, keys: frozenset[str]) -> list[HopFacts]:
    """Readers whose output holds any of the values, in their order."""
    if "readers_by_value" not in known.memo:
        readers: dict[str, list[int]] = defaultdict(list)
        for number, fact in enumerate(known.leaves):
            for key in fact.produced_keys if fact.hop.kind in _READERS else ():
                readers[key].append(number)
        known.memo["readers_by_value"] = readers
    by_value: dict[str, list[int]] = known.memo["readers_by_value"]
    return [known.leaves[n] for n in sorted({n for k in keys for n in by_value.get(k, ())})]


def _same_edition(a: Edition, b: Edition) -> bool:
    return a.title == b.title and a.version == b.version


def _old(
    hop: Hop, detail: str, old: Edition, path: str | None, weight: float, bad: tuple[str, ...] = ()
) -> Found:
    return found(
        "document.superseded",
        hop.hop_id,
        old.shown,
        detail,
        path=path,
        local=True,
        bad=bad[:40] or tuple(old.keys)[:100],
        weight=weight,
    )


# --- somebody else's -----------------------------------------------------------------------------

_OWNER = re.compile(r"(?i)^(user|customer|patient|member|client|account|tenant|owner|guest)_?id$")
_MEMORY = re.compile(r"(?i)(memor|history|recall|profile|preference|conversation|session|remember)")


def foreign(known: RunFacts, good: Good) -> list[Found]:
    """Memories or records of another user than the run's own."""
    own = _owners(known)
    out: list[Found] = []
    for fact in known.leaves if own else ():
        if fact.hop.kind not in (*_SOURCES, "chain") or fact.hop.error is not None:
            continue
        hit = _other_owner(fact, own)
        if hit is None:
            continue
        path, key, theirs = hit
        memory = bool(_MEMORY.search(fact.hop.name))
        out.append(
            found(
                "memory.foreign",
                fact.hop.hop_id,
                f"{key}: {theirs}",
                f"it returned what belongs to {key} {theirs!r}; this run's is {own[key]!r}",
                strict=memory,
                path=path,
                expected=own[key],
                local=True,
                weight=3.0 if memory else 1.2,
            )
        )
    return out


def _owners(known: RunFacts) -> dict[str, str]:
    """Whose run it is: by the recorded user, and by the fields of the pipeline's input."""
    seen: dict[str, set[str]] = defaultdict(set)
    if known.run.user_id:
        seen["user_id"].add(known.run.user_id)
    for path, leaf in leaves(known.run.input, "i"):
        key = last_key(path)
        if _OWNER.match(key) and isinstance(leaf, str | int) and not isinstance(leaf, bool):
            seen[key].add(str(leaf))
    return {k: next(iter(v)) for k, v in seen.items() if len(v) == 1}


def _other_owner(fact: HopFacts, own: dict[str, str]) -> tuple[str, str, str] | None:
    for path, leaf in fact.made_leaves:
        key = last_key(path)
        other = isinstance(leaf, str | int) and str(leaf) not in ("", own.get(key))
        if key in own and other and fold(str(leaf)) not in fact.given_text:
            return path, key, str(leaf)
    return None


RULES = (
    Rule("state.stale", "It worked with a value that had been replaced.", False, superseded),
    Rule(
        "document.superseded",
        "An older version of a document was used though a newer one was there.",
        False,
        older_version,
    ),
    Rule("memory.foreign", "It returned what belongs to another user.", False, foreign),
)
