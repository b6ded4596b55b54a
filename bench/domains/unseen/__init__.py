"""Further sets of recorded runs of unlike domains, kept as spans of three conventions.

Each was committed before a rule was tried on it, and its first score noted; what has been mended since
is stated apart in docs/localisation.md. Labels are read by the scoring alone.
"""

from bench.domains.unseen import (
    figures,
    fresh,
    last,
    later,
    people,
    plain_clean,
    plain_faulty,
    plain_more,
    second_clean,
    second_faulty,
    second_more,
    texts,
    trade,
)
from bench.domains.unseen.spans import SpanCase

CASES: tuple[SpanCase, ...] = (*figures.CASES, *people.CASES, *trade.CASES, *texts.CASES)
LATER: tuple[SpanCase, ...] = later.CASES
LAST: tuple[SpanCase, ...] = last.CASES
FRESH: tuple[SpanCase, ...] = fresh.CASES
PLAIN: tuple[SpanCase, ...] = (*plain_faulty.CASES, *plain_more.CASES, *plain_clean.CASES)
SECOND_PLAIN: tuple[SpanCase, ...] = (
    *second_faulty.CASES,
    *second_more.CASES,
    *second_clean.CASES,
)
