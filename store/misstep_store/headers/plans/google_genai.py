"""Google's SDK under OpenInference: the model asked for and tokens, as versions before mid-2026 wrote
them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from misstep_store.conventions.readers import openinference_google as google
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import layouts, values
from misstep_store.headers.plans.plan import Plan
from misstep_store.headers.raw import wires
from misstep_store.headers.steps import rows


def call(made: Plan) -> bool:
    """Adds what :func:`openinference_google.asked` and ``fresh_in`` find."""
    if "input.value" in made.a:
        made.add(_asked)
    if "output.value" in made.a:
        made.add(_counts)
    return True


def _asked(found: rows.Rows) -> None:
    """As :func:`openinference_google.asked`, where the model that answered is told as that
    which was asked for."""
    asked, served = found.column("request_model"), found.column("response_model")
    same = [n for n, model in enumerate(asked) if model == served[n]]
    given = [found.many[n]["input.value"] for n in same]
    formats, odd = wires.by_format(given, (_read_request,))
    for _, numbers, told in formats:
        for n, body in zip(numbers, told, strict=True):
            if type(body.model) is str and body.model:
                asked[same[n]] = body.model
    for n in odd:
        asked[same[n]] = _model_in(given[n]) or asked[same[n]]


def _model_in(given: Any) -> str | None:
    if type(given) is str and "model" not in given and not values.hides(given):
        return None
    return google.asked(given)


def _counts(found: rows.Rows) -> None:
    if found.tokens is None or not found.tokens[2].any():
        return
    found.tokens = found.tokens.copy()
    asked, cached = found.tokens[0], found.tokens[2]
    some = np.flatnonzero(cached).tolist()
    told = _fresh_in([found.many[n]["output.value"] for n in some])
    for n, fresh in zip(some, told, strict=True):
        if fresh and fresh + cached[n] == asked[n]:
            asked[n] = fresh


def _fresh_in(made: Sequence[Any]) -> list[int]:
    """As :func:`openinference_google.fresh_in` of each."""
    formats, odd = wires.by_format(made, (_read_answer,))
    found = [0] * len(made)
    for _, numbers, told in formats:
        for n, counts in zip(numbers, map(_COUNTS, told), strict=True):
            if counts is not None:
                found[n] = rd.integer({_ASKED: counts.prompt_token_count}, _ASKED)
    for n in odd:
        found[n] = google.fresh_in(made[n])
    return found


_COUNTS = attrgetter("usage_metadata")
_ASKED = "prompt_token_count"
_read_request = layouts.decoder(layouts.layout("Request", {"model": Any}))
_read_answer = layouts.decoder(
    layouts.layout("Answer", {"usage_metadata": layouts.layout("Counts", {_ASKED: Any}) | None})
)
