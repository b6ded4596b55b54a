"""A value that is asked for, as a run read it: what a rule calls the wrong reading of a number did
not come from that number."""

from __future__ import annotations

from misstep_diagnosis.checks.figures.numbers import by_locale, misread, rescaled
from misstep_diagnosis.checks.found import Found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.learned import Learned
from misstep_diagnosis.reading.values import atoms
from misstep_diagnosis.wanted import Wanted


def meant(known: RunFacts, text: str) -> tuple[Wanted, Found | None]:
    """What to look for, and the wrong reading that it is, if it is one.

    Who asks for the wrong value is not told of where the right one stands, nor the other way round,
    although ``1.299`` may be written for either.
    """
    wanted, asked, fault = Wanted(text), text.strip(), None
    for found in (
        look for rule in (misread, by_locale, rescaled) for look in rule(known, Learned())
    ):
        right, _, wrong = found.evidence.quote.partition(" → ")
        if asked != right and wanted.keys & set(found.bad):
            wanted.read_as(set(found.bad), not_at=right)
            fault = fault or found
        elif asked == right or wanted.keys & _keys(found.evidence.expected):
            wanted.read_as(wanted.keys, not_at=wrong)
    return wanted, fault


def _keys(text: str | None) -> set[str]:
    return {k for a in atoms(text or "", "t") for k in a.keys}
