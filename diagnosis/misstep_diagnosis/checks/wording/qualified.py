"""A value that kept its number and changed what it limits or what it is: at least, at most; arriving,
leaving; net, gross."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts, read_json
from misstep_diagnosis.reading.mentions import BOUND_WORDS, GE, GT, LE, LT, Mention, mentions
from misstep_diagnosis.reading.values import leaves

_MAKES = ("llm", "agent", "chain")
_UPPER = frozenset((GE, LT))
"""The number itself belongs to those above: at least 18, and its complement, less than 18."""
_REVERSED = {GE: LE, LE: GE, GT: LT, LT: GT}
_LOOSE = 0.9


def bound_turned(known: RunFacts, good: Good) -> list[Found]:
    """A number that is a limit of another direction, or takes in what the input leaves out."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        made = _limited(fact)
        if not made:
            continue
        given: dict[str, list[Mention]] = defaultdict(list)
        for one in mentions(fact.given_leaves):
            given[one.key].append(one)
        own = mentions(fact.read_leaves)
        hit = max(
            (h for said in made if (h := _against(said, given.get(said.key, []), own))),
            key=lambda h: h[2],
            default=None,
        )
        if hit is not None:
            said, source, weight = hit
            out.append(
                found(
                    "bound.turned",
                    fact.hop.hop_id,
                    f"{source.near.strip()} → {said.near.strip()}",
                    f"it says {said.bound} (“{said.near.strip()[:80]}”); its input says "
                    f"{source.bound} (“{source.near.strip()[:80]}”)",
                    expected=source.near.strip()[:120],
                    local=True,
                    weight=weight,
                )
            )
    return out


def _limited(fact: HopFacts) -> list[Mention]:
    """Numbers of the output that limit something; nothing is read where no word and no sign does."""
    output = fact.hop.output
    words = not BOUND_WORDS.isdisjoint(fact.made_words)
    signs = any("<" in v or ">" in v for _, v in fact.made_texts)
    fields = any(
        "m" in p and re.search(r"(?i)min|max|least|most|upper|lower", p)
        for p, _ in fact.made_leaves
    )
    if not (words or signs or fields):
        return []
    return [m for m in mentions(list(leaves(read_json(output), "output"))) if m.bound]


def _against(
    said: Mention, sources: list[Mention], own: list[Mention]
) -> tuple[Mention, Mention, float] | None:
    same = [s for s in sources if s.unit == said.unit or not (s.unit and said.unit)]
    told = same or sources
    bounds = {s.bound for s in told}
    if len(bounds) != 1 or None in bounds:
        return None
    source = told[0]
    assert source.bound and said.bound
    if (source.bound in _UPPER) == (said.bound in _UPPER):
        return None
    if any(
        o.key == said.key and o.bound and (o.bound in _UPPER) == (source.bound in _UPPER)
        for o in own
    ):
        return None
    if _MEASURED.search(said.near):
        return None
    shared = len(source.stems & said.stems)
    if source.bound == _REVERSED[said.bound]:
        alike = shared >= 2 or (shared and source.unit == said.unit) or not same or not said.unit
        return said, source, 2.0 if alike else _LOOSE
    if said.code or source.code:
        return said, source, 2.0
    # People say more than 65 where they mean 65 and more.
    return (said, source, _LOOSE) if shared >= 1 and _strictness(source, said) else None


_MEASURED = re.compile(
    r"\b(?:is|was|are|were|lies|ist|war|liegt|est|es)\s+(?:\w+\s+)?(?:just |slightly |well |far )?"
    r"(?:under|over|above|below|unter|über|less than|more than)\s+(?:the \w+ of )?\d"
)
"""A value that is said to be beyond a limit, no limit: it is just under 1.2."""


def _strictness(source: Mention, said: Mention) -> bool:
    return {source.bound, said.bound} in ({GE, GT}, {LE, LT})


# --- what a value is -----------------------------------------------------------------------------

