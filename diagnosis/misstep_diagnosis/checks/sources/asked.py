"""What was asked for against what was given: identities, sessions, languages, fields, limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from misstep.model import Hop, Json
from misstep_diagnosis.checks.found import Found, Good, Rule, each, found
from misstep_diagnosis.checks.picks.choices import unlike
from misstep_diagnosis.checks.picks.limits import chosen_beyond, limit_in_words
from misstep_diagnosis.facts import HopFacts, RunFacts, input_of
from misstep_diagnosis.reading.kinds import CONTAINERS, is_number
from misstep_diagnosis.reading.language import agrees, code_of, detect
from misstep_diagnosis.reading.places import countries, country_of
from misstep_diagnosis.reading.values import Leaf, fold, last_key, leaves

_SOURCES = ("tool", "retriever", "reranker")
_IDENTITY = re.compile(
    r"(?i)(^|_)(id|ids|uuid|serial|serial_number|number|ref|reference|account|order|ticket|invoice|"
    r"customer|patient|user|employee|entity|email|sku|code|isbn|iban|symbol|ticker|vin|tracking|"
    r"session|case|claim|policy|contract|flight|booking|supplier|vendor|company|name)$|[a-z]Id$"
)
_SESSION = re.compile(r"(?i)^(session|conversation|thread|chat|tenant)_?(id|key)?$")
_OWN = re.compile(
    r"(?i)(request|response|trace|span|message|event|record|doc|document|row|job|run)_?id"
)


def echo_differs(known: RunFacts, good: Good) -> list[Found]:
    """A look-up that answers for another thing than it was asked for, by the same field."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        if hop.kind not in _SOURCES or hop.error is not None:
            continue
        hit = _other_thing(fact) or _other_place(hop)
        if hit is not None:
            key, asked, given = hit
            strict = bool(re.search(r"\d", asked) and re.search(r"\d", given))
            strict = strict and not _PLACES.match(key)
            out.append(
                found(
                    "asked.differs",
                    hop.hop_id,
                    f"{key}: {given}",
                    f"it was asked for {key} {asked!r} and answered for {key} {given!r}",
                    strict=strict,
                    path=f"output.{key}",
                    expected=asked,
                    local=True,
                    weight=3.0 if strict else 2.0,
                )
            )
    return out


_COUNTRY = re.compile(r"(?i)(^|_)(country|country_?code|land|pays|país|nation|jurisdiction)$")


def other_country(known: RunFacts, good: Good) -> list[Found]:
    """A look-up that was asked for a place in one country and answered for another."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        if hop.kind not in _SOURCES or hop.error is not None:
            continue
        answered = [(p, v) for p, v in fact.made_texts if _COUNTRY.search(last_key(p))]
        asked = {last_key(p): (v, countries(v)) for p, v in fact.given_texts} if answered else {}
        for path, leaf in answered:
            code = country_of(leaf)
            if code is None:
                continue
            about = [asked[k] for k in path.split(".")[1:-1] if k in asked] or list(asked.values())
            told = {c for _, named in about for c in named}
            if len(told) == 1 and code not in told:
                words = next(v for v, named in about if named)
                out.append(
                    found(
                        "asked.differs",
                        hop.hop_id,
                        f"{last_key(path)}: {leaf}",
                        f"it was asked for {words!r} and answered with {last_key(path)} {leaf!r}",
                        path=path,
                        expected=next(iter(told)),
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


_PLACES = re.compile(
    r"(?i)^(from|to|origin|destination|city|station|port|airport|region|month|year)$"
)
_SHORT_CODE = re.compile(r"^[A-Z]{2,4}$")


def _other_place(hop: Hop) -> tuple[str, str, str] | None:
    """A place or month asked for by a field, and another in the same field of the answer; a code for
    a name is no other place."""
    if not isinstance(hop.input, dict) or not isinstance(hop.output, dict):
        return None
    for key, wanted in hop.input.items():
        has = hop.output.get(key)
        both = isinstance(wanted, str) and isinstance(has, str) and wanted and has
        dated = key.lower() in ("month", "year")
        if not both or not _PLACES.match(key) or _contains(str(has), str(wanted)):
            continue
        coded = _SHORT_CODE.match(str(has)) or _SHORT_CODE.match(str(wanted))
        # A time or an amount goes from one notation to another on purpose.
        if not coded and (dated or not re.search(r"\d", f"{has}{wanted}")):
            return key, str(wanted), str(has)
    return None


def _other_thing(fact: HopFacts) -> tuple[str, str, str] | None:
    hop = fact.hop
    asked = _identities(fact.input_leaves)
    if not asked:
        return None
    outputs = hop.output if isinstance(hop.output, list) else [hop.output]
    if len(outputs) != 1 or not isinstance(outputs[0], dict):
        return None
    given = _identities(leaves(outputs[0], "output"))
    everything = fold(str(outputs[0])[:200_000])
    for key, wanted in asked.items():
        has = given.get(key)
        if has is None or fold(has) == fold(wanted) or _OWN.search(key):
            continue
        if fold(wanted) in everything or _contains(has, wanted):
            continue
        return key, wanted, has
    return None


def _contains(a: str, b: str) -> bool:
    """Whether one is the other with more or fewer words or signs: a wider name is no other thing."""
    x, y = (re.sub(r"\W", "", t.casefold()) for t in (a, b))
    return x in y or y in x or bool(set(fold(a).split()) & set(fold(b).split()))


@lru_cache(4_096)
def _is_identity(key: str) -> bool:
    """The same keys come with every hop."""
    return _IDENTITY.search(key[:200]) is not None


_CODED = re.compile(r"[A-Za-z]{1,5}[-_]?\d{2,10}")


def _identities(told: Iterable[Leaf]) -> dict[str, str]:
    """Identity fields with one short text or whole number each, at most two levels deep."""
    made: dict[str, str] = {}
    for path, leaf in told:
        if "[" in path or path.count(".") > 2:
            continue
        key = last_key(path)
        coded = isinstance(leaf, str) and _CODED.fullmatch(leaf) is not None
        if key in made or not (_is_identity(key) or coded):
            continue
        if (isinstance(leaf, str) and 0 < len(leaf) <= 80) or (
            isinstance(leaf, int) and not isinstance(leaf, bool)
        ):
            made[key] = str(leaf)
    return made


def session_differs(known: RunFacts, good: Good) -> list[Found]:
    """Data of another session than the run's own."""
    own = {
        str(leaf)
        for path, leaf in leaves(known.run.input, "i")
        if _SESSION.match(last_key(path)) and isinstance(leaf, str | int)
    } | ({known.run.session_id} if known.run.session_id else set())
    out: list[Found] = []
    for fact in known.leaves if own else ():
        for path, leaf in fact.made_leaves:
            strange = isinstance(leaf, str | int) and leaf and str(leaf) not in own
            if _SESSION.match(last_key(path)) and strange and not _received(fact, str(leaf)):
                shown = " or ".join(sorted(own))
                out.append(
                    found(
                        "session.differs",
                        fact.hop.hop_id,
                        str(leaf),
                        f"it returned data of {last_key(path)} {leaf!r}; this run's is {shown!r}",
                        strict=True,
                        path=path,
                        expected=shown,
                        local=True,
                    )
                )
                break
    return out


