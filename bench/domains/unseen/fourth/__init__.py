"""The fourth set of the plain kind."""

from bench.domains.unseen.fourth import builds, care, ledgers, rules, sound, sound_more, words
from bench.domains.unseen.spans import SpanCase

CASES: tuple[SpanCase, ...] = (
    *ledgers.CASES,
    *care.CASES,
    *rules.CASES,
    *builds.CASES,
    *words.CASES,
    *sound.CASES,
    *sound_more.CASES,
)
