"""Fields against what the input states of them by name: 3 failed, a timeout=30, six months' notice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from misstep_diagnosis.checks.figures.conversions import converted
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.spoken import spoken_numbers
from misstep_diagnosis.reading.units import UNITS, unit_of_key
from misstep_diagnosis.reading.values import Atom, fold, last_key, number_key, readings

_MAKES = ("llm", "agent", "chain")
_LONGEST = 20_000
_FEW_FIELDS = 30
_CHANGES = re.compile(
    r"(?i)\b(chang\w+|instead|increas\w+|decreas\w+|doubl\w+|halv\w+|half|rais\w+|lower\w*|reduc\w+|"
    r"replac\w+|convert\w*|shorten\w*|extend\w*|add\w*|erhöh\w+|senk\w+|verdoppel\w+|halbier\w+)\b"
)


def count_stated(known: RunFacts, good: Good) -> list[Found]:
    """A count called by a word that the input counts otherwise: 3 failed, and failed: 0."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        output = fact.hop.output
        counts = [
            (k, v)
            for k, v in (output.items() if isinstance(output, dict) else ())
            if isinstance(v, int) and not isinstance(v, bool) and _COUNTED.fullmatch(k)
        ]
        if not counts or len(counts) > _FEW_FIELDS:
            continue
        text = _told(fact)
        for key, value in counts:
            told = _counts(key, text) if key.casefold() not in UNITS else set()
            if len(told) == 1 and value not in told:
                expected = next(iter(told))
                out.append(
                    found(
                        "count.stated",
                        fact.hop.hop_id,
                        f"{key}: {value}",
                        f"{key} is {value}, but its input says {expected} {key}",
                        path=f"output.{key}",
                        expected=str(expected),
                        local=True,
                        bad=(number_key(float(value)),) if value else (),
                        weight=2.0,
                    )
                )
                break
    return out


_COUNTED = re.compile(
    r"[a-z]{2,16}ed|open|new|total|warnings|errors|failures|valid|invalid|offen\w*|geschlossen|"
    r"bestanden|ouverts?|fermés?|abiert[oa]s|cerrad[oa]s"
)


def _counts(key: str, text: str) -> set[int]:
    """What stands beside the word as its number; several when the input tells several."""
    before = re.findall(rf"(?<![\w.,:/-])(\d{{1,7}}) {re.escape(key)}\b", text)
    after = re.findall(rf"\b{re.escape(key)}\W{{1,3}}(\d{{1,7}})\b", text)
    return {int(n) for n in (before + after if before else ())}


# --- assignments --------------------------------------------------------------------------------

_ASSIGNED = re.compile(r"\b([A-Za-z_]\w{2,40})\s?=\s?(-?\d+(?:\.\d+)?)\b")


def assigned(known: RunFacts, good: Good) -> list[Found]:
    """An assignment in text or code that gives a name another number than its input does."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        made = _assignments(v for _, v in fact.made_texts)
        given = _assignments(v for _, v in fact.given_texts) if made else {}
        for name in made.keys() & given.keys():
            if len(made[name]) != 1 or len(given[name]) != 1 or made[name] == given[name]:
                continue
            (value,), (told,) = made[name], given[name]
            keys = (number_key(float(value)),)
            asked = number_key(float(told)) in fact.produced_keys
            if keys[0] in fact.received_keys or asked or _CHANGES.search(_told(fact)):
                continue
            out.append(
                found(
                    "value.replaced",
                    fact.hop.hop_id,
                    f"{name}={told} → {name}={value}",
                    f"it sets {name} to {value}; its input says {name}={told}",
                    expected=told,
                    local=True,
                    bad=keys,
                    weight=1.5,
                )
            )
            break
    return out


def _assignments(texts: Iterator[str]) -> dict[str, set[str]]:
    made: dict[str, set[str]] = {}
    for text in texts:
        if "=" in text:
            for match in _ASSIGNED.finditer(text[:_LONGEST]):
                made.setdefault(match[1].casefold(), set()).add(match[2])
    return made


# --- fields with a unit -------------------------------------------------------------------------

_SENTENCE = re.compile(r"(?<=[^\W\d_])[.;]\s+|\n+")


def field_stated(known: RunFacts, good: Good) -> list[Found]:
    """A field such as ``notice_months`` whose number differs from the one that the only sentence
    about it gives in that unit."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        fields = [
            a
            for a in fact.produced
            if a.whole and a.kind == "number" and fact.received_keys.isdisjoint(a.keys)
        ]
        for atom in fields[:_FEW_FIELDS]:
            hit = _other_number(atom, fact)
            if hit is not None:
                key = last_key(atom.path)
                out.append(
                    found(
                        "number.contradicts",
                        fact.hop.hop_id,
                        f"{key}: {atom.quote}",
                        f"{key} is {atom.quote}; its input says “{hit[:120]}”",
                        path=atom.path,
                        local=True,
                        bad=atom.keys,
                        weight=1.5,
                    )
                )
                break
    return out


def _other_number(atom: Atom, fact: HopFacts) -> str | None:
    """The sentence that gives the field another number in the field's own unit."""
    key = fold(last_key(atom.path))
    unit = unit_of_key(key)
    if unit is None or unit[1] != "time" or converted(atom, fact):
        return None
    words = [w[:5] for w in key.split("_")[:-1] if len(w) > 3]
    if not words or len(words) != len(key.split("_")) - 1 or _CHANGES.search(_told(fact)):
        return None
    size = UNITS[unit[0]][1]
    sentences = [
        s
        for _, leaf in fact.given_texts
        if len(leaf) <= _LONGEST
        for s in _SENTENCE.split(leaf)
        if all(re.search(rf"\b{re.escape(w)}", fold(s)) for w in words)
    ]
    told = {(n, s) for s in sentences for n in _of_size(s, size)}
    return next(iter(told))[1] if len(told) == 1 else None


_NEXT = re.compile(r"[\s-]([^\W\d_]{1,12})\b")
_DIGITS = re.compile(r"(?<![\w.,])(\d[\d.,]*\d|\d)[\s-]([^\W\d_]{1,12})\b")


def _of_size(sentence: str, size: float) -> set[float]:
    """Numbers of the sentence in a unit of time of that size."""
    lower = sentence.casefold()
    made = {readings(m[1])[0] for m in _DIGITS.finditer(lower) if _size(m[2]) == size}
    for _, end, number in spoken_numbers(lower):
        after = _NEXT.match(lower, end)
        if after and _size(after[1]) == size:
            made.add(number)
    return made


def _size(word: str) -> float | None:
    dimension, size = UNITS.get(word, ("", 0.0))
    return size if dimension == "time" else None


def _told(fact: HopFacts) -> str:
    return "\n".join(v for _, v in fact.given_texts)[:_LONGEST].casefold()


RULES = (
    Rule("count.stated", "A count differs from the one its input states.", False, count_stated),
    Rule("value.replaced", "It sets a name to another number.", False, assigned),
    Rule("number.contradicts", "A field differs from the sentence about it.", False, field_stated),
)
