"""Spans that are read together, and the steps that find their facts: one step a fact.

Steps run in the order in which a convention's own reader looks, and each fills what is still lacking.
What a step cannot tell from attributes alone makes a row *doubtful*: that span is then read by its
convention.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from operator import itemgetter
from typing import Any, cast

import numpy as np

from misstep.model import ErrorInfo
from misstep_store.conventions import finishing as fin
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import responses
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import values
from misstep_store.headers.columns.spans import TOKENS, at
from misstep_store.headers.raw import endings, generations
from misstep_store.headers.raw.answers import (
    Body,
    Columns,
    Told,
    about,
    about_either,
    about_object,
    abouts,
    all_used,
    columned,
)
from misstep_store.headers.steps import requests
from misstep_store.headers.steps.alike import Attributes as Attributes
from misstep_store.headers.steps.alike import Rows as Rows

Keys = tuple[str, ...]
_FEW_MESSAGES = 1_000
_SLOTS = {name: number for number, name in enumerate(TOKENS)}


Step = Callable[[Rows], None]


# --- attributes alone --------------------------------------------------------------------------


def texts(fact: str, *keys: str) -> Step:
    """The first of the keys that holds text."""

    def step(rows: Rows) -> None:
        if not rows.is_whole(fact):
            rows.fill(fact, values.texts(rows.many, keys))

    return step


def words(fact: str, *keys: str) -> Step:
    """As :func:`texts`, for text as JSON and numbers."""

    def step(rows: Rows) -> None:
        rows.fill(fact, values.words(rows.many, keys))

    return step


def fixed(fact: str, value: str) -> Step:
    """The same for all."""

    def step(rows: Rows) -> None:
        rows.fill(fact, [value] * len(rows.many))

    return step


def provider(*keys: str, words: bool = False, of: Callable[[str], str] | None = None) -> Step:
    """A provider by its one name; ``of``: makes it of what is told."""

    def step(rows: Rows) -> None:
        read = values.words if words else values.texts
        found = read(rows.many, keys)
        known = {value: fin.provider(of(value) if of and value else value) for value in set(found)}
        one = next(iter(known.values())) if len(known) == 1 else None
        rows.fill("provider", [one] * len(found) if one else [known[value] for value in found])

    return step


def named(*keys: str) -> Step:
    """A name of its own in place of the span's."""

    def step(rows: Rows) -> None:
        told = values.texts(rows.many, keys)
        rows.names = [t or n for t, n in zip(told, rows.names, strict=True)]

    return step


def by_name(fact: str, told: Callable[[str], str | None]) -> Step:
    """A fact that only the spans' names tell."""

    def step(rows: Rows) -> None:
        if not rows.is_whole(fact):
            rows.fill(fact, list(map(told, at(rows.spans.name, rows.places))))

    return step


def operation(kind: str) -> Step:
    """The span's name without the operation before it."""

    def step(rows: Rows) -> None:
        rows.names = [otel_genai.named(n, kind) for n in rows.names]

    return step


def tokens(**slots: Keys) -> Step:
    """Token counts by slot; a span that counts neither input nor output counts nothing."""
    slots = {name: keys for name, keys in slots.items() if keys}

    def step(rows: Rows) -> None:
        found = _counted(rows.many, slots)
        if found is not None:
            rows.add_tokens(found)

    return step


def _counted(many: Sequence[Attributes], slots: dict[str, Keys]) -> Any:
    if "input_tokens" not in slots and "output_tokens" not in slots:
        return None
    told = values.counts(many, list(slots.values()))
    if tuple(slots) == TOKENS:
        found = told
    else:
        found = np.zeros((len(TOKENS), len(many)), np.int64)
        for name, counted in zip(slots, told, strict=True):
            found[_SLOTS[name]] = counted
    if len(slots) > 2:
        found[2:] *= (found[0] | found[1]) != 0
    return found


def total(*keys: str) -> Step:
    """What an embedding used, where only the sum was told."""

    def step(rows: Rows) -> None:
        found = values.integers(rows.many, keys)
        if rows.tokens is not None:
            unused = (rows.tokens[0] | rows.tokens[1]) == 0
            found = np.where(unused, found, 0)
        used = np.zeros((len(TOKENS), len(found)), np.int64)
        used[0] = found
        rows.add_tokens(used)

    return step


def cost(*keys: str) -> Step:
    """What the sender computed, where it is more than nothing."""

    def step(rows: Rows) -> None:
        found = [n or None for n in values.numbers(rows.many, keys)]
        if rows.cost is not None:
            found = [f if k is None else k for k, f in zip(rows.cost, found, strict=True)]
        rows.cost = found

    return step


