"""Two texts that were to be compared, called the same though they differ in a number or a denial."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts, read_json
from misstep_diagnosis.reading.clauses import clause
from misstep_diagnosis.reading.polarity import negations
from misstep_diagnosis.reading.spoken import spoken_numbers
from misstep_diagnosis.reading.values import fold

_SAME = re.compile(
    r"\b(?:unchanged|unaltered|no changes?|not changed|nothing (?:has )?changed|identical|"
    r"the same|no differences?|"
    r"unverändert|keine änderung\w*|gleich geblieben|inchangée?s?|aucun changement|"
    r"sans changement|sin cambios|"
    r"igual(?:es)?|invariat[oa]|nessuna modifica|sem alterações?|ongewijzigd|geen wijziging\w*)\b"
)
_NONE = re.compile(r"\W*(?:none|no|nil|same|equal|keine?|aucune?|ninguno?|n/?a|-)\W*")
_OLD = re.compile(
    r"(?i)^(?:old|before|was|previous|from|a|left|v1|base|original|alt|ancien|earlier|"
    r"current)$|_(?:old|before|a|v1|previous)$"
)
_NEW = re.compile(
    r"(?i)^(?:new|after|now|next|to|b|right|v2|head|revised|neu|nouveau|later|proposed|"
    r"redline)$|_(?:new|after|b|v2|now)$"
)
_NUMBERED = re.compile(
    r"(?:§+\s*|\b(?:clause|section|article|para(?:graph)?|ziffer|artikel)\s+)?\b(\d+(?:\.\d+)+|"
    r"\d+(?=[.):]\s)|(?<=§ )\d+|(?<=clause )\d+)"
)
_DIGITS = re.compile(r"\d[\d.,]*")
_LONGEST = 30_000
_TEXT = 25


def same_claimed(known: RunFacts, good: Good) -> list[Found]:
    """It calls two texts the same that differ in a number or a denial."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent", "chain", "tool"):
        claims = _claims(fact)
        if not claims:
            continue
        differing = _differing(fact)
        hit = next(
            (
                (c, d)
                for c in claims
                for d in differing
                if _about(c, d, alone=len(claims) == 1 and len(differing) >= 1)
            ),
            None,
        )
        if hit is not None:
            claim, (name, old, new) = hit
            out.append(
                found(
                    "same.claimed",
                    fact.hop.hop_id,
                    claim[1][:160],
                    f"it says “{claim[1][:80]}” of {name}, which went from “{old[:90]}” to "
                    f"“{new[:90]}”",
                    expected=new[:120],
                    local=True,
                    weight=2.0,
                )
            )
    return out


def _claims(fact: HopFacts) -> list[tuple[str, str]]:
    """(what it is about, words) of every part of the output that says that nothing changed."""
    output = read_json(fact.hop.output)
    made: list[tuple[str, str]] = []
    stack: list[Any] = [output]
    seen = 0
    while stack and seen < 300:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            made += _claimed_by_record(here)
            stack.extend(v for v in here.values() if isinstance(v, dict | list))
        elif isinstance(here, list):
            stack.extend(here[:100])
        elif isinstance(here, str) and len(here) <= _LONGEST:
            made += [
                (fold(s), s.strip())
                for s in re.split(r"(?<=[.;!?])\s+|\n+", here)
                if _SAME.search(fold(s))
            ]
    return made


def _claimed_by_record(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    short = {k: v for k, v in record.items() if isinstance(v, str | int) and len(str(v)) <= 60}
    for key, value in short.items():
        told = isinstance(value, str) and (
            _SAME.search(fold(value))
            or (re.search(r"(?i)chang|diff|änder", key) and _NONE.fullmatch(fold(value)))
        )
        denied = isinstance(value, bool) and not value and re.search(r"(?i)chang|differ", key)
        if told or denied:
            about = " ".join(fold(str(v)) for k, v in short.items() if k != key)
            yield about, f"{about} {key}: {value}".strip()


def _differing(fact: HopFacts) -> list[tuple[str, str, str]]:
    """(name, old, new) of pairs of texts with one name that differ in what they say."""
    pairs: list[tuple[str, str, str]] = []
    for record in (*fact.records.single, *(r for rows in fact.records.lists for r in rows)):
        old = next((v for k, v in record.items() if isinstance(v, str) and _OLD.search(k)), None)
        new = next((v for k, v in record.items() if isinstance(v, str) and _NEW.search(k)), None)
        if not (old and new):
            # Two drafts under names of their own, such as march and june.
            long = [v for v in record.values() if isinstance(v, str) and len(v) >= _TEXT]
            old, new = long if len(long) == 2 else (None, None)
        if old and new:
            named = [
                str(v) for v in record.values() if isinstance(v, str | int) and v not in (old, new)
            ]
            pairs.append((" ".join(named)[:60], old, new))
    by_name: dict[str, list[str]] = defaultdict(list)
    for _, text in fact.given_texts:
        for line in text[:_LONGEST].splitlines():
            match = _NUMBERED.search(line[:40])
            if match and len(line) - match.end() > 12:
                by_name[match[1]].append(line[match.end() :].strip(" .:)"))
    pairs += [(n, t[0], t[1]) for n, t in by_name.items() if len(t) == 2]
    for path, text in fact.given_texts:
        key = path.rpartition(".")[2]
        if _NUMBERED.fullmatch(key):
            by_name[f"field {key}"].append(text)
    return [(n, a, b) for n, a, b in pairs if _differs(a, b)][:60]


def _differs(a: str, b: str) -> bool:
    """Whether two alike texts differ in their numbers, or one denies what the other says."""
    x, y = clause(a[:2_000]), clause(b[:2_000])
    words = {s for s in x.bag if not s[0].isdigit()}, {s for s in y.bag if not s[0].isdigit()}
    alike = len(words[0] & words[1]) >= 0.6 * max(len(words[0]), len(words[1]), 1)
    numbers = _numbers(a) != _numbers(b)
    return alike and (numbers or negations(x.folded) != negations(y.folded))


def _numbers(text: str) -> list[float | str]:
    spoken = [v for _, _, v in spoken_numbers(text)]
    return [*sorted(_DIGITS.findall(text)), *sorted(spoken)]


def _about(claim: tuple[str, str], pair: tuple[str, str, str], *, alone: bool) -> bool:
    """Whether a claim is of a pair: it names it, or it is the only one and names nothing else."""
    words = set(re.findall(r"\w+(?:\.\d+)*", claim[0]))
    name = set(re.findall(r"\w+(?:\.\d+)*", fold(pair[0])))
    if name and name <= words:
        return True
    return (
        alone
        and not _NUMBERED.search(claim[0])
        and not re.search(r"\b(?:other|rest|else|otherwise|all but)\b", claim[0])
    )


RULES = (
    Rule(
        "same.claimed",
        "It calls the same what differs in a number or a denial.",
        False,
        same_claimed,
    ),
)
