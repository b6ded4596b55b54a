"""Sentences: what happened, what is missing, what would settle it."""

from __future__ import annotations

from misstep.model import Diagnosis, Evidence
from misstep_diagnosis.checks.found import LIKELIEST
from misstep_diagnosis.facts import RunFacts, known_bad
from misstep_diagnosis.reading.values import at_path, atoms


def explain(known: RunFacts, made: Diagnosis) -> str:
    """At most two sentences a tired person understands."""
    if made.verdict == "clean":
        told = "No evidence against any hop reaches the outcome."
        return (
            f"{told} Should it be wrong all the same, {_look_first(made)}"
            if made.suspects
            else told
        )
    if made.verdict == "undecided":
        return _undecided(made)
    first = made.suspects[0]
    evidence = next((e for e in first.evidence if e.strict), first.evidence[0])
    if made.origin is not None and made.origin.hop_id is None:
        return f"The pipeline's input was wrong already: {evidence.detail}."
    told = f"{first.name} went wrong first{_in_step(known, first.hop_id, evidence)}: {evidence.detail}."
    also = [o.name for o in made.origins[1:]]
    if also:
        return f"{told} Independently, {', '.join(also)} went wrong as well."
    return f"{told} {_after(known, made)}".strip()


def _in_step(known: RunFacts, hop_id: str | None, evidence: Evidence) -> str:
    """Of a step around one model call, whether the answer or the step's own code went wrong."""
    hop = known.by_id.get(hop_id or "")
    if hop is None or hop.answer is None or not hop.merged or evidence.path is None:
        return ""
    wrong = at_path(hop.output, evidence.path)
    if not isinstance(wrong, str | int | float) or isinstance(wrong, bool) or wrong == "":
        return ""
    said = {k for a in atoms(hop.answer, "answer") for k in a.keys}
    own = [a for a in atoms(wrong, "output") if a.kind != "text"] or atoms(wrong, "output")
    if own and all(set(a.keys) & said for a in own):
        return ", in the model's answer"
    return ", in the step's own code (the model's answer does not say so)"


def _after(known: RunFacts, made: Diagnosis) -> str:
    used = [h for h, s in made.states.items() if s in ("carried", "amplified")]
    where = made.symptom.name if made.symptom else ""
    failed = known.run.error is not None
    if not used:
        return "" if not where or _surfaced_at_origin(made) else f"It surfaced at {where}."
    hops = f"{len(used)} later hop{'s' if len(used) > 1 else ''} used it"
    ends = f"{where} failed on it" if failed and where else "it reached the final output"
    return f"{hops[0].upper()}{hops[1:]}; {ends}."


def _surfaced_at_origin(made: Diagnosis) -> bool:
    return bool(made.symptom and made.origin and made.symptom.hop_id == made.origin.hop_id)


def _undecided(made: Diagnosis) -> str:
    if not made.suspects:
        return "The outcome is bad, but nothing in the recording speaks against a single hop."
    first = made.suspects[0]
    if {e.rule for e in first.evidence} == {LIKELIEST}:
        return f"Nothing speaks against {first.name} by itself; {_look_first(made)}"
    return (
        f"The evidence does not carry an accusation; most of it speaks against {first.name}: "
        f"{first.evidence[0].detail}."
    )


def _look_first(made: Diagnosis) -> str:
    """Where to begin, and why there; comparing hops is no evidence against any."""
    first = made.suspects[0]
    told = next((e.detail for e in first.evidence if e.rule == LIKELIEST), "")
    return f"look at {first.name} first: {told}."


RAISE_LIMIT = (
    "raise MISSTEP_MAX_PAYLOAD_BYTES, or OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT of another exporter"
)
OUTCOME_UNKNOWN = "nobody said whether the outcome is good: misstep mark RUN good|bad"


def what_is_missing(known: RunFacts) -> list[str]:
    """What the recording lacks for a surer verdict, in sentences."""
    missing: list[str] = []
    blind = [
        h.name for h in known.hops if h.input is None and h.output is None and not h.messages_in
    ]
    if blind:
        missing.append(
            f"{_some(blind)} recorded neither input nor output; capture payloads to follow values"
        )
    cut = [h.name for h in known.hops if h.input_cut or h.output_cut]
    if cut:
        missing.append(f"{_some(cut)} had payloads cut on the way here; {RAISE_LIMIT}")
    open_hops = [h.name for h in known.hops if not h.complete]
    if open_hops:
        missing.append(f"{_some(open_hops)} never ended")
    orphans = [h.name for h in known.hops if h.orphan]
    if orphans:
        missing.append(f"the parent of {_some(orphans)} never arrived")
    if known.run.verdict.state == "unknown" and not known_bad(known.run):
        missing.append(OUTCOME_UNKNOWN)
    return missing


def _some(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    return ", ".join(unique[:4]) + (f" and {len(unique) - 4} more" if len(unique) > 4 else "")


def what_next(made: Diagnosis, baseline: str | None) -> str | None:
    """The cheapest check that would settle it."""
    if made.verdict == "clean":
        return None
    run = made.run_id[:12]
    if made.verdict == "fault":
        return (
            f"compare with a good run: misstep diff {run}"
            if baseline
            else (
                "mark a good run of this pipeline, so that there is something to compare with: "
                "misstep mark RUN good"
            )
        )
    if baseline is None:
        return "mark a good run of this pipeline: misstep mark RUN good"
    return f"say what is wrong in the outcome: misstep mark {run} bad --text TEXT"
