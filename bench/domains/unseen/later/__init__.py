"""Rules, reports and letters."""

from bench.domains.unseen.later import letters, reports, rules
from bench.domains.unseen.spans import SpanCase

CASES: tuple[SpanCase, ...] = (
    *rules.CASES,
    *reports.CASES,
    *letters.CASES,
)
