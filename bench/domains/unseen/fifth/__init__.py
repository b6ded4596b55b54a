"""The fifth set of the plain kind."""

from bench.domains.unseen.fifth import clean, clean_more, desk, money_care, shop_words
from bench.domains.unseen.spans import SpanCase

CASES: tuple[SpanCase, ...] = (
    *clean.CASES,
    *clean_more.CASES,
    *desk.CASES,
    *money_care.CASES,
    *shop_words.CASES,
)
