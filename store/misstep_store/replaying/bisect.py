"""Joins the pure planner to the executor: asks what to try next, tries it, and keeps what it proves."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event

from misstep.errors import ReplayError, UsageError
from misstep.model import Confirmation, Diagnosis, Json, RunDetail, Trial
from misstep.replay.job import Happened, Job, RecordedCall, Result
from misstep.replay.zones import is_effect
from misstep_diagnosis import nearest_good
from misstep_diagnosis.bisect import Case, Probe, Seen, Source, Verdict, plan
from misstep_diagnosis.naming import name_of
from misstep_diagnosis.verdict.confirm import OLDER
from misstep_store.reader import RunQuery
from misstep_store.replaying.compare import (
    asked_alike,
    differing,
    same_input,
    same_outcome,
)
from misstep_store.replaying.execute import Cancelled, Execution, Executor
from misstep_store.replaying.home import Home, Made, as_paid, read_spans
from misstep_store.replaying.jobs import Asked, make_job
from misstep_store.replaying.oracle import Oracle, choose
from misstep_store.replaying.prepared import Bisect, Wanted
from misstep_store.replaying.ruled import ruled
from misstep_store.replaying.telling import (
    beside,
    clean,
    comparable,
    input_differs,
    interval,
    next_step,
    ruled_why,
    undecided,
)

TAG = "misstep bisect"
_CANDIDATES = 200
Execute = Callable[[Job], Execution]


@dataclass(frozen=True, slots=True)
class Bisected:
    """What came of it; ``mended_run_id`` is the run of the trial that flipped the outcome."""

    diagnosis: Diagnosis
    verdict: Verdict
    trials: list[Trial]
    mended_run_id: str | None = None


def prepare(home: Home, run_id: str, wanted: Wanted) -> Bisect:
    """Everything a bisect needs, nothing executed.

    Raises:
        ReplayError: the run cannot be executed here.
        UsageError: nothing says what a good outcome is.
        NotFound: there is no such run.
    """
    source = as_paid(home.reader.run(run_id))
    static = home.reader.diagnosis(run_id)
    if source.verdict.state == "good":
        return Bisect(home, source, wanted, settled=clean(static, source, "marked good"))
    good = _good_run(home, source, wanted.good)
    warnings = [] if good is None or wanted.good is None else beside(source, good)
    oracle = _oracle(source, good, wanted, static)
    if oracle is None:
        return Bisect(home, source, wanted, settled=clean(static, source, "found clean"))
    _, recording = home.source(run_id)
    good_recording = home.source(good.run_id)[1] if good is not None else None
    job = make_job(
        run_id,
        recording,
        Asked(timeout_s=wanted.timeout_s),
        hops=source.hops,
        good=good_recording,
        permission=wanted.permission,
    ).model_copy(update={"check": oracle.check, "check_folder": wanted.check_folder, "tags": [TAG]})
    made = Bisect(
        home,
        source,
        wanted,
        recording=recording,
        good=good,
        good_recording=good_recording,
        job=job,
        oracle=oracle,
        static=static,
        warnings=warnings,
    )
    made.case = _case(made, static)
    return made


def _oracle(
    source: RunDetail, good: RunDetail | None, wanted: Wanted, static: Diagnosis
) -> Oracle | None:
    """None where nobody said anything of the outcome and nothing speaks against it."""
    named = wanted.good is not None and good is not None and comparable(source, good)
    try:
        return choose(source, good, expect=wanted.expect, check=wanted.check, named=named)
    except UsageError:
        if static.verdict == "clean" and source.verdict.state != "bad":
            return None
        if named or wanted.good is None or good is None:
            raise
        raise UsageError("; ".join(beside(source, good))) from None


def _good_run(home: Home, source: RunDetail, named: str | None) -> RunDetail | None:
    """The good run to compare with: the one named, else the nearest of the pipeline."""
    if named is not None:
        return home.reader.run(named)
    by = RunQuery(limit=_CANDIDATES, verdict="good", pipeline=source.pipeline)
    if source.pipeline is None:
        by = RunQuery(limit=_CANDIDATES, verdict="good", name=source.name)
    found = nearest_good(source, home.reader.runs(by).runs)
    return None if found is None else home.reader.run(found[0].run_id)


def _case(made: Bisect, static: Diagnosis) -> Case:
    recording, wanted = made.recording, made.wanted
    assert recording is not None
    units = [h.hop_id for h in made.source.hops]
    effects = {h.hop_id for h in recording.hops if is_effect(h)}
    recorded = {e.hop_id for e in recording.entries}
    found = (
        differing(recording, made.good_recording, units) if made.good_recording is not None else []
    )
    made.corrections = {d.hop_id: d.correction for d in found}
    made.corrections |= wanted.given
    made.ruled = ruled(recording, made.source.hops, static)
    return Case(
        hops=tuple(u for u in units if u in recorded),
        suspects=tuple(s.hop_id for s in static.suspects),
        differing=tuple(d.hop_id for d in found),
        given=tuple(wanted.given),
        ruled=tuple(h for h in units if h in made.ruled and h not in wanted.given),
        runnable=frozenset(recorded & set(units) - effects),
        parents={h.hop_id: h.parent_id for h in made.source.hops if h.parent_id},
        other_input=_other_input(made),
        reference=wanted.reference_model is not None,
        budget_hops=wanted.budget,
        budget_usd=wanted.budget_usd,
        hop_cost_usd=_hop_cost_usd(made),
        repeats=wanted.trials,
    )


def _hop_cost_usd(made: Bisect) -> float:
    """What a hop of the run cost on average.

    Raises:
        UsageError: a budget in money was given, and the run's models have no known price.
    """
    cost, hops = made.source.cost_usd, made.source.hop_count
    if cost is None and made.wanted.budget_usd is not None:
        raise UsageError(
            "no price is known for this run's models, so --budget-usd cannot be kept; "
            "give --budget HOPS instead"
        )
    return (cost or 0.0) / max(1, hops)


def _other_input(made: Bisect) -> bool:
    """Whether the good run had another input that is worth trying: only one the user named, and
    only one that may have been meant here."""
    return (
        made.good is not None
        and made.wanted.good is not None
        and not same_input(made.source.input, made.good.input)
        and comparable(made.source, made.good)
    )


# --- executing ------------------------------------------------------------------------------


def perform(
    made: Bisect,
    *,
    on_trial: Callable[[Trial], None] | None = None,
    progress: Callable[[Happened], None] | None = None,
    cancelled: Event | None = None,
    environment: Mapping[str, str] | None = None,
    executor: Executor | None = None,
) -> Bisected:
    """Executes probes until the planner has its verdict, and stores what was confirmed.

    ``executor``: one that is open already, for many bisects of one program.

    Raises:
        Cancelled: it was stopped; trials made so far are kept, no verdict is.
        ReplayError: nothing can be executed at all.
    """
    if made.settled is not None:
        return Bisected(made.settled, Verdict("clean"), [])
    assert made.job is not None and made.case is not None
    seen: list[Seen] = []
    opened = executor or Executor(made.job.target, cancelled=cancelled, progress=progress)
    try:
        while isinstance(step := plan(made.case, seen), Probe):
            execute = functools.partial(opened.run, environment=environment)
            seen.append(_try(made, execute, step, len(seen) + 1))
            if on_trial is not None:
                on_trial(seen[-1].trial)
    finally:
        if executor is None:
            opened.close()
    trials = [s.trial for s in seen]
    if step.stop == "unfaithful":
        step = Verdict("unfaithful", explanation=_unfaithful(trials))
    return _concluded(made, step, trials)


def _unfaithful(trials: list[Trial]) -> str:
    told = trials[-1].detail if trials else ""
    return f"The recording could not be replayed unchanged: {told}"


def job_of(made: Bisect, probe: Probe) -> Job:
    """The job that makes a probe."""
    assert made.job is not None
    more: dict[str, Json] = {}
    hops = [h for h in probe.hop_ids if h is not None]
    if probe.kind == "replay":
        more = {"mode": "serve"}
    elif probe.kind == "all_live":
        more = {"mode": "fork" if hops else "all_live", **_replaced(made, hops, recorded=True)}
    elif probe.kind == "resample" or probe.source == "model":
        more = {"mode": "resample", "live": hops}
        if probe.source == "model":
            inner = {i for h in made.source.hops if h.hop_id in hops for i in (h.hop_id, *h.merged)}
            more["models"] = dict.fromkeys(inner, made.wanted.reference_model)
    else:
        corrected = _replaced(made, hops, recorded=False, source=probe.source)
        more = {"mode": "resample", **corrected}
    if None in probe.hop_ids and made.good_recording is not None:
        more |= {"arguments": made.good_recording.arguments, "changed_arguments": True}
    return made.job.model_copy(update=more)


def _replaced(
    made: Bisect, hops: list[str], *, recorded: bool, source: Source = "good"
) -> dict[str, Json]:
    """Hops' outputs to serve: corrected ones, or their own (so that only what follows runs)."""
    assert made.recording is not None
    known = made.ruled if source == "rule" else made.corrections
    own = {e.hop_id: e for e in made.recording.entries}
    substitute: dict[str, Json] = {}
    replacements: dict[str, RecordedCall] = {}
    for hop_id in hops:
        entry = own[hop_id]
        itself = entry if isinstance(entry, RecordedCall) else entry.output
        value = itself if recorded else known[hop_id]
        if isinstance(value, RecordedCall):
            replacements[hop_id] = value
        else:
            substitute[hop_id] = value
    return {"substitute": substitute, "replacements": replacements}


