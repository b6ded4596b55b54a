"""Edges beyond copies: numbers computed from earlier outputs by a typed derivation, texts and
names that say the same in other words."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from misstep.model import Edge, Json, MatchKind
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.spoken import spoken_numbers
from misstep_diagnosis.reading.units import Quantity, quantities
from misstep_diagnosis.reading.values import Atom, fold, last_key, sayable
from misstep_diagnosis.reckoning.derive import Formula, Terms, derivation, terms_of, words

_RECENT = 6
_MAX_NUMBERS = 12
_MAX_MEMBERS = 12
_COUNTS = re.compile(r"(?i)(^|_)(count|number|num|n|anzahl|how_many|total_\w+s|size|length)(_|$)")


def edge(
    source: tuple[str | None, str],
    target: tuple[str | None, str],
    quote: str,
    match: MatchKind,
    detail: str,
) -> Edge:
    """An edge between two places, each (hop id, path)."""
    return Edge.model_validate(
        {
            "from": source[0],
            "to": target[0],
            "from_path": source[1],
            "to_path": target[1],
            "quote": sayable(quote[:200]),
            "match": match,
            "detail": sayable(detail),
        }
    )


class Derivations:
    """Numbers of an input that no earlier value copies, explained from the outputs before them."""

    def __init__(self, known: RunFacts) -> None:
        self._known = known
        self._made: list[tuple[float, str | None, Json]] = [(-1.0, None, known.run.input)]
        self._made += sorted(
            ((f.end_ms, f.hop.hop_id, f.hop.output) for f in known.facts), key=lambda m: m[0]
        )
        self._ends = [m[0] for m in self._made]
        self._input_terms = terms_of(known.run.input, "input")
        self._input_quantities = quantities(known.run.input, "input")

    def into(
        self, to_id: str | None, value: Json, start_ms: float, edges: Sequence[Edge]
    ) -> list[Edge]:
        """Derived edges into one input (``to_id`` None: the final output), which ``edges`` reach."""
        fact = self._known.fact[to_id] if to_id is not None else None
        mine = (fact.given_terms if fact is not None else terms_of(value, "output")).scalars
        reached = {e.to_path for e in edges}
        wanted = {
            p: v
            for p, v in mine.items()
            if not p.startswith("#") and p.partition("~")[0] not in reached
        }
        if not wanted:
            return []
        upto = bisect_right(self._ends, start_ms + 0.001)
        before = [m for m in self._made[max(0, upto - _RECENT - 1) : upto] if m[1] != to_id]
        made: list[Edge] = []
        terms = [(hop_id, self._of(hop_id)) for _, hop_id, _ in reversed(before)]
        for path, number in list(wanted.items())[:_MAX_NUMBERS]:
            made += self._one(to_id, path.partition("~")[0], number, terms)
        given = fact.given_quantities if fact is not None else quantities(value, "output")
        return made + self._converted(to_id, given, before, reached)

    def _one(
        self,
        to_id: str | None,
        path: str,
        number: float,
        before: list[tuple[str | None, Terms]],
    ) -> list[Edge]:
        whole = number == int(number) and bool(_COUNTS.search(last_key(path)))
        telling = abs(number) >= 10 or number != int(number)
        for hop_id, terms in before if whole or telling else ():
            counted = _counted(number, terms) if whole else None
            formula = counted or (derivation(number, terms) if telling else None)
            if formula is not None:
                return [
                    edge(
                        (hop_id, p),
                        (to_id, path),
                        f"{number:.10g}",
                        "derived",
                        _told(formula, counted is None),
                    )
                    for p in places(formula, terms)
                ]
        return []

    def _of(self, hop_id: str | None) -> Terms:
        return self._input_terms if hop_id is None else self._known.fact[hop_id].made_terms

    def _quantities(self, hop_id: str | None) -> list[Quantity]:
        if hop_id is None:
            return self._input_quantities
        return self._known.fact[hop_id].made_quantities

    def _converted(
        self,
        to_id: str | None,
        given: Sequence[Quantity],
        before: list[tuple[float, str | None, Json]],
        reached: set[str],
    ) -> list[Edge]:
        """Quantities that are earlier ones in another unit."""
        made: list[Edge] = []
        for after in given[:40]:
            if after.path in reached or after.dimension == "money" or not after.number:
                continue
            for _, hop_id, _ in reversed(before):
                there = self._quantities(hop_id)[:100]
                source = next((q for q in there if _same_amount(q, after)), None)
                if source is not None:
                    detail = f"{source.quote} converted to {after.unit}"
                    made.append(
                        edge(
                            (hop_id, source.path),
                            (to_id, after.path),
                            after.quote,
                            "derived",
                            detail,
                        )
                    )
                    break
        return made


def _told(formula: Formula, copied: bool) -> str:
    told = words(formula)
    return f"rounded from {told}" if copied and formula[0] == "copy" else told


def _same_amount(a: Quantity, b: Quantity) -> bool:
    return (
        a.dimension == b.dimension
        and a.unit != b.unit
        and math.isclose(a.base, b.base, rel_tol=0.005)
    )


def _counted(number: float, terms: Terms) -> Formula | None:
    return next(
        (("copy", n) for n, v in terms.scalars.items() if n[0] == "#" and v == number), None
    )


def places(formula: Formula, terms: Terms) -> list[str]:
    """The paths a formula takes its numbers from, columns member by member."""
    found: list[str] = []
    for name in formula[1:]:
        if name in terms.columns:
            at = name.find("[]")
            members = range(min(len(terms.columns[name]), _MAX_MEMBERS))
            if at >= 0 and "~" not in name:
                found += [name.replace("[]", f"[{i}]", 1) for i in members]
                continue
        found.append(name.partition("~")[0].lstrip("#").removesuffix(".*"))
    return list(dict.fromkeys(found))


_CONTENT = re.compile(r"[^\W\d_]{4,}")
_MIN_WORDS = 4
_SHARE = 0.5
_COMMON = 12
_MAX_TEXTS = 4_000


class Rewordings:
    """Texts that share most of their content words with an earlier output, found by an index."""

    def __init__(self, known: RunFacts) -> None:
        self._known = known
        self._texts: list[tuple[float, str | None, Atom, frozenset[str]]] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._contents: dict[str, frozenset[str]] = {}
        self._nearby: dict[frozenset[str], list[int]] = {}
        for atom in known.input_atoms:
            self._add(-1.0, None, atom)
        for fact in sorted(known.facts, key=lambda f: f.end_ms):
            for atom in fact.produced:
                self._add(fact.end_ms, fact.hop.hop_id, atom)

    def _add(self, end_ms: float, hop_id: str | None, atom: Atom) -> None:
        if atom.kind != "text" or len(atom.quote) < 20 or len(self._texts) >= _MAX_TEXTS:
            return
        content = self._content(atom.quote)
        if len(content) < _MIN_WORDS:
            return
        number = len(self._texts)
        self._texts.append((end_ms, hop_id, atom, content))
        for word in content:
            if len(self._by_word[word]) < 200:
                self._by_word[word].append(number)

    def _content(self, text: str) -> frozenset[str]:
        """The content words of a text, which is often read more than once."""
        known = self._contents.get(text)
        if known is None:
            known = self._contents[text] = frozenset(_CONTENT.findall(fold(text)))
        return known

    def into(
        self, to_id: str | None, received: Iterable[Atom], start_ms: float, edges: Sequence[Edge]
    ) -> list[Edge]:
        """Fuzzy edges into texts that no earlier value reaches as a whole."""
        reached = {e.to_path for e in edges if not _small(e.quote, e.match)}
        made: list[Edge] = []
        for atom in received:
            if atom.kind != "text" or len(atom.quote) < 20 or atom.path in reached:
                continue
            content = self._content(atom.quote)
            if len(content) < _MIN_WORDS or len(made) >= 40:
                continue
            best = self._nearest(to_id, content, start_ms)
            if best is not None:
                _, hop_id, source, words_there = best
                shared = sorted(content & words_there, key=lambda w: (-len(w), w))[:4]
                made.append(
                    edge(
                        (hop_id, source.path),
                        (to_id, atom.path),
                        atom.quote,
                        "fuzzy",
                        f"in other words; both have {', '.join(shared)}",
                    )
                )
        return made

    def _nearest(
        self, to_id: str | None, content: frozenset[str], start_ms: float
    ) -> tuple[float, str | None, Atom, frozenset[str]] | None:
        near = self._nearby.get(content)
        if near is None:
            near = self._nearby[content] = self._most_in_common(content)
        best, rank = None, (0.0, -2.0)
        for number in near:
            one = self._texts[number]
            if one[0] > start_ms + 0.001 or (one[1] == to_id and to_id is not None):
                continue
            share = len(content & one[3]) / min(len(content), len(one[3]))
            if share >= _SHARE and (share, one[0]) > rank:
                best, rank = one, (share, one[0])
        return best

    def _most_in_common(self, content: frozenset[str]) -> list[int]:
        """The texts that share most of the rarest content words, by number."""
        votes: Counter[int] = Counter()
        rare = sorted(content, key=lambda w: (len(self._by_word.get(w, ())), w))[:_COMMON]
        for word in rare:
            votes.update(self._by_word.get(word, ()))
        return [number for number, _ in votes.most_common(20)]


def _small(quote: str, match: MatchKind) -> bool:
    """Whether an edge carries a small number in words only: that two texts say "three" links them
    less than that they say the same."""
    return match in ("exact", "normalised") and quote.isalpha() and any(spoken_numbers(quote))


__all__ = ["Derivations", "Rewordings", "edge", "places"]
