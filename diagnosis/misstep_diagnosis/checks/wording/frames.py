"""Sentences of the input said again of another party, or with two parties in each other's place;
figures told of another name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.clauses import Clause, clauses, stem
from misstep_diagnosis.reading.dates import month_names
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import atoms, fold, leaves

_MAKES = ("llm", "agent", "chain")
_ROLES = frozenset(
    stem(w)
    for w in bag(
        "buyer seller purchaser vendor lessor lessee landlord tenant supplier customer client "
        "contractor "
        "subcontractor carrier shipper consignee employer employee lender borrower creditor "
        "debtor licensor licensee "
        "plaintiff defendant claimant respondent appellant patient doctor physician nurse "
        "teacher student owner "
        "manager agent principal insurer insured bank provider consultant guarantor franchisor "
        "franchisee agency "
        "publisher author host guest sender recipient trustee beneficiary architect builder "
        "parent child "
        "käufer verkäufer vermieter mieter auftraggeber auftragnehmer arbeitgeber arbeitnehmer "
        "kunde lieferant gläubiger "
        "schuldner acheteur vendeur bailleur locataire fournisseur client employeur salarié "
        "comprador vendedor "
        "arrendador arrendatario proveedor cliente"
    )
)
_DAYS = frozenset(
    stem(w)
    for w in month_names()
    | bag(
        "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch "
        "donnerstag freitag"
    )
)
_LARGE = r"[A-ZÄÖÜÉ][a-zäöüßà-ÿ'’-]{2,}"
_NAME = re.compile(rf"(?<![\w./-]){_LARGE}(?: {_LARGE}){{0,3}}(?![\w/])")
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|wird|werden|wurde|est|sont|fue)\b[^.;]*\b(?:by|von|"
    r"durch|par|por)\b"
)
_MUTUAL = re.compile(
    r"\b(?:each other|mutual\w*|both|respectively|either|between|meets?|met|agree[sd]?|"
    r"together|gegenseitig|beide)\b"
)
_AGENT = re.compile(
    r"\b(?:by|from|von|durch|par|por|da|ab)\s+(?:the |der |dem |la |le |el |mr |ms |mrs |dr |"
    r"officer )?$"
)
_LEAST, _SHARE, _LONGEST = 2, 0.8, 30


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence as its parties, who acts first, and what is left of it."""

    clause: Clause
    parties: tuple[str, ...]
    rest: frozenset[str]
    mutual: bool


def _frame(one: Clause, parties: frozenset[str]) -> Frame | None:
    held = tuple(dict.fromkeys(s for s in one.stems if s in parties))
    if not 1 <= len(held) <= 2:
        return None
    twice = any(one.stems.count(p) > 1 for p in held)
    ordered = held
    if len(held) == 2:
        second_acts = _AGENT.search(_before(one, held[1]))
        first_acts = _AGENT.search(_before(one, held[0]))
        if bool(second_acts) and not first_acts:
            ordered = (held[1], held[0])
    return Frame(one, ordered, one.bag - set(held), twice or bool(_MUTUAL.search(one.folded)))


def _before(one: Clause, party: str) -> str:
    match = _beginning(party).search(one.folded) if party in one.folded else None
    return one.folded[max(0, match.start() - 24) : match.start()] if match else ""


@lru_cache(maxsize=1_024)
def _beginning(of: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(of)}")


@lru_cache(maxsize=1_024)
def _alone(name: str, before: str = r"(?<!\w)") -> re.Pattern[str]:
    """A name that runs on into no other word."""
    return re.compile(rf"{before}{re.escape(name)}(?!\w)")


