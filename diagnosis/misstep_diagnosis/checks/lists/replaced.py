"""One value given in place of another: everything else of a kind was carried over, this was not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.sources.grounding import specifics
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.units import Quantity
from misstep_diagnosis.reading.values import Atom, last_key
from misstep_diagnosis.reckoning.derive import tolerance

_CARRIERS = ("llm", "agent", "chain")
_MOST_NEW = 4
_MOST_GIVEN = 120
_ORDINARY = frozenset(("", "of", "and", "und", "et", "y", "e", "the", "in", "on", "a", "is", "to"))


def replaced(known: RunFacts, good: Good) -> list[Found]:
    """A value that nothing supports where the one value of its kind that the input holds is gone."""
    out: list[Found] = []
    for fact in known.answered_by(*_CARRIERS):
        new = [
            a
            for a in specifics(fact, known, good)
            if a.kind in ("number", "date", "ident") and not known.known_before(a.keys, fact)
        ]
        if not new:
            continue
        kept = [a for a in fact.produced if not fact.received_keys.isdisjoint(a.keys)]
        telling = [a for a in kept if a.kind in ("number", "date", "ident", "name")]
        # What carries nothing over computes: {"n": 4} is counted on to {"n": 5}, next Friday is a date.
        if not telling or len(new) > min(max(_MOST_NEW, len(telling)), _MOST_GIVEN):
            continue
        new = [a for a in new if not _of_two(a, fact) and not _days_on(a, fact)]
        lost = _lost(fact)
        if len(lost) > _MOST_GIVEN:
            continue
        for atom in new:
            source = _instead_of(atom, lost, fact) or _in_turn(atom, new, lost, len(telling))
            several = None if source else _of_the_unit(atom, lost, fact)
            if source is not None or several is not None:
                sure = source is not None and len(telling) > 1
                out.append(_evidence(fact, source or several, atom, sure=sure))  # type: ignore[arg-type]
                break
    return out


_MOST_FACTORS = 12


def _of_two(atom: Atom, fact: HopFacts) -> bool:
    """Whether a field is what two of the few fields received give: 1.2 times 1.5 is 1.8."""
    value = atom.number
    given = {
        v for n, v in fact.given_terms.scalars.items() if "~" not in n and not n.startswith("#")
    }
    if value is None or not atom.whole or not 2 <= len(given) <= _MOST_FACTORS:
        return False
    slack = tolerance(value)
    results = (
        r for a in given for b in given if a != b for r in (a * b, a + b, a - b, b and a / b)
    )
    return any(abs(value - r) <= slack for r in results)


_MOST_DAYS = 400


def _days_on(atom: Atom, fact: HopFacts) -> bool:
    """Whether a date is as many days after a date beside it as a number received says: three nights
    from 5 June are until 8 June."""
    day = _day(atom) if atom.kind == "date" else None
    if day is None:
        return False
    spans = {abs(a.number) for a in fact.received if a.number and abs(a.number) <= _MOST_DAYS}
    known = (
        _day(a) for a in (*fact.received, *fact.produced) if a.kind == "date" and a is not atom
    )
    return any(other is not None and abs((day - other).days) in spans for other in known)


def _day(atom: Atom) -> date | None:
    """The one full date that an atom is read as."""
    full = [k for k in atom.keys if not k.startswith("d0000")]
    key = full[0] if len(full) == 1 else ""
    try:
        return date.fromisoformat(key[1:])
    except ValueError:
        return None


def _evidence(fact: HopFacts, source: Atom, atom: Atom, *, sure: bool) -> Found:
    return found(
        "value.replaced",
        fact.hop.hop_id,
        f"{source.quote} → {atom.quote}",
        f"it says {atom.quote}, which nothing it received holds or gives; what its input says in "
        f"that place, {source.quote}, is gone",
        path=atom.path,
        expected=source.quote,
        local=True,
        bad=atom.keys,
        weight=1.3 if sure else 1.0,
    )


def _lost(fact: HopFacts) -> list[Atom]:
    """Values received that the output does not hold, one for each."""
    made = fact.produced_keys
    numbers = {abs(a.number) for a in fact.produced if a.number is not None}
    lost: dict[str, Atom] = {}
    for atom in fact.received:
        if atom.kind not in ("number", "date", "ident") or not made.isdisjoint(atom.keys):
            continue
        if atom.number is not None and _rounds(atom.number, numbers):
            continue
        lost.setdefault(atom.keys[0], atom)
    return list(lost.values())


def _rounds(number: float, numbers: Iterable[float]) -> bool:
    """Whether one of the numbers is this one rounded, as it stands or as a percentage."""
    value = abs(number)
    for made in numbers:
        slack = 0.006 * abs(made)
        if (
            abs(value - made) <= slack
            or abs(100.0 * value - made) <= slack
            or abs(0.01 * value - made) <= slack
        ):
            return True
    return False


def _instead_of(atom: Atom, lost: list[Atom], fact: HopFacts) -> Atom | None:
    """The one lost value of the same kind: the same unit, field or neighbouring words."""
    kin = [a for a in lost if a.kind == atom.kind]
    beside = _beside(atom, fact) if kin and atom.kind == "number" else _Beside("", frozenset())
    alike = [a for a in kin if _alike(a, atom, beside, fact)]
    return alike[0] if len(alike) == 1 else None


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a number of the output stands with: its unit, else the words next to it."""

    unit: str
    words: frozenset[str]


