"""Documents a retriever should not have returned, read from their own metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from misstep.model import Hop, Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.values import Leaf, atoms, leaves

_KINDS = ("retriever", "reranker", "tool")
_ENDS = re.compile(
    r"(?i)((valid|effective|in_?force|applies|active|current)_?(until|to|till|through|end)|expir\w*|"
    r"end_?date|superseded\w*|repealed\w*|withdrawn\w*|replaced_?on)$"
)
_BEGINS = re.compile(r"(?i)(valid_?from|effective_?(from|date)|start_?date)$")
_ASKED = re.compile(r"(?i)(valid_?on|as_?of|today|now|on_?date|date|at)$")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def documents_of(hop: Hop) -> list[dict[str, Any]]:
    """What looks like a list of documents in a hop's output."""
    value = hop.output if isinstance(hop.output, list) else hop.documents
    if isinstance(hop.output, dict):
        lists = [v for v in hop.output.values() if isinstance(v, list)]
        value = lists[0] if len(lists) == 1 else value
    return [d for d in value if isinstance(d, dict)]


def expired(known: RunFacts, good: Good) -> list[Found]:
    """A document that was not valid on the day the retriever was asked for."""
    out: list[Found] = []
    asked = _asked_day(leaves(known.run.input, "input"))
    for fact in known.leaves:
        hop = fact.hop
        if hop.kind not in _KINDS:
            continue
        own = _asked_day(fact.input_leaves)
        day = own or asked
        if day is None:
            continue
        alone = [hop.output] if isinstance(hop.output, dict) and own else []
        for position, document in enumerate(documents_of(hop) or alone):
            told = _invalid(document, day)
            if told:
                keys = tuple(
                    k
                    for a in atoms(document, "d")
                    if a.kind != "flag" and a.weight >= 0.3
                    for k in a.keys
                )
                out.append(
                    found(
                        "document.expired",
                        hop.hop_id,
                        told,
                        f"it was asked for {day}, but returned a document with {told}",
                        strict=True,
                        path=f"output[{position}]",
                        expected=f"documents valid on {day}",
                        local=True,
                        bad=keys[:200],
                    )
                )
    return out


def outdated(known: RunFacts, good: Good) -> list[Found]:
    """A document whose validity ended before every date the run is about, though no day was asked."""
    dates = {a.keys[0][1:] for a in known.input_atoms if a.kind == "date"}
    days = sorted(d for d in dates if not d.startswith("0000"))
    if not days and known.run.started_at[:4].isdigit():
        days = [known.run.started_at[:10]]
    out: list[Found] = []
    asked = _asked_day(leaves(known.run.input, "input"))
    for fact in known.leaves if days and not asked else ():
        hop = fact.hop
        if hop.kind not in _KINDS or _asked_day(fact.input_leaves):
            continue
        documents = documents_of(hop) or ([hop.output] if isinstance(hop.output, dict) else [])
        ended = [
            (i, t) for i, d in enumerate(documents) if (t := _invalid(d, days[0], ends_only=True))
        ]
        if ended and len(ended) == len(documents):
            out.append(
                found(
                    "document.outdated",
                    hop.hop_id,
                    ended[0][1],
                    f"it returned a document with {ended[0][1]} for a run about {days[0]}",
                    path=f"output[{ended[0][0]}]",
                    local=True,
                    weight=1.5,
                )
            )
    return out


def _asked_day(told: Iterable[Leaf]) -> str | None:
    for path, leaf in told:
        if isinstance(leaf, str) and _DATE.match(leaf) and _ASKED.search(path.rpartition(".")[2]):
            return leaf[:10]
    return None


def _invalid(document: dict[str, Any], day: str, *, ends_only: bool = False) -> str | None:
    for path, leaf in leaves(document, ""):
        name = path.rpartition(".")[2]
        if not isinstance(leaf, str) or not _DATE.match(leaf):
            continue
        if _ENDS.search(name) and leaf[:10] < day:
            return f"{name} {leaf[:10]}"
        if not ends_only and _BEGINS.search(name) and leaf[:10] > day:
            return f"{name} {leaf[:10]}"
    return None


def filtered(known: RunFacts, good: Good) -> list[Found]:
    """A document whose metadata contradicts the filter that was asked for."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        given = hop.input if isinstance(hop.input, dict) else {}
        asked = given.get("filter") or given.get("filters")
        if not isinstance(asked, dict) and hop.kind == "retriever":
            asked = {k: v for k, v in given.items() if not _QUESTION.match(k)}
        if hop.kind not in _KINDS or not isinstance(asked, dict):
            continue
        for position, document in enumerate(documents_of(hop)):
            metadata = {**document, **(document.get("metadata") or {})}
            for key, wanted in asked.items():
                has = metadata.get(key)
                if isinstance(wanted, str | int) and has is not None and not _fits(wanted, has):
                    out.append(
                        found(
                            "document.filter",
                            hop.hop_id,
                            f"{key} {has}",
                            f"it was asked for {key} {wanted}, but returned a document "
                            f"with {key} {has}",
                            strict=True,
                            path=f"output[{position}]",
                            expected=f"{key} {wanted}",
                            local=True,
                            bad=tuple(
                                k for a in atoms(document, "d") if a.weight >= 0.3 for k in a.keys
                            )[:200],
                        )
                    )
    return out


_QUESTION = re.compile(
    r"(?i)^(query|question|q|text|search|prompt|k|top_?k|limit|n|size|page|offset)$"
)


def _fits(wanted: str | int, has: Json) -> bool:
    """2026-06-14 is in 2026-06, DE in [DE, AT], en-GB is en."""
    told = [str(v).casefold() for v in (has if isinstance(has, list) else [has])]
    asked = str(wanted).casefold()
    return any(t == asked or t.startswith((f"{asked}-", f"{asked}_")) for t in told)


RULES = (
    Rule(
        "document.expired", "A returned document was not valid on the day asked for.", True, expired
    ),
    Rule("document.outdated", "A document ended before the run's dates.", False, outdated),
    Rule(
        "document.filter", "A returned document contradicts the filter asked for.", True, filtered
    ),
)