def _try(made: Bisect, execute: Execute, probe: Probe, number: int) -> Seen:
    trial = Trial(
        n=number,
        kind=probe.kind,
        hop_id=probe.hop_ids[0] if len(probe.hop_ids) == 1 else None,
        hop_ids=list(probe.hop_ids),
        control=probe.control,
        source=probe.source if probe.hop_ids and not probe.control else None,
        outcome="undefined",
        detail=probe.why,
    )
    try:
        done = execute(job_of(made, probe))
    except Cancelled:
        raise
    except ReplayError as error:
        trial.detail = str(error)
        return Seen(trial)
    run = read_spans(done.spans, done.result.run_id)
    _fill(made, trial, done.result, run)
    if run is not None:
        made.home.take_in(done.spans)
    return Seen(
        trial,
        differing=_differing_now(made, run),
        ran=tuple(dict.fromkeys(_units(made, done.result.live_ids))),
        changed=_changed(made, done.result),
        misplaced=_misplaced(made, probe, run),
        ending=_ending(made, done.result),
    )


def _fill(made: Bisect, trial: Trial, result: Result, run: Made | None) -> None:
    assert made.oracle is not None
    findings = run.normalised.run.findings if run is not None else []
    outcome, why = made.oracle.judge(result, findings)
    trial.outcome, trial.run_id = outcome, result.run_id
    trial.hop_executions = result.executed
    trial.cost_usd = run.cost_usd if run is not None else None
    notes = [why] if why else [trial.detail]
    if result.effects_unanswered:
        names = ", ".join(dict.fromkeys(result.effects_unanswered))
        notes.append(f"no answer of {names} was recorded; None was served")
    trial.detail = "; ".join(n for n in notes if n)


