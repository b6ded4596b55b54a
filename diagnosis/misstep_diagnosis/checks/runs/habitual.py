"""Habits that every good run of the pipeline kept and this run broke; what is left when none is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.habits import (
    Instance,
    column_holds,
    ends_well,
    holds,
    is_taken,
    numbers_by_place,
    output_text,
    predicted,
    shape,
    source_holds,
    units_of,
)
from misstep_diagnosis.learned import MIN_INSTANCES, HopHabits
from misstep_diagnosis.reading.values import Atom, fold
from misstep_diagnosis.reckoning.derive import (
    Formula,
    column_formulas,
    derivation,
    evaluate,
    evaluate_column,
    words,
)

_SURE = 4
_RANGE = 1.5


@dataclass(slots=True)
class Looked:
    """One hop against its habits: the evidence, and the output values that nothing vouches for."""

    fact: HopFacts
    one: Instance
    habits: HopHabits | None
    broken: list[Found] = field(default_factory=list)
    vouched: set[str] = field(default_factory=set)
    silent: list[Atom] = field(default_factory=list)
    derived: dict[str, Formula] = field(default_factory=dict)


def looked(known: RunFacts, good: Good) -> list[Looked]:
    """Every leaf hop against its habits, made once a run."""
    if "looked" not in known.memo:
        known.memo["looked"] = [
            _look(fact, good.habits_of(fact.hop)) for fact in known.leaves if fact.hop.error is None
        ]
    made: list[Looked] = known.memo["looked"]
    return made


def looked_at(known: RunFacts, good: Good, hop_id: str) -> Looked | None:
    """One hop against its habits; None where it failed or holds other hops."""
    if "looked_at" not in known.memo:
        known.memo["looked_at"] = {x.fact.hop.hop_id: x for x in looked(known, good)}
    made: Looked | None = known.memo["looked_at"].get(hop_id)
    return made


def _look(fact: HopFacts, habits: HopHabits | None) -> Looked:
    made = Looked(fact, Instance(fact), habits)
    _derive(made)
    if habits is not None:
        for look in (_derived, _in_columns, _copied, _dropped, _chosen, _lacks, _asked, _length):
            made.broken += look(made, habits)
    _vouch(made)
    return made


def _evidence(made: Looked, rule: str, quote: str, detail: str, **more: object) -> Found:
    return found(rule, made.fact.hop.hop_id, quote, detail, **more)  # type: ignore[arg-type]


def _keys_at(made: Looked, path: str) -> tuple[str, ...]:
    return tuple(k for a in made.fact.produced if a.path == path for k in a.keys)


def _label(path: str) -> str:
    name = path.replace("output.", "").replace("#", "number of ")
    return name if name != "output" else "its output"


def _derived(made: Looked, habits: HopHabits) -> list[Found]:
    out = []
    for path, relation in habits.numbers.items():
        if not relation.varied and not path.startswith("#"):
            continue
        formulas = relation.formulas
        value = made.one.numbers.get(path)
        possible = [(f, e) for f in formulas if (e := evaluate(f, made.one.terms)) is not None]
        if value is None or not possible:
            continue
        if any(holds(f, path, made.one) for f, _ in possible):
            made.vouched.add(path)
            continue
        formula, expected = min(possible, key=lambda p: (len(p[0]), p[0]))
        detail = (
            f"{_label(path)} is {value:.10g}; in {habits.instances} good runs it was "
            f"{words(formula)}, which is {expected:.10g} here"
        )
        out.append(
            _evidence(
                made,
                "profile.derivation",
                f"{value:.10g}",
                detail,
                path=path.lstrip("#"),
                expected=f"{expected:.10g}",
                local=True,
                bad=() if path.startswith("#") else _keys_at(made, path),
                weight=2.0 if habits.instances >= _SURE else 1.5,
            )
        )
    return out


def _in_columns(made: Looked, habits: HopHabits) -> list[Found]:
    out = []
    for path, relation in habits.columns.items():
        formulas = relation.formulas if relation.seen >= MIN_INSTANCES else []
        told = [(f, h) for f in formulas if (h := column_holds(f, path, made.one)) is not None]
        if not told:
            continue
        if any(h for _, h in told):
            made.vouched.add(path)
            continue
        formula = min((f for f, _ in told), key=lambda f: (len(f), f))
        column = made.one.columns[path]
        expected = evaluate_column(formula, made.one.input_terms) or column
        at = max(range(len(column)), key=lambda i: abs(column[i] - expected[i]))
        where = path.replace("[]", f"[{at}]", 1)
        detail = (
            f"{_label(where)} is {column[at]:.10g}; in {habits.instances} good runs it was "
            f"{words(formula)}, which is {expected[at]:.10g} here"
        )
        out.append(
            _evidence(
                made,
                "profile.derivation",
                f"{column[at]:.10g}",
                detail,
                path=where,
                expected=f"{expected[at]:.10g}",
                local=True,
                bad=_keys_at(made, where),
                weight=2.0 if habits.instances >= _SURE else 1.5,
            )
        )
    return out


def _copied(made: Looked, habits: HopHabits) -> list[Found]:
    out = []
    for path, relation in habits.copies.items():
        places, word = relation.places, made.one.words.get(path)
        if not word or not relation.varied:
            continue
        told = [
            (p, h) for p in sorted(places) if (h := source_holds(p, word, made.one)) is not None
        ]
        if any(h for _, h in told):
            made.vouched.add(path)
        elif told:
            location = told[0][0]
            there = (made.one.at_place(location) or "")[:40]
            detail = (
                f"{_label(path)} is {word!r}; in {habits.instances} good runs it came from "
                f"{_spoken(location)}, where it says {there!r}"
            )
            out.append(
                _evidence(
                    made,
                    "profile.source",
                    word,
                    detail,
                    path=path,
                    expected=there,
                    local=True,
                    bad=_keys_at(made, path),
                    weight=2.0 if habits.instances >= _SURE else 1.5,
                )
            )
    return out


def _spoken(location: str) -> str:
    path, _, anchor = location.partition("~")
    return f"{path} after “{anchor}”" if anchor else path


def _dropped(made: Looked, habits: HopHabits) -> list[Found]:
    taken = habits.always_taken
    if not taken:
        return []
    output = output_text(made.one)
    left = units_of(made.one, lambda atom: not is_taken(atom, made.one, output))
    lost = [(name, atom) for name, atom in left if name in taken]
    if not lost:
        return []
    quotes = ", ".join(dict.fromkeys(a.quote[:40] for _, a in lost))
    detail = (
        f"it does not take over {quotes[:160]} from its input; in {habits.instances} good runs it "
        f"always took such values over"
    )
    return [
        _evidence(
            made,
            "profile.dropped",
            quotes[:160],
            detail,
            path=lost[0][1].path,
            local=True,
            weight=2.0 if len(lost) > 1 and habits.instances >= _SURE else 1.5,
        )
    ]


def _chosen(made: Looked, habits: HopHabits) -> list[Found]:
    out = []
    for path in habits.choices:
        choice, seen = made.one.choices.get(path), habits.chosen(path)
        told = predicted(seen, made.one) if choice is not None and seen is not None else None
        if choice is None or told is None:
            continue
        if told[0] == choice:
            made.vouched.add(path)
            continue
        detail = (
            f"{_label(path)} is {choice!r}; going by {told[1]}, all {habits.instances} good runs "
            f"would have said {told[0]!r}"
        )
        out.append(
            _evidence(
                made,
                "profile.choice",
                choice,
                detail,
                path=path,
                expected=told[0],
                local=True,
                bad=_keys_at(made, path),
                weight=1.5,
            )
        )
    return out


def _lacks(made: Looked, habits: HopHabits) -> list[Found]:
    output = made.fact.hop.output
    if not isinstance(output, dict) or not output:
        return []
    absent = sorted(set(habits.keys) - set(output))
    if not absent:
        return []
    other = sorted(set(output) - set(habits.all_keys))
    renamed = f"; {other[0]} stands there instead" if other else ""
    detail = f"{absent[0]} is absent; all {habits.instances} good runs have it{renamed}"
    return [
        _evidence(
            made,
            "profile.absent",
            f"{', '.join(absent)} absent",
            detail,
            path=f"output.{other[0] if other else absent[0]}",
            local=True,
            bad=tuple(f"e{k}" for k in absent),
            weight=2.0 if other else 1.5,
        )
    ]


def _asked(made: Looked, habits: HopHabits) -> list[Found]:
    hop, out = made.fact.hop, []
    if len(habits.systems) == 1 and (hop.system or "") not in habits.systems:
        before = next(iter(habits.systems))
        shown = _difference(before, hop.system or "")
        detail = f"its instructions differ from those of all {habits.instances} good runs: {shown}"
        out.append(_evidence(made, "profile.instructions", shown, detail, local=True, weight=1.5))
    model = hop.response_model or hop.request_model or ""
    if len(habits.models) == 1 and model not in habits.models:
        before = next(iter(habits.models))
        detail = f"{model or 'no model'} answered; in all good runs {before or 'none'} did"
        out.append(_evidence(made, "profile.model", model, detail, local=True, weight=1.2))
    return out


def _difference(before: str, now: str) -> str:
    start = next(
        (i for i, (a, b) in enumerate(zip(before, now, strict=False)) if a != b),
        min(len(before), len(now)),
    )
    return f"“…{now[max(0, start - 20) : start + 100].strip()}”" if now else "none were given"


def _length(made: Looked, habits: HopHabits) -> list[Found]:
    text, out = made.fact.hop.output, []
    if not isinstance(text, str) or habits.texts < habits.instances:
        return []
    low, high = habits.shortest, habits.longest
    if len(text) < 0.6 * low or len(text) > 2.5 * high:
        detail = f"its text has {len(text)} characters; in good runs it had {low} to {high}"
        out.append(_evidence(made, "profile.length", text[-80:], detail, local=True))
    if habits.ends == [True] and text and not ends_well(text):
        detail = f"its text breaks off: “…{text[-40:]}”; in good runs it never did"
        out.append(_evidence(made, "profile.unfinished", text[-80:], detail, local=True))
    return out


# --- what vouches for an output -----------------------------------------------------------------


def _vouch(made: Looked) -> None:
    """Sets the output paths that neither a habit nor the input itself explains."""
    same_input = made.habits.answers.get(made.fact.given_hash, []) if made.habits else []
    if any(made.fact.hop.output == answer.output for answer in same_input):
        return
    broken = {f.evidence.path for f in made.broken}
    seen: set[str] = set()
    for atom in made.fact.produced:
        if atom.path in seen or atom.path in broken or not _telling(atom):
            continue
        if not explained(atom, made):
            seen.add(atom.path)
            made.silent.append(atom)


def _telling(atom: Atom) -> bool:
    if atom.kind == "text":
        return atom.whole and len(atom.quote) <= 40 and " " not in atom.quote
    return atom.kind in ("number", "date", "ident", "name", "flag") and atom.quote != "0"


def explained(atom: Atom, made: Looked) -> bool:
    """Whether a habit, the input itself or a typed derivation accounts for an output value."""
    if not made.fact.received_keys.isdisjoint(atom.keys) or follows(atom, made):
        return True
    return atom.kind in ("text", "name", "ident") and fold(atom.quote) in made.one.input_text


def follows(atom: Atom, made: Looked) -> bool:
    """Whether a habit or a typed derivation, more than a copy, accounts for an output value."""
    if not made.vouched and (atom.number is None or not made.derived):
        return False
    here = (atom.path, shape(atom.path), _within(atom))
    if any(p in made.vouched for p in here):
        return True
    return atom.number is not None and any(p in made.derived for p in here)


def _derive(made: Looked) -> None:
    """Sets the typed derivations that account for numbers of the output, habits or none."""
    for path, column in list(made.one.columns.items())[:8]:
        found_formulas = column_formulas(column, made.one.input_terms, path)
        if found_formulas:
            made.derived[path] = found_formulas[0]
    for path, value in list(made.one.numbers.items())[:24]:
        formula = derivation(value, made.one.terms.without(path))
        if formula is not None and formula[0] != "copy":
            made.derived[path] = formula
    text = made.fact.hop.output
    for atom in made.fact.produced[:60] if isinstance(text, str) else ():
        if atom.number is not None and not any(k in made.fact.received_keys for k in atom.keys):
            formula = derivation(atom.number, made.one.input_terms)
            if formula is None:
                continue
            made.derived[_within(atom)] = formula


def _within(atom: Atom) -> str:
    """A number in a text has its path from the text, which has others."""
    return f"{atom.path}~{atom.quote}"


# --- rules --------------------------------------------------------------------------------------


def _named(prefix: str, known: RunFacts, good: Good) -> list[Found]:
    return [f for one in looked(known, good) for f in one.broken if f.evidence.rule == prefix]


def left_over(known: RunFacts, good: Good) -> list[Found]:
    """The pipeline's input, when the outcome is bad and every hop did right by its own input."""
    seen = looked(known, good)
    if not seen or known.run.input is None or any(one.broken for one in seen):
        return []
    with_habits = [one.habits.instances for one in seen if one.habits is not None]
    if with_habits:
        told = f"every hop did with its input what it did in {min(with_habits)} good runs"
        return [found("input.left", None, str(known.run.input)[:120], told, weight=0.5)]
    if any(a.kind not in ("text", "flag") for one in seen for a in one.silent):
        return []
    told = "every value that the hops put out follows from what they received"
    return [found("input.left", None, str(known.run.input)[:120], told, weight=0.3)]


