"""What a hop did in every good run: where its values came from and how they followed.

A habit is kept only if every good instance of the hop keeps it, so three good runs are enough to
learn a few and more runs make them fewer and surer. Nothing is fitted: each habit is a named
relation between what the hop received and what it produced.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from misstep.model import Json
from misstep_diagnosis.align import place
from misstep_diagnosis.derive import (
    Formula,
    Terms,
    anchors,
    column_formulas,
    evaluate,
    evaluate_column,
    formulas,
    same,
    terms_of,
    tolerance,
)
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.values import Atom, fold, leaves

MIN_INSTANCES = 3
_MAX_TARGETS = 16
_MAX_TEXT = 8_000
_SHORT = 60
_LIMIT_FORMULAS = 400


def shape(path: str) -> str:
    """A path without positions: ``output.lines[0].qty`` → ``output.lines[].qty``."""
    return re.sub(r"\[\d+\]", "[]", path)


class Instance:
    """One hop, seen as terms, texts and targets, each made once and when asked for."""

    def __init__(self, fact: HopFacts) -> None:
        self.fact = fact
        self.hop = fact.hop
        self.given = fact.given

    @cached_property
    def input_terms(self) -> Terms:
        """Numbers of the input."""
        return self.fact.given_terms

    @cached_property
    def terms(self) -> Terms:
        """Numbers of the input and of the output."""
        both = Terms(dict(self.input_terms.scalars), dict(self.input_terms.columns))
        both.scalars = dict(list(both.scalars.items())[:20])
        return terms_of(self.hop.output, "output", both)

    @cached_property
    def texts(self) -> dict[str, str]:
        """Text leaves of the input by path, cut to a bounded length."""
        found: dict[str, str] = {}
        for path, leaf in leaves(self.given, "input"):
            if isinstance(leaf, str) and leaf.strip() and len(found) < 60:
                found[path] = leaf[:_MAX_TEXT]
        return found

    @cached_property
    def input_text(self) -> str:
        """All text of the input, folded."""
        return fold(" \n ".join(self.texts.values()))

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Numbers of the output outside lists, and lengths of its lists, by path."""
        own = self.fact.made_terms.scalars
        return {p: v for p, v in own.items() if "~" not in p and "[0]" not in p}

    @cached_property
    def columns(self) -> dict[str, list[float]]:
        """Numeric columns of the output's lists."""
        own = self.fact.made_terms.columns
        return {p: c for p, c in own.items() if "[]" in p and "~" not in p}

    @cached_property
    def words(self) -> dict[str, str]:
        """Short texts of the output outside lists, by path."""
        return {
            p: v.strip()
            for p, v in leaves(self.hop.output, "output")
            if isinstance(v, str) and 0 < len(v.strip()) <= _SHORT and "[" not in p
        }

    @cached_property
    def choices(self) -> dict[str, str]:
        """Outputs that look like a choice: a truth value or a short text without digits."""
        found = {}
        for path, leaf in leaves(self.hop.output, "output"):
            if "[" in path:
                continue
            if isinstance(leaf, bool):
                found[path] = str(leaf).lower()
            elif isinstance(leaf, str) and 0 < len(leaf) <= 30 and not re.search(r"\d", leaf):
                found[path] = leaf
        return found

    def places_of(self, word: str) -> set[str]:
        """Where the input holds a short text: whole at a path, or after unique words in a text."""
        folded, found = fold(word), set()
        for path, text in self.texts.items():
            if fold(text) == folded:
                found.add(shape(path))
            elif len(text) > len(word):
                found |= self._anchored(path, text, word)
        return found

    def _anchored(self, path: str, text: str, word: str) -> set[str]:
        found: set[str] = set()
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        for count, match in enumerate(pattern.finditer(text)):
            if count >= 4:
                break
            found |= {
                f"{shape(path)}~{a}"
                for a in anchors(text, match.start())
                if _occurrences(text, a) == 1
            }
        return found

    def at_place(self, location: str) -> str | None:
        """The text at a location, or the text that follows the anchor; None where there is none."""
        path, _, anchor = location.partition("~")
        for own, text in self.texts.items():
            if shape(own) != path:
                continue
            if not anchor:
                return text
            match = re.search(_anchor_pattern(anchor), text, re.IGNORECASE)
            if match and _occurrences(text, anchor) == 1:
                return text[match.end() : match.end() + 80]
        return None


def _anchor_pattern(anchor: str) -> str:
    return r"(?<!\w)" + r"[^\w\d]+".join(re.escape(w) for w in anchor.split()) + r"[^\w\d]+"


def _occurrences(text: str, anchor: str) -> int:
    return len(re.findall(_anchor_pattern(anchor), text, re.IGNORECASE))


