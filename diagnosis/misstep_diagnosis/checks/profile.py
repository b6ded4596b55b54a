"""What the same hop did in good runs of the pipeline and did not do here."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from misstep.model import Hop, Json
from misstep_diagnosis.align import place
from misstep_diagnosis.changes import changes, same_meaning
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.values import leaves

MIN_INSTANCES = 2
_EMPTY: tuple[Json, ...] = (None, "", [], {})
_PER_HOP = 3


def shape(path: str) -> str:
    """A path without positions: ``output.lines[0].qty`` → ``output.lines[].qty``."""
    return re.sub(r"\[\d+\]", "[]", path)


@dataclass(slots=True)
class Seen:
    """What good instances of one hop had at one output path."""

    instances: int = 0
    empty: int = 0
    types: set[str] = field(default_factory=set)
    values: int = 0
    grounded: int = 0


def _kind(value: Json) -> str:
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def learn(good: Good) -> dict[str, tuple[int, dict[str, Seen]]]:
    """(instances, what was seen by output path) for every hop place."""
    seen: dict[str, dict[str, Seen]] = defaultdict(dict)
    instances: dict[str, int] = defaultdict(int)
    for run in good:
        for fact in run.leaves:
            if fact.hop.error is None:
                instances[place(fact.hop)] += 1
                _add(seen[place(fact.hop)], fact)
    return {p: (instances[p], paths) for p, paths in seen.items()}


def _add(paths: dict[str, Seen], fact: HopFacts) -> None:
    for path, leaf in leaves(fact.hop.output, "output"):
        entry = paths.setdefault(shape(path), Seen())
        entry.instances += 1
        entry.empty += leaf in _EMPTY and not isinstance(leaf, bool | int | float)
        entry.types.add(_kind(leaf))
    for path, (values, grounded) in _grounding(fact).items():
        entry = paths.setdefault(path, Seen())
        entry.values += values
        entry.grounded += grounded


def _grounding(fact: HopFacts) -> dict[str, tuple[int, int]]:
    """(values, of them in the input) by output path, indices collapsed."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for atom in fact.produced:
        if atom.kind in ("number", "date", "ident") and atom.weight > 0:
            entry = out[shape(atom.path)]
            inside = any(k in fact.received_keys for k in atom.keys)
            entry[0] += 1
            entry[1] += inside
    return {p: (a, b) for p, (a, b) in out.items()}


def compared(known: RunFacts, good: Good) -> list[Found]:
    """Values made up, lost, left empty or of another type where good runs never did that."""
    learned = learn(good)
    out: list[Found] = []
    for fact in known.leaves:
        instances, paths = learned.get(place(fact.hop), (0, {}))
        if instances >= MIN_INSTANCES and fact.hop.error is None:
            out += _compare(fact, instances, paths)[:_PER_HOP]
    return out


def _compare(fact: HopFacts, instances: int, paths: dict[str, Seen]) -> list[Found]:
    hop = fact.hop
    out = _made_up(fact, instances, paths)
    for path, leaf in leaves(hop.output, "output"):
        entry = paths.get(shape(path))
        if entry is None or entry.instances < MIN_INSTANCES:
            continue
        is_empty = leaf in _EMPTY and not isinstance(leaf, bool | int | float)
        if is_empty and entry.empty == 0:
            detail = f"{_short(path)} is empty; in {instances} good runs of this hop it never was"
            bad = (f"e{path.rpartition('.')[2]}",)
            out.append(
                found(
                    "profile.empty",
                    hop.hop_id,
                    f"{_short(path)}: {leaf!r}",
                    detail,
                    path=path,
                    bad=bad,
                )
            )
        elif not is_empty and entry.types and _kind(leaf) not in entry.types:
            wanted = " or ".join(sorted(entry.types))
            detail = f"{_short(path)} is a {_kind(leaf)}; in good runs it is a {wanted}"
            out.append(found("profile.type", hop.hop_id, f"{leaf!r}", detail, path=path))
    return out


def _made_up(fact: HopFacts, instances: int, paths: dict[str, Seen]) -> list[Found]:
    out = []
    for path, (values, grounded) in _grounding(fact).items():
        entry = paths.get(path)
        if (
            entry
            and entry.values >= MIN_INSTANCES
            and entry.grounded == entry.values
            and grounded < values
        ):
            atom = next(
                a
                for a in fact.produced
                if shape(a.path) == path
                and a.kind in ("number", "date", "ident")
                and a.weight > 0
                and not any(k in fact.received_keys for k in a.keys)
            )
            detail = (
                f"{_short(atom.path)} says {atom.quote}, which is in none of its inputs; in "
                f"{instances} good runs it always came from them"
            )
            out.append(
                found(
                    "profile.ungrounded",
                    fact.hop.hop_id,
                    atom.quote,
                    detail,
                    path=atom.path,
                    bad=atom.keys,
                )
            )
    return out


def _short(path: str) -> str:
    return path.removeprefix("output.") if path != "output" else "its output"


def same_input(known: RunFacts, good: Good) -> list[Found]:
    """A hop that got the same input as in a good run and decided otherwise."""
    answers: dict[str, list[tuple[Hop, str]]] = defaultdict(list)
    for run in good:
        for fact in run.leaves:
            if fact.hop.error is None:
                answers[place(fact.hop)].append((fact.hop, run.run.run_id))
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        if hop.input is None or hop.error is not None:
            continue
        same = [(g, r) for g, r in answers.get(place(hop), []) if g.input == hop.input]
        if not same or any(same_meaning(g.output, hop.output) for g, _ in same):
            continue
        other, run_id = same[0]
        change = changes(hop.output, other.output, "output")[:1]
        if not change:
            continue
        was, now = f"{change[0].b}"[:120], f"{change[0].a}"[:120]
        keys = tuple(k for a in fact.produced if a.path == change[0].field for k in a.keys)
        out.append(
            found(
                "profile.same_input",
                hop.hop_id,
                f"{change[0].field}: {now}",
                f"on the same input the good run {run_id[:8]} has {_short(change[0].field)} {was}, "
                f"here it is {now}",
                path=change[0].field,
                expected=was,
                local=True,
                bad=keys,
                weight=2.0,
            )
        )
    return out


RULES = (
    Rule("profile", "It did what the same hop never did in good runs.", False, compared),
    Rule(
        "profile.same_input",
        "On the same input it decided otherwise than in a good run.",
        False,
        same_input,
    ),
)
