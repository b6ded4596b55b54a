"""What a bisect says of the good run it was given, and what to give it next."""

from __future__ import annotations

import difflib
import json
import math
import re
import shlex
from collections.abc import Sequence

from misstep.model import Diagnosis, Run, RunDetail, Trial
from misstep.replay.matching import differences, quote
from misstep.replay.zones import is_effect
from misstep_diagnosis.bisect import Verdict
from misstep_diagnosis.naming import name_of
from misstep_store.replaying.compare import same_input
from misstep_store.replaying.oracle import contains
from misstep_store.replaying.prepared import Bisect, Wanted

_SHORT = 12  # words: so few that how many they share says nothing
_LEAST_SHARED = 0.5
_SHOWN = 3
_Z95 = 1.959964


def comparable(run: Run, good: Run) -> bool:
    """Whether the good run's input may be what this run's should have been: the same but for some
    values, not another request altogether."""
    a, b = _words(run.input), _words(good.input)
    if max(len(a), len(b)) <= _SHORT:
        return True
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() >= _LEAST_SHARED


def _words(value: object) -> list[str]:
    return re.findall(r"\w+", json.dumps(value, ensure_ascii=False, default=str))[:2000]


def beside(run: Run, good: Run) -> list[str]:
    """Sentences about a good run that the user named; empty when it is on the same input."""
    if same_input(run.input, good.input):
        return []
    if comparable(run, good):
        return [
            f"{input_differs(run, good)} A hop can only be blamed by what it did with an input that "
            "both runs had."
        ]
    return [
        f"{good.run_id[:8]} answers another request than {run.run_id[:8]}: its input and its outcome "
        "say nothing of what this run should have done. Name a good run on the same input, or give "
        "the text a good outcome holds with --expect"
    ]


def input_differs(run: Run, good: Run) -> str:
    """In which fields the inputs differ, and what follows if that was meant."""
    found = differences(run.input, good.input, at="input")
    told = ", ".join(
        f"{d['field']} is {quote(d['recorded'])} here and {quote(d['now'])} there"
        for d in found[:_SHOWN]
    )
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return (
        f"The good run {good.run_id[:8]} has another input ({told}{more}): the input is at fault only "
        "if that one is what this run should have been given."
    )


def ruled_why(static: Diagnosis | None, hop_ids: Sequence[str | None]) -> str:
    """What the rules said whose values were put in."""
    suspects = static.suspects if static is not None else []
    told = [
        f"{s.name}: {e.detail} ({e.rule})"
        for s in suspects
        if s.hop_id in hop_ids
        for e in s.evidence
        if e.strict and e.expected
    ]
    return f"The right value is a rule's: {'; '.join(told)}."


def undecided(made: Bisect, verdict: Verdict, trials: Sequence[Trial]) -> str:
    """Why nothing was confirmed, and what is missing."""
    names = _repeating(made) if verdict.stop == "not_confirmed" else []
    if not names or made.oracle is None:
        return f"{verdict.explanation}{_wants(made.wanted, verdict, trials)}"
    told, are = " and ".join(names), "is a side effect" if len(names) == 1 else "are side effects"
    return (
        f"{told} {are}, answered from the recording and never executed again, and the answer repeats "
        f"{made.oracle.text!r}: an outcome that tells it cannot turn good, whatever is mended. Give "
        "the text that a good outcome holds with --expect TEXT, or a good run on the same input, "
        "which has another answer, with --good RUN_B."
    )


def _repeating(made: Bisect) -> list[str]:
    """Side effects whose recorded answer holds the text by which the run was marked bad."""
    oracle, recording = made.oracle, made.recording
    if oracle is None or oracle.kind != "mark" or recording is None:
        return []
    effects = (h for h in recording.hops if is_effect(h) and contains(h.output, oracle.text))
    return [*dict.fromkeys(h.name for h in effects)]


def _wants(wanted: Wanted, verdict: Verdict, trials: Sequence[Trial]) -> str:
    """What stood in the way, else what would settle a fault that stays, in the words of the command
    line."""
    failed = [t.detail for t in trials if t.outcome == "undefined" and t.detail]
    if failed and verdict.stop != "unfaithful":
        return f" {len(failed)} of {len(trials)} trials showed nothing: {failed[-1]}"
    if verdict.stop != "not_confirmed" or verdict.transient:
        return ""
    model = "" if wanted.reference_model is not None else ", ask a stronger --reference-model"
    return (
        " Give what is right: a hop's right output with --set HOP=VALUE, a good run on the same input "
        f"with --good RUN_B{model}."
    )


def next_step(made: Bisect, static: Diagnosis, verdict: Verdict) -> str | None:
    """The command that would settle it, with what is missing in it."""
    run, wanted = made.source, made.wanted
    command = ["misstep", "bisect", run.run_id[:12]]
    if wanted.expect is not None:
        command += ["--expect", shlex.quote(wanted.expect)]
    if wanted.check is not None:
        command += ["--check", shlex.quote(wanted.check)]
    if verdict.stop == "budget":
        more = "--budget-usd" if "--budget-usd" in verdict.explanation else "--budget"
        return " ".join([*command, more, "MORE"])
    if verdict.stop != "not_confirmed":
        return static.next_check
    if verdict.transient:
        return " ".join([*command, "--trials", str(max(5, 2 * wanted.trials))])
    if _repeating(made):
        expect = f"{' '.join([*command, '--expect', 'TEXT'])} with the text a good outcome holds"
        good = f"{' '.join([*command, '--good', 'RUN_B'])} with a good run on the same input"
        return f"say what is good: {expect}; or {good}"
    tried = set(wanted.given)
    hop = next((s for s in static.suspects if s.hop_id and s.hop_id not in tried), None)
    name = name_of(hop.hop_id, run.hops) if hop is not None else "HOP"
    lines = [
        f"{' '.join([*command, '--set', f'{name}=VALUE'])} with the right output of {name}",
        f"{' '.join([*command, '--good', 'RUN_B'])} with a good run on the same input",
    ]
    if wanted.reference_model is None:
        lines.append(f"{' '.join([*command, '--reference-model', 'MODEL'])} with a stronger model")
    return "give what is right: " + "; or ".join(lines)


def interval(good: int, number: int) -> str:
    """Wilson's 95 % interval of a flip rate."""
    rate = good / number
    centre = rate + _Z95**2 / (2 * number)
    spread = _Z95 * math.sqrt(rate * (1 - rate) / number + _Z95**2 / (4 * number * number))
    scale = 1 + _Z95**2 / number
    low, high = max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
    return f"95 % interval {low:.0%} to {high:.0%}"


def clean(static: Diagnosis, source: RunDetail, why: str) -> Diagnosis:
    """The diagnosis of a run in which nothing is to be looked for, and why."""
    told = why if why.endswith(".") else f"This run is {why}: there is nothing to look for."
    return static.model_copy(
        update={
            "verdict": "clean",
            "origins": [],
            "origin": None,
            "suspects": [],
            "symptom": None,
            "path": [],
            "states": {h.hop_id: "clean" for h in source.hops},
            "explanation": told,
            "next_check": None,
            "trials": [],
        }
    )
