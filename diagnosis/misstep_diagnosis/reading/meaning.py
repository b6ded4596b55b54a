"""Two texts: the same words, other words for the same, or another decision.

Decisions are numbers in any notation, dates, units, names, identifiers, negations, opposites
(approved, rejected), which value goes with which, members of an enumeration, and short labels.
Order of words, synonyms, case, spaces and punctuation are wording.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from misstep_diagnosis.reading.language import detect
from misstep_diagnosis.reading.polarity import negations, opposed, prefixed, words_of
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.units import Quantity, quantities
from misstep_diagnosis.reading.values import Taken, atoms, number_key

Difference = Literal["same", "wording", "decision"]

_MAX_CHARS = 60_000
_LABEL_CHARS = 40
_LABEL_WORDS = 3
_LEAST_SHARED = 0.15
_ALIKE = 0.4
_LINK = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+|(?<!\w)[\w.-]*/[\w./-]+")
_SINGLE = re.compile(r"(?<![\w'’-])[^\W\d_a-zß-öø-ÿ][\w'’-]+")
_FIRST = re.compile(r"(?:^|[.!?:;\n•\"“(\[]\s*|[-*]\s+)$")
_ACRONYM = re.compile(r"\b[A-Z]{2,8}\b")
_GERMAN = bag("der die das und ist nicht ein eine einen mit für auf von dem den wird sind")
_ENGLISH = bag("the of and is to are was for with that be in it you")
_COMMON = bag(
    "the a an and or but if then so we you they he she it this that these those there here our your "
    "their his her its as at by for from in into of on to with i yes no not please thank thanks "
    "dear hello hi all any each every some most more because since while when where what which who "
    "how why after before during however therefore also finally first second third next last "
    "overall note total der die das ein eine und oder aber wir sie er es ich ihr bitte danke liebe "
    "lieber hallo wenn weil le la les un une des et ou mais nous vous ils elle il je merci bonjour "
    "cher chère si el los las una y o pero usted gracias hola estimado estimada il lo gli uno e ma "
    "grazie o os as um uma mas obrigado het een en of maar wij u"
)
_DIRECTED = re.compile(
    r"\b(from|to|before|after|until|since|above|below|over|under|von|nach|bis|vor|ab|de|à|vers|desde|"
    r"hasta|da|per|van|naar|till|från)\s+(?:the\s+|der\s+|die\s+|la\s+|le\s+)?$"
)
_BULLET = re.compile(r"(?m)^\s*(?:[-*•‣–]|\d{1,3}[.)])\s+(.+)$")
_LISTED = re.compile(
    r"(?<=[:,\s])((?:[\w'’ -]{2,30},\s+){1,12}[\w'’ -]{2,30},?\s+"
    r"(?:and|or|und|oder|et|ou|y|e|en)\s+[\w'’-]{2,30})"
)


def compare_texts(a: str, b: str) -> Difference:
    """How two texts differ; symmetric, and in time proportional to their length."""
    if a == b:
        return "same"
    a, b = a[:_MAX_CHARS], b[:_MAX_CHARS]
    if _plain(a) == _plain(b):
        return "wording"
    left, right = _told(a), _told(b)
    return "decision" if _decides(left, right) else "wording"


@dataclass(frozen=True, slots=True)
class Item:
    """A value of a text: where it stands, its readings, and of a name its words (without one that
    begins a sentence)."""

    at: int
    end: int
    keys: frozenset[str]
    parts: frozenset[str] = frozenset()


@dataclass(slots=True)
class Told:
    """What a text tells apart from its wording."""

    text: str
    plain: str
    items: list[Item] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)
    frame: str = ""
    members: tuple[frozenset[str], ...] = ()


def _decides(a: Told, b: Told) -> bool:
    if _is_label(a.text) and _is_label(b.text):
        same = a.stems == b.stems if a.stems or b.stems else a.words == b.words
        return not (same and _agree(a, b))
    if _renamed(a.text, b.text, german=_is_german(a.words)):
        return True
    if a.frame == b.frame:
        return len(a.items) != len(b.items) or not all(map(_same_item, a.items, b.items))
    return not (_agree(a, b) and _same_polarity(a, b) and _same_roles(a, b) and _same_topic(a, b))


def _same_item(a: Item, b: Item) -> bool:
    if a.keys & b.keys:
        return True
    return bool(a.parts and b.parts) and (a.parts <= b.parts or b.parts <= a.parts)


def _agree(a: Told, b: Told) -> bool:
    """Whether every value of each stands in the other."""
    left, right = quantities(a.text, "t"), quantities(b.text, "t")
    for mine, theirs, given, there in ((a, b, left, right), (b, a, right, left)):
        keys = {k for i in theirs.items for k in i.keys}
        converted = {number_key(q.number) for q in given if any(_same_amount(q, o) for o in there)}
        for item in mine.items:
            known = bool(item.keys & keys) or (bool(item.parts) and item.parts <= theirs.words)
            if not known and not item.keys & converted:
                return False
    return _same_units(left, right)


def _same_amount(a: Quantity, b: Quantity) -> bool:
    return a.dimension == b.dimension != "money" and math.isclose(a.base, b.base, rel_tol=1e-6)


def _same_units(left: Sequence[Quantity], right: Sequence[Quantity]) -> bool:
    """Whether no number changed its unit: 5 mg is not 5 g."""
    if not left or not right:
        return True
    return all(
        _keeps_unit(one, theirs) for mine, theirs in ((left, right), (right, left)) for one in mine
    )


def _keeps_unit(one: Quantity, theirs: Sequence[Quantity]) -> bool:
    same_number = [q for q in theirs if q.number == one.number]
    return not same_number or any(
        (q.dimension, q.size) == (one.dimension, one.size)
        and (q.dimension != "money" or q.unit == one.unit)
        for q in same_number
    )


def _same_polarity(a: Told, b: Told) -> bool:
    turned = len(prefixed(a.words, b.words)) - len(prefixed(b.words, a.words))
    left, right = negations(a.plain) - min(0, turned), negations(b.plain) + max(0, turned)
    if bool(left) != bool(right) or (left != right and _share(a, b) > 0.7):
        return False
    if _share(a, b) >= _ALIKE and opposed(a.words, b.words) is not None:
        return False
    return _same_members(a.members, b.members)


def _same_members(a: Sequence[frozenset[str]], b: Sequence[frozenset[str]]) -> bool:
    """Whether two enumerations have as many members, each with a counterpart in the other."""
    if not a or not b:
        return True
    return len(a) == len(b) and all(
        any(_kin(x, y) for y in theirs) for mine, theirs in ((a, b), (b, a)) for x in mine
    )


def _kin(a: frozenset[str], b: frozenset[str]) -> bool:
    return len(a & b) * 3 >= min(len(a), len(b))


def _same_roles(a: Told, b: Told) -> bool:
    """Whether the same values follow from, to, before, after … where both texts have such words."""
    left, right = _roles(a), _roles(b)
    return all(left[word] & right[word] for word in left.keys() & right.keys())


def _roles(told: Told) -> dict[str, frozenset[str]]:
    made: dict[str, frozenset[str]] = {}
    lower = told.text.lower()
    for item in told.items:
        match = _DIRECTED.search(lower[max(0, item.at - 20) : item.at])
        if match:
            made[match[1]] = made.get(match[1], frozenset()) | item.keys
    return made


def _same_topic(a: Told, b: Told) -> bool:
    """Whether they speak of the same at all, and in the same language."""
    if len(a.plain) > 60 and len(b.plain) > 60:
        left, right = detect(a.text), detect(b.text)
        if left and right and left != right:
            return False
    if min(len(a.stems), len(b.stems)) >= 4 and _share(a, b) < _LEAST_SHARED:
        return False
    return not _one_piece_replaced(a.plain, b.plain)


def _share(a: Told, b: Told) -> float:
    fewer = min(len(a.stems), len(b.stems))
    return len(a.stems & b.stems) / fewer if fewer else 1.0


def _one_piece_replaced(a: str, b: str) -> bool:
    """Of scripts without capital letters: one short piece was replaced, the rest is the same."""
    if not _caseless(a) or not _caseless(b):
        return False
    fewest = min(len(a), len(b))
    start = next((i for i in range(fewest) if a[i] != b[i]), fewest)
    tail = next((i for i in range(fewest - start) if a[-1 - i] != b[-1 - i]), fewest - start)
    pieces = a[start : len(a) - tail], b[start : len(b) - tail]
    return all(0 < len(p.strip()) <= 12 for p in pieces) and start + tail >= max(map(len, pieces))


def _caseless(text: str) -> bool:
    letters = [c for c in text[:400] if c.isalpha()]
    return bool(letters) and sum(c.lower() == c.upper() for c in letters) > 0.6 * len(letters)


_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_OPENS = re.compile(r"(?:^|[.!?;\n•\"“(\[]\s*|[-*]\s+)$")
_CLOSINGS = bag("regards sincerely best kind warm yours greetings cheers wishes")


def _renamed(a: str, b: str, *, german: bool) -> bool:
    """Word for word the same but for a few with a capital: other names, or the same exchanged."""
    left, right = list(_TOKEN.finditer(a)), list(_TOKEN.finditer(b))
    if len(left) != len(right):
        return False
    pairs = [
        (x, y)
        for x, y in zip(left, right, strict=True)
        if _stem(x.group().casefold()) != _stem(y.group().casefold())
    ]
    if not pairs or len(pairs) > max(2, len(left) // 4):
        return False
    if not all(_named(a, x) and _named(b, y) for x, y in pairs):
        return False
    exchanged = sorted(x.group() for x, _ in pairs) == sorted(y.group() for _, y in pairs)
    # German writes every noun so: another one may be another word for the same.
    return exchanged or not (german or any(_begins(a, x) and _begins(b, y) for x, y in pairs))


def _named(text: str, word: re.Match[str]) -> bool:
    said = word.group()
    if len(said) == 1:  # plan A, but not the article that begins a sentence
        return said.isupper() and not _OPENS.search(text[max(0, word.start() - 4) : word.start()])
    return said[0].isupper() and said.casefold() not in _COMMON


def _begins(text: str, word: re.Match[str]) -> bool:
    """Whether a word may owe its capital to the sentence it begins."""
    folded = word.group().casefold()
    ordinary = _ORDINARY.search(folded) or folded.endswith("ly") or folded in _CLOSINGS
    return bool(ordinary and _OPENS.search(text[max(0, word.start() - 4) : word.start()]))


def _is_label(text: str) -> bool:
    """Whether a text names a choice rather than says something."""
    text = text.strip().rstrip(".!")
    words = text.split()
    return (
        len(text) <= _LABEL_CHARS
        and len(words) <= _LABEL_WORDS
        and not re.search(r"[.!?,;:]\s|[.!?]$", text)
    )


# --- what a text tells ---------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _told(text: str) -> Told:
    made = Told(text, _plain(text))
    made.words = set(words_of(made.plain))
    made.stems = {_stem(w) for w in made.words if w not in _COMMON}
    made.items = sorted(_items(text, made.words), key=lambda i: i.at)
    made.frame = _frame(text, made.items)
    made.members = _members(text)
    return made


@lru_cache(maxsize=64)
def _plain(text: str) -> str:
    """Compatible forms, case, spaces and punctuation folded; separators inside numbers stay."""
    folded = unicodedata.normalize("NFKC", text[:_MAX_CHARS]).casefold()
    bare = re.sub(
        r"(?<!\d)[.,:/](?!\d)|(?<=\d)[.,:/](?!\d)|(?<!\d)[.,:/](?=\d)|[^\w\s.,:/%€$£'’+-]|_",
        " ",
        folded,
    )
    bare = re.sub(r"(?<!\w)[-+](?!\d)|(?<=\w)-(?=\w)|['’](?!\w)|(?<!\w)['’]", " ", bare)
    return " ".join(bare.split())


def _stem(word: str) -> str:
    """A word without its ending, roughly: enough to take approves and approved for one."""
    if len(word) <= 4:
        return word.rstrip("s") if len(word) == 4 else word
    return re.sub(r"(?:ingly|edly|ing|ed|es|s|en|er|e|ly|d)$", "", word)[:12]


def _items(text: str, words: set[str]) -> list[Item]:
    found = [_item(m, "l" + m.group().rstrip(".,;").casefold()) for m in _LINK.finditer(text)]
    taken = Taken()
    for item in found:
        taken.add(item.at, item.end)
    cursor: dict[str, int] = {}
    for atom in atoms(text, "t"):
        if atom.kind not in ("number", "date", "ident", "name"):
            continue
        at = text.find(atom.quote, cursor.get(atom.kind, 0))
        at = text.find(atom.quote) if at < 0 else at
        cursor[atom.kind] = at + 1
        named = _parts(text, at, atom.quote) if atom.kind == "name" else frozenset()
        # "Die Lieferung" is an article and a noun: what is left is looked at as a word alone.
        if (atom.kind != "name" or len(named) > 1) and taken.add(at, at + len(atom.quote)):
            found.append(Item(at, at + len(atom.quote), frozenset(atom.keys), named))
    return found + [i for i in _singles(text, words) if not taken.holds(i.at)]


def _item(match: re.Match[str], key: str, parts: frozenset[str] = frozenset()) -> Item:
    return Item(match.start(), match.end(), frozenset({key}), parts)


def _parts(text: str, at: int, name: str) -> frozenset[str]:
    """Words of a name; the first is left out where it may only begin a sentence."""
    words = [w for w in words_of(_plain(name)) if len(w) > 2]
    begins = _FIRST.search(text[max(0, at - 4) : at])
    return frozenset(w for w in (words[1:] if begins else words) if w not in _COMMON)


def _singles(text: str, words: set[str]) -> list[Item]:
    """Names of one word, and abbreviations in capitals."""
    german = _is_german(words)
    found = []
    for match in _SINGLE.finditer(text):
        word = match.group()
        folded = re.sub(r"['’]s$", "", word.casefold())
        acronym = bool(_ACRONYM.fullmatch(word))
        first = _FIRST.search(text[max(0, match.start() - 4) : match.start()])
        if folded in _COMMON or (first and not acronym and not _subject(text, match.end(), folded)):
            continue
        if german and not acronym and not _german_name(text[: match.start()], folded):
            continue
        found.append(_item(match, "w" + folded, frozenset({folded})))
    return found


def _is_german(words: set[str]) -> bool:
    return len(_GERMAN & words) > len(_ENGLISH & words)


_BEFORE_NAME = re.compile(
    r"\b(?:(nach|frau|herrn?|firma)|in|bei|von|aus|durch|und)\s+$", re.IGNORECASE
)
_NOUN = re.compile(r"(?:ung|ungen|heit|keit|schaft|tion|nis|tum|en|er|e|ung|heit)$")


def _german_name(before: str, word: str) -> bool:
    """German writes every noun with a capital; without an article after a preposition few are."""
    match = _BEFORE_NAME.search(before[-12:])
    return bool(match) and bool((match and match[1]) or not _NOUN.search(word))


_ACTS = re.compile(
    r"^(?:['’]s\b|\s+(?:is|was|has|had|will|won|lost|said|says|leads?|led|sold|paid|wrote|and\s+[A-Z])\b|:\s*\d)"
)
_ORDINARY = re.compile(
    r"(?:ing|ion|ions|ment|ments|ness|ity|ance|ence|ery|ies|ers|age|ure|ism|ps|ts|ks|es)$"
)


def _subject(text: str, end: int, word: str) -> bool:
    """Whether a word that begins a sentence reads as a name: Berlin is …, but not Delivery is …."""
    return bool(_ACTS.match(text[end : end + 12])) and not _ORDINARY.search(word)


def _frame(text: str, items: Sequence[Item]) -> str:
    """The text with its values left out."""
    parts: list[str] = []
    upto = 0
    for item in items:
        if item.at >= upto:
            parts += [text[upto : item.at], " \u25a1 "]
            upto = item.end
    parts.append(text[upto:])
    return _plain(" ".join(parts).replace("\u25a1", " xvaluex "))


def _members(text: str) -> tuple[frozenset[str], ...]:
    """Members of a list with bullets, or else of an enumeration, each by its words."""
    written = _BULLET.findall(text)
    if len(written) < 2:
        match = _LISTED.search(text)
        written = (
            re.split(r",\s+|\s+(?:and|or|und|oder|et|ou|y|e|en)\s+", match[1]) if match else []
        )
    stems = (
        frozenset(_stem(w) for w in words_of(_plain(m)) if w not in _COMMON) for m in written[:200]
    )
    return tuple(m for m in stems if m)
