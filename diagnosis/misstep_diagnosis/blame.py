"""Where a value first appeared, and the hops it went through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from misstep.model import Blame, BlameStep, Hop, HopRef, MatchKind, Run
from misstep_diagnosis.facts import HopFacts, RunFacts, input_of
from misstep_diagnosis.reading.values import Atom, atoms, fold, leaves, sayable
from misstep_diagnosis.reckoning.derive import derivation, terms_of, words
from misstep_diagnosis.reworded import places

MAX_STEPS = 100
_CONTENT = re.compile(r"[^\W\d_]{4,}")


def _root(there: Sequence[Atom]) -> str:
    return re.split(r"[.\[]", there[0].path)[0] if there else "output"


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
    from misstep_diagnosis.meant import meant  # rules ask for blame themselves

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


def _standing(folded: str) -> re.Pattern[str]:
    """The text where no digit goes on before or after it: 1.64 does not stand in 1.640,00."""
    before = r"(?<!\d)(?<!\d[.,])" if folded[:1].isdigit() else ""
    after = r"(?![.,]?\d)" if folded[-1:].isdigit() else ""
    return re.compile(f"{before}{re.escape(folded)}{after}")


class Wanted:
    """A text to look for: literally, and by the values in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = fold(text)
        found = atoms(text, "text")
        self.atoms = [a for a in found if a.kind in ("number", "date", "ident")] or found
        self._place = _standing(self.folded)
        self.words = set(_CONTENT.findall(self.folded))
        self.whole = [a for a in self.atoms if a.quote == text.strip()]
        self._not_at: set[str] = set()

    @property
    def keys(self) -> set[str]:
        """All readings of its values."""
        return {k for a in self.atoms for k in a.keys}

    def read_as(self, keys: set[str], *, not_at: str) -> None:
        """Leaves these readings of numbers alone, and does not look at a number written so."""
        self.atoms = [
            a._replace(keys=tuple(k for k in a.keys if k in keys)) if set(a.keys) & keys else a
            for a in self.atoms
        ]
        self.whole = [a for a in self.atoms if a.quote == self.text.strip()]
        self._not_at.add(not_at)

    def _looked_at(self, there: Sequence[Atom]) -> Sequence[Atom]:
        """A number's unit is no part of its quote: ``3.8 m`` of ``3.8 m MWh``."""
        if not self._not_at:
            return there
        return [
            a
            for a in there
            if a.kind != "number"
            or not any(f"{q} ".startswith(f"{a.quote} ") for q in self._not_at)
        ]

    def within(self, folded: str) -> bool:
        """Whether a folded text holds it, and not as a part of a longer number."""
        return bool(self.folded) and self._place.search(folded) is not None

    def among(self, there: Sequence[Atom], value: object) -> tuple[str, str, MatchKind, str] | None:
        """(path, quote, match, detail) of the best place the text stands at, or None."""
        there = self._looked_at(there)
        for atom in there:
            if atom.quote == self.text.strip():
                return atom.path, atom.quote, "exact", ""
        for atom in there:
            if atom.kind == "text" and self.within(atom.keys[0]):
                return atom.path, atom.quote[:200], "exact", ""
        literal = self._literally(value, there)
        if literal is not None:
            return literal
        keys = {a.keys[0] for a in self.whole} | {k for a in self.whole for k in a.keys}
        for atom in there:
            if keys and keys & set(atom.keys):
                return atom.path, atom.quote, "normalised", f"the same value as {self.text!r}"
        return self._all_values(there) or self._reworded(value, there)

    def everywhere(
        self, there: Sequence[Atom], value: object
    ) -> Iterator[tuple[str, str, MatchKind, str]]:
        """Every place it stands at as a value, the best place first; one each path."""
        first = self.among(there, value)
        if first is None:
            return
        yield first
        there, told = self._looked_at(there), {first[0]}
        keys = {k for a in self.whole for k in a.keys} | {a.keys[0] for a in self.whole}
        for atom in there:
            exact = atom.quote == self.text.strip()
            if atom.path not in told and (exact or keys & set(atom.keys)):
                told.add(atom.path)
                detail = "" if exact else f"the same value as {self.text!r}"
                yield atom.path, atom.quote, "exact" if exact else "normalised", detail

    def _literally(
        self, value: object, there: Sequence[Atom]
    ) -> tuple[str, str, MatchKind, str] | None:
        """A text leaf that holds the whole text, whatever its length."""
        if len(self.folded) < 2:
            return None
        for path, leaf in leaves(value, _root(there)):
            if isinstance(leaf, str) and len(leaf) > 300 and self.within(fold(leaf[:400_000])):
                return path, self.text, "exact", ""
        return None

    def _reworded(
        self, value: object, there: Sequence[Atom]
    ) -> tuple[str, str, MatchKind, str] | None:
        """A text leaf with most of its words and all of its values, for longer texts."""
        if len(self.words) < 4:
            return None
        telling = [a for a in self.atoms if a.kind in ("number", "date", "ident")]
        for path, leaf in leaves(value, _root(there)):
            if not isinstance(leaf, str) or len(leaf) < 15:
                continue
            shared = self.words & set(_CONTENT.findall(fold(leaf[:20_000])))
            if len(shared) < 0.6 * len(self.words):
                continue
            keys = {k for a in there if a.path == path for k in a.keys}
            if all(keys & set(a.keys) for a in telling):
                quote = leaf if len(leaf) <= 200 else self.text
                return (
                    path,
                    quote,
                    "fuzzy",
                    f"in other words; both have {', '.join(sorted(shared)[:4])}",
                )
        return None

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