def first_token(*keys: str, unit_ms: float, over: bool = False) -> Step:
    """The time to the first token; ``over``: it goes before what is known."""

    def step(rows: Rows) -> None:
        found = [
            None if n is None else (n * unit_ms if unit_ms != 1 else n)
            for n in values.numbers(rows.many, keys)
        ]
        known = rows.first_token_ms
        if known is not None:
            one, other = (found, known) if over else (known, found)
            found = [b if a is None else a for a, b in zip(one, other, strict=True)]
        rows.first_token_ms = found

    return step


def tagged(key: str, *, without: Callable[[str], bool] | None = None) -> Step:
    """A list of tags, or text that holds one; ``without``: tags that are none of the user's."""

    def step(rows: Rows) -> None:
        known: dict[object, list[str]] = {}  # spans of one program mostly have the same
        for n, a in enumerate(rows.many):
            value = a[key]
            kept = tuple(value) if type(value) is list else value
            try:
                found = known.get(kept)
            except TypeError:  # something in it is no text
                kept = found = None
            if found is None:
                found = [t for t in rd.tags(value) if without is None or not without(t)]
            if kept is not None:
                known[kept] = found
            if found:
                rows.tags[n] = found

    return step


def resent(key: str) -> Step:
    """How often a request was sent again before it was answered."""

    def step(rows: Rows) -> None:
        for n, a in enumerate(rows.many):
            if again := rd.integer(a, key):
                rows.attempt[n] = again + 1

    return step


def leave_unless(key: str, *expected: Any) -> Step:
    """Leaves the traces of rows in which a number is unusual."""

    def step(rows: Rows) -> None:
        rows.left.update(n for n, a in enumerate(rows.many) if a[key] not in expected)

    return step


# --- finish reasons ----------------------------------------------------------------------------


def reasons(*keys: str) -> Step:
    """Finish reasons in GenAI's order: the first key that is there counts, whatever it holds."""

    def step(rows: Rows) -> None:
        if len(keys) == 1:
            key = keys[0]
            rows.fill("finish_reason", values.firsts([a[key] for a in rows.many]))
            return
        rows.fill("finish_reason", values.firsts([reason(a, keys) for a in rows.many]))

    return step


def reason(a: Attributes, keys: Keys) -> Any:
    """What the first of the keys that is there holds."""
    found = a.get(keys[0])
    return found if found is not None else next((a[k] for k in keys[1:] if k in a), None)


def said(key: str) -> Step:
    """The finish reason in messages, which are read only where one may stand."""

    def step(rows: Rows) -> None:
        column = rows.column("finish_reason")
        for n in rows.lacking("finish_reason"):
            given = rows.many[n][key]
            if type(given) is not str or "finish" in given or "\\" in given:
                column[n] = _finish_said(given)

    return step


def _finish_said(given: Any) -> str | None:
    if (known := endings.told_in(given)) is not None:
        return known[0]
    found = rd.parsed(given)
    if type(found) is list and len(found) < _FEW_MESSAGES:
        told = [m.get("finish_reason") for m in found if type(m) is dict and m.get("parts")]
        if len(told) == len(found):  # messages as they should be: nothing else in them matters
            return next((t for t in told if type(t) is str and t), None)
    for one in msg.messages(given, "assistant"):
        if one.finish_reason:
            return one.finish_reason
    return None


def indexed_finish(*keys: str) -> Step:
    """The finish reason of flattened messages, by index; thoughts among them are doubtful."""
    roles = [k.removesuffix("finish_reason") + "role" for k in keys]

    def step(rows: Rows) -> None:
        lacking = rows.lacking("finish_reason")
        rows.fill("finish_reason", values.texts(rows.many, keys))
        for n in lacking:
            if any(rows.many[n].get(role) == "thinking" for role in roles):
                rows.doubtful.add(n)

    return step


def doubt_finish(*keys: str) -> Step:
    """Rows without a finish reason whose messages may tell one are read one by one."""

    def step(rows: Rows) -> None:
        for n in rows.lacking("finish_reason"):
            if any(may_tell(rows.many[n].get(key)) for key in keys):
                rows.doubtful.add(n)

    return step


def may_tell(given: Any) -> bool:
    return given is not None and (type(given) is not str or may_finish(given))


def ended(key: str) -> Step:
    """The finish reason in the messages of a raw response; where one tells it of a call that failed,
    its convention decides."""

    def step(rows: Rows) -> None:
        column, silent = rows.column("finish_reason"), rows.silent.get(key, ())
        opened = rows.opened.get(key)
        for n in rows.lacking("finish_reason"):
            if n in silent:
                continue
            given = rows.many[n][key] if opened is None else opened[n]
            if may_tell(given):
                told = bodies.ended(rd.decoded(given))
                if told and rows.spans.status_code[rows.places[n]] == 2:
                    told = None
                column[n] = told or None
                if told is None:
                    rows.doubtful.add(n)

    return step


def doubt_all(rows: Rows) -> None:
    """Rows without a finish reason are read one by one."""
    rows.doubtful.update(rows.lacking("finish_reason"))


