"""Lists by member: what was dropped on the way, what was invented, constraints not carried on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from misstep.model import Hop, Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.lists.divided import MERGED, told_apart
from misstep_diagnosis.checks.sources.names import words_received, written_otherwise
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.values import Leaf, fold, last_key, number_key

_SELECTS = re.compile(
    r"(?i)(select|filter|rank|top|choose|pick|search|best|flag|dedup|duplicat|uniq|distinct|prune|limit|shortlist|match|"
    r"violation|error|rout|recommend|retriev|find|look|check|review|high|risk|open|approved|rejected|"
    r"winner|sample|remark|warning|missing|exception|change_request|query|plan|next|summar|highlight)"
)
_MAKES = ("llm", "agent", "chain")
_IDENTITY = (
    "id", "sku", "key", "code", "name", "title", "path", "file", "number", "n", "no", "index",
    "item", "article", "ref", "reference", "url", "symbol", "line", "segment", "question",
)  # fmt: skip
_CONSTRAINTS = re.compile(
    r"(?i)^(hard_?)?(constraints?|requirements?|rules?|conditions?|restrictions?|limits?|musts?|"
    r"must_?haves?|exclusions?|allerg(y|ies)|prohibited|acceptance_?criteria)$"
)
_MAX_MEMBERS = 400


@dataclass(frozen=True, slots=True)
class Members:
    """A list by the names of its members: at ``path`` under ``key`` (empty: plain members)."""

    path: str
    key: str
    names: tuple[str, ...]


def lists_of(value: Json, root: str) -> Iterator[Members]:
    """Every list of short texts, or of records by each field that tells them apart."""
    stack: list[tuple[str, Json, int]] = [(root, value, 0)]
    seen = 0
    while stack and seen < 500:
        seen += 1
        path, here, depth = stack.pop()
        if isinstance(here, dict) and depth < 8:
            stack += [(f"{path}.{k}", v, depth + 1) for k, v in here.items()]
        elif isinstance(here, list):
            yield from _members(path, here[:_MAX_MEMBERS])
            stack += [(f"{path}[{i}]", v, depth + 1) for i, v in enumerate(here[:20])]


def _members(path: str, here: list[Json]) -> Iterator[Members]:
    if here and all(isinstance(v, str) and len(v) <= 200 for v in here):
        yield Members(path, "", tuple(fold(v) for v in here))
    records = [v for v in here if isinstance(v, dict)]
    if len(records) != len(here) or not records:
        return
    for key in list(records[0])[:12]:
        values = [r.get(key) for r in records]
        if all(isinstance(v, str) and 0 < len(v) <= 200 for v in values):
            names = tuple(fold(str(v)) for v in values)
        elif _is_identity(key) and all(
            isinstance(v, int) and not isinstance(v, bool) for v in values
        ):
            names = tuple(str(v) for v in values)
        else:
            continue
        if len(set(names)) == len(names):
            yield Members(path, key, names)


def _is_identity(key: str) -> bool:
    folded = key.lower()
    return folded in _IDENTITY or folded.rpartition("_")[2] in _IDENTITY


def dropped(known: RunFacts, good: Good) -> list[Found]:
    """A list that a hop carried over, but for a member or two."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in _MAKES or fact.hop.error is not None:
            continue
        hit = _dropped_member(fact) or _dropped_number(fact)
        if hit is not None and not asks_to_drop(fact):
            path, names, gap = hit
            how = "" if gap else told_apart(fact, names)
            if how == MERGED:
                continue
            shown = ", ".join(names[:4])
            out.append(
                found(
                    "item.dropped",
                    fact.hop.hop_id,
                    shown,
                    f"its input lists {shown}, its output goes on without"
                    + (", and its numbering has a gap" if gap else ""),
                    path=path,
                    local=True,
                    weight=2.0 if gap else (0.8 if how else 1.3),
                )
            )
    return out