def _received(fact: HopFacts, text: str) -> bool:
    return fold(text) in fact.given_text


# --- language ------------------------------------------------------------------------------------

_LANGUAGE = re.compile(
    r"(?i)^(target_?|output_?|reply_?|response_?|user_?)?(language|lang|locale)$"
)
_IN_WORDS = re.compile(
    r"(?i)\b(?:answer|reply|respond|write|translate)\b[^.\n]{0,40}?\b(?:in|into|to)\s+(?:the\s+)?([A-Z][a-zç]+)\b"
)


def language_differs(known: RunFacts, good: Good) -> list[Found]:
    """An answer in another language than was asked for."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent", "chain"):
        hop = fact.hop
        text = _prose(fact.made_texts)
        asked = _asked_language(fact) if text else None
        told = detect(text) if asked else None
        if asked and told and not agrees(asked, told) and not _was_given(hop, text):
            out.append(
                found(
                    "language.differs",
                    hop.hop_id,
                    text[:120],
                    f"it was asked for {asked!r}, but its text reads as {told!r}",
                    strict=True,
                    expected=asked,
                    local=True,
                )
            )
    return out


def _asked_language(fact: HopFacts) -> str | None:
    hop = fact.hop
    told: list[str] = []
    keys: dict[str, str] = {}
    for path, leaf in fact.input_leaves:
        if isinstance(leaf, str) and len(leaf) < 20 and "[" not in path:
            keys[last_key(path).lower()] = leaf
    told += [v for k, v in keys.items() if _LANGUAGE.match(k)]
    if code_of(keys.get("to", "")) and ("from" in keys or "translat" in hop.name):
        told = [keys["to"]]
    codes = {c for t in told if (c := code_of(t))}
    if not codes and hop.system:
        codes = {c for m in _IN_WORDS.finditer(hop.system[:8_000]) if (c := code_of(m[1]))}
    return next(iter(codes)) if len(codes) == 1 else None


def _prose(told: Sequence[tuple[str, str]]) -> str:
    texts = [v for _, v in told if v.count(" ") >= 3]
    return " ".join(texts)[:6_000]


def _was_given(hop: Hop, text: str) -> bool:
    """Whether the text was only passed on, such as a quotation or a document."""
    return fold(text)[:200] in fold(str(input_of(hop))[:200_000])


# --- fields and limits ---------------------------------------------------------------------------

_WANTED = re.compile(
    r"(?i)^(required|required_fields|fields|output_fields|keys|required_keys|columns)$"
)
_NAME = re.compile(r"^[A-Za-z_][\w\-]{0,40}$")


def fields_missing(known: RunFacts, good: Good) -> list[Found]:
    """A field that its input or its response format requires and its output lacks."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        if not isinstance(hop.output, dict) or hop.kind not in ("llm", "agent", "chain"):
            continue
        has = {k.casefold() for k in hop.output}
        for strict, wanted in _wanted(hop):
            lacking = [w for w in wanted if w.casefold() not in has]
            if lacking and len(lacking) <= len(wanted) / 2:
                alike = next((k for k in hop.output if _alike(k, lacking[0])), None)
                instead = f"; it has {alike!r} instead" if alike else ""
                out.append(
                    found(
                        "fields.missing",
                        hop.hop_id,
                        lacking[0],
                        f"its output lacks {lacking[0]!r}, which was asked for{instead}",
                        strict=strict,
                        path=f"output.{alike}" if alike else "output",
                        expected=lacking[0],
                        local=True,
                        weight=3.0 if strict else 1.5,
                    )
                )
                break
    return out