def other_party(known: RunFacts, good: Good) -> list[Found]:
    """A sentence of the input told of another of its parties, or with two of them exchanged."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        said_texts = [v for _, v in fact.made_texts if 12 <= len(v) <= 20_000 and " " in v]
        if not said_texts:
            continue
        said = [c for v in said_texts for c in clauses(v) if len(c.stems) <= _LONGEST]
        made = frozenset(s for c in said for s in c.stems)
        parties = _parties(fact, made)
        if not parties or made.isdisjoint(parties):
            continue
        near = (
            c
            for _, v in fact.given_texts
            for c in clauses(v)
            if len(c.stems) <= _LONGEST and len(c.bag & made) > _LEAST and c.bag & parties
        )
        given = [f for c in islice(near, 300) if (f := _frame(c, parties))]
        hit = next(
            (h for c in said if (f := _frame(c, parties)) and (h := _against(f, given))), None
        )
        if hit is not None:
            mine, source = hit
            out.append(
                found(
                    "role.exchanged",
                    fact.hop.hop_id,
                    f"{source.text[:120]} → {mine.text[:120]}",
                    f"it says “{mine.text[:100]}”; its input says “{source.text[:100]}”",
                    expected=source.text[:120],
                    local=True,
                    weight=2.0,
                )
            )
    return out


def _parties(fact: HopFacts, made: frozenset[str]) -> frozenset[str]:
    """Stems of roles and of names inside sentences that its input and its output hold."""
    held = {stem(w) for w in fact.made_words} & made & _ROLES
    roles = {r for r in held if r in fact.given_text}
    large = {n for _, v in fact.made_texts[:20] for n in _names_in(v[:20_000])}
    given = [v for _, v in fact.given_texts[:40]] if large else []
    # What the input writes small as well is a word, no name.
    names = {
        stem(fold(n))
        for n in sorted(large)[:_MOST]
        if any(n in v for v in given) and not _in_small(n.lower(), given)
    }
    parties = (roles | (names - _DAYS)) & made
    return frozenset(parties) if _LEAST <= len(parties) <= _MOST else frozenset()


def _in_small(name: str, texts: Sequence[str]) -> bool:
    return any(name in v and _alone(name, r"(?<![\w./-])").search(v) for v in texts)


@lru_cache(maxsize=1_024)
def _names_in(text: str) -> frozenset[str]:
    """Words that a text writes large inside its sentences, of several together the last."""
    # The first word of a sentence is no name because it is written large.
    return frozenset(
        run.split()[-1]
        for one in clauses(text)
        for run in _NAME.findall(_FIRST.sub("", one.text, count=1))
    )


_FIRST = re.compile(r"^\W*[^\W\d_][\w'’-]*")
_MOST = 60


def _against(mine: Frame, given: Sequence[Frame]) -> tuple[Clause, Clause] | None:
    if mine.mutual or len(mine.rest) < _LEAST or mine.clause.folded.endswith("?"):
        return None
    alike = [
        f for f in given if _same_rest(mine, f) and f.clause.denials % 2 == mine.clause.denials % 2
    ]
    if any(f.mutual or f.parties == mine.parties for f in alike):
        return None
    for other in alike:
        if len(other.parties) != len(mine.parties):
            continue
        exchanged = len(mine.parties) == 2 and other.parties == mine.parties[::-1]
        exchanged = exchanged and not (_adjacent(mine) or _adjacent(other))
        replaced = len(mine.parties) == 1 and other.parties != mine.parties
        roles = {*mine.parties, *other.parties} <= _ROLES
        replaced = replaced and (roles or mine.rest == other.rest)
        if exchanged and bool(_PASSIVE.search(mine.clause.folded)) != bool(
            _PASSIVE.search(other.clause.folded)
        ):
            by_agent = _AGENT.search(_before(mine.clause, mine.parties[0])) or _AGENT.search(
                _before(other.clause, other.parties[0])
            )
            exchanged = bool(by_agent)
        if exchanged or (replaced and len(mine.rest) >= _LEAST + 1):
            return mine.clause, other.clause
    return None


def _adjacent(frame: Frame) -> bool:
    """Whether two parties stand side by side, as words of one name or of a search do."""
    at = [i for i, s in enumerate(frame.clause.stems) if s in frame.parties]
    a, b = (re.search(rf"(?<!\w){re.escape(p)}\w*", frame.clause.folded) for p in frame.parties)
    if a is None or b is None:
        return True
    first, second = sorted((a, b), key=lambda m: m.start())
    between = frame.clause.folded[first.end() : second.start()]
    return at[-1] - at[0] <= 1 and not re.search(r"[^\W\d_]{2,}", between)


def _same_rest(a: Frame, b: Frame) -> bool:
    common = len(a.rest & b.rest)
    return common >= _LEAST and common >= _SHARE * len(a.rest) and common >= 0.6 * len(b.rest)


# --- figures and texts of records --------------------------------------------------------------

_SPLIT = re.compile(
    r"(?:,\s+|;\s+|\s+(?:while|whereas|and|but|während|und|aber|tandis que|et|mientras|y)\s+)"
)


def figure_of_other(known: RunFacts, good: Good) -> list[Found]:
    """A figure that a sentence tells of one name, and the input's records have for another only."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        texts = [v for _, v in fact.made_texts if 12 <= len(v) <= 20_000 and " " in v]
        said = fold("\n".join(texts)) if texts and fact.records.lists else ""
        for rows in fact.records.lists if any(c.isdigit() for c in said) else ():
            owners = _owners(rows, said)
            parts = _parts_of(texts, owners) if owners else iter(())
            hit = next((h for part in parts if (h := _wrong_owner(part, owners))), None)
            if hit is not None:
                name, quote, owner = hit
                out.append(
                    found(
                        "value.misplaced",
                        fact.hop.hop_id,
                        f"{name}: {quote}",
                        f"it tells {quote} of {name}; in its input {quote} belongs to {owner}",
                        expected=f"{owner}: {quote}",
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _owners(rows: Sequence[dict[str, Any]], said: str) -> dict[str, frozenset[str]]:
    """Keys of the figures of each record, by its folded name; empty where nothing names the records, or
    what is said names none of them."""
    for key in list(rows[0])[:6]:
        names = [n for r in rows if isinstance(n := r.get(key), str) and 2 < len(n) <= 40]
        named = len(set(names)) == len(rows) and not any(n[0].isdigit() for n in names)
        if named and any(fold(n) in said for n in names):
            return {fold(r[key]): _figures(r) for r in rows}
    return {}


def _figures(record: dict[str, Any]) -> frozenset[str]:
    numbers = [v for _, v in leaves(record, "r") if isinstance(v, int | float)]
    told = (a for v in numbers if not isinstance(v, bool) for a in atoms(v, "r"))
    return frozenset(k.replace("-", "") for a in told for k in a.keys)


def _parts_of(texts: Sequence[str], owners: dict[str, frozenset[str]]) -> Iterator[str]:
    """Parts of sentences in which whoever is named has a figure: not “Oslo and Bergen: 4 and 2 %”."""
    for text in texts:
        for one in clauses(text):
            parts = _SPLIT.split(one.text)
            named = [p for p in parts if any(n in fold(p) for n in owners)]
            if all(any(c.isdigit() for c in p) for p in named):
                yield from parts


def _wrong_owner(part: str, owners: dict[str, frozenset[str]]) -> tuple[str, str, str] | None:
    folded = fold(part)
    named = [n for n in owners if n in folded and _alone(n).search(folded)]
    if len(named) != 1:
        return None
    for atom in atoms(part, "p"):
        if atom.kind != "number" or atom.weight < 0.5:
            continue
        keys = {k.replace("-", "") for k in atom.keys}
        of = [n for n, held in owners.items() if keys & held]
        if len(of) == 1 and of[0] != named[0]:
            return named[0], atom.quote, of[0]
    return None


RULES = (
    Rule(
        "role.exchanged",
        "It tells of one party what its input tells of another.",
        False,
        other_party,
    ),
    Rule(
        "value.misplaced",
        "A value is given to another record than its own.",
        False,
        figure_of_other,
    ),
)
