"""Where a value first appeared, and the hops it went through."""

from __future__ import annotations

from collections.abc import Sequence

from misstep.model import Blame, BlameStep, Hop, HopRef, MatchKind, Run
from misstep_diagnosis.facts import HopFacts, RunFacts, input_of
from misstep_diagnosis.reading.values import atoms, sayable
from misstep_diagnosis.reckoning.derive import derivation, terms_of, words
from misstep_diagnosis.reworded import places
from misstep_diagnosis.wanted import Wanted

MAX_STEPS = 100


def blame(run: Run, hops: Sequence[Hop], text: str, hop_id: str | None = None) -> Blame:
    """Traces ``text`` back to where it first appeared.

    Args:
        run: the run with its input and output.
        hops: its hops.
        text: a value or a piece of text, in any notation.
        hop_id: look no later than this hop.

    Returns:
        The chain runs from the latest place back to the first; ``origin`` is None when the text
        stands nowhere, and has ``hop_id`` None when it came with the pipeline's input.
    """
    from misstep_diagnosis.meant import meant  # it loads rules, which few ask for

    known = RunFacts(run, hops)
    wanted, fault = meant(known, text)
    made = blame_of(known, text, hop_id, wanted)
    if fault is not None and made.origin and made.origin.hop_id == fault.evidence.hop_id:
        made.explanation += f" {fault.evidence.rule}: {fault.evidence.detail}."
    return made


def blame_of(
    known: RunFacts, text: str, hop_id: str | None = None, wanted: Wanted | None = None
) -> Blame:
    """Where ``text``, or what is ``wanted`` of it, first appeared; over prepared facts."""
    wanted = wanted or Wanted(text)
    limit = known.by_id[hop_id].index if hop_id in known.by_id else None
    facts = [f for f in known.facts if limit is None or f.hop.index <= limit]
    steps: list[BlameStep] = []
    if limit is None:
        found = wanted.among(known.output_atoms, known.run.output)
        if found:
            steps.append(step(None, "out", found))
    first: HopFacts | None = None
    # Inside an enclosing hop the value came from the inner one, so leaves are asked alone.
    leaves = {f.hop.hop_id for f in known.leaves}
    for fact in reversed(facts):
        if fact.hop.hop_id not in leaves:
            continue
        produced = wanted.among(fact.produced, fact.hop.output)
        received = wanted.among(fact.received, input_of(fact.hop))
        if produced:
            steps.append(step(fact.hop.hop_id, "out", produced))
            first = fact
        if received:
            steps.append(step(fact.hop.hop_id, "in", received))
    given = wanted.among(known.input_atoms, known.run.input)
    if given:
        steps.append(step(None, "in", given))
    return _answer(known, text, steps[:MAX_STEPS], first, given=bool(given))


def _answer(
    known: RunFacts, text: str, steps: list[BlameStep], first: HopFacts | None, *, given: bool
) -> Blame:
    if given:
        told = f"{text!r} came with the pipeline's input."
        return Blame(
            text=text, origin=HopRef(hop_id=None, name="input"), chain=steps, explanation=told
        )
    if first is None:
        received = next((s for s in reversed(steps) if s.side == "in" and s.hop_id), None)
        if received is None:
            return Blame(
                text=text, chain=steps, explanation=f"{text!r} stands nowhere in this run."
            )
        name = known.called[received.hop_id or ""]
        told = f"{name} received {text!r}, but no recorded output or input supplied it."
        return Blame(
            text=text,
            origin=HopRef(hop_id=received.hop_id, name=name),
            chain=steps,
            explanation=told,
        )
    hop, name = first.hop, known.called[first.hop.hop_id]
    introduced = not any(s.hop_id == hop.hop_id and s.side == "in" for s in steps)
    computed = _computed(first, text) if introduced else []
    later = len({s.hop_id for s in steps if s.hop_id not in (None, hop.hop_id)})
    told = f"{text!r} was introduced by {name}: none of its inputs hold it"
    if computed:
        steps, introduced = steps + computed, False
        told = f"{text!r} was computed by {name}: {computed[0].detail}"
    elif not introduced:
        told = f"{text!r} first appears at {name}, in what it received"
    if later:
        told += f"; {later} later hop{'s' if later > 1 else ''} used it"
    return Blame(
        text=text,
        origin=HopRef(hop_id=hop.hop_id, name=name),
        chain=steps,
        introduced=introduced,
        explanation=told + ".",
    )


def _computed(first: HopFacts, text: str) -> list[BlameStep]:
    """The inputs of the hop out of which a typed derivation makes the number; none if it is made up."""
    number = next((a.number for a in atoms(text, "t") if a.whole and a.number is not None), None)
    if number is None:
        return []
    terms = terms_of(input_of(first.hop), "input")
    own = terms_of(first.hop.output, "output")
    for given in (terms, own):
        formula = derivation(number, given)
        if formula is not None and formula[0] != "copy":
            side = "in" if given is terms else "out"
            return [
                step(first.hop.hop_id, side, (path, text, "derived", words(formula)))
                for path in places(formula, given)
            ]
    return []


def step(hop_id: str | None, side: str, found: tuple[str, str, MatchKind, str]) -> BlameStep:
    """A place in the shape the API answers; ``found`` is (path, quote, match, detail)."""
    path, quote, match, detail = found
    return BlameStep(
        hop_id=hop_id,
        side="out" if side == "out" else "in",
        path=path,
        quote=sayable(quote[:200]),
        match=match,
        detail=sayable(detail),
    )
