"""Numbers a hop read wrongly: separators, scales, sums, pairs, contradictions of its input."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from misstep.model import Json
from misstep_diagnosis.checks.figures.nearly import (
    about,
    apart,
    lasts_as_told,
    near_one,
    places,
    rounds,
)
from misstep_diagnosis.checks.found import Found, Good, Rule, each, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import CONTAINERS, is_number
from misstep_diagnosis.reading.spoken import spoken_numbers
from misstep_diagnosis.reading.units import HALF_A, UNITS, Quantity
from misstep_diagnosis.reading.values import (
    MAX_LEAVES,
    Atom,
    fold,
    number_key,
    readings,
    significant_digits,
)

_PER_HOP = 12


def misread(known: RunFacts, good: Good) -> list[Found]:
    """An output number that is an input number read with the wrong separators."""
    out: list[Found] = []
    for fact in known.leaves:
        new = fact.new_numbers[:_PER_HOP]
        wrong = _misread_as(new, fact.given_numbers) if new else {}
        for atom in new if wrong else ():
            source = next((wrong[k] for k in atom.keys[:1] if k in wrong), None)
            if (
                source is not None
                and _same_thing(source, atom, fact)
                and not _times(source, atom, fact)
            ):
                right = f"{readings(source.quote)[0]:.10g}"
                out.append(
                    found(
                        "number.misread",
                        fact.hop.hop_id,
                        f"{source.quote} → {atom.quote}",
                        f"{_name(atom)} is {atom.quote}, but its input says {source.quote}, "
                        f"which is {right}",
                        strict=True,
                        path=atom.path,
                        expected=right,
                        local=True,
                        bad=atom.keys,
                    )
                )
    return out


def _misread_as(new: Sequence[Atom], received: Sequence[Atom]) -> dict[str, Atom]:
    """Keys of what the numbers received may be misread as; only those whose digits begin as the digits
    of a new number do are looked at."""
    begins = tuple({d[:8] for a in new if (d := significant_digits(a.number or 0.0))})
    wrong: dict[str, Atom] = {}
    for atom in received:
        if "." not in atom.quote and "," not in atom.quote:
            continue
        digits = _NO_DIGIT.sub("", atom.quote).lstrip("0")
        if digits.isascii() and not digits.startswith(begins):
            continue
        for value in misreadings(atom.quote):
            wrong.setdefault(number_key(value), atom)
    return wrong


_NO_DIGIT = re.compile(r"\D")


def _times(before: Atom, after: Atom, fact: HopFacts) -> bool:
    """Whether it is ten, a hundred or a thousand times the other because the input says so."""
    if not before.number or after.number is None:
        return False
    ratio = after.number / before.number
    given = {a.number for a in fact.given_numbers if a.number}
    return any(math.isclose(ratio, f, rel_tol=1e-9) for n in given for f in (n, 1 / n))


def by_locale(known: RunFacts, good: Good) -> list[Found]:
    """4.620 read as 4.62 out of a text whose other numbers have a decimal comma."""
    out: list[Found] = []
    for fact in known.leaves:
        groups: dict[str, Atom] = {}
        meant: set[str] = set()
        # Only a number in a text is read in two ways.
        ambiguous = any(len(a.keys) == 2 for a in fact.given_numbers)
        for atom in fact.given_numbers if ambiguous else ():
            if len(atom.keys) == 2 and "." in atom.quote and _comma_locale(fact, atom.path):
                groups.setdefault(atom.keys[0], atom)
            else:
                meant.update(atom.keys)
        for atom in fact.produced if groups else ():
            source = groups.get(atom.keys[0]) if len(atom.keys) == 1 else None
            if atom.kind != "number" or source is None or not meant.isdisjoint(atom.keys):
                continue
            right = max(readings(source.quote))
            out.append(
                found(
                    "number.misread",
                    fact.hop.hop_id,
                    f"{source.quote} → {atom.quote}",
                    f"{_name(atom)} is {atom.quote}, but its input says {source.quote} among numbers "
                    f"with a decimal comma, which is {right:.10g}",
                    strict=True,
                    path=atom.path,
                    expected=f"{right:.10g}",
                    local=True,
                    bad=tuple(k for a in fact.produced if a.path == atom.path for k in a.keys),
                )
            )
            break
    return out


_COMMA_ONLY = re.compile(r"(?<![\w.,])\d+(?:\.\d{3})*,(?:\d{1,2}|\d{4,})(?![\d.,]*\d)")
_POINT_ONLY = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*\.(?:\d{1,2}|\d{4,})(?![\d.,]*\d)")
_LEAST_COMMAS = 2


def _comma_locale(fact: HopFacts, path: str) -> bool:
    """Whether a text of the input writes decimals with a comma, and never with a point."""
    text = next((v for p, v in fact.given_texts if p == path), "")[:50_000]
    # A date such as 03.04.2026 has points, and is no decimal.
    bare = re.sub(r"\d{1,2}\.\d{1,2}\.(?:\d{4})?", " ", text)
    return len(_COMMA_ONLY.findall(bare)) >= _LEAST_COMMAS and not _POINT_ONLY.search(bare)


def _same_thing(before: Atom, after: Atom, fact: HopFacts) -> bool:
    """Whether a misread number is beyond accident: by its digits, or by the word it stands with.

    A 20 beside a 2.0 is none; 65 bar beside 6,5 bar is one."""
    digits = len(re.sub(r"\D", "", before.quote).strip("0"))
    # Both separators in one number leave no doubt how it is read: 1.640,00 is no 1.64.
    if digits >= 4 or (digits >= 3 and "." in before.quote and "," in before.quote):
        return True
    if any(k in a.keys for a in fact.produced for k in before.keys[:1] if a is not after):
        return False
    words = [next_word(before, fact.given_texts), next_word(after, fact.made_texts)]
    return words[0] != "" and words[0] == words[1]


def next_word(atom: Atom, texts: Sequence[tuple[str, str]]) -> str:
    """The word after a number in its text, one of these (path, text); empty for a whole field."""
    leaf = None if atom.whole else next((v for p, v in texts if p == atom.path), None)
    if leaf is None:
        return ""
    at = leaf.find(atom.quote)
    match = re.match(r"[^\w.;]*([^\W\d_]+)", leaf[at + len(atom.quote) :])
    return match[1].casefold() if match else ""


@lru_cache(maxsize=8192)
def misreadings(quote: str) -> tuple[float, ...]:
    """What a number becomes when its separators are taken for each other: ``1.299,00`` → 1.299."""
    match = re.search(r"\d[\d.,'’ \u00a0\u202f]*\d", quote)
    if not match:
        return ()
    digits = re.sub(r"[ \u00a0\u202f'’]", "", match.group())
    right = set(readings(quote))
    if len(right) != 1 or not ("." in digits or "," in digits):
        return ()
    candidates: set[float] = set()
    for sign in ".,":
        if sign in digits:
            head, _, tail = digits.partition(sign)
            first = re.match(r"\d+", tail)
            if first and head.isdigit():
                candidates.add(float(f"{head}.{first.group()}"))
            candidates.add(float(re.sub(r"\D", "", digits)))
    # The sign stands before what is matched here.
    return tuple(c for c in candidates if all(abs(r) != c for r in right))


_SCALED = re.compile(
    r"(?<![\w.,])(\d[\d.,]*\d|\d)\s?(k|thousand|m|mn|mio|million|bn|b|billion|tn|trillion)\b\.?\s*([A-Za-z€$£%]*)",
)
_POWERS = {
    "k": 3,
    "thousand": 3,
    "m": 6,
    "mn": 6,
    "mio": 6,
    "million": 6,
    "bn": 9,
    "b": 9,
    "billion": 9,
    "tn": 12,
    "trillion": 12,
}


_SCALE_WORDS = frozenset(_POWERS)


def _scaled(texts: Sequence[tuple[str, str]]) -> list[tuple[str, int, str, str]]:
    """(bare number, power of ten, unit, quote) of each number written with a scale word."""
    out = []
    for _, leaf in texts:
        for m in _SCALED.finditer(leaf[:200_000]):
            out.append((m.group(1), _POWERS[m.group(2).lower()], m.group(3), m.group().strip()))
    return out


def rescaled(known: RunFacts, good: Good) -> list[Found]:
    """The same number with another scale word: ``3.8 million MWh`` → ``3.8 thousand MWh``."""
    out: list[Found] = []
    for fact in known.leaves:
        made = _scaled(fact.made_texts)[:200] if fact.may_say(_SCALE_WORDS) else []
        given: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for bare, power, unit, quote in _scaled(fact.given_texts) if made else ():
            given[(bare, unit)].append((power, quote))
        if not given:
            continue
        for bare, power, unit, quote in made:
            before = given.get((bare, unit), [])
            if before and all(p != power for p, _ in before):
                bad = tuple(number_key(v) for v in readings(quote.removesuffix(unit).strip())[:1])
                out.append(
                    found(
                        "number.scale",
                        fact.hop.hop_id,
                        f"{before[0][1]} → {quote}",
                        f"it says {quote}, but its input says {before[0][1]}",
                        strict=True,
                        path=_path_of(fact, quote),
                        expected=before[0][1],
                        local=True,
                        bad=bad,
                    )
                )
    return out


def _path_of(fact: HopFacts, quote: str) -> str | None:
    return next((a.path for a in fact.produced if quote.startswith(a.quote)), None)


_WITH_UNIT = re.compile(r"(?<![\w.,])(\d[\d.,]*\d|\d)[\s-]([^\W\d_]{2,12}|°C)\b")


def contradicted(known: RunFacts, good: Good) -> list[Found]:
    """A quantity of a unit for which the input knows other quantities only."""
    out: list[Found] = []
    for fact in known.leaves:
        told = fact.may_say(_UNIT_WORDS) or any("°C" in v for _, v in fact.made_texts)
        made = _units(fact.made_texts) if told else []
        given: dict[str, set[str]] = defaultdict(set)
        for value, unit in _units(fact.given_texts) if made else ():
            given[unit].add(value)
        for value, unit in list(dict.fromkeys(made))[:_MOST_UNITS]:
            known_values = given.get(unit, set())
            key = number_key(readings(value)[0])
            if not known_values or value in known_values or key in fact.received_keys:
                continue
            if not _told_otherwise(value, unit, known_values, fact):
                expected = ", ".join(sorted(known_values)[:4])
                out.append(
                    found(
                        "number.contradicts",
                        fact.hop.hop_id,
                        f"{value} {unit}",
                        f"it says {value} {unit}, its input says {expected} {unit}",
                        expected=f"{expected} {unit}",
                        local=True,
                        bad=(key,),
                        path=_path_of(fact, value),
                    )
                )
                break
    return out


_MOST_UNITS = 200


def _told_otherwise(value: str, unit: str, given: set[str], fact: HopFacts) -> bool:
    """Whether the quantity is one received, rounded, called about so much, or in other units."""
    number = readings(value)[0]
    numbers = [r for g in given for r in readings(g)[:1] if r]
    if rounds(number, numbers):
        return True
    size = _SIZES.get(unit)
    if size is not None and (
        apart(number * size, fact)
        or any(math.isclose(q.base, number * size, rel_tol=_AS_LONG) for q in _times_of(fact))
    ):
        return True
    for _, told in fact.made_texts:
        for text, start, end in places(told, value):
            if about(text, start, end) and near_one(number, numbers):
                return True
            if lasts_as_told(text, start, fact):
                return True
    return False


_AS_LONG = 0.005


def _times_of(fact: HopFacts) -> list[Quantity]:
    return [q for q in fact.given_quantities if q.dimension == "time"]


def _units(texts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """(number, unit) of each quantity; one unit in singular and plural and in any language, numbers
    in words as digits."""
    made: list[tuple[str, str]] = []
    for _, leaf in texts:
        text = leaf[:200_000]
        made += [(m[1], u) for m in _WITH_UNIT.finditer(text) if (u := _unit_of(m[2]))]
        for _, end, number in spoken_numbers(text):
            after = _NEXT_WORD.match(text, end)
            unit = _unit_of(after[1]) if after else None
            if unit:
                made.append((number_key(number)[1:], unit))
        made += [("0.5", u) for m in HALF_A.finditer(text) if (u := _unit_of(m[1])) in _MEASURES]
    return made


def _unit_of(word: str) -> str | None:
    folded = word.casefold()
    if word in ("percent", "°C") or folded in _KEPT:
        return folded if folded in _KEPT else word
    return _SPOKEN.get(UNITS.get(folded, ("", 0.0)))


_NEXT_WORD = re.compile(r"[\s-]([^\W\d_]{2,12})\b")
_KEPT = frozenset(("kg", "km", "mg", "ml"))
_MEASURES = _KEPT | {"litres", "cl", "grams", "cm", "mm"}
_SPOKEN = {
    ("time", 60.0): "minutes",
    ("time", 3600.0): "hours",
    ("time", 86400.0): "days",
    ("time", 604800.0): "weeks",
    ("time", 2629800.0): "months",
    ("time", 31557600.0): "years",
    ("volume", 1.0): "litres",
    ("volume", 0.01): "cl",
    ("mass", 1.0): "grams",
    ("length", 0.01): "cm",
    ("length", 0.001): "mm",
}


_UNIT_WORDS = frozenset(("percent", *_KEPT, *(w for w, u in UNITS.items() if u in _SPOKEN)))
_SIZES = {unit: size for (_, size), unit in _SPOKEN.items()}


_CLAUSE = re.compile(r"[^.;\n]+(?:\.\d+[^.;\n]*)*")


def swapped(known: RunFacts, good: Good) -> list[Found]:
    """A number given to another name than the one it belongs to in the input's records."""
    out: list[Found] = []
    for fact in known.leaves:
        said = "\n".join(v for _, v in fact.made_texts)
        records = _listed(fact.given) if said and _names_any(fact, said) else []
        owners = _owners(records) if any(_named(r, said) for r in records) else {}
        names = {n for owned in owners.values() for n in owned}
        texts = [(p, v) for p, v in fact.made_texts if any(n in v for n in names)]
        if len(names) < 2 or not texts:
            continue
        received = " ".join(fold(v) for _, v in fact.given_texts)
        wrong = [
            hit
            for path, text in texts
            for hit in _wrong_owner(path, text[:50_000], owners, names, received)
        ]
        if wrong:
            path, number, said, belongs = wrong[0]
            out.append(
                found(
                    "number.swapped",
                    fact.hop.hop_id,
                    f"{said}: {number}",
                    f"it gives {number} to {said}, but in its input {number} belongs to {belongs}",
                    strict=True,
                    path=path,
                    expected=f"{belongs}: {number}",
                    local=True,
                    bad=(),
                )
            )
    return out


