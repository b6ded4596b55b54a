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
from misstep_diagnosis.explain import OUTCOME_UNKNOWN
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.lineage import lineage_of
from misstep_diagnosis.taint import Taint

RULE = "replay.confirmed"


def confirm(made: Diagnosis, run: Run, hops: Sequence[Hop], proof: Confirmation) -> Diagnosis:
    """The diagnosis with the confirmed origins, earliest first, in place of suspected ones.

    Hops of the proof that the run no longer has are left out; without any left, the diagnosis
    stays as it was."""
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
    states |= {h: "origin" for h in ids if h is not None}
    path = {h for h in ids if h} | {h for s in spreads.values() for h in s.path}
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
            "explanation": proof.explanation,
            "missing": [m for m in made.missing if m != OUTCOME_UNKNOWN],
            "next_check": None,
            "trials": proof.trials,
            "baseline": proof.good_run_id or made.baseline,
        }
    )


def _suspects(made: Diagnosis, origins: Sequence[OriginRef], proof: Confirmation) -> list[Suspect]:
    before = {s.hop_id: s.evidence for s in made.suspects}
    told = [
        Suspect(
            hop_id=o.hop_id,
            name=o.name,
            rank=rank,
            evidence=[
                Evidence(
                    rule=RULE, strict=True, hop_id=o.hop_id, quote="", detail=proof.explanation
                ),
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


def name_of(hop_id: str | None, hops: Sequence[Hop]) -> str:
    """The hop's name, ``NAME#n`` where it repeats; ``input`` for the pipeline's input."""
    if hop_id is None:
        return "input"
    hop = next(h for h in hops if h.hop_id == hop_id)
    same = [h.hop_id for h in hops if h.name == hop.name]
    return hop.name if len(same) == 1 else f"{hop.name}#{same.index(hop_id) + 1}"