def _differing_now(made: Bisect, run: Made | None) -> tuple[str, ...]:
    """Hops of the source that, in this trial, answer an input of the good run otherwise."""
    if run is None or made.good_recording is None or made.recording is None:
        return ()
    units = {h.hop_id for h in made.source.hops}
    at = {e.path: e.hop_id for e in made.recording.entries if e.hop_id in units}
    now = [h.hop_id for h in run.normalised.hops]
    found = []
    for one in differing(run.recording, made.good_recording, now):
        hop_id = at.get(one.path)
        if hop_id is not None:
            made.corrections.setdefault(hop_id, one.correction)
            found.append(hop_id)
    return tuple(found)


def _misplaced(made: Bisect, probe: Probe, run: Made | None) -> tuple[str, ...]:
    """Hops that were given the good run's answer although they were asked something else."""
    if run is None or made.good_recording is None or made.recording is None:
        return ()
    if probe.kind != "substitute" or probe.source != "good":
        return ()
    paths = {e.hop_id: e.path for e in made.recording.entries if e.hop_id in probe.hop_ids}
    now = {e.path: e for e in run.recording.entries}
    return tuple(
        hop_id
        for hop_id, path in paths.items()
        if path in now and not asked_alike(now[path], made.good_recording)
    )


def _ending(made: Bisect, result: Result) -> int:
    """The number of the first trial's outcome that is the same as this one."""
    error = result.error
    outcome = [error.type, error.message] if error is not None else [result.outcome]
    for number, known in enumerate(made.endings):
        if same_outcome(known, outcome):
            return number
    made.endings.append(outcome)
    return len(made.endings) - 1


