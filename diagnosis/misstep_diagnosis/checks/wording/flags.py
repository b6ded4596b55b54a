"""Truth values, fields and short statements against what the input says of the same thing: no, not,
without, denies; across JSON and prose in either direction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.polarity import denying, is_negation, negations, words_of
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import fold, last_key
from misstep_diagnosis.reckoning.operands import words_in

_WRITERS = ("llm", "agent", "chain")
_LONGEST = 12_000
_MOST = 400
_HEAD = 120
_PART = re.compile(
    r"(?<=[^\W\d_])[.;!?\n]+(?:\s|$)|\n+|;\s*|(?<=[\d%)])\.\s|,\s+|\s+(?:but|while|whereas|aber|mais|pero)\s+|"
    r"\s+and\s+(?=(?:shall|must|may|will|can|is|are|was|were|has|have|does|do|not|never)\b)"
)
_ORDERS = re.compile(
    r"^\W*(?:(?:please|now|then|and)\s+)*(?:return|extract|give|answer|list|output|respond|reply|write|"
    r"fields?|keys?|format|json|use|summari[sz]e|classify|say|state|mark|set|fill|structure|translate|"
    r"what|which|who|how|when|where|why)\b"
)
_HEDGED = re.compile(
    r"\b(?:if|whether|unless|except|possible|possibly|suspect\w*|rule out|question\w*|risk|may|"
    r"might|could|"
    r"watch|monitor|seek|signs? of|in case|come back|look out|"
    r"maybe|perhaps|likely|unclear|unknown|pending|only|until|before|after|without delay|ask\w*|"
    r"should|would|history|previous\w*|formerly|used to|falls|wenn|ob|sofern|si|ruled)\b"
)
_DENYING = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|absen(?:t|ce)|excluded?|excludes|lacks?|lacking|missing|"
    r"free of|negative|"
    r"avoid(?:ed|s)?|forbidden|prohibited|declined|refused|failed|unavailable|disabled|inactive|false|waived|"
    r"disregard(?:ed|s)?|left out|ignored|omitted|ausgeschlossen|verboten|fehlt|untersagt|"
    r"interdit\w*|exclu\w*|prohibid\w*)\b"
)
_CONSENT = re.compile(
    r"\bwithout (?:\w+ ){0,4}?(?:consent|permission|approval|notice|delay|agreement|authori[sz]ation)\b"
)
_NOUN = re.compile(
    r"\bnon-(?:disclosure|compete|solicitation|payment|delivery|performance|profit)\b"
)
_JUDGED = bag(
    "allowed eligible required permitted valid possible needed approved ok active accepted may can"
)
_AUX = bag(
    "is has have with includes included include allowed allows allow available required "
    "requires require "
    "needs need confirmed given present performed done was were are be can may does offers "
    "offer provided "
    "covered permitted possible valid eligible active enabled needed"
)
_SMALL = bag(
    "the a an of in on at to for from by and or is are was were be been it its this that there any as "
    "with has have had will shall yes no not very so also we you he she they your our their der die "
    "das ein eine im am und oder ist sind"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A clause: its words' beginnings, whether it denies, whether it is careful about it."""

    text: str
    words: frozenset[str]
    stems: frozenset[str]
    denies: bool
    hedged: bool


_LISTS = re.compile(r"\W*(?:\w+\s+)?(?:denies|denied|no|without|kein\w*|sans|sin)\b")
_FEW = 3


@lru_cache(512)
def parts_of(text: str) -> tuple[Part, ...]:
    """The clauses of a text that state something; orders and questions are left out."""
    made: list[Part] = []
    at, folded = 0, text[:_LONGEST].casefold()
    ends = [(m.start(), m.end(), m.group()) for m in _PART.finditer(folded)] + [
        (len(folded), len(folded), ".")
    ]
    denied = False  # "denies vomiting, fever and chills"
    ordered = False  # "return has_parking, has_pool"
    for start, end, stop in ends:
        said, at = folded[at:start].strip(), end
        goes_on = stop.strip() == ","
        head, colon, rest = said.partition(": ")
        if colon and len(rest.split()) > 2 and _ORDERS.match(head) and len(head) <= _HEAD:
            # "Summarise: the knee shows no fracture" orders with its head alone.
            said, ordered = rest, False
        ordered = (ordered or bool(_ORDERS.match(said))) and bool(said)
        if ordered or "?" in stop or len(said) < 3:
            ordered, denied = ordered and goes_on, False
            continue
        one = _part(said, carried=denied)
        denied = goes_on and bool(_LISTS.match(said) or (denied and len(one.words) <= _FEW))
        made.append(one)
        if len(made) >= _MOST:
            break
    return tuple(made)


