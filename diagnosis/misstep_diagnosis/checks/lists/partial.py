"""A part taken for all: one page of two, a cut list, a merge that kept one list, a piece lost on the
way to who puts the pieces together."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, each, found
from misstep_diagnosis.facts import HopFacts, RunFacts, read_json
from misstep_diagnosis.reading.values import fold, last_key

_SOURCES = ("tool", "retriever", "chain")
_LISTS = 60

_MORE = re.compile(
    r"(?i)^(has_?more|more|truncated|is_?truncated|incomplete|partial|more_?(?:results|"
    r"available)|has_?next(?:_?page)?)$"
)
_CURSOR = re.compile(
    r"(?i)^(next|next_?(?:page|cursor|token|link|page_?token|url|offset)|"
    r"continuation(?:_?token)?|scroll_?id|cursor_?next)$"
)
_PAGE = re.compile(r"(?i)^(page|page_?(?:no|number)|current_?page|seite)$")
_PAGES = re.compile(
    r"(?i)^(pages|total_?pages|page_?count|num_?pages|last_?page|seiten|of|of_?pages)$"
)
_TOTAL = re.compile(
    r"(?i)^(total|total_?(?:count|results|items|records|hits|rows|size)|num_?found|hits|"
    r"matches|count_?total|articles|records|"
    r"total_?[a-z]+|[a-z]+_?total)$"
)
_LIMIT = re.compile(r"(?i)^(limit|top_?k|k|n|max|max_?results|first|take|top|count|rows)$")
_SPOKEN = re.compile(
    r"(?i)\b(?:showing|displaying|results?|rows?|records?|items?|lines?)\s+(?:\d+\s*(?:-|–|"
    r"to)\s*)?(\d+)\s+(?:of|out of)\s+(\d[\d,.]*)|"
    r"\bpage\s+(\d+)\s+(?:of|/)\s*(\d+)|\bseite\s+(\d+)\s+von\s+(\d+)|\[?\btruncated\b\]?|"
    r"\b(?:and|\.\.\.|…)\s*(\d+) more\b"
)
_OWNS_UP = re.compile(
    r"(?i)\b(?:first \d+|only the first|incomplete|partial(?:ly)?|truncated|not (?:all|"
    r"complete)|more (?:results|pages|exist)|further (?:results|pages)|"
    r"rest (?:was|were|is|are) not|page 1|erste seite|unvollständig|of the \d+|\d+ of \d+|"
    r"could not be read)\b"
)


def list_partial(known: RunFacts, good: Good) -> list[Found]:
    """A look-up that says there is more than it gave, and nobody fetched the rest or said so."""
    out: list[Found] = []
    last: dict[str, HopFacts] = {}
    for fact in known.answered_by("tool", "retriever"):
        last[fact.hop.name] = fact
    told: list[tuple[HopFacts, str, float]] = []
    for fact in last.values():
        hint = _hint(fact)
        if hint is not None:
            told.append((fact, *hint))
    if not told or _OWNS_UP.search(str(known.run.output)[:20_000]):
        return out
    for fact, quote, weight in told:
        hop_id = _who_collected(known, fact)
        out.append(
            found(
                "list.partial",
                hop_id,
                quote,
                f"{fact.hop.name} said that there is more ({quote}), and the rest was never "
                f"fetched",
                path="output",
                local=True,
                weight=weight,
            )
        )
    return out


def _hint(fact: HopFacts) -> tuple[str, float] | None:
    """What an answer says of more than it gave, and how sure that is."""
    output = read_json(fact.hop.output)
    if isinstance(output, str):
        match = _SPOKEN.search(output[:4_000]) or _SPOKEN.search(output[-2_000:])
        # A page of a text that somebody reads is as often all that was wanted.
        weight = 0.8 if match and (match[3] or match[5]) else 1.5
        return (match.group(), weight) if match and _short(match) else None
    if not isinstance(output, dict):
        return None
    flat = {
        k: v
        for here in (output, *(v for v in output.values() if isinstance(v, dict)))
        for k, v in here.items()
    }
    lists = [v for v in flat.values() if isinstance(v, list)]
    limited = any(_LIMIT.match(last_key(p)) for p, _ in fact.input_leaves)
    pages = [v for k, v in flat.items() if _PAGES.match(k) and _whole(v)]
    page = [v for k, v in flat.items() if _PAGE.match(k) and _whole(v)]
    if pages and page and pages[0] > page[0]:
        return f"page {page[0]} of {pages[0]}", 2.0
    for key, value in flat.items():
        if _MORE.match(key) and value is True:
            return f"{key}: true", 1.2 if limited else 2.0
        if _CURSOR.match(key) and value not in (None, "", 0, False) and lists:
            return f"{key}: {value}", 1.2 if limited else 1.5
    return None if limited else _fewer(flat, lists)


def _fewer(flat: dict[str, Any], lists: list[list[Any]]) -> tuple[str, float] | None:
    """A count of all that is above the members of the one list given."""
    members = [m for m in lists if m and isinstance(m[0], dict | str)]
    if len(members) != 1:
        return None
    given = len(members[0])
    for key, value in flat.items():
        if not _TOTAL.match(key) or not _whole(value) or value <= given:
            continue
        # A sum of a column is called total as well.
        numbers = [[v for r in members[0] if isinstance(r, dict) for v in r.values() if _whole(v)]]
        if isinstance(members[0][0], dict) and _a_sum(value, members[0]):
            continue
        if value <= 50 * given and numbers:
            return f"{key}: {value}, {given} given", 2.0 if value <= 10 * given else 1.2
    return None


def _a_sum(value: int, rows: list[Any]) -> bool:
    columns: dict[str, float] = defaultdict(float)
    for row in rows:
        for k, v in row.items() if isinstance(row, dict) else ():
            if isinstance(v, int | float) and not isinstance(v, bool):
                columns[k] += v
    return any(abs(s - value) < 0.51 for s in columns.values())


def _whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _short(match: re.Match[str]) -> bool:
    pairs = ((1, 2), (3, 4), (5, 6))
    told = [(match[a], match[b]) for a, b in pairs if match[a]]
    return all(int(re.sub(r"\D", "", a)) < int(re.sub(r"\D", "", b)) for a, b in told)


def _who_collected(known: RunFacts, fact: HopFacts) -> str:
    """The step around the look-up, where it made no other; else the look-up itself."""
    parent = known.by_id.get(fact.hop.parent_id or "")
    if parent is None or parent.kind != "chain":
        return fact.hop.hop_id
    around = [known.by_id[h] for h in known.children.get(parent.hop_id, ())]
    same = all(h.name == fact.hop.name for h in around) and len(around) < len(known.leaves)
    return parent.hop_id if same else fact.hop.hop_id


# --- merges --------------------------------------------------------------------------------------

_MERGES = re.compile(
    r"(?i)(merg|combin|concat|join|union|collect|gather|append|flatten|aggregat|pages|all_|"
    r"consolidat|assembl|stack|unify|together)"
)
_OVERRIDES = re.compile(
    r"(?i)(overrid|default|base|old|new|updat|patch|diff|prefer|fallback|primary|backup|latest|"
    r"existing|incoming)"
)


def merge_lost(known: RunFacts, good: Good) -> list[Found]:
    """A step that puts lists together and gave one of them alone."""
    out: list[Found] = []
    for fact in known.answered_by("chain", "tool"):
        if not _MERGES.search(fact.hop.name):
            continue
        given = list(_row_lists(fact.hop.input))
        if len(given) < 2 or any(_OVERRIDES.search(p) for p, _ in given):
            continue
        made = {r for _, rows in _row_lists(fact.hop.output, least=1) for r in rows}
        kept = [p for p, rows in given if rows <= made]
        lost = [(p, rows) for p, rows in given if not rows & made]
        if kept and lost and made:
            path, rows = lost[0]
            out.append(
                found(
                    "part.lost",
                    fact.hop.hop_id,
                    min(rows)[:160],
                    f"of {len(given)} lists that it received, nothing of {path} is in its output",
                    path="output",
                    expected=f"{len(rows)} members of {path}",
                    local=True,
                    weight=2.0,
                )
            )
    return out


def _row_lists(value: Json, least: int = 1) -> Iterator[tuple[str, frozenset[str]]]:
    """(path, members as text) of every list of records."""
    stack: list[tuple[str, Json]] = [("input", value)]
    seen = 0
    while stack and seen < 200:
        seen += 1
        path, here = stack.pop()
        if isinstance(here, dict):
            stack += [(f"{path}.{k}", v) for k, v in here.items() if isinstance(v, dict | list)]
        elif isinstance(here, list):
            rows = here[:2_000]
            if len(rows) >= least and all(isinstance(r, dict) and r for r in rows):
                yield path, frozenset(json.dumps(r, sort_keys=True, default=str) for r in rows)
                stack += [
                    (f"{path}[{i}].{k}", v)
                    for i, r in enumerate(rows[:_LISTS])
                    for k, v in r.items()
                    if isinstance(v, list)
                ]
            else:
                stack += [
                    (f"{path}[{i}]", v)
                    for i, v in enumerate(rows[:_LISTS])
                    if isinstance(v, dict | list)
                ]


# --- pieces that siblings made ---------------------------------------------------------------------

_SIBLINGS = 3
_SOON = 3
_EMPTY = re.compile(
    r"(?i)\b(?:nothing|none|not relevant|irrelevant|no (?:relevant|information|mention|"
    r"findings)|empty|n/a|keine|rien|skip)\b"
)


def piece_lost(known: RunFacts, good: Good) -> list[Found]:
    """Of what several hops of one name made, all but one or two went to who puts it together."""
    groups: dict[str, list[HopFacts]] = defaultdict(list)
    for fact in known.answered_by("llm", "agent", "chain"):
        # Calls of one model are siblings where they were told to do the same.
        told = " ".join(
            fold(fact.hop.system or next((v for _, v in fact.given_texts), "")).split()[:2]
        )
        groups[f"{fact.hop.name} {told if fact.hop.kind == 'llm' else ''}"].append(fact)
    out: list[Found] = []
    begun = sorted(known.leaves, key=lambda f: f.start_ms)
    starts = [f.start_ms for f in begun]
    for members in groups.values():
        if not _SIBLINGS <= len(members) <= 40:
            continue
        pieces = [(f, _head(f)) for f in members]
        if any(h is None for _, h in pieces) or len({h for _, h in pieces}) < len(pieces):
            continue
        end = max(f.end_ms for f in members)
        # Who puts pieces together begins soon after the last of them.
        first = bisect_left(starts, end - 0.001)
        for later in begun[first : first + _SOON]:
            took = [h is not None and h in later.given_text for _, h in pieces]
            if all(took):
                break
            lost = [f for (f, _), t in zip(pieces, took, strict=True) if not t]
            if sum(took) >= 2 and len(lost) <= len(took) / 3 and not _used(known, lost, later):
                out.append(_piece(later, lost[0], len(pieces)))
                break
    return out


def _head(fact: HopFacts) -> str | None:
    told = [fold(v) for _, v in fact.read_leaves if isinstance(v, str) and len(v) >= 12]
    return max(told, key=len)[:80] if told else None


def _used(known: RunFacts, lost: list[HopFacts], later: HopFacts) -> bool:
    """Whether what is missing was empty of news, or another hop took it up."""
    for fact in lost:
        head = _head(fact) or ""
        if _EMPTY.search(head):
            return True
        if any(
            head in f.given_text
            for f in known.leaves
            if f.start_ms >= fact.end_ms - 0.001 and f is not fact
        ):
            return True
    return False


def _piece(later: HopFacts, lost: HopFacts, many: int) -> Found:
    head = (_head(lost) or "")[:120]
    return found(
        "part.lost",
        later.hop.hop_id,
        head,
        f"it received what {many} calls of {lost.hop.name} made, but for one: “{head[:80]}”",
        path="input",
        expected=head,
        local=True,
        weight=1.5,
    )


RULES = (
    Rule("list.partial", "A part of a list was taken for all of it.", False, list_partial),
    Rule(
        "part.lost",
        "Of several lists or pieces one was lost where they were put together.",
        False,
        each(merge_lost, piece_lost),
    ),
)
