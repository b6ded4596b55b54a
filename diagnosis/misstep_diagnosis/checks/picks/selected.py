"""Members picked or counted by a condition that the records or lines themselves contradict."""

from __future__ import annotations

import re
from typing import Any

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.tables import tables_in
from misstep_diagnosis.reading.values import fold, leaves, number_key

_MAKES = ("llm", "agent", "chain")
_MOST = 200
_LEAST = 2


def selection_mixed(known: RunFacts, good: Good) -> list[Found]:
    """Records picked by a truth value that the instructions name: some have it, and some not."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        for records in fact.records.lists:
            hit = _mixed(records, fact)
            if hit is not None:
                column, odd = hit
                out.append(
                    found(
                        "selection.mixed",
                        fact.hop.hop_id,
                        odd,
                        f"it picked by {column}, but {odd} and the others that it picked differ in it",
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _mixed(records: list[dict[str, Any]], fact: HopFacts) -> tuple[str, str] | None:
    flags = [k for k in records[0] if "_" in k and all(isinstance(r.get(k), bool) for r in records)]
    told = " ".join(fold(v) for _, v in fact.given_texts)[:20_000] if flags else ""
    # The instructions name the field in words of their own, besides the records' keys.
    named = [f for f in flags if fold(f.replace("_", " ")) in told]
    naming = [k for k in records[0] if all(isinstance(r.get(k), str) for r in records)]
    if len(named) != 1 or not naming:
        return None
    key, column = naming[0], named[0]
    listed = {fold(str(v)) for _, v in leaves(fact.hop.output, "o") if isinstance(v, str)}
    picked = [r for r in records if fold(r[key]) in listed]
    if not _LEAST <= len(picked) < len(records):
        return None
    values = [r[column] for r in picked]
    if len(set(values)) == 1:
        return None
    rare = values.count(True) < values.count(False)
    odd = [r[key] for r in picked if r[column] == rare]
    return column, str(odd[-1])


# --- counts -------------------------------------------------------------------------------------


def count_wrong(known: RunFacts, good: Good) -> list[Found]:
    """A number of lines or records called by a word that another number of them hold."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        output = fact.hop.output
        if not isinstance(output, dict):
            continue
        for key, value in output.items():
            whole = isinstance(value, int) and not isinstance(value, bool)
            # A number that was received under the word is no count of lines.
            told = whole and (
                number_key(float(value)) in fact.received_keys
                or any(value in r.values() for rows in fact.rows for r in rows)
            )
            if (
                told
                or not whole
                or not 0 < value < _MOST
                or not re.fullmatch(r"[^\W\d_]{4,20}", key)
            ):
                continue
            right = _counted(key, fact)
            if right is not None and right != value:
                out.append(
                    found(
                        "count.wrong",
                        fact.hop.hop_id,
                        f"{key}: {value}",
                        f"{key} is {value}, but {right} of what it received are {key}",
                        path=f"output.{key}",
                        expected=str(right),
                        local=True,
                        weight=1.5,
                    )
                )
                break
    return out


def _counted(word: str, fact: HopFacts) -> int | None:
    """How many records have the word as a value, or lines as a mark of their own: (open)."""
    folded = word.casefold()
    for records in fact.rows:
        held = sum(
            any(isinstance(v, str) and fold(v) == folded for v in r.values()) for r in records
        )
        if held:
            return held
    mark = re.compile(rf"[(\[|:,]\s*{re.escape(folded)}\s*[)\]|]?\s*$")
    for _, leaf in fact.given_texts:
        lines = leaf.casefold().splitlines() if not tables_in(leaf) else []
        held = sum(bool(mark.search(line)) for line in lines)
        if held and len(lines) > _LEAST:
            return held
    return None


RULES = (
    Rule("selection.mixed", "What it picked by a field differs in it.", False, selection_mixed),
    Rule("count.wrong", "It counted otherwise than its input holds.", False, count_wrong),
)
