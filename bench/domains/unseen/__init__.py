"""Further sets of recorded runs of unlike domains, kept as spans of three conventions.

Each but the clean runs of ``calm`` was committed before a rule was tried on it, and its first score noted; what has been mended since
is stated apart in docs/localisation.md. Labels are read by the scoring alone.
"""

from bench.domains.unseen import (
    calm,
    fifth,
    first,
    fourth,
    fresh,
    last,
    later,
    plain,
    second,
    sixth,
    third,
)
from bench.domains.unseen.spans import SpanCase

SETS: dict[str, tuple[SpanCase, ...]] = {
    "unseen": first.CASES,
    "later": later.CASES,
    "last": last.CASES,
    "fresh": fresh.CASES,
    "plain": plain.CASES,
    "second_plain": second.CASES,
    "third_plain": third.CASES,
    "fourth_plain": fourth.CASES,
    "calm": calm.CASES,
    "fifth_plain": fifth.CASES,
    "sixth_plain": sixth.CASES,
}
"""Every set by the name it has in results, in the order they were written."""