def _listed(value: Json) -> list[dict[str, Json]]:
    """Objects that stand in lists of several."""
    listed: list[dict[str, Json]] = []
    stack = [value]
    seen = 0
    while stack and seen < 5_000:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            stack.extend(v for v in here.values() if isinstance(v, CONTAINERS))
        elif isinstance(here, list):
            stack.extend(v for v in here if isinstance(v, CONTAINERS))
            records = [r for r in here if isinstance(r, dict)]
            listed += records if len(records) > 1 else ()
    return listed


def _names_any(fact: HopFacts, said: str) -> bool:
    """Whether a text names any of the texts received in lists."""
    if len(fact.given_leaves) >= MAX_LEAVES:
        return True
    return any(2 < len(v) <= 40 and "[" in p and v in said for p, v in fact.given_texts)


def _named(record: dict[str, Json], said: str) -> bool:
    return any(isinstance(v, str) and 2 < len(v) <= 40 and v in said for v in record.values())


def _owners(records: list[dict[str, Json]]) -> dict[str, set[str]]:
    """Number key → names of the records that hold it."""
    owners: dict[str, set[str]] = defaultdict(set)
    for record in records:
        numbers = [v for v in record.values() if is_number(v) and abs(v) > 1]
        texts = (v for v in record.values() if isinstance(v, str) and 2 < len(v) <= 40)
        name = next((t for t in texts if not readings(t)), None) if numbers else None
        for number in numbers if name else ():
            owners[number_key(float(number))].add(str(name))
    return owners


