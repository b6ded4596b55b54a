"""What differs between two runs: decisions apart from wording, settings, the first divergence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from misstep.model import Change, Diff, Divergence, Hop, HopPair, Json, PairKind, Run
from misstep_diagnosis.align import align
from misstep_diagnosis.facts import input_of
from misstep_diagnosis.values import atoms, fold, last_key, leaves

MAX_CHANGES = 200
_SETTINGS = (
    "request_model",
    "provider",
    "prompt_version",
    "prompt_name",
    "system",
    "tools",
    "parameters",
)
_ENVIRONMENT = ("vcs_commit", "vcs_dirty", "sdk_versions", "entry")
_CHOICE_CHARS = 40


def diff(
    run_a: Run, hops_a: Sequence[Hop], run_b: Run, hops_b: Sequence[Hop], reason: str = ""
) -> Diff:
    """Run A against run B, hop by hop.

    A pair is ``same`` when nothing differs but what each took from its own input, ``wording`` when
    every number, date, name, identifier and choice agrees, ``decision`` when one differs, and
    ``structure`` when a hop is missing, failed on one side, or has other fields.
    """
    pairs = [_pair(a, b) for a, b in align(hops_a, hops_b)]
    return Diff(
        run_a=run_a.run_id,
        run_b=run_b.run_id,
        reason=reason,
        first_divergence=_first(pairs) or _outcome(run_a, run_b, pairs),
        pairs=pairs,
        changed_settings=_settings(run_a, run_b, hops_a, hops_b),
    )


def _first(pairs: Iterable[HopPair]) -> Divergence | None:
    for pair in pairs:
        if pair.kind in ("decision", "structure"):
            telling = [c for c in pair.changed if c.field.startswith(("output", "error"))]
            field = (telling or pair.changed or [Change(field="output")])[0].field
            return Divergence(hop_a=pair.hop_a, hop_b=pair.hop_b, field=field)
    return None


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
    inputs = changes(input_of(a), input_of(b), "input")
    outputs = changes(a.output, b.output, "output")
    others = [
        Change(field=name, a=_short(getattr(a, name)), b=_short(getattr(b, name)))
        for name in ("request_model", "response_model", "finish_reason", "kind")
        if getattr(a, name) != getattr(b, name)
    ]
    failed = (a.error is None) != (b.error is None)
    if failed:
        others.insert(0, Change(field="error", a=_error(a), b=_error(b)))
    kind = "structure" if failed else _kind(a, b, inputs, outputs)
    return HopPair(
        hop_a=a.hop_id, hop_b=b.hop_id, changed=(outputs + others + inputs)[:MAX_CHANGES], kind=kind
    )


def _kind(a: Hop, b: Hop, inputs: list[Change], outputs: list[Change]) -> PairKind:
    if not outputs:
        return "same"
    kinds = [_change_kind(change, a, b, bool(inputs)) for change in outputs]
    for kind in ("structure", "decision", "wording"):
        if kind in kinds:
            return kind
    return "same"


def _change_kind(change: Change, a: Hop, b: Hop, inputs_differ: bool) -> PairKind:
    if same_meaning(change.a, change.b):
        return "wording"
    if (change.a is None) != (change.b is None) or type(change.a) is not type(change.b):
        numbers = isinstance(change.a, int | float) and isinstance(change.b, int | float)
        return "decision" if numbers and not inputs_differ else ("same" if numbers else "structure")
    if inputs_differ and _taken_from_input(change.a, a) == _taken_from_input(change.b, b):
        # Each side follows its own input in the same way: that is the input's difference.
        return "same"
    return "decision"


def _taken_from_input(value: Json, hop: Hop) -> bool:
    given = {k for atom in atoms(input_of(hop), "input") for k in atom.keys}
    found = [x for x in atoms(value, "output") if x.weight > 0]
    return bool(found) and all(
        set(x.keys) & given for x in found if x.kind != "text" or len(found) == 1
    )


def _error(hop: Hop) -> Json:
    return f"{hop.error.type}: {hop.error.message}"[:500] if hop.error else None


def _short(value: Json) -> Json:
    return value[:2000] if isinstance(value, str) else value


def changes(a: Json, b: Json, root: str) -> list[Change]:
    """Leaves that differ, in A's order and then B's own, at most :data:`MAX_CHANGES`."""
    left, right = dict(leaves(a, root)), dict(leaves(b, root))
    found: list[Change] = []
    for path in [*left, *(p for p in right if p not in left)]:
        x, y = left.get(path), right.get(path)
        if (path in left) != (path in right) or not _equal(x, y):
            found.append(Change(field=path, a=_short(x), b=_short(y)))
            if len(found) >= MAX_CHANGES:
                break
    return found


def _equal(a: Json, b: Json) -> bool:
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    return bool(a == b)


def same_meaning(a: Json, b: Json) -> bool:
    """Whether every number, date, name, identifier and choice agrees, wording apart."""
    if a == b:
        return True
    left, right = list(leaves(a, "")), list(leaves(b, ""))
    if len(left) != len(right):
        return False
    return all(
        last_key(p) == last_key(q) and _same_leaf(x, y)
        for (p, x), (q, y) in zip(left, right, strict=True)
    )


def _same_leaf(a: Json, b: Json) -> bool:
    if not (isinstance(a, str) and isinstance(b, str)):
        return _equal(a, b)
    if fold(a) == fold(b):
        return True
    if min(len(a), len(b)) <= _CHOICE_CHARS and " " not in min(a.strip(), b.strip(), key=len):
        return False
    return _telling(a) == _telling(b) and max(len(a), len(b)) > _CHOICE_CHARS


def _telling(text: str) -> frozenset[str]:
    return frozenset(
        x.keys[0] for x in atoms(text, "") if x.kind in ("number", "date", "ident", "name")
    )


def _settings(run_a: Run, run_b: Run, hops_a: Sequence[Hop], hops_b: Sequence[Hop]) -> list[Change]:
    found: list[Change] = []
    if run_a.version != run_b.version:
        found.append(Change(field="version", a=run_a.version, b=run_b.version))
    for name in _ENVIRONMENT:
        a, b = getattr(run_a.environment, name), getattr(run_b.environment, name)
        if a != b and a is not None and b is not None:
            found.append(Change(field=name, a=a, b=b))
    for a, b in align(hops_a, hops_b):
        if a is None or b is None:
            continue
        for name in _SETTINGS:
            if getattr(a, name) != getattr(b, name):
                x, y = _short(getattr(a, name)), _short(getattr(b, name))
                found.append(Change(field=f"{a.name}.{name}", a=x, b=y))
        code_a = a.recording.code_hash if a.recording else None
        code_b = b.recording.code_hash if b.recording else None
        if code_a and code_b and code_a != code_b:
            found.append(Change(field=f"{a.name}.code", a=code_a, b=code_b))
    return found[:MAX_CHANGES]


def nearest_good(run: Run, candidates: Sequence[Run]) -> tuple[Run, str] | None:
    """The good run to compare with and why: same pipeline, nearest input, most recent.

    None when no candidate is a good run of the same pipeline (or name, where there is none)."""
    same = [
        c
        for c in candidates
        if c.run_id != run.run_id
        and c.verdict.state == "good"
        and (c.pipeline or c.name) == (run.pipeline or run.name)
    ]
    if not same:
        return None
    wanted = _words(run.input)
    best = max(same, key=lambda c: (_overlap(wanted, _words(c.input)), c.started_at))
    near = _overlap(wanted, _words(best.input))
    how = (
        "the same input" if best.input == run.input else f"the nearest input ({near:.0%} in common)"
    )
    when = best.started_at[:19].replace("T", " ")
    return best, f"good run of {best.pipeline or best.name} with {how}, {when}"


def _words(value: Json) -> frozenset[str]:
    found: set[str] = set()
    for path, leaf in leaves(value, ""):
        found.add(path)
        if leaf is not None:
            found.update(fold(str(leaf)[:20_000]).split())
    return frozenset(found)


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0
