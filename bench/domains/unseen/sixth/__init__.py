"""The sixth set of the plain kind."""

from bench.domains.unseen.sixth import care, goods, money, sound, sound_more, systems, trips
from bench.domains.unseen.spans import SpanCase

CASES: tuple[SpanCase, ...] = (
    *care.CASES,
    *goods.CASES,
    *money.CASES,
    *sound.CASES,
    *sound_more.CASES,
    *systems.CASES,
    *trips.CASES,
)
