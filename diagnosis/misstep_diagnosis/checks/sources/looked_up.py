"""What a look-up returned against what it was asked: another day of birth, another country's law."""

from __future__ import annotations

import re

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.places import regions
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import Atom, atoms, last_key

_SOURCES = ("retriever", "tool", "reranker")
_LONGEST = 12_000
_WORD = re.compile(r"[^\W\d_]+")
_DULL = bag("on in of at the a an for by to from is was and or with until dated date as no day per")
_BORN = bag("born birth dob geboren geburtsdatum né née nacido nacida nato nata")


def other_label(known: RunFacts, good: Good) -> list[Found]:
    """A document that gives another value for the word by which a value was asked for."""
    out: list[Found] = []
    for fact in known.answered_by(*_SOURCES):
        keys = {w for p, _ in fact.given_leaves[:20] for w in _WORD.findall(last_key(p).casefold())}
        asked = _labelled(fact) if (keys | fact.given_words) & _BORN else []
        if not asked or not fact.made_texts:
            continue
        held = {k for a in fact.produced for k in a.keys}
        for label, atom in asked:
            if not held.isdisjoint(atom.keys):
                continue
            told = [
                a
                for a in fact.produced
                if a.kind == atom.kind and label in _label(a, fact.made_texts)
            ]
            if told:
                out.append(
                    found(
                        "asked.differs",
                        fact.hop.hop_id,
                        f"{label}: {told[0].quote}",
                        f"it was asked for {label} {atom.quote} and returned {label} {told[0].quote}",
                        path=told[0].path,
                        expected=atom.quote,
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _labelled(fact: HopFacts) -> list[tuple[str, Atom]]:
    """Days of birth of what was asked, each with the word that names it."""
    made: list[tuple[str, Atom]] = []
    for path, text in fact.given_texts[:20]:
        if len(text) > 600:
            continue
        for atom in atoms(text, path):
            if atom.kind != "date" or len(atom.keys) > 1 or atom.keys[0].startswith("d0000"):
                continue
            words = _before(text, atom.quote) | set(_WORD.findall(last_key(path).casefold()))
            if words & _BORN:
                made += [(w, atom) for w in sorted(words & _BORN)]
    return made


def _before(text: str, quote: str) -> set[str]:
    at = text.find(quote)
    return set(_WORD.findall(text[max(0, at - 30) : at].casefold())[-3:]) if at >= 0 else set()


def _label(atom: Atom, texts: list[tuple[str, str]]) -> set[str]:
    text = next((v for p, v in texts if p == atom.path), "")
    key = set(_WORD.findall(last_key(atom.path).casefold()))
    said = _before(text, atom.quote) | key
    return said | _BORN if said & _BORN else said


# --- regions -----------------------------------------------------------------------------------------

_ABOUT_LAW = re.compile(
    r"(?i)\b(law|statute|legal|tenan\w+|act|court|regulation\w*|tax\w*|visa|policy|rule\w*|jurisdiction|notice|"
    r"guide\w*|permit|licen[cs]e|benefit\w*|employment|immigration)\b"
)


def other_region(known: RunFacts, good: Good) -> list[Found]:
    """Documents that speak of another country or part of one than was asked for, and not of that."""
    out: list[Found] = []
    for fact in known.answered_by("retriever"):
        query = " ".join(v for _, v in fact.given_texts)[:1_000]
        wanted = regions(query)
        if len(wanted) != 1 or not _ABOUT_LAW.search(query):
            continue
        told = regions(" ".join(v for _, v in fact.made_texts)[:_LONGEST])
        if told and not wanted & told:
            shown, asked = ", ".join(sorted(told)), next(iter(wanted))
            out.append(
                found(
                    "asked.differs",
                    fact.hop.hop_id,
                    shown,
                    f"it was asked about {asked}; what it returned speaks of {shown} only",
                    expected=asked,
                    local=True,
                    weight=2.0,
                )
            )
    return out


RULES = (
    Rule("asked.differs", "It returned another day of birth.", False, other_label),
    Rule("asked.differs", "It returned what is about another country.", False, other_region),
)
