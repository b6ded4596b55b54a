"""A diagnosis overruled by what executing the run again has proved."""

from __future__ import annotations

from collections.abc import Sequence

from misstep.model import (
    Confirmation,
    Diagnosis,
    Evidence,
    Hop,
    HopRef,
    HopState,
    OriginRef,
    Run,
    Suspect,
)
from misstep_diagnosis.comparing.align import align
from misstep_diagnosis.comparing.changes import same_meaning
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.lineage import lineage_of
from misstep_diagnosis.naming import name_of
from misstep_diagnosis.verdict.explain import OUTCOME_UNKNOWN
from misstep_diagnosis.verdict.taint import Taint

RULE = "replay.confirmed"
OLDER = " This is older than the last bisect, which did not confirm it again: "


def confirm(
    made: Diagnosis,
    run: Run,
    hops: Sequence[Hop],
    proof: Confirmation,
    mended: Sequence[Hop] = (),
) -> Diagnosis:
    """The diagnosis with the confirmed origins, earliest first, in place of suspected ones.

    Hops of the proof that the run no longer has are left out; without any left, the diagnosis
    stays as it was. ``mended``: the hops of the run that went well with the origins mended; where
    they are given, they tell which later hops were consequences: those that then gave something
    else. What a hop gave all the same, it did not owe to the fault, side effects aside: they were
    answered and not repeated, so they stay what the recording tells."""
    known = RunFacts(run, hops)
    ids = [h for h in proof.hop_ids if h is None or h in known.by_id]
    ids.sort(key=lambda h: known.by_id[h].index if h else -1)
    if not ids:
        return made
    origins = [OriginRef(hop_id=h, name=name_of(h, hops), confirmed=True) for h in ids]
    spreads = {h: Taint(known, lineage_of(known)).spread(h, frozenset()) for h in ids}
    states: dict[str, HopState] = {h.hop_id: "clean" for h in known.hops}
    for spread in spreads.values():
        for hop_id, state in spread.states.items():
            if states.get(hop_id) in ("clean", "absorbed"):
                states[hop_id] = state
    states |= _as_mended(hops, mended, states, min(known.by_id[h].index if h else -1 for h in ids))
    states |= {h: "origin" for h in ids if h is not None}
    path = {h for h in ids if h} | {h for h, s in states.items() if s in ("carried", "amplified")}
    symptom = made.symptom or _last(path, hops)
    if symptom is not None and symptom.hop_id:
        path.add(symptom.hop_id)
    return made.model_copy(
        update={
            "verdict": "fault",
            "origins": origins,
            "origin": origins[0],
            "suspects": _suspects(made, origins, proof),
            "states": states,
            "path": [h.hop_id for h in known.hops if h.hop_id in path],
            "symptom": symptom,
            "explanation": _told(proof),
            "missing": [m for m in made.missing if m != OUTCOME_UNKNOWN],
            "next_check": None,
            "trials": proof.trials,
            "baseline": proof.good_run_id or made.baseline,
        }
    )


def _told(proof: Confirmation) -> str:
    return f"{proof.explanation}{OLDER}{proof.later}" if proof.later else proof.explanation


def _as_mended(
    hops: Sequence[Hop], mended: Sequence[Hop], states: dict[str, HopState], first: int
) -> dict[str, HopState]:
    """States of the hops after the first origin that the mended run has too."""
    made: dict[str, HopState] = {}
    for mine, other in align(hops, mended) if mended else ():
        if mine is None or other is None or mine.index <= first:
            continue
        before = states[mine.hop_id]
        failed = (mine.error is None) != (other.error is None)
        if failed or not same_meaning(mine.output, other.output):
            made[mine.hop_id] = "amplified" if before == "amplified" else "carried"
        elif not (_is_effect(mine) and not same_meaning(mine.input, other.input)):
            made[mine.hop_id] = "clean" if before == "clean" else "absorbed"
    return made


def _is_effect(hop: Hop) -> bool:
    """Whether a trial answers this hop from the recording, whatever it is given."""
    kept = hop.recording
    return kept is not None and (kept.effect or (hop.kind == "tool" and not kept.pure))


def _suspects(made: Diagnosis, origins: Sequence[OriginRef], proof: Confirmation) -> list[Suspect]:
    before = {s.hop_id: s.evidence for s in made.suspects}
    told = [
        Suspect(
            hop_id=o.hop_id,
            name=o.name,
            rank=rank,
            evidence=[
                Evidence(rule=RULE, strict=True, hop_id=o.hop_id, quote="", detail=_told(proof)),
                *before.get(o.hop_id, []),
            ],
        )
        for rank, o in enumerate(origins, 1)
    ]
    rest = [s for s in made.suspects if s.hop_id not in {o.hop_id for o in origins}]
    return [
        *told,
        *(s.model_copy(update={"rank": r}) for r, s in enumerate(rest, len(told) + 1)),
    ]


def _last(path: set[str], hops: Sequence[Hop]) -> HopRef | None:
    reached = [h for h in hops if h.hop_id in path]
    return (
        HopRef(hop_id=reached[-1].hop_id, name=name_of(reached[-1].hop_id, hops))
        if reached
        else None
    )
