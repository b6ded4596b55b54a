"""One hop as habits see it: its terms, texts and choices, and whether a named relation between
what it received and what it produced holds in it. Habits themselves: ``misstep_diagnosis.learned``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise

from misstep.model import Hop, Json
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.once import once
from misstep_diagnosis.reading.values import Atom, atoms, fold
from misstep_diagnosis.reckoning.derive import (
    Formula,
    Terms,
    anchors,
    evaluate,
    evaluate_column,
    merged_terms,
    same,
    tolerance,
)

_MAX_TEXT = 8_000
_SHORT = 60


def shape(path: str) -> str:
    """A path without positions: ``output.lines[0].qty`` → ``output.lines[].qty``."""
    return _POSITION.sub("[]", path) if "[" in path else path


_POSITION = re.compile(r"\[\d+\]")


class Instance:
    """One hop, seen as terms, texts and targets, each made once and when asked for."""

    def __init__(self, fact: HopFacts) -> None:
        self.fact = fact
        self.hop = fact.hop
        self.given = fact.given

    @once
    def input_terms(self) -> Terms:
        """Numbers of the input."""
        return self.fact.given_terms

    @once
    def terms(self) -> Terms:
        """Numbers of the input and of the output."""
        first = islice(self.input_terms.scalars.items(), 20)
        both = Terms(dict(first), dict(self.input_terms.columns))
        return merged_terms(both, self.fact.made_terms)

    @once
    def texts(self) -> dict[str, str]:
        """Text leaves of the input by path, cut to a bounded length."""
        found: dict[str, str] = {}
        for path, leaf in self.fact.given_leaves:
            if isinstance(leaf, str) and leaf.strip() and len(found) < 60:
                found[path] = leaf[:_MAX_TEXT]
        return found

    @once
    def input_text(self) -> str:
        """All text of the input, folded."""
        return fold(" \n ".join(self.texts.values()))

    @once
    def numbers(self) -> dict[str, float]:
        """Numbers of the output outside lists, and lengths of its lists, by path."""
        own = self.fact.made_terms.scalars
        return {p: v for p, v in own.items() if "~" not in p and "[0]" not in p}

    @once
    def columns(self) -> dict[str, list[float]]:
        """Numeric columns of the output's lists."""
        own = self.fact.made_terms.columns
        return {p: c for p, c in own.items() if "[]" in p and "~" not in p}

    @once
    def words(self) -> dict[str, str]:
        """Short texts of the output outside lists, by path."""
        return {
            p: v.strip()
            for p, v in self.fact.made_leaves
            if isinstance(v, str) and 0 < len(v.strip()) <= _SHORT and "[" not in p
        }

    @once
    def choices(self) -> dict[str, str]:
        """Outputs that look like a choice: a truth value or a short text without digits."""
        found = {}
        for path, leaf in self.fact.made_leaves:
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


def ends_well(text: str) -> bool:
    """Whether a text ends as a finished one does."""
    return text.rstrip()[-1:] in tuple(".!?…)]}\"'”»`。！？؟।")


def holds(formula: Formula, path: str, one: Instance) -> bool:
    """Whether the formula gives the number at the path in this instance."""
    value, given = one.numbers.get(path), evaluate(formula, one.terms)
    return value is not None and given is not None and same(value, given, 1.01 * tolerance(value))


def column_holds(formula: Formula, path: str, one: Instance) -> bool | None:
    """Whether a column follows; None where the formula's columns are missing or of other length."""
    column, given = one.columns.get(path), evaluate_column(formula, one.input_terms)
    if column is None or given is None or len(given) != len(column):
        return None
    return all(same(x, y, 1.01 * tolerance(x)) for x, y in zip(column, given, strict=True))


def source_holds(location: str, word: str, one: Instance) -> bool | None:
    """Whether the word stands at the location of the input; None where there is no such place."""
    text = one.at_place(location)
    if text is None:
        return None
    return fold(text).startswith(fold(word)) if "~" in location else fold(text) == fold(word)


# --- what is always taken over ---------------------------------------------------------------


def units_of(
    one: Instance, wanted: Callable[[Atom], bool] | None = None
) -> Iterator[tuple[str, Atom]]:
    """(class, atom) of what the input holds (of what is wanted of it): by path, in texts by the
    word before it."""
    for atom in one.fact.received:
        if not atom.path.startswith("input") or atom.kind == "flag":
            continue
        if wanted is not None and not wanted(atom):
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
    if not one.fact.produced_keys.isdisjoint(atom.keys):
        return True
    return atom.kind in ("text", "name") and fold(atom.quote) in output


def output_text(one: Instance) -> str:
    """All text of the output, folded."""
    texts = (v for _, v in one.fact.made_leaves if isinstance(v, str))
    return fold(" \n ".join(texts)[:400_000])


def numbers_by_place(known: RunFacts) -> list[tuple[str, float]]:
    """Numbers of the pipeline's input with where each stands: a path, or the word before it."""
    hop = Hop(hop_id="0" * 16, name="input", input=known.run.input)
    one = Instance(HopFacts(hop, atoms(known.run.input, "input"), []))
    return [
        (name, atom.number)
        for name, atom in units_of(one)
        if atom.kind == "number" and atom.number is not None
    ]


def kind_of(value: Json) -> str:
    """``bool``, ``NoneType``, ``number``, or the name of the type."""
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def grounding_of(fact: HopFacts) -> dict[str, tuple[int, int]]:
    """(values, of them in the input) by output path, indices collapsed."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for atom in fact.produced:
        if atom.kind in ("number", "date", "ident") and atom.weight > 0:
            entry = out[shape(atom.path)]
            inside = not fact.received_keys.isdisjoint(atom.keys)
            entry[0] += 1
            entry[1] += inside
    return {p: (a, b) for p, (a, b) in out.items()}


# --- choices ---------------------------------------------------------------------------------


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


def predicted(seen: Sequence[tuple[str, dict[str, str]]], one: Instance) -> tuple[str, str] | None:
    """(choice, condition) that every simple rule consistent with the good runs agrees on."""
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


def _consistent(name: str, value: str, seen: Sequence[tuple[str, dict[str, str]]]) -> str | None:
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
