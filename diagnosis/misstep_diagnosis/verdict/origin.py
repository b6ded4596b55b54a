"""The verdict: evidence weighed along the lineage, behind a gate.

1. Gate: a known bad outcome (error, contract of the final output, mark, score) opens it; an unknown
   one is opened by strict evidence whose effect reaches the final output; heuristics alone leave
   the run undecided, hints (weight below 1) leave it clean. A run known to be good is clean.
2. A hop whose own input was already wrong is excused, unless its evidence is that it contradicts
   what it received.
3. A heuristic needs a second witness before it accuses.
"""

from __future__ import annotations

from collections.abc import Sequence

from misstep.model import (
    Diagnosis,
    Edge,
    Hop,
    HopRef,
    HopState,
    OriginRef,
    Run,
    Suspect,
)
from misstep_diagnosis.checks.found import Found
from misstep_diagnosis.checks.rules import find_all
from misstep_diagnosis.checks.runs.errors import failed_hop
from misstep_diagnosis.checks.runs.habitual import looked
from misstep_diagnosis.facts import RunFacts, known_bad
from misstep_diagnosis.healthy import Profile
from misstep_diagnosis.learned import Learned
from misstep_diagnosis.learning import learn_all
from misstep_diagnosis.lineage import lineage_of
from misstep_diagnosis.steady import steady
from misstep_diagnosis.verdict.case import ACCUSES, WITNESS, Case
from misstep_diagnosis.verdict.explain import explain, what_is_missing, what_next
from misstep_diagnosis.verdict.onlookers import against_the_run, onlookers
from misstep_diagnosis.verdict.ranking import Ranking
from misstep_diagnosis.verdict.taint import Spread, Taint

RULES_VERSION = "16"
_DOUBTFUL_STEP = 0.75  # an even chance, by the signals of agents' logs
_LEAST_FOLLOWED = 4
_MOST_STEPS = 6_000


@steady
def diagnose(
    run: Run,
    hops: Sequence[Hop],
    *,
    good: Sequence[tuple[Run, Sequence[Hop]]] = (),
    profile: Profile | None = None,
    habits: Learned | None = None,
    baseline: str | None = None,
) -> Diagnosis:
    """Where the run first went wrong, or why that cannot be said.

    Args:
        run: the run; its verdict, scores and findings say what is known of its outcome.
        hops: its hops.
        good: good runs of the same pipeline, nearest first; their habits are learned here. Not
            needed where a profile or habits are given.
        profile: what all good runs of the pipeline were like, habits included, where one is kept.
        habits: habits that were learned before, in place of the profile's.
        baseline: id of the good run to compare with; the first of ``good`` unless given.

    Returns:
        ``fault`` with origins (suspected), ``clean``, or ``undecided`` with suspects ranked.
    """
    known = RunFacts(run, hops, profile)
    return _diagnosed(known, good, habits, baseline)


@steady
def diagnose_with_edges(
    run: Run,
    hops: Sequence[Hop],
    *,
    profile: Profile | None = None,
    baseline: str | None = None,
) -> tuple[Diagnosis, list[Edge]]:
    """As :func:`diagnose`, with the edges of the run's lineage, which a diagnosis rests on."""
    known = RunFacts(run, hops, profile)
    return _diagnosed(known, (), None, baseline), lineage_of(known)


def _diagnosed(
    known: RunFacts,
    good: Sequence[tuple[Run, Sequence[Hop]]],
    habits: Learned | None,
    baseline: str | None,
) -> Diagnosis:
    run, profile = known.run, known.profile
    if habits is None:
        habits = profile.learned if profile is not None and profile.learned else learn_all(good)
    if baseline is None and good:
        baseline = good[0][0].run_id
    if run.verdict.state == "good" or not known.hops:
        return _settled(known, baseline)
    taint = Taint(known, lineage_of(known))
    aside = onlookers(known)
    cases = _cases(known, against_the_run(find_all(known, habits), aside), taint)
    outcome = known_bad(run)
    if outcome:
        _widen(cases, taint)
    _excuse(cases)
    reaching = [c for c in cases if _reaches(c, known, outcome)]
    accused = _accused(reaching, outcome)
    if outcome and not accused:
        accused = _nobody_else(known, cases, habits)
    ranking = Ranking(known, cases, habits, aside)
    accused = ranking.upheld(accused) if accused else []
    return _diagnosis(known, ranking, reaching, accused, outcome, baseline)


