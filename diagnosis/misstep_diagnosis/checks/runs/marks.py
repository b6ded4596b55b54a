"""What somebody marked as wrong, traced back to the hop that introduced it."""

from __future__ import annotations

import re

from misstep.model import Hop, Score
from misstep_diagnosis.blame import blame_of
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.runs.habitual import follows, looked
from misstep_diagnosis.facts import RunFacts, scored_bad
from misstep_diagnosis.habits import shape
from misstep_diagnosis.lineage import lineage_of
from misstep_diagnosis.reading.dates import month_names
from misstep_diagnosis.reading.values import Atom, atoms, fold, leaves

_NAME = re.compile(r"\b[A-ZÄÖÜ][\w\-]{2,}\b")
_MONTHS = month_names()
_CLAUSE_END = re.compile(r"[.;\n](?!\d)")


def introduced(known: RunFacts, good: Good) -> list[Found]:
    """The hop whose output first holds the marked text, or its values about the same thing."""
    verdict = known.run.verdict
    if verdict.state != "bad":
        return []
    if verdict.hop_id in known.by_id and not verdict.text:
        hop = known.by_id[verdict.hop_id or ""]
        return [
            found(
                "mark.hop", hop.hop_id, hop.name, f"{verdict.by} marked this hop bad", strict=True
            )
        ]
    if not verdict.text:
        return []
    hop_id = _first_saying(known, verdict.text)
    if hop_id is None:
        traced = blame_of(known, verdict.text, verdict.hop_id)
        hop_id = traced.origin.hop_id if traced.origin else None
        if traced.origin is not None and hop_id is None:
            detail = f"the marked text {verdict.text!r} came with the pipeline's input"
            return [found("mark.text", None, verdict.text, detail, strict=True)]
    if hop_id is None:
        return []
    chooser = _chooser(known, hop_id, verdict.text)
    # What was chosen from a list is a member of it: that is no computing.
    computed = _computed(known, good, hop_id, verdict.text) if chooser == hop_id else []
    hop_id = chooser
    if computed:
        return computed
    name = known.by_id[hop_id].name
    numbers = tuple(
        k
        for a in atoms(verdict.text, "t")
        if a.kind in ("number", "date", "ident", "time")
        for k in a.keys[:1]
    )
    detail = f"the marked text {verdict.text!r} first appears in the output of {name}"
    if not numbers and known.by_id[hop_id].kind in ("tool", "retriever", "reranker"):
        # That a source speaks of it does not say that the source is wrong about it.
        return [found("mark.text", hop_id, verdict.text, detail, weight=0.7)]
    return [found("mark.text", hop_id, verdict.text, detail, strict=True, bad=numbers)]


def _chooser(known: RunFacts, hop_id: str, text: str) -> str:
    """Who took the marked value from a list that held it among others: the list is not wrong."""
    values = [a for a in atoms(text, "t") if a.kind in ("number", "date", "ident", "name")]
    fact = known.fact.get(hop_id)
    if fact is None or not values:
        return hop_id
    keys = {k for v in values for k in v.keys}
    places = {shape(a.path) for a in fact.produced if a.whole and keys & set(a.keys)}
    places = {p for p in places if "[]" in p}
    kinds = {v.kind for v in values}
    like = [a for a in fact.produced if a.whole and a.kind in kinds and shape(a.path) in places]
    beside = {a.keys[0] for a in like} - keys
    if not places or not beside:
        return hop_id
    for later in known.leaves:
        said = later.produced_keys
        if later.start_ms < fact.end_ms - 0.001 or keys.isdisjoint(said):
            continue
        return hop_id if beside <= said else later.hop.hop_id
    return hop_id


def _computed(known: RunFacts, good: Good, hop_id: str, text: str) -> list[Found]:
    """Where a marked number follows rightly from what the hop received, who supplied that."""
    numbers = {k for a in atoms(text, "t") if a.kind == "number" for k in a.keys}
    one = next((x for x in looked(known, good) if x.fact.hop.hop_id == hop_id), None)
    said = [a for a in one.fact.produced if numbers & set(a.keys)] if one and numbers else []
    if one is None or not said or not all(follows(a, one) for a in said):
        return []
    name = known.by_id[hop_id].name
    suppliers = dict.fromkeys(e.from_id for e in lineage_of(known) if e.to_id == hop_id)
    detail = f"the marked {text!r} follows from what {name} received, and this supplied it"
    return [found("mark.source", h, text, detail, weight=0.3) for h in suppliers]


