"""Numbers copied with a slip: digits exchanged, one dropped or doubled, the point moved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from misstep_diagnosis.checks.figures.numbers import next_word
from misstep_diagnosis.checks.found import Found, Good, Rule, each, found
from misstep_diagnosis.checks.sources.grounding import specifics
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.values import Atom

_COPIERS = ("llm", "agent")
_LEAST = 3  # digits of the number that was to be copied; shorter ones resemble each other by chance
_LEAST_OF_ONE = 5  # … where one digit is another
_MOST_GIVEN = 400  # of very many numbers, some resemble any


def slipped(known: RunFacts, good: Good) -> list[Found]:
    """A number that nothing supports and that is one of the input's with a slip of its digits,
    while the input's own number is gone."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in _COPIERS:
            continue
        new = [
            a
            for a in specifics(fact, known, good)
            if a.kind == "number" and not known.known_before(a.keys, fact)
        ]
        given = _given(fact) if new else []
        for atom in new if len(given) <= _MOST_GIVEN else ():
            near = [(source, how) for source in given if (how := _slip(source, atom, fact))]
            if len({s.keys[0] for s, _ in near}) != 1:
                continue
            source, how = near[0]
            out.append(
                found(
                    "number.slipped",
                    fact.hop.hop_id,
                    f"{source.quote} → {atom.quote}",
                    f"it says {atom.quote}, its input says {source.quote}: {how}",
                    path=atom.path,
                    expected=source.quote,
                    local=True,
                    bad=atom.keys,
                    weight=1.3,
                )
            )
            break
    return out


_MOST_TERMS = 6


def computed_with_a_slip(known: RunFacts, good: Good) -> list[Found]:
    """A number that is what the two or few numbers received give, but for a slip of its digits."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.error is not None or not isinstance(fact.hop.output, dict):
            continue
        # Numbers of fields only: what stands in a text is too many for chance to leave alone.
        scalars = {
            n: v for n, v in fact.given_terms.scalars.items() if n[0] != "#" and "~" not in n
        }
        if not 2 <= len(scalars) <= _MOST_TERMS:
            continue
        new = [a for a in specifics(fact, known, good) if a.kind == "number" and a.whole]
        right = _results(list(dict.fromkeys(scalars.values())))
        for atom in new:
            if len(_digits(atom)) < _LEAST_OF_ONE - 1:
                continue
            value = atom.number or 0.0
            if any(math.isclose(value, r, rel_tol=2e-4) for r in right):
                continue
            cents = round(100 * value)
            # Two exchanged digits change a number by a multiple of nine.
            near = {r for r in right if (round(100 * r) - cents) % 9 == 0 and _exchanged(r, value)}
            if len(near) == 1:
                told = f"{near.pop():.10g}"
                out.append(
                    found(
                        "number.slipped",
                        fact.hop.hop_id,
                        f"{told} → {atom.quote}",
                        f"it says {atom.quote}; what it received gives {told}: two digits are "
                        f"exchanged",
                        path=atom.path,
                        expected=told,
                        local=True,
                        bad=atom.keys,
                        weight=1.3,
                    )
                )
                break
    return out


def _results(values: list[float]) -> set[float]:
    """Sums, differences, products, quotients and percentages of pairs, to the cent."""
    made: set[float] = set()
    for a in values:
        for b in values:
            if a == b:
                continue
            made |= {a + b, a - b, a * b, a * b / 100, a * (1 + b / 100), a * (1 - b / 100)}
            if b:
                made.add(a / b)
    return {round(v, 2) for v in made if v > 0} - {round(v, 2) for v in values}


def _exchanged(right: float, value: float) -> bool:
    """Whether two neighbouring digits changed places, everything else being the same."""
    x, y = f"{right:.2f}", f"{value:.2f}"
    if len(x) != len(y):
        return False
    differing = [i for i, (p, q) in enumerate(zip(x, y, strict=True)) if p != q]
    if len(differing) != 2 or differing[1] - differing[0] != 1:
        return False
    i, j = differing
    return x[i] == y[j] and x[j] == y[i]


def _given(fact: HopFacts) -> list[Atom]:
    """Numbers received that the output does not hold, one for each value."""
    kept = {k for a in fact.produced for k in a.keys}
    found: dict[str, Atom] = {}
    for atom in fact.given_numbers:
        if kept.isdisjoint(atom.keys) and len(_digits(atom)) >= _LEAST:
            found.setdefault(atom.keys[0], atom)
    return list(found.values())


def _digits(atom: Atom) -> str:
    """The significant digits of a number, in order: ``0.0235`` and ``2350`` both give ``235``."""
    return _figures(atom.number or 0.0)[0]


@lru_cache(8_192)
def _figures(value: float) -> tuple[str, str, int]:
    """(significant digits, digits from the first on, length before the point) of a number; each is
    compared with many others."""
    written = f"{abs(value):.12g}".partition("e")[0].replace(".", "")
    digits = written.strip("0") if 0 < abs(value) < 1e15 else ""
    return digits, written.lstrip("0"), len(str(int(abs(value))))


def _slip(source: Atom, atom: Atom, fact: HopFacts) -> str:
    """What happened to the digits of ``source`` to give ``atom``; empty when they are no slip."""
    before, first, whole_before = _figures(source.number or 0.0)
    after, second, whole_after = _figures(atom.number or 0.0)
    if not before or not after or source.number is None or atom.number is None:
        return ""
    if before == after:
        # Percent, thousands and units move the point on purpose: only of one thing it is a slip.
        ratio = abs(atom.number / source.number)
        moved = abs(ratio - 10) < 1e-6 or abs(ratio - 0.1) < 1e-9
        same = next_word(source, fact.given_texts) == next_word(atom, fact.made_texts)
        return "the point has moved" if moved and same else ""
    same_size = len(first) == len(second) and len(before) == len(after)
    if same_size and whole_before == whole_after:
        differing = [i for i, (x, y) in enumerate(zip(before, after, strict=True)) if x != y]
        if len(differing) == 2 and differing[1] - differing[0] == 1:
            i, j = differing
            if before[i] == after[j] and before[j] == after[i]:
                return "two digits are exchanged"
        if len(differing) == 1 and len(before) >= _LEAST_OF_ONE and differing[0] < 2:
            return "one digit is another"
        return ""
    long, short = (first, second) if len(first) > len(second) else (second, first)
    if len(long) - len(short) == 1 and len(short) >= _LEAST and short in _without_one(long):
        return "a digit is missing" if long == first else "a digit is doubled"
    return ""


def _without_one(digits: str) -> Iterator[str]:
    """The same digits with one of a pair of like neighbours left out."""
    for i in range(1, len(digits)):
        if digits[i] == digits[i - 1]:
            yield digits[:i] + digits[i + 1 :]


RULES = (
    Rule(
        "number.slipped",
        "A number is one of the input's with its digits exchanged, dropped or doubled.",
        False,
        each(slipped, computed_with_a_slip),
    ),
)
