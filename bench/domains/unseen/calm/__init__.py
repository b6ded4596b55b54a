"""Clean runs alone, half of those written to tempt a rule."""

from bench.domains.unseen.calm import care, money, travel, words, work
from bench.domains.unseen.spans import SpanCase

CASES: tuple[SpanCase, ...] = (
    *money.CASES,
    *travel.CASES,
    *care.CASES,
    *words.CASES,
    *work.CASES,
)
