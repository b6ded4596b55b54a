"""What was thrown out as a duplicate and is none; a field renamed on the way and then missed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts, read_json
from misstep_diagnosis.reading.values import fold

_NAMED = re.compile(r"(?i)(dedup|duplicat|uniq|distinct|doublon|dublett)")
_LATEST = re.compile(r"(?i)(latest|newest|last|first|best|per_|group|max|min|top)")
_OWN = re.compile(
    r"(?i)^(?:(?:\w+_)?(?:id|row|seq|line|index|pos|position|source|file|filename|hash|score|"
    r"page|url|message|mail|channel|scan)|"
    r"(?:received|imported|created|updated|scanned|uploaded|fetched|seen|ingested|"
    r"crawled)(?:_?at|_?on)?|.*confidence.*|no|nr|#)$"
)
_TEXT = frozenset(("note", "notes", "comment", "description", "text", "memo", "title", "raw"))


def mistaken(known: RunFacts, good: Good) -> list[Found]:
    """A record that a step threw out as a duplicate, though it differs from all that were kept in a
    field that tells things apart."""
    out: list[Found] = []
    for fact in known.answered_by("chain", "tool", "llm", "agent"):
        if not _NAMED.search(f"{fact.hop.name} {(fact.hop.system or '')[:200]}") or _LATEST.search(
            fact.hop.name
        ):
            continue
        given = max(
            _lists(fact.given if fact.hop.kind in ("llm", "agent") else fact.hop.input, fact),
            key=len,
            default=[],
        )
        made = max(_lists(read_json(fact.hop.output), None), key=len, default=[])
        kept = [{k: _plain(v) for k, v in r.items()} for r in made]
        hit = (
            next((h for r in given if (h := _thrown(r, kept))), None)
            if made and len(made) < len(given)
            else None
        )
        if hit is not None:
            record, key, value = hit
            out.append(
                found(
                    "duplicate.mistaken",
                    fact.hop.hop_id,
                    str(record)[:200],
                    f"it left out {str(record)[:120]} as a duplicate; what it kept differs in "
                    f"{key} ({value})",
                    path="output",
                    expected=str(record)[:120],
                    local=True,
                    weight=2.0,
                )
            )
    return out


def _lists(value: Json, fact: HopFacts | None) -> Iterator[list[dict[str, Any]]]:
    if fact is not None and isinstance(value, str | dict) and fact.hop.kind in ("llm", "agent"):
        yield from fact.records.lists
        return
    stack: list[Json] = [value]
    seen = 0
    while stack and seen < 100:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            stack.extend(v for v in here.values() if isinstance(v, dict | list))
        elif isinstance(here, list) and here and all(isinstance(r, dict) for r in here):
            yield here[:500]


def _plain(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        folded = unicodedata.normalize("NFKD", fold(str(value)))
        return re.sub(r"[\W_]+", "", folded)
    return f"{float(value):g}"


def _thrown(
    record: dict[str, Any], kept: list[dict[str, str]]
) -> tuple[dict[str, Any], str, str] | None:
    """The field in which a record that is not kept differs from the likest that is."""
    told = {k: _plain(v) for k, v in record.items() if v not in (None, "", [], {})}
    telling = {k: v for k, v in told.items() if not _OWN.match(k) and k.casefold() not in _TEXT}
    shared = [(sum(v == k.get(n) for n, v in telling.items()), k) for k in kept]
    most = max((n for n, _ in shared), default=0)
    if most < 1 or not telling:
        return None
    nearest = [k for n, k in shared if n == most]
    if any(all(k.get(n, v) == v for n, v in telling.items()) for k in kept):
        return None
    for key, value in telling.items():
        theirs = nearest[0].get(key)
        if (
            theirs is not None
            and theirs != value
            and (not theirs.startswith(value) and not value.startswith(theirs))
        ):
            return record, key, str(record[key])
    return None


# --- renamed on the way ------------------------------------------------------------------------


def renamed(known: RunFacts, good: Good) -> list[Found]:
    """A field that a step gave another name, and a later step filled anew under the old one with
    another value."""
    out: list[Found] = []
    outputs = [
        (f, f.hop.output)
        for f in known.leaves
        if isinstance(f.hop.output, dict) and f.hop.error is None
    ]
    for fact, made in outputs:
        given = fact.hop.input if isinstance(fact.hop.input, dict) else {}
        for old, value in given.items():
            new = next(
                (k for k, v in made.items() if k not in given and v == value and _akin(old, k)),
                None,
            )
            if (
                old in made
                or new is None
                or isinstance(value, dict | list)
                or value in (None, "", 0, 1, True, False)
            ):
                continue
            for later, told in outputs:
                received = later.hop.input if isinstance(later.hop.input, dict) else {}
                if (
                    later.start_ms < fact.end_ms - 0.001
                    or old in received
                    or received.get(new) != value
                ):
                    continue
                if old in told and told[old] != value:
                    out.append(
                        found(
                            "field.renamed",
                            fact.hop.hop_id,
                            f"{old} → {new}",
                            f"it renamed {old} to {new}; {later.hop.name} then had {old} as "
                            f"{told[old]!r}, not {value!r}",
                            path=f"output.{new}",
                            expected=f"{old}: {value}",
                            local=True,
                            weight=2.0,
                        )
                    )
                    return out
    return out


def _akin(a: str, b: str) -> bool:
    """Whether two names share a word of four letters."""
    x, y = (
        {w[:4] for w in re.findall(r"[a-z]{4,}", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", n).lower())}
        for n in (a, b)
    )
    return bool(x & y)


RULES = (
    Rule("duplicate.mistaken", "It threw out as a duplicate what is none.", False, mistaken),
    Rule("field.renamed", "It renamed a field that a later step then missed.", False, renamed),
)
