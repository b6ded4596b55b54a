"""Who does what to whom, and from where to where, against the input: roles that were exchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.wording.flags import stem
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import fold

_WRITERS = ("llm", "agent", "chain")
_LONGEST = 8_000
_FAR = 90
_LEAST = 2
_SENTENCE = re.compile(r"[^.!?;\n]+(?:\.\d[^.!?;\n]*)*")
_ENTITY = re.compile(
    r"\b[A-ZÄÖÜ][\w&'’-]*[a-zäöüßA-Z](?:\s+(?:of|de|van|von|&)?\s?[A-ZÄÖÜ][\w&'’-]*[a-zäöüßA-Z])*"
)
_NOT_NAMES = bag(
    "the a an this that these those it he she we you they our your if when while under in on at "
    "for with by "
    "from to and or but please write summarise summarize extract return report mail note "
    "translate review "
    "draft could can will would should may clause section article monday tuesday wednesday thursday "
    "friday saturday sunday january february march april may june july august september october "
    "november december json eur usd gbp dear hello hi subject re date amount total what who which "
    "give list state does did is are was were has have der die das ein eine im le la les un une put "
    "rewrite polish answer explain describe headline tell name"
)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|gets?|got|ist|wird|werden|wurde|est|sont|es|son)\b"
)
_BY = re.compile(r"\b(?:by|von|durch|par|por|da)\s+(?:the\s+|der\s+|dem\s+|le\s+|la\s+)?$")
_DULL = bag(
    "shall will must may have been being from with that this their into against under would could "
    "should also than then they when which without within upon such each other between after before"
)


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does something to whom, and the beginnings of the words between them."""

    doer: str
    other: str
    stems: frozenset[str]
    said: str


def exchanged(known: RunFacts, good: Good) -> list[Found]:
    """Two parties that changed places between the input and the output."""
    out: list[Found] = []
    for fact in known.answered_by(*_WRITERS):
        hit = (
            _deeds_turned(fact)
            or _fields_turned(fact)
            or _ways_turned(fact)
            or _labels_turned(fact)
        )
        if hit is not None:
            path, before, after = hit
            out.append(
                found(
                    "role.exchanged",
                    fact.hop.hop_id,
                    f"{before[:120]} → {after[:120]}",
                    f"it says “{after[:120]}”; its input says “{before[:120]}”",
                    path=path,
                    expected=before[:120],
                    local=True,
                    bad=tuple(
                        k
                        for a in fact.produced
                        if a.path == path and a.kind == "text"
                        for k in a.keys
                    ),
                    weight=2.0,
                )
            )
    return out


Hit = tuple[str, str, str]
"""(path, what the input says, what the output says)."""


# --- sentences ---------------------------------------------------------------------------------


def _deeds_turned(fact: HopFacts) -> Hit | None:
    made = [(p, v) for p, v in fact.made_texts if " " in v and len(v) <= _LONGEST]
    if sum(len(_ENTITY.findall(v[:_LONGEST])) for _, v in made) < _LEAST:
        return None
    given = [v for _, v in fact.given_texts if " " in v and len(v) <= _LONGEST] if made else []
    names = _shared(tuple(given), tuple(v for _, v in made)) if given else ()
    if len(names) < 2:
        return None
    told = [d for v in given for d in _deeds(v, names)]
    if not told:
        return None
    for path, text in made:
        own = _deeds(text, names)
        for one in own:
            alike = [
                d
                for d in told
                if {d.doer, d.other} == {one.doer, one.other} and d.stems & one.stems
            ]
            if not alike or any(d.doer == one.doer for d in alike):
                continue
            if any(d.doer == alike[0].doer and d.stems & alike[0].stems for d in own if
                   {d.doer, d.other} == {one.doer, one.other}):  # fmt: skip
                continue
            return path, alike[0].said, one.said
    return None


