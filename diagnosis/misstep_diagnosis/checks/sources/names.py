"""Names of which nothing that a hop received speaks, or of which it received another form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.wording.translated import translates
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.language import detect
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import Atom, at_path

_WRITERS = ("llm", "agent")
_WORD = re.compile(r"\w+")
_NO_PART = bag(
    "dear hello hi mr mrs ms miss mx dr prof sir madam the of and for from liebe lieber hallo herr "
    "frau sehr geehrte geehrter guten tag bonjour cher chère madame monsieur mme señor señora sr sra "
    "estimado estimada hola signor signora sig gentile egregio buongiorno beste geachte mevrouw "
    "meneer heer kind best warm regards yours grüße grüßen sie ihr ihre ihren ihrem ihrer von van "
    "der den des die das und de la le les du el los las y e il lo"
)
"""Words that stand before a name or inside it, and are no part by which it is known."""
_REPLACED, _ADDED = 1.2, 0.8
_MOST_NAMES = 60
_MOST_CHARS = 200_000


def name_ungrounded(known: RunFacts, good: Good) -> list[Found]:
    """A name in a model's output that nothing it received holds, in part or as a whole."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in _WRITERS or not fact.received:
            continue
        received: frozenset[str] | None = None
        looked = 0
        for atom in fact.produced:
            if atom.kind != "name" or any(k in fact.received_keys for k in atom.keys):
                continue
            looked += 1
            if looked > _MOST_NAMES:
                break
            if known.known_before(atom.keys, fact):
                # What was known earlier came over a way that the recording does not show.
                continue
            received = received if received is not None else words_received(fact)
            weight = _strangeness(atom, received, fact)
            if weight:
                out.append(_evidence(fact, atom, weight))
                break
    return out


def _evidence(fact: HopFacts, atom: Atom, weight: float) -> Found:
    return found(
        "name.ungrounded",
        fact.hop.hop_id,
        atom.quote,
        f"it names {atom.quote}, which nothing it received does",
        path=atom.path,
        local=True,
        bad=atom.keys,
        weight=weight,
    )


def words_received(fact: HopFacts) -> frozenset[str]:
    return frozenset(_WORD.findall(fact.given_text[:_MOST_CHARS].casefold()))


def _strangeness(atom: Atom, received: frozenset[str], fact: HopFacts) -> float:
    """A full heuristic where a name received was given another part, or a field holds a new name; a
    hint for a new name inside a sentence; else nothing."""
    begun = _mid_sentence(atom, fact)
    parts = _parts(atom.quote)
    if not atom.whole and not begun and len(parts) > 1:
        # A sentence begins with a capital letter of its own.
        first = parts[0]
        parts = parts[1:] if first not in received else parts
    strange = [
        w
        for w in parts
        if w not in received and not written_otherwise(w, received) and not _common_word(w, fact)
    ]
    if not strange:
        return 0.0
    before = _replaced(parts, strange, fact)
    if translates(fact):
        # A translation has words of its own for all that is no name.
        return _REPLACED if before and any(_alike(w, before) for w in strange) else 0.0
    if before or (atom.whole and len(strange) == len(parts)):
        return _REPLACED
    return _ADDED if begun or len(strange) < len(parts) else 0.0


def _common_word(word: str, fact: HopFacts) -> bool:
    """Whether the output writes it with a small letter as well, as no name is."""
    if "small" not in fact.noted:
        told = " ".join(v for _, v in fact.made_texts)[:_MOST_CHARS]
        fact.noted["small"] = frozenset(w for w in _WORD.findall(told) if w.islower())
    return word in fact.noted["small"]


def _parts(name: str) -> list[str]:
    """Folded words by which a name is known; codes and abbreviations in capitals are none."""
    words = (w for w in _WORD.findall(name) if len(w) > 2 and w.isalpha() and not w.isupper())
    return [w for w in (w.casefold() for w in words) if w not in _NO_PART]


def _replaced(parts: list[str], strange: list[str], fact: HopFacts) -> frozenset[str]:
    """Parts that the output lacks of names received which share another part with this one."""
    kept = set(parts).difference(strange)
    lost: set[str] = set()
    for atom in fact.received if kept else ():
        if atom.kind == "name":
            theirs = _parts(atom.quote)
            if not kept.isdisjoint(theirs):
                lost.update(w for w in theirs if w not in fact.made_words)
    return frozenset(lost)


def _alike(word: str, others: frozenset[str]) -> bool:
    """Whether a word begins as one of the others does: Bergstrand as Bergström."""
    least = 4
    return any(_sound(word)[:least] == _sound(o)[:least] for o in others if len(o) > least)


def written_otherwise(word: str, received: frozenset[str]) -> bool:
    """Whether a word received is the same in another spelling, or its abbreviation: Söhne and
    Soehne, Akaba and Aqaba, succinate and succ."""
    sound, begins = _sound(word), _SPELT.get(word[:1], word[:1])
    return any(o[0] in begins and (_shortened(o, word) or _sound(o) == sound) for o in received)


def _shortened(short: str, word: str) -> bool:
    return 3 < len(short) < len(word) - 2 and word.startswith(short)


_SPELT = {"c": "ckqçs", "k": "ckq", "q": "ckq", "f": "fpv", "p": "pf", "v": "vwf", "w": "vw",
          "i": "ijy", "j": "ijyg", "y": "ijy", "s": "szcšś", "z": "zsž", "a": "aäåáà", "o": "oöøó",
          "u": "uüú", "e": "eéèë", "ä": "äa", "ö": "öo", "ü": "üu", "g": "gj"}  # fmt: skip
_SPELLINGS = (
    ("ph", "f"), ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ou", "u"), ("sh", "s"), ("ch", "k"),
    ("th", "t"), ("ck", "k"), ("c", "k"), ("q", "k"), ("y", "i"), ("j", "i"), ("w", "v"), ("z", "s"),
    ("h", ""), ("ß", "ss"), ("ø", "o"), ("ł", "l"), ("æ", "a"),
)  # fmt: skip


@lru_cache(maxsize=8_192)
def _sound(word: str) -> str:
    """A word as it sounds, roughly, whatever alphabet or keyboard it was written with."""
    parted = unicodedata.normalize("NFKD", word)
    bare = "".join(c for c in parted if not unicodedata.combining(c))
    for written, sound in _SPELLINGS:
        bare = bare.replace(written, sound)
    return re.sub(r"(.)\1+", r"\1", bare)


def _mid_sentence(atom: Atom, fact: HopFacts) -> bool:
    text = at_path(fact.hop.output, atom.path)
    at = text.find(atom.quote) if isinstance(text, str) else -1
    if at <= 0 or not isinstance(text, str) or detect(text) == "de":
        # German nouns begin with a capital letter wherever they stand.
        return False
    before = text[:at].rstrip(" \t")[-1:]
    return before.isalpha() and before.islower()


RULES = (
    Rule("name.ungrounded", "A name of which nothing it received speaks.", False, name_ungrounded),
)