def _wrong_owner(
    path: str, text: str, owners: dict[str, set[str]], names: set[str], received: str
) -> list[tuple[str, str, str, str]]:
    out = []
    for clause in _CLAUSE.findall(text):
        said = [n for n in names if n in clause]
        # A clause that was received like this was not made here; a row may end such a clause.
        if len(said) != 1 or _received(clause, received):
            continue
        for m in re.finditer(r"(?<![\w.,])\d[\d.,]*\d|(?<![\w.,])\d(?![\w])", clause):
            keys = [number_key(v) for v in readings(m.group())]
            owned = next((owners[k] for k in keys if k in owners), None)
            if owned and len(owned) == 1 and said[0] not in owned:
                out.append((path, m.group(), said[0], next(iter(owned))))
    return out


def _received(clause: str, received: str) -> bool:
    words = re.findall(r"\w+(?:[.,]\d+)*", fold(clause))
    pattern = r"\W+(?:\w+\W+){0,2}?".join(re.escape(w) for w in words[:12])
    return bool(words) and re.search(pattern, received[:200_000]) is not None


def _name(atom: Atom) -> str:
    return atom.path.removeprefix("output.") if atom.path != "output" else "a number"


RULES = (
    Rule(
        "number.misread",
        "An output number is an input number with its separators mistaken.",
        True,
        each(misread, by_locale),
    ),
    Rule(
        "number.scale",
        "The same number carries another scale word than in the input.",
        True,
        rescaled,
    ),
    Rule(
        "number.contradicts",
        "A quantity differs from the only ones its input knows.",
        False,
        contradicted,
    ),
    Rule(
        "number.swapped",
        "A number is given to another name than in the input's records.",
        True,
        swapped,
    ),
)
