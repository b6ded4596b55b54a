"""The planner finds the origins of simulated pipelines, within its budget, and never guesses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import pytest

from misstep.model import Trial
from misstep_diagnosis.bisect import Case, Probe, Seen, Verdict, plan

CHAIN = {f"h{n}": (f"h{n - 1}",) if n else () for n in range(8)}
DIAMOND = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ("d",)}
CLEAN: frozenset[str] = frozenset()
Value = frozenset[str]


@dataclass
class Pipeline:
    """Hops with what feeds them. A value is the set of faults that went into it; the last hop's is
    the outcome. Hops are served while they receive what was recorded, as replay does it."""

    hops: Mapping[str, tuple[str, ...]]
    persistent: frozenset[str] = CLEAN
    transient: frozenset[str] = CLEAN
    wrong_input: bool = False
    either: bool = False
    noisy: frozenset[str] = CLEAN
    has_good: bool = True
    suspects: tuple[str | None, ...] = ()
    ruled: tuple[str, ...] = ()
    trials: list[Trial] = field(default_factory=list)
    endings: list[Value] = field(default_factory=list)

    def given(self, hop: str, values: Mapping[str, Value], first: Value) -> Value:
        parents = self.hops[hop]
        found = [values[p] for p in parents] if parents else [first]
        # Where either of two branches is enough, a wrong one alone does not show.
        if self.either and len(found) > 1 and not all(found):
            return CLEAN
        return frozenset().union(*found)

    def recorded(self) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for hop in self.hops:
            own = {hop} & (self.persistent | self.transient)
            values[hop] = self.given(hop, values, self._first()) | own
        return values

    def _first(self) -> Value:
        return frozenset({"input"}) if self.wrong_input else CLEAN

    def execute(self, probe: Probe) -> Seen:
        before, first = self.recorded(), self._first()
        replaced = set(probe.hop_ids) if probe.kind == "substitute" else set()
        live = set(probe.hop_ids) if probe.kind == "resample" else set()
        if probe.kind == "all_live":
            order = list(self.hops)
            after = order.index(probe.hop_ids[0]) + 1 if probe.hop_ids else 0
            live = set(order[after:])
        now_first = CLEAN if None in replaced else first
        values: dict[str, Value] = {}
        ran: list[str] = []
        misplaced: list[str] = []
        for hop in self.hops:
            given = self.given(hop, values, now_first)
            same = given == self.given(hop, before, first)
            if hop in replaced:
                values[hop] = CLEAN
                misplaced += [hop] if given else []
            elif same and hop not in live and now_first == first:
                values[hop] = before[hop]
            else:
                ran.append(hop)
                values[hop] = given | ({hop} & self.persistent)
        last = list(self.hops)[-1]
        trial = Trial(
            n=len(self.trials) + 1,
            kind=probe.kind,
            hop_id=probe.hop_ids[0] if len(probe.hop_ids) == 1 else None,
            hop_ids=list(probe.hop_ids),
            control=probe.control,
            outcome="bad" if values[last] else "good",
            hop_executions=len(ran),
        )
        self.trials.append(trial)
        return Seen(
            trial,
            differing=self._differing(values, now_first),
            ran=tuple(ran),
            changed=values[last] != before[last],
            misplaced=tuple(misplaced),
            ending=self._ending(values[last]),
        )

    def _ending(self, value: Value) -> int:
        if value not in self.endings:
            self.endings.append(value)
        return self.endings.index(value)

    def _differing(self, values: Mapping[str, Value], first: Value) -> tuple[str, ...]:
        if not self.has_good:
            return ()
        return tuple(h for h in self.hops if values[h] and not self.given(h, values, first))

    def bisect(self, *, budget: int | None = None, repeats: int = 1) -> Verdict:
        noisy = [h for h in self.hops if h in self.noisy]
        case = Case(
            hops=tuple(self.hops),
            suspects=self.suspects,
            differing=(*self._differing(self.recorded(), self._first()), *noisy),
            ruled=self.ruled,
            runnable=frozenset(self.hops),
            other_input=self.wrong_input and self.has_good,
            budget_hops=budget,
            repeats=repeats,
        )
        seen: list[Seen] = []
        while isinstance(step := plan(case, seen), Probe):
            assert len(seen) < 200
            seen.append(self.execute(step))
        return step

    @property
    def spent(self) -> int:
        return sum(t.hop_executions for t in self.trials)


def faults(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize("has_good", [True, False])
@pytest.mark.parametrize("guilty", list(CHAIN))
def test_a_transient_fault_is_confirmed_with_and_without_a_good_run(
    guilty: str, has_good: bool
) -> None:
    pipeline = Pipeline(CHAIN, transient=faults(guilty), has_good=has_good)
    end = pipeline.bisect()
    assert (end.stop, end.hop_ids, end.transient) == ("confirmed", (guilty,), True)
    assert [t.kind for t in pipeline.trials[:2]] == ["replay", "all_live"]
    assert pipeline.spent <= 5 * len(CHAIN)


@pytest.mark.parametrize("guilty", list(CHAIN))
def test_a_persistent_fault_is_confirmed_by_the_good_run(guilty: str) -> None:
    pipeline = Pipeline(CHAIN, persistent=faults(guilty))
    end = pipeline.bisect()
    assert (end.stop, end.hop_ids, end.transient) == ("confirmed", (guilty,), False)
    assert pipeline.spent <= 3 * len(CHAIN)


def test_a_persistent_fault_without_any_right_value_is_not_guessed() -> None:
    end = Pipeline(CHAIN, persistent=faults("h3"), has_good=False, suspects=("h3",)).bisect()
    assert end.stop == "not_confirmed" and end.hop_ids == ()
    assert "no right value is known" in end.explanation


def test_a_persistent_fault_is_confirmed_by_the_value_a_rule_knows() -> None:
    pipeline = Pipeline(
        CHAIN, persistent=faults("h3"), has_good=False, suspects=("h3",), ruled=("h3", "h5")
    )
    end = pipeline.bisect()
    assert (end.stop, end.hop_ids, end.source) == ("confirmed", ("h3",), "rule")
    assert "the rule that speaks against it" in end.explanation


def test_a_rule_that_speaks_against_a_carrier_alone_confirms_nothing() -> None:
    end = Pipeline(DIAMOND, persistent=faults("a"), has_good=False, ruled=("b",)).bisect()
    assert end.stop == "not_confirmed" and "what the rules say is right" in end.explanation


@pytest.mark.parametrize(
    ("first", "second"), [("h0", "h1"), ("h1", "h5"), ("h2", "h7"), ("h6", "h7")]
)
def test_two_persistent_faults_in_a_row_are_both_found(first: str, second: str) -> None:
    end = Pipeline(CHAIN, persistent=faults(first, second)).bisect()
    assert (end.stop, end.hop_ids) == ("confirmed", (first, second))


def test_a_transient_fault_before_a_persistent_one_is_found_with_it() -> None:
    end = Pipeline(CHAIN, transient=faults("h1"), persistent=faults("h4")).bisect()
    assert end.hop_ids == ("h1", "h4")


@pytest.mark.parametrize("first", ["persistent", "transient"])
def test_a_second_fault_that_came_once_is_found_behind_a_first_one(first: str) -> None:
    kinds = {first: faults("h1")} | {"transient": faults("h4", *(["h1"] * (first == "transient")))}
    end = Pipeline(CHAIN, **kinds).bisect()  # type: ignore[arg-type]
    assert (end.stop, end.hop_ids, end.also) == ("confirmed", ("h1", "h4"), ("h4",))


def test_of_a_hop_and_one_inside_it_the_inner_one_is_the_origin() -> None:
    pipeline = Pipeline(CHAIN, transient=faults("h4"), has_good=False)
    parents = {"h4": "h3"}
    case = Case(hops=tuple(CHAIN), suspects=("h3",), runnable=frozenset(CHAIN), parents=parents)
    seen: list[Seen] = []
    while isinstance(step := plan(case, seen), Probe):
        # Running the outer hop again runs the inner one again.
        wider = (*step.hop_ids, "h4") if step.hop_ids == ("h3",) else step.hop_ids
        seen.append(pipeline.execute(replace(step, hop_ids=wider)))
    assert (step.stop, step.hop_ids) == ("confirmed", ("h4",))


def test_a_hop_that_answers_differently_every_time_is_no_second_origin() -> None:
    pipeline = Pipeline(CHAIN, persistent=faults("h1"), transient=faults("h4"))
    case = Case(hops=tuple(CHAIN), differing=("h1",), runnable=frozenset(CHAIN))
    seen: list[Seen] = []
    while isinstance(step := plan(case, seen), Probe):
        seen.append(replace(pipeline.execute(step), ending=len(seen)))
    assert (step.stop, step.hop_ids) == ("confirmed", ("h1",))


@pytest.mark.parametrize("kind", ["persistent", "transient"])
def test_two_faults_in_branches_that_must_be_mended_together(kind: str) -> None:
    pipeline = Pipeline(DIAMOND, **{kind: faults("b", "c")})  # type: ignore[arg-type]
    end = pipeline.bisect()
    assert (end.stop, end.hop_ids) == ("confirmed", ("b", "c"))


def test_two_transient_faults_in_branches_are_found_by_running_both_again() -> None:
    end = Pipeline(DIAMOND, transient=faults("b", "c"), has_good=False).bisect()
    assert (end.stop, end.hop_ids) == ("confirmed", ("b", "c"))


def test_where_either_of_two_suffices_the_earlier_is_the_origin() -> None:
    end = Pipeline(DIAMOND, persistent=faults("b", "c"), either=True).bisect()
    assert (end.stop, end.hop_ids) == ("confirmed", ("b",))


def test_hops_that_only_differ_in_wording_are_sorted_out_of_the_set() -> None:
    pipeline = Pipeline(CHAIN, persistent=faults("h4"), noisy=faults("h0", "h1", "h6", "h7"))
    assert pipeline.bisect().hop_ids == ("h4",)


def test_a_harmless_difference_before_a_transient_fault_does_not_count_for_it() -> None:
    # Replacing h1 makes what follows run again, which alone makes the fault at h4 go away.
    pipeline = Pipeline(CHAIN, transient=faults("h4"), has_good=False)
    case = Case(hops=tuple(CHAIN), differing=("h1",), runnable=frozenset(CHAIN))
    seen: list[Seen] = []
    while isinstance(step := plan(case, seen), Probe):
        one = pipeline.execute(step)
        if step.kind == "substitute" and "h1" in step.hop_ids:
            later = tuple(h for h in CHAIN if h > "h1")
            one = Seen(one.trial.model_copy(update={"outcome": "good"}), ran=later, changed=True)
        seen.append(one)
    assert any(s.trial.control and s.trial.outcome == "good" for s in seen)
    assert (step.stop, step.hop_ids) == ("confirmed", ("h4",))


def test_a_wrong_pipeline_input_is_confirmed_as_the_input() -> None:
    end = Pipeline(CHAIN, wrong_input=True).bisect()
    assert (end.stop, end.hop_ids) == ("confirmed", (None,))


def test_a_wrong_input_and_a_persistent_fault_are_found_together() -> None:
    end = Pipeline(CHAIN, wrong_input=True, persistent=faults("h3")).bisect()
    assert (end.stop, end.hop_ids) == ("confirmed", (None, "h3"))


def test_a_long_run_is_halved_where_suspects_give_out() -> None:
    long = {f"h{n:03}": (f"h{n - 1:03}",) if n else () for n in range(100)}
    pipeline = Pipeline(long, transient=faults("h071"), has_good=False, suspects=("h005", "h006"))
    assert pipeline.bisect().hop_ids == ("h071",)
    assert len(pipeline.trials) <= 16


def test_it_stops_at_the_budget_and_says_how_to_raise_it() -> None:
    pipeline = Pipeline(CHAIN, transient=faults("h7"), has_good=False)
    end = pipeline.bisect(budget=12)
    assert end.stop == "budget" and end.hop_ids == () and "--budget" in end.explanation
    assert pipeline.spent <= 12


def test_a_run_that_replays_well_is_clean() -> None:
    end = plan(Case(hops=("a",)), [Seen(Trial(n=1, kind="replay", outcome="good"))])
    assert isinstance(end, Verdict) and end.stop == "clean"


def test_a_recording_that_cannot_be_replayed_confirms_nothing() -> None:
    end = plan(Case(hops=("a",)), [Seen(Trial(n=1, kind="replay", outcome="undefined"))])
    assert isinstance(end, Verdict) and end.stop == "unfaithful"


def test_undefined_trials_are_a_class_of_their_own_and_flip_nothing() -> None:
    def seen(*outcomes: str) -> Iterable[Seen]:
        kinds = ("replay", "all_live", "substitute")
        for n, (kind, outcome) in enumerate(zip(kinds, outcomes, strict=False), 1):
            yield Seen(Trial(n=n, kind=kind, outcome=outcome))  # type: ignore[arg-type]

    case = Case(hops=("a", "b"), differing=("a",), runnable=frozenset())
    end = plan(case, list(seen("bad", "bad", "undefined")))
    assert isinstance(end, Verdict) and end.stop == "not_confirmed"


def test_every_probe_is_repeated_as_often_as_asked_and_the_rate_is_kept() -> None:
    pipeline = Pipeline(CHAIN, persistent=faults("h2"))
    end = pipeline.bisect(repeats=5)
    assert end.flipped == (5, 5)
    assert [t.kind for t in pipeline.trials] == ["replay"] + ["all_live"] * 5 + [
        "substitute"
    ] * 5 + ["resample"] * 5


def test_it_stops_before_a_trial_that_money_would_not_cover_and_says_how_to_raise_it() -> None:
    case = Case(hops=("a", "b"), differing=("a",), budget_usd=0.05, hop_cost_usd=0.01)
    replayed = Trial(n=1, kind="replay", outcome="bad", cost_usd=0.0)
    first = plan(case, [Seen(replayed)])
    assert isinstance(first, Probe) and first.kind == "all_live"
    costly = Trial(n=2, kind="all_live", outcome="bad", hop_executions=2, cost_usd=0.045)
    end = plan(case, [Seen(replayed), Seen(costly)])
    assert isinstance(end, Verdict) and end.stop == "budget" and end.hop_ids == ()
    assert "--budget-usd" in end.explanation and "$0.04500 spent" in end.explanation
