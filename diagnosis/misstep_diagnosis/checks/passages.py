"""Lists on their way: members taken for duplicates, pages left out, records joined with others'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.operands import words_in
from misstep_diagnosis.spoken import bag
from misstep_diagnosis.values import fold, last_key

_MOST = 400
Record = dict[str, Any]

# --- duplicates and pages that were joined -----------------------------------------------------------

_ONCE = bag("dedup deduplicate dedupe duplicate duplicates unique uniq distinct")
_JOINS = bag(
    "merge merged concat combine join collect flatten append union gather aggregate pages all"
)


def lost_on_the_way(known: RunFacts, good: Good) -> list[Found]:
    """A record left out as a duplicate though none kept is like it; a list left out whole."""
    out: list[Found] = []
    for fact in known.answered_by("chain", "tool", "llm"):
        words = set(words_in(fact.hop.name))
        said = words | (set(fact.instructions[:200].split()) if fact.hop.kind == "llm" else set())
        hit = None
        if said & _ONCE or any(w.startswith("dedup") for w in said):
            hit = _no_duplicate(fact)
        elif words & _JOINS:
            hit = _left_whole(fact)
        if hit is not None:
            shown, detail = hit
            out.append(
                found(
                    "item.dropped",
                    fact.hop.hop_id,
                    shown,
                    detail,
                    expected=shown,
                    local=True,
                    weight=2.0,
                )
            )
    return out


def _no_duplicate(fact: HopFacts) -> tuple[str, str] | None:
    """The record that was left out, and one that differs from it in more than its number."""
    made = _record_lists(fact.hop.output)
    for before in _record_lists(
        fact.hop.input if fact.hop.kind != "llm" else list(fact.quoted.values)
    ):
        for after in made:
            kept = [r for r in before if r in after]
            lost = [r for r in before if r not in after]
            if not kept or len(kept) != len(after) or not 0 < len(lost) <= len(before) / 2:
                continue
            for record in lost:
                nearest = min(kept, key=lambda r: len(_differing(r, record)))
                fields = _differing(nearest, record)
                # The first field counts the records; whatever else differs tells them apart.
                if len(fields) >= _TELLS:
                    shown = ", ".join(f"{k} {record.get(k)}" for k in fields[:3])
                    return (
                        str(shown),
                        f"it left out {shown} as a duplicate; the likest that it kept differs "
                        f"in {', '.join(fields[:4])}",
                    )
    return None


_TELLS = 2


def _differing(a: Record, b: Record) -> list[str]:
    return [k for k in {**a, **b} if a.get(k) != b.get(k)]


def _record_lists(value: Json) -> list[list[Record]]:
    made: list[list[Record]] = []
    stack, seen = [value], 0
    while stack and seen < 200:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            stack.extend(v for v in here.values() if isinstance(v, dict | list))
        elif isinstance(here, list):
            if here and all(isinstance(r, dict) for r in here[:_MOST]):
                made.append(here[:_MOST])
            stack.extend(v for v in here[:20] if isinstance(v, list))
    return made


def _left_whole(fact: HopFacts) -> tuple[str, str] | None:
    """One of several lists of like records of which the output holds none, though all of another."""
    lists = [one for one in _record_lists(fact.hop.input) if one]
    if not 2 <= len(lists) <= 12 or len({frozenset(one[0]) for one in lists}) != 1:
        return None
    made = [r for one in _record_lists(fact.hop.output) for r in one]
    if not made or any(r not in [x for one in lists for x in one] for r in made):
        return None
    whole = [one for one in lists if all(r in made for r in one)]
    gone = [one for one in lists if not any(r in made for r in one)]
    if not whole or not gone:
        return None
    first = next((str(v) for v in gone[0][0].values()), "")
    return (
        first,
        f"it received {len(lists)} lists and goes on without one of {len(gone[0])} records "
        f"({first}, …)",
    )


# --- pages that were not fetched ---------------------------------------------------------------------

_MORE = re.compile(r"(?i)^(has_?more|has_?next|has_?next_?page|more|is_?truncated|truncated)$")
_NEXT = re.compile(
    r"(?i)^(next|next_?page|next_?cursor|next_?page_?token|next_?token|cursor|next_?url|next_?link)$"
)
_PAGED = re.compile(r"(?i)^(page|cursor|offset|start|page_?token|skip|after|next_?token)$")
_TOTAL = re.compile(r"(?i)^(total|total_?count|total_?items|total_?results|count_?total)$")


def pages_unread(known: RunFacts, good: Good) -> list[Found]:
    """A look-up that says there is more, which nobody fetched though all was wanted."""
    out: list[Found] = []
    tools = [f for f in known.answered_by("tool", "retriever") if isinstance(f.hop.output, dict)]
    for fact in tools:
        told = _more(fact.hop.output)
        if told is None:
            continue
        later = [
            f for f in known.leaves
            if f.hop.name == fact.hop.name and f.hop.index > fact.hop.index and f.hop.error is None
        ]  # fmt: skip
        asked_more = any(_PAGED.match(last_key(p)) for f in later for p, _ in f.input_leaves)
        parent = known.by_id.get(fact.hop.parent_id or "")
        if asked_more or (later and not parent) or not _wanted_all(known, fact, parent):
            continue
        wrapped = (
            parent is not None
            and parent.kind in ("chain", "tool", "agent")
            and parent.output not in (None, "")
        )
        owner = parent.hop_id if wrapped and parent is not None else fact.hop.hop_id
        out.append(
            found(
                "pages.unread",
                owner,
                told,
                f"{fact.hop.name} answered {told}, and the rest was not fetched",
                local=True,
                weight=2.0,
            )
        )
    return out


def _more(output: Json) -> str | None:
    """What says that there is more than was returned."""
    if not isinstance(output, dict):
        return None
    sizes = [len(v) for v in output.values() if isinstance(v, list)]
    for key, value in output.items():
        if _MORE.match(key) and value is True:
            return f"{key}: true"
        if (
            _NEXT.match(key)
            and isinstance(value, str | int)
            and not isinstance(value, bool)
            and value
        ):
            return f"{key}: {value}"
        whole = isinstance(value, int) and not isinstance(value, bool)
        if _TOTAL.match(key) and whole and len(sizes) == 1 and 0 < sizes[0] < value:
            page = (
                output.get("page")
                or output.get("pages")
                or output.get("per_page")
                or output.get("limit")
            )
            if page is not None:
                return f"{key}: {value}, {sizes[0]} of them returned"
    pages, page = output.get("pages") or output.get("total_pages"), output.get("page")
    if isinstance(pages, int) and isinstance(page, int) and page < pages:
        return f"page {page} of {pages}"
    return None


_ALL = re.compile(
    r"(?i)\b(all|every|each|complete|total|whole|everything|how many|how much|sum|count|alle|"
    r"jede\w*|below|list)\b"
)


def _wanted_all(known: RunFacts, fact: HopFacts, parent: Any) -> bool:
    told = str(known.run.input)
    if parent is not None:
        told += f" {parent.input} {parent.name}"
    return bool(_ALL.search(told[:4_000].replace("_", " ")))


# --- records joined with the wrong one --------------------------------------------------------------


def joined_wrong(known: RunFacts, good: Good) -> list[Found]:
    """A record put together with what the input keeps under another key than the record's own."""
    out: list[Found] = []
    for fact in known.answered_by("chain", "tool", "llm", "agent"):
        source = fact.hop.input if isinstance(fact.hop.input, dict) else None
        tables = list(_keyed(source)) if source else []
        made = _record_lists(fact.hop.output) if tables else []
        for table in tables:
            hit = next(
                (h for rows in made for r in rows if (h := _mismatched(r, table)) is not None), None
            )
            if hit is not None:
                name, value, owner = hit
                out.append(
                    found(
                        "value.misplaced",
                        fact.hop.hop_id,
                        f"{name}: {value[:120]}",
                        f"it gives {name} what its input keeps for {owner}: {value[:160]}",
                        expected=str(table[name])[:160],
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _keyed(value: Json) -> Iterator[dict[str, Json]]:
    """Objects of the input that keep a like value under each of several short keys."""
    stack, seen = [value], 0
    while stack and seen < 60:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            values = list(here.values())
            kinds = {type(v) for v in values}
            like = len(kinds) == 1 and kinds <= {str, dict, int, float}
            if like and 2 <= len(here) <= 60 and len({str(v) for v in values}) == len(values):
                yield here
            stack.extend(v for v in values if isinstance(v, dict))


def _mismatched(record: Record, table: dict[str, Json]) -> tuple[str, str, str] | None:
    """(its key, the value it was given, whose that is)."""
    texts = {fold(v) for v in _texts(record)}
    own = [k for k in table if fold(k) in texts]
    if len(own) != 1:
        return None
    held = list(record.values())
    for key, value in table.items():
        if key == own[0] or value not in held or table[own[0]] in held:
            continue
        if isinstance(value, int | float) and abs(value) < _TELLING:
            continue
        return own[0], str(value), key
    return None


_TELLING = 10


def _texts(record: Record) -> Iterator[str]:
    for value in record.values():
        if isinstance(value, str) and len(value) <= 60:
            yield value
        elif isinstance(value, dict):
            yield from (v for v in value.values() if isinstance(v, str) and len(v) <= 60)


RULES = (
    Rule(
        "item.dropped",
        "A member was lost where lists are joined or made unique.",
        False,
        lost_on_the_way,
    ),
    Rule(
        "pages.unread", "A look-up said that there is more, and nobody asked.", False, pages_unread
    ),
    Rule(
        "value.misplaced", "A record was joined with what belongs to another.", False, joined_wrong
    ),
)
