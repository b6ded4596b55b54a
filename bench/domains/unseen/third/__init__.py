"""The third set of the plain kind."""

from bench.domains.unseen.spans import SpanCase
from bench.domains.unseen.third import clean, clean_more, papers, people, service, systems, texts

CASES: tuple[SpanCase, ...] = (
    *papers.CASES,
    *people.CASES,
    *service.CASES,
    *systems.CASES,
    *texts.CASES,
    *clean.CASES,
    *clean_more.CASES,
)