def _beside(atom: Atom, fact: HopFacts) -> _Beside:
    unit = _unit(atom, fact.made_quantities)
    return _Beside(unit, frozenset() if unit else _neighbours(atom, fact.made_texts))


def _neighbours(atom: Atom, told: list[tuple[str, str]]) -> frozenset[str]:
    text = "" if atom.whole else next((v for p, v in told if p == atom.path), "")
    return frozenset((_after(atom, text), *_before(atom, text))) - _ORDINARY


def _of_the_unit(atom: Atom, lost: list[Atom], fact: HopFacts) -> Atom | None:
    """The first of a few lost values of a unit that the input knows with other values only."""
    unit = _unit(atom, fact.made_quantities) if atom.kind == "number" else ""
    alike = [
        a for a in lost if unit and a.kind == "number" and _unit(a, fact.given_quantities) == unit
    ]
    return alike[0] if 1 < len(alike) <= _FEW else None


_FEW = 4


def _in_turn(atom: Atom, new: list[Atom], lost: list[Atom], kept: int) -> Atom | None:
    """The lost value in the same turn, where as many dates, or telling numbers, came as went."""
    came = {a.keys[0]: a for a in new if a.kind == atom.kind and a.weight >= 1.0}
    went = [a for a in lost if a.kind == atom.kind and a.weight >= 1.0]
    if atom.kind == "ident" or atom.keys[0] not in came or len(came) != len(went):
        return None
    if atom.kind == "number" and (
        len(went) > 1 or kept < _KEPT_BESIDE or any(_year(a) for a in (atom, *went))
    ):
        return None
    return went[list(came).index(atom.keys[0])]


_KEPT_BESIDE = 2


def _year(atom: Atom) -> bool:
    return atom.quote.isdigit() and 1900 <= (atom.number or 0.0) <= 2100


def _alike(before: Atom, after: Atom, beside: _Beside, fact: HopFacts) -> bool:
    if before.kind == "ident":
        return _pattern(before.quote) == _pattern(after.quote)
    if before.whole and after.whole and last_key(before.path) == last_key(after.path):
        return last_key(before.path) not in ("input", "output", "content")
    if before.kind == "date":
        return True
    if beside.unit:
        return _unit(before, fact.given_quantities) == beside.unit
    if (before.weight < 1.0 and after.weight < 1.0) or (before.whole and after.whole):
        return False
    shared = bool(beside.words) and beside.words & _neighbours(before, fact.given_texts)
    # Units of all that was received are dear; where no word is shared nobody asks for them.
    return bool(shared) and not _unit(before, fact.given_quantities)


def _after(atom: Atom, text: str) -> str:
    """The word after a number in its text."""
    at = text.find(atom.quote) if text else -1
    match = _NEXT.match(text, at + len(atom.quote)) if at >= 0 else None
    return match[1].casefold() if match else ""


_NEXT = re.compile(r"[^\w.;]*([^\W\d_]+)")


def _pattern(name: str) -> str:
    return re.sub(r"\d+", "9", name.casefold())


_PERCENT_KEY = re.compile(r"(?i)(percent|prozent|pourcent|porcent|percentual|(^|_)pct)")


def _unit(atom: Atom, quantities: list[Quantity]) -> str:
    if "%" in atom.quote or (atom.whole and _PERCENT_KEY.search(last_key(atom.path))):
        return "%"
    for one in quantities:
        if one.path == atom.path and one.number == atom.number:
            return one.unit
    return ""


def _before(atom: Atom, text: str) -> Iterator[str]:
    """The word before a number in its text, or the name of its field."""
    if atom.whole:
        yield last_key(atom.path).casefold()
        return
    at = text.find(atom.quote)
    match = re.search(r"([^\W\d_]{3,})\W{1,3}$", text[max(0, at - 40) : at]) if at > 0 else None
    if match:
        yield match[1].casefold()


RULES = (
    Rule("value.replaced", "A value stands in place of another of its kind.", False, replaced),
)
