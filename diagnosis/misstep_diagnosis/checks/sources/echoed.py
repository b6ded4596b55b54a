"""What was fetched against what was asked for: another owner, version, year, country, plan; a document
that says of itself that it is replaced."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, each, found
from misstep_diagnosis.facts import HopFacts, RunFacts, read_json
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import Leaf, atoms, fold, last_key, leaves

_SOURCES = ("tool", "retriever", "reranker")
_LONGEST = 20_000
_DOES = re.compile(
    r"(?i)(?:^|_|\b)(?:set|put|add|new|next|mov\w*|make|(?:convert|translat|exchang|updat|"
    r"chang|creat|insert|switch|"
    r"normali|geocod|resolv|renam|book|renew|upgrad|migrat|transfer|swap|replac|issu|generat|"
    r"format|compar|diff|"
    r"subtract|shift|round)\w*)(?:_|\b|$)"
)
_SUFFIX = re.compile(r"_?(?:id|ids|no|nr|num|number|code|key|ref|reference|name)$")
_FAMILIES = (
    "user member owner customer client person employee patient account subject holder player "
    "student tenant_user",
    "tenant org organisation organization workspace project site company",
    "station sensor device meter machine asset gauge probe",
    "language lang locale",
    "currency ccy",
    "birthdate dob birth dateofbirth born birthday",
    "badge card",
    "document doc article file",
    "country nation jurisdiction",
    "environment env stage",
)
_FAMILY = {word: words.split()[0] for words in _FAMILIES for word in words.split()}
_SELECTS = bag(
    "year taxyear version edition revision language currency region country state quarter period "
    "semester plan tier birthdate environment branch channel season release fiscalyear unit units "
    "category class grade size colour color model variant"
)
_OTHER_KEY = re.compile(
    r"(?i)(next|new|parent|prev|relat|replac|alternat|child|success|link|duplicat|similar|see|"
    r"merged|transfer|dest|"
    r"manager|supervisor|sender|from|to$|created|updated|target|base|default|available|"
    r"requested|original|suggest)"
)
_IDENT = re.compile(
    r"(?i)(?!\d{4}-\d\d)(?=.*\d)(?=.*[a-z])[a-z]{1,8}[-_/ .]?[a-z]{0,4}-?\d{2,}[a-z\d-]*$|"
    r"\d{5,}$|[a-z]{2,}(?:-[a-z\d]+)+$"
)


def _key(path: str) -> str:
    """``badge_no`` and ``badgeId`` as badge, ``member`` as user."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", last_key(path)).casefold()
    short = _SUFFIX.sub("", name) or name
    short = short.replace("_", "").replace("-", "")
    return _FAMILY.get(short, short)


def other_selector(known: RunFacts, good: Good) -> list[Found]:
    """A look-up whose answer carries, in a field it was asked by, another value."""
    out: list[Found] = []
    for fact in known.answered_by(*_SOURCES):
        if _DOES.search(fact.hop.name) or not isinstance(fact.hop.input, dict):
            continue
        hit = _differing(fact)
        if hit is not None:
            asked, (path, has) = hit
            out.append(
                _told(
                    fact,
                    f"{last_key(path)}: {has}",
                    f"it was asked for {asked!r} and answered for {has!r}",
                    asked,
                    path,
                )
            )
    return out


def _told(
    fact: HopFacts, quote: str, detail: str, asked: str, path: str, weight: float = 2.0
) -> Found:
    return found(
        "asked.differs",
        fact.hop.hop_id,
        quote,
        detail,
        path=path,
        expected=asked,
        local=True,
        weight=weight,
    )


def _differing(fact: HopFacts) -> tuple[str, Leaf] | None:
    asked = {
        _key(p): str(v)
        for p, v in fact.input_leaves
        if "[" not in p
        and isinstance(v, str | int)
        and not isinstance(v, bool)
        and 0 < len(str(v)) <= 40
    }
    if not asked:
        return None
    given = [
        (p, v)
        for p, v in fact.made_leaves[:200]
        if isinstance(v, str | int) and not isinstance(v, bool)
    ]
    everything = {fold(str(v)) for _, v in given}
    for path, value in given:
        key, has = _key(path), str(value)
        wanted = asked.get(key)
        if wanted is None or len(has) > 40 or _OTHER_KEY.search(last_key(path)):
            continue
        selects = (key in _SELECTS or _IDENT.match(wanted)) and _shape(wanted) == _shape(has)
        if (
            selects
            and not _alike(wanted, has)
            and fold(wanted) not in everything
            and _alone(key, given)
        ):
            return wanted, (path, value)
    return None