def _part(said: str, *, carried: bool) -> Part:
    words = frozenset(words_of(said))
    # "Non-disclosure" is the name of a thing, and denies none.
    told = _NOUN.sub(" ", _CONSENT.sub(" ", said))
    count, by_word = negations(told), bool(_DENYING.search(told))
    denies = bool((count + by_word) % 2)  # "not excluded" denies nothing
    short = carried and len(words) <= 3 and not denies
    stems = frozenset(
        stem(w) for w in words if len(w) > 2 and w not in _SMALL and not is_negation(w)
    )
    return Part(said, words, stems, denies or short, bool(_HEDGED.search(said)))


def stem(word: str) -> str:
    """A word without its ending, so that verified and verification meet."""
    bare = re.sub(r"(?:ations?|ing|edly|ed|ies|es|s|ly|y|e)$", "", word) if len(word) > 4 else word
    return bare[:6]


def _mentions(parts: Sequence[Part], stems: frozenset[str]) -> list[Part]:
    return [p for p in parts if stems <= p.stems or _prefixed(stems, p)]


def _prefixed(stems: frozenset[str], part: Part) -> bool:
    """non-smoker, unrefundable: the word with a negating prefix."""
    return all(
        s in part.stems or any(w.startswith(("non", "un", "in")) and s in w for w in part.words)
        for s in stems
    )


def _denies(part: Part, stems: frozenset[str]) -> bool:
    """Whether a clause denies the thing: by a negation, or a prefix of its own word."""
    by_prefix = any(
        (re.search(rf"\b(?:non[\s-]?|un|in){re.escape(s)}", part.text) and s not in part.stems)
        or re.search(rf"\bnon[\s-]{re.escape(s)}", part.text)
        for s in stems
    )
    if by_prefix:
        return negations(part.text.replace("non-", "non").replace("non ", "non")) % 2 == 0
    return part.denies


# --- truth values of the output -----------------------------------------------------------------


def against_text(known: RunFacts, good: Good) -> list[Found]:
    """A truth value, or a member of a list, that all that its input says of it contradicts; a clause
    against a truth value or a clause of its input."""
    out: list[Found] = []
    for fact in known.answered_by(*_WRITERS):
        # What whole sentences tell already need not be told again.
        if fact.hop.hop_id in known.memo.get("flipped", ()) or not _may_deny(fact):
            continue
        hit = (
            _flag_wrong(fact)
            or _listed_denied(fact)
            or _told_otherwise(fact)
            or _clause_turned(fact)
            or _modal_turned(fact)
        )
        if hit is not None:
            path, quote, detail, expected, weight = hit
            out.append(
                found(
                    "negation.flipped",
                    fact.hop.hop_id,
                    quote,
                    detail,
                    path=path,
                    expected=expected,
                    local=True,
                    bad=_keys(fact, path),
                    weight=weight,
                )
            )
    return out


def _may_deny(fact: HopFacts) -> bool:
    """Whether either side holds a truth value or denies anything: of most hops neither does."""
    if any(_truth(v) is not None for _, v in (*fact.made_leaves, *fact.given_leaves)):
        return True
    words = fact.made_words | fact.given_words
    return denying(words) or bool(_DENYING.search(" ".join(words)))


Hit = tuple[str, str, str, str | None, float]
"""(path, quote, detail, expected, weight)."""


def _keys(fact: HopFacts, path: str) -> tuple[str, ...]:
    return tuple(k for a in fact.produced if a.path == path and a.kind == "text" for k in a.keys)


def _given_parts(fact: HopFacts) -> list[Part]:
    """Clauses of the texts received, without the JSON in them and without standing instructions."""
    texts = fact.quoted.words[1:] if fact.hop.system else fact.quoted.words
    return [p for t in texts if " " in t and len(t) <= _LONGEST for p in parts_of(t)]


_NEGATIVE = bag("no not non without never missing denied excluded absent free lacks forbidden")


def _subject(key: str) -> frozenset[str]:
    """Stems of what a field's name is about; empty where it is a denial itself, or says nothing."""
    words = words_in(key)
    if not words or _NEGATIVE & set(words):
        return frozenset()
    telling = [w for w in words if w not in _AUX and len(w) > 2] or [w for w in words if len(w) > 4]
    return frozenset(stem(w) for w in telling)