_SOURCES = ("tool", "retriever", "reranker", "embedding")
_WHOLLY_NEW = 0.25
"""A look-up is there to bring in what nobody knew: that speaks less against it than a writer."""


def _looks_up(one: Looked, new: list[Atom]) -> bool:
    kept = sum(not one.fact.received_keys.isdisjoint(a.keys) for a in one.fact.produced)
    return one.fact.hop.kind in _SOURCES and len(new) >= kept


def unvouched(known: RunFacts, good: Good) -> list[Found]:
    """A hop that brings in a value which neither its input nor a habit explains."""
    out = []
    for one in looked(known, good):
        plain = [a for a in one.silent if good or a.kind not in ("text", "flag")]
        if plain and not one.broken:
            atom = plain[0]
            alone = _WHOLLY_NEW if _looks_up(one, plain) else 0.4
            detail = f"{_label(atom.path)} is {atom.quote[:60]}, which nothing it received explains"
            out.append(
                found(
                    "hop.unvouched",
                    one.fact.hop.hop_id,
                    atom.quote,
                    detail,
                    path=atom.path,
                    weight=0.55 if good else alone,
                    bad=atom.keys,
                )
            )
    return out


def out_of_range(known: RunFacts, good: Good) -> list[Found]:
    """A number of the pipeline's input far outside what good runs were given at that place."""
    if good.runs < MIN_INSTANCES:
        return []
    for name, value in numbers_by_place(known):
        seen = good.ranges.get(name, [])
        if len(seen) < _SURE or min(seen) <= 0:
            continue
        if not min(seen) / _RANGE <= value <= max(seen) * _RANGE:
            told = (
                f"the pipeline's input says {value:g} where good runs had "
                f"{min(seen):g} to {max(seen):g}"
            )
            return [found("input.range", None, f"{value:g}", told, weight=0.6)]
    return []


_HABITS = (
    ("profile.derivation", "A number does not follow from its inputs as it did in good runs."),
    ("profile.source", "A text was not copied from where good runs copied it."),
    ("profile.dropped", "A value of a kind that good runs always took over is missing."),
    ("profile.absent", "A field that all good runs have is absent."),
    ("profile.choice", "It chose otherwise than the good runs would have, by the same condition."),
    ("profile.instructions", "Its instructions differ from those of all good runs."),
    ("profile.model", "Another model answered than in all good runs."),
    ("profile.length", "Its text is far shorter or longer than in good runs."),
    ("profile.unfinished", "Its text breaks off, which it never did in good runs."),
)
RULES = (
    *(Rule(name, told, False, partial(_named, name)) for name, told in _HABITS),
    Rule("input.left", "The outcome is bad though every hop kept its habits.", False, left_over),
    Rule(
        "input.range", "The pipeline's input holds a number no good run had.", False, out_of_range
    ),
    Rule("hop.unvouched", "It brings in a value that nothing explains.", False, unvouched),
)