def _shared(given: tuple[str, ...], made: tuple[str, ...]) -> tuple[str, ...]:
    """Names and parties that both sides speak of, folded, the longest first."""
    after = fold(" \n ".join(made))
    names = {
        n
        for v in given
        for n in _names(v)
        if n in after and re.search(rf"(?<!\w){re.escape(n)}(?!\w)", after)
    }
    return tuple(sorted(names, key=lambda n: -len(n)))[:24]


@lru_cache(256)
def _names(text: str) -> frozenset[str]:
    made: set[str] = set()
    for match in _ENTITY.finditer(text):
        words = match.group().split()
        while words and words[0].casefold() in _NOT_NAMES:
            words = words[1:]
        if words and len(" ".join(words)) > 2:
            made.add(fold(" ".join(words)))
    return frozenset(made)


def _deeds(text: str, names: Sequence[str]) -> list[Deed]:
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(n) for n in names) + r")(?!\w)")
    made: list[Deed] = []
    for sentence in _SENTENCE.finditer(text):
        said = " ".join(sentence.group().casefold().split())
        places = list(pattern.finditer(said))
        for first, second in pairwise(places):
            if first.group() == second.group() or second.start() - first.end() > _FAR:
                continue
            between = said[first.end() : second.start()]
            stems = frozenset(
                stem(w)
                for w in re.findall(r"[^\W\d_]{3,}", between)
                if w not in _DULL and w not in _NOT_NAMES
            )
            if not stems:
                continue
            passive = bool(_PASSIVE.search(between) and _BY.search(between))
            doer, other = first.group(), second.group()
            if passive:
                doer, other = other, doer
            made.append(Deed(doer, other, stems, said))
    return made


# --- fields --------------------------------------------------------------------------------------

_WAYS = (
    ("from", "to"), ("origin", "destination"), ("source", "target"), ("departure", "arrival"),
    ("from_account", "to_account"), ("from_city", "to_city"), ("start", "end"), ("pickup", "dropoff"),
    ("from_location", "to_location"), ("old", "new"), ("sender", "recipient"), ("sender", "receiver"),
)  # fmt: skip
_PARTIES: tuple[tuple[str, str, str], ...] = (
    ("seller", "buyer", r"sell\w*|sold|deliver\w*|suppl\w+"),
    ("buyer", "seller", r"buy\w*|bought|purchas\w+|acquir\w+|order\w*"),
    ("debtor", "creditor", r"ow(?:e|es|ed)\b|repay\w*"),
    ("lender", "borrower", r"lend\w*|lent\b"),
    ("borrower", "lender", r"borrow\w*"),
    ("payer", "payee", r"pay\w*|paid\b|transfer\w*"),
    ("sender", "recipient", r"sen[dt]\w*|wrote|writ\w+"),
    ("winner", "loser", r"beat\w*|defeat\w*|won against"),
    ("acquirer", "target", r"acquir\w+|bought|buy\w*|took over"),
    ("landlord", "tenant", r"lets?\b|rents? out"),
    ("supplier", "customer", r"suppl\w+|deliver\w*|sell\w*"),
    ("employer", "employee", r"employ\w*|hire\w*"),
    ("plaintiff", "defendant", r"su(?:es|ed)\b|claims? against"),
)


_SIDES = frozenset(name for sides in (*_WAYS, *_PARTIES) for name in sides[:2])


def _fields_turned(fact: HopFacts) -> Hit | None:
    """Fields of the output for the two sides of a way or a deal, exchanged."""
    output = fact.hop.output
    if not isinstance(output, dict):
        return None
    pairs = list(_pairs(output))
    told = (v for _, v in fact.given_texts if " " in v) if pairs else ()
    text = fold(" \n ".join(told)[:_LONGEST])
    if not text:
        return None
    for first, x, second, y, verbs in pairs:
        right, wrong = _order(x, y, verbs), _order(y, x, verbs)
        hit = re.search(wrong, text)
        if hit and not re.search(right, text):
            return f"output.{first}", hit.group()[:120], f"{first}: {x}, {second}: {y}"
    return None


