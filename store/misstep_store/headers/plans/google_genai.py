"""Google's SDK under OpenInference: the model asked for and tokens, as versions before mid-2026 wrote
them."""

from __future__ import annotations

import numpy as np

from misstep_store.conventions.readers import openinference_libraries as libraries
from misstep_store.headers import rows
from misstep_store.headers.plans.plan import Plan


def call(made: Plan) -> bool:
    """Adds what :func:`openinference_libraries.google_asked` and ``google_fresh`` find."""
    if "input.value" in made.a:
        made.add(_asked)
    if "output.value" in made.a:
        made.add(_counts)
    return True


def _asked(found: rows.Rows) -> None:
    asked, served = found.column("request_model"), found.column("response_model")
    for n, a in enumerate(found.many):
        if asked[n] is not None and asked[n] == served[n]:
            asked[n] = libraries.google_asked(a["input.value"]) or asked[n]


def _counts(found: rows.Rows) -> None:
    if found.tokens is None:
        return
    for n in np.flatnonzero(found.tokens[2]).tolist():
        fresh = libraries.google_fresh(found.many[n]["output.value"])
        if fresh and fresh + found.tokens[2][n] == found.tokens[0][n]:
            asked = found.tokens[0].copy()
            asked[n] = fresh
            found.tokens = [asked, *found.tokens[1:]]
