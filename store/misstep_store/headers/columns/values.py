"""Values of one attribute over many spans, as :mod:`conventions.values.reading` reads one of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from misstep_store.conventions.content import responses
from misstep_store.conventions.raw.bodies import clean_finish
from misstep_store.conventions.readers import openinference
from misstep_store.conventions.values import reading as rd

Attributes = Mapping[str, Any]
_INTEGER, _FLOAT = {int}, {float}
_MOST = 2**53
_MOST_CACHED_CHARS = 2_000


def are_texts(found: Sequence[Any]) -> bool:
    """Whether all of these are text; they are joined, which looks at each but once."""
    try:
        "".join(found)
    except TypeError:
        return False
    return True


_ESCAPED = re.compile(r"\\u00[0-7]")


def hides(text: str) -> bool:
    """Whether words that a text is searched for may stand in it escaped: those that are looked for
    are ASCII, and all other letters are escaped far more often."""
    # A single letter is found ten times as fast as several: most texts have no backslash at all.
    return "\\" in text and "\\u00" in text and _ESCAPED.search(text) is not None


def is_words(value: Any) -> bool:
    """Whether it is a text that can be nothing else, or such a one as JSON."""
    if type(value) is not str:
        return False
    first = value[:1]
    if first == '"' and value[1:2] != "\\":
        first = value[1:2]
    return first not in rd.STARTS


def texts(many: Sequence[Attributes], keys: Sequence[str]) -> list[str | None]:
    """:func:`reading.text` of each; ``keys`` are those that all of them have."""
    found = list(map(itemgetter(keys[0]), many))
    if are_texts(found) and all(found):
        return found
    return [rd.text(a, *keys) for a in many]


def words(many: Sequence[Attributes], keys: Sequence[str]) -> list[str | None]:
    """:func:`reading.word` of each."""
    found = list(map(itemgetter(keys[0]), many))
    if are_texts(found):
        known = {value: rd.word({"": value}, "") for value in set(found)}
        if len(keys) == 1 or all(known.values()):
            return [known[value] for value in found]
    return [rd.word(a, *keys) for a in many]


def integers(many: Sequence[Attributes], keys: Sequence[str]) -> Any:
    """:func:`reading.integer` of each, as an array."""
    found = list(map(itemgetter(keys[0]), many))
    if set(map(type, found)) == _INTEGER:
        try:
            made = np.fromiter(found, np.int64, len(found))
        except OverflowError:
            made = None
        if made is not None and made.min() >= 0 and made.max() < _MOST:
            return made
    return np.array([rd.integer(a, *keys) for a in many], np.int64)


def counts(many: Sequence[Attributes], slots: Sequence[Sequence[str]]) -> Any:
    """:func:`integers` of some slots, a row of an array each; ``slots``: the keys of each that all
    have."""
    if all(len(keys) == 1 for keys in slots):
        columns = [map(itemgetter(keys[0]), many) for keys in slots]
        found = list(chain.from_iterable(columns))
        if set(map(type, found)) == _INTEGER:
            try:
                made = np.fromiter(found, np.int64, len(found))
            except OverflowError:
                made = None
            if made is not None and made.min() >= 0 and made.max() < _MOST:
                return made.reshape(len(slots), len(many))
    return np.array([integers(many, keys) for keys in slots])


def numbers(many: Sequence[Attributes], keys: Sequence[str]) -> list[float | None]:
    """:func:`reading.number` of each."""
    found = list(map(itemgetter(keys[0]), many))
    if set(map(type, found)) == _FLOAT and all(map(math.isfinite, found)):
        return found
    return [rd.number(a, *keys) for a in many]


def firsts(reasons: Sequence[Any]) -> list[str | None]:
    """:func:`reading.first` of each; None of None."""
    return [
        r[0]
        if type(r) is list and r and type(r[0]) is str and r[0] not in rd.NO_REASONS
        else (None if r is None else _first(r))
        for r in reasons
    ]


def _first(reason: Any) -> str | None:
    if type(reason) is str and len(reason) <= _MOST_CACHED_CHARS:
        return _first_in(reason)
    return rd.first(reason)


_first_in = lru_cache(maxsize=4096)(rd.first)


@lru_cache(maxsize=4096)
def finish(reason: str) -> str | None:
    """A finish reason in its one spelling."""
    return clean_finish(reason) or None


class Asked(NamedTuple):
    """What a call was asked with: ``prompt`` is the id of one that is kept at OpenAI."""

    model: str | None
    prompt: str | None = None
    version: str | None = None


_NOTHING = Asked(None)
_Texts = list[str | None]


def asked_with(parameters: Sequence[Any]) -> tuple[_Texts, _Texts | None, _Texts | None]:
    """What invocation parameters say, as :mod:`readers.openinference` reads each, a column each:
    those of prompts are None where there is none."""
    try:
        known = {given: _asked_with(given) for given in set(parameters)}
    except TypeError:  # some are no text
        told = [_asked_with(given) for given in parameters]
        return [t.model for t in told], [t.prompt for t in told], [t.version for t in told]
    models = {given: told.model for given, told in known.items()}
    found = list(map(models.__getitem__, parameters))
    if not any(told.prompt for told in known.values()):
        return found, None, None
    columns = [known[given] for given in parameters]
    return found, [t.prompt for t in columns], [t.version for t in columns]


def _asked_with(parameters: Any) -> Asked:
    """Of few calls are they long, and most calls of a program have the same."""
    if type(parameters) is str and len(parameters) <= _MOST_CACHED_CHARS:
        return _known_asked(parameters)
    return _asked_in(parameters)


@lru_cache(maxsize=4096)
def _known_asked(parameters: str) -> Asked:
    return _asked_in(parameters)


def _asked_in(parameters: Any) -> Asked:
    given = rd.from_repr(parameters)
    if not isinstance(given, dict):
        return _NOTHING
    given = openinference.flat(given)
    asked, prompt = given.get("model") or given.get("model_name"), given.get("prompt")
    model = asked if isinstance(asked, str) else None
    if not isinstance(prompt, dict) or not responses.is_kept(prompt):
        return Asked(model)
    return Asked(model, *responses.kept(prompt))
