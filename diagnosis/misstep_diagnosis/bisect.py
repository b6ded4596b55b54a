"""Which execution to make next to confirm an origin; pure: trials so far → next probe or verdict.

Two controls come first: replay unchanged (is the recording faithful?) and run all live (is the
fault transient?). Then outputs are replaced: all hops that answered an input of the good run
differently at once, and what of them is needed is found by delta debugging. Where no good value
is known, hops are executed again on their recorded inputs, suspects first; where suspects give out
in a long run, the rest is halved. A trial only counts against a control trial in which the same
hops ran and nothing was replaced. Executing is somebody else's job.

Source: A. Zeller, R. Hildebrandt, IEEE TSE 28 (2002) 183-200, algorithm ddmin.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from misstep.model import Trial, TrialKind, TrialOutcome

Stop = Literal["confirmed", "clean", "not_confirmed", "unfaithful", "budget"]
Source = Literal["good", "given", "rerun", "model", "rule"]
"""Where a mended output comes from: the good run, the user, the hop run again, another model, the
rule that speaks against it."""
BUDGET_RUNS = 12
_HALVE_ABOVE = 12
_Ids = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known before anything is executed; ids are hops of the run, None is its input.

    ``hops`` in order of start. ``suspects`` best first. ``differing``: hops that received what the
    good run's did and answered otherwise, earliest first. ``given``: hops whose right output
    somebody told. ``ruled``: hops whose right output a rule knows. ``runnable``: hops that may be
    executed again. ``other_input``: the good run had another input. ``reference``: another model may
    be asked. ``parents``: the hop around a hop. ``budget_usd``: money that may be spent, at
    ``hop_cost_usd`` a hop that is not known yet.
    """

    hops: tuple[str, ...]
    suspects: tuple[str | None, ...] = ()
    differing: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    ruled: tuple[str, ...] = ()
    runnable: frozenset[str] = frozenset()
    parents: Mapping[str, str] = field(default_factory=dict)
    other_input: bool = False
    reference: bool = False
    budget_hops: int | None = None
    budget_usd: float | None = None
    hop_cost_usd: float = 0.0
    repeats: int = 1

    @property
    def allowed(self) -> int:
        """Hop executions that may be spent."""
        return BUDGET_RUNS * len(self.hops) if self.budget_hops is None else self.budget_hops


@dataclass(frozen=True, slots=True)
class Probe:
    """One execution to make: ``hop_ids`` are replaced (``substitute``) or run again (``resample``)
    together; with ``control`` they run and nothing is replaced. ``all_live`` with a hop runs what
    comes after it."""

    kind: TrialKind
    hop_ids: _Ids = ()
    source: Source = "good"
    control: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A trial, and what it showed: hops that now answer an input of the good run otherwise, hops
    that ran, and whether the outcome is another one than was recorded."""

    trial: Trial
    differing: tuple[str, ...] = ()
    ran: tuple[str, ...] = ()
    changed: bool = False
    misplaced: tuple[str, ...] = ()
    ending: int = -1


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of a bisect. ``hop_ids`` are confirmed origins; empty unless ``confirmed``.

    ``flipped``: of how many trials of the mended run how many were good. ``also``: origins among
    them that erred once, so that mending the others made them run again and go right."""

    stop: Stop
    hop_ids: _Ids = ()
    transient: bool = False
    explanation: str = ""
    flipped: tuple[int, int] = (0, 0)
    source: Source = "good"
    also: tuple[str, ...] = ()


def plan(case: Case, seen: Sequence[Seen]) -> Probe | Verdict:
    """The next probe, or the verdict when no more is needed or allowed."""
    search = _Search(case)
    steps = search.run()
    try:
        probe = next(steps)
        for one in seen:
            probe = steps.send(one)
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict
    over = _over_budget(case, seen, search.worst(probe)) if probe.kind != "replay" else None
    if over is None:
        return probe
    if search.proved is not None:
        return search.proved
    return Verdict("budget", transient=search.transient, explanation=over)