def _pairs(record: dict[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """(first field, its value, second field, its value, verbs or nothing for a way)."""
    if len(_SIDES.intersection(map(str.casefold, record))) < 2:
        return
    fields = {k.casefold(): v for k, v in record.items() if isinstance(v, str) and 1 < len(v) <= 60}
    for first, second in _WAYS:
        if first in fields and second in fields and fold(fields[first]) != fold(fields[second]):
            yield first, fields[first], second, fields[second], ""
    for first, second, verbs in _PARTIES:
        if first in fields and second in fields and fold(fields[first]) != fold(fields[second]):
            yield first, fields[first], second, fields[second], verbs


def _order(x: str, y: str, verbs: str) -> str:
    """A pattern of x, then y, with the words between that say which is which."""
    a, b = (rf"(?<!\w){re.escape(fold(v))}(?!\w)" for v in (x, y))
    if verbs:
        return rf"{a}\s(?:[^.;\n]{{0,30}}\s)?(?:{verbs})[^.;\n]{{0,60}}?{b}"
    way = r"(?:from|leav\w+|depart\w*(?: from)?|out of|between|von|ab|de|desde|instead of)"
    on = r"(?:to|for|towards|and|nach|bis|à|a|hacia|into)"
    return (
        rf"\b{way}\s+(?:the\s+)?{a}[^.;\n]{{0,60}}?\b{on}\s+(?:the\s+)?{b}|"
        rf"{a}\s*(?:to|→|->|–)\s*{b}"
    )


def _ways_turned(fact: HopFacts) -> Hit | None:
    """A way told in a sentence of the output, against the fields of the record that it received."""
    pairs = [p for r in fact.records.single[:4] for p in _pairs(r) if not p[4]]
    made = fact.made_texts if pairs else ()
    texts = [(p, fold(v)) for p, v in made if " " in v and len(v) <= _LONGEST]
    for first, x, second, y, _ in pairs:
        for path, text in texts:
            hit = re.search(_order(y, x, ""), text)
            if hit and not re.search(_order(x, y, ""), text):
                return path, f"{first}: {x}, {second}: {y}", hit.group()[:120]
    return None


# --- fields by what stands before their values -----------------------------------------------

_MOST_FIELDS = 16
_NEAR = 28


def _labels_turned(fact: HopFacts) -> Hit | None:
    """Two fields that were given each other's text: pick up at the depot, `dropoff: depot`."""
    output = fact.hop.output
    if not isinstance(output, dict):
        return None
    fields = {k: fold(v) for k, v in output.items() if isinstance(v, str) and 2 < len(v) <= 60}
    if not 2 <= len(fields) <= _MOST_FIELDS:
        return None
    text = fold(" \n ".join(v for _, v in fact.given_texts if " " in v)[:_LONGEST])
    if sum(v in text for v in fields.values()) < _LEAST:
        return None
    before = {k: b for k, v in fields.items() if (b := _said_before(v, text)) is not None}
    for first, one in before.items():
        for second, other in before.items():
            if first >= second or fields[first] == fields[second]:
                continue
            a, b = _bare(first), _bare(second)
            if a in other and b in one and a not in one and b not in other:
                return (
                    f"output.{first}",
                    f"{one[-_NEAR:]} {fields[first]}",
                    f"{first}: {output[first]}, {second}: {output[second]}",
                )
    return None


def _bare(key: str) -> str:
    return re.sub(r"[\W_]", "", key.casefold())


def _said_before(value: str, text: str) -> str | None:
    """The letters just before the only mention of a text, back to the last stop."""
    places = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text)]
    if len(places) != 1:
        return None
    piece = re.split(r"[,.;:]\s", text[max(0, places[0] - _NEAR) : places[0]])[-1]
    return re.sub(r"[\W_]", "", piece)


RULES = (Rule("role.exchanged", "Two parties changed places.", False, exchanged),)
