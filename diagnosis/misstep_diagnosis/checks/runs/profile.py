"""What the same hop did in good runs of the pipeline and did not do here."""

from __future__ import annotations

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.comparing.changes import changes, same_meaning
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.habits import grounding_of, kind_of, shape
from misstep_diagnosis.learned import FieldHabit
from misstep_diagnosis.naming import place

MIN_INSTANCES = 2
_EMPTY: tuple[Json, ...] = (None, "", [], {})
_PER_HOP = 3


def compared(known: RunFacts, good: Good) -> list[Found]:
    """Values made up, lost, left empty or of another type where good runs never did that."""
    out: list[Found] = []
    for fact in known.leaves:
        habits = good.hops.get(place(fact.hop))
        enough = habits is not None and habits.instances >= MIN_INSTANCES
        if habits is not None and enough and fact.hop.error is None:
            out += _compare(fact, habits.instances, habits.fields)[:_PER_HOP]
    return out


def _compare(fact: HopFacts, instances: int, paths: dict[str, FieldHabit]) -> list[Found]:
    hop = fact.hop
    out = _made_up(fact, instances, paths)
    for path, leaf in fact.made_leaves:
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
        elif not is_empty and entry.types and kind_of(leaf) not in entry.types:
            wanted = " or ".join(sorted(entry.types))
            detail = f"{_short(path)} is a {kind_of(leaf)}; in good runs it is a {wanted}"
            out.append(found("profile.type", hop.hop_id, f"{leaf!r}", detail, path=path))
    return out


def _made_up(fact: HopFacts, instances: int, paths: dict[str, FieldHabit]) -> list[Found]:
    out = []
    for path, (values, grounded) in grounding_of(fact).items():
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
    out: list[Found] = []
    for fact in known.leaves:
        hop, habits = fact.hop, good.hops.get(place(fact.hop))
        if hop.input is None or hop.error is not None or habits is None:
            continue
        same = habits.answers.get(fact.given_hash, [])
        if not same or any(same_meaning(a.output, hop.output) for a in same):
            continue
        other, run_id = same[0], same[0].run_id
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
