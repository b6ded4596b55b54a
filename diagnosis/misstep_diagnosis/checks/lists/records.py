"""Values given to another record than the one they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, each, found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.values import (
    Leaf,
    atoms,
    fold,
    last_key,
    leaves,
    number_key,
    readings,
)

_MAKES = ("llm", "agent", "chain", "tool")
_MOST = 80
_SHORT = 24
_TELLS = re.compile(r"\d|^[A-ZÄÖÜ][\w-]+$")


@dataclass(frozen=True, slots=True)
class Piece:
    """What an input or output says of one thing: its folded text, and the keys of its values."""

    name: str
    text: str
    keys: frozenset[str]
    fields: tuple[tuple[str, Json], ...]


def misplaced(known: RunFacts, good: Good) -> list[Found]:
    """A value that an output gives to one thing, and the input to another of its list only."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in _MAKES or fact.hop.error is not None:
            continue
        made = _pieces(fact.hop.output, "output")
        given = _pieces(fact.given, "input") if len(made) > 1 else {}
        shared = [n for n in made if n in given]
        if len(shared) < 2:
            continue
        hit = _exchanged(made, given, shared) or _foreign(made, given, shared)
        if hit is not None:
            name, path, value, owner, weight = hit
            out.append(
                found(
                    "value.misplaced",
                    fact.hop.hop_id,
                    f"{made[name].name}: {value}",
                    f"it gives {value} to {made[name].name}; in its input {value} belongs to "
                    f"{given[owner].name}",
                    path=path,
                    expected=f"{given[owner].name}: {value}",
                    local=True,
                    # A short word stands everywhere: the whole record is followed.
                    bad=tuple(made[name].keys)[:40],
                    weight=weight,
                )
            )
    return out


def _pieces(value: Json, root: str) -> dict[str, Piece]:
    """Records by the name or identifier that tells them apart, from lists, from objects keyed by it,
    and from the lines of a table."""
    found_pieces: dict[str, Piece] = {}
    stack: list[tuple[str, Json]] = [(root, value)]
    seen = 0
    while stack and seen < 300 and len(found_pieces) < _MOST:
        seen += 1
        path, here = stack.pop()
        if isinstance(here, dict):
            held = [v for v in here.values() if isinstance(v, dict | str)]
            named = [k for k in here if _names(k)]
            if len(here) > 1 and len(held) == len(here) == len(named):
                for key, inner in here.items():
                    _add(found_pieces, key, inner, f"{path}.{key}")
            stack += [(f"{path}.{k}", v) for k, v in here.items()]
        elif isinstance(here, list):
            records = [r for r in here[:_MOST] if isinstance(r, dict)]
            key = _naming_key(records) if len(records) == len(here[:_MOST]) > 1 else None
            for i, record in enumerate(records if key else ()):
                _add(found_pieces, str(record[key]), record, f"{path}[{i}]")
            stack += [(f"{path}[{i}]", v) for i, v in enumerate(here[:20])]
    return found_pieces


def _names(key: str) -> bool:
    return bool(re.search(r"\d", key) and re.search(r"[A-Za-z]", key)) or " " in key.strip()


def _naming_key(records: list[dict[str, Json]]) -> str | None:
    """The first field whose texts name the records: short, each another, in every record."""
    for key in list(records[0])[:6]:
        values = [r.get(key) for r in records]
        short = all(isinstance(v, str) and 1 < len(v) <= 40 for v in values)
        if short and len(set(values)) == len(values) and not any(v.isdigit() for v in values):  # type: ignore[union-attr]
            return key
    return None


def _add(pieces: dict[str, Piece], name: str, value: Json, path: str) -> None:
    fields = tuple(
        (p, v) for p, v in leaves(value, path) if not (isinstance(v, str) and fold(v) == fold(name))
    )
    keys = frozenset(k for a in atoms(value, path) if a.kind != "flag" for k in a.keys)
    pieces.setdefault(fold(name), Piece(name, fold(str(value)), keys, fields))


def _values(piece: Piece) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(path, value, keys) of each short value that tells something."""
    for path, value in piece.fields:
        if isinstance(value, bool) or value is None:
            continue
        told = [a for a in atoms(value, path) if a.whole and a.weight >= 0.3]
        if isinstance(value, str):
            if not 0 < len(value) <= _SHORT or not _TELLS.search(value):
                continue
            yield path, value, frozenset(k for a in told for k in a.keys)
        elif told:
            yield path, f"{value}", frozenset(k for a in told for k in a.keys)


def _in(value: str, keys: frozenset[str], piece: Piece) -> bool:
    if not keys.isdisjoint(piece.keys):
        return True
    return not value.replace(".", "").isdigit() and bool(
        re.search(rf"(?<!\w){re.escape(fold(value))}(?!\w)", piece.text)
    )


Hit = tuple[str, str, str, str, float]
"""(name, path, value, owner, weight)."""


def _owner(value: str, keys: frozenset[str], given: dict[str, Piece]) -> str | None:
    """The one thing of the input that the value belongs to."""
    owners = [n for n, p in given.items() if _in(value, keys, p)]
    return owners[0] if len(owners) == 1 else None


def _exchanged(made: dict[str, Piece], given: dict[str, Piece], shared: list[str]) -> Hit | None:
    """Two things that were given each other's value in one field."""
    wrong: dict[tuple[str, str, str], tuple[str, str]] = {}
    for name in shared:
        for path, value, keys in _values(made[name]):
            owner = _owner(value, keys, given)
            if owner is not None and owner != name and owner in shared:
                wrong[name, owner, last_key(path)] = (path, value)
    for (name, owner, field), (path, value) in wrong.items():
        if (owner, name, field) in wrong:
            return name, path, value, owner, 2.0
    return None


