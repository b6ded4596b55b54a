"""What differs between two runs: decisions apart from wording, settings, the first divergence."""

from __future__ import annotations

from collections.abc import Sequence

from misstep.model import Change, Diff, Divergence, Hop, HopPair, Json, PairKind, Run
from misstep_diagnosis.comparing.align import Pair, align
from misstep_diagnosis.comparing.changes import MAX_CHANGES, Difference, differences, same_meaning
from misstep_diagnosis.comparing.likeness import Looks
from misstep_diagnosis.comparing.settings import changed_settings
from misstep_diagnosis.facts import input_of
from misstep_diagnosis.naming import label
from misstep_diagnosis.reading.values import atoms
from misstep_diagnosis.steady import steady

_OF_A_CALL = ("request_model", "response_model", "finish_reason", "kind")


@steady
def diff(
    run_a: Run, hops_a: Sequence[Hop], run_b: Run, hops_b: Sequence[Hop], reason: str = ""
) -> Diff:
    """Run A against run B, hop by hop.

    A pair is ``same`` when nothing differs but what each took from its own input, ``wording`` when
    every number, date, name, identifier and choice agrees, ``decision`` when one differs, and
    ``structure`` when a hop is missing, failed on one side, or has other fields. The first
    divergence is the first pair of the latter two; attempts that failed and were made again are
    told, but are none.
    """
    aligned = align(hops_a, hops_b)
    pairs = [_pair(a, b) for a, b in aligned]
    return Diff(
        run_a=run_a.run_id,
        run_b=run_b.run_id,
        reason=reason,
        first_divergence=_first(aligned, pairs) or _outcome(run_a, run_b, pairs),
        pairs=pairs,
        changed_settings=changed_settings(run_a, run_b, aligned),
    )


def _first(aligned: Sequence[Pair], pairs: Sequence[HopPair]) -> Divergence | None:
    retried = _retried(aligned)
    for (a, b), pair in zip(aligned, pairs, strict=True):
        if pair.kind not in ("decision", "structure") or id(a or b) in retried:
            continue
        telling = [c for c in pair.changed if c.field.startswith(("output", "error"))]
        field = (telling or pair.changed or [Change(field="output")])[0].field
        return Divergence(hop_a=pair.hop_a, hop_b=pair.hop_b, field=field)
    return None


def _retried(aligned: Sequence[Pair]) -> set[int]:
    """Attempts that one side has alone, failed, and made again with success: they recovered."""
    looks = Looks()
    mended: set[tuple[str, int]] = set()
    for a, b in aligned:
        if a is not None and b is not None and a.error is None and b.error is None:
            mended |= {looks.question(a), looks.question(b)}
    lone = (a or b for a, b in aligned if a is None or b is None)
    return {id(h) for h in lone if h and h.error is not None and looks.question(h) in mended}


def _outcome(run_a: Run, run_b: Run, pairs: Sequence[HopPair]) -> Divergence | None:
    """Runs whose hops agree may still end differently, e.g. by code between them."""
    if same_meaning(run_a.input, run_b.input) and not same_meaning(run_a.output, run_b.output):
        last = pairs[-1] if pairs else HopPair(hop_a=None, hop_b=None, kind="same")
        return Divergence(hop_a=last.hop_a, hop_b=last.hop_b, field="output")
    return None


def _pair(a: Hop | None, b: Hop | None) -> HopPair:
    if a is None or b is None:
        return HopPair(
            hop_a=a.hop_id if a else None, hop_b=b.hop_id if b else None, kind="structure"
        )
    inputs = differences(input_of(a), input_of(b), "input")
    outputs = differences(a.output, b.output, "output")
    others = [
        Change(field=name, a=getattr(a, name), b=getattr(b, name))
        for name in _OF_A_CALL
        if getattr(a, name) != getattr(b, name)
    ]
    if label(a) != label(b):
        others.append(Change(field="name", a=a.name, b=b.name))
    failed = (a.error is None) != (b.error is None)
    if failed:
        others.insert(0, Change(field="error", a=_error(a), b=_error(b)))
    kind = "structure" if failed else _kind(a, b, inputs, outputs)
    told = [d.as_change() for d in outputs] + others + [d.as_change() for d in inputs]
    return HopPair(hop_a=a.hop_id, hop_b=b.hop_id, changed=told[:MAX_CHANGES], kind=kind)


def _kind(a: Hop, b: Hop, inputs: Sequence[Difference], outputs: Sequence[Difference]) -> PairKind:
    if not outputs:
        return "same"
    asked = _Asked(a, b, any(not d.wording for d in inputs))
    kinds = {asked.kind(d) for d in outputs}
    for kind in ("structure", "decision", "wording"):
        if kind in kinds:
            return kind
    return "same"


class _Asked:
    """What both hops received, read once for all differences of their outputs."""

    def __init__(self, a: Hop, b: Hop, differs: bool) -> None:
        self._differs = differs
        self._given: list[frozenset[str]] = []
        self._hops = (a, b)

    def kind(self, one: Difference) -> PairKind:
        """What one difference of their outputs is."""
        if one.wording:
            return "wording"
        if one.what == "field":
            return "structure"
        if self._differs and one.what == "value" and _same_type(one.a, one.b):
            # Each side follows its own input in the same way: that is the input's difference.
            if self._taken(0, one.a) == self._taken(1, one.b):
                return "same"
            return "decision"
        if one.what == "value" and one.a is not None and one.b is not None:
            return "decision" if _same_type(one.a, one.b) else "structure"
        if self._differs and one.what == "member":
            side = 0 if one.b is None else 1
            return "same" if self._taken(side, one.a if side == 0 else one.b) else "decision"
        return "decision"

    def _taken(self, side: int, value: Json) -> bool:
        """Whether a hop took a value from what it received."""
        if not self._given:
            self._given = [
                frozenset(k for atom in atoms(input_of(h), "input") for k in atom.keys)
                for h in self._hops
            ]
        found = [x for x in atoms(value, "output") if x.weight > 0]
        return bool(found) and all(
            set(x.keys) & self._given[side] for x in found if x.kind != "text" or len(found) == 1
        )


def _same_type(a: Json, b: Json) -> bool:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (a, b))
    return numbers or type(a) is type(b)


def _error(hop: Hop) -> Json:
    return f"{hop.error.type}: {hop.error.message}"[:500] if hop.error else None