def _units(made: Bisect, live_ids: list[str]) -> list[str]:
    """Recorded ids as hops that are shown: a call inside a one-call step is that step."""
    unit = {i: h.hop_id for h in made.source.hops for i in (h.hop_id, *h.merged)}
    return [unit[i] for i in live_ids if i in unit]


def _changed(made: Bisect, result: Result) -> bool:
    if result.error is not None or not result.returned:
        before = made.source.error
        return result.error is None or before is None or before.type != result.error.type
    return not same_outcome(made.source.output, result.outcome)


# --- the end --------------------------------------------------------------------------------


def _concluded(made: Bisect, verdict: Verdict, trials: list[Trial]) -> Bisected:
    static = made.home.reader.diagnosis(made.source.run_id)
    if verdict.stop == "clean":
        done = clean(static, made.source, verdict.explanation)
        return Bisected(done.model_copy(update={"trials": trials}), verdict, trials)
    if verdict.stop != "confirmed":
        update = {
            "verdict": "undecided",
            "origins": [],
            "origin": None,
            "explanation": undecided(made, verdict, trials),
            "next_check": next_step(made, static, verdict),
            "trials": trials,
        }
        _question(made, static, verdict.explanation)
        return Bisected(static.model_copy(update=update), verdict, trials)
    mended = next(
        (t.run_id for t in reversed(trials) if _flipped_by(t, verdict)),
        None,
    )
    costs = [t.cost_usd for t in trials if t.cost_usd is not None]
    proof = Confirmation(
        run_id=made.source.run_id,
        hop_ids=list(verdict.hop_ids),
        transient=verdict.transient,
        explanation=_explained(made, verdict),
        trials=trials,
        good_run_id=made.good.run_id if made.good is not None else None,
        mended_run_id=mended,
        cost_usd=sum(costs) if costs else None,
    )
    return Bisected(made.home.reader.confirm(proof), verdict, trials, mended)


def _question(made: Bisect, kept: Diagnosis, said: str) -> None:
    """Notes beside an earlier confirmation that this bisect did not confirm it again."""
    ids = [o.hop_id for o in kept.origins if o.confirmed]
    if not ids:
        return
    flipped = (t for t in reversed(kept.trials) if t.outcome == "good" and not t.control)
    proof = Confirmation(
        run_id=made.source.run_id,
        hop_ids=ids,
        later=said,
        explanation=kept.explanation.partition(OLDER)[0],
        trials=kept.trials,
        good_run_id=kept.baseline,
        mended_run_id=next((t.run_id for t in flipped if set(t.hop_ids) == set(ids)), None),
    )
    made.home.reader.confirm(proof)


def _flipped_by(trial: Trial, verdict: Verdict) -> bool:
    return trial.outcome == "good" and not trial.control and tuple(trial.hop_ids) == verdict.hop_ids


def _explained(made: Bisect, verdict: Verdict) -> str:
    mended = [h for h in verdict.hop_ids if h not in verdict.also]
    names = [name_of(h, made.source.hops) for h in mended]
    what = "The pipeline's input" if names == ["input"] else " and ".join(names)
    good, number = verdict.flipped
    rate = f" in {good} of {number} trials ({interval(good, number)})" if number > 1 else ""
    how = "was" if len(names) == 1 else "were"
    flipped = f"{what} {how} {verdict.explanation}, and the outcome turned good{rate}."
    if None in verdict.hop_ids and made.good is not None:
        flipped += f" {input_differs(made.source, made.good)}"
    if verdict.source == "rule":
        flipped += f" {ruled_why(made.static, verdict.hop_ids)}"
    if verdict.also:
        others = " and ".join(name_of(h, made.source.hops) for h in verdict.also)
        return (
            f"{flipped} {others} erred as well: run again on what was received there, it answered "
            "otherwise than recorded, twice the same, and another outcome followed."
        )
    if verdict.transient:
        return f"{flipped} The fault is transient: it was gone when everything ran again."
    return f"{flipped} The fault is persistent: it is there whenever this is executed."


__all__ = ["Bisect", "Bisected", "Wanted", "perform", "prepare"]
