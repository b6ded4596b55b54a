"""Where a value first appeared, and the hops it went through."""

from __future__ import annotations

from collections.abc import Sequence

from misstep.model import Blame, BlameStep, Hop, HopRef, MatchKind, Run
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.values import Atom, atoms, fold

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
    known = RunFacts(run, hops)
    return blame_of(known, text, hop_id)


def blame_of(known: RunFacts, text: str, hop_id: str | None = None) -> Blame:
    """As :func:`blame`, over prepared facts."""
    wanted = _Wanted(text)
    limit = known.by_id[hop_id].index if hop_id in known.by_id else None
    facts = [f for f in known.facts if limit is None or f.hop.index <= limit]
    steps: list[BlameStep] = []
    if limit is None:
        found = wanted.among(known.output_atoms, known.run.output)
        if found:
            steps.append(_step(None, "out", found))
    first: HopFacts | None = None
    # Inside an enclosing hop the value came from the inner one, so leaves are asked alone.
    leaves = {f.hop.hop_id for f in known.leaves}
    for fact in reversed(facts):
        if fact.hop.hop_id not in leaves:
            continue
        produced = wanted.among(fact.produced, fact.hop.output)
        received = wanted.among(fact.received, fact.hop.input)
        if produced:
            steps.append(_step(fact.hop.hop_id, "out", produced))
            first = fact
        if received:
            steps.append(_step(fact.hop.hop_id, "in", received))
    given = wanted.among(known.input_atoms, known.run.input)
    if given:
        steps.append(_step(None, "in", given))
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
        hop = known.by_id[received.hop_id or ""]
        told = f"{hop.name} received {text!r}, but no recorded output or input supplied it."
        return Blame(
            text=text,
            origin=HopRef(hop_id=hop.hop_id, name=hop.name),
            chain=steps,
            explanation=told,
        )
    hop = first.hop
    introduced = not any(s.hop_id == hop.hop_id and s.side == "in" for s in steps)
    later = len({s.hop_id for s in steps if s.hop_id not in (None, hop.hop_id)})
    told = f"{text!r} was introduced by {hop.name}: none of its inputs hold it"
    if not introduced:
        told = f"{text!r} first appears at {hop.name}, in what it received"
    if later:
        told += f"; {later} later hop{'s' if later > 1 else ''} used it"
    return Blame(
        text=text,
        origin=HopRef(hop_id=hop.hop_id, name=hop.name),
        chain=steps,
        introduced=introduced,
        explanation=told + ".",
    )


class _Wanted:
    """A text to look for: literally, and by the values in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = fold(text)
        found = atoms(text, "text")
        self.atoms = [a for a in found if a.kind in ("number", "date", "ident")] or found
        self.whole = [a for a in self.atoms if a.quote == text.strip()]

    def among(self, there: Sequence[Atom], value: object) -> tuple[str, str, MatchKind, str] | None:
        """(path, quote, match, detail) of the best place the text stands at, or None."""
        for atom in there:
            if atom.quote == self.text.strip():
                return atom.path, atom.quote, "exact", ""
        for atom in there:
            if atom.kind == "text" and self.folded and self.folded in atom.keys[0]:
                return atom.path, atom.quote[:200], "exact", ""
        if isinstance(value, str) and self.folded and self.folded in fold(value[:400_000]):
            return there[0].path if there else "output", self.text, "exact", ""
        keys = {a.keys[0] for a in self.whole} | {k for a in self.whole for k in a.keys}
        for atom in there:
            if keys and keys & set(atom.keys):
                return atom.path, atom.quote, "normalised", f"the same value as {self.text!r}"
        return self._all_values(there)

    def _all_values(self, there: Sequence[Atom]) -> tuple[str, str, MatchKind, str] | None:
        """Every number, date and identifier of a longer text at one place."""
        values = [a for a in self.atoms if a.kind != "text"]
        if self.whole or not values:
            return None
        by_path: dict[str, set[str]] = {}
        for atom in there:
            by_path.setdefault(atom.path, set()).update(atom.keys)
        for path, keys in by_path.items():
            if all(keys & set(v.keys) for v in values):
                return path, self.text, "fuzzy", "the same values in other words"
        return None


def _step(hop_id: str | None, side: str, found: tuple[str, str, MatchKind, str]) -> BlameStep:
    path, quote, match, detail = found
    return BlameStep(
        hop_id=hop_id,
        side="out" if side == "out" else "in",
        path=path,
        quote=quote[:200],
        match=match,
        detail=detail,
    )