def _alone(key: str, given: list[Leaf]) -> bool:
    """Whether the answer has one value of that key: a list of years is no other year."""
    return len({str(v) for p, v in given if _key(p) == key}) == 1


def _shape(text: str) -> str:
    """``B-3391`` as b-9, ``acme-eu`` as a-a; letters before a digit stay."""
    lowered = text.strip().casefold()
    if any(c.isdigit() for c in lowered):
        return re.sub(r"\d+", "9", lowered)
    return re.sub(r"[^\W\d_]+", "a", lowered)


def _alike(a: str, b: str) -> bool:
    """One is the other in more or fewer signs: en and en-GB, München and Muenchen."""
    x, y = (re.sub(r"[^a-z\d]", "", unicodedata.normalize("NFKD", t.casefold())) for t in (a, b))
    return not x or not y or x in y or y in x


# --- words of a question -------------------------------------------------------------------------

_LANDS = re.compile(
    r"(?<!\w)(england|scotland|wales|northern ireland|ireland|france|germany|austria|"
    r"switzerland|italy|spain|portugal|"
    r"netherlands|belgium|denmark|sweden|norway|finland|poland|czechia|hungary|greece|turkey|"
    r"japan|china|india|canada|"
    r"australia|new zealand|mexico|brazil|california|texas|florida|new york|ontario|quebec|"
    r"bavaria|bayern|hessen|"
    r"sachsen|deutschland|österreich|schweiz|frankreich|italien|spanien|catalonia|tyrol)(?!\w)"
)
_CLASSES: tuple[tuple[str, ...], ...] = (
    ("monthly|month-to-month|per month", "annual|annually|yearly|per year"),
    ("prepaid", "postpaid"),
    ("windows", "macos", "linux"),
    ("android", "ios|iphone"),
    ("diesel", "petrol|gasoline", "electric"),
    ("domestic", "international"),
    ("residential|household", "commercial|business"),
    ("inpatient", "outpatient"),
    ("adults?", "child(?:ren)?|paediatric|pediatric"),
    ("full-time", "part-time"),
    ("buyers?|purchasers?", "sellers?|vendors?"),
    ("undergraduate", "postgraduate|graduate"),
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """The words for one kind of a thing; no text holds one of them that holds none of ``begin``."""

    pattern: re.Pattern[str]
    begin: tuple[str, ...]

    @classmethod
    def of(cls, words: str) -> _Kind:
        begin = tuple(m[0] for w in words.split("|") if (m := re.match(r"[a-z -]+(?!\?)", w)))
        return cls(re.compile(rf"(?<![\w-])(?:{words})(?![\w-])"), begin)

    def search(self, text: str) -> re.Match[str] | None:
        """The first of the words in a folded text."""
        return self.pattern.search(text) if any(b in text for b in self.begin) else None


_CLASS_BEGINS = tuple({b for c in _CLASSES for m in c for b in _Kind.of(m).begin})
_CLASS = [[_Kind.of(m) for m in c] for c in _CLASSES]
_ANY_KIND = re.compile(rf"(?<![\w-])(?:{'|'.join(m for c in _CLASSES for m in c)})(?![\w-])")
_VERSIONED = re.compile(
    r"(?<![\w-])([^\W\d_]{3,}|v)[ -]?(\d{1,4}(?:\.\d+)*)(?![\w%°,.:/-]*\d)(?!\s?(?:%|°|€|\$))"
)
_NOT_VERSION = re.compile(
    r"(?:born|geboren|nacid[oa]|dated|days?|than|least|most|about|within|after|before|from|the|"
    r"and|for|over|under|last|next|age|aged|of|to|in|on|at|"
    r"by|to|or|page|step|section|article|par|clause|chapter|no|room|child|children|family|"
    r"group|up|table|jan\w*|feb\w*|mar\w*|apr\w*|"
    r"may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*|since|until|per|is|was|are|every|top|"
    r"first|order|ticket|case|invoice)$"
)
_SPAN = re.compile(
    r"\b(?:upgrad\w*|migrat\w*|compar\w*|versus|vs|since|between|histor\w*|chang\w*|differ\w*|"
    r"both)\b"
)
_BORN = re.compile(r"\b(?:born|geboren|née?|nacid[oa]|nat[oa]|dob|date of birth)\b")


def other_words(known: RunFacts, good: Good) -> list[Found]:
    """A search whose question names a version, a country, a birth date or a kind, and whose answer
    speaks of another only."""
    out: list[Found] = []
    for fact in known.answered_by(*_SOURCES):
        query = " ".join(v for _, v in fact.given_texts if len(v) <= 600).casefold()
        if not query or _DOES.search(fact.hop.name):
            continue
        texts = [v.casefold() for _, v in fact.made_texts if 30 <= len(v) <= _LONGEST]
        hit = _other_word(query, texts, fact) if texts else None
        if hit is not None:
            asked, has, weight = hit
            detail = f"it was asked for {asked!r}; what it returned speaks of {has!r} only"
            out.append(_told(fact, has, detail, asked, "output", weight))
    return out


def _other_word(query: str, texts: list[str], fact: HopFacts) -> tuple[str, str, float] | None:
    whole = "\n".join(texts)
    return (
        _other_land(query, whole)
        or _other_version(query, whole)
        or _other_birth(fact, query, whole)
        or _other_kind(query, whole)
    )


def _other_land(query: str, whole: str) -> tuple[str, str, float] | None:
    asked = set(_LANDS.findall(query))
    has = set(_LANDS.findall(whole)) if len(asked) == 1 else set()
    wanted = next(iter(asked), "")
    if not has or wanted in whole or len(has) > 2:
        return None
    # British stands for all of its lands, a federal law for every state.
    if re.search(
        r"\b(?:uk|united kingdom|great britain|british|federal|nationwide|eu|worldwide)\b", whole
    ):
        return None
    return wanted, sorted(has)[0], 2.0


def _other_version(query: str, whole: str) -> tuple[str, str, float] | None:
    named = _VERSIONED.findall(query)
    if _SPAN.search(query) or len(re.findall(r"(?<![\w.])\d+\.\d+", query)) > 1:
        return None
    for word, number in named:
        if _NOT_VERSION.match(word) or re.search(rf"(?<![\d.]){re.escape(number)}(?![\d])", whole):
            continue
        has = re.findall(rf"(?<![\w-]){re.escape(word)}[ -]?(\d{{1,4}}(?:\.\d+)*)", whole)
        same = any(h.startswith(f"{number}.") or number.startswith(f"{h}.") for h in has)
        if has and not same and len(set(has)) <= 2:
            return f"{word} {number}", f"{word} {has[0]}", 2.0
    return None


def _other_birth(fact: HopFacts, query: str, whole: str) -> tuple[str, str, float] | None:
    if not (_BORN.search(query) and _BORN.search(whole)):
        return None
    asked = _births(query)
    has = _births(whole)
    if len(asked) == 1 and has and not asked & has:
        return next(iter(asked))[1:], sorted(has)[0][1:], 2.5
    return None


def _births(text: str) -> set[str]:
    return {
        a.keys[0]
        for m in _BORN.finditer(text)
        for a in atoms(text[m.end() : m.end() + 30], "b")
        if a.kind == "date" and len(a.keys) == 1 and not a.keys[0].startswith("d0000")
    }


def _other_kind(query: str, whole: str) -> tuple[str, str, float] | None:
    for members in _CLASS if any(b in query for b in _CLASS_BEGINS) else ():
        asked = [i for i, m in enumerate(members) if m.search(query)]
        if len(asked) != 1 or members[asked[0]].search(whole):
            continue
        has = [m.search(whole) for i, m in enumerate(members) if i != asked[0]]
        told = [h.group() for h in has if h]
        wanted = members[asked[0]].search(query)
        if len(told) == 1 and wanted:
            return wanted.group(), told[0], 1.2
    return None


def kind_exchanged(known: RunFacts, good: Good) -> list[Found]:
    """A model that asks for the one kind of a thing where its input only knows the other: the policy of
    monthly plans for a customer who pays by the year."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        asked = _arguments(fact)
        if not _ANY_KIND.search(asked):
            continue
        given = f"{fact.given_text} "
        for members in _CLASS:
            now = [m for m in members if m.search(asked)]
            if len(now) != 1 or now[0].search(given):
                continue
            was = [h for m in members if m is not now[0] and (h := m.search(given))]
            said = now[0].search(asked)
            if len(was) == 1 and said:
                out.append(
                    found(
                        "kind.exchanged",
                        fact.hop.hop_id,
                        said.group(),
                        f"it asks for {said.group()!r}; its input only speaks of "
                        f"{was[0].group()!r}",
                        path="output",
                        expected=was[0].group(),
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _arguments(fact: HopFacts) -> str:
    """What a model calls a tool with, or asks a search for, folded; short answers alone."""
    calls = [
        str(p.get("arguments") or "")
        for m in fact.hop.messages_out
        for p in m.parts
        if p.get("type") == "tool_call"
    ]
    output = read_json(fact.hop.output)
    if isinstance(output, dict):
        calls += [str(v) for _, v in leaves(output, "o") if isinstance(v, str) and len(v) <= 80]
    elif isinstance(output, str) and len(output) <= 160:
        calls.append(output)
    return " ".join(calls).casefold()[:4_000]


# --- a document that says it is no longer in force -------------------------------------------------

_REPLACED = re.compile(
    r"(?i)\b(?:(?:is|was|has been|been|status:?|state:?)\s+(?:withdrawn|superseded|repealed|"
    r"replaced|archived|obsolete|"
    r"deprecated|retired)|(?:withdrawn|superseded|replaced|repealed|obsoleted)\s+(?:by|since|"
    r"on|as of)\b|no longer (?:valid|in force|"
    r"maintained|supported|applies)|out of date|(?:wurde|ist) (?:aufgehoben|ersetzt)|"
    r"ersetzt durch|aufgehoben|außer kraft|"
    r"abrogée?|remplacée? par|derogad[oa]|sustituid[oa] por|abrogat[oa]|sostituit[oa] da|"
    r"vervallen)\b"
)
_STATUS = re.compile(r"(?i)^(status|state|lifecycle)$")
_GONE = re.compile(
    r"(?i)^(withdrawn|superseded|replaced|archived|obsolete|deprecated|retired|repealed|"
    r"expired|old)\b"
)
_HISTORY = re.compile(
    r"(?i)\b(histor|old|former|previous|archiv|withdrawn|superseded|replaced|original|past|"
    r"19\d\d|repealed|deprecat)"
)


def withdrawn(known: RunFacts, good: Good) -> list[Found]:
    """A search that returned nothing but documents that say they were withdrawn or replaced."""
    out: list[Found] = []
    for fact in known.answered_by("retriever", "tool"):
        documents = [t for t in _documents(fact.hop.output) if t]
        told = [_gone(d) for d in documents]
        query = " ".join(v for _, v in fact.given_texts)[:2_000]
        if documents and all(told) and not _HISTORY.search(query):
            out.append(
                found(
                    "document.withdrawn",
                    fact.hop.hop_id,
                    str(told[0]),
                    f"what it returned says of itself that it no longer holds: “{told[0]}”",
                    path="output",
                    local=True,
                    weight=1.5,
                )
            )
    return out


def _documents(value: Json) -> Iterator[Any]:
    """Documents of an answer: the members of its list, or the answer itself where it is a text."""
    if isinstance(value, list):
        yield from (d for d in value[:50] if isinstance(d, dict | str))
    elif isinstance(value, dict):
        lists = [
            v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict | str)
        ]
        yield from lists[0][:50] if len(lists) == 1 else [value]
    elif isinstance(value, str) and len(value) > 60:
        yield value


def _gone(document: Any) -> str | None:
    if isinstance(document, str):
        text, status = document, ""
    else:
        flat = (
            {**document, **(document.get("metadata") or {})}
            if isinstance(document.get("metadata"), dict)
            else document
        )
        status = next((v for k, v in flat.items() if _STATUS.match(k) and isinstance(v, str)), "")
        text = next(
            (
                v
                for k, v in flat.items()
                if k in ("content", "text", "page_content", "body") and isinstance(v, str)
            ),
            "",
        )
        if text and _GONE.match(status):
            return f"status: {status}"
    match = _REPLACED.search(text[:_LONGEST])
    if match is None:
        return None
    # A long text speaks of other documents too; what it is itself stands at its head or end.
    edge = match.start() < 400 or match.end() > len(text) - 200
    return text[max(0, match.start() - 40) : match.end() + 40].strip() if edge else None


RULES = (
    Rule(
        "asked.differs",
        "It answered for another thing than it was asked for.",
        False,
        each(other_selector, other_words),
    ),
    Rule("kind.exchanged", "It asks for another kind than its input knows.", False, kind_exchanged),
    Rule("document.withdrawn", "It returned only what says it no longer holds.", False, withdrawn),
)