_LEAVE_OUT = re.compile(
    r"(?i)\b(leave[sd]? out|remov\w+|delet\w+|drop(?:ped|ping)?|cancel\w*|without|except|exclud\w+|"
    r"omit\w*|skip\w*|filter\w*|which|keep (?!(?:the )?(?:figures?|numbers?|meaning|wording|"
    r"facts?|names?|tone|"
    r"order|format|style|all|every\w*|it|them|in)\b)|only|no longer|at most|top \d+|first \d+|"
    r"best \d+|dedup\w*|merge\w*|"
    r"ohne|nur|entfern\w+|streich\w+|sans|sin)\b"
)


_JSON_ONLY = re.compile(
    r"(?i)\b(only|nur|uniquement|sólo|solo|without|ohne|sans|sin)\W+(?:\w+\W+){0,2}?"
    r"(json|code|markdown|html|csv|prose|comments?|erklärung\w*|explanations?)\b|\bjson\W+only\b"
)


def speaks_of_dropping(text: str) -> bool:
    """Whether instructions speak of leaving something out; "JSON only" does not."""
    return _LEAVE_OUT.search(_JSON_ONLY.sub(" ", text)) is not None


def parted_by_flag(records: Sequence[dict[str, Json]], lost: Sequence[int]) -> bool:
    """Whether a truth value tells the members that were left from those that were kept: then it was by
    that value that they were."""
    for key, value in records[0].items():
        if isinstance(value, bool):
            left = {r.get(key) for i, r in enumerate(records) if i in lost}
            kept = {r.get(key) for i, r in enumerate(records) if i not in lost}
            if left and kept and left.isdisjoint(kept):
                return True
    return False


def asks_to_drop(fact: HopFacts, beside: str = "") -> bool:
    """Whether its instructions or its input, beside one text, speak of leaving something out; "JSON
    only" does not."""
    texts = [v for _, v in fact.given_leaves if isinstance(v, str) and v != beside]
    told = (_JSON_ONLY.sub(" ", t[:20_000]) for t in (*texts[:200], fact.hop.system or ""))
    return any(_LEAVE_OUT.search(t) for t in told)


def _dropped_member(fact: HopFacts) -> tuple[str, list[str], bool] | None:
    made = list(lists_of(fact.hop.output, "output"))
    given = [m for m in lists_of(fact.given, "input") if len(m.names) >= 3] if made else []
    everything = fold(str(fact.hop.output)[:200_000]) if given else ""
    for before in given:
        for after in made:
            if _selects(fact.hop, after.path) or before.key != after.key:
                continue
            kept = [n for n in before.names if n in after.names]
            lost = [n for n in before.names if n not in after.names and n not in everything]
            half = len(kept) >= max(2, len(before.names) / 2)
            whole = len(kept) == len(after.names) and len(kept) < len(before.names)
            if lost and half and whole and not _by_flag(before, lost, fact):
                return after.path, lost, _gap(before, lost)
    return None


def _by_flag(before: Members, lost: list[str], fact: HopFacts) -> bool:
    for records in _record_lists(fact.given):
        names = [fold(str(r.get(before.key))) for r in records]
        if before.key and tuple(names) == before.names:
            return parted_by_flag(records, [i for i, n in enumerate(names) if n in lost])
    return False


def _selects(hop: Hop, path: str) -> bool:
    return bool(_SELECTS.search(hop.name) or _SELECTS.search(last_key(path)))


def _gap(before: Members, lost: list[str]) -> bool:
    """Whether the members are numbered one by one, so that one was lost from between."""
    numbers = [int(n) for n in before.names if n.isdigit()]
    running = len(numbers) == len(before.names) and all(b - a == 1 for a, b in pairwise(numbers))
    return running and bool(lost)


