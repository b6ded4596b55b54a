"""Further sets of recorded runs of unlike domains, kept as spans of three conventions.

Each but the clean runs of ``calm`` was committed before a rule was tried on it, and its first score noted; what has been mended since
is stated apart in docs/localisation.md. Labels are read by the scoring alone.
"""

from bench.domains.unseen import (
    calm_care,
    calm_money,
    calm_travel,
    calm_words,
    calm_work,
    fifth_clean,
    fifth_clean_more,
    fifth_desk,
    fifth_money_care,
    fifth_shop_words,
    figures,
    figures_money,
    fourth_builds,
    fourth_care,
    fourth_ledgers,
    fourth_rules,
    fourth_sound,
    fourth_sound_more,
    fourth_words,
    fresh,
    last,
    later_letters,
    later_reports,
    later_rules,
    people,
    people_work,
    plain_clean,
    plain_faulty,
    plain_more,
    plain_service,
    second_clean,
    second_faulty,
    second_more,
    sixth_care,
    sixth_goods,
    sixth_money,
    sixth_sound,
    sixth_sound_more,
    sixth_systems,
    sixth_trips,
    texts,
    texts_more,
    third_clean,
    third_clean_more,
    third_papers,
    third_people,
    third_service,
    third_systems,
    third_texts,
    trade,
    trade_goods,
)
from bench.domains.unseen.spans import SpanCase

CASES: tuple[SpanCase, ...] = (
    *figures.CASES,
    *figures_money.CASES,
    *people.CASES,
    *people_work.CASES,
    *trade.CASES,
    *trade_goods.CASES,
    *texts.CASES,
    *texts_more.CASES,
)
LATER: tuple[SpanCase, ...] = (*later_rules.CASES, *later_reports.CASES, *later_letters.CASES)
LAST: tuple[SpanCase, ...] = last.CASES
FRESH: tuple[SpanCase, ...] = fresh.CASES
PLAIN: tuple[SpanCase, ...] = (
    *plain_faulty.CASES,
    *plain_service.CASES,
    *plain_more.CASES,
    *plain_clean.CASES,
)
SECOND_PLAIN: tuple[SpanCase, ...] = (
    *second_faulty.CASES,
    *second_more.CASES,
    *second_clean.CASES,
)
THIRD_PLAIN: tuple[SpanCase, ...] = (
    *third_papers.CASES,
    *third_people.CASES,
    *third_service.CASES,
    *third_systems.CASES,
    *third_texts.CASES,
    *third_clean.CASES,
    *third_clean_more.CASES,
)
FOURTH_PLAIN: tuple[SpanCase, ...] = (
    *fourth_ledgers.CASES,
    *fourth_care.CASES,
    *fourth_rules.CASES,
    *fourth_builds.CASES,
    *fourth_words.CASES,
    *fourth_sound.CASES,
    *fourth_sound_more.CASES,
)
CALM: tuple[SpanCase, ...] = (
    *calm_money.CASES,
    *calm_travel.CASES,
    *calm_care.CASES,
    *calm_words.CASES,
    *calm_work.CASES,
)
"""Clean runs alone, half of those written to tempt a rule."""

FIFTH_PLAIN: tuple[SpanCase, ...] = (
    *fifth_clean.CASES,
    *fifth_clean_more.CASES,
    *fifth_desk.CASES,
    *fifth_money_care.CASES,
    *fifth_shop_words.CASES,
)

SIXTH_PLAIN: tuple[SpanCase, ...] = (
    *sixth_care.CASES,
    *sixth_goods.CASES,
    *sixth_money.CASES,
    *sixth_sound.CASES,
    *sixth_sound_more.CASES,
    *sixth_systems.CASES,
    *sixth_trips.CASES,
)

SETS: dict[str, tuple[SpanCase, ...]] = {
    "unseen": CASES,
    "later": LATER,
    "last": LAST,
    "fresh": FRESH,
    "plain": PLAIN,
    "second_plain": SECOND_PLAIN,
    "third_plain": THIRD_PLAIN,
    "fourth_plain": FOURTH_PLAIN,
    "calm": CALM,
    "fifth_plain": FIFTH_PLAIN,
    "sixth_plain": SIXTH_PLAIN,
}
"""Every set by the name it has in results, in the order they were written."""