def _over_budget(case: Case, seen: Sequence[Seen], worst: int) -> str | None:
    """What to say when ``worst`` more hop executions could exceed a budget; None when not."""
    if sum(s.trial.hop_executions for s in seen) + worst > case.allowed:
        return f"The budget of {case.allowed} hop executions is spent; raise it with --budget."
    spent_usd = sum(s.trial.cost_usd or 0.0 for s in seen)
    if case.budget_usd is not None and spent_usd + worst * case.hop_cost_usd > case.budget_usd:
        return (
            f"The budget of ${case.budget_usd:g} does not allow the next trial "
            f"(${spent_usd:.5f} spent); raise it with --budget-usd."
        )
    return None


@dataclass(slots=True)
class _Answer:
    """What all repetitions of a probe showed."""

    outcome: TrialOutcome
    good: int
    number: int
    differing: tuple[str, ...]
    ran: tuple[str, ...]
    changed: bool
    misplaced: bool
    ending: int = -1

    @property
    def is_good(self) -> bool:
        return self.outcome == "good"


_Asking = Generator[Probe, Seen, _Answer]
_Finding = Generator[Probe, Seen, Verdict | None]


class _Search:
    """The search as a coroutine: it yields probes and is sent what they showed."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._order: dict[str | None, int] = {h: i for i, h in enumerate(case.hops)}
        self.transient = False
        self.proved: Verdict | None = None
        self._uncertain = False
        self._ran: tuple[str, ...] = ()
        self._controls: dict[tuple[str, ...], _Answer] = {}

    def worst(self, probe: Probe) -> int:
        """Hop executions the probe takes at most."""
        count = len(self._case.hops)
        first = min((self._order.get(h, 0) for h in probe.hop_ids), default=0)
        return count - first - (0 if probe.kind == "resample" or probe.control else 1)

    def run(self) -> Generator[Probe, Seen, Verdict]:
        """The whole search."""
        case = self._case
        replayed = yield from self._ask(Probe("replay", why="does the recording fail again?"))
        if replayed.outcome == "good":
            return Verdict("clean", explanation="The run replayed unchanged ends well.")
        if replayed.outcome == "undefined":
            return Verdict(
                "unfaithful", explanation="The recording could not be replayed unchanged."
            )
        live = yield from self._ask(Probe("all_live", why="does it fail when everything runs?"))
        self.transient, self._uncertain = live.is_good, live.outcome == "undefined"
        chosen: list[str | None] = [*dict.fromkeys([*case.given, *case.differing])]
        source: Source = "given" if set(chosen) <= set(case.given) else "good"
        found = (yield from self._replace(chosen, source)) if chosen else None
        # An input that gives a good outcome when everything runs again is not wrong.
        if found is None and case.other_input and not self.transient:
            found = yield from self._replace([None, *chosen], "good")
        if found is None and (self.transient or self._uncertain):
            found = yield from self._rerun()
        if found is None and case.ruled:
            found = yield from self._replace([*case.ruled], "rule")
        if found is None and case.reference:
            found = yield from self._each(self._candidates(), "model")
        if found is not None:
            self.proved = found
            return (yield from self._beside(found))
        return Verdict("not_confirmed", transient=self.transient, explanation=self._gave_out())

    # --- asking -----------------------------------------------------------------------------

    def _ask(self, probe: Probe) -> _Asking:
        """The answer of as many trials as the case wants."""
        good = bad = 0
        last: Seen | None = None
        for _ in range(max(1, self._case.repeats)):
            one = yield probe
            good += one.trial.outcome == "good"
            bad += one.trial.outcome == "bad"
            if last is None or one.trial.outcome != "undefined":
                last = one
            if probe.kind == "replay" and not probe.control:
                break  # everything is served: another replay is the same
        outcome: TrialOutcome = "good" if good > bad else ("bad" if bad else "undefined")
        if last is None:
            return _Answer(outcome, good, good + bad, (), (), False, False)
        return _Answer(
            outcome,
            good,
            good + bad,
            last.differing,
            last.ran,
            last.changed,
            bool(last.misplaced),
            last.ending,
        )

    def _good(self, hop_ids: Iterable[str | None], source: Source, kind: TrialKind) -> _Asking:
        """The answer of mending these hops; good only against its control."""
        ids = self._sorted(hop_ids)
        answer = yield from self._ask(Probe(kind, ids, source, why="does mending this flip it?"))
        if answer.is_good and answer.misplaced:
            # The good run's answer to another question mends more than its own hop.
            answer.outcome = "bad"
        others = tuple(h for h in answer.ran if h not in ids)
        if not answer.is_good or not others or not (self.transient or self._uncertain):
            return answer
        control = yield from self._control(others)
        if control.is_good:
            answer.outcome = "bad"
        return answer

    def _control(self, others: tuple[str, ...]) -> _Asking:
        """What comes of running these hops with nothing mended."""
        why = "would it have flipped with the same hops run and nothing mended?"
        answer = yield from self._ask(Probe("resample", others, "rerun", control=True, why=why))
        self._controls[others] = answer
        return answer

    def _sorted(self, hop_ids: Iterable[str | None]) -> _Ids:
        return tuple(sorted(hop_ids, key=lambda h: self._order.get(h, -1)))

    # --- replacing ----------------------------------------------------------------------------

    def _replace(self, chosen: list[str | None], source: Source) -> _Finding:
        """All known corrections together, and those that show up under way; then only what is
        needed of them."""
        while True:
            answer = yield from self._good(chosen, source, "substitute")
            if answer.is_good:
                return (yield from self._minimal(chosen, answer, source, "substitute"))
            new = [h for h in answer.differing if h not in chosen and source != "rule"]
            if not new:
                break
            chosen = [*chosen, *new]
        if answer.outcome == "undefined" and len(chosen) > 1:
            return (yield from self._each(chosen, source))
        return None

    def _minimal(
        self, chosen: Sequence[str | None], answer: _Answer, source: Source, kind: TrialKind
    ) -> Generator[Probe, Seen, Verdict]:
        """ddmin: a subset none of whose members can be left out; of two that suffice, the earlier."""
        current, parts = list(self._sorted(chosen)), 2
        while len(current) > 1:
            subsets = _split(current, parts)
            rests = [[h for h in current if h not in s] for s in subsets] if parts > 2 else []
            for number, tried in enumerate([*subsets, *rests]):
                smaller = yield from self._good(tried, source, kind)
                if smaller.is_good:
                    parts = max(parts - 1, 2) if number >= len(subsets) else 2
                    current, answer = tried, smaller
                    break
            else:
                if parts >= len(current):
                    break
                parts = min(2 * parts, len(current))
        return self._confirms(tuple(current), answer, source)

    # --- running again ------------------------------------------------------------------------

    def _candidates(self) -> list[str | None]:
        """Hops that may run again, suspects first, then in their order."""
        ordered = dict.fromkeys([*self._case.suspects, *self._case.hops])
        return [h for h in ordered if h in self._case.runnable]

    def _rerun(self) -> _Finding:
        """Hops run again on their recorded inputs; the ones that answer otherwise, together."""
        candidates = self._candidates()
        if len(candidates) > _HALVE_ABOVE:
            likely = [h for h in self._case.suspects if h in self._case.runnable][:5]
            found = yield from self._each(likely, "rerun")
            if found is not None:
                return found
            candidates = yield from self._halved(candidates)
        changed: list[str | None] = []
        for hop_id in candidates:
            answer = yield from self._good([hop_id], "rerun", "resample")
            if answer.is_good:
                inner = yield from self._inside(str(hop_id), answer.ending)
                around = {a for h in inner for a in self._above(h)}
                innermost = [h for h in inner if h not in around] or [str(hop_id)]
                return self._confirms(tuple(innermost[:1]), answer, "rerun")
            if answer.changed:
                changed.append(hop_id)
        if len(changed) > 1:
            answer = yield from self._good(changed, "rerun", "resample")
            if answer.is_good:
                return (yield from self._minimal(changed, answer, "rerun", "resample"))
        return None

    def _each(self, candidates: Sequence[str | None], source: Source) -> _Finding:
        kind: TrialKind = "resample" if source == "rerun" else "substitute"
        for hop_id in candidates:
            answer = yield from self._good([hop_id], source, kind)
            if answer.is_good:
                return self._confirms((hop_id,), answer, source)
        return None

    def _halved(self, candidates: list[str | None]) -> Generator[Probe, Seen, list[str | None]]:
        """The candidates before the first point from which running the rest no longer helps."""
        ordered = list(self._sorted(candidates))
        low, high = 0, len(ordered) - 1
        while high - low > 3:
            middle = (low + high) // 2
            why = "does it flip when only what comes after this hop runs again?"
            answer = yield from self._ask(
                Probe("all_live", (ordered[middle],), "rerun", control=True, why=why)
            )
            if answer.is_good:
                low = middle + 1
            else:
                high = middle
        return ordered[low : high + 1]

    def _beside(self, found: Verdict) -> Generator[Probe, Seen, Verdict]:
        """A second fault that came once is gone in every trial in which its hop ran. If the outcome
        is another one when the same hops run and nothing is mended, each of them is run again on
        what it had received: one that then answers otherwise than recorded, twice the same, so that
        another outcome follows, erred as well."""
        also: list[str] = []
        others = tuple(h for h in self._ran if h in self._case.runnable)
        if not others:
            return found
        control = self._controls.get(others) or (yield from self._control(others))
        if not control.changed:
            return found
        for hop_id in others:
            probe = Probe("resample", (hop_id,), "rerun", why="did this one err as well?")
            first = yield from self._ask(probe)
            if first.outcome != "bad" or not first.changed:
                continue
            second = yield from self._ask(probe)
            if second.changed and second.ending == first.ending:
                also += [hop_id, *(yield from self._inside(hop_id, first.ending))]
        around = {a for h in also for a in self._above(h)}
        also = [h for h in also if h not in around]
        if not also:
            return found
        return replace(found, hop_ids=self._sorted([*found.hop_ids, *also]), also=tuple(also))

    def _inside(self, hop_id: str, ending: int) -> Generator[Probe, Seen, list[str]]:
        """Hops inside one that erred which, run again alone, lead to the same other outcome."""
        found = []
        for inner in self._case.hops:
            if self._case.parents.get(inner) == hop_id and inner in self._case.runnable:
                why = "did it err inside?"
                answer = yield from self._ask(Probe("resample", (inner,), "rerun", why=why))
                if answer.changed and answer.ending == ending:
                    found += [inner, *(yield from self._inside(inner, ending))]
        return found

    def _above(self, hop_id: str) -> Iterable[str]:
        above = self._case.parents.get(hop_id)
        while above is not None:
            yield above
            above = self._case.parents.get(above)

    # --- ends -----------------------------------------------------------------------------------

    def _confirms(self, hop_ids: _Ids, answer: _Answer, source: Source) -> Verdict:
        self._ran = tuple(h for h in answer.ran if h not in hop_ids)
        return Verdict(
            "confirmed",
            self._sorted(hop_ids),
            self.transient,
            _CONFIRMED[source],
            (answer.good, answer.number),
            source,
        )

    def _gave_out(self) -> str:
        if self.transient:
            return "No hop that was run again on its recorded input flipped the outcome."
        case = self._case
        if case.reference:
            return "No hop that the reference model answered in its place flipped the outcome."
        if case.given:
            return "Replacing what you gave did not flip the outcome."
        if case.differing or case.other_input:
            return "Replacing what differs from the good run did not flip the outcome."
        if case.ruled:
            return (
                "Replacing what the rules say is right did not flip the outcome, and no other right "
                "value is known."
            )
        return (
            "The fault is there whenever the run is executed, and no right value is known to put "
            "in its place."
        )


_CONFIRMED: dict[Source, str] = {
    "good": "replaced by what the good run had there",
    "given": "replaced by the value you gave",
    "rerun": "executed again on what it had received",
    "model": "asked of the reference model",
    "rule": "replaced by what the rule that speaks against it says is right",
}


def _split(items: list[str | None], parts: int) -> list[list[str | None]]:
    size, rest = divmod(len(items), parts)
    found, at = [], 0
    for number in range(parts):
        width = size + (1 if number < rest else 0)
        if width:
            found.append(items[at : at + width])
        at += width
    return found
