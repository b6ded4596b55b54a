"""What texts and fields state, word by word: content words cut to their stems, denied ones apart.

``No pleural effusion`` and ``"pleural_effusion": false`` both deny *pleural* and *effusion*; a text
that states them has neither stem in common with one that denies them. Work grows with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from misstep.model import Json
from misstep_diagnosis.reading.polarity import denying, is_negation, plainly
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import Leaf, fold, last_key

DENIED = "¬"
"""Stands before a stem that a text denies."""
MAX_CHARS = 20_000
_STEM = 6
_REACH = 5
_SHORT = 12
_LEAST = 3
_WORD = re.compile(r"[^\W\d_]+|[.;:!?\n,()]")
_LONG_ENOUGH = re.compile(r"[A-Za-z]{3}")
_NOTHING: frozenset[str] = frozenset()
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_COMMON = bag(
    "the and for with from that this are was were has have had its into per our your you their them "
    "they his her but will would should could can all any one two being been than then there here "
    "what which who when where how about over under out only also each more most such other does did "
    "please write give return answer reply json text content message messages role user system "
    "input output result results name value type data list items "
    "der die das und oder mit von für auf ist sind ein eine einen dem den des im "
    "les des une est sont pour dans avec sur par qui que los las una con por para del"
)

Told = dict[str, frozenset[str]]
"""Stems by text: a text goes on to the next hop and is read once."""


def stem(word: str) -> str:
    """A folded word cut to what its forms share: *indemnify*, *indemnifies*, *indemnity* are one."""
    plain = word[:-1] if len(word) > 4 and word[-1] == "s" and word[-2] != "s" else word
    return plain[:_STEM]


def stated(text: str) -> frozenset[str]:
    """Stems of a text's content words; those within five content words after a negation, in the same
    clause, are denied."""
    found: set[str] = set()
    denied = 0
    for word in _words(text[:MAX_CHARS].casefold()):
        if is_negation(word):
            denied = _REACH
        elif len(word) < _LEAST:
            denied = denied if word.isalpha() else 0
        elif word not in _COMMON:
            found.add(DENIED + stem(word) if denied else stem(word))
            denied = max(0, denied - 1)
    return frozenset(found)


def _words(folded: str) -> list[str]:
    words = _WORD.findall(folded)
    if denying(frozenset(words)) or "n't" in folded or "n’t" in folded:
        return _WORD.findall(plainly(folded))
    return words


def stated_by(told: Iterable[Leaf], seen: Told) -> frozenset[str]:
    """Stems of leaves and of the names of their fields; the name of a field that is false, empty or
    says no is denied."""
    found: set[str] = set()
    chars = 0
    for path, leaf in told:
        if "." in path:
            found |= _of_field(path, leaf, seen)
        if isinstance(leaf, str) and leaf and chars < MAX_CHARS:
            chars += len(leaf)
            found |= _of_text(leaf, seen)
    return frozenset(found)


def _of_text(text: str, seen: Told) -> frozenset[str]:
    known = seen.get(text)
    if known is None:
        # Most codes and figures hold no word.
        wordless = text.isascii() and "'" not in text and not _LONG_ENOUGH.search(text)
        known = seen[text] = _NOTHING if wordless else stated(text)
    return known


def fields_of(told: Iterable[Leaf], seen: Told) -> frozenset[str]:
    """Stems of the names of fields, whatever they hold."""
    return frozenset().union(*(_named(last_key(path), seen) for path, _ in told if "." in path))


def _named(key: str, seen: Told) -> frozenset[str]:
    at = f"\0{key}"
    known = seen.get(at)
    if known is None:
        spoken = _CAMEL.sub(" ", key).replace("_", " ").replace("-", " ")
        known = seen[at] = plain(stated(spoken))
    return known


def _of_field(path: str, leaf: Json, seen: Told) -> frozenset[str]:
    named = seen.get(f"\0{path}")
    if named is None:
        named = seen[f"\0{path}"] = _named(last_key(path), seen)
    if isinstance(leaf, str):
        no = not leaf or (
            # No word that denies ends in a digit.
            len(leaf) < _SHORT and not leaf[-1].isdigit() and _says_no(leaf)
        )
    else:
        no = leaf is False or leaf in (None, [], {})
    return frozenset(DENIED + s for s in named) if no else named


def _says_no(text: str) -> bool:
    folded = fold(text)
    return bool(folded) and (folded in ("false", "absent", "negative") or is_negation(folded))


def _turned(one: str) -> str:
    return one[1:] if one[0] == DENIED else DENIED + one


def plain(stems: Iterable[str]) -> frozenset[str]:
    """The stems, stated or denied."""
    return frozenset(s.lstrip(DENIED) for s in stems)


def flipped(given: frozenset[str], made: frozenset[str]) -> list[str]:
    """Stems that one text states only and the other denies only, as the second has them."""
    out = []
    for one in made:
        other = _turned(one)
        if other in given and one not in given and other not in made:
            out.append(one)
    return sorted(out)
