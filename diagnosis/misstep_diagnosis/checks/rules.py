"""All rules, and what they find in one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from misstep_diagnosis.checks.calls import agents, answers, calls, code, contracts
from misstep_diagnosis.checks.figures import (
    amended,
    arithmetic,
    computed,
    notations,
    numbers,
    quantities,
    recomputed,
    slips,
    zones,
)
from misstep_diagnosis.checks.found import Found, Good, Rule
from misstep_diagnosis.checks.lists import (
    cells,
    covered,
    duplicates,
    joined,
    listed,
    members,
    partial,
    records,
    replaced,
)
from misstep_diagnosis.checks.picks import criteria, levels, picked, requested, selected
from misstep_diagnosis.checks.runs import errors, habitual, healthy, marks, profile
from misstep_diagnosis.checks.sources import (
    asked,
    cited,
    documents,
    echoed,
    failures,
    grounding,
    literals,
    looked_up,
    names,
    stale,
)
from misstep_diagnosis.checks.wording import (
    claims,
    conditions,
    flags,
    frames,
    legs,
    qualified,
    roles,
    sequence,
    stated,
    states,
    status,
    turned,
    unchanged,
)
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.learned import Learned

RULES: Sequence[Rule] = (
    *contracts.RULES,
    *numbers.RULES,
    *quantities.RULES,
    *arithmetic.RULES,
    *computed.RULES,
    *recomputed.RULES,
    *members.RULES,
    *listed.RULES,
    *covered.RULES,
    *records.RULES,
    *selected.RULES,
    *picked.RULES,
    *cells.RULES,
    *joined.RULES,
    *states.RULES,
    *legs.RULES,
    *literals.RULES,
    *looked_up.RULES,
    *criteria.RULES,
    *levels.RULES,
    *requested.RULES,
    *stated.RULES,
    *grounding.RULES,
    *names.RULES,
    *slips.RULES,
    *replaced.RULES,
    *cited.RULES,
    *asked.RULES,
    *documents.RULES,
    *echoed.RULES,
    *partial.RULES,
    *sequence.RULES,
    *notations.RULES,
    *duplicates.RULES,
    *failures.RULES,
    *stale.RULES,
    *amended.RULES,
    *zones.RULES,
    *turned.RULES,
    *flags.RULES,
    *claims.RULES,
    *roles.RULES,
    *qualified.RULES,
    *status.RULES,
    *conditions.RULES,
    *frames.RULES,
    *unchanged.RULES,
    *calls.RULES,
    *answers.RULES,
    *code.RULES,
    *errors.RULES,
    *marks.RULES,
    *profile.RULES,
    *habitual.RULES,
    *agents.RULES,
    *healthy.RULES,
)


def find_all(known: RunFacts, good: Good | None = None) -> list[Found]:
    """What every rule finds, beside the habits of good runs where there are some; a rule that fails
    on odd data finds nothing."""
    good = good or Learned()
    found: list[Found] = []
    for rule in RULES:
        found += _safely(rule.look, known, good)
    return [f for f in found if not _speaks_of_a_cut(f, known)]


_WHATEVER_WAS_CUT = ("error.", "call.", "mark.", "score.", "finish.", "tool.error", "agent.")


def _speaks_of_a_cut(evidence: Found, known: RunFacts) -> bool:
    """Whether it rests on texts of a hop that its exporter cut: what is missing there, or supported
    by what is missing there, is nothing the hop did."""
    hop = known.by_id.get(evidence.hop_id or "")
    if hop is None or not (hop.input_cut or hop.output_cut):
        return False
    return not evidence.evidence.rule.startswith(_WHATEVER_WAS_CUT)


def _safely(
    look: Callable[[RunFacts, Good], list[Found]], known: RunFacts, good: Good
) -> list[Found]:
    try:
        return look(known, good)
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
        return []
