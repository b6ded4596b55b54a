"""Plain pipelines, faulty and clean."""

from bench.domains.unseen.plain import clean, faulty, more, service
from bench.domains.unseen.spans import SpanCase

CASES: tuple[SpanCase, ...] = (
    *faulty.CASES,
    *service.CASES,
    *more.CASES,
    *clean.CASES,
)
