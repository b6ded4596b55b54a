"""Words and signs by which rules see that a pattern of theirs cannot match: each way of matching holds
one, so that a way added to a pattern is not left unread."""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from misstep_diagnosis.checks.calls import calls
from misstep_diagnosis.checks.figures import arithmetic, numbers, reckoned, zones
from misstep_diagnosis.checks.picks import limits
from misstep_diagnosis.checks.sources import cited, grounding

parser: Any = importlib.import_module("re._parser")
"""Python's own reader of patterns, under the name that 3.11 and later give it."""

BREAK = "\0"


def ways(parsed: Any) -> list[str]:
    """Every way of matching as the text that it must hold; what may vary is a break in it."""
    made = [""]
    for op, argument in parsed:
        made = [a + b for a, b in itertools.product(made, list(_ways_of(str(op), argument)))]
    return made


def _ways_of(op: str, argument: Any) -> Iterator[str]:
    if op == "LITERAL":
        yield chr(argument)
    elif op == "SUBPATTERN":
        yield from ways(argument[-1])
    elif op == "BRANCH":
        for branch in argument[1]:
            yield from ways(branch)
    elif op == "MAX_REPEAT" and argument[0] > 0:
        for way in ways(argument[2]):
            yield f"{way}{BREAK}"
    elif op in ("AT", "ASSERT", "ASSERT_NOT"):
        yield ""
    else:
        yield BREAK


def unseen(pattern: re.Pattern[str], signs: Collection[str]) -> list[str]:
    found = [w.casefold() for w in ways(parser.parse(pattern.pattern, pattern.flags))]
    return [w for w in found if not any(s.casefold() in w for s in signs)]


def unsaid(pattern: re.Pattern[str], words: Collection[str]) -> list[str]:
    found = [w.casefold() for w in ways(parser.parse(pattern.pattern, pattern.flags))]
    # Words are read with their contractions taken apart: didn't is did not.
    apart = [(w, w.replace(f"n{BREAK}t", " not")) for w in found]
    return [w for w, told in apart if set(words).isdisjoint(re.findall(r"[^\W\d_]+", told))]


@pytest.mark.parametrize(
    ("pattern", "signs"),
    [
        *((one[0], one[1]) for one in limits._LIMITS),
        *((one, reckoned._SIGNS) for one in (
            reckoned._ADDS, reckoned._MEANS, reckoned._SHARES, reckoned._LATER)),
        (cited._CITED, cited._SIGNS),
        (grounding._BEGINS_AS_ERROR, grounding._FAILURE_WORDS),
        (grounding._STATUS_KEY, grounding._FAILURE_WORDS),
        (grounding._ERROR_KEY, grounding._FAILURE_WORDS),
    ],
    ids=lambda value: getattr(value, "pattern", "")[:12],
)  # fmt: skip
def test_every_way_of_a_pattern_holds_a_sign_that_is_looked_for(
    pattern: re.Pattern[str], signs: Collection[str]
) -> None:
    assert unseen(pattern, signs) == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (calls._DENIAL, calls._DENIAL_WORDS),
        (grounding._NO_ANSWER, grounding._NO_ANSWER_WORDS),
        (numbers._SCALED, numbers._SCALE_WORDS),
        (zones._CLOCK, zones._ZONE_WORDS),
    ],
    ids=range(4),
)
def test_every_way_of_a_pattern_holds_a_word_that_is_looked_for(
    pattern: re.Pattern[str], words: Collection[str]
) -> None:
    assert unsaid(pattern, words) == []


def test_statements_of_arithmetic_are_made_by_a_sign_or_a_word_that_is_looked_for() -> None:
    held = unsaid(arithmetic._STATES, arithmetic._STATE_WORDS)
    assert held == ["="]


def test_a_way_without_any_of_the_signs_is_told() -> None:
    assert unseen(re.compile(r"(?i)(?:at most|no more than)\s+\d|up to \d"), ["most", "more"]) == [
        f"up to {BREAK}"
    ]
