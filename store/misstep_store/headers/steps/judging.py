"""Scores that evaluators gave, of spans that are read together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from misstep.model import Json, Score
from misstep_store.conventions.values import judged
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.shapes import quick
from misstep_store.headers.columns.spans import Scores
from misstep_store.headers.steps.alike import Rows

Find = Callable[[Mapping[str, Any], str, str], Scores]
"""Scores in the attributes of a span, by its name and id."""


def each(find: Find) -> Callable[[Rows], None]:
    """A step that takes what each span says."""

    def step(rows: Rows) -> None:
        ids = rows.spans.span_id
        for n, (place, name, a) in enumerate(zip(rows.places, rows.names, rows.many, strict=True)):
            found = find(a, name, ids[place])
            if found.scores or found.run_scores:
                rows.scores[n] = found

    return step


def gave(key: str) -> Callable[[Rows], None]:
    """As :func:`finishing.finish` finds them in what an evaluator put out."""
    return each(lambda a, name, span_id: of(rd.decoded(a[key]), name, span_id))


def of(made: Json, name: str, span_id: str, *, is_run: bool = False) -> Scores:
    """Those in what an evaluator made; ``is_run``: whether it judges its run, not a hop."""
    found = judged.gave(made, name, None if is_run else span_id)
    return Scores([], found) if is_run else Scores(found, [])


def same(given: Sequence[Score], span_id: str) -> Scores:
    """The same scores of another hop."""
    return Scores([quick(Score, {**s.__dict__, "hop_id": span_id}) for s in given], [])