def _flag_wrong(fact: HopFacts) -> Hit | None:
    flags = [(p, _truth(v)) for p, v in fact.made_leaves if _truth(v) is not None and "[" not in p]
    parts = _given_parts(fact) if 0 < len(flags) <= 24 else []
    for path, said in flags if parts else ():
        key = last_key(path)
        stems = _subject(key)
        about = _mentions(parts, stems) if stems else []
        if not 0 < len(about) <= 6 or any(p.hedged for p in about):
            continue
        denied = [_denies(p, stems) for p in about]
        shown = str(said).lower()
        if said and all(denied) and not _taken_back(parts, about):
            return (
                path,
                f"{key}: {shown}",
                f"{key} is {shown}, but its input says “{about[0].text[:120]}”",
                "false",
                2.0,
            )
        judged = _JUDGED & set(words_in(key))
        if judged and not any(judged & p.words for p in about):
            continue
        if not said and not any(denied) and any(_affirms(p) for p in about):
            return (
                path,
                f"{key}: {shown}",
                f"{key} is {shown}, but its input says “{about[0].text[:120]}”",
                "true",
                1.5,
            )
    return None


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"yes": True, "no": False, "true": True, "false": False}.get(value.casefold()) if (
        isinstance(value, str) and len(value) <= 5) else None  # fmt: skip


_AFFIRMS = re.compile(
    r"\b(?:there (?:is|are|was|were)|is|are|was|were|has|have|comes with|shows?|with|includes?|"
    r"included|"
    r"present|confirmed|available|allowed|reports?|yes|true|permitted|covered|offers?)\b"
)


def _affirms(part: Part) -> bool:
    return bool(_AFFIRMS.search(part.text))


_BACK = re.compile(
    r"^\W*(?:it|they|this|these|now|then|later|since|again|instead|however|es|sie|jetzt|il|elle)\b|\bnow\b|\blater\b"
)


def _taken_back(parts: Sequence[Part], about: Sequence[Part]) -> bool:
    """Whether a clause after one of these goes on without denying: "in flex it is included"."""
    ids = {id(p) for p in about}
    for n, part in enumerate(parts[:-1]):
        if id(part) in ids:
            after = parts[n + 1]
            if not after.denies and (
                _BACK.search(after.text)
                or re.search(r"\b(?:it|they) (?:is|are|was|were|has|have)\b", after.text)
            ):
                return True
    return False


# --- members of a list -----------------------------------------------------------------------------

_DENIALS = re.compile(
    r"(?i)(negativ|denied|absent|exclu|ruled|missing|not_|without|no_|question|differential|avoid|allerg)"
)


def _listed_denied(fact: HopFacts) -> Hit | None:
    """A short member of a list that its input only ever denies."""
    members = [
        (p, v) for p, v in fact.made_texts
        if p.endswith("]") and 3 < len(v) <= 40 and not _DENIALS.search(p) and not negations(fold(v))
        and not _DENYING.search(fold(v))
    ]  # fmt: skip
    parts = _given_parts(fact) if 0 < len(members) <= 40 else []
    if not any(p.denies for p in parts):
        return None
    for path, text in members:
        stems = frozenset(stem(w) for w in words_of(fold(text)) if len(w) > 2 and w not in _SMALL)
        about = _mentions(parts, stems) if stems else []
        if not about or any(p.hedged or not _denied_thing(p, stems) for p in about):
            continue
        return path, text, f"it lists {text}, but its input says “{about[0].text[:120]}”", None, 2.0
    return None


def _denied_thing(part: Part, stems: frozenset[str]) -> bool:
    """Whether the clause denies the thing itself: the negation stands before it."""
    if not part.denies:
        return False
    place = min((i for s in stems if (i := part.text.find(s)) >= 0), default=0)
    before = part.text[:place]
    after = part.text[place:]
    return bool(negations(before) or _DENYING.search(before)) or len(part.words) <= 3 or bool(
        re.match(r"\w+[\s:]+(?:none|no|not|absent|excluded|negative|denied)\b", after))  # fmt: skip


# --- prose against a record ----------------------------------------------------------------------


def _told_otherwise(fact: HopFacts) -> Hit | None:
    """A clause of the output against a truth value of the one record that it received."""
    texts = [(p, v) for p, v in fact.made_texts if " " in v and len(v) <= _LONGEST]
    single = fact.records.single if texts and len(fact.records.single) <= 4 else []
    if fact.records.lists:
        return None
    flags = [(k, t) for r in single for k, v in r.items() if (t := _truth(v)) is not None]
    for key, said in flags[:20] if texts else ():
        stems = _subject(key)
        for path, text in texts if stems else ():
            parts = parts_of(text)
            about = _mentions(parts, stems)
            if not about or any(p.hedged for p in about):
                continue
            denied = [_denies(p, stems) for p in about]
            if (said and all(denied)) or (not said and not any(denied)):
                shown = f"{key}: {str(said).lower()}"
                said_there = about[0].text[:120]
                detail = f"it says “{said_there}”; its input says {shown}"
                return path, said_there, detail, shown, 2.0
    return None