@dataclass(slots=True)
class Habits:
    """What all good instances of one hop have in common."""

    instances: int = 0
    formulas: dict[str, list[Formula]] = field(default_factory=dict)
    columns: dict[str, list[Formula]] = field(default_factory=dict)
    sources: dict[str, set[str]] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    choices: dict[str, list[tuple[str, Instance]]] = field(default_factory=dict)
    systems: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    lengths: tuple[int, int] | None = None
    ends: set[bool] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    all_keys: set[str] = field(default_factory=set)
    seen: dict[str, list[Json]] = field(default_factory=dict)


def learn_habits(good: Sequence[RunFacts]) -> dict[str, Habits]:
    """Habits by hop place, from good runs; only hops with three good instances or more."""
    instances: dict[str, list[Instance]] = defaultdict(list)
    for run in good:
        for fact in run.leaves:
            if fact.hop.error is None:
                instances[place(fact.hop)].append(Instance(fact))
    return {p: _habits(found) for p, found in instances.items() if len(found) >= MIN_INSTANCES}


def _habits(found: list[Instance]) -> Habits:
    found = found[:40]
    made = Habits(instances=len(found))
    made.formulas = _common_formulas(found)
    made.columns = _common_columns(found)
    made.sources = _common_sources(found)
    made.taken = _always_taken(found)
    made.choices = _choices(found)
    made.systems = {i.hop.system or "" for i in found}
    made.models = {i.hop.response_model or i.hop.request_model or "" for i in found}
    keys = [set(i.hop.output) if isinstance(i.hop.output, dict) else set() for i in found]
    made.keys, made.all_keys = set.intersection(*keys), set.union(*keys)
    for one in found:
        made.seen.setdefault(spelled(one.given), []).append(one.hop.output)
    texts = [i.hop.output for i in found if isinstance(i.hop.output, str)]
    if len(texts) == len(found):
        made.lengths = (min(map(len, texts)), max(map(len, texts)))
        made.ends = {ends_well(t) for t in texts}
    return made


def spelled(value: Json) -> str:
    """A spelling of a value by which equal inputs are known, cut to a bounded length."""
    return repr(value)[:20_000]


def ends_well(text: str) -> bool:
    """Whether a text ends as a finished one does."""
    return text.rstrip()[-1:] in tuple(".!?…)]}\"'”»`。！？؟।")


def _common_formulas(found: list[Instance]) -> dict[str, list[Formula]]:
    made: dict[str, list[Formula]] = {}
    first = found[0]
    for path, value in list(first.numbers.items())[:_MAX_TARGETS]:
        values = [i.numbers.get(path) for i in found]
        if any(v is None for v in values):
            continue
        kept = formulas(value, first.terms.without(path))[:_LIMIT_FORMULAS]
        for one in found[1:]:
            kept = [f for f in kept if holds(f, path, one)]
        if kept and (len(set(values)) > 1 or path.startswith("#")):
            made[path] = kept
    return made


def holds(formula: Formula, path: str, one: Instance) -> bool:
    """Whether the formula gives the number at the path in this instance."""
    value, given = one.numbers.get(path), evaluate(formula, one.terms)
    return value is not None and given is not None and same(value, given, 1.01 * tolerance(value))


def _common_columns(found: list[Instance]) -> dict[str, list[Formula]]:
    made: dict[str, list[Formula]] = {}
    first = max(found, key=lambda i: max(map(len, i.columns.values()), default=0))
    for path, column in list(first.columns.items())[:_MAX_TARGETS]:
        kept = column_formulas(column, first.input_terms, path)
        for one in found:
            if path in one.columns:
                kept = [f for f in kept if column_holds(f, path, one) is not False]
        if kept and sum(path in i.columns for i in found) >= MIN_INSTANCES:
            made[path] = kept
    return made


def column_holds(formula: Formula, path: str, one: Instance) -> bool | None:
    """Whether a column follows; None where the formula's columns are missing or of other length."""
    column, given = one.columns.get(path), evaluate_column(formula, one.input_terms)
    if column is None or given is None or len(given) != len(column):
        return None
    return all(same(x, y, 1.01 * tolerance(x)) for x, y in zip(column, given, strict=True))


def _common_sources(found: list[Instance]) -> dict[str, set[str]]:
    made: dict[str, set[str]] = {}
    for path, word in list(found[0].words.items())[:_MAX_TARGETS]:
        words = [i.words.get(path) for i in found]
        if len({w for w in words if w}) < 2 or any(w is None for w in words):
            continue
        kept = found[0].places_of(word)
        for one in found[1:]:
            kept = {k for k in kept if source_holds(k, one.words[path], one)}
        if kept:
            made[path] = kept
    return made