def _first_saying(known: RunFacts, text: str) -> str | None:
    """Walks back while a hop's input already says the same of the same thing."""
    values = [a for a in atoms(text, "t") if a.kind in ("number", "date", "ident", "time")]
    if not values:
        return None
    names = {n for m in _NAME.findall(text) if (n := fold(m)) not in _MONTHS}
    saying = [f for f in known.leaves if _says(f.produced, f.hop.output, values, names)]
    topic = _topic(known, text, values)
    about = [f for f in saying if not topic or not _beside(f.hop.output, values, topic)]
    # A document that holds the same number about something else did not say it.
    saying = about or saying
    for fact in saying:
        if not _says(fact.received, fact.hop.input, values, names):
            return fact.hop.hop_id
    if _says(known.input_atoms, known.run.input, values, names):
        # Whoever says it received it, and the pipeline did.
        return None
    return saying[0].hop.hop_id if saying else None


_WORDS = re.compile(r"[^\W\d_]{4,}")


def _topic(known: RunFacts, text: str, values: list[Atom]) -> set[str]:
    """Content words of what the final output says with the marked value; empty when it says none."""
    own = set(_WORDS.findall(fold(text)))
    return _said_with(known.run.output, values) - own


_LONG = 80


def _beside(value: object, values: list[Atom], topic: set[str]) -> bool:
    """Whether the values stand in clauses of long texts only, and none of those has a topic word."""
    records: dict[str, set[str]] = {}
    for path, leaf in list(leaves(value, "v"))[:2_000]:
        if isinstance(leaf, str) and len(leaf) >= _LONG:
            continue
        keys = records.setdefault(path.rpartition(".")[0], set())
        keys |= {k for a in atoms(leaf, "c") for k in a.keys}
        if all(keys & set(v.keys) for v in values):
            return False
    return not topic & _said_with(value, values)


def _said_with(value: object, values: list[Atom]) -> set[str]:
    """Content words of the clauses, and of the records with their field names, that hold the values."""
    found_words: set[str] = set()
    for path, leaf in list(leaves(value, "v"))[:2_000]:
        texts = _CLAUSE_END.split(leaf[:100_000]) if isinstance(leaf, str) else [str(leaf)]
        for clause in texts:
            if not any(c.isdigit() for c in clause):
                continue
            keys = {k for a in atoms(clause, "c") for k in a.keys}
            if all(keys & set(v.keys) for v in values):
                found_words |= set(_WORDS.findall(fold(clause)))
                found_words |= set(_WORDS.findall(fold(path.replace("_", " "))))
    return found_words


def _says(there: list[Atom], value: object, values: list[Atom], names: set[str]) -> bool:
    """Whether one record or clause holds all the values, and the names where there are any."""
    records: dict[str, tuple[set[str], str]] = {}
    for atom in there:
        record = atom.path.rpartition(".")[0] if atom.whole else atom.path
        keys, texts = records.setdefault(record, (set(), ""))
        keys.update(atom.keys)
        records[record] = (keys, texts + " " + fold(atom.quote))
    for keys, texts in records.values():
        numbers = all(keys & set(v.keys) for v in values)
        if numbers and all(n in texts for n in names):
            return True
    return any(_clause_says(c, values, names) for c in _clauses(value))


def _clauses(value: object) -> list[str]:
    texts = [v for _, v in leaves(value, "") if isinstance(v, str)]
    return [c for t in texts for c in _CLAUSE_END.split(t[:100_000])][:5_000]


def _clause_says(clause: str, values: list[Atom], names: set[str]) -> bool:
    folded = fold(clause)
    if names and not all(n in folded for n in names):
        return False
    if not any(c.isdigit() for c in clause):
        return False
    keys = {k for a in atoms(clause, "c") for k in a.keys}
    return all(keys & set(v.keys) for v in values)


def scored_low(known: RunFacts, good: Good) -> list[Found]:
    """A hop that was given a score of 0, or a label that says it is wrong; not an evaluator, which
    gave the score that stands at it."""
    out = []
    for score in known.run.scores:
        hop = known.by_id.get(score.hop_id or "")
        if hop is not None and scored_bad(score) and not _gave(hop, score):
            told = f"{score.name}: {score.label or score.value}"
            out.append(found("score.low", score.hop_id, told, f"it was scored {told}"))
    return out


def _gave(hop: Hop, score: Score) -> bool:
    return hop.kind == "evaluator" and score.by not in ("user", "judge")


RULES = (
    Rule("mark.text", "It introduced what somebody marked as wrong.", True, introduced),
    Rule("score.low", "It was given a low score.", False, scored_low),
)
