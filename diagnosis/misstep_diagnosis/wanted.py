"""A text to look for in a run: literally, by the values in it, and in other words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from misstep.model import MatchKind
from misstep_diagnosis.reading.values import Atom, atoms, fold, leaves

_CONTENT = re.compile(r"[^\W\d_]{4,}")


def _root(there: Sequence[Atom]) -> str:
    return re.split(r"[.\[]", there[0].path)[0] if there else "output"


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