# --- clause against clause ------------------------------------------------------------------------

_LEAST = 2


def _clause_turned(fact: HopFacts) -> Hit | None:
    """A short clause that says of the same things the opposite of the only clause about them."""
    texts = [
        (p, v)
        for p, v in fact.made_texts
        if " " in v and len(v) <= _LONGEST and not _DENIALS.search(p)
    ]
    given = (
        [p for p in _given_parts(fact) if len(p.stems) >= _LEAST and not p.hedged] if texts else []
    )
    if not given:
        return None
    any_denied = any(p.denies for p in given)
    for path, text in texts:
        for said in parts_of(text):
            if said.hedged or len(said.stems) < _LEAST or not (any_denied or said.denies):
                continue
            near = [g for g in given if _about(said, g)]
            if (
                len(near) == 1
                and near[0].denies != said.denies
                and _same_subject(said, near[0])
                and _about_them(said if said.denies else near[0])
            ):
                return (path, f"{near[0].text[:120]} → {said.text[:120]}",
                        f"it says “{said.text[:100]}”; its input says “{near[0].text[:100]}”",
                        near[0].text[:120], 1.3)  # fmt: skip
    return None


_BESIDE = re.compile(r"\([^()]*\)")


def _about_them(denial: Part) -> bool:
    """Whether the clause denies what both are about, and not only something in brackets beside it."""
    bare = _BESIDE.sub(" ", denial.text)
    return bare == denial.text or bool(negations(bare) or _DENYING.search(bare))


_MUCH, _SHARE = 3, 0.7


def _about(a: Part, b: Part) -> bool:
    common = a.stems & b.stems
    return len(common) >= _LEAST and len(common) >= 0.6 * min(len(a.stems), len(b.stems))


def _same_subject(a: Part, b: Part) -> bool:
    """Whether one says all that the other does, and few words more."""
    small, large = sorted((a.stems, b.stems), key=len)
    common = len(a.stems & b.stems)
    if b.denies and common >= _MUCH and common >= _SHARE * len(a.stems):
        return True
    return small <= large and len(large) <= len(small) + 3


# --- must not, need not ---------------------------------------------------------------------------

_MUST_NOT = re.compile(
    r"\b(?:must not|may not|mustn['’]t|not allowed|not permitted|forbidden|prohibited|shall not|"
    r"(?:darf|dürfen)\b[^.,;]{0,60}\bnicht|nicht\b[^.,;]{0,40}\b(?:darf|dürfen)|ne (?:doit|"
    r"doivent|peut) pas|"
    r"no (?:debe|deben|puede)|non (?:deve|devono|può))\b"
)
_NEED_NOT = re.compile(
    r"\b(?:need not|needn['’]t|(?:do|does) not (?:have|need) to|don['’]t (?:have|need) to|not required|"
    r"(?:muss|müssen|brauch\w*)\b[^.,;]{0,60}\bnicht|n['’]est pas (?:obligé|nécessaire)|"
    r"no (?:hace falta|tiene que))\b"
)


def _modal_turned(fact: HopFacts) -> Hit | None:
    """What must not be done told as what need not be, or the reverse."""
    texts = [(p, v) for p, v in fact.made_texts if len(v) <= _LONGEST]
    said = " ".join(v.casefold() for _, v in texts)
    needless, forbidden = bool(_NEED_NOT.search(said)), bool(_MUST_NOT.search(said))
    if not needless and not forbidden:
        return None
    given = [p for p in _given_parts(fact) if _MUST_NOT.search(p.text) or _NEED_NOT.search(p.text)]
    for path, text in texts if given else ():
        for one in parts_of(text):
            for mine, other in ((_NEED_NOT, _MUST_NOT), (_MUST_NOT, _NEED_NOT)):
                if not mine.search(one.text):
                    continue
                near = [g for g in given if _common(one, g)]
                like = [g for g in near if other.search(g.text)]
                if len(like) == 1 and not any(mine.search(g.text) for g in near):
                    return (
                        path,
                        f"{like[0].text[:120]} → {one.text[:120]}",
                        f"it says “{one.text[:100]}”; its input says “{like[0].text[:100]}”",
                        like[0].text[:120],
                        1.5,
                    )
    return None


def _common(a: Part, b: Part) -> bool:
    shared = a.stems & b.stems
    return len(shared) > 1 or any(len(s) > _LEAST_LETTERS for s in shared)


_LEAST_LETTERS = 4


RULES = (
    Rule("negation.flipped", "It says the opposite of what its input says.", False, against_text),
)
