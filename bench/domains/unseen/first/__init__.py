"""The first set: figures, people, trade and texts."""

from bench.domains.unseen.first import (
    figures,
    figures_money,
    people,
    people_work,
    texts,
    texts_more,
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