def doubt_like(key: str, pattern: re.Pattern[str]) -> Step:
    """Rows whose value is no text, or one that begins so, are read one by one."""

    def step(rows: Rows) -> None:
        given = [a[key] for a in rows.many]
        odd = (n for n, v in enumerate(given) if type(v) is not str or pattern.match(v))
        rows.doubtful.update(odd)

    return step


def may_finish(text: str) -> bool:
    """Whether a message in this text may say why it ended; a list of numbers holds none."""
    if text[:1] == "[" and '"' not in text and "'" not in text:
        return False
    return _names_an_end(text) and ("null" not in text or _names_an_end(_UNTOLD.sub("", text)))


_IN_WORDS = re.compile(r'"response": ?"')
"""What no answer stands in, nor says what it is: a text under this key."""
_UNTOLD = re.compile(r'"(?:finish_reason|finishReason|stop_reason|stopReason)": ?null\b')


def _names_an_end(text: str) -> bool:
    told = "finish_" in text or "finishR" in text or "stop_reason" in text or "stopReason" in text
    told = told or ('"response"' in text and '"response"' in _IN_WORDS.sub("", text))
    return told or values.hides(text)


# --- raw bodies --------------------------------------------------------------------------------


class _Span:
    """Stands for a span that nothing asks about."""

    name = ""
    end_unix_nano = 0
    status_code = 0


NO_SPAN = cast(Any, _Span())


Failed = Callable[[Any], ErrorInfo | None]
"""Why an answer is none, as a convention reads it."""


def answer(
    key: str,
    read: Body,
    opened: Callable[[Any], Any] | None = None,
    failed: Failed | None = None,
) -> Step:
    """What the raw response says beside its messages: id, model, finish reason and tokens.

    Args:
        opened: makes of each value what is read.
        failed: see :func:`answers`.
    """

    def step(rows: Rows) -> None:
        given = list(map(itemgetter(key), rows.many))
        if opened is not None:
            given = rows.opened[key] = list(map(opened, given))
        rows.silent[key] = answers(rows, given, read, failed)

    return step


def answers(
    rows: Rows, given: Sequence[Any], read: Body = about, failed: Failed | None = None
) -> Collection[int]:
    """As :func:`answer`, of a body a row; those in which no message can say more.

    Args:
        failed: reads why an answer is none; without it such a row is doubtful.
    """
    if read is about_either:
        told = generations.either(given)
    elif read in (about, about_object):
        told = abouts(given, read)
    else:
        told = columned([read(body) for body in given])
    if failed is None:
        take_columns(rows, told)
    else:
        _fill(rows, told)
        for n in _failures(told):
            if (error := failed(given[n])) is not None:
                rows.errors[n] = error
    return told.silent


def _failures(told: Columns) -> list[int]:
    """Numbers of answers that say that they failed."""
    if responses.FAILED not in told.ends:
        return []
    return [n for n, end in enumerate(told.ends) if end == responses.FAILED]


def take(rows: Rows, told: Sequence[Told]) -> None:
    """What answers say, where it is not known yet."""
    take_columns(rows, columned(told))


def take_columns(rows: Rows, told: Columns) -> None:
    """As :func:`take`, of columns."""
    rows.doubtful.update(_failures(told))
    _fill(rows, told)


def _fill(rows: Rows, told: Columns) -> None:
    if not told.models:
        return
    rows.fill("response_model", told.models)
    rows.fill("response_id", told.ids)
    rows.fill("finish_reason", told.ends)
    fresh, used, thoughts = told.fresh, told.used, told.used[-1]  # see spans.TOKENS
    if rows.tokens is None:
        rows.add_counts(used)
        return
    if np.array_equal(rows.tokens, used):
        return
    asked, said = rows.tokens[:2]
    first = (used[0] != 0) & (used[1] != 0)
    first &= (asked == used[0]) & (said == used[0] + used[1])  # told as one sum
    if fresh is None and not thoughts.any() and not first.any():
        rows.add_counts(used)
        return
    # Told without thoughts, or without what came from the cache: the answer's own counts go first.
    first |= (thoughts != 0) & (said + thoughts == used[1])
    first |= fresh is not None and (fresh != 0) & (fresh == rows.tokens[0]) & (fresh != used[0])
    before = rows.tokens
    rows.add_counts(used)
    after, rows.tokens = rows.tokens, before
    rows.add_counts(used, first=True)
    rows.tokens = np.where(first, rows.tokens, after)


def usage_in(key: str, *, first: bool = False) -> Step:
    """An object of token counts of any shape; ``first``: it goes before what is known."""

    def step(rows: Rows) -> None:
        rows.add_counts(all_used([a[key] for a in rows.many]), first=first)

    return step


def asked(key: str) -> Step:
    """The model and the kept prompt that a raw request names, where nothing else does."""

    def step(rows: Rows) -> None:
        requests.told(rows, list(map(itemgetter(key), rows.many)))

    return step