_AXES: tuple[tuple[str, ...], ...] = (
    (
        r"arriv\w*|reach(?:es|ed|ing)?|be (?:in|at|there)|there by|get (?:to|there)|land(?:s|ing)|"
        r"ankunft|ankommen|"
        r"arrivée|llega\w*|aankomst",
        r"depart\w*|leav(?:e|es|ing)|abfahrt|abflug|abfahren|départ|salida|sale|vertrek\w*|"
        r"take.?off|set(?:ting)? off",
    ),
    (
        r"net|netto|nett|excluding vat|excl|plus vat|hors taxe|ht|sin iva",
        r"gross|brutto|"
        r"including vat|"
        r"incl|"
        r"ttc|iva incluido",
    ),
    (
        r"credit(?:s|ed)?|gutschrift|haben|crédit|abono|deposit(?:s|ed)?|received",
        r"debit(?:s|ed)?|"
        r"lastschrift|"
        r"soll|"
        r"débit|cargo|withdraw\w*",
    ),
    (
        r"open(?:s|ing)?|start(?:s|ing)?|begin(?:s|ning)?|öffnet|beginn\w*|ouvr\w*|"
        r"abre",
        r"clos(?:e|es|ing)|"
        r"end(?:s|"
        r"ing)?|"
        r"finish\w*|schließt|endet|ende|ferme\w*|cierra",
    ),
    (
        r"monthly|a month|per month|im monat|monatlich|par mois|mensual\w*",
        r"yearly|annual(?:ly)?|"
        r"a year|"
        r"per year|jährlich|im jahr|par an|anual\w*",
    ),
    (
        r"per person|each|a head|pro person|par personne|por persona|p\.p\.",
        r"per group|for (?:the "
        r")?group|"
        r"in total|altogether|zusammen|pro gruppe|per family|"
        r"per room",
    ),
    (r"one.way|single|einfach|aller simple", r"return|round.?trip|hin und zurück|aller.retour"),
    (r"until|bis|jusqu\w*|hasta|fino a|tot", r"from|ab|à partir de|desde|a partire da|vanaf"),
    (r"before|vor dem|avant|antes|prima", r"after|nach dem|après|después|dopo"),
    (r"width|wide|breit\w*|largeur", r"height|high|hoch|höhe|hauteur"),
    (r"income|revenue|einnahmen|recettes", r"expens\w*|costs?|ausgaben|dépenses"),
    (r"buy(?:s|ing)?|bought|purchase[sd]?", r"sell(?:s|ing)?|sold"),
    (r"adults?|erwachsene\w*|adultes?", r"child(?:ren)?|kinder\w*|enfants?"),
)
_SIDES = tuple(
    tuple(re.compile(rf"(?<![\w-])(?:{side})(?![\w-])") for side in axis) for axis in _AXES
)
_ANY = re.compile(r"(?<![\w-])(?:" + "|".join(s for axis in _AXES for s in axis) + r")(?![\w-])")


@lru_cache(maxsize=4_096)
def _names_any(path: str) -> bool:
    return _ANY.search(path.casefold().replace("_", " ")) is not None


def qualifier_turned(known: RunFacts, good: Good) -> list[Found]:
    """A value that its input has as one thing only, and the output as the other: to arrive at 14:00
    became to leave at 14:00."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        if not any(
            _ANY.search(v.casefold()) for _, v in fact.made_texts if len(v) <= 20_000
        ) and not any(_names_any(p) for p, _ in fact.made_leaves):
            continue
        made = [m for m in _telling(fact) if _ANY.search(m.near)]
        given: dict[str, list[Mention]] = defaultdict(list)
        for one in mentions(fact.given_leaves) if made else ():
            given[one.key].append(one)
        hit = next((h for m in made if (h := _other_side(m, given.get(m.key, []), made))), None)
        if hit is not None:
            said, source, now, was = hit
            out.append(
                found(
                    "value.requalified",
                    fact.hop.hop_id,
                    f"{source.near.strip()} → {said.near.strip()}",
                    f"it says “{now}” of a value that its input only calls “{was}”",
                    expected=source.near.strip()[:120],
                    local=True,
                    weight=1.5,
                )
            )
    return out


def _telling(fact: HopFacts) -> list[Mention]:
    found_mentions = mentions(fact.read_leaves)
    return [m for m in found_mentions if len(re.sub(r"\D", "", m.key)) >= 2]


def _side(mention: Mention, axis: int) -> tuple[int, str] | None:
    """The one side of an axis that stands nearest to the number in its words; None where both do."""
    at = mention.near
    hits = [(i, m) for i, side in enumerate(_SIDES[axis]) for m in side.finditer(at)]
    if not hits or len({i for i, _ in hits}) > 1:
        return None
    return hits[0][0], hits[0][1].group()


def _other_side(
    said: Mention, sources: list[Mention], made: list[Mention]
) -> tuple[Mention, Mention, str, str] | None:
    for axis in range(len(_AXES)) if sources else ():
        now = _side(said, axis)
        if now is None:
            continue
        was = [_side(s, axis) for s in sources]
        if any(w is None for w in was) or {w[0] for w in was if w} != {1 - now[0]}:
            continue
        agree = (_side(m, axis) for m in made if m.key == said.key)
        if any(a is None or a[0] != now[0] for a in agree):
            continue
        first = was[0]
        assert first is not None
        return said, sources[0], now[1], first[1]
    return None


RULES = (
    Rule("bound.turned", "A limit of its input became another one.", False, bound_turned),
    Rule(
        "value.requalified",
        "A value of its input became another thing of the same number.",
        False,
        qualifier_turned,
    ),
)