def _settled(known: RunFacts, baseline: str | None) -> Diagnosis:
    run = known.run
    if not known.hops:
        verdict, told = "undecided", "The run holds no hop, so there is nothing to diagnose."
    else:
        verdict, told = "clean", f"The outcome was marked good by {run.verdict.by}."
    return Diagnosis(
        run_id=run.run_id,
        verdict=verdict,  # type: ignore[arg-type]
        states={h.hop_id: "clean" for h in known.hops},
        explanation=told,
        missing=what_is_missing(known),
        rules_version=RULES_VERSION,
        baseline=baseline,
    )


def _cases(known: RunFacts, found: Sequence[Found], taint: Taint) -> list[Case]:
    cases: dict[str | None, Case] = {}
    for item in found:
        cases.setdefault(item.hop_id, Case(item.hop_id)).found.append(item)
    order = {h.hop_id: h.index for h in known.hops}
    telling = sorted(
        (c for c in cases.values() if c.strict or c.weight >= 1.0),
        key=lambda c: (not c.strict, -c.weight, order.get(c.hop_id or "", -1)),
    )
    # Following one wrong value costs a walk over the run; a long run affords fewer of them.
    followed = {c.hop_id for c in telling[: max(_LEAST_FOLLOWED, _MOST_STEPS // len(known.hops))]}
    for case in cases.values():
        case.followed = case.hop_id in followed
        if case.followed:
            case.spread = taint.spread(case.hop_id, case.bad)
        else:
            case.spread = Spread(case.hop_id, reaches_output=case.hop_id in taint.feeding)
    return sorted(cases.values(), key=lambda c: order.get(c.hop_id or "", -1))


def _widen(cases: list[Case], taint: Taint) -> None:
    """Where the outcome is bad for certain, a hop with one wrong value is in doubt as a whole."""
    for case in cases:
        # A document that nobody used harmed nobody, whatever stood beside it.
        about_a_part = all(f.evidence.rule.startswith("document.") for f in case.found if f.bad)
        if case.followed and case.bad and not about_a_part and not case.spread.reaches_output:
            narrow, case.spread = case.spread, taint.spread(case.hop_id, frozenset())
            case.spread.received |= narrow.received
            case.spread.states = narrow.states | case.spread.states


def _excuse(cases: list[Case]) -> None:
    """A hop that got a wrong input from an accusable hop is not where it began."""
    weighty = [
        o
        for o in cases
        if (o.strict or o.weight >= 1.0)
        and (o.hop_id is not None or o.strict)
        and o.spread.received
        and not _only_symptom(o)
    ]
    for case in cases:
        if case.local:
            continue
        # One heuristic must not clear a hop that strict evidence speaks against.
        least = ACCUSES if case.firm else 1.0
        case.excused = any(
            o is not case and (o.strict or o.weight >= least) and o.spread.touches(case.hop_id)
            for o in weighty
        )
    # An exception surfaces somewhere; that alone never makes the hop an origin beside another.
    if any(not _only_symptom(c) and not c.excused for c in cases):
        for case in cases:
            case.excused = case.excused or _only_symptom(case)


def _only_symptom(case: Case) -> bool:
    return {f.evidence.rule for f in case.found} <= {
        "error.raised",
        "call.failover",
        "call.served_model",
    }


def _reaches(case: Case, known: RunFacts, bad: bool) -> bool:
    if case.spread.reaches_output:
        return True
    if bad and case.hop_id in known.by_id and known.by_id[case.hop_id].output in (None, "", [], {}):
        # What is missing leaves no value to follow.
        return True
    failure = failed_hop(known) if known.run.error is not None else None
    if failure is not None and failure[0] is not None:
        at = failure[0].hop_id
        return case.hop_id == at or case.spread.touches(at)
    named = {f.evidence.rule for f in case.found} & {"mark.text", "mark.hop", "error.traced"}
    return bool(named) or (bad and case.hop_id is not None and case.hop_id == _last(known))


def _last(known: RunFacts) -> str | None:
    if "last" not in known.memo:
        latest = max(known.facts, key=lambda f: f.end_ms, default=None)
        known.memo["last"] = latest.hop.hop_id if latest is not None else None
    last: str | None = known.memo["last"]
    return last


def _accused(reaching: list[Case], outcome_bad: bool) -> list[Case]:
    strict = [c for c in reaching if c.strict and not c.excused]
    free = [c for c in reaching if not c.excused and not _passes_on(c, strict)]
    if not outcome_bad:
        return [c for c in free if c.strict and c.local]
    failing = _of_the_exception(free, reaching)
    if failing:
        return failing
    strong = [c for c in free if c.strict or c.weight >= ACCUSES]
    if not strong:
        return _foremost(free)
    # Who contradicts what it received is an origin of its own, whatever went wrong before it;
    # other heuristics speak of consequences more often than of second faults.
    own = [c for c in strong if c.firm or c.local]
    if own:
        return sorted(own, key=lambda c: not c.strict)
    return [c for c in strong if c.strict] or strong[:1]


def _foremost(free: list[Case]) -> list[Case]:
    """Where the outcome is known to be bad: the one hop that contradicts its own input by more than a
    hint, when nothing that speaks against any other is near it."""
    ranked = sorted(free, key=lambda c: -c.weight)
    if not ranked or ranked[0].hop_id is None:
        return []
    first, rest = ranked[0], ranked[1].weight if len(ranked) > 1 else 0.0
    alone = first.own_weight >= _FOREMOST and rest <= _FAR_BEHIND * first.weight
    return [first] if alone else []


_FOREMOST, _FAR_BEHIND = 1.2, 0.6


def _nobody_else(known: RunFacts, cases: list[Case], habits: Learned) -> list[Case]:
    """The pipeline's input, when every hop kept the habits of good runs, nothing speaks against any
    of them but that the marked value went through it, and a second witness speaks of the input."""
    of_input = [c for c in cases if c.hop_id is None]
    rules = {f.evidence.rule for c in of_input for f in c.found}
    if "input.left" not in rules or not rules & {"input.range", "mark.source"}:
        return []
    hops = [f.evidence.rule for c in cases if c.hop_id is not None for f in c.found]
    kept = looked(known, habits)
    watched = len(kept) == len(known.leaves) and all(one.habits is not None for one in kept)
    return of_input if watched and set(hops) <= {"mark.source"} else []


def _passes_on(case: Case, strict: list[Case]) -> bool:
    """Whether what is wrong with it, by heuristics alone, is what an earlier hop gave it wrongly, by
    strict evidence against that one."""
    if case.strict:
        return False
    return any(o.spread.touches(case.hop_id) and o.bad & case.bad for o in strict if o is not case)


def _of_the_exception(free: list[Case], reaching: list[Case]) -> list[Case]:
    """Who made the value that an exception stumbled over: nobody after that can be the origin."""
    traced = [c for c in reaching if any(f.evidence.rule == "error.traced" for f in c.found)]
    if not traced:
        return []
    if any(c in free for c in traced):
        return [c for c in traced if c in free][:1]
    fed = [c for c in free if c.weight >= 1.0 and c.spread.touches(traced[0].hop_id)]
    return sorted(fed, key=lambda c: not c.strict)[:1]


def _diagnosis(
    known: RunFacts,
    ranking: Ranking,
    reaching: list[Case],
    accused: list[Case],
    outcome_bad: bool,
    baseline: str | None,
) -> Diagnosis:
    worth = outcome_bad or _worth_telling(reaching, ranking.cases)
    origins = [OriginRef(hop_id=c.hop_id, name=_name(known, c.hop_id)) for c in accused]
    verdict = "fault" if accused else ("undecided" if worth else "clean")
    states = _states(known, accused, verdict)
    symptom = _symptom(known, accused) if accused or known.run.error else None
    clean = verdict == "clean"
    ranked = ranking.worth_a_look() if clean else ranking.ranked(accused, reaching)
    suspects = [
        Suspect(
            hop_id=c.hop_id,
            name=_name(known, c.hop_id),
            rank=rank,
            evidence=[f.evidence for f in sorted(c.found, key=lambda f: -f.weight)],
        )
        for rank, c in enumerate(ranked, 1)
    ]
    made = Diagnosis(
        run_id=known.run.run_id,
        verdict=verdict,  # type: ignore[arg-type]
        origins=origins,
        origin=origins[0] if origins else None,
        symptom=symptom,
        suspects=suspects,
        path=_path(known, accused, symptom),
        states=states,
        missing=what_is_missing(known),
        rules_version=RULES_VERSION,
        baseline=baseline,
    )
    made.next_check = what_next(made, baseline)
    made.explanation = explain(known, made)
    return made


def _worth_telling(reaching: list[Case], cases: list[Case]) -> bool:
    """A heuristic, or hints that weigh as much as two, reaching the output of a run nobody judged:
    undecided, no accusation. Hints (weight below 1) only order suspects. In an agent's conversation
    few values travel as they are, so a doubtful step is told anyway."""
    free = [c for c in reaching if not c.excused]
    if any(c.weight >= ACCUSES or any(f.weight >= WITNESS for f in c.found) for c in free):
        return True
    doubtful = (f for c in cases for f in c.found if f.evidence.rule == "agent.step")
    return any(f.weight >= _DOUBTFUL_STEP for f in doubtful)


def _name(known: RunFacts, hop_id: str | None) -> str:
    """The hop's name, with ``#n`` where it repeats; ``input`` for the pipeline's input."""
    if hop_id is None:
        return "input"
    return known.called[hop_id]


def _states(known: RunFacts, accused: list[Case], verdict: str) -> dict[str, HopState]:
    default: HopState = "clean" if verdict in ("clean", "fault") else "unknown"
    states: dict[str, HopState] = {h.hop_id: default for h in known.hops}
    for case in accused:
        for hop_id, state in case.spread.states.items():
            if states[hop_id] in ("clean", "unknown", "absorbed"):
                states[hop_id] = state
    for case in accused:
        if case.hop_id is not None:
            states[case.hop_id] = "origin"
    for hop in known.hops:
        if hop.output is None and hop.input is None and states[hop.hop_id] == "clean":
            states[hop.hop_id] = "unknown"
    return states


def _symptom(known: RunFacts, accused: list[Case]) -> HopRef | None:
    failure = failed_hop(known)
    if failure is not None and failure[0] is not None:
        return HopRef(hop_id=failure[0].hop_id, name=_name(known, failure[0].hop_id))
    for case in accused:
        if case.spread.path:
            last = case.spread.path[-1]
            return HopRef(hop_id=last, name=_name(known, last))
    hop_id = accused[0].hop_id if accused else None
    return HopRef(hop_id=hop_id, name=_name(known, hop_id)) if hop_id else None


def _path(known: RunFacts, accused: list[Case], symptom: HopRef | None) -> list[str]:
    hops = {c.hop_id for c in accused if c.hop_id} | {h for c in accused for h in c.spread.path}
    if symptom is not None and symptom.hop_id:
        hops.add(symptom.hop_id)
    return [h.hop_id for h in known.hops if h.hop_id in hops] if accused else []