def _dropped_number(fact: HopFacts) -> tuple[str, list[str], bool] | None:
    """A column of an output list that holds all but a few of the like numbers of a text."""
    given = fact.given_terms.columns
    made = fact.made_terms.columns
    texts = {n: c for n, c in given.items() if "~" in n and len(set(c)) >= 3}
    said = {k for a in fact.produced if a.kind == "number" for k in a.keys}
    for name, numbers in texts.items():
        hollow = _hollow_list(fact)
        if hollow and not any(number_key(v) in said for v in numbers):
            anchor = name.rpartition("~")[2].removesuffix("[]")
            return hollow, [f"{anchor} {v:g}" for v in numbers], False
        for path, column in made.items():
            if "[]." not in path or _selects(fact.hop, path.partition("[]")[0]):
                continue
            wanted = list(dict.fromkeys(numbers))
            lost = [v for v in wanted if v not in column and number_key(v) not in said]
            inside = [v for v in column if v in wanted]
            if lost and len(inside) == len(column) >= max(2, len(wanted) / 2):
                anchor = name.rpartition("~")[2].removesuffix("[]")
                return path, [f"{anchor} {v:g}" for v in lost], False
    return None


def _hollow_list(fact: HopFacts) -> str | None:
    """The one list field of an output record that is empty though others are not."""
    output = fact.hop.output
    if not isinstance(output, dict):
        return None
    lists = [k for k, v in output.items() if isinstance(v, list)]
    if len(lists) == 1 and output[lists[0]] == [] and not _SELECTS.search(lists[0]):
        return f"output.{lists[0]}"
    return None


