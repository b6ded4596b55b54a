"""Values that code asks for against those that the question speaks of."""

from __future__ import annotations

import re

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import RunFacts

_SET = re.compile(r"'([\w -]{2,30})'(?:,\s?(?:or\s|and\s)?|\s(?:or|and)\s)")
_QUOTED = re.compile(r"'([\w -]{2,30})'")
_EQUALS = re.compile(r"\b[\w.]{2,40}\s*(?:=|==|===)\s*['\"]([\w -]{2,30})['\"]")


def literal_other(known: RunFacts, good: Good) -> list[Found]:
    """Code that asks for one of the values enumerated, though the question speaks of another only."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        used = {
            m[1].casefold() for _, v in fact.made_texts if "=" in v for m in _EQUALS.finditer(v)
        }
        told = " \n ".join(v for _, v in fact.given_texts)[:20_000].casefold() if used else ""
        for line in re.split(r"[\n.?]", told) if "'" in told else ():
            several = set(_QUOTED.findall(line)) if len(_SET.findall(line)) else set()
            taken = used & several
            if len(several) < 2 or len(taken) != 1:
                continue
            rest = told.replace(line, " ")
            asked = {s for s in several if re.search(rf"(?<!\w){re.escape(s)}(?!\w)", rest)}
            if len(asked) == 1 and not asked & taken:
                (value,), (wanted,) = taken, asked
                out.append(
                    found(
                        "choice.unlike",
                        fact.hop.hop_id,
                        value,
                        f"it takes {value}, of which the question says nothing; it speaks of {wanted}",
                        expected=wanted,
                        local=True,
                        weight=1.5,
                    )
                )
                break
    return out


RULES = (
    Rule(
        "choice.unlike", "It asks for another value than the question does.", False, literal_other
    ),
)