def source_holds(location: str, word: str, one: Instance) -> bool | None:
    """Whether the word stands at the location of the input; None where there is no such place."""
    text = one.at_place(location)
    if text is None:
        return None
    return fold(text).startswith(fold(word)) if "~" in location else fold(text) == fold(word)


# --- what is always taken over ---------------------------------------------------------------


def units_of(one: Instance) -> Iterator[tuple[str, Atom]]:
    """(class, atom) of what the input holds: by path, in texts by the word before it."""
    for atom in one.fact.received:
        if not atom.path.startswith("input") or atom.kind == "flag":
            continue
        text = one.texts.get(atom.path)
        if atom.whole or text is None:
            if atom.kind == "text" and len(atom.quote) > _SHORT:
                continue
            yield f"{shape(atom.path)}:{atom.kind}", atom
        elif atom.kind in ("number", "date", "ident"):
            at = text.find(atom.quote)
            before = anchors(text, at) if at >= 0 else ()
            if before:
                yield f"{shape(atom.path)}~{before[0]}:{atom.kind}", atom


def is_taken(atom: Atom, one: Instance, output: str) -> bool:
    """Whether the output holds the atom in any notation."""
    if any(k in one.fact.produced_keys for k in atom.keys):
        return True
    return atom.kind in ("text", "name") and fold(atom.quote) in output


def output_text(one: Instance) -> str:
    """All text of the output, folded."""
    texts = (v for _, v in leaves(one.hop.output, "output") if isinstance(v, str))
    return fold(" \n ".join(texts)[:400_000])


def _always_taken(found: list[Instance]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    missed: set[str] = set()
    seen_in: dict[str, set[int]] = defaultdict(set)
    for number, one in enumerate(found):
        output = output_text(one)
        for name, atom in units_of(one):
            counts[name] += 1
            seen_in[name].add(number)
            if not is_taken(atom, one, output):
                missed.add(name)
    return {n: c for n, c in counts.items() if n not in missed and len(seen_in[n]) >= MIN_INSTANCES}


# --- choices ---------------------------------------------------------------------------------


def _choices(found: list[Instance]) -> dict[str, list[tuple[str, Instance]]]:
    made = {}
    for path in found[0].choices:
        values = [(i.choices[path], i) for i in found if path in i.choices]
        distinct = {v for v, _ in values}
        if len(values) == len(found) and 2 <= len(distinct) <= max(2, len(found) // 2):
            made[path] = values
    return made


def conditions(one: Instance) -> dict[str, str]:
    """Simple facts a choice may follow: signs, comparisons, words at a place."""
    facts: dict[str, str] = {}
    scalars = {k: v for k, v in one.terms.scalars.items() if not k.startswith("#")}
    names = list(scalars)[:12]
    for i, a in enumerate(names):
        facts[f"{a} ≥ 0"] = str(scalars[a] >= 0)
        for b in names[i + 1 :]:
            facts[f"{a} ≥ {b}"] = str(scalars[a] >= scalars[b])
    for path, text in one.texts.items():
        words = re.findall(r"[^\W\d_]+", text[:2_000].casefold())
        if len(words) == 1 or len(text) <= 30:
            facts[f"{path} is"] = fold(text)
        for before, word in pairwise(words):
            if words.count(before) == 1:
                facts[f"{path} after “{before}”"] = word
    return facts


def predicted(path: str, habits: Habits, one: Instance) -> tuple[str, str] | None:
    """(choice, condition) that every simple rule consistent with the good runs agrees on."""
    seen = [(value, conditions(i)) for value, i in habits.choices[path]]
    here = conditions(one)
    votes: dict[str, list[str]] = defaultdict(list)
    for name, value in here.items():
        if all(name in facts for _, facts in seen):
            choice = _consistent(name, value, seen)
            if choice is not None:
                votes[choice].append(name)
    if len(votes) != 1:
        return None
    choice, names = next(iter(votes.items()))
    return choice, min(names, key=len)


def _consistent(name: str, value: str, seen: list[tuple[str, dict[str, str]]]) -> str | None:
    """The choice this condition foretells, when it told the choices apart in all good runs."""
    by_value: dict[str, set[str]] = defaultdict(set)
    for choice, facts in seen:
        by_value[facts[name]].add(choice)
    if any(len(c) > 1 for c in by_value.values()) or len(by_value) > max(2, len(seen) // 2):
        return None
    told = {next(iter(c)) for c in by_value.values()}
    if len(told) < 2 or value not in by_value:
        return None
    return next(iter(by_value[value]))