def _foreign(made: dict[str, Piece], given: dict[str, Piece], shared: list[str]) -> Hit | None:
    """A value of another thing beside two that are its own."""
    for name in shared:
        told = list(_values(made[name]))
        own = [v for _, v, keys in told if _in(v, keys, given[name])]
        for path, value, keys in told:
            if isinstance(value, str) and re.fullmatch(r"-?\d{1,2}(\.0)?", value):
                # Ranks and counts meet by chance.
                continue
            held = [n for n, p in given.items() if _in(value, keys, p)]
            strange = held and name not in held and len(own) >= 2
            # Only a field that the others got right for themselves is one that is copied.
            if strange and _copied_by_others(last_key(path), name, made, given, shared):
                return name, path, value, held[0], 1.5
    return None


def _copied_by_others(
    field: str, name: str, made: dict[str, Piece], given: dict[str, Piece], shared: list[str]
) -> bool:
    others = [
        _in(value, keys, given[n])
        for n in shared
        if n != name
        for path, value, keys in _values(made[n])
        if last_key(path) == field
    ]
    return bool(others) and all(others)


# --- fields of one record against a text -------------------------------------------------------

_WORD = re.compile(r"[^\W\d_]{3,}")
_PLACE = re.compile(r"(?<![\w.,])\d[\d.,]*\d|(?<![\w.,])\d(?![\w])")
_NEAR = 28
_OFTEN = frozenset(("time", "times", "fois", "veces", "vezes", "volte", "keer", "gånger", "mal"))


def fields_exchanged(known: RunFacts, good: Good) -> list[Found]:
    """Two fields that were given each other's number: 3 tries and 30 seconds became 30 and 3."""
    out: list[Found] = []
    for fact in known.leaves:
        output = fact.hop.output
        if fact.hop.kind not in ("llm", "agent", "chain") or not isinstance(output, dict):
            continue
        fields = {
            k: number_key(float(v))
            for k, v in output.items()
            if isinstance(v, int | float) and not isinstance(v, bool)
        }
        if not 2 <= len(fields) <= 20:
            continue
        beside = _words_beside(fact.given_leaves, set(fields.values()))
        hit = _changed_places(fields, beside)
        if hit is not None:
            first, second = hit
            out.append(
                found(
                    "value.misplaced",
                    fact.hop.hop_id,
                    f"{first}: {output[first]}",
                    f"{first} is {output[first]} and {second} is {output[second]}; its input has them "
                    f"the other way round",
                    path=f"output.{first}",
                    expected=f"{first}: {output[second]}",
                    local=True,
                    bad=(fields[first], fields[second]),
                    weight=2.0,
                )
            )
    return out


def _words_beside(told: Sequence[Leaf], keys: set[str]) -> dict[str, set[str]]:
    """Beginnings of the words in the clause around each number, up to the next number."""
    beside: dict[str, set[str]] = {}
    for _, leaf in told:
        if not isinstance(leaf, str) or len(leaf) > 8_000:
            continue
        places = list(_PLACE.finditer(leaf))
        for n, match in enumerate(places):
            values = readings(match.group())
            key = next((number_key(v) for v in values if number_key(v) in keys), None)
            if key is None:
                continue
            start = max(match.start() - _NEAR, places[n - 1].end() if n else 0)
            end = min(
                match.end() + _NEAR, places[n + 1].start() if n + 1 < len(places) else len(leaf)
            )
            before = re.split(r"[.,;\n]", leaf[start : match.start()])[-1]
            after = re.split(r"[.,;\n]", leaf[match.end() : end])[0]
            words = _WORD.findall(f"{before} {after}".casefold())
            beside.setdefault(key, set()).update(w[:4] for w in words if w not in _OFTEN)
    return beside


def _changed_places(fields: dict[str, str], beside: dict[str, set[str]]) -> tuple[str, str] | None:
    stems = {k: {w[:4] for w in _WORD.findall(k.casefold())} for k in fields}
    for first, key in fields.items():
        for second, other in fields.items():
            if first >= second or key == other or key not in beside or other not in beside:
                continue
            wrong = stems[first] & beside[other] and stems[second] & beside[key]
            right = stems[first] & beside[key] or stems[second] & beside[other]
            if wrong and not right:
                return first, second
    return None


RULES = (
    Rule(
        "value.misplaced",
        "A value is given to another record than its own.",
        False,
        each(misplaced, fields_exchanged),
    ),
)
