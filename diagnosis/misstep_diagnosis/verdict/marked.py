"""What is wrong by a mark or by a contract's words, taken apart: values, and words stated or denied.

Whoever says a part of it that it was not given, and did not work out rightly, brought that part in.
What the request says already is not the wrong part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.statements import plain, stated, stated_by
from misstep_diagnosis.reading.values import Atom, atoms, leaves, significant_digits

SPECIFIC = frozenset(("number", "date", "time", "ident", "name"))
"""Kinds of values that say something particular."""
_OF_A_VALUE = 2.0
_LEAST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Marked:
    """The specifics of a mark: values, and stems of content words as they were stated or denied."""

    values: tuple[Atom, ...]
    stems: frozenset[str]

    def introduced(
        self,
        new: Sequence[Atom],
        received: Sequence[Atom],
        given: frozenset[str],
        made: frozenset[str],
    ) -> tuple[float, str]:
        """The share of the mark that a hop brought in, 0 to 1, and its words.

        Args:
            new: values of its output that it was not given as they are.
            received: values of its input.
            given: stems of its input.
            made: stems of its output.
        """
        whole = _OF_A_VALUE * len(self.values) + len(self.stems)
        if not whole:
            return 0.0, ""
        said = [a for a in self.values if any(same_value(a, b) for b in new)]
        # It may have rounded it, or told it in millions.
        values = [a for a in said if not any(_in_digits(a, b) for b in received)]
        words = (self.stems & made) - given
        shown = [a.quote for a in values] + sorted(plain(words))
        return (_OF_A_VALUE * len(values) + len(words)) / whole, ", ".join(shown[:4])


def marked_in(known: RunFacts) -> Marked | None:
    """Of a run known to be bad; None where nobody said what is wrong with it."""
    run = known.run
    texts = [run.verdict.text] if run.verdict.state == "bad" and run.verdict.text else []
    texts += [f.message for f in run.findings if f.strict]
    if not texts:
        return None
    told = "\n".join(texts)
    values = [a for a in atoms(told, "mark") if a.kind in SPECIFIC and a.weight > 0]
    return Marked(tuple(values), stated(told) - stated_by(leaves(run.input, "input"), {}))


def same_value(marked: Atom, said: Atom) -> bool:
    """Whether a hop's value is the marked one: in another notation, or before it was rounded or told
    in thousands or millions."""
    return not set(marked.keys).isdisjoint(said.keys) or _in_digits(marked, said)


def _in_digits(marked: Atom, said: Atom) -> bool:
    """Whether a number has the digits of the marked one, as far as that is written out."""
    if marked.number is None or not said.number:
        return False
    digits = "".join(c for c in marked.quote if c.isdigit()).lstrip("0")
    if len(digits) < _LEAST_DIGITS:
        return False
    rounded = f"{abs(said.number):.{len(digits) - 1}e}".partition("e")[0]
    return rounded.replace(".", "").strip("0") == significant_digits(marked.number)
