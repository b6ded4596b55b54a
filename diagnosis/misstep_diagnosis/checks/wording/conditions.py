"""Rules of the input carried on without their exception: refunds, except for gift cards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.clauses import Clause, clause, clauses
from misstep_diagnosis.reading.kept import Kept

_UNLESS = re.compile(
    r"(?i)[,;(\s—–-](?:unless|except(?:ing| for| that| when| if| where)?|excluding|other than|"
    r"provided that|"
    r"but not|but only|only if|not if|save for|with the exception of|as long as|apart from|"
    r"es sei denn|"
    r"außer|ausgenommen|sofern nicht|sauf|excepté|à moins qu\w+|à condition qu\w+|salvo|"
    r"excepto|a menos que|"
    r"siempre que|tranne|a meno che|purché|tenzij|behalve|mits|exceto|desde que)\b"
)
_HEAD = 3
_SHARE = 0.75
_SHORTENS = re.compile(
    r"(?i)\b(headline|title|tag ?line|one (?:line|sentence)|subject line|slogan|keywords?|"
    r"\d+ words)\b"
)


def condition_lost(known: RunFacts, good: Good) -> list[Found]:
    """A sentence that repeats one of the input's, and leaves its exception out, of which the whole
    output holds no word."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        texts = [v for _, v in fact.given_texts if len(v) <= 40_000 and _excepts(v)]
        if not texts or _SHORTENS.search(" ".join([fact.hop.system or "", *texts])[:4_000]):
            continue
        rules = [r for t in texts for r in _with_condition(t)][:80]
        said = (
            [c for _, v in fact.made_texts if len(v) <= 20_000 for c in clauses(v)][:300]
            if rules
            else []
        )
        everything = frozenset(s for c in said for s in c.stems)
        hit = next((h for main, rest in rules if (h := _bare(main, rest, said, everything))), None)
        if hit is not None:
            made, main, rest = hit
            out.append(
                found(
                    "condition.lost",
                    fact.hop.hop_id,
                    f"{main.text[:120]} | {rest.text[:100]}",
                    f"it says “{made.text[:100]}”; its input adds “{rest.text[:100]}”",
                    expected=rest.text[:120],
                    local=True,
                    weight=1.0,
                )
            )
    return out


@Kept
def _excepts(text: str) -> bool:
    return _UNLESS.search(text) is not None


def _with_condition(text: str) -> Iterator[tuple[Clause, Clause]]:
    """(what holds, but for what) of each sentence that has an exception after what it says."""
    for one in clauses(text):
        match = _UNLESS.search(one.text)
        if match is None:
            continue
        main, rest = (
            clause(one.text[: match.start()].rstrip(" \t\n,;(—–-")),
            clause(one.text[match.start() :].strip(" ,;()—–-")),
        )
        if len(main.bag) >= _HEAD and rest.bag - main.bag:
            yield main, rest


def _bare(
    main: Clause, rest: Clause, said: Sequence[Clause], everything: frozenset[str]
) -> tuple[Clause, Clause, Clause] | None:
    new = rest.bag - main.bag
    # One word of the exception is enough to say that it was told in another place.
    if new & everything:
        return None
    for one in said:
        held = len(main.bag & one.bag) >= _SHARE * len(main.bag)
        if held and not _UNLESS.search(f" {one.text}") and len(one.bag) <= 2 * len(main.bag):
            return one, main, rest
    return None


RULES = (
    Rule(
        "condition.lost",
        "It repeats a rule of its input without the exception.",
        False,
        condition_lost,
    ),
)