def _wanted(hop: Hop) -> list[tuple[bool, list[str]]]:
    found_lists: list[tuple[bool, list[str]]] = []
    stack: list[Json] = [hop.input, hop.parameters.get("response_format")]
    seen = 0
    while stack and seen < 300:
        seen += 1
        here = stack.pop()
        if isinstance(here, list):
            stack.extend(v for v in here[:50] if isinstance(v, CONTAINERS))
        for key, inner in here.items() if isinstance(here, dict) else ():
            if isinstance(inner, list) and len(inner) >= 2 and _WANTED.match(key) and _names(inner):
                found_lists.append((key.lower().startswith("required"), inner))
            elif isinstance(inner, CONTAINERS):
                stack.append(inner)
    return found_lists


def _names(members: list[Json]) -> bool:
    return all(isinstance(v, str) and _NAME.match(v) for v in members)


def _alike(a: str, b: str) -> bool:
    x, y = a.casefold(), b.casefold()
    common = next(
        (i for i, (p, q) in enumerate(zip(x, y, strict=False)) if p != q), min(len(x), len(y))
    )
    return common >= 4 or x in y or y in x


_BELOW = re.compile(r"(?i)(^|_)(within|below|under|fits?|affordable|in_?range)(_|$)")
_ABOVE = re.compile(r"(?i)(^|_)(exceeds?|exceeded|over|above|too_?(high|large|many|long))(_|$)")
_LIMIT = re.compile(r"(?i)(limit|max|maximum|budget|ceiling|cap|threshold|allowance|capacity)")
_YES = re.compile(r"(?i)^(approve[ds]?|accept(ed)?|pass(ed)?|allow(ed)?|ok|yes|within_limit)$")
_NO = re.compile(
    r"(?i)^(reject(ed)?|decline[ds]?|refuse[ds]?|fail(ed)?|deny|denied|escalate[ds]?|no)$"
)


@lru_cache(4_096)
def _is_limit(key: str) -> bool:
    """The same keys come with every hop."""
    return _LIMIT.search(key[:200]) is not None


def limit_contradicted(known: RunFacts, good: Good) -> list[Found]:
    """A choice that the one number and the one limit it received contradict."""
    out: list[Found] = []
    for fact in known.leaves:
        output = fact.hop.output
        choices = (
            [(k, v, _says_inside(k, v)) for k, v in output.items()]
            if isinstance(output, dict)
            else []
        )
        if all(said is None for _, _, said in choices):
            continue
        given = [(last_key(p), float(v)) for p, v in fact.given_leaves if is_number(v)]
        limits = [v for k, v in given if _is_limit(k)]
        values = [v for k, v in given if not _is_limit(k)]
        if len(limits) != 1 or len(values) != 1:
            continue
        inside = values[0] <= limits[0]
        for key, choice, said in choices:
            if said is not None and said != inside:
                relation = "within" if inside else "above"
                strict = isinstance(choice, bool)
                out.append(
                    found(
                        "limit.contradicted",
                        fact.hop.hop_id,
                        f"{key}: {choice}",
                        f"{key} is {choice!r}, but {values[0]:g} is {relation} the limit {limits[0]:g}",
                        strict=strict,
                        path=f"output.{key}",
                        local=True,
                        # A reason beyond the limit may turn a yes into a no, hardly the reverse.
                        weight=3.0 if strict else (2.0 if said else 1.2),
                    )
                )
    return out


def _says_inside(key: str, choice: Json) -> bool | None:
    if isinstance(choice, bool):
        if _BELOW.search(key):
            return choice
        return not choice if _ABOVE.search(key) else None
    if isinstance(choice, str):
        if _YES.match(choice):
            return True
        return False if _NO.match(choice) else None
    return None


RULES = (
    Rule(
        "asked.differs",
        "It answered for another thing than it was asked for.",
        False,
        each(echo_differs, other_country),
    ),
    Rule("session.differs", "It returned data of another session.", True, session_differs),
    Rule(
        "language.differs", "It wrote another language than was asked for.", True, language_differs
    ),
    Rule("fields.missing", "A field that was asked for is missing.", False, fields_missing),
    Rule(
        "limit.contradicted",
        "Its choice contradicts the limit it received.",
        False,
        each(limit_contradicted, limit_in_words, chosen_beyond),
    ),
    Rule("choice.unlike", "It chose what its input does not speak of.", False, unlike),
)