def invented(known: RunFacts, good: Good) -> list[Found]:
    """A member of an output list that the list it was made from does not hold."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in _MAKES or fact.hop.error is not None:
            continue
        received = fact.given_text
        for after in lists_of(fact.hop.output, "output"):
            # Plain texts are often written, not copied; names of records are copied.
            if not after.key or len(after.names) < 3:
                continue
            foreign = [n for n in after.names if n not in received]
            if foreign and len(foreign) <= len(after.names) / 3:
                # An abbreviation written out, or a name in another spelling, is none.
                words = words_received(fact)
                foreign = [n for n in foreign if not _respelt(n, words)]
            if foreign and len(foreign) <= len(after.names) / 3:
                out.append(
                    found(
                        "item.invented",
                        fact.hop.hop_id,
                        foreign[0],
                        f"it lists {foreign[0]!r}, which is nowhere in its input, among "
                        f"{len(after.names) - len(foreign)} that are",
                        path=after.path,
                        local=True,
                        weight=1.5,
                    )
                )
                break
    return out


def _respelt(name: str, received: frozenset[str]) -> bool:
    words = re.findall(r"\w+", name)
    told = [w for w in words if w not in received]
    # 75 mg for 75 micrograms is none.
    return bool(told) and all(w.isalpha() and written_otherwise(w, received) for w in told)


def record_invented(known: RunFacts, good: Good) -> list[Found]:
    """A record chosen from a list that the list does not hold."""
    out: list[Found] = []
    for fact in known.leaves:
        output = fact.hop.output
        if fact.hop.kind not in ("llm", "agent") or not isinstance(output, dict):
            continue
        for records in _record_lists(fact.given):
            shared = [k for k in output if all(k in r for r in records)]
            naming = [k for k in shared if _is_identity(k) and isinstance(output[k], str)]
            if len(shared) < 3 or not naming:
                continue
            strange = [k for k in naming if output[k] not in [r[k] for r in records]]
            received = fact.given_text
            if len(strange) == len(naming) and all(
                fold(output[k]) not in received for k in strange
            ):
                shown = output[strange[0]]
                out.append(
                    found(
                        "record.invented",
                        fact.hop.hop_id,
                        str(shown),
                        f"{strange[0]} is {shown!r}, which is none of the {len(records)} it was "
                        f"given: {', '.join(str(r[strange[0]]) for r in records[:4])}",
                        strict=True,
                        path=f"output.{strange[0]}",
                        local=True,
                    )
                )
                break
    return out


def _record_lists(value: Json) -> Iterator[list[dict[str, Json]]]:
    stack, seen = [value], 0
    while stack and seen < 500:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            stack.extend(here.values())
        elif isinstance(here, list):
            records = [r for r in here[:_MAX_MEMBERS] if isinstance(r, dict)]
            if len(records) >= 2 and len(records) == len(here[:_MAX_MEMBERS]):
                yield records
            stack.extend(here[:50])


def constraint_dropped(known: RunFacts, good: Good) -> list[Found]:
    """A constraint that a hop received and did not carry on with the others."""
    out: list[Found] = []
    for fact in known.leaves:
        made = _constraints(fact.hop.output, "output")
        given = _constraints(fact.given, "input") if made else {}
        for key, (path, after) in made.items():
            before = given.get(key, ("", []))[1]
            everything = fold(str(fact.hop.output)[:200_000])
            lost = [c for c in before if not _carried(c, after, everything)]
            if lost and len(after) < len(before):
                out.append(
                    found(
                        "constraint.dropped",
                        fact.hop.hop_id,
                        lost[0],
                        f"its input has the {key} {lost[0]!r}, its output goes on without",
                        path=path,
                        expected=lost[0],
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _constraints(value: Json, root: str) -> dict[str, tuple[str, list[str]]]:
    made: dict[str, tuple[str, list[str]]] = {}
    stack: list[tuple[str, Json]] = [(root, value)]
    while stack and len(made) < 20:
        path, here = stack.pop()
        if not isinstance(here, dict):
            continue
        for key, inner in here.items():
            if isinstance(inner, list) and _CONSTRAINTS.match(key):
                made[key] = (f"{path}.{key}", [str(v) for v in inner[:50]])
            elif isinstance(inner, dict):
                stack.append((f"{path}.{key}", inner))
    return made


def _carried(constraint: str, after: list[str], everything: str) -> bool:
    words = set(re.findall(r"\w+", constraint.casefold()))
    if fold(constraint) in everything:
        return True
    for other in after:
        common = words & set(re.findall(r"\w+", other.casefold()))
        if len(common) >= 0.6 * max(1, len(words)):
            return True
    return False


def field_dropped(known: RunFacts, good: Good) -> list[Found]:
    """A record passed on as it was, but for a field or two."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in ("llm", "agent"):
            continue
        given = _fields(fact.given_leaves)
        made = _fields(fact.made_leaves)
        kept = [k for k, v in given.items() if made.get(k) == v]
        if len(kept) < _LEAST_KEPT:
            continue
        everything = fold(str(fact.hop.output)[:200_000])
        lost = [
            k for k, v in given.items()
            if k not in made and fold(k) not in everything and not _said(v, everything)
        ]  # fmt: skip
        if lost and len(kept) >= 2 * len(lost):
            out.append(
                found(
                    "field.dropped",
                    fact.hop.hop_id,
                    ", ".join(lost),
                    f"it passes {len(kept)} fields of its input on as they were, but not "
                    f"{', '.join(lost[:4])}",
                    local=True,
                    weight=0.8,
                )
            )
    return out


_LEAST_KEPT = 4


def _fields(told: Sequence[Leaf]) -> dict[str, str]:
    """Leaf fields outside lists of records, by their own name; short lists count as one value."""
    made: dict[str, str] = {}
    for path, leaf in told:
        name = re.sub(r"\[\d+\]$", "", path) if path[-1:] == "]" else path
        if "[" not in name and leaf not in (None, ""):
            key = last_key(name)
            made[key] = f"{made[key]} {leaf}" if path != name and key in made else str(leaf)
    return made


def _said(value: str, everything: str) -> bool:
    return len(value) > 2 and fold(value) in everything


RULES = (
    Rule("item.dropped", "A list was carried over but for a member or two.", False, dropped),
    Rule("item.invented", "A list holds a member that its source does not.", False, invented),
    Rule("record.invented", "A chosen record is none of those given.", True, record_invented),
    Rule(
        "constraint.dropped",
        "A constraint was not carried on with the others.",
        False,
        constraint_dropped,
    ),
    Rule("field.dropped", "A record was passed on but for a field or two.", False, field_dropped),
)
