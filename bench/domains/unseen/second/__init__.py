"""The second set of the plain kind."""

from bench.domains.unseen.second import clean, faulty, more
from bench.domains.unseen.spans import SpanCase

CASES: tuple[SpanCase, ...] = (
    *faulty.CASES,
    *more.CASES,
    *clean.CASES,
)
